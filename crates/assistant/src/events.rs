//! Events of a conversation, in AG-UI's names and shapes.

use ops::ports::Clock;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Makes events of one turn; each gets a time stamp.
pub(crate) struct Events<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) thread: &'a str,
    pub(crate) turn: &'a str,
}

pub(crate) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

impl Events<'_> {
    fn event(&self, kind: &str, fields: Value) -> Value {
        let mut event = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        event.insert("type".to_owned(), json!(kind));
        event.insert(
            "timestamp".to_owned(),
            json!(self.clock.now().as_millisecond()),
        );
        Value::Object(event)
    }

    pub(crate) fn started(&self) -> Value {
        self.event(
            "RUN_STARTED",
            json!({ "threadId": self.thread, "runId": self.turn }),
        )
    }

    pub(crate) fn finished(&self, result: &Value) -> Value {
        self.event(
            "RUN_FINISHED",
            json!({ "threadId": self.thread, "runId": self.turn, "result": result }),
        )
    }

    pub(crate) fn failed(&self, message: &str, code: &str) -> Value {
        self.event(
            "RUN_ERROR",
            json!({ "runId": self.turn, "message": message, "code": code }),
        )
    }

    pub(crate) fn message_start(&self, id: &str, role: &str) -> Value {
        self.event(
            "TEXT_MESSAGE_START",
            json!({ "messageId": id, "role": role }),
        )
    }

    pub(crate) fn message_piece(&self, id: &str, delta: &str) -> Value {
        self.event(
            "TEXT_MESSAGE_CONTENT",
            json!({ "messageId": id, "delta": delta }),
        )
    }

    pub(crate) fn message_end(&self, id: &str) -> Value {
        self.event("TEXT_MESSAGE_END", json!({ "messageId": id }))
    }

    /// A message that is there at once.
    pub(crate) fn message(&self, role: &str, text: &str) -> Vec<Value> {
        self.message_of("m", role, text)
    }

    /// The same with an id that says what sort of message it is.
    pub(crate) fn message_of(&self, sort: &str, role: &str, text: &str) -> Vec<Value> {
        let id = new_id(sort);
        vec![
            self.message_start(&id, role),
            self.message_piece(&id, text),
            self.message_end(&id),
        ]
    }

    pub(crate) fn tool_call(&self, id: &str, tool: &str, arguments: &Value) -> Vec<Value> {
        vec![
            self.event(
                "TOOL_CALL_START",
                json!({ "toolCallId": id, "toolCallName": tool }),
            ),
            self.event(
                "TOOL_CALL_ARGS",
                json!({ "toolCallId": id, "delta": arguments.to_string() }),
            ),
            self.event("TOOL_CALL_END", json!({ "toolCallId": id })),
        ]
    }

    pub(crate) fn tool_result(&self, id: &str, content: &str) -> Value {
        self.event(
            "TOOL_CALL_RESULT",
            json!({ "messageId": new_id("m"), "toolCallId": id, "content": content, "role": "tool" }),
        )
    }

    pub(crate) fn custom(&self, name: &str, value: &Value) -> Value {
        self.event("CUSTOM", json!({ "name": name, "value": value }))
    }
}
