//! Finds tool calls that arrive as text.
//!
//! Small models, and models whose template does not fit, write the call into their answer:
//! `{"name": "x", "arguments": {…}}`, bare, in a code fence or in `<tool_call>` tags. Only calls of
//! tools that were offered count, and after prose only fenced or tagged ones do: a bare object in
//! running text is most likely something the model quotes.

use serde_json::{Map, Value};

const FENCE: &str = "```";
const TAG: &str = "<tool_call>";
const TAG_END: &str = "</tool_call>";
/// A "call" longer than this is text.
const MAX_HELD_BYTES: usize = 32 * 1024;

/// What came out of the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    Text(String),
    Call { name: String, arguments: Value },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Only blanks and calls so far; holds what closes the last call, when it may still come.
    Beginning(Option<&'static str>),
    /// Running text; whether it stands at the beginning of a line.
    Prose { line_start: bool },
    /// The held text may be a call.
    Candidate,
}

/// Holds back text as long as it may turn out to be a call and passes on everything else at once.
#[derive(Debug)]
pub(crate) struct ToolText {
    names: Vec<String>,
    state: State,
    held: String,
}

enum Verdict {
    NeedsMore,
    NotACall,
    Calls {
        calls: Vec<Found>,
        end: usize,
        close: Option<&'static str>,
    },
}

impl ToolText {
    /// `names`: the tools that were offered; without any, all text passes.
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self {
            names,
            state: State::Beginning(None),
            held: String::new(),
        }
    }

    /// The server found a call itself: from now on text is text.
    pub(crate) fn stop_looking(&mut self) {
        self.names.clear();
    }

    pub(crate) fn push(&mut self, text: &str) -> Vec<Found> {
        self.held.push_str(text);
        let mut found = Vec::new();
        if self.names.is_empty() {
            self.release(self.held.len(), &mut found);
            return found;
        }
        while self.step(text, &mut found) {}
        found
    }

    /// The answer has ended: what was held back is text after all.
    pub(crate) fn finish(&mut self) -> Option<Found> {
        let held = std::mem::take(&mut self.held);
        let leftover = match self.state {
            // Blanks or half a closing mark around calls.
            State::Beginning(Some(close)) if close.starts_with(held.trim()) => return None,
            State::Beginning(_) if held.trim().is_empty() => return None,
            State::Beginning(_) | State::Prose { .. } | State::Candidate => held,
        };
        (!leftover.is_empty()).then_some(Found::Text(leftover))
    }

    /// One step; false when more text is needed.
    fn step(&mut self, latest: &str, found: &mut Vec<Found>) -> bool {
        match self.state {
            State::Beginning(close) => self.beginning(close),
            State::Prose { line_start } => self.prose(line_start, found),
            State::Candidate => {
                // Parsing again for each word would be quadratic; only these can complete a call.
                let may_complete =
                    latest.contains(['}', ']', '`', '\n']) || !self.looks_like_json();
                if !may_complete && self.held.len() <= MAX_HELD_BYTES {
                    return false;
                }
                self.candidate(found)
            }
        }
    }

    fn beginning(&mut self, close: Option<&'static str>) -> bool {
        let visible = self.held.trim_start();
        if visible.is_empty() {
            return false;
        }
        if let Some(close) = close {
            if let Some(rest) = visible.strip_prefix(close) {
                self.held = rest.to_owned();
                self.state = State::Beginning(None);
                return true;
            }
            if close.starts_with(visible) {
                return false;
            }
        }
        let bare = visible.starts_with(['{', '[']);
        self.state = match marker(visible) {
            Marker::Whole => State::Candidate,
            Marker::Partial => return false,
            Marker::None if bare => State::Candidate,
            Marker::None => State::Prose { line_start: false },
        };
        true
    }

    fn prose(&mut self, line_start: bool, found: &mut Vec<Found>) -> bool {
        let mut at = if line_start {
            Some(0)
        } else {
            next_line_start(&self.held, 0)
        };
        while let Some(start) = at {
            let rest = self.held.get(start..).unwrap_or_default();
            match marker(rest) {
                Marker::Whole => {
                    self.release(start, found);
                    self.state = State::Candidate;
                    return true;
                }
                Marker::Partial => {
                    self.release(start, found);
                    self.state = State::Prose { line_start: true };
                    return false;
                }
                Marker::None => at = next_line_start(&self.held, start),
            }
        }
        if !self.held.is_empty() {
            self.state = State::Prose {
                line_start: self.held.ends_with('\n'),
            };
            self.release(self.held.len(), found);
        }
        false
    }

    fn candidate(&mut self, found: &mut Vec<Found>) -> bool {
        match judge(&self.held, &self.names) {
            Verdict::NeedsMore if self.held.len() <= MAX_HELD_BYTES => false,
            Verdict::NeedsMore | Verdict::NotACall => {
                // Past the mark, so that the same fence is not tried again.
                let blanks = self.held.len() - self.held.trim_start().len();
                let first = self.held.get(blanks..).and_then(|text| text.chars().next());
                let end = if self
                    .held
                    .get(blanks..)
                    .is_some_and(|text| text.starts_with(FENCE))
                {
                    blanks + FENCE.len()
                } else {
                    blanks + first.map_or(0, char::len_utf8)
                };
                self.release(end, found);
                self.state = State::Prose { line_start: false };
                true
            }
            Verdict::Calls { calls, end, close } => {
                found.extend(calls);
                self.held.drain(..end);
                self.state = State::Beginning(close);
                true
            }
        }
    }

    fn looks_like_json(&self) -> bool {
        body(&self.held).is_some_and(|(_, text)| text.starts_with(['{', '[']))
    }

    /// Passes on the first `end` bytes of the held text.
    fn release(&mut self, end: usize, found: &mut Vec<Found>) {
        if end == 0 {
            return;
        }
        let text: String = self.held.drain(..end).collect();
        if let Some(Found::Text(last)) = found.last_mut() {
            last.push_str(&text);
        } else {
            found.push(Found::Text(text));
        }
    }
}

enum Marker {
    Whole,
    Partial,
    None,
}

fn marker(text: &str) -> Marker {
    if text.starts_with(FENCE) || text.starts_with(TAG) {
        Marker::Whole
    } else if !text.is_empty() && (FENCE.starts_with(text) || TAG.starts_with(text)) {
        Marker::Partial
    } else {
        Marker::None
    }
}

fn next_line_start(text: &str, from: usize) -> Option<usize> {
    let offset = text.get(from..)?.find('\n')?;
    Some(from + offset + 1)
}

/// What must close the candidate, and the text behind its mark. `None`: the mark is incomplete.
fn body(held: &str) -> Option<(Option<&'static str>, &str)> {
    let visible = held.trim_start();
    if let Some(rest) = visible.strip_prefix(TAG) {
        let rest = rest.trim_start();
        return (!rest.is_empty()).then_some((Some(TAG_END), rest));
    }
    if let Some(rest) = visible.strip_prefix(FENCE) {
        let rest =
            rest.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
        let rest = rest.trim_start();
        return (!rest.is_empty()).then_some((Some(FENCE), rest));
    }
    Some((None, visible))
}

fn judge(held: &str, names: &[String]) -> Verdict {
    let Some((close, text)) = body(held) else {
        return Verdict::NeedsMore;
    };
    if !text.starts_with(['{', '[']) {
        return Verdict::NotACall;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = match values.next() {
        Some(Ok(value)) => value,
        Some(Err(error)) if error.is_eof() => return Verdict::NeedsMore,
        Some(Err(_)) | None => return Verdict::NotACall,
    };
    let end = held.len() - text.len() + values.byte_offset();
    match calls_of(value, names) {
        Some(calls) => Verdict::Calls { calls, end, close },
        None => Verdict::NotACall,
    }
}

/// The calls in a value: one object, or a list of them; `None` when anything else is in it.
fn calls_of(value: Value, names: &[String]) -> Option<Vec<Found>> {
    match value {
        Value::Object(object) => Some(vec![call_of(object, names)?]),
        Value::Array(items) if !items.is_empty() => items
            .into_iter()
            .map(|item| match item {
                Value::Object(object) => call_of(object, names),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

fn call_of(mut object: Map<String, Value>, names: &[String]) -> Option<Found> {
    const KNOWN: [&str; 5] = ["name", "arguments", "parameters", "id", "type"];
    if let Some(Value::Object(inner)) = object.remove("function") {
        object = inner;
    }
    if object.keys().any(|key| !KNOWN.contains(&key.as_str())) {
        return None;
    }
    let name = object.get("name")?.as_str()?.to_owned();
    if !names.contains(&name) {
        return None;
    }
    let arguments = object
        .remove("arguments")
        .or_else(|| object.remove("parameters"));
    Some(Found::Call {
        name,
        arguments: object_arguments(arguments.unwrap_or(Value::Null))?,
    })
}

/// Arguments as the object they should be: some models write it as a string, or nothing for none.
pub(crate) fn object_arguments(arguments: Value) -> Option<Value> {
    match arguments {
        Value::Object(_) => Some(arguments),
        Value::Null => Some(Value::Object(Map::new())),
        Value::String(text) if text.trim().is_empty() => Some(Value::Object(Map::new())),
        Value::String(text) => serde_json::from_str(&text).ok().filter(Value::is_object),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(pieces: &[&str]) -> (String, Vec<(String, Value)>) {
        let mut filter = ToolText::new(vec!["stop".to_owned(), "list".to_owned()]);
        let mut found = Vec::new();
        for piece in pieces {
            found.extend(filter.push(piece));
        }
        found.extend(filter.finish());
        let (mut text, mut calls) = (String::new(), Vec::new());
        for part in found {
            match part {
                Found::Text(piece) => text.push_str(&piece),
                Found::Call { name, arguments } => calls.push((name, arguments)),
            }
        }
        (text, calls)
    }

    #[test]
    fn calls_in_text_are_found_wherever_a_chunk_ends() {
        let stop = || vec![("stop".to_owned(), json!({"id": 7}))];
        let table = [
            (r#"{"name": "stop", "arguments": {"id": 7}}"#, "", stop()),
            (r#"  {"name": "stop", "parameters": {"id": 7}}"#, "", stop()),
            (
                "```json\n{\"name\": \"stop\", \"arguments\": {\"id\": 7}}\n```",
                "",
                stop(),
            ),
            (
                "```\n{\"name\": \"stop\", \"arguments\": {\"id\": 7}}\n```\n",
                "",
                stop(),
            ),
            (
                "<tool_call>\n{\"name\": \"stop\", \"arguments\": {\"id\": 7}}\n</tool_call>",
                "",
                stop(),
            ),
            (
                r#"{"name": "stop", "arguments": "{\"id\": 7}"}"#,
                "",
                stop(),
            ),
            (
                r#"{"type": "function", "function": {"name": "stop", "arguments": {"id": 7}}}"#,
                "",
                stop(),
            ),
            (
                "I stop it.\n```json\n{\"name\": \"stop\", \"arguments\": {\"id\": 7}}\n```",
                "I stop it.\n",
                stop(),
            ),
            (
                r#"{"name": "list"}"#,
                "",
                vec![("list".to_owned(), json!({}))],
            ),
            (
                "<tool_call>{\"name\":\"list\"}</tool_call>\n<tool_call>{\"name\":\"stop\",\"arguments\":{\"id\":7}}</tool_call>",
                "",
                vec![
                    ("list".to_owned(), json!({})),
                    ("stop".to_owned(), json!({"id": 7})),
                ],
            ),
            (
                r#"[{"name": "list"}, {"name": "stop", "arguments": {"id": 7}}]"#,
                "",
                vec![
                    ("list".to_owned(), json!({})),
                    ("stop".to_owned(), json!({"id": 7})),
                ],
            ),
        ];
        for (input, text, calls) in table {
            for at in 0..=input.len() {
                let (head, tail) = input.split_at(at);
                assert_eq!(
                    run(&[head, tail]),
                    (text.to_owned(), calls.clone()),
                    "{input:?} cut at {at}"
                );
            }
        }
    }

    #[test]
    fn everything_else_stays_text_wherever_a_chunk_ends() {
        let table = [
            r#"{"name": "delete_everything", "arguments": {}}"#,
            r#"{"name": "stop", "arguments": [1]}"#,
            r#"{"name": "stop", "status": "running"}"#,
            r#"{"guests": 3}"#,
            r#"You would write {"name": "stop", "arguments": {"id": 7}} for that."#,
            "So:\n{\"name\": \"stop\", \"arguments\": {\"id\": 7}}",
            "```bash\nqm stop 7\n```\nDone.",
            "Run\n```\nqm list\n```\nand\n```json\n{\"a\": 1}\n```\nthen.",
            "``` ",
            "{ \"name\": \"st",
            "{not json}",
            "[1, 2]",
            "plain text\n\nwith lines\n",
            "<tool",
        ];
        for input in table {
            for at in 0..=input.len() {
                let (head, tail) = input.split_at(at);
                assert_eq!(
                    run(&[head, tail]),
                    (input.to_owned(), Vec::new()),
                    "{input:?} cut at {at}"
                );
            }
        }
    }

    #[test]
    fn plain_prose_is_passed_on_at_once() {
        let mut filter = ToolText::new(vec!["stop".to_owned()]);
        assert_eq!(
            filter.push("Two gu"),
            vec![Found::Text("Two gu".to_owned())]
        );
        assert_eq!(
            filter.push("ests.\nBoth"),
            vec![Found::Text("ests.\nBoth".to_owned())]
        );
    }

    #[test]
    fn an_endless_candidate_is_given_up() {
        let mut filter = ToolText::new(vec!["stop".to_owned()]);
        let long = format!("{{\"name\": \"{}", "x".repeat(MAX_HELD_BYTES));
        assert_eq!(filter.push(&long), vec![Found::Text(long.clone())]);
    }

    #[test]
    fn without_tools_nothing_is_held_back() {
        let mut filter = ToolText::new(Vec::new());
        assert_eq!(
            filter.push("{\"name\""),
            vec![Found::Text("{\"name\"".to_owned())]
        );
    }
}
