//! Services of a node.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

answers! {
    /// A service.
    ServiceState {
        /// Its name for calls.
        service: String = "service" | "name",
        /// Its name for systemd.
        unit: Option<String> = "name",
        /// What it is for.
        description: Option<String> = "desc",
        /// `running`, `exited`, `dead`, `failed` …
        state: Option<String> = "state",
        /// `active`, `inactive`, `failed` …
        active_state: Option<String> = "active-state",
        /// `enabled`, `disabled`, `masked`, `not-found` …
        unit_state: Option<String> = "unit-state",
    }
}

/// What is done with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceAction {
    /// Start.
    Start,
    /// Stop. PVE refuses to stop the services it needs to answer.
    Stop,
    /// Stop and start.
    Restart,
    /// Read its configuration again; services that cannot are restarted.
    Reload,
}

impl ServiceAction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
        }
    }
}

impl Client {
    /// The services PVE cares about.
    pub async fn services(&self, node: &NodeName) -> Result<Vec<ServiceState>> {
        let path = ApiPath::node(node, &["services"]);
        self.list_of(path, Params::new()).await
    }

    /// One service.
    pub async fn service(&self, node: &NodeName, service: &str) -> Result<ServiceState> {
        let path = self.api_path(&["nodes", node.as_str(), "services", service, "state"])?;
        self.one_of(path, Params::new()).await
    }

    /// Starts, stops, restarts or reloads a service (needs `Sys.Modify` on the node).
    pub async fn act_on_service(
        &self,
        node: &NodeName,
        service: &str,
        action: ServiceAction,
    ) -> Result<Upid> {
        let segments = ["nodes", node.as_str(), "services", service, action.as_str()];
        let path = self.api_path(&segments)?;
        self.begin(Method::Post, path, Params::new()).await
    }
}
