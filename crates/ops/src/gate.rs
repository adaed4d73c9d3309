//! The only place where a plan becomes something that may be started.
//!
//! Fails closed: every path that is not an explicit yes is a no. No model is anywhere near this file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    actor::{Actor, Role, Surface},
    engine,
    error::{Code, Error, Result},
    plan::{OnFailure, Plan, PlanState, PlanStep},
    risk::{Risk, Scope},
    run::Approval,
};

/// A step that somebody with the right to do so has accepted. Only [`Gate`] can make one.
#[derive(Debug)]
pub struct Approved<S> {
    step: S,
    by: String,
    plan_id: String,
}

impl<S> Approved<S> {
    pub fn step(&self) -> &S {
        &self.step
    }

    /// Who consented.
    pub fn by(&self) -> &str {
        &self.by
    }

    pub fn plan_id(&self) -> &str {
        &self.plan_id
    }
}

/// What the policy says to work of some risk, wished by some role on some surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Goes ahead without asking. For changes to a cluster only a written policy can say so.
    Pass,
    /// Needs a person who may consent.
    Ask,
    Never,
}

/// A consent: who, to which digest, and what they typed where that is demanded.
#[derive(Clone, Debug)]
pub struct Consent {
    pub actor: Actor,
    pub digest: String,
    pub confirm: Option<String>,
}

/// The table tier x role x surface.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// One switch that makes the gate say No on all surfaces, with the reason.
    pub frozen: Option<String>,
}

impl Policy {
    /// Pure: the whole policy is this function, and its table test is exhaustive.
    pub fn decide(&self, risk: Risk, scope: Scope, role: Role, surface: Surface) -> Decision {
        match (risk, role, scope) {
            (Risk::Read, _, _) => Decision::Pass,
            (_, Role::Viewer, _) => Decision::Never,
            _ if self.frozen.is_some() => Decision::Never,
            // On a person's own surface the call to change the product's own data is the consent.
            (_, Role::Operator | Role::Admin, Scope::Product) if surface.is_a_persons() => {
                Decision::Pass
            }
            (_, Role::Operator | Role::Admin, Scope::Product | Scope::Cluster) => Decision::Ask,
        }
    }

    /// Whether this actor's yes counts for work of this risk.
    pub fn may_consent(&self, risk: Risk, actor: &Actor) -> Result<()> {
        if let Some(reason) = &self.frozen {
            return Err(Error::forbidden(format!(
                "all changes are frozen: {reason}"
            )));
        }
        if !actor.surface.is_a_persons() {
            return Err(Error::forbidden(format!(
                "consent cannot come from {}",
                actor.surface.as_str()
            ))
            .hint(
                "a person approves on the command line, in the web console or with their own token",
            ));
        }
        if !actor.may_approve {
            return Err(Error::forbidden(format!(
                "the token of {} may plan but not approve",
                actor.name
            )));
        }
        let needed = match risk {
            Risk::Read => Role::Viewer,
            Risk::Reversible | Risk::Disruptive => Role::Operator,
            Risk::Destructive => Role::Admin,
        };
        if actor.role < needed {
            return Err(Error::forbidden(format!(
                "{} is {} and may not approve {} work",
                actor.name,
                actor.role.as_str(),
                risk.as_str()
            ))
            .hint(format!("ask somebody with the role {}", needed.as_str())));
        }
        Ok(())
    }
}

/// Turns consent into approval, and approval into steps that may be started.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    policy: Policy,
}

impl Gate {
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges a consent to a stored plan. `judged` is the plan's risk as the operations see it *now*:
    /// the label on the plan is not trusted.
    pub(crate) fn approve(
        &self,
        plan: &Plan,
        judged: Risk,
        consent: &Consent,
        now: Timestamp,
    ) -> Result<Approval> {
        match plan.state {
            PlanState::Proposed => {}
            PlanState::Approved => {
                return Err(Error::new(
                    Code::PlanAlreadyApproved,
                    format!("plan {} was already approved", plan.id),
                ));
            }
            PlanState::Rejected => {
                return Err(Error::new(
                    Code::PlanRejected,
                    format!("plan {} was rejected", plan.id),
                )
                .hint("plan again"));
            }
            PlanState::Expired => return Err(expired(plan)),
        }
        if now >= plan.expires_at {
            return Err(expired(plan));
        }
        self.policy
            .may_consent(judged.max(plan.risk), &consent.actor)?;
        match self.policy.decide(
            judged,
            plan.scope,
            plan.created_by.role,
            plan.created_by.surface,
        ) {
            Decision::Pass | Decision::Ask => {}
            Decision::Never => {
                return Err(Error::forbidden(format!(
                    "{} may not change anything, so their plan cannot be approved",
                    plan.created_by.name
                )));
            }
        }
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
        if let Some(confirm) = engine::confirm(judged, &plan.steps) {
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
        Ok(Approval {
            plan_id: plan.id.clone(),
            digest,
            by: consent.actor.clone(),
            at: now,
        })
    }

    /// Judges the way back of a run whose plan says `roll_back`: whoever consented to that plan consented to
    /// this, and to nothing beyond it.
    pub(crate) fn approve_roll_back(
        &self,
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
        self.policy.may_consent(judged, &approval.by)?;
        Ok(Approval {
            plan_id: back.id.clone(),
            digest: back.compute_digest(),
            by: approval.by.clone(),
            at: now,
        })
    }

    /// Admits one typed step of an approved plan. Everything is compared again: this may be another
    /// process than the one that took the consent, reading rows that somebody may have edited.
    pub(crate) fn admit<S>(
        &self,
        plan: &Plan,
        approval: &Approval,
        step: &PlanStep,
        judged: Risk,
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
        self.policy
            .may_consent(judged.max(step.risk), &approval.by)?;
        Ok(Approved {
            step: typed,
            by: approval.by.name.clone(),
            plan_id: plan.id.clone(),
        })
    }
}

fn expired(plan: &Plan) -> Error {
    Error::new(
        Code::PlanExpired,
        format!("plan {} expired at {}", plan.id, plan.expires_at),
    )
    .hint("plan again: the cluster may have changed since")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_table_is_exactly_this() {
        let policy = Policy::default();
        for risk in Risk::ALL {
            for role in Role::ALL {
                for surface in Surface::ALL {
                    let want = |scope| match (risk, role) {
                        (Risk::Read, _) => Decision::Pass,
                        (_, Role::Viewer) => Decision::Never,
                        _ if scope == Scope::Product
                            && [Surface::Cli, Surface::Web, Surface::Api].contains(&surface) =>
                        {
                            Decision::Pass
                        }
                        _ => Decision::Ask,
                    };
                    for scope in [Scope::Cluster, Scope::Product] {
                        assert_eq!(
                            policy.decide(risk, scope, role, surface),
                            want(scope),
                            "{risk:?} {scope:?} {role:?} {surface:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn consent_counts_only_from_a_person_with_the_right_role() {
        let policy = Policy::default();
        let mut allowed = Vec::new();
        for surface in Surface::ALL {
            for role in Role::ALL {
                for risk in [Risk::Reversible, Risk::Disruptive, Risk::Destructive] {
                    if policy
                        .may_consent(risk, &Actor::new("x", role, surface))
                        .is_ok()
                    {
                        allowed.push((surface, role, risk));
                    }
                }
            }
        }
        let want: Vec<_> = [Surface::Cli, Surface::Web, Surface::Api]
            .into_iter()
            .flat_map(|surface| {
                [
                    (surface, Role::Operator, Risk::Reversible),
                    (surface, Role::Operator, Risk::Disruptive),
                    (surface, Role::Admin, Risk::Reversible),
                    (surface, Role::Admin, Risk::Disruptive),
                    (surface, Role::Admin, Risk::Destructive),
                ]
            })
            .collect();
        assert_eq!(allowed, want);
    }

    #[test]
    fn a_freeze_makes_the_gate_say_no_everywhere_and_leaves_reading() {
        let policy = Policy {
            frozen: Some("storage incident".into()),
        };
        for role in Role::ALL {
            for surface in Surface::ALL {
                assert_eq!(
                    policy.decide(Risk::Reversible, Scope::Cluster, role, surface),
                    Decision::Never
                );
                assert_eq!(
                    policy.decide(Risk::Read, Scope::Cluster, role, surface),
                    Decision::Pass
                );
                assert!(
                    policy
                        .may_consent(Risk::Reversible, &Actor::new("x", role, surface))
                        .is_err()
                );
            }
        }
    }

    #[test]
    fn a_token_made_without_approval_rights_cannot_consent() {
        let mut actor = Actor::new("ci", Role::Admin, Surface::Api);
        actor.may_approve = false;
        assert!(
            Policy::default()
                .may_consent(Risk::Reversible, &actor)
                .is_err()
        );
    }
}
