//! How people say an operation. The phrases stand beside the operation's declaration; whoever reads
//! sentences (the assistant's interpreter) takes them from the registry, so that a new operation brings its
//! own words.
//!
//! One phrase is a row of words with holes for the input:
//!
//! ```text
//! (migrate|live-migrate) {guests:guests} to {target:node}
//! hibernate {guests:guests} => to_disk=true
//! + with [its|their] local disks => with_local_disks=true
//! ```
//!
//! | written | means |
//! |---|---|
//! | `(a\|b c)` | one of these |
//! | `[a\|b]` | one of these, or nothing |
//! | `{field:kind}` | a value for a field of the input, see [`Hole`] |
//! | `=> field=value` | what the words alone say; a value is JSON, else text |
//! | `+` at the beginning | may follow any phrase of the same operation |
//!
//! Phrases are checked when the registry is built, against the operation's input: what does not fit is an
//! error of the program, not a sentence that nobody understands. `{order}` holds a whole order; it fills
//! `op` and `input`. The value `@said` is a short name made of what was said.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// What can stand in a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hole {
    /// Guests, as a list of selectors.
    Guests,
    /// Exactly one guest; a list of one selector where the field is a list.
    Guest,
    /// A node's name; which cluster is known from elsewhere.
    Node,
    /// One node of all clusters, with its cluster where two have it.
    Place,
    /// Several of those, or `all`.
    Places,
    Storage,
    /// A storage, for a field that is a list.
    Storages,
    Pool,
    /// Tags, new ones too.
    Tags,
    /// A host name.
    Name,
    /// The name of a thing of the product or a node: schedule, runbook, service, run.
    Word,
    /// The same, for a field that is a list.
    Words,
    /// A text in quotes.
    Text,
    /// The name of a snapshot.
    Snapshot,
    /// A disk's size, `64G`.
    Size,
    /// A size that is added, `+16G`.
    More,
    /// Memory in MiB.
    Mebibytes,
    Number,
    /// Days; weeks count seven.
    Days,
    /// A disk of a guest, as PVE calls it: `scsi0`, `rootfs`.
    Disk,
    /// The id of a guest that is to be made.
    Id,
    Url,
    /// The rest of the sentence, as typed: a text, never an instruction.
    Rest,
    /// A time that comes again, as PVE's calendar event.
    Calendar,
    /// A whole order.
    Order,
}

impl Hole {
    const NAMES: &[(&str, Self)] = &[
        ("guests", Self::Guests),
        ("guest", Self::Guest),
        ("node", Self::Node),
        ("place", Self::Place),
        ("places", Self::Places),
        ("storage", Self::Storage),
        ("storages", Self::Storages),
        ("pool", Self::Pool),
        ("tags", Self::Tags),
        ("name", Self::Name),
        ("word", Self::Word),
        ("words", Self::Words),
        ("text", Self::Text),
        ("snapshot", Self::Snapshot),
        ("size", Self::Size),
        ("more", Self::More),
        ("mebibytes", Self::Mebibytes),
        ("number", Self::Number),
        ("days", Self::Days),
        ("disk", Self::Disk),
        ("id", Self::Id),
        ("url", Self::Url),
        ("rest", Self::Rest),
        ("calendar", Self::Calendar),
    ];
}

/// One place in a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Word(&'static str),
    Hole { field: &'static str, hole: Hole },
}

/// One way to say an operation, without alternatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    pub parts: Vec<Part>,
    /// What the words alone say.
    pub set: Vec<(&'static str, Value)>,
    /// Only behind another saying.
    pub tail: bool,
}

/// More ways than this in one phrase are a phrase that nobody can read.
const MOST_WAYS: usize = 200;

/// All the ways of one phrase.
pub fn sayings(phrase: &'static str) -> Result<Vec<Saying>> {
    let wrong = |why: &str| Error::internal(format!("the phrase `{phrase}`: {why}"));
    let (said, given) = match phrase.split_once("=>") {
        Some((said, given)) => (said, given),
        None => (phrase, ""),
    };
    let (tail, said) = match said.trim().strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, said),
    };
    let mut set = Vec::new();
    for pair in given.split_whitespace() {
        let (field, value) = pair
            .split_once('=')
            .ok_or_else(|| wrong("behind `=>` stand pairs `field=value`"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        set.push((field, value));
    }
    let mut rest = said.trim();
    let ways = alternatives(&mut rest, None).map_err(|why| wrong(&why))?;
    if ways.len() > MOST_WAYS {
        return Err(wrong("it has too many ways: make two phrases of it"));
    }
    if ways.iter().any(Vec::is_empty) {
        return Err(wrong("it can be said with no word at all"));
    }
    Ok(ways
        .into_iter()
        .map(|parts| Saying {
            parts,
            set: set.clone(),
            tail,
        })
        .collect())
}

/// `a|b c|d` up to the closing sign, or to the end.
fn alternatives(rest: &mut &'static str, closing: Option<char>) -> Result<Vec<Vec<Part>>, String> {
    let mut done = Vec::new();
    let mut ways: Vec<Vec<Part>> = vec![Vec::new()];
    loop {
        *rest = rest.trim_start();
        let Some(sign) = rest.chars().next() else {
            if let Some(sign) = closing {
                return Err(format!("`{sign}` is missing"));
            }
            done.append(&mut ways);
            return Ok(done);
        };
        let after = rest.get(1..).unwrap_or_default();
        let added = match sign {
            '(' => {
                *rest = after;
                alternatives(rest, Some(')'))?
            }
            '[' => {
                *rest = after;
                let mut inner = alternatives(rest, Some(']'))?;
                inner.push(Vec::new());
                inner
            }
            '|' if closing.is_some() => {
                *rest = after;
                done.append(&mut ways);
                ways.push(Vec::new());
                continue;
            }
            ')' | ']' if closing == Some(sign) => {
                *rest = after;
                done.append(&mut ways);
                return Ok(done);
            }
            '{' => {
                let (hole, behind) = after.split_once('}').ok_or("`}` is missing")?;
                *rest = behind;
                vec![vec![hole_part(hole)?]]
            }
            ')' | ']' | '|' | '}' => return Err(format!("`{sign}` stands alone")),
            _ => {
                let end = rest
                    .find(|sign: char| sign.is_whitespace() || "()[]{}|".contains(sign))
                    .unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                *rest = behind;
                if word.chars().any(char::is_uppercase) {
                    return Err(format!("`{word}` is not in small letters"));
                }
                vec![vec![Part::Word(word)]]
            }
        };
        ways = ways
            .iter()
            .flat_map(|way| {
                added
                    .iter()
                    .map(|more| way.iter().chain(more).cloned().collect())
            })
            .collect();
        if ways.len() > MOST_WAYS {
            return Err("it has too many ways: make two phrases of it".to_owned());
        }
    }
}

fn hole_part(text: &'static str) -> Result<Part, String> {
    if text == "order" {
        return Ok(Part::Hole {
            field: "op",
            hole: Hole::Order,
        });
    }
    let (field, kind) = text
        .split_once(':')
        .ok_or_else(|| format!("`{{{text}}}` has no kind: `{{field:kind}}`"))?;
    let (_, hole) = Hole::NAMES
        .iter()
        .find(|(name, _)| *name == kind)
        .ok_or_else(|| format!("there is no kind `{kind}`"))?;
    Ok(Part::Hole { field, hole: *hole })
}

/// Whether the fields that a phrase fills are fields of the input; the first that is not.
pub(crate) fn strange_field(saying: &Saying, schema: &Value) -> Option<String> {
    let empty = Map::new();
    let fields = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let holes = saying.parts.iter().filter_map(|part| match part {
        Part::Word(_) => None,
        Part::Hole { field, .. } => Some(*field),
    });
    holes
        .chain(saying.set.iter().map(|(field, _)| *field))
        .find(|field| !fields.contains_key(*field))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(phrase: &'static str) -> Vec<String> {
        let mut all: Vec<String> = sayings(phrase)
            .unwrap()
            .iter()
            .map(|saying| {
                let words: Vec<String> = saying
                    .parts
                    .iter()
                    .map(|part| match part {
                        Part::Word(word) => (*word).to_owned(),
                        Part::Hole { field, hole } => format!("{{{field}:{hole:?}}}"),
                    })
                    .collect();
                words.join(" ")
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn alternatives_and_what_may_be_missing_are_written_out() {
        assert_eq!(
            written("(move|send over) {guests:guests} [the] to {target:node}"),
            [
                "move {guests:Guests} the to {target:Node}",
                "move {guests:Guests} to {target:Node}",
                "send over {guests:Guests} the to {target:Node}",
                "send over {guests:Guests} to {target:Node}",
            ]
        );
        assert_eq!(written("a [b|c [d]]"), ["a", "a b", "a c", "a c d"]);
    }

    #[test]
    fn what_the_words_say_is_json_or_text() {
        let [saying] = sayings("+ as it is => yes=true n=7 text=so")
            .unwrap()
            .try_into()
            .unwrap();
        assert!(saying.tail);
        assert_eq!(
            saying.set,
            [
                ("yes", Value::from(true)),
                ("n", Value::from(7)),
                ("text", Value::from("so"))
            ]
        );
    }

    #[test]
    fn a_phrase_that_is_wrong_says_where() {
        for (phrase, why) in [
            ("stop {guests}", "no kind"),
            ("stop {guests:things}", "there is no kind `things`"),
            ("(stop", "`)` is missing"),
            ("stop)", "stands alone"),
            ("[stop]", "no word at all"),
            ("stop => hard", "pairs"),
            ("Stop it", "small letters"),
        ] {
            let error = sayings(phrase).unwrap_err().to_string();
            assert!(error.contains(why), "{phrase}: {error}");
        }
    }
}
