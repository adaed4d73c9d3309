//! Copies of guests, and templates that copies are made of.

use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestAt, GuestKind, NodeName, Vmid};
use crate::params::Params;
use crate::path::ApiPath;
use crate::property::DriveSlot;
use crate::transport::Method;
use crate::upid::Upid;

/// Whether a copy stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloneMode {
    /// As PVE decides: linked for templates, full for everything else.
    Default,
    /// A full copy.
    Full,
    /// Shares the volumes of its template, which cannot be removed while it exists. Takes no
    /// storage and no format.
    Linked,
}

/// A copy to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneGuest {
    /// The number of the copy.
    pub new_vmid: Vmid,
    /// Its name; by default `Copy-of-VM-…`.
    pub name: Option<String>,
    /// Whether it stands alone.
    pub mode: CloneMode,
    /// Copies this snapshot instead of the present state.
    pub snapshot: Option<String>,
    /// The storage of the full copy.
    pub storage: Option<String>,
    /// `raw`, `qcow2` or `vmdk`, for full copies of virtual machines.
    pub format: Option<String>,
    /// The node of the copy; works with shared storages only.
    pub target: Option<NodeName>,
    /// The pool it is put into.
    pub pool: Option<String>,
    /// A note.
    pub description: Option<String>,
    /// Limit for copying, in KiB/s.
    pub bandwidth_limit_kib_s: Option<u64>,
}

impl CloneGuest {
    /// A copy as PVE makes it by default.
    pub fn new(new_vmid: Vmid) -> Self {
        Self {
            new_vmid,
            name: None,
            mode: CloneMode::Default,
            snapshot: None,
            storage: None,
            format: None,
            target: None,
            pool: None,
            description: None,
            bandwidth_limit_kib_s: None,
        }
    }

    fn params(&self, kind: GuestKind) -> std::result::Result<Params, &'static str> {
        if kind == GuestKind::Lxc && self.format.is_some() {
            return Err("copies of containers take no format");
        }
        let name = match kind {
            GuestKind::Qemu => "name",
            GuestKind::Lxc => "hostname",
        };
        let full = match self.mode {
            CloneMode::Default => None,
            CloneMode::Full => Some(true),
            CloneMode::Linked => Some(false),
        };
        Ok(Params::new()
            .with("newid", self.new_vmid)
            .with_some(name, self.name.as_deref())
            .with_some("full", full)
            .with_some("snapname", self.snapshot.as_deref())
            .with_some("storage", self.storage.as_deref())
            .with_some("format", self.format.as_deref())
            .with_some("target", self.target.as_ref())
            .with_some("pool", self.pool.as_deref())
            .with_some("description", self.description.as_deref())
            .with_some("bwlimit", self.bandwidth_limit_kib_s))
    }
}

impl Client {
    /// Copies a guest (PVE: `…/clone`). The copy gets new MAC addresses. A locked guest, a number
    /// in use and volumes that cannot be linked are refused at once. A running container is copied
    /// from a snapshot only.
    pub async fn clone_guest(&self, guest: &GuestAt, clone: &CloneGuest) -> Result<Upid> {
        let params = clone
            .params(guest.kind)
            .map_err(|text| self.invalid_for(guest, Method::Post, &["clone"], text))?;
        let path = ApiPath::guest(guest, &["clone"]);
        self.begin(Method::Post, path, params).await
    }

    /// Makes a template of a guest, or of one drive of it; there is no way back (PVE:
    /// `…/template`). Running ones and ones with snapshots are refused. The answer about a
    /// container does not name the task that converts it.
    ///
    /// Setting the option `template` instead only marks the guest and leaves its volumes as they
    /// are: linked copies of it fail.
    pub async fn convert_to_template(
        &self,
        guest: &GuestAt,
        drive: Option<DriveSlot>,
    ) -> Result<Option<Upid>> {
        if guest.kind == GuestKind::Lxc && drive.is_some() {
            let text = "a container becomes a template as a whole";
            return Err(self.invalid_for(guest, Method::Post, &["template"], text));
        }
        let path = ApiPath::guest(guest, &["template"]);
        let params = Params::new().with_some("disk", drive.map(|slot| slot.to_string()));
        self.begin_or_done(Method::Post, path, params).await
    }
}
