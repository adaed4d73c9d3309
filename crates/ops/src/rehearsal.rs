//! What came of a rehearsal: the steps of a plan, carried out on a twin of the cluster.
//!
//! A rehearsal foretells; it never promises. What the twin does not know or cannot do stands in
//! `not_rehearsed`, so that nobody takes silence for safety.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run::StepState;

/// How the plan ended on the twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Foretold {
    /// Every step that could be rehearsed was done and verified.
    Succeeds,
    /// Some were, some were not.
    Partial,
    Fails,
    /// The cluster is not any more as the plan was made for: it would be refused at approval.
    Refused,
    /// No step of it can be rehearsed.
    Unknown,
}

impl Foretold {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeds => "succeeds",
            Self::Partial => "partial",
            Self::Fails => "fails",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// One step, as it went on the twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsedStep {
    pub id: String,
    pub title: String,
    pub target: String,
    /// Nothing for a step that was not rehearsed.
    pub state: Option<StepState>,
    pub error: Option<String>,
    /// How long it took on the twin's clock.
    pub duration_s: Option<u64>,
}

/// One value of one guest that is different after the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TwinChange {
    /// `cluster/node/vmid`, the node before; of a new guest its own.
    pub target: String,
    pub name: String,
    /// `exists`, `status`, `node`, `lock`, `pool`, `ha`, `snapshots` or `config NAME`, which says where a value
    /// only waits for the next start.
    pub field: String,
    pub before: Value,
    pub after: Value,
}

/// What the plan means for one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsedTarget {
    pub target: String,
    pub name: String,
    /// From its first step to its last, as an idle cluster of this size would take.
    pub duration_s: u64,
    /// How long it is away; nothing when it is not.
    pub interruption_s: Option<u64>,
    /// It ran before and does not run after the plan.
    pub stays_away: bool,
}

/// Something that the rehearsal says nothing about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotRehearsed {
    pub what: String,
    pub why: String,
}

/// The outcome of a rehearsal, as it stands on the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Rehearsal")]
pub struct Rehearsed {
    /// Digest of the plan that was rehearsed.
    pub digest: String,
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The oldest of the facts that the twin was made of.
    #[schemars(with = "String")]
    pub facts_at: Timestamp,
    pub took_ms: u64,
    /// What it cost the live cluster; all of them reads.
    pub requests: u64,
    pub outcome: Foretold,
    /// Why the plan would be refused as a whole.
    pub refused: Option<String>,
    /// Everything that went wrong, one sentence each; a policy that demands a rehearsal demands that this is
    /// empty.
    #[serde(default)]
    pub errors: Vec<String>,
    pub steps: Vec<RehearsedStep>,
    pub changes: Vec<TwinChange>,
    pub targets: Vec<RehearsedTarget>,
    /// From the first step to the last, with the usual number of steps at once.
    pub duration_s: Option<u64>,
    pub not_rehearsed: Vec<NotRehearsed>,
}

impl Rehearsed {
    /// What went wrong, in the order of the plan. That nothing could be rehearsed is no success.
    pub fn troubles(&self) -> Vec<String> {
        let unknown =
            (self.outcome == Foretold::Unknown).then(|| "no step can be rehearsed".to_owned());
        let steps = self.steps.iter().filter_map(|step| {
            step.error
                .as_ref()
                .map(|error| format!("{}: {error}", step.title))
        });
        self.refused
            .clone()
            .into_iter()
            .chain(unknown)
            .chain(steps)
            .collect()
    }

    /// `{n} of {m} steps would be done`, and what goes wrong first.
    pub fn sentence(&self) -> String {
        if let Some(refused) = &self.refused {
            return format!("would be refused: {refused}");
        }
        let count = |wanted: StepState| {
            self.steps
                .iter()
                .filter(|step| step.state == Some(wanted))
                .count()
        };
        let done = count(StepState::Done);
        let trouble = self
            .steps
            .iter()
            .find_map(|step| {
                step.error
                    .as_ref()
                    .map(|error| format!("; {}: {error}", step.title))
            })
            .unwrap_or_default();
        match self.outcome {
            Foretold::Unknown => "no step of this plan can be rehearsed".to_owned(),
            Foretold::Succeeds | Foretold::Partial | Foretold::Fails | Foretold::Refused => {
                format!(
                    "{done} of {} steps would be done{trouble}",
                    self.steps.len()
                )
            }
        }
    }
}
