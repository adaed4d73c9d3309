//! Users, roles and access list of a world, in the shapes in which PVE's API lists them.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cluster::access::{Access, AclEntry, ROOT, Token, User, Who};
use crate::error::{Result, SimError};
use crate::random::{Random, mix, text_seed};

/// Users, roles and access list besides root's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    users: Vec<UserJson>,
    roles: Vec<RoleJson>,
    acl: Vec<AclJson>,
}

#[derive(Debug, Clone, Deserialize)]
struct UserJson {
    userid: String,
    enable: Option<u8>,
    comment: Option<String>,
    #[serde(default)]
    groups: String,
    password: Option<String>,
    #[serde(default)]
    tokens: Vec<TokenJson>,
}

#[derive(Debug, Clone, Deserialize)]
struct TokenJson {
    tokenid: String,
    privsep: Option<u8>,
    #[serde(default)]
    expire: i64,
    value: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct RoleJson {
    roleid: String,
    privs: String,
}

#[derive(Debug, Clone, Deserialize)]
struct AclJson {
    path: String,
    roleid: String,
    #[serde(rename = "type")]
    kind: String,
    ugid: String,
    propagate: Option<u8>,
}

impl Accounts {
    /// The keys of a world's `pve` part that are read here.
    pub(crate) const KEYS: &[&str] = &["users", "roles", "acl"];

    pub(crate) fn from_json(pve: &Map<String, Value>) -> Result<Self> {
        let accounts = Self {
            users: list(pve, "users")?,
            roles: list(pve, "roles")?,
            acl: list(pve, "acl")?,
        };
        for entry in &accounts.acl {
            entry.who()?;
        }
        Ok(accounts)
    }

    /// Adds them to what there is; secrets that are not given are made from the seed.
    pub(crate) fn settle_in(self, access: &mut Access, seed: u64) {
        for user in self.users {
            let tokens = user.tokens.into_iter().map(|token| {
                let seed = mix(seed, &[text_seed(&user.userid), text_seed(&token.tokenid)]);
                let secret = token.value.unwrap_or_else(|| Random::new(seed).uuid());
                let separated = token.privsep != Some(0);
                (
                    token.tokenid,
                    Token {
                        secret,
                        separated,
                        expire_s: token.expire,
                        comment: None,
                    },
                )
            });
            if let Some(root) = access.users.get_mut(ROOT).filter(|_| user.userid == ROOT) {
                root.tokens.extend(tokens);
                continue;
            }
            let account = User {
                password: user.password,
                enabled: user.enable != Some(0),
                comment: user.comment,
                groups: user
                    .groups
                    .split(',')
                    .filter(|group| !group.is_empty())
                    .map(str::to_owned)
                    .collect(),
                tokens: tokens.collect(),
                ..User::default()
            };
            for group in &account.groups {
                access.groups.entry(group.clone()).or_default();
            }
            access.users.insert(user.userid, account);
        }
        for role in self.roles {
            let privileges = role.privs.split(',').map(str::to_owned).collect();
            access.roles.insert(role.roleid, privileges);
        }
        for entry in self.acl {
            if let Ok(who) = entry.who() {
                access.acl.push(AclEntry {
                    path: entry.path,
                    role: entry.roleid,
                    propagate: entry.propagate != Some(0),
                    who,
                });
            }
        }
    }
}

impl AclJson {
    fn who(&self) -> Result<Who> {
        let id = self.ugid.clone();
        match self.kind.as_str() {
            "user" => Ok(Who::User(id)),
            "group" => Ok(Who::Group(id)),
            "token" => Ok(Who::Token(id)),
            other => Err(SimError::World {
                at: "pve.acl".to_owned(),
                cause: format!("type `{other}` is neither user, group nor token"),
            }),
        }
    }
}

fn list<T: for<'a> Deserialize<'a>>(pve: &Map<String, Value>, key: &str) -> Result<Vec<T>> {
    let Some(value) = pve.get(key) else {
        return Ok(Vec::new());
    };
    serde_json::from_value(value.clone()).map_err(|cause| SimError::World {
        at: format!("pve.{key}"),
        cause: cause.to_string(),
    })
}
