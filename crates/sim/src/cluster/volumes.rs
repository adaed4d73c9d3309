//! Volumes: what lies in storages. Disks of guests, images, templates, backups. A volume of a local
//! storage belongs to one node; one of a shared storage to all.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Cluster;
use super::guest::{GIB, GuestKind};
use super::node::Storage;

/// Where a volume lies: storage, node (empty on shared storages), name without the storage.
pub(crate) type VolumeKey = (String, String, String);

/// A volume.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredVolume {
    /// `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `snippets`, `import`.
    pub(crate) content: &'static str,
    /// `raw`, `qcow2`, `vma.zst` …
    pub(crate) format: String,
    pub(crate) size_bytes: u64,
    pub(crate) used_bytes: u64,
    pub(crate) vmid: Option<u32>,
    /// Seconds since 1970.
    pub(crate) created_s: i64,
    /// The base volume of a linked clone.
    pub(crate) parent: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) protected: bool,
    pub(crate) archive: Option<Arc<Archive>>,
}

/// What a backup remembers of its guest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Archive {
    pub(crate) kind: GuestKind,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) has_system: bool,
}

/// What kind of name a new disk gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiskName<'a> {
    /// `vm-100-disk-0`
    Numbered,
    /// `base-100-disk-0`
    Base,
    /// `vm-100-cloudinit`
    CloudInit,
    /// `vm-100-state-NAME`
    State(&'a str),
}

impl Storage {
    /// Disks are files in a directory.
    pub(crate) fn is_file_based(&self) -> bool {
        matches!(
            self.plugin.as_str(),
            "dir" | "nfs" | "cifs" | "cephfs" | "btrfs"
        )
    }

    /// The format of a disk when none is asked for.
    pub(crate) fn default_format(&self, kind: GuestKind) -> &'static str {
        match (self.plugin.as_str(), kind) {
            ("zfspool", GuestKind::Lxc) => "subvol",
            _ => "raw",
        }
    }

    /// Directory of a storage that keeps files.
    pub(crate) fn directory(&self) -> String {
        self.settings
            .get("path")
            .cloned()
            .unwrap_or_else(|| format!("/mnt/pve/{}", self.id))
    }

    /// The path of a volume on the node.
    pub(crate) fn path_of(&self, name: &str) -> String {
        if self.is_file_based() {
            let directory = self.directory();
            return match name.split_once('/') {
                Some(("iso", file)) => format!("{directory}/template/iso/{file}"),
                Some(("vztmpl", file)) => format!("{directory}/template/cache/{file}"),
                Some(("backup", file)) => format!("{directory}/dump/{file}"),
                Some(("snippets", file)) => format!("{directory}/snippets/{file}"),
                Some(("import", file)) => format!("{directory}/import/{file}"),
                _ => format!("{directory}/images/{name}"),
            };
        }
        match self.plugin.as_str() {
            "zfspool" => {
                let pool = self.settings.get("pool").map_or("rpool", String::as_str);
                if name.starts_with("subvol-") {
                    format!("/{pool}/{name}")
                } else {
                    format!("/dev/zvol/{pool}/{name}")
                }
            }
            "rbd" => {
                let pool = self.settings.get("pool").map_or("rbd", String::as_str);
                format!("rbd:{pool}/{name}")
            }
            _ => {
                let group = self.settings.get("vgname").map_or("pve", String::as_str);
                format!("/dev/{group}/{name}")
            }
        }
    }

    /// What a volume name means here; the error is PVE's text.
    pub(crate) fn parse_name(&self, name: &str) -> Result<NameParts, String> {
        let bad = |what: &str| format!("unable to parse {what} volume name '{name}'");
        if self.plugin == "pbs" {
            let mut parts = name.split('/');
            return match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some("backup"), Some(kind @ ("vm" | "ct")), Some(vmid), Some(_)) => {
                    Ok(NameParts {
                        content: "backup",
                        vmid: vmid.parse().ok(),
                        format: format!("pbs-{kind}"),
                    })
                }
                _ => Err(bad("PBS")),
            };
        }
        if self.is_file_based() {
            return file_name(name).ok_or_else(|| bad("directory"));
        }
        let last = name.rsplit('/').next().unwrap_or(name);
        let vmid = last
            .split_once('-')
            .filter(|(start, _)| matches!(*start, "vm" | "base" | "subvol" | "basevol"))
            .and_then(|(_, rest)| rest.split_once('-'))
            .and_then(|(vmid, _)| vmid.parse().ok());
        let word = match self.plugin.as_str() {
            "zfspool" | "zfs" => "zfs",
            "rbd" => "rbd",
            _ => "lvm",
        };
        match vmid {
            Some(vmid) => Ok(NameParts {
                content: if last.starts_with("subvol") {
                    "rootdir"
                } else {
                    "images"
                },
                vmid: Some(vmid),
                format: if last.starts_with("subvol") {
                    "subvol"
                } else {
                    "raw"
                }
                .to_owned(),
            }),
            None => Err(bad(word)),
        }
    }
}

/// What the name of a volume says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameParts {
    pub(crate) content: &'static str,
    pub(crate) vmid: Option<u32>,
    pub(crate) format: String,
}

fn file_name(name: &str) -> Option<NameParts> {
    let (first, file) = name.split_once('/')?;
    let parts = |content, vmid, format: &str| NameParts {
        content,
        vmid,
        format: format.to_owned(),
    };
    if file.is_empty() || file.contains("..") {
        return None;
    }
    Some(match first {
        "iso" if matches!(ending(file), "iso" | "img") => parts("iso", None, "iso"),
        "vztmpl" => parts("vztmpl", None, template_format(file)?),
        "snippets" => parts("snippets", None, "snippet"),
        "import" => parts("import", None, file.rsplit_once('.')?.1),
        "backup" => {
            let (vmid, format) = backup_name(file);
            if format.is_empty() {
                return None;
            }
            parts("backup", vmid, &format)
        }
        _ => {
            let vmid = first.parse().ok()?;
            let last = file.rsplit('/').next()?;
            let (_, format) = last.rsplit_once('.')?;
            matches!(format, "raw" | "qcow2" | "vmdk" | "subvol").then_some(())?;
            parts("images", Some(vmid), format)
        }
    })
}

pub(crate) fn template_format(file: &str) -> Option<&'static str> {
    [
        (".tar.gz", "tgz"),
        (".tar.xz", "txz"),
        (".tar.zst", "tzst"),
        (".tar.bz2", "tbz2"),
        (".tar", "tar"),
    ]
    .into_iter()
    .find(|(end, _)| file.ends_with(end))
    .map(|(_, format)| format)
}

/// Guest and format of a backup file: `vzdump-qemu-100-2026_01_31-02_00_01.vma.zst`.
fn backup_name(file: &str) -> (Option<u32>, String) {
    let format = [
        "vma.zst", "vma.gz", "vma.lzo", "vma", "tar.zst", "tar.gz", "tar.lzo", "tar", "tgz",
    ]
    .into_iter()
    .find(|format| file.ends_with(&format!(".{format}")))
    .unwrap_or_default();
    let vmid = file
        .strip_prefix("vzdump-")
        .and_then(|rest| rest.split('-').nth(1))
        .and_then(|vmid| vmid.parse().ok());
    (vmid, format.to_owned())
}

impl Cluster {
    /// Where a volume of that storage lies for a node.
    pub(crate) fn volume_key(&self, node: &str, volid: &str) -> Option<VolumeKey> {
        let (storage, name) = volid.split_once(':')?;
        let shared = self.storage(storage)?.shared;
        let node = if shared { "" } else { node };
        Some((storage.to_owned(), node.to_owned(), name.to_owned()))
    }

    pub(crate) fn volume(&self, node: &str, volid: &str) -> Option<&StoredVolume> {
        self.volumes.get(&self.volume_key(node, volid)?)
    }

    pub(crate) fn volume_mut(&mut self, node: &str, volid: &str) -> Option<&mut StoredVolume> {
        let key = self.volume_key(node, volid)?;
        self.volumes.get_mut(&key)
    }

    /// Volumes of a storage as a node sees them.
    pub(crate) fn volumes_of<'a>(
        &'a self,
        node: &str,
        storage: &'a Storage,
    ) -> impl Iterator<Item = (String, &'a StoredVolume)> + use<'a> {
        self.volumes_below(node, storage, String::new())
    }

    /// Those whose names begin so: the rest of a large storage is not looked at.
    pub(crate) fn volumes_below<'a>(
        &'a self,
        node: &str,
        storage: &'a Storage,
        start: String,
    ) -> impl Iterator<Item = (String, &'a StoredVolume)> + use<'a> {
        let node = if storage.shared { "" } else { node }.to_owned();
        let from = (storage.id.clone(), node.clone(), start.clone());
        self.volumes
            .range(from..)
            .take_while(move |((id, on, name), _)| {
                name.starts_with(&start) && *id == storage.id && *on == node
            })
            .map(|((id, _, name), volume)| (format!("{id}:{name}"), volume))
    }

    /// Puts a volume into a storage.
    pub(crate) fn add_volume(&mut self, node: &str, volid: &str, volume: StoredVolume) {
        let Some(key) = self.volume_key(node, volid) else {
            return;
        };
        let used = i64::try_from(volume.used_bytes).unwrap_or(i64::MAX);
        self.grow(&key, used);
        self.volumes.insert(key, volume);
    }

    /// Takes a volume away.
    pub(crate) fn remove_volume(&mut self, node: &str, volid: &str) -> Option<StoredVolume> {
        let key = self.volume_key(node, volid)?;
        let volume = self.volumes.remove(&key)?;
        let used = i64::try_from(volume.used_bytes).unwrap_or(i64::MAX);
        self.grow(&key, -used);
        Some(volume)
    }

    /// What came or went since the world began counts on top of the storage's own figure.
    fn grow(&mut self, (storage, node, _): &VolumeKey, bytes: i64) {
        if let Some(storage) = self.storages.iter_mut().find(|known| known.id == *storage) {
            *storage.grown_bytes.entry(node.clone()).or_default() += bytes;
        }
    }

    /// Makes a disk for a guest and gives its name.
    pub(crate) fn allocate(
        &mut self,
        node: &str,
        storage: &str,
        (kind, vmid): (GuestKind, u32),
        (name, format): (DiskName<'_>, &str),
        size_bytes: u64,
    ) -> String {
        let volid = self.free_name(node, storage, (kind, vmid), (name, format));
        let blank = self.storage(storage).is_none_or(Storage::is_file_based);
        let used_bytes = if blank && format != "raw" {
            196_608
        } else {
            size_bytes.min(GIB / 16)
        };
        let volume = StoredVolume {
            content: match kind {
                GuestKind::Qemu => "images",
                GuestKind::Lxc => "rootdir",
            },
            format: format.to_owned(),
            size_bytes,
            used_bytes,
            vmid: Some(vmid),
            created_s: self.now_ms.div_euclid(1000),
            parent: None,
            notes: None,
            protected: false,
            archive: None,
        };
        self.add_volume(node, &volid, volume);
        volid
    }

    /// The first name that is free in a storage.
    pub(crate) fn free_name(
        &self,
        node: &str,
        storage: &str,
        (kind, vmid): (GuestKind, u32),
        (name, format): (DiskName<'_>, &str),
    ) -> String {
        let file_based = self.storage(storage).is_none_or(Storage::is_file_based);
        let spell = |stem: &str| {
            if file_based {
                format!("{storage}:{vmid}/{stem}.{format}")
            } else {
                format!("{storage}:{stem}")
            }
        };
        let start = match (name, format, kind) {
            (DiskName::CloudInit, _, _) => return spell(&format!("vm-{vmid}-cloudinit")),
            (DiskName::State(of), _, _) => return spell(&format!("vm-{vmid}-state-{of}")),
            (DiskName::Base, "subvol", _) => "basevol",
            (DiskName::Numbered, "subvol", _) if !file_based => "subvol",
            (DiskName::Base, _, _) => "base",
            (DiskName::Numbered, _, _) => "vm",
        };
        let taken: std::collections::BTreeSet<u32> = self
            .storage(storage)
            .into_iter()
            .flat_map(|storage| self.volumes_of(node, storage))
            .filter(|(_, volume)| volume.vmid == Some(vmid))
            .filter_map(|(volid, _)| disk_number(&volid))
            .collect();
        let number = (0..u32::MAX)
            .find(|number| !taken.contains(number))
            .unwrap_or(0);
        spell(&format!("{start}-{vmid}-disk-{number}"))
    }
}

/// What stands behind the last dot; PVE tells upper case from lower case there.
pub(crate) fn ending(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The number in `…-disk-3.qcow2`.
pub(crate) fn disk_number(volid: &str) -> Option<u32> {
    let (_, rest) = volid.rsplit_once("-disk-")?;
    let digits = rest.split('.').next()?;
    digits.parse().ok()
}

/// A size as configuration files spell it: the largest unit that divides it.
pub(crate) fn exact_size(bytes: u64) -> String {
    for (unit, factor) in [
        ("T", 1024 * GIB),
        ("G", GIB),
        ("M", 1 << 20),
        ("K", 1 << 10),
    ] {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{}{unit}", bytes / factor);
        }
    }
    bytes.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_use_the_largest_unit_that_divides_them() {
        assert_eq!(exact_size(104_858 * 1024), "104858K");
        assert_eq!(exact_size(GIB), "1G");
        assert_eq!(exact_size(1152 << 20), "1152M");
    }

    #[test]
    fn names_of_files_say_what_they_hold() {
        let parts = file_name("100/vm-100-disk-0.qcow2").unwrap();
        assert_eq!((parts.content, parts.vmid), ("images", Some(100)));
        let parts = file_name("backup/vzdump-lxc-200-2026_01_31-02_00_01.tar.zst").unwrap();
        assert_eq!((parts.vmid, parts.format.as_str()), (Some(200), "tar.zst"));
        for bad in ["-1", "abc", "iso/x.txt", "backup/x"] {
            assert_eq!(file_name(bad), None, "{bad}");
        }
    }
}
