//! What retention keeps: the option `prune-backups`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::property::{PRUNE_BACKUPS, PropertyError, PropertyString, string_or_object};

/// How many backups are kept. It is sent as a property string and comes back as such or as an
/// object; both are read.
///
/// ```
/// let keep: pve::KeepOptions = "keep-last=3,keep-daily=7".parse()?;
/// assert_eq!((keep.last, keep.daily, keep.keeps_all()), (Some(3), Some(7), false));
/// assert_eq!(keep.to_string(), "keep-daily=7,keep-last=3");
/// assert!("keep-all=0".parse::<pve::KeepOptions>()?.keeps_all());
/// # Ok::<(), pve::PropertyError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeepOptions {
    /// The newest.
    pub last: Option<u64>,
    /// The newest of so many hours that have one.
    pub hourly: Option<u64>,
    /// … days.
    pub daily: Option<u64>,
    /// … ISO weeks.
    pub weekly: Option<u64>,
    /// … months.
    pub monthly: Option<u64>,
    /// … years.
    pub yearly: Option<u64>,
    /// Keys that are not known here, kept as they came.
    pub other: BTreeMap<String, String>,
}

impl KeepOptions {
    /// Nothing is ever removed: no option keeps a number of backups. PVE writes `keep-all=1`.
    pub fn keeps_all(&self) -> bool {
        self.counts().iter().all(|(_, count)| *count == 0)
    }

    /// The options in the order in which they are used, with 0 for those not set.
    pub fn counts(&self) -> [(&'static str, u64); 6] {
        [
            ("keep-last", self.last),
            ("keep-hourly", self.hourly),
            ("keep-daily", self.daily),
            ("keep-weekly", self.weekly),
            ("keep-monthly", self.monthly),
            ("keep-yearly", self.yearly),
        ]
        .map(|(key, count)| (key, count.unwrap_or(0)))
    }

    /// Reads by the grammar alone: keys of newer servers are kept.
    pub fn read(text: &str) -> Result<Self, PropertyError> {
        Self::of(&PropertyString::read(&PRUNE_BACKUPS, text)?)
    }

    fn of(options: &PropertyString) -> Result<Self, PropertyError> {
        let count = |key: &str| options.number(key);
        let known = [
            "keep-all",
            "keep-last",
            "keep-hourly",
            "keep-daily",
            "keep-weekly",
            "keep-monthly",
            "keep-yearly",
        ];
        let keep = Self {
            last: count("keep-last"),
            hourly: count("keep-hourly"),
            daily: count("keep-daily"),
            weekly: count("keep-weekly"),
            monthly: count("keep-monthly"),
            yearly: count("keep-yearly"),
            other: options
                .iter()
                .filter(|(key, _)| !known.contains(key))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        };
        if options.flag("keep-all") == Some(true) && !keep.keeps_all() {
            let text = "keep-all cannot be set together with other options.";
            return Err(PropertyError::Conflict(text.to_owned()));
        }
        Ok(keep)
    }
}

impl FromStr for KeepOptions {
    type Err = PropertyError;
    /// Reads and checks: what this takes, PVE takes.
    fn from_str(text: &str) -> Result<Self, PropertyError> {
        Self::of(&PropertyString::parse(&PRUNE_BACKUPS, text)?)
    }
}

impl fmt::Display for KeepOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: BTreeMap<&str, String> = self
            .other
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        if self.keeps_all() {
            parts.insert("keep-all", "1".to_owned());
        } else {
            let counts = [
                ("keep-last", self.last),
                ("keep-hourly", self.hourly),
                ("keep-daily", self.daily),
                ("keep-weekly", self.weekly),
                ("keep-monthly", self.monthly),
                ("keep-yearly", self.yearly),
            ];
            for (key, count) in counts {
                if let Some(count) = count {
                    parts.insert(key, count.to_string());
                }
            }
        }
        let parts: Vec<String> = parts
            .into_iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        f.write_str(&parts.join(","))
    }
}

impl<'de> Deserialize<'de> for KeepOptions {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        Self::read(&string_or_object(de)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for KeepOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_forms_are_read_and_unknown_keys_kept() {
        let as_object: KeepOptions =
            serde_json::from_str(r#"{"keep-last":"3","keep-daily":7,"keep-decade":1}"#).unwrap();
        let as_text: KeepOptions =
            serde_json::from_str("\"keep-last=3,keep-daily=7,keep-decade=1\"").unwrap();
        assert_eq!(as_object, as_text);
        assert_eq!(
            serde_json::to_string(&as_object).unwrap(),
            "\"keep-daily=7,keep-decade=1,keep-last=3\""
        );
        assert!("keep-decade=1".parse::<KeepOptions>().is_err());
    }

    #[test]
    fn zeros_keep_all() {
        let keep: KeepOptions = "keep-last=0,keep-all=1".parse().unwrap();
        assert!(keep.keeps_all());
        assert_eq!(keep.to_string(), "keep-all=1");
    }

    proptest! {
        #[test]
        fn options_survive_writing_and_reading(
            last in proptest::option::of(0_u64..1000),
            daily in proptest::option::of(0_u64..1000),
            yearly in proptest::option::of(0_u64..1000),
        ) {
            let keep = KeepOptions { last, daily, yearly, ..KeepOptions::default() };
            let again: KeepOptions = keep.to_string().parse().unwrap();
            prop_assert_eq!(again.to_string(), keep.to_string());
            prop_assert_eq!(again.counts(), keep.counts());
        }
    }
}
