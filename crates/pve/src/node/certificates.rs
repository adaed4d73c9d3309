//! Certificates of a node.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A certificate.
    NodeCertificate {
        /// `pve-root-ca.pem` of the cluster, `pve-ssl.pem` of the node, or `pveproxy-ssl.pem`,
        /// which replaces it for users.
        file: String = "filename",
        /// Its fingerprint.
        fingerprint: Option<Fingerprint> = "fingerprint",
        /// Whose it is.
        subject: Option<String> = "subject",
        /// Who signed it.
        issuer: Option<String> = "issuer",
        /// Names and addresses it is for.
        names: Vec<String> = "san",
        /// From when, seconds since 1970.
        not_before_s: Option<u64> = "notbefore",
        /// Until when, seconds since 1970.
        not_after_s: Option<u64> = "notafter",
        /// As `rsaEncryption`.
        key_type: Option<String> = "public-key-type",
        /// Its bits.
        key_bits: Option<u64> = "public-key-bits",
        /// The certificate.
        pem: Option<String> = "pem",
    }
}

impl Client {
    /// The certificates of a node.
    pub async fn certificates(&self, node: &NodeName) -> Result<Vec<NodeCertificate>> {
        let path = ApiPath::node(node, &["certificates", "info"]);
        self.list_of(path, Params::new()).await
    }
}
