//! Which keys a property string has.

use crate::formats::NamedFormat;
use crate::property::Rule;

/// A key of a property string.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    name: &'static str,
    rule: Rule,
    required: bool,
    default: bool,
    needed: Option<&'static str>,
}

impl Key {
    /// An optional key.
    pub const fn new(name: &'static str, rule: Rule) -> Self {
        Self {
            name,
            rule,
            required: false,
            default: false,
            needed: None,
        }
    }

    /// A switch.
    pub const fn switch(name: &'static str) -> Self {
        Self::new(name, Rule::Switch)
    }

    /// A whole number within bounds.
    pub const fn integer(name: &'static str, least: Option<i64>, most: Option<i64>) -> Self {
        Self::new(name, Rule::Integer(least, most))
    }

    /// A number within bounds.
    pub const fn number(name: &'static str, least: Option<i64>, most: Option<i64>) -> Self {
        Self::new(name, Rule::Number(least, most))
    }

    /// One of some words.
    pub const fn one_of(name: &'static str, words: &'static [&'static str]) -> Self {
        Self::new(name, Rule::OneOf(words))
    }

    /// Free text.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Rule::Text)
    }

    /// A size.
    pub const fn size(name: &'static str) -> Self {
        Self::new(name, Rule::Size)
    }

    /// A named format.
    pub const fn named(name: &'static str, format: NamedFormat) -> Self {
        Self::new(name, Rule::Named(format))
    }

    /// The same key, required.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same key, the one a bare value belongs to.
    #[must_use]
    pub const fn default_key(mut self) -> Self {
        self.default = true;
        self
    }

    /// The same key, allowed only together with another.
    #[must_use]
    pub const fn needs(mut self, other: &'static str) -> Self {
        self.needed = Some(other);
        self
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it may hold.
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Must it be there?
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// The key that must be there together with it.
    pub const fn needed(&self) -> Option<&'static str> {
        self.needed
    }
}

/// The keys of one kind of property string.
#[derive(Debug)]
pub struct Shape {
    name: &'static str,
    groups: &'static [&'static [Key]],
}

impl PartialEq for Shape {
    /// Shapes are told apart by their names.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Shape {}

impl Shape {
    /// A shape whose keys come in groups, so that similar shapes share some.
    pub const fn new(name: &'static str, groups: &'static [&'static [Key]]) -> Self {
        Self { name, groups }
    }

    /// What it is called in messages and in the API description, where it has a name there.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.groups.iter().flat_map(|group| group.iter())
    }

    /// The key with this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }

    /// The key that a bare value belongs to.
    pub fn default_key(&self) -> Option<&'static Key> {
        self.keys().find(|key| key.default)
    }
}
