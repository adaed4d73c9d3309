//! Reading a configuration file, line by line as PVE does.

use percent_encoding::percent_decode_str;

use crate::config_file::{ConfigFile, ConfigProblem, ConfigSection, check_option};
use crate::ids::GuestKind;
use crate::property::{Drive, DriveSlot};

/// Which section lines go to.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    Current,
    Pending,
    Snapshot(String),
    Special(String),
}

impl ConfigFile {
    /// Reads a file. There is none that cannot be read: what PVE would not understand is in
    /// [`problems`](Self::problems).
    pub fn read(kind: GuestKind, text: &str) -> Self {
        let mut file = Self::new(kind);
        let mut place = Place::Current;
        for (index, line) in text.split('\n').enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            if let Some(next) = section_head(kind, line) {
                file.finish_description(&place);
                // The same head again begins anew; what stood there before is gone.
                *file.section(&next) = ConfigSection::default();
                place = next;
                continue;
            }
            if let Err(reason) = file.take_line(&place, line) {
                file.problems.push(ConfigProblem {
                    line: index + 1,
                    text: line.to_owned(),
                    reason,
                });
            }
        }
        file.finish_description(&place);
        file
    }

    fn section(&mut self, place: &Place) -> &mut ConfigSection {
        match place {
            Place::Current => &mut self.current,
            Place::Pending => &mut self.pending,
            Place::Snapshot(name) => self.snapshots.entry(name.clone()).or_default(),
            Place::Special(name) => self.special.entry(name.clone()).or_default(),
        }
    }

    /// Virtual machines lose blanks at the end of their notes; containers keep the line feed but
    /// not empty notes.
    fn finish_description(&mut self, place: &Place) {
        let kind = self.kind;
        let section = self.section(place);
        if let Some(text) = section.description.take() {
            section.description = match kind {
                GuestKind::Qemu => Some(text.trim_end().to_owned()),
                GuestKind::Lxc => Some(text).filter(|text| !text.is_empty()),
            };
        }
    }

    /// Adds to the notes, which need not stand together.
    fn add_note(&mut self, place: &Place, text: &str) {
        let note = self.section(place).description.get_or_insert_default();
        note.push_str(&percent_decode_str(text).decode_utf8_lossy());
    }

    fn take_line(&mut self, place: &Place, line: &str) -> Result<(), String> {
        if let Some(note) = line.strip_prefix('#') {
            self.add_note(place, note);
            self.add_note(place, "\n");
            return Ok(());
        }
        if self.kind == GuestKind::Lxc && line.starts_with("lxc.") {
            let entry = lxc_line(line).ok_or_else(|| not_understood(line))?;
            self.section(place).lxc.push(entry);
            return Ok(());
        }
        let (key, value) = key_and_value(line).ok_or_else(|| not_understood(line))?;
        match key {
            "description" => {
                self.add_note(place, value);
                return Ok(());
            }
            "snapstate" if *place == Place::Current => return Ok(()),
            "delete" if *place != Place::Pending => {
                return Err("property 'delete' is only allowed in [PENDING]".to_owned());
            }
            _ => {}
        }
        if !is_option_name(self.kind, key) {
            return Err(not_understood(line));
        }
        let unchecked =
            matches!(place, Place::Special(_)) || matches!(key, "args" | "snapstate" | "delete");
        let checked = if unchecked {
            Ok(())
        } else {
            check_option(self.kind, key, value)
                .map_err(|reason| format!("unable to parse value of '{key}' - {reason}"))
        };
        // A virtual machine goes without what it does not understand, a container keeps it.
        if checked.is_ok() || self.kind == GuestKind::Lxc {
            let (key, value) = if unchecked {
                (key, value.to_owned())
            } else {
                as_kept(self.kind, key, value)
            };
            self.section(place).options.insert(key.to_owned(), value);
        }
        checked
    }
}

fn not_understood(line: &str) -> String {
    format!("unable to parse config: {line}")
}

/// `[PENDING]`, `[pve:pending]`, `[special:…]`, `[snapshot]`.
fn section_head(kind: GuestKind, line: &str) -> Option<Place> {
    let name = line.strip_prefix('[')?.trim_end().strip_suffix(']')?;
    let pending = match kind {
        GuestKind::Qemu => "pending",
        GuestKind::Lxc => "pve:pending",
    };
    if name.eq_ignore_ascii_case(pending) {
        return Some(Place::Pending);
    }
    let is_name = |name: &str| {
        name.len() >= 2
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    if let Some(special) = name.strip_prefix("special:")
        && kind == GuestKind::Qemu
    {
        return is_name(special).then(|| Place::Special(special.to_owned()));
    }
    is_name(name).then(|| Place::Snapshot(name.to_owned()))
}

fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let value = value.trim();
    (!value.is_empty()).then_some((key, value))
}

/// Lower-case letters, the inner signs the kind has, and a number at the end.
fn is_option_name(kind: GuestKind, key: &str) -> bool {
    let word = key.trim_end_matches(|c: char| c.is_ascii_digit());
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte == b'_' || (byte == b'-' && kind == GuestKind::Qemu)
        })
}

/// `lxc.key: value` or `lxc.key = value`; the value may be empty.
fn lxc_line(line: &str) -> Option<(String, String)> {
    let end = line.find(|c: char| {
        !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
    })?;
    let (key, rest) = line.split_at(end);
    let value = rest
        .strip_prefix(':')
        .or_else(|| rest.trim_start().strip_prefix('='))?;
    (key.len() > "lxc.".len()).then(|| (key.to_owned(), value.trim().to_owned()))
}

/// How PVE keeps an option it understands: drives as it writes them, the CD of old under its place.
fn as_kept<'a>(kind: GuestKind, key: &'a str, value: &str) -> (&'a str, String) {
    let key = if kind == GuestKind::Qemu && key == "cdrom" {
        "ide2"
    } else {
        key
    };
    let drive = match (kind, key.parse::<DriveSlot>()) {
        (GuestKind::Qemu, Ok(slot)) => Drive::parse(slot, value).ok(),
        _ => None,
    };
    match drive {
        Some(drive) => (key, drive.to_string()),
        None => (key, value.to_owned()),
    }
}
