//! Answers in words, from the rows of operations. Pure functions.
//!
//! What is not known is said to be not known; ages are told when they matter; lists have an end.

mod figures;
mod found;
mod restrictions;
mod rows;
mod told;

use jiff::Timestamp;
use ops::{Kept, LeftOut, Plan, PlanState, Risk};
use serde_json::Value;

use crate::{
    interpret::{self, Answer, Question},
    prompt::FOCUS_GUESTS,
};
pub(crate) use found::forget;
pub(crate) use restrictions::restrictions;
use rows::{LISTED, Rows};

/// Names shown for each reason, and reasons, of those that a plan leaves out; the card has all.
const LEFT_OUT_NAMES: usize = 3;
const LEFT_OUT_REASONS: usize = 4;

/// A plan, as the sentence above its card.
pub(crate) fn plan(plan: &Plan) -> String {
    // A rule or a standing approval said yes before anybody could be asked.
    if plan.state == PlanState::Approved {
        return format!(
            "This was approved beforehand and is on its way: {}.",
            plan.summary
        );
    }
    let mut text = format!("I would {}.", plan.summary);
    let interrupted = plan
        .steps
        .iter()
        .filter(|step| step.risk >= Risk::Disruptive)
        .count();
    if interrupted > 0 && plan.risk == Risk::Disruptive {
        text.push_str(&match interrupted {
            1 => " This interrupts what runs on it.".to_owned(),
            n => format!(" This interrupts what runs on {n} guests."),
        });
    }
    if plan.risk == Risk::Destructive {
        text.push_str(" This cannot be undone.");
    }
    text.push_str(&left_out(&plan.left_out));
    text.push_str(" Nothing happens until you approve the plan.");
    text
}

/// Who was wished for and gets no step, with the reason; many of one reason in one sentence.
fn left_out(left_out: &[LeftOut]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in left_out {
        match reasons.iter_mut().find(|(reason, _)| *reason == one.reason) {
            Some((_, names)) => names.push(&one.name),
            None => reasons.push((&one.reason, vec![&one.name])),
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let mut parts: Vec<String> = reasons
        .iter()
        .take(LEFT_OUT_REASONS)
        .map(|(reason, names)| {
            let shown: Vec<&str> = names.iter().take(LEFT_OUT_NAMES).copied().collect();
            let more = match names.len().saturating_sub(LEFT_OUT_NAMES) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            format!("{}{more} ({reason})", shown.join(", "))
        })
        .collect();
    if let Some(more) = reasons
        .len()
        .checked_sub(LEFT_OUT_REASONS)
        .filter(|more| *more > 0)
    {
        parts.push(format!("others for {more} more reasons"));
    }
    format!(" Left out: {}.", parts.join("; "))
}

/// Why nothing was understood, and what would be.
pub(crate) fn not_understood(why: &str, nearest: &[String]) -> String {
    let why = why.trim_end_matches('.');
    if nearest.is_empty() {
        return format!("{why}. Say `help` to see what I understand.");
    }
    let list: Vec<String> = nearest
        .iter()
        .take(5)
        .map(|text| format!("- {text}"))
        .collect();
    format!("{why}. You could say:\n{}", list.join("\n"))
}

/// What is said where the documentation was asked and does not answer.
pub(crate) fn not_documented(why: &str) -> String {
    let why = why.trim_end_matches('.');
    format!(
        "The documentation that was read does not answer that. {why}. Say `help` to see what I understand."
    )
}

/// The input of a question's query. An answer that counts all guests and names some needs few rows: making
/// thousands for nothing takes longer than all else in the turn. One row more than "them" can mean has to
/// come, else the first rows of many would be taken for all.
pub(crate) fn narrowed(question: &Question) -> Value {
    let mut input = question.input.clone();
    if question.op == "inventory.list"
        && matches!(question.answer, Answer::Count | Answer::List)
        && let Some(input) = input.as_object_mut()
    {
        input
            .entry("limit")
            .or_insert_with(|| (FOCUS_GUESTS + 1).max(LISTED).into());
    }
    input
}

/// The answer to a question from the rows that its query brought.
pub(crate) fn question(question: &Question, answer: &Value, now: Timestamp) -> String {
    let rows = Rows::read(question.op, answer);
    let text = match &question.answer {
        Answer::Help => {
            let list: Vec<String> = interpret::examples()
                .into_iter()
                .map(|text| format!("- {text}"))
                .collect();
            return format!(
                "I understand orders and questions such as:\n{}\nEverything that changes something becomes a plan that you approve.",
                list.join("\n")
            );
        }
        Answer::Told | Answer::Forget | Answer::Restrictions => {
            found::of(question.op, answer).unwrap_or_else(|| told::everything(answer))
        }
        Answer::Count => rows.count(),
        Answer::List => rows.list(now),
        Answer::Show => rows.show(now),
        Answer::Status { expected, about } => rows.about(about).status(expected.as_deref(), now),
        Answer::Field { measure, about } => rows.about(about).field(*measure),
        Answer::Which {
            measure,
            comparison,
            value,
        } => rows.which(*measure, *comparison, *value),
        Answer::Extreme {
            measure,
            largest,
            count,
        } => rows.extreme(*measure, *largest, *count),
    };
    match ages(answer) {
        Some(ages) => format!("{text}\n\n{ages}"),
        None => text,
    }
}

/// What a query brought, when nobody put it into words.
pub(crate) fn rows(op: &str, answer: &Value, now: Timestamp) -> String {
    let text = if Rows::reads(op) {
        Rows::read(op, answer).show(now)
    } else {
        told::everything(answer)
    };
    match ages(answer) {
        Some(ages) => format!("{text}\n\n{ages}"),
        None => text,
    }
}

/// What is kept about what a turn is about, each fact with its author and age; nothing where nothing is.
pub(crate) fn kept(kept: &Kept) -> Option<String> {
    let mut parts = Vec::new();
    if !kept.facts().is_empty() {
        let mut text = "Kept about this:".to_owned();
        for fact in kept.facts() {
            text.push_str("\n- ");
            text.push_str(&fact.sentence());
        }
        if kept.more() > 0 {
            text.push_str(&format!("\n- … and {} more", kept.more()));
        }
        parts.push(text);
    }
    if let Some(why) = kept.unread() {
        let why = why.trim_end_matches('.');
        parts.push(format!("What is kept about this could not be read: {why}."));
    }
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// A note when what is told is old.
fn ages(answer: &Value) -> Option<String> {
    let notes: Vec<String> = answer
        .get("as_of")?
        .as_array()?
        .iter()
        .filter(|as_of| as_of.get("state").and_then(Value::as_str) != Some("fresh"))
        .map(|as_of| {
            let cluster = as_of
                .get("cluster")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let state = as_of
                .get("state")
                .and_then(Value::as_str)
                .unwrap_or_default();
            match as_of.get("age_s").and_then(Value::as_u64) {
                Some(age) => format!(
                    "cluster {cluster} is {state}; this is {} old",
                    figures::duration(age)
                ),
                None => format!("cluster {cluster} is {state}; nothing is known of it"),
            }
        })
        .collect();
    (!notes.is_empty()).then(|| format!("({})", notes.join("; ")))
}

#[cfg(test)]
mod tests {
    use ops::{Because, LeftOut};

    use super::left_out;

    fn one(name: &str, reason: &str) -> LeftOut {
        LeftOut {
            target: format!("main/pve1/{name}"),
            name: name.to_owned(),
            because: Because::Unfit,
            reason: reason.to_owned(),
            hint: None,
        }
    }

    #[test]
    fn who_is_left_out_is_named_by_reason() {
        let mut all = vec![one("db", "is locked (backup)")];
        all.extend(["a", "b", "c", "d", "e"].map(|name| one(name, "is already stopped")));
        assert_eq!(
            left_out(&all),
            " Left out: db (is locked (backup)); a, b, c and 2 more (is already stopped)."
        );
        assert_eq!(left_out(&[]), "");
    }
}
