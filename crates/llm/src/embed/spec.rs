//! The text by which a user names an embedder.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;

use crate::error::Error;
use crate::spec::{bare, parse_url, without_credentials};

/// Which embedder to use: `none` · `builtin` · `ollama:MODEL[@URL]` · `openai:MODEL@URL` ·
/// `minilm:FOLDER`. A slash may stand for the first colon (`ollama/nomic-embed-text`), as in the
/// ids of vectors. Parsing what `Display` writes gives the same spec.
///
/// ```
/// use llm::embed::EmbedderSpec;
/// let spec: EmbedderSpec = "ollama/nomic-embed-text".parse()?;
/// assert_eq!(spec.to_string(), "ollama:nomic-embed-text");
/// assert!("nomic-embed-text".parse::<EmbedderSpec>().is_err());
/// # Ok::<(), llm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbedderSpec {
    /// No vectors: search by keywords alone.
    None,
    /// The table that ships inside the program.
    Builtin,
    /// A model on an Ollama server.
    Ollama {
        /// Name, such as `nomic-embed-text`.
        model: String,
        /// Where; `None` = the configured address.
        url: Option<Url>,
    },
    /// A model on a server with OpenAI's API.
    OpenAi {
        /// Name.
        model: String,
        /// Where, `/v1` included.
        url: Url,
    },
    /// `all-MiniLM-L6-v2`, computed in this process.
    MiniLm {
        /// Holds `model.safetensors`, `tokenizer.json` and `config.json`.
        folder: PathBuf,
    },
}

impl EmbedderSpec {
    /// The same, unless this program was built without what it needs.
    ///
    /// # Errors
    ///
    /// [`Error::NotBuilt`] with the cargo feature that is missing and how to build with it.
    pub fn built(self) -> Result<Self, Error> {
        #[cfg(not(feature = "minilm"))]
        if matches!(self, Self::MiniLm { .. }) {
            return Err(Error::NotBuilt {
                spec: self.to_string(),
                feature: "minilm",
            });
        }
        Ok(self)
    }
}

impl FromStr for EmbedderSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let wrong = |detail: &str| Error::EmbedderSpec {
            text: without_credentials(text),
            detail: detail.to_owned(),
        };
        match text {
            "none" => return Ok(Self::None),
            "builtin" => return Ok(Self::Builtin),
            _ => {}
        }
        let (kind, rest) = text
            .split_once([':', '/'])
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
            "ollama" => {
                let (model, url) = match rest.split_once('@') {
                    Some((model, address)) => {
                        let url = parse_url(address).map_err(|detail| wrong(&detail))?;
                        (model, Some(url))
                    }
                    None => (rest, None),
                };
                Ok(Self::Ollama {
                    model: named(model)?,
                    url,
                })
            }
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
            "minilm" if rest.is_empty() => Err(wrong("the folder is missing")),
            "minilm" => Ok(Self::MiniLm {
                folder: PathBuf::from(rest),
            }),
            _ => Err(wrong("the kind is unknown")),
        }
    }
}

impl fmt::Display for EmbedderSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Builtin => f.write_str("builtin"),
            Self::Ollama { model, url: None } => write!(f, "ollama:{model}"),
            Self::Ollama {
                model,
                url: Some(url),
            } => write!(f, "ollama:{model}@{}", bare(url)),
            Self::OpenAi { model, url } => write!(f, "openai:{model}@{}", bare(url)),
            Self::MiniLm { folder } => write!(f, "minilm:{}", folder.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_parses_and_prints_the_same() {
        let table = [
            ("none", EmbedderSpec::None),
            ("builtin", EmbedderSpec::Builtin),
            (
                "ollama:mxbai-embed-large:335m",
                EmbedderSpec::Ollama {
                    model: "mxbai-embed-large:335m".to_owned(),
                    url: None,
                },
            ),
            (
                "ollama:nomic-embed-text@http://127.0.0.1:11434",
                EmbedderSpec::Ollama {
                    model: "nomic-embed-text".to_owned(),
                    url: Some("http://127.0.0.1:11434".parse().unwrap()),
                },
            ),
            (
                "openai:some-embedding@https://models.example/v1",
                EmbedderSpec::OpenAi {
                    model: "some-embedding".to_owned(),
                    url: "https://models.example/v1".parse().unwrap(),
                },
            ),
            (
                "minilm:/srv/models/all-MiniLM-L6-v2",
                EmbedderSpec::MiniLm {
                    folder: "/srv/models/all-MiniLM-L6-v2".into(),
                },
            ),
        ];
        for (text, spec) in table {
            assert_eq!(text.parse::<EmbedderSpec>().unwrap(), spec, "{text}");
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn a_slash_stands_for_the_first_colon() {
        let spec: EmbedderSpec = "ollama/a/b:7b@gpu.lan".parse().unwrap();
        assert_eq!(spec.to_string(), "ollama:a/b:7b@http://gpu.lan:11434");
    }

    #[test]
    fn a_wrong_spec_says_what_is_wrong_and_repeats_no_password() {
        let blanks = "the name of the model is missing or has blanks in it";
        let table = [
            ("", "", "the kind is missing"),
            ("nomic", "nomic", "the kind is missing"),
            ("nomic:v1", "nomic:v1", "the kind is unknown"),
            ("ollama:", "ollama:", blanks),
            ("ollama:a b", "ollama:a b", blanks),
            ("openai:m", "openai:m", "the URL is missing"),
            (
                "openai:m@h/v1",
                "openai:m@h/v1",
                "the URL must begin with http:// or https://",
            ),
            ("minilm:", "minilm:", "the folder is missing"),
            (
                "openai:m@https://user:hunter2@h",
                "openai:m@https://***@h",
                "a credential does not belong in the URL, set assistant.api_key",
            ),
        ];
        for (text, shown, detail) in table {
            let expected = Error::EmbedderSpec {
                text: shown.to_owned(),
                detail: detail.to_owned(),
            };
            assert_eq!(text.parse::<EmbedderSpec>().unwrap_err(), expected);
        }
    }
}
