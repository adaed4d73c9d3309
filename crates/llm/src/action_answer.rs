//! Reads the text out of `{"action": "answer", "text": "…"}` while it is still being written, so
//! that a person sees words and not, half a minute later, a paragraph.

/// Collects the pieces of a constrained answer.
#[derive(Debug, Default)]
pub(crate) struct AnswerText {
    all: String,
    /// Where the not yet decoded part of the text begins; `None` while the beginning is not seen.
    at: Option<usize>,
    shown: String,
}

impl AnswerText {
    /// Adds a piece and returns what can be shown of it, decoded.
    pub(crate) fn push(&mut self, piece: &str) -> Option<String> {
        self.all.push_str(piece);
        let at = match self.at {
            Some(at) => at,
            None => text_start(&self.all)?,
        };
        self.at = Some(at);
        let raw = self.all.get(at..)?;
        let end = safe_end(raw);
        // Fails on the first half of a surrogate pair: then the other half has to come first.
        let text: String = serde_json::from_str(&format!("\"{}\"", raw.get(..end)?)).ok()?;
        if text.is_empty() {
            return None;
        }
        self.at = Some(at + end);
        self.shown.push_str(&text);
        Some(text)
    }

    /// Everything that came in.
    pub(crate) fn all(&self) -> &str {
        &self.all
    }

    /// What was shown of it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

/// Where the text begins, behind its opening quote; `None` when it is no answer or not there yet.
fn text_start(json: &str) -> Option<usize> {
    let mut rest = json;
    for token in [
        "{",
        "\"action\"",
        ":",
        "\"answer\"",
        ",",
        "\"text\"",
        ":",
        "\"",
    ] {
        rest = rest.trim_start().strip_prefix(token)?;
    }
    Some(json.len() - rest.len())
}

/// Length of the beginning of `raw` that holds whole characters: up to the closing quote or an
/// unfinished escape.
fn safe_end(raw: &str) -> usize {
    let mut letters = raw.char_indices();
    while let Some((index, letter)) = letters.next() {
        match letter {
            '"' => return index,
            '\\' => match letters.next() {
                Some((_, 'u')) => {
                    let digits = letters.by_ref().take(4).count();
                    if digits < 4 {
                        return index;
                    }
                }
                Some(_) => {}
                None => return index,
            },
            _ => {}
        }
    }
    raw.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_grows_as_it_is_written_wherever_pieces_end() {
        let json =
            "{ \"action\": \"answer\",\n \"text\": \"a \\\"b\\\"\\n\\u00e4 \\ud83e\\udd80 ü\" }";
        let expected = "a \"b\"\nä 🦀 ü";
        for size in 1..=json.len() {
            let mut answer = AnswerText::default();
            let characters: Vec<char> = json.chars().collect();
            let shown: String = characters
                .chunks(size)
                .filter_map(|piece| answer.push(&piece.iter().collect::<String>()))
                .collect();
            assert_eq!(shown, expected, "pieces of {size}");
            assert_eq!((answer.all(), answer.shown()), (json, expected));
        }
    }

    #[test]
    fn a_tool_call_shows_nothing() {
        let mut answer = AnswerText::default();
        assert_eq!(
            answer.push(r#"{"action": "stop", "arguments": {"text": "x"}}"#),
            None
        );
    }
}
