//! The named formats of PVE's API: checks of single values, with the texts PVE refuses them with.
//!
//! The texts are those of a real server, so that a value refused here reads the same as one refused
//! there. A format whose name PVE ends with `-list` is the format without it, item by item.

mod names;
mod network;

pub(crate) use names::{is_storage_id, is_vmid};

use crate::calendar::CalendarEvent;
use crate::property::Startup;
use crate::size::parse_size;
use crate::volume::VolumeId;

/// A named format that can be checked here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedFormat {
    /// `address`: an IP address or a DNS name.
    Address,
    /// `CIDR`: an IPv4 or IPv6 network with its prefix length.
    Cidr,
    /// `CIDRv4`.
    CidrV4,
    /// `CIDRv6`.
    CidrV6,
    /// `disk-size`: `32G`.
    DiskSize,
    /// `dns-name`: one or more labels.
    DnsName,
    /// `email`.
    Email,
    /// `email-opt`: an address or nothing.
    EmailOptional,
    /// `ip`: either version.
    Ip,
    /// `ipv4`.
    Ipv4,
    /// `ipv6`.
    Ipv6,
    /// `mac-addr`: a unicast hardware address.
    MacAddress,
    /// `pve-qm-bootdisk`: a drive of a virtual machine.
    BootDisk,
    /// `pve-bridge-id`.
    Bridge,
    /// `pve-calendar-event`.
    CalendarEvent,
    /// `pve-configid`: names of snapshots, jobs, options.
    ConfigId,
    /// `pve-cpuset`: `0-3,5`.
    CpuSet,
    /// `pve-groupid`.
    Group,
    /// `pve-hotplug-features`: `0`, `1` or a list.
    HotplugFeatures,
    /// `pve-iface`: a network interface.
    Interface,
    /// `pve-ipv4-config`: `dhcp`, `manual` or a network.
    Ipv4Config,
    /// `pve-ipv6-config`: `auto`, `dhcp`, `manual` or a network.
    Ipv6Config,
    /// `pve-lxc-mp-string`: a volume or path in a container's mount point.
    MountPointSource,
    /// `pve-node`.
    Node,
    /// `pve-poolid`: up to three levels.
    Pool,
    /// `pve-realm`.
    Realm,
    /// `pve-roleid`.
    Role,
    /// `pve-startup-order`.
    StartupOrder,
    /// `pve-storage-content`.
    StorageContent,
    /// `pve-storage-id`.
    Storage,
    /// `pve-storage-path`: an absolute path.
    StoragePath,
    /// `pve-tag`.
    Tag,
    /// `pve-tokenid`.
    Token,
    /// `pve-userid`.
    User,
    /// `pve-vmid`.
    Vmid,
    /// `pve-volume-id`.
    Volume,
    /// `pve-volume-id-or-absolute-path`.
    VolumeOrPath,
    /// `pve-volume-id-or-qm-path`: a volume, a path, `none` or `cdrom`.
    VolumeOrDevice,
    /// `urlencoded`.
    UrlEncoded,
}

/// The formats by the names the API description gives them.
const NAMES: &[(&str, NamedFormat)] = &[
    ("CIDR", NamedFormat::Cidr),
    ("CIDRv4", NamedFormat::CidrV4),
    ("CIDRv6", NamedFormat::CidrV6),
    ("address", NamedFormat::Address),
    ("disk-size", NamedFormat::DiskSize),
    ("dns-name", NamedFormat::DnsName),
    ("email", NamedFormat::Email),
    ("email-opt", NamedFormat::EmailOptional),
    ("ip", NamedFormat::Ip),
    ("ipv4", NamedFormat::Ipv4),
    ("ipv6", NamedFormat::Ipv6),
    ("mac-addr", NamedFormat::MacAddress),
    ("pve-bridge-id", NamedFormat::Bridge),
    ("pve-calendar-event", NamedFormat::CalendarEvent),
    ("pve-configid", NamedFormat::ConfigId),
    ("pve-cpuset", NamedFormat::CpuSet),
    ("pve-groupid", NamedFormat::Group),
    ("pve-hotplug-features", NamedFormat::HotplugFeatures),
    ("pve-iface", NamedFormat::Interface),
    ("pve-ipv4-config", NamedFormat::Ipv4Config),
    ("pve-ipv6-config", NamedFormat::Ipv6Config),
    ("pve-lxc-mp-string", NamedFormat::MountPointSource),
    ("pve-node", NamedFormat::Node),
    ("pve-poolid", NamedFormat::Pool),
    ("pve-qm-bootdisk", NamedFormat::BootDisk),
    ("pve-realm", NamedFormat::Realm),
    ("pve-roleid", NamedFormat::Role),
    ("pve-startup-order", NamedFormat::StartupOrder),
    ("pve-storage-content", NamedFormat::StorageContent),
    ("pve-storage-id", NamedFormat::Storage),
    ("pve-storage-path", NamedFormat::StoragePath),
    ("pve-tag", NamedFormat::Tag),
    ("pve-tokenid", NamedFormat::Token),
    ("pve-userid", NamedFormat::User),
    ("pve-vmid", NamedFormat::Vmid),
    ("pve-volume-id", NamedFormat::Volume),
    ("pve-volume-id-or-absolute-path", NamedFormat::VolumeOrPath),
    ("pve-volume-id-or-qm-path", NamedFormat::VolumeOrDevice),
    ("urlencoded", NamedFormat::UrlEncoded),
];

/// A value that does not fit its format; says so in PVE's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub(crate) String);

impl NamedFormat {
    /// The format with this name in the API description, as `pve-vmid`; nothing for formats that
    /// are not checked here (the server still does).
    pub fn by_name(name: &str) -> Option<Self> {
        let (_, format) = NAMES.iter().find(|(known, _)| *known == name)?;
        Some(*format)
    }

    /// The name in the API description.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(_, format)| *format == self)
            .map_or("", |(name, _)| name)
    }

    /// Does the value fit? If not, why, in PVE's words.
    pub fn check(self, value: &str) -> Result<(), FormatError> {
        match self.refusal(value) {
            None => Ok(()),
            Some(text) => Err(FormatError(text)),
        }
    }

    /// The items of a `-list` format: divided by commas, semicolons, blanks or NUL; empty items do
    /// not count.
    pub fn check_list(self, value: &str) -> Result<(), FormatError> {
        value
            .split([',', ';', '\0', ' ', '\t', '\n', '\r'])
            .filter(|item| !item.is_empty())
            .try_for_each(|item| self.check(item))
    }

    fn refusal(self, value: &str) -> Option<String> {
        let unless = |fits: bool, text: &str| (!fits).then(|| text.to_owned());
        match self {
            Self::Address => (!network::is_ip(value) && !names::is_dns_name(value))
                .then(|| format!("value does not look like a valid address: {value}")),
            Self::Cidr => unless(
                network::is_cidr_v4(value) || network::is_cidr_v6(value),
                "value does not look like a valid CIDR network",
            ),
            Self::CidrV4 => unless(
                network::is_cidr_v4(value),
                "value does not look like a valid IPv4 CIDR network",
            ),
            Self::CidrV6 => unless(
                network::is_cidr_v6(value),
                "value does not look like a valid IPv6 CIDR network",
            ),
            Self::DiskSize => parse_size(value)
                .is_none()
                .then(|| format!("value does not look like a valid disk size: {value}")),
            Self::DnsName => unless(
                names::is_dns_name(value),
                "value does not look like a valid DNS name",
            ),
            Self::Email => unless(
                names::is_email(value),
                "value does not look like a valid email address",
            ),
            Self::EmailOptional => unless(
                value.is_empty() || names::is_email(value),
                "value does not look like a valid email address",
            ),
            Self::Ip => unless(
                network::is_ip(value),
                "value does not look like a valid IP address",
            ),
            Self::Ipv4 => unless(
                network::is_ipv4(value),
                "value does not look like a valid IPv4 address",
            ),
            Self::Ipv6 => unless(
                network::is_ipv6(value),
                "value does not look like a valid IPv6 address",
            ),
            Self::MacAddress => unless(
                network::is_unicast_mac(value),
                "value does not look like a valid unicast MAC address",
            ),
            Self::BootDisk => {
                (!names::is_boot_disk(value)).then(|| format!("invalid boot disk '{value}'"))
            }
            Self::Bridge => (!names::is_made_of(value, |c| {
                c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
            }))
            .then(|| format!("invalid bridge ID '{value}'")),
            Self::CalendarEvent => value
                .parse::<CalendarEvent>()
                .err()
                .map(|error| format!("invalid calendar event '{value}' - {error}")),
            Self::ConfigId => {
                (!names::is_config_id(value)).then(|| format!("invalid configuration ID '{value}'"))
            }
            Self::CpuSet => unless(names::is_cpu_set(value), "unable to parse cpuset option"),
            Self::Group => (!names::is_account_word(value))
                .then(|| format!("group name '{value}' contains invalid characters")),
            Self::HotplugFeatures => names::bad_hotplug_feature(value)
                .map(|feature| format!("invalid hotplug feature '{feature}'")),
            Self::Interface => unless(
                names::is_interface(value),
                "value does not look like a valid network interface name",
            ),
            Self::Ipv4Config => unless(
                matches!(value, "dhcp" | "manual") || network::is_cidr_v4(value),
                "value does not look like a valid ipv4 network configuration",
            ),
            Self::Ipv6Config => unless(
                matches!(value, "auto" | "dhcp" | "manual") || network::is_cidr_v6(value),
                "value does not look like a valid ipv6 network configuration",
            ),
            Self::MountPointSource => names::climbs(value)
                .then(|| format!("{value} contains illegal character sequences")),
            Self::Node => unless(
                names::is_label(value),
                "value does not look like a valid node name",
            ),
            Self::Pool => names::pool_refusal(value),
            Self::Realm => unless(
                names::is_realm(value),
                "value does not look like a valid realm",
            ),
            Self::Role => (!names::is_account_word(value))
                .then(|| format!("role name '{value}' contains invalid characters")),
            Self::StartupOrder => unless(
                value.parse::<Startup>().is_ok(),
                "unable to parse startup options",
            ),
            Self::StorageContent => (!names::is_storage_content(value))
                .then(|| format!("invalid content type '{value}'")),
            Self::Storage => names::storage_refusal(value),
            Self::StoragePath => unless(
                value.starts_with('/'),
                "value does not look like a valid absolute path",
            ),
            Self::Tag => unless(names::is_tag(value), "invalid characters in tag"),
            Self::Token => (!names::is_token(value))
                .then(|| format!("value '{value}' does not look like a valid token ID")),
            Self::User => names::user_refusal(value),
            Self::Vmid => unless(
                names::is_vmid(value),
                "value does not look like a valid VM ID",
            ),
            Self::Volume => volume_refusal(value),
            Self::VolumeOrPath => {
                if value.starts_with('/') {
                    None
                } else {
                    volume_refusal(value)
                }
            }
            Self::VolumeOrDevice => {
                if value.starts_with('/') || matches!(value, "none" | "cdrom") {
                    None
                } else {
                    volume_refusal(value)
                }
            }
            Self::UrlEncoded => (!names::is_url_encoded(value))
                .then(|| format!("invalid urlencoded string: {value}")),
        }
    }
}

fn volume_refusal(value: &str) -> Option<String> {
    value
        .parse::<VolumeId>()
        .err()
        .map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for (name, format) in NAMES {
            assert_eq!(NamedFormat::by_name(name), Some(*format));
            assert_eq!(format.name(), *name);
        }
        assert_eq!(NamedFormat::by_name("pve-nothing"), None);
    }

    #[test]
    fn lists_are_checked_item_by_item() {
        assert_eq!(NamedFormat::Vmid.check_list("100,101;102 103"), Ok(()));
        assert_eq!(NamedFormat::Vmid.check_list(""), Ok(()));
        let refused = NamedFormat::Storage
            .check_list("local,1a")
            .map_err(|e| e.to_string());
        assert_eq!(
            refused,
            Err("storage ID '1a' contains illegal characters".to_owned())
        );
    }

    #[test]
    fn networks_of_both_versions_are_told_apart() {
        for good in ["10.0.0.1/24", "fd00::1/64", "0.0.0.0/8"] {
            assert_eq!(NamedFormat::Cidr.check(good), Ok(()), "{good}");
        }
        for bad in [
            "10.0.0.1/7",
            "10.0.0.1/33",
            "fd00::1/129",
            "10.0.0.1/",
            "x/24",
            "1/+8",
        ] {
            assert!(NamedFormat::Cidr.check(bad).is_err(), "{bad}");
        }
        assert!(NamedFormat::CidrV4.check("fd00::1/64").is_err());
        assert!(NamedFormat::CidrV6.check("10.0.0.1/24").is_err());
        assert!(NamedFormat::Ipv4.check("010.0.0.1").is_err());
    }

    proptest! {
        #[test]
        fn no_value_makes_a_check_panic(value in any::<String>()) {
            for (_, format) in NAMES {
                let _ = format.check(&value);
                let _ = format.check_list(&value);
            }
        }
    }
}
