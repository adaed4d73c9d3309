//! The way over SSH: `pvesh` on a node, over one connection that all calls share.

mod connection;
mod host_key;
mod known_hosts;
mod quote;
mod sign_in;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

pub use self::connection::fetch_host_key;
pub use self::host_key::{HostKeyPin, HostKeyTrust};
use crate::error::{Error, ErrorKind, Result};
use crate::meter::RequestCounters;
use crate::pvesh::{Pvesh, PveshOptions};
use crate::reply::RawReply;
use crate::transport::{Request, Transport};

/// One way to prove who we are to an SSH server.
#[derive(Clone)]
pub enum SshSignIn {
    /// All keys of an agent, by its socket (what `SSH_AUTH_SOCK` names).
    Agent {
        /// The socket.
        socket: PathBuf,
    },
    /// A private key, in OpenSSH's or the PEM format.
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What it is encrypted with, if it is.
        passphrase: Option<SecretString>,
    },
    /// The password of the account, also for servers that ask for it interactively.
    Password(SecretString),
}

impl fmt::Debug for SshSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent { socket } => write!(f, "Agent({})", socket.display()),
            Self::KeyFile { path, .. } => write!(f, "KeyFile({})", path.display()),
            Self::Password(_) => f.write_str("Password"),
        }
    }
}

/// How to reach a node over SSH.
///
/// ```no_run
/// use pve::{Budget, Client, HostKeyTrust, SshOptions, SshSignIn};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let key = SshSignIn::KeyFile { path: "id_ed25519".into(), passphrase: None };
/// let known = HostKeyTrust::KnownHosts(vec!["known_hosts".into()]);
/// let client = Client::over_ssh(SshOptions::new("pve1", vec![key], known), Budget::default())?;
/// println!("{}", client.version().await?.version);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SshOptions {
    /// Name or address, IPv6 without brackets.
    pub host: String,
    /// 22.
    pub port: u16,
    /// `root`, or a user with sudo.
    pub user: String,
    /// Tried in this order.
    pub sign_in: Vec<SshSignIn>,
    /// Which host key is believed.
    pub host_key: HostKeyTrust,
    /// Longest wait for the connection, its keys and the sign-in together.
    pub connect_limit: Duration,
    /// A silent connection is asked for a sign of life this often; without three of them in a row
    /// it is given up.
    pub keepalive: Duration,
    /// How `pvesh` is run there.
    pub pvesh: PveshOptions,
}

impl SshOptions {
    /// Port 22, user `root`, 15 s to connect, a sign of life every 15 s.
    pub fn new(host: &str, sign_in: Vec<SshSignIn>, host_key: HostKeyTrust) -> Self {
        Self {
            host: host.to_owned(),
            port: 22,
            user: "root".to_owned(),
            sign_in,
            host_key,
            connect_limit: Duration::from_secs(15),
            keepalive: Duration::from_secs(15),
            pvesh: PveshOptions::default(),
        }
    }

    /// `ssh://root@pve1:22`
    pub(crate) fn endpoint(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        format!("ssh://{}@{host}:{}", self.user, self.port)
    }
}

/// API calls by `pvesh` on a node, over SSH. The connection is made by the first call, shared by
/// all (each has a channel of its own) and made again when it broke. A call of which nobody can
/// say whether it ran is never repeated.
///
/// Parameters stand on a command line that all users of the node can read while it runs; see
/// [`PveshOptions::secrets_on_command_line`]. A call that starts a task returns when the task has
/// ended. Files are not uploaded this way. The account's shell must read single quotes as POSIX
/// shells do.
pub struct SshTransport {
    pvesh: Pvesh<connection::Connection>,
}

impl SshTransport {
    /// Checks the settings and reads the known hosts; connects at the first call.
    pub fn new(options: SshOptions) -> Result<Self> {
        let endpoint = options.endpoint();
        let fail = |reason: &str| {
            let kind = ErrorKind::Invalid(reason.to_owned());
            Err(Error::of_endpoint(&endpoint, kind))
        };
        if options.host.is_empty() || options.user.is_empty() {
            return fail("an SSH address needs a host and a user");
        }
        if options.sign_in.is_empty() {
            return fail("no way to sign in is given: an agent, a key or a password");
        }
        let pvesh = options.pvesh.clone();
        let connection = connection::Connection::new(options)
            .map_err(|kind| Error::of_endpoint(&endpoint, kind))?;
        Ok(Self {
            pvesh: Pvesh::new(connection, pvesh, endpoint),
        })
    }
}

#[async_trait]
impl Transport for SshTransport {
    async fn send(&self, request: &Request) -> Result<RawReply, Error> {
        self.pvesh.send(request).await
    }

    fn endpoint(&self) -> &str {
        self.pvesh.endpoint()
    }

    fn counters(&self) -> RequestCounters {
        self.pvesh.counters()
    }
}
