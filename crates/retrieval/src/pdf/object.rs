//! The objects that PDF is made of, and how they are read out of bytes. What is broken is passed over.

use std::collections::BTreeMap;

/// Arrays and dictionaries inside each other.
const MOST_DEPTH: usize = 48;
/// Objects inside one object; a font of all of Chinese has some 60,000 widths.
const MOST_NODES: usize = 400_000;

pub(super) type Dict = BTreeMap<Vec<u8>, Object>;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Object {
    Null,
    Bool(bool),
    Number(f64),
    Name(Vec<u8>),
    String(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    /// The number of another object. The generation is left out: of several the last one counts.
    Ref(u32),
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that counts something.
    pub(super) fn count(&self) -> Option<usize> {
        let number = self.number()?;
        (0.0..=1e12).contains(&number).then_some(number as usize)
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn string(&self) -> Option<&[u8]> {
        match self {
            Self::String(string) => Some(string),
            _ => None,
        }
    }

    pub(super) fn array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    pub(super) fn dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// How many objects it is made of.
    pub(super) fn nodes(&self) -> usize {
        match self {
            Self::Array(all) => 1 + all.iter().map(Self::nodes).sum::<usize>(),
            Self::Dict(dict) => 1 + dict.values().map(Self::nodes).sum::<usize>(),
            _ => 1,
        }
    }

    pub(super) fn reference(&self) -> Option<u32> {
        match self {
            Self::Ref(number) => Some(*number),
            _ => None,
        }
    }
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Object(Object),
    /// An operator, a keyword, a bracket that closes nothing.
    Word(&'a [u8]),
    End,
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    nodes: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            nodes: 0,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let end = rest.iter().position(|byte| !fits(*byte));
        let taken = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// White space and comments.
    pub(super) fn skip_space(&mut self) {
        loop {
            self.take_while(is_space);
            if self.peek() != Some(b'%') {
                return;
            }
            self.take_while(|byte| byte != b'\n' && byte != b'\r');
        }
    }

    /// Goes over a word, if it is the next one.
    pub(super) fn skip_word(&mut self, word: &[u8]) -> bool {
        let is_next = self.rest().starts_with(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// An object of its own; the limit of what it holds begins anew.
    pub(super) fn next(&mut self) -> Token<'a> {
        self.nodes = 0;
        self.token(0)
    }

    pub(super) fn object(&mut self) -> Option<Object> {
        match self.next() {
            Token::Object(object) => Some(object),
            Token::Word(_) | Token::End => None,
        }
    }

    fn token(&mut self, depth: usize) -> Token<'a> {
        self.skip_space();
        let Some(first) = self.peek() else {
            return Token::End;
        };
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > MOST_DEPTH {
            self.at = self.bytes.len();
            return Token::End;
        }
        match first {
            b'/' => Token::Object(Object::Name(self.name())),
            b'(' => Token::Object(Object::String(self.literal())),
            b'<' if self.rest().starts_with(b"<<") => {
                self.at += 2;
                Token::Object(Object::Dict(self.dict(depth)))
            }
            b'<' => Token::Object(Object::String(self.hex())),
            b'[' => {
                self.at += 1;
                Token::Object(Object::Array(self.array(depth)))
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => Token::Object(self.number_or_ref()),
            b'>' if self.rest().starts_with(b">>") => {
                let word = self.rest().get(..2).unwrap_or_default();
                self.at += 2;
                Token::Word(word)
            }
            byte if is_delimiter(byte) => {
                let word = self.rest().get(..1).unwrap_or_default();
                self.at += 1;
                Token::Word(word)
            }
            _ => match self.take_while(is_regular) {
                b"true" => Token::Object(Object::Bool(true)),
                b"false" => Token::Object(Object::Bool(false)),
                b"null" => Token::Object(Object::Null),
                word => Token::Word(word),
            },
        }
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let raw = self.take_while(is_regular);
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let [first, tail @ ..] = rest {
            if let [b'#', high, low, behind @ ..] = rest
                && let (Some(high), Some(low)) = (digit(*high), digit(*low))
            {
                name.push(high * 16 + low);
                rest = behind;
                continue;
            }
            name.push(*first);
            rest = tail;
        }
        name
    }

    fn literal(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut text = Vec::new();
        let mut open = 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escaped(&mut text);
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escaped(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' | b'f' => text.push(b' '),
            // A line that goes on.
            b'\r' => {
                self.skip_word(b"\n");
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    self.at += 1;
                    code = code * 8 + u32::from(next - b'0');
                }
                text.push(u8::try_from(code & 0xff).unwrap_or_default());
            }
            other => text.push(other),
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let raw = self.take_while(|byte| byte != b'>');
        self.at += 1;
        from_hex(raw)
    }

    fn array(&mut self, depth: usize) -> Vec<Object> {
        let mut all = Vec::new();
        loop {
            match self.token(depth + 1) {
                Token::Object(object) => all.push(object),
                Token::Word(b"]" | b"endobj" | b"endstream" | b"stream") | Token::End => {
                    return all;
                }
                Token::Word(_) => {}
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Dict {
        let mut dict = Dict::new();
        let mut key: Option<Vec<u8>> = None;
        loop {
            let before = self.at;
            match (self.token(depth + 1), key.take()) {
                (Token::Object(Object::Name(name)), None) => key = Some(name),
                (Token::Object(object), Some(key)) => {
                    dict.insert(key, object);
                }
                (Token::Object(_), None) => {}
                (Token::Word(b">>") | Token::End, _) => return dict,
                (Token::Word(b"endobj" | b"endstream" | b"stream"), _) => {
                    self.at = before;
                    return dict;
                }
                (Token::Word(_), open) => key = open,
            }
        }
    }

    fn number_or_ref(&mut self) -> Object {
        let raw = self.take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'));
        let behind = self.at;
        if raw.len() <= 10 && raw.iter().all(u8::is_ascii_digit) {
            self.take_while(is_space);
            let generation = self.take_while(|byte| byte.is_ascii_digit()).len();
            let space = self.take_while(is_space).len();
            if (1..=5).contains(&generation) && space > 0 && self.skip_word(b"R") {
                let number = str::from_utf8(raw).ok().and_then(|raw| raw.parse().ok());
                if let Some(number) = number
                    && !self.peek().is_some_and(is_regular)
                {
                    return Object::Ref(number);
                }
            }
            self.at = behind;
        }
        Object::Number(number_of(raw))
    }
}

/// Writers leave numbers such as `--5`, `1.2.3` and `-.5-` behind; what can be read of them counts.
fn number_of(raw: &[u8]) -> f64 {
    let text = str::from_utf8(raw).unwrap_or_default();
    if let Ok(number) = text.parse::<f64>() {
        return number;
    }
    let is_negative = text.starts_with('-');
    let digits = text.trim_start_matches(['+', '-']);
    let mut points = 0;
    let end = digits
        .find(|c: char| {
            points += usize::from(c == '.');
            points > 1 || !(c == '.' || c.is_ascii_digit())
        })
        .unwrap_or(digits.len());
    let number: f64 = digits
        .get(..end)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0.0);
    if is_negative { -number } else { number }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Pairs of digits; what is none is passed over, and a last one alone has a zero behind it.
pub(super) fn from_hex(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len() / 2);
    let mut open = None;
    for digit in raw.iter().filter_map(|byte| digit(*byte)) {
        match open.take() {
            None => open = Some(digit),
            Some(high) => bytes.push(high * 16 + digit),
        }
    }
    bytes.extend(open.map(|high| high * 16));
    bytes
}

/// A text outside of pages, such as a title: UTF-16 or UTF-8 with their marks, else nearly Latin-1.
pub(super) fn text_of(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest),
        [0xff, 0xfe, rest @ ..] => {
            let units = rest
                .chunks_exact(2)
                .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
                .map(u16::from_le_bytes);
            char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes
            .iter()
            .map(|byte| super::letters::latin(*byte))
            .collect(),
    }
}

/// UTF-16, the high byte first.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(u16::from_be_bytes);
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Object> {
        Lexer::new(text.as_bytes(), 0).object()
    }

    fn name(name: &str) -> Object {
        Object::Name(name.as_bytes().to_vec())
    }

    #[test]
    fn objects_are_read_as_they_are_written() {
        let dict =
            read("<< /Kids [3 0 R 4 0 R] /Count 2 % two\n /A#20B -.5 /C (a\\(b\\051\\n(c)) >>");
        let kids = Object::Array(vec![Object::Ref(3), Object::Ref(4)]);
        let expected = [
            ("Kids", kids),
            ("Count", Object::Number(2.0)),
            ("A B", Object::Number(-0.5)),
            ("C", Object::String(b"a(b)\n(c)".to_vec())),
        ];
        let expected = expected
            .into_iter()
            .map(|(key, value)| (key.as_bytes().to_vec(), value));
        assert_eq!(dict, Some(Object::Dict(expected.collect())));
        assert_eq!(read("<48 6>"), Some(Object::String(b"H`".to_vec())));
        assert_eq!(
            read("[1 0 RG 7 /x]"),
            Some(Object::Array(vec![
                Object::Number(1.0),
                Object::Number(0.0),
                Object::Number(7.0),
                name("x")
            ]))
        );
        assert_eq!(read("1.2.3"), Some(Object::Number(1.2)));
        assert_eq!(read("--5"), Some(Object::Number(-5.0)));
    }

    #[test]
    fn what_is_broken_ends_where_it_is_broken() {
        assert_eq!(
            read("(never closed"),
            Some(Object::String(b"never closed".to_vec()))
        );
        assert_eq!(read("<< /A endobj"), Some(Object::Dict(Dict::new())));
        assert!(read(&"[".repeat(100_000)).is_some());
        assert!(read(&"<</A".repeat(100_000)).is_some());
        assert_eq!(read(""), None);
    }

    #[test]
    fn texts_outside_of_pages_have_three_encodings() {
        assert_eq!(text_of(b"\xfe\xff\0H\0i\x20\x19"), "Hi\u{2019}");
        assert_eq!(text_of(b"\xff\xfeH\0i\0"), "Hi");
        assert_eq!(text_of("\u{feff}Größe".as_bytes()), "Größe");
        assert_eq!(text_of(b"Gr\xf6\xdfe"), "Größe");
    }
}
