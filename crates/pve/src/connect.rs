//! What is needed to reach a cluster.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::budget::Budget;
use crate::ids::{TokenId, UserId};
use crate::second_factor::SecondFactorSource;
use crate::service::Service;
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
    /// A ticket that was got before, by [`crate::SignIn`]: renewed while the client is used, and
    /// not replaced when it has ended.
    Ticket(SignedIn),
}

/// A full sign-in: what a server gives for a password, a second factor or an OpenID code.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The ticket, good for two hours and for all nodes of the cluster.
    pub ticket: SecretString,
    /// What writes must carry beside it.
    pub csrf: SecretString,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({})", self.user)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { id, .. } => write!(f, "Token({id})"),
            Self::Password { user, .. } => write!(f, "Password({user})"),
            Self::Ticket(signed_in) => write!(f, "Ticket({})", signed_in.user),
        }
    }
}

/// Another node of the cluster. Each has a certificate of its own.
#[derive(Debug, Clone)]
pub struct FurtherEndpoint {
    /// `https://host:8006`.
    pub url: Url,
    /// Which certificate is believed there.
    pub trust: Trust,
}

/// When a request is sent again: only if its connection was not made, or if it is a read whose
/// connection broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts altogether. At least 1.
    pub attempts: u32,
    /// Pause before the second attempt; each further one doubles. Between half of it and all of it
    /// is waited, by chance, so that many clients do not come back at the same time.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
}

impl Default for Retry {
    /// Twice, after at most 150 ms; 2 s at most with more attempts.
    fn default() -> Self {
        Self {
            attempts: 2,
            first_pause: Duration::from_millis(150),
            longest_pause: Duration::from_secs(2),
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
    /// From the start of the request to the end of the answer. Not for files, whose size nobody
    /// knows.
    pub total: Duration,
    /// Silence within an answer.
    pub idle: Duration,
    /// Standstill of an upload.
    pub upload: Duration,
}

impl Default for Timeouts {
    /// 5 s to connect, 45 s to the head, 90 s to the end; 30 s of silence in an answer, 60 s of
    /// standstill in an upload.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(45),
            total: Duration::from_secs(90),
            idle: Duration::from_secs(30),
            upload: Duration::from_mins(1),
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
    /// What kind of server it is.
    pub service: Service,
    /// More nodes of the same cluster, asked when the one before does not answer.
    pub further: Vec<FurtherEndpoint>,
    /// Who we are.
    pub auth: Auth,
    /// What to do when a password is not enough.
    pub second_factor: SecondFactorSource,
    /// Which certificate is believed.
    pub trust: Trust,
    /// Longest waits.
    pub timeouts: Timeouts,
    /// How many requests per second and at once.
    pub budget: Budget,
    /// How often a request that did nothing is sent again.
    pub retry: Retry,
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
            service: Service::Pve,
            further: Vec::new(),
            auth,
            second_factor: SecondFactorSource::None,
            trust,
            timeouts: Timeouts::default(),
            budget: Budget::default(),
            retry: Retry::default(),
            body_limit_bytes: 64 * 1024 * 1024,
            user_agent: concat!("pve/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}
