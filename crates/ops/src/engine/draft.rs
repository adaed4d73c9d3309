//! From wishes to one stored plan.

use serde_json::Value;
use uuid::Uuid;

use super::passed_over::PassedOver;
use crate::{
    actor::{Call, Role, Surface},
    bus::BusEvent,
    contract::{BeforeState, Draft, Level, Signal, WhenUnfit, Wish, WishOrder},
    error::{Code, Error, Result},
    gate::{Consent, Decision, worst},
    left_out::LeftOut,
    plan::{Confirm, OnFailure, Plan, PlanState, PlanStep},
    policy::Ruling,
    registry::{Acted, Registry},
    risk::{Risk, Scope},
    run::RunState,
};

/// More steps than this in one plan are refused: nobody can read them.
const MAX_STEPS: usize = 2_000;

/// What stands over the steps of a plan.
#[derive(Default)]
struct Heading {
    /// What was wished, each once.
    ops: Vec<String>,
    summaries: Vec<String>,
    preflight: Vec<Signal>,
    left_out: Vec<LeftOut>,
    /// For each draft the first one that it waits for: those of one composite whose wishes follow each other.
    waits_from: Vec<Option<usize>>,
    /// For each draft its turn; they never fall, so that no step depends on one of a later turn.
    turns: Vec<u32>,
}

impl Registry {
    /// Wishes an action. On a cluster this only plans; on the product's own data, from a person's surface,
    /// the call is the consent and it is done when this returns, unless this process plans only.
    pub async fn act(&self, call: &Call, name: &str, input: Value) -> Result<Acted> {
        let plan = self
            .plan_wishes(
                call,
                vec![Wish {
                    op: name.to_owned(),
                    input,
                }],
            )
            .await?;
        let actor = &call.actor;
        let passes = plan
            .ruling
            .as_ref()
            .is_some_and(|ruling| ruling.decision == Decision::Pass);
        let is_consent = plan.scope == Scope::Product
            && actor.surface.is_a_persons()
            && passes
            && !self.inner.options.plans_only;
        if !is_consent {
            return Ok(Acted::Planned(Box::new(plan)));
        }
        let run_id = match &plan.run_id {
            Some(run_id) => run_id.clone(),
            None => {
                let consent = Consent {
                    actor: actor.clone(),
                    digest: plan.digest.clone(),
                    // The call names the object itself: typing it again would prove nothing more.
                    confirm: plan.confirm.as_ref().map(|confirm| confirm.text.clone()),
                };
                self.approve(&plan.id, consent).await?.id
            }
        };
        let ended = self.wait(&run_id, &call.cancel).await?;
        if ended.run.state == RunState::Succeeded {
            let output = ended
                .memory
                .into_iter()
                .next_back()
                .and_then(|memory| memory.output);
            return Ok(Acted::Done(output.unwrap_or(Value::Null)));
        }
        let text = ended
            .run
            .steps
            .iter()
            .find_map(|step| step.error.clone())
            .unwrap_or_else(|| format!("`{name}` ended {}", ended.run.state.as_str()));
        Err(Error::new(Code::Conflict, text))
    }

    /// Plans several wishes as one: in the order given, each step after earlier steps on the same target,
    /// one risk, one digest, one approval. Nothing changes, unless a person wrote beforehand that it may:
    /// a rule that lets it pass, or a standing approval. Then the plan comes back approved, with its run; not
    /// where this process plans only.
    pub async fn plan_wishes(&self, call: &Call, wishes: Vec<Wish>) -> Result<Plan> {
        let plan = self.draft_wishes(call, wishes).await?;
        self.inner.ports.ledger.insert_plan(&plan).await?;
        self.bus().emit(BusEvent {
            plan_id: Some(plan.id.clone()),
            thread: plan.thread.clone(),
            summary: Some(plan.summary.clone()),
            state: Some("proposed".into()),
            ..BusEvent::new("plan.proposed")
        });
        if self.inner.options.plans_only {
            return Ok(plan);
        }
        match self.run_beforehand(&plan).await {
            Ok(true) => self.plan(&plan.id).await,
            Ok(false) => Ok(plan),
            // The plan is there and can be approved; what stood in the way will be said then.
            Err(error) => {
                tracing::warn!(plan.id = %plan.id, %error, "a plan with consent given beforehand did not start");
                self.plan(&plan.id).await
            }
        }
    }

    /// What [`Registry::plan_wishes`] would plan, without proposing it to anybody: nothing is stored, so
    /// nothing can be approved.
    pub async fn draft_wishes(&self, call: &Call, wishes: Vec<Wish>) -> Result<Plan> {
        let mut plan = self.draft_unjudged(call, wishes).await?;
        let judged = self.judge(&plan)?;
        let facts = self.inner.gate.facts(&plan.steps).await?;
        let wisher = (call.actor.role, call.actor.surface);
        let gate = &self.inner.gate;
        let ruling = gate.rule(wisher, &plan.steps, &judged, &facts).await?;
        if ruling.decision == Decision::Never {
            return Err(Error::forbidden(ruling.why));
        }
        for (step, facts) in plan.steps.iter_mut().zip(facts) {
            step.facts = facts.target.known.then_some(facts.target);
        }
        plan.ruling = Some(ruling);
        Ok(plan)
    }

    /// What the policy says to a plan now, if somebody of this role wished it on this surface, and how bad
    /// the plan is.
    pub(crate) async fn rule_on(
        &self,
        wisher: (Role, Surface),
        plan: &Plan,
    ) -> Result<(Ruling, Risk)> {
        let judged = self.judge(plan)?;
        let gate = &self.inner.gate;
        let facts = gate.facts(&plan.steps).await?;
        let ruling = gate.rule(wisher, &plan.steps, &judged, &facts).await?;
        Ok((ruling, worst(&judged)))
    }

    /// A plan on which the policy has not spoken yet.
    pub(crate) async fn draft_unjudged(&self, call: &Call, mut wishes: Vec<Wish>) -> Result<Plan> {
        let call = &call.for_a_plan();
        let on_failure = take_on_failure(call.on_failure, &mut wishes)?;
        let mut drafts = Vec::with_capacity(wishes.len());
        let mut scope = Scope::Product;
        let mut heading = Heading::default();
        let mut turn = 0;
        for wish in wishes {
            self.may_wish(call, &wish.op).await?;
            if !heading.ops.contains(&wish.op) {
                heading.ops.push(wish.op.clone());
            }
            let (parts, whole, order, mut over) = match self.compose(call, &wish).await? {
                None => {
                    let order = WishOrder::SideBySide;
                    let over = PassedOver::new(None, order, WhenUnfit::LeavesOut);
                    (vec![wish], None, order, over)
                }
                Some((composed, order, unfit)) => {
                    heading.preflight.extend(composed.preflight);
                    heading.left_out.extend(composed.left_out);
                    let over = PassedOver::new(Some(composed.wishes.len()), order, unfit);
                    (composed.wishes, Some(composed.summary), order, over)
                }
            };
            let first = drafts.len();
            let mut summaries = Vec::with_capacity(parts.len());
            for part in parts {
                self.may_wish(call, &part.op).await?;
                let (entry, action) = self.action(&part.op)?;
                if entry.scope == Scope::Cluster {
                    scope = Scope::Cluster;
                }
                let drafted = action.plan(call.clone(), part.input).await;
                let Some(draft) = over.judge(drafted)? else {
                    continue;
                };
                summaries.push(draft.summary.clone());
                if order == WishOrder::InTurn && drafts.len() > first {
                    turn += 1;
                }
                heading.turns.push(turn);
                heading.waits_from.push(match order {
                    WishOrder::SideBySide | WishOrder::InTurn => None,
                    WishOrder::OneAfterAnother => Some(first),
                });
                drafts.push((entry.name, draft));
            }
            if order == WishOrder::InTurn && drafts.len() > first + 1 {
                heading.preflight.push(in_turn());
            }
            heading.left_out.extend(over.end(drafts.len() - first)?);
            // A composite says in one sentence what its parts would say in many.
            heading
                .summaries
                .extend(whole.map_or(summaries, |whole| vec![whole]));
        }
        self.assemble(call, scope, heading, drafts, on_failure)
    }

    fn assemble(
        &self,
        call: &Call,
        scope: Scope,
        heading: Heading,
        drafts: Vec<(&'static str, Draft<Value>)>,
        on_failure: OnFailure,
    ) -> Result<Plan> {
        let mut steps: Vec<PlanStep> = Vec::new();
        let mut preflight = heading.preflight;
        let mut begins: Vec<usize> = Vec::with_capacity(drafts.len());
        for (at, (op, draft)) in drafts.into_iter().enumerate() {
            let (_, action) = self.action(op)?;
            let offset = steps.len();
            begins.push(offset);
            let first = heading.waits_from.get(at).copied().flatten();
            let turn = heading.turns.get(at).copied().unwrap_or_default();
            let waits_from = first.and_then(|first| begins.get(first).copied());
            let waits_for: Vec<String> = (waits_from.unwrap_or(offset)..offset)
                .map(step_id)
                .collect();
            for step in draft.steps {
                let before = BeforeState::from(&step.observed);
                let along = action.along(&step.step, &step.observed)?;
                let mut depends_on: Vec<String> = step
                    .depends_on
                    .iter()
                    .map(|at| step_id(offset + at))
                    .chain(waits_for.iter().cloned())
                    .collect();
                // Two steps on one target never run side by side, whoever drafted them.
                if let Some(earlier) = steps
                    .iter()
                    .rev()
                    .find(|s| s.target == step.target.reference)
                    && !depends_on.contains(&earlier.id)
                {
                    depends_on.push(earlier.id.clone());
                }
                steps.push(PlanStep {
                    id: step_id(steps.len()),
                    op: op.to_owned(),
                    title: step.title,
                    target: step.target.reference,
                    target_name: step.target.name,
                    node: step.target.node,
                    storage: step.target.storage,
                    depends_on,
                    turn,
                    change: step.change,
                    interruption_s: step.interruption.map(|time| time.as_secs()),
                    undo: action.undo(&step.step, &before)?.is_some(),
                    risk: action.assess(&step.step)?,
                    input: step.step,
                    preconditions: step.observed,
                    along,
                    facts: None,
                });
            }
            for signal in draft.preflight {
                if !preflight.contains(&signal) {
                    preflight.push(signal);
                }
            }
        }
        if steps.is_empty() {
            return Err(Error::new(Code::Conflict, "there is nothing to do"));
        }
        if steps.len() > MAX_STEPS {
            return Err(Error::invalid(format!(
                "this is {} steps; one plan holds at most {MAX_STEPS}",
                steps.len()
            ))
            .hint("select fewer targets"));
        }
        if on_failure == OnFailure::RollBack {
            preflight.extend(without_a_way_back(&steps));
        }
        let now = self.inner.ports.clock.now();
        let mut plan = Plan {
            id: format!("p_{}", Uuid::now_v7().simple()),
            op: heading.ops.join("+"),
            digest: String::new(),
            // Judged below, when there is a plan to judge.
            risk: Risk::Destructive,
            scope,
            summary: heading.summaries.join(", then "),
            state: PlanState::Proposed,
            created_by: call.actor.clone(),
            created_at: now,
            expires_at: now
                + match call.actor.surface {
                    Surface::Schedule => self.inner.options.scheduled_plan_expiry,
                    Surface::Cli | Surface::Web | Surface::Api | Surface::Chat | Surface::Mcp => {
                        self.inner.options.plan_expiry
                    }
                },
            run_id: None,
            thread: call.thread.clone(),
            confirm: None,
            preflight,
            left_out: heading.left_out,
            irreversible: steps
                .iter()
                .filter(|s| !s.undo)
                .map(|s| s.id.clone())
                .collect(),
            steps,
            on_failure,
            rehearsal: None,
            ruling: None,
            approvals: Vec::new(),
        };
        plan.risk = self.risk_of(&plan)?;
        plan.confirm = confirm(plan.risk, &plan.steps);
        plan.digest = plan.compute_digest();
        Ok(plan)
    }
}

/// The key beside the input of an action, on every surface.
pub(crate) const ON_FAILURE: &str = "on_failure";

/// Takes out of the inputs what follows a failure. Several wishes that say it have to agree.
fn take_on_failure(of_call: OnFailure, wishes: &mut [Wish]) -> Result<OnFailure> {
    let mut said: Option<OnFailure> = None;
    for wish in wishes {
        let Some(value) = wish
            .input
            .as_object_mut()
            .and_then(|input| input.remove(ON_FAILURE))
        else {
            continue;
        };
        if value.is_null() {
            continue;
        }
        let way = value.as_str().and_then(OnFailure::parse).ok_or_else(|| {
            Error::invalid(format!(
                "`{ON_FAILURE}` of `{}` is none of continue, stop and roll_back",
                wish.op
            ))
        })?;
        if said.is_some_and(|other| other != way) {
            return Err(Error::invalid(format!(
                "one plan has one answer to a failure, but its parts say different things of `{ON_FAILURE}`"
            )));
        }
        said = Some(way);
    }
    Ok(said.unwrap_or(of_call))
}

/// Whoever approves an ordered list is told that it is one.
fn in_turn() -> Signal {
    Signal {
        signal: "in_turn".to_owned(),
        level: Level::Info,
        text: "the operations follow each other: each begins when all steps of the one before have ended"
            .to_owned(),
        target: None,
    }
}

/// What stays as it is when the plan is rolled back.
fn without_a_way_back(steps: &[PlanStep]) -> Vec<Signal> {
    steps
        .iter()
        .filter(|step| !step.undo)
        .map(|step| Signal {
            signal: "no_way_back".to_owned(),
            level: Level::Warning,
            text: format!(
                "`{}` cannot be taken back when a later step fails",
                step.title
            ),
            target: Some(step.target.clone()),
        })
        .collect()
}

fn step_id(at: usize) -> String {
    format!("s{}", at + 1)
}

/// The verb of an operation's name: `delete` of `snapshots.delete`.
pub fn verb_of(op: &str) -> &str {
    op.split_once('.').map_or(op, |(_, verb)| verb)
}

/// What has to be typed before destructive work: the target's name, or `delete 12` for several.
pub(crate) fn confirm(risk: Risk, steps: &[PlanStep]) -> Option<Confirm> {
    if risk != Risk::Destructive {
        return None;
    }
    let destructive: Vec<&PlanStep> = steps
        .iter()
        .filter(|step| step.risk == Risk::Destructive)
        .collect();
    let text = match destructive.as_slice() {
        // Only the way back of a plan that rolls back is destructive.
        [] => format!("roll back {}", steps.len()),
        [only] => only.target_name.clone(),
        [first, ..] => format!("{} {}", verb_of(&first.op), destructive.len()),
    };
    Some(Confirm {
        prompt: format!("This cannot be taken back. Type `{text}` to confirm."),
        text,
    })
}
