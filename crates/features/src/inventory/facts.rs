//! What the policy may know of guests: from the same list that selectors are resolved in.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use ops::{FactSource, Observed, Result, TargetFacts};

use super::model::GuestRow;
use crate::{ctx::Ctx, guests::glance};

/// A rule must not rest on an older list of guests than this. Planning reads a younger one anyway; it is
/// the steps of a long run that look again.
const FACT_AGE: Duration = Duration::from_secs(15);

/// [`FactSource`] over the inventory.
pub struct GuestFacts {
    ctx: Arc<Ctx>,
}

impl GuestFacts {
    pub(crate) fn new(ctx: &Arc<Ctx>) -> Self {
        Self {
            ctx: Arc::clone(ctx),
        }
    }
}

#[async_trait]
impl FactSource for GuestFacts {
    async fn facts(&self, references: &[&str]) -> Result<HashMap<String, TargetFacts>> {
        let clusters: HashSet<&str> = references
            .iter()
            .filter_map(|reference| reference.split('/').next())
            .collect();
        let wanted: HashSet<(&str, u32)> = references
            .iter()
            .filter_map(|reference| cluster_and_id(reference))
            .collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let mut guests: HashMap<(String, u32), GuestRow> = HashMap::new();
        for connected in self.ctx.inventory.fresh(FACT_AGE).await? {
            if !clusters.contains(connected.row.id.as_str()) {
                continue;
            }
            // What cannot be looked at now is not judged by what it was.
            if let Some(error) = connected.error() {
                return Err(error);
            }
            for guest in connected
                .snapshot()
                .map(|snapshot| snapshot.guests.clone())
                .unwrap_or_default()
            {
                if wanted.contains(&(guest.cluster.as_str(), guest.vmid)) {
                    guests.insert((guest.cluster.clone(), guest.vmid), guest);
                }
            }
        }
        Ok(references
            .iter()
            .filter_map(|reference| {
                let (cluster, id) = cluster_and_id(reference)?;
                let guest = guests.get(&(cluster.to_owned(), id))?;
                Some(((*reference).to_owned(), facts(guest)))
            })
            .collect())
    }

    /// Only where every cluster answers: one that does not may hold what a rule is for.
    async fn all(&self) -> Option<Vec<TargetFacts>> {
        let mut all = Vec::new();
        for connected in self.ctx.inventory.fresh(FACT_AGE).await.ok()? {
            if connected.error().is_some() {
                return None;
            }
            all.extend(connected.snapshot()?.guests.iter().map(facts));
        }
        Some(all)
    }

    async fn glance(&self, references: &[&str]) -> Result<HashMap<String, Observed>> {
        let guests: Vec<(&str, &str, u32)> = references
            .iter()
            .filter_map(|reference| {
                let (cluster, id) = cluster_and_id(reference)?;
                Some((*reference, cluster, id))
            })
            .collect();
        glance(&self.ctx, &guests).await
    }
}

/// `cluster/node/vmid`; the node is where the guest was.
fn cluster_and_id(reference: &str) -> Option<(&str, u32)> {
    let mut parts = reference.split('/');
    let cluster = parts.next()?;
    let id = parts.nth(1)?.parse().ok()?;
    parts.next().is_none().then_some((cluster, id))
}

fn facts(guest: &GuestRow) -> TargetFacts {
    TargetFacts {
        known: true,
        cluster: guest.cluster.clone(),
        node: guest.node.clone(),
        id: Some(guest.vmid),
        name: guest.name.clone(),
        kind: Some(guest.kind.as_str().to_owned()),
        tags: guest.tags.clone(),
        new_tags: Vec::new(),
        pool: guest.pool.clone(),
        template: guest.template,
        ha: guest.ha_state.clone(),
    }
}
