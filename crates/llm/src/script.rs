//! A model that plays a file: for tests, and for demonstrations that must go the same way twice.
//!
//! The file is a JSON list of turns, or `{"capabilities": {…}, "turns": […]}`. A turn is
//! `{"expect"?: "substring of the last message", "reply": R, "delay_ms"?: N}`; `R` is a text,
//! `{"text"?, "thinking"?, "tool_calls"?: [{"name", "arguments"}]}`, or `{"error": KIND}` with KIND
//! one of away, busy, model_missing, no_tools, timeout, protocol. Each chat takes the next turn.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Phase, Result};
use crate::event::{ChatEvent, ChatStream, FinishReason, Usage};
use crate::message::{ChatRequest, ToolCall};
use crate::model::{Capabilities, ChatModel};

/// Text comes in pieces of so many characters, as from a real model.
const PIECE_CHARS: usize = 7;

/// A model that plays a file (format: see the source module; turns are taken strictly in order).
///
/// ```
/// let model = llm::ScriptedModel::parse(
///     "restart.json",
///     r#"{
///         "capabilities": {"tools": true},
///         "turns": [
///             {"expect": "restart", "reply": {"tool_calls": [{"name": "guests_reboot", "arguments": {"guests": ["web-01"]}}]}},
///             {"reply": "Restarted."},
///             {"reply": {"error": "away"}}
///         ]
///     }"#,
/// )?;
/// assert_eq!(model.turns_left(), 3);
/// # Ok::<(), llm::Error>(())
/// ```
#[derive(Debug)]
pub struct ScriptedModel {
    name: String,
    file: String,
    capabilities: Capabilities,
    turns: Vec<Turn>,
    next: AtomicUsize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    capabilities: FileCapabilities,
    turns: Vec<Turn>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileCapabilities {
    tools: bool,
    thinking: bool,
    context_length: u32,
}

impl Default for FileCapabilities {
    fn default() -> Self {
        Self {
            tools: true,
            thinking: false,
            context_length: 16_384,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    expect: Option<String>,
    reply: ScriptedReply,
    #[serde(default)]
    delay_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum ScriptedReply {
    Text(String),
    Error { error: ErrorKind },
    Full(FullReply),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullReply {
    #[serde(default)]
    text: String,
    #[serde(default)]
    thinking: String,
    #[serde(default)]
    tool_calls: Vec<ScriptedCall>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedCall {
    name: String,
    #[serde(default)]
    arguments: serde_json::Map<String, Value>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ErrorKind {
    Away,
    Busy,
    ModelMissing,
    NoTools,
    Timeout,
    Protocol,
}

impl ScriptedModel {
    /// Reads a script.
    pub fn load(file: &Path) -> Result<Self> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| Error::Script {
            file: name.clone(),
            detail: format!("cannot read it: {error}"),
        })?;
        Self::parse(&name, &text)
    }

    /// A script from its text; `file` is how messages call it.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        // Told apart here and not by serde, whose errors would lose the line then.
        let parsed = if text.trim_start().starts_with('[') {
            serde_json::from_str(text).map(|turns| File {
                capabilities: FileCapabilities::default(),
                turns,
            })
        } else {
            serde_json::from_str(text)
        };
        let File {
            capabilities,
            turns,
        } = parsed.map_err(|error| Error::Script {
            file: file.to_owned(),
            detail: format!("not a list of turns {{expect?, reply, delay_ms?}}: {error}"),
        })?;
        Ok(Self {
            name: format!("script:{file}"),
            file: file.to_owned(),
            capabilities: Capabilities {
                tools: capabilities.tools,
                thinking: capabilities.thinking,
                context_length: capabilities.context_length,
            },
            turns,
            next: AtomicUsize::new(0),
        })
    }

    /// Turns that nobody has asked for yet; 0 when the script was played to its end.
    pub fn turns_left(&self) -> usize {
        self.turns
            .len()
            .saturating_sub(self.next.load(Ordering::SeqCst))
    }

    fn take_turn(&self, request: &ChatRequest) -> Result<(usize, Turn)> {
        let wrong = |detail: String| Error::Script {
            file: self.file.clone(),
            detail,
        };
        let index = self.next.fetch_add(1, Ordering::SeqCst);
        let number = index + 1;
        let turn = self.turns.get(index).ok_or_else(|| {
            wrong(format!(
                "request {number} has no turn, the script ends after {}",
                self.turns.len()
            ))
        })?;
        let last = request
            .messages
            .last()
            .map_or("", |message| message.content());
        match &turn.expect {
            Some(expected) if !last.contains(expected.as_str()) => Err(wrong(format!(
                "turn {number} expects `{expected}`, which is not in the last message"
            ))),
            Some(_) | None => Ok((number, turn.clone())),
        }
    }

    fn play(
        &self,
        number: usize,
        reply: ScriptedReply,
        request: &ChatRequest,
    ) -> Vec<Result<ChatEvent>> {
        let full = match reply {
            ScriptedReply::Text(text) => FullReply {
                text,
                thinking: String::new(),
                tool_calls: Vec::new(),
            },
            ScriptedReply::Error { error } => return vec![Err(self.error(error))],
            ScriptedReply::Full(full) => full,
        };
        let mut events: Vec<ChatEvent> = Vec::new();
        events.extend(pieces(&full.thinking).map(ChatEvent::Thinking));
        events.extend(pieces(&full.text).map(ChatEvent::Text));
        events.extend(
            full.tool_calls
                .into_iter()
                .enumerate()
                .map(|(index, call)| {
                    ChatEvent::ToolCall(ToolCall {
                        id: format!("call_{number}_{}", index + 1),
                        name: call.name,
                        arguments: Value::Object(call.arguments),
                    })
                }),
        );
        events.push(ChatEvent::Done(Usage {
            prompt_tokens: request.estimated_prompt_tokens(),
            output_tokens: u32::try_from(full.text.len().div_ceil(4)).unwrap_or(u32::MAX),
            load: Duration::ZERO,
            total: Duration::ZERO,
            reason: FinishReason::Stop,
            prompt_cut: None,
        }));
        events.into_iter().map(Ok).collect()
    }

    fn error(&self, kind: ErrorKind) -> Error {
        let (model, url) = (self.name.clone(), self.name.clone());
        match kind {
            ErrorKind::Away => Error::Away {
                url,
                detail: "scripted".to_owned(),
            },
            ErrorKind::Busy => Error::Busy { url, attempts: 1 },
            ErrorKind::ModelMissing => Error::ModelMissing { model, url },
            ErrorKind::NoTools => Error::NoTools { model },
            ErrorKind::Timeout => Error::Timeout {
                phase: Phase::FirstByte,
                after: Duration::from_mins(10),
                url,
            },
            ErrorKind::Protocol => Error::Protocol {
                url,
                detail: "scripted".to_owned(),
            },
        }
    }
}

#[async_trait]
impl ChatModel for ScriptedModel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn probe(&self) -> Result<Capabilities> {
        Ok(self.capabilities)
    }

    async fn chat(&self, request: ChatRequest, cancel: CancellationToken) -> Result<ChatStream> {
        if !request.tools.is_empty() && !self.capabilities.tools {
            return Ok(
                stream::once(std::future::ready(Err(self.error(ErrorKind::NoTools)))).boxed(),
            );
        }
        let (number, turn) = self.take_turn(&request)?;
        let events = self.play(number, turn.reply, &request).into_iter();
        let state = (events, cancel, Some(Duration::from_millis(turn.delay_ms)));
        Ok(
            stream::unfold(state, |(mut events, cancel, delay)| async move {
                let wait = async {
                    match delay {
                        Some(delay) if !delay.is_zero() => tokio::time::sleep(delay).await,
                        Some(_) | None => tokio::task::yield_now().await,
                    }
                };
                let cancelled = tokio::select! {
                    biased;
                    () = cancel.cancelled() => true,
                    () = wait => false,
                };
                if cancelled && events.len() > 0 {
                    return Some((
                        Err(Error::Cancelled),
                        (Vec::new().into_iter(), cancel, None),
                    ));
                }
                let event = events.next()?;
                Some((event, (events, cancel, None)))
            })
            .boxed(),
        )
    }
}

fn pieces(text: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(PIECE_CHARS)
        .map(|piece| piece.iter().collect())
        .collect::<Vec<String>>()
        .into_iter()
}
