//! What people say, in five languages, and what the documentation of Proxmox VE calls it.
//!
//! An entry is found when all words of one of its phrases stand side by side in the question; German
//! compounds are found by their beginning (`backup*`), scripts without blanks anywhere.

mod cluster;
mod guests;
mod pairs;
mod phrases;
mod storage;
mod system;

use std::collections::HashMap;

use crate::{fold_letters::folded, words::Words};

/// Phrases that people use (`a|b`, lower case, without accents), and the documentation's words.
type Entry = (&'static str, &'static str);

/// Several entries may apply to one question.
const TABLES: [&[Entry]; 5] = [
    guests::ENTRIES,
    storage::ENTRIES,
    cluster::ENTRIES,
    system::ENTRIES,
    phrases::ENTRIES,
];

/// The tables, made ready for many questions.
#[derive(Debug)]
pub(crate) struct Glossary {
    phrases: Vec<Phrase>,
    /// Phrases by the stem of their first word.
    by_stem: HashMap<String, Vec<usize>>,
    /// Phrases whose first word is a beginning, by its first two letters.
    by_beginning: HashMap<[u8; 2], Vec<usize>>,
    /// Phrases of scripts without blanks.
    unspaced: Vec<usize>,
}

#[derive(Debug)]
struct Phrase {
    text: &'static str,
    parts: Vec<Part>,
    says: Says,
}

#[derive(Clone, Copy, Debug)]
enum Says {
    /// The documentation's words.
    Meaning(&'static str),
    /// One of the words of a group.
    Group(&'static str),
}

#[derive(Debug)]
enum Part {
    Beginning(&'static str),
    Stem(String),
}

/// What joins the parts of a compound.
const JOINTS: [char; 2] = ['-', '_'];

/// What a question says, in the documentation's words.
#[derive(Debug, Default)]
pub(crate) struct Meanings {
    /// In the order of the table, each once.
    pub(crate) all: Vec<&'static str>,
    /// Of two words together, which is more than each alone.
    pub(crate) of_pairs: Vec<&'static str>,
    /// The groups of which a word stands in it.
    pub(crate) groups: Vec<&'static str>,
    /// For each word of the question that is part of a phrase: what the phrase means.
    pub(crate) by_word: HashMap<String, Vec<&'static str>>,
}

impl Glossary {
    pub(crate) fn new(words: &Words) -> Self {
        let mut glossary = Self {
            phrases: Vec::new(),
            by_stem: HashMap::new(),
            by_beginning: HashMap::new(),
            unspaced: Vec::new(),
        };
        for (phrases, meaning) in TABLES.iter().flat_map(|table| table.iter()) {
            for text in phrases.split('|').map(str::trim) {
                glossary.add(text, Says::Meaning(meaning), words);
            }
        }
        for (group, phrases) in pairs::GROUPS {
            for text in phrases.split('|') {
                glossary.add(text, Says::Group(group), words);
            }
        }
        glossary
    }

    fn add(&mut self, text: &'static str, says: Says, words: &Words) {
        let at = self.phrases.len();
        let mut parts = Vec::new();
        if is_unspaced(text) {
            self.unspaced.push(at);
        } else {
            parts.extend(
                text.split([' ', '\''])
                    .map(|part| match part.strip_suffix('*') {
                        Some(beginning) => Part::Beginning(beginning),
                        None => Part::Stem(words.stem(part)),
                    }),
            );
            match parts.first() {
                Some(Part::Stem(stem)) => self.by_stem.entry(stem.clone()).or_default().push(at),
                Some(Part::Beginning(beginning)) => {
                    if let Some(letters) = first_letters(beginning) {
                        self.by_beginning.entry(letters).or_default().push(at);
                    }
                }
                None => {}
            }
        }
        self.phrases.push(Phrase { text, parts, says });
    }

    /// Whether a word is the beginning or a form of one that is explained.
    pub(crate) fn has(&self, token: &str, words: &Words) -> bool {
        let (tokens, stems) = ([token], [words.stem(token)]);
        let mut is_there = false;
        self.each(&tokens, &stems, &mut |_, _, _| is_there = true);
        is_there
    }

    /// What stands in a question. Words for which `is_silent` say nothing alone.
    pub(crate) fn meanings(
        &self,
        question: &str,
        words: &Words,
        is_silent: &dyn Fn(&str) -> bool,
    ) -> Meanings {
        let plain = folded(question);
        let tokens: Vec<&str> = tokens(&plain);
        let stems: Vec<String> = tokens.iter().map(|token| words.stem(token)).collect();
        let mut found: Vec<usize> = Vec::new();
        let mut by_word: HashMap<String, Vec<&'static str>> = HashMap::new();
        let mut of_groups: HashMap<&'static str, Vec<String>> = HashMap::new();
        self.each(&tokens, &stems, &mut |phrase, at, said| {
            if let [alone] = said
                && is_silent(alone)
            {
                return;
            }
            match phrase.says {
                Says::Group(group) => {
                    let said = said.iter().map(|token| (*token).to_owned());
                    of_groups.entry(group).or_default().extend(said);
                }
                Says::Meaning(meaning) => {
                    found.push(at);
                    for token in said {
                        let meanings = by_word.entry((*token).to_owned()).or_default();
                        meanings.push(meaning);
                    }
                }
            }
        });
        // What a compound means is looked for in its parts: `windows-freigabe`.
        for token in tokens.iter().filter(|token| token.contains(JOINTS)) {
            if by_word.contains_key(*token) {
                continue;
            }
            let parts: Vec<&str> = token.split(JOINTS).collect();
            let stems: Vec<String> = parts.iter().map(|part| words.stem(part)).collect();
            self.each(&parts, &stems, &mut |phrase, at, _| {
                if let Says::Meaning(meaning) = phrase.says {
                    found.push(at);
                    by_word
                        .entry((*token).to_owned())
                        .or_default()
                        .push(meaning);
                }
            });
        }
        if is_unspaced(&plain) {
            for at in &self.unspaced {
                let Some(phrase) = self.phrases.get(*at) else {
                    continue;
                };
                if plain.contains(phrase.text) {
                    match phrase.says {
                        Says::Meaning(_) => found.push(*at),
                        Says::Group(group) => {
                            of_groups.entry(group).or_default();
                        }
                    }
                }
            }
        }
        let mut of_pairs: Vec<&'static str> = Vec::new();
        for (deed, thing, meaning) in pairs::PAIRS {
            let (Some(one), Some(two)) = (of_groups.get(deed), of_groups.get(thing)) else {
                continue;
            };
            of_pairs.push(meaning);
            for token in one.iter().chain(two) {
                by_word.entry(token.clone()).or_default().push(meaning);
            }
        }
        found.sort_unstable();
        let mut all: Vec<&'static str> = Vec::new();
        for phrase in found.iter().filter_map(|at| self.phrases.get(*at)) {
            if let Says::Meaning(meaning) = phrase.says
                && !all.contains(&meaning)
            {
                all.push(meaning);
            }
        }
        Meanings {
            all,
            of_pairs,
            groups: of_groups.into_keys().collect(),
            by_word,
        }
    }

    /// Calls `take` with each phrase that stands in the tokens, its number, and where it stands.
    fn each(
        &self,
        tokens: &[&str],
        stems: &[String],
        take: &mut dyn FnMut(&Phrase, usize, &[&str]),
    ) {
        for from in 0..tokens.len() {
            for at in self.candidates(tokens, stems, from) {
                let Some(phrase) = self.phrases.get(at) else {
                    continue;
                };
                if stands(&phrase.parts, tokens, stems, from) {
                    let said = tokens.get(from..from + phrase.parts.len());
                    take(phrase, at, said.unwrap_or_default());
                }
            }
        }
    }

    fn candidates(&self, tokens: &[&str], stems: &[String], from: usize) -> Vec<usize> {
        let by_stem = stems.get(from).and_then(|stem| self.by_stem.get(stem));
        let by_beginning = tokens
            .get(from)
            .and_then(|token| first_letters(token))
            .and_then(|letters| self.by_beginning.get(&letters));
        [by_stem, by_beginning]
            .into_iter()
            .flatten()
            .flatten()
            .copied()
            .collect()
    }
}

fn stands(parts: &[Part], tokens: &[&str], stems: &[String], from: usize) -> bool {
    parts.iter().enumerate().all(|(offset, part)| {
        let (Some(token), Some(stem)) = (tokens.get(from + offset), stems.get(from + offset))
        else {
            return false;
        };
        match part {
            Part::Beginning(beginning) => token.starts_with(beginning),
            Part::Stem(wanted) => stem == wanted,
        }
    })
}

fn first_letters(word: &str) -> Option<[u8; 2]> {
    word.as_bytes().first_chunk().copied()
}

/// Chinese and Japanese have no blanks between words.
fn is_unspaced(text: &str) -> bool {
    text.chars().any(|c| u32::from(c) > 0x2e7f)
}

fn tokens(plain: &str) -> Vec<&str> {
    plain
        .split(|c: char| !(c.is_alphanumeric() || JOINTS.contains(&c)))
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_written_as_questions_are_compared() {
        for (phrases, meaning) in TABLES.iter().flat_map(|table| table.iter()) {
            for phrase in phrases.split('|') {
                let is_cjk = phrase.chars().any(|c| u32::from(c) > 0x2e7f);
                assert!(!phrase.trim().is_empty(), "{phrases}");
                assert!(is_cjk || folded(phrase) == phrase, "{phrase}");
                assert!(is_cjk || phrase.is_ascii(), "{phrase}");
            }
            assert!(!meaning.is_empty(), "{phrases}");
        }
    }

    #[test]
    fn pairs_are_made_of_groups_that_exist_and_of_words_as_questions_are_compared() {
        let names: Vec<&str> = pairs::GROUPS.iter().map(|(name, _)| *name).collect();
        for (deed, thing, meaning) in pairs::PAIRS {
            assert!(
                names.contains(deed) && names.contains(thing),
                "{deed} {thing}"
            );
            assert!(!meaning.is_empty());
        }
        for phrase in pairs::GROUPS
            .iter()
            .flat_map(|(_, phrases)| phrases.split('|'))
        {
            let is_cjk = phrase.chars().any(|c| u32::from(c) > 0x2e7f);
            assert!(
                is_cjk || folded(phrase) == phrase && phrase.is_ascii(),
                "{phrase}"
            );
        }
    }

    #[test]
    fn a_deed_and_its_thing_are_found_wherever_they_stand() {
        let of_pairs = |question: &str| {
            let words = Words::default();
            Glossary::new(&words)
                .meanings(question, &words, &|_| false)
                .of_pairs
        };
        let delnode = "remove cluster node pvecm delnode";
        for question in [
            "How do I delete a broken old node?",
            "Wie entferne ich einen toten Knoten?",
            "¿Cómo elimino un nodo?",
            "不要なノードを削除する",
        ] {
            assert_eq!(of_pairs(question), [delnode], "{question}");
        }
        assert!(of_pairs("delete a role").is_empty());
    }

    #[test]
    fn compounds_are_found_by_their_beginning_and_phrases_only_whole() {
        let has = |question: &str, word: &str| {
            Glossary::new(&Words::default())
                .meanings(question, &Words::default(), &|_| false)
                .all
                .iter()
                .any(|meaning| meaning.split(' ').any(|each| each == word))
        };
        assert!(has("Wie lange werden Sicherungen aufbewahrt?", "retention"));
        assert!(has("shut down at 3", "stop"));
        assert!(!has("down the road", "poweroff"));
    }
}
