//! Options of guests as words: reading `key=value`, refusing what PVE would refuse, and whether an option is
//! as it was wished. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ops::{Error, Result};
use pve::check_option;

use super::{
    effect::slot_of,
    rename::{check_name, name_key},
    subject::GuestRef,
};
use crate::inventory::GuestKind;

/// PVE keeps so many characters of notes.
pub(super) const LONGEST_NOTES: usize = 8192;
/// How PVE shows a password.
const MASK: &str = "**********";
/// Longer values are shown cut: a plan must stay readable.
const SHOWN: usize = 300;

/// What is to be set and what is to be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) set: BTreeMap<String, String>,
    pub(super) delete: BTreeSet<String>,
}

impl Wanted {
    pub(super) fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set.insert(key.to_owned(), value.into());
        self
    }

    pub(super) fn delete(mut self, key: &str) -> Self {
        self.delete.insert(key.to_owned());
        self
    }

    /// Every option that is touched, with its new value.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let set = self
            .set
            .iter()
            .map(|(key, v)| (key.as_str(), Some(v.as_str())));
        set.chain(self.delete.iter().map(|key| (key.as_str(), None)))
    }
}

/// Reads `key=value` words; the same key twice is a slip.
pub(super) fn read_words(set: &[String], delete: &[String]) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    for (at, word) in set.iter().enumerate() {
        // The word is not repeated: it can hold a password.
        let Some((key, value)) = word.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(
                Error::invalid(format!("word {} of `set` is not `key=value`", at + 1))
                    .hint("write for instance `memory=4096` or `net0=virtio,bridge=vmbr0`"),
            );
        };
        if wanted
            .set
            .insert(key.trim().to_owned(), value.to_owned())
            .is_some()
        {
            return Err(Error::invalid(format!("`{}` is set twice", key.trim())));
        }
    }
    for key in delete {
        if wanted.set.contains_key(key) {
            return Err(Error::invalid(format!(
                "`{key}` is to be set and deleted at once"
            )));
        }
        wanted.delete.insert(key.clone());
    }
    if wanted.set.is_empty() && wanted.delete.is_empty() {
        return Err(Error::invalid("nothing is to be set or deleted")
            .hint("give `set` (`memory=4096`) or `delete` (`balloon`)"));
    }
    Ok(wanted)
}

/// Refuses what PVE would refuse, and what has an operation of its own.
pub(super) fn check(guest: &GuestRef, wanted: &Wanted) -> Result<()> {
    for (key, value) in wanted.changes() {
        if let Some(instead) = not_by_hand(key) {
            return Err(Error::invalid(format!("`{key}` is not set by hand")).hint(instead));
        }
        let Some(value) = value else { continue };
        check_value(guest, key, value)?;
    }
    Ok(())
}

fn check_value(guest: &GuestRef, key: &str, value: &str) -> Result<()> {
    let said = |why: &str| {
        Error::invalid(format!(
            "`{key}` of {} cannot be so: {why}",
            guest.subject()
        ))
    };
    if let Some(control) = value.chars().find(|c| is_control(key, *c)) {
        return Err(said(&format!(
            "it holds the control character U+{:04X}",
            u32::from(control)
        )));
    }
    if key == "description" {
        let length = value.chars().count();
        if length > LONGEST_NOTES {
            return Err(said(&format!(
                "the notes are {length} characters long and PVE keeps {LONGEST_NOTES}"
            ))
            .hint("shorten the text, or keep it elsewhere and write down where"));
        }
        return Ok(());
    }
    if key == name_key(guest.kind) {
        return check_name(guest.kind, value);
    }
    check_option(guest.kind.into(), key, value).map_err(|why| {
        let kind = match guest.kind {
            GuestKind::Qemu => "a virtual machine",
            GuestKind::Lxc => "a container",
        };
        if why.contains("not defined in schema") {
            Error::invalid(format!(
                "{} is {kind}, which has no option `{key}`",
                guest.subject()
            ))
        } else {
            said(&why.replace('\n', " "))
        }
    })
}

/// Line feeds and tabs belong into notes; elsewhere a configuration file would break.
fn is_control(key: &str, letter: char) -> bool {
    letter.is_control() && !(key == "description" && matches!(letter, '\n' | '\t'))
}

/// What PVE keeps itself, with what to do instead.
fn not_by_hand(key: &str) -> Option<&'static str> {
    Some(match key {
        "lock" => "wait for the task that holds the lock; `qm unlock` or `pct unlock` removes it",
        "template" => "`guests.template` makes a template with its volumes",
        "parent" | "snaptime" | "snapstate" | "vmstate" | "runningcpu" | "runningmachine"
        | "meta" => "PVE writes it itself",
        "digest" | "vmid" | "node" | "skiplock" | "force" | "revert" | "delete" => {
            "it is no option of a guest"
        }
        _ => return None,
    })
}

/// Whether nothing would change.
pub(super) fn is_already(key: &str, wanted: Option<&str>, found: Option<&str>) -> bool {
    match (wanted, found) {
        (None, None) => true,
        (Some(wanted), Some(found)) => {
            wanted == found
                || key == "tags" && tags(wanted) == tags(found)
                || key == "description" && notes(wanted) == notes(found)
        }
        // PVE forgets empty notes and tags.
        (Some(wanted), None) => matches!(key, "tags" | "description") && wanted.is_empty(),
        (None, Some(_)) => false,
    }
}

/// Whether an option is as it was wished, in PVE's spelling: new volumes have names by now, network cards
/// addresses, property strings another order.
pub(super) fn holds(key: &str, wanted: &str, found: Option<&str>) -> bool {
    if is_already(key, Some(wanted), found) {
        return true;
    }
    let Some(found) = found else { return false };
    if found == MASK || switch(wanted) == switch(found) && switch(wanted).is_some() {
        return true;
    }
    if let Ok(wanted) = wanted.parse::<f64>()
        && let Ok(found) = found.parse::<f64>()
    {
        return (wanted - found).abs() < f64::EPSILON;
    }
    let parts: Vec<String> = found.split(',').map(str::to_lowercase).collect();
    wanted
        .split(',')
        .all(|part| part_holds(&part.to_lowercase(), &parts))
}

/// Whether one part of a property string is among those that PVE shows.
fn part_holds(part: &str, found: &[String]) -> bool {
    if let Some(storage) = new_volume(part) {
        let front = format!("{storage}:");
        return found
            .first()
            .is_some_and(|volume| volume.starts_with(&front));
    }
    if part.starts_with("import-from=") || part.starts_with("format=") {
        return true;
    }
    let Some((key, value)) = part.split_once('=') else {
        // A bare value, under its default key or alone; or a model whose address PVE chose.
        let named = format!("{part}=");
        return found.iter().any(|there| {
            there == part
                || there.starts_with(&named)
                || there
                    .split_once('=')
                    .is_some_and(|(_, value)| value == part)
        });
    };
    let front = format!("{key}=");
    match found.iter().find_map(|there| there.strip_prefix(&front)) {
        Some(there) => there == value || switch(value).is_some() && switch(there) == switch(value),
        // The default key is shown bare; what is off need not be shown.
        None => found.iter().any(|there| there == value) || switch(value) == Some(false),
    }
}

/// The storage of a volume that is to be made: `fast` of `fast:8`, of `fast:0`, of `fast:cloudinit`.
pub(super) fn new_volume(value: &str) -> Option<&str> {
    let first = value.split(',').next()?;
    let first = first.strip_prefix("file=").unwrap_or(first);
    let (storage, rest) = first.split_once(':')?;
    let is_size = !rest.is_empty() && rest.parse::<f64>().is_ok_and(f64::is_finite);
    (is_size || rest == "cloudinit").then_some(storage)
}

/// Whether the option names a volume.
pub(super) fn is_volume(kind: GuestKind, key: &str) -> bool {
    match kind {
        GuestKind::Qemu => matches!(
            slot_of(key),
            "scsi" | "virtio" | "ide" | "sata" | "efidisk" | "tpmstate" | "unused"
        ),
        GuestKind::Lxc => key == "rootfs" || matches!(slot_of(key), "mp" | "unused"),
    }
}

/// A value that PVE does not show cannot be restored.
pub(super) fn is_masked(value: &str) -> bool {
    value == MASK
}

/// What a plan shows of a value.
pub(super) fn shown(value: &str) -> String {
    let length = value.chars().count();
    if length <= SHOWN {
        return value.to_owned();
    }
    let start: String = value.chars().take(SHOWN).collect();
    format!("{start}… ({length} characters)")
}

/// The tags in a list, as PVE compares them.
pub(super) fn tags(text: &str) -> BTreeSet<String> {
    text.split([';', ',', ' '])
        .filter(|tag| !tag.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// PVE ends notes with a line feed of its own.
pub(super) fn notes(text: &str) -> &str {
    text.trim_end_matches('\n')
}

fn switch(value: &str) -> Option<bool> {
    match value {
        "1" | "on" | "yes" | "true" => Some(true),
        "0" | "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_option_holds_in_whatever_spelling_pve_gives_it_back() {
        let rows = [
            ("cores", "4", "4", true),
            ("cores", "4", "2", false),
            ("cpulimit", "1.50", "1.5", true),
            ("tags", "web,Prod", "prod;web", true),
            ("tags", "web", "prod;web", false),
            ("onboot", "on", "1", true),
            (
                "net0",
                "virtio,bridge=vmbr0",
                "virtio=BC:24:11:00:00:01,bridge=vmbr0",
                true,
            ),
            (
                "net0",
                "virtio,bridge=vmbr1",
                "virtio=BC:24:11:00:00:01,bridge=vmbr0",
                false,
            ),
            ("scsi1", "fast:8", "fast:vm-101-disk-1,size=8G", true),
            ("scsi1", "fast:8", "slow:vm-101-disk-1,size=8G", false),
            (
                "scsi0",
                "fast:0,import-from=local:import/x.qcow2",
                "fast:vm-101-disk-0,size=3G",
                true,
            ),
            (
                "ide2",
                "fast:cloudinit",
                "fast:vm-101-cloudinit,media=cdrom",
                true,
            ),
            ("features", "nesting=1,keyctl=1", "keyctl=1,nesting=1", true),
            ("agent", "enabled=1", "1", true),
            (
                "net0",
                "virtio,bridge=vmbr0,firewall=0",
                "virtio=X,bridge=vmbr0",
                true,
            ),
            (
                "net0",
                "virtio,bridge=vmbr0,firewall=0",
                "virtio=X,bridge=vmbr0,firewall=1",
                false,
            ),
            ("startup", "order=3,up=20", "order=3,up=10", false),
            ("cipassword", "secret", "**********", true),
            ("description", "a\nb", "a\nb\n", true),
        ];
        for (key, wanted, found, expected) in rows {
            assert_eq!(
                holds(key, wanted, Some(found)),
                expected,
                "{key} {wanted} {found}"
            );
        }
        assert!(!holds("cores", "4", None));
    }

    #[test]
    fn words_that_cannot_be_meant_are_refused_without_their_values() {
        let refused = |set: &[&str], delete: &[&str]| {
            let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
            read_words(&words(set), &words(delete)).unwrap_err().message
        };
        assert_eq!(
            refused(&["a=1", "hunter2"], &[]),
            "word 2 of `set` is not `key=value`"
        );
        assert_eq!(refused(&["a=1", "a=2"], &[]), "`a` is set twice");
        assert_eq!(
            refused(&["a=1"], &["a"]),
            "`a` is to be set and deleted at once"
        );
        assert_eq!(refused(&[], &[]), "nothing is to be set or deleted");
    }

    proptest! {
        #[test]
        fn what_is_there_holds(key in "[a-z]{2,8}[0-9]?", value in "[ -~]{1,40}") {
            prop_assert!(holds(&key, &value, Some(&value)));
            prop_assert!(is_already(&key, Some(&value), Some(&value)));
        }

        #[test]
        fn any_text_is_shown_short(value in "\\PC{0,900}") {
            prop_assert!(shown(&value).chars().count() <= SHOWN + 30);
        }
    }
}
