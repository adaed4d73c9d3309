//! All phrases, as trees of words, so that a sentence is read once however many phrases begin alike.

use ops::Risk;
use ops::phrase::{Hole, Part, Saying, sayings};
use serde_json::Value;

/// What operations declare about how they are said.
#[derive(Debug, Default)]
pub struct Phrasebook {
    pub(super) spoken: Vec<Spoken>,
    pub(in crate::interpret) orders: Tree,
    pub(super) questions: Tree,
}

/// One operation with phrases.
#[derive(Debug)]
pub(super) struct Spoken {
    pub op: &'static str,
    pub summary: &'static str,
    pub risk: Risk,
    /// Whether it has steps of its own: what is made of other operations cannot come again and again.
    pub has_steps: bool,
    /// What may stand behind any of its phrases.
    pub tails: Tree,
}

/// Phrases by their beginnings.
#[derive(Debug)]
pub(in crate::interpret) struct Tree {
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub words: Vec<(&'static str, usize)>,
    pub holes: Vec<(&'static str, Hole, usize)>,
    pub ends: Vec<End>,
}

/// Here a phrase is complete.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// Which operation, by its place in the book.
    pub spoken: usize,
    pub set: Vec<(&'static str, Value)>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl Tree {
    fn insert(&mut self, saying: Saying, spoken: usize) {
        let mut at = 0;
        for part in saying.parts {
            let fresh = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                return;
            };
            let next = match part {
                Part::Word(word) => match node.words.iter().find(|(known, _)| *known == word) {
                    Some((_, next)) => *next,
                    None => {
                        node.words.push((word, fresh));
                        fresh
                    }
                },
                Part::Hole { field, hole } => {
                    let known = node
                        .holes
                        .iter()
                        .find(|(name, kind, _)| *name == field && *kind == hole);
                    match known {
                        Some((_, _, next)) => *next,
                        None => {
                            node.holes.push((field, hole, fresh));
                            fresh
                        }
                    }
                }
            };
            if next == fresh {
                self.nodes.push(Node::default());
            }
            at = next;
        }
        if let Some(node) = self.nodes.get_mut(at) {
            let end = End {
                spoken,
                set: saying.set,
            };
            node.ends.push(end);
        }
    }

    pub(super) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    pub(super) fn begins_with_a_time(&self) -> bool {
        self.node(0).is_some_and(|node| {
            node.holes
                .iter()
                .any(|(_, hole, _)| *hole == Hole::Calendar)
        })
    }

    /// Whether a phrase begins with this word.
    pub(super) fn begins_with(&self, word: &str) -> bool {
        self.first_words().any(|known| known == word)
    }

    pub(super) fn first_words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.nodes
            .iter()
            .take(1)
            .flat_map(|node| node.words.iter().map(|(word, _)| *word))
    }
}

impl Phrasebook {
    /// The phrases of operations: name, summary, risk, phrases. A phrase that cannot be read is left out;
    /// the registry does not start with one.
    pub fn new(
        operations: impl IntoIterator<
            Item = (&'static str, &'static str, Risk, &'static [&'static str]),
        >,
    ) -> Self {
        let mut book = Self::default();
        for (op, summary, risk, phrases) in operations {
            let place = book.spoken.len();
            let mut spoken = Spoken {
                op,
                summary,
                risk,
                has_steps: true,
                tails: Tree::default(),
            };
            for saying in phrases
                .iter()
                .filter_map(|text| sayings(text).ok())
                .flatten()
            {
                if saying.tail {
                    spoken.tails.insert(saying, place);
                } else if risk == Risk::Read {
                    book.questions.insert(saying, place);
                } else {
                    book.orders.insert(saying, place);
                }
            }
            book.spoken.push(spoken);
        }
        book
    }

    /// The phrases of everything that a registry holds.
    pub fn of(registry: &ops::Registry) -> Self {
        let mut book = Self::new(
            registry
                .entries()
                .map(|entry| (entry.name, entry.summary, entry.risk, entry.phrases)),
        );
        for spoken in &mut book.spoken {
            spoken.has_steps = registry.has_steps(spoken.op);
        }
        book
    }

    /// Whether a phrase begins with this word.
    pub(in crate::interpret) fn knows(&self, word: &str) -> bool {
        self.orders.begins_with(word) || self.questions.begins_with(word)
    }

    /// Whether an operation is among those that declare how they are said.
    pub(in crate::interpret) fn speaks_of(&self, op: &str) -> bool {
        self.spoken.iter().any(|spoken| spoken.op == op)
    }

    /// Whether an order can be carried out at a later time, as far as is known.
    pub(super) fn can_come_again(&self, op: &str) -> bool {
        self.spoken
            .iter()
            .find(|spoken| spoken.op == op)
            .is_none_or(|spoken| spoken.has_steps)
    }

    pub(super) fn risk(&self, op: &str) -> Risk {
        self.spoken
            .iter()
            .find(|spoken| spoken.op == op)
            .map_or(Risk::Destructive, |spoken| spoken.risk)
    }
}
