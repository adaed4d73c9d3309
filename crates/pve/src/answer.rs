//! Rows of answers, described once: which key is which field. The many read calls differ in
//! nothing else, so their types come from one macro and are read by one rule: unknown keys are
//! passed over, a value of an odd shape counts as missing, and a row without what names it is
//! left out of lists.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};

use crate::fingerprint::Fingerprint;
use crate::ids::{NodeName, TokenId, UserId, Vmid};
use crate::lenient::{self, Scalar};
use crate::prune::KeepOptions;
use crate::resources::words_of;
use crate::upid::Upid;
use crate::volume::VolumeId;

/// A field that is read from one value.
pub(crate) trait Loose: Sized {
    /// Nothing when the row cannot do without it.
    fn loose(value: Option<&Value>) -> Option<Self>;
}

/// A struct that is read from a JSON object.
pub(crate) trait Row: Sized {
    /// Nothing when something it cannot do without is missing.
    fn of_map(map: &Map<String, Value>) -> Option<Self>;
}

/// The first of several spellings of a key that has a value.
pub(crate) fn pick<'a>(map: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter()
        .filter_map(|key| map.get(*key))
        .find(|value| !value.is_null())
}

fn scalar(value: Option<&Value>) -> Scalar {
    value
        .and_then(|value| Scalar::deserialize(value).ok())
        .unwrap_or(Scalar::Missing)
}

/// Missing and `""` are the same.
fn text(value: Option<&Value>) -> Option<String> {
    scalar(value).into_text().filter(|text| !text.is_empty())
}

impl Loose for String {
    fn loose(value: Option<&Value>) -> Option<Self> {
        text(value)
    }
}

impl Loose for bool {
    /// Off when missing.
    fn loose(value: Option<&Value>) -> Option<Self> {
        Some(scalar(value).flag().unwrap_or(false))
    }
}

impl Loose for u64 {
    fn loose(value: Option<&Value>) -> Option<Self> {
        scalar(value).unsigned()
    }
}

impl Loose for i64 {
    fn loose(value: Option<&Value>) -> Option<Self> {
        match scalar(value) {
            Scalar::Signed(number) => Some(number),
            Scalar::Unsigned(number) => i64::try_from(number).ok(),
            other => {
                let text = other.into_text()?;
                let float = || text.trim().parse::<f64>().ok().filter(|f| f.is_finite());
                (text.trim().parse().ok()).or_else(|| float().map(|f| f as i64))
            }
        }
    }
}

impl Loose for f64 {
    fn loose(value: Option<&Value>) -> Option<Self> {
        scalar(value).float()
    }
}

impl<T: Loose> Loose for Option<T> {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let value = value.filter(|value| !value.is_null());
        Some(value.and_then(|value| T::loose(Some(value))))
    }
}

impl Loose for Value {
    fn loose(value: Option<&Value>) -> Option<Self> {
        Some(value.cloned().unwrap_or(Self::Null))
    }
}

/// A JSON list, or words in one text.
impl Loose for Vec<String> {
    fn loose(value: Option<&Value>) -> Option<Self> {
        Some(match value {
            Some(Value::Array(items)) => items.iter().map(lenient::value_text).collect(),
            other => words_of(text(other).as_deref()),
        })
    }
}

impl Loose for Vec<Vmid> {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let words = Vec::<String>::loose(value)?;
        Some(words.iter().filter_map(|word| word.parse().ok()).collect())
    }
}

impl Loose for BTreeMap<String, String> {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let Some(Value::Object(map)) = value else {
            return Some(Self::new());
        };
        let texts = map
            .iter()
            .map(|(key, value)| (key.clone(), lenient::value_text(value)));
        Some(texts.collect())
    }
}

/// A property string or its parts as an object; both occur.
impl Loose for KeepOptions {
    fn loose(value: Option<&Value>) -> Option<Self> {
        Self::deserialize(value?).ok()
    }
}

macro_rules! parsed {
    ($($type:ty),*) => {$(
        impl Loose for $type {
            fn loose(value: Option<&Value>) -> Option<Self> {
                text(value)?.parse().ok()
            }
        }
    )*};
}
parsed!(Fingerprint, NodeName, TokenId, Upid, UserId, Vmid, VolumeId);

impl<T: Row> Loose for T {
    fn loose(value: Option<&Value>) -> Option<Self> {
        value.and_then(Value::as_object).and_then(Self::of_map)
    }
}

impl<T: Row> Loose for Vec<T> {
    fn loose(value: Option<&Value>) -> Option<Self> {
        Some(
            value
                .and_then(Value::as_array)
                .map_or_else(Self::new, |items| {
                    items
                        .iter()
                        .filter_map(|item| T::loose(Some(item)))
                        .collect()
                }),
        )
    }
}

/// Structs of public fields, each read from the value of the key behind it. Further keys are
/// other spellings.
macro_rules! answers {
    ($(
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $key:literal $(| $other:literal)*),*
            $(,)?
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }
        impl $crate::answer::Row for $name {
            fn of_map(map: &serde_json::Map<String, serde_json::Value>) -> Option<Self> {
                Some(Self {
                    $($field: $crate::answer::Loose::loose(
                        $crate::answer::pick(map, &[$key $(, $other)*]),
                    )?,)*
                })
            }
        }
    )*};
}
pub(crate) use answers;

/// Enums made with `words!` as fields.
macro_rules! loose_words {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::answer::Loose for $type {
            fn loose(value: Option<&serde_json::Value>) -> Option<Self> {
                <String as $crate::answer::Loose>::loose(value).map(Self::from)
            }
        }
    )*};
}
pub(crate) use loose_words;

/// A whole answer that is one object.
pub(crate) struct One<T>(pub(crate) T);

impl<'de, T: Row> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(de)?;
        // The text must not repeat values: they can be secrets.
        let wrong = || D::Error::custom("not an object with what names it");
        T::loose(Some(&value)).map(Self).ok_or_else(wrong)
    }
}

/// A whole answer that is a list. Rows that are none are left out.
pub(crate) struct Listed<T>(pub(crate) Vec<T>);

impl<'de, T: Row> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        match Value::deserialize(de)? {
            Value::Null => Ok(Self(Vec::new())),
            value @ Value::Array(_) => Ok(Self(Vec::loose(Some(&value)).unwrap_or_default())),
            _ => Err(D::Error::custom("not a list")),
        }
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro makes public structs")]
mod tests {
    use serde_json::json;

    use super::*;

    answers! {
        /// A row.
        Example {
            /// What names it.
            name: String = "name" | "id",
            /// A number.
            number: Option<u64> = "number",
            /// A flag.
            flag: bool = "flag",
            /// Below zero as well.
            signed: Option<i64> = "signed",
            /// A list or words.
            words: Vec<String> = "words",
            /// Nested rows.
            children: Vec<Example> = "children",
        }
    }

    fn bare(name: &str) -> Example {
        Example {
            name: name.to_owned(),
            number: None,
            flag: false,
            signed: None,
            words: Vec::new(),
            children: Vec::new(),
        }
    }

    #[test]
    fn a_row_without_a_name_is_left_out_and_odd_values_count_as_missing() {
        let value = json!([
            {"name": "a", "number": "7", "flag": "1", "signed": "-1", "words": "x,y;z", "new": {}},
            {"id": 5, "number": {}, "flag": [], "signed": "none", "words": ["x y", 3],
             "children": [{"id": "c", "number": 1.0}, {"number": 1}, 5, null]},
            {"number": 5},
            "text",
        ]);
        let Listed(rows) = Listed::<Example>::deserialize(&value).unwrap();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let first = Example {
            number: Some(7),
            flag: true,
            signed: Some(-1),
            words: words(&["x", "y", "z"]),
            ..bare("a")
        };
        let child = Example {
            number: Some(1),
            ..bare("c")
        };
        let second = Example {
            words: words(&["x y", "3"]),
            children: vec![child],
            ..bare("5")
        };
        assert_eq!(rows, [first, second]);
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error_and_not_an_empty_list() {
        assert!(Listed::<Example>::deserialize(&json!({"name": "a"})).is_err());
        assert!(Listed::<Example>::deserialize(&json!("a")).is_err());
        assert!(One::<Example>::deserialize(&json!([])).is_err());
        assert!(One::<Example>::deserialize(&json!({"name": null})).is_err());
        assert_eq!(Listed::<Example>::deserialize(&json!(null)).unwrap().0, []);
    }
}
