//! Facts that are kept about what a turn is about, told beside its answer: who kept them, and how old they are.
//!
//! They are shown, not obeyed: what restricts an operation is a rule of the policy, never a text that is read.

use ops::Code;
use serde_json::{Value, json};

use crate::{
    answer,
    turn::{Turn, sentence},
};

impl Turn<'_> {
    /// What is kept about the guests of a plan, as a paragraph; nothing where nothing is.
    pub(crate) async fn kept_about_plan(&self, plan: &str) -> Option<String> {
        self.kept(json!({ "plan": plan })).await
    }

    /// What is kept about the guests that a question names.
    pub(crate) async fn kept_about_question(&self, text: &str) -> Option<String> {
        self.kept(json!({ "question": text })).await
    }

    async fn kept(&self, input: Value) -> Option<String> {
        let call = self.call();
        match self
            .assistant
            .registry
            .query(&call, "memory.recall", input)
            .await
        {
            Ok(recalled) => answer::kept(&recalled),
            // A product without a memory has nothing to tell.
            Err(error) if error.code == Code::UnknownOperation => None,
            Err(error) => Some(format!(
                "What is kept about this could not be read: {}",
                sentence(&error)
            )),
        }
    }
}
