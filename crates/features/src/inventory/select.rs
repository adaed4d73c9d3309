//! From selectors to guests, for every slice.

use std::{sync::Arc, time::Duration};

use ops::{Code, Error, Result, selector};

use super::{
    connections::{Connected, Inventory},
    model::{AsOf, GuestRow},
};

/// A plan must not rest on an older list of guests than this.
const PLAN_AGE: Duration = Duration::from_secs(3);

/// Guests that selectors chose, and how old that knowledge is.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub guests: Vec<GuestRow>,
    pub as_of: Vec<AsOf>,
}

impl Inventory {
    /// All guests and the age of each cluster's list.
    pub(crate) async fn all_guests(&self, max_age: Duration) -> Result<Chosen> {
        let clusters = self.fresh(max_age).await?;
        Ok(Chosen {
            guests: clusters.iter().flat_map(guests_of).collect(),
            as_of: clusters
                .iter()
                .map(|connected| self.as_of(connected))
                .collect(),
        })
    }

    /// The guests a query is about; none given means all.
    pub(crate) async fn look(&self, selectors: &[String]) -> Result<Chosen> {
        let mut chosen = self.all_guests(self.options().tick * 2).await?;
        if !selectors.is_empty() {
            let picked = selector::resolve(selectors, &chosen.guests)?;
            chosen.guests = picked
                .into_iter()
                .filter_map(|at| chosen.guests.get(at).cloned())
                .collect();
        }
        Ok(chosen)
    }

    /// The guests an action is about: from a fresh list, each with what stands against working on it where
    /// its node is not there.
    pub(crate) async fn choose_each(
        &self,
        selectors: &[String],
    ) -> Result<Vec<(GuestRow, Option<Error>)>> {
        if selectors.is_empty() {
            return Err(Error::invalid("no guest is named")
                .hint("give ids, names or a selector such as `tag=web`"));
        }
        let mut clusters = self.fresh_for_a_plan(PLAN_AGE).await?;
        let mut all: Vec<GuestRow> = clusters.iter().flat_map(guests_of).collect();
        let picked = match selector::resolve(selectors, &all).map_err(Error::from) {
            Ok(picked) => picked,
            // It may have been made since the list was read.
            Err(error) if error.code == Code::NoMatch => {
                clusters = self.fresh(Duration::ZERO).await?;
                all = clusters.iter().flat_map(guests_of).collect();
                selector::resolve(selectors, &all)?
            }
            Err(error) => return Err(error),
        };
        let mut guests = Vec::with_capacity(picked.len());
        for guest in picked.into_iter().filter_map(|at| all.get(at)) {
            let connected = clusters.iter().find(|c| c.row.id == guest.cluster);
            // An old list does not tell for sure who is chosen.
            if let Some(error) = connected.and_then(|connected| connected.error()) {
                return Err(error);
            }
            let away = connected.and_then(|connected| away(connected, guest));
            guests.push((guest.clone(), away));
        }
        Ok(guests)
    }

    /// Where a guest is now, whatever node it was on when it was planned.
    pub(crate) async fn find(&self, cluster: &str, vmid: u32) -> Result<Option<GuestRow>> {
        let connected = self.cluster(cluster).await?;
        self.read_now(&connected).await;
        if let Some(error) = connected.error() {
            return Err(error);
        }
        Ok(guests_of(&connected)
            .into_iter()
            .find(|guest| guest.vmid == vmid))
    }
}

/// Why nothing can be asked of a guest right now.
fn away(connected: &Connected, guest: &GuestRow) -> Option<Error> {
    let is_there = connected.snapshot()?.node_is_online(&guest.node);
    (!is_there).then(|| {
        Error::new(
            Code::ClusterUnreachable,
            format!(
                "{} is on node {}, which is not online",
                guest.name, guest.node
            ),
        )
        .hint("bring the node back, or leave the guest out with `!NAME`")
    })
}

fn guests_of(connected: &Arc<Connected>) -> Vec<GuestRow> {
    connected
        .snapshot()
        .map(|snapshot| snapshot.guests.clone())
        .unwrap_or_default()
}
