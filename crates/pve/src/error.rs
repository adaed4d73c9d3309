//! The one error type: what was asked of whom, what went wrong, whether a retry is safe.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::fingerprint::Fingerprint;
use crate::path::ApiPath;
use crate::transport::Method;

/// Result of everything that talks to a cluster.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call that did not work. Names method, path and endpoint; never holds parameters or
/// credentials. Sort by [`Error::class`] for retries and by [`Error::kind`] for reasons.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: String,
    call: Option<(Method, ApiPath)>,
    kind: ErrorKind,
}

/// Is a retry safe?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The cluster did nothing: the request never reached it, or it was a read. A retry is safe.
    NotSent,
    /// A write was sent and its answer is not known. Look at the cluster before trying again.
    MaybeSent,
    /// The cluster (or this client) looked at the request and said no. The same request again
    /// gives the same answer.
    Refused,
}

/// Which wait was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Waiting for our own request budget.
    Queue,
    /// Opening the connection (TCP and TLS).
    Connect,
    /// Between sending the request and the head of the answer.
    FirstByte,
    /// Reading the rest of the answer.
    Body,
    /// Sending a file.
    Upload,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queue => "waiting for the request budget",
            Self::Connect => "connecting",
            Self::FirstByte => "waiting for the answer",
            Self::Body => "reading the answer",
            Self::Upload => "sending the file",
        })
    }
}

/// What is wrong with an answer that is not PVE's JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyProblem {
    /// An HTML page, mostly of a proxy in between or of another server.
    #[error("an HTML page came instead of JSON")]
    HtmlPage,
    /// Not JSON, or JSON without PVE's `data` key.
    #[error("the answer is not PVE's JSON ({0})")]
    NotJson(String),
    /// The connection ended before the announced end of the body.
    #[error("the answer is cut off ({0})")]
    Truncated(String),
    /// More bytes than the limit of this client.
    #[error("the answer is larger than the limit of {limit_bytes} bytes")]
    TooLarge {
        /// The limit that was set, in bytes after decompression.
        limit_bytes: u64,
    },
}

/// The reasons.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// This client cannot be set up like that, or the input cannot be put in a request.
    #[error("invalid settings: {0}")]
    Invalid(String),
    /// No connection: name not found, refused, no route.
    #[error("cannot connect: {reason}")]
    Unreachable {
        /// Text of the operating system.
        reason: String,
    },
    /// The certificate is not trusted, or the handshake failed. No request was sent.
    #[error("TLS handshake failed: {reason}{}", found_text(found.as_ref()))]
    Tls {
        /// What the verifier said.
        reason: String,
        /// Fingerprint of the certificate that was presented, when it came that far.
        found: Option<Fingerprint>,
    },
    /// The certificate is another one than the pinned one. No request was sent.
    #[error("the certificate has fingerprint {found}, pinned is {expected}")]
    FingerprintMismatch {
        /// The pinned fingerprint.
        expected: Fingerprint,
        /// What the server presented.
        found: Fingerprint,
    },
    /// The key of an SSH server is not believed. Nobody was signed in and no command was sent.
    #[error("{reason} (found {found})")]
    HostKey {
        /// Why not.
        reason: String,
        /// The fingerprint of the key that was presented, `SHA256:…`.
        found: String,
    },
    /// The connection broke after the request was (perhaps) sent.
    #[error("the connection broke: {reason}")]
    ConnectionLost {
        /// Text of the HTTP layer.
        reason: String,
    },
    /// A wait was too long.
    #[error("timed out after {} s {phase}", after.as_secs_f32())]
    Timeout {
        /// Which wait.
        phase: Phase,
        /// The limit that was reached.
        after: Duration,
    },
    /// 401: the credentials were not accepted.
    #[error("not signed in: {text}")]
    Unauthorized {
        /// PVE's text, often without a detail on purpose.
        text: String,
    },
    /// Signing in did not work for another reason than the credentials; the request itself was
    /// not sent.
    #[error("signing in failed: {0}")]
    SignIn(Box<ErrorKind>),
    /// The password was right, but the account wants a second factor.
    #[error("the account needs a second factor")]
    SecondFactorNeeded,
    /// 403: signed in, but without the right.
    #[error("not permitted: {text}")]
    Forbidden {
        /// PVE's text.
        text: String,
        /// The object the check was about, as `/vms/100`, when PVE says so.
        object: Option<String>,
        /// The missing privilege, as `VM.PowerMgmt` or `A|B`, when PVE says so.
        privilege: Option<String>,
    },
    /// Parameters were refused, each with its reason (400, and PVE's nested form `500 400 …`).
    #[error("{text}{}", list(errors))]
    Parameters {
        /// PVE's headline.
        text: String,
        /// Parameter to reason.
        errors: BTreeMap<String, String>,
    },
    /// 501: no such path or method in this version of PVE.
    #[error("not offered by this server: {text}")]
    NotImplemented {
        /// PVE's text.
        text: String,
    },
    /// 595, 596, 599: the server answered, but it could not reach the node named in the path.
    #[error("node {} cannot be reached by the server: {text} (status {status})", node.as_deref().unwrap_or("?"))]
    NodeUnreachable {
        /// The node, when the path names one.
        node: Option<String>,
        /// 595 connecting failed; 596 lost on the way; 599 other.
        status: u16,
        /// PVE's text.
        text: String,
    },
    /// Any other status: PVE uses 500 for nearly everything it does not want to do.
    #[error("{text} (status {status})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// PVE's text, without the line end.
        text: String,
    },
    /// The digest that was sent is not the one of the configuration any more: somebody else
    /// changed it meanwhile. Nothing was changed by this call.
    #[error("{text} (status 500)")]
    Conflict {
        /// PVE's text, without the line end.
        text: String,
    },
    /// The answer is not what PVE sends.
    #[error("{0}")]
    Body(BodyProblem),
    /// PVE's JSON, but without what this call must return.
    #[error("unexpected data: {0}")]
    Unexpected(String),
    /// The caller stopped waiting.
    #[error("cancelled by the caller")]
    Cancelled,
}

fn found_text(found: Option<&Fingerprint>) -> String {
    found.map_or(String::new(), |found| {
        format!(" (certificate fingerprint {found})")
    })
}

/// Parameters and characters of a reason that are told: enough for a person, no page of somebody's data.
const TOLD_PARAMETERS: usize = 8;
const TOLD_CHARACTERS: usize = 200;

fn list(errors: &BTreeMap<String, String>) -> String {
    if errors.is_empty() {
        String::new()
    } else {
        format!(": {}", reasons(errors))
    }
}

/// `cores: too few; name: …`, on one line.
fn reasons(errors: &BTreeMap<String, String>) -> String {
    let mut told: Vec<String> = errors
        .iter()
        .take(TOLD_PARAMETERS)
        .map(|(name, reason)| format!("{}: {}", one_line(name), one_line(reason)))
        .collect();
    if errors.len() > TOLD_PARAMETERS {
        told.push(format!("and {} more", errors.len() - TOLD_PARAMETERS));
    }
    told.join("; ")
}

fn one_line(text: &str) -> String {
    let line = text.trim().replace('\n', ", ");
    let mut told: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TOLD_CHARACTERS)
        .collect();
    if line.chars().nth(TOLD_CHARACTERS).is_some() {
        told.push('…');
    }
    told
}

impl Error {
    /// For implementations of [`crate::Transport`]: an error of one call.
    pub fn of_call(endpoint: &str, method: Method, path: &ApiPath, kind: ErrorKind) -> Self {
        let call = Some((method, path.clone()));
        Self(Box::new(Inner {
            endpoint: endpoint.to_owned(),
            call,
            kind,
        }))
    }

    /// An error outside of a call: settings, or looking at a certificate.
    pub fn of_endpoint(endpoint: &str, kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            endpoint: endpoint.to_owned(),
            call: None,
            kind,
        }))
    }

    /// The reason.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Scheme, host and port that were asked.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// The path that was asked, when a call was made.
    pub fn path(&self) -> Option<&ApiPath> {
        self.0.call.as_ref().map(|(_, path)| path)
    }

    /// The method that was used, when a call was made.
    pub fn method(&self) -> Option<Method> {
        self.0.call.as_ref().map(|(method, _)| *method)
    }

    /// HTTP status, when one came.
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            ErrorKind::Unauthorized { .. } => Some(401),
            ErrorKind::Forbidden { .. } => Some(403),
            ErrorKind::Parameters { .. } => Some(400),
            ErrorKind::NotImplemented { .. } => Some(501),
            ErrorKind::NodeUnreachable { status, .. } | ErrorKind::Refused { status, .. } => {
                Some(*status)
            }
            ErrorKind::Conflict { .. } => Some(500),
            ErrorKind::Invalid(_)
            | ErrorKind::Unreachable { .. }
            | ErrorKind::Tls { .. }
            | ErrorKind::FingerprintMismatch { .. }
            | ErrorKind::HostKey { .. }
            | ErrorKind::ConnectionLost { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::SecondFactorNeeded
            | ErrorKind::SignIn(_)
            | ErrorKind::Body(_)
            | ErrorKind::Unexpected(_)
            | ErrorKind::Cancelled => None,
        }
    }

    /// Is a retry safe?
    pub fn class(&self) -> ErrorClass {
        // A read changes nothing, so its lost answer costs nothing.
        let lost = match self.method() {
            Some(Method::Post | Method::Put | Method::Delete) => ErrorClass::MaybeSent,
            Some(Method::Get) | None => ErrorClass::NotSent,
        };
        match self.kind() {
            ErrorKind::Unreachable { .. }
            | ErrorKind::SignIn(_)
            | ErrorKind::Tls { .. }
            | ErrorKind::FingerprintMismatch { .. }
            | ErrorKind::HostKey { .. }
            | ErrorKind::Timeout { phase: Phase::Queue | Phase::Connect, .. }
            // 595: the receiving node found no connection, so the other one heard nothing.
            | ErrorKind::NodeUnreachable { status: 595, .. } => ErrorClass::NotSent,
            ErrorKind::ConnectionLost { .. }
            | ErrorKind::Timeout { phase: Phase::FirstByte | Phase::Body | Phase::Upload, .. }
            | ErrorKind::NodeUnreachable { .. }
            | ErrorKind::Body(_)
            | ErrorKind::Unexpected(_)
            | ErrorKind::Cancelled
            // Said by proxies in between when the real answer did not come.
            | ErrorKind::Refused { status: 502..=504, .. } => lost,
            ErrorKind::Invalid(_)
            | ErrorKind::Unauthorized { .. }
            | ErrorKind::SecondFactorNeeded
            | ErrorKind::Forbidden { .. }
            | ErrorKind::Parameters { .. }
            | ErrorKind::NotImplemented { .. }
            | ErrorKind::Conflict { .. }
            | ErrorKind::Refused { .. } => ErrorClass::Refused,
        }
    }

    /// What the user can do about it, in one sentence.
    pub fn hint(&self) -> String {
        let endpoint = self.endpoint();
        match self.kind() {
            ErrorKind::Invalid(_) => "correct the settings and try again".into(),
            ErrorKind::Unreachable { .. } => {
                format!("check that {endpoint} is the address of a node and that its service runs")
            }
            ErrorKind::Tls { found: Some(found), .. } => format!(
                "compare {found} with `pvenode cert info` on the node and pin it if it is the same, or give the CA"
            ),
            ErrorKind::Tls { found: None, .. } => {
                format!("check that {endpoint} speaks HTTPS (PVE's port is 8006)")
            }
            ErrorKind::FingerprintMismatch { .. } => {
                "if the certificate was renewed on purpose, compare it with `pvenode cert info` and pin the new one; otherwise somebody may be in between".into()
            }
            ErrorKind::HostKey { found, .. } => format!(
                "compare {found} with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the node and pin it, or add the key to known_hosts, if it is the same"
            ),
            ErrorKind::Timeout { phase: Phase::Queue, .. } => {
                "too many requests are waiting; try again later or raise the request budget".into()
            }
            ErrorKind::ConnectionLost { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::Body(BodyProblem::Truncated(_)) => self.lost_hint(),
            ErrorKind::Unauthorized { .. } => {
                "check user, realm and password or the token and its secret; tokens and users can expire or be disabled".into()
            }
            ErrorKind::SignIn(_) => {
                format!("nothing was changed; try again, and check that {endpoint} is a PVE server")
            }
            ErrorKind::SecondFactorNeeded => {
                "give its second factor (a TOTP code or a recovery key), or use an API token: tokens work without one".into()
            }
            ErrorKind::Forbidden { object: Some(object), privilege: Some(privilege), .. } => {
                format!("grant a role with {privilege} on {object}; a token with privilege separation needs its own")
            }
            ErrorKind::Forbidden { .. } => {
                "the user or token lacks a privilege for this; some calls work with a password login only".into()
            }
            ErrorKind::Parameters { .. } => "correct the named parameters".into(),
            // PVE says it with the status of unknown methods.
            ErrorKind::NotImplemented { text } if text.contains("data too large") => {
                "send less in one request: PVE takes 512 KiB, and more only as an uploaded file".into()
            }
            ErrorKind::NotImplemented { .. } => {
                "check path and method against the API viewer of this PVE version".into()
            }
            ErrorKind::NodeUnreachable { node, .. } => format!(
                "check that node {} is up and reachable from {endpoint}",
                node.as_deref().unwrap_or("in the path")
            ),
            ErrorKind::Refused { status: 502..=504, .. } => format!(
                "a proxy in front of {endpoint} got no answer from it: {}check that its service runs",
                match self.class() {
                    ErrorClass::MaybeSent => "look at the task list before trying again, and ",
                    ErrorClass::NotSent | ErrorClass::Refused => "",
                }
            ),
            ErrorKind::Refused { text, .. } => refused_hint(text).into(),
            ErrorKind::Conflict { .. } => {
                "somebody else changed it meanwhile: read it again and repeat".into()
            }
            ErrorKind::Body(BodyProblem::TooLarge { .. }) => {
                "narrow the request down or raise the size limit".into()
            }
            ErrorKind::Body(_) => format!("check that {endpoint} is a PVE server and not a proxy's error page"),
            ErrorKind::Unexpected(_) => {
                "this PVE version answers differently than known ones; please report it with the version".into()
            }
            ErrorKind::Cancelled => "a task that was started goes on; look at its status".into(),
        }
    }

    fn lost_hint(&self) -> String {
        match self.class() {
            ErrorClass::MaybeSent => {
                "the request may have been carried out: look at the task list before trying again"
            }
            ErrorClass::NotSent | ErrorClass::Refused => "try again; nothing was changed",
        }
        .into()
    }

    /// [`Error::text`] in one sentence; of refused parameters each with its reason, as far as they are few.
    pub fn said(&self) -> String {
        match self.kind() {
            ErrorKind::Parameters { text, errors } if !errors.is_empty() => {
                format!("{}: {}", text.trim_end_matches(['.', ' ']), reasons(errors))
            }
            _ => self.text(),
        }
    }

    /// PVE's own text, without line end and without our words around it.
    pub fn text(&self) -> String {
        match self.kind() {
            ErrorKind::Unauthorized { text }
            | ErrorKind::Forbidden { text, .. }
            | ErrorKind::Parameters { text, .. }
            | ErrorKind::NotImplemented { text }
            | ErrorKind::NodeUnreachable { text, .. }
            | ErrorKind::Conflict { text }
            | ErrorKind::Refused { text, .. } => text.clone(),
            other => other.to_string(),
        }
    }
}

/// Hints for the refusals that are met most. PVE has no codes for them, only texts.
fn refused_hint(text: &str) -> &'static str {
    let table: &[(&str, &str)] = &[
        (
            "does not exist",
            "the object is gone or on another node: look it up again",
        ),
        (
            "is locked (",
            "another job holds the guest: wait for it or look at the task list",
        ),
        (
            "got timeout",
            "another job holds the lock: wait for it and try again",
        ),
        (
            "no quorum",
            "the cluster has no majority: bring nodes back before changing anything",
        ),
        (
            "unable to open file '/etc/pve/",
            "the cluster has no majority, so its files cannot be written: bring nodes back before changing anything",
        ),
        (
            "hostname lookup",
            "no node of that name is known to the cluster",
        ),
        ("not running", "the guest is stopped: start it first"),
        ("already running", "the guest runs already"),
        (
            "protection mode enabled",
            "the guest is protected: take the protection off first",
        ),
        (
            "guest agent is not running",
            "install or start the QEMU guest agent in the guest",
        ),
    ];
    table.iter().find(|(part, _)| text.contains(part)).map_or(
        "read the cluster's text: it says what it does not want",
        |(_, hint)| hint,
    )
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            endpoint,
            call,
            kind,
        } = &*self.0;
        match call {
            Some((method, path)) => write!(f, "cannot {method} {path} at {endpoint}: {kind}"),
            None => write!(f, "cannot use {endpoint}: {kind}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: Method, kind: ErrorKind) -> Error {
        Error::of_call(
            "https://pve1:8006",
            method,
            &"/nodes/pve1/x".parse().unwrap(),
            kind,
        )
    }

    #[test]
    fn a_lost_answer_is_harmless_for_reads_and_not_for_writes() {
        let lost = || ErrorKind::ConnectionLost {
            reason: "closed".into(),
        };
        assert_eq!(of(Method::Get, lost()).class(), ErrorClass::NotSent);
        for write in [Method::Post, Method::Put, Method::Delete] {
            assert_eq!(of(write, lost()).class(), ErrorClass::MaybeSent);
        }
    }

    #[test]
    fn a_node_that_was_not_reached_did_nothing_but_a_lost_one_may_have() {
        let proxied = |status| {
            let kind = ErrorKind::NodeUnreachable {
                node: None,
                status,
                text: String::new(),
            };
            of(Method::Post, kind).class()
        };
        assert_eq!(proxied(595), ErrorClass::NotSent);
        assert_eq!(proxied(596), ErrorClass::MaybeSent);
        assert_eq!(proxied(599), ErrorClass::MaybeSent);
    }

    #[test]
    fn the_text_of_refused_parameters_names_each_with_its_reason_and_is_bounded() {
        let refused = |errors: BTreeMap<String, String>| {
            let text = "Parameter verification failed.".to_owned();
            of(Method::Post, ErrorKind::Parameters { text, errors }).said()
        };
        let one = [("password", "value must be at least 5 characters long\n")];
        assert_eq!(
            refused(
                one.map(|(name, reason)| (name.into(), reason.into()))
                    .into()
            ),
            "Parameter verification failed: password: value must be at least 5 characters long"
        );
        assert_eq!(refused(BTreeMap::new()), "Parameter verification failed.");
        let many = (0..20).map(|n| {
            (
                format!("net{n:02}"),
                format!("\u{1b}[31m{}", "x".repeat(5_000)),
            )
        });
        let told = refused(many.collect());
        assert!(
            told.ends_with("…; and 12 more") && told.len() < 2_000,
            "{told}"
        );
        assert!(!told.contains('\u{1b}'), "{told}");
    }

    #[test]
    fn the_text_names_method_path_endpoint_and_each_parameter() {
        let errors = [("cores", "too few"), ("bogus", "unknown\nreally")]
            .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
            .into();
        let text = "Parameter verification failed.".to_owned();
        assert_eq!(
            of(Method::Put, ErrorKind::Parameters { text, errors }).to_string(),
            "cannot PUT /nodes/pve1/x at https://pve1:8006: Parameter verification failed.: \
             bogus: unknown, really; cores: too few"
        );
    }
}
