//! Conversations with the assistant: threads, and their events numbered from 1.
//!
//! Events are whatever the assistant streams; the store does not look inside. They survive the end of
//! the process, but the last ones may be lost in a power cut: a stream of words is not worth a disk
//! flush per word.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Store,
    columns::{from_count, from_json, from_ns, to_count},
    db::query,
    error::{Doing as _, Error, Result},
};

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub id: String,
    pub title: String,
    /// The name of the actor who began it.
    pub owner: String,
    pub created_at: Timestamp,
    /// Time of the last event.
    pub updated_at: Timestamp,
}

/// One event of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatEvent {
    /// Counts from 1 in each thread, without holes.
    pub id: u64,
    pub at: Timestamp,
    pub event: Value,
}

type ThreadRow = (String, String, String, i64, i64);

/// The columns of [`ThreadRow`], in its order.
macro_rules! select_threads {
    ($rest:literal) => {
        concat!(
            "SELECT id, title, owner, created_at_ns, updated_at_ns FROM chat_threads ",
            $rest
        )
    };
}

/// The conversations.
#[derive(Clone, Debug)]
pub struct Chat {
    store: Store,
}

impl Chat {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Begins a conversation under a fresh id.
    pub async fn create_thread(&self, owner: &str, title: &str) -> Result<Thread> {
        let now = self.store.now();
        let thread = Thread {
            id: uuid::Uuid::new_v4().to_string(),
            title: title.to_owned(),
            owner: owner.to_owned(),
            created_at: now,
            updated_at: now,
        };
        query(
            "INSERT INTO chat_threads (id, title, owner, created_at_ns, updated_at_ns) \
             VALUES ($1, $2, $3, $4, $4)",
        )
        .bind(&thread.id)
        .bind(&thread.title)
        .bind(&thread.owner)
        .bind(self.store.now_ns())
        .execute(self.store.writer())
        .await
        .doing("begin a conversation")?;
        Ok(thread)
    }

    pub async fn thread(&self, id: &str) -> Result<Option<Thread>> {
        let row: Option<ThreadRow> = query(select_threads!("WHERE id = $1"))
            .bind(id)
            .optional(self.store.reader())
            .await
            .doing("read a conversation")?;
        row.map(read).transpose()
    }

    /// Of one owner, or of all; the one with the latest event first.
    pub async fn list_threads(&self, owner: Option<&str>, limit: u32) -> Result<Vec<Thread>> {
        let rows: Vec<ThreadRow> = query(select_threads!(
            "WHERE CAST($1 AS TEXT) IS NULL OR owner = $1 \
             ORDER BY updated_at_ns DESC, seq DESC LIMIT $2"
        ))
        .bind(owner)
        .bind(i64::from(limit))
        .all(self.store.reader())
        .await
        .doing("list conversations")?;
        rows.into_iter().map(read).collect()
    }

    /// False when there is no such thread.
    pub async fn rename_thread(&self, id: &str, title: &str) -> Result<bool> {
        let renamed = query("UPDATE chat_threads SET title = $2 WHERE id = $1")
            .bind(id)
            .bind(title)
            .execute(self.store.writer())
            .await
            .doing("rename a conversation")?;
        Ok(renamed == 1)
    }

    /// Deletes a conversation with its events; false when there was none.
    pub async fn delete_thread(&self, id: &str) -> Result<bool> {
        let deleted = query("DELETE FROM chat_threads WHERE id = $1")
            .bind(id)
            .execute(self.store.writer())
            .await
            .doing("delete a conversation")?;
        Ok(deleted == 1)
    }

    /// Appends one event and returns its number.
    pub async fn append(&self, thread_id: &str, event: &Value) -> Result<u64> {
        self.append_all(thread_id, std::slice::from_ref(event))
            .await
    }

    /// Appends events in one go and returns the number of the last one (of the last one stored, when
    /// there are none to append).
    pub async fn append_all(&self, thread_id: &str, events: &[Value]) -> Result<u64> {
        const DOING: &str = "store an event of a conversation";
        let now_ns = self.store.now_ns();
        let mut tx = self.store.begin_relaxed(DOING).await?;
        let last: Option<i64> = query(
            "UPDATE chat_threads SET last_event = last_event + $2, updated_at_ns = $3 \
             WHERE id = $1 RETURNING last_event",
        )
        .bind(thread_id)
        .bind(events.len() as i64)
        .bind(now_ns)
        .optional(&mut tx)
        .await
        .doing(DOING)?;
        let Some(last) = last else {
            return Err(Error::not_found(format!("conversation `{thread_id}`")));
        };
        for (id, event) in (last - events.len() as i64 + 1..=last).zip(events) {
            query("INSERT INTO chat_events (thread_id, id, event, at_ns) VALUES ($1, $2, $3, $4)")
                .bind(thread_id)
                .bind(id)
                .bind(event.to_string())
                .bind(now_ns)
                .execute(&mut tx)
                .await
                .doing(DOING)?;
        }
        tx.commit().await.doing(DOING)?;
        to_count(last)
    }

    /// Oldest first.
    pub async fn events_after(
        &self,
        thread_id: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<ChatEvent>> {
        let rows: Vec<(i64, i64, String)> = query(
            "SELECT id, at_ns, event FROM chat_events WHERE thread_id = $1 AND id > $2 \
             ORDER BY id LIMIT $3",
        )
        .bind(thread_id)
        .bind(from_count(after))
        .bind(i64::from(limit))
        .all(self.store.reader())
        .await
        .doing("read a conversation")?;
        rows.into_iter()
            .map(|(id, at_ns, event)| {
                Ok(ChatEvent {
                    event: from_json(&format!("event {id} of a conversation"), &event)?,
                    id: to_count(id)?,
                    at: from_ns(at_ns)?,
                })
            })
            .collect()
    }
}

fn read((id, title, owner, created_at, updated_at): ThreadRow) -> Result<Thread> {
    Ok(Thread {
        id,
        title,
        owner,
        created_at: from_ns(created_at)?,
        updated_at: from_ns(updated_at)?,
    })
}
