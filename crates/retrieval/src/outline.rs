//! Sections that lie inside each other, as the readers of all formats write them down.

use crate::chunk::{Chunk, Kind, Location};

/// A title or option name longer than this is cut: it is shown on one line.
const MOST_TITLE: usize = 160;
/// Titles above each other; a page that nests deeper keeps its lower titles on this level.
const MOST_LEVELS: usize = 40;

/// A section that is being read.
struct Open {
    level: usize,
    title: String,
    anchor: Option<String>,
    kind: Kind,
    text: String,
    /// Place among the chunks, so that a section stands before what it contains.
    at: usize,
}

/// A page while it is read: what is open, and what is done.
pub(crate) struct Outline {
    page: String,
    open: Vec<Open>,
    done: Vec<(usize, Chunk)>,
    next: usize,
    /// Whether a heading of the page gave it its title.
    titled: bool,
}

impl Outline {
    /// The page itself is the section on level 0 that everything lies in.
    pub(crate) fn new(page: &str, title: String) -> Self {
        let root = Open {
            level: 0,
            title: clip(title),
            anchor: None,
            kind: Kind::Section,
            text: String::new(),
            at: 0,
        };
        Self {
            page: page.to_owned(),
            open: vec![root],
            done: Vec::new(),
            next: 1,
            titled: false,
        }
    }

    /// Begins a section; what is open on its level or below ends.
    pub(crate) fn begin(
        &mut self,
        level: usize,
        title: String,
        anchor: Option<String>,
        kind: Kind,
    ) {
        self.close_to(level);
        if self.open.len() >= MOST_LEVELS {
            self.close();
        }
        self.open.push(Open {
            level,
            title: clip(title),
            anchor,
            kind,
            text: String::new(),
            at: self.next,
        });
        self.next += 1;
    }

    /// Ends what is not above `level`.
    pub(crate) fn close_to(&mut self, level: usize) {
        while self.open.len() > 1 && self.open.last().is_some_and(|open| open.level >= level) {
            self.close();
        }
    }

    pub(crate) fn say(&mut self, text: &str) {
        if let Some(open) = self.open.last_mut() {
            open.text.push_str(text);
        }
    }

    /// Is nothing but the page itself open?
    pub(crate) fn at_page(&self) -> bool {
        self.open.len() == 1
    }

    /// The title of the page.
    pub(crate) fn page_title(&self) -> &str {
        self.open.first().map_or("", |page| page.title.as_str())
    }

    /// A heading says what the title of the page is: it is text of the page.
    pub(crate) fn set_page_title(&mut self, title: String) {
        self.titled = true;
        if let Some(page) = self.open.first_mut() {
            page.title = clip(title);
        }
    }

    /// Level and anchor of what is open.
    pub(crate) fn place(&self) -> (usize, Option<String>) {
        self.open
            .last()
            .map_or((0, None), |open| (open.level, open.anchor.clone()))
    }

    pub(crate) fn kind(&self) -> Kind {
        self.open.last().map_or(Kind::Section, |open| open.kind)
    }

    /// The level of the nearest section of text.
    pub(crate) fn section_level(&self) -> usize {
        self.open
            .iter()
            .rev()
            .find(|open| open.kind == Kind::Section)
            .map_or(0, |open| open.level)
    }

    fn close(&mut self) {
        let path = self.open.iter().map(|open| open.title.clone()).collect();
        if let Some(open) = self.open.pop() {
            let text = tidy(&open.text);
            // A section that only holds others has a title that is worth finding all the same, and so has a page
            // that is nothing but its heading.
            let is_all = open.level == 0 && self.titled && self.done.is_empty();
            if !text.is_empty() || open.level > 0 || is_all {
                let chunk = Chunk {
                    at: Location {
                        page: self.page.clone(),
                        anchor: open.anchor,
                    },
                    kind: open.kind,
                    path,
                    text,
                    also: Vec::new(),
                };
                self.done.push((open.at, chunk));
            }
        }
    }

    /// The chunks in the order of the page.
    pub(crate) fn finish(mut self) -> Vec<Chunk> {
        while !self.open.is_empty() {
            self.close();
        }
        self.done.sort_by_key(|(at, _)| *at);
        self.done.into_iter().map(|(_, chunk)| chunk).collect()
    }
}

/// Words with one blank between them.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most one empty line in a row, none at the ends.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(line);
    }
    out
}

/// Whether a title is shown whole; of a longer one the end is seen in the text alone.
pub(crate) fn is_shown_whole(title: &str) -> bool {
    title.chars().count() <= MOST_TITLE
}

pub(crate) fn clip(title: String) -> String {
    match title.char_indices().nth(MOST_TITLE) {
        Some((end, _)) => format!("{}…", title.get(..end).unwrap_or_default()),
        None => title,
    }
}
