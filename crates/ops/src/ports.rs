//! What the contract needs from outside. `store`, `features` and `app` implement these.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    actor::Actor,
    audit::{AuditHead, AuditRecord},
    consent::Consents,
    contract::TaskRef,
    error::{Code, Error, Result},
    plan::{Plan, PlanState},
    rehearsal::Rehearsed,
    run::{Approval, Owner, Run, RunEvent, RunState, RunStep, StepMemory},
};

/// The only source of "now", and of waiting for later.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Lets time pass. A clock that is turned by its owner may turn itself instead of waiting.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Time of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that tests turn.
#[derive(Debug)]
pub struct ManualClock(std::sync::Mutex<Timestamp>);

impl ManualClock {
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(std::sync::Mutex::new(now)))
    }

    pub fn advance(&self, by: std::time::Duration) {
        if let Ok(mut now) = self.0.lock() {
            *now += by;
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0
            .lock()
            .map_or_else(|poisoned| *poisoned.into_inner(), |now| *now)
    }
}

/// What came of [`Ledger::open_run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The plan is now `approved` and the run row is durable.
    Yes,
    /// Somebody was faster.
    AlreadyApproved {
        run_id: Option<String>,
    },
    /// The plan is `rejected` or `expired`.
    NotProposed(PlanState),
    NoSuchPlan,
}

/// A run that has not ended, as the ledger keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    pub run: Run,
    pub approval: Approval,
    pub memory: Vec<StepMemory>,
    /// Nobody owns a run that was handed over to a server.
    pub owner: Option<Owner>,
    pub heartbeat_at: Option<Timestamp>,
    pub cancel_requested: bool,
}

/// The durable memory of plans and runs. Each method is atomic and durable when it returns, and what
/// changes a plan, a run or a step adds its record to the audit chain in the same transaction.
#[async_trait]
pub trait Ledger: Consents {
    async fn insert_plan(&self, plan: &Plan) -> Result<()>;
    async fn plan(&self, id: &str) -> Result<Option<Plan>>;
    /// Newest first.
    async fn plans(&self, state: Option<PlanState>, limit: u32) -> Result<Vec<Plan>>;
    /// Keeps the outcome of a rehearsal on the plan, in place of an earlier one; false when the plan is
    /// not `proposed` any more. The digest stays what it was.
    async fn keep_rehearsal(&self, id: &str, rehearsal: &Value, by: &Actor) -> Result<bool>;
    /// `proposed` -> `rejected` or `expired`; false when the plan was not `proposed` any more.
    async fn close_plan(&self, id: &str, state: PlanState, by: Option<&Actor>) -> Result<bool>;

    /// At most `limit` records of the chain behind `after`, oldest first; of one plan or run when
    /// `subject` is given.
    async fn audit(
        &self,
        after: u64,
        subject: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>>;
    /// The newest record's place; nothing while the chain is empty.
    async fn audit_head(&self) -> Result<Option<AuditHead>>;

    /// Places and ids of the plans behind `after`, oldest first.
    async fn plan_ids(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>>;
    /// Places and ids of the runs behind `after`, oldest first.
    async fn run_ids(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>>;

    /// In one transaction: plan `proposed` -> `approved` with the run's id, run row, step rows.
    async fn open_run(
        &self,
        run: &Run,
        approval: &Approval,
        owner: Option<&Owner>,
        now: Timestamp,
    ) -> Result<Opened>;
    async fn run(&self, id: &str) -> Result<Option<StoredRun>>;
    /// Newest first.
    async fn runs(&self, limit: u32) -> Result<Vec<Run>>;
    async fn unfinished_runs(&self) -> Result<Vec<StoredRun>>;
    async fn update_run(
        &self,
        id: &str,
        state: RunState,
        started_at: Option<Timestamp>,
        finished_at: Option<Timestamp>,
    ) -> Result<()>;
    async fn update_step(&self, run_id: &str, step: &RunStep, memory: &StepMemory) -> Result<()>;
    async fn request_cancel(&self, run_id: &str) -> Result<bool>;

    /// Appends to the run's stream; ids count from 1 without holes.
    async fn append_event(
        &self,
        run_id: &str,
        kind: &str,
        data: &Value,
        now: Timestamp,
    ) -> Result<u64>;
    async fn events_after(&self, run_id: &str, after: u64, limit: u32) -> Result<Vec<RunEvent>>;

    /// Takes the lock for a run; false while another unfinished run holds it. Taking it twice is fine.
    async fn lock(&self, key: &str, run_id: &str) -> Result<bool>;
    /// The run that holds the lock.
    async fn lock_holder(&self, key: &str) -> Result<Option<String>>;
    async fn unlock(&self, key: &str, run_id: &str) -> Result<()>;
    async fn unlock_all(&self, run_id: &str) -> Result<()>;

    /// Marks the process and its unfinished runs as alive.
    async fn heartbeat(&self, owner: &Owner, serves: bool, now: Timestamp) -> Result<()>;
    /// Servers whose heartbeat is younger than `since`.
    async fn servers(&self, since: Timestamp) -> Result<Vec<Owner>>;
    /// Makes `owner` the owner if `expected` still is; false when somebody else took it.
    async fn claim(
        &self,
        run_id: &str,
        expected: Option<&Owner>,
        owner: &Owner,
        now: Timestamp,
    ) -> Result<bool>;
}

/// A place outside the store, out of reach for whoever can write the store, where the end of the audit
/// chain is written down.
#[async_trait]
pub trait Anchor: Send + Sync {
    /// For people: the file or the address.
    fn place(&self) -> String;
    async fn write(&self, head: &AuditHead) -> Result<()>;
    /// What was written, as far as the place can be read again; nothing where it only takes. A place that
    /// should be there and is not is an error: what it said is not known.
    async fn heads(&self) -> Result<Option<Vec<AuditHead>>>;
}

/// Carries plans out where nothing can break: on a twin of the cluster, made of what was just read from it.
/// The live cluster is never asked to change anything.
#[async_trait]
pub trait Rehearsal: Send + Sync {
    async fn rehearse(&self, plan: &Plan, cancel: &CancellationToken) -> Result<Rehearsed>;
}

/// Tells which process this is and whether another one still lives.
pub trait Host: Send + Sync {
    fn owner(&self) -> Owner;
    /// Only asked for owners on the same host.
    fn is_alive(&self, owner: &Owner) -> bool;
}

/// News of a task while it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskNews {
    Progress {
        percent: f64,
        rate: Option<String>,
        eta_s: Option<u64>,
    },
    Log(Vec<String>),
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    Ok,
    /// Done, and the log holds so many warnings.
    Warnings(u32),
    Failed(String),
    /// The cluster cannot tell; says why.
    Unknown(String),
}

/// Follows tasks on clusters to their end.
#[async_trait]
pub trait TaskFollower: Send + Sync {
    async fn follow(
        &self,
        task: &TaskRef,
        on_news: &mut (dyn FnMut(TaskNews) + Send),
        cancel: &CancellationToken,
    ) -> Result<TaskEnd>;

    /// Asks the cluster to end a task; whoever follows it sees how it ended.
    async fn stop(&self, task: &TaskRef) -> Result<()> {
        Err(Error::new(
            Code::Conflict,
            format!("tasks of {} cannot be stopped here", task.cluster),
        ))
    }

    /// A step on this target has ended: what was read before may not be so any more.
    fn changed(&self, _target: &str) {}
}

/// State of something the product needs, for `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Dependency {
    /// `store`, `cluster main`, `model`.
    pub name: String,
    pub state: Readiness,
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    Ready,
    /// Missing, but the product works without it.
    Degraded,
    Down,
}

/// What the product depends on, and how it is.
#[async_trait]
pub trait Health: Send + Sync {
    async fn dependencies(&self) -> Vec<Dependency>;
}

/// A signed-in session.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: String,
    pub role: crate::Role,
    pub csrf_token: String,
}

/// A fresh session: `id` goes into the cookie and is stored as a hash only.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub id: String,
    pub session: Session,
}

/// A token that a person made for a program; `token` is shown once.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NewToken {
    pub id: String,
    pub name: String,
    pub role: crate::Role,
    pub token: String,
}

/// Accounts, sessions and bearer tokens.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Checks a password; the answer for a wrong name and a wrong password takes the same time.
    /// `Err(Unauthenticated)` when wrong, `Err(Conflict)` with a hint of seconds when there were too many.
    async fn login(&self, user: &str, password: &str) -> Result<NewSession, LoginError>;
    async fn session(&self, id: &str) -> Result<Option<Session>>;
    async fn logout(&self, id: &str) -> Result<()>;
    async fn create_user(&self, user: &str, role: crate::Role, password: &str) -> Result<()>;
    async fn users(&self) -> Result<Vec<(String, crate::Role)>>;
    async fn create_token(
        &self,
        name: &str,
        role: crate::Role,
        may_approve: bool,
        by: &str,
    ) -> Result<NewToken>;
    /// The actor behind `pai_…`; nothing when it is unknown or altered.
    async fn token(&self, token: &str) -> Result<Option<crate::Actor>>;
}

/// Why a sign-in failed.
#[derive(Clone, Debug, PartialEq)]
pub enum LoginError {
    Wrong,
    TooMany { retry_after_s: u64 },
    Other(crate::Error),
}
