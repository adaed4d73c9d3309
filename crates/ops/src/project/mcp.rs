//! The Model Context Protocol: tools of machines. They may wish; none of them can consent.

use serde_json::{Map, Value, json};

use super::schema::{compact, inline};
use crate::{
    actor::Call,
    error::{Code, Error},
    kept::Kept,
    registry::{Acted, Entry, Kind, Registry},
    risk::Risk,
};

/// Shown by `tools/list`; every other operation is reached through `operations_call`.
const DEFAULT: [&str; 8] = [
    "inventory.list",
    "guests.start",
    "guests.stop",
    "guests.shutdown",
    "guests.reboot",
    "snapshots.create",
    "knowledge.ask",
    "operations.search",
];

const OPERATIONS_CALL: &str = "operations_call";

/// What a tool call answers.
#[derive(Clone, Debug)]
pub struct CallOutcome {
    /// An object, as MCP wants `structuredContent`.
    pub structured: Value,
    /// The same for clients that read text only.
    pub text: String,
    pub is_error: bool,
}

/// The default list (INTERFACES §10): small enough for a small model, everything else by search and call.
pub fn default_tools(registry: &Registry) -> Vec<Value> {
    let mut tools: Vec<Value> = DEFAULT
        .iter()
        .filter_map(|name| registry.entry(name).ok())
        .map(tool)
        .collect();
    tools.push(operations_call_tool());
    tools
}

/// Every operation as a tool, with full schemas.
pub fn all(registry: &Registry) -> Vec<Value> {
    registry
        .entries()
        .filter(|entry| entry.kind() != Kind::Feed)
        .map(tool)
        .collect()
}

fn tool(entry: &Entry) -> Value {
    let reads = entry.kind() != Kind::Action;
    let mut input = compact(&inline(entry.input));
    if let Some(object) = input.as_object_mut() {
        object.entry("properties").or_insert_with(|| json!({}));
        object.remove("description");
    }
    json!({
        "name": entry.tool_name(),
        "description": if reads {
            entry.summary.to_owned()
        } else {
            format!("{}. Answers a plan that a person must approve", entry.summary)
        },
        "inputSchema": input,
        "outputSchema": if reads { outline(&inline(entry.output)) } else { plan_schema() },
        "annotations": annotations(reads, entry.risk),
    })
}

fn annotations(reads: bool, risk: Risk) -> Value {
    if reads {
        json!({ "readOnlyHint": true })
    } else {
        json!({ "readOnlyHint": false, "destructiveHint": risk == Risk::Destructive })
    }
}

fn operations_call_tool() -> Value {
    json!({
        "name": OPERATIONS_CALL,
        "description": "Call any operation that operations_search found. One that changes something answers a plan that a person must approve",
        "inputSchema": {
            "type": "object",
            "properties": { "op": { "type": "string" }, "input": { "type": "object" } },
            "required": ["op"],
            "additionalProperties": false,
        },
        "outputSchema": { "type": "object" },
        "annotations": { "readOnlyHint": false, "destructiveHint": true },
    })
}

fn plan_schema() -> Value {
    json!({
        "type": "object",
        "properties": { "plan": {
            "type": "object",
            "properties": {
                "id": { "type": "string" }, "digest": { "type": "string" },
                "risk": { "type": "string" }, "steps": { "type": "array" },
            },
            "required": ["id", "digest", "risk", "steps"],
        } },
        "required": ["plan"],
    })
}

/// The top level of an answer: names, kinds and what is required. The rest would fill a small context.
fn outline(schema: &Value) -> Value {
    let mut properties = Map::new();
    if let Some(object) = schema.get("properties").and_then(Value::as_object) {
        for (name, property) in object {
            let kind = property.get("type").cloned();
            properties.insert(
                name.clone(),
                kind.map_or_else(|| json!({}), |kind| json!({ "type": kind })),
            );
        }
    }
    let mut outline = json!({ "type": "object", "properties": properties });
    if let (Some(required), Some(object)) = (schema.get("required"), outline.as_object_mut()) {
        object.insert("required".to_owned(), required.clone());
    }
    outline
}

/// Calls a tool by name, listed or not.
pub async fn call(registry: &Registry, call: &Call, tool: &str, arguments: Value) -> CallOutcome {
    let outcome = match target(registry, tool, arguments) {
        Ok((entry, input)) => answer(registry, call, entry, input).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(structured) => CallOutcome {
            text: structured.to_string(),
            structured,
            is_error: false,
        },
        Err(error) => CallOutcome {
            text: error.sentence(),
            structured: json!({ "error": {
                "code": error.code, "message": error.message, "hint": error.hint,
                "retry": error.retry, "candidates": error.candidates,
            } }),
            is_error: true,
        },
    }
}

fn target<'a>(
    registry: &'a Registry,
    tool: &str,
    arguments: Value,
) -> Result<(&'a Entry, Value), Error> {
    if tool != OPERATIONS_CALL {
        let entry = registry
            .entries()
            .find(|entry| entry.tool_name() == tool)
            .ok_or_else(|| unknown_tool(tool))?;
        return Ok((entry, arguments));
    }
    let Value::Object(mut arguments) = arguments else {
        return Err(Error::invalid("operations_call takes {op, input}"));
    };
    let Some(Value::String(op)) = arguments.remove("op") else {
        return Err(Error::invalid(
            "operations_call needs `op`, the name of an operation",
        ));
    };
    let input = arguments.remove("input").unwrap_or(Value::Null);
    if let Some((unknown, _)) = arguments.into_iter().next() {
        return Err(Error::invalid(format!(
            "operations_call has no argument `{unknown}`"
        )));
    }
    Ok((
        registry.entry(&op.replacen('_', ".", usize::from(!op.contains('.'))))?,
        input,
    ))
}

fn unknown_tool(tool: &str) -> Error {
    Error::new(Code::UnknownOperation, format!("there is no tool `{tool}`"))
        .hint("operations_search finds operations by what they do")
}

async fn answer(
    registry: &Registry,
    call: &Call,
    entry: &Entry,
    input: Value,
) -> Result<Value, Error> {
    match entry.kind() {
        Kind::Query => registry.query(call, entry.name, input).await,
        Kind::Action => match registry.act(call, entry.name, input).await? {
            Acted::Planned(plan) => {
                let mut answer = json!({ "plan": plan.to_view() });
                let kept = Kept::about_plan(registry, call, &plan.id).await;
                if let (Some(kept), Some(object)) = (kept.to_view(), answer.as_object_mut()) {
                    object.insert("kept".to_owned(), kept);
                }
                Ok(answer)
            }
            Acted::Done(output) => Ok(json!({ "output": output })),
        },
        Kind::Feed => Err(Error::invalid(format!(
            "`{}` is a feed: a tool cannot watch",
            entry.name
        ))),
    }
}
