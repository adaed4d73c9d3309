//! Calling operations in a turn, with everything shown: which tool, which input, what came back.

use ops::{Call, Code, Error, Plan, Result, Wish};
use serde_json::{Value, json};

use crate::{
    events::new_id,
    turn::{ToolUse, Turn},
};

/// What of a tool's result is kept in the conversation.
const SHOWN_BYTES: usize = 4_000;

impl Turn<'_> {
    /// Runs a query as a visible tool call.
    pub(crate) async fn query(&mut self, op: &str, input: Value) -> Result<Value> {
        let id = self.announce(op, &input).await?;
        let call = self.call();
        let answer = self.assistant.registry.query(&call, op, input).await;
        self.tell_result(&id, &answer).await?;
        answer
    }

    /// Plans wishes as visible tool calls; the plan is stored and proposed.
    pub(crate) async fn propose(&mut self, wishes: Vec<Wish>) -> Result<Plan> {
        let mut ids = Vec::new();
        for wish in &wishes {
            ids.push(self.announce(&wish.op, &wish.input).await?);
        }
        let call = self.call();
        let plan = self.assistant.registry.plan_wishes(&call, wishes).await;
        let told = plan
            .as_ref()
            .map(|plan| json!({ "plan": plan.id, "summary": plan.summary }))
            .map_err(Error::clone);
        for id in ids {
            self.tell_result(&id, &told).await?;
        }
        let plan = plan?;
        self.show_plan(&plan).await?;
        Ok(plan)
    }

    /// Shows a proposed plan.
    pub(crate) async fn show_plan(&mut self, plan: &Plan) -> Result<()> {
        let event = self.events().custom("plan.proposed", &plan.to_view());
        self.emit(vec![event]).await
    }

    pub(crate) async fn announce(&mut self, op: &str, input: &Value) -> Result<String> {
        let id = new_id("call");
        let events = self.events().tool_call(&id, &op.replace('.', "_"), input);
        self.emit(events).await?;
        self.tools.push(ToolUse {
            op: op.to_owned(),
            input: input.clone(),
            ok: true,
            error: None,
        });
        Ok(id)
    }

    pub(crate) async fn tell_result(&mut self, id: &str, answer: &Result<Value>) -> Result<()> {
        let text = match answer {
            Ok(value) => clip(&value.to_string(), SHOWN_BYTES),
            Err(error) => {
                if let Some(tool) = self.tools.last_mut() {
                    tool.ok = false;
                    tool.error = Some(error.message.clone());
                }
                json!({ "error": error.code, "message": error.sentence() }).to_string()
            }
        };
        let event = self.events().tool_result(id, &text);
        self.emit(vec![event]).await
    }

    /// The same person, speaking through the assistant: it can wish, never consent.
    pub(crate) fn call(&self) -> Call {
        Call {
            cancel: self.cancel.clone(),
            thread: self.thread.map(str::to_owned),
            ..Call::new(self.actor.through(ops::Surface::Chat))
        }
    }
}

/// Names of candidates in an `ambiguous` error: `cluster/node/id`.
pub(crate) fn candidates(error: &Error) -> Vec<String> {
    if error.code != Code::Ambiguous {
        return Vec::new();
    }
    error
        .candidates
        .iter()
        .filter_map(|candidate| {
            candidate
                .get("reference")
                .and_then(Value::as_str)
                .map(str::to_owned)
        })
        .collect()
}

/// Cuts at a character border and says so.
pub(crate) fn clip(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    format!(
        "{}… ({} more bytes)",
        text.get(..end).unwrap_or_default(),
        text.len() - end
    )
}
