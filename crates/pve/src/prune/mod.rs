//! Which backups retention keeps, and which it removes: reckoned here as PVE does, so that what a
//! prune would do can be shown before anything is asked of the server.

mod keep;
mod mark;

pub use keep::KeepOptions;
pub use mark::{PruneCandidate, PruneMark, prune_marks};
