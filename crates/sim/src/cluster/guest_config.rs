//! The stored options of a guest, and what lists show of them. The inventory of a large cluster is asked for
//! every few seconds while hardly any configuration changes: what it shows is worked out once and
//! forgotten with the next change, whoever makes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use serde::Serialize;

use super::disk::{Volume, is_disk_key};
use super::guest::{Guest, GuestKind, MIB};

/// Stored options by name. It is a map to whoever reads or changes it.
#[derive(Debug, Clone)]
pub(crate) struct GuestConfig {
    options: BTreeMap<String, String>,
    summary: OnceLock<Summary>,
}

impl From<BTreeMap<String, String>> for GuestConfig {
    fn from(options: BTreeMap<String, String>) -> Self {
        Self {
            options,
            summary: OnceLock::new(),
        }
    }
}

impl GuestConfig {
    /// The options alone, to be changed apart from the guest.
    pub(crate) fn to_map(&self) -> BTreeMap<String, String> {
        self.options.clone()
    }
}

impl Deref for GuestConfig {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.options
    }
}

impl DerefMut for GuestConfig {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.summary.take();
        &mut self.options
    }
}

impl<'a> IntoIterator for &'a GuestConfig {
    type Item = (&'a String, &'a String);
    type IntoIter = std::collections::btree_map::Iter<'a, String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.options.iter()
    }
}

/// What lists show of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) cpus: u64,
    pub(crate) memory_bytes: u64,
    /// Of the boot disk or the root file system.
    pub(crate) disk_bytes: u64,
    /// The columns of the inventory that say nothing else, as JSON without the braces.
    pub(crate) columns: Box<str>,
}

#[derive(Serialize)]
struct Columns<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    vmid: u32,
    name: Cow<'a, str>,
    template: u8,
    maxcpu: u64,
    maxmem: u64,
    maxdisk: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a str>,
}

impl Guest {
    /// What lists show of the configuration.
    pub(crate) fn summary(&self) -> &Summary {
        self.config
            .summary
            .get_or_init(|| summary(self.kind, self.vmid, &self.config.options))
    }
}

/// Found in one pass over the options.
fn summary(kind: GuestKind, vmid: u32, options: &BTreeMap<String, String>) -> Summary {
    let (mut cores, mut sockets, mut memory_mib) = (1, 1, 512);
    let (mut disk_bytes, mut has_disk) = (0, false);
    let (mut name, mut tags, mut is_template) = (None, None, false);
    for (key, value) in options {
        match key.as_str() {
            "cores" => cores = value.parse().unwrap_or(1),
            "sockets" => sockets = value.parse().unwrap_or(1),
            "memory" => memory_mib = value.parse().unwrap_or(512),
            "template" => is_template = value == "1",
            "tags" => tags = Some(value.as_str()).filter(|tags| !tags.is_empty()),
            key if key == kind.name_key() => name = Some(value.as_str()),
            disk if !has_disk
                && (kind == GuestKind::Qemu || disk == "rootfs")
                && is_disk_key(kind, disk) =>
            {
                if let Some(volume) = Volume::parse(value).filter(|volume| !volume.is_cdrom) {
                    disk_bytes = volume.size_bytes;
                    has_disk = true;
                }
            }
            _ => {}
        }
    }
    let (cpus, memory_bytes) = (cores * sockets, memory_mib * MIB);
    let columns = Columns {
        id: format!("{}/{vmid}", kind.as_str()),
        kind: kind.as_str(),
        vmid,
        name: name.map_or_else(|| kind.default_name(vmid).into(), Cow::Borrowed),
        template: u8::from(is_template),
        maxcpu: cpus,
        maxmem: memory_bytes,
        maxdisk: disk_bytes,
        tags,
    };
    // Texts and whole numbers always have a form in JSON.
    let text = serde_json::to_string(&columns).unwrap_or_default();
    let inside = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    Summary {
        cpus,
        memory_bytes,
        disk_bytes,
        columns: inside.unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn shown(guest: &Guest) -> Value {
        serde_json::from_str(&format!("{{{}}}", guest.summary().columns)).unwrap()
    }

    #[test]
    fn a_summary_says_what_the_single_questions_say() {
        let vm = config(&[
            ("cores", "4"),
            ("sockets", "2"),
            ("memory", "1024"),
            ("name", "a\"b"),
            ("tags", "x;y"),
            ("ide2", "local:iso/a.iso,media=cdrom,size=4M"),
            ("scsihw", "lsi"),
            ("scsi0", "thin:vm-1-disk-0,size=8G"),
            ("scsi1", "thin:vm-1-disk-1,size=9G"),
        ]);
        let ct = config(&[
            ("hostname", "b"),
            ("mp0", "thin:vm-2-disk-1,size=3G"),
            ("template", "1"),
            ("rootfs", "thin:vm-2-disk-0,size=2G"),
        ]);
        for (kind, config) in [
            (GuestKind::Qemu, vm),
            (GuestKind::Lxc, ct),
            (GuestKind::Qemu, BTreeMap::new()),
            (GuestKind::Lxc, BTreeMap::new()),
        ] {
            let guest = Guest::new((kind, 1), Arc::from("n"), config, 1);
            let summary = guest.summary();
            assert_eq!(
                (summary.cpus, summary.memory_bytes, summary.disk_bytes),
                (guest.cpus(), guest.memory_bytes(), guest.disk_bytes())
            );
            let mut expected = json!({
                "id": format!("{}/1", kind.as_str()), "type": kind.as_str(), "vmid": 1,
                "name": guest.name(), "template": u8::from(guest.is_template()),
                "maxcpu": guest.cpus(), "maxmem": guest.memory_bytes(), "maxdisk": guest.disk_bytes(),
            });
            if let Some(tags) = guest.tags() {
                expected["tags"] = tags.into();
            }
            assert_eq!(shown(&guest), expected);
        }
    }

    #[test]
    fn a_summary_follows_every_kind_of_change() {
        let named = |name: &str| config(&[("name", name), ("cores", "2")]);
        let mut guest = Guest::new((GuestKind::Qemu, 7), Arc::from("n"), named("a"), 1);
        assert_eq!(shown(&guest)["name"], "a");
        guest.config.insert("name".to_owned(), "b".to_owned());
        assert_eq!(shown(&guest)["name"], "b");
        if let Some(cores) = guest.config.get_mut("cores") {
            "6".clone_into(cores);
        }
        assert_eq!(guest.summary().cpus, 6);
        *guest.config = named("c");
        assert_eq!(
            (&shown(&guest)["name"], guest.summary().cpus),
            (&json!("c"), 2)
        );
        guest.config.remove("name");
        assert_eq!(shown(&guest)["name"], "VM 7");
    }
}
