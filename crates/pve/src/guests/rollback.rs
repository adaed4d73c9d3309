//! Going back to snapshots, their configurations and notes.

use crate::client::Client;
use crate::error::Result;
use crate::guests::GuestConfig;
use crate::ids::GuestAt;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

impl Client {
    /// Puts a guest back to a snapshot; what came after it on its disks is lost (PVE:
    /// `…/rollback`). A running guest is stopped. With memory in the snapshot it runs afterwards;
    /// without it `start` starts it. Volumes that came later become `unusedN`; the note of the
    /// guest stays the present one. An unknown snapshot shows only in the task.
    pub async fn rollback_snapshot(
        &self,
        guest: &GuestAt,
        name: &str,
        start: bool,
    ) -> Result<Upid> {
        let path = self.snapshot_path(guest, name, &["rollback"])?;
        let params = Params::new().with_some("start", start.then_some(true));
        self.begin(Method::Post, path, params).await
    }

    /// The configuration that a snapshot holds (PVE: GET `…/snapshot/{name}/config`). The password
    /// of cloud-init in it is not masked: its hash is a secret.
    pub async fn snapshot_config(&self, guest: &GuestAt, name: &str) -> Result<GuestConfig> {
        let path = self.snapshot_path(guest, name, &["config"])?;
        self.read_config(path, Params::new()).await
    }

    /// Changes the note of a snapshot; an empty one removes it.
    pub async fn set_snapshot_description(
        &self,
        guest: &GuestAt,
        name: &str,
        description: &str,
    ) -> Result<()> {
        let path = self.snapshot_path(guest, name, &["config"])?;
        let params = Params::new().with("description", description);
        self.tell(Method::Put, path, params).await
    }

    /// Removes a snapshot from the configuration also when its volumes cannot be removed.
    pub async fn force_delete_snapshot(&self, guest: &GuestAt, name: &str) -> Result<Upid> {
        let path = self.snapshot_path(guest, name, &[])?;
        let params = Params::new().with("force", true);
        self.begin(Method::Delete, path, params).await
    }

    fn snapshot_path(&self, guest: &GuestAt, name: &str, rest: &[&'static str]) -> Result<ApiPath> {
        let base = ApiPath::guest(guest, &["snapshot"]).join(name);
        let path = rest
            .iter()
            .fold(base, |path, part| path.and_then(|path| path.join(part)));
        path.map_err(|error| self.invalid(error.to_string()))
    }
}
