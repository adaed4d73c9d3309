//! Looks for the checksum of an image in the files that distributions put beside it.
//!
//! What is found is worth as much as the certificate of the server: whoever can put another image
//! there can put another checksum there too. It guards against broken transfers and mirrors, and
//! against a network in between.

use std::fmt;
use std::time::Duration;

use tokio::time::timeout;
use url::{Host, Url};

use crate::error::ErrorKind;
use crate::files::Checksum;
use crate::trust::{Trust, tls_config};

use super::sums::{ConflictingSums, checksum_for, read_checksum_file};

/// How to look.
#[derive(Debug, Clone)]
pub struct SumsSearch {
    /// Whose certificates are believed.
    pub trust: Trust,
    /// For a connection.
    pub connect_timeout: Duration,
    /// For one file, from the request to its last byte.
    pub file_timeout: Duration,
    /// For a file; a larger one is an error.
    pub limit_bytes: usize,
}

impl SumsSearch {
    /// Ten seconds for a connection, thirty for a file, files up to 2 MiB.
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            connect_timeout: Duration::from_secs(10),
            file_timeout: Duration::from_secs(30),
            limit_bytes: 2 * 1024 * 1024,
        }
    }
}

/// A checksum and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedChecksum {
    /// The checksum.
    pub checksum: Checksum,
    /// The file that holds it.
    pub source: Url,
}

/// Why no checksum could be looked for, or what is published cannot be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishedError {
    /// The URL is none that can be looked around.
    #[error("no checksum can be looked for beside `{url}`: {reason}")]
    Url {
        /// What was given, without user and password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The trust cannot be set up.
    #[error("the search cannot be set up: {0}")]
    Trust(ErrorKind),
    /// A file could not be fetched.
    #[error("cannot fetch {url}: {reason}")]
    Fetch {
        /// The file.
        url: Url,
        /// What went wrong.
        reason: String,
    },
    /// It was fetched and contradicts itself.
    #[error("{url} cannot be used")]
    Conflict {
        /// The file.
        url: Url,
        /// What is wrong with it.
        #[source]
        cause: ConflictingSums,
    },
}

/// Looks for the checksum of an image: in `SHA512SUMS`, `SHA256SUMS` and `CHECKSUM` of its
/// folder, and in files named as the image with `.sha512`, `.sha256`, `.sha512sum`, `.sha256sum`
/// or `.CHECKSUM` behind. Nothing when none of them is there or names the image.
///
/// Only https is used (plain http to loopback addresses); a few redirects are followed under the
/// same rule.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use pve::{SumsSearch, Trust, find_published_checksum};
/// let image = "https://images.example.org/13/cloud.qcow2".parse()?;
/// let search = SumsSearch::new(Trust::SystemRoots);
/// if let Some(found) = find_published_checksum(&image, &search).await? {
///     println!("{} says {}", found.source, found.checksum.hex());
/// }
/// # Ok(())
/// # }
/// ```
pub async fn find_published_checksum(
    image: &Url,
    search: &SumsSearch,
) -> Result<Option<PublishedChecksum>, PublishedError> {
    let refuse = |reason| PublishedError::Url {
        url: without_credentials(image).to_string(),
        reason,
    };
    if !may_be_asked(image) {
        return Err(refuse("it is not https"));
    }
    let last = image
        .path_segments()
        .and_then(|mut parts| parts.next_back());
    let Some(last) = last.filter(|name| !name.is_empty()) else {
        return Err(refuse("it names no file"));
    };
    let name = percent_encoding::percent_decode_str(last)
        .decode_utf8()
        .map_err(|_| refuse("the name of the file is not UTF-8"))?;
    let http = build_http(search).map_err(PublishedError::Trust)?;
    for url in candidates(image, last) {
        let Some(text) = fetch(&http, &url, search).await? else {
            continue;
        };
        match checksum_for(&read_checksum_file(&text), &name) {
            Ok(None) => {}
            Ok(Some(checksum)) => {
                let source = url;
                return Ok(Some(PublishedChecksum { checksum, source }));
            }
            Err(cause) => return Err(PublishedError::Conflict { url, cause }),
        }
    }
    Ok(None)
}

fn candidates(image: &Url, last: &str) -> Vec<Url> {
    let folder = ["SHA512SUMS", "SHA256SUMS", "CHECKSUM"].map(str::to_owned);
    let endings = [
        ".sha512",
        ".sha256",
        ".sha512sum",
        ".sha256sum",
        ".CHECKSUM",
    ];
    let beside = endings.map(|ending| format!("{last}{ending}"));
    folder
        .into_iter()
        .chain(beside)
        .map(|name| {
            let mut url = image.clone();
            url.set_query(None);
            url.set_fragment(None);
            let base = image.path().strip_suffix(last).unwrap_or_default();
            url.set_path(&format!("{base}{name}"));
            url
        })
        .collect()
}

fn without_credentials(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only for URLs that cannot have any.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Anybody on the way can change what comes over plain http.
fn may_be_asked(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}

const REDIRECTS: usize = 5;

#[expect(
    clippy::disallowed_methods,
    reason = "asks other servers than the cluster: without credentials, with redirects"
)]
fn build_http(search: &SumsSearch) -> Result<reqwest::Client, ErrorKind> {
    let redirects = reqwest::redirect::Policy::custom(|attempt| {
        if attempt.previous().len() > REDIRECTS {
            attempt.error("too many redirects")
        } else if may_be_asked(attempt.url()) {
            attempt.follow()
        } else {
            attempt.error("a redirect to something that is not https")
        }
    });
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config(&search.trust)?)
        .http1_only()
        .gzip(true)
        .redirect(redirects)
        .referer(false)
        .no_proxy()
        .connect_timeout(search.connect_timeout)
        .build()
        .map_err(|error| ErrorKind::Invalid(root_of(&error)))
}

/// The innermost text: the outer ones repeat the URL.
fn root_of(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// The text of a file; nothing when it is not there.
async fn fetch(
    http: &reqwest::Client,
    url: &Url,
    search: &SumsSearch,
) -> Result<Option<String>, PublishedError> {
    let failed = |reason: &dyn fmt::Display| PublishedError::Fetch {
        url: without_credentials(url),
        reason: reason.to_string(),
    };
    let getting = async {
        let answer = http
            .get(url.clone())
            .send()
            .await
            .map_err(|error| failed(&root_of(&error)))?;
        match answer.status().as_u16() {
            200 => {}
            // Some servers hide with 403 what is not there.
            403 | 404 | 410 => return Ok(None),
            other => return Err(failed(&format_args!("the server answers with {other}"))),
        }
        let mut answer = answer;
        let mut bytes = Vec::new();
        while let Some(chunk) = (answer.chunk().await).map_err(|error| failed(&root_of(&error)))? {
            if bytes.len() + chunk.len() > search.limit_bytes {
                let limit = search.limit_bytes;
                return Err(failed(&format_args!("it is larger than {limit} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    };
    let late = search.file_timeout;
    timeout(late, getting).await.unwrap_or_else(|_| {
        let seconds = late.as_secs_f32();
        Err(failed(&format_args!("timed out after {seconds} s")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_beside_an_image_are_named_without_query_and_with_its_escapes() {
        let image: Url = "https://h.example/a/b%20c.iso?token=1#x".parse().unwrap();
        let found: Vec<String> = candidates(&image, "b%20c.iso")
            .iter()
            .map(Url::to_string)
            .collect();
        let names = [
            "SHA512SUMS",
            "SHA256SUMS",
            "CHECKSUM",
            "b%20c.iso.sha512",
            "b%20c.iso.sha256",
            "b%20c.iso.sha512sum",
            "b%20c.iso.sha256sum",
            "b%20c.iso.CHECKSUM",
        ];
        let expected = names.map(|name| format!("https://h.example/a/{name}"));
        assert_eq!(found, expected);
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        let may = |text: &str| may_be_asked(&text.parse().unwrap());
        assert!(may("https://h.example/x") && may("http://127.0.0.3:1/x") && may("http://[::1]/x"));
        assert!(!may("http://h.example/x") && !may("ftp://h.example/x") && !may("file:///x"));
    }
}
