//! Reads the description: `apidoc.js` as a node serves it, or the JSON array in it.

use serde::Deserialize;
use serde_json::Value;

use crate::schema::Schema;
use crate::schema::node::methods_of;

/// Names that the array has had: the first since PVE 6, the second before.
const NAMES: [&str; 2] = ["apiSchema", "pveapi"];

/// Why a text is no description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Larger than any known description.
    #[error("the API description has {bytes} bytes; more than {limit_bytes} are not read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Another file, or a page of a proxy.
    #[error(
        "no API description: neither `apiSchema = [` nor a JSON array was found; give `apidoc.js` of a node or the array in it"
    )]
    NotFound,
    /// Cut off or damaged.
    #[error("the API description is damaged in line {line} after its start: {reason}")]
    Damaged {
        /// Line, counted from the one where the array starts.
        line: usize,
        /// What the JSON reader met.
        reason: String,
    },
    /// A readable array, but of something else.
    #[error("no API description: the array holds no methods (`path` and `info`)")]
    Empty,
}

impl Schema {
    /// Larger texts are refused. The description of 9.2 has about 3 MB.
    pub const LIMIT_BYTES: usize = 32 * 1024 * 1024;

    /// Reads `apidoc.js` or the JSON array in it. What stands before and behind the array does not
    /// matter; unknown keys do not either.
    pub fn read(text: &[u8]) -> Result<Self, SchemaError> {
        if text.len() > Self::LIMIT_BYTES {
            return Err(SchemaError::TooLarge {
                bytes: text.len(),
                limit_bytes: Self::LIMIT_BYTES,
            });
        }
        let text = String::from_utf8_lossy(text);
        let array = array_in(&text).ok_or(SchemaError::NotFound)?;
        // One value only: behind the array the code of the viewer follows.
        let mut reader = serde_json::Deserializer::from_str(array);
        let tree =
            Vec::<Value>::deserialize(&mut reader).map_err(|error| SchemaError::Damaged {
                line: error.line(),
                reason: if error.is_eof() {
                    "it ends too early".to_owned()
                } else {
                    format!("no JSON at column {}", error.column())
                },
            })?;
        let methods = methods_of(&tree);
        if methods.is_empty() {
            return Err(SchemaError::Empty);
        }
        Ok(Self::of_methods(methods))
    }
}

/// The text from the array's `[` on.
fn array_in(text: &str) -> Option<&str> {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if start.starts_with('[') {
        return Some(start);
    }
    NAMES.iter().find_map(|name| {
        text.match_indices(name).find_map(|(at, _)| {
            let behind = text.get(at + name.len()..)?.trim_start();
            let value = behind.strip_prefix('=')?.trim_start();
            value.starts_with('[').then_some(value)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"[{"path":"/version","info":{"GET":{"name":"version"}}}]"#;

    fn count(text: &str) -> Result<usize, SchemaError> {
        Schema::read(text.as_bytes()).map(|schema| schema.methods().len())
    }

    #[test]
    fn the_array_is_found_with_and_without_code_around_it() {
        for text in [
            ONE.to_owned(),
            format!("\u{feff}\n {ONE}"),
            format!("const apiSchema = {ONE}\n;\n\nlet method2cmd = {{ GET: 'get' }};"),
            format!("// apiSchema is below\nvar  apiSchema={ONE};Ext.onReady(function() {{}})"),
            format!("var pveapi = {ONE};"),
        ] {
            assert_eq!(count(&text), Ok(1), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_their_reason() {
        for text in ["", "<html>proxy</html>", "const apiSchema = {};", "{}"] {
            assert_eq!(count(text), Err(SchemaError::NotFound), "{text}");
        }
        assert_eq!(count("[]"), Err(SchemaError::Empty));
        assert_eq!(count("[1, {\"path\": 7}]"), Err(SchemaError::Empty));
        assert_eq!(
            count("const apiSchema = [\n{\"path\": "),
            Err(SchemaError::Damaged {
                line: 2,
                reason: "it ends too early".into()
            })
        );
        assert!(matches!(
            count("[ { path: 1 } ]"),
            Err(SchemaError::Damaged { line: 1, .. })
        ));
    }

    #[test]
    fn a_deep_nest_is_refused_and_not_followed() {
        let deep = "[".repeat(100_000);
        assert!(matches!(count(&deep), Err(SchemaError::Damaged { .. })));
    }

    #[test]
    fn more_than_the_limit_is_not_looked_at() {
        let bytes = Schema::LIMIT_BYTES + 1;
        assert_eq!(
            Schema::read(&vec![b' '; bytes]),
            Err(SchemaError::TooLarge {
                bytes,
                limit_bytes: Schema::LIMIT_BYTES
            })
        );
    }
}
