//! Files to and from a cluster, as streams: what is in memory does not depend on their size.

use std::fmt;
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::{InvalidName, NodeName};
use crate::params::Params;
use crate::path::ApiPath;
use crate::reply::Reply;
use crate::transport::{Method, Request};
use crate::upid::Upid;

const CHUNK_BYTES: usize = 64 * 1024;

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transferred {
    /// Bytes so far. Of an upload: handed to the connection.
    pub bytes: u64,
    /// Bytes altogether, when that is known.
    pub total_bytes: Option<u64>,
}

/// Is told how far a transfer is, some times in a second at most.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Transferred) + Send);

/// A file to send.
pub struct FileSource {
    /// The parameter that holds it; `filename` for PVE's uploads.
    pub field: String,
    /// The name the cluster is told.
    pub file_name: String,
    /// Exactly as many bytes as are read.
    pub size_bytes: u64,
    /// Where they come from.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "FileSource({}, {} bytes)",
            self.file_name, self.size_bytes
        )
    }
}

impl FileSource {
    /// A file of this machine under its own name.
    pub async fn open(field: &str, path: &Path) -> std::io::Result<Self> {
        let file = tokio::fs::File::open(path).await?;
        let about = file.metadata().await?;
        if !about.is_file() {
            let text = format!("{} is not a file", path.display());
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, text));
        }
        let name = path.file_name().unwrap_or_default();
        Ok(Self {
            field: field.to_owned(),
            file_name: name.to_string_lossy().into_owned(),
            size_bytes: about.len(),
            reader: Box::new(file),
        })
    }

    /// PVE cuts names at slashes and reads them between quotes.
    pub(crate) fn check(&self) -> std::result::Result<(), ErrorKind> {
        let bad = |c: char| c.is_control() || matches!(c, '"' | '/' | '\\');
        for text in [&self.field, &self.file_name] {
            if text.is_empty() || text.chars().any(bad) {
                return Err(ErrorKind::Invalid(format!(
                    "`{}` cannot be the name of an uploaded file",
                    text.escape_debug()
                )));
            }
        }
        Ok(())
    }
}

/// What a storage takes by upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadContent {
    /// Images of discs (`.iso`, `.img`).
    Iso,
    /// Templates of containers (`.tar.gz`, `.tar.xz`, `.tar.zst`).
    ContainerTemplate,
    /// Disks and appliances to import (`.qcow2`, `.raw`, `.vmdk`, `.ova`).
    Import,
}

impl UploadContent {
    /// PVE's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iso => "iso",
            Self::ContainerTemplate => "vztmpl",
            Self::Import => "import",
        }
    }
}

/// The kinds of checksums that PVE compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumKind {
    /// 40 digits.
    Sha1,
    /// 56 digits.
    Sha224,
    /// 64 digits.
    Sha256,
    /// 96 digits.
    Sha384,
    /// 128 digits.
    Sha512,
}

impl ChecksumKind {
    /// PVE's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    fn hex_digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha224 => 56,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

/// A checksum for the cluster to compare with what arrived; a wrong one makes the task fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    kind: ChecksumKind,
    hex: Box<str>,
}

impl Checksum {
    /// A known one, in hexadecimal digits.
    pub fn new(kind: ChecksumKind, hex: &str) -> std::result::Result<Self, InvalidName> {
        let hex = hex.trim();
        if hex.len() == kind.hex_digits() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let hex = hex.to_ascii_lowercase().into();
            return Ok(Self { kind, hex });
        }
        Err(InvalidName::new(hex, "a checksum in hexadecimal digits"))
    }

    /// Computes the one of a file by reading it once.
    pub async fn of_file(path: &Path, kind: ChecksumKind) -> std::io::Result<Self> {
        let mut file = tokio::fs::File::open(path).await?;
        let hex = match kind {
            ChecksumKind::Sha1 => digest::<Sha1>(&mut file).await?,
            ChecksumKind::Sha224 => digest::<Sha224>(&mut file).await?,
            ChecksumKind::Sha256 => digest::<Sha256>(&mut file).await?,
            ChecksumKind::Sha384 => digest::<Sha384>(&mut file).await?,
            ChecksumKind::Sha512 => digest::<Sha512>(&mut file).await?,
        };
        let hex = hex.into();
        Ok(Self { kind, hex })
    }

    /// Which kind.
    pub fn kind(&self) -> ChecksumKind {
        self.kind
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

async fn digest<D: Digest>(file: &mut tokio::fs::File) -> std::io::Result<String> {
    let mut hasher = D::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut buffer).await? {
            0 => return Ok(hex_of(&hasher.finalize())),
            count => hasher.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}

pub(crate) fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

/// What was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of it, in lower-case hexadecimal digits.
    pub sha256: String,
    /// What the server calls it.
    pub content_type: Option<String>,
}

impl Client {
    /// Uploads a file to a storage under the name in `file`. Ends with the upload; the task that
    /// is named puts the file in its place and compares the checksum.
    ///
    /// ```no_run
    /// # async fn example(client: pve::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use pve::{Checksum, ChecksumKind, FileSource, UploadContent};
    /// let path = std::path::Path::new("debian.iso");
    /// let checksum = Checksum::of_file(path, ChecksumKind::Sha256).await?;
    /// let mut file = FileSource::open("filename", path).await?;
    /// file.file_name = "debian-13.iso".to_owned();
    /// let mut show = |progress: pve::Transferred| println!("{} bytes", progress.bytes);
    /// let (node, content) = ("pve1".parse()?, UploadContent::Iso);
    /// let upid = client.upload(&node, "local", content, file, Some(&checksum), &mut show).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn upload(
        &self,
        node: &NodeName,
        storage: &str,
        content: UploadContent,
        file: FileSource,
        checksum: Option<&Checksum>,
        on_progress: OnProgress<'_>,
    ) -> Result<Upid> {
        let invalid = |error: InvalidName| {
            let kind = ErrorKind::Invalid(error.to_string());
            crate::error::Error::of_endpoint(self.endpoint(), kind)
        };
        let path = ApiPath::node(node, &["storage"])
            .join(storage)
            .and_then(|path| path.join("upload"))
            .map_err(invalid)?;
        let params = Params::new()
            .with("content", content.as_str())
            .with_some("checksum-algorithm", checksum.map(|sum| sum.kind.as_str()))
            .with_some("checksum", checksum.map(Checksum::hex));
        let reply = self.upload_to(&path, &params, file, on_progress).await?;
        let text = reply.data.as_str().unwrap_or_default();
        text.parse().map_err(|error: InvalidName| {
            let kind = ErrorKind::Unexpected(error.to_string());
            crate::error::Error::of_call(self.endpoint(), Method::Post, &path, kind)
        })
    }

    /// Uploads a file by any path. The sign-in and the way are tried before the first byte; then
    /// nothing is repeated.
    pub async fn upload_to(
        &self,
        path: &ApiPath,
        params: &Params,
        file: FileSource,
        on_progress: OnProgress<'_>,
    ) -> Result<Reply> {
        let request = Request {
            method: Method::Post,
            path: path.clone(),
            params: params.clone(),
        };
        file.check().map_err(|kind| self.fail(&request, kind))?;
        let raw = self.send_upload(&request, file, on_progress).await?;
        let read = raw.read().map_err(|kind| self.fail(&request, kind))?;
        Ok(Reply {
            data: read.data,
            total: read.total,
            changes: read.changes,
        })
    }

    /// Writes the answer of a read to `sink` as it comes: a file out of a backup, a whole log
    /// (`download=1`).
    pub async fn download(
        &self,
        path: &ApiPath,
        params: &Params,
        sink: &mut (dyn AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded> {
        let request = Request {
            method: Method::Get,
            path: path.clone(),
            params: params.clone(),
        };
        self.send_download(&request, sink, on_progress).await
    }
}
