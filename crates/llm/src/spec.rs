//! The text by which a user names a model.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;

use crate::error::Error;

/// Ollama's own port, used when an address names a host only.
const OLLAMA_PORT: u16 = 11434;

/// Which model to use: `none` · `ollama:MODEL[@URL]` · `openai:MODEL@URL` · `anthropic:MODEL` ·
/// `script:FILE`. Model names may hold colons. Parsing what `Display` writes gives the same spec.
///
/// ```
/// use llm::ModelSpec;
/// let spec: ModelSpec = "ollama:qwen2.5:7b@gpu.lan".parse()?;
/// assert_eq!(spec.to_string(), "ollama:qwen2.5:7b@http://gpu.lan:11434");
/// assert!("qwen2.5:7b".parse::<ModelSpec>().is_err());
/// # Ok::<(), llm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSpec {
    /// No model: only the built-in interpreter.
    None,
    /// A model on an Ollama server.
    Ollama {
        /// Name, such as `qwen2.5:7b`.
        model: String,
        /// Where; `None` = the configured address.
        url: Option<Url>,
    },
    /// A model on a server with OpenAI's API.
    OpenAi {
        /// Name.
        model: String,
        /// Where.
        url: Url,
    },
    /// A model of Anthropic.
    Anthropic {
        /// Name.
        model: String,
    },
    /// Answers from a file, see [`crate::ScriptedModel`].
    Script {
        /// Path of the file.
        file: PathBuf,
    },
}

impl FromStr for ModelSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let wrong = |detail: &str| Error::Spec {
            text: without_credentials(text),
            detail: detail.to_owned(),
        };
        if text == "none" {
            return Ok(Self::None);
        }
        let (kind, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong("the kind is missing"))?;
        let named = |model: &str| {
            if model.is_empty() || model.chars().any(char::is_whitespace) {
                Err(wrong(
                    "the name of the model is missing or has blanks in it",
                ))
            } else {
                Ok(model.to_owned())
            }
        };
        match kind {
            "ollama" => match rest.split_once('@') {
                Some((model, address)) => {
                    let url = parse_url(address).map_err(|detail| wrong(&detail))?;
                    Ok(Self::Ollama {
                        model: named(model)?,
                        url: Some(url),
                    })
                }
                None => Ok(Self::Ollama {
                    model: named(rest)?,
                    url: None,
                }),
            },
            "openai" => {
                let (model, address) = rest
                    .split_once('@')
                    .ok_or_else(|| wrong("the URL is missing"))?;
                if !address.contains("://") {
                    return Err(wrong("the URL must begin with http:// or https://"));
                }
                let url = parse_url(address).map_err(|detail| wrong(&detail))?;
                Ok(Self::OpenAi {
                    model: named(model)?,
                    url,
                })
            }
            "anthropic" => Ok(Self::Anthropic {
                model: named(rest)?,
            }),
            "script" if rest.is_empty() => Err(wrong("the name of the file is missing")),
            "script" => Ok(Self::Script {
                file: PathBuf::from(rest),
            }),
            _ => Err(wrong("the kind is unknown")),
        }
    }
}

impl fmt::Display for ModelSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Ollama { model, url: None } => write!(f, "ollama:{model}"),
            Self::Ollama {
                model,
                url: Some(url),
            } => write!(f, "ollama:{model}@{}", bare(url)),
            Self::OpenAi { model, url } => write!(f, "openai:{model}@{}", bare(url)),
            Self::Anthropic { model } => write!(f, "anthropic:{model}"),
            Self::Script { file } => write!(f, "script:{}", file.display()),
        }
    }
}

/// A URL without the slash that the parser adds.
pub(crate) fn bare(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

/// An address without a scheme is plain HTTP, and Ollama's port when it names none (as with
/// `OLLAMA_HOST`). With a scheme the port of the scheme is the default.
pub(crate) fn parse_url(address: &str) -> Result<Url, String> {
    let no_scheme = !address.contains("://");
    let text = if no_scheme {
        format!("http://{address}")
    } else {
        address.to_owned()
    };
    let mut url = Url::parse(&text).map_err(|error| format!("the URL is not one: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the URL must begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a credential does not belong in the URL, set assistant.api_key".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the URL must end with the path".to_owned());
    }
    if no_scheme && url.port().is_none() && !address.ends_with(":80") {
        url.set_port(Some(OLLAMA_PORT))
            .map_err(|()| "the URL takes no port".to_owned())?;
    }
    Ok(url)
}

/// The text of a refused spec without what may be a password.
pub(crate) fn without_credentials(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((head, rest)), Some((_, host))) if rest.contains('@') => {
            format!("{head}://***@{host}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ollama(model: &str, url: &str) -> ModelSpec {
        ModelSpec::Ollama {
            model: model.to_owned(),
            url: Some(url.parse().unwrap()),
        }
    }

    #[test]
    fn every_kind_parses_and_prints_the_same() {
        let table = [
            ("none", ModelSpec::None),
            (
                "ollama:qwen2.5:7b",
                ModelSpec::Ollama {
                    model: "qwen2.5:7b".to_owned(),
                    url: None,
                },
            ),
            (
                "ollama:qwen2.5:7b@http://127.0.0.1:11434",
                ollama("qwen2.5:7b", "http://127.0.0.1:11434"),
            ),
            (
                "ollama:models.example/a/b:Q4@https://models.example/ollama",
                ollama("models.example/a/b:Q4", "https://models.example/ollama"),
            ),
            (
                "ollama:m@http://[::1]:11434",
                ollama("m", "http://[::1]:11434"),
            ),
            (
                "openai:gpt-x@https://models.example/v1",
                ModelSpec::OpenAi {
                    model: "gpt-x".to_owned(),
                    url: "https://models.example/v1".parse().unwrap(),
                },
            ),
            (
                "anthropic:claude-x",
                ModelSpec::Anthropic {
                    model: "claude-x".to_owned(),
                },
            ),
            (
                "script:tests/a:b.json",
                ModelSpec::Script {
                    file: "tests/a:b.json".into(),
                },
            ),
        ];
        for (text, spec) in table {
            assert_eq!(text.parse::<ModelSpec>().unwrap(), spec, "{text}");
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn an_address_without_a_scheme_is_what_ollama_users_write() {
        assert_eq!(
            "ollama:m@gpu.lan".parse::<ModelSpec>().unwrap(),
            ollama("m", "http://gpu.lan:11434")
        );
        assert_eq!(
            "ollama:m@gpu.lan:8080".parse::<ModelSpec>().unwrap(),
            ollama("m", "http://gpu.lan:8080")
        );
        assert_eq!(
            "ollama:m@gpu.lan:80".parse::<ModelSpec>().unwrap(),
            ollama("m", "http://gpu.lan")
        );
    }

    #[test]
    fn a_wrong_spec_says_what_is_wrong() {
        let table = [
            ("", "the kind is missing"),
            ("gpt", "the kind is missing"),
            ("gpt:4", "the kind is unknown"),
            (
                "ollama:",
                "the name of the model is missing or has blanks in it",
            ),
            (
                "ollama:a b",
                "the name of the model is missing or has blanks in it",
            ),
            (
                "ollama:@http://h",
                "the name of the model is missing or has blanks in it",
            ),
            (
                "ollama:m@ftp://h",
                "the URL must begin with http:// or https://",
            ),
            ("ollama:m@http://", "the URL is not one: empty host"),
            ("ollama:m@http://h?x=1", "the URL must end with the path"),
            ("openai:m", "the URL is missing"),
            (
                "openai:m@h/v1",
                "the URL must begin with http:// or https://",
            ),
            ("script:", "the name of the file is missing"),
        ];
        for (text, detail) in table {
            let expected = Error::Spec {
                text: text.to_owned(),
                detail: detail.to_owned(),
            };
            assert_eq!(text.parse::<ModelSpec>().unwrap_err(), expected);
        }
    }

    #[test]
    fn a_password_in_the_url_is_refused_and_not_repeated() {
        let error = "ollama:m@http://user:hunter2@h"
            .parse::<ModelSpec>()
            .unwrap_err();
        assert_eq!(
            error,
            Error::Spec {
                text: "ollama:m@http://***@h".to_owned(),
                detail: "a credential does not belong in the URL, set assistant.api_key".to_owned()
            }
        );
    }
}
