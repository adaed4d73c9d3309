//! Who may do what: the access list applied to the things of this cluster.

use std::collections::BTreeSet;

use super::Cluster;
use super::access::{Identity, Privileges};
use super::guest::Guest;
use super::privileges;
use super::refusal::Refusal;

impl Cluster {
    /// The privileges of somebody on an ACL path; guests and storages take part in their pools.
    pub(crate) fn privileges(&self, who: &Identity, path: &str) -> Privileges {
        let pool = self.pool_of(path);
        self.access.privileges(who, path, pool, self.version)
    }

    fn pool_of(&self, path: &str) -> Option<&str> {
        if let Some(vmid) = path.strip_prefix("/vms/") {
            return self.guests.get(&vmid.parse().ok()?)?.pool.as_deref();
        }
        let storage = path.strip_prefix("/storage/")?;
        self.pools
            .iter()
            .find(|(_, pool)| pool.storages.iter().any(|member| member == storage))
            .map(|(id, _)| id.as_str())
    }

    pub(crate) fn may(&self, who: &Identity, path: &str, privilege: &str) -> bool {
        self.is_root(who) || self.privileges(who, path).contains_key(privilege)
    }

    /// Refuses whoever has none of the privileges on a path, in PVE's words.
    pub(crate) fn need_any(
        &self,
        who: &Identity,
        path: &str,
        any_of: &[&str],
    ) -> Result<(), Refusal> {
        if any_of
            .iter()
            .any(|privilege| self.may(who, path, privilege))
        {
            return Ok(());
        }
        // A route names what it needs in any release.
        let known = privileges::all(self.version);
        let named: Vec<&str> = any_of
            .iter()
            .copied()
            .filter(|privilege| known.contains(privilege))
            .collect();
        Err(Refusal::forbidden(&format!("{path}, {}", named.join("|"))))
    }

    pub(crate) fn may_guest(&self, who: &Identity, guest: &Guest, privilege: &str) -> bool {
        self.is_root(who) || self.may(who, &format!("/vms/{}", guest.vmid), privilege)
    }

    /// Root itself, or a token with all of root's rights: no list has to be searched.
    pub(crate) fn is_root(&self, who: &Identity) -> bool {
        who.user == super::access::ROOT
            && who.token.as_ref().is_none_or(|name| {
                self.access
                    .users
                    .get(&who.user)
                    .and_then(|user| user.tokens.get(name))
                    .is_some_and(|token| !token.separated)
            })
    }

    /// Paths that `GET /access/permissions` looks at: the fixed ones and those of the access list.
    pub(crate) fn permission_paths(&self) -> BTreeSet<String> {
        [
            "/",
            "/access",
            "/access/groups",
            "/mapping",
            "/nodes",
            "/pool",
            "/sdn",
            "/storage",
            "/vms",
        ]
        .into_iter()
        .map(str::to_owned)
        .chain(self.access.acl.iter().map(|entry| entry.path.clone()))
        .collect()
    }
}
