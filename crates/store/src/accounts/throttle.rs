//! Slows down whoever guesses passwords. Lives in the memory of the process.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use ops::ports::LoginError;

use crate::columns::to_ns;

const WINDOW_NS: i64 = 60 * SECOND_NS;
const SECOND_NS: i64 = 1_000_000_000;
const WRONG_PER_USER: usize = 10;
const WRONG_IN_TOTAL: usize = 30;
/// Names are cut before they are remembered; accounts have shorter ones.
const NAME_CHARACTERS: usize = 128;

/// Wrong passwords of the last minute, by user name and in total.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    wrong: Mutex<Wrong>,
}

/// Never more than [`WRONG_IN_TOTAL`] entries plus those in flight: when it is full nothing is added.
#[derive(Debug, Default)]
struct Wrong {
    by_user: HashMap<String, VecDeque<i64>>,
    all: VecDeque<i64>,
}

/// A sign-in that counts as wrong until it turns out right.
#[derive(Debug)]
pub(crate) struct Attempt {
    user: String,
    at_ns: i64,
}

impl Throttle {
    /// Whether a sign-in may be tried at all.
    pub(crate) fn check(&self, user: &str, now: Timestamp) -> Result<(), LoginError> {
        self.lock().check(&cut(user), to_ns(now))
    }

    /// Counts the sign-in beforehand, so that many at once do not slip through together.
    pub(crate) fn begin(&self, user: &str, now: Timestamp) -> Result<Attempt, LoginError> {
        let attempt = Attempt {
            user: cut(user),
            at_ns: to_ns(now),
        };
        let mut wrong = self.lock();
        wrong.check(&attempt.user, attempt.at_ns)?;
        wrong.all.push_back(attempt.at_ns);
        wrong
            .by_user
            .entry(attempt.user.clone())
            .or_default()
            .push_back(attempt.at_ns);
        Ok(attempt)
    }

    /// The password was right: the user starts from nothing.
    pub(crate) fn clear(&self, attempt: &Attempt) {
        let mut wrong = self.lock();
        wrong.by_user.remove(&attempt.user);
        remove_one(&mut wrong.all, attempt.at_ns);
    }

    /// Nobody can say whether the password was right.
    pub(crate) fn forget(&self, attempt: &Attempt) {
        let mut wrong = self.lock();
        remove_one(&mut wrong.all, attempt.at_ns);
        if let Some(times) = wrong.by_user.get_mut(&attempt.user) {
            remove_one(times, attempt.at_ns);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Wrong> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wrong {
    fn check(&mut self, user: &str, now_ns: i64) -> Result<(), LoginError> {
        let recent = |at_ns: &i64| now_ns.saturating_sub(*at_ns) < WINDOW_NS;
        self.all.retain(recent);
        self.by_user.retain(|_, times| {
            times.retain(recent);
            !times.is_empty()
        });
        let by_user = self
            .by_user
            .get(user)
            .filter(|times| times.len() >= WRONG_PER_USER);
        let in_total = Some(&self.all).filter(|times| times.len() >= WRONG_IN_TOTAL);
        let free_again_ns = [by_user, in_total]
            .into_iter()
            .flatten()
            .filter_map(|times| times.front())
            .map(|oldest| oldest.saturating_add(WINDOW_NS))
            .max();
        match free_again_ns {
            None => Ok(()),
            Some(free_again_ns) => {
                let wait_ns = free_again_ns.saturating_sub(now_ns).max(1);
                let wait_s = wait_ns / SECOND_NS + i64::from(wait_ns % SECOND_NS != 0);
                Err(LoginError::TooMany {
                    retry_after_s: wait_s.unsigned_abs(),
                })
            }
        }
    }
}

fn remove_one(times: &mut VecDeque<i64>, at_ns: i64) {
    if let Some(position) = times.iter().position(|time| *time == at_ns) {
        times.remove(position);
    }
}

fn cut(user: &str) -> String {
    user.chars().take(NAME_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn the_eleventh_guess_in_a_minute_waits_for_the_first_to_grow_old() {
        let throttle = Throttle::default();
        for at in 0..10 {
            throttle.begin("ann", second(at)).unwrap();
        }
        assert_eq!(
            throttle.begin("ann", second(20)).unwrap_err(),
            LoginError::TooMany { retry_after_s: 40 }
        );
        throttle.begin("bob", second(20)).unwrap();
        throttle.begin("ann", second(60)).unwrap();
    }

    #[test]
    fn many_names_together_have_thirty_guesses() {
        let throttle = Throttle::default();
        for guess in 0..30 {
            throttle.begin(&format!("user{guess}"), second(0)).unwrap();
        }
        assert_eq!(
            throttle.check("somebody", second(59)).unwrap_err(),
            LoginError::TooMany { retry_after_s: 1 }
        );
        throttle.check("somebody", second(60)).unwrap();
    }

    #[test]
    fn a_right_password_wipes_the_slate_of_its_user_alone() {
        let throttle = Throttle::default();
        for _ in 0..9 {
            throttle.begin("ann", second(0)).unwrap();
            throttle.begin("bob", second(0)).unwrap();
        }
        let right = throttle.begin("ann", second(1)).unwrap();
        throttle.clear(&right);
        for _ in 0..10 {
            throttle.begin("ann", second(2)).unwrap();
        }
        throttle.begin("bob", second(2)).unwrap();
        assert!(throttle.begin("bob", second(2)).is_err());
    }
}
