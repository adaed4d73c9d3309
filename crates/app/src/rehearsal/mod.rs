//! Rehearsing a plan: the live cluster is read, a simulator becomes its twin, and a second registry carries
//! the very steps of the plan out there.
//!
//! Nothing here can change the live cluster: it is asked with `GET` alone, and the registry that runs the
//! steps knows no other cluster than the twin.

mod gaps;
mod named;
mod news;
mod outcome;
mod reader;
mod schedule;
mod stage;
mod time;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use features::Ctx;
use ops::{
    Error, Plan, PlanStep, Rehearsed, Result,
    ports::Rehearsal,
    rehearsal::{Foretold, NotRehearsed},
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::{
    reader::{Reader, Reading},
    stage::Stage,
};

/// Twins at once: each may hold a whole inventory.
const AT_ONCE: usize = 2;

/// Rehearses plans on twins of the connected clusters.
pub(crate) struct Twins {
    ctx: Arc<Ctx>,
    /// Steps at once on a node and on a storage, for the expected time.
    per_node: usize,
    per_storage: usize,
    reader: Reader,
    places: Semaphore,
}

impl Twins {
    pub(crate) fn new(ctx: Arc<Ctx>, per_node: usize, per_storage: usize) -> Self {
        Self {
            reader: Reader::new(Arc::clone(&ctx)),
            ctx,
            per_node,
            per_storage,
            places: Semaphore::new(AT_ONCE),
        }
    }

    async fn carry_out(&self, plan: &Plan) -> Result<Rehearsed> {
        let begun = std::time::Instant::now();
        let at = self.ctx.clock.now();
        let mut readings: BTreeMap<String, Reading> = BTreeMap::new();
        for (cluster, steps) in by_cluster(plan) {
            let reading = self.reader.read(&cluster, &steps, plan.risk).await?;
            readings.insert(cluster, reading);
        }
        let requests = readings.values().map(|reading| reading.requests).sum();
        let facts_at = readings
            .values()
            .map(|reading| reading.facts_at)
            .min()
            .unwrap_or(at);
        let mut stage = Stage::set_up(readings, at).await?;
        let mut not_rehearsed = std::mem::take(&mut stage.gaps);
        let rehearsable = stage.rehearsable(plan, &mut not_rehearsed)?;
        stage.keep_stand_ins(&self.ctx, &rehearsable).await?;
        let mut rehearsed = if rehearsable.steps.is_empty() {
            outcome::nothing(plan)
        } else {
            let before = stage.look(&rehearsable);
            let played = stage.play(rehearsable).await?;
            outcome::tell(
                plan,
                &played,
                &before,
                &stage,
                (self.per_node, self.per_storage),
            )
        };
        outcome::move_limits(&mut rehearsed, &mut not_rehearsed);
        if rehearsed.outcome != Foretold::Unknown {
            not_rehearsed.extend(always());
        }
        stage.end().await;
        rehearsed.errors = rehearsed.troubles();
        rehearsed.at = at;
        rehearsed.facts_at = facts_at;
        rehearsed.requests = requests;
        rehearsed.not_rehearsed = not_rehearsed;
        rehearsed.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(rehearsed)
    }
}

#[async_trait]
impl Rehearsal for Twins {
    async fn rehearse(&self, plan: &Plan, cancel: &CancellationToken) -> Result<Rehearsed> {
        let work = async {
            let _place = self
                .places
                .acquire()
                .await
                .map_err(|_| Error::internal("rehearsals have ended"))?;
            self.carry_out(plan).await
        };
        tokio::select! {
            () = cancel.cancelled() => Err(Error::new(
                ops::Code::Cancelled,
                "the rehearsal was cancelled",
            )),
            outcome = work => outcome,
        }
    }
}

/// The steps of a plan by the cluster they touch. Those of the product itself touch none.
fn by_cluster(plan: &Plan) -> BTreeMap<String, Vec<&PlanStep>> {
    let mut clusters: BTreeMap<String, Vec<&PlanStep>> = BTreeMap::new();
    for step in &plan.steps {
        // Reference objects of the product have no slash in their names.
        if let Some((cluster, _)) = step.target.split_once('/') {
            clusters.entry(cluster.to_owned()).or_default().push(step);
        }
    }
    clusters
}

/// What no twin can tell.
fn always() -> [NotRehearsed; 2] {
    let gap = |what: &str, why: &str| NotRehearsed {
        what: what.to_owned(),
        why: why.to_owned(),
    };
    [
        gap(
            "what runs inside the guests",
            "the twin has no operating systems: whether one answers to a shutdown or through its agent is not known",
        ),
        gap(
            "real load",
            "times are those of an idle simulated cluster; whatever happens between now and the run is not in them",
        ),
    ]
}
