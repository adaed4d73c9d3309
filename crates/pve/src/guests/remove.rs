//! Removing guests with their volumes.

use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestAt, GuestKind};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

/// How far removing a guest goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemoveGuest {
    /// Takes it out of backup jobs, replication, HA and permissions too. Without it PVE refuses
    /// guests that HA manages.
    pub purge: bool,
    /// Destroys volumes that carry its number and are in no configuration too.
    pub destroy_unreferenced_disks: bool,
    /// Also while it runs (containers only).
    pub force: bool,
}

impl Client {
    /// Removes a guest and destroys its volumes (PVE: DELETE `/nodes/{node}/{kind}/{vmid}`).
    ///
    /// A protected, running or HA-managed one is refused at once; a locked machine shows only in
    /// the task. One lock does not protect: a hibernated machine refuses every change of its
    /// configuration but IS destroyed, with the memory it would have woken up with. Look at
    /// [`crate::GuestStatus::is_hibernated`] before.
    pub async fn remove_guest(&self, guest: &GuestAt, how: RemoveGuest) -> Result<Upid> {
        let on = |flag: bool| flag.then_some(true);
        if how.force && guest.kind == GuestKind::Qemu {
            let text = "a running virtual machine must be stopped before it is removed";
            return Err(self.invalid_for(guest, Method::Delete, &[], text));
        }
        let params = Params::new()
            .with_some("purge", on(how.purge))
            .with_some(
                "destroy-unreferenced-disks",
                on(how.destroy_unreferenced_disks),
            )
            .with_some("force", on(how.force));
        let path = ApiPath::guest(guest, &[]);
        self.begin(Method::Delete, path, params).await
    }
}
