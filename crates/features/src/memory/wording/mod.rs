//! What a sentence forbids, where it can be read without a doubt: "never restart before 22:00". Pure.
//!
//! A sentence is read in one of five languages, to its last word, by closed lists. One that restricts and
//! holds a word that is in none of them is said to restrict, and no rule is proposed from it.

mod hours;
mod words;

use hours::{When, days_of};
use serde::{Deserialize, Serialize};
use words::{LANGUAGES, Language, Operations};

use super::model::Restriction;

/// What is shown of words that no rule can say.
const SHOWN: usize = 60;
/// More windows than this nobody reviews.
const MOST_WINDOWS: usize = 10;

const WORDS: &str = "a part of it is nothing that a rule can say";
const CONSENT: &str = "a rule can demand that so many people agree, and not who";
const SEVERAL: &str = "it says several things: keep each of them by itself";
const NO_TIME: &str = "it does not say when it may be done";
const NO_OPERATION: &str = "no operation of the product is just that";
const EXCEPTION: &str = "the rest of it may be an exception";

/// What a text says about what must not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Nothing,
    /// All that it forbids, as a rule says it.
    Rule(Restriction),
    /// It restricts something.
    NoRule(NoRule),
}

/// Why no rule can be made of a text that restricts something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NoRule {
    /// Without any word of the text.
    pub why: String,
    /// Where it was not understood, in the words of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl NoRule {
    fn of(why: &str) -> Self {
        Self {
            why: why.to_owned(),
            at: None,
        }
    }

    /// For whoever may read the text.
    pub(super) fn in_full(&self) -> String {
        match &self.at {
            Some(words) => format!("{}: \"{words}\"", self.why),
            None => self.why.clone(),
        }
    }
}

/// What a text restricts, about something called `name` or about what is not named.
pub(super) fn read(text: &str, name: Option<&str>) -> Reading {
    let name = name.map(plain).filter(|name| !name.is_empty());
    let mut found: Option<Restriction> = None;
    let mut others = Vec::new();
    for sentence in text
        .split(['\n', ';', '。'])
        .flat_map(|part| part.split(". "))
    {
        let sentence = plain(sentence);
        match reading_of(&sentence, name.as_deref()) {
            Reading::Nothing => others.push(sentence),
            Reading::NoRule(why) => return Reading::NoRule(why),
            Reading::Rule(one) => match &mut found {
                None => found = Some(one),
                Some(known) if known.times == one.times => {
                    for operation in one.operations {
                        if !known.operations.contains(&operation) {
                            known.operations.push(operation);
                        }
                    }
                }
                Some(_) => return Reading::NoRule(NoRule::of(SEVERAL)),
            },
        }
    }
    let Some(found) = found else {
        return Reading::Nothing;
    };
    // "Never stop it. Except on Sundays."
    let excepts = |sentence: &String| {
        LANGUAGES.iter().any(|language| {
            holds_one(language, sentence, language.only)
                || holds_one(language, sentence, language.otherwise)
        })
    };
    if others.iter().any(excepts) {
        return Reading::NoRule(NoRule::of(EXCEPTION));
    }
    Reading::Rule(found)
}

/// Whether a text says how somebody likes things.
pub(super) fn is_a_preference(text: &str) -> bool {
    let text = plain(text);
    LANGUAGES.iter().any(|language| {
        language.preference.iter().any(|opening| {
            if language.spaced {
                after(&text, opening).is_some()
            } else {
                text.contains(opening)
            }
        })
    })
}

fn reading_of(sentence: &str, name: Option<&str>) -> Reading {
    let mut stuck = None;
    for language in LANGUAGES {
        match parse(language, sentence, name) {
            Ok(restriction) => return Reading::Rule(restriction),
            Err(why) => {
                if stuck.is_none() && restricts(language, sentence) {
                    stuck = Some(why);
                }
            }
        }
    }
    let is_so = |test: fn(&Language, &str) -> bool| {
        LANGUAGES.iter().any(|language| test(language, sentence))
    };
    if is_so(|language, sentence| holds_one(language, sentence, language.harmless)) {
        return Reading::Nothing;
    }
    if is_so(demands_consent) {
        return Reading::NoRule(NoRule::of(CONSENT));
    }
    stuck.map_or(Reading::Nothing, Reading::NoRule)
}

/// Whether it forbids something that is done to guests, as far as its words tell.
fn restricts(language: &Language, sentence: &str) -> bool {
    let holds = |words| holds_one(language, sentence, words);
    let verbs = holds_action(language, sentence, language.verbs);
    let nouns = holds_action(language, sentence, language.nouns);
    // Two signs of Japanese mean "only" in too many sentences.
    (verbs && (holds(language.never) || (language.spaced && holds(language.only))))
        || ((verbs || nouns) && (holds(language.no) || holds(language.otherwise)))
}

fn demands_consent(language: &Language, sentence: &str) -> bool {
    holds_one(language, sentence, language.consent)
        && holds_one(language, sentence, language.demand)
        && (holds_action(language, sentence, language.verbs)
            || holds_action(language, sentence, language.nouns))
}

fn holds_action(language: &Language, sentence: &str, actions: &[(&str, Operations)]) -> bool {
    actions
        .iter()
        .any(|(words, _)| holds(language, sentence, words))
}

fn holds_one(language: &Language, sentence: &str, list: &[&str]) -> bool {
    list.iter().any(|words| holds(language, sentence, words))
}

fn holds(language: &Language, sentence: &str, words: &str) -> bool {
    if language.spaced {
        format!(" {sentence} ").contains(&format!(" {words} "))
    } else {
        sentence.contains(words)
    }
}

/// Small letters, single blanks, plain digits, no punctuation around words.
fn plain(sentence: &str) -> String {
    let narrow = |sign: char| match sign {
        '０'..='９' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
        '：' => ':',
        '’' => '\'',
        '、' | '　' => ' ',
        other => other,
    };
    let text: String = sentence.chars().map(narrow).collect();
    let around = |sign: char| ",.!?:\"()«»„“”¡".contains(sign);
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = word.trim_matches(around).to_lowercase();
        match word.strip_prefix("n'") {
            Some(rest) => words.extend(["ne".to_owned(), rest.to_owned()]),
            None => words.push(word),
        }
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// A piece of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Never,
    No,
    Only,
    Action {
        operations: Operations,
        verb: bool,
        noun: bool,
    },
    Or,
    Filler,
    Days(&'static str),
    Before,
    After,
    Between,
    And,
    To,
    /// Minutes; whether it is a number alone.
    Clock(u16, bool),
}

/// What a sentence of a language forbids, all of it, or why not.
fn parse(language: &Language, sentence: &str, name: Option<&str>) -> Result<Restriction, NoRule> {
    let tokens = tokens(language, sentence, name).map_err(|rest| {
        let words: String = rest.chars().take(SHOWN).collect();
        NoRule {
            why: WORDS.to_owned(),
            at: Some(words),
        }
    })?;
    let unclear = || NoRule::of(WORDS);
    let count = |wanted: Token| tokens.iter().filter(|token| **token == wanted).count();
    let (never, no, only) = (count(Token::Never), count(Token::No), count(Token::Only));
    let mut operations: Vec<String> = Vec::new();
    let (mut verbs, mut nouns) = (0, 0);
    let mut actions = 0;
    for token in &tokens {
        if let Token::Action {
            operations: more,
            verb,
            noun,
        } = token
        {
            actions += 1;
            verbs += usize::from(*verb);
            nouns += usize::from(*noun);
            if more.is_empty() {
                return Err(NoRule::of(NO_OPERATION));
            }
            for operation in *more {
                if !operations.iter().any(|known| known == operation) {
                    operations.push((*operation).to_owned());
                }
            }
        }
    }
    let begins_with_noun = matches!(tokens.first(), Some(Token::Action { noun: true, .. }));
    let fits = match (never, no, only) {
        (1, 0, 0) => verbs == actions,
        (0, 1, 0) => nouns == actions,
        (0, 0, 1) => verbs == actions || (begins_with_noun && actions == 1),
        _ => false,
    };
    if actions == 0 || count(Token::Or) + 1 != actions || !fits {
        return Err(unclear());
    }
    let when = when(language, &tokens).ok_or_else(unclear)?;
    let times = if only == 1 {
        when.others()
    } else {
        when.windows()
    };
    if only == 1 && times.is_empty() {
        return Err(NoRule::of(NO_TIME));
    }
    if times.len() > MOST_WINDOWS {
        return Err(unclear());
    }
    Ok(Restriction { operations, times })
}

/// The whole sentence in pieces, or the rest that is none.
fn tokens<'a>(
    language: &Language,
    sentence: &'a str,
    name: Option<&str>,
) -> Result<Vec<Token>, &'a str> {
    let mut tokens = Vec::new();
    let mut rest = sentence.trim_start();
    while !rest.is_empty() {
        let (token, length) = token(language, rest, name).ok_or(rest)?;
        if token != Token::Filler {
            tokens.push(token);
        }
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// The longest piece at the beginning of a text.
fn token(language: &Language, text: &str, name: Option<&str>) -> Option<(Token, usize)> {
    let mut best: Option<(Token, usize)> = None;
    let mut take = |token: Token, length: usize| {
        if best.is_none_or(|(_, known)| length > known) {
            best = Some((token, length));
        }
    };
    let fits = |words: &str| begins(language, text, words);
    if let Some((minutes, bare, length)) = clock(language, text) {
        take(Token::Clock(minutes, bare), length);
    }
    // "de 8h à 18h" and "de web-02" begin alike.
    for words in language.between.iter().filter(|words| fits(words)) {
        let behind = text.get(words.len()..).unwrap_or_default().trim_start();
        if clock(language, behind).is_some() {
            take(Token::Between, words.len());
        }
    }
    for (list, token) in [
        (language.never, Token::Never),
        (language.no, Token::No),
        (language.only, Token::Only),
        (language.or, Token::Or),
        (language.before, Token::Before),
        (language.after, Token::After),
        (language.and, Token::And),
        (language.to, Token::To),
        (language.fillers, Token::Filler),
    ] {
        for words in list.iter().filter(|words| fits(words)) {
            take(token, words.len());
        }
    }
    for (words, days) in language.days.iter().filter(|(words, _)| fits(words)) {
        take(Token::Days(days), words.len());
    }
    for (words, operations) in language.verbs.iter().chain(language.nouns) {
        if fits(words) {
            let is_in = |list: &[(&str, Operations)]| list.iter().any(|(known, _)| known == words);
            let token = Token::Action {
                operations,
                verb: is_in(language.verbs),
                noun: is_in(language.nouns) || !language.spaced,
            };
            take(token, words.len());
        }
    }
    if let Some(name) = name
        && text
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(is_of_a_name))
    {
        take(Token::Filler, name.len());
    }
    best
}

fn is_of_a_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.')
}

fn begins(language: &Language, text: &str, words: &str) -> bool {
    if language.spaced {
        after(text, words).is_some()
    } else {
        text.starts_with(words)
    }
}

/// What follows these words, when the text begins with them.
fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(words)?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
}

/// A time of day at the beginning: its minutes, whether it is a number alone, and its length.
fn clock(language: &Language, text: &str) -> Option<(u16, bool, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let number = |text: &str| {
        let length = digits(text);
        let number = text.get(..length)?.parse::<u16>().ok()?;
        (1..=2).contains(&length).then_some((number, length))
    };
    let (mut hour, mut at) = number(text)?;
    let mut minute = 0;
    let mut bare = true;
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let mut is_half = false;
    if let Some((more, length)) = rest(at).strip_prefix(':').and_then(number) {
        if length != 2 {
            return None;
        }
        (minute, bare, at) = (more, false, at + 1 + length);
    }
    let blank = usize::from(language.spaced && rest(at).starts_with(' '));
    for mark in language.hours {
        if let Some(behind) = rest(at + blank).strip_prefix(mark) {
            let more = number(behind).filter(|(_, length)| bare && *length == 2);
            if !language.spaced && behind.starts_with('半') {
                is_half = true;
            }
            if more.is_none()
                && language.spaced
                && behind.starts_with(|sign: char| sign.is_alphanumeric())
            {
                continue;
            }
            at += blank + mark.len();
            bare = false;
            if let Some((more, length)) = more {
                (minute, at) = (more, at + length);
                if !language.spaced {
                    at += rest(at).strip_prefix('分').map_or(0, |_| '分'.len_utf8());
                }
            } else if is_half {
                (minute, at) = (30, at + '半'.len_utf8());
            }
            break;
        }
    }
    let blank = usize::from(rest(at).starts_with(' '));
    for (mark, shift) in [("am", 0), ("pm", 12)] {
        let said = rest(at + blank);
        if after(said, mark).is_some() && (1..=12).contains(&hour) {
            hour = hour % 12 + shift;
            (bare, at) = (false, at + blank + mark.len());
            break;
        }
    }
    if hour >= 24 || minute >= 60 {
        return None;
    }
    if language.spaced && !rest(at).is_empty() && !rest(at).starts_with(' ') {
        return None;
    }
    Some((hour * 60 + minute, bare && !language.bare_hours, at))
}

/// "before 22:00", "between 8:00 and 18:00 on weekdays", nothing: all that is left, or it is not understood.
fn when(language: &Language, tokens: &[Token]) -> Option<When> {
    let mut rest: Vec<Token> = tokens
        .iter()
        .copied()
        .filter(|token| {
            !matches!(
                token,
                Token::Never | Token::No | Token::Only | Token::Or | Token::Action { .. }
            )
        })
        .collect();
    let mut when = When {
        days: None,
        hours: None,
    };
    while let Some(first) = rest.first().copied() {
        let (hours, used) = match (first, rest.get(1..).unwrap_or_default()) {
            (Token::Days(bits), behind) => {
                if when.days.is_some() {
                    return None;
                }
                let mut days = days_of(bits);
                let mut used = 1;
                let mut behind = behind;
                while let [Token::And, Token::Days(more), further @ ..] = behind {
                    for (slot, more) in days.iter_mut().zip(days_of(more)) {
                        *slot |= more;
                    }
                    (used, behind) = (used + 2, further);
                }
                when.days = Some(days);
                rest.drain(..used);
                continue;
            }
            (Token::Before, [Token::Clock(at, false), ..]) => ((0, *at), 2),
            (Token::After, [Token::Clock(at, false), ..]) => ((*at, 1440), 2),
            (
                Token::Between,
                [
                    Token::Clock(from, _),
                    Token::And | Token::To | Token::Before,
                    Token::Clock(to, false),
                    ..,
                ],
            ) => ((*from, *to), 4),
            (Token::Clock(at, false), [Token::Before, ..]) if !language.spaced => ((0, at), 2),
            (Token::Clock(at, false), [Token::After, ..]) if !language.spaced => ((at, 1440), 2),
            (Token::Clock(from, _), [Token::To, Token::Clock(to, false), ..])
                if !language.spaced =>
            {
                ((from, *to), 3)
            }
            _ => return None,
        };
        if when.hours.is_some() || hours.0 == hours.1 {
            return None;
        }
        when.hours = Some(hours);
        rest.drain(..used);
    }
    Some(when)
}

#[cfg(test)]
mod tests;
