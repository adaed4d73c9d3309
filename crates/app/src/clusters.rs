//! Connecting a cluster: certificate first, then credentials, then rights, then the store.

use jiff::Timestamp;
use ops::{Code, Error, Result};
use pve::{Client, MissingPrivilege};
use secrecy::SecretString;
use store::{AuthKind, ClusterRow, Store, Trust};

/// Path, privilege, and what is not possible without it.
pub const NEEDED_PRIVILEGES: [(&str, &str, &str); 5] = [
    ("/", "Sys.Audit", "load of nodes, tasks of others"),
    ("/vms", "VM.Audit", "seeing guests"),
    ("/vms", "VM.PowerMgmt", "starting and stopping guests"),
    ("/vms", "VM.Snapshot", "snapshots"),
    ("/storage", "Datastore.Audit", "seeing storages"),
];

/// A cluster to connect.
pub struct NewCluster {
    /// Chosen by the user; else the cluster's name, else that of its node.
    pub id: Option<String>,
    pub url: String,
    pub auth: AuthKind,
    /// `user@realm` or `user@realm!token`.
    pub identity: String,
    pub secret: SecretString,
    pub trust: Trust,
}

/// What was found at the cluster.
#[derive(Clone, Debug)]
pub struct Rights {
    pub id: String,
    pub version: String,
    pub missing: Vec<MissingPrivilege>,
    /// The cluster was connected before; its credentials were replaced.
    pub renewed: bool,
}

/// The fingerprint a server shows, without sending it anything.
pub async fn certificate_of(url: &str) -> Result<pve::Fingerprint> {
    let url = pve::parse_endpoint(url).map_err(|error| Error::invalid(error.to_string()))?;
    pve::fetch_fingerprint(&url)
        .await
        .map_err(|error| features::call_error(url.as_str(), &error))
}

/// Signs in, looks at the rights, and stores the cluster. Nothing is stored unless it answered.
pub async fn add_cluster(store: &Store, new: NewCluster, now: Timestamp) -> Result<Rights> {
    let mut row = ClusterRow {
        id: new.id.clone().unwrap_or_else(|| "new".to_owned()),
        url: new.url,
        auth: new.auth,
        identity: new.identity,
        trust: new.trust,
        created_at: now,
    };
    pve::parse_endpoint(&row.url).map_err(|error| Error::invalid(error.to_string()))?;
    let options = features::inventory::connect_options(&row, new.secret.clone())?;
    let at = options.url.to_string();
    let said = |error: pve::Error| features::call_error(&at, &error);
    let client = Client::connect(options).map_err(said)?;
    let version = client.version().await.map_err(said)?;
    if new.id.is_none() {
        let status = client.cluster_status().await.map_err(said)?;
        row.id = slug(&status).ok_or_else(|| {
            Error::new(
                Code::ClusterRefused,
                "the server tells neither a cluster nor a node name",
            )
            .hint("give the cluster a name with --name")
        })?;
    }
    let needed: Vec<(&str, &str)> = NEEDED_PRIVILEGES
        .iter()
        .map(|(path, privilege, _)| (*path, *privilege))
        .collect();
    let missing = client.missing_privileges(&needed).await.map_err(said)?;
    let clusters = store.clusters();
    let present = clusters.get(&row.id).await.map_err(Error::from)?;
    let renewed = match present {
        None => {
            clusters.add(&row, &new.secret).await.map_err(Error::from)?;
            false
        }
        Some(present) if present.url == row.url => {
            row.created_at = present.created_at;
            clusters
                .update(&row, &new.secret)
                .await
                .map_err(Error::from)?;
            true
        }
        Some(present) => {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "a cluster `{}` is already connected at {}",
                    row.id, present.url
                ),
            )
            .hint("give this one another name with --name"));
        }
    };
    Ok(Rights {
        id: row.id,
        version: version.version,
        missing,
        renewed,
    })
}

/// PVE's cluster name, else the node's name, as an id.
fn slug(status: &pve::ClusterStatus) -> Option<String> {
    let name = match &status.cluster {
        Some(cluster) => Some(cluster.name.clone()),
        None => status
            .members
            .iter()
            .find(|member| member.local)
            .or_else(|| status.members.first())
            .map(|member| member.name.clone()),
    }?;
    let slug: String = name
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect();
    (!slug.is_empty()).then_some(slug)
}
