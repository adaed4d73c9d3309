//! Pausing, hibernating and waking guests; hard resets and hard stops.

use std::time::Duration;

use crate::client::Client;
use crate::error::Result;
use crate::guests::{GuestStatus, whole_seconds};
use crate::ids::{GuestAt, GuestKind};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

impl GuestStatus {
    /// Does its memory lie on a disk? It is off and locked (`suspended`): starting it continues
    /// where it was, its configuration cannot be changed, and removing it is not prevented.
    pub fn is_hibernated(&self) -> bool {
        self.lock.as_deref() == Some("suspended")
    }
}

impl Client {
    /// Stops the processors of a guest; its memory stays where it is (PVE: `…/status/suspend`).
    /// A stopped virtual machine is refused at once. Of containers, experimental in PVE.
    pub async fn pause(&self, guest: &GuestAt) -> Result<Upid> {
        self.power(guest, "suspend", Params::new()).await
    }

    /// Writes the memory of a virtual machine to a storage and turns it off. The next start
    /// continues where it was.
    pub async fn hibernate(&self, guest: &GuestAt, storage: Option<&str>) -> Result<Upid> {
        if guest.kind == GuestKind::Lxc {
            let text = "containers cannot be hibernated";
            return Err(self.invalid_for(guest, Method::Post, &["status", "suspend"], text));
        }
        let params = Params::new()
            .with("todisk", true)
            .with_some("statestorage", storage);
        self.power(guest, "suspend", params).await
    }

    /// Lets a paused guest go on (PVE: `…/status/resume`).
    pub async fn resume(&self, guest: &GuestAt) -> Result<Upid> {
        self.power(guest, "resume", Params::new()).await
    }

    /// Presses the reset button of a virtual machine; pending changes stay pending. A stopped one
    /// is refused at once.
    pub async fn reset(&self, guest: &GuestAt) -> Result<Upid> {
        if guest.kind == GuestKind::Lxc {
            let text = "containers have no reset: reboot it";
            return Err(self.invalid_for(guest, Method::Post, &["status", "reset"], text));
        }
        self.power(guest, "reset", Params::new()).await
    }

    /// Asks the guest to shut down and pulls the plug when it did not within `timeout`.
    pub async fn shutdown_or_stop(
        &self,
        guest: &GuestAt,
        timeout: Option<Duration>,
    ) -> Result<Upid> {
        let params = Params::new()
            .with_some("timeout", timeout.map(whole_seconds))
            .with("forceStop", true);
        self.power(guest, "shutdown", params).await
    }

    /// Pulls the plug also while a task waits for the guest to shut down: that task is ended.
    pub async fn stop_overruling_shutdown(&self, guest: &GuestAt) -> Result<Upid> {
        let params = Params::new().with("overrule-shutdown", true);
        self.power(guest, "stop", params).await
    }

    pub(crate) async fn power(
        &self,
        guest: &GuestAt,
        verb: &'static str,
        params: Params,
    ) -> Result<Upid> {
        let path = ApiPath::guest(guest, &["status", verb]);
        self.begin(Method::Post, path, params).await
    }
}
