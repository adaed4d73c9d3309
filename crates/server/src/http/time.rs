//! How long a request waits for the things behind it.

use std::{future::Future, time::Duration};

use super::problem::Problem;

/// Queries, plans and approvals: the cluster's own time-outs are shorter.
pub(super) const OPERATION: Duration = Duration::from_secs(30);
/// A whole plan on a twin: its steps one after the other, and the reading before.
pub(super) const REHEARSAL: Duration = Duration::from_mins(2);
/// Accounts, sessions, health: local rows.
pub(super) const LOCAL: Duration = Duration::from_secs(10);
/// A whole body must have arrived by then.
pub(super) const BODY: Duration = Duration::from_secs(30);
/// An answer of the assistant: a large model on a small machine takes minutes.
pub(super) const ANSWER: Duration = Duration::from_mins(10);

/// Waits for `future`, at most `patience`; then 504, saying `what` took too long.
pub(super) async fn within<T, E: Into<Problem>>(
    patience: Duration,
    what: &str,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Problem> {
    match tokio::time::timeout(patience, future).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Problem::timed_out(what)),
    }
}
