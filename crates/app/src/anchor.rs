//! Where the end of the audit chain is written down outside the store: a file, or a web address that takes it.

use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;
use ops::{AuditHead, Code, Error, Result, ports::Anchor};
use tokio::io::AsyncWriteExt as _;

/// How long an address may take to take one line.
const PATIENCE: Duration = Duration::from_secs(10);

/// The anchor that `audit.anchor` names; `https://…` is an address, anything else a file.
pub(crate) fn open(place: &str) -> Result<std::sync::Arc<dyn Anchor>> {
    if place.starts_with("http://") || place.starts_with("https://") {
        Ok(std::sync::Arc::new(WebAnchor::new(place)?))
    } else {
        Ok(std::sync::Arc::new(FileAnchor {
            path: PathBuf::from(place),
        }))
    }
}

/// A file that only grows: one JSON line for each end. It should lie where whoever may write the store
/// may not change it: another machine's share, a directory that only takes appends.
struct FileAnchor {
    path: PathBuf,
}

impl FileAnchor {
    fn failed(&self, doing: &str, error: &dyn std::fmt::Display) -> Error {
        Error::new(
            Code::StoreUnavailable,
            format!(
                "the anchor of the audit chain, {}, cannot be {doing}: {error}",
                self.path.display()
            ),
        )
        .hint("check audit.anchor and the rights of the file")
    }
}

#[async_trait]
impl Anchor for FileAnchor {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    async fn write(&self, head: &AuditHead) -> Result<()> {
        let mut line = serde_json::to_vec(head).map_err(|error| self.failed("written", &error))?;
        line.push(b'\n');
        let append = async {
            let mut options = tokio::fs::OpenOptions::new();
            options.append(true).create(true);
            #[cfg(unix)]
            options.mode(0o600);
            let mut file = options.open(&self.path).await?;
            file.write_all(&line).await?;
            file.sync_data().await
        };
        tokio::time::timeout(PATIENCE, append)
            .await
            .map_err(|late| self.failed("written", &late))?
            .map_err(|error| self.failed("written", &error))
    }

    async fn heads(&self) -> Result<Option<Vec<AuditHead>>> {
        let text = match tokio::fs::read_to_string(&self.path).await {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(self.failed("read", &error)),
        };
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| {
                serde_json::from_str(line)
                    .map_err(|error| self.failed("read", &format!("line {}: {error}", at + 1)))
            })
            .collect::<Result<Vec<_>>>()
            .map(Some)
    }
}

/// An address that takes each end by POST and keeps it for itself.
struct WebAnchor {
    url: url::Url,
    client: reqwest::Client,
}

impl WebAnchor {
    fn new(place: &str) -> Result<Self> {
        let url: url::Url = place
            .parse()
            .map_err(|error| Error::invalid(format!("audit.anchor: `{place}`: {error}")))?;
        // Whoever stands in between could write down another end than ours.
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(Error::invalid(
                "audit.anchor: http is for addresses of this machine only; use https",
            ));
        }
        let client = llm::http_client(PATIENCE, llm::Trust::for_url(&url))
            .map_err(|error| Error::internal(format!("the anchor's client: {error}")))?;
        Ok(Self { url, client })
    }

    /// Without a query, which may hold a secret.
    fn shown(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        let _ = url.set_password(None);
        let _ = url.set_username("");
        url.to_string()
    }
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[async_trait]
impl Anchor for WebAnchor {
    fn place(&self) -> String {
        self.shown()
    }

    async fn write(&self, head: &AuditHead) -> Result<()> {
        let failed = |why: String| {
            Error::new(
                Code::StoreUnavailable,
                format!(
                    "the anchor of the audit chain, {}, did not take record {}: {why}",
                    self.shown(),
                    head.seq
                ),
            )
        };
        let answer = self
            .client
            .post(self.url.clone())
            .json(head)
            .timeout(PATIENCE)
            .send()
            .await
            .map_err(|error| failed(error.without_url().to_string()))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(failed(format!("status {}", answer.status().as_u16())))
        }
    }

    async fn heads(&self) -> Result<Option<Vec<AuditHead>>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn head(seq: u64) -> AuditHead {
        AuditHead {
            seq,
            hash: format!("{seq:064}"),
            at: "2026-03-01T08:00:00Z".parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn a_file_gives_back_what_was_written_and_only_grows() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ends.jsonl");
        let anchor = open(path.to_str().unwrap()).unwrap();
        assert_eq!(anchor.heads().await.unwrap(), Some(Vec::new()));
        anchor.write(&head(3)).await.unwrap();
        anchor.write(&head(9)).await.unwrap();
        assert_eq!(anchor.heads().await.unwrap(), Some(vec![head(3), head(9)]));
    }

    #[tokio::test]
    async fn a_spoilt_line_of_the_file_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ends.jsonl");
        let anchor = open(path.to_str().unwrap()).unwrap();
        anchor.write(&head(3)).await.unwrap();
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"seq\": 4\n");
        std::fs::write(&path, text).unwrap();
        let told = anchor.heads().await.unwrap_err().sentence();
        assert!(
            told.contains("ends.jsonl") && told.contains("line 2"),
            "{told}"
        );
    }

    #[tokio::test]
    async fn an_address_gets_each_end_and_its_secret_is_not_told() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let anchor = open(&format!("http://{address}/ends?key=rosemary")).unwrap();
        assert_eq!(anchor.place(), format!("http://{address}/ends"));
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut got = vec![0; 4096];
            let mut text = String::new();
            while !text.contains("000007\"") {
                let n = stream.read(&mut got).await.unwrap();
                text.push_str(std::str::from_utf8(&got[..n]).unwrap());
            }
            stream
                .write_all(b"HTTP/1.1 507 Full\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await
                .unwrap();
            text
        };
        let seventh = head(7);
        let (text, answer) = tokio::join!(serve, anchor.write(&seventh));
        assert!(
            text.starts_with("POST /ends?key=rosemary HTTP/1.1"),
            "{text}"
        );
        let told = answer.unwrap_err().sentence();
        assert!(
            told.contains("status 507") && !told.contains("rosemary"),
            "{told}"
        );
    }

    #[test]
    fn an_address_in_the_clear_is_refused_unless_it_is_this_machine() {
        let refused = open("http://log.example.org/ends").err().unwrap();
        assert_eq!(
            refused.message,
            "audit.anchor: http is for addresses of this machine only; use https"
        );
        assert!(open("http://[::1]:8080/ends").is_ok());
    }
}
