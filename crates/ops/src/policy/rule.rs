//! One rule: for what it speaks, and what it says.

use jiff::civil::DateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asked, Decision, Ruling, facts::Reading, window::Window};
use crate::{
    actor::{Role, Surface},
    risk::{Risk, Scope},
    selector::Selector,
};

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    pub decision: Decision,
    /// Different people who must agree; 1 unless the rule says more.
    pub people: u32,
    pub rehearsal: bool,
}

/// One rule. An empty list means "any", except where a rule lets something pass: what passes is named.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    /// Where it stands in its file.
    pub line: usize,
    /// Where its operations and its guests stand, each in the order of their list.
    pub operation_lines: Vec<usize>,
    pub guest_lines: Vec<usize>,
    pub risks: Vec<Risk>,
    pub roles: Vec<Role>,
    pub surfaces: Vec<Surface>,
    /// Names of operations; `*` stands for anything: `guests.*`.
    pub operations: Vec<String>,
    /// United, like a list of selectors anywhere.
    pub guests: Vec<Selector>,
    pub times: Vec<Window>,
    pub verdict: Verdict,
}

impl Rule {
    /// Whether the rule speaks of this step at this local time.
    pub fn fits(&self, asked: &Asked<'_>, local: DateTime) -> bool {
        any(&self.risks, &asked.risk)
            && any(&self.roles, &asked.role)
            && any(&self.surfaces, &asked.surface)
            && (self.operations.is_empty() || self.operations.iter().any(|op| glob(op, asked.op)))
            && (self.times.is_empty() || self.times.iter().any(|window| window.holds(local)))
            && self.fits_target(asked)
            && self.reaches(asked.risk)
    }

    /// What the rule says to this step at this local time; nothing where it does not speak of it.
    pub(super) fn says(&self, asked: &Asked<'_>, local: DateTime) -> Option<Ruling> {
        if self.fits(asked, local) {
            return Some(self.ruling());
        }
        // Nothing passes because of what a step takes along.
        if self.verdict.decision == Decision::Pass {
            return None;
        }
        let (op, guest) = asked.along.iter().find_map(|(ops, guest)| {
            let mut all = ops.iter().map(String::as_str).chain([asked.op]);
            let op = all.find(|&op| {
                let one = Asked {
                    op,
                    target: Some(guest),
                    ..*asked
                };
                self.fits(&one, local)
            })?;
            Some((op, guest))
        })?;
        let ruling = self.ruling();
        let is_the_target = asked
            .target
            .is_some_and(|target| (&target.cluster, target.id) == (&guest.cluster, guest.id));
        let because = if is_the_target {
            format!("it does what {op} does to {}", guest.said())
        } else {
            format!("it takes {} along", guest.said())
        };
        Some(Ruling {
            why: format!("{}, because {because}", ruling.why),
            ..ruling
        })
    }

    /// What loses data passes only by a rule that says so by name.
    fn reaches(&self, risk: Risk) -> bool {
        self.verdict.decision != Decision::Pass
            || risk != Risk::Destructive
            || !self.risks.is_empty()
    }

    fn fits_target(&self, asked: &Asked<'_>) -> bool {
        if self.guests.is_empty() {
            return true;
        }
        // What is no part of a cluster is no guest either.
        if asked.scope == Scope::Product {
            return false;
        }
        let Some(facts) = asked.target else {
            return false;
        };
        // What gives rights looks at what is; what takes them also at what is about to be.
        let reading = if self.verdict.decision == Decision::Pass {
            if !facts.known {
                return false;
            }
            Reading::AsItIs
        } else {
            Reading::AsItMayBecome
        };
        facts.fit(&self.guests, reading)
    }

    pub(super) fn ruling(&self) -> Ruling {
        let Verdict {
            decision,
            people,
            rehearsal,
        } = self.verdict;
        let what = match decision {
            Decision::Pass => "lets it pass".to_owned(),
            Decision::Never => "forbids it".to_owned(),
            Decision::Ask => {
                let people = match people {
                    0 | 1 => "asks a person".to_owned(),
                    n => format!("wants {n} people to agree"),
                };
                if rehearsal {
                    format!("{people} and a rehearsal without an error")
                } else {
                    people
                }
            }
        };
        Ruling {
            decision,
            people,
            rehearsal,
            rules: vec![self.name.clone()],
            why: format!("the rule `{}` {what}", self.name),
        }
    }
}

fn any<T: PartialEq>(list: &[T], value: &T) -> bool {
    list.is_empty() || list.contains(value)
}

/// `*` alone stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    crate::selector::glob(pattern, text)
}
