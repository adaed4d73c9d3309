//! Configurations of guests: as wanted, as running, as in a snapshot, what waits for a restart,
//! and changes.

use serde_json::Value;

use crate::answer::{Loose, answers};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::guests::GuestConfig;
use crate::ids::{GuestAt, GuestKind};
use crate::params::{ParamValue, Params};
use crate::path::ApiPath;
use crate::property::{Drive, DriveSlot, LxcNet, MountPoint, PropertyError, QemuNet};
use crate::transport::Method;
use crate::upid::Upid;

/// Which of the configurations of a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigView<'a> {
    /// As it is wanted, with pending changes: what a start would use.
    Wanted,
    /// As it is in force now, without pending changes.
    Running,
    /// As it was when this snapshot was made. The password of cloud-init is not masked in it:
    /// its hash is a secret.
    Snapshot(&'a str),
}

/// Whether a key will be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Removal {
    /// No.
    No,
    /// At the next start.
    Wanted,
    /// At the next start, with the volume behind it.
    Forced,
}

impl Loose for Removal {
    fn loose(value: Option<&Value>) -> Option<Self> {
        Some(match u64::loose(value) {
            None | Some(0) => Self::No,
            Some(1) => Self::Wanted,
            Some(_) => Self::Forced,
        })
    }
}

answers! {
    /// A key of a configuration and what waits for the next start of its guest.
    PendingValue {
        /// The key, as `memory`.
        key: String = "key",
        /// What is in force; nothing when the key is new. Passwords come masked.
        value: Option<String> = "value",
        /// What it will be; nothing when it stays.
        pending: Option<String> = "pending",
        /// Will it be removed?
        removal: Removal = "delete",
    }
}

impl PendingValue {
    /// Does something wait?
    pub fn is_changing(&self) -> bool {
        self.pending.is_some() || self.removal != Removal::No
    }
}

/// A configuration with its pending changes.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingConfig {
    /// Hash of the file, for [`ConfigChange::digest`].
    pub digest: Option<String>,
    /// All keys, sorted; most of them wait for nothing.
    pub values: Vec<PendingValue>,
}

impl PendingConfig {
    /// What waits for the next start.
    pub fn changes(&self) -> impl Iterator<Item = &PendingValue> {
        self.values.iter().filter(|value| value.is_changing())
    }

    fn of_rows(rows: Vec<PendingValue>) -> Self {
        let (digests, mut values): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.key == "digest");
        // PVE's order is the one of a hash: another one with every answer.
        values.sort_by(|a, b| a.key.cmp(&b.key));
        let digest = digests.into_iter().find_map(|row| row.value);
        Self { digest, values }
    }
}

/// A change of a configuration.
///
/// ```
/// use pve::ConfigChange;
/// let change = ConfigChange::new().set("memory", 2048_u32).delete("balloon");
/// assert_eq!(change.delete, ["balloon"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigChange {
    /// Keys and their new values, in PVE's spelling.
    pub set: Params,
    /// Keys to remove. The key of a volume becomes `unusedN`; removing `unusedN` destroys the
    /// volume.
    pub delete: Vec<String>,
    /// Keys whose pending change is taken back.
    pub revert: Vec<String>,
    /// The digest of the configuration that was read: when it is another one by now, the change
    /// is refused as [`ErrorKind::Conflict`]. Nothing: the last one wins.
    pub digest: Option<String>,
    /// Destroys the volumes of removed keys instead of keeping them as `unusedN` (virtual
    /// machines only).
    pub destroy_volumes: bool,
}

impl ConfigChange {
    /// No change; PVE refuses it with `no options specified`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<ParamValue>) -> Self {
        self.set = self.set.with(key, value);
        self
    }

    /// Removes a key.
    #[must_use]
    pub fn delete(mut self, key: &str) -> Self {
        self.delete.push(key.to_owned());
        self
    }

    /// Only if the configuration still has this digest.
    #[must_use]
    pub fn if_digest(mut self, digest: &str) -> Self {
        self.digest = Some(digest.to_owned());
        self
    }

    fn params(&self, kind: GuestKind) -> std::result::Result<Params, &'static str> {
        let list = |keys: &[String]| (!keys.is_empty()).then(|| keys.join(","));
        let params = (self.set.clone())
            .with_some("delete", list(&self.delete))
            .with_some("revert", list(&self.revert))
            .with_some("digest", self.digest.as_deref());
        match (self.destroy_volumes, kind) {
            (false, _) => Ok(params),
            (true, GuestKind::Qemu) => Ok(params.with("force", true)),
            (true, GuestKind::Lxc) => Err(
                "volumes of containers are not destroyed with their key: remove the `unusedN` key afterwards",
            ),
        }
    }
}

impl GuestConfig {
    /// The value of a key; nothing means the default.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The drives of a virtual machine, unused ones included, by their keys.
    pub fn drives(&self) -> impl Iterator<Item = (DriveSlot, Result<Drive, PropertyError>)> {
        self.values.iter().filter_map(|(key, text)| {
            let slot: DriveSlot = key.parse().ok()?;
            Some((slot, Drive::read(slot, text)))
        })
    }

    /// The volumes of a container, unused ones included, by their keys.
    pub fn mount_points(&self) -> impl Iterator<Item = (&str, Result<MountPoint, PropertyError>)> {
        let is_volume =
            |key: &str| key == "rootfs" || numbered(key, "mp") || numbered(key, "unused");
        self.values
            .iter()
            .filter(move |(key, _)| is_volume(key))
            .map(|(key, text)| (key.as_str(), MountPoint::read(key, text)))
    }

    /// The network cards of a virtual machine.
    pub fn qemu_nets(&self) -> impl Iterator<Item = (&str, Result<QemuNet, PropertyError>)> {
        self.values
            .iter()
            .filter(|(key, _)| numbered(key, "net"))
            .map(|(key, text)| (key.as_str(), QemuNet::read(text)))
    }

    /// The network cards of a container.
    pub fn lxc_nets(&self) -> impl Iterator<Item = (&str, Result<LxcNet, PropertyError>)> {
        self.values
            .iter()
            .filter(|(key, _)| numbered(key, "net"))
            .map(|(key, text)| (key.as_str(), LxcNet::read(text)))
    }
}

fn numbered(key: &str, prefix: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

impl Client {
    /// One of the configurations of a guest (PVE: `…/config`). Passwords come masked, but not in
    /// snapshots.
    pub async fn guest_config_view(
        &self,
        guest: &GuestAt,
        view: ConfigView<'_>,
    ) -> Result<GuestConfig> {
        let params = match view {
            ConfigView::Wanted => Params::new(),
            ConfigView::Running => Params::new().with("current", true),
            ConfigView::Snapshot(name) => Params::new().with("snapshot", name),
        };
        self.read_config(ApiPath::guest(guest, &["config"]), params)
            .await
    }

    /// What is in force and what waits for the next start (PVE: `…/pending`).
    pub async fn guest_pending(&self, guest: &GuestAt) -> Result<PendingConfig> {
        let path = ApiPath::guest(guest, &["pending"]);
        self.list_of(path, Params::new())
            .await
            .map(PendingConfig::of_rows)
    }

    /// Changes a configuration and waits for it (PVE: PUT `…/config`). On a running guest what
    /// cannot be changed at once waits for the next start without a sign: see
    /// [`Client::guest_pending`]; what was tried and did not work is refused, naming the key, and
    /// waits as well. Nothing checks whether the guest can start with it.
    ///
    /// While another job holds the configuration PVE waits 10 s and then refuses with
    /// `can't lock file …`.
    pub async fn set_guest_config(&self, guest: &GuestAt, change: &ConfigChange) -> Result<()> {
        let params = self.config_params(guest, change, Method::Put)?;
        let path = ApiPath::guest(guest, &["config"]);
        self.tell(Method::Put, path, params).await
    }

    /// Changes a configuration in a task, which is what new volumes need: they can take longer
    /// than a request may (PVE: POST `…/config`). With `wait_s` (at most 30) PVE waits that many
    /// seconds first; nothing comes back when it was done by then. Containers have no such call:
    /// theirs are changed as by [`Client::set_guest_config`].
    pub async fn start_guest_config(
        &self,
        guest: &GuestAt,
        change: &ConfigChange,
        wait_s: Option<u32>,
    ) -> Result<Option<Upid>> {
        if guest.kind == GuestKind::Lxc {
            return self.set_guest_config(guest, change).await.map(|()| None);
        }
        let params = self
            .config_params(guest, change, Method::Post)?
            .with_some("background_delay", wait_s);
        let path = ApiPath::guest(guest, &["config"]);
        self.begin_or_done(Method::Post, path, params).await
    }

    /// Takes the lock off a virtual machine that a broken job left behind, for `root@pam` with a
    /// password only. Nothing checks whether the job is really gone. The API has no such call for
    /// containers.
    pub async fn remove_lock(&self, guest: &GuestAt) -> Result<()> {
        if guest.kind == GuestKind::Lxc {
            let text = "the lock of a container is taken off by `pct unlock` on its node";
            return Err(self.invalid_for(guest, Method::Put, &["config"], text));
        }
        let params = Params::new().with("delete", "lock").with("skiplock", true);
        let path = ApiPath::guest(guest, &["config"]);
        self.tell(Method::Put, path, params).await
    }

    fn config_params(
        &self,
        guest: &GuestAt,
        change: &ConfigChange,
        method: Method,
    ) -> Result<Params> {
        change
            .params(guest.kind)
            .map_err(|text| self.invalid_for(guest, method, &["config"], text))
    }

    /// Refuses a call of a guest before anything is sent.
    pub(crate) fn invalid_for(
        &self,
        guest: &GuestAt,
        method: Method,
        rest: &[&'static str],
        text: &str,
    ) -> Error {
        let path = ApiPath::guest(guest, rest);
        Error::of_call(
            self.endpoint(),
            method,
            &path,
            ErrorKind::Invalid(text.to_owned()),
        )
    }
}
