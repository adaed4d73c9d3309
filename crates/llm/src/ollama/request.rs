//! The body of `POST /api/chat`.

use serde_json::{Map, Value, json};

use super::OllamaOptions;
use crate::error::{Error, Result};
use crate::message::{ChatRequest, Message, Think, ToolSpec};

/// Serialised once: a busy server gets the same bytes again.
pub(super) fn chat_body(
    model: &str,
    request: &ChatRequest,
    options: &OllamaOptions,
) -> Result<String> {
    let mut runner = Map::new();
    runner.insert("num_ctx".to_owned(), json!(options.num_ctx));
    if let Some(temperature) = request.options.temperature {
        runner.insert("temperature".to_owned(), json!(temperature));
    }
    if let Some(seed) = request.options.seed {
        runner.insert("seed".to_owned(), json!(seed));
    }
    if let Some(limit) = request.options.max_output_tokens {
        runner.insert("num_predict".to_owned(), json!(limit));
    }
    let mut body = json!({
        "model": model,
        "messages": request.messages.iter().map(message).collect::<Vec<Value>>(),
        "stream": true,
        "think": think(request.options.think),
        "keep_alive": options.keep_alive.as_secs(),
        "options": runner,
    });
    if let Some(fields) = body.as_object_mut() {
        if !request.tools.is_empty() {
            fields.insert("tools".to_owned(), request.tools.iter().map(tool).collect());
        }
        if let Some(schema) = &request.format {
            fields.insert("format".to_owned(), schema.clone());
        }
    }
    serde_json::to_string(&body).map_err(|error| Error::Protocol {
        url: "request".to_owned(),
        detail: error.to_string(),
    })
}

fn message(message: &Message) -> Value {
    match message {
        Message::System { content } => json!({"role": "system", "content": content}),
        Message::User { content } => json!({"role": "user", "content": content}),
        Message::Assistant {
            content,
            thinking,
            tool_calls,
        } => {
            let mut object = json!({"role": "assistant", "content": content});
            if let Some(fields) = object.as_object_mut() {
                if !thinking.is_empty() {
                    fields.insert("thinking".to_owned(), json!(thinking));
                }
                if !tool_calls.is_empty() {
                    let calls = tool_calls.iter().enumerate().map(|(index, call)| {
                        json!({
                            "id": call.id,
                            "function": {"index": index, "name": call.name, "arguments": call.arguments},
                        })
                    });
                    fields.insert("tool_calls".to_owned(), calls.collect());
                }
            }
            object
        }
        Message::Tool {
            tool_name,
            tool_call_id,
            content,
        } => json!({
            "role": "tool",
            "tool_name": tool_name,
            "tool_call_id": tool_call_id,
            "content": content,
        }),
    }
}

fn tool(tool: &ToolSpec) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    })
}

fn think(think: Think) -> Value {
    match think {
        Think::Off => json!(false),
        Think::On => json!(true),
        Think::Low => json!("low"),
        Think::Medium => json!("medium"),
        Think::High => json!("high"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ChatOptions, ToolCall};

    #[test]
    fn the_body_holds_what_ollama_documents_and_nothing_else() {
        let call = ToolCall {
            id: "call_1".to_owned(),
            name: "list".to_owned(),
            arguments: json!({"a": 1}),
        };
        let request = ChatRequest::new(vec![
            Message::system("be brief"),
            Message::user("hi"),
            Message::Assistant {
                content: String::new(),
                thinking: "hm".to_owned(),
                tool_calls: vec![call.clone()],
            },
            Message::tool(&call, "none"),
        ])
        .with_tools(vec![ToolSpec::new(
            "list",
            "List guests",
            json!({"type": "object"}),
        )])
        .with_format(json!({"type": "object"}))
        .with_options(ChatOptions {
            think: Think::Low,
            temperature: Some(0.2),
            seed: Some(7),
            max_output_tokens: Some(256),
        });
        let body = chat_body("m:1b", &request, &OllamaOptions::default()).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&body).unwrap(),
            json!({
                "model": "m:1b",
                "messages": [
                    {"role": "system", "content": "be brief"},
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [
                        {"id": "call_1", "function": {"index": 0, "name": "list", "arguments": {"a": 1}}}
                    ]},
                    {"role": "tool", "tool_name": "list", "tool_call_id": "call_1", "content": "none"}
                ],
                "stream": true,
                "think": "low",
                "keep_alive": 600,
                "options": {"num_ctx": 16384, "temperature": 0.2, "seed": 7, "num_predict": 256},
                "tools": [{"type": "function", "function": {
                    "name": "list", "description": "List guests",
                    "parameters": {"type": "object", "properties": {}}
                }}],
                "format": {"type": "object"}
            })
        );
    }

    #[test]
    fn a_plain_request_turns_thinking_off_and_fixes_the_window() {
        let body = chat_body(
            "m",
            &ChatRequest::new(vec![Message::user("hi")]),
            &OllamaOptions::default(),
        );
        assert_eq!(
            serde_json::from_str::<Value>(&body.unwrap()).unwrap(),
            json!({
                "model": "m",
                "messages": [{"role": "user", "content": "hi"}],
                "stream": true,
                "think": false,
                "keep_alive": 600,
                "options": {"num_ctx": 16384}
            })
        );
    }
}
