//! The only place where a plan becomes something that may be started.
//!
//! Fails closed: every path that is not an explicit yes is a no. No model is anywhere near this file.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use crate::{
    actor::{Actor, Role, Surface},
    consent::{Freeze, StandingApproval, role_now},
    contract::Observed,
    engine,
    error::{Code, Error, Result},
    plan::{OnFailure, Plan, PlanState, PlanStep},
    policy::{self, Asked, FactSource, PolicySource, Ruling, StepFacts, TargetFacts},
    ports::{Clock, Ledger},
    risk::{Risk, Scope},
    run::Approval,
};

pub use crate::policy::{Decision, Policy};

/// From so many targets on a consent is compared with what one list tells of them. Each is looked at by
/// itself right before its step in any case.
const GLANCE_FROM: usize = 17;

/// A step that somebody with the right to do so has accepted. Only [`Gate`] can make one.
#[derive(Debug)]
pub struct Approved<S> {
    step: S,
    by: Actor,
    plan_id: String,
}

impl<S> Approved<S> {
    pub fn step(&self) -> &S {
        &self.step
    }

    /// Who consented.
    pub fn by(&self) -> &str {
        self.by.person()
    }

    /// The same, with role and surface.
    pub(crate) fn approver(&self) -> &Actor {
        &self.by
    }

    pub fn plan_id(&self) -> &str {
        &self.plan_id
    }
}

/// A consent: who, to which digest, and what they typed where that is demanded.
#[derive(Clone, Debug)]
pub struct Consent {
    pub actor: Actor,
    pub digest: String,
    pub confirm: Option<String>,
}

/// One step of a plan as its operation judges it now; the label in the row is not trusted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) risk: Risk,
    pub(crate) scope: Scope,
}

/// The worst of several steps.
pub(crate) fn worst(judged: &[Judged]) -> Risk {
    judged
        .iter()
        .map(|step| step.risk)
        .fold(Risk::Reversible, Risk::max)
}

/// What a judgement rests on besides the policy.
struct Around {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    facts: Option<Arc<dyn FactSource>>,
    operations: Vec<&'static str>,
}

/// The rules and the freeze of one moment.
struct InForce {
    policy: Arc<Policy>,
    freeze: Option<Freeze>,
}

/// Turns consent into approval, and approval into steps that may be started.
pub struct Gate {
    source: Arc<dyn PolicySource>,
    around: Option<Around>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

impl Gate {
    /// A policy that stays as it is.
    pub fn new(policy: Policy) -> Self {
        Self::over(Arc::new(Arc::new(policy)))
    }

    /// A policy that is asked for at each judgement.
    pub fn over(source: Arc<dyn PolicySource>) -> Self {
        Self {
            source,
            around: None,
        }
    }

    pub(crate) fn attach(
        &mut self,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        facts: Option<Arc<dyn FactSource>>,
        operations: Vec<&'static str>,
    ) {
        self.around = Some(Around {
            ledger,
            clock,
            facts,
            operations,
        });
    }

    fn around(&self) -> Result<&Around> {
        self.around
            .as_ref()
            .ok_or_else(|| Error::internal("the gate stands alone: nothing passes"))
    }

    /// The policy as it is now, checked against the operations there are.
    pub async fn policy(&self) -> Arc<Policy> {
        let policy = self.source.policy().await;
        let Some(around) = &self.around else {
            return policy;
        };
        match misspelt(&policy, &around.operations) {
            None => policy,
            Some(why) => Arc::new(Policy {
                broken: Some(why),
                ..Policy::clone(&policy)
            }),
        }
    }

    async fn in_force(&self) -> Result<InForce> {
        let around = self.around()?;
        Ok(InForce {
            policy: self.policy().await,
            freeze: around.ledger.frozen(around.clock.now()).await?,
        })
    }

    /// What the policy says to an operation before it is known what it will touch. Asks no cluster.
    pub(crate) async fn first_look(
        &self,
        op: &str,
        risk: Risk,
        scope: Scope,
        actor: &Actor,
    ) -> Result<Ruling> {
        let asked = Asked {
            op,
            risk,
            scope,
            role: actor.role,
            surface: actor.surface,
            target: None,
            along: &[],
        };
        let now = self.around()?.clock.now();
        if risk == Risk::Read {
            return Ok(policy::decide(&Policy::default(), None, &asked, now));
        }
        let in_force = self.in_force().await?;
        let freeze = in_force.freeze.as_ref();
        Ok(policy::decide(&in_force.policy, freeze, &asked, now))
    }

    /// What rules need to know of the targets of steps, as it is now. The cluster is asked only where a rule
    /// or a standing approval speaks of guests.
    pub(crate) async fn facts(&self, steps: &[PlanStep]) -> Result<Vec<StepFacts>> {
        let around = self.around()?;
        let wanted = self
            .policy()
            .await
            .rules
            .iter()
            .any(|rule| !rule.guests.is_empty())
            || self.any_standing_approval(around).await?;
        let known = match &around.facts {
            Some(source) if wanted => {
                let references: Vec<&str> = steps.iter().flat_map(StepFacts::references).collect();
                source.facts(&references).await?
            }
            Some(_) | None => HashMap::new(),
        };
        Ok(steps
            .iter()
            .map(|step| StepFacts::of(step, &known))
            .collect())
    }

    /// Every guest that is there, where that is at hand: what a selector of a rule fits today.
    pub(crate) async fn all_guests(&self) -> Option<Vec<TargetFacts>> {
        let source = self.around().ok()?.facts.as_ref()?;
        source.all().await
    }

    /// How the targets of many steps are now, by reference, as far as one list tells; nothing where they are
    /// few: those are looked at one by one.
    pub(crate) async fn glance(&self, steps: &[PlanStep]) -> Result<HashMap<String, Observed>> {
        let Some(source) = &self.around()?.facts else {
            return Ok(HashMap::new());
        };
        let mut references: Vec<&str> = steps.iter().map(|step| step.target.as_str()).collect();
        references.sort_unstable();
        references.dedup();
        if references.len() < GLANCE_FROM {
            return Ok(HashMap::new());
        }
        source.glance(&references).await
    }

    async fn any_standing_approval(&self, around: &Around) -> Result<bool> {
        let now = around.clock.now();
        let all = around.ledger.standing_approvals().await?;
        Ok(all.iter().any(|standing| standing.is_in_force(now)))
    }

    /// What the policy says to steps that somebody wishes, now. `judged` and `facts` go with `steps`.
    pub(crate) async fn rule(
        &self,
        wisher: (Role, Surface),
        steps: &[PlanStep],
        judged: &[Judged],
        facts: &[StepFacts],
    ) -> Result<Ruling> {
        let in_force = self.in_force().await?;
        let now = self.around()?.clock.now();
        if steps.len() != judged.len() || steps.len() != facts.len() {
            return Err(Error::internal("steps and judgements do not go together"));
        }
        steps
            .iter()
            .zip(judged)
            .zip(facts)
            .map(|((step, judged), facts)| {
                let asked = Asked {
                    op: &step.op,
                    risk: judged.risk,
                    scope: judged.scope,
                    role: wisher.0,
                    surface: wisher.1,
                    target: Some(&facts.target),
                    along: &facts.along,
                };
                policy::decide(&in_force.policy, in_force.freeze.as_ref(), &asked, now)
            })
            .reduce(Ruling::and)
            .ok_or_else(|| Error::internal("a plan without steps"))
    }

    /// The facts and the ruling of a stored plan, as they are now.
    async fn rule_anew(&self, plan: &Plan, judged: &[Judged]) -> Result<(Vec<StepFacts>, Ruling)> {
        let facts = self.facts(&plan.steps).await?;
        let wisher = (plan.created_by.role, plan.created_by.surface);
        let ruling = self.rule(wisher, &plan.steps, judged, &facts).await?;
        if ruling.decision == Decision::Never {
            return Err(Error::forbidden(ruling.why));
        }
        Ok((facts, ruling))
    }

    /// Judges a consent to a stored plan. `judged` is the plan as the operations see it *now*: the label
    /// on the plan is not trusted.
    pub(crate) async fn approve(
        &self,
        plan: &Plan,
        judged: &[Judged],
        consent: &Consent,
        now: Timestamp,
    ) -> Result<(Approval, Ruling)> {
        is_open(plan, now)?;
        let risk = worst(judged);
        policy::may_consent(risk.max(plan.risk), &consent.actor)?;
        let (_, ruling) = self.rule_anew(plan, judged).await?;
        let digest = is_unchanged(plan, risk)?;
        if consent.digest != digest {
            return Err(Error::new(
                Code::DigestMismatch,
                format!(
                    "consent was given to another digest than that of plan {}",
                    plan.id
                ),
            )
            .hint("read the plan again and approve the digest it shows"));
        }
        // From the steps and not from the row, which somebody may have edited.
        if let Some(confirm) = engine::confirm(risk, &plan.steps) {
            match consent.confirm.as_deref().map(str::trim) {
                None => {
                    return Err(Error::new(
                        Code::ConfirmRequired,
                        format!(
                            "this cannot be taken back: type `{}` to confirm",
                            confirm.text
                        ),
                    ));
                }
                Some(typed) if typed != confirm.text => {
                    return Err(Error::new(
                        Code::ConfirmMismatch,
                        format!("the confirmation must read `{}`", confirm.text),
                    ));
                }
                Some(_) => {}
            }
        }
        is_rehearsed(plan, &ruling)?;
        let approval = Approval {
            plan_id: plan.id.clone(),
            digest,
            by: consent.actor.clone(),
            at: now,
            rules: Vec::new(),
            standing: Vec::new(),
            also: Vec::new(),
        };
        Ok((approval, ruling))
    }

    /// The consent that somebody gave beforehand, if there is one for the whole plan: a written rule that
    /// lets it pass, or standing approvals of one person.
    pub(crate) async fn approve_beforehand(
        &self,
        plan: &Plan,
        judged: &[Judged],
        now: Timestamp,
    ) -> Result<Option<(Approval, Ruling)>> {
        is_open(plan, now)?;
        let (facts, ruling) = self.rule_anew(plan, judged).await?;
        let digest = is_unchanged(plan, worst(judged))?;
        if is_rehearsed(plan, &ruling).is_err() {
            return Ok(None);
        }
        let approval = |by: Actor| Approval {
            plan_id: plan.id.clone(),
            digest: digest.clone(),
            by,
            at: now,
            rules: Vec::new(),
            standing: Vec::new(),
            also: Vec::new(),
        };
        if ruling.passes_by_rule() {
            let by_rule = Approval {
                rules: ruling.rules.clone(),
                ..approval(plan.created_by.clone())
            };
            return Ok(Some((by_rule, ruling)));
        }
        if ruling.decision != Decision::Ask {
            return Ok(None);
        }
        let Some((by, standing)) = self.standing_for(plan, judged, &facts, now).await? else {
            return Ok(None);
        };
        let beforehand = Approval {
            standing,
            ..approval(by)
        };
        Ok(Some((beforehand, ruling)))
    }

    /// A person whose standing approvals cover every step, as they are now, and their ids.
    async fn standing_for(
        &self,
        plan: &Plan,
        judged: &[Judged],
        facts: &[StepFacts],
        now: Timestamp,
    ) -> Result<Option<(Actor, Vec<String>)>> {
        let ledger = &self.around()?.ledger;
        let risk = worst(judged);
        if risk == Risk::Destructive && !self.policy().await.standing_destructive {
            return Ok(None);
        }
        let mut all = ledger.standing_approvals().await?;
        all.retain(|standing| standing.is_in_force(now));
        let mut people: Vec<&Actor> = Vec::new();
        for standing in &all {
            if people.iter().all(|by| !is_of(standing, by)) {
                people.push(&standing.by);
            }
        }
        for person in people {
            let Some(by) = self.as_they_are(person, risk).await? else {
                continue;
            };
            let mut used: Vec<String> = Vec::new();
            let covered = plan.steps.iter().zip(facts).all(|(step, facts)| {
                let found = all.iter().find(|standing| {
                    is_of(standing, person) && standing.covers(&step.op, &facts.target, now)
                });
                if let Some(found) = found
                    && !used.contains(&found.id)
                {
                    used.push(found.id.clone());
                }
                found.is_some()
            });
            if covered {
                return Ok(Some((by, used)));
            }
        }
        Ok(None)
    }

    /// The person behind an earlier consent, with the rights of today; nothing when they have no account
    /// any more or may not consent to this.
    async fn as_they_are(&self, then: &Actor, risk: Risk) -> Result<Option<Actor>> {
        let ledger = &self.around()?.ledger;
        let Some(role) = role_now(ledger.as_ref(), then).await? else {
            return Ok(None);
        };
        let now = Actor {
            role,
            ..then.clone()
        };
        Ok(policy::may_consent(risk, &now).is_ok().then_some(now))
    }

    /// Of the approvals that others gave before: those that still count beside this one.
    pub(crate) async fn others(
        &self,
        plan: &Plan,
        judged: &[Judged],
        given: &[Approval],
        approval: &Approval,
    ) -> Result<Vec<Approval>> {
        let mut others: Vec<Approval> = Vec::new();
        for other in given {
            let counts = other.digest == approval.digest
                && other.plan_id == plan.id
                && !is_same_person(&other.by, &approval.by)
                && others.iter().all(|one| !is_same_person(&one.by, &other.by))
                && policy::may_consent(worst(judged), &other.by).is_ok()
                // Who signs in with a password must still be able to; the other ways know no account.
                && (other.by.surface != Surface::Web
                    || self.as_they_are(&other.by, worst(judged)).await?.is_some());
            if counts {
                others.push(other.clone());
            }
        }
        Ok(others)
    }

    /// Judges the way back of a run whose plan says `roll_back`: whoever consented to that plan consented to
    /// this, and to nothing beyond it.
    pub(crate) fn approve_roll_back(
        plan: &Plan,
        approval: &Approval,
        back: &Plan,
        judged: Risk,
        now: Timestamp,
    ) -> Result<Approval> {
        if plan.state != PlanState::Approved
            || approval.plan_id != plan.id
            || plan.compute_digest() != approval.digest
        {
            return Err(Error::forbidden(format!(
                "plan {} is not the one that {} approved",
                plan.id, approval.by.name
            )));
        }
        if plan.on_failure != OnFailure::RollBack {
            return Err(Error::forbidden(format!(
                "plan {} does not say that it is rolled back",
                plan.id
            )));
        }
        if judged > plan.risk {
            return Err(Error::forbidden(format!(
                "the way back is {} and {} consented to {} work",
                judged.as_str(),
                approval.by.name,
                plan.risk.as_str()
            )));
        }
        let stranger = back
            .steps
            .iter()
            .find(|step| plan.steps.iter().all(|known| known.target != step.target));
        if let Some(stranger) = stranger {
            return Err(Error::forbidden(format!(
                "the way back touches {}, which plan {} does not",
                stranger.target, plan.id
            )));
        }
        policy::may_consent(judged, &approval.by)?;
        Ok(Approval {
            plan_id: back.id.clone(),
            digest: back.compute_digest(),
            at: now,
            ..approval.clone()
        })
    }

    /// Admits one typed step of an approved plan. Everything is compared again: this may be another
    /// process than the one that took the consent, reading rows that somebody may have edited; and the
    /// rules, the freeze and the facts may have changed since.
    pub(crate) async fn admit<S>(
        &self,
        plan: &Plan,
        approval: &Approval,
        step: &PlanStep,
        judged: Judged,
        typed: S,
    ) -> Result<Approved<S>> {
        if plan.state != PlanState::Approved || approval.plan_id != plan.id {
            return Err(Error::forbidden(format!(
                "plan {} is not approved",
                plan.id
            )));
        }
        if plan.compute_digest() != approval.digest {
            return Err(Error::new(
                Code::DigestMismatch,
                format!(
                    "plan {} is not the one that {} approved",
                    plan.id, approval.by.name
                ),
            ));
        }
        if plan.step(&step.id) != Some(step) {
            return Err(Error::forbidden(format!(
                "step {} is not part of plan {}",
                step.id, plan.id
            )));
        }
        let steps = std::slice::from_ref(step);
        let facts = self.facts(steps).await?;
        let wisher = (plan.created_by.role, plan.created_by.surface);
        let ruling = self.rule(wisher, steps, &[judged], &facts).await?;
        if ruling.decision == Decision::Never {
            return Err(Error::forbidden(ruling.why));
        }
        let risk = judged.risk.max(step.risk);
        self.still_stands(approval, step, risk, &facts, &ruling)
            .await?;
        is_rehearsed(plan, &ruling)?;
        Ok(Approved {
            step: typed,
            by: approval.by.clone(),
            plan_id: plan.id.clone(),
        })
    }

    /// Whether the consent of a run still carries this step.
    async fn still_stands(
        &self,
        approval: &Approval,
        step: &PlanStep,
        risk: Risk,
        facts: &[StepFacts],
        ruling: &Ruling,
    ) -> Result<()> {
        if !approval.rules.is_empty() {
            // Passed without a person: only as long as the rules let it pass.
            return match ruling.decision {
                Decision::Pass => Ok(()),
                Decision::Ask | Decision::Never => Err(Error::forbidden(format!(
                    "the rules let this pass without a person before, and do not now: {}",
                    ruling.why
                ))),
            };
        }
        policy::may_consent(risk, &approval.by)?;
        if !approval.standing.is_empty() {
            let (now, ledger) = (self.around()?.clock.now(), &self.around()?.ledger);
            let mut covered = false;
            for id in &approval.standing {
                covered |= ledger
                    .standing_approval(id)
                    .await?
                    .zip(facts.first())
                    .is_some_and(|(standing, facts)| standing.covers(&step.op, &facts.target, now));
            }
            if !covered || self.as_they_are(&approval.by, risk).await?.is_none() {
                return Err(Error::forbidden(format!(
                    "the {} does not cover this step any more",
                    approval.words()
                )));
            }
        }
        let mut people: Vec<&Actor> = vec![&approval.by];
        for other in &approval.also {
            if other.digest == approval.digest
                && people.iter().all(|one| !is_same_person(one, &other.by))
            {
                policy::may_consent(risk, &other.by)?;
                people.push(&other.by);
            }
        }
        if ruling.decision == Decision::Ask && people.len() < ruling.people as usize {
            return Err(Error::forbidden(format!(
                "{}, and {} did",
                ruling.why,
                people.len()
            )));
        }
        Ok(())
    }
}

/// Whether two consents come from one person. The command line knows no sign-in: whoever sits there is one
/// person, whatever they call themselves.
pub(crate) fn is_same_person(one: &Actor, other: &Actor) -> bool {
    one.person() == other.person() || (one.surface == Surface::Cli && other.surface == Surface::Cli)
}

/// Whether a standing approval is of this person. A name at the command line is not the account of that name.
fn is_of(standing: &StandingApproval, person: &Actor) -> bool {
    let is_local = |actor: &Actor| actor.surface == Surface::Cli;
    standing.by.person() == person.person() && is_local(&standing.by) == is_local(person)
}

/// A rule about an operation that there is not protects nothing: the first such rule, as a sentence.
fn misspelt(policy: &Policy, operations: &[&str]) -> Option<String> {
    if policy.broken.is_some() {
        return None;
    }
    policy.rules.iter().find_map(|rule| {
        let is_known = |pattern: &str| {
            operations
                .iter()
                .any(|op| crate::selector::glob(pattern, op))
        };
        let (at, unknown) = rule
            .operations
            .iter()
            .enumerate()
            .find(|(_, pattern)| !is_known(pattern))?;
        let place = policy.place.as_deref().unwrap_or("the policy");
        let line = rule.operation_lines.get(at).unwrap_or(&rule.line);
        Some(format!(
            "{place}: line {line}: the rule `{}` speaks of `{unknown}`, and there is no such operation",
            rule.name
        ))
    })
}

fn is_open(plan: &Plan, now: Timestamp) -> Result<()> {
    match plan.state {
        PlanState::Proposed if now < plan.expires_at => Ok(()),
        PlanState::Proposed | PlanState::Expired => Err(expired(plan)),
        PlanState::Approved => Err(Error::new(
            Code::PlanAlreadyApproved,
            format!("plan {} was already approved", plan.id),
        )),
        PlanState::Rejected => Err(Error::new(
            Code::PlanRejected,
            format!("plan {} was rejected", plan.id),
        )
        .hint("plan again")),
    }
}

/// The digest of a plan that is still what it was proposed as.
fn is_unchanged(plan: &Plan, judged: Risk) -> Result<String> {
    if judged != plan.risk {
        return Err(Error::new(
            Code::DigestMismatch,
            format!(
                "plan {} is labelled {} but is {}",
                plan.id,
                plan.risk.as_str(),
                judged.as_str()
            ),
        )
        .hint("plan again"));
    }
    let digest = plan.compute_digest();
    if digest != plan.digest {
        return Err(Error::new(
            Code::DigestMismatch,
            format!("plan {} was changed after it was proposed", plan.id),
        )
        .hint("plan again"));
    }
    Ok(digest)
}

/// Where the ruling wants a rehearsal: there was one, of this plan, and it met no error.
fn is_rehearsed(plan: &Plan, ruling: &Ruling) -> Result<()> {
    if !ruling.rehearsal {
        return Ok(());
    }
    let refuse = |what: &str| {
        Err(
            Error::forbidden(format!("{}: plan {} {what}", ruling.why, plan.id))
                .hint("rehearse the plan, then approve it"),
        )
    };
    let Some(rehearsal) = &plan.rehearsal else {
        return refuse("has not been rehearsed");
    };
    if rehearsal.get("digest").and_then(|digest| digest.as_str()) != Some(&plan.digest) {
        return refuse("was rehearsed as another plan");
    }
    match rehearsal.get("errors").and_then(|errors| errors.as_array()) {
        Some(errors) if errors.is_empty() => Ok(()),
        Some(errors) => refuse(&format!("met {} errors in its rehearsal", errors.len())),
        None => refuse("does not say what its rehearsal met"),
    }
}

fn expired(plan: &Plan) -> Error {
    Error::new(
        Code::PlanExpired,
        format!("plan {} expired at {}", plan.id, plan.expires_at),
    )
    .hint("plan again: the cluster may have changed since")
}
