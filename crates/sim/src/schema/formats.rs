//! The formats that have names. Each checker gives PVE's text, without its line end.

use super::check::list_items;
use super::cpu;
use super::formats_access::{
    email_or_nothing, group_id, pool, privileges, realm, role, token, user,
};
use super::formats_net::{
    address, bridge, cidr, cidr_v4, cidr_v6, ip, ipv4, ipv4_config, ipv6, ipv6_config, mac,
    mac_prefix,
};

type Checker = fn(&str) -> Result<(), String>;

const FORMATS: &[(&str, Checker)] = &[
    ("pve-sdn-prefix-list", anything),
    ("pve-iface-list", |text| all(text, bridge)),
    ("CIDRv6", cidr_v6),
    ("CIDRv4", cidr_v4),
    ("IPorCIDR", anything),
    ("IPorCIDRorAlias", anything),
    ("pve-fw-alias-ref", anything),
    ("ipv4mask", anything),
    ("pve-vlan-id-or-range-list", anything),
    ("pve-sdn-fabric-id", anything),
    ("pve-sdn-subnet-id", anything),
    ("pve-sdn-isis-net", anything),
    ("pve-sdn-dhcp-range", anything),
    ("pve-sdn-bgp-rt-list", anything),
    ("pem-string", anything),
    ("pem-certificate-chain", anything),
    ("pve-command-batch", anything),
    ("string-list", anything),
    ("ip-list", |text| all(text, ip)),
    ("graphite-path", anything),
    ("email-or-username", anything),
    ("email-list", anything),
    ("CIDR", cidr),
    ("address", address),
    ("address-list", |text| all(text, address)),
    ("disk-size", disk_size),
    ("dns-name", dns_name),
    ("dns-name-list", |text| all(text, dns_name)),
    ("email-opt", email_or_nothing),
    ("email-or-username-list", anything),
    ("ip", ip),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("lxc-ip-with-ll-iface-list", |text| all(text, ip)),
    ("mac-addr", mac),
    ("mac-prefix", mac_prefix),
    ("pve-acme-alias", anything),
    ("pve-acme-domain", anything),
    ("pve-acme-domain-list", anything),
    ("pve-bridge-id", bridge),
    ("pve-calendar-event", calendar),
    ("pve-configid", config_id),
    ("pve-configid-list", |text| all(text, config_id)),
    ("pve-cpuset", cpu_set),
    ("pve-ct-timezone", time_zone),
    ("pve-day-of-week-list", |text| all(text, day_of_week)),
    ("pve-dir-override-list", anything),
    ("pve-fw-addr-spec", anything),
    ("pve-fw-conntrack-helper", anything),
    ("pve-fw-dport-spec", anything),
    ("pve-fw-icmp-type-spec", anything),
    ("pve-fw-protocol-spec", anything),
    ("pve-fw-sport-spec", anything),
    ("pve-groupid", group_id),
    ("pve-groupid-list", |text| all(text, group_id)),
    ("pve-ha-node-list", ha_nodes),
    ("pve-ha-resource-id-list", |text| all(text, ha_resource)),
    ("pve-ha-resource-or-vm-id", ha_resource_or_guest),
    ("pve-hotplug-features", hotplug),
    ("pve-iface", bridge),
    ("pve-ipv4-config", ipv4_config),
    ("pve-ipv6-config", ipv6_config),
    ("pve-lxc-dev-string", device),
    ("pve-lxc-mp-string", mount_point),
    ("pve-node", node),
    ("pve-node-list", |text| all(text, node)),
    ("pve-poolid", pool),
    ("pve-priv-list", privileges),
    ("pve-qm-bootdev-list", boot_devices),
    ("pve-qm-bootdisk", boot_disk),
    ("pve-realm", realm),
    ("pve-replication-job-id", replication_job),
    ("pve-roleid", role),
    ("pve-roleid-list", |text| all(text, role)),
    ("pve-startup-order", startup),
    ("pve-storage-content", content),
    ("pve-storage-content-list", |text| all(text, content)),
    ("pve-storage-id", storage),
    ("pve-storage-id-list", |text| all(text, storage)),
    ("pve-storage-options", anything),
    ("pve-storage-path", absolute_path),
    ("pve-storage-portal-dns", anything),
    ("pve-storage-portal-dns-list", anything),
    ("pve-storage-server", server),
    ("pve-storage-vgname", volume_group),
    ("pve-tag-list", |text| all(text, tag)),
    ("pve-task-status-type-list", |text| all(text, task_state)),
    ("pve-tokenid-list", |text| all(text, token)),
    ("pve-userid", user),
    ("pve-userid-list", |text| all(text, user)),
    ("pve-vm-cpu-conf", cpu::check),
    ("pve-vmid", vmid),
    ("pve-vmid-list", |text| all(text, vmid)),
    ("pve-volume-id", volume),
    ("pve-volume-id-or-absolute-path", volume_or_path),
    ("pve-volume-id-or-qm-path", volume_or_drive),
    ("storage-pair-list", storage_pairs),
    ("urlencoded", url_encoded),
];

#[cfg(test)]
pub(crate) fn is_known(name: &str) -> bool {
    FORMATS.iter().any(|(known, _)| *known == name)
}

/// Checks a value against the format of that name.
pub(crate) fn check(name: &str, text: &str) -> Result<(), String> {
    FORMATS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(Ok(()), |(_, checker)| checker(text))
}

fn all(text: &str, checker: Checker) -> Result<(), String> {
    list_items(text).try_for_each(checker)
}

pub(super) fn when(is_good: bool, text: impl Into<String>) -> Result<(), String> {
    if is_good { Ok(()) } else { Err(text.into()) }
}

#[expect(clippy::unnecessary_wraps, reason = "all checkers have one type")]
fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

pub(super) fn is_word(text: &str, first: fn(u8) -> bool, more: &[u8]) -> bool {
    text.bytes().next().is_some_and(first)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
}

pub(super) fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

pub(super) fn letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// A letter, then letters, digits, `_` and `-`; two characters at least.
fn config_id(text: &str) -> Result<(), String> {
    when(
        text.len() >= 2 && is_word(text, letter, b"_-"),
        format!("invalid configuration ID '{text}'"),
    )
}

fn vmid(text: &str) -> Result<(), String> {
    let fits = (3..=9).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    when(fits, "value does not look like a valid VM ID")
}

fn node(text: &str) -> Result<(), String> {
    when(is_label(text), "value does not look like a valid node name")
}

fn is_label(text: &str) -> bool {
    !text.starts_with('-') && !text.ends_with('-') && is_word(text, letter_or_digit, b"-")
}

pub(crate) fn dns_name(text: &str) -> Result<(), String> {
    let fits = text.split('.').all(is_label);
    when(fits, "value does not look like a valid DNS name")
}

fn tag(text: &str) -> Result<(), String> {
    let fits = is_word(
        text,
        |byte| byte.is_ascii_alphanumeric() || byte == b'_',
        b"_+.-",
    );
    when(fits, "invalid characters in tag")
}

fn task_state(text: &str) -> Result<(), String> {
    let fits = matches!(text, "ok" | "warning" | "error" | "unknown");
    when(fits, format!("invalid status '{text}'"))
}

fn storage(text: &str) -> Result<(), String> {
    when(
        text.len() >= 2,
        format!("storage ID '{text}' cannot be shorter than 2 characters"),
    )?;
    let fits = is_word(text, letter, b"._-") && text.bytes().last().is_some_and(letter_or_digit);
    when(
        fits,
        format!("storage ID '{text}' contains illegal characters"),
    )
}

fn content(text: &str) -> Result<(), String> {
    let known = [
        "images", "rootdir", "iso", "vztmpl", "backup", "snippets", "import", "none",
    ];
    when(
        known.contains(&text),
        format!("invalid content type '{text}'"),
    )
}

fn volume(text: &str) -> Result<(), String> {
    let fits = text
        .split_once(':')
        .is_some_and(|(id, name)| storage(id).is_ok() && !name.is_empty());
    when(fits, format!("unable to parse volume ID '{text}'"))
}

fn volume_or_path(text: &str) -> Result<(), String> {
    if text.starts_with('/') {
        Ok(())
    } else {
        volume(text)
    }
}

fn volume_or_drive(text: &str) -> Result<(), String> {
    if matches!(text, "none" | "cdrom") {
        Ok(())
    } else {
        volume_or_path(text)
    }
}

fn mount_point(text: &str) -> Result<(), String> {
    let climbs = text.split('/').any(|part| part == "..") || text.contains("/./");
    when(
        !climbs,
        format!("{text} contains illegal character sequences"),
    )
}

fn device(text: &str) -> Result<(), String> {
    when(
        text.starts_with("/dev/") && !text.contains(".."),
        format!("{text} is not a valid device path"),
    )
}

fn absolute_path(text: &str) -> Result<(), String> {
    when(
        text.starts_with('/'),
        "value does not look like a valid absolute path",
    )
}

fn server(text: &str) -> Result<(), String> {
    when(
        address(text).is_ok(),
        "value does not look like a valid server name or IP address",
    )
}

fn volume_group(text: &str) -> Result<(), String> {
    when(
        is_word(text, letter_or_digit, b"_+.-"),
        format!("lvm name '{text}' contains illegal characters"),
    )
}

fn storage_pairs(text: &str) -> Result<(), String> {
    list_items(text).try_for_each(|item| {
        if item == "1" {
            return Ok(());
        }
        // A pair has one colon; with more of them the whole is taken for one name.
        let ids: Vec<&str> = match item.split_once(':') {
            Some((from, to)) if !to.contains(':') => vec![from, to],
            _ => vec![item],
        };
        ids.into_iter().try_for_each(|id| {
            storage(id).map_err(|why| format!("entry '{item}' contains invalid ID - {why}\n\n"))
        })
    })
}

fn disk_size(text: &str) -> Result<(), String> {
    let number = text.strip_suffix(['K', 'M', 'G', 'T']).unwrap_or(text);
    let fits = !number.is_empty() && number.parse::<f64>().is_ok();
    when(
        fits,
        format!("value does not look like a valid disk size: {text}"),
    )
}

fn cpu_set(text: &str) -> Result<(), String> {
    let fits = text.split(',').all(|range| {
        let mut ends = range.splitn(2, '-').map(|end| end.parse::<u32>().ok());
        match (ends.next().flatten(), ends.next()) {
            (Some(_), None) => true,
            (Some(first), Some(Some(last))) => first <= last,
            _ => false,
        }
    });
    when(fits, "unable to parse cpuset option")
}

fn time_zone(text: &str) -> Result<(), String> {
    let known = text == "host" || jiff::tz::TimeZone::get(text).is_ok();
    when(known, format!("invalid time zone '{text}'"))
}

fn day_of_week(text: &str) -> Result<(), String> {
    when(
        matches!(text, "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"),
        format!("value '{text}' does not look like a valid day of week"),
    )
}

fn calendar(text: &str) -> Result<(), String> {
    crate::calendar::Event::parse(text)
        .map(|_| ())
        .map_err(|cause| {
            format!("invalid calendar event '{text}' - unable to parse calendar event {cause}\n")
        })
}

fn hotplug(text: &str) -> Result<(), String> {
    if matches!(text, "0" | "1") {
        return Ok(());
    }
    list_items(text).try_for_each(|feature| {
        let known = matches!(
            feature,
            "network" | "disk" | "cpu" | "memory" | "usb" | "cloudinit"
        );
        when(known, format!("invalid hotplug feature '{feature}'"))
    })
}

fn is_device(text: &str, kinds: &[&str]) -> bool {
    let name = text.trim_end_matches(|digit: char| digit.is_ascii_digit());
    name != text && kinds.contains(&name)
}

fn boot_devices(text: &str) -> Result<(), String> {
    let kinds = ["scsi", "virtio", "ide", "sata", "net", "hostpci", "usb"];
    text.split(';').try_for_each(|device| {
        when(
            is_device(device, &kinds),
            format!("invalid boot device '{device}'"),
        )
    })
}

fn boot_disk(text: &str) -> Result<(), String> {
    when(
        is_device(text, &["scsi", "virtio", "ide", "sata"]),
        format!("invalid boot disk '{text}'"),
    )
}

fn startup(text: &str) -> Result<(), String> {
    let mut some = false;
    for part in text.split(',') {
        let (key, value) = part
            .trim()
            .split_once('=')
            .unwrap_or(("order", part.trim()));
        let fits = matches!(key, "order" | "up" | "down")
            && !value.is_empty()
            && value.bytes().all(|byte| byte.is_ascii_digit());
        when(fits, "unable to parse startup options")?;
        some = true;
    }
    when(some, "unable to parse startup options")
}

fn url_encoded(text: &str) -> Result<(), String> {
    let fits = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()%".contains(&byte));
    when(fits, format!("invalid urlencoded string: {text}"))
}

fn replication_job(text: &str) -> Result<(), String> {
    let fits = text
        .split_once('-')
        .is_some_and(|(guest, number)| vmid(guest).is_ok() && number.parse::<u32>().is_ok());
    when(fits, format!("invalid replication job id '{text}'"))
}

fn ha_resource(text: &str) -> Result<(), String> {
    let fits = text
        .split_once(':')
        .is_some_and(|(kind, id)| matches!(kind, "vm" | "ct") && vmid(id).is_ok());
    when(fits, format!("invalid HA resource ID '{text}'"))
}

fn ha_resource_or_guest(text: &str) -> Result<(), String> {
    // Which types there are is looked at later.
    let has_a_type = text
        .split_once(':')
        .is_some_and(|(kind, id)| is_word(kind, letter, b"") && !id.is_empty());
    when(
        vmid(text).is_ok() || has_a_type && !text.contains(char::is_whitespace),
        "value does not look like a valid ha resource id",
    )
}

fn ha_nodes(text: &str) -> Result<(), String> {
    list_items(text).try_for_each(|item| {
        let (name, priority) = item.split_once(':').unwrap_or((item, "0"));
        when(
            node(name).is_ok() && priority.parse::<u32>().is_ok(),
            "value does not look like a valid ha node",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart_as_a_real_server_does() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/facts/pve/golden/vectors_formats.jsonl");
        let Ok(text) = std::fs::read_to_string(path) else {
            return;
        };
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let name = row["format"].as_str().unwrap();
            if !is_known(name) {
                continue;
            }
            let value = row["value"]
                .as_str()
                .map_or_else(|| row["value"].to_string(), str::to_owned);
            let expected = row["error"].as_str().map(str::to_owned);
            assert_eq!(check(name, &value).err(), expected, "{name} {value}");
        }
    }
}
