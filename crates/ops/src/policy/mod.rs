//! The policy: who may change what, from where, when, and who has to agree. Pure: everything that is judged
//! is handed in, and [`decide`] is the only place that judges.
//!
//! Rules add up; their order does not matter. For each step every rule that fits is heard, the strictest
//! wins, and what they demand is demanded together. Without a rule the built-in table decides. A rule can
//! never lift what stands above all rules: a viewer changes nothing, a freeze stops everything, and a
//! policy that cannot be read is a No.

mod facts;
mod file;
mod rule;
mod window;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{Timestamp, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use facts::{FactSource, StepFacts, TargetFacts};
pub use file::parse;
pub use rule::{Rule, Verdict};
pub use window::{Window, WindowError};

use crate::{
    actor::{Actor, Role, Surface},
    consent::Freeze,
    error::{Error, Result},
    risk::{Risk, Scope},
};

/// What the policy says to work of some risk, wished by some role on some surface.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Goes ahead without asking. For changes to a cluster only a written policy can say so.
    Pass,
    /// Needs a person who may consent.
    Ask,
    Never,
}

/// The rules in force.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The file, for people; nothing when none is configured.
    pub place: Option<String>,
    pub rules: Vec<Rule>,
    /// Times of rules are times of this zone.
    pub zone: TimeZone,
    /// Whether a standing approval may stand for destructive work.
    pub standing_destructive: bool,
    /// One sentence when the file cannot be used: then every change is a No.
    pub broken: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            place: None,
            rules: Vec::new(),
            zone: TimeZone::UTC,
            standing_destructive: false,
            broken: None,
        }
    }
}

/// Where the policy comes from. It is asked at each judgement, so that a changed file counts at once.
#[async_trait]
pub trait PolicySource: Send + Sync {
    /// What cannot be read is a [`Policy`] that says why.
    async fn policy(&self) -> Arc<Policy>;
}

#[async_trait]
impl PolicySource for Arc<Policy> {
    async fn policy(&self) -> Arc<Policy> {
        Self::clone(self)
    }
}

/// One step, as it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub op: &'a str,
    pub risk: Risk,
    pub scope: Scope,
    /// Of whoever wishes.
    pub role: Role,
    pub surface: Surface,
    /// Nothing while it is not known yet what the operation will touch.
    pub target: Option<&'a TargetFacts>,
    /// Guests that the step takes along, and as which operations it comes to them. They can only make the
    /// answer stricter.
    pub along: &'a [(Vec<String>, TargetFacts)],
}

/// The answer of [`decide`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ruling {
    pub decision: Decision,
    /// So many different people must agree, where somebody is asked.
    pub people: u32,
    /// The plan must have been rehearsed without an error.
    pub rehearsal: bool,
    /// Names of the rules that decided; empty for the built-in table.
    pub rules: Vec<String>,
    /// One sentence.
    pub why: String,
}

impl Ruling {
    fn new(decision: Decision, why: impl Into<String>) -> Self {
        Self {
            decision,
            people: 1,
            rehearsal: false,
            rules: Vec::new(),
            why: why.into(),
        }
    }

    /// Whether a written rule, and not the built-in table, lets it pass.
    pub fn passes_by_rule(&self) -> bool {
        self.decision == Decision::Pass && !self.rules.is_empty()
    }

    /// Two rulings on one plan: the stricter one, and the demands of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (people, rehearsal) = (
            self.people.max(other.people),
            self.rehearsal || other.rehearsal,
        );
        let (strict, mild) = if other.decision > self.decision {
            (other, self)
        } else {
            (self, other)
        };
        let mut rules = strict.rules;
        // A milder rule is named only if it demands something that stays demanded.
        if strict.decision == mild.decision {
            for rule in mild.rules {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            }
        }
        Self {
            people,
            rehearsal,
            rules,
            ..strict
        }
    }
}

/// Pure: the whole policy is this function, and its table test is exhaustive.
pub fn decide(
    policy: &Policy,
    freeze: Option<&Freeze>,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Ruling {
    if asked.risk == Risk::Read {
        return Ruling::new(Decision::Pass, "reading is free");
    }
    if asked.role == Role::Viewer {
        return Ruling::new(Decision::Never, "a viewer changes nothing");
    }
    if !crate::consent::is_the_switch(asked.op) {
        if let Some(freeze) = freeze {
            return Ruling::new(Decision::Never, freeze.sentence());
        }
        if let Some(why) = &policy.broken {
            return Ruling::new(Decision::Never, why);
        }
    }
    let local = policy.zone.to_datetime(now);
    policy
        .rules
        .iter()
        .filter_map(|rule| rule.says(asked, local))
        .reduce(Ruling::and)
        .unwrap_or_else(|| built_in(asked))
}

/// What holds where no rule speaks.
fn built_in(asked: &Asked<'_>) -> Ruling {
    match asked.scope {
        // On a person's own surface the call to change the product's own data is the consent.
        Scope::Product if asked.surface.is_a_persons() => Ruling::new(
            Decision::Pass,
            "a person's own call is the consent to change the product's own data",
        ),
        Scope::Product | Scope::Cluster => {
            Ruling::new(Decision::Ask, "no rule speaks of it, so a person is asked")
        }
    }
}

/// Whether this actor's yes counts for work of this risk.
pub fn may_consent(risk: Risk, actor: &Actor) -> Result<()> {
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
    let needed = needed_role(risk);
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

/// The least role whose yes counts for work of this risk.
pub fn needed_role(risk: Risk) -> Role {
    match risk {
        Risk::Read => Role::Viewer,
        Risk::Reversible | Risk::Disruptive => Role::Operator,
        Risk::Destructive => Role::Admin,
    }
}

#[cfg(test)]
mod tests;
