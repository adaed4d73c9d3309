//! Writing a configuration file as PVE does.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::config_file::{ConfigFile, ConfigSection};
use crate::ids::GuestKind;
use crate::property::{DiskBus, Drive, DriveSlot};

/// What is encoded in notes: control characters, everything beyond ASCII, and the colon.
const NOTE: &AsciiSet = &CONTROLS.add(b':');

impl ConfigFile {
    /// The bytes PVE would write.
    pub fn write(&self) -> String {
        let mut text = String::new();
        let reused = self.reused();
        self.write_section(&mut text, &self.current, |key| !reused.contains(key));
        let pending = match self.kind {
            GuestKind::Qemu => "PENDING",
            GuestKind::Lxc => "pve:pending",
        };
        if !self.pending.is_empty() {
            text.push_str(&format!("\n[{pending}]\n"));
            self.write_section(&mut text, &self.pending, |_| true);
        }
        for (name, section) in &self.special {
            text.push_str(&format!("\n[special:{name}]\n"));
            self.write_section(&mut text, section, |_| true);
        }
        for (name, section) in &self.snapshots {
            text.push_str(&format!("\n[{name}]\n"));
            self.write_section(&mut text, section, |_| true);
        }
        text
    }

    fn write_section(
        &self,
        text: &mut String,
        section: &ConfigSection,
        is_written: impl Fn(&str) -> bool,
    ) {
        match section.description.as_deref() {
            // Empty notes that wait to come into force say that the present ones go.
            Some("")
                if self.kind == GuestKind::Qemu
                    && std::ptr::eq(section, &raw const self.pending) =>
            {
                text.push_str("#\n");
            }
            Some(note) => {
                for line in note
                    .trim_end_matches('\n')
                    .split('\n')
                    .filter(|_| !note.is_empty())
                {
                    text.push_str(&format!("#{}\n", utf8_percent_encode(line, NOTE)));
                }
            }
            None => {}
        }
        for (key, value) in &section.options {
            if is_written(key) {
                text.push_str(&format!("{key}: {value}\n"));
            }
        }
        for (key, value) in &section.lxc {
            text.push_str(&format!("{key}: {value}\n"));
        }
    }

    /// Places of a virtual machine that call a volume unused which is plugged in somewhere again.
    fn reused(&self) -> BTreeSet<&str> {
        if self.kind == GuestKind::Lxc {
            return BTreeSet::new();
        }
        let drives: Vec<(&str, Drive)> = self
            .current
            .options
            .iter()
            .chain(&self.pending.options)
            .filter_map(|(key, value)| {
                let slot: DriveSlot = key.parse().ok()?;
                Some((key.as_str(), Drive::read(slot, value).ok()?))
            })
            .collect();
        let used: BTreeSet<&str> = drives
            .iter()
            .filter(|(_, drive)| drive.slot().bus() != DiskBus::Unused)
            .map(|(_, drive)| drive.file())
            .collect();
        drives
            .iter()
            .filter(|(_, drive)| drive.slot().bus() == DiskBus::Unused)
            .filter(|(_, drive)| used.contains(drive.file()))
            .map(|(key, _)| *key)
            .collect()
    }
}
