//! A plan as it is stored, shown and consented to.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    actor::Actor,
    contract::{Along, Change, Observed, Signal},
    left_out::LeftOut,
    policy::{Ruling, TargetFacts},
    rehearsal::Rehearsed,
    risk::{Risk, Scope},
    run::Approval,
};

/// Where a plan stands. `Proposed` is the only state that can be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    Proposed,
    Approved,
    Rejected,
    Expired,
}

impl PlanState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

/// What the engine does when a step of a plan is not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// What does not rest on that step goes on.
    #[default]
    Continue,
    /// No further step starts.
    Stop,
    /// No further step starts, and what was done is taken back in reverse order.
    RollBack,
}

impl OnFailure {
    pub const ALL: [Self; 3] = [Self::Continue, Self::Stop, Self::RollBack];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Stop => "stop",
            Self::RollBack => "roll_back",
        }
    }

    /// Reads the word of the interfaces; the command line writes it with a hyphen.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|way| way.as_str() == text.replace('-', "_"))
    }
}

/// What a person has to type before destructive work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Confirm {
    pub prompt: String,
    pub text: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_first(turn: &u32) -> bool {
    *turn == 0
}

/// One step of a stored plan. It names its own operation, so that one plan may hold several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    pub id: String,
    pub op: String,
    pub title: String,
    /// `cluster/node/vmid` for guests.
    pub target: String,
    pub target_name: String,
    pub node: Option<String>,
    pub storage: Option<String>,
    pub depends_on: Vec<String>,
    /// Its place in an ordered list: it waits until every step of an earlier turn has ended, done or not.
    /// A step depends on none of a later turn.
    #[serde(default, skip_serializing_if = "is_first")]
    pub turn: u32,
    pub change: Vec<Change>,
    pub interruption_s: Option<u64>,
    /// Whether the step can be taken back.
    pub undo: bool,
    pub risk: Risk,
    /// The action's own step, as its `start` will get it.
    pub input: Value,
    pub preconditions: Observed,
    /// Guests that the step takes along without being about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<Along>,
    /// What the rules knew of the target when the plan was made; they look again before they let it pass.
    #[serde(default)]
    pub facts: Option<TargetFacts>,
}

/// A change that waits for consent, or got it, or did not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    pub id: String,
    pub op: String,
    /// Lower-case hex SHA-256 of what is consented to; see [`Plan::compute_digest`].
    pub digest: String,
    pub risk: Risk,
    pub scope: Scope,
    pub summary: String,
    pub state: PlanState,
    pub created_by: Actor,
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
    pub run_id: Option<String>,
    /// The conversation the plan belongs to.
    pub thread: Option<String>,
    pub confirm: Option<Confirm>,
    pub preflight: Vec<Signal>,
    /// Targets that were wished for and get no step, each with its reason.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// Ids of steps that cannot be taken back.
    pub irreversible: Vec<String>,
    pub steps: Vec<PlanStep>,
    #[serde(default)]
    pub on_failure: OnFailure,
    /// The outcome of a rehearsal on the twin, once there was one.
    pub rehearsal: Option<Value>,
    /// What the policy demanded when the plan was made.
    #[serde(default)]
    pub ruling: Option<Ruling>,
    /// Who agreed already, where several people have to.
    #[serde(default)]
    pub approvals: Vec<Approval>,
}

impl Plan {
    /// The fingerprint of {op, steps, preconditions, risk}, of what follows a failure and of what is left out: whoever consents, consents to exactly this.
    ///
    /// Object keys are sorted (`serde_json` without `preserve_order`), so equal plans give equal text.
    pub fn compute_digest(&self) -> String {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|step| {
                json!({
                    "id": step.id, "op": step.op, "target": step.target,
                    "target_name": step.target_name, "title": step.title,
                    "depends_on": step.depends_on, "input": step.input, "risk": step.risk,
                    "change": step.change, "interruption_s": step.interruption_s, "undo": step.undo,
                })
            })
            .collect();
        let preconditions: Vec<&Observed> =
            self.steps.iter().map(|step| &step.preconditions).collect();
        let mut consented = json!({
            "op": self.op, "steps": steps, "preconditions": preconditions, "risk": self.risk,
        });
        // Left out where it says the usual, so that digests of such plans stay what they always were.
        if self.on_failure != OnFailure::Continue
            && let Some(fields) = consented.as_object_mut()
        {
            fields.insert("on_failure".to_owned(), json!(self.on_failure));
        }
        // So is the order of an ordered list.
        let turns: Vec<u32> = self.steps.iter().map(|step| step.turn).collect();
        if turns.iter().any(|turn| *turn > 0)
            && let Some(fields) = consented.as_object_mut()
        {
            fields.insert("turns".to_owned(), json!(turns));
        }
        // So is whom the steps take along.
        let along: Vec<&[Along]> = self.steps.iter().map(|step| &*step.along).collect();
        if along.iter().any(|guests| !guests.is_empty())
            && let Some(fields) = consented.as_object_mut()
        {
            fields.insert("along".to_owned(), json!(along));
        }
        // So is what is passed over: whoever consents to nine of ten knows which is the tenth.
        if !self.left_out.is_empty()
            && let Some(fields) = consented.as_object_mut()
        {
            fields.insert("left_out".to_owned(), json!(self.left_out));
        }
        hex(&Sha256::digest(consented.to_string()))
    }

    pub fn step(&self, id: &str) -> Option<&PlanStep> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Whether `step` rests, directly or not, on an earlier step that touches the same target.
    pub fn follows_on_same_target(&self, step: &PlanStep) -> bool {
        let mut open: Vec<&str> = step.depends_on.iter().map(String::as_str).collect();
        let mut seen = Vec::new();
        while let Some(id) = open.pop() {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            if let Some(earlier) = self.step(id) {
                if earlier.target == step.target {
                    return true;
                }
                open.extend(earlier.depends_on.iter().map(String::as_str));
            }
        }
        false
    }

    /// The plan as surfaces show it (INTERFACES §10); what only the engine needs is left out.
    pub fn to_view(&self) -> Value {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|step| {
                let mut view = json!({
                    "id": step.id, "op": step.op, "title": step.title, "target": step.target,
                    "target_name": step.target_name, "node": step.node, "depends_on": step.depends_on,
                    "change": step.change, "interruption_s": step.interruption_s, "undo": step.undo,
                    "risk": step.risk,
                });
                if !step.along.is_empty()
                    && let Some(fields) = view.as_object_mut()
                {
                    fields.insert("along".to_owned(), json!(step.along));
                }
                view
            })
            .collect();
        json!({
            "id": self.id, "op": self.op, "digest": self.digest, "risk": self.risk, "scope": self.scope,
            "summary": self.summary, "state": self.state, "created_by": self.created_by.name,
            "surface": self.created_by.surface, "created_at": self.created_at,
            "expires_at": self.expires_at, "run_id": self.run_id, "thread": self.thread,
            "confirm": self.confirm, "preflight": self.preflight,
            "left_out": self.left_out, "irreversible": self.irreversible,
            "steps": steps, "on_failure": self.on_failure, "rehearsal": self.rehearsal,
            "ruling": self.ruling,
            "approvals": self.approvals.iter().map(ApprovalView::of).collect::<Vec<_>>(),
        })
    }
}

/// Shape of [`Plan::to_view`], for the interface documents.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Plan")]
pub struct PlanView {
    pub id: String,
    pub op: String,
    pub digest: String,
    pub risk: Risk,
    pub scope: Scope,
    pub summary: String,
    pub state: PlanState,
    pub created_by: String,
    pub surface: crate::Surface,
    pub created_at: String,
    pub expires_at: String,
    pub run_id: Option<String>,
    pub thread: Option<String>,
    pub confirm: Option<Confirm>,
    pub preflight: Vec<Signal>,
    /// Targets that were wished for and get no step, each with its reason.
    pub left_out: Vec<LeftOut>,
    pub irreversible: Vec<String>,
    pub steps: Vec<PlanStepView>,
    pub on_failure: OnFailure,
    pub rehearsal: Option<Rehearsed>,
    pub ruling: Option<Ruling>,
    pub approvals: Vec<ApprovalView>,
}

/// One person's agreement, as [`PlanView`] shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PlanApproval")]
pub struct ApprovalView {
    pub by: String,
    pub surface: crate::Surface,
    pub at: String,
    /// The standing approvals it rests on.
    pub standing: Vec<String>,
}

impl ApprovalView {
    fn of(approval: &Approval) -> Self {
        Self {
            by: approval.by.name.clone(),
            surface: approval.by.surface,
            at: approval.at.to_string(),
            standing: approval.standing.clone(),
        }
    }
}

/// One step of [`PlanView`].
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PlanStep")]
pub struct PlanStepView {
    pub id: String,
    pub op: String,
    pub title: String,
    pub target: String,
    pub target_name: String,
    pub node: Option<String>,
    pub depends_on: Vec<String>,
    pub change: Vec<Change>,
    pub interruption_s: Option<u64>,
    pub undo: bool,
    pub risk: Risk,
    /// Guests that the step takes along without being about them; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<Along>,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
