//! What a page shows, as pieces of text with where they stand. Everything that is no text is passed over.

use std::{borrow::Cow, collections::HashMap, rc::Rc};

use super::{
    file::{File, MOST_STREAM},
    font::Font,
    object::{Dict, Lexer, Object, Token, is_space},
};

/// Forms inside forms.
const MOST_DEPTH: usize = 8;
const MOST_STATES: usize = 200;
/// What an operator can take; a longer heap of operands belongs to none.
const MOST_OPERANDS: usize = 4_000;
const MOST_FONTS: usize = 1_000;
/// Pieces on one page; where each letter is placed by itself there are some thousands.
const MOST_RUNS: usize = 200_000;
/// A gap inside a string that is wider than this, in thousandths of the size, is a blank.
const BLANK: f64 = 170.0;

/// A piece of text that was shown at once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) text: String,
    /// Where it goes: (1, 0) is to the right.
    pub(super) along: (f64, f64),
    /// Its start and its end, measured along where it goes.
    pub(super) start: f64,
    pub(super) end: f64,
    /// Its base line, measured across; more is higher.
    pub(super) height: f64,
    pub(super) size: f64,
    /// Height on the page, from below.
    pub(super) y: f64,
    pub(super) is_mono: bool,
}

#[derive(Clone, Copy)]
struct Matrix([f64; 6]);

impl Matrix {
    const ONE: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn of(numbers: &[f64]) -> Option<Self> {
        <[f64; 6]>::try_from(numbers).ok().map(Self)
    }

    /// First this one, then `then`.
    fn times(self, then: Self) -> Self {
        let (one, two) = (self.0, then.0);
        Self([
            one[0] * two[0] + one[1] * two[2],
            one[0] * two[1] + one[1] * two[3],
            one[2] * two[0] + one[3] * two[2],
            one[2] * two[1] + one[3] * two[3],
            one[4] * two[0] + one[5] * two[2] + two[4],
            one[4] * two[1] + one[5] * two[3] + two[5],
        ])
    }

    fn shifted(self, x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y]).times(self)
    }

    fn point(self, x: f64, y: f64) -> (f64, f64) {
        let own = self.0;
        (
            own[0] * x + own[2] * y + own[4],
            own[1] * x + own[3] * y + own[5],
        )
    }
}

#[derive(Clone)]
struct State {
    page: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_gap: f64,
    word_gap: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

/// What is common to the pages of a file.
pub(super) struct Shown<'f, 'a> {
    file: &'f File<'a>,
    fonts: HashMap<u32, Rc<Font>>,
    /// Letters that were read, and codes of which the fonts do not say what they are.
    pub(super) letters: usize,
    pub(super) unknown: usize,
    runs: Vec<Run>,
}

impl<'f, 'a> Shown<'f, 'a> {
    pub(super) fn new(file: &'f File<'a>) -> Self {
        Self {
            file,
            fonts: HashMap::new(),
            letters: 0,
            unknown: 0,
            runs: Vec::new(),
        }
    }

    /// The pieces of a page in the order in which they are shown.
    pub(super) fn page(&mut self, page: &Dict, resources: &Dict) -> Vec<Run> {
        let content = self.content(page);
        let state = State {
            page: Matrix::ONE,
            font: None,
            size: 1.0,
            letter_gap: 0.0,
            word_gap: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        self.show(&content, resources, state, 0);
        std::mem::take(&mut self.runs)
    }

    fn content(&self, page: &Dict) -> Vec<u8> {
        let Some(contents) = page.get(b"Contents".as_slice()) else {
            return Vec::new();
        };
        let parts = match contents {
            // A reference to one stream, or to a list of some.
            Object::Ref(number) => match self.file.get(*number) {
                Some(Object::Array(all)) => all,
                _ => vec![contents.clone()],
            },
            Object::Array(all) => all.clone(),
            _ => Vec::new(),
        };
        let mut content = Vec::new();
        for part in parts.iter().filter_map(Object::reference) {
            let Some((_, bytes)) = self.file.stream(part) else {
                continue;
            };
            if content.len() + bytes.len() > MOST_STREAM {
                self.file.refuse();
                break;
            }
            content.extend(bytes);
            content.push(b'\n');
        }
        content
    }

    fn show(&mut self, content: &[u8], resources: &Dict, state: State, depth: usize) {
        self.file.spend(64);
        let part = |name: &[u8]| self.file.lent(resources, name).unwrap_or_default();
        let (fonts, forms) = (part(b"Font"), part(b"XObject"));
        let mut text = Text {
            shown: self,
            resources,
            fonts,
            forms,
            loaded: HashMap::new(),
            state,
            saved: Vec::new(),
            line: Matrix::ONE,
            at: Matrix::ONE,
            marks: Vec::new(),
            depth,
        };
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        loop {
            match lexer.next() {
                Token::End => return,
                Token::Object(object) => {
                    if operands.len() >= MOST_OPERANDS {
                        operands.clear();
                    }
                    operands.push(object);
                }
                Token::Word(b"ID") => {
                    skip_picture(&mut lexer);
                    operands.clear();
                }
                Token::Word(word) => {
                    let _ = text.does(word, &operands);
                    operands.clear();
                    if text.shown.file.check().is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn font(&mut self, object: &Object) -> Option<Rc<Font>> {
        let number = object.reference();
        if let Some(font) = number.and_then(|number| self.fonts.get(&number)) {
            return Some(font.clone());
        }
        let Object::Dict(dict) = self.file.resolve(object)? else {
            return None;
        };
        let font = Rc::new(Font::load(self.file, &dict));
        if let Some(number) = number {
            if self.fonts.len() >= MOST_FONTS {
                self.fonts.clear();
            }
            self.fonts.insert(number, font.clone());
        }
        Some(font)
    }
}

/// A picture among the operators: bytes up to `EI`.
fn skip_picture(lexer: &mut Lexer<'_>) {
    let rest = lexer.rest();
    let end = rest.windows(4).position(|bytes| {
        matches!(bytes, [before, b'E', b'I', behind] if is_space(*before) && is_space(*behind))
    });
    lexer.at += end.map_or(rest.len(), |end| end + 3);
}

/// One stream of operators while it is gone through.
struct Text<'s, 'f, 'a> {
    shown: &'s mut Shown<'f, 'a>,
    resources: &'s Dict,
    fonts: Cow<'s, Dict>,
    forms: Cow<'s, Dict>,
    loaded: HashMap<Vec<u8>, Option<Rc<Font>>>,
    state: State,
    saved: Vec<State>,
    line: Matrix,
    at: Matrix,
    /// Parts that are marked; is one what the writer put on every page?
    marks: Vec<bool>,
    depth: usize,
}

impl Text<'_, '_, '_> {
    /// Carries out one operator; nothing where it does not have what it needs.
    fn does(&mut self, operator: &[u8], operands: &[Object]) -> Option<()> {
        let numbers: Vec<f64> = match operator {
            b"cm" | b"Td" | b"TD" | b"Tm" | b"Tc" | b"Tw" | b"Tz" | b"TL" | b"Ts" | b"Tf"
            | b"\"" => operands.iter().filter_map(Object::number).collect(),
            _ => Vec::new(),
        };
        let number = || numbers.last().copied();
        match operator {
            b"q" if self.saved.len() < MOST_STATES => self.saved.push(self.state.clone()),
            b"Q" => self.state = self.saved.pop()?,
            b"cm" => self.state.page = Matrix::of(&numbers)?.times(self.state.page),
            b"BT" => {
                self.line = Matrix::ONE;
                self.at = Matrix::ONE;
            }
            b"Tf" => {
                self.state.size = number()?;
                let name = operands.iter().find_map(Object::name)?;
                self.state.font = self.font(name);
            }
            b"Tc" => self.state.letter_gap = number()?,
            b"Tw" => self.state.word_gap = number()?,
            b"Tz" => self.state.stretch = number()? / 100.0,
            b"TL" => self.state.leading = number()?,
            b"Ts" => self.state.rise = number()?,
            b"Td" | b"TD" => {
                let [x, y] = <[f64; 2]>::try_from(numbers.as_slice()).ok()?;
                if operator == b"TD" {
                    self.state.leading = -y;
                }
                self.next_line(x, y);
            }
            b"Tm" => {
                self.line = Matrix::of(&numbers)?;
                self.at = self.line;
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tj" => self.say(operands.get(..1)?),
            b"TJ" => self.say(operands.first()?.array()?),
            b"'" | b"\"" => {
                if let [word_gap, letter_gap] = numbers.as_slice() {
                    self.state.word_gap = *word_gap;
                    self.state.letter_gap = *letter_gap;
                }
                self.next_line(0.0, -self.state.leading);
                self.say(std::slice::from_ref(operands.last()?));
            }
            b"Do" => self.form(operands.first()?.name()?),
            b"BMC" | b"BDC" if self.marks.len() < MOST_STATES => {
                self.marks.push(is_pagination(operands));
            }
            b"EMC" => {
                self.marks.pop();
            }
            _ => {}
        }
        Some(())
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = self.line.shifted(x, y);
        self.at = self.line;
    }

    fn font(&mut self, name: &[u8]) -> Option<Rc<Font>> {
        if let Some(font) = self.loaded.get(name) {
            return font.clone();
        }
        let font = self
            .fonts
            .get(name)
            .and_then(|object| self.shown.font(object));
        self.loaded.insert(name.to_vec(), font.clone());
        font
    }

    /// Strings, and numbers that move the next one back.
    fn say(&mut self, parts: &[Object]) {
        let Some(font) = self.state.font.clone() else {
            return;
        };
        let State {
            size,
            stretch,
            letter_gap,
            word_gap,
            ..
        } = self.state;
        let before = self.at;
        let mut text = String::new();
        let mut far = 0.0;
        for part in parts {
            match part {
                Object::Number(back) => {
                    if *back < -BLANK && !text.is_empty() && !text.ends_with(' ') {
                        text.push(' ');
                    }
                    far -= back / 1000.0 * size * stretch;
                }
                Object::String(bytes) => {
                    for glyph in font.glyphs(bytes) {
                        match glyph.text {
                            Some(letters) => {
                                self.shown.letters += 1;
                                text.push_str(&letters);
                            }
                            None => self.shown.unknown += 1,
                        }
                        let gap = if glyph.is_blank { word_gap } else { 0.0 };
                        far += (glyph.width * size + letter_gap + gap) * stretch;
                    }
                }
                _ => {}
            }
        }
        self.at = self.at.shifted(far, 0.0);
        let is_left_out = self.marks.contains(&true);
        if text.trim().is_empty() && !text.contains(' ')
            || is_left_out
            || !self.shown.file.spend(text.len() + 64)
        {
            return;
        }
        if self.shown.runs.len() >= MOST_RUNS {
            self.shown.file.refuse();
            return;
        }
        let matrix = before.times(self.state.page);
        let [right, up, ..] = matrix.0;
        let length = right.hypot(up);
        let tall = size.abs() * matrix.0[2].hypot(matrix.0[3]);
        let (x, y) = matrix.point(0.0, self.state.rise);
        let ok = [length, tall, x, y, far].iter().all(|it| it.is_finite());
        if !ok || length <= 0.0 || tall <= 0.0 {
            return;
        }
        let along = (right / length, up / length);
        let start = x * along.0 + y * along.1;
        self.shown.runs.push(Run {
            text,
            along,
            start,
            end: start + far * length,
            height: y * along.0 - x * along.1,
            size: tall,
            y,
            is_mono: font.is_mono,
        });
    }

    /// A part of a page that is kept under a name.
    fn form(&mut self, name: &[u8]) {
        if self.depth >= MOST_DEPTH {
            return;
        }
        let file = self.shown.file;
        let Some(number) = self.forms.get(name).and_then(Object::reference) else {
            return;
        };
        let is_form = file
            .get(number)
            .and_then(|form| Some(form.dict()?.get(b"Subtype".as_slice())?.name()? == b"Form"));
        if is_form != Some(true) {
            return;
        }
        let Some((dict, content)) = file.stream(number) else {
            return;
        };
        let mut state = self.state.clone();
        if let Some(Object::Array(matrix)) = file.value(&dict, b"Matrix") {
            let numbers: Vec<f64> = matrix.iter().filter_map(Object::number).collect();
            if let Some(matrix) = Matrix::of(&numbers) {
                state.page = matrix.times(state.page);
            }
        }
        let own = file.dict(&dict, b"Resources");
        let resources = own.as_ref().unwrap_or(self.resources);
        if !self.marks.contains(&true) {
            self.shown.show(&content, resources, state, self.depth + 1);
        }
    }
}

/// Headers, footers and numbers of pages, where the writer says so.
fn is_pagination(operands: &[Object]) -> bool {
    let [Object::Name(tag), Object::Dict(about)] = operands else {
        return false;
    };
    tag == b"Artifact"
        && about
            .get(b"Type".as_slice())
            .and_then(Object::name)
            .is_some_and(|kind| kind == b"Pagination")
}
