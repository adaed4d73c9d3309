//! Where a request comes from: the peer, what a trusted proxy says of it, and whether its `Origin` is ours.

use std::net::{IpAddr, SocketAddr};

use ::http::{HeaderMap, header};

use crate::error::Error;

/// The other end of the connection; put into each request by [`crate::serve`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) addr: SocketAddr,
    pub(crate) tls: bool,
}

/// Networks whose forwarding headers are believed. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Network {
    addr: IpAddr,
    bits: u8,
}

impl TrustedProxies {
    /// Reads `10.0.0.0/8`, `::1`, `192.168.1.2`.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, Error> {
        texts
            .iter()
            .map(|text| {
                let text = text.as_ref().trim();
                Network::parse(text).ok_or_else(|| Error::NotANetwork {
                    text: text.to_owned(),
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn contain(&self, addr: IpAddr) -> bool {
        self.0
            .iter()
            .any(|network| network.contains(addr.to_canonical()))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (addr, bits) = match text.split_once('/') {
            Some((addr, bits)) => (addr, Some(bits)),
            None => (text, None),
        };
        let addr: IpAddr = addr.parse().ok()?;
        let width = if addr.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(width), |bits| bits.parse().ok())?;
        (bits <= width).then_some(Self { addr, bits })
    }

    fn contains(&self, other: IpAddr) -> bool {
        // A shift by the whole width is a network of everything: no bit is compared.
        match (self.addr, other) {
            (IpAddr::V4(mine), IpAddr::V4(theirs)) => {
                (mine.to_bits() ^ theirs.to_bits())
                    .checked_shr(32 - u32::from(self.bits))
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(mine), IpAddr::V6(theirs)) => {
                (mine.to_bits() ^ theirs.to_bits())
                    .checked_shr(128 - u32::from(self.bits))
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// How the client sees us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen<'a> {
    pub(crate) https: bool,
    pub(crate) host: &'a str,
}

/// Scheme and host as the client typed them; a proxy's word counts only when it is trusted.
pub(crate) fn seen<'a>(
    headers: &'a HeaderMap,
    peer: Option<&Peer>,
    trusted: &TrustedProxies,
) -> Seen<'a> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Several proxies append; the first entry is what the client used.
    let first = |name: &str| {
        text(name)
            .and_then(|all| all.split(',').next())
            .map(str::trim)
    };
    let by_proxy = peer.is_some_and(|peer| trusted.contain(peer.addr.ip()));
    let https = peer.is_some_and(|peer| peer.tls)
        || (by_proxy
            && first("x-forwarded-proto")
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")));
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let host = if by_proxy {
        first("x-forwarded-host")
            .filter(|host| !host.is_empty())
            .unwrap_or(host)
    } else {
        host
    };
    Seen { https, host }
}

/// Whether the request was made by a page that is not ours. No `Origin` is no page's request.
pub(crate) fn is_foreign(headers: &HeaderMap, seen: &Seen<'_>) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return false;
    };
    let Ok(origin) = origin.to_str() else {
        return true;
    };
    let ours = if seen.https { "https" } else { "http" };
    // A TLS terminator that is not declared as trusted hides the scheme; the host must be ours either way.
    let Some((scheme, host)) = origin.split_once("://") else {
        return true;
    };
    let same_scheme = scheme == ours || (!seen.https && scheme == "https");
    let same_host = !seen.host.is_empty()
        && without_default_port(host, scheme)
            .eq_ignore_ascii_case(without_default_port(seen.host, scheme));
    !(same_scheme && same_host && origins.next().is_none())
}

fn without_default_port<'a>(host: &'a str, scheme: &str) -> &'a str {
    let port = if scheme == "https" { ":443" } else { ":80" };
    host.strip_suffix(port).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    ::http::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn networks_are_read_and_compared_by_their_bits() {
        let trusted = TrustedProxies::parse(&["10.0.0.0/8", "::1", "192.168.7.9"]).unwrap();
        let inside = ["10.200.3.4", "::1", "192.168.7.9", "::ffff:10.1.1.1"];
        let outside = ["11.0.0.1", "::2", "192.168.7.8"];
        let contains = |text: &&str| trusted.contain(text.parse().unwrap());
        assert!(inside.iter().all(contains));
        assert!(!outside.iter().any(contains));
        assert!(
            TrustedProxies::parse(&["0.0.0.0/0"])
                .unwrap()
                .contain("8.8.8.8".parse().unwrap())
        );
        for bad in ["10.0.0.0/33", "proxy", "10.0.0.0/x", ""] {
            assert!(TrustedProxies::parse(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn forwarding_headers_count_only_from_a_trusted_proxy() {
        let sent = headers(&[
            ("host", "inner:8800"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "console.example"),
        ]);
        let peer = Peer {
            addr: "10.0.0.9:4000".parse().unwrap(),
            tls: false,
        };
        let trusted = TrustedProxies::parse(&["10.0.0.0/8"]).unwrap();
        assert_eq!(
            seen(&sent, Some(&peer), &trusted),
            Seen {
                https: true,
                host: "console.example"
            }
        );
        assert_eq!(
            seen(&sent, Some(&peer), &TrustedProxies::default()),
            Seen {
                https: false,
                host: "inner:8800"
            }
        );
    }

    #[test]
    fn an_origin_is_ours_when_scheme_host_and_port_are() {
        let ours = Seen {
            https: false,
            host: "127.0.0.1:8800",
        };
        let judged = |origin: &'static str| is_foreign(&headers(&[("origin", origin)]), &ours);
        assert!(!is_foreign(&HeaderMap::new(), &ours));
        assert!(!judged("http://127.0.0.1:8800"));
        for foreign in [
            "null",
            "https://evil.example",
            "http://127.0.0.1:8801",
            "http://127.0.0.1",
            "http://127.0.0.1:8800.evil.example",
            "ftp://127.0.0.1:8800",
            "",
        ] {
            assert!(judged(foreign), "{foreign}");
        }
        let https = Seen {
            https: true,
            host: "console.example",
        };
        assert!(!is_foreign(
            &headers(&[("origin", "https://console.example:443")]),
            &https
        ));
        assert!(is_foreign(
            &headers(&[("origin", "http://console.example")]),
            &https
        ));
    }
}
