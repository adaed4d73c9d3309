//! Files that a node fetches by itself from a URL.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::files::{Checksum, UploadContent};
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

answers! {
    /// What a server says about a file before it is fetched.
    UrlMetadata {
        /// The name it suggests, or the end of the URL it redirected to.
        file_name: Option<String> = "filename",
        /// Its size.
        size_bytes: Option<u64> = "size",
        /// What it is called, as `application/octet-stream`.
        mime_type: Option<String> = "mimetype",
    }
}

/// How a fetched file is unpacked on the way to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decompression {
    /// gzip.
    Gzip,
    /// lzop.
    Lzo,
    /// zstd.
    Zstd,
    /// bzip2 (9.x).
    Bzip2,
}

impl Decompression {
    /// PVE's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Lzo => "lzo",
            Self::Zstd => "zst",
            Self::Bzip2 => "bz2",
        }
    }
}

/// A file for a node to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlDownload {
    /// Where from. It stands in the log of the task: no credentials in it.
    pub url: String,
    /// What it is.
    pub content: UploadContent,
    /// The name it gets; PVE replaces characters it does not like.
    pub file_name: String,
    /// What the fetched bytes are compared with, before they are unpacked.
    pub checksum: Option<Checksum>,
    /// Unpack it.
    pub decompression: Option<Decompression>,
    /// Fetch it also from a server whose certificate is not trusted.
    pub any_certificate: bool,
}

impl Client {
    /// Asks for name, size and kind of a file through a node (needs `Sys.Audit` and
    /// `Sys.Modify` on `/`, or `Sys.AccessNetwork` on the node).
    pub async fn url_metadata(&self, node: &NodeName, url: &str) -> Result<UrlMetadata> {
        let path = ApiPath::node(node, &["query-url-metadata"]);
        self.one_of(path, Params::new().with("url", url)).await
    }

    /// Lets a node fetch a file to a storage. What goes wrong with the URL shows only in the
    /// task; a name in use is refused at once.
    pub async fn download_url(
        &self,
        node: &NodeName,
        storage: &str,
        file: &UrlDownload,
    ) -> Result<Upid> {
        let path = self.api_path(&["nodes", node.as_str(), "storage", storage, "download-url"])?;
        let checksum = file.checksum.as_ref();
        let params = Params::new()
            .with("url", file.url.as_str())
            .with("content", file.content.as_str())
            .with("filename", file.file_name.as_str())
            .with_some(
                "checksum-algorithm",
                checksum.map(|sum| sum.kind().as_str()),
            )
            .with_some("checksum", checksum.map(Checksum::hex))
            .with_some("compression", file.decompression.map(Decompression::as_str))
            .with_some("verify-certificates", file.any_certificate.then_some(false));
        self.begin(Method::Post, path, params).await
    }
}
