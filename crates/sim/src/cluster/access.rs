//! Users, tokens, roles and access lists, and the question who may do what where.

use std::collections::{BTreeMap, BTreeSet};

use super::privileges;
use crate::version::PveVersion;

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// `name@realm`.
    pub(crate) user: String,
    /// Name of the token, when a token was used.
    pub(crate) token: Option<String>,
}

impl Identity {
    /// `name@realm` or `name@realm!token`, as in UPIDs.
    pub(crate) fn full(&self) -> String {
        match &self.token {
            Some(token) => format!("{}!{token}", self.user),
            None => self.user.clone(),
        }
    }
}

/// A user account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) password: Option<String>,
    pub(crate) enabled: bool,
    /// Seconds since 1970; 0 is never.
    pub(crate) expire_s: i64,
    pub(crate) comment: Option<String>,
    /// `email`, `firstname`, `lastname`, `keys`.
    pub(crate) details: BTreeMap<String, String>,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) factors: BTreeMap<String, Factor>,
    /// How often second factors were wrong, and what follows from it.
    pub(crate) lockout: Lockout,
}

/// Wrong second factors in a row, and what they lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Lockout {
    pub(crate) totp_failures: u32,
    pub(crate) failures: u32,
    /// One-time passwords are taken no more, until a recovery key was used.
    pub(crate) totp_locked: bool,
    /// No second factor is taken until then, in seconds since 1970.
    pub(crate) until_s: i64,
}

/// A second factor of a login.
#[derive(Debug, Clone)]
pub(crate) struct Factor {
    pub(crate) kind: FactorKind,
    pub(crate) description: String,
    pub(crate) enabled: bool,
    pub(crate) created_s: i64,
}

/// What a second factor is.
#[derive(Debug, Clone)]
pub(crate) enum FactorKind {
    /// One-time passwords of thirty seconds; each counts once.
    Totp { secret: Vec<u8>, last_step: i64 },
    /// Keys on paper, each good for one login; a used one is empty, the others keep their places.
    Recovery { keys: Vec<String> },
}

impl FactorKind {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Totp { .. } => "totp",
            Self::Recovery { .. } => "recovery",
        }
    }
}

impl Default for User {
    fn default() -> Self {
        Self {
            password: None,
            enabled: true,
            expire_s: 0,
            comment: None,
            details: BTreeMap::new(),
            groups: BTreeSet::new(),
            tokens: BTreeMap::new(),
            factors: BTreeMap::new(),
            lockout: Lockout::default(),
        }
    }
}

impl User {
    /// Whether the account can be used.
    pub(crate) fn is_good(&self, now_ms: i64) -> bool {
        self.enabled && (self.expire_s == 0 || self.expire_s * 1000 > now_ms)
    }
}

/// An API token of a user.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: String,
    /// Rights of the token are those of the user that the token itself has, too.
    pub(crate) separated: bool,
    /// Seconds since 1970; 0 is never.
    pub(crate) expire_s: i64,
    pub(crate) comment: Option<String>,
}

/// One line of the access list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AclEntry {
    pub(crate) path: String,
    pub(crate) role: String,
    pub(crate) propagate: bool,
    pub(crate) who: Who,
}

/// Whom an access list line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    User(String),
    Group(String),
    /// `user@realm!token`
    Token(String),
}

impl Who {
    pub(crate) fn kind_and_id(&self) -> (&'static str, &str) {
        match self {
            Self::User(id) => ("user", id),
            Self::Group(id) => ("group", id),
            Self::Token(id) => ("token", id),
        }
    }
}

/// The user that may do everything.
pub(crate) const ROOT: &str = "root@pam";

/// Users, roles of the administrator, and the access list.
#[derive(Debug, Default)]
pub(crate) struct Access {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) roles: BTreeMap<String, Vec<String>>,
    /// Groups and their comments.
    pub(crate) groups: BTreeMap<String, Option<String>>,
    pub(crate) acl: Vec<AclEntry>,
    /// Rights of tokens as a live cluster told them, by path: they stand above the access list.
    pub(crate) given: BTreeMap<String, BTreeMap<String, Privileges>>,
    /// Secrets made so far: no two are alike.
    secrets: u64,
}

/// Privilege to whether it propagates.
pub(crate) type Privileges = BTreeMap<String, bool>;

impl Access {
    /// A number that no other secret was made of.
    pub(crate) fn next_secret(&mut self) -> u64 {
        self.secrets += 1;
        self.secrets
    }

    /// How many secrets were made so far.
    pub(crate) fn secrets(&self) -> u64 {
        self.secrets
    }

    /// Goes on after that many secrets.
    pub(crate) fn go_on_after(&mut self, secrets: u64) {
        self.secrets = self.secrets.max(secrets);
    }

    /// The privileges of somebody on a path. `pool` is the pool of the guest or storage at the path.
    pub(crate) fn privileges(
        &self,
        who: &Identity,
        path: &str,
        pool: Option<&str>,
        version: PveVersion,
    ) -> Privileges {
        let of_user = |user: &str| {
            if user == ROOT {
                return privileges::all(version)
                    .into_iter()
                    .map(|name| (name.to_owned(), true))
                    .collect();
            }
            self.listed(
                &Match::User(user, self.groups_of(user)),
                path,
                pool,
                version,
            )
        };
        let Some(token_name) = &who.token else {
            return of_user(&who.user);
        };
        let Some(token) = self
            .users
            .get(&who.user)
            .and_then(|user| user.tokens.get(token_name))
        else {
            return Privileges::new();
        };
        if let Some(given) = self.given.get(&who.full()) {
            return given_on(given, path, pool);
        }
        let of_user = of_user(&who.user);
        if !token.separated {
            return of_user;
        }
        let own = self.listed(&Match::Token(&who.full()), path, pool, version);
        own.into_iter()
            .filter_map(|(name, propagate)| {
                of_user.get(&name).map(|user| (name, propagate && *user))
            })
            .collect()
    }

    fn groups_of(&self, user: &str) -> Vec<&str> {
        self.users
            .get(user)
            .map(|user| user.groups.iter().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// The deepest level with an entry decides; a pool adds its own roles.
    fn listed(
        &self,
        who: &Match<'_>,
        path: &str,
        pool: Option<&str>,
        version: PveVersion,
    ) -> Privileges {
        let mut roles = self.roles_on(who, path);
        if let Some(pool) = pool {
            for (role, propagate) in self.roles_on(who, &format!("/pool/{pool}")) {
                roles.insert(role, propagate);
            }
        }
        if roles.contains_key("NoAccess") {
            return Privileges::new();
        }
        let mut all = Privileges::new();
        for (role, propagate) in roles {
            for privilege in self.role_privileges(&role, version) {
                *all.entry(privilege).or_default() |= propagate;
            }
        }
        all
    }

    fn roles_on(&self, who: &Match<'_>, path: &str) -> BTreeMap<String, bool> {
        let mut roles = BTreeMap::new();
        for level in levels(path) {
            let here = || self.acl.iter().filter(|entry| entry.path == level);
            let usable = |entry: &&AclEntry| entry.propagate || level == path;
            let own: BTreeMap<String, bool> = here()
                .filter(|entry| who.is_named_by(&entry.who))
                .filter(usable)
                .map(|entry| (entry.role.clone(), entry.propagate))
                .collect();
            let found = if own.is_empty() {
                here()
                    .filter(|entry| who.is_grouped_by(&entry.who))
                    .filter(usable)
                    .map(|entry| (entry.role.clone(), entry.propagate))
                    .collect()
            } else {
                own
            };
            if !found.is_empty() {
                roles = found;
            }
        }
        roles
    }

    /// The privileges of a role, built in or the administrator's own.
    pub(crate) fn role_privileges(&self, role: &str, version: PveVersion) -> Vec<String> {
        match self.roles.get(role) {
            Some(own) => own.clone(),
            None => privileges::of_role(role, version)
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Whether the secret is that of the token, and the token still good.
    pub(crate) fn token_is_good(&self, who: &Identity, secret: &str, now_ms: i64) -> bool {
        let Some(user) = self
            .users
            .get(&who.user)
            .filter(|user| user.is_good(now_ms))
        else {
            return false;
        };
        let Some(token) = who.token.as_ref().and_then(|name| user.tokens.get(name)) else {
            return false;
        };
        token.secret == secret && (token.expire_s == 0 || token.expire_s * 1000 > now_ms)
    }
}

/// The deepest level that was told decides; below it counts what propagates. A member of a pool that came
/// later has the pool's rights, too.
fn given_on(given: &BTreeMap<String, Privileges>, path: &str, pool: Option<&str>) -> Privileges {
    if let Some(exact) = given.get(path) {
        return exact.clone();
    }
    let above = levels(path)
        .into_iter()
        .rev()
        .find_map(|level| given.get(&level));
    let of_pool = pool.and_then(|pool| given.get(&format!("/pool/{pool}")));
    let mut held = Privileges::new();
    for (name, propagate) in above.into_iter().chain(of_pool).flatten() {
        if *propagate {
            held.insert(name.clone(), true);
        }
    }
    held
}

/// Whose entries count.
enum Match<'a> {
    User(&'a str, Vec<&'a str>),
    Token(&'a str),
}

impl Match<'_> {
    fn is_named_by(&self, who: &Who) -> bool {
        match (self, who) {
            (Self::User(user, _), Who::User(id)) => user == id,
            (Self::Token(token), Who::Token(id)) => token == id,
            _ => false,
        }
    }

    fn is_grouped_by(&self, who: &Who) -> bool {
        match (self, who) {
            (Self::User(_, groups), Who::Group(id)) => groups.contains(&id.as_str()),
            _ => false,
        }
    }
}

/// `/`, `/vms`, `/vms/100`
fn levels(path: &str) -> Vec<String> {
    let mut levels = vec!["/".to_owned()];
    let mut at = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        at.push('/');
        at.push_str(part);
        levels.push(at.clone());
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(entries: &[(&str, &str, bool)]) -> Access {
        let mut access = Access::default();
        access.users.insert(
            "ann@pve".to_owned(),
            User {
                tokens: BTreeMap::from([(
                    "t".to_owned(),
                    Token {
                        secret: "s".to_owned(),
                        separated: true,
                        expire_s: 0,
                        comment: None,
                    },
                )]),
                ..User::default()
            },
        );
        access.acl = entries
            .iter()
            .map(|(path, role, propagate)| AclEntry {
                path: (*path).to_owned(),
                role: (*role).to_owned(),
                propagate: *propagate,
                who: Who::User("ann@pve".to_owned()),
            })
            .collect();
        access
    }

    fn ann() -> Identity {
        Identity {
            user: "ann@pve".to_owned(),
            token: None,
        }
    }

    fn may(access: &Access, path: &str, privilege: &str, pool: Option<&str>) -> bool {
        access
            .privileges(&ann(), path, pool, PveVersion::V9_1)
            .contains_key(privilege)
    }

    #[test]
    fn the_deepest_entry_wins() {
        let access = access(&[("/", "PVEAdmin", true), ("/vms", "PVEAuditor", true)]);
        assert!(!may(&access, "/vms/100", "VM.PowerMgmt", None));
        assert!(may(&access, "/vms/100", "VM.Audit", None));
        assert!(may(&access, "/storage/local", "Datastore.Allocate", None));
    }

    #[test]
    fn an_entry_without_propagation_counts_only_on_its_path() {
        let access = access(&[("/vms", "PVEVMAdmin", false)]);
        assert!(may(&access, "/vms", "VM.Allocate", None));
        assert!(!may(&access, "/vms/100", "VM.Allocate", None));
    }

    #[test]
    fn pool_membership_grants_rights_again() {
        let access = access(&[("/", "PVEAdmin", true), ("/vms", "PVEAuditor", true)]);
        assert!(may(&access, "/vms/100", "VM.PowerMgmt", Some("prod")));
    }

    #[test]
    fn a_separated_token_has_only_what_both_have() {
        let mut access = access(&[("/", "PVEAuditor", true)]);
        let token = Identity {
            token: Some("t".to_owned()),
            ..ann()
        };
        assert!(
            access
                .privileges(&token, "/vms/1", None, PveVersion::V9_1)
                .is_empty()
        );
        access.acl.push(AclEntry {
            path: "/".to_owned(),
            role: "PVEVMUser".to_owned(),
            propagate: true,
            who: Who::Token("ann@pve!t".to_owned()),
        });
        let rights = access.privileges(&token, "/vms/1", None, PveVersion::V9_1);
        assert!(rights.contains_key("VM.Audit") && !rights.contains_key("VM.PowerMgmt"));
    }
}
