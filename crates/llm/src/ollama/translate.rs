//! From lines of a chat stream to events. Pure: no clock, no socket.

use std::time::Duration;

use super::refusal::{self, Asked};
use super::wire::{self, Chunk, ChunkCall};
use crate::error::{Error, Result};
use crate::event::{ChatEvent, FinishReason, PromptCut, Usage};
use crate::message::{ChatRequest, ToolCall};
use crate::think::{Piece, ThinkSplitter};
use crate::tool_text::{Found, ToolText, object_arguments};

#[derive(Debug)]
pub(super) struct Translator {
    asked: Asked,
    think: ThinkSplitter,
    tool_text: ToolText,
    /// Calls so far in the conversation, for ids that stay unique in it.
    calls: usize,
}

impl Translator {
    pub(super) fn new(request: &ChatRequest, asked: Asked) -> Self {
        Self {
            asked,
            think: ThinkSplitter::new(),
            tool_text: ToolText::new(request.tools.iter().map(|tool| tool.name.clone()).collect()),
            calls: request
                .messages
                .iter()
                .map(|message| message.tool_calls().len())
                .sum(),
        }
    }

    /// The events of one line; the last one is [`ChatEvent::Done`] when the answer is complete.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<Vec<ChatEvent>> {
        let chunk: Chunk = serde_json::from_slice(line).map_err(|error| Error::Protocol {
            url: self.asked.url.clone(),
            // The category only: serde's text may quote the line.
            detail: format!(
                "a line of its answer is not the JSON expected ({:?} error)",
                error.classify()
            ),
        })?;
        if let Some(error) = &chunk.error {
            return Err(refusal::classify(
                200,
                &wire::error_text(error),
                &self.asked,
            ));
        }
        let mut events = Vec::new();
        if let Some(message) = chunk.message {
            if let Some(thought) = message.thinking.filter(|thought| !thought.is_empty()) {
                events.push(ChatEvent::Thinking(thought));
            }
            if let Some(content) = message.content.filter(|content| !content.is_empty()) {
                for piece in self.think.push(&content) {
                    self.piece(piece, &mut events);
                }
            }
            for call in message.tool_calls.unwrap_or_default() {
                self.native_call(call, &mut events)?;
            }
        }
        if chunk.done {
            if let Some(piece) = self.think.finish() {
                self.piece(piece, &mut events);
            }
            if let Some(found) = self.tool_text.finish() {
                self.found(found, &mut events);
            }
            let prompt_tokens = chunk.prompt_eval_count.unwrap_or(0);
            events.push(ChatEvent::Done(Usage {
                prompt_tokens,
                output_tokens: chunk.eval_count.unwrap_or(0),
                load: Duration::from_nanos(chunk.load_duration.unwrap_or(0)),
                total: Duration::from_nanos(chunk.total_duration.unwrap_or(0)),
                reason: reason(chunk.done_reason.as_deref()),
                prompt_cut: PromptCut::suspect(
                    self.asked.prompt_tokens,
                    prompt_tokens,
                    self.asked.window_tokens,
                ),
            }));
        }
        Ok(events)
    }

    fn piece(&mut self, piece: Piece, events: &mut Vec<ChatEvent>) {
        match piece {
            Piece::Thinking(thought) => events.push(ChatEvent::Thinking(thought)),
            Piece::Text(text) => {
                for found in self.tool_text.push(&text) {
                    self.found(found, events);
                }
            }
        }
    }

    fn found(&mut self, found: Found, events: &mut Vec<ChatEvent>) {
        match found {
            Found::Text(text) => events.push(ChatEvent::Text(text)),
            Found::Call { name, arguments } => {
                let id = self.next_id();
                events.push(ChatEvent::ToolCall(ToolCall {
                    id,
                    name,
                    arguments,
                }));
            }
        }
    }

    fn native_call(&mut self, call: ChunkCall, events: &mut Vec<ChatEvent>) -> Result<()> {
        if let Some(held) = self.tool_text.finish() {
            self.found(held, events);
        }
        self.tool_text.stop_looking();
        let arguments =
            object_arguments(call.function.arguments).ok_or_else(|| Error::Protocol {
                url: self.asked.url.clone(),
                detail: "the arguments of a tool call are not an object".to_owned(),
            })?;
        let fresh = self.next_id();
        events.push(ChatEvent::ToolCall(ToolCall {
            id: call.id.filter(|id| !id.is_empty()).unwrap_or(fresh),
            name: call.function.name,
            arguments,
        }));
        Ok(())
    }

    fn next_id(&mut self) -> String {
        self.calls += 1;
        format!("call_{}", self.calls)
    }
}

fn reason(text: Option<&str>) -> FinishReason {
    match text {
        None | Some("stop" | "") => FinishReason::Stop,
        Some("length") => FinishReason::Length,
        Some(other) => FinishReason::Other(other.to_owned()),
    }
}
