//! Access rules: who has which role on which path.

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{TokenId, UserId};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

/// Who has a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AclHolder {
    /// A user.
    User(UserId),
    /// A group.
    Group(String),
    /// An API token, which has it only as far as its user does.
    Token(TokenId),
    /// Something this crate cannot read: kind and name as they came.
    Other(String, String),
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Where, as `/vms/100`.
    pub path: String,
    /// Who.
    pub holder: AclHolder,
    /// The role.
    pub role: String,
    /// Does it also hold below? The deepest rule for a holder wins.
    pub propagates: bool,
}

impl Row for AclEntry {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |key: &str| pick(map, &[key]);
        let (kind, name): (String, String) =
            (Loose::loose(get("type"))?, Loose::loose(get("ugid"))?);
        let holder = match kind.as_str() {
            "user" => name.parse().ok().map(AclHolder::User),
            "group" => Some(AclHolder::Group(name.clone())),
            "token" => name.parse().ok().map(AclHolder::Token),
            _ => None,
        };
        Some(Self {
            path: Loose::loose(get("path"))?,
            holder: holder.unwrap_or(AclHolder::Other(kind, name)),
            role: Loose::loose(get("roleid"))?,
            propagates: Option::<bool>::loose(get("propagate"))?.unwrap_or(true),
        })
    }
}

/// Whether rules come or go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclChange {
    /// The holder gets the role.
    Grant {
        /// Also below?
        propagates: bool,
    },
    /// The holder loses it. A rule that is not there is no error.
    Revoke,
}

impl Client {
    /// All rules on paths whose permissions one may change; with `Sys.Audit` on `/access` all.
    pub async fn acl(&self) -> Result<Vec<AclEntry>> {
        let path = ApiPath::fixed(&["access", "acl"]);
        self.list_of(path, Params::new()).await
    }

    /// Gives a role on a path, or takes it (needs `Permissions.Modify` on the path).
    pub async fn change_acl(
        &self,
        path: &str,
        holder: &AclHolder,
        role: &str,
        change: AclChange,
    ) -> Result<()> {
        let params = Params::new().with("path", path).with("roles", role);
        let params = match holder {
            AclHolder::User(user) => params.with("users", user.as_str()),
            AclHolder::Group(group) => params.with("groups", group.as_str()),
            AclHolder::Token(token) => params.with("tokens", token.to_string()),
            AclHolder::Other(kind, name) => {
                let text = format!("`{name}` of kind `{kind}` can hold no role");
                return Err(self.invalid(text));
            }
        };
        let params = match change {
            AclChange::Grant { propagates } => params.with("propagate", propagates),
            AclChange::Revoke => params.with("delete", true),
        };
        let path = ApiPath::fixed(&["access", "acl"]);
        self.tell(Method::Put, path, params).await
    }
}
