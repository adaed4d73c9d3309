//! Consent beyond a single click: the freeze that takes it from everybody, approvals that one person gave
//! and that wait for another, and standing approvals that a person wrote for work to come.

use async_trait::async_trait;
use jiff::{Timestamp, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::{Actor, Role, Surface},
    error::Result,
    plan::PlanState,
    policy::{TargetFacts, Window},
    run::Approval,
    selector::Selector,
};

/// One switch: while it is in force nothing changes, on no surface and in no process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Freeze {
    pub id: String,
    pub reason: String,
    /// Who froze: the account, or the name of its token.
    pub by: String,
    /// Whose token it was, where one froze. The audit chain keeps it; a freeze that is read again is without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// It ends by itself then; nothing when somebody has to thaw.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
}

impl Freeze {
    /// What a refusal says.
    pub fn sentence(&self) -> String {
        let until = self
            .until
            .map(|until| format!(" until {until}"))
            .unwrap_or_default();
        format!(
            "all changes are frozen by {}{until}: {}",
            self.by, self.reason
        )
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now >= until)
    }
}

/// Whether an operation is the switch itself, which has to work while everything else stands still.
pub(crate) fn is_the_switch(op: &str) -> bool {
    matches!(op, "incident.freeze" | "incident.thaw")
}

/// A consent that a person wrote beforehand: for exactly this operation, these guests, these times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingApproval {
    /// `sa_…`.
    pub id: String,
    /// Who wrote it, as they were then. What they may is looked up again at each use.
    pub by: Actor,
    pub op: String,
    /// Selectors, united.
    pub guests: Vec<String>,
    /// Times of the week; none for any time.
    pub times: Vec<String>,
    /// Zone of the times.
    pub time_zone: String,
    pub until: Timestamp,
    pub note: Option<String>,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub revoked_by: Option<String>,
}

impl StandingApproval {
    /// Whether it is neither revoked nor over.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.until
    }

    /// Whether it covers a step of this operation on this target at this time. What cannot be read covers
    /// nothing.
    pub fn covers(&self, op: &str, target: &TargetFacts, now: Timestamp) -> bool {
        self.op == op && self.is_in_force(now) && target.known && self.is_its_time(now) && {
            let guests: Result<Vec<Selector>, _> =
                self.guests.iter().map(|text| text.parse()).collect();
            guests.is_ok_and(|guests| target.fit_as_it_is(&guests))
        }
    }

    fn is_its_time(&self, now: Timestamp) -> bool {
        let Ok(zone) = TimeZone::get(&self.time_zone) else {
            return false;
        };
        let local = zone.to_datetime(now);
        self.times.is_empty()
            || self.times.iter().any(|text| {
                text.parse::<Window>()
                    .is_ok_and(|window| window.holds(local))
            })
    }
}

/// What came of [`Consents::add_approval`].
#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    /// All approvals that the plan has now, the oldest first.
    Yes(Vec<Approval>),
    /// This person's is there already.
    Twice,
    /// The plan is not `proposed` any more.
    Closed(PlanState),
    NoSuchPlan,
}

/// The durable memory of freezes, approvals and standing approvals. Each change adds its record to the
/// audit chain in the same transaction. Implemented by the [`crate::ports::Ledger`].
#[async_trait]
pub trait Consents: Send + Sync {
    /// The freeze in force.
    async fn frozen(&self, now: Timestamp) -> Result<Option<Freeze>>;
    /// False when one is in force already.
    async fn freeze(&self, freeze: &Freeze) -> Result<bool>;
    /// Ends the freeze in force; false when it is not in force any more.
    async fn thaw(&self, id: &str, by: &str, now: Timestamp) -> Result<bool>;

    /// Adds one person's approval to a plan that needs several.
    async fn add_approval(&self, approval: &Approval) -> Result<Added>;

    async fn insert_standing_approval(&self, standing: &StandingApproval) -> Result<()>;
    async fn standing_approval(&self, id: &str) -> Result<Option<StandingApproval>>;
    /// Newest first.
    async fn standing_approvals(&self) -> Result<Vec<StandingApproval>>;
    /// False when it is revoked already or not there.
    async fn revoke_standing_approval(&self, id: &str, by: &str, now: Timestamp) -> Result<bool>;

    /// What an account may do now; nothing when there is none.
    async fn role_of(&self, user: &str) -> Result<Option<Role>>;
}

/// What somebody who consented earlier may do now; nothing when their account is gone. The command line knows
/// no accounts: whoever may work on the data directory may do everything, so a consent given there stands
/// until it ends or is revoked. Where an account has the same name, its rights are those of the person.
pub(crate) async fn role_now(consents: &dyn Consents, then: &Actor) -> Result<Option<Role>> {
    Ok(match consents.role_of(then.person()).await? {
        Some(role) => Some(role.min(then.role)),
        None if then.surface == Surface::Cli => Some(then.role),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> StandingApproval {
        StandingApproval {
            id: "sa_1".into(),
            by: Actor::new("anna", Role::Operator, Surface::Web),
            op: "guests.reboot".into(),
            guests: vec!["tag=batch".into(), "web-02".into()],
            times: vec!["mon..fri 22:00-06:00".into()],
            time_zone: "Europe/Berlin".into(),
            until: "2026-06-01T00:00:00Z".parse().unwrap(),
            note: None,
            created_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            revoked_at: None,
            revoked_by: None,
        }
    }

    #[test]
    fn a_standing_approval_covers_its_operation_guests_and_times_and_nothing_else() {
        let batch = TargetFacts {
            known: true,
            name: "job-1".into(),
            tags: vec!["batch".into()],
            ..TargetFacts::default()
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        // A Wednesday evening: 22:30 in Berlin.
        let night = at("2026-03-04T21:30:00Z");
        let covers = |standing: &StandingApproval, facts: &TargetFacts| {
            standing.covers("guests.reboot", facts, night)
        };
        assert!(covers(&standing(), &batch));
        assert!(!standing().covers("guests.stop", &batch, night));
        assert!(!standing().covers("guests.reboot", &batch, at("2026-03-04T20:30:00Z")));
        assert!(!standing().covers("guests.reboot", &batch, at("2026-07-01T21:30:00Z")));
        let rows = [
            (
                "another guest",
                standing(),
                TargetFacts {
                    tags: vec!["prod".into()],
                    ..batch.clone()
                },
                false,
            ),
            (
                "by name",
                standing(),
                TargetFacts {
                    tags: vec![],
                    name: "web-02".into(),
                    ..batch.clone()
                },
                true,
            ),
            (
                "a guest that is not there",
                standing(),
                TargetFacts {
                    known: false,
                    ..batch.clone()
                },
                false,
            ),
            (
                "a tag to come",
                standing(),
                TargetFacts {
                    tags: vec![],
                    new_tags: vec!["batch".into()],
                    ..batch.clone()
                },
                false,
            ),
            (
                "revoked",
                StandingApproval {
                    revoked_at: Some(night),
                    ..standing()
                },
                batch.clone(),
                false,
            ),
            (
                "any time",
                StandingApproval {
                    times: vec![],
                    ..standing()
                },
                batch.clone(),
                true,
            ),
            (
                "unreadable guests",
                StandingApproval {
                    guests: vec!["tag".into(), "a=b".into()],
                    ..standing()
                },
                batch.clone(),
                false,
            ),
            (
                "unreadable times",
                StandingApproval {
                    times: vec!["noon".into()],
                    ..standing()
                },
                batch.clone(),
                false,
            ),
            (
                "unknown zone",
                StandingApproval {
                    time_zone: "Moon".into(),
                    ..standing()
                },
                batch.clone(),
                false,
            ),
        ];
        for (what, standing, facts, want) in rows {
            assert_eq!(covers(&standing, &facts), want, "{what}");
        }
    }
}
