//! Gives tools to a model that has none: looks like any [`ChatModel`] from outside and uses an
//! [`ActionProtocol`] inside.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::action::{Action, ActionProtocol};
use crate::action_answer::AnswerText;
use crate::error::Result;
use crate::event::{ChatEvent, ChatStream, FinishReason, Usage};
use crate::message::{ChatRequest, Message, ToolCall};
use crate::model::{Capabilities, ChatModel};

/// The model itself when it calls tools natively, else the model with schema-constrained actions.
pub fn adapt(model: Arc<dyn ChatModel>, capabilities: Capabilities) -> Arc<dyn ChatModel> {
    if capabilities.tools {
        model
    } else {
        Arc::new(ActionModel::new(model))
    }
}

/// A model whose tools are schema-constrained actions.
///
/// ```
/// use llm::{ActionModel, ChatModel, ChatRequest, Message, Reply, ScriptedModel, ToolSpec};
/// use std::sync::Arc;
/// use tokio_util::sync::CancellationToken;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let inner = ScriptedModel::parse(
///     "doc",
///     r#"{"capabilities": {"tools": false}, "turns": [{"reply": "{\"action\": \"list\", \"arguments\": {}}"}]}"#,
/// )?;
/// let model = ActionModel::new(Arc::new(inner));
/// let request = ChatRequest::new(vec![Message::user("which guests are there?")])
///     .with_tools(vec![ToolSpec::new("list", "List guests", serde_json::json!({}))]);
/// let reply = Reply::collect(model.chat(request, CancellationToken::new()).await?).await?;
/// assert_eq!(reply.tool_calls[0].name, "list");
/// # Ok::<(), llm::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ActionModel {
    inner: Arc<dyn ChatModel>,
}

impl ActionModel {
    /// Around any model.
    pub fn new(inner: Arc<dyn ChatModel>) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl ChatModel for ActionModel {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn probe(&self) -> Result<Capabilities> {
        Ok(Capabilities {
            tools: true,
            ..self.inner.probe().await?
        })
    }

    async fn chat(&self, request: ChatRequest, cancel: CancellationToken) -> Result<ChatStream> {
        let calls: usize = request
            .messages
            .iter()
            .map(|message| message.tool_calls().len())
            .sum();
        let protocol = ActionProtocol::new(&request.tools);
        if request.tools.is_empty() {
            let request = ChatRequest {
                messages: plain(request.messages),
                ..request
            };
            return self.inner.chat(request, cancel).await;
        }
        let request = ChatRequest {
            messages: with_instructions(plain(request.messages), &protocol.instructions()),
            tools: Vec::new(),
            format: Some(protocol.schema()),
            options: request.options,
        };
        let run = Run {
            inner: self.inner.chat(request, cancel).await?,
            protocol,
            call_id: format!("call_{}", calls + 1),
            answer: AnswerText::default(),
            events: VecDeque::new(),
            ended: false,
        };
        Ok(stream::unfold(run, Run::next).boxed())
    }
}

struct Run {
    inner: ChatStream,
    protocol: ActionProtocol,
    call_id: String,
    answer: AnswerText,
    events: VecDeque<Result<ChatEvent>>,
    ended: bool,
}

impl Run {
    async fn next(mut self) -> Option<(Result<ChatEvent>, Self)> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some((event, self));
            }
            if self.ended {
                return None;
            }
            match self.inner.next().await? {
                Ok(ChatEvent::Text(piece)) => {
                    let shown = self.answer.push(&piece);
                    self.events
                        .extend(shown.map(|text| Ok(ChatEvent::Text(text))));
                }
                Ok(ChatEvent::Done(usage)) => {
                    self.ended = true;
                    self.finish(usage);
                }
                Err(error) => {
                    self.ended = true;
                    return Some((Err(error), self));
                }
                Ok(other) => return Some((Ok(other), self)),
            }
        }
    }

    fn finish(&mut self, usage: Usage) {
        match self.protocol.parse(self.answer.all(), &self.call_id) {
            Ok(Action::Call(call)) => self.events.push_back(Ok(ChatEvent::ToolCall(call))),
            Ok(Action::Answer(text)) => {
                let rest = text.strip_prefix(self.answer.shown()).unwrap_or_default();
                if !rest.is_empty() {
                    self.events.push_back(Ok(ChatEvent::Text(rest.to_owned())));
                }
            }
            // An answer that was cut at the limit of tokens has been shown as far as it goes.
            Err(_) if usage.reason == FinishReason::Length && !self.answer.shown().is_empty() => {}
            Err(error) => {
                self.events.push_back(Err(error));
                return;
            }
        }
        self.events.push_back(Ok(ChatEvent::Done(usage)));
    }
}

/// The conversation in words that a model without tools knows: calls as it would write them
/// itself, results as messages of the user.
fn plain(messages: Vec<Message>) -> Vec<Message> {
    messages
        .into_iter()
        .map(|message| match message {
            Message::Assistant {
                content,
                thinking: _,
                tool_calls,
            } if !tool_calls.is_empty() => {
                let written = tool_calls.iter().map(written);
                let lines: Vec<String> = Some(content)
                    .filter(|text| !text.is_empty())
                    .into_iter()
                    .chain(written)
                    .collect();
                Message::assistant(lines.join("\n"))
            }
            Message::Tool {
                tool_name,
                tool_call_id: _,
                content,
            } => Message::user(format!("Result of {tool_name}:\n{content}")),
            Message::System { .. } | Message::User { .. } | Message::Assistant { .. } => message,
        })
        .collect()
}

fn written(call: &ToolCall) -> String {
    json!({"action": call.name, "arguments": call.arguments}).to_string()
}

fn with_instructions(mut messages: Vec<Message>, instructions: &str) -> Vec<Message> {
    if let Some(Message::System { content }) = messages.first_mut() {
        content.push_str("\n\n");
        content.push_str(instructions);
    } else {
        messages.insert(0, Message::system(instructions));
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_results_become_plain_messages() {
        let call = ToolCall {
            id: "c".to_owned(),
            name: "list".to_owned(),
            arguments: json!({"a": 1}),
        };
        let messages = vec![
            Message::system("be brief"),
            Message::user("hi"),
            Message::Assistant {
                content: "I look.".to_owned(),
                thinking: "hm".to_owned(),
                tool_calls: vec![call.clone()],
            },
            Message::tool(&call, "none"),
        ];
        assert_eq!(
            with_instructions(plain(messages), "RULES"),
            vec![
                Message::system("be brief\n\nRULES"),
                Message::user("hi"),
                Message::assistant("I look.\n{\"action\":\"list\",\"arguments\":{\"a\":1}}"),
                Message::user("Result of list:\nnone"),
            ]
        );
    }

    #[test]
    fn instructions_come_first_when_there_is_no_system_message() {
        assert_eq!(
            with_instructions(vec![Message::user("hi")], "RULES"),
            vec![Message::system("RULES"), Message::user("hi")]
        );
    }
}
