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
