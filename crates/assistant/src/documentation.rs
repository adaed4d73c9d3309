//! Questions that are not about the live cluster: how something is done, what an option does, what an error
//! means. They are answered from what was read, with the places it stands in.

use llm::{ChatModel, ChatOptions, ChatRequest, Think};
use ops::Result;
use serde_json::{Value, json};

use crate::{
    citations::{self, Checked},
    model_turn::{SEARCH, Trouble, WITHOUT_LOOKING},
    prompt,
    questioning::asks_for_it,
    turn::{AnsweredBy, Outcome, Said, Turn, TurnResult},
};

const ASK: &str = "knowledge.ask";
/// Passages that a model is given with a question: more of them take a small computer a minute to read.
const GIVEN: usize = 4;
/// The likeliest words: what is copied from passages is not a matter of taste. Nobody reads a longer answer.
const OPTIONS: ChatOptions = ChatOptions {
    think: Think::Off,
    temperature: Some(0.0),
    seed: None,
    max_output_tokens: Some(400),
};

impl Turn<'_> {
    /// The answer of the documentation, nothing inside when it has none; nothing when the text asks for none or
    /// it cannot be asked.
    pub(crate) async fn ask_documentation(&mut self, text: &str) -> Result<Option<Option<Said>>> {
        let asks = self.asks_documentation || asks_for_it(text);
        if !asks || self.assistant.registry.entry(ASK).is_err() {
            return Ok(None);
        }
        let answer = match self.query(ASK, json!({ "question": text })).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, "the documentation could not be asked");
                return Ok(None);
            }
        };
        Ok(Some(said(&answer)))
    }

    /// Whether a text asks for what stands in a documentation and not for what runs here. Where nothing can be
    /// looked at, everything does.
    pub(crate) async fn is_for_documentation(&self, text: &str) -> bool {
        match self.assistant.vocabulary(&self.call()).await {
            Ok(vocabulary) => asks_for_it(text) && !vocabulary.names_one_of(text),
            Err(_) => true,
        }
    }

    /// A model's answer to what the documentation is asked, from passages that were looked up before it is asked:
    /// a small model that is left to search by itself answers out of its head. Nothing where the text asks for
    /// something else, is about what runs here, or is not answered by what was read: then the model has its tools.
    pub(crate) async fn answer_from_passages(
        &mut self,
        model: &dyn ChatModel,
        text: &str,
    ) -> Result<Option<Said>, Trouble> {
        if !self.asks_documentation || self.assistant.registry.entry(SEARCH).is_err() {
            return Ok(None);
        }
        let call = self.call();
        let input = json!({ "question": text, "limit": GIVEN });
        let found = match self
            .assistant
            .registry
            .query(&call, SEARCH, input.clone())
            .await
        {
            Ok(found) if found.get("answers") == Some(&Value::Bool(true)) => found,
            Ok(_) => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, "the documentation could not be searched");
                return Ok(None);
            }
        };
        // Shown only where it is used: without it the model has to look for itself.
        let id = self.announce(SEARCH, &input).await?;
        let found = Ok(found);
        self.tell_result(&id, &found).await?;
        let found = found?;
        let passages = citations::for_model(&found, &mut self.passages);
        let messages = prompt::from_passages(self.history().await?, text, &passages);
        let round = self
            .round(model, ChatRequest::new(messages).with_options(OPTIONS))
            .await?;
        Ok(Some(self.checked(text, &round.reply.text).await?))
    }

    /// A model's answer that has to rest on passages, after the check; the documentation's own words where nothing
    /// of it holds.
    pub(crate) async fn checked(&mut self, question: &str, text: &str) -> Result<Said> {
        let passages = std::mem::take(&mut self.passages);
        let looked = !passages.is_empty();
        let mut beside = question.to_owned();
        if let Some((_, answer)) = &self.last_answer {
            beside.push_str(&answer.to_string());
        }
        let Checked {
            text,
            citations,
            left_out,
        } = citations::check(text, &passages, &beside);
        if citations.is_empty() {
            let answer = self.query(ASK, json!({ "question": question })).await;
            if let Some(said) = answer.ok().as_ref().and_then(said) {
                return Ok(said);
            }
        }
        // Steps that nothing says may be invented as well as figures; a question back may be asked.
        let says_nothing = text.is_empty()
            || citations.is_empty() && asks_for_it(question) && !text.ends_with(['?', '？']);
        if says_nothing {
            return Ok(Said::new(
                Outcome::Refuse,
                "The model's answer did not rest on anything that was found, so it is not shown.",
            ));
        }
        let mut whole = text;
        if left_out > 0 {
            let sentences = if left_out == 1 {
                "sentence was"
            } else {
                "sentences were"
            };
            whole.push_str(&format!(
                "\n\n({left_out} {sentences} left out: nothing that was found says so.)"
            ));
        }
        whole.push_str(&places(&citations));
        if !looked {
            whole.push_str(&format!("\n\n{WITHOUT_LOOKING}"));
        }
        Ok(Said {
            citations,
            answered_by: AnsweredBy::Model,
            ..Said::new(Outcome::Answer, whole)
        })
    }
}

impl TurnResult {
    /// The answer without the list of places at its end.
    pub fn without_places(&self) -> &str {
        let places = places(&self.citations);
        match self.text.split_once(places.as_str()) {
            Some((answer, _)) if !places.is_empty() => answer,
            _ => &self.text,
        }
    }
}

/// An answer of `knowledge.ask` in words.
fn said(answer: &Value) -> Option<Said> {
    let text = answer.get("answer").and_then(Value::as_str)?;
    let citations = citations::of(answer, "citations");
    let mut whole = text.to_owned();
    whole.push_str(&places(&citations));
    let about = answer.get("about");
    let others: Vec<&str> = about
        .and_then(|about| about.get("other_releases"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if let Some(release) = about
        .and_then(|about| about.get("release"))
        .and_then(Value::as_str)
        && !others.is_empty()
    {
        whole.push_str(&format!(
            "\n\nThis holds for Proxmox VE {release}; connected are also {}.",
            others.join(", ")
        ));
    }
    Some(Said {
        citations,
        answered_by: AnsweredBy::Documentation,
        ..Said::new(Outcome::Answer, whole)
    })
}

/// `[1] Backup and Restore > Backup Modes: https://…`, one line each.
fn places(citations: &[citations::Citation]) -> String {
    let mut text = String::new();
    for (at, citation) in citations.iter().enumerate() {
        let place = match &citation.url {
            Some(url) => format!("{}: {url}", citation.section),
            None => citation.section.clone(),
        };
        let gap = if at == 0 { "\n\n" } else { "\n" };
        text.push_str(&format!("{gap}[{}] {place}", at + 1));
    }
    text
}
