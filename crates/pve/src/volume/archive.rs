//! Names of backup archives: `vzdump-qemu-100-2026_01_31-02_00_01.vma.zst`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::formats::is_vmid;
use crate::ids::Vmid;
use crate::volume::VolumeError;

/// Whose backup it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArchiveOwner {
    /// A virtual machine.
    Qemu,
    /// A container.
    Lxc,
    /// A container of releases before 4.
    OpenVz,
}

impl ArchiveOwner {
    /// As it stands in names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
            Self::OpenVz => "openvz",
        }
    }
}

/// How the guest is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveFormat {
    /// Virtual machines.
    Vma,
    /// Containers.
    Tar,
}

impl ArchiveFormat {
    /// As it stands in names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vma => "vma",
            Self::Tar => "tar",
        }
    }
}

/// How the archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// lzop.
    Lzo,
    /// Zstandard.
    Zstd,
    /// bzip2, templates only.
    Bzip2,
}

impl Compression {
    /// As it stands in names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Lzo => "lzo",
            Self::Zstd => "zst",
            Self::Bzip2 => "bz2",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Gzip, Self::Lzo, Self::Zstd, Self::Bzip2]
            .into_iter()
            .find(|known| known.as_str() == text)
    }
}

/// The name of a backup archive, read. Displays the file it was read from, without folders and
/// storage.
///
/// ```
/// use pve::ArchiveName;
/// let name: ArchiveName = "local:backup/vzdump-qemu-100-2023_11_14-22_13_20.vma.zst".parse()?;
/// assert_eq!(name.vmid().map(|vmid| vmid.get()), Some(100));
/// assert_eq!(name.created_seconds(&jiff::tz::TimeZone::UTC), Some(1_700_000_000));
/// # Ok::<(), pve::VolumeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveName {
    file: Box<str>,
    owner: ArchiveOwner,
    format: ArchiveFormat,
    compression: Option<Compression>,
    standard: Option<Standard>,
}

/// What a name that vzdump gave tells in addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standard {
    vmid: Vmid,
    created: DateTime,
}

impl ArchiveName {
    /// The file, without folders and storage.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whose backup it is.
    pub fn owner(&self) -> ArchiveOwner {
        self.owner
    }

    /// How the guest is packed.
    pub fn format(&self) -> ArchiveFormat {
        self.format
    }

    /// How it is compressed, if it is.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// Is it a name that vzdump gives, with guest number and time? Others are never pruned.
    pub fn is_standard(&self) -> bool {
        self.standard.is_some()
    }

    /// The guest, in standard names.
    pub fn vmid(&self) -> Option<Vmid> {
        Some(self.standard?.vmid)
    }

    /// When it was made by the clock on the node's wall, in standard names.
    pub fn created_local(&self) -> Option<DateTime> {
        Some(self.standard?.created)
    }

    /// When it was made, seconds since 1970. The name holds local time: the zone of the node is
    /// needed. Of an hour that came twice it is the first.
    pub fn created_seconds(&self, zone: &TimeZone) -> Option<i64> {
        let instant = self.standard?.created.to_zoned(zone.clone()).ok()?;
        Some(instant.timestamp().as_second())
    }

    /// The file with the log of the backup, in standard names.
    pub fn log_file(&self) -> Option<String> {
        let end = self.file.find('.').filter(|_| self.is_standard())?;
        Some(format!("{}.log", self.file.get(..end)?))
    }

    /// The file with the notes, in standard names.
    pub fn notes_file(&self) -> Option<String> {
        self.is_standard().then(|| format!("{}.notes", self.file))
    }

    /// The program that PVE unpacks it with and its arguments; none where nothing is compressed.
    /// Archives of containers are unpacked by tar itself.
    pub fn decompressor(&self) -> &'static [&'static str] {
        match (self.format, self.compression) {
            (_, None) => &[],
            (ArchiveFormat::Tar, Some(Compression::Gzip)) => &["tar", "-z"],
            (ArchiveFormat::Tar, Some(Compression::Lzo)) => &["tar", "--lzop"],
            (ArchiveFormat::Tar, Some(Compression::Zstd)) => &["tar", "--zstd"],
            (ArchiveFormat::Tar, Some(Compression::Bzip2)) => &["tar", "--bzip2"],
            (ArchiveFormat::Vma, Some(Compression::Gzip)) => &["zcat"],
            (ArchiveFormat::Vma, Some(Compression::Lzo)) => &["lzop", "-d", "-c"],
            (ArchiveFormat::Vma, Some(Compression::Zstd)) => &["zstd", "-q", "-d", "-c"],
            (ArchiveFormat::Vma, Some(Compression::Bzip2)) => &["bzcat", "-q"],
        }
    }
}

/// Splits `.vma.zst` and the like off the end.
fn split_extension(file: &str) -> Option<(&str, ArchiveFormat, Option<Compression>)> {
    if let Some(stem) = file.strip_suffix(".tgz") {
        return Some((stem, ArchiveFormat::Tar, Some(Compression::Gzip)));
    }
    let (rest, compression) = match file.rsplit_once('.') {
        Some((rest, last)) => match Compression::of(last) {
            Some(compression) => (rest, Some(compression)),
            None => (file, None),
        },
        None => (file, None),
    };
    let (stem, format) = rest.rsplit_once('.')?;
    let format = match format {
        "vma" => ArchiveFormat::Vma,
        "tar" => ArchiveFormat::Tar,
        _ => return None,
    };
    Some((stem, format, compression))
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i16> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// `2026_01_31-02_00_01`
fn local_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once('-')?;
    let mut date = date.split('_');
    let mut time = time.split('_');
    let two = |part: Option<&str>| i8::try_from(digits(part?, 2)?).ok();
    let day = Date::new(
        digits(date.next()?, 4)?,
        two(date.next())?,
        two(date.next())?,
    );
    let clock = Time::new(two(time.next())?, two(time.next())?, two(time.next())?, 0);
    (date.next().is_none() && time.next().is_none())
        .then_some(DateTime::from_parts(day.ok()?, clock.ok()?))
}

/// `100-2026_01_31-02_00_01`
fn standard_name(text: &str) -> Option<Standard> {
    let (number, time) = text.split_once('-')?;
    if !is_vmid(number) {
        return None;
    }
    Some(Standard {
        vmid: number.parse().ok()?,
        created: local_time(time)?,
    })
}

fn read(text: &str) -> Option<ArchiveName> {
    // Behind the storage and its folder, or a path. No storage keeps archives without a
    // folder, so a colon is part of the name.
    let file = text.rsplit('/').next()?;
    let (stem, format, compression) = split_extension(file)?;
    let (owner, rest) = stem.strip_prefix("vzdump-")?.split_once('-')?;
    let owner = match owner {
        "qemu" => ArchiveOwner::Qemu,
        "lxc" => ArchiveOwner::Lxc,
        "openvz" => ArchiveOwner::OpenVz,
        _ => return None,
    };
    (!rest.is_empty()).then(|| ArchiveName {
        file: file.into(),
        owner,
        format,
        compression,
        standard: standard_name(rest),
    })
}

impl FromStr for ArchiveName {
    type Err = VolumeError;
    /// Takes a volume, a path or a bare file name.
    fn from_str(text: &str) -> Result<Self, VolumeError> {
        read(text).ok_or_else(|| VolumeError::NoArchive(text.to_owned()))
    }
}

impl fmt::Display for ArchiveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn renamed_archives_are_archives_without_guest_and_time() {
        let name: ArchiveName = "vzdump-lxc-200-before-upgrade.tar.zst".parse().unwrap();
        assert_eq!(name.owner(), ArchiveOwner::Lxc);
        assert_eq!((name.is_standard(), name.vmid()), (false, None));
        assert_eq!((name.log_file(), name.notes_file()), (None, None));
        for other in [
            "vzdump-qemu-100-2023_02_30-00_00_00.vma",
            "vzdump-qemu-0100-2023_01_01-00_00_00.vma",
        ] {
            assert!(
                !other.parse::<ArchiveName>().unwrap().is_standard(),
                "{other}"
            );
        }
        for none in [
            "",
            "x.vma",
            "vzdump-qemu-.vma",
            "vzdump-foo-100.tar",
            "vzdump-qemu-100-x.iso",
            "local:vzdump-qemu-100-x.vma",
        ] {
            assert!(none.parse::<ArchiveName>().is_err(), "{none}");
        }
    }

    #[test]
    fn the_time_in_a_name_is_the_local_time_of_the_node() {
        let name: ArchiveName = "vzdump-qemu-100-2024_07_01-02_00_00.vma".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(name.created_seconds(&TimeZone::UTC), Some(1_719_799_200));
        assert_eq!(name.created_seconds(&berlin), Some(1_719_792_000));
    }

    proptest! {
        #[test]
        fn names_that_vzdump_gives_tell_guest_and_time(
            vmid in 100_u32..1_000_000_000,
            seconds in 0_i64..4_000_000_000,
            owner in "qemu|lxc",
            ending in "vma|tar|vma\\.zst|tar\\.gz|vma\\.lzo|tgz",
        ) {
            let time = jiff::Timestamp::from_second(seconds).unwrap().to_zoned(TimeZone::UTC);
            let file = format!("vzdump-{owner}-{vmid}-{}.{ending}", time.strftime("%Y_%m_%d-%H_%M_%S"));
            let name: ArchiveName = format!("local:backup/{file}").parse().unwrap();
            prop_assert_eq!(name.vmid().map(Vmid::get), Some(vmid));
            prop_assert_eq!(name.created_seconds(&TimeZone::UTC), Some(seconds));
            prop_assert_eq!(name.to_string(), file);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(vzdump-)?(qemu-)?[0-9_a-z.:/-]{0,40}") {
            let _ = text.parse::<ArchiveName>();
        }
    }
}
