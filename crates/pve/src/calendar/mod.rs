//! Calendar events: when a job runs, as `mon..fri 02:30`.
//!
//! The grammar, the refusals and the next times are those of PVE, with its surprises: a bare number
//! is a minute, and so is the first number of `25:00`, as there is no such hour.

mod event;
mod field;
mod grammar;
mod next;

pub use event::CalendarEvent;
pub use field::{Field, FieldItem};

/// Text that is no calendar event; says so in PVE's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Nothing at all.
    #[error("unable to parse calendar event - event is empty")]
    Empty,
    /// Something that is understood neither as days, nor as a date or time.
    #[error("unable to parse calendar event at '{at}' - Context(\"{expected}\")")]
    Unexpected {
        /// The text from there on.
        at: String,
        /// What PVE was looking for.
        expected: &'static str,
    },
    /// Text left behind a complete event.
    #[error("unable to parse calendar event at '{at}' - Nom(Eof)")]
    LeftOver {
        /// What is left.
        at: String,
    },
}

impl CalendarError {
    /// The same for people, who are helped more by examples than by the names of PVE's parsers.
    pub fn in_words(&self) -> String {
        let what = match self {
            Self::Empty => "no calendar event is given".to_owned(),
            Self::Unexpected { at, .. } | Self::LeftOver { at } => {
                format!("no calendar event from `{at}` on")
            }
        };
        format!("{what}; write it as PVE does: `daily`, `mon..fri 02:30`, `*/6:00`")
    }
}
