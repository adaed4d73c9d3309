//! Tools for chat models: the same operations, with schemas small enough for a small model's context.

use serde_json::{Value, json};

use super::schema::{compact, inline};
use crate::registry::{Entry, Kind, Registry};

/// One tool of a chat model.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// `guests_stop`.
    pub name: String,
    pub op: &'static str,
    pub description: String,
    pub parameters: Value,
    pub changes: bool,
}

/// All operations but feeds.
pub fn tools(registry: &Registry) -> Vec<Tool> {
    registry
        .entries()
        .filter(|entry| entry.kind() != Kind::Feed)
        .map(tool)
        .collect()
}

fn tool(entry: &Entry) -> Tool {
    let changes = entry.kind() == Kind::Action;
    let mut parameters = compact(&inline(entry.input));
    if let Some(object) = parameters.as_object_mut() {
        object.entry("properties").or_insert_with(|| json!({}));
        object.remove("description");
    }
    Tool {
        name: entry.tool_name(),
        op: entry.name,
        description: if changes {
            format!("{}. Makes a plan; a person approves it.", entry.summary)
        } else {
            entry.summary.to_owned()
        },
        parameters,
        changes,
    }
}
