//! New guests. Restoring one from a backup is the same call and has a place of its own.

use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::Result;
use crate::ids::{GuestAt, GuestKind};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

/// A guest to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGuest {
    /// Where, of which kind and with which number.
    pub at: GuestAt,
    /// The template of a container, as `local:vztmpl/debian.tar.zst`; a container needs one. A
    /// virtual machine is made of a template by cloning it.
    pub template: Option<String>,
    /// Keys of its configuration. A new volume is written `{storage}:{GiB}`. Containers also take
    /// `password` and `ssh-public-keys` here.
    pub options: Params,
    /// Where volumes go that do not say so.
    pub storage: Option<String>,
    /// The pool it is put into.
    pub pool: Option<String>,
    /// Starts it when it is there.
    pub start: bool,
    /// Hands it to HA (from 9.1).
    pub ha_managed: bool,
    /// Limit for reading and writing volumes, in KiB/s.
    pub bandwidth_limit_kib_s: Option<u64>,
}

impl NewGuest {
    /// A guest with nothing set.
    pub fn new(at: GuestAt) -> Self {
        Self {
            at,
            template: None,
            options: Params::new(),
            storage: None,
            pool: None,
            start: false,
            ha_managed: false,
            bandwidth_limit_kib_s: None,
        }
    }

    fn params(&self) -> std::result::Result<Params, &'static str> {
        let on = |flag: bool| flag.then_some(true);
        let params = Params::new().with("vmid", self.at.vmid);
        let params = match (&self.template, self.at.kind) {
            (None, GuestKind::Qemu) => params,
            (Some(volume), GuestKind::Lxc) => params.with("ostemplate", volume.as_str()),
            (None, GuestKind::Lxc) => return Err("a container is made of a template"),
            (Some(_), GuestKind::Qemu) => {
                return Err("a virtual machine is made of a template by cloning it");
            }
        };
        let params = self
            .options
            .iter()
            .fold(params, |params, (key, value)| params.with(key, value));
        Ok(params
            .with_some("storage", self.storage.as_deref())
            .with_some("pool", self.pool.as_deref())
            .with_some("start", on(self.start))
            .with_some("ha-managed", on(self.ha_managed))
            .with_some("bwlimit", self.bandwidth_limit_kib_s))
    }
}

impl Client {
    /// Makes a guest (PVE: POST `/nodes/{node}/{qemu|lxc}`). A number in use, missing storages and
    /// bad values are refused at once; a missing template or a full storage shows only in the
    /// task. A pool that does not exist is refused as not permitted (403).
    pub async fn create_guest(&self, guest: &NewGuest, differences: Differences) -> Result<Upid> {
        let path = ApiPath::node(&guest.at.node, &[guest.at.kind.as_str()]);
        if guest.ha_managed {
            differences.require(Feature::HaManagedCreate, self, Method::Post, &path)?;
        }
        let params = guest
            .params()
            .map_err(|text| self.invalid_for(&guest.at, Method::Post, &[], text))?;
        self.begin(Method::Post, path, params).await
    }
}
