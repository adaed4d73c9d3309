//! The three products that speak this protocol, and where they differ in it.

/// Which product a server is.
///
/// What is here of PBS and PMG is not verified against a real one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Service {
    /// Virtual Environment: passwords and tokens.
    #[default]
    Pve,
    /// Backup Server: passwords and tokens, port 8007.
    Pbs,
    /// Mail Gateway: passwords only.
    Pmg,
}

impl Service {
    /// What its tickets, cookies and token headers start with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Pve => "PVE",
            Self::Pbs => "PBS",
            Self::Pmg => "PMG",
        }
    }

    /// The port it listens on.
    pub fn port(self) -> u16 {
        match self {
            Self::Pve | Self::Pmg => 8006,
            Self::Pbs => 8007,
        }
    }

    /// What stands between a token's id and its secret; nothing where there are no tokens.
    pub fn token_separator(self) -> Option<char> {
        match self {
            Self::Pve => Some('='),
            Self::Pbs => Some(':'),
            Self::Pmg => None,
        }
    }
}
