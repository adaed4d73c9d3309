//! The stored conversation, and who listens to it.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use ops::{Error, Result};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Another process may write to the thread: without news the store is asked this often.
const POLL: Duration = Duration::from_secs(1);
const EVENTS_AT_ONCE: u32 = 500;

/// Appends to threads and wakes those who follow them.
pub(crate) struct Transcript {
    chat: store::Chat,
    /// The number of the last event of threads that somebody follows.
    followed: Mutex<HashMap<String, watch::Sender<u64>>>,
}

impl Transcript {
    pub(crate) fn new(chat: store::Chat) -> Self {
        Self {
            chat,
            followed: Mutex::default(),
        }
    }

    pub(crate) fn chat(&self) -> &store::Chat {
        &self.chat
    }

    pub(crate) async fn append(&self, thread: &str, events: &[Value]) -> Result<u64> {
        let last = self
            .chat
            .append_all(thread, events)
            .await
            .map_err(Error::from)?;
        if let Ok(mut followed) = self.followed.lock() {
            // Nobody listens any more: forget the thread.
            if followed
                .get(thread)
                .is_some_and(|sender| sender.send(last).is_err())
            {
                followed.remove(thread);
            }
        }
        Ok(last)
    }

    fn follow(&self, thread: &str) -> Option<watch::Receiver<u64>> {
        let mut followed = self.followed.lock().ok()?;
        Some(
            followed
                .entry(thread.to_owned())
                .or_insert_with(|| watch::Sender::new(0))
                .subscribe(),
        )
    }

    /// Events after number `after`: the stored ones, then live ones.
    pub(crate) fn events(
        self: std::sync::Arc<Self>,
        thread: String,
        after: u64,
        cancel: CancellationToken,
    ) -> BoxStream<'static, crate::Numbered> {
        struct Follow {
            transcript: std::sync::Arc<Transcript>,
            thread: String,
            last: u64,
            ready: VecDeque<crate::Numbered>,
            news: Option<watch::Receiver<u64>>,
            cancel: CancellationToken,
        }
        let follow = Follow {
            news: self.follow(&thread),
            transcript: self,
            thread,
            last: after,
            ready: VecDeque::new(),
            cancel,
        };
        stream::unfold(follow, |mut follow| async move {
            loop {
                if let Some(event) = follow.ready.pop_front() {
                    follow.last = event.id;
                    return Some((event, follow));
                }
                match follow
                    .transcript
                    .chat
                    .events_after(&follow.thread, follow.last, EVENTS_AT_ONCE)
                    .await
                {
                    Ok(events) if events.is_empty() => {}
                    Ok(events) => {
                        follow
                            .ready
                            .extend(events.into_iter().map(|stored| crate::Numbered {
                                id: stored.id,
                                event: stored.event,
                            }));
                        continue;
                    }
                    Err(error) => {
                        // The listener connects again with the last number it saw.
                        tracing::warn!(%error, "a conversation cannot be read");
                        return None;
                    }
                }
                let news = async {
                    match &mut follow.news {
                        Some(news) => {
                            let _ = news.changed().await;
                        }
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = follow.cancel.cancelled() => return None,
                    () = news => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        })
        .boxed()
    }
}
