//! A sentence that ends where a phrase goes on: what is missing, and what could be added.

use ops::phrase::Hole;

use super::book::Tree;
use crate::interpret::cursor::Cursor;
use crate::interpret::doubt::{Doubt, choice};
use crate::interpret::vocabulary::Kind;

/// A hole is looked for behind so many words.
const WORDS_BETWEEN: usize = 3;
/// A longer list does not help anybody to choose.
const LISTED: usize = 8;
const LONGEST_NAME: usize = 40;

/// What a hole is called when it is asked for, and an example.
fn asked(hole: Hole) -> Option<(&'static str, &'static str)> {
    Some(match hole {
        Hole::Guests => ("which guests", "web-01"),
        Hole::Guest => ("which guest", "web-01"),
        Hole::Node | Hole::Place | Hole::Places => ("which node", "pve1"),
        Hole::Storage | Hole::Storages => ("which storage", "local-lvm"),
        Hole::Pool => ("which pool", "pool production"),
        Hole::Tags => ("which tag", "web"),
        Hole::Name => ("which name", "web-09"),
        Hole::Word | Hole::Words => ("which one", "its name"),
        Hole::Text => ("the text, in quotes", "\"until Friday\""),
        Hole::Snapshot => ("which snapshot", "before-upgrade"),
        Hole::Size => ("which size", "64G"),
        Hole::More => ("how much more", "16G"),
        Hole::Mebibytes => ("how much memory", "4G"),
        Hole::Number => ("how many", "3"),
        Hole::Days => ("how old", "30 days"),
        Hole::Disk => ("which disk", "scsi0"),
        Hole::Id => ("which id", "109"),
        Hole::Url => ("which address", "https://…"),
        Hole::Rest => ("the text", "it is the payment server"),
        Hole::Calendar => ("when", "every night at 02:30"),
        Hole::Order => return None,
    })
}

/// The question for what is missing behind a place in the tree; nothing when words alone are missing.
pub(super) fn part(tree: &Tree, at: usize, cursor: &Cursor<'_>) -> Option<Doubt> {
    let mut open: Vec<(usize, Vec<&'static str>)> = vec![(at, Vec::new())];
    let mut wanted: Vec<(Hole, String)> = Vec::new();
    // Breadth first: the fewest words that lead to a hole.
    while !open.is_empty() {
        let mut next_open = Vec::new();
        for (at, words) in open {
            let Some(node) = tree.node(at) else {
                continue;
            };
            for (_, hole, _) in &node.holes {
                if !wanted.iter().any(|(known, _)| known == hole) {
                    wanted.push((*hole, words.join(" ")));
                }
            }
            if words.len() < WORDS_BETWEEN {
                next_open.extend(
                    node.words
                        .iter()
                        .map(|(word, next)| (*next, [words.as_slice(), &[*word]].concat())),
                );
            }
        }
        open = next_open;
    }
    let typed = cursor.typed(0, cursor.at);
    let mut names = Vec::new();
    let mut example = None;
    let mut options = Vec::new();
    for (hole, words) in &wanted {
        let Some((name, sample)) = asked(*hole) else {
            continue;
        };
        let lead = if words.is_empty() {
            String::new()
        } else {
            format!("{words} ")
        };
        names.push(name);
        example.get_or_insert_with(|| format!("{lead}{sample}"));
        let kind = match hole {
            Hole::Node | Hole::Place | Hole::Places => Kind::Node,
            Hole::Storage | Hole::Storages => Kind::Storage,
            Hole::Pool => Kind::Pool,
            _ => continue,
        };
        let entries = cursor.vocabulary.entries(kind);
        if entries.len() <= LISTED {
            options.extend(entries.iter().map(|entry| {
                let added = if kind == Kind::Pool {
                    format!("{lead}pool {entry}")
                } else {
                    format!("{lead}{entry}")
                };
                choice(added.clone(), format!("{typed} {added}"))
            }));
        }
    }
    let example = example?;
    let question = format!(
        "A part is missing: {}? Add for example `{example}`.",
        names.join(", or ")
    );
    Some(Doubt::ask(question, options))
}

/// A name for what was said: small letters, digits and `-`, beginning with a letter.
pub(super) fn short_name(typed: &str) -> String {
    let mut name = String::new();
    for sign in typed.to_lowercase().chars() {
        if sign.is_ascii_alphanumeric() {
            name.push(sign);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_start_matches(|sign: char| !sign.is_ascii_lowercase());
    let cut = name.get(..LONGEST_NAME).unwrap_or(name);
    cut.trim_end_matches('-').to_owned()
}
