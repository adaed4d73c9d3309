//! The words of five languages in which somebody forbids something. Closed lists: what stands in none of
//! them is not understood.

mod english;
mod french;
mod german;
mod japanese;
mod spanish;

/// What a verb means to rules.
pub(super) type Operations = &'static [&'static str];

/// Whatever takes a guest down restarts it, once it is up again.
const RESTART: Operations = &[
    "guests.reboot",
    "guests.reset",
    "guests.shutdown",
    "guests.stop",
];
const STOP: Operations = &["guests.stop", "guests.shutdown"];
const START: Operations = &["guests.start"];
const MIGRATE: Operations = &["guests.migrate"];
const DELETE: Operations = &["guests.delete"];
const ROLL_BACK: Operations = &["snapshots.rollback"];
const TOUCH: Operations = &["guests.*", "snapshots.*"];
/// No operation is it alone.
const NONE: Operations = &[];

pub(super) struct Language {
    /// Whether blanks part its words.
    pub spaced: bool,
    /// Forbids a verb.
    pub never: &'static [&'static str],
    /// Forbids a noun.
    pub no: &'static [&'static str],
    /// Forbids every other time.
    pub only: &'static [&'static str],
    pub verbs: &'static [(&'static str, Operations)],
    pub nouns: &'static [(&'static str, Operations)],
    /// Means the guest, or nothing.
    pub fillers: &'static [&'static str],
    pub or: &'static [&'static str],
    pub days: &'static [(&'static str, &'static str)],
    pub before: &'static [&'static str],
    pub after: &'static [&'static str],
    pub between: &'static [&'static str],
    pub and: &'static [&'static str],
    pub to: &'static [&'static str],
    /// Behind a number: the hour.
    pub hours: &'static [&'static str],
    /// A number alone is an hour.
    pub bare_hours: bool,
    /// Restricts, and no rule is that fine.
    pub otherwise: &'static [&'static str],
    /// Somebody has to agree.
    pub consent: &'static [&'static str],
    /// What makes a sentence about consent one that demands it.
    pub demand: &'static [&'static str],
    /// Denies that something is needed, and forbids nothing.
    pub harmless: &'static [&'static str],
    /// A sentence about how somebody likes things begins so.
    pub preference: &'static [&'static str],
}

pub(super) const LANGUAGES: [&Language; 5] = [
    &english::ENGLISH,
    &german::GERMAN,
    &french::FRENCH,
    &spanish::SPANISH,
    &japanese::JAPANESE,
];
