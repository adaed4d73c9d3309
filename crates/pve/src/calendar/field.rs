//! One field of a calendar event: which hours, minutes, days …

use std::fmt;

/// One item of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldItem {
    /// `a`
    One(u32),
    /// `a..b`, both included.
    Range(u32, u32),
    /// `a/n`: a and every n-th after it; `a/0` is a alone.
    Every(u32, u32),
    /// `a..b/n`
    RangeEvery(u32, u32, u32),
}

impl FieldItem {
    fn contains(self, value: u32) -> bool {
        let steps = |from: u32, step: u32| {
            value == from || (value > from && step > 0 && (value - from).is_multiple_of(step))
        };
        match self {
            Self::One(one) => value == one,
            Self::Range(from, to) => (from..=to).contains(&value),
            Self::Every(from, step) => steps(from, step),
            Self::RangeEvery(from, to, step) => value <= to && steps(from, step),
        }
    }
}

impl fmt::Display for FieldItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(one) => write!(f, "{one}"),
            Self::Range(from, to) => write!(f, "{from}..{to}"),
            Self::Every(from, step) => write!(f, "{from}/{step}"),
            Self::RangeEvery(from, to, step) => write!(f, "{from}..{to}/{step}"),
        }
    }
}

/// A field: a list of items, of which one must fit. Without items any value fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Field {
    /// The items; none for `*`.
    pub items: Vec<FieldItem>,
}

impl Field {
    /// Any value.
    pub fn any() -> Self {
        Self::default()
    }

    /// One value.
    pub fn one(value: u32) -> Self {
        Self {
            items: vec![FieldItem::One(value)],
        }
    }

    /// Does the value fit?
    pub fn contains(&self, value: u32) -> bool {
        self.items.is_empty() || self.items.iter().any(|item| item.contains(value))
    }

    /// The first value that fits, at or after `from` and not after `last`.
    pub fn first_from(&self, from: u32, last: u32) -> Option<u32> {
        (from..=last).find(|value| self.contains(*value))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.items.is_empty() {
            return f.write_str("*");
        }
        let items: Vec<String> = self.items.iter().map(ToString::to_string).collect();
        f.write_str(&items.join(","))
    }
}
