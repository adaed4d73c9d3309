//! What exists, as far as words go: the names an order may speak of, prepared for look-up.
//!
//! A vocabulary is built once per version of the inventory and then only read. Ten thousand names
//! take a few milliseconds to prepare; every look-up is a hash or a bucket of similar lengths.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::phrases::Phrasebook;
use super::spelling::{distance, folded, letters, tolerance};

/// The lists of a vocabulary, in the shape of the answer of `inventory.vocabulary` (unknown fields
/// are ignored, missing ones are empty).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VocabularyLists {
    /// Cluster ids.
    pub clusters: Vec<String>,
    /// Node names, once per cluster: a name that occurs twice is on two clusters and asked back.
    pub nodes: Vec<String>,
    /// Storage ids.
    pub storages: Vec<String>,
    /// Pool ids.
    pub pools: Vec<String>,
    /// Tags in use.
    pub tags: Vec<String>,
    /// Guest names.
    pub names: Vec<String>,
    /// Guest names by tag. With it, "the web boxes" is asked back when the guests tagged `web` and
    /// the guests named `web-…` are different ones; without it the tag wins.
    pub tagged: BTreeMap<String, Vec<String>>,
}

/// What a place or group word can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Node,
    Cluster,
    Pool,
    Storage,
    Tag,
}

impl Kind {
    /// The selector key, which is also the English word.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Cluster => "cluster",
            Self::Pool => "pool",
            Self::Storage => "storage",
            Self::Tag => "tag",
        }
    }
}

/// The prepared vocabulary.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    lists: VocabularyLists,
    exact: HashMap<String, usize>,
    by_form: HashMap<String, Vec<usize>>,
    by_part: HashMap<String, Vec<usize>>,
    /// Names by the length of their folded form, for the search of near names.
    by_length: Vec<Vec<usize>>,
    forms: Vec<(String, u64)>,
    /// Lower-case names in order, for prefixes.
    sorted: Vec<(String, usize)>,
    phrases: Arc<Phrasebook>,
}

impl Vocabulary {
    /// Prepares the lists. Names that no PVE guest can have (only letters, digits, dots, dashes and
    /// underscores are allowed there) are left out: they could not be written as a selector.
    pub fn new(mut lists: VocabularyLists) -> Self {
        for list in [
            &mut lists.clusters,
            &mut lists.nodes,
            &mut lists.storages,
            &mut lists.pools,
            &mut lists.tags,
            &mut lists.names,
        ] {
            list.retain(|entry| is_plain(entry));
        }
        let mut names = std::mem::take(&mut lists.names);
        names.sort_unstable();
        names.dedup();
        let mut built = Self {
            lists,
            ..Self::default()
        };
        built.exact.reserve(names.len());
        for (index, name) in names.iter().enumerate() {
            let lower = name.to_ascii_lowercase();
            let form = folded(&lower);
            built.exact.insert(name.clone(), index);
            for part in lower.split(['-', '_', '.']).filter(|part| part.len() > 1) {
                match built.by_part.get_mut(part) {
                    Some(holders) => holders.push(index),
                    None => {
                        built.by_part.insert(part.to_owned(), vec![index]);
                    }
                }
            }
            if built.by_length.len() <= form.len() {
                built.by_length.resize_with(form.len() + 1, Vec::new);
            }
            if let Some(bucket) = built.by_length.get_mut(form.len()) {
                bucket.push(index);
            }
            built.by_form.entry(form.clone()).or_default().push(index);
            let set = letters(&form);
            built.forms.push((form, set));
            built.sorted.push((lower, index));
        }
        built.sorted.sort_unstable();
        built.lists.names = names;
        built
    }

    /// With the phrases that operations declare.
    #[must_use]
    pub fn with_phrases(mut self, phrases: Arc<Phrasebook>) -> Self {
        self.phrases = phrases;
        self
    }

    pub(super) fn phrases(&self) -> &Phrasebook {
        &self.phrases
    }

    /// The words of one kind.
    pub(super) fn entries(&self, kind: Kind) -> &[String] {
        self.list(kind)
    }

    /// How many guest names are known.
    pub fn name_count(&self) -> usize {
        self.lists.names.len()
    }

    /// The cluster ids.
    pub fn clusters(&self) -> &[String] {
        &self.lists.clusters
    }

    /// Whether a word of a text is the name of a guest or of a node, to the letter.
    pub(crate) fn names_one_of(&self, text: &str) -> bool {
        text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .map(|word| word.trim_matches('.'))
            .any(|word| {
                self.exact.contains_key(word) || self.lists.nodes.iter().any(|node| node == word)
            })
    }

    fn name(&self, index: usize) -> &str {
        self.lists.names.get(index).map_or("", String::as_str)
    }

    /// The guests this spelling fits: the one with exactly this name, else all whose name differs
    /// only in case, separators and leading zeros.
    pub(super) fn guests(&self, typed: &str) -> Vec<&str> {
        if let Some(index) = self.exact.get(typed) {
            return vec![self.name(*index)];
        }
        let form = folded(typed);
        self.by_form.get(&form).map_or_else(Vec::new, |all| {
            all.iter().map(|index| self.name(*index)).collect()
        })
    }

    /// Guest names within a slip of the finger of this spelling, nearest first, at most `limit`.
    pub(super) fn near_guests(&self, typed: &str, limit: usize) -> Vec<&str> {
        let form = folded(typed);
        let edits = tolerance(form.len().max(typed.len()));
        if edits == 0 || form.len() > 80 {
            return Vec::new();
        }
        let set = letters(&form);
        let shortest = form.len().saturating_sub(edits);
        let mut found: Vec<(usize, &str)> = Vec::new();
        for bucket in self
            .by_length
            .iter()
            .skip(shortest)
            .take(form.len() + edits + 1 - shortest)
        {
            for index in bucket {
                let Some((other, other_set)) = self.forms.get(*index) else {
                    continue;
                };
                if (set ^ other_set).count_ones() as usize > 2 * edits {
                    continue;
                }
                if let Some(cost) = distance(&form, other, edits) {
                    found.push((cost, self.name(*index)));
                }
            }
        }
        found.sort_unstable();
        found
            .into_iter()
            .take(limit)
            .map(|(_, name)| name)
            .collect()
    }

    /// Guest names that have this word as one of their parts (`proxy` in `edge-proxy-01`).
    pub(super) fn guests_with_part(&self, part: &str, limit: usize) -> Vec<&str> {
        self.by_part
            .get(&part.to_lowercase())
            .map_or_else(Vec::new, |all| {
                all.iter()
                    .take(limit)
                    .map(|index| self.name(*index))
                    .collect()
            })
    }

    /// The guests whose name begins with this word as a whole part: `web` fits `web-01`, `web2` and
    /// `web`, not `website`.
    pub(super) fn guests_with_prefix(&self, word: &str) -> Vec<&str> {
        let word = word.to_lowercase();
        let from = self
            .sorted
            .partition_point(|(lower, _)| lower.as_str() < word.as_str());
        self.sorted
            .iter()
            .skip(from)
            .take_while(|(lower, _)| lower.starts_with(&word))
            .filter(|(lower, _)| {
                lower
                    .as_bytes()
                    .get(word.len())
                    .is_none_or(|next| !next.is_ascii_alphabetic())
            })
            .map(|(_, index)| self.name(*index))
            .collect()
    }

    /// The guests a glob (`web-*`, `db-?`) fits.
    pub(super) fn guests_like(&self, glob: &str) -> Vec<&str> {
        let names = self.lists.names.iter().map(String::as_str);
        names
            .filter(|name| fits(glob.as_bytes(), name.as_bytes()))
            .collect()
    }

    /// The names of the guests that carry a tag, where the inventory told.
    pub(super) fn guests_tagged(&self, tag: &str) -> Option<&[String]> {
        if self.lists.tagged.is_empty() {
            return None;
        }
        Some(self.lists.tagged.get(tag).map_or(&[], Vec::as_slice))
    }

    fn list(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Node => &self.lists.nodes,
            Kind::Cluster => &self.lists.clusters,
            Kind::Pool => &self.lists.pools,
            Kind::Storage => &self.lists.storages,
            Kind::Tag => &self.lists.tags,
        }
    }

    /// The entry of a list that this spelling means: exact, else the only one that differs just in
    /// case, separators and leading zeros.
    pub(super) fn entry(&self, kind: Kind, typed: &str) -> Option<&str> {
        let list = self.list(kind);
        if let Some(entry) = list.iter().find(|entry| *entry == typed) {
            return Some(entry);
        }
        let form = folded(typed);
        let mut fitting = list.iter().filter(|entry| folded(entry) == form);
        let first = fitting.next()?;
        fitting
            .all(|other| other == first)
            .then_some(first.as_str())
    }

    /// Whether more than one cluster has a node of this name.
    pub(super) fn node_is_ambiguous(&self, node: &str) -> bool {
        self.lists
            .nodes
            .iter()
            .filter(|other| *other == node)
            .count()
            > 1
    }

    /// Entries of a list within a slip of the finger.
    pub(super) fn near_entries(&self, kind: Kind, typed: &str) -> Vec<&str> {
        let form = folded(typed);
        let edits = tolerance(
            form.len()
                .max(typed.len())
                .max(3 + usize::from(typed.len() > 2)),
        );
        let mut found: Vec<(usize, &str)> = self
            .list(kind)
            .iter()
            .filter_map(|entry| Some((distance(&form, &folded(entry), edits)?, entry.as_str())))
            .collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().take(4).map(|(_, entry)| entry).collect()
    }
}

/// Whether an entry can be written into a selector and a sentence as one word.
fn is_plain(entry: &str) -> bool {
    !entry.is_empty()
        && entry.len() <= 255
        && entry
            .bytes()
            .all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_' | b'.' | b'+'))
        && entry
            .bytes()
            .next()
            .is_some_and(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
        && entry.bytes().last().is_some_and(|sign| sign != b'.')
}

/// Whether a glob of `*` and `?` fits a whole word.
fn fits(glob: &[u8], word: &[u8]) -> bool {
    let (mut pattern, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < word.len() {
        match glob.get(pattern) {
            Some(b'*') => {
                star = Some((pattern + 1, place));
                pattern += 1;
            }
            Some(sign) if *sign == b'?' || word.get(place) == Some(sign) => {
                pattern += 1;
                place += 1;
            }
            _ => {
                let Some((after, from)) = star else {
                    return false;
                };
                star = Some((after, from + 1));
                pattern = after;
                place = from + 1;
            }
        }
    }
    glob.get(pattern..)
        .is_some_and(|rest| rest.iter().all(|sign| *sign == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vocabulary {
        Vocabulary::new(VocabularyLists {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            nodes: vec![
                "node-a".to_owned(),
                "node-b".to_owned(),
                "node-b".to_owned(),
            ],
            ..VocabularyLists::default()
        })
    }

    #[test]
    fn an_exact_name_wins_over_its_variants() {
        let known = of(&["Lamp-01", "lamp-01", "lamp-1"]);
        assert_eq!(known.guests("lamp-01"), ["lamp-01"]);
        assert_eq!(known.guests("lamp 1"), ["Lamp-01", "lamp-01", "lamp-1"]);
        assert!(known.guests("lamp").is_empty());
    }

    #[test]
    fn near_names_are_sorted_by_distance() {
        let known = of(&["garden-01", "garden-02", "gander-01", "other"]);
        assert_eq!(
            known.near_guests("gardne-01", 4).first(),
            Some(&"garden-01")
        );
        assert!(known.near_guests("zzz", 4).is_empty());
    }

    #[test]
    fn a_prefix_is_a_whole_part_of_the_name() {
        let known = of(&["oak-1", "oak2", "oakley", "Oak-3", "oak"]);
        assert_eq!(
            known.guests_with_prefix("oak"),
            ["oak", "oak-1", "Oak-3", "oak2"]
        );
    }

    #[test]
    fn globs_fit_whole_names() {
        let known = of(&["oak-1", "oak-12", "elm-1"]);
        assert_eq!(known.guests_like("oak-?"), ["oak-1"]);
        assert_eq!(known.guests_like("*-1"), ["elm-1", "oak-1"]);
        assert_eq!(known.guests_like("o*2*"), ["oak-12"]);
    }

    #[test]
    fn a_node_of_two_clusters_is_ambiguous() {
        let known = of(&[]);
        assert_eq!(known.entry(Kind::Node, "NODE A"), Some("node-a"));
        assert!(known.node_is_ambiguous("node-b"));
        assert!(!known.node_is_ambiguous("node-a"));
    }

    #[test]
    fn names_that_cannot_be_selectors_are_left_out() {
        assert_eq!(of(&["a b", "x\"y", "ok", "", "ü"]).name_count(), 1);
    }
}
