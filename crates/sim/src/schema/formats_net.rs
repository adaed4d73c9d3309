//! Formats of addresses and networks.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::formats::{dns_name, is_word, letter_or_digit, when};

pub(super) fn ip(text: &str) -> Result<(), String> {
    when(
        text.parse::<std::net::IpAddr>().is_ok() || text == "host",
        "value does not look like a valid IP address",
    )
    .and_then(|()| {
        when(
            text != "host",
            "value does not look like a valid IP address",
        )
    })
}

pub(super) fn ipv4(text: &str) -> Result<(), String> {
    when(
        text.parse::<Ipv4Addr>().is_ok(),
        "value does not look like a valid ipv4 address",
    )
}

pub(super) fn ipv6(text: &str) -> Result<(), String> {
    when(
        text.parse::<Ipv6Addr>().is_ok(),
        "value does not look like a valid ipv6 address",
    )
}

fn is_network(text: &str, version: u8) -> bool {
    text.split_once('/').is_some_and(|(host, bits)| {
        let bits: u8 = bits.parse().unwrap_or(u8::MAX);
        match version {
            4 => host.parse::<Ipv4Addr>().is_ok() && bits <= 32,
            _ => host.parse::<Ipv6Addr>().is_ok() && bits <= 128,
        }
    })
}

pub(super) fn ipv4_config(text: &str) -> Result<(), String> {
    when(
        matches!(text, "dhcp" | "manual") || is_network(text, 4),
        "value does not look like a valid ipv4 network configuration",
    )
}

pub(super) fn ipv6_config(text: &str) -> Result<(), String> {
    when(
        matches!(text, "auto" | "dhcp" | "manual") || is_network(text, 6),
        "value does not look like a valid ipv6 network configuration",
    )
}

pub(super) fn cidr(text: &str) -> Result<(), String> {
    when(
        is_network(text, 4) || is_network(text, 6),
        "value does not look like a valid CIDR network",
    )
}

pub(super) fn cidr_v4(text: &str) -> Result<(), String> {
    when(
        is_network(text, 4),
        "value does not look like a valid IPv4 CIDR network",
    )
}

pub(super) fn cidr_v6(text: &str) -> Result<(), String> {
    when(
        is_network(text, 6),
        "value does not look like a valid IPv6 CIDR network",
    )
}

pub(super) fn address(text: &str) -> Result<(), String> {
    when(
        text.parse::<std::net::IpAddr>().is_ok() || dns_name(text).is_ok(),
        format!("value does not look like a valid address: {text}"),
    )
}

pub(super) fn mac(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_unicast = parts
        .first()
        .and_then(|first| u8::from_str_radix(first, 16).ok())
        .is_some_and(|first| first & 1 == 0);
    let fits = parts.len() == 6
        && parts
            .iter()
            .all(|part| part.len() == 2 && u8::from_str_radix(part, 16).is_ok());
    when(
        fits && is_unicast,
        "value does not look like a valid unicast MAC address",
    )
}

pub(super) fn mac_prefix(text: &str) -> Result<(), String> {
    let fits = text.split(':').count() <= 5
        && text
            .split(':')
            .all(|part| part.len() == 2 && u8::from_str_radix(part, 16).is_ok());
    when(fits, "value is not a valid unicast MAC address prefix")
}

pub(super) fn bridge(text: &str) -> Result<(), String> {
    when(
        is_word(text, letter_or_digit, b"_.-"),
        format!("invalid bridge ID '{text}'"),
    )
}
