//! When a run of a conversation's plan has ended, the conversation is told.

use std::sync::Arc;

use ops::{Result, RunState};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use crate::{
    assistant::Assistant,
    events::{Events, new_id},
};

impl Assistant {
    /// Starts to listen for ended runs. For servers; a command that waits for its run tells the verdict itself.
    pub fn report_runs(self: &Arc<Self>) {
        let assistant = Arc::clone(self);
        let mut news = self.registry.bus().listen();
        self.tasks.spawn("run verdicts", move |stop| async move {
            loop {
                let event = tokio::select! {
                    () = stop.cancelled() => return,
                    event = news.recv() => event,
                };
                let (thread, run) = match event {
                    Ok(event) if event.kind == "run.finished" => match (event.thread, event.run_id) {
                        (Some(thread), Some(run)) => (thread, run),
                        _ => continue,
                    },
                    Ok(_) => continue,
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "verdicts of runs may be missing in conversations");
                        continue;
                    }
                    Err(RecvError::Closed) => return,
                };
                if let Err(error) = assistant.report(&thread, &run).await {
                    tracing::warn!(run.id = %run, %error, "a verdict could not be told to its conversation");
                }
            }
        });
    }

    async fn report(&self, thread: &str, run_id: &str) -> Result<()> {
        let run = self.registry.run(run_id).await?;
        let turn = new_id("t");
        let events = Events {
            clock: self.registry.clock().as_ref(),
            thread,
            turn: &turn,
        };
        let mut told = vec![events.custom("run.finished", &json!(run))];
        told.extend(events.message("assistant", &verdict(&run)));
        self.transcript.append(thread, &told).await?;
        Ok(())
    }
}

fn verdict(run: &ops::Run) -> String {
    let total = run.steps.len();
    match (run.state, run.steps.as_slice()) {
        (RunState::Succeeded, [only]) => format!(
            "Done and verified: {}.",
            only.verify
                .as_ref()
                .map_or(only.title.as_str(), |verdict| verdict.text.as_str())
        ),
        (RunState::Succeeded, _) => format!("Done: all {total} steps are verified."),
        (state, steps) => {
            let done = steps
                .iter()
                .filter(|step| step.state == ops::StepState::Done)
                .count();
            let mut text = format!(
                "The run ended {}: {done} of {total} steps are done.",
                state.as_str()
            );
            for step in steps.iter().filter(|step| step.error.is_some()).take(5) {
                text.push_str(&format!(
                    "\n- {}: {} ({})",
                    step.title,
                    step.error.as_deref().unwrap_or_default(),
                    step.state.as_str().replace('_', " "),
                ));
            }
            text
        }
    }
}
