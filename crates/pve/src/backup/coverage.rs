//! What jobs cover, by volume, and what none covers.

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers};
use crate::client::Client;
use crate::error::Result;
use crate::ids::Vmid;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A volume of a guest of a job.
    CoveredVolume {
        /// Guest and option, as `100:scsi0`.
        id: String = "id",
        /// The volume or path.
        volume: Option<String> = "name",
        /// Is it in the backups?
        included: bool = "included",
        /// Why, as `backup=yes` or `not a volume`.
        reason: Option<String> = "reason",
    }
    /// A guest of a job.
    CoveredGuest {
        /// Its number.
        vmid: Vmid = "id",
        /// Its name.
        name: Option<String> = "name",
        /// `qemu`, `lxc`, or `unknown` for one that is gone.
        kind: Option<String> = "type",
        /// Its volumes.
        volumes: Vec<CoveredVolume> = "children",
    }
    /// A guest of no job.
    UncoveredGuest {
        /// Its number.
        vmid: Vmid = "vmid",
        /// Its name.
        name: Option<String> = "name",
        /// `qemu` or `lxc`.
        kind: Option<String> = "type",
    }
}

/// The tree of a job, whose top says nothing.
struct Tree(Vec<CoveredGuest>);

impl Row for Tree {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        Loose::loose(map.get("children")).map(Self)
    }
}

impl Client {
    /// The guests of a job and which of their volumes its backups hold. Guests the caller may not
    /// see are left out by PVE.
    pub async fn backup_job_volumes(&self, id: &str) -> Result<Vec<CoveredGuest>> {
        let path = self.api_path(&["cluster", "backup", id, "included_volumes"])?;
        let Tree(guests) = self.one_of(path, Params::new()).await?;
        Ok(guests)
    }

    /// Guests that no job names. A job that is switched off counts as one that does, so this is
    /// no proof that anything is backed up.
    pub async fn guests_without_backup_job(&self) -> Result<Vec<UncoveredGuest>> {
        let path = ApiPath::fixed(&["cluster", "backup-info", "not-backed-up"]);
        self.list_of(path, Params::new()).await
    }
}
