//! Reading PVE's loose JSON: a number may come as a string, a boolean as 1, "1", true or "", and
//! a missing value as `null` or `""`. A value of an unexpected shape is read as missing, so that
//! one odd row cannot make a list of thousands unreadable.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Any single value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Missing,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(String),
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Signed(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Unsigned(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(value))
    }
    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Missing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Missing)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Scalar, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Missing)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl Scalar {
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Bool(value) => Some(if value { "1" } else { "0" }.to_owned()),
            Self::Signed(value) => Some(value.to_string()),
            Self::Unsigned(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Text(value) => Some(value),
        }
    }

    pub(crate) fn float(&self) -> Option<f64> {
        match self {
            Self::Missing => None,
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Signed(value) => Some(*value as f64),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite()),
        }
    }

    /// Whole and not negative; `1.0` counts as 1, `1.5` is cut.
    pub(crate) fn unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            // Through the integer first: a float would lose digits above 2^53.
            Self::Text(text) => text.trim().parse().ok().or_else(|| whole(self.float()?)),
            Self::Missing | Self::Bool(_) | Self::Float(_) => whole(self.float()?),
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Text(text) => match text.trim() {
                "1" | "true" | "on" | "yes" => Some(true),
                "0" | "" | "false" | "off" | "no" => Some(false),
                _ => None,
            },
            other => other.float().map(|value| value != 0.0),
        }
    }
}

fn whole(value: f64) -> Option<u64> {
    (value >= 0.0 && value < u64::MAX as f64).then_some(value as u64)
}

pub(crate) fn text<'de, D: Deserializer<'de>>(de: D) -> Result<Option<String>, D::Error> {
    Ok(Scalar::deserialize(de)?.into_text())
}

/// Text in which nothing and `""` are the same.
pub(crate) fn filled<'de, D: Deserializer<'de>>(de: D) -> Result<Option<String>, D::Error> {
    Ok(text(de)?.filter(|text| !text.is_empty()))
}

pub(crate) fn unsigned<'de, D: Deserializer<'de>>(de: D) -> Result<Option<u64>, D::Error> {
    Ok(Scalar::deserialize(de)?.unsigned())
}

pub(crate) fn float<'de, D: Deserializer<'de>>(de: D) -> Result<Option<f64>, D::Error> {
    Ok(Scalar::deserialize(de)?.float())
}

/// A flag that is off when missing.
pub(crate) fn flag<'de, D: Deserializer<'de>>(de: D) -> Result<bool, D::Error> {
    Ok(Scalar::deserialize(de)?.flag().unwrap_or(false))
}

/// A map whose values are read as text; anything that is not a map is an empty one.
pub(crate) fn text_map<'de, D: Deserializer<'de>>(
    de: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let serde_json::Value::Object(map) = serde_json::Value::deserialize(de)? else {
        return Ok(BTreeMap::new());
    };
    Ok(map
        .into_iter()
        .map(|(name, value)| (name, value_text(&value)))
        .collect())
}

/// A JSON value as PVE's config files would write it: text bare, flags 1 and 0, structures as JSON.
pub(crate) fn value_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Bool(flag) => if *flag { "1" } else { "0" }.to_owned(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "unsigned")]
        number: Option<u64>,
        #[serde(default, deserialize_with = "flag")]
        flag: bool,
        #[serde(default, deserialize_with = "text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "float")]
        float: Option<f64>,
    }

    fn row(json: &str) -> Row {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn numbers_and_flags_come_in_many_spellings() {
        for number in ["7", "\"7\"", "7.0", "\"7.0\""] {
            assert_eq!(
                row(&format!("{{\"number\":{number}}}")).number,
                Some(7),
                "{number}"
            );
        }
        for on in ["1", "\"1\"", "true", "1.0"] {
            assert!(row(&format!("{{\"flag\":{on}}}")).flag, "{on}");
        }
        for off in ["0", "\"0\"", "false", "\"\""] {
            assert!(!row(&format!("{{\"flag\":{off}}}")).flag, "{off}");
        }
        assert_eq!(
            row(r#"{"number":"18446744073709551615"}"#).number,
            Some(u64::MAX)
        );
        assert_eq!(row(r#"{"text":5}"#).text.as_deref(), Some("5"));
        assert_eq!(row(r#"{"float":"0.25"}"#).float, Some(0.25));
    }

    #[test]
    fn odd_shapes_are_read_as_missing() {
        let nothing = Row {
            number: None,
            flag: false,
            text: None,
            float: None,
        };
        assert_eq!(row("{}"), nothing);
        let odd = r#"{"number":{"a":[1]},"flag":"maybe","text":[1,{"x":2}],"float":null,"new":1}"#;
        assert_eq!(row(odd), nothing);
        assert_eq!(row(r#"{"number":-1}"#).number, None);
        assert_eq!(row(r#"{"number":"nan","float":"NaN"}"#), nothing);
    }
}
