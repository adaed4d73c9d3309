//! What the name of a volume within its storage tells.

use jiff::Timestamp;

use crate::formats::is_vmid;
use crate::ids::Vmid;
use crate::volume::{ArchiveName, ArchiveOwner};

/// What the name of a volume within its storage tells. The name is all this looks at: whether the
/// volume is there, and of which content type its storage says it is, only the server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeKind {
    /// A disk: of a guest, of a template (`base-…`), or one with a name of its own.
    Disk {
        /// Whose it is.
        owner: Vmid,
        /// Part of a template?
        of_template: bool,
        /// Of a linked clone: the disk it builds on, as the storage names it.
        base: Option<String>,
        /// The file format, on file stores: `raw`, `qcow2`, `vmdk`, `subvol`.
        format: Option<String>,
    },
    /// What cloud-init reads.
    CloudInit {
        /// Whose it is.
        owner: Vmid,
    },
    /// The memory of a guest at a snapshot.
    State {
        /// Whose it is.
        owner: Vmid,
        /// The snapshot (or `suspend-…` of a hibernated guest).
        snapshot: String,
    },
    /// An ISO image.
    Iso {
        /// The file.
        file: String,
    },
    /// A template for containers.
    ContainerTemplate {
        /// The file.
        file: String,
    },
    /// A backup in one file.
    Backup {
        /// Its name, read; nothing if it is no name that vzdump gives.
        archive: Option<ArchiveName>,
        /// The file.
        file: String,
    },
    /// A backup on a backup server.
    PbsSnapshot {
        /// What was backed up.
        owner: ArchiveOwner,
        /// Its number; mostly a guest number, `host` backups carry any text.
        id: String,
        /// When.
        time: Timestamp,
    },
    /// A snippet.
    Snippet {
        /// The file.
        file: String,
    },
    /// An image or appliance to be imported.
    Import {
        /// The file, within a folder for the parts of an appliance.
        file: String,
    },
    /// Anything else.
    Other,
}

impl VolumeKind {
    /// What this name tells.
    pub(super) fn of(name: &str) -> Self {
        if let Some((folder, rest)) = name.split_once('/') {
            let file = rest.to_owned();
            match folder {
                "iso" => return Self::Iso { file },
                "vztmpl" => return Self::ContainerTemplate { file },
                "snippets" => return Self::Snippet { file },
                "import" => return Self::Import { file },
                "backup" => {
                    return pbs_snapshot(rest).unwrap_or_else(|| Self::Backup {
                        archive: rest.parse().ok(),
                        file,
                    });
                }
                _ => {}
            }
        }
        guest_volume(name).unwrap_or(Self::Other)
    }

    /// The guest it belongs to, where the name tells.
    pub fn owner(&self) -> Option<Vmid> {
        match self {
            Self::Disk { owner, .. } | Self::CloudInit { owner } | Self::State { owner, .. } => {
                Some(*owner)
            }
            Self::Backup { archive, .. } => archive.as_ref()?.vmid(),
            Self::PbsSnapshot { id, .. } => id.parse().ok(),
            Self::Iso { .. }
            | Self::ContainerTemplate { .. }
            | Self::Snippet { .. }
            | Self::Import { .. }
            | Self::Other => None,
        }
    }
}

/// `vm/100/2026-01-31T01:00:01Z`
fn pbs_snapshot(text: &str) -> Option<VolumeKind> {
    let mut parts = text.split('/');
    let owner = match parts.next()? {
        "vm" => ArchiveOwner::Qemu,
        "ct" => ArchiveOwner::Lxc,
        _ => return None,
    };
    let id = parts.next()?.to_owned();
    let time = parts.next()?.parse().ok()?;
    parts
        .next()
        .is_none()
        .then_some(VolumeKind::PbsSnapshot { owner, id, time })
}

/// `100/vm-100-disk-0.qcow2`, `9000/base-9000-disk-0.raw/120/vm-120-disk-0.qcow2`, `vm-100-disk-0`,
/// `base-9000-disk-0/vm-120-disk-0`, `subvol-200-disk-0`, `vm-100-state-before`, …
fn guest_volume(name: &str) -> Option<VolumeKind> {
    let (front, own) = match name.rsplit_once('/') {
        None => (Front::default(), name),
        Some((front, own)) => (front_parts(front)?, own),
    };
    let (stem, format) = match own.rsplit_once('.') {
        Some((stem, format @ ("raw" | "qcow2" | "vmdk" | "subvol"))) => (stem, Some(format)),
        _ => (own, None),
    };
    let (role, named_owner, rest) = name_parts(stem);
    // On file stores the folder is what counts: files there may have any name.
    let owner = match (front.folder, named_owner) {
        (Some(owner), _) if format.is_some() => owner,
        (_, owner) => owner?,
    };
    if rest == "cloudinit" && front.base.is_none() {
        return Some(VolumeKind::CloudInit { owner });
    }
    if let Some(snapshot) = rest.strip_prefix("state-") {
        let snapshot = snapshot.to_owned();
        return Some(VolumeKind::State { owner, snapshot });
    }
    Some(VolumeKind::Disk {
        owner,
        of_template: role.starts_with("base"),
        base: front.base,
        format: format.map(str::to_owned),
    })
}

/// Role, guest and the rest of `vm-100-disk-0`; without a guest if it is no such name.
fn name_parts(stem: &str) -> (&str, Option<Vmid>, &str) {
    let Some((role, rest)) = stem.split_once('-') else {
        return (stem, None, "");
    };
    let known = matches!(role, "vm" | "base" | "subvol" | "basevol");
    match rest.split_once('-') {
        Some((number, rest)) if known => match vmid(number) {
            Some(owner) => (role, Some(owner), rest),
            None => (role, None, ""),
        },
        _ => (role, None, ""),
    }
}

fn vmid(text: &str) -> Option<Vmid> {
    if is_vmid(text) {
        text.parse().ok()
    } else {
        None
    }
}

/// What stands in front of the last part of a name.
#[derive(Default)]
struct Front {
    /// The folder of a guest, on file stores.
    folder: Option<Vmid>,
    /// The disk that a linked clone builds on.
    base: Option<String>,
}

/// A guest number, a base and a guest number, or a base alone.
fn front_parts(front: &str) -> Option<Front> {
    let (base, folder) = match front.rsplit_once('/') {
        None => match vmid(front) {
            Some(folder) => {
                let folder = Some(folder);
                return Some(Front { folder, base: None });
            }
            None => (front, None),
        },
        Some((base, number)) => match vmid(number) {
            Some(folder) => (base, Some(folder)),
            None => (front, None),
        },
    };
    let last = base.rsplit('/').next()?;
    let base = (last.starts_with("base-") || last.starts_with("basevol-")).then(|| base.to_owned());
    base.is_some().then_some(Front { folder, base })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(owner: u32, of_template: bool, base: Option<&str>, format: Option<&str>) -> VolumeKind {
        VolumeKind::Disk {
            owner: owner.try_into().unwrap(),
            of_template,
            base: base.map(str::to_owned),
            format: format.map(str::to_owned),
        }
    }

    #[test]
    fn disks_of_every_storage_are_known() {
        let cases = [
            ("100/own.raw", disk(100, false, None, Some("raw"))),
            (
                "101/vm-100-disk-0.qcow2",
                disk(101, false, None, Some("qcow2")),
            ),
            (
                "100/vm-100-disk-0.qcow2",
                disk(100, false, None, Some("qcow2")),
            ),
            (
                "200/subvol-200-disk-0.subvol",
                disk(200, false, None, Some("subvol")),
            ),
            ("vm-100-disk-0", disk(100, false, None, None)),
            ("vm-100-disk-0.qcow2", disk(100, false, None, Some("qcow2"))),
            ("base-9000-disk-0", disk(9000, true, None, None)),
            ("subvol-200-disk-1", disk(200, false, None, None)),
            (
                "base-9000-disk-0/vm-120-disk-0",
                disk(120, false, Some("base-9000-disk-0"), None),
            ),
            (
                "9000/base-9000-disk-0.qcow2/120/vm-120-disk-0.qcow2",
                disk(
                    120,
                    false,
                    Some("9000/base-9000-disk-0.qcow2"),
                    Some("qcow2"),
                ),
            ),
            (
                "100/vm-100-own-name.raw",
                disk(100, false, None, Some("raw")),
            ),
        ];
        for (name, kind) in cases {
            assert_eq!(VolumeKind::of(name), kind, "{name}");
        }
    }

    #[test]
    fn other_kinds_are_known_by_folder_or_name() {
        let owner: Vmid = 100.try_into().unwrap();
        assert_eq!(
            VolumeKind::of("100/vm-100-cloudinit.qcow2"),
            VolumeKind::CloudInit { owner }
        );
        assert_eq!(
            VolumeKind::of("vm-100-state-before"),
            VolumeKind::State {
                owner,
                snapshot: "before".to_owned()
            }
        );
        assert_eq!(
            VolumeKind::of("import/appliance.ova/disk-1.vmdk"),
            VolumeKind::Import {
                file: "appliance.ova/disk-1.vmdk".to_owned()
            }
        );
        assert_eq!(
            VolumeKind::of("backup/vm/100/2026-01-31T01:00:01Z"),
            VolumeKind::PbsSnapshot {
                owner: ArchiveOwner::Qemu,
                id: "100".to_owned(),
                time: "2026-01-31T01:00:01Z".parse().unwrap()
            }
        );
        assert_eq!(
            VolumeKind::of("backup/vm/100/2026-01-31T01:00:01Z").owner(),
            Some(owner)
        );
        for other in [
            "",
            "x",
            "vm-1-disk-0",
            "0:0:1",
            "foo/vm-100-disk-0",
            "vm-100",
        ] {
            assert_eq!(VolumeKind::of(other), VolumeKind::Other, "{other}");
        }
    }
}
