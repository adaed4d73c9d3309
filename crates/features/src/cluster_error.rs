//! From an error of the PVE client to one of an operation: same truth, the product's words.

use ops::{Code, Error, contract::StartError};
use pve::{ErrorClass, ErrorKind};

/// An error of a call that only looked, or whose effect does not matter.
pub fn call_error(cluster: &str, error: &pve::Error) -> Error {
    // A sign-in that broke is told by what broke.
    let kind = match error.kind() {
        ErrorKind::SignIn(kind) => kind.as_ref(),
        kind => kind,
    };
    let (code, message) = match kind {
        // Somebody answers, but not whom we know: asking again does not help.
        ErrorKind::Tls { .. } | ErrorKind::FingerprintMismatch { .. } => (
            Code::ClusterRefused,
            format!("cluster {cluster} is not trusted and nothing was sent to it: {error}"),
        ),
        ErrorKind::Unreachable { .. } | ErrorKind::ConnectionLost { .. } => (
            Code::ClusterUnreachable,
            format!("cluster {cluster} cannot be reached: {error}"),
        ),
        ErrorKind::Timeout { .. } => (
            Code::TimedOut,
            format!("cluster {cluster} did not answer in time: {error}"),
        ),
        ErrorKind::NodeUnreachable { node, text, .. } => (
            Code::ClusterUnreachable,
            format!(
                "cluster {cluster} cannot reach its node {}: {text}",
                node.as_deref().unwrap_or("of that guest")
            ),
        ),
        ErrorKind::Unauthorized { text } => (
            Code::ClusterRefused,
            format!("cluster {cluster} does not accept our credentials: {text}"),
        ),
        _ => (
            Code::ClusterRefused,
            format!("cluster {cluster} refused: {}", error.text()),
        ),
    };
    let hint = match kind {
        ErrorKind::FingerprintMismatch { found, .. } => format!(
            "if the certificate was renewed on purpose, compare it with `pvenode cert info` on the node and pin \
             it with `proxmox-ai connect {} --fingerprint {found}`; otherwise somebody may be in between",
            error.endpoint()
        ),
        _ => error.hint(),
    };
    let mut out = Error::new(code, message).hint(hint);
    if let ErrorKind::Parameters { errors, .. } = kind {
        out.fields.clone_from(errors);
    }
    out
}

/// An error of a call that was to change something, with what is known about its effect.
pub fn start_error(cluster: &str, error: &pve::Error) -> StartError {
    let said = call_error(cluster, error);
    match error.class() {
        ErrorClass::NotSent => StartError::NotSent(said),
        ErrorClass::Refused => StartError::Refused(said),
        ErrorClass::MaybeSent => StartError::MaybeSent(Error {
            code: Code::OutcomeUnknown,
            retry: ops::Retry::Unsafe,
            ..said
        }),
    }
}
