//! Drives of a virtual machine: what stands behind `scsi0`, `ide2`, `efidisk0`, `unused0`.

use std::fmt;

use crate::property::{DiskBus, DriveSlot, PropertyError, PropertyString};
use crate::size::{format_size, parse_size};
use crate::volume::VolumeId;

/// A drive of a virtual machine.
///
/// ```
/// use pve::{Drive, DriveSlot};
/// let slot: DriveSlot = "scsi0".parse()?;
/// let drive = Drive::parse(slot, "local-lvm:vm-100-disk-0,size=32G,ssd=on,discard=on")?;
/// assert_eq!(drive.size_bytes(), Some(34_359_738_368));
/// assert_eq!(drive.to_string(), "local-lvm:vm-100-disk-0,discard=on,size=32G,ssd=1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    slot: DriveSlot,
    options: PropertyString,
}

/// What a drive holds, or shall hold.
#[derive(Debug, Clone, PartialEq)]
pub enum DriveSource {
    /// An empty CD drive.
    Empty,
    /// The CD drive of the node.
    NodeCdrom,
    /// A volume of a storage.
    Volume(VolumeId),
    /// In a request: a volume to be made, of this size.
    NewVolume {
        /// Where.
        storage: String,
        /// How large; what the guest sees is a whole number of bytes near it.
        gib: f64,
    },
    /// In a request: a cloud-init volume to be made.
    NewCloudInit {
        /// Where.
        storage: String,
    },
    /// A file or device of the node; only root may use these.
    Path(String),
}

/// Limits of megabytes that may also be given in bytes, and limits that need another.
const BYTE_LIMITS: [(&str, &str); 3] = [
    ("bps", "mbps"),
    ("bps_rd", "mbps_rd"),
    ("bps_wr", "mbps_wr"),
];
const BURST_LIMITS: [(&str, &str); 6] = [
    ("mbps_max", "mbps"),
    ("mbps_rd_max", "mbps_rd"),
    ("mbps_wr_max", "mbps_wr"),
    ("iops_max", "iops"),
    ("iops_rd_max", "iops_rd"),
    ("iops_wr_max", "iops_wr"),
];
const ONE_OR_BOTH: [(&str, &str); 4] = [
    ("mbps", "mbps_rd"),
    ("mbps", "mbps_wr"),
    ("iops", "iops_rd"),
    ("iops", "iops_wr"),
];

impl Drive {
    /// Reads by the grammar alone: keys of newer servers are kept.
    pub fn read(slot: DriveSlot, text: &str) -> Result<Self, PropertyError> {
        let mut options = PropertyString::read(slot.bus().shape(), text)?;
        for (bytes, megabytes) in BYTE_LIMITS {
            let Some(limit) = options.get(bytes).and_then(|text| text.parse::<u64>().ok()) else {
                continue;
            };
            if options.get(megabytes).is_none() {
                options.remove(bytes);
                let limit = format!("{:.3}", limit as f64 / f64::from(1 << 20));
                options.set(megabytes, &limit)?;
            }
        }
        Ok(Self { slot, options })
    }

    /// Reads and checks: what this takes, PVE takes (whether volumes and storages are there, only
    /// the server knows).
    pub fn parse(slot: DriveSlot, text: &str) -> Result<Self, PropertyError> {
        let read = Self::read(slot, text)?;
        read.check()?;
        Ok(read)
    }

    /// Would PVE take it?
    pub fn check(&self) -> Result<(), PropertyError> {
        self.options.check()?;
        let has = |key: &str| self.options.get(key).is_some();
        let refuse = |text: String| Err(PropertyError::Conflict(text));
        for (bytes, megabytes) in BYTE_LIMITS {
            if has(bytes) && has(megabytes) {
                return refuse(format!("{bytes} and {megabytes} cannot be set together"));
            }
        }
        for (burst, limit) in BURST_LIMITS {
            if has(burst) && !has(limit) {
                return refuse(format!("{burst} cannot be set without {limit}"));
            }
        }
        for (both, one) in ONE_OR_BOTH {
            if has(both) && has(one) {
                return refuse(format!("{both} and {one} cannot be set together"));
            }
        }
        if self.is_cdrom() {
            if let Some(key) = ["snapshot", "trans", "format", "heads", "secs", "cyls"]
                .into_iter()
                .find(|key| has(key))
            {
                return refuse(format!("{key} cannot be set for a CD drive"));
            }
            if self.slot.bus() == DiskBus::Virtio {
                return refuse("a CD drive cannot be plugged in as virtio".to_owned());
            }
        }
        Ok(())
    }

    /// Where it is plugged in.
    pub fn slot(&self) -> DriveSlot {
        self.slot
    }

    /// The text of the volume or device, as `local-lvm:vm-100-disk-0` or `none`.
    pub fn file(&self) -> &str {
        self.options.get("file").unwrap_or_default()
    }

    /// What it holds, or shall hold.
    pub fn source(&self) -> DriveSource {
        let file = self.file();
        match file {
            "none" => return DriveSource::Empty,
            "cdrom" => return DriveSource::NodeCdrom,
            _ => {}
        }
        let Ok(volume) = file.parse::<VolumeId>() else {
            return DriveSource::Path(file.to_owned());
        };
        let storage = volume.storage().to_owned();
        if volume.name() == "cloudinit" {
            return DriveSource::NewCloudInit { storage };
        }
        let is_number = volume
            .name()
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        match volume.name().parse::<f64>() {
            Ok(gib) if is_number => DriveSource::NewVolume { storage, gib },
            _ => DriveSource::Volume(volume),
        }
    }

    /// Its size in bytes, where the configuration says it.
    pub fn size_bytes(&self) -> Option<u64> {
        parse_size(self.options.get("size")?)
    }

    /// Writes down another size (this does not resize anything).
    pub fn set_size_bytes(&mut self, bytes: u64) {
        // The text of a size has neither commas nor line feeds, which is all that is refused.
        let _ = self.options.set("size", &format_size(bytes));
    }

    /// A CD drive (the drive of a cloud-init volume is one too)?
    pub fn is_cdrom(&self) -> bool {
        self.options.get("media") == Some("cdrom")
    }

    /// Made for cloud-init, or to be made?
    pub fn is_cloud_init(&self) -> bool {
        self.file().parse::<VolumeId>().is_ok_and(|volume| {
            volume.name() == "cloudinit"
                || matches!(volume.kind(), crate::volume::VolumeKind::CloudInit { .. })
        })
    }

    /// Is it left out of backups? CD drives always are.
    pub fn is_backed_up(&self) -> bool {
        !self.is_cdrom()
            && self.slot.bus() != DiskBus::Unused
            && self.options.flag("backup").unwrap_or(true)
    }

    /// All keys and values.
    pub fn options(&self) -> &PropertyString {
        &self.options
    }

    /// All keys and values, to be changed.
    pub fn options_mut(&mut self) -> &mut PropertyString {
        &mut self.options
    }
}

impl fmt::Display for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drive(slot: &str, text: &str) -> Result<Drive, PropertyError> {
        Drive::parse(slot.parse().unwrap(), text)
    }

    #[test]
    fn what_a_drive_holds_is_told_apart() {
        let source = |text: &str| drive("ide2", text).unwrap().source();
        assert_eq!(source("none,media=cdrom"), DriveSource::Empty);
        assert_eq!(source("cdrom,media=cdrom"), DriveSource::NodeCdrom);
        assert_eq!(source("/dev/sdb"), DriveSource::Path("/dev/sdb".to_owned()));
        assert_eq!(
            source("local-lvm:0.5"),
            DriveSource::NewVolume {
                storage: "local-lvm".to_owned(),
                gib: 0.5
            }
        );
        assert_eq!(
            source("local-lvm:cloudinit"),
            DriveSource::NewCloudInit {
                storage: "local-lvm".to_owned()
            }
        );
        assert_eq!(
            source("a1:inf"),
            DriveSource::Volume("a1:inf".parse().unwrap())
        );
    }

    #[test]
    fn keys_belong_to_buses() {
        assert!(drive("scsi0", "a1:8,iothread=1").is_ok());
        assert!(drive("ide0", "a1:8,iothread=1").is_err());
        assert!(drive("virtio0", "a1:8,ssd=1").is_err());
        assert!(drive("efidisk0", "a1:1,efitype=4m,pre-enrolled-keys=1").is_ok());
        assert!(drive("tpmstate0", "a1:1,version=v2.0").is_ok());
        assert!(drive("unused0", "a1:vm-1-disk-0,ssd=1").is_err());
    }

    #[test]
    fn values_that_do_not_go_together_are_refused() {
        for bad in [
            "a1:8,mbps=1,mbps_rd=1",
            "a1:8,mbps_max=1",
            "a1:8,media=cdrom,format=raw",
            "a1:8,bps=1,mbps=1",
        ] {
            assert!(drive("scsi0", bad).is_err(), "{bad}");
        }
        assert!(drive("virtio0", "a1:8,media=cdrom").is_err());
        let limited = drive("scsi0", "a1:8,bps=1572864").unwrap();
        assert_eq!(limited.to_string(), "a1:8,mbps=1.500");
    }

    #[test]
    fn places_have_one_spelling_and_a_last_number() {
        for good in [
            "ide3",
            "sata5",
            "scsi30",
            "virtio15",
            "efidisk0",
            "unused255",
        ] {
            let slot: DriveSlot = good.parse().unwrap();
            assert_eq!(slot.to_string(), good);
        }
        for bad in [
            "ide4",
            "scsi31",
            "scsi01",
            "scsi",
            "scsi-1",
            "efidisk1",
            "unused256",
            "x0",
        ] {
            assert!(bad.parse::<DriveSlot>().is_err(), "{bad}");
        }
    }

    #[test]
    fn backups_leave_out_what_says_so() {
        assert!(drive("scsi0", "a1:8").unwrap().is_backed_up());
        assert!(!drive("scsi0", "a1:8,backup=no").unwrap().is_backed_up());
        assert!(!drive("ide2", "none,media=cdrom").unwrap().is_backed_up());
        assert!(
            drive("ide2", "data:100/vm-100-cloudinit.qcow2,media=cdrom")
                .unwrap()
                .is_cloud_init()
        );
    }

    proptest! {
        #[test]
        fn drives_survive_writing_and_reading(
            file in "(none|cdrom|[a-z][a-z0-9]{1,5}:[a-z0-9/.-]{1,12})",
            size in proptest::option::of(0_u64..1 << 50),
            ssd: Option<bool>,
            cache in proptest::option::of("none|writeback|unsafe"),
            extra in proptest::option::of("[a-z]{12}"),
        ) {
            let mut text = file;
            if let Some(size) = size { text.push_str(&format!(",size={}", format_size(size))); }
            if let Some(ssd) = ssd { text.push_str(if ssd { ",ssd=on" } else { ",ssd=off" }); }
            if let Some(cache) = cache { text.push_str(&format!(",cache={cache}")); }
            if let Some(extra) = extra { text.push_str(&format!(",{extra}=1")); }
            let read = Drive::read("scsi0".parse().unwrap(), &text).unwrap();
            let again = Drive::read(read.slot(), &read.to_string()).unwrap();
            prop_assert_eq!(again.size_bytes(), size);
            prop_assert_eq!(&again, &read);
            prop_assert_eq!(again.to_string(), read.to_string());
        }
    }
}
