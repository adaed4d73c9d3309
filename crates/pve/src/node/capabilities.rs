//! What virtual machines of a node can be.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A model of processor.
    CpuModel {
        /// Its name for the option `cpu`.
        name: String = "name",
        /// Who makes it.
        vendor: Option<String> = "vendor",
        /// One of the cluster's own?
        custom: bool = "custom",
    }
    /// A kind of machine in one version.
    MachineType {
        /// Its name for the option `machine`.
        id: String = "id",
        /// `q35` or `i440fx`.
        kind: Option<String> = "type",
        /// As `10.0+pve1`.
        version: Option<String> = "version",
        /// What is new in it.
        changes: Option<String> = "changes",
    }
}

impl Client {
    /// Models of processors virtual machines can have.
    pub async fn cpu_models(&self, node: &NodeName) -> Result<Vec<CpuModel>> {
        let path = ApiPath::node(node, &["capabilities", "qemu", "cpu"]);
        self.list_of(path, Params::new()).await
    }

    /// Kinds and versions of machines.
    pub async fn machine_types(&self, node: &NodeName) -> Result<Vec<MachineType>> {
        let path = ApiPath::node(node, &["capabilities", "qemu", "machines"]);
        self.list_of(path, Params::new()).await
    }
}
