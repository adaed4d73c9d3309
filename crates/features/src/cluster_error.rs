//! From an error of the PVE client to one of an operation: same truth, the product's words.

use std::collections::BTreeMap;

use ops::{Code, Error, contract::StartError};
use pve::{ErrorClass, ErrorKind};

use crate::pve_call::sealed::is_secret;

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
        ErrorKind::Parameters { text, errors } => {
            let kind = ErrorKind::Parameters {
                text: text.clone(),
                errors: without_secrets(errors),
            };
            let told = pve::Error::of_endpoint(error.endpoint(), kind).said();
            (
                Code::ClusterRefused,
                format!("cluster {cluster} refused: {told}"),
            )
        }
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
        out.fields = without_secrets(errors);
    }
    out
}

/// A reason may quote the value it is against, and errors are kept with runs and shown to many.
fn without_secrets(errors: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    errors
        .iter()
        .map(|(name, reason)| {
            let reason = if is_secret(name) {
                unquoted(reason)
            } else {
                reason.clone()
            };
            (name.clone(), reason)
        })
        .collect()
}

/// With everything from the first quotation mark to the last one left out.
fn unquoted(reason: &str) -> String {
    let marks = ['\'', '"', '`'];
    match (reason.find(marks), reason.rfind(marks)) {
        (Some(first), Some(last)) if first < last => format!(
            "{}…{}",
            reason.get(..=first).unwrap_or_default(),
            reason.get(last..).unwrap_or_default()
        ),
        _ => reason.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refused_parameter_is_told_with_its_reason_and_a_secret_is_not_quoted() {
        let errors = [
            ("cores", "value must have a minimum value of 1"),
            (
                "password",
                "value 'rose'mary' does not match the regex pattern",
            ),
        ]
        .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
        .into();
        let kind = ErrorKind::Parameters {
            text: "Parameter verification failed.".to_owned(),
            errors,
        };
        let told = call_error("main", &pve::Error::of_endpoint("https://pve1:8006", kind));
        assert_eq!(
            told.sentence(),
            "cluster main refused: Parameter verification failed: cores: value must have a minimum value of 1; \
             password: value '…' does not match the regex pattern; correct the named parameters"
        );
        assert_eq!(
            told.fields.get("password").map(String::as_str),
            Some("value '…' does not match the regex pattern")
        );
    }
}
