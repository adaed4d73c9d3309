//! How values of ours stand in columns: times, words of enums, JSON.

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::error::{Error, Result};

/// Nanoseconds since the epoch; a time after the year 2262 is kept as the last one that fits.
pub(crate) fn to_ns(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX)
}

pub(crate) fn to_ns_opt(time: Option<Timestamp>) -> Option<i64> {
    time.map(to_ns)
}

pub(crate) fn from_ns(ns: i64) -> Result<Timestamp> {
    Timestamp::from_nanosecond(i128::from(ns)).map_err(|cause| Error::unreadable("a time", cause))
}

pub(crate) fn from_ns_opt(ns: Option<i64>) -> Result<Option<Timestamp>> {
    ns.map(from_ns).transpose()
}

/// An event number; the column counts up from 1, so a negative one is damage.
pub(crate) fn to_count(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|cause| Error::unreadable("the number of an event", cause))
}

/// A position to read after; more than any number there is means "after the last".
pub(crate) fn from_count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// An enum by the word that serde gives it.
pub(crate) fn word<T: DeserializeOwned>(what: &str, text: String) -> Result<T> {
    serde_json::from_value(Value::String(text)).map_err(|cause| Error::unreadable(what, cause))
}

/// JSON with sorted keys, so that equal values are equal text and can be compared in SQL.
pub(crate) fn to_json<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_value(value)
        .map(|value| value.to_string())
        .map_err(|cause| Error::Encode { what, cause })
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|cause| Error::unreadable(what, cause))
}
