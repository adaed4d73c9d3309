//! Guests out of backups. Both kinds of guests take the same options; only PVE's names differ.

use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestAt, GuestKind};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;
use crate::volume::VolumeId;

/// What may stand where the guest is restored to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreOver {
    /// Nothing: the number must be free.
    Nothing,
    /// The guest of this number, if it is stopped and not protected. Its disks are destroyed
    /// before the backup is read: when reading fails, both are lost.
    TheGuest,
}

/// How a guest is restored; what is missing is as in the backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreOptions {
    /// What may be overwritten.
    pub over: RestoreOver,
    /// Where its volumes go. Containers need one that takes them.
    pub storage: Option<String>,
    /// New MAC addresses, and a new id for its BIOS: for a copy beside the original.
    pub unique: bool,
    /// Start it afterwards.
    pub start: bool,
    /// Start it at once and read what it needs first (backup servers, virtual machines only).
    pub live: bool,
    /// The pool it is put in.
    pub pool: Option<String>,
    /// In KiB/s.
    pub bandwidth_limit_kib_per_s: Option<u64>,
    /// Options of the guest that replace those in the backup, as `name` or `memory`. Disks
    /// cannot be among them for virtual machines.
    pub overrides: Params,
}

impl Default for RestoreOptions {
    /// A new guest, stopped, as in the backup.
    fn default() -> Self {
        Self {
            over: RestoreOver::Nothing,
            storage: None,
            unique: false,
            start: false,
            live: false,
            pool: None,
            bandwidth_limit_kib_per_s: None,
            overrides: Params::new(),
        }
    }
}

impl Client {
    /// Restores a guest to a node and number. An unknown backup and a number in use are refused at
    /// once; a backup of the other kind and broken archives show only in the task, which leaves an
    /// unfinished guest behind.
    pub async fn restore(
        &self,
        target: &GuestAt,
        backup: &VolumeId,
        options: &RestoreOptions,
    ) -> Result<Upid> {
        let own = Params::new().with("vmid", target.vmid);
        let own = match target.kind {
            GuestKind::Qemu => own.with("archive", backup.to_string()),
            GuestKind::Lxc if options.live => {
                let text = "containers cannot be restored live";
                return Err(self.invalid(text.to_owned()));
            }
            GuestKind::Lxc => own
                .with("ostemplate", backup.to_string())
                .with("restore", true),
        };
        let over = options.over == RestoreOver::TheGuest;
        let own = own
            .with_some("force", over.then_some(true))
            .with_some("storage", options.storage.as_deref())
            .with_some("unique", options.unique.then_some(true))
            .with_some("start", options.start.then_some(true))
            .with_some("live-restore", options.live.then_some(true))
            .with_some("pool", options.pool.as_deref())
            .with_some("bwlimit", options.bandwidth_limit_kib_per_s);
        let overrides = options.overrides.iter();
        let params = overrides.fold(own, |params, (name, value)| params.with(name, value));
        let path = ApiPath::node(&target.node, &[target.kind.as_str()]);
        self.begin(Method::Post, path, params).await
    }
}
