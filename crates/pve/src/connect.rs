//! What is needed to reach a cluster.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::budget::Budget;
use crate::ids::{TokenId, UserId};
use crate::trust::Trust;

/// Who we are. Neither form shows its secret when printed.
#[derive(Clone)]
pub enum Auth {
    /// An API token: no expiry by itself, no second factor, no CSRF.
    Token {
        /// `user@realm!name`.
        id: TokenId,
        /// The secret half, shown once when the token was made.
        secret: SecretString,
    },
    /// A password: traded for a ticket that is renewed while the client is used.
    Password {
        /// `user@realm`.
        user: UserId,
        /// Its password.
        password: SecretString,
    },
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { id, .. } => write!(f, "Token({id})"),
            Self::Password { user, .. } => write!(f, "Password({user})"),
        }
    }
}

/// Longest waits of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up, TCP and TLS.
    pub connect: Duration,
    /// From the start of the request to the head of the answer. PVE itself waits 30 s for a node
    /// it forwards to, 10 s for locks, and answers wrong credentials after 3 s.
    pub first_byte: Duration,
    /// From the start of the request to the end of the answer.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 5 s to connect, 45 s to the head, 90 s to the end.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(45),
            total: Duration::from_secs(90),
        }
    }
}

/// How to reach a cluster.
///
/// ```
/// use pve::{Auth, ConnectOptions, Trust, parse_endpoint};
/// let auth = Auth::Token { id: "root@pam!demo".parse()?, secret: "1b2c…".to_owned().into() };
/// let trust = Trust::SystemRoots;
/// let options = ConnectOptions::new(parse_endpoint("pve1.example.org")?, auth, trust);
/// assert_eq!(options.budget.foreground_per_second, 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// `https://host:8006`, see [`crate::parse_endpoint`]. A path is kept as a prefix.
    pub url: Url,
    /// Who we are.
    pub auth: Auth,
    /// Which certificate is believed.
    pub trust: Trust,
    /// Longest waits.
    pub timeouts: Timeouts,
    /// How many requests per second and at once.
    pub budget: Budget,
    /// Largest body that is read, in bytes after decompression.
    pub body_limit_bytes: u64,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl ConnectOptions {
    /// Options with the default time-outs, budget and size limit (64 MiB).
    pub fn new(url: Url, auth: Auth, trust: Trust) -> Self {
        Self {
            url,
            auth,
            trust,
            timeouts: Timeouts::default(),
            budget: Budget::default(),
            body_limit_bytes: 64 * 1024 * 1024,
            user_agent: concat!("pve/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}
