//! What a rule found: where, which rule, and what to do about it.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Warning,
    Failure,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    pub(crate) rule: &'static str,
    /// A path, `path:line`, or the name of a crate.
    pub(crate) place: String,
    pub(crate) text: String,
}

impl Finding {
    pub(crate) fn failure(
        rule: &'static str,
        place: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Failure,
            rule,
            place: place.into(),
            text: text.into(),
        }
    }

    pub(crate) fn warning(
        rule: &'static str,
        place: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warning,
            rule,
            place: place.into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.level {
            Level::Warning => "warning",
            Level::Failure => "FAILURE",
        };
        write!(f, "{word} [{}] {}: {}", self.rule, self.place, self.text)
    }
}
