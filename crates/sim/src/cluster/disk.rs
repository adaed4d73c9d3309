//! Disks in configurations: which options are disks, and what their values say.

use super::guest::{GIB, Guest, GuestKind, MIB};

/// Whether an option is a disk that the guest starts with.
pub(crate) fn is_disk_key(kind: GuestKind, key: &str) -> bool {
    let (name, number) = key.split_at(key.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    match kind {
        GuestKind::Qemu => matches!(name, "scsi" | "virtio" | "sata" | "ide") && !number.is_empty(),
        GuestKind::Lxc => key == "rootfs" || (name == "mp" && !number.is_empty()),
    }
}

/// A disk value such as `local-lvm:vm-100-disk-0,size=32G`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Volume<'a> {
    /// `storage:name`.
    pub(crate) id: &'a str,
    pub(crate) storage: &'a str,
    pub(crate) size_bytes: u64,
    pub(crate) is_cdrom: bool,
}

impl<'a> Volume<'a> {
    pub(crate) fn parse(value: &'a str) -> Option<Self> {
        let mut parts = value.split(',');
        let id = parts.next()?;
        let (storage, _) = id.split_once(':')?;
        let mut volume = Volume {
            id,
            storage,
            size_bytes: 0,
            is_cdrom: false,
        };
        for part in parts {
            match part.split_once('=') {
                Some(("size", size)) => volume.size_bytes = parse_size(size).unwrap_or(0),
                Some(("media", "cdrom")) => volume.is_cdrom = true,
                _ => {}
            }
        }
        Some(volume)
    }
}

/// `32G`, `1.5T`, `512`: bytes.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(
        text.trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .len(),
    );
    let factor = match unit {
        "" => 1,
        "K" => 1024,
        "M" => MIB,
        "G" => GIB,
        "T" => 1024 * GIB,
        _ => return None,
    };
    number
        .parse::<f64>()
        .ok()
        .map(|number| (number * factor as f64) as u64)
}

/// A size in GiB in the spelling of configuration files: `32G`, `1536M`.
pub(crate) fn size_text(gib: f64) -> String {
    let mib = (gib * 1024.0).round() as u64;
    if mib.is_multiple_of(1024) {
        format!("{}G", mib / 1024)
    } else {
        format!("{mib}M")
    }
}

/// Whether an option holds a volume: disks, unused ones, firmware variables, TPM state.
pub(crate) fn is_volume_key(kind: GuestKind, key: &str) -> bool {
    is_disk_key(kind, key)
        || key
            .strip_prefix("unused")
            .is_some_and(|number| number.parse::<u16>().is_ok())
        || (kind == GuestKind::Qemu && matches!(key, "efidisk0" | "tpmstate0"))
}

/// The guest that a volume's name belongs to.
pub(crate) fn owner_of(volid: &str) -> Option<u32> {
    let name = volid.rsplit(['/', ':']).next()?;
    let (start, rest) = name.split_once('-')?;
    matches!(start, "vm" | "base" | "subvol" | "basevol").then_some(())?;
    rest.split('-').next()?.parse().ok()
}

impl Guest {
    /// Volumes in the configuration that are the guest's own, each once.
    pub(crate) fn owned_volumes(&self) -> impl Iterator<Item = &str> {
        self.config
            .iter()
            .filter(|(key, _)| is_volume_key(self.kind, key) || key.as_str() == "vmstate")
            .filter_map(|(_, value)| Volume::parse(value))
            .map(|volume| volume.id)
            .filter(|volid| owner_of(volid) == Some(self.vmid))
    }

    /// Whether the configuration, waiting changes or a snapshot names a volume.
    pub(crate) fn names_volume(&self, volid: &str) -> bool {
        let has = |value: &String| value == volid || value.starts_with(&format!("{volid},"));
        self.config.values().any(has)
            || self.pending.values().flatten().any(has)
            || self.snapshot_names_volume(volid)
    }

    pub(crate) fn snapshot_names_volume(&self, volid: &str) -> bool {
        let has = |value: &String| value == volid || value.starts_with(&format!("{volid},"));
        self.snapshots.values().any(|snapshot| {
            snapshot.config.values().any(has) || snapshot.state_volume.as_deref() == Some(volid)
        })
    }

    /// Keeps a volume as `unusedN`, N being the first free one.
    pub(crate) fn add_unused(&mut self, volid: &str) -> String {
        let key = (0..=u16::MAX)
            .map(|number| format!("unused{number}"))
            .find(|key| !self.config.contains_key(key))
            .unwrap_or_default();
        self.config.insert(key.clone(), volid.to_owned());
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_value_gives_its_storage_and_size() {
        let volume = Volume::parse("local-lvm:vm-100-disk-0,discard=on,size=1152M").unwrap();
        assert_eq!(volume.storage, "local-lvm");
        assert_eq!(volume.size_bytes, 1152 * MIB);
        assert!(!volume.is_cdrom);
        assert!(
            Volume::parse("local:iso/x.iso,media=cdrom")
                .unwrap()
                .is_cdrom
        );
    }

    #[test]
    fn sizes_are_spelled_without_a_blank() {
        assert_eq!(size_text(32.0), "32G");
        assert_eq!(size_text(1.5), "1536M");
    }
}
