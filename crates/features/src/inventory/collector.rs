//! Reading each cluster again and again: one request per cluster and tick.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};

use crate::ctx::Ctx;

/// Clusters read side by side in one tick.
const READ_AT_ONCE: usize = 8;

/// Starts the collector of a server. A finished run makes it read at once, so that the console shows the
/// new state without waiting for the next tick.
pub fn collect(ctx: &Arc<Ctx>) {
    let ctx = Arc::clone(ctx);
    let tasks = ctx.tasks.clone();
    tasks.spawn("inventory collector", move |stop| async move {
        let mut news = ctx.bus.listen();
        loop {
            if let Err(error) = ctx.inventory.reload().await {
                tracing::warn!(%error, "the connected clusters could not be read from the store");
            }
            let clusters = ctx.inventory.connected();
            let readings: Vec<_> = clusters
                .iter()
                .map(|connected| ctx.inventory.collect(connected))
                .collect();
            stream::iter(readings)
                .buffer_unordered(READ_AT_ONCE)
                .collect::<Vec<()>>()
                .await;
            let tick = tokio::time::sleep(ctx.inventory.options().tick);
            tokio::pin!(tick);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = &mut tick => break,
                    event = news.recv() => match event {
                        Ok(event) if event.kind == "run.finished" => break,
                        Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                        // The bus is gone with the product; the tick still runs.
                        Err(tokio::sync::broadcast::error::RecvError::Closed) => {
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                    },
                }
            }
        }
    });
}
