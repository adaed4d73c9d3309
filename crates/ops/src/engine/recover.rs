//! Finding out what became of a step whose answer nobody has.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    contract::{BeforeState, Found},
    error::Code,
    plan::PlanStep,
    registry::{ErasedAction, Registry},
};

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl Registry {
    /// Asks the cluster until it tells, or until patience ends. "Not there" is believed only when the
    /// request can no longer be on its way. Nothing when the process stops meanwhile: then the next one
    /// asks.
    pub(super) async fn find_out(
        &self,
        action: &dyn ErasedAction,
        step: &PlanStep,
        before: &BeforeState,
        sent_at: Timestamp,
        stop: &CancellationToken,
    ) -> Option<Found> {
        let clock = &self.inner.ports.clock;
        let options = &self.inner.options;
        let begun = clock.now();
        let mut wait = FIRST_WAIT;
        loop {
            let asked_at = clock.now();
            let why = match action.recover(&step.input, before, sent_at).await {
                Ok(Found::NotSent) if asked_at < sent_at + options.arrival_grace => None,
                Ok(Found::Unknown(text)) => Some(text),
                Ok(found) => return Some(found),
                Err(error) if matches!(error.code, Code::ClusterUnreachable | Code::TimedOut) => {
                    Some(error.message)
                }
                Err(error) => return Some(Found::Unknown(error.message)),
            };
            if let Some(why) = why
                && clock.now() >= begun + options.recover_patience
            {
                return Some(Found::Unknown(why));
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = clock.sleep(wait) => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}
