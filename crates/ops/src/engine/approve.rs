//! Consent: from a stored plan to a durable run.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use crate::{
    actor::Actor,
    bus::BusEvent,
    consent::Added,
    contract::{BeforeState, Observed},
    difference::in_words,
    error::{Code, Difference, Error, Result},
    gate::{Consent, Decision, Judged, is_same_person, worst},
    plan::{OnFailure, Plan, PlanState, PlanStep},
    policy::Ruling,
    ports::Opened,
    registry::{Consented, Registry},
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

    /// Takes the consent of the only person who has to agree. Where several have to, this one's is kept and
    /// the answer is an error that says who is missing: [`Registry::consent`] tells the two apart.
    pub async fn approve(&self, id: &str, consent: Consent) -> Result<Run> {
        match self.consent(id, consent).await? {
            Consented::Runs(run) => Ok(*run),
            Consented::Waits(plan) => Err(Error::new(Code::Conflict, missing(&plan))
                .hint("the approval is kept; another person approves the same digest")),
        }
    }

    /// Takes a consent. When the answer is a run, it is durable and on its way; it goes on without the
    /// caller.
    pub async fn consent(&self, id: &str, consent: Consent) -> Result<Consented> {
        let plan = self.plan(id).await?;
        let judged = self.judge(&plan)?;
        let now = self.inner.ports.clock.now();
        let (approval, ruling) = self
            .inner
            .gate
            .approve(&plan, &judged, &consent, now)
            .await
            .map_err(|error| match (&error.code, &plan.run_id) {
                (Code::PlanAlreadyApproved, Some(run)) => error.hint(format!("its run is {run}")),
                _ => error,
            })?;
        self.compare_with_world(&plan).await?;
        self.agree(plan, &judged, approval, &ruling).await
    }

    /// Counts the consent that was given before a plan was made, and runs it when nobody else has to agree;
    /// false when there is none.
    pub(super) async fn run_beforehand(&self, plan: &Plan) -> Result<bool> {
        let judged = self.judge(plan)?;
        let now = self.inner.ports.clock.now();
        let gate = &self.inner.gate;
        let Some((approval, ruling)) = gate.approve_beforehand(plan, &judged, now).await? else {
            return Ok(false);
        };
        self.agree(plan.clone(), &judged, approval, &ruling).await?;
        Ok(true)
    }

    /// Counts who agreed, and opens the run with the last one who has to.
    async fn agree(
        &self,
        plan: Plan,
        judged: &[Judged],
        mut approval: Approval,
        ruling: &Ruling,
    ) -> Result<Consented> {
        let needed = if ruling.decision == Decision::Ask {
            ruling.people as usize
        } else {
            1
        };
        if needed > 1 {
            let gate = &self.inner.gate;
            if plan
                .approvals
                .iter()
                .any(|earlier| is_same_person(&earlier.by, &approval.by))
            {
                return Err(twice(&approval));
            }
            let given = match self.inner.ports.ledger.add_approval(&approval).await? {
                Added::Yes(given) => given,
                Added::Twice => return Err(twice(&approval)),
                Added::Closed(state) => return Err(closed(&plan.id, state)),
                Added::NoSuchPlan => return Err(no_such_plan(&plan.id)),
            };
            approval.also = gate.others(&plan, judged, &given, &approval).await?;
            if approval.also.len() + 1 < needed {
                let plan = Plan {
                    ruling: Some(ruling.clone()),
                    ..self.plan(&plan.id).await?
                };
                self.announce(&plan, "plan.consented", "proposed");
                return Ok(Consented::Waits(Box::new(plan)));
            }
        }
        let run = self.open_run(&plan, &approval).await?;
        Ok(Consented::Runs(Box::new(run)))
    }

    async fn open_run(&self, plan: &Plan, approval: &Approval) -> Result<Run> {
        let (id, now) = (&plan.id, self.inner.ports.clock.now());
        let run = run_of(plan, approval);
        let here = self.executes_here().await?;
        let owner = here.then(|| self.inner.ports.host.owner());
        let opened = self
            .inner
            .ports
            .ledger
            .open_run(&run, approval, owner.as_ref(), now)
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
            Opened::NotProposed(state) => return Err(closed(id, state)),
            Opened::NoSuchPlan => return Err(no_such_plan(id)),
        }
        self.announce(plan, "plan.approved", "approved");
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

    /// Closes a plan that waits, because another one takes its place, and gives it as it is then.
    pub async fn withdraw(&self, id: &str) -> Result<Plan> {
        let ledger = &self.inner.ports.ledger;
        if ledger.close_plan(id, PlanState::Expired, None).await? {
            let plan = self.plan(id).await?;
            self.announce(&plan, "plan.expired", "expired");
            return Ok(plan);
        }
        self.plan(id).await
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

    /// The risk of a plan as its operations judge it now.
    pub fn risk_of(&self, plan: &Plan) -> Result<Risk> {
        Ok(worst(&self.judge(plan)?))
    }

    /// The steps of a plan as their operations judge them now; what the row says is not trusted. The risk of
    /// their inverses counts where they are part of the plan.
    pub(super) fn judge(&self, plan: &Plan) -> Result<Vec<Judged>> {
        plan.steps
            .iter()
            .map(|step| {
                let (entry, action) = self.action(&step.op)?;
                let mut risk = action.assess(&step.input)?;
                if plan.on_failure == OnFailure::RollBack {
                    let before = BeforeState::from(&step.preconditions);
                    if let Some(inverse) = action.undo(&step.input, &before)? {
                        risk = risk.max(self.entry(&inverse.op)?.risk);
                    }
                }
                Ok(Judged {
                    risk,
                    scope: entry.scope,
                })
            })
            .collect()
    }

    async fn compare_with_world(&self, plan: &Plan) -> Result<()> {
        let glances = self.inner.gate.glance(&plan.steps).await?;
        let comparisons: Vec<_> = plan
            .steps
            .iter()
            .map(|step| self.compare_step(step, glances.get(&step.target)))
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
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            Code::PreconditionChanged,
            format!(
                "the cluster changed since the plan was made: {}",
                in_words(&differences)
            ),
        )
        .hint("plan again and look at the new plan")
        .difference(differences))
    }

    /// With a glance nothing is asked of the cluster here: what it does not tell is compared right before
    /// the step.
    async fn compare_step(
        &self,
        step: &PlanStep,
        glance: Option<&Observed>,
    ) -> Result<Vec<Difference>> {
        if let Some(differences) =
            glance.and_then(|glance| step.preconditions.differences_at_a_glance(glance))
        {
            return Ok(differences);
        }
        let (_, action) = self.action(&step.op)?;
        let now = action.observe(&step.input).await?;
        Ok(step.preconditions.differences(&now, true))
    }

    /// A command that finds a server on the same data hands its run over.
    pub(super) async fn executes_here(&self) -> Result<bool> {
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
        approved_by: approval.words(),
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

fn no_such_plan(id: &str) -> Error {
    Error::not_found(format!(
        "there is no plan `{}`",
        crate::registry::clip(id, 60)
    ))
}

fn closed(id: &str, state: PlanState) -> Error {
    let code = match state {
        PlanState::Rejected => Code::PlanRejected,
        PlanState::Expired | PlanState::Proposed | PlanState::Approved => Code::PlanExpired,
    };
    Error::new(code, format!("plan {id} is {}", state.as_str()))
}

fn twice(approval: &Approval) -> Error {
    Error::new(
        Code::Conflict,
        format!(
            "{} has approved plan {} already: another person has to agree",
            approval.by.person(),
            approval.plan_id
        ),
    )
}

/// `anna approved plan p_1; 1 more person has to agree`.
fn missing(plan: &Plan) -> String {
    let people: Vec<&str> = plan
        .approvals
        .iter()
        .map(|one| one.by.name.as_str())
        .collect();
    let needed = plan
        .ruling
        .as_ref()
        .map_or(1, |ruling| ruling.people as usize);
    let more = needed.saturating_sub(people.len()).max(1);
    format!(
        "{} approved plan {}; {more} more {} to agree",
        people.join(", "),
        plan.id,
        if more == 1 {
            "person has"
        } else {
            "people have"
        }
    )
}
