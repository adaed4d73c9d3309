//! The stage: twins that run in this process, and the product wired over them alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use features::{
    Ctx,
    inventory::{Inventory, InventoryOptions},
    knowledge::Knowledge,
};
use jiff::Timestamp;
use ops::{
    Actor, Code, Consent, EngineOptions, Error, EventBus, Gate, Plan, Policy, Registry, Result,
    Role, Run, Surface,
    ports::{Clock, Ledger as _},
    registry::{LateRegistry, Ports},
    rehearsal::NotRehearsed,
    tasks::Tasks,
};
use secrecy::SecretString;
use serde_json::Value;
use sim::{ClockMode, GuestView, Sim, SimOptions, World};
use store::{AuthKind, ClusterRow, Store, Trust};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    gaps,
    named::{named_guests, vmid_of},
    reader::Reading,
    time::{TwinClock, TwinFollower, Twinned},
};
use crate::host::ThisProcess;

/// How long background work of the stage may take to end.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Twins, and a registry that knows nothing else.
pub(super) struct Stage {
    pub(super) twins: Arc<Twinned>,
    /// What the twins lack.
    pub(super) gaps: Vec<NotRehearsed>,
    registry: Registry,
    store: Store,
    tasks: Tasks,
}

/// How the plan went.
pub(super) enum Played {
    Ran(Box<Run>),
    /// The approval of the very same plan was refused, with the reason.
    Refused(Error),
}

/// Guests by cluster and number.
pub(super) type Look = BTreeMap<(String, u32), Seen>;

/// A guest before the plan.
pub(super) enum Seen {
    InThePlan(Box<GuestView>),
    /// No step names it: only whether it stays is compared.
    Outside,
}

impl Seen {
    pub(super) fn in_the_plan(&self) -> Option<&GuestView> {
        match self {
            Self::InThePlan(guest) => Some(guest),
            Self::Outside => None,
        }
    }
}

impl Stage {
    pub(super) async fn set_up(
        readings: BTreeMap<String, Reading>,
        now: Timestamp,
    ) -> Result<Self> {
        let mut gaps = Vec::new();
        let mut sims = BTreeMap::new();
        for (cluster, reading) in readings {
            let (sim, missing) = twin_of(reading, now).await?;
            gaps.extend(gaps::of(&cluster, &missing));
            sims.insert(cluster, sim);
        }
        let twins = Twinned::new(sims);
        let clock: Arc<dyn Clock> = Arc::new(TwinClock(Arc::clone(&twins)));
        let store = Store::in_memory(Arc::clone(&clock)).await?;
        for cluster in twins.clusters() {
            let Some(sim) = twins.sim(cluster) else {
                continue;
            };
            let (row, secret) = connection(cluster, sim, now);
            store
                .clusters()
                .add(&row, &secret)
                .await
                .map_err(Error::from)?;
        }
        let (tasks, bus) = (Tasks::new(), EventBus::new());
        let inventory = Inventory::new(
            store.clusters(),
            Arc::clone(&clock),
            bus.clone(),
            InventoryOptions {
                tick: Duration::from_secs(10),
                // It costs nobody anything.
                budget: pve::Budget {
                    foreground_per_second: 1_000_000,
                    background_per_second: 1_000_000,
                    in_flight_per_node: 64,
                    ..pve::Budget::default()
                },
            },
        );
        let ctx = Arc::new(Ctx {
            inventory,
            secrets: store.secrets(),
            schedules: store.schedules(),
            memory: store.memory(),
            runbooks: store.runbooks(),
            knowledge: Knowledge::new(store.knowledge(), None),
            settings: store.settings(),
            registry: LateRegistry::default(),
            clock: Arc::clone(&clock),
            bus: bus.clone(),
            tasks: tasks.clone(),
            config: Value::Null,
        });
        let ports = Ports {
            ledger: Arc::new(store.clone()),
            anchor: None,
            clock,
            follower: Arc::new(TwinFollower(Arc::clone(&twins))),
            host: Arc::new(ThisProcess::new()),
            bus,
            tasks: tasks.clone(),
        };
        let options = EngineOptions {
            serves: true,
            // One after the other, so that each step's time is its own.
            per_run: 1,
            plan_expiry: Duration::from_hours(24),
            ..EngineOptions::default()
        };
        let registry =
            features::registry(&ctx).build(Gate::new(Policy::default()), ports, options)?;
        Ok(Self {
            twins,
            gaps,
            registry,
            store,
            tasks,
        })
    }

    /// The plan without the steps that no twin can carry out; those are told. The rest is as it is: same
    /// operations, same inputs, same preconditions.
    pub(super) fn rehearsable(&self, plan: &Plan, told: &mut Vec<NotRehearsed>) -> Result<Plan> {
        let mut kept = plan.clone();
        let mut left_out = BTreeSet::new();
        kept.steps.retain(|step| {
            let why = match self.registry.not_rehearsable(step) {
                Ok(None) => return true,
                Ok(Some(why)) => why,
                Err(error) => error.sentence(),
            };
            told.push(NotRehearsed {
                what: format!("step {}: {}", step.id, step.title),
                why,
            });
            left_out.insert(step.id.clone());
            false
        });
        for step in &mut kept.steps {
            let before = step.depends_on.len();
            step.depends_on.retain(|id| !left_out.contains(id));
            if step.depends_on.len() < before {
                told.push(NotRehearsed {
                    what: format!("the order of step {}", step.id),
                    why: "a step that comes before it was not rehearsed".to_owned(),
                });
            }
        }
        kept.risk = self.registry.risk_of(&kept)?;
        kept.run_id = None;
        kept.rehearsal = None;
        kept.digest = kept.compute_digest();
        Ok(kept)
    }

    /// Passwords and the like are not in the plan: calls get something of the same form instead.
    pub(super) async fn keep_stand_ins(&self, live: &Ctx, plan: &Plan) -> Result<()> {
        let is_of_the_plan = |call: &str| {
            plan.steps
                .iter()
                .any(|step| step.input.to_string().contains(call))
        };
        features::pve_call::keep_stand_ins(&live.secrets, &self.store.secrets(), is_of_the_plan)
            .await
    }

    /// The guests of the plan, and every guest there is by its number alone.
    pub(super) fn look(&self, plan: &Plan) -> Look {
        let mut look = Look::new();
        for cluster in self.twins.clusters() {
            let Some(sim) = self.twins.sim(cluster) else {
                continue;
            };
            let prefix = format!("{cluster}/");
            let steps: Vec<_> = plan
                .steps
                .iter()
                .filter(|step| step.target.starts_with(&prefix))
                .collect();
            for vmid in named_guests(&steps) {
                // What is not there yet is new afterwards.
                if let Some(guest) = sim.guest(vmid) {
                    let seen = Seen::InThePlan(Box::new(guest));
                    look.insert((cluster.to_owned(), vmid), seen);
                }
            }
            for vmid in sim.vmids() {
                look.entry((cluster.to_owned(), vmid))
                    .or_insert(Seen::Outside);
            }
        }
        look
    }

    /// Carries the plan out, as whoever may approve anything.
    pub(super) async fn play(&self, plan: Plan) -> Result<Played> {
        self.store.insert_plan(&plan).await?;
        let consent = Consent {
            actor: Actor::new("rehearsal", Role::Admin, Surface::Cli),
            digest: plan.digest.clone(),
            confirm: Registry::confirmation(&plan),
        };
        let run = match self.registry.approve(&plan.id, consent).await {
            Ok(run) => run,
            // What the rehearsal itself got wrong is no word on the plan.
            Err(error) if matches!(error.code, Code::Internal | Code::StoreUnavailable) => {
                return Err(error);
            }
            Err(error) => return Ok(Played::Refused(error)),
        };
        let run = self
            .registry
            .wait_for(&run.id, &CancellationToken::new())
            .await?;
        Ok(Played::Ran(Box::new(run)))
    }

    pub(super) async fn end(self) {
        if !self.tasks.stop(STOP_PATIENCE).await {
            tracing::warn!("some work of a rehearsal did not end in time");
        }
        self.store.close().await;
    }
}

/// Whoever goes away in the middle takes the run on the twin along.
impl Drop for Stage {
    fn drop(&mut self) {
        self.tasks.stopping().cancel();
    }
}

/// A simulator that is the cluster as it was read, and what it lacks.
async fn twin_of(mut reading: Reading, now: Timestamp) -> Result<(Sim, Vec<sim::NotRead>)> {
    let import = tokio::task::spawn_blocking(move || {
        World::from_readings_of(&mut reading.readings, now, &reading.depth)
    });
    let failed = |error: sim::SimError| {
        Error::new(
            Code::ClusterRefused,
            format!("no twin can be made of what the cluster tells: {error}"),
        )
    };
    let (world, missing) = import
        .await
        .map_err(|_| Error::internal("the import of a cluster broke"))?
        .map_err(failed)?;
    let options = SimOptions {
        clock: ClockMode::Manual,
        now: Some(now),
        // Nobody but this process knows it; the twin holds what the cluster holds.
        password: Uuid::new_v4().simple().to_string(),
        token_secret: Some(Uuid::new_v4().to_string()),
        refused_login_delay: Duration::ZERO,
        ..SimOptions::new(world)
    };
    Ok((Sim::start(options).await.map_err(failed)?, missing))
}

/// How the stage reaches a twin: with the rights that the product has on the live cluster.
fn connection(cluster: &str, sim: &Sim, now: Timestamp) -> (ClusterRow, SecretString) {
    let (identity, secret) = match sim.identity_token().and_then(|token| token.split_once('=')) {
        Some((id, secret)) => (id.to_owned(), secret.to_owned()),
        None => (sim.token_id(), sim.token_secret().to_owned()),
    };
    let row = ClusterRow {
        id: cluster.to_owned(),
        url: sim.url(),
        auth: AuthKind::Token,
        identity,
        trust: Trust::Fingerprint(sim.fingerprint().to_owned()),
        created_at: now,
    };
    (row, secret.into())
}

/// The guest of a step's target.
pub(super) fn guest_of(target: &str) -> Option<(&str, u32)> {
    let (cluster, _) = target.split_once('/')?;
    Some((cluster, vmid_of(target)?))
}
