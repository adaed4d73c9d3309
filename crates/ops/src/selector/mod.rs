//! The selector language: how every surface names guests.
//!
//! ```text
//! selector    = term { " " term }                  all must hold
//! term        = ["!"] alternative { "," alternative }
//! alternative = id | id "-" id | name | cluster/node/id | cluster/id | key op value
//! op          = "=" | "!=" | "~" | "!~" | ">" | ">=" | "<" | "<="
//! ```
//! `=` globs with `*` and `?`, `~` is a regular expression, values with blanks stand in double quotes.
//! A list of selectors is united. A name or id that fits two guests is an error with the candidates; one
//! that fits none is an error too: a selector never silently selects nothing.
//!
//! ```
//! use ops::selector::Selector;
//! let selector: Selector = "tag=web node=pve1 !web-03".parse()?;
//! assert_eq!(selector.to_string(), "tag=web node=pve1 !web-03");
//! # Ok::<(), ops::selector::ParseError>(())
//! ```

mod matching;
mod parse;
mod resolve;
mod strict;

pub(crate) use matching::glob;
pub use parse::ParseError;
pub use resolve::{SelectError, resolve};

use regex::Regex;

/// What a selector looks at. Unknown values answer nothing and match nothing.
pub trait Selectable {
    fn cluster(&self) -> &str;
    fn node(&self) -> &str;
    fn id(&self) -> u32;
    fn name(&self) -> &str;
    /// The values of a text key; several for tags and storages.
    fn words(&self, key: Key) -> Vec<&str>;
    fn number(&self, key: Number) -> Option<f64>;
}

/// Keys whose values are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Id,
    Name,
    Tag,
    Pool,
    Node,
    Cluster,
    Kind,
    Status,
    Lock,
    Template,
    Ha,
    Storage,
}

impl Key {
    const ALL: [(&'static str, Self); 12] = [
        ("id", Self::Id),
        ("name", Self::Name),
        ("tag", Self::Tag),
        ("pool", Self::Pool),
        ("node", Self::Node),
        ("cluster", Self::Cluster),
        ("kind", Self::Kind),
        ("status", Self::Status),
        ("lock", Self::Lock),
        ("template", Self::Template),
        ("ha", Self::Ha),
        ("storage", Self::Storage),
    ];
}

/// Keys whose values are numbers: bytes, cores, a fraction, seconds, counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Bytes of memory the guest may use; `memory>4G`.
    Memory,
    Cores,
    /// Load in percent of the guest's cores; `cpu>80`.
    Cpu,
    /// Bytes of the boot disk; `disk>100G`.
    Disk,
    /// Seconds; `uptime>30d`.
    Uptime,
    /// Seconds since the newest backup; `backup_age>24h`.
    BackupAge,
    Snapshots,
}

impl Number {
    const ALL: [(&'static str, Self); 7] = [
        ("memory", Self::Memory),
        ("cores", Self::Cores),
        ("cpu", Self::Cpu),
        ("disk", Self::Disk),
        ("uptime", Self::Uptime),
        ("backup_age", Self::BackupAge),
        ("snapshots", Self::Snapshots),
    ];
}

/// A parsed selector.
#[derive(Clone, Debug)]
pub struct Selector {
    source: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    negated: bool,
    alternatives: Vec<Alternative>,
}

#[derive(Clone, Debug)]
enum Alternative {
    Id(u32),
    Range(u32, u32),
    Name(String),
    /// `cluster/id` or `cluster/node/id`.
    Path {
        cluster: String,
        node: Option<String>,
        id: u32,
    },
    Word {
        key: Key,
        negated: bool,
        test: Test,
    },
    Number {
        key: Number,
        comparison: Comparison,
        value: f64,
    },
}

#[derive(Clone, Debug)]
enum Test {
    Glob(String),
    Pattern(Regex),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Selector {
    /// Reads a selector that gives or takes rights: what can be parsed and cannot be meant is refused as well.
    pub fn strict(text: &str) -> Result<Self, ParseError> {
        let selector = parse::selector(text)?;
        strict::check(&selector)?;
        Ok(selector)
    }

    /// Whether everything in the selector holds for `item`.
    pub fn matches(&self, item: &impl Selectable) -> bool {
        self.terms.iter().all(|term| term.matches(item))
    }

    /// The first key in it whose value comes and goes by itself, or is not known of every guest: what
    /// gives or takes rights must not rest on it.
    pub fn rests_on_what_passes(&self) -> Option<&'static str> {
        self.terms
            .iter()
            .flat_map(|term| &term.alternatives)
            .find_map(Alternative::passing_key)
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.source)
    }
}

impl std::str::FromStr for Selector {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse::selector(text)
    }
}
