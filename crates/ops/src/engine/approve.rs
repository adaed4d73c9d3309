//! Consent: from a stored plan to a durable run.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use crate::{
    actor::Actor,
    bus::BusEvent,
    error::{Code, Difference, Error, Result},
    gate::Consent,
    plan::{Plan, PlanState, PlanStep},
    ports::Opened,
    registry::Registry,
    risk::Risk,
    run::{Approval, Run, RunState, RunStep, StepState},
};

/// How many targets are looked at side by side when the world is compared with a plan.
const OBSERVE_AT_ONCE: usize = 16;

impl Registry {
    /// A stored plan. One whose time has run out comes back as `expired`.
    pub async fn plan(&self, id: &str) -> Result<Plan> {
        let ledger = &self.inner.ports.ledger;
        let mut plan = ledger.plan(id).await?.ok_or_else(|| {
            Error::not_found(format!(
                "there is no plan `{}`",
                crate::registry::clip(id, 60)
            ))
        })?;
        if plan.state == PlanState::Proposed && self.inner.ports.clock.now() >= plan.expires_at {
            if ledger.close_plan(id, PlanState::Expired, None).await? {
                self.announce(&plan, "plan.expired", "expired");
                plan.state = PlanState::Expired;
            } else if let Some(present) = ledger.plan(id).await? {
                plan = present;
            }
        }
        Ok(plan)
    }

    /// What has to be typed to consent to a plan, from its steps; nothing where a yes is enough.
    pub fn confirmation(plan: &Plan) -> Option<String> {
        super::confirm(plan.risk, &plan.steps).map(|confirm| confirm.text)
    }

    /// Takes a consent. When this returns the run is durable and on its way; it goes on without the caller.
    pub async fn approve(&self, id: &str, consent: Consent) -> Result<Run> {
        let plan = self.plan(id).await?;
        let judged = self.judge(&plan)?;
        let now = self.inner.ports.clock.now();
        let approval = self
            .inner
            .gate
            .approve(&plan, judged, &consent, now)
            .map_err(|error| match (&error.code, &plan.run_id) {
                (Code::PlanAlreadyApproved, Some(run)) => error.hint(format!("its run is {run}")),
                _ => error,
            })?;
        self.compare_with_world(&plan).await?;

        let run = run_of(&plan, &approval);
        let here = self.executes_here().await?;
        let owner = here.then(|| self.inner.ports.host.owner());
        let opened = self
            .inner
            .ports
            .ledger
            .open_run(&run, &approval, owner.as_ref(), now)
            .await?;
        match opened {
            Opened::Yes => {}
            Opened::AlreadyApproved { run_id } => {
                let error = Error::new(
                    Code::PlanAlreadyApproved,
                    format!("plan {id} was already approved"),
                );
                return Err(match run_id {
                    Some(run) => error.hint(format!("its run is {run}")),
                    None => error,
                });
            }
            Opened::NotProposed(state) => {
                let code = match state {
                    PlanState::Rejected => Code::PlanRejected,
                    PlanState::Expired | PlanState::Proposed | PlanState::Approved => {
                        Code::PlanExpired
                    }
                };
                return Err(Error::new(code, format!("plan {id} is {}", state.as_str())));
            }
            Opened::NoSuchPlan => return Err(Error::not_found(format!("there is no plan `{id}`"))),
        }
        self.announce(&plan, "plan.approved", "approved");
        self.bus().emit(BusEvent {
            plan_id: Some(plan.id.clone()),
            run_id: Some(run.id.clone()),
            thread: plan.thread.clone(),
            summary: Some(run.summary.clone()),
            state: Some("queued".into()),
            ..BusEvent::new("run.started")
        });
        if here {
            self.spawn_execution(run.id.clone());
        }
        Ok(run)
    }

    /// Says no. A plan that is not `proposed` any more answers 409.
    pub async fn reject(&self, id: &str, actor: &Actor) -> Result<Plan> {
        if actor.role == crate::Role::Viewer || !actor.surface.is_a_persons() {
            return Err(Error::forbidden(format!(
                "{} may not reject plans here",
                actor.name
            )));
        }
        let plan = self.plan(id).await?;
        if !self
            .inner
            .ports
            .ledger
            .close_plan(id, PlanState::Rejected, Some(actor))
            .await?
        {
            let code = match plan.state {
                PlanState::Approved => Code::PlanAlreadyApproved,
                PlanState::Expired => Code::PlanExpired,
                PlanState::Rejected | PlanState::Proposed => Code::PlanRejected,
            };
            return Err(Error::new(code, format!("plan {id} is not open any more")));
        }
        self.announce(&plan, "plan.rejected", "rejected");
        self.plan(id).await
    }

    /// The risk of a plan as its operations judge it now; what the row says is not trusted.
    pub fn judge(&self, plan: &Plan) -> Result<Risk> {
        self.risk_of(&plan.steps, plan.on_failure)
    }

    async fn compare_with_world(&self, plan: &Plan) -> Result<()> {
        let comparisons: Vec<_> = plan
            .steps
            .iter()
            .map(|step| self.compare_step(step))
            .collect();
        let found: Vec<Vec<Difference>> = stream::iter(comparisons)
            .buffered(OBSERVE_AT_ONCE)
            .try_collect()
            .await?;
        let mut differences: Vec<Difference> = Vec::new();
        for difference in found.into_iter().flatten() {
            if !differences.contains(&difference) {
                differences.push(difference);
            }
        }
        let Some(first) = differences.first() else {
            return Ok(());
        };
        let more = match differences.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        Err(Error::new(
            Code::PreconditionChanged,
            format!("the cluster changed since the plan was made: {first}{more}"),
        )
        .hint("plan again and look at the new plan")
        .difference(differences))
    }

    async fn compare_step(&self, step: &PlanStep) -> Result<Vec<Difference>> {
        let (_, action) = self.action(&step.op)?;
        let now = action.observe(&step.input).await?;
        Ok(step.preconditions.differences(&now, true))
    }

    /// A command that finds a server on the same data hands its run over.
    async fn executes_here(&self) -> Result<bool> {
        if self.inner.options.serves {
            return Ok(true);
        }
        let now = self.inner.ports.clock.now();
        let since = now - self.inner.options.heartbeat * 3;
        let me = self.inner.ports.host.owner();
        let servers = self.inner.ports.ledger.servers(since).await?;
        Ok(!servers
            .iter()
            .any(|server| server.host != me.host || self.inner.ports.host.is_alive(server)))
    }

    fn announce(&self, plan: &Plan, kind: &str, state: &str) {
        self.bus().emit(BusEvent {
            plan_id: Some(plan.id.clone()),
            thread: plan.thread.clone(),
            summary: Some(plan.summary.clone()),
            state: Some(state.into()),
            ..BusEvent::new(kind)
        });
    }
}

/// The run of an approved plan before anything happened.
pub(super) fn run_of(plan: &Plan, approval: &Approval) -> Run {
    Run {
        id: format!("r_{}", Uuid::now_v7().simple()),
        plan_id: plan.id.clone(),
        op: plan.op.clone(),
        summary: plan.summary.clone(),
        state: RunState::Queued,
        created_by: plan.created_by.name.clone(),
        approved_by: approval.by.name.clone(),
        steps: plan
            .steps
            .iter()
            .map(|step| RunStep {
                id: step.id.clone(),
                title: step.title.clone(),
                op: step.op.clone(),
                target: step.target.clone(),
                target_name: step.target_name.clone(),
                state: StepState::Pending,
                upid: None,
                error: None,
                verify: None,
                started_at: None,
                finished_at: None,
            })
            .collect(),
        started_at: None,
        finished_at: None,
    }
}
