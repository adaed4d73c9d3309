//! What a snapshot policy is, and where policies are kept: one document of the product's own store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ops::{Code, Error, Result, selector::Selector};
use pve::CalendarEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{model::name_problem, pruning::PREFIX};
use crate::ctx::Ctx;

const SETTING: &str = "snapshot_policies";
const NAME_CHARACTERS: usize = 40;
/// More than anybody should keep; storages grow slow long before.
const KEEP_MOST: u32 = 1_000;

/// Which guests are snapshotted when, and how many snapshots stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Policy {
    pub(super) name: String,
    /// Ids, names or selectors; they are looked up anew each time.
    pub(super) guests: Vec<String>,
    /// A calendar event of PVE, such as `mon..fri 02:30`.
    pub(super) schedule: String,
    /// So many snapshots of this policy stay for each guest.
    pub(super) keep: u32,
    /// How the names of its snapshots begin.
    pub(super) prefix: String,
    /// Whether the memory of running virtual machines is kept too.
    pub(super) memory: bool,
    /// Whether virtual machines whose file systems cannot be frozen are refused.
    pub(super) quiesce: bool,
}

impl Policy {
    /// `auto-NAME-`.
    pub(super) fn prefix_of(name: &str) -> String {
        format!("{PREFIX}{name}-")
    }

    /// The name of a snapshot that is taken now.
    pub(super) fn snapshot_name(&self, now: Timestamp) -> String {
        format!("{}{}", self.prefix, now.strftime("%Y%m%d-%H%M%S"))
    }

    /// Why this is no policy, if it is none.
    pub(super) fn check(&self, others: &Policies) -> Result<()> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > NAME_CHARACTERS || !self.name.chars().all(good)
        {
            return Err(Error::invalid(format!(
                "`{}` is no name for a policy: it needs 1 to {NAME_CHARACTERS} letters, digits, `-` or `_`",
                self.name
            )));
        }
        if self.guests.is_empty() {
            return Err(
                Error::invalid(format!("policy `{}` names no guest", self.name))
                    .hint("give ids, names or a selector such as `tag=web`"),
            );
        }
        for selector in &self.guests {
            selector
                .parse::<Selector>()
                .map_err(|error| Error::invalid(format!("`{selector}` is no selector: {error}")))?;
        }
        self.schedule
            .parse::<CalendarEvent>()
            .map_err(|error| Error::invalid(format!("schedule: {}", error.in_words())))?;
        if self.keep == 0 || self.keep > KEEP_MOST {
            return Err(Error::invalid(format!(
                "policy `{}` keeps {} snapshots: between 1 and {KEEP_MOST} can be kept",
                self.name, self.keep
            )));
        }
        if let Some(problem) = name_problem(&self.snapshot_name(Timestamp::UNIX_EPOCH)) {
            return Err(Error::invalid(format!(
                "`{}` cannot begin the names of snapshots: {problem}",
                self.prefix
            ))
            .hint("the time is added to it, which takes 15 characters"));
        }
        let clash = others.0.values().find(|other| {
            other.name != self.name
                && (other.prefix.starts_with(&self.prefix)
                    || self.prefix.starts_with(&other.prefix))
        });
        if let Some(other) = clash {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "policy `{}` would prune the snapshots of policy `{}`: their names begin alike (`{}`, `{}`)",
                    self.name, other.name, self.prefix, other.prefix
                ),
            )
            .hint("choose another `prefix`"));
        }
        Ok(())
    }
}

/// All policies, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Policies(pub(super) BTreeMap<String, Policy>);

impl Policies {
    pub(super) async fn read(ctx: &Ctx) -> Result<Self> {
        match ctx.settings.get(SETTING).await.map_err(Error::from)? {
            None => Ok(Self::default()),
            Some(value) => serde_json::from_value(value).map_err(|error| {
                Error::internal(format!(
                    "the stored snapshot policies cannot be read: {error}"
                ))
            }),
        }
    }

    /// Whoever calls this holds the lock of [`TARGET`], so that two changes do not undo each other.
    pub(super) async fn write(&self, ctx: &Ctx) -> Result<()> {
        ctx.settings
            .set(SETTING, &json!(self))
            .await
            .map_err(Error::from)
    }

    pub(super) fn find(&self, name: &str) -> Result<&Policy> {
        self.0.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.0.keys().take(10).map(String::as_str).collect();
            Error::not_found(format!("there is no snapshot policy `{name}`")).hint(
                if known.is_empty() {
                    "there is none yet: `snapshots.set_policy` makes one".to_owned()
                } else {
                    format!("there are {}", known.join(", "))
                },
            )
        })
    }
}

/// What steps on policies lock: all policies are one document.
pub(super) const TARGET: &str = "snapshot_policies";
