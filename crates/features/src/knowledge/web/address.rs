//! Which addresses a crawl may speak to. A page of the internet must not make us ask a neighbour.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a person allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The internet.
    Public,
    /// Also this machine and private networks: a person named that host.
    Private,
}

/// Whether an address may be asked.
pub(super) fn may_ask(address: IpAddr, reach: Reach) -> bool {
    match address {
        IpAddr::V4(address) => may_ask_v4(address, reach),
        IpAddr::V6(address) => match address.to_ipv4_mapped().or_else(|| embedded(address)) {
            Some(address) => may_ask_v4(address, reach),
            None => may_ask_v6(address, reach),
        },
    }
}

fn may_ask_v4(address: Ipv4Addr, reach: Reach) -> bool {
    let [a, b, ..] = address.octets();
    // Link-local addresses hold the secrets of clouds, and no documentation.
    if address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || a == 0
        || a >= 240
    {
        return false;
    }
    let private = address.is_private()
        || address.is_loopback()
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19));
    reach == Reach::Private || !private
}

fn may_ask_v6(address: Ipv6Addr, reach: Reach) -> bool {
    let [first, ..] = address.segments();
    if address.is_unspecified() || address.is_multicast() || first & 0xffc0 == 0xfe80 {
        return false;
    }
    let private = address.is_loopback() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfec0;
    reach == Reach::Private || !private
}

/// The IPv4 address that a translated IPv6 address (`64:ff9b::/96`, `2002::/16`) stands for.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bytes = address.octets();
    let of = |from: usize| {
        let part: [u8; 4] = bytes.get(from..from + 4)?.try_into().ok()?;
        Some(Ipv4Addr::from(part))
    };
    match bytes {
        [0x00, 0x64, 0xff, 0x9b, ..] => of(12),
        [0x20, 0x02, ..] => of(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_asked_only_when_a_person_named_the_host() {
        let of = |text: &str, reach| may_ask(text.parse().unwrap(), reach);
        for public in ["93.184.216.34", "2606:2800:220:1::1", "172.32.0.1"] {
            assert!(of(public, Reach::Public), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
        ] {
            assert!(!of(private, Reach::Public), "{private}");
            assert!(of(private, Reach::Private), "{private}");
        }
        for never in [
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "ff02::1",
            "::",
            "::ffff:169.254.169.254",
        ] {
            assert!(!of(never, Reach::Private), "{never}");
        }
    }
}
