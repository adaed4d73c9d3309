//! Parameters of an API call. They may hold passwords, so only their names are ever printed.

use std::fmt;

use crate::ids::{NodeName, Vmid};
use crate::upid::Upid;

/// A parameter value in PVE's spelling: booleans are `1` and `0`, everything else its text.
pub struct ParamValue(String);

impl From<&str> for ParamValue {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
impl From<String> for ParamValue {
    fn from(text: String) -> Self {
        Self(text)
    }
}
impl From<bool> for ParamValue {
    /// PVE's type check refuses `true` and `yes`.
    fn from(flag: bool) -> Self {
        Self(if flag { "1" } else { "0" }.to_owned())
    }
}

macro_rules! from_display {
    ($($type:ty),*) => {$(
        impl From<$type> for ParamValue {
            fn from(value: $type) -> Self {
                Self(value.to_string())
            }
        }
    )*};
}
from_display!(u16, u32, u64, i32, i64, Vmid, &NodeName, &Upid);

/// Named values, in order; a name may occur more than once (PVE reads that as a list).
///
/// ```
/// use pve::Params;
/// let params = Params::new().with("vmid", 100_u32).with("purge", true);
/// assert_eq!(params.iter().collect::<Vec<_>>(), [("vmid", "100"), ("purge", "1")]);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<ParamValue>) -> Self {
        self.0.push((name.into(), value.into().0));
        self
    }

    /// Adds a parameter when there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<ParamValue>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// True when nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As `application/x-www-form-urlencoded`, for queries and bodies alike.
    pub(crate) fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.iter())
            .finish()
    }
}

impl<N: Into<String>, V: Into<ParamValue>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        pairs
            .into_iter()
            .fold(Self::new(), |params, (name, value)| {
                params.with(name, value)
            })
    }
}

/// Names only.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_repeated_names_stay() {
        let params: Params = [("a b", "1&2=3"), ("t", "x"), ("t", "ä+")]
            .into_iter()
            .collect();
        assert_eq!(params.encoded(), "a+b=1%262%3D3&t=x&t=%C3%A4%2B");
    }

    #[test]
    fn debug_output_names_parameters_without_values() {
        let params = Params::new().with("password", "hunter2hunter2");
        assert_eq!(format!("{params:?}"), "{\"password\"}");
    }
}
