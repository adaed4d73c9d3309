//! [`Assistant`]: conversations, their turns, and what they remember.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use jiff::Timestamp;
use llm::{Capabilities, ChatModel};
use ops::{Actor, Call, Error, Registry, Result, Role, tasks::Tasks};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::{
    events::{Events, new_id},
    interpret::{Focus, Phrasebook, Vocabulary, VocabularyLists},
    transcript::Transcript,
    turn::{Turn, TurnResult},
};

/// Threads whose focus is remembered; the least recently used are forgotten.
const REMEMBERED: usize = 500;
const THREADS_LISTED: u32 = 100;
const TITLE_CHARACTERS: usize = 60;

/// What the assistant is made of.
pub struct Parts {
    pub registry: Registry,
    pub chat: store::Chat,
    /// Nothing: the built-in interpreter alone.
    pub model: Option<Arc<dyn ChatModel>>,
    pub tasks: Tasks,
}

/// A conversation, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: String,
    pub title: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One stored event.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    pub id: u64,
    pub event: Value,
}

/// The assistant. It holds the registry and no slice.
pub struct Assistant {
    pub(crate) registry: Registry,
    pub(crate) transcript: Arc<Transcript>,
    pub(crate) model: Option<Arc<dyn ChatModel>>,
    pub(crate) capabilities: OnceCell<Capabilities>,
    pub(crate) tasks: Tasks,
    /// What operations declare of how they are said; read when somebody first says something.
    phrases: OnceLock<Arc<Phrasebook>>,
    vocabulary: Mutex<Option<(String, Arc<Vocabulary>)>>,
    focus: Mutex<HashMap<String, (u64, Vec<String>)>>,
    /// Threads that were told that the model is away; once is enough.
    pub(crate) told_away: Mutex<Vec<String>>,
}

impl Assistant {
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            phrases: OnceLock::new(),
            registry: parts.registry,
            transcript: Arc::new(Transcript::new(parts.chat)),
            model: parts.model,
            capabilities: OnceCell::new(),
            tasks: parts.tasks,
            vocabulary: Mutex::default(),
            focus: Mutex::default(),
            told_away: Mutex::default(),
        })
    }

    /// Names for model lists: the built-in interpreter is called `proxmox-ai`.
    pub fn model_names(&self) -> Vec<String> {
        let mut names = vec!["proxmox-ai".to_owned()];
        names.extend(self.model.iter().map(|model| model.name().to_owned()));
        names
    }

    pub(crate) fn has_model(&self) -> bool {
        self.model.is_some()
    }

    pub async fn create_thread(&self, actor: &Actor) -> Result<Conversation> {
        let thread = self
            .transcript
            .chat()
            .create_thread(&actor.name, "New conversation")
            .await
            .map_err(Error::from)?;
        Ok(conversation(thread))
    }

    /// The actor's own conversations, newest first.
    pub async fn threads(&self, actor: &Actor) -> Result<Vec<Conversation>> {
        let threads = self
            .transcript
            .chat()
            .list_threads(Some(&actor.name), THREADS_LISTED)
            .await
            .map_err(Error::from)?;
        Ok(threads.into_iter().map(conversation).collect())
    }

    /// A conversation belongs to whoever began it; admins may read all.
    async fn own_thread(&self, actor: &Actor, id: &str) -> Result<store::Thread> {
        let thread = self
            .transcript
            .chat()
            .thread(id)
            .await
            .map_err(Error::from)?;
        thread
            .filter(|thread| thread.owner == actor.name || actor.role == Role::Admin)
            .ok_or_else(|| Error::not_found("there is no such conversation of yours"))
    }

    /// Starts a turn. It runs to its end whether or not anybody listens; the stream carries its events.
    pub async fn send(
        self: &Arc<Self>,
        actor: &Actor,
        thread: &str,
        text: String,
    ) -> Result<BoxStream<'static, Numbered>> {
        let stored = self.own_thread(actor, thread).await?;
        let transcript = &self.transcript;
        let after = transcript.append(thread, &[]).await?;
        if stored.title == "New conversation" {
            let title: String = text.chars().take(TITLE_CHARACTERS).collect();
            transcript
                .chat()
                .rename_thread(thread, title.trim())
                .await
                .map_err(Error::from)?;
        }
        let turn = new_id("t");
        let listening = CancellationToken::new();
        let over = listening.clone();
        let events = Arc::clone(transcript).events(thread.to_owned(), after, listening);
        let (assistant, actor, thread, id) = (
            Arc::clone(self),
            actor.clone(),
            thread.to_owned(),
            turn.clone(),
        );
        self.tasks.spawn("assistant turn", move |stop| async move {
            let turn = Turn {
                assistant: &assistant,
                actor: &actor,
                thread: Some(&thread),
                id: id.clone(),
                cancel: stop.clone(),
                tools: Vec::new(),
                model: None,
                last_answer: None,
                passages: Vec::new(),
                kept: ops::Kept::default(),
                asks_documentation: false,
            };
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                outcome = turn.run(&text) => outcome,
            };
            if let Err(error) = outcome {
                tracing::error!(%error, "a turn of the assistant failed");
                let events = Events {
                    clock: assistant.registry.clock().as_ref(),
                    thread: &thread,
                    turn: &id,
                };
                let failed =
                    events.failed("The conversation could not be stored.", error.code.as_str());
                if assistant
                    .transcript
                    .append(&thread, &[failed])
                    .await
                    .is_err()
                {
                    // Not even that: let the listener go.
                    over.cancel();
                }
            }
        });
        Ok(until_end_of(events, turn))
    }

    /// A conversation's events after number `after`, then live ones.
    pub async fn events(
        &self,
        actor: &Actor,
        thread: &str,
        after: u64,
        cancel: CancellationToken,
    ) -> Result<BoxStream<'static, Numbered>> {
        self.own_thread(actor, thread).await?;
        Ok(Arc::clone(&self.transcript).events(thread.to_owned(), after, cancel))
    }

    /// One turn, waited for. Without a thread nothing of it is kept but the plan.
    pub async fn ask(
        &self,
        actor: &Actor,
        thread: Option<&str>,
        text: &str,
        cancel: CancellationToken,
    ) -> Result<TurnResult> {
        if let Some(thread) = thread {
            self.own_thread(actor, thread).await?;
        }
        let turn = Turn {
            assistant: self,
            actor,
            thread,
            id: new_id("t"),
            cancel,
            tools: Vec::new(),
            model: None,
            last_answer: None,
            passages: Vec::new(),
            kept: ops::Kept::default(),
            asks_documentation: false,
        };
        turn.run(text).await
    }

    /// The words of the inventory, prepared once per version.
    pub(crate) async fn vocabulary(&self, call: &Call) -> Result<Arc<Vocabulary>> {
        let lists = self
            .registry
            .query(call, "inventory.vocabulary", json!({}))
            .await?;
        let version = lists
            .get("version")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if let Ok(cached) = self.vocabulary.lock()
            && let Some((known, vocabulary)) = cached.as_ref()
            && *known == version
        {
            return Ok(Arc::clone(vocabulary));
        }
        let lists: VocabularyLists = serde_json::from_value(lists)
            .map_err(|error| Error::internal(format!("the vocabulary cannot be read: {error}")))?;
        let phrases = self
            .phrases
            .get_or_init(|| Arc::new(Phrasebook::of(&self.registry)));
        let vocabulary = Arc::new(Vocabulary::new(lists).with_phrases(Arc::clone(phrases)));
        if let Ok(mut cached) = self.vocabulary.lock() {
            *cached = Some((version, Arc::clone(&vocabulary)));
        }
        Ok(vocabulary)
    }

    pub(crate) fn focus(&self, thread: Option<&str>) -> Focus {
        let now = self.registry.clock().now();
        let guests = thread.and_then(|thread| {
            let focus = self.focus.lock().ok()?;
            focus.get(thread).map(|(_, guests)| guests.clone())
        });
        Focus {
            guests: guests.unwrap_or_default(),
            node: None,
            snapshot_name: Some(now.strftime("snap-%Y%m%d-%H%M%S").to_string()),
        }
    }

    pub(crate) fn remember(&self, thread: Option<&str>, guests: Vec<String>) {
        let (Some(thread), Ok(mut focus)) = (thread, self.focus.lock()) else {
            return;
        };
        let latest = focus.values().map(|(order, _)| *order).max().unwrap_or(0);
        if focus.len() >= REMEMBERED
            && let Some(oldest) = focus
                .iter()
                .min_by_key(|(_, (order, _))| *order)
                .map(|(thread, _)| thread.clone())
        {
            focus.remove(&oldest);
        }
        focus.insert(thread.to_owned(), (latest + 1, guests));
    }
}

fn conversation(thread: store::Thread) -> Conversation {
    Conversation {
        id: thread.id,
        title: thread.title,
        created_at: thread.created_at,
        updated_at: thread.updated_at,
    }
}

/// Ends a stream of a thread's events right behind the end of one turn.
fn until_end_of(
    events: BoxStream<'static, Numbered>,
    turn: String,
) -> BoxStream<'static, Numbered> {
    stream::unfold(Some((events, turn)), |open| async move {
        let (mut events, turn) = open?;
        let numbered = events.next().await?;
        let kind = numbered.event.get("type").and_then(Value::as_str);
        let ours = numbered.event.get("runId").and_then(Value::as_str) == Some(turn.as_str());
        let over = ours && matches!(kind, Some("RUN_FINISHED" | "RUN_ERROR"));
        Some((numbered, (!over).then_some((events, turn))))
    })
    .boxed()
}
