//! Formats that the description knows by name only.

use crate::formats::NamedFormat;
use crate::property::{DiskBus, PropertyString, Shape, shape_by_format};
use crate::schema::check::of_property_error;
use crate::schema::named_keys::keys_of;
use crate::schema::{pattern, property};

/// Why the server would refuse the text, in its words and with its line feed at the end. Formats
/// that are not known here pass.
pub(super) fn refusal(format: &str, value: &str, name: &str) -> Option<String> {
    if let Some(known) = keys_of(format) {
        let refused = property::refusal(&known.keys, known.more, value, name);
        return refused.or_else(|| {
            let has_model = value.split(',').any(|part| {
                !part.trim().is_empty() && (!part.contains('=') || part.starts_with("cputype="))
            });
            (format == "pve-vm-cpu-conf" && !has_model)
                .then(|| "CPU is missing cputype\n".to_owned())
        });
    }
    if let Some(shape) = shape_of(format) {
        return of_shape(shape, value, name);
    }
    if is_known(format) {
        return single(format, value);
    }
    if let Some(item) = format
        .strip_suffix("-alist")
        .or_else(|| format.strip_suffix("-list"))
    {
        return items(value).find_map(|text| single(item, text));
    }
    let optional = format.strip_suffix("-opt")?;
    if value.is_empty() {
        None
    } else {
        single(optional, value)
    }
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ';', '\0', ' ', '\t', '\n', '\r'])
        .filter(|item| !item.is_empty())
}

fn shape_of(format: &str) -> Option<&'static Shape> {
    match format {
        "pve-qm-ide" => Some(DiskBus::Ide.shape()),
        _ => shape_by_format(format),
    }
}

fn of_shape(shape: &'static Shape, value: &str, name: &str) -> Option<String> {
    let read = match PropertyString::parse(shape, value) {
        Ok(read) => read,
        Err(error) => return Some(of_property_error(error, name)),
    };
    match shape.name() {
        "prune-backups" => {
            let keeps = |(key, value): (&str, &str)| key != "keep-all" && value != "0";
            (read.flag("keep-all") == Some(true) && read.iter().any(keeps))
                .then(|| "keep-all cannot be set together with other options.\n".to_owned())
        }
        "backup-fleecing" => (read.flag("enabled") == Some(true) && read.get("storage").is_none())
            .then(|| "'storage' parameter is required when 'enabled' is set\n".to_owned()),
        _ => None,
    }
}

fn is_known(format: &str) -> bool {
    NamedFormat::by_name(format).is_some() || OWN.contains(&format)
}

/// Names of [`own_refusal`].
const OWN: [&str; 10] = [
    "pve-qm-bootdev",
    "pve-ha-resource-id",
    "pve-ha-resource-or-vm-id",
    "pve-ha-node",
    "pve-task-status-type",
    "storage-pair",
    "bridge-pair",
    "lxc-ip-with-ll-iface",
    "pve-lxc-dev-string",
    "pve-phys-bits",
];

fn single(format: &str, value: &str) -> Option<String> {
    let reason = match NamedFormat::by_name(format) {
        Some(known) => known.check(value).err()?.to_string(),
        None => own_refusal(format, value)?,
    };
    Some(reason + "\n")
}

fn own_refusal(format: &str, value: &str) -> Option<String> {
    let is = |rule: &str| pattern::matches(rule, value) != Some(false);
    let unless = |fits: bool, text: &str| (!fits).then(|| text.to_owned());
    match format {
        "pve-qm-bootdev" => {
            (!is("(?:(?:ide|sata|scsi|virtio|net|usb|hostpci|efidisk|tpmstate)\\d+)"))
                .then(|| format!("invalid boot device '{value}'"))
        }
        "pve-ha-resource-id" => unless(
            is("[a-z]+:\\S+"),
            "value does not look like a valid ha resource id",
        ),
        "pve-ha-resource-or-vm-id" => unless(
            is("(?:[a-z]+:\\S+|\\d+)"),
            "value does not look like a valid ha resource id",
        ),
        "pve-ha-node" => unless(
            is("[a-zA-Z0-9]([a-zA-Z0-9\\-]*[a-zA-Z0-9])?(:\\d+)?"),
            "value does not look like a valid ha node",
        ),
        "pve-task-status-type" => {
            (!is("(?i:ok|error|warning|unknown)")).then(|| format!("invalid status '{value}'"))
        }
        "storage-pair" => pair_refusal("pve-storage-id", value),
        "bridge-pair" => pair_refusal("pve-bridge-id", value),
        "lxc-ip-with-ll-iface" => {
            let linked = is("(?i:fe80[^%]+%.+)");
            let address = if linked {
                value.split_once('%').map_or(value, |(address, _)| address)
            } else {
                value
            };
            unless(
                NamedFormat::Ip.check(address).is_ok(),
                "value does not look like a valid IP address",
            )
        }
        "pve-lxc-dev-string" => {
            let climbs = is(".*/\\.\\.?(?:/.*)?");
            (climbs || !value.starts_with("/dev/"))
                .then(|| format!("{value} is not a valid device path"))
        }
        "pve-phys-bits" => unless(
            value == "host"
                || value
                    .parse::<u32>()
                    .is_ok_and(|bits| (8..=64).contains(&bits)),
            "value must be an integer between 8 and 64 or 'host'",
        ),
        _ => None,
    }
}

/// `1`, a name, or `from:to`.
fn pair_refusal(format: &str, value: &str) -> Option<String> {
    if value == "1" {
        return None;
    }
    let refused = match value.split_once(':') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() && !to.contains(':') => {
            single(format, from).or_else(|| single(format, to))
        }
        _ => single(format, value),
    };
    refused.map(|reason| format!("entry '{value}' contains invalid ID - {reason}\n"))
}
