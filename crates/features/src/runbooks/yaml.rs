//! The part of YAML that runbooks are written in, with the line of everything. Pure.
//!
//! Maps and lists by indentation, lists and maps in brackets on one line, plain and quoted texts, text blocks
//! (`|`), comments. What is beyond that (anchors, tags, several documents, texts that go on over lines
//! without a block) is refused by name: a runbook that is read wrongly would do something else.

use serde_json::{Map, Number, Value};

/// A value and its line, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Text, number, flag or nothing.
    Scalar(Value),
    List(Vec<Node>),
    /// In their order, each with the line of its key.
    Map(Vec<(String, usize, Node)>),
}

/// One mistake: `line 3: …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(super) struct Mistake {
    pub(super) line: usize,
    pub(super) what: String,
}

pub(super) fn mistake(line: usize, what: impl Into<String>) -> Mistake {
    Mistake {
        line,
        what: what.into(),
    }
}

type Result<T> = std::result::Result<T, Mistake>;

/// Deeper than this nobody writes.
const MAX_DEPTH: usize = 32;

impl Node {
    pub(super) fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(list) => Value::Array(list.iter().map(Self::to_json).collect()),
            Kind::Map(map) => Value::Object(
                map.iter()
                    .map(|(key, _, node)| (key.clone(), node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    number: usize,
    indent: usize,
    /// Without indentation and comment.
    text: &'a str,
    /// As it stands in the file.
    raw: &'a str,
}

/// Reads one document.
pub(super) fn parse(text: &str) -> Result<Node> {
    let mut lines = Vec::new();
    let mut raws = Vec::new();
    for (at, raw) in text.lines().enumerate() {
        let number = at + 1;
        raws.push(raw);
        let body = raw.trim_start_matches(' ');
        let indent = raw.len() - body.len();
        let content = without_comment(body).trim_end();
        if content.is_empty() || (content == "---" && lines.is_empty()) {
            continue;
        }
        if body.starts_with('\t') {
            return Err(mistake(number, "a tab indents nothing in YAML: use blanks"));
        }
        if matches!(content, "---" | "...") || content.starts_with('%') {
            return Err(mistake(number, "a runbook is one document"));
        }
        lines.push(Line {
            number,
            indent,
            text: content,
            raw,
        });
    }
    let Some(first) = lines.first() else {
        return Err(mistake(1, "there is nothing in it"));
    };
    let indent = first.indent;
    let mut reader = Reader {
        lines: &lines,
        raws: &raws,
        at: 0,
    };
    let node = reader.block(indent, 0)?;
    match reader.peek() {
        Some(line) => Err(mistake(
            line.number,
            "this is indented otherwise than what it belongs to",
        )),
        None => Ok(node),
    }
}

/// Cuts a comment off that is not inside quotes.
fn without_comment(text: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                before = c;
                continue;
            }
            (Some(open), c) if c == open && !escaped => quote = None,
            (None, '"' | '\'') if before == ' ' || "[{,:-".contains(before) => quote = Some(c),
            (None, '#') if before == ' ' => return text.get(..at).unwrap_or_default(),
            _ => {}
        }
        escaped = false;
        before = c;
    }
    text
}

struct Reader<'a> {
    lines: &'a [Line<'a>],
    raws: &'a [&'a str],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Line<'a>> {
        self.lines.get(self.at).copied()
    }

    /// A map or a list whose lines begin at `indent`.
    fn block(&mut self, indent: usize, depth: usize) -> Result<Node> {
        let Some(first) = self.peek() else {
            return Err(mistake(
                self.raws.len().max(1),
                "something is missing at the end",
            ));
        };
        if depth > MAX_DEPTH {
            return Err(mistake(first.number, "this is nested too deeply"));
        }
        let kind = if is_item(first.text) {
            self.list(indent, depth)?
        } else if key_of(first.text, first.number)?.is_some() {
            self.map(indent, depth)?
        } else {
            self.at += 1;
            self.value(first.text, first, depth)?.kind
        };
        Ok(Node {
            line: first.number,
            kind,
        })
    }

    fn list(&mut self, indent: usize, depth: usize) -> Result<Kind> {
        let mut list = Vec::new();
        while let Some(line) = self.peek() {
            if line.indent != indent || !is_item(line.text) {
                break;
            }
            let rest = line.text.get(1..).unwrap_or_default();
            let inner = rest.trim_start_matches(' ');
            if inner.is_empty() {
                self.at += 1;
                list.push(self.below(indent, line.number, depth)?);
                continue;
            }
            // `- op: x` is a map that begins behind the dash.
            let inner_indent = indent + 1 + (rest.len() - inner.len());
            if is_item(inner) || key_of(inner, line.number)?.is_some() {
                let mut lines = self.lines.to_vec();
                if let Some(slot) = lines.get_mut(self.at) {
                    slot.indent = inner_indent;
                    slot.text = inner;
                }
                let mut reader = Reader {
                    lines: &lines,
                    raws: self.raws,
                    at: self.at,
                };
                let node = reader.block(inner_indent, depth + 1)?;
                self.at = reader.at;
                list.push(node);
            } else {
                self.at += 1;
                list.push(self.value(inner, line, depth)?);
            }
        }
        self.ends(indent)?;
        Ok(Kind::List(list))
    }

    fn map(&mut self, indent: usize, depth: usize) -> Result<Kind> {
        let mut map: Vec<(String, usize, Node)> = Vec::new();
        while let Some(line) = self.peek() {
            if line.indent != indent || is_item(line.text) {
                break;
            }
            let Some((key, rest)) = key_of(line.text, line.number)? else {
                return Err(mistake(
                    line.number,
                    format!("`{}` is no `key: value`", clip(line.text)),
                ));
            };
            if let Some((_, earlier, _)) = map.iter().find(|(name, _, _)| *name == key) {
                return Err(mistake(
                    line.number,
                    format!("`{}` stands on line {earlier} already", clip(&key)),
                ));
            }
            self.at += 1;
            let node = if rest.is_empty() {
                self.below(indent, line.number, depth)?
            } else {
                self.value(rest, line, depth)?
            };
            map.push((key, line.number, node));
        }
        self.ends(indent)?;
        Ok(Kind::Map(map))
    }

    /// Nothing deeper may follow a block that ended.
    fn ends(&self, indent: usize) -> Result<()> {
        match self.peek() {
            Some(line) if line.indent > indent => Err(mistake(
                line.number,
                "this is indented otherwise than what it belongs to",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// What belongs to a key or a dash with nothing behind it.
    fn below(&mut self, indent: usize, line: usize, depth: usize) -> Result<Node> {
        match self.peek() {
            // A list may stand as far left as its key.
            Some(next)
                if next.indent > indent
                    || (next.indent == indent
                        && is_item(next.text)
                        && !self.is_in_list(indent, line)) =>
            {
                self.block(next.indent, depth + 1)
            }
            Some(_) | None => Ok(Node {
                line,
                kind: Kind::Scalar(Value::Null),
            }),
        }
    }

    /// Whether the line that asks is itself an item: then the next dash is its neighbour.
    fn is_in_list(&self, indent: usize, line: usize) -> bool {
        self.lines
            .iter()
            .any(|one| one.number == line && one.indent == indent && is_item(one.text))
    }

    /// A value on the line of its key or dash.
    fn value(&mut self, text: &str, line: Line<'_>, depth: usize) -> Result<Node> {
        let number = line.number;
        let kind = match text {
            "|" | "|-" => Kind::Scalar(Value::String(self.text_block(line, text == "|")?)),
            _ if text.starts_with(['|', '>']) => {
                return Err(mistake(number, "of the text blocks only `|` is read"));
            }
            _ if text.starts_with(['[', '{']) => {
                let mut flow = Flow {
                    rest: text,
                    line: number,
                };
                let node = flow.value(depth + 1)?;
                if !flow.rest.trim().is_empty() {
                    return Err(mistake(
                        number,
                        format!("`{}` is left behind the brackets", clip(flow.rest.trim())),
                    ));
                }
                node.kind
            }
            _ => Kind::Scalar(scalar(text, number)?),
        };
        Ok(Node { line: number, kind })
    }

    /// The lines below that are indented deeper than the key.
    fn text_block(&mut self, line: Line<'_>, final_break: bool) -> Result<String> {
        let key_indent = line.raw.len() - line.raw.trim_start_matches(' ').len();
        let indent_of = |raw: &str| raw.len() - raw.trim_start_matches(' ').len();
        let mut raws: Vec<&str> = Vec::new();
        for raw in self.raws.iter().skip(line.number) {
            if !raw.trim().is_empty() && indent_of(raw) <= key_indent {
                break;
            }
            raws.push(raw);
        }
        while raws.last().is_some_and(|raw| raw.trim().is_empty()) {
            raws.pop();
        }
        let Some(indent) = raws
            .iter()
            .filter(|raw| !raw.trim().is_empty())
            .map(|raw| indent_of(raw))
            .min()
        else {
            return Err(mistake(line.number, "the text block is empty"));
        };
        let last = line.number + raws.len();
        while self.peek().is_some_and(|next| next.number <= last) {
            self.at += 1;
        }
        let mut text = raws
            .iter()
            .map(|raw| raw.get(indent..).unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n");
        if final_break {
            text.push('\n');
        }
        Ok(text)
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Key and the text behind its colon; nothing where the line is no `key: value`.
fn key_of(text: &str, line: usize) -> Result<Option<(String, &str)>> {
    if text.starts_with(['[', '{']) {
        return Ok(None);
    }
    if text.starts_with("? ") {
        return Err(mistake(line, "keys in the form `? key` are not read"));
    }
    if let Some(open) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let (key, rest) = quoted(text, open, line)?;
        return Ok(rest
            .trim_start()
            .strip_prefix(':')
            .filter(|behind| behind.is_empty() || behind.starts_with(' '))
            .map(|behind| (key, behind.trim())));
    }
    let at = text
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| matches!(text.as_bytes().get(at + 1), None | Some(b' ')));
    let Some(at) = at else {
        return Ok(None);
    };
    let (key, rest) = (
        text.get(..at).unwrap_or_default().trim_end(),
        text.get(at + 1..).unwrap_or_default().trim(),
    );
    no_special(key, line)?;
    Ok(Some((key.to_owned(), rest)))
}

fn no_special(text: &str, line: usize) -> Result<()> {
    match text.chars().next() {
        Some('&' | '*') => Err(mistake(
            line,
            "anchors and aliases are not read: write it out",
        )),
        Some('!') => Err(mistake(
            line,
            "tags are not read; put a text that begins with `!` in quotes",
        )),
        Some('@' | '`' | '%') => Err(mistake(
            line,
            format!(
                "a text that begins with `{}` stands in quotes",
                clip(text).chars().next().unwrap_or(' ')
            ),
        )),
        _ => Ok(()),
    }
}

fn scalar(text: &str, line: usize) -> Result<Value> {
    if let Some(open) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let (text, rest) = quoted(text, open, line)?;
        if !rest.trim().is_empty() {
            return Err(mistake(
                line,
                format!("`{}` is left behind the closing quote", clip(rest.trim())),
            ));
        }
        return Ok(Value::String(text));
    }
    no_special(text, line)?;
    // In the middle of a plain text this is a second key that YAML refuses, too.
    if text.contains(": ") {
        return Err(mistake(line, "a text with `: ` in it stands in quotes"));
    }
    Ok(plain(text))
}

/// Words and numbers of YAML 1.2: `no` and `on` are texts.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let numeric = digits.starts_with(|c: char| c.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0') || digits.starts_with("0."));
            if numeric && let Ok(number) = text.parse::<i64>() {
                return Value::from(number);
            }
            if numeric
                && text
                    .chars()
                    .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
                && let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64)
            {
                return Value::Number(number);
            }
            Value::String(text.to_owned())
        }
    }
}

/// The text inside quotes at the beginning, and what stands behind them.
fn quoted(text: &str, open: char, line: usize) -> Result<(String, &str)> {
    let mut inside = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\'' if open == '\'' && matches!(characters.peek(), Some((_, '\''))) => {
                characters.next();
                inside.push('\'');
            }
            c if c == open => {
                return Ok((inside, text.get(at + c.len_utf8()..).unwrap_or_default()));
            }
            '\\' if open == '"' => {
                let escape = characters.next().map(|(_, c)| c);
                inside.push(match escape {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(c @ ('"' | '\\' | '/')) => c,
                    Some('u') => {
                        let digits: String = characters.by_ref().take(4).map(|(_, c)| c).collect();
                        u32::from_str_radix(&digits, 16)
                            .ok()
                            .and_then(char::from_u32)
                            .ok_or_else(|| mistake(line, "`\\u` is followed by four hex digits of a character"))?
                    }
                    _ => return Err(mistake(line, "a backslash in double quotes begins `\\n`, `\\t`, `\\\"`, `\\\\` or `\\uXXXX`")),
                });
            }
            c => inside.push(c),
        }
    }
    Err(mistake(line, "a quote is not closed on its line"))
}

/// Lists and maps in brackets.
struct Flow<'a> {
    rest: &'a str,
    line: usize,
}

impl Flow<'_> {
    fn value(&mut self, depth: usize) -> Result<Node> {
        if depth > MAX_DEPTH {
            return Err(mistake(self.line, "this is nested too deeply"));
        }
        self.skip();
        let kind = if self.take('[') {
            self.list(depth)?
        } else if self.take('{') {
            self.map(depth)?
        } else {
            Kind::Scalar(self.word(",]}")?)
        };
        Ok(Node {
            line: self.line,
            kind,
        })
    }

    fn list(&mut self, depth: usize) -> Result<Kind> {
        let mut list = Vec::new();
        loop {
            self.skip();
            if self.take(']') {
                return Ok(Kind::List(list));
            }
            list.push(self.value(depth + 1)?);
            self.skip();
            if !self.take(',') && !self.rest.starts_with(']') {
                return Err(self.open("]"));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Kind> {
        let mut map: Vec<(String, usize, Node)> = Vec::new();
        loop {
            self.skip();
            if self.take('}') {
                return Ok(Kind::Map(map));
            }
            let key = match self.word(":,}")? {
                Value::String(key) => key,
                other => other.to_string(),
            };
            self.skip();
            if !self.take(':') {
                return Err(mistake(
                    self.line,
                    format!("`{}` in the brackets has no value", clip(&key)),
                ));
            }
            if map.iter().any(|(name, _, _)| *name == key) {
                return Err(mistake(
                    self.line,
                    format!("`{}` stands there twice", clip(&key)),
                ));
            }
            let node = self.value(depth + 1)?;
            map.push((key, self.line, node));
            self.skip();
            if !self.take(',') && !self.rest.starts_with('}') {
                return Err(self.open("}"));
            }
        }
    }

    fn word(&mut self, ends: &str) -> Result<Value> {
        if let Some(open) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let (text, rest) = quoted(self.rest, open, self.line)?;
            self.rest = rest;
            return Ok(Value::String(text));
        }
        let end = self
            .rest
            .find(|c| ends.contains(c))
            .ok_or_else(|| self.open("the bracket"))?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let text = text.trim();
        if text.is_empty() {
            return Err(mistake(self.line, "something is missing in the brackets"));
        }
        no_special(text, self.line)?;
        Ok(plain(text))
    }

    fn open(&self, what: &str) -> Mistake {
        mistake(self.line, format!("{what} does not come on this line"))
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Value {
        parse(text).unwrap().to_json()
    }

    #[test]
    fn what_runbooks_are_written_in_reads_as_yaml_says() {
        let rows = [
            (
                "a: 1\nb: two words # comment\nc: \"x # y\"\nd: 'it''s'",
                json!({ "a": 1, "b": "two words", "c": "x # y", "d": "it's" }),
            ),
            (
                "a:\n  b:\n    c: true\n  d: ~\ne:",
                json!({ "a": { "b": { "c": true }, "d": null }, "e": null }),
            ),
            (
                "- 1\n- -2\n- 1.5\n- 007\n- no\n- \"5\"",
                json!([1, -2, 1.5, "007", "no", "5"]),
            ),
            ("a:\n- x\n- y\nb: 1", json!({ "a": ["x", "y"], "b": 1 })),
            (
                "a:\n  - x: 1\n    y: [2, three, \"4, 5\"]\n  - x: 2",
                json!({ "a": [{ "x": 1, "y": [2, "three", "4, 5"] }, { "x": 2 }] }),
            ),
            (
                "- - 1\n  - 2\n- {a: 1, b: [x, {c: d}], \"e f\": g}\n- []\n- {}",
                json!([[1, 2], { "a": 1, "b": ["x", { "c": "d" }], "e f": "g" }, [], {}]),
            ),
            (
                "a: |\n  one\n   two\n\n  three\nb: |-\n  x",
                json!({ "a": "one\n two\n\nthree\n", "b": "x" }),
            ),
            (
                "---\n# only\nurl: https://x/y:z#f\n\"k k\": \"\\u00e9\\n\\\"\"",
                json!({ "url": "https://x/y:z#f", "k k": "é\n\"" }),
            ),
            (
                "guests: [\"{{guests}}\"]\nsel: tag=web !db",
                json!({ "guests": ["{{guests}}"], "sel": "tag=web !db" }),
            ),
        ];
        for (text, want) in rows {
            assert_eq!(read(text), want, "{text}");
        }
    }

    #[test]
    fn each_mistake_has_its_line_and_one_sentence() {
        let rows = [
            ("", "line 1: there is nothing in it"),
            (
                "a: 1\n\tb: 2",
                "line 2: a tab indents nothing in YAML: use blanks",
            ),
            ("a: 1\n---\nb: 2", "line 2: a runbook is one document"),
            ("a: 1\nb", "line 2: `b` is no `key: value`"),
            ("a: 1\nb: 2\na: 3", "line 3: `a` stands on line 1 already"),
            (
                "a: 1\n  b: 2",
                "line 2: this is indented otherwise than what it belongs to",
            ),
            (
                "a:\n    b: 1\n  c: 2",
                "line 3: this is indented otherwise than what it belongs to",
            ),
            (
                "a: &x 1",
                "line 1: anchors and aliases are not read: write it out",
            ),
            (
                "a: !!str 1",
                "line 1: tags are not read; put a text that begins with `!` in quotes",
            ),
            ("a: \"x", "line 1: a quote is not closed on its line"),
            ("a: \"x\" y", "line 1: `y` is left behind the closing quote"),
            ("a: [1, 2", "line 1: the bracket does not come on this line"),
            ("a: [1] x", "line 1: `x` is left behind the brackets"),
            ("a: {b}", "line 1: `b` in the brackets has no value"),
            ("a: >\n  x", "line 1: of the text blocks only `|` is read"),
            ("a: b: c", "line 1: a text with `: ` in it stands in quotes"),
            (
                "a: \"\\x\"",
                "line 1: a backslash in double quotes begins `\\n`, `\\t`, `\\\"`, `\\\\` or `\\uXXXX`",
            ),
        ];
        for (text, want) in rows {
            assert_eq!(parse(text).unwrap_err().to_string(), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic_or_hang(text in "([ab]: |- |  |\"|'|\\[|\\{|,|\\]|\\}|\\||#|x|é|\n){0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn json_on_one_line_is_read_as_it_stands(
            list in proptest::collection::vec((any::<i32>(), "[a-z é\"\\\\]{0,8}"), 0..4),
        ) {
            let value = json!({ "a": list.iter().map(|(n, t)| json!({ "n": n, "t": t })).collect::<Vec<_>>() });
            prop_assert_eq!(read(&value.to_string()), value);
        }
    }
}
