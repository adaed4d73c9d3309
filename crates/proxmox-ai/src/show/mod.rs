//! How plans, runs and answers look on a terminal.

mod cell;
mod knowledge;
mod plain;
mod rehearsal;
mod table;

use std::fmt::Write as _;

use ops::{Kept, LeftOut, OnFailure, Plan, Run, RunEvent, RunState, StepState};
use serde_json::Value;

use crate::output;

/// The one text that is the whole point of an answer, and what is said where it is empty: it goes into a
/// file as it is.
const DOCUMENTS: [(&str, &str, &str); 2] = [
    (
        "memory.propose_rules",
        "text",
        "Nothing that is kept restricts an operation without a rule in force, so no rule is proposed.",
    ),
    ("runbooks.export", "source", "none"),
];

/// Read by machines in the first place: an export that can be kept, and a schema.
const JSON: [&str; 2] = ["memory.export", "operations.show"];

/// An answer of a query.
pub(crate) fn answer(op: &str, answer: &Value, json: bool) {
    if json || JSON.contains(&op) {
        output::say_json(answer);
    } else {
        output::say(&cell::harmless(&in_words(op, answer)));
    }
}

/// What an action on the product's own data answered.
pub(crate) fn done(what: &str, answer: &Value, json: bool) {
    if json {
        output::say_json(answer);
        return;
    }
    let mut text = format!("Done: {}", begun_small(what));
    if !cell::is_empty(answer) {
        text.push('\n');
        text.push_str(&plain::text(answer));
    }
    output::say(&cell::harmless(&text));
}

fn in_words(op: &str, answer: &Value) -> String {
    let document = DOCUMENTS.iter().find(|(name, ..)| *name == op);
    if let Some((_, field, otherwise)) = document
        && let Some(text) = answer.get(field).and_then(Value::as_str)
    {
        let text = text.trim_end();
        return if text.is_empty() { otherwise } else { text }.to_owned();
    }
    let own = match op {
        "plans.rehearse" => rehearsal::of(answer),
        _ => knowledge::of(op, answer).or_else(|| table::render(op, answer)),
    };
    own.unwrap_or_else(|| plain::text(answer))
}

/// A summary, which begins with a verb, as the rest of a sentence.
fn begun_small(summary: &str) -> String {
    let mut signs = summary.chars();
    signs
        .next()
        .map(|first| first.to_lowercase().chain(signs).collect())
        .unwrap_or_default()
}

/// A plan as a person reads it before saying yes, with what is kept about its guests.
pub(crate) fn plan(plan: &Plan, kept: &Kept) -> String {
    let mut text = format!(
        "Plan {} ({}): {}\n",
        plan.id,
        plan.risk.as_str(),
        plan.summary
    );
    for step in &plan.steps {
        // Writing to a String cannot fail.
        let _ = write!(text, "  {:>4}  {}  [{}]", step.id, step.title, step.target);
        for change in &step.change {
            let _ = write!(
                text,
                "  {}: {} -> {}",
                change.field,
                word(&change.before),
                word(&change.after)
            );
        }
        if let Some(seconds) = step.interruption_s {
            let _ = write!(text, "  away about {seconds} s");
        }
        if !step.undo {
            text.push_str("  cannot be undone");
        }
        text.push('\n');
    }
    match plan.on_failure {
        OnFailure::Continue => {}
        OnFailure::Stop => text.push_str("  when a step fails: no further step starts\n"),
        OnFailure::RollBack => {
            text.push_str("  when a step fails: what was done is taken back in reverse order\n");
        }
    }
    text.push_str(&left_out(&plan.left_out));
    text.push_str(&remembered(kept));
    for signal in &plan.preflight {
        let _ = writeln!(text, "  note: {}", signal.text);
    }
    if let Some(rehearsed) = plan.rehearsal.as_ref().and_then(rehearsal::of) {
        for line in rehearsed.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    if let Some(ruling) = plan
        .ruling
        .as_ref()
        .filter(|ruling| !ruling.rules.is_empty())
    {
        let _ = writeln!(text, "  {}", ruling.why);
    }
    if !plan.approvals.is_empty() {
        let people: Vec<&str> = plan
            .approvals
            .iter()
            .map(|one| one.by.name.as_str())
            .collect();
        let _ = writeln!(text, "  approved so far by {}", people.join(", "));
    }
    let _ = write!(
        text,
        "  expires {}",
        plan.expires_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    );
    text
}

/// Who was wished for and gets no step: a line for each reason, or for each target where a person can read
/// them one by one.
fn left_out(left_out: &[LeftOut]) -> String {
    let mut text = String::new();
    if left_out.is_empty() {
        return text;
    }
    let _ = writeln!(text, "  left out: {}", left_out.len());
    for one in left_out {
        let _ = write!(text, "        -  {}  [{}]", one.sentence(), one.target);
        if let Some(hint) = &one.hint {
            let _ = write!(text, "  {hint}");
        }
        text.push('\n');
    }
    text
}

/// What is kept, a line for each fact.
fn remembered(kept: &Kept) -> String {
    let mut text = String::new();
    for fact in kept.facts() {
        let _ = writeln!(text, "  kept: {}", fact.sentence());
    }
    if kept.more() > 0 {
        let _ = writeln!(text, "  kept: {} more", kept.more());
    }
    if let Some(why) = kept.unread() {
        let _ = writeln!(
            text,
            "  kept: not known, the memory could not be read: {why}"
        );
    }
    text
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// One event of a run as a line of progress; nothing for events that say nothing new.
pub(crate) fn event(event: &RunEvent, titles: &[(&str, &str)]) -> Option<String> {
    let field = |name: &str| {
        event
            .data
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let title = titles
        .iter()
        .find(|(id, _)| *id == field("step"))
        .map_or_else(
            || field("step").to_owned(),
            |(_, title)| (*title).to_owned(),
        );
    match event.kind.as_str() {
        "step.state" => match field("state") {
            "running" if field("upid").is_empty() => Some(format!("{title} …")),
            "done" => {
                let verdict = event
                    .data
                    .pointer("/verify/text")
                    .and_then(Value::as_str)
                    .unwrap_or("done");
                Some(format!("{title}: done, {verdict}"))
            }
            "failed" | "not_executed" | "unknown" => Some(format!(
                "{title}: {}: {}",
                field("state").replace('_', " "),
                field("error")
            )),
            _ => None,
        },
        // Its task's lines are for who asks; that nothing goes on must be seen.
        "step.log" => {
            let run = event.data.get("waits_for").and_then(Value::as_str)?;
            Some(format!("{title}: waiting: run {run} works on it"))
        }
        "step.progress" => event
            .data
            .get("percent")
            .and_then(Value::as_f64)
            .map(|percent| format!("{title}: {percent:.0} %")),
        _ => None,
    }
}

/// Whether the event is the end of a step that was not done.
pub(crate) fn is_failure(event: &RunEvent) -> bool {
    event.kind == "step.state"
        && matches!(
            event.data.get("state").and_then(Value::as_str),
            Some("failed" | "not_executed" | "unknown")
        )
}

/// The last sentence of a command that changed something.
pub(crate) fn verdict(run: &Run) -> String {
    let done = run
        .steps
        .iter()
        .filter(|step| step.state == StepState::Done)
        .count();
    match run.state {
        RunState::Succeeded => format!(
            "{}: done and verified ({done} of {})",
            run.summary,
            run.steps.len()
        ),
        state => {
            let mut text = format!(
                "{}: {} ({done} of {} steps done)",
                run.summary,
                state.as_str(),
                run.steps.len()
            );
            for step in run.steps.iter().filter(|step| step.error.is_some()) {
                let _ = write!(
                    text,
                    "\n  {}: {}: {}",
                    step.title,
                    step.state.as_str().replace('_', " "),
                    step.error.as_deref().unwrap_or_default()
                );
            }
            text
        }
    }
}

/// Key, value and source of each setting.
pub(crate) fn settings(shown: &Value) -> String {
    let mut lines = Vec::new();
    if let Some(settings) = shown.as_object() {
        for (key, setting) in settings {
            let value = setting.get("value").map(word).unwrap_or_default();
            let source = setting
                .get("source")
                .and_then(Value::as_str)
                .unwrap_or_default();
            lines.push(format!("{key} = {value}  ({source})"));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use ops::{Because, LeftOut};

    use super::left_out;

    #[test]
    fn who_is_left_out_stands_below_the_steps_with_the_reason_and_the_way_out() {
        let one = LeftOut {
            target: "main/pve1/103".to_owned(),
            name: "db-01".to_owned(),
            because: Because::Unfit,
            reason: "is locked (backup)".to_owned(),
            hint: Some("wait for the task".to_owned()),
        };
        assert_eq!(
            left_out(&[one]),
            "  left out: 1\n        -  db-01 is locked (backup)  [main/pve1/103]  wait for the task\n"
        );
        assert_eq!(left_out(&[]), "");
    }
}
