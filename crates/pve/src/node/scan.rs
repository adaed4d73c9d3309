//! What a node sees that could become a storage. Shares of Windows and datastores of backup
//! servers are not among it: PVE takes their passwords in the address of a read, and the node
//! writes addresses to its log.

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A folder on an NFS server.
    NfsExport {
        /// The folder.
        path: String = "path",
        /// Who may have it.
        options: Option<String> = "options",
    }
    /// A target of an iSCSI portal.
    IscsiTarget {
        /// Its name.
        target: String = "target",
        /// Address and port.
        portal: Option<String> = "portal",
    }
}

/// A row whose one value is a name; which key it has depends on the call.
struct Named(String);

impl Row for Named {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let keys = ["vg", "lv", "pool"];
        let value = keys.iter().find_map(|key| map.get(*key));
        Loose::loose(value).map(Self)
    }
}

impl Client {
    /// Folders an NFS server offers to this node.
    pub async fn scan_nfs(&self, node: &NodeName, server: &str) -> Result<Vec<NfsExport>> {
        let params = Params::new().with("server", server);
        self.list_of(ApiPath::node(node, &["scan", "nfs"]), params)
            .await
    }

    /// Targets of an iSCSI portal (`address` or `address:port`).
    pub async fn scan_iscsi(&self, node: &NodeName, portal: &str) -> Result<Vec<IscsiTarget>> {
        let params = Params::new().with("portal", portal);
        self.list_of(ApiPath::node(node, &["scan", "iscsi"]), params)
            .await
    }

    /// Names of volume groups.
    pub async fn scan_volume_groups(&self, node: &NodeName) -> Result<Vec<String>> {
        self.scan_names(node, "lvm", Params::new()).await
    }

    /// Names of thin pools in a volume group.
    pub async fn scan_thin_pools(&self, node: &NodeName, group: &str) -> Result<Vec<String>> {
        let params = Params::new().with("vg", group);
        self.scan_names(node, "lvmthin", params).await
    }

    /// Names of ZFS pools and their file systems.
    pub async fn scan_zfs(&self, node: &NodeName) -> Result<Vec<String>> {
        self.scan_names(node, "zfs", Params::new()).await
    }

    async fn scan_names(
        &self,
        node: &NodeName,
        what: &'static str,
        params: Params,
    ) -> Result<Vec<String>> {
        let path = ApiPath::node(node, &["scan", what]);
        let rows: Vec<Named> = self.list_of(path, params).await?;
        Ok(rows.into_iter().map(|Named(name)| name).collect())
    }
}
