//! Moving HA resources: a wish, which the manager fulfils later.

use serde_json::Value;

use super::{HaSid, Sids};
use crate::answer::{Row, answers};
use crate::client::Client;
use crate::error::Result;
use crate::guests::BlockingResource;
use crate::ids::NodeName;
use crate::params::Params;
use crate::transport::{Method, Request};

/// How a resource is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HaMove {
    /// While it runs, where that is possible.
    Migrate,
    /// It is stopped, moved and started.
    Relocate,
}

answers! {
    /// What the HA manager makes of a wish to move. On 8.x it says nothing, and all is missing.
    HaMoveAnswer {
        /// The resource.
        sid: Option<HaSid> = "sid",
        /// The node that was wished for, whether it exists or not.
        requested_node: Option<NodeName> = "requested-node",
        /// Resources that come along because of rules.
        comigrated: Sids = "comigrated-resources",
        /// Resources in the way because of rules: nothing is moved then.
        blocking: Vec<BlockingResource> = "blocking-resources",
    }
}

impl Client {
    /// Wishes a HA resource to another node (PVE: `…/migrate`, `…/relocate`). Nothing is checked:
    /// a node that does not exist is accepted and nothing happens. What happens is seen at
    /// [`Client::ha_status`] and at the guest.
    pub async fn move_ha_resource(
        &self,
        sid: &HaSid,
        to: &NodeName,
        how: HaMove,
    ) -> Result<HaMoveAnswer> {
        // calls: POST /cluster/ha/resources/*/migrate
        // calls: POST /cluster/ha/resources/*/relocate
        let verb = match how {
            HaMove::Migrate => "migrate",
            HaMove::Relocate => "relocate",
        };
        let request = Request {
            method: Method::Post,
            path: self.ha_path(&["resources", &sid.to_string(), verb])?,
            params: Params::new().with("node", to),
        };
        let data: Value = self.fetch(request.clone()).await?.data;
        let empty = Value::Object(serde_json::Map::new());
        let read = if data.is_null() { &empty } else { &data };
        read.as_object()
            .and_then(HaMoveAnswer::of_map)
            .ok_or_else(|| {
                let kind = crate::error::ErrorKind::Unexpected("not an object".to_owned());
                self.fail(&request, kind)
            })
    }
}
