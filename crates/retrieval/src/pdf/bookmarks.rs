//! The outline of a file: titles inside each other, and where each begins.

use std::collections::{HashMap, HashSet};

use super::{
    file::File,
    object::{Dict, Object, text_of},
};

const MOST_BOOKMARKS: usize = 20_000;
const MOST_LEVELS: usize = 32;
/// Names of places are kept in a tree.
const MOST_NAMES: usize = 100_000;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bookmark {
    /// From 1 on.
    pub(super) level: usize,
    pub(super) title: String,
    pub(super) page: usize,
    /// Height on the page, from below, where one is told.
    pub(super) top: Option<f64>,
}

/// Names of places of a file, and the pages by the numbers of their objects.
struct Places<'f, 'a> {
    file: &'f File<'a>,
    pages: &'f HashMap<u32, usize>,
    named: HashMap<Vec<u8>, Object>,
}

/// All titles in their order. Those that lead nowhere are left out; what lies in them stays.
pub(super) fn bookmarks(
    file: &File<'_>,
    root: &Dict,
    pages: &HashMap<u32, usize>,
) -> Vec<Bookmark> {
    let Some(outlines) = file.dict(root, b"Outlines") else {
        return Vec::new();
    };
    let places = Places {
        file,
        pages,
        named: names(file, root),
    };
    let mut all = Vec::new();
    let mut met = HashSet::new();
    let child = |dict: &Dict, key: &[u8]| dict.get(key).and_then(Object::reference);
    let mut open: Vec<(u32, usize)> = child(&outlines, b"First")
        .map(|first| (first, 1))
        .into_iter()
        .collect();
    while let Some((number, level)) = open.pop() {
        if !met.insert(number) || met.len() > MOST_BOOKMARKS {
            continue;
        }
        let Some(Object::Dict(item)) = file.get(number) else {
            continue;
        };
        // What comes after waits until what lies inside is done.
        open.extend(child(&item, b"Next").map(|next| (next, level)));
        let inside = child(&item, b"First").filter(|_| level < MOST_LEVELS);
        open.extend(inside.map(|first| (first, level + 1)));
        let title = file.value(&item, b"Title");
        let title = title.as_ref().and_then(Object::string).map(text_of);
        let title = super::one_line(&title.unwrap_or_default());
        if title.is_empty() {
            continue;
        }
        if let Some((page, top)) = places.of_item(&item) {
            all.push(Bookmark {
                level,
                title,
                page,
                top,
            });
        }
    }
    all
}

impl Places<'_, '_> {
    fn of_item(&self, item: &Dict) -> Option<(usize, Option<f64>)> {
        if let Some(place) = item.get(b"Dest".as_slice()) {
            return self.of(place, 0);
        }
        let action = self.file.dict(item, b"A")?;
        if self.file.value(&action, b"S")?.name()? != b"GoTo" {
            return None;
        }
        self.of(action.get(b"D".as_slice())?, 0)
    }

    /// `[page /XYZ left top zoom]`, a name of one, or a dictionary around one.
    fn of(&self, place: &Object, depth: usize) -> Option<(usize, Option<f64>)> {
        if depth > 4 {
            return None;
        }
        match self.file.resolve(place)? {
            Object::Array(parts) => {
                let page = match parts.first()? {
                    Object::Ref(number) => *self.pages.get(number)?,
                    // Some writers count pages, from 0 on.
                    other => other.count()? + 1,
                };
                let top = match parts.get(1).and_then(Object::name) {
                    Some(b"XYZ") => parts.get(3),
                    Some(b"FitH" | b"FitBH") => parts.get(2),
                    Some(b"FitR") => parts.get(5),
                    _ => None,
                };
                let is_there = page <= self.pages.len();
                is_there.then_some((page, top.and_then(Object::number)))
            }
            Object::Dict(dict) => self.of(dict.get(b"D".as_slice())?, depth + 1),
            Object::Name(name) | Object::String(name) => self.of(self.named.get(&name)?, depth + 1),
            _ => None,
        }
    }
}

/// What names of places stand for: the tree of newer files, and the list of old ones.
fn names(file: &File<'_>, root: &Dict) -> HashMap<Vec<u8>, Object> {
    let mut named = HashMap::new();
    if let Some(old) = file.dict(root, b"Dests") {
        named.extend(old);
    }
    let tree = file
        .dict(root, b"Names")
        .and_then(|names| file.dict(&names, b"Dests"));
    let mut open: Vec<Dict> = tree.into_iter().collect();
    let mut met = HashSet::new();
    while let Some(node) = open.pop() {
        if let Some(Object::Array(pairs)) = file.value(&node, b"Names") {
            for pair in pairs.chunks_exact(2) {
                if let [name, place] = pair
                    && let Some(Object::String(name)) = file.resolve(name)
                    && named.len() < MOST_NAMES
                {
                    named.insert(name, place.clone());
                }
            }
        }
        if let Some(Object::Array(kids)) = file.value(&node, b"Kids") {
            for kid in kids.iter().filter_map(Object::reference) {
                if met.insert(kid)
                    && let Some(Object::Dict(kid)) = file.get(kid)
                {
                    open.push(kid);
                }
            }
        }
    }
    named
}
