//! What nodes can fetch: files below the simulator's own address. They were put there by the administrator
//! of the simulator, or are container templates, whose content is made up and always the same. Nothing
//! goes out into a network.

use std::borrow::Cow;

use super::Cluster;
use crate::random::{Random, mix, text_seed};

/// Where the files are, below the simulator's address.
pub(crate) const PATH: &str = "/sim/files";

/// What is at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetched<'a> {
    File(Cow<'a, [u8]>),
    /// The server has no such file.
    Missing,
    /// No server answers; in the words of those who tried.
    NoServer {
        host: String,
        why: &'static str,
    },
}

/// A container template that can be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    pub(crate) ending: &'static str,
    pub(crate) os: &'static str,
    pub(crate) headline: &'static str,
}

/// The index of container templates.
pub(crate) const TEMPLATES: &[Template] = &[
    Template {
        package: "alpine-3.21-default",
        version: "20250108",
        ending: "tar.xz",
        os: "alpine",
        headline: "LXC default image for alpine 3.21 (20250108)",
    },
    Template {
        package: "debian-12-standard",
        version: "12.7-1",
        ending: "tar.zst",
        os: "debian-12",
        headline: "Debian 12 Bookworm (standard)",
    },
    Template {
        package: "fedora-42-default",
        version: "20250428",
        ending: "tar.xz",
        os: "fedora",
        headline: "LXC default image for fedora 42 (20250428)",
    },
    Template {
        package: "ubuntu-24.04-standard",
        version: "24.04-2",
        ending: "tar.zst",
        os: "ubuntu-24.04",
        headline: "Ubuntu 24.04 Noble (standard)",
    },
];

/// How long the made-up content of a template is.
const TEMPLATE_BYTES: usize = 256 * 1024;

impl Template {
    pub(crate) fn file(&self) -> String {
        format!("{}_{}_amd64.{}", self.package, self.version, self.ending)
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        let mut random = Random::new(mix(text_seed(self.package), &[text_seed(self.version)]));
        let mut content = Vec::with_capacity(TEMPLATE_BYTES);
        while content.len() < TEMPLATE_BYTES {
            content.extend(random.next().to_le_bytes());
        }
        content
    }
}

/// The host with its port, and the path, of an address.
pub(crate) fn host_and_path(url: &str) -> (String, String) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let usual = if scheme == "https" { 443 } else { 80 };
    let host = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:{usual}")
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    (host, path.to_owned())
}

impl Cluster {
    /// The address at which nodes find the files.
    pub(crate) fn own_files(&self) -> String {
        format!("{}{PATH}", self.own_url)
    }

    /// A file of the simulator by its name.
    pub(crate) fn own_file(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        if let Some(content) = self.files.get(name) {
            return Some(Cow::Borrowed(content));
        }
        let template = name.strip_prefix("templates/")?;
        TEMPLATES
            .iter()
            .find(|known| known.file() == template)
            .map(|known| Cow::Owned(known.content()))
    }

    /// What a node gets from an address.
    pub(crate) fn fetch(&self, url: &str) -> Fetched<'_> {
        let (host, path) = host_and_path(url);
        let (own_host, _) = host_and_path(&self.own_url);
        let port = |host: &str| host.rsplit_once(':').map(|(_, port)| port.to_owned());
        let scheme = |url: &str| url.split_once("://").map(|(scheme, _)| scheme.to_owned());
        let name = host.rsplit_once(':').map_or("", |(name, _)| name);
        let is_own_name = host == own_host || crate::api::storage::is_loopback(name);
        let is_own = !self.own_url.is_empty()
            && is_own_name
            && port(&host) == port(&own_host)
            && scheme(url) == scheme(&self.own_url);
        if is_own {
            let name = path
                .strip_prefix(PATH)
                .and_then(|rest| rest.strip_prefix('/'));
            let name =
                name.map(|name| percent_encoding::percent_decode_str(name).decode_utf8_lossy());
            return match name.and_then(|name| self.own_file(&name)) {
                Some(content) => Fetched::File(content),
                None => Fetched::Missing,
            };
        }
        let why = if crate::api::storage::is_loopback(name) {
            "Connection refused"
        } else {
            "Temporary failure in name resolution"
        };
        Fetched::NoServer { host, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let parts = |url: &str| host_and_path(url);
        assert_eq!(
            parts("https://a.test/x/y.iso?z=1"),
            ("a.test:443".to_owned(), "/x/y.iso".to_owned())
        );
        assert_eq!(
            parts("http://a.test:8080"),
            ("a.test:8080".to_owned(), String::new())
        );
    }
}
