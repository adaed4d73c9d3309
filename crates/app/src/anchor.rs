//! Where the end of the audit chain is written down outside the store: a file, or a web address that takes it.

use std::{
    io::ErrorKind,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use ops::{AuditHead, Code, Error, Result, ports::Anchor};
use tokio::io::AsyncWriteExt as _;

/// How long an address may take to take one line.
const PATIENCE: Duration = Duration::from_secs(10);

/// More is not what we posted there.
const MAX_BYTES: usize = 16 << 20;

/// The anchor that `audit.anchor` names; `https://…` is an address, anything else a file.
pub(crate) fn open(place: &str) -> Result<std::sync::Arc<dyn Anchor>> {
    if place.starts_with("http://") || place.starts_with("https://") {
        Ok(std::sync::Arc::new(WebAnchor::new(place)?))
    } else {
        Ok(std::sync::Arc::new(FileAnchor {
            path: PathBuf::from(place),
            is_to_be_there: AtomicBool::new(false),
        }))
    }
}

/// A file that only grows: one JSON line for each end. It should lie where whoever may write the store
/// may not change it: another machine's share, a directory that only takes appends.
struct FileAnchor {
    path: PathBuf,
    /// This process wrote to it, or looked for it in vain. Whoever removed it removed what it said; a new file
    /// in its place would hide that.
    is_to_be_there: AtomicBool,
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

    fn missing(&self) -> Error {
        Error::new(
            Code::StoreUnavailable,
            format!(
                "the anchor of the audit chain, {}, is not there",
                self.path.display()
            ),
        )
        .hint("put the file back where it was removed; create it empty where nothing was written to it before")
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
        let may_begin = !self.is_to_be_there.load(Ordering::Acquire);
        let append = async {
            let mut options = tokio::fs::OpenOptions::new();
            options.append(true).create(may_begin);
            #[cfg(unix)]
            options.mode(0o600);
            let mut file = options.open(&self.path).await?;
            file.write_all(&line).await?;
            file.sync_data().await
        };
        match tokio::time::timeout(PATIENCE, append).await {
            Ok(Ok(())) => {
                self.is_to_be_there.store(true, Ordering::Release);
                Ok(())
            }
            Ok(Err(error)) if !may_begin && error.kind() == ErrorKind::NotFound => {
                Err(self.missing())
            }
            Ok(Err(error)) => Err(self.failed("written", &error)),
            Err(late) => Err(self.failed("written", &late)),
        }
    }

    async fn heads(&self) -> Result<Option<Vec<AuditHead>>> {
        let reading = tokio::fs::read_to_string(&self.path);
        let text = match tokio::time::timeout(PATIENCE, reading).await {
            Ok(Ok(text)) => text,
            Ok(Err(error)) if error.kind() == ErrorKind::NotFound => {
                self.is_to_be_there.store(true, Ordering::Release);
                return Err(self.missing());
            }
            Ok(Err(error)) => return Err(self.failed("read", &error)),
            Err(late) => return Err(self.failed("read", &late)),
        };
        ends_in(&text)
            .map(Some)
            .map_err(|why| self.failed("read", &why))
    }
}

/// One JSON document a line; what is wrong with the first line that is none.
fn ends_in(text: &str) -> Result<Vec<AuditHead>, String> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))
        })
        .collect()
}

/// An address that takes each end by POST. Where it answers a GET with what it took, one JSON document a line,
/// the chain is compared with it.
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

/// With its causes, which say more than "error sending request", and without the address.
fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
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
            .map_err(|error| failed(why(error)))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(failed(format!("status {}", answer.status().as_u16())))
        }
    }

    /// An address that can be reached and gives nothing back only takes.
    async fn heads(&self) -> Result<Option<Vec<AuditHead>>> {
        let failed = |why: String| {
            Error::new(
                Code::StoreUnavailable,
                format!(
                    "the anchor of the audit chain, {}, cannot be read: {why}",
                    self.shown()
                ),
            )
            .hint("check audit.anchor and that the address answers")
        };
        let mut answer = self
            .client
            .get(self.url.clone())
            .timeout(PATIENCE)
            .send()
            .await
            .map_err(|error| failed(why(error)))?;
        let status = answer.status();
        if status.is_server_error() || matches!(status.as_u16(), 401 | 403) {
            return Err(failed(format!("status {}", status.as_u16())));
        }
        if !status.is_success() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(why(error)))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BYTES {
                return Err(failed(format!("it answers more than {MAX_BYTES} bytes")));
            }
        }
        // A page for people is no list of ends.
        let heads = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| ends_in(text).ok());
        Ok(heads.filter(|heads| !heads.is_empty()))
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
        anchor.write(&head(3)).await.unwrap();
        anchor.write(&head(9)).await.unwrap();
        assert_eq!(anchor.heads().await.unwrap(), Some(vec![head(3), head(9)]));
    }

    #[tokio::test]
    async fn a_removed_file_is_an_error_and_no_new_one_takes_its_place_in_silence() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ends.jsonl");
        let place = path.to_str().unwrap();
        let missing = format!(
            "the anchor of the audit chain, {place}, is not there; put the file back where it was removed; create \
             it empty where nothing was written to it before"
        );
        let anchor = open(place).unwrap();
        assert_eq!(anchor.heads().await.unwrap_err().sentence(), missing);
        assert_eq!(
            anchor.write(&head(3)).await.unwrap_err().sentence(),
            missing
        );
        // A person begins it anew.
        std::fs::write(&path, "").unwrap();
        assert_eq!(anchor.heads().await.unwrap(), Some(Vec::new()));
        anchor.write(&head(3)).await.unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            anchor.write(&head(4)).await.unwrap_err().sentence(),
            missing
        );
        assert!(!path.exists());

        let nowhere = directory.path().join("unmounted/ends.jsonl");
        let anchor = open(nowhere.to_str().unwrap()).unwrap();
        let told = anchor.heads().await.unwrap_err().sentence();
        assert!(told.contains("is not there"), "{told}");
    }

    /// Answers one request and gives back what was asked.
    async fn one_answer(listener: &tokio::net::TcpListener, answer: &str) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut got = vec![0; 4096];
        let n = stream.read(&mut got).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        String::from_utf8_lossy(&got[..n]).into_owned()
    }

    #[tokio::test]
    async fn an_address_gives_its_ends_back_or_only_takes_and_one_that_is_away_is_an_error() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let anchor = open(&format!("http://{address}/ends?key=rosemary")).unwrap();
        let line = serde_json::to_string(&head(3)).unwrap();
        let answers = [
            (
                format!("200 OK\r\ncontent-length: {}\r\n\r\n{line}", line.len()),
                Ok(Some(vec![head(3)])),
            ),
            (
                "200 OK\r\ncontent-length: 5\r\n\r\nhello".to_owned(),
                Ok(None),
            ),
            (
                "405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n".to_owned(),
                Ok(None),
            ),
            (
                "503 Away\r\ncontent-length: 0\r\n\r\n".to_owned(),
                Err(format!(
                    "the anchor of the audit chain, http://{address}/ends, cannot be read: status 503; check \
                     audit.anchor and that the address answers"
                )),
            ),
        ];
        for (answer, want) in answers {
            let answer = format!("HTTP/1.1 {answer}");
            let (asked, told) = tokio::join!(one_answer(&listener, &answer), anchor.heads());
            assert!(asked.starts_with("GET /ends?key=rosemary "), "{asked}");
            assert_eq!(told.map_err(|error| error.sentence()), want, "{answer}");
        }
        drop(listener);
        let told = anchor.heads().await.unwrap_err().sentence();
        assert!(
            told.contains("cannot be read") && !told.contains("rosemary"),
            "{told}"
        );
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
