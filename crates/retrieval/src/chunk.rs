//! What is found: one section, option, command or endpoint, with where it stands.

use serde::{Deserialize, Serialize};

/// What a chunk describes. It decides how much its name counts and how an answer is drawn from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Running text under a title.
    Section,
    /// One entry of a list of options: `onboot: <boolean> (default = 0)`.
    Option,
    /// The synopsis of one command: `qm clone <vmid> <newid> [OPTIONS]`.
    Command,
    /// One method of the API.
    Endpoint,
    /// A note that somebody wrote.
    Note,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Section => "section",
            Self::Option => "option",
            Self::Command => "command",
            Self::Endpoint => "endpoint",
            Self::Note => "note",
        }
    }
}

/// Where a chunk stands: a page, and a fragment of it where the page has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// Name of the file, such as `chapter-vzdump.html`. Behind a unit separator may stand what tells pages of
    /// one name apart; it is not searched.
    pub page: String,
    pub anchor: Option<String>,
}

impl Location {
    /// `chapter-vzdump.html#_backup_modes`.
    pub fn link(&self) -> String {
        match &self.anchor {
            Some(anchor) => format!("{}#{anchor}", self.page),
            None => self.page.clone(),
        }
    }
}

/// The unit of search and of citation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub at: Location,
    pub kind: Kind,
    /// Titles from the page down to its own, which is never empty.
    pub path: Vec<String>,
    /// Plain text with its lines; code stays as it was written.
    pub text: String,
    /// Other places that hold the same text; none of them is searched.
    pub also: Vec<Location>,
}

impl Chunk {
    /// Its own title: the last of the path.
    pub fn title(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// `Backup and Restore > Backup Modes`.
    pub fn section(&self) -> String {
        self.path.join(" > ")
    }
}
