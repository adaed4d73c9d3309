//! Following tasks of PVE clusters, and readings of sources, for the engine.

mod ha_wish;

use std::sync::Arc;

use async_trait::async_trait;
use ops::{
    Error, Result, TaskRef,
    ports::{TaskEnd, TaskFollower, TaskNews},
};
use pve::{TaskEvent, TaskOutcome, Upid};
use tokio_util::sync::CancellationToken;

use crate::{cluster_error::call_error, ctx::Ctx, knowledge};

/// [`TaskFollower`] over the connected clusters.
pub struct Follower {
    ctx: Arc<Ctx>,
}

impl Follower {
    pub fn new(ctx: Arc<Ctx>) -> Self {
        Self { ctx }
    }
}

#[async_trait]
impl TaskFollower for Follower {
    async fn follow(
        &self,
        task: &TaskRef,
        on_news: &mut (dyn FnMut(TaskNews) + Send),
        cancel: &CancellationToken,
    ) -> Result<TaskEnd> {
        if knowledge::is_job(task) {
            return knowledge::follow_job(&self.ctx, task, on_news, cancel).await;
        }
        let client = self.ctx.inventory.client(&task.cluster).await?;
        let upid = upid_of(task)?;
        if upid.only_requests() {
            return ha_wish::follow(&client, task, &upid, on_news, cancel).await;
        }
        let mut on_event = |event| match event {
            TaskEvent::Log(line) => on_news(TaskNews::Log(vec![line.text])),
            TaskEvent::Progress(progress) => {
                // Streams of unknown length have no percentage to show.
                if let Some(percent) = progress.percent {
                    on_news(TaskNews::Progress {
                        percent: f64::from(percent),
                        rate: progress.bytes_per_s.map(rate_text),
                        eta_s: progress.remaining.map(|rest| rest.as_secs()),
                    });
                }
            }
        };
        let end = client
            .follow_task(&upid, &mut on_event, cancel)
            .await
            .map_err(|error| call_error(&task.cluster, &error))?;
        Ok(end_of(end.outcome))
    }

    async fn stop(&self, task: &TaskRef) -> Result<()> {
        if knowledge::is_job(task) {
            knowledge::stop_job(&self.ctx, task);
            return Ok(());
        }
        let client = self.ctx.inventory.client(&task.cluster).await?;
        client
            .stop_task(&upid_of(task)?)
            .await
            .map_err(|error| call_error(&task.cluster, &error))
    }

    fn changed(&self, target: &str) {
        let cluster = target.split('/').next().unwrap_or_default();
        self.ctx.inventory.changed(cluster);
    }
}

fn end_of(outcome: TaskOutcome) -> TaskEnd {
    match outcome {
        TaskOutcome::Ok => TaskEnd::Ok,
        TaskOutcome::Warnings(count) => TaskEnd::Warnings(count),
        TaskOutcome::Failed(text) => TaskEnd::Failed(text),
        TaskOutcome::Unknown(text) => TaskEnd::Unknown(format!(
            "the cluster does not know how the task ended{}",
            if text.is_empty() {
                String::new()
            } else {
                format!(": {text}")
            }
        )),
    }
}

fn upid_of(task: &TaskRef) -> Result<Upid> {
    task.id
        .parse()
        .map_err(|error| Error::internal(format!("the stored task is no UPID: {error}")))
}

/// A rate the way PVE writes it: `375.3 MiB/s`.
fn rate_text(bytes_per_s: u64) -> String {
    let mut value = bytes_per_s as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    if unit == "B" {
        format!("{value} B/s")
    } else {
        format!("{value:.1} {unit}/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_with_the_unit_that_fits() {
        let written = [0, 1023, 1536, 393_530_573].map(rate_text);
        assert_eq!(written, ["0 B/s", "1023 B/s", "1.5 KiB/s", "375.3 MiB/s"]);
    }
}
