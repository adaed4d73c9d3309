//! Who calls, from where, and how they stop it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::plan::OnFailure;

/// What an account may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks only.
    Viewer,
    /// Plans anything, approves up to Disruptive.
    Operator,
    /// Approves Destructive work and manages accounts.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// Reads the word used on the command line and over HTTP.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Where a wish came from. A machine may wish; only a person may consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    Cli,
    Web,
    /// A bearer token that a person made for a program of theirs.
    Api,
    /// The assistant, whoever speaks with it.
    Chat,
    Mcp,
    Schedule,
}

impl Surface {
    pub const ALL: [Self; 6] = [
        Self::Cli,
        Self::Web,
        Self::Api,
        Self::Chat,
        Self::Mcp,
        Self::Schedule,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Web => "web",
            Self::Api => "api",
            Self::Chat => "chat",
            Self::Mcp => "mcp",
            Self::Schedule => "schedule",
        }
    }

    /// Whether a consent given here comes from a person.
    pub fn is_a_persons(self) -> bool {
        match self {
            Self::Cli | Self::Web | Self::Api => true,
            Self::Chat | Self::Mcp | Self::Schedule => false,
        }
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    pub name: String,
    pub role: Role,
    pub surface: Surface,
    /// False for tokens made with `--no-approve`: they plan, somebody else consents.
    pub may_approve: bool,
    /// Whose program it is, where a token speaks; nothing where the name is the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Actor {
    pub fn new(name: impl Into<String>, role: Role, surface: Surface) -> Self {
        Self {
            name: name.into(),
            role,
            surface,
            may_approve: surface.is_a_persons(),
            owner: None,
        }
    }

    /// The person behind it: two tokens of one person are one person.
    pub fn person(&self) -> &str {
        self.owner.as_deref().unwrap_or(&self.name)
    }

    /// The same person speaking through another surface, for instance the assistant.
    #[must_use]
    pub fn through(&self, surface: Surface) -> Self {
        Self {
            name: self.name.clone(),
            role: self.role,
            surface,
            may_approve: self.may_approve && surface.is_a_persons(),
            owner: self.owner.clone(),
        }
    }
}

/// What the wishes of one plan have chosen so far, such as free ids: the next wish must not choose it again,
/// because nothing of it is on a cluster yet. Clones are the same list.
#[derive(Clone, Debug, Default)]
pub struct Claims(Arc<Mutex<Claimed>>);

#[derive(Debug, Default)]
struct Claimed {
    taken: BTreeSet<String>,
    foreseen: BTreeMap<String, &'static str>,
}

impl Claims {
    pub fn hold(&self, what: &str) -> bool {
        self.claimed().taken.contains(what)
    }

    /// Takes it; false when an earlier wish has it.
    pub fn take(&self, what: String) -> bool {
        self.claimed().taken.insert(what)
    }

    /// What this will be once the wishes so far are done: whoever is shut down can be started afterwards.
    pub fn foresee(&self, what: String, state: &'static str) {
        self.claimed().foreseen.insert(what, state);
    }

    pub fn foreseen(&self, what: &str) -> Option<&'static str> {
        self.claimed().foreseen.get(what).copied()
    }

    fn claimed(&self) -> MutexGuard<'_, Claimed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call of an operation.
#[derive(Clone, Debug)]
pub struct Call {
    pub actor: Actor,
    pub cancel: CancellationToken,
    /// The conversation the wish came from: the run reports back to it.
    pub thread: Option<String>,
    /// What follows a failure, for the plan that comes of it.
    pub on_failure: OnFailure,
    /// Of the plan that comes of it; each plan begins with none.
    pub claims: Claims,
}

impl Call {
    pub fn new(actor: Actor) -> Self {
        Self {
            actor,
            cancel: CancellationToken::new(),
            thread: None,
            on_failure: OnFailure::default(),
            claims: Claims::default(),
        }
    }

    /// The same call for a plan of its own.
    #[must_use]
    pub(crate) fn for_a_plan(&self) -> Self {
        Self {
            claims: Claims::default(),
            ..self.clone()
        }
    }
}
