//! What the HA manager and the guest say.

use serde::Deserialize;

use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::{GuestAt, GuestKind, NodeName};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::{GuestState, Resource};

/// Where things stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HaSeen {
    /// State in the manager's book, as `started`, `request_stop`, `migrate`, `fence`, `recovery`
    /// or `error`.
    pub state: Option<String>,
    /// What the manager is asked for, as `started`.
    pub requested: Option<String>,
    /// The node the manager keeps the guest on.
    pub node: Option<NodeName>,
    /// What the guest itself does; asked only when the manager's state fits the wish.
    pub guest: Option<GuestState>,
    /// Virtual machine or container.
    pub kind: Option<GuestKind>,
    /// Without a majority the manager does nothing.
    pub quorate: bool,
    /// Text of the newest task of the manager, when that failed.
    pub last_failure: Option<String>,
}

impl HaSeen {
    /// The manager has nothing to do at the moment.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.state.as_deref(), Some("started" | "stopped"))
    }

    /// A node is being fenced or was, and the guest waits for another one.
    pub fn is_fencing(&self) -> bool {
        matches!(self.state.as_deref(), Some("fence" | "recovery"))
    }
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    sid: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    crm_state: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    state: Option<String>,
    #[serde(default, deserialize_with = "lenient::filled")]
    request_state: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    node: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    quorate: bool,
}

impl Client {
    /// What the manager says of a guest; nothing when it manages none with that number.
    pub(super) async fn ha_seen(&self, vmid: &str) -> Result<Option<HaSeen>> {
        let path = ApiPath::fixed(&["cluster", "ha", "status", "current"]);
        let rows: Vec<Row> = match self.get(path, Params::new()).await {
            Err(error) if matches!(error.kind(), ErrorKind::Forbidden { .. }) => {
                return self.ha_seen_in_resources(vmid).await;
            }
            rows => rows?,
        };
        let mut quorate = false;
        let mut found = None;
        for row in rows {
            if row.kind.as_deref() == Some("quorum") {
                quorate = row.quorate;
                continue;
            }
            let kind = match row.sid.as_deref().and_then(|sid| sid.split_once(':')) {
                Some(("vm", id)) if id == vmid => GuestKind::Qemu,
                Some(("ct", id)) if id == vmid => GuestKind::Lxc,
                _ => continue,
            };
            found = Some(HaSeen {
                // `state` says `starting` for long after a start; the manager's own word does not.
                state: row.crm_state.or(row.state),
                requested: row.request_state,
                node: row.node.and_then(|node| node.parse().ok()),
                guest: None,
                kind: Some(kind),
                quorate: false,
                last_failure: None,
            });
        }
        Ok(found.map(|seen| HaSeen { quorate, ..seen }))
    }

    /// The little that everybody with `VM.Audit` on the guest may see.
    async fn ha_seen_in_resources(&self, vmid: &str) -> Result<Option<HaSeen>> {
        let resources = self.cluster_resources().await?;
        let mut guests = resources.iter().filter_map(Resource::as_guest);
        let found = guests.find(|guest| guest.at.vmid.to_string() == vmid);
        Ok(found.and_then(|guest| {
            let state = guest.ha_state.clone()?;
            // What is asked for is not shown, only what the manager makes of it.
            let requested = match state.as_str() {
                "started" | "request_start" => Some("started".to_owned()),
                "stopped" | "request_stop" => Some("stopped".to_owned()),
                _ => None,
            };
            Some(HaSeen {
                state: Some(state),
                requested,
                node: Some(guest.at.node.clone()),
                guest: None,
                kind: Some(guest.at.kind),
                // Not to be seen there; without a majority nothing would have been written down.
                quorate: true,
                last_failure: None,
            })
        }))
    }

    /// What the guest does, at the node where the manager keeps it. Nothing while it is on its way.
    pub(super) async fn ha_guest(&self, vmid: &str, seen: &HaSeen) -> Result<Option<GuestState>> {
        let (Some(node), Some(kind), Ok(vmid)) = (&seen.node, seen.kind, vmid.parse()) else {
            return Ok(None);
        };
        let at = GuestAt {
            node: node.clone(),
            kind,
            vmid,
        };
        match self.guest_status(&at).await {
            Ok(status) => Ok(Some(status.status)),
            // `Configuration file '…' does not exist`: not there yet, or not any more.
            Err(error) if matches!(error.kind(), ErrorKind::Refused { status: 500, .. }) => {
                Ok(None)
            }
            // A node that is being fenced cannot be asked; the manager's row tells the rest.
            Err(error) if matches!(error.kind(), ErrorKind::NodeUnreachable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
