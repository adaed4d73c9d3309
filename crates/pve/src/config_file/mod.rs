//! Configuration files of guests: what a backup holds, and what a node keeps of each guest.
//!
//! A file has a section of its own for the guest, one for changes that wait for a stop, and one per
//! snapshot. Writing gives the bytes that PVE would write of what it understood; lines it does not
//! understand are kept apart, as PVE drops them when it writes the file the next time.

mod options;
mod read;
mod rights;
mod write;

use std::collections::BTreeMap;

pub use options::check_option;
pub use rights::option_need;

use crate::ids::GuestKind;

/// One section: options by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigSection {
    /// The notes of the guest or snapshot.
    pub description: Option<String>,
    /// Options other than the description, as PVE writes them.
    pub options: BTreeMap<String, String>,
    /// Lines for LXC itself (`lxc.…`), in their order; containers only.
    pub lxc: Vec<(String, String)>,
}

impl ConfigSection {
    /// The value of an option.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.options.get(key).map(String::as_str)
    }

    /// Nothing in it?
    pub fn is_empty(&self) -> bool {
        self.description.is_none() && self.options.is_empty() && self.lxc.is_empty()
    }
}

/// A line that PVE would not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Counted from 1.
    pub line: usize,
    /// The line.
    pub text: String,
    /// Why, in PVE's words where it has any.
    pub reason: String,
}

/// The configuration file of a guest.
///
/// ```
/// use pve::{ConfigFile, GuestKind};
/// let text = "#web server\ncores: 2\nmemory: 2048\n\n[PENDING]\ncores: 4\n";
/// let file = ConfigFile::read(GuestKind::Qemu, text);
/// assert_eq!(file.current.get("cores"), Some("2"));
/// assert_eq!(file.pending.get("cores"), Some("4"));
/// assert_eq!(file.write(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Of which kind of guest it is.
    pub kind: GuestKind,
    /// The configuration in force.
    pub current: ConfigSection,
    /// Changes that wait for the guest to stop; `delete` lists options that will go.
    pub pending: ConfigSection,
    /// The configurations at the snapshots, by name.
    pub snapshots: BTreeMap<String, ConfigSection>,
    /// Sections of PVE's own (`[special:…]`), by the name behind the colon.
    pub special: BTreeMap<String, ConfigSection>,
    /// What was not understood; not written.
    pub problems: Vec<ConfigProblem>,
}

impl ConfigFile {
    /// One without options.
    pub fn new(kind: GuestKind) -> Self {
        Self {
            kind,
            current: ConfigSection::default(),
            pending: ConfigSection::default(),
            snapshots: BTreeMap::new(),
            special: BTreeMap::new(),
            problems: Vec::new(),
        }
    }
}

/// The digest that PVE gives to a configuration file: SHA-1 of its bytes in lower-case hex. Sent
/// along with a change it makes the server refuse if somebody else changed the file meanwhile.
pub fn config_digest(text: &str) -> String {
    use sha1::{Digest, Sha1};
    let mut hex = String::with_capacity(40);
    for byte in Sha1::digest(text.as_bytes()) {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

/// Splits the configuration that a backup of a virtual machine holds from the lines that say which
/// drive was backed up under which name: `#qmdump#map:scsi0:drive-scsi0:data:qcow2:`. Returns the
/// configuration and these lines without their mark, as `scsi0:drive-scsi0:data:qcow2:`.
pub fn split_drive_map(text: &str) -> (String, Vec<String>) {
    let mut config = String::with_capacity(text.len());
    let mut map = Vec::new();
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("#qmdump#map:") {
            Some(drive) => map.push(drive.to_owned()),
            None => config.push_str(line),
        }
    }
    (config, map)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn notes_are_written_with_their_odd_characters_encoded() {
        let mut file = ConfigFile::new(GuestKind::Qemu);
        file.current.description = Some("größe: 1\n\n50% # x".to_owned());
        let text = file.write();
        assert_eq!(text, "#gr%C3%B6%C3%9Fe%3A 1\n#\n#50% # x\n");
        assert_eq!(ConfigFile::read(GuestKind::Qemu, &text), file);
    }

    #[test]
    fn a_container_keeps_what_it_does_not_understand_and_lines_for_lxc() {
        let text = "arch: amd64\nmemory: lots\nlxc.apparmor.profile = unconfined\nlxc.cap.drop: \n\n\
                    [pve:pending]\ncores: 2\ndelete: tags\n";
        let file = ConfigFile::read(GuestKind::Lxc, text);
        assert_eq!(file.current.get("memory"), Some("lots"));
        assert_eq!(
            file.current.lxc,
            [
                ("lxc.apparmor.profile".to_owned(), "unconfined".to_owned()),
                ("lxc.cap.drop".to_owned(), String::new())
            ]
        );
        assert_eq!(
            file.problems,
            [ConfigProblem {
                line: 2,
                text: "memory: lots".to_owned(),
                reason:
                    "unable to parse value of 'memory' - type check ('integer') failed - got 'lots'"
                        .to_owned()
            }]
        );
        assert_eq!(
            file.write(),
            "arch: amd64\nmemory: lots\nlxc.apparmor.profile: unconfined\nlxc.cap.drop: \n\n\
             [pve:pending]\ncores: 2\ndelete: tags\n"
        );
    }

    #[test]
    fn lines_a_virtual_machine_does_not_understand_are_kept_apart() {
        let text = "cores: 2\nscsi0: local:1,cache=bogus\nnonsense\ndelete: tags\n[special:fleecing]\nfleecing-images: a1:vm-100-fleece-0\n";
        let file = ConfigFile::read(GuestKind::Qemu, text);
        let reasons: Vec<(usize, &str)> = file
            .problems
            .iter()
            .map(|problem| (problem.line, problem.reason.as_str()))
            .collect();
        assert_eq!(
            reasons,
            [
                (
                    2,
                    "unable to parse value of 'scsi0' - format error\n\
                     scsi0.cache: value 'bogus' does not have a value in the enumeration \
                     'none, writethrough, writeback, unsafe, directsync'"
                ),
                (3, "unable to parse config: nonsense"),
                (4, "property 'delete' is only allowed in [PENDING]"),
            ]
        );
        assert_eq!(
            file.write(),
            "cores: 2\n\n[special:fleecing]\nfleecing-images: a1:vm-100-fleece-0\n"
        );
    }

    #[test]
    fn a_volume_that_is_in_use_again_is_not_unused() {
        let text = "scsi0: a1:vm-100-disk-0,size=8G\nunused0: a1:vm-100-disk-0\nunused1: a1:vm-100-disk-1\n";
        assert_eq!(
            ConfigFile::read(GuestKind::Qemu, text).write(),
            "scsi0: a1:vm-100-disk-0,size=8G\nunused1: a1:vm-100-disk-1\n"
        );
    }

    #[test]
    fn drive_maps_of_backups_are_no_notes() {
        let text = "#note\ncores: 1\n\n#qmdump#map:scsi0:drive-scsi0:data:qcow2:\n";
        let (config, map) = split_drive_map(text);
        assert_eq!(config, "#note\ncores: 1\n\n");
        assert_eq!(map, ["scsi0:drive-scsi0:data:qcow2:"]);
    }

    fn section() -> impl Strategy<Value = ConfigSection> {
        let options = (
            proptest::option::of(1_u32..64),
            proptest::option::of("[a-z][a-z0-9-]{0,10}[a-z0-9]"),
            proptest::option::of(16_u32..9999),
            proptest::option::of("[a-z]{2,5}(;[a-z]{2,5})?"),
        );
        (
            proptest::option::of("[^%\\s]([^%\r\n]{0,20}[^%\\s])?"),
            options,
        )
            .prop_map(|(description, (cores, name, memory, tags))| ConfigSection {
                description,
                options: [
                    ("cores", cores.map(|n| n.to_string())),
                    ("name", name),
                    ("memory", memory.map(|n| n.to_string())),
                    ("tags", tags),
                ]
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect(),
                lxc: Vec::new(),
            })
    }

    proptest! {
        #[test]
        fn files_survive_writing_and_reading(
            current in section(),
            pending in section(),
            snapshots in proptest::collection::btree_map("[a-z][a-z0-9_-]{1,8}", section(), 0..3),
        ) {
            let mut file = ConfigFile::new(GuestKind::Qemu);
            file.current = current;
            file.pending = pending;
            file.snapshots = snapshots.into_iter().filter(|(name, _)| name != "pending").collect();
            let text = file.write();
            let again = ConfigFile::read(GuestKind::Qemu, &text);
            prop_assert_eq!(&again, &file);
            prop_assert_eq!(again.write(), text);
        }

        #[test]
        fn any_text_is_read_and_written_steadily(text in "([a-z#\\[\\]]{0,6}[: ]{0,2}[a-z0-9:=,%\\[\\]]{0,12}\n){0,8}", container: bool) {
            let kind = if container { GuestKind::Lxc } else { GuestKind::Qemu };
            let once = ConfigFile::read(kind, &text).write();
            let twice = ConfigFile::read(kind, &once).write();
            let third = ConfigFile::read(kind, &twice).write();
            prop_assert_eq!(third, twice);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), container: bool) {
            let kind = if container { GuestKind::Lxc } else { GuestKind::Qemu };
            let _ = ConfigFile::read(kind, &text).write();
        }
    }
}
