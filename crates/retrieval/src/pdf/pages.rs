//! The pages of a file in their order.

use std::{collections::HashSet, rc::Rc};

use super::{
    file::File,
    object::{Dict, Object},
};
use crate::page::PageError;

const MOST_PAGES: usize = 5_000;
const MOST_LEVELS: usize = 32;

pub(super) struct Page {
    pub(super) number: u32,
    /// Fonts and forms of the pages around it.
    inherited: Option<Rc<Object>>,
}

impl Page {
    pub(super) fn resources(&self, file: &File<'_>, page: &Dict) -> Dict {
        let own = file.dict(page, b"Resources");
        own.or_else(|| match file.resolve(self.inherited.as_deref()?)? {
            Object::Dict(dict) => Some(dict),
            _ => None,
        })
        .unwrap_or_default()
    }
}

/// A node of the tree that is still to be looked at.
struct Waiting {
    number: u32,
    level: usize,
    inherited: Option<Rc<Object>>,
}

pub(super) fn pages(file: &File<'_>, root: &Dict) -> Result<Vec<Page>, PageError> {
    let mut all = Vec::new();
    let mut met = HashSet::new();
    let first = root.get(b"Pages".as_slice()).and_then(Object::reference);
    let mut open: Vec<Waiting> = first
        .map(|number| Waiting {
            number,
            level: 0,
            inherited: None,
        })
        .into_iter()
        .collect();
    while let Some(waiting) = open.pop() {
        if !met.insert(waiting.number) || waiting.level > MOST_LEVELS {
            continue;
        }
        let Some(Object::Dict(node)) = file.get(waiting.number) else {
            continue;
        };
        let Some(Object::Array(kids)) = file.value(&node, b"Kids") else {
            put(&mut all, waiting.number, waiting.inherited)?;
            continue;
        };
        let own = node.get(b"Resources".as_slice()).cloned().map(Rc::new);
        let inherited = own.or(waiting.inherited);
        let kids = kids.iter().rev().filter_map(Object::reference);
        open.extend(kids.map(|number| Waiting {
            number,
            level: waiting.level + 1,
            inherited: inherited.clone(),
        }));
    }
    if all.is_empty() {
        // The tree is broken; pages say what they are.
        for number in file.numbers() {
            let is_page = file.get(number).is_some_and(|object| {
                let kind = object.dict().and_then(|dict| dict.get(b"Type".as_slice()));
                kind.and_then(Object::name) == Some(b"Page")
            });
            if is_page {
                put(&mut all, number, None)?;
            }
        }
    }
    Ok(all)
}

fn put(all: &mut Vec<Page>, number: u32, inherited: Option<Rc<Object>>) -> Result<(), PageError> {
    if all.len() >= MOST_PAGES {
        return Err(PageError::PdfTooMuch);
    }
    all.push(Page { number, inherited });
    Ok(())
}
