//! The audit chain: what was wished, consented to, sent and found, each record sealed with the hash of the one before.
//!
//! Whoever changes, removes or inserts a record breaks every hash behind it. Whoever removes the newest
//! ones breaks nothing inside the chain, which is why its head is also written down elsewhere
//! ([`crate::ports::Anchor`]). The chain carries fingerprints of inputs and of states, never the values:
//! a configuration may hold a password.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    actor::Actor,
    consent::{Freeze, StandingApproval},
    plan::{Plan, PlanState, hex},
    run::{Approval, Run, RunState, RunStep, StepMemory},
};

/// The hash before the first record.
pub const BEFORE_THE_FIRST: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// What happened, before it has its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// `plan.proposed`, `plan.rehearsed`, `plan.approved`, `plan.rejected`, `plan.expired`, `step.pending`, `step.running`,
    /// `step.done`, …, `run.queued`, `run.succeeded`, …
    pub kind: String,
    /// The plan or the run it is about.
    pub subject: String,
    /// Who did it; nobody for what the engine found.
    pub actor: Option<String>,
    pub data: Value,
}

/// One record of the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditRecord {
    /// Counts from 1 without holes.
    pub seq: u64,
    #[schemars(with = "String")]
    pub at: Timestamp,
    pub kind: String,
    pub subject: String,
    pub actor: Option<String>,
    pub data: Value,
    /// The hash of the record before; 64 zeros for the first.
    pub previous: String,
    /// Lower-case hex SHA-256 over all of the above.
    pub hash: String,
}

/// Where the chain ends: what is anchored outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditHead {
    pub seq: u64,
    pub hash: String,
    #[schemars(with = "String")]
    pub at: Timestamp,
}

impl AuditEntry {
    pub fn proposed(plan: &Plan) -> Self {
        let steps: Vec<Value> = plan
            .steps
            .iter()
            .map(|step| {
                json!({ "id": step.id, "op": step.op, "target": step.target, "risk": step.risk })
            })
            .collect();
        Self {
            kind: "plan.proposed".to_owned(),
            subject: plan.id.clone(),
            actor: Some(plan.created_by.name.clone()),
            data: json!({
                "op": plan.op, "digest": plan.digest, "risk": plan.risk, "summary": plan.summary,
                "surface": plan.created_by.surface, "role": plan.created_by.role, "steps": steps,
            }),
        }
    }

    /// A plan that was rejected by somebody, or expired.
    pub fn closed(plan_id: &str, state: PlanState, by: Option<&Actor>) -> Self {
        Self {
            kind: format!("plan.{}", state.as_str()),
            subject: plan_id.to_owned(),
            actor: by.map(|actor| actor.name.clone()),
            data: json!({ "surface": by.map(|actor| actor.surface) }),
        }
    }

    /// The outcome itself may hold configuration, so only its fingerprint is kept.
    pub fn rehearsed(plan_id: &str, rehearsal: &Value, by: &Actor) -> Self {
        Self {
            kind: "plan.rehearsed".to_owned(),
            subject: plan_id.to_owned(),
            actor: Some(by.name.clone()),
            data: json!({
                "surface": by.surface, "digest": rehearsal.get("digest"),
                "outcome": rehearsal.get("outcome"), "sha256": fingerprint(rehearsal),
            }),
        }
    }

    pub fn approved(run: &Run, approval: &Approval) -> Self {
        Self {
            kind: "plan.approved".to_owned(),
            subject: run.plan_id.clone(),
            actor: Some(approval.by.name.clone()),
            data: json!({
                "run": run.id, "digest": approval.digest, "surface": approval.by.surface,
                "role": approval.by.role, "at": approval.at, "how": approval.words(),
            }),
        }
    }

    /// One of several people who have to agree did.
    pub fn consented(approval: &Approval) -> Self {
        Self {
            kind: "plan.consented".to_owned(),
            subject: approval.plan_id.clone(),
            actor: Some(approval.by.name.clone()),
            data: json!({
                "digest": approval.digest, "surface": approval.by.surface,
                "role": approval.by.role, "at": approval.at, "how": approval.words(),
            }),
        }
    }

    pub fn frozen(freeze: &Freeze) -> Self {
        Self {
            kind: "incident.frozen".to_owned(),
            subject: freeze.id.clone(),
            actor: Some(freeze.by.clone()),
            data: json!({
                "reason": freeze.reason, "until": freeze.until, "owner": freeze.owner,
            }),
        }
    }

    pub fn thawed(freeze: &str, by: &str) -> Self {
        Self {
            kind: "incident.thawed".to_owned(),
            subject: freeze.to_owned(),
            actor: Some(by.to_owned()),
            data: Value::Object(serde_json::Map::new()),
        }
    }

    pub fn standing_approval(standing: &StandingApproval) -> Self {
        Self {
            kind: "approval.granted".to_owned(),
            subject: standing.id.clone(),
            actor: Some(standing.by.name.clone()),
            data: json!({
                "op": standing.op, "guests": standing.guests, "times": standing.times,
                "time_zone": standing.time_zone, "until": standing.until,
                "surface": standing.by.surface, "role": standing.by.role,
            }),
        }
    }

    pub fn revoked(standing: &str, by: &str) -> Self {
        Self {
            kind: "approval.revoked".to_owned(),
            subject: standing.to_owned(),
            actor: Some(by.to_owned()),
            data: Value::Object(serde_json::Map::new()),
        }
    }

    pub fn run(run_id: &str, state: RunState) -> Self {
        Self {
            kind: format!("run.{}", state.as_str()),
            subject: run_id.to_owned(),
            actor: None,
            data: Value::Object(serde_json::Map::new()),
        }
    }

    pub fn step(run_id: &str, step: &RunStep, memory: &StepMemory) -> Self {
        let before = memory
            .before
            .as_ref()
            .map(|before| fingerprint(&json!(before)));
        Self {
            kind: format!("step.{}", step.state.as_str()),
            subject: run_id.to_owned(),
            actor: None,
            data: json!({
                "step": step.id, "op": step.op, "target": step.target, "title": step.title,
                "sent_at": memory.sent_at, "upid": step.upid, "error": step.error,
                "verify": step.verify, "before_sha256": before,
            }),
        }
    }

    /// Gives the entry its place.
    pub fn seal(self, seq: u64, at: Timestamp, previous: &str) -> AuditRecord {
        let mut record = AuditRecord {
            seq,
            at,
            kind: self.kind,
            subject: self.subject,
            actor: self.actor,
            data: self.data,
            previous: previous.to_owned(),
            hash: String::new(),
        };
        record.hash = record.compute_hash();
        record
    }
}

impl AuditRecord {
    /// Object keys are sorted (`serde_json` without `preserve_order`), so equal records give equal text.
    pub fn compute_hash(&self) -> String {
        fingerprint(&json!({
            "seq": self.seq, "at": self.at, "kind": self.kind, "subject": self.subject,
            "actor": self.actor, "data": self.data, "previous": self.previous,
        }))
    }

    pub fn head(&self) -> AuditHead {
        AuditHead {
            seq: self.seq,
            hash: self.hash.clone(),
            at: self.at,
        }
    }
}

fn fingerprint(value: &Value) -> String {
    hex(&Sha256::digest(value.to_string()))
}

/// What is wrong with a chain, and at which record first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    #[error("record {seq} was changed after it was written")]
    Changed { seq: u64 },
    #[error("record {expected} is missing; the next one there is {found}")]
    Missing { expected: u64, found: u64 },
    #[error("record {seq} does not follow from the one before: a record was replaced or inserted")]
    NotLinked { seq: u64 },
    #[error(
        "record {seq} is not the one that was anchored at {at}: the chain was written anew since"
    )]
    NotAsAnchored { seq: u64, at: Timestamp },
    #[error(
        "the chain ends at record {last}, but record {anchored} was anchored at {at}: the newest records were removed"
    )]
    CutOff {
        last: u64,
        anchored: u64,
        at: Timestamp,
    },
}

/// Goes through a chain record by record; memory does not grow with its length.
#[derive(Debug)]
pub struct ChainCheck {
    next: u64,
    previous: String,
    /// In the order of their records.
    anchored: std::collections::VecDeque<AuditHead>,
}

impl ChainCheck {
    /// `anchored` are heads that were written down outside, in any order.
    pub fn new(mut anchored: Vec<AuditHead>) -> Self {
        anchored.sort_by_key(|head| head.seq);
        Self {
            next: 1,
            previous: BEFORE_THE_FIRST.to_owned(),
            anchored: anchored.into(),
        }
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &AuditRecord) -> Result<(), ChainBreak> {
        if record.seq != self.next {
            return Err(ChainBreak::Missing {
                expected: self.next,
                found: record.seq,
            });
        }
        if record.compute_hash() != record.hash {
            return Err(ChainBreak::Changed { seq: record.seq });
        }
        if record.previous != self.previous {
            return Err(ChainBreak::NotLinked { seq: record.seq });
        }
        while let Some(head) = self.anchored.front() {
            if head.seq > record.seq {
                break;
            }
            if head.hash != record.hash {
                return Err(ChainBreak::NotAsAnchored {
                    seq: record.seq,
                    at: head.at,
                });
            }
            self.anchored.pop_front();
        }
        self.next += 1;
        self.previous.clone_from(&record.hash);
        Ok(())
    }

    /// After the last record: how many there were.
    pub fn finish(self) -> Result<u64, ChainBreak> {
        let last = self.next - 1;
        match self.anchored.back() {
            Some(head) => Err(ChainBreak::CutOff {
                last,
                anchored: head.seq,
                at: head.at,
            }),
            None => Ok(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chain(length: u64) -> Vec<AuditRecord> {
        let start: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        let mut previous = BEFORE_THE_FIRST.to_owned();
        (1..=length)
            .map(|seq| {
                let at = start + std::time::Duration::from_secs(seq);
                let record = AuditEntry {
                    kind: "run.queued".to_owned(),
                    subject: format!("r_{seq}"),
                    actor: (seq % 2 == 0).then(|| "ann".to_owned()),
                    data: json!({ "n": seq }),
                }
                .seal(seq, at, &previous);
                previous.clone_from(&record.hash);
                record
            })
            .collect()
    }

    fn check(records: &[AuditRecord], anchored: Vec<AuditHead>) -> Result<u64, ChainBreak> {
        let mut check = ChainCheck::new(anchored);
        for record in records {
            check.take(record)?;
        }
        check.finish()
    }

    #[test]
    fn a_whole_chain_counts_its_records() {
        let records = chain(5);
        let heads = vec![records[1].head(), records[4].head()];
        assert_eq!(check(&records, heads), Ok(5));
        assert_eq!(check(&[], Vec::new()), Ok(0));
    }

    #[test]
    fn a_chain_whose_newest_records_were_removed_is_noticed_by_its_anchor() {
        let records = chain(5);
        let head = records[4].head();
        assert_eq!(check(&records[..3], Vec::new()), Ok(3));
        assert_eq!(
            check(&records[..3], vec![head.clone()]),
            Err(ChainBreak::CutOff {
                last: 3,
                anchored: 5,
                at: head.at
            })
        );
    }

    #[test]
    fn a_chain_written_anew_with_fitting_hashes_is_noticed_by_its_anchor() {
        let records = chain(3);
        let anchor = records[1].head();
        let mut forged = Vec::new();
        let mut previous = BEFORE_THE_FIRST.to_owned();
        for record in &records {
            let mut entry = AuditEntry {
                kind: record.kind.clone(),
                subject: record.subject.clone(),
                actor: record.actor.clone(),
                data: record.data.clone(),
            };
            if record.seq == 2 {
                entry.actor = Some("mallory".to_owned());
            }
            let record = entry.seal(record.seq, record.at, &previous);
            previous.clone_from(&record.hash);
            forged.push(record);
        }
        assert_eq!(check(&forged, Vec::new()), Ok(3));
        assert_eq!(
            check(&forged, vec![anchor.clone()]),
            Err(ChainBreak::NotAsAnchored {
                seq: 2,
                at: anchor.at
            })
        );
    }

    proptest! {
        #[test]
        fn any_one_change_names_the_first_bad_record(length in 2u64..20, at in 0usize..20, how in 0u8..5) {
            let mut records = chain(length);
            let at = at % (records.len() - 1);
            let seq = records[at].seq;
            match how {
                0 => records[at].actor = Some("somebody else".to_owned()),
                1 => records[at].data = json!({ "n": 0 }),
                2 => { records.remove(at); }
                3 => {
                    // Changed, and its own hash made to fit again: its successor tells.
                    records[at].subject = "r_other".to_owned();
                    records[at].hash = records[at].compute_hash();
                }
                _ => records.swap(at, at + 1),
            }
            let found = check(&records, Vec::new());
            let want = match how {
                0 | 1 => ChainBreak::Changed { seq },
                2 | 4 => ChainBreak::Missing { expected: seq, found: seq + 1 },
                _ => ChainBreak::NotLinked { seq: seq + 1 },
            };
            prop_assert_eq!(found, Err(want));
        }
    }
}
