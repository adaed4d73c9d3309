//! What a font makes of the codes of a text: letters, and how far each goes.

use super::{
    cmap::CMap,
    file::File,
    letters::{Letters, of_glyph},
    object::{Dict, Object},
};

/// Where a font does not say how wide it is, in thousandths of its size.
const USUAL_WIDTH: f64 = 500.0;
const MONO_WIDTH: f64 = 600.0;
/// What is paid for a font, whatever it says.
const PRICE: usize = 20_000;
/// The same for each entry of its tables.
const ENTRY_PRICE: usize = 64;

enum Codes {
    /// One byte each.
    Bytes(Vec<Option<String>>),
    /// Two bytes each, which may be UTF-16 themselves.
    Pairs { is_unicode: bool },
}

enum Widths {
    Bytes {
        first: usize,
        all: Vec<f64>,
    },
    /// First and last code, width; in the order of the codes.
    Ranges(Vec<(u32, u32, f64)>),
}

pub(super) struct Font {
    codes: Codes,
    map: CMap,
    widths: Widths,
    otherwise: f64,
    /// From the units of widths to the size of the font.
    scale: f64,
    pub(super) is_mono: bool,
}

/// One code of a text.
pub(super) struct Glyph {
    /// Nothing where the font does not say which letter it is.
    pub(super) text: Option<String>,
    /// In units of the size.
    pub(super) width: f64,
    /// Is it the blank that word spacing is added to?
    pub(super) is_blank: bool,
}

impl Font {
    pub(super) fn load(file: &File<'_>, dict: &Dict) -> Self {
        file.spend(PRICE);
        let text = |dict: &Dict, key: &[u8]| match file.value(dict, key) {
            Some(Object::Name(name)) => String::from_utf8_lossy(&name).into_owned(),
            _ => String::new(),
        };
        let kind = text(dict, b"Subtype");
        let name = text(dict, b"BaseFont").to_ascii_lowercase();
        let map = dict
            .get(b"ToUnicode".as_slice())
            .and_then(Object::reference)
            .and_then(|number| file.stream(number))
            .map(|(_, bytes)| CMap::read(&bytes))
            .unwrap_or_default();
        file.spend(map.len() * ENTRY_PRICE);
        let descendant = match file.value(dict, b"DescendantFonts") {
            Some(Object::Array(all)) => all.first().and_then(|first| file.resolve(first)),
            _ => None,
        };
        let inner = descendant.as_ref().and_then(Object::dict).unwrap_or(dict);
        let descriptor = file.dict(inner, b"FontDescriptor").unwrap_or_default();
        let flags = file
            .value(&descriptor, b"Flags")
            .and_then(|flags| flags.count())
            .unwrap_or(0);
        let is_mono = flags & 1 == 1
            || ["courier", "mono", "consol", "typewriter", "cmtt"]
                .iter()
                .any(|part| name.contains(part));
        let usual = if is_mono { MONO_WIDTH } else { USUAL_WIDTH };
        if kind == "Type0" {
            return Self::of_pairs(file, dict, inner, map, is_mono);
        }
        let first = file
            .value(dict, b"FirstChar")
            .and_then(|first| first.count())
            .unwrap_or(0);
        let all = match file.value(dict, b"Widths") {
            Some(Object::Array(all)) => all
                .iter()
                .take(256)
                .map(|width| {
                    let width = file.resolve(width).and_then(|width| width.number());
                    width.unwrap_or(usual)
                })
                .collect(),
            _ => Vec::new(),
        };
        let matrix = match file.value(dict, b"FontMatrix") {
            Some(Object::Array(all)) if kind == "Type3" => all.first().and_then(Object::number),
            _ => None,
        };
        let missing = file
            .value(&descriptor, b"MissingWidth")
            .and_then(|width| width.number())
            .filter(|width| *width > 0.0);
        Self {
            codes: Codes::Bytes(letters_of(file, dict, &kind, &name)),
            map,
            widths: Widths::Bytes { first, all },
            otherwise: missing.unwrap_or(usual),
            scale: matrix.unwrap_or(0.001),
            is_mono,
        }
    }

    fn of_pairs(file: &File<'_>, dict: &Dict, inner: &Dict, map: CMap, is_mono: bool) -> Self {
        let encoding = match file.value(dict, b"Encoding") {
            Some(Object::Name(name)) => String::from_utf8_lossy(&name).into_owned(),
            _ => String::new(),
        };
        let is_unicode = encoding.contains("UCS2")
            || encoding.contains("UTF16")
            || dict
                .get(b"ToUnicode".as_slice())
                .is_some_and(|map| map.name().is_some_and(|name| name.starts_with(b"Identity")));
        let otherwise = file
            .value(inner, b"DW")
            .and_then(|width| width.number())
            .unwrap_or(1000.0);
        let widths = match file.value(inner, b"W") {
            Some(Object::Array(all)) => ranges_of(file, &all),
            _ => Vec::new(),
        };
        file.spend(widths.len() * ENTRY_PRICE);
        Self {
            codes: Codes::Pairs { is_unicode },
            map,
            widths: Widths::Ranges(widths),
            otherwise,
            scale: 0.001,
            is_mono,
        }
    }

    pub(super) fn glyphs<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Glyph> + 'a {
        let step = match &self.codes {
            Codes::Bytes(_) => 1,
            Codes::Pairs { .. } if self.map.is_narrow => 1,
            Codes::Pairs { .. } => 2,
        };
        bytes.chunks(step).map(move |code| {
            let is_blank = matches!(code, [0x20]);
            let code = code
                .iter()
                .fold(0, |code, byte| (code << 8) | u32::from(*byte));
            Glyph {
                text: self.text(code),
                width: self.width(code) * self.scale,
                is_blank,
            }
        })
    }

    fn text(&self, code: u32) -> Option<String> {
        if let Some(text) = self.map.text(code) {
            return Some(text);
        }
        match &self.codes {
            Codes::Bytes(letters) => letters.get(code as usize)?.clone(),
            Codes::Pairs { is_unicode: true } => char::from_u32(code).map(|c| c.to_string()),
            Codes::Pairs { is_unicode: false } => None,
        }
    }

    fn width(&self, code: u32) -> f64 {
        let known = match &self.widths {
            Widths::Bytes { first, all } => (code as usize)
                .checked_sub(*first)
                .and_then(|at| all.get(at))
                .copied(),
            Widths::Ranges(all) => {
                let behind = all.partition_point(|(first, _, _)| *first <= code);
                behind
                    .checked_sub(1)
                    .and_then(|at| all.get(at))
                    .filter(|(_, last, _)| code <= *last)
                    .map(|(_, _, width)| *width)
            }
        };
        known.unwrap_or(self.otherwise)
    }
}

/// What each byte stands for.
fn letters_of(file: &File<'_>, dict: &Dict, kind: &str, name: &str) -> Vec<Option<String>> {
    let usual = if kind == "TrueType" {
        Letters::Windows
    } else {
        Letters::Standard
    };
    let encoding = file.value(dict, b"Encoding");
    let is_symbols = name.ends_with("symbol") || name.ends_with("zapfdingbats");
    let base = match &encoding {
        Some(Object::Name(name)) => Letters::of_name(name).or(Some(usual)),
        Some(Object::Dict(encoding)) => file
            .value(encoding, b"BaseEncoding")
            .and_then(|name| Letters::of_name(name.name()?))
            .or(Some(usual)),
        _ => (!is_symbols).then_some(usual),
    };
    let mut letters: Vec<Option<String>> = (0..=255)
        .map(|code| base.and_then(|base| base.of_code(code)))
        .collect();
    if is_symbols && let Some(bullet) = letters.get_mut(0xb7) {
        *bullet = Some("•".to_owned());
    }
    let differences = match &encoding {
        Some(Object::Dict(encoding)) => file.value(encoding, b"Differences"),
        _ => None,
    };
    let Some(Object::Array(differences)) = differences else {
        return letters;
    };
    let mut code = 0;
    // Each name is looked up; no font has more than its 256 codes, however often it names them.
    for difference in differences.iter().take(1_024) {
        match difference {
            Object::Number(_) => code = difference.count().unwrap_or(0),
            Object::Name(name) => {
                if let Some(letter) = letters.get_mut(code) {
                    *letter = str::from_utf8(name).ok().and_then(of_glyph);
                }
                code += 1;
            }
            _ => {}
        }
    }
    letters
}

/// `12 [500 600] 20 30 700`: widths one by one from 12 on, and one width from 20 to 30.
fn ranges_of(file: &File<'_>, all: &[Object]) -> Vec<(u32, u32, f64)> {
    let mut ranges = Vec::new();
    let mut rest = all;
    let code = |object: &Object| object.count().and_then(|code| u32::try_from(code).ok());
    while let [first, second, behind @ ..] = rest {
        let Some(first) = code(first) else {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        };
        let second = file.resolve(second);
        match (&second, behind) {
            (Some(Object::Array(widths)), _) => {
                for (code, width) in (first..).zip(widths) {
                    ranges.push((code, code, width.number().unwrap_or(USUAL_WIDTH)));
                }
                rest = behind;
            }
            (Some(last), [width, behind @ ..]) => {
                if let (Some(last), Some(width)) = (code(last), width.number()) {
                    ranges.push((first, last, width));
                }
                rest = behind;
            }
            _ => break,
        }
    }
    ranges.sort_by_key(|(first, _, _)| *first);
    ranges
}
