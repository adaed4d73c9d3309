//! A run: one approved plan being carried out, and the truth about each of its steps.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    actor::Actor,
    contract::{BeforeState, TaskRef, Verdict, Wish},
};

/// Where a run stands. The last six are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Queued,
    Running,
    Verifying,
    Succeeded,
    Partial,
    Failed,
    Refused,
    Cancelled,
    /// The process died and nobody took the run up again.
    Interrupted,
}

impl RunState {
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Verifying => false,
            Self::Succeeded
            | Self::Partial
            | Self::Failed
            | Self::Refused
            | Self::Cancelled
            | Self::Interrupted => true,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Verifying => "verifying",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Exit code of a command that waited for the run.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Refused => 3,
            Self::Partial => 4,
            Self::Queued
            | Self::Running
            | Self::Verifying
            | Self::Failed
            | Self::Cancelled
            | Self::Interrupted => 1,
        }
    }
}

/// Where a step stands. In a final run every step is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Pending,
    Running,
    Done,
    /// The cluster did not do it.
    Failed,
    /// The cluster was never asked.
    NotExecuted,
    /// Cannot be found out; the cluster's task list was asked first.
    Unknown,
}

impl StepState {
    pub fn is_final(self) -> bool {
        match self {
            Self::Pending | Self::Running => false,
            Self::Done | Self::Failed | Self::NotExecuted | Self::Unknown => true,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::NotExecuted => "not_executed",
            Self::Unknown => "unknown",
        }
    }
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunStep {
    pub id: String,
    pub title: String,
    pub op: String,
    pub target: String,
    pub target_name: String,
    pub state: StepState,
    /// The task on the cluster, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub verify: Option<Verdict>,
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Timestamp>,
}

/// What only the engine keeps of a step: when it was sent, the world before, what it answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepMemory {
    /// Written before the request leaves; its presence means "perhaps sent".
    pub sent_at: Option<Timestamp>,
    pub task: Option<TaskRef>,
    pub before: Option<BeforeState>,
    pub output: Option<Value>,
    /// The cluster answered that it is done, whatever it put out: nothing is an answer, too.
    #[serde(default)]
    pub answered: bool,
    /// The world was not as consented to, so the step was not sent.
    #[serde(default)]
    pub refused: bool,
    /// What takes the step back, once it is done; nothing where there is no way back.
    #[serde(default)]
    pub undo: Option<Wish>,
}

/// An approved plan being carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    pub id: String,
    pub plan_id: String,
    pub op: String,
    pub summary: String,
    pub state: RunState,
    pub created_by: String,
    pub approved_by: String,
    pub steps: Vec<RunStep>,
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Timestamp>,
}

/// Who said yes, to which digest. Stored with the run; steps are admitted against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    pub plan_id: String,
    pub digest: String,
    pub by: Actor,
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The written rules that let it pass without a person; `by` is then whoever wished.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The standing approvals of `by` that it rests on; none when they said yes to this very plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<String>,
    /// What others said before, where several people had to agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Approval>,
}

impl Approval {
    /// Who consented and how, for people: `ben`, `standing approval sa_1 of anna`, `anna, ben`.
    pub fn words(&self) -> String {
        let mut people: Vec<String> = self.also.iter().map(Self::words).collect();
        people.push(match (self.rules.as_slice(), self.standing.as_slice()) {
            ([], []) => self.by.name.clone(),
            ([], [one]) => format!("standing approval {one} of {}", self.by.name),
            ([], several) => format!(
                "standing approvals {} of {}",
                several.join(", "),
                self.by.name
            ),
            ([one], _) => format!("the policy (rule `{one}`)"),
            (several, _) => format!("the policy (rules `{}`)", several.join("`, `")),
        });
        people.join(", ")
    }
}

/// A numbered event of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    pub id: u64,
    /// `run.state`, `step.state`, `step.progress`, `step.log`, `run.finished`.
    pub kind: String,
    pub data: Value,
}

/// The process that carries a run out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub host: String,
    pub boot_id: String,
    pub pid: u32,
    /// Start time of the process in clock ticks since boot: tells a reused pid from the old one.
    pub started: u64,
}
