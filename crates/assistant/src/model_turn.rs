//! The part of a turn that a language model takes: it reads through tools and wishes through plans.

use futures_util::StreamExt as _;
use llm::{ChatEvent, ChatModel, ChatRequest, LoadState, Message, Reply, ToolCall, ToolSpec};
use ops::{Error, Kept, Result, Wish, project::chat::Tool};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::{
    answer,
    call::clip,
    citations,
    events::new_id,
    prompt, remembered,
    turn::{AnsweredBy, Outcome, Said, Turn, sentence},
};

/// Guests that a plan leaves out, told to the model one by one; the card shows all.
const LEFT_OUT_TOLD: usize = 20;
/// Rounds of tools before the model has to answer.
const MAX_ROUNDS: usize = 6;
/// Its passages get numbers, and what rests on them is checked before it is shown.
pub(crate) const SEARCH: &str = "knowledge.search";
/// What is kept about the one guest that it shows belongs to it.
const SHOW: &str = "guests.show";
/// Events of the thread that are searched for earlier messages.
const HISTORY_EVENTS: u64 = 200;

/// Said of an answer for which no tool was used: its numbers and states have no source.
pub(crate) const WITHOUT_LOOKING: &str = "(The model did not look at the cluster for this.)";

/// What one round of the model brought.
pub(crate) struct Round {
    pub(crate) reply: Reply,
    message: Option<String>,
}

impl Turn<'_> {
    /// Asks the model. `fallback` is what the interpreter would have said; it carries on when the model
    /// cannot.
    pub(crate) async fn ask_model(&mut self, text: &str, fallback: &str) -> Result<Said> {
        let Some(model) = self.assistant.model.clone() else {
            return Ok(Said::new(Outcome::Refuse, fallback));
        };
        match self.converse(model, text).await {
            Ok(said) => Ok(said),
            Err(Trouble::Store(error)) => Err(error),
            Err(Trouble::Model(error)) => {
                tracing::warn!(%error, "the model did not answer");
                // What it was given was not used.
                self.kept = Kept::default();
                if let Some(said) = self.ask_documentation(text).await?.flatten() {
                    return Ok(said);
                }
                let text = if self.first_time_away().await? {
                    format!(
                        "{fallback}\n\n(The language model did not answer: {error}. The built-in commands go on working.)"
                    )
                } else {
                    fallback.to_owned()
                };
                Ok(Said::new(Outcome::Refuse, text))
            }
        }
    }

    /// Whether this conversation has not been told yet; the notice is part of the stream too.
    async fn first_time_away(&mut self) -> Result<bool> {
        let thread = self.thread.unwrap_or_default().to_owned();
        {
            let Ok(mut told) = self.assistant.told_away.lock() else {
                return Ok(true);
            };
            if !thread.is_empty() && told.contains(&thread) {
                return Ok(false);
            }
            told.push(thread);
        }
        self.model_state("away", "the language model does not answer")
            .await?;
        Ok(true)
    }

    async fn model_state(&self, state: &str, text: &str) -> Result<()> {
        let name = self
            .assistant
            .model
            .as_ref()
            .map(|model| model.name().to_owned());
        let value = json!({ "model": name, "state": state, "text": text });
        let event = self.events().custom("model.state", &value);
        self.emit(vec![event]).await
    }

    async fn converse(&mut self, model: Arc<dyn ChatModel>, text: &str) -> Result<Said, Trouble> {
        self.asks_documentation = self.is_for_documentation(text).await;
        let capabilities = *self
            .assistant
            .capabilities
            .get_or_try_init(|| model.probe())
            .await?;
        let model = llm::adapt(model, capabilities);
        self.model = Some(model.name().to_owned());
        if let Some(said) = self.answer_from_passages(model.as_ref(), text).await? {
            return Ok(said);
        }
        let tools = prompt::offered(&ops::project::chat::tools(&self.assistant.registry));
        let specs: Vec<ToolSpec> = tools
            .iter()
            .map(|tool| {
                ToolSpec::new(
                    tool.name.clone(),
                    tool.description.clone(),
                    tool.parameters.clone(),
                )
            })
            .collect();
        let kept = self.recall_question(text).await;
        let mut messages = prompt::messages(self.history().await?, text, &kept);
        let mut wishes: Vec<Wish> = Vec::new();
        let mut called: Vec<(String, Value)> = Vec::new();
        for round in 0..=MAX_ROUNDS {
            // The last round, and one after a repeated call, has no tools: the model must answer.
            let repeats = called
                .last()
                .is_some_and(|last| called.iter().filter(|call| *call == last).count() > 1);
            let offered = if round == MAX_ROUNDS || repeats {
                Vec::new()
            } else {
                specs.clone()
            };
            let must_answer = offered.is_empty();
            let request = ChatRequest::new(messages.clone()).with_tools(offered);
            let Round { reply, message } = self.round(model.as_ref(), request).await?;
            let calls = reply.tool_calls.clone();
            // A model that calls a tool it was not offered has no answer; it does not get another round.
            if calls.is_empty() || must_answer {
                if wishes.is_empty() && self.has_to_rest_on_passages() {
                    return Ok(self.checked(text, &reply.text).await?);
                }
                return self.conclude(reply.text, message, wishes).await;
            }
            messages.push(reply.into_message());
            for call in calls {
                called.push((call.name.clone(), call.arguments.clone()));
                let result = self.use_tool(&tools, &call, &mut wishes).await?;
                messages.push(Message::tool(&call, result));
            }
        }
        self.conclude(String::new(), None, wishes).await
    }

    /// Whether what the model says is checked before anybody sees it: it was shown passages, or says out of its
    /// head what a documentation was asked for.
    fn has_to_rest_on_passages(&self) -> bool {
        !self.passages.is_empty() || (self.asks_documentation && self.tools.is_empty())
    }

    /// One request to the model; its text goes out as it comes.
    pub(crate) async fn round(
        &mut self,
        model: &dyn ChatModel,
        request: ChatRequest,
    ) -> Result<Round, Trouble> {
        let mut stream = model.chat(request, self.cancel.clone()).await?;
        let mut seen = Vec::new();
        let mut message: Option<String> = None;
        let mut told_loading = false;
        // Text that begins like a call is shown only once it is certain that it is none.
        let mut held = String::new();
        while let Some(event) = stream.next().await {
            let event = event?;
            match &event {
                ChatEvent::LoadState(LoadState::Loading { model, .. }) if !told_loading => {
                    told_loading = true;
                    self.model_state("loading", &format!("{model} is being loaded"))
                        .await?;
                }
                ChatEvent::LoadState(LoadState::Ready) if told_loading => {
                    self.model_state("ready", "the model is loaded").await?;
                }
                ChatEvent::Text(piece) if !piece.is_empty() => {
                    held.push_str(piece);
                    if !self.has_to_rest_on_passages() && !may_become_a_call(&held) {
                        self.show_piece(&mut message, &std::mem::take(&mut held))
                            .await?;
                    }
                }
                ChatEvent::LoadState(_)
                | ChatEvent::Text(_)
                | ChatEvent::Thinking(_)
                | ChatEvent::ToolCall(_)
                | ChatEvent::Done(_) => {}
            }
            seen.push(Ok(event));
        }
        let mut reply = Reply::collect(futures_util::stream::iter(seen).boxed()).await?;
        if is_a_call(&held) && message.is_none() {
            reply.text.clear();
        } else if !held.is_empty() && !self.has_to_rest_on_passages() {
            self.show_piece(&mut message, &held).await?;
        }
        if let Some(id) = &message {
            let end = self.events().message_end(id);
            self.emit(vec![end]).await?;
        }
        Ok(Round { reply, message })
    }

    async fn show_piece(&self, message: &mut Option<String>, piece: &str) -> Result<()> {
        let mut events = Vec::new();
        let id = match message {
            Some(id) => id.clone(),
            None => {
                let id = new_id("m");
                events.push(self.events().message_start(&id, "assistant"));
                message.insert(id).clone()
            }
        };
        events.push(self.events().message_piece(&id, piece));
        self.emit(events).await
    }

    /// Runs a tool for the model: queries answer, actions become wishes of the plan at the end.
    async fn use_tool(
        &mut self,
        tools: &[Tool],
        call: &ToolCall,
        wishes: &mut Vec<Wish>,
    ) -> Result<String, Trouble> {
        let Some(tool) = tools.iter().find(|tool| tool.name == call.name) else {
            return Ok(
                json!({ "error": format!("there is no tool `{}`", clip(&call.name, 60)) })
                    .to_string(),
            );
        };
        let said = |error: Error| json!({ "error": error.sentence() }).to_string();
        if !tool.changes {
            return Ok(match self.query(tool.op, call.arguments.clone()).await {
                Ok(answer) if tool.op == SEARCH => {
                    citations::for_model(&answer, &mut self.passages)
                }
                Ok(answer) => {
                    let mut shown = clip(&answer.to_string(), prompt::RESULT_BYTES);
                    if tool.op == SHOW {
                        let kept = self.recall_shown(&answer).await;
                        if !kept.is_empty() {
                            shown =
                                format!("{shown}\n{}", json!({ "kept": remembered::rows(&kept) }));
                        }
                    }
                    self.last_answer = Some((tool.op, answer));
                    shown
                }
                Err(error) => said(error),
            });
        }
        let wish = Wish {
            op: tool.op.to_owned(),
            input: call.arguments.clone(),
        };
        if wishes.contains(&wish) {
            return Ok(json!({ "planned": "already part of the plan" }).to_string());
        }
        let id = self.announce(tool.op, &call.arguments).await?;
        let call = self.call();
        let draft = self
            .assistant
            .registry
            .draft_wishes(&call, vec![wish.clone()])
            .await;
        let told = draft.as_ref().map_err(Error::clone).map(|plan| {
            let left_out: Vec<String> =
                plan.left_out.iter().take(LEFT_OUT_TOLD).map(ops::LeftOut::sentence).collect();
            json!({ "planned": plan.summary, "left_out": left_out, "note": "not done: the plan is shown to the user for approval" })
        });
        self.tell_result(&id, &told).await?;
        let (draft, mut told) = match (draft, told) {
            (Ok(draft), Ok(told)) => (draft, told),
            (Err(error), _) | (_, Err(error)) => return Ok(said(error)),
        };
        wishes.push(wish);
        let kept = self.recall_draft(&draft).await;
        if let (false, Some(told)) = (kept.is_empty(), told.as_object_mut()) {
            told.insert("kept".to_owned(), remembered::rows(&kept));
        }
        Ok(told.to_string())
    }

    /// The end of the model's part: what it said, and one plan for all it wished.
    async fn conclude(
        &mut self,
        text: String,
        message: Option<String>,
        wishes: Vec<Wish>,
    ) -> Result<Said, Trouble> {
        if wishes.is_empty() {
            return Ok(self.conclude_answer(text, message).await?);
        }
        let call = self.call();
        match self.assistant.registry.plan_wishes(&call, wishes).await {
            Ok(plan) => {
                self.show_plan(&plan).await?;
                self.remember_plan(&plan);
                self.recall_plan(&plan.id).await;
                // What is asked for consent is said by us, not by the model.
                let text = answer::plan(&plan);
                Ok(Said {
                    plan: Some(plan),
                    ..Said::new(Outcome::Plan, text)
                })
            }
            Err(error) => Ok(Said::new(Outcome::Refuse, sentence(&error))),
        }
    }

    /// The end of an answer. A model that only ever called tools is helped out with what they said.
    async fn conclude_answer(&mut self, text: String, message: Option<String>) -> Result<Said> {
        if text.trim().is_empty() {
            let now = self.assistant.registry.clock().now();
            return Ok(match self.last_answer.take() {
                Some((op, answer)) => Said::new(Outcome::Answer, answer::rows(op, &answer, now)),
                None => Said::new(
                    Outcome::Refuse,
                    "The model gave no answer; ask again in other words.",
                ),
            });
        }
        if !self.tools.is_empty() {
            let streamed = message.is_some();
            return Ok(Said {
                streamed,
                answered_by: AnsweredBy::Model,
                ..Said::new(Outcome::Answer, text)
            });
        }
        let note = self.events().message("assistant", WITHOUT_LOOKING);
        self.emit(note).await?;
        let text = format!("{}\n\n{WITHOUT_LOOKING}", text.trim_end());
        Ok(Said {
            streamed: true,
            answered_by: AnsweredBy::Model,
            ..Said::new(Outcome::Answer, text)
        })
    }

    pub(crate) async fn history(&self) -> Result<Vec<Message>> {
        let Some(thread) = self.thread else {
            return Ok(Vec::new());
        };
        let chat = self.assistant.transcript.chat();
        let last = chat.append_all(thread, &[]).await.map_err(Error::from)?;
        let events = chat
            .events_after(
                thread,
                last.saturating_sub(HISTORY_EVENTS),
                HISTORY_EVENTS as u32,
            )
            .await
            .map_err(Error::from)?;
        let mut numbered: Vec<crate::Numbered> = events
            .into_iter()
            .map(|stored| crate::Numbered {
                id: stored.id,
                event: stored.event,
            })
            .collect();
        // The message of this very turn comes last and is given apart.
        if let Some(at) = numbered.iter().rposition(|n| {
            n.event.get("type").and_then(Value::as_str) == Some("TEXT_MESSAGE_START")
                && n.event.get("role").and_then(Value::as_str) == Some("user")
        }) {
            numbered.truncate(at);
        }
        Ok(prompt::history(&numbered))
    }
}

/// Whether text may still turn out to be the JSON of a call, as small models write it.
fn may_become_a_call(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with(['{', '`', '<'])
}

/// Whether text is a call written down instead of made.
fn is_a_call(text: &str) -> bool {
    let inside = text
        .trim()
        .trim_start_matches("```json")
        .trim_matches('`')
        .trim();
    serde_json::from_str::<Value>(inside).is_ok_and(|value| {
        value.get("name").is_some_and(Value::is_string)
            && (value.get("arguments").is_some() || value.get("parameters").is_some())
    })
}

/// What can go wrong while a model takes part.
pub(crate) enum Trouble {
    Model(llm::Error),
    Store(Error),
}

impl From<llm::Error> for Trouble {
    fn from(error: llm::Error) -> Self {
        Self::Model(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_written_as_text_is_known_from_an_answer() {
        for call in [
            r#"{"name": "guests_show", "arguments": {"guest": "a"}}"#,
            "```json\n{\"name\":\"x\",\"parameters\":{}}\n```",
        ] {
            assert!(may_become_a_call(call) && is_a_call(call), "{call}");
        }
        for answer in [
            "{\"cpu\": 3}",
            "It runs.",
            "`qm list` shows it",
            "{not json",
        ] {
            assert!(!is_a_call(answer), "{answer}");
        }
        assert!(!may_become_a_call("It runs."));
    }
}
