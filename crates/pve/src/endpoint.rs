//! The address of a server: where credentials are sent to, so it is looked at closely.

use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};
use crate::service::Service;

/// Reads what people type: `pve1`, `pve1:8006`, `10.0.0.5`, `[fd00::5]`, `https://pve1/`. Without
/// a scheme it is https, without a port 8006 (write `:443` behind a proxy that listens there).
///
/// ```
/// assert_eq!(pve::parse_endpoint("pve1")?.as_str(), "https://pve1:8006/");
/// assert_eq!(pve::parse_endpoint("https://pve1:443")?.as_str(), "https://pve1/");
/// assert!(pve::parse_endpoint("http://pve1").is_err());
/// # Ok::<(), pve::Error>(())
/// ```
pub fn parse_endpoint(text: &str) -> Result<Url> {
    parse_endpoint_of(Service::Pve, text)
}

/// The same for any product: without a port it is the one of the product.
///
/// ```
/// let url = pve::parse_endpoint_of(pve::Service::Pbs, "backup1")?;
/// assert_eq!(url.as_str(), "https://backup1:8007/");
/// # Ok::<(), pve::Error>(())
/// ```
pub fn parse_endpoint_of(service: Service, text: &str) -> Result<Url> {
    let text = text.trim();
    // The text may hold a password before an `@`; it is not repeated in the error then.
    let shown = if text.contains('@') { "…" } else { text };
    let fail = |reason: String| Error::of_endpoint(shown, ErrorKind::Invalid(reason));
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let mut url = Url::parse(&with_scheme).map_err(|error| fail(error.to_string()))?;
    check(&url).map_err(|kind| Error::of_endpoint(shown, kind))?;
    if !names_a_port(&with_scheme) && url.set_port(Some(service.port())).is_err() {
        return Err(fail("this address cannot have a port".into()));
    }
    Ok(url)
}

/// The parser drops a default port, so whether one was written is read from the text.
fn names_a_port(text: &str) -> bool {
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after_scheme
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let after_address = authority
        .rsplit_once(']')
        .map_or(authority, |(_, rest)| rest);
    after_address
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What every address must fulfil. Plain http would show the credentials to the network, so it is
/// for loopback addresses only (a tunnel's end, a test server).
pub(crate) fn check(url: &Url) -> std::result::Result<(), ErrorKind> {
    let invalid = |reason: &str| Err(ErrorKind::Invalid(reason.to_owned()));
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("credentials do not belong in the address");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return invalid("the address of a server has neither `?` nor `#`");
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(url) => {}
        "http" => return invalid("http would send the credentials unprotected; use https"),
        _ => return invalid("the address of a server starts with https://"),
    }
    host_and_port(url).map(|_| ())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Host (IPv6 without brackets) and port.
pub(crate) fn host_and_port(url: &Url) -> std::result::Result<(String, u16), ErrorKind> {
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Err(ErrorKind::Invalid("the address names no host".into())),
    };
    Ok((
        host,
        url.port_or_known_default().unwrap_or(Service::Pve.port()),
    ))
}

/// Scheme, host and port for messages; never a user, a password or a query.
pub(crate) fn endpoint_text(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port_or_known_default() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ways_to_write_an_address_are_understood() {
        for (text, url) in [
            ("pve1", "https://pve1:8006/"),
            (" pve1.example.org:9000 ", "https://pve1.example.org:9000/"),
            ("10.0.0.5", "https://10.0.0.5:8006/"),
            ("[fd00::5]", "https://[fd00::5]:8006/"),
            ("[fd00::5]:443", "https://[fd00::5]/"),
            ("https://proxy:443/pve/", "https://proxy/pve/"),
            ("http://127.0.0.2:80", "http://127.0.0.2/"),
        ] {
            assert_eq!(parse_endpoint(text).unwrap().as_str(), url, "{text}");
        }
    }

    #[test]
    fn unsafe_and_odd_addresses_are_refused_without_repeating_secrets() {
        for bad in [
            "http://10.0.0.5",
            "ftp://pve1",
            "https://pve1/?a=b",
            "",
            "https://",
        ] {
            assert!(parse_endpoint(bad).is_err(), "{bad}");
        }
        let error = parse_endpoint("https://root:hunter2@pve1").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
