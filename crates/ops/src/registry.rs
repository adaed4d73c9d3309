//! The registry: every operation of the product, type-erased, and the one door that surfaces use.
//!
//! A surface never sees a slice or its context; it names an operation and hands over JSON.

mod entry;
mod input;

use std::{
    collections::{BTreeMap, HashMap},
    marker::PhantomData,
    sync::{Arc, Mutex, OnceLock, Weak, atomic::AtomicU64},
    time::Duration,
};

use futures_util::{StreamExt as _, future::BoxFuture, stream::BoxStream};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    actor::Call,
    builtin,
    bus::EventBus,
    contract::{
        Action, Along, BeforeState, Composed, Composite, Draft, DraftStep, Feed, Found, Observed,
        Query, StartError, Started, Verdict, WhenUnfit, Wish, WishOrder,
    },
    engine::{Broken, EngineOptions},
    error::{Code, Error, Result},
    gate::{Decision, Gate, Judged},
    phrase,
    plan::{Plan, PlanStep},
    policy::FactSource,
    ports::{Anchor, Clock, Host, Ledger, Rehearsal, TaskFollower},
    risk::{Risk, Scope},
    run::Approval,
    tasks::Tasks,
};

pub use entry::Entry;

/// What kind of operation an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Query,
    Action,
    Feed,
}

/// What [`Registry::act`] answers.
#[derive(Clone, Debug)]
pub enum Acted {
    /// Nothing changed yet: somebody has to approve.
    Planned(Box<Plan>),
    /// A product-scope action whose call was the consent.
    Done(Value),
}

/// What [`Registry::consent`] answers.
#[derive(Clone, Debug)]
pub enum Consented {
    /// Everybody who has to agree did: the run is durable and on its way.
    Runs(Box<crate::Run>),
    /// Kept; further people have to agree.
    Waits(Box<Plan>),
}

pub(crate) type SchemaFn = fn(&mut SchemaGenerator) -> Schema;
type QueryFn = Box<dyn Fn(Call, Value) -> BoxFuture<'static, Result<Value>> + Send + Sync>;
type FeedFn = Box<dyn Fn(Call, Value) -> Result<BoxStream<'static, Value>> + Send + Sync>;

/// A composite: what it wishes, and how its wishes follow each other.
pub(crate) struct ErasedComposite {
    wishes: CompositeFn,
    order: WishOrder,
    unfit: WhenUnfit,
}

type CompositeFn = Box<dyn Fn(Call, Value) -> BoxFuture<'static, Result<Composed>> + Send + Sync>;

pub(crate) enum Body {
    Query(QueryFn),
    Composite(ErasedComposite),
    Action(Box<dyn ErasedAction>),
    Feed(FeedFn),
}

/// An action behind JSON. The typed step exists only inside these methods.
pub(crate) trait ErasedAction: Send + Sync {
    fn plan(&self, call: Call, input: Value) -> BoxFuture<'_, Result<Draft<Value>>>;
    fn assess(&self, step: &Value) -> Result<Risk>;
    fn verify_patience(&self) -> Duration;
    fn observe<'a>(&'a self, step: &'a Value) -> BoxFuture<'a, Result<Observed>>;
    fn before<'a>(
        &'a self,
        step: &'a Value,
        observed: &'a Observed,
    ) -> BoxFuture<'a, Result<BeforeState>>;
    fn start<'a>(
        &'a self,
        gate: &'a Gate,
        plan: &'a Plan,
        approval: &'a Approval,
        step: &'a PlanStep,
    ) -> BoxFuture<'a, Result<Started<Value>, StartError>>;
    fn recover<'a>(
        &'a self,
        step: &'a Value,
        before: &'a BeforeState,
        sent_at: Timestamp,
    ) -> BoxFuture<'a, Result<Found>>;
    fn verify<'a>(
        &'a self,
        step: &'a Value,
        before: &'a BeforeState,
    ) -> BoxFuture<'a, Result<Verdict>>;
    fn left_behind<'a>(
        &'a self,
        step: &'a Value,
        before: &'a BeforeState,
    ) -> BoxFuture<'a, Result<Option<String>>>;
    fn world_tells(&self, step: &Value) -> Result<bool>;
    fn time_limit(&self, step: &Value) -> Result<Option<Duration>>;
    fn undo(&self, step: &Value, before: &BeforeState) -> Result<Option<Wish>>;
    fn along(&self, step: &Value, observed: &Observed) -> Result<Vec<Along>>;
    fn not_rehearsable(&self, step: &Value) -> Result<Option<String>>;
}

struct Bound<A: Action> {
    ctx: Arc<A::Ctx>,
    action: PhantomData<fn() -> A>,
}

impl<A: Action> Bound<A> {
    fn step(step: &Value) -> Result<A::Step> {
        serde_json::from_value(step.clone()).map_err(|error| {
            Error::new(
                Code::PlanExpired,
                format!("a stored step of {} cannot be read: {error}", A::NAME),
            )
            .hint("it was planned by another version: plan again")
        })
    }

    /// Never above what the action declares, never as low as a read.
    fn risk(step: &A::Step) -> Risk {
        A::assess(step).min(A::RISK).max(Risk::Reversible)
    }
}

impl<A: Action> ErasedAction for Bound<A> {
    fn plan(&self, call: Call, input: Value) -> BoxFuture<'_, Result<Draft<Value>>> {
        Box::pin(async move {
            let draft =
                A::plan(&self.ctx, &call, input::parse::<A::Input>(A::NAME, input)?).await?;
            let steps = draft
                .steps
                .into_iter()
                .map(|step| {
                    Ok(DraftStep {
                        step: to_json(A::NAME, &step.step)?,
                        target: step.target,
                        title: step.title,
                        depends_on: step.depends_on,
                        change: step.change,
                        interruption: step.interruption,
                        observed: step.observed,
                    })
                })
                .collect::<Result<_>>()?;
            Ok(Draft {
                summary: draft.summary,
                steps,
                preflight: draft.preflight,
                left_out: draft.left_out,
            })
        })
    }

    fn verify_patience(&self) -> Duration {
        A::VERIFY_PATIENCE
    }

    fn assess(&self, step: &Value) -> Result<Risk> {
        Ok(Self::risk(&Self::step(step)?))
    }

    fn observe<'a>(&'a self, step: &'a Value) -> BoxFuture<'a, Result<Observed>> {
        Box::pin(async move { A::observe(&self.ctx, &Self::step(step)?).await })
    }

    fn before<'a>(
        &'a self,
        step: &'a Value,
        observed: &'a Observed,
    ) -> BoxFuture<'a, Result<BeforeState>> {
        Box::pin(async move { A::before(&self.ctx, &Self::step(step)?, observed).await })
    }

    fn start<'a>(
        &'a self,
        gate: &'a Gate,
        plan: &'a Plan,
        approval: &'a Approval,
        step: &'a PlanStep,
    ) -> BoxFuture<'a, Result<Started<Value>, StartError>> {
        Box::pin(async move {
            let typed = Self::step(&step.input).map_err(StartError::NotSent)?;
            let judged = Judged {
                risk: Self::risk(&typed),
                scope: A::SCOPE,
            };
            let approved = gate
                .admit(plan, approval, step, judged, typed)
                .await
                .map_err(StartError::NotSent)?;
            match A::start(&self.ctx, &approved).await? {
                Started::Task(task) => Ok(Started::Task(task)),
                // It is done; an answer that cannot be shown must not turn it into a failure.
                Started::Done(output) => Ok(Started::Done(
                    serde_json::to_value(output).unwrap_or(Value::Null),
                )),
            }
        })
    }

    fn recover<'a>(
        &'a self,
        step: &'a Value,
        before: &'a BeforeState,
        sent_at: Timestamp,
    ) -> BoxFuture<'a, Result<Found>> {
        Box::pin(async move { A::recover(&self.ctx, &Self::step(step)?, before, sent_at).await })
    }

    fn verify<'a>(
        &'a self,
        step: &'a Value,
        before: &'a BeforeState,
    ) -> BoxFuture<'a, Result<Verdict>> {
        Box::pin(async move { A::verify(&self.ctx, &Self::step(step)?, before).await })
    }

    fn left_behind<'a>(
        &'a self,
        step: &'a Value,
        before: &'a BeforeState,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move { A::left_behind(&self.ctx, &Self::step(step)?, before).await })
    }

    fn world_tells(&self, step: &Value) -> Result<bool> {
        Ok(A::world_tells(&Self::step(step)?))
    }

    fn time_limit(&self, step: &Value) -> Result<Option<Duration>> {
        Ok(A::time_limit(&Self::step(step)?))
    }

    fn undo(&self, step: &Value, before: &BeforeState) -> Result<Option<Wish>> {
        Ok(A::undo(&Self::step(step)?, before))
    }

    fn along(&self, step: &Value, observed: &Observed) -> Result<Vec<Along>> {
        Ok(A::along(&Self::step(step)?, observed))
    }

    fn not_rehearsable(&self, step: &Value) -> Result<Option<String>> {
        Ok(A::not_rehearsable(&Self::step(step)?))
    }
}

/// What the registry needs from outside.
pub struct Ports {
    pub ledger: Arc<dyn Ledger>,
    /// Where the end of the audit chain is written down outside, if anywhere.
    pub anchor: Option<Arc<dyn Anchor>>,
    pub clock: Arc<dyn Clock>,
    pub follower: Arc<dyn TaskFollower>,
    pub host: Arc<dyn Host>,
    pub bus: EventBus,
    pub tasks: Tasks,
}

pub(crate) struct Inner {
    pub(crate) entries: BTreeMap<&'static str, Entry>,
    pub(crate) gate: Gate,
    pub(crate) ports: Ports,
    pub(crate) options: EngineOptions,
    /// The record of the audit chain that this process anchored last; 0 for none.
    pub(crate) anchored: AtomicU64,
    /// Runs that this process carries out right now.
    pub(crate) executing: Mutex<HashMap<String, CancellationToken>>,
    /// Runs that this process could not carry on with, because their rows could not be written.
    pub(crate) broken: Mutex<HashMap<String, Broken>>,
    /// One semaphore per node and per storage: concurrency is always a number.
    pub(crate) lanes: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// All operations, the gate and the engine. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registry({} operations)", self.inner.entries.len())
    }
}

/// A registry that is not there yet, for what is part of it and needs the whole: a schedule wishes for
/// any operation. It holds the registry weakly, because the registry holds whoever holds this.
#[derive(Clone, Default)]
pub struct LateRegistry(Arc<OnceLock<Weak<Inner>>>);

impl LateRegistry {
    fn join(&self, registry: &Registry) {
        // Set once per registry, right after it was built.
        let _ = self.0.set(Arc::downgrade(&registry.inner));
    }

    pub fn get(&self) -> Result<Registry> {
        self.0
            .get()
            .and_then(Weak::upgrade)
            .map(|inner| Registry { inner })
            .ok_or_else(|| Error::internal("the registry is gone, or not there yet"))
    }
}

/// Collects operations; an explicit list, not link-time magic.
#[derive(Default)]
pub struct RegistryBuilder {
    entries: Vec<Entry>,
    rehearsal: Option<Arc<dyn Rehearsal>>,
    facts: Option<Arc<dyn FactSource>>,
    late: Vec<LateRegistry>,
}

impl RegistryBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Where plans are rehearsed; without, `plans.rehearse` says that it cannot.
    #[must_use]
    pub fn rehearsal(mut self, rehearsal: Arc<dyn Rehearsal>) -> Self {
        self.rehearsal = Some(rehearsal);
        self
    }

    /// Whoever needs the registry that is being built.
    #[must_use]
    pub fn late(mut self, late: &LateRegistry) -> Self {
        self.late.push(late.clone());
        self
    }

    /// Who tells the rules what is known of the targets of steps.
    #[must_use]
    pub fn facts(mut self, facts: Arc<dyn FactSource>) -> Self {
        self.facts = Some(facts);
        self
    }

    /// Adds an action, bound to its context.
    #[must_use]
    pub fn action<A: Action>(mut self, ctx: &Arc<A::Ctx>) -> Self {
        const {
            assert!(
                !matches!(A::RISK, Risk::Read),
                "an Action must not be Risk::Read: use Query"
            );
            assert!(is_noun_dot_verb(A::NAME), "operation names are `noun.verb`");
        }
        self.entries.push(Entry {
            name: A::NAME,
            summary: A::SUMMARY,
            risk: A::RISK,
            scope: A::SCOPE,
            way_back: Some(A::WAY_BACK),
            phrases: A::PHRASES,
            input: A::Input::json_schema,
            output: A::Output::json_schema,
            arguments: <A::Input as clap::Args>::augment_args,
            from_matches: input::read_matches::<A::Input>,
            takes: input::takes::<A::Input>,
            body: Body::Action(Box::new(Bound::<A> {
                ctx: Arc::clone(ctx),
                action: PhantomData,
            })),
        });
        self
    }

    /// Adds an action that is made of others, bound to its context.
    #[must_use]
    pub fn composite<C: Composite>(mut self, ctx: &Arc<C::Ctx>) -> Self {
        const {
            assert!(
                !matches!(C::RISK, Risk::Read),
                "a Composite must not be Risk::Read: use Query"
            );
            assert!(is_noun_dot_verb(C::NAME), "operation names are `noun.verb`");
        }
        let ctx = Arc::clone(ctx);
        let wishes: CompositeFn = Box::new(move |call, input| {
            let ctx = Arc::clone(&ctx);
            Box::pin(async move {
                let input = input::parse::<C::Input>(C::NAME, input)?;
                C::wishes(&ctx, &call, input).await
            })
        });
        self.entries.push(Entry {
            name: C::NAME,
            summary: C::SUMMARY,
            risk: C::RISK,
            scope: C::SCOPE,
            way_back: None,
            phrases: C::PHRASES,
            input: C::Input::json_schema,
            output: Vec::<Value>::json_schema,
            arguments: <C::Input as clap::Args>::augment_args,
            from_matches: input::read_matches::<C::Input>,
            takes: input::takes::<C::Input>,
            body: Body::Composite(ErasedComposite {
                wishes,
                order: C::ORDER,
                unfit: C::UNFIT,
            }),
        });
        self
    }

    /// Adds a query, bound to its context.
    #[must_use]
    pub fn query<Q: Query>(mut self, ctx: &Arc<Q::Ctx>) -> Self {
        const { assert!(is_noun_dot_verb(Q::NAME), "operation names are `noun.verb`") };
        let ctx = Arc::clone(ctx);
        let run: QueryFn = Box::new(move |call, input| {
            let ctx = Arc::clone(&ctx);
            Box::pin(async move {
                let input = input::parse::<Q::Input>(Q::NAME, input)?;
                to_json(Q::NAME, &Q::run(&ctx, &call, input).await?)
            })
        });
        self.entries.push(Entry {
            name: Q::NAME,
            summary: Q::SUMMARY,
            risk: Risk::Read,
            scope: Scope::Product,
            way_back: None,
            phrases: Q::PHRASES,
            input: Q::Input::json_schema,
            output: Q::Output::json_schema,
            arguments: <Q::Input as clap::Args>::augment_args,
            from_matches: input::read_matches::<Q::Input>,
            takes: input::takes::<Q::Input>,
            body: Body::Query(run),
        });
        self
    }

    /// Adds a feed, bound to its context.
    #[must_use]
    pub fn feed<F: Feed>(mut self, ctx: &Arc<F::Ctx>) -> Self {
        const { assert!(is_noun_dot_verb(F::NAME), "operation names are `noun.verb`") };
        let ctx = Arc::clone(ctx);
        let open: FeedFn = Box::new(move |call, input| {
            let input = input::parse::<F::Input>(F::NAME, input)?;
            let items = F::open(Arc::clone(&ctx), call, input)?;
            Ok(items
                .filter_map(|item| std::future::ready(to_json(F::NAME, &item).ok()))
                .boxed())
        });
        self.entries.push(Entry {
            name: F::NAME,
            summary: F::SUMMARY,
            risk: Risk::Read,
            scope: Scope::Product,
            way_back: None,
            phrases: &[],
            input: F::Input::json_schema,
            output: F::Item::json_schema,
            arguments: <F::Input as clap::Args>::augment_args,
            from_matches: input::read_matches::<F::Input>,
            takes: input::takes::<F::Input>,
            body: Body::Feed(open),
        });
        self
    }

    /// Closes the list, adds what the contract itself offers (plans, runs, operations), and checks that
    /// no name stands twice.
    pub fn build(
        mut self,
        mut gate: Gate,
        ports: Ports,
        options: EngineOptions,
    ) -> Result<Registry> {
        let facts = self.facts.take();
        let late = std::mem::take(&mut self.late);
        let builtin = Arc::new(builtin::Ctx::new(
            Arc::clone(&ports.ledger),
            ports.anchor.clone(),
            ports.bus.clone(),
            Arc::clone(&ports.clock),
            self.rehearsal.clone(),
        ));
        let with_builtin = builtin::register(self, &builtin);
        let mut entries = BTreeMap::new();
        for entry in with_builtin.entries {
            let name = entry.name;
            // Describing every input costs memory that a small process would keep for nothing.
            if cfg!(debug_assertions) {
                check_phrases(&entry)?;
            }
            if entries.insert(name, entry).is_some() {
                return Err(Error::internal(format!(
                    "operation `{name}` is registered twice"
                )));
            }
        }
        builtin.publish(entries.values());
        gate.attach(
            Arc::clone(&ports.ledger),
            Arc::clone(&ports.clock),
            facts,
            entries.keys().copied().collect(),
        );
        let registry = Registry {
            inner: Arc::new(Inner {
                entries,
                gate,
                ports,
                options,
                anchored: AtomicU64::new(0),
                executing: Mutex::default(),
                broken: Mutex::default(),
                lanes: Mutex::default(),
            }),
        };
        builtin.registry.join(&registry);
        for late in late {
            late.join(&registry);
        }
        Ok(registry)
    }
}

impl Registry {
    /// All operations, by name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.inner.entries.values()
    }

    pub fn entry(&self, name: &str) -> Result<&Entry> {
        self.inner.entries.get(name).ok_or_else(|| {
            Error::new(
                Code::UnknownOperation,
                format!("there is no operation `{}`", clip(name, 80)),
            )
            .hint("`operations.search` finds operations by what they do")
        })
    }

    pub fn bus(&self) -> &EventBus {
        &self.inner.ports.bus
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.ports.clock
    }

    pub fn gate(&self) -> &Gate {
        &self.inner.gate
    }

    /// Whether an operation has steps of its own: queries, feeds and what is made of others have not.
    pub fn has_steps(&self, name: &str) -> bool {
        self.action(name).is_ok()
    }

    /// What an account may do now; nothing when there is none.
    pub async fn role_of(&self, user: &str) -> Result<Option<crate::Role>> {
        self.inner.ports.ledger.role_of(user).await
    }

    /// Runs a query.
    pub async fn query(&self, call: &Call, name: &str, input: Value) -> Result<Value> {
        let entry = self.entry(name)?;
        match &entry.body {
            Body::Query(run) => run(call.clone(), input).await,
            Body::Action(_) | Body::Composite(_) | Body::Feed(_) => {
                Err(Error::invalid(format!("`{name}` is not a query")))
            }
        }
    }

    /// Opens a feed.
    pub fn open(&self, call: &Call, name: &str, input: Value) -> Result<BoxStream<'static, Value>> {
        match &self.entry(name)?.body {
            Body::Feed(open) => open(call.clone(), input),
            Body::Query(_) | Body::Action(_) | Body::Composite(_) => {
                Err(Error::invalid(format!("`{name}` is not a feed")))
            }
        }
    }

    /// Whether this actor may wish for the operation at all; surfaces ask before they read a body.
    pub async fn may_wish(&self, call: &Call, name: &str) -> Result<()> {
        let entry = self.entry(name)?;
        let actor = &call.actor;
        // What an operation is at its worst is not yet what a step of it is: rules about that come later.
        let risk = entry.risk.min(Risk::Reversible);
        let ruling = self
            .inner
            .gate
            .first_look(entry.name, risk, entry.scope, actor)
            .await?;
        match ruling.decision {
            Decision::Pass | Decision::Ask => Ok(()),
            Decision::Never if actor.role == crate::Role::Viewer => Err(Error::forbidden(format!(
                "{} is {} and may not use `{name}`",
                actor.name,
                actor.role.as_str()
            ))
            .hint("ask an operator or an admin")),
            Decision::Never => Err(Error::forbidden(ruling.why)),
        }
    }

    /// Why a step of a plan cannot be carried out on a twin of its cluster; nothing where it can.
    pub fn not_rehearsable(&self, step: &PlanStep) -> Result<Option<String>> {
        let (entry, action) = self.action(&step.op)?;
        if entry.scope == Scope::Product {
            return Ok(Some(
                "it changes the product's own data, not a cluster".to_owned(),
            ));
        }
        action.not_rehearsable(&step.input)
    }

    /// The facts that consent to a step of a plan rests on, read now.
    pub async fn observe(&self, step: &PlanStep) -> Result<Observed> {
        self.action(&step.op)?.1.observe(&step.input).await
    }

    pub(crate) fn action(&self, name: &str) -> Result<(&Entry, &dyn ErasedAction)> {
        let entry = self.entry(name)?;
        match &entry.body {
            Body::Action(action) => Ok((entry, action.as_ref())),
            Body::Composite(_) => Err(Error::invalid(format!(
                "`{name}` is made of other operations and has no steps of its own"
            ))),
            Body::Query(_) | Body::Feed(_) => Err(Error::invalid(format!(
                "`{name}` changes nothing: there is nothing to plan"
            ))),
        }
    }

    /// What a composite comes to; nothing for an operation that has steps of its own.
    pub(crate) async fn compose(
        &self,
        call: &Call,
        wish: &Wish,
    ) -> Result<Option<(Composed, WishOrder, WhenUnfit)>> {
        match &self.entry(&wish.op)?.body {
            Body::Composite(composite) => {
                let composed = (composite.wishes)(call.clone(), wish.input.clone()).await?;
                Ok(Some((composed, composite.order, composite.unfit)))
            }
            Body::Action(_) | Body::Query(_) | Body::Feed(_) => Ok(None),
        }
    }
}

/// Phrases are part of the program: one that does not fit its operation is found when a program that is not
/// optimized starts, and so by every test.
fn check_phrases(entry: &Entry) -> Result<()> {
    if entry.phrases.is_empty() {
        return Ok(());
    }
    let schema = (entry.input)(&mut SchemaGenerator::default());
    for text in entry.phrases {
        for saying in phrase::sayings(text)? {
            if let Some(field) = phrase::strange_field(&saying, schema.as_value()) {
                return Err(Error::internal(format!(
                    "the phrase `{text}` fills `{field}`, which `{}` does not take",
                    entry.name
                )));
            }
        }
    }
    Ok(())
}

fn to_json<T: Serialize>(name: &str, value: &T) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|error| Error::internal(format!("the answer of `{name}` is not JSON: {error}")))
}

/// Cuts text at a character border; an error must not carry a megabyte back.
pub(crate) fn clip(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs at compile time, where `get` is not const"
)]
const fn is_noun_dot_verb(name: &str) -> bool {
    let bytes = name.as_bytes();
    let (mut dots, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'.' => dots += 1,
            b'a'..=b'z' | b'0'..=b'9' | b'_' => {}
            _ => return false,
        }
        at += 1;
    }
    dots == 1 && bytes[0] != b'.' && bytes[bytes.len() - 1] != b'.'
}
