//! What an order is aimed at, as selectors and in English.

use super::lexicon::Noun;

/// A condition that guests must meet: a selector term and how to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// A term of the selector grammar.
    pub term: String,
    /// After the noun: "tagged web", "on node pve1".
    pub said: String,
    pub about: About,
}

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Identity,
    Place,
    Other,
}

impl Condition {
    pub(super) fn new(about: About, term: impl Into<String>, said: impl Into<String>) -> Self {
        Self {
            term: term.into(),
            said: said.into(),
            about,
        }
    }

    pub(super) fn negated(self) -> Self {
        Self {
            term: format!("!{}", self.term),
            said: format!("not {}", self.said),
            ..self
        }
    }
}

/// Guests described by what they have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Group {
    pub noun: Option<Noun>,
    /// Alternatives ("the web and db boxes"); each makes a selector of its own.
    pub heads: Vec<Condition>,
    pub conditions: Vec<Condition>,
    pub templates: bool,
}

/// One member of a list of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// One guest: its name or id, with conditions that it must meet too.
    One {
        selector: String,
        said: String,
        conditions: Vec<Condition>,
    },
    /// A range of ids.
    Range {
        first: u32,
        last: u32,
        conditions: Vec<Condition>,
    },
    Group(Group),
}

/// Everything an order is aimed at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Target {
    pub items: Vec<Item>,
    pub exceptions: Vec<Condition>,
}

impl Target {
    /// The selectors, to be united.
    pub(super) fn selectors(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for item in &self.items {
            let (mut made, excepted) = item.selectors();
            if excepted {
                for selector in &mut made {
                    for exception in &self.exceptions {
                        selector.push(' ');
                        selector.push_str(&exception.term);
                    }
                }
            }
            for selector in made {
                if !all.contains(&selector) {
                    all.push(selector);
                }
            }
        }
        all
    }

    /// The targets in English.
    pub(super) fn said(&self) -> String {
        let items: Vec<String> = self.items.iter().map(Item::said).collect();
        let mut said = joined(&items);
        if !self.exceptions.is_empty() {
            let exceptions: Vec<String> = self
                .exceptions
                .iter()
                .map(|exception| {
                    exception
                        .said
                        .strip_prefix("not ")
                        .unwrap_or(&exception.said)
                        .to_owned()
                })
                .collect();
            said.push_str(", except ");
            said.push_str(&joined(&exceptions));
        }
        said
    }

    /// Whether it is one guest, written by name or id.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.items.as_slice(), [Item::One { .. }])
    }

    /// Whether it is every guest, or every one of a kind, with nothing that makes it fewer.
    pub(super) fn has_all(&self) -> bool {
        self.items.iter().any(|item| {
            matches!(item, Item::Group(group) if group.heads.is_empty() && group.conditions.is_empty())
        })
    }

    /// Whether there is a set that an exception could make smaller.
    pub(super) fn has_set(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item, Item::Range { .. } | Item::Group(_)))
    }
}

impl Item {
    /// The selectors and whether exceptions apply to them.
    fn selectors(&self) -> (Vec<String>, bool) {
        match self {
            Self::One {
                selector,
                conditions,
                ..
            } => (vec![with_terms(selector, conditions)], false),
            Self::Range {
                first,
                last,
                conditions,
            } => (
                vec![with_terms(&format!("{first}-{last}"), conditions)],
                true,
            ),
            Self::Group(group) => (group.selectors(), true),
        }
    }

    fn said(&self) -> String {
        match self {
            Self::One {
                said, conditions, ..
            } => with_said(said.clone(), conditions),
            Self::Range {
                first,
                last,
                conditions,
            } => with_said(format!("guests {first} to {last}"), conditions),
            Self::Group(group) => group.said(),
        }
    }
}

impl Group {
    fn selectors(&self) -> Vec<String> {
        let mut rest: Vec<&str> = Vec::new();
        let kind = match self.noun {
            Some(Noun::Machine | Noun::Qemu) => Some("kind=qemu"),
            Some(Noun::Container) => Some("kind=lxc"),
            // Every selector needs a term; both kinds together are every guest.
            Some(Noun::Guest) | None if self.heads.is_empty() && self.conditions.is_empty() => {
                Some("kind=qemu,lxc")
            }
            Some(Noun::Guest) | None => None,
        };
        rest.extend(kind);
        rest.extend(
            self.conditions
                .iter()
                .map(|condition| condition.term.as_str()),
        );
        rest.push(if self.templates {
            "template=true"
        } else {
            "template=false"
        });
        let rest = rest.join(" ");
        if self.heads.is_empty() {
            return vec![rest];
        }
        self.heads
            .iter()
            .map(|head| format!("{} {rest}", head.term))
            .collect()
    }

    fn said(&self) -> String {
        let noun = match self.noun {
            _ if self.templates => "templates",
            Some(Noun::Machine | Noun::Qemu) => "VMs",
            Some(Noun::Container) => "containers",
            Some(Noun::Guest) | None => "guests",
        };
        let heads: Vec<String> = self.heads.iter().map(|head| head.said.clone()).collect();
        let mut said = format!("all {noun}");
        if !heads.is_empty() {
            said = format!("{said} {}", heads.join(" or "));
        }
        with_said(said, &self.conditions)
    }
}

fn with_terms(selector: &str, conditions: &[Condition]) -> String {
    let mut all = selector.to_owned();
    for condition in conditions {
        all.push(' ');
        all.push_str(&condition.term);
    }
    all
}

fn with_said(mut said: String, conditions: &[Condition]) -> String {
    for condition in conditions {
        said.push(' ');
        said.push_str(&condition.said);
    }
    said
}

/// "a, b and c"
pub(super) fn joined(parts: &[String]) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A guest name as a selector term. Names that look like an id or a range are written out.
pub(super) fn name_term(name: &str) -> String {
    if name
        .bytes()
        .all(|sign| sign.is_ascii_digit() || sign == b'-')
    {
        format!("name={name}")
    } else {
        name.to_owned()
    }
}
