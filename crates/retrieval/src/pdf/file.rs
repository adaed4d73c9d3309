//! The objects of a file by their numbers.
//!
//! The table at the end of a file is not trusted: the file is gone through from its start, and of two objects
//! with one number the later one counts, which is what an appended change means. So files with a broken or
//! missing table are read as well as others. Whatever is unpacked or taken apart is paid from one budget;
//! when that is spent, nothing more is read and the file is refused.

use std::{borrow::Cow, cell::Cell, collections::HashMap};

use super::{
    filters::{Packed, unpack},
    object::{Dict, Lexer, Object, is_space},
};
use crate::page::PageError;

/// Bytes that are unpacked, taken apart and written down for one file.
const BUDGET: usize = 256 * 1024 * 1024;
/// What one stream unpacks to at most.
pub(super) const MOST_STREAM: usize = 32 * 1024 * 1024;
/// Streams that hold objects stay in memory.
const MOST_KEPT: usize = 64 * 1024 * 1024;
const MOST_OBJECTS: usize = 400_000;
const MOST_FILTERS: usize = 4;
/// A reference that leads to a reference that leads to …
const MOST_STEPS: usize = 8;

#[derive(Clone, Copy)]
enum Place {
    /// In the file: where the object begins, and the bytes of its stream.
    File {
        at: usize,
        stream: Option<(usize, usize)>,
    },
    /// In one of the kept streams. `from` is where that stands in the file.
    Kept {
        from: usize,
        stream: usize,
        at: usize,
    },
}

pub(super) struct File<'a> {
    bytes: &'a [u8],
    places: HashMap<u32, Place>,
    kept: Vec<Vec<u8>>,
    budget: Cell<usize>,
    pub(super) trailer: Dict,
}

impl<'a> File<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, PageError> {
        let mut file = Self {
            bytes,
            places: HashMap::new(),
            kept: Vec::new(),
            budget: Cell::new(BUDGET),
            trailer: Dict::new(),
        };
        let holders = file.scan()?;
        file.trailers();
        if file.trailer.contains_key(b"Encrypt".as_slice()) {
            return Err(PageError::PdfEncrypted);
        }
        for number in holders {
            file.keep(number)?;
        }
        if !file.trailer.contains_key(b"Root".as_slice()) {
            file.look_for_root();
        }
        Ok(file)
    }

    /// Finds all objects, and says which of them hold others.
    fn scan(&mut self) -> Result<Vec<u32>, PageError> {
        let bytes = self.bytes;
        let mut holders = Vec::new();
        let mut from = 0;
        while let Some(found) = find(bytes, b"obj", from) {
            from = found + 3;
            let Some(number) = number_before(bytes, found) else {
                continue;
            };
            let mut lexer = Lexer::new(bytes, from);
            let object = lexer.object().unwrap_or(Object::Null);
            let mut stream = None;
            if let Object::Dict(dict) = object {
                stream = stream_behind(&mut lexer, bytes, &dict);
                let kind = dict.get(b"Type".as_slice()).and_then(Object::name);
                match kind {
                    Some(b"ObjStm") if stream.is_some() => holders.push(number),
                    Some(b"XRef") => self.trailer_of(dict),
                    Some(b"Catalog") => {
                        self.trailer.insert(b"Root".to_vec(), Object::Ref(number));
                    }
                    _ => {}
                }
            }
            self.places.insert(number, Place::File { at: from, stream });
            if self.places.len() > MOST_OBJECTS {
                return Err(PageError::PdfTooMuch);
            }
            from = lexer.at.max(from);
        }
        Ok(holders)
    }

    fn trailers(&mut self) {
        let mut from = 0;
        while let Some(found) = find(self.bytes, b"trailer", from) {
            let mut lexer = Lexer::new(self.bytes, found + 7);
            lexer.skip_space();
            if lexer.rest().starts_with(b"<<")
                && let Some(Object::Dict(dict)) = lexer.object()
            {
                self.trailer_of(dict);
            }
            // What was read is not looked at again: else a file of trailers costs the square of its length.
            from = lexer.at;
        }
    }

    fn trailer_of(&mut self, dict: Dict) {
        for (key, value) in dict {
            if matches!(key.as_slice(), b"Root" | b"Info" | b"Encrypt") && value != Object::Null {
                self.trailer.insert(key, value);
            }
        }
    }

    /// Unpacks a stream that holds objects, and notes where those are.
    fn keep(&mut self, holder: u32) -> Result<(), PageError> {
        let Some(Place::File { at: from, .. }) = self.places.get(&holder).copied() else {
            return Ok(());
        };
        let Some((dict, held)) = self.stream(holder) else {
            return self.check();
        };
        let total: usize = self.kept.iter().map(Vec::len).sum();
        if total + held.len() > MOST_KEPT {
            return Err(PageError::PdfTooMuch);
        }
        let count = |key: &[u8]| dict.get(key).and_then(Object::count).unwrap_or(0);
        let (most, first) = (count(b"N"), count(b"First"));
        let stream = self.kept.len();
        let mut lexer = Lexer::new(held.get(..first).unwrap_or(&held), 0);
        for _ in 0..most {
            let (Some(number), Some(offset)) = (lexer.object(), lexer.object()) else {
                break;
            };
            let (Some(number), Some(offset)) = (number.count(), offset.count()) else {
                break;
            };
            let Ok(number) = u32::try_from(number) else {
                continue;
            };
            let is_later = self.places.get(&number).is_none_or(|known| match known {
                Place::File { at, .. } => *at < from,
                Place::Kept { from: other, .. } => *other <= from,
            });
            if is_later {
                let at = first.saturating_add(offset);
                self.places.insert(number, Place::Kept { from, stream, at });
            }
            if self.places.len() > MOST_OBJECTS {
                return Err(PageError::PdfTooMuch);
            }
        }
        self.kept.push(held);
        Ok(())
    }

    /// A file that was cut off says nowhere where it begins.
    fn look_for_root(&mut self) {
        let root = self.numbers().into_iter().rev().find(|number| {
            self.get(*number).is_some_and(|object| {
                let kind = object.dict().and_then(|dict| dict.get(b"Type".as_slice()));
                kind.and_then(Object::name) == Some(b"Catalog")
            })
        });
        if let Some(root) = root {
            self.trailer.insert(b"Root".to_vec(), Object::Ref(root));
        }
    }

    /// Takes from the budget; false when it is spent.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let left = self.budget.get().checked_sub(bytes);
        self.budget.set(left.unwrap_or(0));
        left.is_some_and(|left| left > 0)
    }

    /// It is too much, whatever is left.
    pub(super) fn refuse(&self) {
        self.budget.set(0);
    }

    /// Was it too much? Asked in the end, and wherever much would follow.
    pub(super) fn check(&self) -> Result<(), PageError> {
        if self.budget.get() == 0 {
            return Err(PageError::PdfTooMuch);
        }
        Ok(())
    }

    /// The numbers of all objects, in their order.
    pub(super) fn numbers(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.places.keys().copied().collect();
        all.sort_unstable();
        all
    }

    pub(super) fn get(&self, number: u32) -> Option<Object> {
        let (bytes, at) = match self.places.get(&number)? {
            Place::File { at, .. } => (self.bytes, *at),
            Place::Kept { stream, at, .. } => (self.kept.get(*stream)?.as_slice(), *at),
        };
        let mut lexer = Lexer::new(bytes, at);
        let object = lexer.object()?;
        self.spend(lexer.at.saturating_sub(at) + 16)
            .then_some(object)
    }

    /// What a reference leads to; anything else is itself.
    pub(super) fn resolve(&self, object: &Object) -> Option<Object> {
        let mut number = match object {
            Object::Ref(number) => *number,
            other => return self.spend(other.nodes() * 8).then(|| other.clone()),
        };
        for _ in 0..MOST_STEPS {
            match self.get(number)? {
                Object::Ref(next) => number = next,
                other => return Some(other),
            }
        }
        None
    }

    pub(super) fn value(&self, dict: &Dict, key: &[u8]) -> Option<Object> {
        self.resolve(dict.get(key)?)
    }

    pub(super) fn dict(&self, dict: &Dict, key: &[u8]) -> Option<Dict> {
        match self.value(dict, key)? {
            Object::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The same without a copy, where the dictionary stands in the other one.
    pub(super) fn lent<'d>(&self, dict: &'d Dict, key: &[u8]) -> Option<Cow<'d, Dict>> {
        match dict.get(key)? {
            Object::Dict(dict) => Some(Cow::Borrowed(dict)),
            _ => self.dict(dict, key).map(Cow::Owned),
        }
    }

    /// The dictionary of a stream and what it unpacks to; nothing for pictures.
    pub(super) fn stream(&self, number: u32) -> Option<(Dict, Vec<u8>)> {
        let Place::File {
            stream: Some((start, end)),
            ..
        } = *self.places.get(&number)?
        else {
            return None;
        };
        let Object::Dict(dict) = self.get(number)? else {
            return None;
        };
        let one_or_more = |keys: [&[u8]; 2]| -> Vec<Object> {
            match keys.into_iter().find_map(|key| self.value(&dict, key)) {
                Some(Object::Array(all)) => all,
                Some(one) => vec![one],
                None => Vec::new(),
            }
        };
        let filters = one_or_more([b"Filter", b"F"]);
        let settings = one_or_more([b"DecodeParms", b"DP"]);
        if filters.len() > MOST_FILTERS {
            return None;
        }
        let mut bytes = self.bytes.get(start..end)?.to_vec();
        for (at, filter) in filters.iter().enumerate() {
            let settings = settings.get(at).and_then(|settings| self.resolve(settings));
            let none = Dict::new();
            let settings = settings.as_ref().and_then(Object::dict).unwrap_or(&none);
            let filter = self.resolve(filter)?;
            match unpack(filter.name()?, settings, &bytes, MOST_STREAM) {
                Ok(unpacked) => bytes = unpacked,
                Err(Packed::Picture) => return None,
                Err(Packed::TooMuch) => {
                    self.refuse();
                    return None;
                }
            }
            if !self.spend(bytes.len()) {
                return None;
            }
        }
        self.spend(bytes.len() + 64).then_some((dict, bytes))
    }
}

/// `12 0 ` in front of `obj`.
fn number_before(bytes: &[u8], at: usize) -> Option<u32> {
    let head = bytes.get(at.saturating_sub(32)..at)?;
    let (head, _) = split_end(head, is_space)?;
    let (head, generation) = split_end(head, |byte| byte.is_ascii_digit())?;
    let (head, blank) = split_end(head, is_space)?;
    let (_, number) = split_end(head, |byte| byte.is_ascii_digit())?;
    if generation.is_empty() || blank.is_empty() || number.len() > 10 {
        return None;
    }
    str::from_utf8(number).ok()?.parse().ok()
}

fn split_end(bytes: &[u8], fits: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let kept = bytes.iter().rposition(|byte| !fits(*byte));
    bytes.split_at_checked(kept.map_or(0, |at| at + 1))
}

/// The bytes of the stream behind a dictionary. Its length is believed where the stream ends there.
fn stream_behind(lexer: &mut Lexer<'_>, bytes: &[u8], dict: &Dict) -> Option<(usize, usize)> {
    let before = lexer.at;
    lexer.skip_space();
    if !lexer.skip_word(b"stream") {
        lexer.at = before;
        return None;
    }
    lexer.skip_word(b"\r");
    lexer.skip_word(b"\n");
    let start = lexer.at;
    let told = dict
        .get(b"Length".as_slice())
        .and_then(Object::count)
        .and_then(|length| start.checked_add(length))
        .filter(|end| {
            let behind = bytes.get(*end..end.saturating_add(16)).unwrap_or_default();
            let text = behind.iter().position(|byte| !is_space(*byte)).unwrap_or(0);
            behind
                .get(text..)
                .is_some_and(|behind| behind.starts_with(b"endstream"))
        });
    let end = told.or_else(|| {
        let end = find(bytes, b"endstream", start)?;
        let body = bytes.get(start..end)?;
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        Some(start + body.len())
    });
    // A stream that never ends goes to the end of the file, which was cut off.
    let end = end.unwrap_or(bytes.len());
    lexer.at = end;
    Some((start, end))
}

fn find(bytes: &[u8], word: &[u8], from: usize) -> Option<usize> {
    let first = *word.first()?;
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        at += rest.iter().position(|byte| *byte == first)?;
        if bytes.get(at..)?.starts_with(word) {
            return Some(at);
        }
        at += 1;
    }
}
