//! Roles: privileges under a name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::answer::{Loose, answers};
use crate::client::Client;
use crate::error::Result;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

answers! {
    /// A role.
    Role {
        /// Its name.
        name: String = "roleid",
        /// What it allows.
        privileges: Vec<String> = "privs",
        /// One of PVE's own, which cannot be changed?
        builtin: bool = "special",
    }
}

/// What becomes of the privileges a role has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolePrivileges {
    /// They are replaced.
    Replace,
    /// They stay.
    Add,
}

impl Client {
    /// All roles.
    pub async fn roles(&self) -> Result<Vec<Role>> {
        let path = ApiPath::fixed(&["access", "roles"]);
        self.list_of(path, Params::new()).await
    }

    /// What one role allows.
    pub async fn role_privileges(&self, name: &str) -> Result<BTreeSet<String>> {
        let path = self.api_path(&["access", "roles", name])?;
        let map: Map<String, Value> = self.get(path, Params::new()).await?;
        let held = map
            .into_iter()
            .filter(|(_, value)| bool::loose(Some(value)) == Some(true));
        Ok(held.map(|(privilege, _)| privilege).collect())
    }

    /// Makes a role.
    pub async fn create_role(&self, name: &str, privileges: &[&str]) -> Result<()> {
        let params = Params::new()
            .with("roleid", name)
            .with("privs", privileges.join(","));
        let path = ApiPath::fixed(&["access", "roles"]);
        self.tell(Method::Post, path, params).await
    }

    /// Changes what a role allows, for everybody who has it.
    pub async fn update_role(
        &self,
        name: &str,
        privileges: &[&str],
        held: RolePrivileges,
    ) -> Result<()> {
        let path = self.api_path(&["access", "roles", name])?;
        let append = (held == RolePrivileges::Add).then_some(true);
        let params = Params::new()
            .with("privs", privileges.join(","))
            .with_some("append", append);
        self.tell(Method::Put, path, params).await
    }

    /// Removes a role and the access rules that give it.
    pub async fn delete_role(&self, name: &str) -> Result<()> {
        let path = self.api_path(&["access", "roles", name])?;
        self.tell(Method::Delete, path, Params::new()).await
    }
}
