//! Tools for models that have none: the answer is constrained to a JSON schema of which each
//! alternative is one tool, and read back into a call. Even very small models follow it, because
//! the server's grammar leaves them no other way.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::message::{ToolCall, ToolSpec};
use crate::schema;
use crate::think::{Piece, ThinkSplitter};
use crate::tool_text::object_arguments;

/// The action that is no tool.
pub(crate) const ANSWER: &str = "answer";

/// What a constrained answer means.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A tool is wanted.
    Call(ToolCall),
    /// The model says something.
    Answer(String),
}

/// The schema, the words that explain it, and the way back.
///
/// ```
/// use llm::{Action, ActionProtocol, ToolSpec};
/// use serde_json::json;
///
/// let tools = [ToolSpec::new(
///     "guests_stop",
///     "Stop guests at once",
///     json!({
///         "type": "object",
///         "properties": {"guests": {"type": "array", "items": {"type": "string"}}},
///         "required": ["guests"]
///     }),
/// )
/// .with_values("guests", ["web-01", "web-02"])];
/// let protocol = ActionProtocol::new(&tools);
/// assert_eq!(
///     protocol.schema()["anyOf"][0]["properties"]["arguments"]["properties"]["guests"]["items"]["enum"],
///     json!(["web-01", "web-02"])
/// );
/// let action = protocol.parse(r#"{"action": "guests_stop", "arguments": {"guests": ["web-02"]}}"#, "call_1")?;
/// let Action::Call(call) = action else { unreachable!("it names a tool") };
/// assert_eq!((call.name.as_str(), call.arguments), ("guests_stop", json!({"guests": ["web-02"]})));
/// # Ok::<(), llm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ActionProtocol {
    tools: Vec<ToolSpec>,
}

impl ActionProtocol {
    /// For these tools and the plain answer. A tool that is itself called `answer` is left out.
    pub fn new(tools: &[ToolSpec]) -> Self {
        Self {
            tools: tools
                .iter()
                .filter(|tool| tool.name != ANSWER)
                .cloned()
                .collect(),
        }
    }

    /// The schema for [`crate::ChatRequest::format`]: `{action, arguments}` for each tool, or
    /// `{action: "answer", text}`.
    pub fn schema(&self) -> Value {
        let mut choices: Vec<Value> = self
            .tools
            .iter()
            .map(|tool| {
                json!({
                    "type": "object",
                    "properties": {
                        "action": {"type": "string", "enum": [tool.name]},
                        "arguments": schema::without_descriptions(&tool.parameters),
                    },
                    "required": ["action", "arguments"],
                })
            })
            .collect();
        choices.push(json!({
            "type": "object",
            "properties": {
                "action": {"type": "string", "enum": [ANSWER]},
                "text": {"type": "string"},
            },
            "required": ["action", "text"],
        }));
        json!({"anyOf": choices})
    }

    /// What to say in the system message: a grammar alone does not tell a model what to choose.
    /// The same for the same tools, so that servers can reuse what they have read.
    pub fn instructions(&self) -> String {
        let mut text = String::from(
            "Reply with one JSON object and nothing else.\n\
             To use a tool: {\"action\": TOOL, \"arguments\": {…}}\n\
             To answer the user: {\"action\": \"answer\", \"text\": \"…\"}\n\
             Tools:\n",
        );
        for tool in &self.tools {
            text.push_str("- ");
            text.push_str(&tool.name);
            text.push_str(": ");
            text.push_str(&tool.description);
            text.push_str(" Arguments: ");
            let properties = tool
                .parameters
                .get("properties")
                .cloned()
                .unwrap_or_else(|| json!({}));
            text.push_str(&properties.to_string());
            text.push('\n');
        }
        text
    }

    /// Reads an answer; `id` becomes the id of the call. A model that ignores the schema and writes
    /// prose has answered; broken or unknown JSON is [`Error::BadAction`].
    pub fn parse(&self, answer: &str, id: &str) -> Result<Action> {
        let bad = |detail: String| Error::BadAction { detail };
        let answer = without_thoughts(answer);
        let text = without_fence(&answer);
        if text.is_empty() {
            return Err(bad("it is empty".to_owned()));
        }
        if !text.starts_with('{') {
            return Ok(Action::Answer(text.to_owned()));
        }
        // Some models go on after the object; the first one counts.
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Map<String, Value>>();
        let mut object = match values.next() {
            Some(Ok(object)) => object,
            Some(Err(error)) if error.is_eof() => {
                return Err(bad("its JSON is cut off".to_owned()));
            }
            Some(Err(_)) | None => return Err(bad("its JSON is broken".to_owned())),
        };
        let Some(Value::String(action)) = object.remove("action").or_else(|| object.remove("name"))
        else {
            return Err(bad("it names no action".to_owned()));
        };
        if action == ANSWER {
            return match object.remove("text") {
                Some(Value::String(text)) => Ok(Action::Answer(text)),
                Some(_) | None => Err(bad("the answer has no text".to_owned())),
            };
        }
        if !self.tools.iter().any(|tool| tool.name == action) {
            return Err(bad("it names a tool that was not offered".to_owned()));
        }
        let written = object
            .remove("arguments")
            .or_else(|| object.remove("parameters"));
        let arguments = if let Some(arguments) = written {
            object_arguments(arguments)
        } else {
            // Without a schema models like to write the arguments beside the action.
            object.remove("text");
            Some(Value::Object(object))
        };
        let arguments =
            arguments.ok_or_else(|| bad("its arguments are not an object".to_owned()))?;
        Ok(Action::Call(ToolCall {
            id: id.to_owned(),
            name: action,
            arguments,
        }))
    }
}

fn without_thoughts(answer: &str) -> String {
    let mut splitter = ThinkSplitter::new();
    let mut pieces = splitter.push(answer);
    pieces.extend(splitter.finish());
    pieces
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Thinking(_) => None,
        })
        .collect()
}

fn without_fence(answer: &str) -> &str {
    let text = answer.trim();
    match text.strip_prefix("```") {
        Some(inner) => {
            let inner = inner.strip_prefix("json").unwrap_or(inner);
            inner.strip_suffix("```").unwrap_or(inner).trim()
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol() -> ActionProtocol {
        let stop = json!({
            "type": "object",
            "properties": {"id": {"type": "integer", "description": "guest id"}},
            "required": ["id"]
        });
        ActionProtocol::new(&[
            ToolSpec::new("stop", "Stop a guest.", stop),
            ToolSpec::new("list", "List guests.", json!({})),
        ])
    }

    #[test]
    fn the_schema_has_one_alternative_per_tool_and_one_for_the_answer() {
        assert_eq!(
            protocol().schema(),
            json!({"anyOf": [
                {
                    "type": "object",
                    "properties": {
                        "action": {"type": "string", "enum": ["stop"]},
                        "arguments": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
                    },
                    "required": ["action", "arguments"]
                },
                {
                    "type": "object",
                    "properties": {
                        "action": {"type": "string", "enum": ["list"]},
                        "arguments": {"type": "object", "properties": {}}
                    },
                    "required": ["action", "arguments"]
                },
                {
                    "type": "object",
                    "properties": {"action": {"type": "string", "enum": ["answer"]}, "text": {"type": "string"}},
                    "required": ["action", "text"]
                }
            ]})
        );
    }

    #[test]
    fn answers_are_read_in_every_shape_models_write() {
        let call = |name: &str, arguments| {
            Action::Call(ToolCall {
                id: "c1".to_owned(),
                name: name.to_owned(),
                arguments,
            })
        };
        let stop = || call("stop", json!({"id": 7}));
        let table = [
            (r#"{"action": "stop", "arguments": {"id": 7}}"#, stop()),
            (
                "```json\n{\"action\": \"stop\", \"arguments\": {\"id\": 7}}\n```",
                stop(),
            ),
            (
                "<think>stop {it}</think>{\"action\": \"stop\", \"arguments\": {\"id\": 7}}",
                stop(),
            ),
            (r#"{"name": "stop", "parameters": {"id": 7}}"#, stop()),
            (r#"{"action": "stop", "id": 7, "text": "ok"}"#, stop()),
            (
                r#"{"action": "stop", "arguments": {"id": 7}} and that is all"#,
                stop(),
            ),
            (r#"{"action": "list"}"#, call("list", json!({}))),
            (
                r#"{"action": "answer", "text": "Two."}"#,
                Action::Answer("Two.".to_owned()),
            ),
            (
                "There are two.",
                Action::Answer("There are two.".to_owned()),
            ),
        ];
        for (answer, action) in table {
            assert_eq!(protocol().parse(answer, "c1"), Ok(action), "{answer}");
        }
    }

    #[test]
    fn an_unusable_answer_says_why_without_repeating_it() {
        let table = [
            ("", "it is empty"),
            (r#"{"action": "stop", "argum"#, "its JSON is cut off"),
            (r"{action}", "its JSON is broken"),
            (r#"{"arguments": {}}"#, "it names no action"),
            (
                r#"{"action": "destroy", "arguments": {}}"#,
                "it names a tool that was not offered",
            ),
            (
                r#"{"action": "stop", "arguments": [7]}"#,
                "its arguments are not an object",
            ),
            (r#"{"action": "answer"}"#, "the answer has no text"),
        ];
        for (answer, detail) in table {
            let expected = Err(Error::BadAction {
                detail: detail.to_owned(),
            });
            assert_eq!(protocol().parse(answer, "c1"), expected, "{answer}");
        }
    }

    #[test]
    fn the_instructions_name_every_tool_with_its_arguments() {
        assert!(protocol().instructions().ends_with(
            "Tools:\n\
             - stop: Stop a guest. Arguments: {\"id\":{\"description\":\"guest id\",\"type\":\"integer\"}}\n\
             - list: List guests. Arguments: {}\n"
        ));
    }
}
