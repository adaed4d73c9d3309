//! The product's assistant behind the port.

use std::sync::Arc;

use assistant::{Assistant, Conversation, Numbered};
use async_trait::async_trait;
use futures_util::{StreamExt as _, stream::BoxStream};
use ops::{Actor, Error, Result};
use tokio_util::sync::CancellationToken;

use super::{ChatEvent, ChatMessage, ChatPort, ChatRole, Completion, Thread};

/// [`Assistant`] as a [`ChatPort`].
pub struct AssistantChat(Arc<Assistant>);

impl AssistantChat {
    pub fn new(assistant: Arc<Assistant>) -> Self {
        Self(assistant)
    }
}

#[async_trait]
impl ChatPort for AssistantChat {
    async fn create_thread(&self, actor: &Actor) -> Result<Thread> {
        Ok(thread(self.0.create_thread(actor).await?))
    }

    async fn threads(&self, actor: &Actor) -> Result<Vec<Thread>> {
        Ok(self
            .0
            .threads(actor)
            .await?
            .into_iter()
            .map(thread)
            .collect())
    }

    async fn send(
        &self,
        actor: &Actor,
        thread: &str,
        text: String,
    ) -> Result<BoxStream<'static, ChatEvent>> {
        Ok(self.0.send(actor, thread, text).await?.map(event).boxed())
    }

    async fn events(
        &self,
        actor: &Actor,
        thread: &str,
        after: u64,
        cancel: CancellationToken,
    ) -> Result<BoxStream<'static, ChatEvent>> {
        Ok(self
            .0
            .events(actor, thread, after, cancel)
            .await?
            .map(event)
            .boxed())
    }

    /// Answers the last thing that the user said: earlier messages are the client's own memory, and what
    /// they named may have changed since.
    async fn complete(&self, actor: &Actor, messages: Vec<ChatMessage>) -> Result<Completion> {
        let said = messages
            .into_iter()
            .rev()
            .find(|message| message.role == ChatRole::User);
        let Some(said) = said else {
            return Err(Error::invalid("`messages` hold no text of a user"));
        };
        let cancel = CancellationToken::new();
        let _gone = cancel.clone().drop_guard();
        let turn = self.0.ask(actor, None, &said.text, cancel).await?;
        Ok(Completion {
            text: turn.text,
            model: turn.model,
        })
    }

    fn model_names(&self) -> Vec<String> {
        self.0.model_names()
    }
}

fn thread(conversation: Conversation) -> Thread {
    Thread {
        id: conversation.id,
        title: conversation.title,
        created_at: conversation.created_at.to_string(),
        updated_at: conversation.updated_at.to_string(),
    }
}

fn event(numbered: Numbered) -> ChatEvent {
    ChatEvent {
        id: numbered.id,
        event: numbered.event,
    }
}
