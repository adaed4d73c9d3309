//! Users, groups, roles and access list of a world, in the shapes in which PVE's API lists them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cluster::access::{
    Access, AclEntry, Factor, FactorKind, Lockout, ROOT, Token, User, Who,
};
use crate::error::{Result, SimError};
use crate::random::{Random, mix, text_seed};

/// The token that each start makes for root anew.
const MADE_AT_START: &str = "demo";

/// Users, groups, roles and access list besides root's.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Accounts {
    users: Vec<UserJson>,
    groups: Vec<GroupJson>,
    roles: Vec<RoleJson>,
    acl: Vec<AclJson>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct UserJson {
    userid: String,
    enable: Option<u8>,
    #[serde(skip_serializing_if = "is_zero")]
    expire: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    groups: Groups,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    tokens: Vec<TokenJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tfa: Vec<FactorJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tfa_lockout: Option<Lockout>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firstname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lastname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<String>,
}

/// PVE lists them as one text, and those of a single user as a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Groups {
    Text(String),
    List(Vec<String>),
}

impl Default for Groups {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Groups {
    fn names(&self) -> Vec<String> {
        match self {
            Self::Text(text) => text
                .split(',')
                .filter(|group| !group.is_empty())
                .map(str::to_owned)
                .collect(),
            Self::List(names) => names.clone(),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct TokenJson {
    tokenid: String,
    privsep: Option<u8>,
    #[serde(default)]
    expire: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FactorJson {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    enable: Option<u8>,
    #[serde(default)]
    created: i64,
    /// Secret of one-time passwords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    secret: Vec<u8>,
    #[serde(default, skip_serializing_if = "is_zero")]
    last_step: i64,
    /// Recovery keys that are left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct GroupJson {
    groupid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RoleJson {
    roleid: String,
    #[serde(default)]
    privs: String,
    /// Built-in roles are known already.
    #[serde(default, skip_serializing)]
    special: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    pub(crate) const KEYS: &[&str] = &["users", "groups", "roles", "acl"];

    pub(crate) fn from_json(pve: &Map<String, Value>) -> Result<Self> {
        let accounts = Self {
            users: list(pve, "users")?,
            groups: list(pve, "groups")?,
            roles: list(pve, "roles")?,
            acl: list(pve, "acl")?,
        };
        for entry in &accounts.acl {
            entry.who()?;
        }
        Ok(accounts)
    }

    /// What there is, root's own password and first token left out: each start makes them anew.
    pub(crate) fn of(access: &Access) -> Self {
        Self {
            users: access
                .users
                .iter()
                .map(|(id, user)| user_json(id, user))
                .collect(),
            groups: access
                .groups
                .iter()
                .map(|(groupid, comment)| GroupJson {
                    groupid: groupid.clone(),
                    comment: comment.clone(),
                })
                .collect(),
            roles: access
                .roles
                .iter()
                .map(|(roleid, privileges)| RoleJson {
                    roleid: roleid.clone(),
                    privs: privileges.join(","),
                    special: None,
                })
                .collect(),
            acl: access
                .acl
                .iter()
                .map(|entry| {
                    let (kind, ugid) = entry.who.kind_and_id();
                    AclJson {
                        path: entry.path.clone(),
                        roleid: entry.role.clone(),
                        kind: kind.to_owned(),
                        ugid: ugid.to_owned(),
                        propagate: Some(u8::from(entry.propagate)),
                    }
                })
                .collect(),
        }
    }

    /// Adds them to what there is; secrets that are not given are made from the seed.
    pub(crate) fn settle_in(self, access: &mut Access, seed: u64) {
        for group in self.groups {
            access.groups.insert(group.groupid, group.comment);
        }
        for user in self.users {
            let userid = user.userid.clone();
            let account = user.into_user(seed);
            for group in &account.groups {
                access.groups.entry(group.clone()).or_default();
            }
            match access.users.get_mut(ROOT).filter(|_| userid == ROOT) {
                Some(root) => {
                    let tokens = account.tokens.into_iter();
                    root.tokens
                        .extend(tokens.filter(|(name, _)| name != MADE_AT_START));
                    root.comment = account.comment;
                    root.details = account.details;
                    root.groups = account.groups;
                    root.factors = account.factors;
                    root.lockout = account.lockout;
                }
                None => {
                    access.users.insert(userid, account);
                }
            }
        }
        for role in self
            .roles
            .into_iter()
            .filter(|role| role.special != Some(1))
        {
            let privileges = role
                .privs
                .split(',')
                .filter(|privilege| !privilege.is_empty())
                .map(str::to_owned)
                .collect();
            access.roles.insert(role.roleid, privileges);
        }
        for entry in self.acl {
            let Ok(who) = entry.who() else { continue };
            let entry = AclEntry {
                path: entry.path,
                role: entry.roleid,
                propagate: entry.propagate != Some(0),
                who,
            };
            if !access.acl.contains(&entry) {
                access.acl.push(entry);
            }
        }
    }
}

impl UserJson {
    fn into_user(self, seed: u64) -> User {
        let tokens = self.tokens.into_iter().map(|token| {
            let seed = mix(seed, &[text_seed(&self.userid), text_seed(&token.tokenid)]);
            let secret = token.value.unwrap_or_else(|| Random::new(seed).uuid());
            let made = Token {
                secret,
                separated: token.privsep != Some(0),
                expire_s: token.expire,
                comment: token.comment,
            };
            (token.tokenid, made)
        });
        let details = [
            ("email", self.email),
            ("firstname", self.firstname),
            ("lastname", self.lastname),
            ("keys", self.keys),
        ];
        User {
            password: self.password,
            enabled: self.enable != Some(0),
            expire_s: self.expire,
            comment: self.comment,
            details: details
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect(),
            groups: self.groups.names().into_iter().collect(),
            tokens: tokens.collect(),
            factors: self
                .tfa
                .into_iter()
                .map(|factor| (factor.id.clone(), factor.into_factor()))
                .collect(),
            lockout: self.tfa_lockout.unwrap_or_default(),
        }
    }
}

impl FactorJson {
    fn into_factor(self) -> Factor {
        Factor {
            kind: match self.kind.as_str() {
                "recovery" => FactorKind::Recovery { keys: self.keys },
                _ => FactorKind::Totp {
                    secret: self.secret,
                    last_step: self.last_step,
                },
            },
            description: self.description,
            enabled: self.enable != Some(0),
            created_s: self.created,
        }
    }
}

fn user_json(id: &str, user: &User) -> UserJson {
    let is_root = id == ROOT;
    let detail = |key: &str| user.details.get(key).cloned();
    let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
    UserJson {
        userid: id.to_owned(),
        enable: Some(u8::from(user.enabled)),
        expire: user.expire_s,
        comment: user.comment.clone(),
        groups: Groups::Text(groups.join(",")),
        password: user.password.clone().filter(|_| !is_root),
        tokens: user
            .tokens
            .iter()
            .filter(|(name, _)| !(is_root && *name == MADE_AT_START))
            .map(|(name, token)| TokenJson {
                tokenid: name.clone(),
                privsep: Some(u8::from(token.separated)),
                expire: token.expire_s,
                comment: token.comment.clone(),
                value: Some(token.secret.clone()),
            })
            .collect(),
        tfa: user
            .factors
            .iter()
            .map(|(id, factor)| factor_json(id, factor))
            .collect(),
        tfa_lockout: Some(user.lockout).filter(|lockout| *lockout != Lockout::default()),
        email: detail("email"),
        firstname: detail("firstname"),
        lastname: detail("lastname"),
        keys: detail("keys"),
    }
}

fn factor_json(id: &str, factor: &Factor) -> FactorJson {
    let (secret, last_step, keys) = match &factor.kind {
        FactorKind::Totp { secret, last_step } => (secret.clone(), *last_step, Vec::new()),
        FactorKind::Recovery { keys } => (Vec::new(), 0, keys.clone()),
    };
    FactorJson {
        id: id.to_owned(),
        kind: factor.kind.as_str().to_owned(),
        description: factor.description.clone(),
        enable: Some(u8::from(factor.enabled)),
        created: factor.created_s,
        secret,
        last_step,
        keys,
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
