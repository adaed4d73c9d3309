//! Keeping runs alive: heartbeats, and taking up what dead processes left.

use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;

use crate::{
    error::Result,
    ports::{Anchor, StoredRun},
    registry::Registry,
    run::Owner,
};

/// With the usual heartbeat of two seconds, a minute.
const ANCHOR_EVERY_ROUNDS: u32 = 60;

impl Registry {
    /// Starts the supervisor of this process. A server takes up unfinished runs at once.
    pub fn supervise(&self) {
        let registry = self.clone();
        self.inner
            .ports
            .tasks
            .spawn("run supervisor", move |stop| async move {
                let mut rounds = 0_u32;
                loop {
                    // Once a minute or so: an anchor is for weeks later, not for this second.
                    if rounds.is_multiple_of(ANCHOR_EVERY_ROUNDS) {
                        registry.anchor_audit().await;
                    }
                    rounds = rounds.wrapping_add(1);
                    if let Err(error) = registry.supervise_once().await {
                        tracing::warn!(%error, "the ledger could not be asked for unfinished runs");
                    }
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(registry.inner.options.heartbeat / 2) => {}
                    }
                }
            });
    }

    /// One round: say that we live, then look after every unfinished run. Public so that tests and
    /// short-lived commands can do a round when they want it.
    pub async fn supervise_once(&self) -> Result<()> {
        let ledger = &self.inner.ports.ledger;
        let now = self.inner.ports.clock.now();
        let me = self.inner.ports.host.owner();
        ledger
            .heartbeat(&me, self.inner.options.serves, now)
            .await?;
        for stored in ledger.unfinished_runs().await? {
            let id = stored.run.id.clone();
            if let Some(token) = self.executing(&id) {
                if stored.cancel_requested {
                    token.cancel();
                }
                continue;
            }
            let mine = stored.owner.as_ref() == Some(&me);
            if mine
                || (self.may_take_up(&stored, &me)
                    && ledger.claim(&id, stored.owner.as_ref(), &me, now).await?)
            {
                tracing::info!(run.id = %id, "taking up run {id}");
                self.spawn_execution(id);
            }
        }
        Ok(())
    }

    /// Writes the end of the audit chain down outside, if it has moved since this process last did. That
    /// it cannot is told and tried again: work on a cluster does not wait for it.
    pub async fn anchor_audit(&self) {
        let Some(anchor) = &self.inner.ports.anchor else {
            return;
        };
        if let Err(error) = self.try_anchor(anchor.as_ref()).await {
            tracing::error!(%error, "the end of the audit chain is not anchored");
        }
    }

    async fn try_anchor(&self, anchor: &dyn Anchor) -> Result<()> {
        let Some(head) = self.inner.ports.ledger.audit_head().await? else {
            return Ok(());
        };
        if self.inner.anchored.load(Ordering::Acquire) == head.seq {
            return Ok(());
        }
        anchor.write(&head).await?;
        self.inner.anchored.store(head.seq, Ordering::Release);
        Ok(())
    }

    /// Takes up a run that nobody carries on: one of a dead process, where there is no server that would, and
    /// one of this process whose rows could not be written. For whoever has to wait for its end; a command lives
    /// too short to look after all. Says whether this process carries it out from now on.
    pub(super) async fn take_up_abandoned(&self, id: &str) -> Result<bool> {
        let (ledger, me) = (&self.inner.ports.ledger, self.inner.ports.host.owner());
        let stored = self.stored_run(id).await?;
        if stored.run.state.is_final() || self.carries_out(id) {
            return Ok(false);
        }
        let (owner, now) = (stored.owner.as_ref(), self.inner.ports.clock.now());
        let is_taken = owner == Some(&me)
            || (self.is_left(&stored, &me)
                && self.executes_here().await?
                && ledger.claim(id, owner, &me, now).await?);
        if is_taken {
            tracing::info!(run.id = %id, "taking up run {id}, which nobody carries on");
            self.spawn_execution(id.to_owned());
        }
        Ok(is_taken)
    }

    /// Whether this process carries a run out.
    pub fn carries_out(&self, id: &str) -> bool {
        self.executing(id).is_some()
    }

    pub(super) fn executing(&self, id: &str) -> Option<CancellationToken> {
        self.inner.executing.lock().ok()?.get(id).cloned()
    }

    fn may_take_up(&self, stored: &StoredRun, me: &Owner) -> bool {
        self.inner.options.serves && self.is_left(stored, me)
    }

    /// Whether some process that lives works on a target, as far as the rows of runs tell, or a server, which
    /// works without runs as well.
    pub async fn is_worked_on(&self, target: &str) -> Result<bool> {
        let ports = &self.inner.ports;
        let me = ports.host.owner();
        let since = ports.clock.now() - self.inner.options.foreign_owner_patience;
        let servers = ports.ledger.servers(since).await?;
        if servers
            .iter()
            .any(|server| *server != me && self.may_live(server))
        {
            return Ok(true);
        }
        let runs = ports.ledger.unfinished_runs().await?;
        Ok(runs
            .iter()
            .any(|stored| has_open_step_on(stored, target) && !self.is_left(stored, &me)))
    }

    /// One of another host may, as far as can be seen from here.
    fn may_live(&self, owner: &Owner) -> bool {
        let host = &self.inner.ports.host;
        owner.host != host.owner().host || host.is_alive(owner)
    }

    /// Whether the process that carried a run out is dead, or it never had one.
    fn is_left(&self, stored: &StoredRun, me: &Owner) -> bool {
        let Some(owner) = &stored.owner else {
            return true;
        };
        if owner.host == me.host {
            // Another boot of the same host cannot have survived; else the process table tells.
            return owner.boot_id != me.boot_id || !self.inner.ports.host.is_alive(owner);
        }
        let patience = self.inner.options.foreign_owner_patience;
        stored
            .heartbeat_at
            .is_none_or(|seen| seen + patience < self.inner.ports.clock.now())
    }
}

fn has_open_step_on(stored: &StoredRun, target: &str) -> bool {
    stored
        .run
        .steps
        .iter()
        .any(|step| step.target == target && !step.state.is_final())
}
