//! Values of disk options as callers write them: `local-lvm:32,discard=on` makes a disk,
//! `local:iso/x.iso,media=cdrom` names a volume.

use crate::cluster::Cluster;
use crate::cluster::guest::{GIB, GuestKind, MIB};
use crate::cluster::node::Storage;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{DiskName, exact_size};

/// What a disk option asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drive {
    /// The value as it will be stored.
    As(String),
    /// A volume to be made first.
    New(NewDisk),
}

/// A volume to be made for a disk option.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewDisk {
    pub(crate) storage: String,
    pub(crate) size_bytes: u64,
    pub(crate) format: String,
    pub(crate) is_cloud_init: bool,
    /// Further settings, with their commas in front.
    pub(crate) rest: String,
    /// The volume whose content it begins with.
    pub(crate) import_from: Option<String>,
}

/// A guest on its node.
pub(crate) type Place<'a> = (&'a str, GuestKind, u32);

fn split(value: &str) -> (String, Vec<(&str, &str)>) {
    let mut file = String::new();
    let mut rest = Vec::new();
    for part in value.split(',').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            None => part.clone_into(&mut file),
            Some(("file" | "volume", name)) => name.clone_into(&mut file),
            Some(pair) => rest.push(pair),
        }
    }
    (file, rest)
}

fn joined(rest: &[(&str, &str)], without: &[&str]) -> String {
    rest.iter()
        .filter(|(key, _)| !without.contains(key))
        .map(|(key, value)| format!(",{key}={value}"))
        .collect::<Vec<_>>()
        .concat()
}

/// `storage:NUMBER`, the size of a new disk in GiB.
fn new_size(file: &str) -> Option<(&str, f64)> {
    let (storage, size) = file.split_once(':')?;
    let plain = size
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && size.starts_with(|c: char| c.is_ascii_digit());
    Some((storage, plain.then(|| size.parse().ok()).flatten()?))
}

/// Checks a disk option; errors are those PVE gives before anything is done.
pub(crate) fn check_drive(
    cluster: &Cluster,
    place: Place<'_>,
    key: &str,
    value: &str,
) -> Result<Drive, Refusal> {
    let (file, rest) = split(value);
    let get = |name: &str| {
        rest.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    };
    let is_cdrom = get("media") == Some("cdrom");
    if matches!(file.as_str(), "none" | "cdrom") {
        return Ok(Drive::As(value.to_owned()));
    }
    if let Some((storage, gib)) = new_size(&file).filter(|_| !is_cdrom) {
        let storage = storage_for(cluster, place, storage)?;
        let source = get("import-from");
        if source.is_some() && gib > 0.0 {
            return Err(Refusal::parameter(
                key,
                "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>",
            ));
        }
        return new_disk(cluster, place, key, storage, (gib, &rest, source)).map(Drive::New);
    }
    if let Some(storage) = file.strip_suffix(":cloudinit") {
        let storage = storage_for(cluster, place, storage)?;
        let format = if storage.is_file_based() {
            "qcow2"
        } else {
            "raw"
        };
        return Ok(Drive::New(NewDisk {
            storage: storage.id.clone(),
            size_bytes: 4 * MIB,
            format: get("format").unwrap_or(format).to_owned(),
            is_cloud_init: true,
            rest: ",media=cdrom".to_owned(),
            import_from: None,
        }));
    }
    if file.starts_with('/') {
        return match place.1 {
            GuestKind::Lxc => Ok(Drive::As(value.to_owned())),
            GuestKind::Qemu => Err(Refusal::died(format!("volume {file} does not exist"))),
        };
    }
    existing(cluster, place, key, (&file, &rest, is_cdrom)).map(Drive::As)
}

fn storage_for<'a>(
    cluster: &'a Cluster,
    (node, kind, _): Place<'_>,
    id: &str,
) -> Result<&'a Storage, Refusal> {
    let storage = super::storage::usable(cluster, node, id)?;
    let (content, what) = match kind {
        GuestKind::Qemu => ("images", "vm images"),
        GuestKind::Lxc => ("rootdir", "container directories"),
    };
    if storage.content.iter().any(|one| one == content) {
        return Ok(storage);
    }
    Err(Refusal::parameter(
        "storage",
        format!("storage '{id}' does not support {what}"),
    ))
}

fn new_disk(
    cluster: &Cluster,
    (node, kind, _): Place<'_>,
    key: &str,
    storage: &Storage,
    (gib, rest, source): (f64, &[(&str, &str)], Option<&str>),
) -> Result<NewDisk, Refusal> {
    let format = rest
        .iter()
        .find(|(name, _)| *name == "format")
        .map_or(storage.default_format(kind), |(_, format)| *format);
    let mut size_bytes = match (key, kind) {
        ("efidisk0", _) => 528 * 1024,
        ("tpmstate0", _) => 4 * MIB,
        (_, GuestKind::Qemu) => (gib * MIB as f64).ceil() as u64 * 1024,
        (_, GuestKind::Lxc) => (gib * 1024.0) as u64 * MIB,
    };
    if let Some(source) = source {
        let volume = cluster
            .volume(node, source)
            .ok_or_else(|| Refusal::died(format!("volume '{source}' does not exist")))?;
        size_bytes = volume.size_bytes;
    }
    Ok(NewDisk {
        storage: storage.id.clone(),
        size_bytes,
        format: format.to_owned(),
        is_cloud_init: false,
        rest: joined(rest, &["format", "size", "import-from"]),
        import_from: source.map(str::to_owned),
    })
}

fn existing(
    cluster: &Cluster,
    (node, kind, _): Place<'_>,
    key: &str,
    (file, rest, is_cdrom): (&str, &[(&str, &str)], bool),
) -> Result<String, Refusal> {
    let (id, name) = file.split_once(':').unwrap_or((file, ""));
    let storage = super::storage::usable(cluster, node, id)?;
    let parts = storage.parse_name(name).map_err(Refusal::died)?;
    if parts.content == "iso" && !is_cdrom {
        return Err(Refusal::parameter(
            key,
            "explicit 'media=cdrom' is required for iso images",
        ));
    }
    let Some(volume) = cluster.volume(node, file) else {
        // Containers find out only when they start.
        return match kind {
            GuestKind::Lxc => Ok(format!("{file}{}", joined(rest, &[]))),
            GuestKind::Qemu => Err(Refusal::died(format!("volume '{file}' does not exist"))),
        };
    };
    let has_size = rest.iter().any(|(name, _)| *name == "size");
    let size = if has_size || (kind == GuestKind::Lxc && !rest.is_empty()) {
        String::new()
    } else {
        format!(",size={}", exact_size(volume.size_bytes))
    };
    Ok(format!("{file}{}{size}", joined(rest, &["format"])))
}

impl Cluster {
    /// Makes the disk and gives the value to store.
    pub(crate) fn make_disk(&mut self, (node, kind, vmid): Place<'_>, disk: &NewDisk) -> String {
        let name = if disk.is_cloud_init {
            DiskName::CloudInit
        } else {
            DiskName::Numbered
        };
        let volid = self.allocate(
            node,
            &disk.storage,
            (kind, vmid),
            (name, &disk.format),
            disk.size_bytes,
        );
        if disk.is_cloud_init {
            return format!("{volid}{}", disk.rest);
        }
        format!("{volid}{},size={}", disk.rest, exact_size(disk.size_bytes))
    }
}

/// A network card without an address gets one; containers' cards also get their kind.
pub(crate) fn with_address(kind: GuestKind, value: &str, address: &str) -> String {
    match kind {
        GuestKind::Qemu => {
            let mut model = None;
            let mut given = None;
            let mut rest = String::new();
            for part in value.split(',').filter(|part| !part.is_empty()) {
                match part.split_once('=') {
                    None => model = Some(part),
                    Some(("model", name)) => model = Some(name),
                    Some(("macaddr", text)) => given = Some(text),
                    Some((name, text)) if text.matches(':').count() == 5 => {
                        model = Some(name);
                        given = Some(text);
                    }
                    Some(_) => {
                        rest.push(',');
                        rest.push_str(part);
                    }
                }
            }
            let given = given.map_or_else(|| address.to_owned(), str::to_uppercase);
            format!("{}={given}{rest}", model.unwrap_or("virtio"))
        }
        GuestKind::Lxc => {
            let mut value = value.to_owned();
            if !value.contains("hwaddr=") {
                value.push_str(",hwaddr=");
                value.push_str(address);
            }
            if !value.contains("type=") {
                value.push_str(",type=veth");
            }
            value
        }
    }
}

/// A size as `resize` takes it: `+5G` more, `32G` in all.
pub(crate) fn new_total(text: &str, now_bytes: u64) -> Option<u64> {
    match text.strip_prefix('+') {
        Some(more) => Some(now_bytes + crate::cluster::disk::parse_size(more)?),
        None => crate::cluster::disk::parse_size(text),
    }
}

/// GiB of a byte count, for texts.
pub(crate) fn gib(bytes: u64) -> f64 {
    bytes as f64 / GIB as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_without_an_address_gets_one_and_keeps_the_rest() {
        let with = |value| with_address(GuestKind::Qemu, value, "BC:24:11:00:00:01");
        assert_eq!(
            with("virtio,bridge=vmbr0"),
            "virtio=BC:24:11:00:00:01,bridge=vmbr0"
        );
        assert_eq!(
            with("model=e1000,macaddr=bc:24:11:93:00:0a,bridge=vmbr0"),
            "e1000=BC:24:11:93:00:0A,bridge=vmbr0"
        );
    }
}
