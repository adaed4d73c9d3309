//! A rehearsal as a person reads it: the verdict first, then what goes wrong, what changes, and what it does
//! not say.

use std::fmt::Write as _;

use ops::{Rehearsed, StepState};
use serde_json::Value;

use super::word;

/// Lines of one kind that are shown; the rest is counted and stands in `--json`.
const SHOWN: usize = 20;

/// The text of a stored or fresh outcome; nothing when another version wrote it.
pub(super) fn of(outcome: &Value) -> Option<String> {
    serde_json::from_value(outcome.clone())
        .ok()
        .as_ref()
        .map(text)
}

fn text(rehearsed: &Rehearsed) -> String {
    let mut text = format!(
        "Rehearsed at {} on facts of {} ({} requests): {}: {}\n",
        rehearsed.at.strftime("%H:%M:%S UTC"),
        rehearsed.facts_at.strftime("%H:%M:%S UTC"),
        rehearsed.requests,
        rehearsed.outcome.as_str(),
        rehearsed.sentence(),
    );
    if let Some(seconds) = rehearsed.duration_s {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  expected to take {seconds} s");
    }
    let wrong = rehearsed
        .steps
        .iter()
        .filter(|step| step.state.is_some_and(|state| state != StepState::Done))
        .map(|step| {
            format!(
                "{}: {}: {}",
                step.title,
                step.state.map_or("", StepState::as_str).replace('_', " "),
                step.error.as_deref().unwrap_or_default()
            )
        })
        .collect();
    list(&mut text, "would go wrong", wrong);
    let changes = rehearsed
        .changes
        .iter()
        .map(|change| {
            format!(
                "{} [{}] {}: {} -> {}",
                change.name,
                change.target,
                change.field,
                word(&change.before),
                word(&change.after)
            )
        })
        .collect();
    list(&mut text, "would change", changes);
    let away = rehearsed
        .targets
        .iter()
        .filter_map(|target| match (target.stays_away, target.interruption_s) {
            (true, _) => Some(format!("{} until it is started again", target.name)),
            (false, Some(seconds)) => Some(format!("{} about {seconds} s", target.name)),
            (false, None) => None,
        })
        .collect();
    list(&mut text, "would be away", away);
    let gaps = rehearsed
        .not_rehearsed
        .iter()
        .map(|gap| format!("{}: {}", gap.what, gap.why))
        .collect();
    list(&mut text, "not rehearsed", gaps);
    text.truncate(text.trim_end().len());
    text
}

fn list(text: &mut String, heading: &str, lines: Vec<String>) {
    let more = lines.len().saturating_sub(SHOWN);
    for line in lines.into_iter().take(SHOWN) {
        let _ = writeln!(text, "  {heading}: {line}");
    }
    if more > 0 {
        let _ = writeln!(text, "  {heading}: and {more} more (see --json)");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of;

    #[test]
    fn a_rehearsal_reads_verdict_first() {
        let outcome = json!({
            "digest": "d", "at": "2025-03-03T10:00:00Z", "facts_at": "2025-03-03T09:59:58Z",
            "took_ms": 12, "requests": 9, "outcome": "fails", "refused": null,
            "steps": [{ "id": "s1", "title": "Stop web", "target": "main/pve1/101",
                "state": "failed", "error": "VM is locked (backup)", "duration_s": 1 }],
            "changes": [{ "target": "main/pve1/101", "name": "web", "field": "status",
                "before": "running", "after": "stopped" }],
            "targets": [{ "target": "main/pve1/101", "name": "web", "duration_s": 1,
                "interruption_s": null, "stays_away": true }],
            "duration_s": 1,
            "not_rehearsed": [{ "what": "real load", "why": "the twin is idle" }],
        });
        assert_eq!(
            of(&outcome).as_deref(),
            Some(
                "Rehearsed at 10:00:00 UTC on facts of 09:59:58 UTC (9 requests): fails: 0 of 1 steps \
                 would be done; Stop web: VM is locked (backup)\n  \
                 expected to take 1 s\n  \
                 would go wrong: Stop web: failed: VM is locked (backup)\n  \
                 would change: web [main/pve1/101] status: running -> stopped\n  \
                 would be away: web until it is started again\n  \
                 not rehearsed: real load: the twin is idle"
            )
        );
        assert_eq!(of(&json!({ "some": "other version" })), None);
    }
}
