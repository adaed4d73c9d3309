//! How many guests are now, by one list of each cluster: what a consent to hundreds of steps is compared with.
//!
//! The list tells where a guest is, whether it runs and whether it is locked. Of its configuration only what
//! was read within the last minute is told; the rest is missing, and compared right before the step.

use std::collections::{BTreeMap, HashMap};

use ops::{Observed, Result};
use serde_json::json;

use super::subject::{CONFIG_AGE, GuestRef, facts, listed_status};
use crate::{ctx::Ctx, inventory::GuestRow};

/// By reference; each guest is given with its cluster and id.
pub(crate) async fn glance(
    ctx: &Ctx,
    guests: &[(&str, &str, u32)],
) -> Result<HashMap<String, Observed>> {
    let mut lists: BTreeMap<&str, HashMap<u32, GuestRow>> = BTreeMap::new();
    let mut glances = HashMap::with_capacity(guests.len());
    for (reference, cluster, vmid) in guests {
        if !lists.contains_key(cluster) {
            lists.insert(cluster, list(ctx, cluster).await?);
        }
        let row = lists.get(cluster).and_then(|list| list.get(vmid));
        let glance = match row {
            Some(row) => of_row(ctx, row).await?,
            None => gone(reference),
        };
        glances.insert((*reference).to_owned(), glance);
    }
    Ok(glances)
}

/// The guests of a cluster, asked for now. A cluster that does not answer is an error: what cannot be looked
/// at is not consented to.
async fn list(ctx: &Ctx, cluster: &str) -> Result<HashMap<u32, GuestRow>> {
    let connected = ctx.inventory.cluster(cluster).await?;
    ctx.inventory.read_now(&connected).await;
    if let Some(error) = connected.error() {
        return Err(error);
    }
    Ok(connected
        .snapshot()
        .map(|snapshot| {
            let rows = snapshot.guests.iter();
            rows.map(|row| (row.vmid, row.clone())).collect()
        })
        .unwrap_or_default())
}

async fn of_row(ctx: &Ctx, row: &GuestRow) -> Result<Observed> {
    let guest = GuestRef::of(row);
    let connected = ctx.inventory.cluster(&guest.cluster).await?;
    let known = connected
        .configs
        .get(&guest.at()?, ctx.inventory.now(), CONFIG_AGE);
    let status = listed_status(row);
    if let Some(known) = known {
        return Ok(facts(&guest, &status, &known.config));
    }
    Ok(Observed {
        subject: guest.subject(),
        identity: BTreeMap::from([
            ("exists".to_owned(), json!(true)),
            ("cluster".to_owned(), json!(guest.cluster)),
            ("vmid".to_owned(), json!(guest.vmid)),
            ("kind".to_owned(), json!(guest.kind)),
        ]),
        state: BTreeMap::from([
            ("node".to_owned(), json!(guest.node)),
            ("status".to_owned(), json!(status.status.as_str())),
            ("lock".to_owned(), json!(status.lock)),
        ]),
    })
}

fn gone(reference: &str) -> Observed {
    Observed {
        subject: reference.to_owned(),
        identity: BTreeMap::from([("exists".to_owned(), json!(false))]),
        ..Observed::default()
    }
}
