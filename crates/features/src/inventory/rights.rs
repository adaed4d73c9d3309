//! What we may do on a cluster, as it computed it lately: one request for all guests.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use ops::{Code, Result};
use pve::{Lack, Need, Permissions, Verdict};

use super::connections::Connected;
use crate::cluster_error::call_error;

/// A right that is there is believed so long. One that is missing is asked for again: somebody may just have
/// granted it.
const BELIEVED: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(crate) struct Rights(Mutex<Option<(Timestamp, Arc<Permissions>)>>);

impl Rights {
    fn get(&self, now: Timestamp) -> Option<Arc<Permissions>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|(at, _)| *at <= now && now <= *at + BELIEVED)
            .map(|(_, permissions)| Arc::clone(permissions))
    }

    fn keep(&self, permissions: Arc<Permissions>, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, permissions));
    }
}

/// What we lack of each of these; nothing where the cluster does not tell us.
pub(crate) async fn lacking(
    connected: &Connected,
    now: Timestamp,
    needs: &[&Need],
) -> Result<Option<Vec<Option<Lack>>>> {
    let caller = connected.row.identity.as_str();
    let judge = |permissions: &Permissions| -> Vec<Option<Lack>> {
        let lack = |need: &&Need| match need.verdict(permissions, Some(caller)) {
            Verdict::Lacking(lack) => Some(lack),
            Verdict::Granted | Verdict::Unknown(_) => None,
        };
        needs.iter().map(lack).collect()
    };
    if let Some(known) = connected.rights.get(now) {
        let lacking = judge(&known);
        if lacking.iter().all(Option::is_none) {
            return Ok(Some(lacking));
        }
    }
    let read = match connected.client.permissions().await {
        Ok(read) => Arc::new(read),
        Err(error) => match call_error(&connected.row.id, &error) {
            refused if refused.code == Code::ClusterRefused => return Ok(None),
            error => return Err(error),
        },
    };
    connected.rights.keep(Arc::clone(&read), now);
    Ok(Some(judge(&read)))
}
