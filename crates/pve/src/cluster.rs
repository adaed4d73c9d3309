//! The cluster as a whole: version, members, quorum.

use serde::Deserialize;

use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::{NodeResource, Row};

/// The version of the node that answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// As `9.1.7`.
    pub version: String,
    /// As `9.1`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub release: Option<String>,
    /// Start of the commit it was built from.
    #[serde(default, rename = "repoid", deserialize_with = "lenient::text")]
    pub repository_id: Option<String>,
}

impl Version {
    /// Major and minor number: `(9, 1)`.
    pub fn numbers(&self) -> Option<(u32, u32)> {
        let mut numbers = self
            .version
            .split(['.', '-', '~'])
            .map(|part| part.parse().ok());
        Some((numbers.next()??, numbers.next().flatten().unwrap_or(0)))
    }
}

/// Members and quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterStatus {
    /// Missing on a node that never joined a cluster.
    pub cluster: Option<ClusterInfo>,
    /// The members; one without a cluster.
    pub members: Vec<ClusterMember>,
}

/// The cluster itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterInfo {
    /// Its name.
    pub name: String,
    /// Has it a majority? Without one nothing can be changed.
    pub quorate: bool,
    /// Number of configured nodes.
    pub node_count: u64,
    /// Version of its configuration.
    pub config_version: u64,
}

/// A node as a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterMember {
    /// Its name, as it came.
    pub name: String,
    /// Its address in the cluster.
    pub address: Option<String>,
    /// Does it take part now?
    pub online: bool,
    /// Is it the node that answered?
    pub local: bool,
}

#[derive(Deserialize)]
struct StatusRow {
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    quorate: bool,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    nodes: Option<u64>,
    #[serde(default, deserialize_with = "lenient::unsigned")]
    version: Option<u64>,
    #[serde(default, deserialize_with = "lenient::filled")]
    ip: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    online: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    local: bool,
}

fn status_of(rows: Vec<StatusRow>) -> ClusterStatus {
    let mut status = ClusterStatus {
        cluster: None,
        members: Vec::new(),
    };
    for row in rows {
        let name = row.name.unwrap_or_default();
        match row.kind.as_deref() {
            Some("cluster") => {
                status.cluster = Some(ClusterInfo {
                    name,
                    quorate: row.quorate,
                    node_count: row.nodes.unwrap_or(0),
                    config_version: row.version.unwrap_or(0),
                });
            }
            Some("node") => status.members.push(ClusterMember {
                name,
                address: row.ip,
                online: row.online,
                local: row.local,
            }),
            _ => {}
        }
    }
    status
}

impl Client {
    /// The version of the node that answers (PVE: `/version`). The cheapest signed-in call.
    pub async fn version(&self) -> Result<Version> {
        self.get(ApiPath::fixed(&["version"]), Params::new()).await
    }

    /// Members and quorum (PVE: `/cluster/status`, needs `Sys.Audit` on `/`).
    pub async fn cluster_status(&self) -> Result<ClusterStatus> {
        let path = ApiPath::fixed(&["cluster", "status"]);
        let rows: Vec<StatusRow> = self.get(path, Params::new()).await?;
        Ok(status_of(rows))
    }

    /// The nodes with the fingerprints of their certificates (PVE: `/nodes`).
    pub async fn nodes(&self) -> Result<Vec<NodeResource>> {
        let rows: Vec<Row> = self.get(ApiPath::fixed(&["nodes"]), Params::new()).await?;
        Ok(rows.into_iter().filter_map(Row::node).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_spelling_have_numbers() {
        let numbers = |text: &str| {
            let version = text.to_owned();
            Version {
                version,
                release: None,
                repository_id: None,
            }
            .numbers()
        };
        assert_eq!(numbers("9.1.7"), Some((9, 1)));
        assert_eq!(numbers("8.4-1"), Some((8, 4)));
        assert_eq!(numbers("9.0.0~beta1"), Some((9, 0)));
        assert_eq!(numbers("next"), None);
    }
}
