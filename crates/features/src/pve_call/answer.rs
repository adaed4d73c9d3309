//! What a call answered, for the one who made it.

use ops::{Plan, Result};
use serde_json::Value;
use store::Secrets;

use super::{raw_step::Step, sealed};

/// Hands out, once, what the cluster answered to the call of this plan; nothing for a call that started a
/// task, that failed, or that was not planned on the command line. Answers can hold secrets (the value of
/// a new token), so they are neither in the run nor in its events.
pub async fn take_answer(secrets: &Secrets, plan: &Plan) -> Result<Option<Value>> {
    for step in &plan.steps {
        let Ok(raw) = serde_json::from_value::<Step>(step.input.clone()) else {
            continue;
        };
        if let Some(answer) = sealed::take_answer(secrets, raw.call()).await? {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}
