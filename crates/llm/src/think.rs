//! Separates `<think>…</think>` at the beginning of an answer from the answer.
//!
//! Newer servers send thoughts in a field of their own; older ones, and models the server has no
//! parser for, write them into the text. Only the very beginning counts: a tag in the middle is
//! something the model talks about.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// A piece of an answer, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Thinking(String),
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but blanks, or a part of the opening tag, so far.
    Beginning,
    Thinking,
    /// After the closing tag, before the first visible character.
    Gap,
    Text,
}

#[derive(Debug)]
pub(crate) struct ThinkSplitter {
    state: State,
    held: String,
}

impl ThinkSplitter {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Beginning,
            held: String::new(),
        }
    }

    pub(crate) fn push(&mut self, text: &str) -> Vec<Piece> {
        self.held.push_str(text);
        let mut pieces = Vec::new();
        loop {
            match self.state {
                State::Beginning => {
                    let visible = self.held.trim_start();
                    if let Some(rest) = visible.strip_prefix(OPEN) {
                        self.held = rest.to_owned();
                        self.state = State::Thinking;
                    } else if OPEN.starts_with(visible) {
                        return pieces;
                    } else {
                        self.state = State::Text;
                    }
                }
                State::Thinking => {
                    if let Some((thought, rest)) = self.held.split_once(CLOSE) {
                        push_thought(&mut pieces, thought);
                        self.held = rest.to_owned();
                        self.state = State::Gap;
                    } else {
                        let keep = partial_suffix(&self.held, CLOSE);
                        let thought = self
                            .held
                            .drain(..self.held.len() - keep)
                            .collect::<String>();
                        push_thought(&mut pieces, &thought);
                        return pieces;
                    }
                }
                State::Gap => {
                    let visible = self.held.trim_start();
                    if visible.is_empty() {
                        self.held.clear();
                        return pieces;
                    }
                    self.held = visible.to_owned();
                    self.state = State::Text;
                }
                State::Text => {
                    if !self.held.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut self.held)));
                    }
                    return pieces;
                }
            }
        }
    }

    /// The answer has ended: hands out what was held back.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return None;
        }
        match self.state {
            State::Thinking => Some(Piece::Thinking(held)),
            State::Beginning | State::Gap | State::Text => Some(Piece::Text(held)),
        }
    }
}

fn push_thought(pieces: &mut Vec<Piece>, thought: &str) {
    if !thought.is_empty() {
        pieces.push(Piece::Thinking(thought.to_owned()));
    }
}

/// Length of the longest end of `text` that is a beginning of `marker`.
fn partial_suffix(text: &str, marker: &str) -> usize {
    (1..marker.len())
        .rev()
        .find(|length| {
            marker
                .get(..*length)
                .is_some_and(|start| text.ends_with(start))
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (thinking, text) when the input comes in two pieces.
    fn split_at(input: &str, at: usize) -> (String, String) {
        let mut splitter = ThinkSplitter::new();
        let (head, tail) = input.split_at(at);
        let mut pieces = splitter.push(head);
        pieces.extend(splitter.push(tail));
        pieces.extend(splitter.finish());
        let (mut thinking, mut text) = (String::new(), String::new());
        for piece in pieces {
            match piece {
                Piece::Thinking(piece) => thinking.push_str(&piece),
                Piece::Text(piece) => text.push_str(&piece),
            }
        }
        (thinking, text)
    }

    #[test]
    fn thoughts_are_separated_wherever_a_chunk_ends() {
        let table = [
            ("<think>a < b</think>\n\nYes", "a < b", "Yes"),
            ("\n<think>\nhm\n</think>Yes", "\nhm\n", "Yes"),
            ("<think></think>Yes", "", "Yes"),
            ("<think>never closed", "never closed", ""),
            ("<thin air> is text", "", "<thin air> is text"),
            (
                "the tag <think> is text</think>",
                "",
                "the tag <think> is text</think>",
            ),
            ("<thi", "", "<thi"),
            ("plain", "", "plain"),
        ];
        for (input, thinking, text) in table {
            for at in 0..=input.len() {
                assert_eq!(
                    split_at(input, at),
                    (thinking.to_owned(), text.to_owned()),
                    "{input:?} cut at {at}"
                );
            }
        }
    }
}
