//! What a backup takes and how: the same parameters for one backup now and for jobs.

use crate::answer::loose_words;
use crate::ids::Vmid;
use crate::params::Params;
use crate::property::Fleecing;
use crate::prune::KeepOptions;
use crate::resources::words;

words! {
    /// How a running guest is backed up. A stopped one is always done as with `stop`.
    BackupMode {
        /// While it runs. A container on a storage without snapshots is suspended instead.
        Snapshot = "snapshot",
        /// Suspended for a while.
        Suspend = "suspend",
        /// Shut down, backed up, started again.
        Stop = "stop",
    }
}

words! {
    /// How archives are compressed.
    BackupCompression {
        /// Not.
        None = "0",
        /// With the default (lzo).
        Default = "1",
        /// gzip, or pigz.
        Gzip = "gzip",
        /// lzop.
        Lzo = "lzo",
        /// zstd.
        Zstd = "zstd",
    }
}

words! {
    /// Which way the result is told.
    NotificationMode {
        /// By mail where an address is set, else by the notification system.
        Auto = "auto",
        /// By mail, as before 8.1.
        LegacySendmail = "legacy-sendmail",
        /// By targets and matchers.
        NotificationSystem = "notification-system",
    }
}
loose_words!(BackupMode, BackupCompression, NotificationMode);

/// Which guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupSelection {
    /// These.
    Guests(Vec<Vmid>),
    /// All, but for these.
    AllExcept(Vec<Vmid>),
    /// The members of a pool at the time of the backup.
    Pool(String),
}

impl BackupSelection {
    /// Exactly one of `vmid`, `all` and `pool`, as PVE wants it.
    pub(super) fn add_to(&self, params: Params) -> Params {
        match self {
            Self::Guests(guests) => params.with("vmid", list(guests)),
            Self::AllExcept(guests) => {
                let except = (!guests.is_empty()).then(|| list(guests));
                params.with("all", true).with_some("exclude", except)
            }
            Self::Pool(pool) => params.with("pool", pool.as_str()),
        }
    }

    /// Nobody means a backup of nobody: PVE takes it and answers `OK`.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Guests(guests) => guests.is_empty(),
            Self::AllExcept(_) => false,
            Self::Pool(pool) => pool.is_empty(),
        }
    }
}

fn list(guests: &[Vmid]) -> String {
    let guests: Vec<String> = guests.iter().map(ToString::to_string).collect();
    guests.join(",")
}

/// How a backup is made; what is missing is PVE's or the node's default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BackupOptions {
    /// Where to.
    pub storage: Option<String>,
    /// How running guests are backed up.
    pub mode: Option<BackupMode>,
    /// How it is compressed. PVE's default is not to.
    pub compression: Option<BackupCompression>,
    /// What is kept, instead of what the storage says.
    pub keep: Option<KeepOptions>,
    /// Remove older backups after the new one? PVE's default is yes; `keep` says which.
    pub remove_older: Option<bool>,
    /// Protect it from removal. Most storages allow five protected backups of a guest.
    pub protected: Option<bool>,
    /// Notes, with `{{guestname}}`, `{{vmid}}`, `{{node}}`, `{{cluster}}`. Lines are split by
    /// the two characters `\n`; real line feeds are refused.
    pub notes_template: Option<String>,
    /// In KiB/s; 0 is no limit.
    pub bandwidth_limit_kib_per_s: Option<u64>,
    /// 0 to 8, where 8 is idle.
    pub io_priority: Option<u64>,
    /// Threads of zstd; 0: half of the processors.
    pub zstd_threads: Option<u64>,
    /// Where data that the guest overwrites meanwhile is put.
    pub fleecing: Option<Fleecing>,
    /// Which way the result is told.
    pub notification_mode: Option<NotificationMode>,
    /// Any further parameters of PVE's `vzdump`.
    pub further: Params,
}

impl BackupOptions {
    pub(super) fn add_to(&self, params: Params) -> Params {
        let compression = self.compression.as_ref().map(BackupCompression::as_str);
        let notification = self.notification_mode.as_ref();
        let own = params
            .with_some("storage", self.storage.as_deref())
            .with_some("mode", self.mode.as_ref().map(BackupMode::as_str))
            .with_some("compress", compression)
            .with_some("prune-backups", self.keep.as_ref().map(ToString::to_string))
            .with_some("remove", self.remove_older)
            .with_some("protected", self.protected)
            .with_some("notes-template", self.notes_template.as_deref())
            .with_some("bwlimit", self.bandwidth_limit_kib_per_s)
            .with_some("ionice", self.io_priority)
            .with_some("zstd", self.zstd_threads)
            .with_some("fleecing", self.fleecing.as_ref().map(ToString::to_string))
            .with_some(
                "notification-mode",
                notification.map(NotificationMode::as_str),
            );
        let further = self.further.iter();
        further.fold(own, |params, (name, value)| params.with(name, value))
    }
}
