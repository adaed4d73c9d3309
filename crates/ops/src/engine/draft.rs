//! From wishes to one stored plan.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    actor::Call,
    bus::BusEvent,
    contract::{BeforeState, Draft, Signal, Wish, WishOrder},
    error::{Code, Error, Result},
    gate::{Consent, Decision},
    plan::{Confirm, Plan, PlanState, PlanStep},
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
    /// For each draft the first one that it waits for: those of one composite whose wishes follow each other.
    waits_from: Vec<Option<usize>>,
}

impl Registry {
    /// Wishes an action. On a cluster this only plans; on the product's own data, from a person's surface,
    /// the call is the consent and it is done when this returns.
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
        let decision =
            self.inner
                .gate
                .policy()
                .decide(plan.risk, plan.scope, actor.role, actor.surface);
        if plan.scope == Scope::Cluster || decision != Decision::Pass {
            return Ok(Acted::Planned(Box::new(plan)));
        }
        let consent = Consent {
            actor: actor.clone(),
            digest: plan.digest.clone(),
            // The call names the object itself: typing it again would prove nothing more.
            confirm: plan.confirm.as_ref().map(|confirm| confirm.text.clone()),
        };
        let run = self.approve(&plan.id, consent).await?;
        let ended = self.wait(&run.id, &call.cancel).await?;
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
    /// one risk, one digest, one approval. Nothing changes.
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
        Ok(plan)
    }

    /// What [`Registry::plan_wishes`] would plan, without proposing it to anybody: nothing is stored, so
    /// nothing can be approved.
    pub async fn draft_wishes(&self, call: &Call, wishes: Vec<Wish>) -> Result<Plan> {
        let mut drafts = Vec::with_capacity(wishes.len());
        let mut scope = Scope::Product;
        let mut heading = Heading::default();
        for wish in wishes {
            self.may_wish(call, &wish.op)?;
            if !heading.ops.contains(&wish.op) {
                heading.ops.push(wish.op.clone());
            }
            let (parts, whole, order) = match self.compose(call, &wish).await? {
                None => (vec![wish], None, WishOrder::SideBySide),
                Some((composed, order)) => {
                    heading.preflight.extend(composed.preflight);
                    (composed.wishes, Some(composed.summary), order)
                }
            };
            let first = drafts.len();
            let mut summaries = Vec::with_capacity(parts.len());
            for part in parts {
                self.may_wish(call, &part.op)?;
                let (entry, action) = self.action(&part.op)?;
                if entry.scope == Scope::Cluster {
                    scope = Scope::Cluster;
                }
                let draft = action.plan(call.clone(), part.input).await?;
                summaries.push(draft.summary.clone());
                heading.waits_from.push(match order {
                    WishOrder::SideBySide => None,
                    WishOrder::OneAfterAnother => Some(first),
                });
                drafts.push((entry.name, draft));
            }
            // A composite says in one sentence what its parts would say in many.
            heading
                .summaries
                .extend(whole.map_or(summaries, |whole| vec![whole]));
        }
        self.assemble(call, scope, heading, drafts)
    }

    fn assemble(
        &self,
        call: &Call,
        scope: Scope,
        heading: Heading,
        drafts: Vec<(&'static str, Draft<Value>)>,
    ) -> Result<Plan> {
        let mut steps: Vec<PlanStep> = Vec::new();
        let mut preflight = heading.preflight;
        let mut begins: Vec<usize> = Vec::with_capacity(drafts.len());
        for (at, (op, draft)) in drafts.into_iter().enumerate() {
            let (_, action) = self.action(op)?;
            let offset = steps.len();
            begins.push(offset);
            let first = heading.waits_from.get(at).copied().flatten();
            let waits_from = first.and_then(|first| begins.get(first).copied());
            let waits_for: Vec<String> = (waits_from.unwrap_or(offset)..offset)
                .map(step_id)
                .collect();
            for step in draft.steps {
                let before = BeforeState::from(&step.observed);
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
                    change: step.change,
                    interruption_s: step.interruption.map(|time| time.as_secs()),
                    undo: action.undo(&step.step, &before)?.is_some(),
                    risk: action.assess(&step.step)?,
                    input: step.step,
                    preconditions: step.observed,
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
        let risk = steps
            .iter()
            .map(|step| step.risk)
            .max()
            .unwrap_or(Risk::Destructive);
        let now = self.inner.ports.clock.now();
        let mut plan = Plan {
            id: format!("p_{}", Uuid::now_v7().simple()),
            op: heading.ops.join("+"),
            digest: String::new(),
            risk,
            scope,
            summary: heading.summaries.join(", then "),
            state: PlanState::Proposed,
            created_by: call.actor.clone(),
            created_at: now,
            expires_at: now + self.inner.options.plan_expiry,
            run_id: None,
            thread: call.thread.clone(),
            confirm: confirm(risk, &steps),
            preflight,
            irreversible: steps
                .iter()
                .filter(|s| !s.undo)
                .map(|s| s.id.clone())
                .collect(),
            steps,
            rehearsal: None,
        };
        plan.digest = plan.compute_digest();
        Ok(plan)
    }
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
        [] => return None,
        [only] => only.target_name.clone(),
        [first, ..] => format!("{} {}", verb_of(&first.op), destructive.len()),
    };
    Some(Confirm {
        prompt: format!("This cannot be taken back. Type `{text}` to confirm."),
        text,
    })
}
