//! One error for all operations: what went wrong, whether a retry is safe, and what to do.
//!
//! Surfaces turn it into problem+json, an exit code, a tool error or a sentence in a chat; the mapping
//! stands here so that no surface invents its own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::left_out::LeftOut;

/// Messages may quote what somebody sent; a megabyte of it helps nobody.
const MESSAGE_CHARACTERS: usize = 600;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Machine-readable name of an error; part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    InvalidInput,
    Ambiguous,
    NoMatch,
    ConfirmRequired,
    ConfirmMismatch,
    NotFound,
    UnknownOperation,
    Unauthenticated,
    Forbidden,
    DigestMismatch,
    PlanExpired,
    PlanRejected,
    PlanAlreadyApproved,
    PreconditionChanged,
    Conflict,
    ClusterRefused,
    ClusterUnreachable,
    TimedOut,
    OutcomeUnknown,
    StoreUnavailable,
    NoCluster,
    ModelUnavailable,
    Cancelled,
    Internal,
}

/// Whether sending the same request again may do harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    Safe,
    Unsafe,
    Never,
}

impl Code {
    /// The word used in problem+json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Ambiguous => "ambiguous",
            Self::NoMatch => "no_match",
            Self::ConfirmRequired => "confirm_required",
            Self::ConfirmMismatch => "confirm_mismatch",
            Self::NotFound => "not_found",
            Self::UnknownOperation => "unknown_operation",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::DigestMismatch => "digest_mismatch",
            Self::PlanExpired => "plan_expired",
            Self::PlanRejected => "plan_rejected",
            Self::PlanAlreadyApproved => "plan_already_approved",
            Self::PreconditionChanged => "precondition_changed",
            Self::Conflict => "conflict",
            Self::ClusterRefused => "cluster_refused",
            Self::ClusterUnreachable => "cluster_unreachable",
            Self::TimedOut => "timed_out",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::StoreUnavailable => "store_unavailable",
            Self::NoCluster => "no_cluster",
            Self::ModelUnavailable => "model_unavailable",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidInput
            | Self::Ambiguous
            | Self::NoMatch
            | Self::ConfirmRequired
            | Self::ConfirmMismatch
            | Self::ClusterRefused => 422,
            Self::NotFound | Self::UnknownOperation => 404,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::DigestMismatch
            | Self::PlanExpired
            | Self::PlanRejected
            | Self::PlanAlreadyApproved
            | Self::PreconditionChanged
            | Self::NoCluster
            | Self::Conflict
            | Self::Cancelled => 409,
            Self::ClusterUnreachable | Self::StoreUnavailable | Self::ModelUnavailable => 503,
            Self::TimedOut | Self::OutcomeUnknown => 504,
            Self::Internal => 500,
        }
    }

    /// Exit code of the command line.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::InvalidInput | Self::Ambiguous | Self::UnknownOperation => 2,
            Self::Forbidden
            | Self::ConfirmRequired
            | Self::ConfirmMismatch
            | Self::DigestMismatch
            | Self::PlanExpired
            | Self::PlanRejected
            | Self::PlanAlreadyApproved
            | Self::PreconditionChanged => 3,
            Self::ClusterUnreachable | Self::TimedOut | Self::OutcomeUnknown => 5,
            Self::NoMatch
            | Self::NotFound
            | Self::Unauthenticated
            | Self::NoCluster
            | Self::Conflict
            | Self::ClusterRefused
            | Self::StoreUnavailable
            | Self::ModelUnavailable
            | Self::Cancelled
            | Self::Internal => 1,
        }
    }

    fn retry(self) -> Retry {
        match self {
            Self::ClusterUnreachable
            | Self::TimedOut
            | Self::StoreUnavailable
            | Self::ModelUnavailable => Retry::Safe,
            Self::OutcomeUnknown | Self::Internal => Retry::Unsafe,
            Self::InvalidInput
            | Self::Ambiguous
            | Self::NoMatch
            | Self::ConfirmRequired
            | Self::ConfirmMismatch
            | Self::NotFound
            | Self::UnknownOperation
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::DigestMismatch
            | Self::PlanExpired
            | Self::PlanRejected
            | Self::PlanAlreadyApproved
            | Self::PreconditionChanged
            | Self::NoCluster
            | Self::Conflict
            | Self::ClusterRefused
            | Self::Cancelled => Retry::Never,
        }
    }
}

/// One fact that is not as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What changed, by name: `web-02 (main/pve1/101)`.
    pub subject: String,
    pub field: String,
    pub planned: Value,
    pub now: Value,
}

/// What an operation answers when it cannot do what was asked.
///
/// `message` is one sentence in lower case without a final period: what was tried, on what, and why not.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub code: Code,
    pub message: String,
    pub hint: Option<String>,
    pub retry: Retry,
    /// What an ambiguous word may have meant.
    pub candidates: Vec<Value>,
    pub difference: Vec<Difference>,
    /// Targets that cannot be worked on, each with its reason, where none is left.
    pub left_out: Vec<LeftOut>,
    /// Parameter -> text, as a cluster or a schema said it.
    pub fields: BTreeMap<String, String>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: crate::registry::clip(&message.into(), MESSAGE_CHARACTERS),
            hint: None,
            retry: code.retry(),
            candidates: Vec::new(),
            difference: Vec::new(),
            left_out: Vec::new(),
            fields: BTreeMap::new(),
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn candidates(mut self, candidates: Vec<Value>) -> Self {
        self.candidates = candidates;
        self
    }

    #[must_use]
    pub fn difference(mut self, difference: Vec<Difference>) -> Self {
        self.difference = difference;
        self
    }

    #[must_use]
    pub fn left_out(mut self, left_out: Vec<LeftOut>) -> Self {
        self.left_out = left_out;
        self
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidInput, message)
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// `message`, and the hint behind it, as a person reads it.
    pub fn sentence(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_outcome_must_not_be_retried_blindly() {
        let error = Error::new(Code::OutcomeUnknown, "the answer to `start` was lost");
        assert_eq!(
            (error.retry, error.code.status(), error.code.exit_code()),
            (Retry::Unsafe, 504, 5)
        );
    }
}
