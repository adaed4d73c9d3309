//! What a slice declares: actions by steps, queries and feeds.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use futures_util::stream::BoxStream;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    actor::Call,
    error::{Difference, Result},
    gate::Approved,
    left_out::LeftOut,
    risk::{Risk, Scope},
};

/// Something that changes the world. It drafts steps; the engine, not the action, runs them.
///
/// `plan`, `observe`, `before`, `recover` and `verify` only look. `start` is the one method that
/// changes anything, and the [`Approved`] step it needs can be made by the gate alone.
pub trait Action: Send + Sync + 'static {
    /// `noun.verb`, for instance `snapshots.create`; checked at compile time.
    const NAME: &'static str;
    /// One line in the imperative; it becomes help, tool description and API summary.
    const SUMMARY: &'static str;
    /// How people say it, for the assistant; the grammar stands in [`crate::phrase`].
    const PHRASES: &'static [&'static str] = &[];
    /// The worst case. [`Action::assess`] may find one step milder, never worse.
    const RISK: Risk;
    const SCOPE: Scope = Scope::Cluster;
    /// How long the world may take to look as promised, where that is longer than the engine waits anyway:
    /// a node that boots.
    const VERIFY_PATIENCE: Duration = Duration::ZERO;
    /// How [`Action::undo`] takes a step back, in words; the reference of inverses is made of it.
    const WAY_BACK: WayBack = WayBack::Unstated;

    /// The ports this action may reach.
    type Ctx: Send + Sync + 'static;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send;
    type Step: Serialize + DeserializeOwned + Clone + Send + Sync;
    type Output: Serialize + JsonSchema + Send;

    /// Looks and decides. Must not change anything.
    fn plan(
        ctx: &Arc<Self::Ctx>,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Draft<Self::Step>>> + Send;

    /// How bad this very step is; the engine never goes above [`Action::RISK`] nor below `Reversible`.
    fn assess(_step: &Self::Step) -> Risk {
        Self::RISK
    }

    /// Reads the facts that consent to this step rests on, fresh from the world. They are compared with
    /// those of the draft at approval and again right before the step.
    fn observe(
        ctx: &Arc<Self::Ctx>,
        step: &Self::Step,
    ) -> impl Future<Output = Result<Observed>> + Send;

    /// What undo and verify need to know of the world before the step. The facts just observed are enough
    /// for most actions.
    fn before(
        _ctx: &Arc<Self::Ctx>,
        _step: &Self::Step,
        observed: &Observed,
    ) -> impl Future<Output = Result<BeforeState>> + Send {
        std::future::ready(Ok(BeforeState::from(observed)))
    }

    /// Asks the world to change. Returns as soon as the change runs.
    fn start(
        ctx: &Arc<Self::Ctx>,
        step: &Approved<Self::Step>,
    ) -> impl Future<Output = Result<Started<Self::Output>, StartError>> + Send;

    /// After a crash or a lost answer: what became of the step that was sent at `sent_at`? `before` is the
    /// world as it was then; it tells old traces from new ones without trusting two clocks.
    fn recover(
        ctx: &Arc<Self::Ctx>,
        step: &Self::Step,
        before: &BeforeState,
        sent_at: Timestamp,
    ) -> impl Future<Output = Result<Found>> + Send;

    /// Looks at the world again and says whether it is as the step promised.
    fn verify(
        ctx: &Arc<Self::Ctx>,
        step: &Self::Step,
        before: &BeforeState,
    ) -> impl Future<Output = Result<Verdict>> + Send;

    /// Whether a world as promised can only come of the step. Where it can be so anyway, a task whose end
    /// nobody knows leaves the step unknown: looking would tell nothing.
    fn world_tells(_step: &Self::Step) -> bool {
        true
    }

    /// A task of this step that takes longer is not followed any longer: the step is then unknown, the plan
    /// goes on or stops as after a failure, and the task is left to the cluster. Without, the engine's limit.
    fn time_limit(_step: &Self::Step) -> Option<Duration> {
        None
    }

    /// What a step that failed, or whose end nobody knows, left of itself in the world: a lock, half of a copy.
    /// It is told with the failure, so in words that say what to do. Only asked when the step was sent.
    fn left_behind(
        _ctx: &Arc<Self::Ctx>,
        _step: &Self::Step,
        _before: &BeforeState,
    ) -> impl Future<Output = Result<Option<String>>> + Send {
        std::future::ready(Ok(None))
    }

    /// What the step does to guests without saying so by its operation or its target: a node that reboots
    /// takes its guests along, a container that moves is restarted. `observed` is the world as the plan saw it.
    fn along(_step: &Self::Step, _observed: &Observed) -> Vec<Along> {
        Vec::new()
    }

    /// Why this very step cannot be carried out on a twin of the cluster; nothing where it can.
    fn not_rehearsable(_step: &Self::Step) -> Option<String> {
        None
    }

    /// The operation that takes the step back, or nothing. A plan says before approval where there is none.
    fn undo(step: &Self::Step, before: &BeforeState) -> Option<Wish>;
}

/// A change that is made of other operations: it wishes, they plan. It has no steps of its own, so that
/// whatever it leads to is judged, compared, verified and undone as if somebody had wished it one by one.
pub trait Composite: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    /// How people say it, for the assistant; the grammar stands in [`crate::phrase`].
    const PHRASES: &'static [&'static str] = &[];
    /// The worst that its wishes can be. The plan carries the risk of its steps, whatever stands here.
    const RISK: Risk;
    const SCOPE: Scope = Scope::Cluster;
    /// Whether a wish waits for those before it, or only where they touch the same target.
    const ORDER: WishOrder = WishOrder::SideBySide;
    /// What becomes of the whole where a part cannot be done with one of its targets.
    const UNFIT: WhenUnfit = WhenUnfit::LeavesOut;

    type Ctx: Send + Sync + 'static;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send;

    /// Looks and decides. Must not change anything.
    fn wishes(
        ctx: &Arc<Self::Ctx>,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Composed>> + Send;
}

/// How the wishes of a [`Composite`] follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishOrder {
    SideBySide,
    /// A wish begins when every step of the wishes before it has ended. Whether those were done counts on the
    /// same target only, and where the plan stops at its first failure.
    InTurn,
    /// A wish begins when every step of the wishes before it is done.
    OneAfterAnother,
}

/// Whether a [`Composite`] makes sense without a target that one of its parts cannot work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenUnfit {
    /// The others go on without it.
    LeavesOut,
    /// What comes after rests on all of them: a node is not rebooted under a guest that could not leave.
    Refuses,
}

/// What a [`Composite`] comes to.
#[derive(Clone, Debug)]
pub struct Composed {
    /// One sentence for the whole: `undo of: stop web-02`.
    pub summary: String,
    /// In their order. Wishes for composites are refused: a plan must be readable from its steps.
    pub wishes: Vec<Wish>,
    pub preflight: Vec<Signal>,
    /// Whom it passes over itself; what its parts leave out is added.
    pub left_out: Vec<LeftOut>,
}

/// Something that only looks.
pub trait Query: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    /// How people say it, for the assistant; the grammar stands in [`crate::phrase`].
    const PHRASES: &'static [&'static str] = &[];
    type Ctx: Send + Sync + 'static;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send;
    type Output: Serialize + JsonSchema + Send;

    fn run(
        ctx: &Arc<Self::Ctx>,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Something to watch. The stream ends when the caller's token is cancelled.
pub trait Feed: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    type Ctx: Send + Sync + 'static;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send;
    type Item: Serialize + JsonSchema + Send + 'static;

    fn open(
        ctx: Arc<Self::Ctx>,
        call: Call,
        input: Self::Input,
    ) -> Result<BoxStream<'static, Self::Item>>;
}

/// What an action wants to do, before anybody was asked.
#[derive(Clone, Debug)]
pub struct Draft<S> {
    /// One sentence: `stop web-02 and 3 more guests`.
    pub summary: String,
    pub steps: Vec<DraftStep<S>>,
    pub preflight: Vec<Signal>,
    /// Targets that were wished for and get no step, each with its reason.
    pub left_out: Vec<LeftOut>,
}

/// One step of a draft.
#[derive(Clone, Debug)]
pub struct DraftStep<S> {
    pub step: S,
    pub target: Target,
    /// What a person reads: `Stop web-02`.
    pub title: String,
    /// Positions of earlier steps of the same draft that must be done first.
    pub depends_on: Vec<usize>,
    pub change: Vec<Change>,
    /// How long the workload is expected to be away; nothing when it is not.
    pub interruption: Option<Duration>,
    pub observed: Observed,
}

/// What a step touches. The engine locks the reference and counts per node and storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// `cluster/node/vmid` for a guest, `cluster/node` for a node, a product object's id otherwise.
    pub reference: String,
    pub name: String,
    pub node: Option<String>,
    pub storage: Option<String>,
}

/// A guest that a step takes along: rules about it count for the step as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Along {
    /// `cluster/node/vmid`.
    pub target: String,
    /// As which operations it comes to the guest: `guests.shutdown`.
    pub ops: Vec<String>,
}

/// One value that a step is going to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    pub field: String,
    pub before: Value,
    pub after: Value,
}

/// Facts of the world that a consent rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    /// For the reader of a refusal: `web-02 (main/pve1/101)`.
    pub subject: String,
    /// Who it is. Never changes while it is the same thing.
    pub identity: BTreeMap<String, Value>,
    /// How it is. A step earlier in the same run on the same target may change this.
    pub state: BTreeMap<String, Value>,
}

impl Observed {
    /// What of `self` (planned) is different in `now`.
    pub fn differences(&self, now: &Self, with_state: bool) -> Vec<Difference> {
        let identity = compare(&self.subject, &self.identity, &now.identity);
        if with_state {
            identity
                .chain(compare(&self.subject, &self.state, &now.state))
                .collect()
        } else {
            identity.collect()
        }
    }
}

impl Observed {
    /// The same where `glance` may know less than a look: what it does not tell is not compared.
    /// Nothing where it speaks of other facts, or of nothing that tells who the target is.
    pub(crate) fn differences_at_a_glance(&self, glance: &Self) -> Option<Vec<Difference>> {
        let is_of_this_kind = !glance.identity.is_empty()
            && glance
                .identity
                .keys()
                .all(|field| self.identity.contains_key(field));
        is_of_this_kind.then(|| {
            self.differences(glance, true)
                .into_iter()
                .filter(|one| {
                    glance.identity.contains_key(&one.field)
                        || glance.state.contains_key(&one.field)
                })
                .collect()
        })
    }
}

fn compare<'a>(
    subject: &'a str,
    planned: &'a BTreeMap<String, Value>,
    now: &'a BTreeMap<String, Value>,
) -> impl Iterator<Item = Difference> + 'a {
    planned.iter().filter_map(move |(field, value)| {
        let present = now.get(field).unwrap_or(&Value::Null);
        (present != value).then(|| Difference {
            subject: subject.to_owned(),
            field: field.clone(),
            planned: value.clone(),
            now: present.clone(),
        })
    })
}

/// The world before a step, as far as undo and verify need it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BeforeState(pub BTreeMap<String, Value>);

impl BeforeState {
    pub fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }
}

impl From<&Observed> for BeforeState {
    fn from(observed: &Observed) -> Self {
        Self(
            observed
                .identity
                .iter()
                .chain(&observed.state)
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        )
    }
}

/// A running piece of work on a cluster; opaque here (a UPID in practice).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct TaskRef {
    pub cluster: String,
    pub id: String,
}

/// What [`Action::start`] got going.
#[derive(Clone, Debug)]
pub enum Started<T> {
    Task(TaskRef),
    Done(T),
}

/// Why [`Action::start`] did not succeed. The distinction decides whether a step may be tried again.
#[derive(Clone, Debug, PartialEq)]
pub enum StartError {
    /// The request never left: nothing can have happened.
    NotSent(crate::Error),
    /// The request may have arrived; ask [`Action::recover`].
    MaybeSent(crate::Error),
    /// The cluster said no.
    Refused(crate::Error),
}

/// What [`Action::recover`] found out.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Certain: the world was never asked.
    NotSent,
    Running(TaskRef),
    Done(Option<TaskRef>),
    Failed {
        task: Option<TaskRef>,
        text: String,
    },
    /// Not to be found out; says why.
    Unknown(String),
}

/// The answer of [`Action::verify`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    pub ok: bool,
    /// `web-02 is stopped`, or what is not as promised.
    pub text: String,
}

impl Verdict {
    pub fn ok(text: impl Into<String>) -> Self {
        Self {
            ok: true,
            text: text.into(),
        }
    }

    pub fn not_as_promised(text: impl Into<String>) -> Self {
        Self {
            ok: false,
            text: text.into(),
        }
    }
}

/// How an action is taken back. What [`Action::undo`] gives for one step can be less, never more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayBack {
    /// Nobody said.
    Unstated,
    /// By this operation; the note says what does not come back with it, or is empty.
    By {
        op: &'static str,
        note: &'static str,
    },
    /// By this operation, but something that a person had is lost all the same: then a call of theirs alone
    /// is not taken for a yes on the command line.
    InPart {
        op: &'static str,
        lost: &'static str,
    },
    /// Not at all, for this reason.
    None { why: &'static str },
    /// Nothing is lost by it, so there is nothing to take back.
    NotNeeded { why: &'static str },
}

/// An operation somebody wants, not yet planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wish {
    pub op: String,
    pub input: Value,
}

/// Something a person should know before they consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// `locked`, `ha_managed`, `protected`, `long_uptime`, `prod`, `check_skipped`, …
    pub signal: String,
    pub level: Level,
    pub text: String,
    pub target: Option<String>,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Warning,
}
