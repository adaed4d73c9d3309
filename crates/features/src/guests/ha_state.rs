//! Guests that HA looks after: what PVE does with a call for one of them, and whether anything comes of it.
//!
//! A start, a stop or a migration of such a guest only writes a wish down; the task ends at once and the HA
//! manager acts later. The wish is followed to the real state by whoever follows tasks.

use ops::{Result, TaskRef};
use pve::Upid;

use super::{subject::Looked, work::why_not};

/// Refuses a guest that the HA manager would leave as it is, whatever is asked of it.
pub(super) fn ha_takes_it(looked: &Looked) -> Result<()> {
    if !looked.status.ha_managed {
        return Ok(());
    }
    match looked.status.ha_state.as_deref() {
        Some("error") => Err(why_not(
            looked,
            "is in the HA state `error`: the HA manager does nothing with it until somebody has looked",
            "mend what made it fail, then `guests.ha --state disabled`, and `--state started` afterwards",
        )),
        Some(state @ ("fence" | "recovery")) => Err(why_not(
            looked,
            &format!("is in the HA state `{state}`: its node failed and HA is recovering it"),
            "wait until HA has started it elsewhere, then plan again",
        )),
        _ => Ok(()),
    }
}

/// Whether a task only wrote a wish for the HA manager down: its end is not the end of the work.
pub(super) fn request_at(task: &TaskRef) -> bool {
    task.id
        .parse::<Upid>()
        .is_ok_and(|upid| upid.only_requests())
}
