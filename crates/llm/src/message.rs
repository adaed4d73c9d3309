//! What is sent to a model: messages, tools, options.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema;

/// One message of a conversation. Serialises with a `role` tag, so a transcript can store it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub enum Message {
    /// Standing instructions; comes first.
    System {
        /// Text.
        content: String,
    },
    /// What the person wrote.
    User {
        /// Text.
        content: String,
    },
    /// What the model answered. Keep `thinking` and `tool_calls`: models expect to see them again.
    Assistant {
        /// Text, empty when the model only called tools.
        content: String,
        /// What the model thought before it answered, empty when it did not.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        thinking: String,
        /// Calls the model asked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall>,
    },
    /// What a tool returned.
    Tool {
        /// Name of the tool.
        tool_name: String,
        /// The id of the [`ToolCall`] this answers.
        tool_call_id: String,
        /// The result as text.
        content: String,
    },
}

impl Message {
    /// Standing instructions.
    pub fn system(content: impl Into<String>) -> Self {
        Self::System {
            content: content.into(),
        }
    }

    /// What the person wrote.
    pub fn user(content: impl Into<String>) -> Self {
        Self::User {
            content: content.into(),
        }
    }

    /// A plain answer of the model.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::Assistant {
            content: content.into(),
            thinking: String::new(),
            tool_calls: Vec::new(),
        }
    }

    /// The result of a call.
    pub fn tool(call: &ToolCall, content: impl Into<String>) -> Self {
        Self::Tool {
            tool_name: call.name.clone(),
            tool_call_id: call.id.clone(),
            content: content.into(),
        }
    }

    /// The text of the message, whoever said it.
    pub fn content(&self) -> &str {
        match self {
            Self::System { content }
            | Self::User { content }
            | Self::Assistant { content, .. }
            | Self::Tool { content, .. } => content,
        }
    }

    /// Calls the model asked for in this message; none for other roles.
    pub fn tool_calls(&self) -> &[ToolCall] {
        match self {
            Self::Assistant { tool_calls, .. } => tool_calls,
            Self::System { .. } | Self::User { .. } | Self::Tool { .. } => &[],
        }
    }
}

/// A model asks for a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Unique within the conversation.
    pub id: String,
    /// Name of the tool; may be one that was never offered, so look it up before use.
    pub name: String,
    /// An object; not validated against the schema of the tool.
    pub arguments: Value,
}

/// A tool that a model may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Name, such as `guests_stop`.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON schema of the arguments, an object.
    pub parameters: Value,
}

impl ToolSpec {
    /// A tool from its name, description and the JSON schema of its arguments. The schema is
    /// reduced to what model servers understand: `$ref`s are replaced by what they name, `$schema`,
    /// `title`, `format`, `default` and the like are left out.
    ///
    /// ```
    /// let tool = llm::ToolSpec::new(
    ///     "guests_stop",
    ///     "Stop guests at once",
    ///     serde_json::json!({
    ///         "$schema": "https://json-schema.org/draft/2020-12/schema",
    ///         "title": "StopInput",
    ///         "type": "object",
    ///         "properties": {"guests": {"type": "array", "items": {"$ref": "#/$defs/Selector"}}},
    ///         "required": ["guests"],
    ///         "$defs": {"Selector": {"type": "string", "minLength": 1}}
    ///     }),
    /// );
    /// assert_eq!(
    ///     tool.parameters,
    ///     serde_json::json!({
    ///         "type": "object",
    ///         "properties": {"guests": {"type": "array", "items": {"type": "string"}}},
    ///         "required": ["guests"]
    ///     })
    /// );
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "schemas are made for this and handed over"
    )]
    pub fn new(name: impl Into<String>, description: impl Into<String>, parameters: Value) -> Self {
        let parameters = schema::reduce_object(&parameters);
        Self {
            name: name.into(),
            description: description.into(),
            parameters,
        }
    }

    /// Restrict one argument to the given values (for a list: each of its items). Small models
    /// pick from a list far better than they spell. No effect when there is no such argument or no
    /// value, because an empty list would allow nothing.
    ///
    /// ```
    /// let schema = serde_json::json!({"type": "object", "properties": {"node": {"type": "string"}}});
    /// let tool = llm::ToolSpec::new("nodes_show", "Show a node", schema).with_values("node", ["pve1", "pve2"]);
    /// assert_eq!(
    ///     tool.parameters["properties"]["node"],
    ///     serde_json::json!({"type": "string", "enum": ["pve1", "pve2"]})
    /// );
    /// ```
    #[must_use]
    pub fn with_values<T: Into<Value>>(
        mut self,
        argument: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        schema::restrict(&mut self.parameters, argument, &values);
        self
    }
}

/// One turn: everything the model gets to see.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// The conversation, oldest first. Keep the beginning the same from turn to turn (no clock in
    /// it): servers reuse what they have already read.
    pub messages: Vec<Message>,
    /// Tools the model may ask for.
    pub tools: Vec<ToolSpec>,
    /// JSON schema that the answer must fit.
    pub format: Option<Value>,
    /// How to answer.
    pub options: ChatOptions,
}

impl ChatRequest {
    /// A request without tools, in free text.
    pub fn new(messages: Vec<Message>) -> Self {
        Self {
            messages,
            tools: Vec::new(),
            format: None,
            options: ChatOptions::default(),
        }
    }

    /// Offer tools.
    #[must_use]
    pub fn with_tools(mut self, tools: Vec<ToolSpec>) -> Self {
        self.tools = tools;
        self
    }

    /// Constrain the answer to a JSON schema. Say in the prompt what is expected as well.
    #[must_use]
    pub fn with_format(mut self, schema: Value) -> Self {
        self.format = Some(schema);
        self
    }

    /// Choose how to answer.
    #[must_use]
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// How many bytes of text the model has to read: messages, calls, tools and schema.
    pub fn prompt_bytes(&self) -> usize {
        let messages: usize = self
            .messages
            .iter()
            .map(|message| {
                let calls: usize = message
                    .tool_calls()
                    .iter()
                    .map(|call| call.name.len() + call.arguments.to_string().len())
                    .sum();
                message.content().len() + calls
            })
            .sum();
        let tools: usize = self
            .tools
            .iter()
            .map(|tool| {
                tool.name.len() + tool.description.len() + tool.parameters.to_string().len()
            })
            .sum();
        messages + tools
    }

    /// Rough number of tokens of the prompt: four bytes a token, right to about a third for
    /// English and JSON.
    ///
    /// ```
    /// let request = llm::ChatRequest::new(vec![llm::Message::user("x".repeat(400))]);
    /// assert_eq!(request.estimated_prompt_tokens(), 100);
    /// ```
    pub fn estimated_prompt_tokens(&self) -> u32 {
        u32::try_from(self.prompt_bytes().div_ceil(4)).unwrap_or(u32::MAX)
    }
}

/// How to answer. The size of the window is not here: it is fixed per model, because another one
/// makes the server load the model anew.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ChatOptions {
    /// Whether to think first; off unless asked.
    pub think: Think,
    /// 0 = always the likeliest word; `None` = as the server likes.
    pub temperature: Option<f64>,
    /// The same seed and temperature give the same answer on one machine.
    pub seed: Option<u32>,
    /// Stop after so many tokens.
    pub max_output_tokens: Option<u32>,
}

/// Whether a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Think {
    /// Answer at once.
    #[default]
    Off,
    /// Think as much as the model likes.
    On,
    /// Think little.
    Low,
    /// Think some.
    Medium,
    /// Think much.
    High,
}
