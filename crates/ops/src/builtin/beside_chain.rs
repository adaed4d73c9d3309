//! Kept plans and runs beside what the audit chain says of them.
//!
//! Rows are what everybody reads, and whoever may write the store may edit them. The chain notices an edit,
//! so what is told of a plan or a run is compared with its records, field by field.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::Ctx;
use crate::{
    audit::{AuditEntry, AuditRecord},
    error::Result,
    plan::{Plan, PlanState},
    ports::{Ledger, StoredRun},
    registry::clip,
    run::RunState,
};

/// Records and ids read at once.
const PAGE: u32 = 1_000;
/// A run that is being carried out may change between the reading of its row and of its records.
const LOOKS: usize = 5;
/// What is quoted of a value.
const QUOTED_CHARACTERS: usize = 120;

/// One field of a row that is not as the chain has it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct RowDifference {
    /// `plan p_1`, `run r_1`, `step s1 of run r_1`, `record 12`.
    subject: String,
    /// `records` where the chain has none, `row` where the row cannot be read.
    field: String,
    /// What the row says.
    row: Value,
    /// What the chain says.
    chain: Value,
    /// All of it as one sentence.
    pub(super) text: String,
}

impl RowDifference {
    fn field(subject: &str, field: &str, row: Value, chain: Value) -> Self {
        Self {
            text: format!(
                "{subject}: {field} is {}, and the audit chain says {}",
                quoted(&row),
                quoted(&chain)
            ),
            subject: subject.to_owned(),
            field: field.to_owned(),
            row,
            chain,
        }
    }

    fn unrecorded(subject: &str, what: &str) -> Self {
        Self {
            text: format!("{subject} is kept, and the audit chain has no record of {what}"),
            subject: subject.to_owned(),
            field: "records".to_owned(),
            row: Value::Null,
            chain: Value::Null,
        }
    }

    fn unreadable(subject: &str, why: &str) -> Self {
        Self {
            text: format!("{subject} cannot be read: {why}"),
            subject: subject.to_owned(),
            field: "row".to_owned(),
            row: Value::Null,
            chain: Value::Null,
        }
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => format!("`{}`", clip(text, QUOTED_CHARACTERS)),
        other => clip(&other.to_string(), QUOTED_CHARACTERS),
    }
}

/// Several of them as one sentence: the first, and how many more.
pub(super) fn sentence(differences: &[RowDifference]) -> Option<String> {
    let first = differences.first()?;
    Some(match differences.len() {
        1 => first.text.clone(),
        n => format!("{} (and {} more)", first.text, n - 1),
    })
}

/// All records about one plan or run, oldest first.
pub(super) async fn records(ledger: &dyn Ledger, subject: &str) -> Result<Vec<AuditRecord>> {
    let mut all: Vec<AuditRecord> = Vec::new();
    loop {
        let after = all.last().map_or(0, |record| record.seq);
        let page = ledger.audit(after, Some(subject), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// A run with the records of its plan and its own, in their order, and what of it is not as they say.
pub(super) struct Compared {
    pub(super) run: StoredRun,
    pub(super) records: Vec<AuditRecord>,
    pub(super) differences: Vec<RowDifference>,
}

/// Reads a run and its records so that both are of one moment; nothing when there is no such run.
pub(super) async fn run(ctx: &Ctx, id: &str) -> Result<Option<Compared>> {
    let ledger = ctx.ledger.as_ref();
    let Some(mut stored) = ledger.run(id).await? else {
        return Ok(None);
    };
    let mut looks = 1;
    loop {
        let mut all = records(ledger, &stored.run.plan_id).await?;
        all.extend(records(ledger, id).await?);
        all.sort_by_key(|record| record.seq);
        let differences = of_run(&stored, &all);
        if differences.is_empty() || looks == LOOKS {
            return Ok(Some(Compared {
                run: stored,
                records: all,
                differences,
            }));
        }
        let Some(again) = ledger.run(id).await? else {
            return Ok(None);
        };
        let is_same = again.run == stored.run
            && again.approval == stored.approval
            && again.memory == stored.memory;
        stored = again;
        looks = if is_same { LOOKS } else { looks + 1 };
    }
}

/// Everything that is kept, compared with the chain: at most `limit` differences, and how many plans and runs
/// were compared.
pub(super) async fn everything(
    ctx: &Arc<Ctx>,
    limit: usize,
) -> Result<(Vec<RowDifference>, usize)> {
    let ledger = ctx.ledger.as_ref();
    let (mut differences, mut compared, mut after) = (Vec::new(), 0, 0);
    loop {
        let page = ledger.plan_ids(after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, id) in page {
            compared += 1;
            differences.extend(plan(ctx, &id).await?);
        }
        if differences.len() >= limit {
            break;
        }
    }
    after = 0;
    while differences.len() < limit {
        let page = ledger.run_ids(after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, id) in page {
            compared += 1;
            match run(ctx, &id).await {
                Ok(Some(run)) => differences.extend(run.differences),
                Ok(None) => {}
                Err(error) => differences.push(RowDifference::unreadable(
                    &format!("run {id}"),
                    &error.message,
                )),
            }
        }
    }
    differences.truncate(limit);
    Ok((differences, compared))
}

async fn plan(ctx: &Ctx, id: &str) -> Result<Vec<RowDifference>> {
    let mut looks = 0;
    let ledger = ctx.ledger.as_ref();
    loop {
        let plan = match ledger.plan(id).await {
            Ok(Some(plan)) => plan,
            Ok(None) => return Ok(Vec::new()),
            Err(error) => {
                let subject = format!("plan {id}");
                return Ok(vec![RowDifference::unreadable(&subject, &error.message)]);
            }
        };
        let differences = of_plan(&plan, &records(ledger, id).await?);
        looks += 1;
        if differences.is_empty() || looks == LOOKS {
            return Ok(differences);
        }
        let is_same = ledger
            .plan(id)
            .await
            .is_ok_and(|again| again.as_ref() == Some(&plan));
        if is_same {
            return Ok(differences);
        }
    }
}

/// What of a plan's row is not as its records say.
pub(super) fn of_plan(plan: &Plan, records: &[AuditRecord]) -> Vec<RowDifference> {
    let subject = format!("plan {}", plan.id);
    let Some(proposed) = last(records, &plan.id, "plan.proposed") else {
        return vec![RowDifference::unrecorded(&subject, "its proposal")];
    };
    let mut found = spoilt(records);
    // A plan of another version has no steps and nothing but its columns.
    let is_readable = !plan.steps.is_empty();
    let now = AuditEntry::proposed(plan);
    let keys: &[&str] = if is_readable {
        &[
            "op", "digest", "risk", "summary", "surface", "role", "steps",
        ]
    } else {
        &["op", "digest", "summary"]
    };
    compare_actor(&mut found, &subject, "created_by", &now, proposed);
    compare(&mut found, &subject, keys, &now, proposed);
    if is_readable && plan.compute_digest() != plan.digest {
        found.push(RowDifference::field(
            &subject,
            "content",
            json!(plan.compute_digest()),
            json!(plan.digest),
        ));
    }
    let closed = [PlanState::Approved, PlanState::Rejected, PlanState::Expired]
        .into_iter()
        .find(|state| last(records, &plan.id, &format!("plan.{}", state.as_str())).is_some())
        .unwrap_or(PlanState::Proposed);
    if is_readable && closed != plan.state {
        found.push(RowDifference::field(
            &subject,
            "state",
            json!(plan.state),
            json!(closed),
        ));
    }
    for approval in &plan.approvals {
        let is_recorded = records.iter().any(|record| {
            record.kind == "plan.consented"
                && record.actor.as_ref() == Some(&approval.by.name)
                && record.data.get("digest") == Some(&json!(approval.digest))
        });
        if !is_recorded {
            let what = format!("the consent of {}", clip(&approval.by.name, 60));
            found.push(RowDifference::unrecorded(&subject, &what));
        }
    }
    found
}

/// What of a run's rows is not as the records of its plan and its own say.
fn of_run(stored: &StoredRun, records: &[AuditRecord]) -> Vec<RowDifference> {
    let run = &stored.run;
    let subject = format!("run {}", run.id);
    let mut found = spoilt(records);
    let approved = records.iter().rev().find(|record| {
        record.kind == "plan.approved"
            && record.subject == run.plan_id
            && record.data.get("run") == Some(&json!(run.id))
    });
    let Some(approved) = approved else {
        found.push(RowDifference::unrecorded(&subject, "its approval"));
        return found;
    };
    let now = AuditEntry::approved(run, &stored.approval);
    compare_actor(&mut found, &subject, "approval.by", &now, approved);
    let keys = &["digest", "surface", "role", "at", "how"];
    compare(&mut found, &subject, keys, &now, approved);
    if let Some(how) = approved.data.get("how") {
        differ(
            &mut found,
            &subject,
            "approved_by",
            json!(run.approved_by),
            how,
        );
    }
    let proposed = last(records, &run.plan_id, "plan.proposed");
    if let Some(proposed) = proposed {
        for (field, row) in [("op", &run.op), ("summary", &run.summary)] {
            if let Some(chain) = proposed.data.get(field) {
                differ(&mut found, &subject, field, json!(row), chain);
            }
        }
        let wisher = json!(proposed.actor);
        differ(
            &mut found,
            &subject,
            "created_by",
            json!(run.created_by),
            &wisher,
        );
    } else {
        found.push(RowDifference::unrecorded(
            &subject,
            "the proposal of its plan",
        ));
    }
    let state = records
        .iter()
        .rev()
        .filter(|record| record.subject == run.id)
        .find_map(|record| record.kind.strip_prefix("run."))
        .unwrap_or(RunState::Queued.as_str());
    differ(
        &mut found,
        &subject,
        "state",
        json!(run.state),
        &json!(state),
    );
    for (step, memory) in run.steps.iter().zip(&stored.memory) {
        let subject = format!("step {} of run {}", clip(&step.id, 40), run.id);
        let now = AuditEntry::step(&run.id, step, memory);
        let told = records.iter().rev().find(|record| {
            record.subject == run.id
                && record.kind.starts_with("step.")
                && record.data.get("step") == Some(&json!(step.id))
        });
        if let Some(told) = told {
            let state = told.kind.strip_prefix("step.").unwrap_or_default();
            differ(
                &mut found,
                &subject,
                "state",
                json!(step.state),
                &json!(state),
            );
            let keys = &[
                "op",
                "target",
                "title",
                "sent_at",
                "upid",
                "error",
                "verify",
                "before_sha256",
            ];
            compare(&mut found, &subject, keys, &now, told);
            continue;
        }
        differ(
            &mut found,
            &subject,
            "state",
            json!(step.state),
            &json!("pending"),
        );
        // Nothing was done to it yet: what it is stands in the proposal.
        let planned = proposed
            .and_then(|proposed| proposed.data.get("steps")?.as_array())
            .and_then(|steps| {
                steps
                    .iter()
                    .find(|planned| planned.get("id") == Some(&json!(step.id)))
            });
        match planned {
            Some(planned) => {
                for (field, row) in [("op", &step.op), ("target", &step.target)] {
                    let chain = planned.get(field).unwrap_or(&Value::Null);
                    differ(&mut found, &subject, field, json!(row), chain);
                }
            }
            None => found.push(RowDifference::unrecorded(&subject, "such a step")),
        }
    }
    found
}

fn last<'a>(records: &'a [AuditRecord], subject: &str, kind: &str) -> Option<&'a AuditRecord> {
    records
        .iter()
        .rev()
        .find(|record| record.subject == subject && record.kind == kind)
}

/// Records that are no witnesses: they were changed themselves.
fn spoilt(records: &[AuditRecord]) -> Vec<RowDifference> {
    records
        .iter()
        .filter(|record| record.compute_hash() != record.hash)
        .map(|record| RowDifference {
            subject: format!("record {}", record.seq),
            field: "hash".to_owned(),
            row: json!(record.hash),
            chain: json!(record.compute_hash()),
            text: format!("record {} was changed after it was written", record.seq),
        })
        .collect()
}

fn compare_actor(
    found: &mut Vec<RowDifference>,
    subject: &str,
    field: &str,
    now: &AuditEntry,
    told: &AuditRecord,
) {
    differ(found, subject, field, json!(now.actor), &json!(told.actor));
}

/// A key that the record does not have was not written by the version that wrote it.
fn compare(
    found: &mut Vec<RowDifference>,
    subject: &str,
    keys: &[&str],
    now: &AuditEntry,
    told: &AuditRecord,
) {
    for key in keys {
        if let Some(chain) = told.data.get(key) {
            let row = now.data.get(key).cloned().unwrap_or(Value::Null);
            differ(found, subject, key, row, chain);
        }
    }
}

fn differ(found: &mut Vec<RowDifference>, subject: &str, field: &str, row: Value, chain: &Value) {
    if row != *chain {
        found.push(RowDifference::field(subject, field, row, chain.clone()));
    }
}
