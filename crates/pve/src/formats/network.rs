//! Rules for addresses, networks and hardware addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

pub(super) fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

pub(super) fn is_ip(text: &str) -> bool {
    is_ipv4(text) || is_ipv6(text)
}

/// PVE takes no networks wider than /8 and no leading sign.
fn prefix_fits(text: &str, longest: u8) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text
            .parse::<u8>()
            .is_ok_and(|prefix| (8..=longest).contains(&prefix))
}

pub(super) fn is_cidr_v4(text: &str) -> bool {
    text.split_once('/')
        .is_some_and(|(address, prefix)| is_ipv4(address) && prefix_fits(prefix, 32))
}

pub(super) fn is_cidr_v6(text: &str) -> bool {
    text.split_once('/')
        .is_some_and(|(address, prefix)| is_ipv6(address) && prefix_fits(prefix, 128))
}

/// Six pairs of hex digits; the lowest bit of the first byte must be off (that would be multicast).
pub(super) fn is_unicast_mac(text: &str) -> bool {
    let mut pairs = text.split(':');
    let is_pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
    let unicast = pairs.next().is_some_and(|pair| {
        is_pair(pair) && u8::from_str_radix(pair, 16).is_ok_and(|byte| byte % 2 == 0)
    });
    unicast && pairs.clone().count() == 5 && pairs.all(is_pair)
}
