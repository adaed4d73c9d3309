//! The place in the sentence and the small moves every rule is made of.

use super::Focus;
use super::lexer::{Token, TokenKind};
use super::lexicon::{self, FILLERS, Verb};
use super::phrases::Halt;
use super::targets::Target;
use super::vocabulary::Vocabulary;

/// A sentence being read. Rules move `at` forward only over what they understood.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    pub text: &'a str,
    pub tokens: &'a [Token],
    pub at: usize,
    pub vocabulary: &'a Vocabulary,
    pub focus: &'a Focus,
    /// What the sentence spoke of last, for "it" and "them".
    pub antecedent: Option<Target>,
    /// Reading a question: "the vms" and "any vms" are then enough, nothing can break.
    pub question: bool,
    /// Reading an order inside another one, which holds no third.
    pub within_order: bool,
    /// The doubt of a phrase that began here and was given up for another rule.
    pub halt: Option<Halt>,
    /// Reading an exception: a place behind a name is left for the rule that asks about it.
    pub bare_names: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(
        text: &'a str,
        tokens: &'a [Token],
        vocabulary: &'a Vocabulary,
        focus: &'a Focus,
    ) -> Self {
        Self {
            text,
            tokens,
            at: 0,
            vocabulary,
            focus,
            antecedent: None,
            question: false,
            within_order: false,
            halt: None,
            bare_names: false,
        }
    }

    pub(super) fn token(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// The word or mark `ahead` tokens from here; empty at the end and for quoted text, so that
    /// quoted text never works as a keyword.
    pub(super) fn word_at(&self, ahead: usize) -> &'a str {
        match self.tokens.get(self.at + ahead) {
            Some(token) if token.kind != TokenKind::Quoted => token.text.as_str(),
            _ => "",
        }
    }

    pub(super) fn word(&self) -> &'a str {
        self.word_at(0)
    }

    pub(super) fn ended(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The length in tokens of a phrase that stands `ahead` of here.
    pub(super) fn phrase_at(&self, ahead: usize, phrase: &str) -> Option<usize> {
        let mut length = 0;
        for part in phrase.split(' ') {
            if self.word_at(ahead + length) != part {
                return None;
            }
            length += 1;
        }
        Some(length)
    }

    /// Moves over a phrase (words separated by one blank) if it stands here.
    pub(super) fn take(&mut self, phrase: &str) -> bool {
        let Some(length) = self.phrase_at(0, phrase) else {
            return false;
        };
        self.at += length;
        true
    }

    /// Moves over the first of these phrases that stands here.
    pub(super) fn take_any(&mut self, phrases: &[&'static str]) -> Option<&'static str> {
        phrases.iter().find(|phrase| self.take(phrase)).copied()
    }

    /// Moves over the longest of these phrases that stands here.
    pub(super) fn take_longest(&mut self, phrases: &[&'static str]) -> Option<&'static str> {
        let (length, phrase) = phrases
            .iter()
            .filter_map(|phrase| Some((self.phrase_at(0, phrase)?, *phrase)))
            .max_by_key(|(length, _)| *length)?;
        self.at += length;
        Some(phrase)
    }

    /// Moves over filler words, and over a comma that only sets them off.
    pub(super) fn skip_fillers(&mut self) {
        loop {
            let here = self.at;
            while self.take(",") || self.take(".") || self.take("!") || self.take(";") {}
            if self.take_longest(FILLERS).is_none() {
                if !self.ended() {
                    self.at = here;
                }
                return;
            }
        }
    }

    /// Moves over fillers and closing marks to the end of the text; stays here when there is more.
    pub(super) fn finish(&mut self) -> bool {
        let here = self.at;
        loop {
            self.skip_fillers();
            if self.ended() {
                return true;
            }
            if !(self.take("?") || self.take(".") || self.take("!") || self.take(";")) {
                self.at = here;
                self.skip_fillers();
                return false;
            }
        }
    }

    /// The verb that begins here, slips of the finger included, and its length in tokens.
    /// A word that is a guest's name is no mistyped verb.
    pub(super) fn verb(&self) -> Option<(Verb, usize)> {
        let words = [
            self.word_at(0),
            self.word_at(1),
            self.word_at(2),
            self.word_at(3),
        ];
        if let Some(found) = lexicon::verb(&words) {
            return Some(found);
        }
        let [first, second, third, fourth] = words;
        if self.token().is_none_or(|token| {
            token.kind != TokenKind::Word || !self.vocabulary.guests(&token.raw).is_empty()
        }) {
            return None;
        }
        // A word that an operation declares is that word.
        if self.vocabulary.phrases().knows(first) {
            return None;
        }
        lexicon::verb(&[lexicon::mistyped_verb(first)?, second, third, fourth])
    }

    /// The text with the tokens `from..to` replaced.
    pub(super) fn replaced(&self, from: usize, to: usize, with: &str) -> String {
        let start = self
            .tokens
            .get(from)
            .map_or(self.text.len(), |token| token.start);
        let end = match to.checked_sub(1) {
            Some(last) if to > from => self
                .tokens
                .get(last)
                .map_or(self.text.len(), |token| token.end),
            _ => start,
        };
        let before = self.text.get(..start).unwrap_or_default();
        let after = self.text.get(end..).unwrap_or_default();
        format!("{before}{with}{after}")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The text of the tokens `from..to` as typed.
    pub(super) fn typed(&self, from: usize, to: usize) -> &'a str {
        let (Some(first), Some(last)) = (
            self.tokens.get(from),
            to.checked_sub(1).and_then(|last| self.tokens.get(last)),
        ) else {
            return "";
        };
        self.text.get(first.start..last.end).unwrap_or_default()
    }
}
