//! What the caller may do, as PVE computes it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::client::Client;
use crate::error::Result;
use crate::params::Params;
use crate::path::ApiPath;

/// Privileges by path. A path that is not listed inherits from the next one above whose
/// privileges propagate; [`Client::missing_privileges`] lets PVE compute that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Path to privilege to "does it also hold below".
    pub by_path: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Permissions {
    /// Does the caller have a privilege on a path? The path itself decides when it is listed, else
    /// the nearest one above, whose privileges count as far as they propagate. A path on which the
    /// caller has nothing (`NoAccess`) is not listed by PVE: ask for it
    /// ([`Client::permissions_on`]) where that matters.
    pub fn holds(&self, path: &str, privilege: &str) -> bool {
        if let Some(here) = self.by_path.get(path) {
            return here.contains_key(privilege);
        }
        let mut path = path;
        while let Some((above, _)) = path.rsplit_once('/') {
            let listed = if above.is_empty() { "/" } else { above };
            if let Some(here) = self.by_path.get(listed) {
                return here.get(privilege).copied().unwrap_or(false);
            }
            path = above;
        }
        false
    }
}

/// A privilege the caller needs and does not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingPrivilege {
    /// Where, as `/vms`.
    pub path: String,
    /// Which, as `VM.PowerMgmt`.
    pub privilege: String,
}

/// Anything that is not a map of maps is no permission.
fn permissions_of(data: Value) -> Permissions {
    let Value::Object(paths) = data else {
        return Permissions::default();
    };
    let by_path = paths.into_iter().filter_map(|(path, privileges)| {
        let Value::Object(privileges) = privileges else {
            return None;
        };
        let flags = privileges.into_iter().map(|(privilege, propagates)| {
            let propagates = crate::lenient::value_text(&propagates);
            (privilege, !matches!(propagates.as_str(), "" | "0"))
        });
        Some((path, flags.collect()))
    });
    Permissions {
        by_path: by_path.collect(),
    }
}

impl Client {
    /// All paths on which the caller has privileges (PVE: `/access/permissions`). For a token
    /// these are the token's, not its user's.
    pub async fn permissions(&self) -> Result<Permissions> {
        self.permissions_with(Params::new()).await
    }

    /// The privileges on one path, inherited ones included.
    pub async fn permissions_on(&self, path: &str) -> Result<BTreeSet<String>> {
        let mut found = self
            .permissions_with(Params::new().with("path", path))
            .await?;
        if let Some(here) = found.by_path.remove(path) {
            return Ok(here.into_keys().collect());
        }
        // PVE answers for the path itself; other servers of this API for the paths above it.
        let above = found.by_path.into_iter().filter(|(above, _)| {
            let above = above.trim_end_matches('/');
            path.strip_prefix(above)
                .is_some_and(|rest| rest.starts_with('/'))
        });
        Ok(above
            .flat_map(|(_, privileges)| privileges)
            .filter_map(|(privilege, propagates)| propagates.then_some(privilege))
            .collect())
    }

    /// Which of the needed privileges (path, privilege) the caller lacks. One request per path.
    pub async fn missing_privileges(
        &self,
        needed: &[(&str, &str)],
    ) -> Result<Vec<MissingPrivilege>> {
        let mut by_path: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (path, privilege) in needed {
            by_path.entry(path).or_default().insert(privilege);
        }
        let mut missing = Vec::new();
        for (path, privileges) in by_path {
            let held = self.permissions_on(path).await?;
            missing.extend(
                privileges
                    .into_iter()
                    .filter(|privilege| !held.contains(*privilege))
                    .map(|privilege| MissingPrivilege {
                        path: path.to_owned(),
                        privilege: privilege.to_owned(),
                    }),
            );
        }
        Ok(missing)
    }

    async fn permissions_with(&self, params: Params) -> Result<Permissions> {
        let path = ApiPath::fixed(&["access", "permissions"]);
        self.get::<Value>(path, params).await.map(permissions_of)
    }
}
