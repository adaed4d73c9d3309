//! Taking back what a plan did before it failed, where the plan says so.
//!
//! The inverses are a plan like any other, with a run of its own. Its id follows from that of the first plan,
//! so whoever takes the run up after a crash finds what an earlier process began.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    approve::run_of,
    execute::{Active, first_failure},
};
use crate::{
    actor::Call,
    builtin,
    error::{Code, Error, Result},
    gate::Gate,
    plan::{OnFailure, Plan},
    ports::{Opened, StoredRun},
    run::{Run, RunState, StepMemory, StepState},
};

/// What became of the way back.
pub(super) struct TakenBack {
    /// Everything that was done is as it was before.
    pub(super) is_whole: bool,
    /// For the last sentence of the run.
    pub(super) text: String,
}

impl Active {
    /// Takes back what was done, if the plan says so and a step was not done. Nothing where there is nothing
    /// to take back. An error means that the ledger failed or the process stops.
    pub(super) async fn roll_back(
        &self,
        run: &Run,
        memory: &[StepMemory],
    ) -> Result<Option<TakenBack>> {
        let done = run
            .steps
            .iter()
            .filter(|step| step.state == StepState::Done)
            .count();
        if self.plan.on_failure != OnFailure::RollBack
            || first_failure(run).is_none()
            || self.cancel.is_cancelled()
            || done == 0
        {
            return Ok(None);
        }
        let stored = StoredRun {
            run: run.clone(),
            approval: self.approval.clone(),
            memory: memory.to_vec(),
            owner: None,
            heartbeat_at: None,
            cancel_requested: false,
        };
        // It may have been done all the same, and nothing takes back what nobody knows.
        let unknown = match run
            .steps
            .iter()
            .filter(|step| step.state == StepState::Unknown)
            .map(|step| format!("`{}`", step.title))
            .collect::<Vec<_>>()
        {
            titles if titles.is_empty() => String::new(),
            titles => format!(
                "; what became of {} is not known, and was not taken back",
                titles.join(", ")
            ),
        };
        let could_not = |why: &str| TakenBack {
            is_whole: false,
            text: format!("what was done could not be taken back: {why}{unknown}"),
        };
        let back = match self.back_run(&stored).await {
            Ok(Some(back)) => back,
            Ok(None) => return Ok(Some(could_not("none of it has a way back"))),
            Err(error) if is_of_the_product(&error) => return Err(error),
            Err(error) => return Ok(Some(could_not(&error.sentence()))),
        };
        self.event("run.roll_back", json!({ "run_id": back }))
            .await?;
        self.registry.spawn_execution(back.clone());
        // A cancel is asked of the run itself, not of this waiting.
        let never = CancellationToken::new();
        let ended = tokio::select! {
            () = self.stop.cancelled() => {
                return Err(Error::new(Code::Cancelled, "the process is stopping"));
            }
            ended = self.registry.wait_for(&back, &never) => ended?,
        };
        let undone = ended
            .steps
            .iter()
            .filter(|step| step.state == StepState::Done)
            .count();
        Ok(Some(TakenBack {
            is_whole: ended.state == RunState::Succeeded && undone == done && unknown.is_empty(),
            text: format!(
                "{undone} of {done} done {} taken back by run {}{unknown}",
                if done == 1 { "step was" } else { "steps were" },
                ended.id
            ),
        }))
    }

    /// The run of the way back: the one that an earlier process opened, or a new one.
    async fn back_run(&self, stored: &StoredRun) -> Result<Option<String>> {
        let ledger = &self.registry.inner.ports.ledger;
        let id = format!("{}_back", self.plan.id);
        let plan = match ledger.plan(&id).await? {
            Some(plan) => plan,
            None => {
                let wishes = builtin::way_back(stored);
                if wishes.is_empty() {
                    return Ok(None);
                }
                let mut call = Call::new(self.approval.by.clone());
                call.thread.clone_from(&self.plan.thread);
                let drafted = self.registry.draft_wishes(&call, wishes).await?;
                let mut plan = Plan {
                    id,
                    op: "runs.undo".to_owned(),
                    summary: format!("take back: {}", self.plan.summary),
                    ..drafted
                };
                plan.digest = plan.compute_digest();
                ledger.insert_plan(&plan).await?;
                plan
            }
        };
        if let Some(run) = plan.run_id {
            return Ok(Some(run));
        }
        let judged = self.registry.risk_of(&plan)?;
        let now = self.registry.inner.ports.clock.now();
        let approval = Gate::approve_roll_back(&self.plan, &self.approval, &plan, judged, now)?;
        let run = run_of(&plan, &approval);
        let owner = self.registry.inner.ports.host.owner();
        match ledger.open_run(&run, &approval, Some(&owner), now).await? {
            Opened::Yes => Ok(Some(run.id)),
            Opened::AlreadyApproved {
                run_id: Some(run_id),
            } => Ok(Some(run_id)),
            Opened::AlreadyApproved { run_id: None }
            | Opened::NotProposed(_)
            | Opened::NoSuchPlan => Err(Error::new(
                Code::Conflict,
                format!("plan {} of the way back was closed by somebody", plan.id),
            )),
        }
    }
}

/// The run must stay as it is, for another try.
fn is_of_the_product(error: &Error) -> bool {
    matches!(
        error.code,
        Code::StoreUnavailable | Code::Internal | Code::Cancelled
    )
}
