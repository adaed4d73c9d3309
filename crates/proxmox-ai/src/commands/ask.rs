//! `ask`: one turn with the assistant.

use app::Role;
use assistant::{Outcome, TurnResult};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Session, person,
    plans::{self, Beside},
};
use crate::{arguments::AskArgs, failure::Failure, output};

pub(super) async fn run(session: &Session, arguments: AskArgs) -> Result<u8, Failure> {
    let settings = session.settings(arguments.model.as_deref())?;
    let app = session.app_with(Role::Command, settings).await?;
    let result = app
        .assistant
        .ask(
            &person(),
            arguments.thread.as_deref(),
            &arguments.text,
            CancellationToken::new(),
        )
        .await?;
    let document = document(&result);
    let code = match result.plan {
        Some(plan) => {
            if !session.json() {
                output::note(&result.text);
            }
            // What is kept stands in the text.
            let beside = Beside::of(&app, &plan, document).await.told();
            plans::decide(session, &app, plan, beside).await?
        }
        None => {
            if session.json() {
                output::say_json(&document);
            } else {
                output::say(&result.text);
                for choice in &result.choices {
                    output::say(&format!("  {}: say \"{}\"", choice.label, choice.text));
                }
            }
            match result.outcome {
                Outcome::Answer | Outcome::Plan => 0,
                Outcome::Clarify | Outcome::Refuse | Outcome::Error => {
                    result.error.map_or(1, ops::Code::exit_code)
                }
            }
        }
    };
    app.stop().await;
    Ok(code)
}

fn document(result: &TurnResult) -> Value {
    json!({
        "text": result.text,
        "citations": result.citations,
        "answered_by": result.answered_by,
        "tool_calls": result.tools,
        "plan": result.plan.as_ref().map(ops::Plan::to_view),
        "choices": result.choices,
        "outcome": result.outcome,
        "model": result.model,
        "ms": result.ms,
    })
}
