//! Following a wish to the HA manager to the real state of the guest.
//!
//! The task of the wish ends at once. Its step must not: what was consented to is a guest that runs, is off
//! or is elsewhere, and the manager may take its time, try elsewhere, or give up.

use std::time::Duration;

use ops::{
    Result, TaskRef,
    ports::{TaskEnd, TaskNews},
};
use pve::{Client, HaEvent, HaOutcome, HaSeen, Upid};
use tokio_util::sync::CancellationToken;

use super::end_of;
use crate::cluster_error::call_error;

/// The manager looks every ten seconds, tries a start again on other nodes, and waits for a guest that shuts
/// down; a node that has to be fenced takes two minutes more.
const PATIENCE: Duration = Duration::from_mins(5);
/// Disks that are copied along take hours.
const MIGRATION_PATIENCE: Duration = Duration::from_hours(6);

pub(super) async fn follow(
    client: &Client,
    task: &TaskRef,
    upid: &Upid,
    on_news: &mut (dyn FnMut(TaskNews) + Send),
    cancel: &CancellationToken,
) -> Result<TaskEnd> {
    let within = match upid.kind() {
        "hamigrate" => MIGRATION_PATIENCE,
        _ => PATIENCE,
    };
    let mut on_event = |event| {
        on_news(TaskNews::Log(vec![match event {
            HaEvent::State(seen) => format!("HA manager: {}", shown(&seen)),
            HaEvent::Task(upid) => format!("HA manager: works on it by the task {upid}"),
        }]));
    };
    let end = client
        .follow_ha(upid, within, &mut on_event, cancel)
        .await
        .map_err(|error| call_error(&task.cluster, &error))?;
    Ok(match end.outcome {
        // Whether it is so, and of what is not managed any more, the guest itself tells.
        HaOutcome::Reached { .. } | HaOutcome::NotManaged => TaskEnd::Ok,
        HaOutcome::NotRequested(outcome) => end_of(outcome),
        HaOutcome::Failed { upid, text, .. } => TaskEnd::Failed(format!(
            "the HA manager tried by the task {upid}, which failed: {text}"
        )),
        HaOutcome::InError(seen) => TaskEnd::Failed(format!(
            "the HA manager gave up, and does nothing until the guest is disabled in HA and started again ({})",
            shown(&seen)
        )),
        HaOutcome::Overruled(seen) => TaskEnd::Failed(format!(
            "somebody asked the HA manager for something else meanwhile ({})",
            shown(&seen)
        )),
        HaOutcome::NotInTime(seen) => TaskEnd::Unknown(format!(
            "the HA manager was asked and had not done it after {} minutes; it still may ({})",
            within.as_secs() / 60,
            shown(&seen)
        )),
    })
}

/// `state request_stop on pve1, the guest is running; the last try failed: …`.
fn shown(seen: &HaSeen) -> String {
    let mut text = format!("state {}", seen.state.as_deref().unwrap_or("not told"));
    if let Some(node) = &seen.node {
        text.push_str(&format!(" on {node}"));
    }
    if let Some(guest) = &seen.guest {
        text.push_str(&format!(", the guest is {}", guest.as_str()));
    }
    if !seen.quorate {
        text.push_str(", no quorum: the manager does nothing");
    }
    if let Some(failure) = &seen.last_failure {
        text.push_str(&format!("; the last try failed: {failure}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_manager_thinks_is_told_with_why_nothing_happens() {
        let seen = HaSeen {
            state: Some("request_start".to_owned()),
            node: Some("pve1".parse().unwrap()),
            last_failure: Some("no space left".to_owned()),
            quorate: true,
            ..HaSeen::default()
        };
        assert_eq!(
            shown(&seen),
            "state request_start on pve1; the last try failed: no space left"
        );
        assert_eq!(
            shown(&HaSeen::default()),
            "state not told, no quorum: the manager does nothing"
        );
    }
}
