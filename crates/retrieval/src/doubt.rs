//! Whether what was found answers the question: signs that are read off the question and the best chunks,
//! and their weighing.

use crate::{
    chunk::Chunk,
    elsewhere::asked_elsewhere,
    index::Index,
    neighbours::is_neighbour,
    ordinary::is_ordinary,
    query::{Asked, Query},
    words::Words,
};

/// Signs are looked for in this many of the best chunks: a question may be answered by two sections.
pub(crate) const JUDGED_BY: usize = 3;
/// What is less likely than this to be an answer is not given as one.
pub(crate) const LEAST_CONFIDENCE: f32 = 0.5;

/// Weights of the signs, in the order of `Signs::as_array`.
const WEIGHTS: [f32; 12] = [
    -0.85, -1.6, -0.9, -2.2, 0.65, 0.65, -5.0, -5.0, 0.25, 0.6, 0.4, -2.25,
];
/// Chosen so that half a chance is where one abstains: then 3 % of the answerable questions are refused.
const BIAS: f32 = 1.75;

/// How near the best chunk is to most questions: what is assumed where there are no vectors.
pub(crate) const USUAL_NEARNESS: f32 = 4.0;

/// A release of the product: 9.1.
pub(crate) type Release = (u32, u32);

/// What speaks for and against an answer. Masses are of the rarity of words, that of a word which the
/// documentation does not know being 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// Words asked for that the documentation does not know: names of other things.
    pub strangers: f32,
    /// Share of the mass that the best chunk lacks.
    pub share_missing_first: f32,
    /// Share of the mass that all of the best chunks lack.
    pub share_missing: f32,
    /// The heaviest word that the best chunks lack.
    pub heaviest_missing: f32,
    /// Score of the best chunk as a share of what a perfect one would have.
    pub strength: f32,
    /// Share of the mass that stands in the best chunk's title and path.
    pub in_title: f32,
    /// Names of other products that the best chunks do not hold.
    pub neighbours: f32,
    /// Prices, dates to come, neighbouring products.
    pub elsewhere: f32,
    /// A release that the documentation does not know yet.
    pub future: f32,
    /// Words asked for, as the logarithm of their number plus one.
    pub words: f32,
    /// 1 for a question that is not in English.
    pub foreign: f32,
    /// By how many standard deviations the best chunk's vector is nearer to the question than all chunks'
    /// are on average; what is usual where there are no vectors.
    pub nearness: f32,
}

impl Signs {
    pub(crate) fn read(
        query: &Query,
        index: &Index,
        chunks: &[Chunk],
        best: &[usize],
        strongest: f32,
        nearness: f32,
        newest: Option<Release>,
    ) -> Self {
        let words = Words::default();
        let rarest = index.rarest().max(f32::MIN_POSITIVE);
        let mut signs = Self {
            words: (1.0 + query.asked.len() as f32).ln(),
            foreign: f32::from(u8::from(query.is_foreign)),
            nearness,
            ..Self::default()
        };
        let title_terms: Vec<String> = best
            .first()
            .and_then(|at| chunks.get(*at))
            .map(|chunk| words.terms(&chunk.path.join(" ")))
            .unwrap_or_default();
        let (mut all, mut lacks_first, mut lacks_all, mut titled) = (0.0, 0.0, 0.0, 0.0);
        for asked in &query.asked {
            let is_known = is_known(asked, index);
            let mut mass = mass(asked, index) / rarest;
            let is_stranger = !is_known && asked.meant.is_empty();
            let is_by_the_way = asked.is_guest_name || query.is_report;
            if is_neighbour(&asked.word) {
                if !best.iter().any(|at| stands_in(asked, *at, index)) {
                    signs.neighbours += if is_by_the_way { BY_THE_WAY } else { 1.0 };
                }
            } else if asked.is_numeric || is_stranger && is_numbered(asked, index, &words) {
                mass *= NUMERIC;
            } else if is_stranger && asked.is_name && !is_by_the_way {
                signs.strangers += 1.0;
            } else if is_stranger && query.is_foreign {
                mass *= FOREIGN;
            } else if !query.is_foreign && is_ordinary(&asked.word, &words) {
                mass *= ORDINARY;
            } else if is_stranger {
                let is_by_the_way = is_by_the_way || is_formed(&asked.word);
                signs.strangers += if is_by_the_way { BY_THE_WAY } else { 1.0 };
            }
            all += mass;
            if !best.first().is_some_and(|at| stands_in(asked, *at, index)) {
                lacks_first += mass;
            }
            if !best.iter().any(|at| stands_in(asked, *at, index)) {
                lacks_all += mass;
                signs.heaviest_missing = signs.heaviest_missing.max(mass);
            }
            let mut terms = asked.terms.iter().chain(&asked.meant);
            if terms.any(|term| title_terms.contains(term)) {
                titled += mass;
            }
        }
        if all > 0.0 {
            signs.share_missing_first = lacks_first / all;
            signs.share_missing = lacks_all / all;
            signs.in_title = titled / all;
        } else {
            signs.share_missing_first = f32::from(u8::from(!query.is_foreign));
        }
        let perfect: f32 = query
            .terms()
            .map(|(term, weight)| weight * index.rarity(term))
            .sum();
        if perfect > 0.0 {
            signs.strength = strongest / perfect;
        }
        let holds = |term: &str| title_terms.iter().any(|it| it == term);
        signs.elsewhere = asked_elsewhere(&query.plain, &words, &holds) as f32;
        let is_future =
            newest.is_some_and(|newest| releases(&query.plain).any(|asked| asked > newest));
        signs.future = f32::from(u8::from(is_future));
        signs
    }

    /// How likely an answer is, from 0 to 1: a logistic regression. Its weights were fitted on one half of sets
    /// of our own by `scripts/fit-doubt` and were judged on the other half; topics that are answered elsewhere
    /// and releases to come were too few to be fitted, so that their weights were chosen. See ADR 10.
    pub(crate) fn confidence(&self) -> f32 {
        let sum: f32 = self
            .as_array()
            .iter()
            .zip(WEIGHTS)
            .map(|(sign, weight)| sign * weight)
            .sum();
        1.0 / (1.0 + (-(sum + BIAS)).exp())
    }

    /// In a fixed order, for those who fit the weights.
    pub fn as_array(&self) -> [f32; 12] {
        [
            self.strangers.min(3.0),
            self.share_missing_first,
            self.share_missing,
            self.heaviest_missing,
            self.strength,
            self.in_title,
            self.elsewhere.min(2.0),
            self.future,
            self.words,
            self.foreign,
            self.nearness.clamp(0.0, 8.0),
            self.neighbours.min(2.0),
        ]
    }
}

/// So many chunks make a release known.
const NAMED_BY: usize = 3;
/// A number that the documentation does not mention says little: questions hold their own.
const NUMERIC: f32 = 0.25;
/// A name that is mentioned but not asked about.
const BY_THE_WAY: f32 = 0.5;
/// An unknown word of another language may be an ordinary one.
const FOREIGN: f32 = 0.5;
/// An ordinary word is rare in a documentation without being what is asked about (`reuse`, `bundle`).
const ORDINARY: f32 = 0.5;

fn is_known(asked: &Asked, index: &Index) -> bool {
    match asked.terms.as_slice() {
        [whole] => index.knows(whole),
        [whole, parts @ ..] => index.knows(whole) || parts.iter().all(|part| index.knows(part)),
        [] => false,
    }
}

/// A known word with a number behind it: the third node is called `node3`, a version of SMB `smb3`.
fn is_numbered(asked: &Asked, index: &Index, words: &Words) -> bool {
    let letters = asked.word.trim_end_matches(|c: char| c.is_ascii_digit());
    letters.len() >= 2 && letters.len() < asked.word.len() && index.knows(&words.stem(letters))
}

/// A word that is formed as English forms words (`sluggishly`) is seldom a name.
fn is_formed(word: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "ing", "ly", "able", "ible", "ment", "ness", "tion", "sion", "ful", "less", "ish", "ous",
        "ive", "ed", "est",
    ];
    word.len() >= 6 && ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// The rarity of the rarest of what it is made of.
fn mass(asked: &Asked, index: &Index) -> f32 {
    let parts = match asked.terms.as_slice() {
        [whole, parts @ ..] if !parts.is_empty() && !index.knows(whole) => parts,
        all => all,
    };
    parts
        .iter()
        .map(|term| {
            if index.knows(term) {
                index.rarity(term)
            } else {
                index.rarest()
            }
        })
        .fold(0.0, f32::max)
}

/// Whether a chunk holds the word, all of its parts, or what the field calls it.
fn stands_in(asked: &Asked, chunk: usize, index: &Index) -> bool {
    let holds = |term: &String| index.holds(chunk, term);
    let by_name = match asked.terms.as_slice() {
        [whole] => holds(whole),
        [whole, parts @ ..] => holds(whole) || parts.iter().all(holds),
        [] => false,
    };
    by_name || asked.meant.iter().any(holds)
}

/// The newest release that several chunks name in full (`Proxmox VE 9.1`): one alone may speak of what is to
/// come.
pub(crate) fn newest_release(chunks: &[Chunk]) -> Option<Release> {
    let mut named: Vec<Release> = chunks
        .iter()
        .filter_map(|chunk| newest_in(&chunk.text))
        .collect();
    named.sort_unstable();
    named.iter().rev().nth(NAMED_BY - 1).copied()
}

fn newest_in(text: &str) -> Option<Release> {
    text.split("Proxmox VE ")
        .skip(1)
        .filter_map(|rest| {
            release(
                rest.split(|c: char| !(c.is_ascii_digit() || c == '.'))
                    .next()?,
            )
        })
        .max()
}

/// Releases that a question names: `Proxmox VE 9.1`, `pve 8`, `version 7.4`.
pub(crate) fn releases(text: &str) -> impl Iterator<Item = Release> {
    let mut before = ["", ""];
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '?' | '!'))
        .filter(|word| !word.is_empty())
        .filter_map(move |word| {
            let said = before;
            before = [before[1], word];
            let (number, named) = match word.get(..3) {
                Some(head) if head.eq_ignore_ascii_case("pve") && word.len() > 3 => {
                    (word.get(3..).unwrap_or_default(), true)
                }
                _ => (word, names_the_product(said)),
            };
            if named { release(number) } else { None }
        })
}

fn names_the_product(before: [&str; 2]) -> bool {
    let [first, second] = before;
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    is(second, "pve") || is(second, "proxmox") || is(second, "ve") && is(first, "proxmox")
}

/// `9`, `9.1`, `9.x`; `10.0.0.1` and `2026` are none.
fn release(text: &str) -> Option<Release> {
    let text = text.trim_end_matches(['.', ':']);
    let mut parts = text.split('.');
    let major: u32 = parts.next()?.parse().ok()?;
    let minor = match parts.next() {
        None | Some("x") => 0,
        Some(minor) => minor.parse().ok()?,
    };
    (major < 100 && parts.count() <= 1).then_some((major, minor))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Kind, Library, Location};

    fn signs(question: &str) -> Signs {
        let chunk = |title: &str, text: &str| Chunk {
            at: Location {
                page: "chapter-a.html".to_owned(),
                anchor: None,
            },
            kind: Kind::Section,
            path: vec!["Chapter".to_owned(), title.to_owned()],
            text: text.to_owned(),
            also: Vec::new(),
        };
        Library::new(vec![
            chunk("Restore", "A backup of a guest is restored on a node."),
            chunk("Firewall", "Rules of the firewall are kept in groups."),
        ])
        .search(question, 3)
        .signs
    }

    #[test]
    fn an_unknown_word_weighs_by_what_it_is() {
        let of = |question: &str| {
            let signs = signs(question);
            (signs.strangers, signs.neighbours)
        };
        assert_eq!(of("restore a backup"), (0.0, 0.0));
        // Of every dictionary, a slip, a host with its number, and words that say nothing.
        assert_eq!(of("gobble up a backup"), (0.0, 0.0));
        assert_eq!(of("restroe a bakcup"), (0.0, 0.0));
        assert_eq!(of("restore a backup on node3"), (0.0, 0.0));
        assert_eq!(
            of("hi, could you tell me how to restore a backup, thanks in advance"),
            (0.0, 0.0)
        );
        assert_eq!(of("restore a backup with the frobnicator"), (1.0, 0.0));
        assert_eq!(of("restore a backup with veeam"), (0.0, 1.0));
        // An ordinary word that is written as a name is one.
        assert_eq!(of("restore a backup with a gobble"), (0.0, 0.0));
        assert_eq!(of("restore a backup with a Gobble"), (1.0, 0.0));
        assert_eq!(of("Gobble up a backup"), (0.0, 0.0));
        // What runs inside is mentioned by the way.
        assert_eq!(of("restore a backup of my nextcloud vm"), (0.0, 0.5));
        // Small words of other languages are no names.
        assert_eq!(
            of("wie kann ich das backup einer VM wiederherstellen"),
            (0.0, 0.0)
        );
    }

    #[test]
    fn politeness_changes_nothing() {
        let plain = signs("restore a backup").confidence();
        for polite in [
            "could you please tell me how I restore a backup? thanks",
            "hello all, quick question: how does one restore a backup? cheers",
            "sorry to bother you, I was wondering how to restore a backup, any idea?",
        ] {
            assert!(
                (signs(polite).confidence() - plain).abs() < 0.05,
                "{polite}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_sign_against_an_answer_never_makes_one_likelier(
            values in proptest::array::uniform5(0.0_f32..3.0),
            more in 0.1_f32..3.0,
            which in 0_usize..5,
        ) {
            let confidence = |values: [f32; 5]| {
                let [strangers, share_missing, heaviest_missing, neighbours, elsewhere] = values;
                Signs { strangers, share_missing, heaviest_missing, neighbours, elsewhere, ..Signs::default() }
                    .confidence()
            };
            let mut worse = values;
            worse[which] += more;
            prop_assert!(confidence(worse) <= confidence(values));
        }
    }

    #[test]
    fn releases_are_read_where_the_product_is_named() {
        let of = |text: &str| releases(text).collect::<Vec<_>>();
        assert_eq!(of("since Proxmox VE 9.1, not in pve 8"), [(9, 1), (8, 0)]);
        assert_eq!(of("pve9 and proxmox 8.x"), [(9, 0), (8, 0)]);
        assert_eq!(of("guest 100 at 10.0.0.1 in 2026, version 7"), []);
    }
}
