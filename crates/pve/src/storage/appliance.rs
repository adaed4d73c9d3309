//! Templates of containers that PVE knows where to fetch.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::files::{Checksum, ChecksumKind};
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

answers! {
    /// A template in the index of a node.
    Appliance {
        /// The file; what [`Client::download_appliance`] is given.
        template: String = "template",
        /// Its name without version, as `debian-13-standard`.
        package: Option<String> = "package",
        /// Its version.
        version: Option<String> = "version",
        /// As `system`, `mail`, `turnkeylinux`.
        section: Option<String> = "section",
        /// As `debian-13`.
        os: Option<String> = "os",
        /// As `amd64`.
        architecture: Option<String> = "architecture",
        /// A line about it.
        headline: Option<String> = "headline",
        /// More about it.
        description: Option<String> = "description",
        /// A page about it.
        info_page: Option<String> = "infopage",
        /// Where it is fetched from.
        location: Option<String> = "location",
        /// SHA-512 of the file, in hexadecimal digits.
        sha512: Option<String> = "sha512sum",
    }
}

impl Appliance {
    /// The checksum of the index.
    pub fn checksum(&self) -> Option<Checksum> {
        Checksum::new(ChecksumKind::Sha512, self.sha512.as_deref()?).ok()
    }
}

impl Client {
    /// The index of templates, as old as the node's last update of it (once a day).
    pub async fn appliances(&self, node: &NodeName) -> Result<Vec<Appliance>> {
        let path = ApiPath::node(node, &["aplinfo"]);
        self.list_of(path, Params::new()).await
    }

    /// Fetches a template of the index to a storage; PVE compares the checksum of the index.
    pub async fn download_appliance(
        &self,
        node: &NodeName,
        storage: &str,
        template: &str,
    ) -> Result<Upid> {
        let params = Params::new()
            .with("storage", storage)
            .with("template", template);
        let path = ApiPath::node(node, &["aplinfo"]);
        self.begin(Method::Post, path, params).await
    }
}
