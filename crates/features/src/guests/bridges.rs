//! Whether the bridges of a guest are on its node: nothing refuses an unknown one before the guest starts.

use std::collections::BTreeMap;

use ops::{Code, Result, Signal};
use pve::NodeName;

use super::{subject::GuestRef, work::warning_of};
use crate::{cluster_error::call_error, ctx::Ctx};

/// The bridges of nodes, each asked for once.
#[derive(Default)]
pub(super) struct Bridges(BTreeMap<(String, String), Option<Vec<String>>>);

impl Bridges {
    /// Says which bridges among these options of the guest the node does not show: its network may still have
    /// them. PVE looks for them only when the guest starts.
    pub(super) async fn missing(
        &mut self,
        ctx: &Ctx,
        guest: &GuestRef,
        options: impl Iterator<Item = (&String, &String)>,
        target: &NodeName,
    ) -> Result<Option<Signal>> {
        let mut wanted: Vec<&str> = options
            .filter(|(key, _)| super::effect::slot_of(key) == "net")
            .flat_map(|(_, value)| value.split(','))
            .filter_map(|part| part.strip_prefix("bridge="))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(None);
        }
        let key = (guest.cluster.clone(), target.as_str().to_owned());
        if !self.0.contains_key(&key) {
            let names = names_on(ctx, &guest.cluster, target).await?;
            self.0.insert(key.clone(), names);
        }
        let Some(Some(there)) = self.0.get(&key) else {
            return Ok(Some(warning_of(
                guest,
                "check_skipped",
                format!("not checked: the bridges of {target}"),
            )));
        };
        let missing: Vec<&str> = wanted
            .into_iter()
            .filter(|name| !there.iter().any(|one| one == name))
            .collect();
        Ok((!missing.is_empty()).then(|| {
            warning_of(
                guest,
                "bridge",
                format!(
                    "{} uses {}, which {target} does not list: it may not start there, unless SDN makes it",
                    guest.name,
                    missing.join(", ")
                ),
            )
        }))
    }
}

/// Names of the interfaces of a node, or nothing where we may not see them.
async fn names_on(ctx: &Ctx, cluster: &str, node: &NodeName) -> Result<Option<Vec<String>>> {
    let client = ctx.inventory.client(cluster).await?;
    match client.node_network(node).await {
        Ok(network) => Ok(Some(
            network.interfaces.into_iter().map(|one| one.name).collect(),
        )),
        Err(error) => match call_error(cluster, &error) {
            refused if refused.code == Code::ClusterRefused => Ok(None),
            error => Err(error),
        },
    }
}
