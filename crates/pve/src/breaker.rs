//! The fuse of one endpoint: after some failures in a row it is left alone for a while, then one
//! request may look whether it is back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::backoff;
use crate::error::{ErrorKind, Phase};

const FAILURES_TO_OPEN: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

#[derive(Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    shut_until: Option<Instant>,
    looking: bool,
    last: Option<ErrorKind>,
}

/// Why a request is not let through.
pub(crate) struct Shut {
    pub(crate) failures: u32,
    pub(crate) last: Option<ErrorKind>,
}

/// The permission for one request; a request that is given up says nothing about the endpoint.
pub(crate) struct Admission<'a> {
    breaker: &'a Breaker,
    is_look: bool,
}

/// Did the endpoint itself not answer? Refusals and broken answers come from one that does.
fn is_down(kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::Unreachable { .. }
        | ErrorKind::Timeout {
            phase: Phase::Connect | Phase::FirstByte,
            ..
        } => true,
        ErrorKind::SignIn(inner) => is_down(inner),
        _ => false,
    }
}

impl Breaker {
    /// Lets a request through, or says for how many failures not.
    pub(crate) fn admit(&self) -> Result<Admission<'_>, Shut> {
        let mut state = self.lock();
        let is_look = match state.shut_until {
            None => false,
            Some(until) if Instant::now() >= until && !state.looking => {
                state.looking = true;
                true
            }
            Some(_) => {
                return Err(Shut {
                    failures: state.failures,
                    last: state.last.clone(),
                });
            }
        };
        Ok(Admission {
            breaker: self,
            is_look,
        })
    }

    /// Failures in a row, and whether it is left alone now.
    pub(crate) fn health(&self) -> (u32, bool) {
        let state = self.lock();
        let shut = state.shut_until.is_some_and(|until| Instant::now() < until);
        (state.failures, shut)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission<'_> {
    /// Notes how the request ended.
    pub(crate) fn ended(self, failure: Option<&ErrorKind>) {
        let mut state = self.breaker.lock();
        match failure.filter(|kind| is_down(kind)) {
            None => *state = State::default(),
            Some(kind) => {
                state.failures = state.failures.saturating_add(1);
                state.last = Some(kind.clone());
                if state.failures >= FAILURES_TO_OPEN {
                    let times = state.failures - FAILURES_TO_OPEN + 1;
                    let pause = backoff::pause(times, FIRST_PAUSE, LONGEST_PAUSE);
                    state.shut_until = Some(Instant::now() + pause);
                }
            }
        }
        drop(state);
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if self.is_look {
            self.breaker.lock().looking = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn down() -> ErrorKind {
        ErrorKind::Unreachable {
            reason: "refused".into(),
        }
    }

    fn fail(breaker: &Breaker) -> bool {
        breaker
            .admit()
            .map(|admission| admission.ended(Some(&down())))
            .is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn after_three_failures_it_is_left_alone_and_one_request_looks_again() {
        let breaker = Breaker::default();
        for _ in 0..3 {
            assert!(fail(&breaker));
        }
        assert!(!fail(&breaker));
        assert_eq!(breaker.health(), (3, true));
        advance(FIRST_PAUSE).await;
        let look = breaker.admit().ok().unwrap();
        assert!(breaker.admit().is_err(), "only one looks");
        look.ended(Some(&down()));
        assert!(breaker.admit().is_err(), "it was still down");
        advance(2 * FIRST_PAUSE).await;
        // A look that is given up leaves room for the next.
        drop(breaker.admit().ok().unwrap());
        breaker.admit().ok().unwrap().ended(None);
        assert_eq!(breaker.health(), (0, false));
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_answers_and_do_not_count() {
        let breaker = Breaker::default();
        let refused = ErrorKind::Refused {
            status: 500,
            text: "no".into(),
        };
        for _ in 0..2 {
            assert!(fail(&breaker));
            assert!(fail(&breaker));
            breaker.admit().ok().unwrap().ended(Some(&refused));
        }
        assert_eq!(breaker.health(), (0, false));
    }
}
