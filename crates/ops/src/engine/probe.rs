//! Points of a step where a process may die, for tests that let it.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// The row says "about to send"; nothing was sent.
    BeforeSend,
    /// Sent, and the answer is lost.
    AfterSend,
    /// The answer is there; no row knows it.
    AfterAnswer,
    /// The row knows the task or the output; nobody follows or verifies yet.
    AfterRow,
}

impl Point {
    pub const ALL: [Self; 4] = [
        Self::BeforeSend,
        Self::AfterSend,
        Self::AfterAnswer,
        Self::AfterRow,
    ];
}

type Told = dyn Fn(Point, &str, &str) -> BoxFuture<'static, ()> + Send + Sync;

/// Is told when a step of a run comes to a point. The engine goes on when the future is over; one that never
/// is lets a test kill the process right there.
#[derive(Clone)]
pub struct Probe(Arc<Told>);

impl Probe {
    /// `told` gets the point, the run and the step.
    pub fn new(
        told: impl Fn(Point, &str, &str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(told))
    }

    pub(super) fn reached(&self, point: Point, run: &str, step: &str) -> BoxFuture<'static, ()> {
        (self.0)(point, run, step)
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}
