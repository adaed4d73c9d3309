//! Text to tokens: words, quoted texts and punctuation marks, each with its place in the text.
//!
//! The lexer decides nothing about meaning. It keeps the place of every token because choices that
//! are offered back ("did you mean web-03?") are the person's own sentence with one part replaced.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word, a name, a number, a selector such as `tag=web`.
    Word,
    /// A text in quotes: data, never an instruction.
    Quoted,
    /// Punctuation; line breaks count as `;`.
    Mark,
}

/// One token and its byte range in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    /// Lower-case spelling, without quotes and without a possessive `'s`.
    pub text: String,
    /// Spelling as typed, without quotes and without a possessive `'s`.
    pub raw: String,
    /// Typed with a possessive `'s` ("web-01's snapshots").
    pub possessive: bool,
    pub start: usize,
    pub end: usize,
}

/// Words whose `'s` is a verb or pronoun, not a possessive.
const CONTRACTIONS: &[&str] = &[
    "what's", "who's", "that's", "it's", "let's", "how's", "where's", "there's", "here's", "when's",
];

/// Splits a text. Never fails: what makes no sense becomes a word that no rule will accept.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let width = first.len_utf8();
        if first == '\n' {
            found.push(mark(";", at, at + width));
            at += width;
        } else if first.is_whitespace() {
            at += width;
        } else if let Some(length) = quoted_length(text, at, first) {
            let inner = text.get(at + width..at + length - closing(first).len_utf8());
            found.push(quoted(inner.unwrap_or_default(), at, at + length));
            at += length;
        } else if let Some(sign) = as_mark(first) {
            found.push(mark(sign, at, at + width));
            at += width;
        } else {
            let length = word_length(rest);
            push_word(&mut found, rest.get(..length).unwrap_or(rest), at);
            at += length;
        }
    }
    found
}

fn as_mark(sign: char) -> Option<&'static str> {
    Some(match sign {
        ',' | '—' | '–' => ",",
        ';' => ";",
        '(' => "(",
        ')' => ")",
        '?' => "?",
        '"' | '“' | '”' | '`' => "\"",
        _ => return None,
    })
}

fn closing(opening: char) -> char {
    match opening {
        '“' => '”',
        '‘' => '’',
        same => same,
    }
}

/// The byte length of a quoted text that starts here, quotes included.
fn quoted_length(text: &str, at: usize, opening: char) -> Option<usize> {
    if !matches!(opening, '"' | '“' | '`' | '\'' | '‘') {
        return None;
    }
    let from = at + opening.len_utf8();
    let rest = text.get(from..)?;
    let end = closing(opening);
    let single = matches!(opening, '\'' | '‘');
    rest.char_indices()
        .filter(|(_, sign)| *sign == end)
        .find(|(place, sign)| {
            // A single quote inside a word is an apostrophe.
            !single
                || rest
                    .get(place + sign.len_utf8()..)
                    .and_then(|after| after.chars().next())
                    .is_none_or(|next| !next.is_alphanumeric())
        })
        .map(|(place, sign)| opening.len_utf8() + place + sign.len_utf8())
}

fn word_length(rest: &str) -> usize {
    rest.char_indices()
        .find(|(place, sign)| {
            *place > 0 && (sign.is_whitespace() || (as_mark(*sign).is_some() && *sign != '–'))
        })
        .map_or(rest.len(), |(place, _)| place)
}

/// A word may end in punctuation that belongs to the sentence: "restart web-01." or "web-01:".
fn push_word(found: &mut Vec<Token>, typed: &str, at: usize) {
    let body = typed.trim_end_matches(['.', '!', ':']);
    if body.is_empty() {
        for (place, sign) in typed.char_indices() {
            found.push(mark(
                &sign.to_string(),
                at + place,
                at + place + sign.len_utf8(),
            ));
        }
        return;
    }
    let (stem, possessive) = split_possessive(body);
    found.push(Token {
        kind: TokenKind::Word,
        text: stem.to_lowercase().replace('’', "'"),
        raw: stem.to_owned(),
        possessive,
        start: at,
        end: at + body.len(),
    });
    for (place, sign) in typed.get(body.len()..).unwrap_or_default().char_indices() {
        let start = at + body.len() + place;
        found.push(mark(&sign.to_string(), start, start + sign.len_utf8()));
    }
}

fn split_possessive(word: &str) -> (&str, bool) {
    let plain = word.to_lowercase().replace('’', "'");
    if CONTRACTIONS.contains(&plain.as_str()) {
        return (word, false);
    }
    for ending in ["'s", "’s", "'S", "’S"] {
        if let Some(stem) = word.strip_suffix(ending)
            && !stem.is_empty()
        {
            return (stem, true);
        }
    }
    (word, false)
}

fn mark(sign: &str, start: usize, end: usize) -> Token {
    Token {
        kind: TokenKind::Mark,
        text: sign.to_owned(),
        raw: sign.to_owned(),
        possessive: false,
        start,
        end,
    }
}

fn quoted(inner: &str, start: usize, end: usize) -> Token {
    Token {
        kind: TokenKind::Quoted,
        text: inner.trim().to_lowercase(),
        raw: inner.trim().to_owned(),
        possessive: false,
        start,
        end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn punctuation_is_apart_from_names() {
        assert_eq!(
            words("Restart Web-01, db.local."),
            ["restart", "web-01", ",", "db.local", "."]
        );
        assert_eq!(words("really?!"), ["really", "?", "!"]);
        assert_eq!(words("at 22:00"), ["at", "22:00"]);
    }

    #[test]
    fn quotes_make_one_token_and_an_unclosed_quote_stays_a_mark() {
        let found = tokens("named “Before Upgrade” 'x' it's \"open");
        let kinds: Vec<_> = found.iter().map(|token| token.kind).collect();
        assert_eq!(
            kinds,
            [
                TokenKind::Word,
                TokenKind::Quoted,
                TokenKind::Quoted,
                TokenKind::Word,
                TokenKind::Mark,
                TokenKind::Word
            ]
        );
        assert_eq!(found[1].raw, "Before Upgrade");
    }

    #[test]
    fn a_possessive_is_cut_and_remembered() {
        let found = tokens("web-01's snapshots, what’s up");
        assert_eq!(
            (found[0].text.as_str(), found[0].possessive),
            ("web-01", true)
        );
        assert_eq!(
            (found[3].text.as_str(), found[3].possessive),
            ("what's", false)
        );
    }

    #[test]
    fn spans_point_at_the_text() {
        let text = "stop  “web 01”, Ünïcode.";
        for token in tokens(text) {
            assert!(text.get(token.start..token.end).is_some(), "{token:?}");
        }
    }
}
