//! Manual pages by the file that they describe: who names the file in a question asks about what stands on
//! its page, not about the page.

use std::collections::{HashMap, HashSet};

use crate::{
    chunk::{Chunk, Kind},
    index::Index,
    query::Query,
    words::Words,
};

/// What a chunk of the page is worth that holds another word of the question, as a share of its score.
const ON_ITS_PAGE: f32 = 0.5;
/// And what the option is worth that the question names.
const NAMED: f32 = 1.0;

/// The chunks of each page of the manual about a file, by the file's name.
#[derive(Debug, Default)]
pub(crate) struct Manuals {
    chunks: HashMap<String, HashSet<usize>>,
}

impl Manuals {
    pub(crate) fn of(chunks: &[Chunk]) -> Self {
        let mut manuals = Self::default();
        for (at, chunk) in chunks.iter().enumerate() {
            let pages = std::iter::once(&chunk.at).chain(&chunk.also);
            for file in pages.filter_map(|place| file_of(&place.page)) {
                if !manuals.chunks.contains_key(file) {
                    manuals.chunks.insert(file.to_owned(), HashSet::new());
                }
                if let Some(chunks) = manuals.chunks.get_mut(file) {
                    chunks.insert(at);
                }
            }
        }
        manuals
    }

    /// Notes in the question the files that it names beside what it asks about.
    pub(crate) fn note(&self, query: &mut Query) {
        let is_file = |word: &str| self.chunks.contains_key(file_name(word));
        if query.asked.iter().all(|asked| is_file(&asked.word)) {
            return;
        }
        let files = query.asked.iter().filter(|asked| is_file(&asked.word));
        let files: Vec<_> = files.cloned().collect();
        for file in files {
            query.files.push(file_name(&file.word).to_owned());
            query.of_places.extend(file.terms);
        }
    }

    /// By how much a chunk counts more in a question that names its file.
    pub(crate) fn factor(&self, query: &Query, index: &Index, chunk: &Chunk, at: usize) -> f32 {
        let is_on_page = query
            .files
            .iter()
            .filter_map(|file| self.chunks.get(file))
            .any(|chunks| chunks.contains(&at));
        if !is_on_page {
            return 1.0;
        }
        let others = || {
            query
                .typed
                .iter()
                .filter(|term| !query.of_places.contains(term))
        };
        if !others().any(|term| index.holds(at, term)) {
            return 1.0;
        }
        let is_named = chunk.kind == Kind::Option && {
            let names = Words::default().terms(chunk.title());
            names
                .first()
                .is_some_and(|name| others().any(|term| term == name))
        };
        1.0 + ON_ITS_PAGE + if is_named { NAMED } else { 0.0 }
    }
}

/// The file that a page of the manual describes: `qm.conf` of `qm.conf.5.html`.
fn file_of(page: &str) -> Option<&str> {
    let page = page.split('\u{1f}').next().unwrap_or(page);
    let (name, section) = page.strip_suffix(".html")?.rsplit_once('.')?;
    (name.contains('.') && section.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// A file by its name alone: `/etc/pve/datacenter.cfg`.
fn file_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use crate::{Chunk, Kind, Library, Location};

    fn chunk(page: &str, kind: Kind, path: &[&str], text: &str) -> Chunk {
        Chunk {
            at: Location {
                page: page.to_owned(),
                anchor: None,
            },
            kind,
            path: path.iter().map(|title| (*title).to_owned()).collect(),
            text: text.to_owned(),
            also: Vec::new(),
        }
    }

    /// Two files with an option of one name each.
    fn library() -> Library {
        let mut chunks = Vec::new();
        for (page, name) in [("wheel.conf.5.html", "wheel"), ("cart.conf.5.html", "cart")] {
            let title = format!("{name}.conf(5)");
            let about = format!("{name}.conf - Configuration of the {name}");
            chunks.push(chunk(page, Kind::Section, &[&title, "NAME"], &about));
            for option in ["brake", "colour", "load"] {
                let text = format!("{option}: <integer>\n\nThe {option} of the {name}.");
                chunks.push(chunk(
                    page,
                    Kind::Option,
                    &[&title, "Options", option],
                    &text,
                ));
            }
        }
        let text = "How a brake is used, when a brake is used, and what to do with a worn brake.";
        chunks.push(chunk(
            "guide.html",
            Kind::Section,
            &["Guide", "The brake"],
            text,
        ));
        Library::new(chunks)
    }

    fn first(question: &str) -> String {
        library().search(question, 1).found[0].chunk.section()
    }

    #[test]
    fn a_file_in_a_question_chooses_the_page_that_an_option_is_on() {
        for (question, section) in [
            (
                "what does brake do in wheel.conf?",
                "wheel.conf(5) > Options > brake",
            ),
            ("cart.conf brake", "cart.conf(5) > Options > brake"),
            (
                "the load in /etc/yard/cart.conf",
                "cart.conf(5) > Options > load",
            ),
            ("when is a brake used", "Guide > The brake"),
        ] {
            assert_eq!(first(question), section, "{question}");
        }
    }

    #[test]
    fn who_asks_about_the_file_itself_gets_its_page() {
        assert_eq!(first("what is wheel.conf?"), "wheel.conf(5) > NAME");
    }
}
