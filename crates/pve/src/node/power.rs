//! Switching nodes off and on.

use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

/// What a node is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeCommand {
    /// Shut its guests down and boot again.
    Reboot,
    /// Shut its guests down and switch off.
    Shutdown,
}

impl Client {
    /// Reboots or switches off a node with all guests on it (needs `Sys.PowerMgmt`). There is no
    /// task: the answer comes before it begins. Guests of HA move or wait, by the shutdown policy
    /// of the cluster.
    pub async fn command_node(&self, node: &NodeName, command: NodeCommand) -> Result<()> {
        let word = match command {
            NodeCommand::Reboot => "reboot",
            NodeCommand::Shutdown => "shutdown",
        };
        let params = Params::new().with("command", word);
        let path = ApiPath::node(node, &["status"]);
        self.tell(Method::Post, path, params).await
    }

    /// Lets another node wake this one, and answers with the MAC address that was called. Whether
    /// it hears that nobody knows. The address must be in the node's configuration.
    pub async fn wake_node(&self, node: &NodeName) -> Result<String> {
        let request = crate::transport::Request {
            method: Method::Post,
            path: ApiPath::node(node, &["wakeonlan"]),
            params: Params::new(),
        };
        Ok(self.fetch::<String>(request).await?.data)
    }
}
