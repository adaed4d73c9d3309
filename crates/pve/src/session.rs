//! Signing in with a password: a ticket that is renewed before it ends, by one task at a time.
//!
//! PVE accepts a ticket for two hours and answers each wrong credential only after three seconds,
//! so a failed sign-in is remembered for a while instead of being repeated by every caller.

use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::ErrorKind;
use crate::ids::UserId;
use crate::params::Params;

/// What must not stand in a cookie's value, and `%`, which PVE unescapes. The rest of a ticket goes as it
/// came, as other clients send it: not every server unescapes.
const COOKIE: &AsciiSet = &CONTROLS.add(b'%').add(b' ').add(b'"').add(b',').add(b';').add(b'\\');

/// A ticket lives two hours; ten minutes are left for clocks that differ and long requests.
const RENEW_AFTER: Duration = Duration::from_mins(110);
const TICKET_LIFE: Duration = Duration::from_hours(2);
const REMEMBER_REFUSAL: Duration = Duration::from_secs(30);

/// What a request needs to be let in.
#[derive(Clone)]
pub(crate) struct Ticket {
    /// Value of the cookie `PVEAuthCookie`, escaped.
    pub(crate) cookie: SecretString,
    /// Value of the header `CSRFPreventionToken`, needed for writes.
    pub(crate) csrf: SecretString,
    /// Tells tickets apart, so that of many requests refused with the same ticket only the first
    /// signs in again.
    pub(crate) generation: u64,
}

/// The password of an account and the ticket it gave last.
pub(crate) struct Session {
    user: UserId,
    password: SecretString,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Held>,
    refused: Option<(Instant, ErrorKind)>,
    generation: u64,
}

struct Held {
    ticket: Ticket,
    raw: SecretString,
    since: Instant,
}

/// The parts of a sign-in answer.
#[derive(Deserialize)]
pub(crate) struct LoginAnswer {
    #[serde(default)]
    ticket: Option<SecretString>,
    #[serde(default, rename = "CSRFPreventionToken")]
    csrf: Option<SecretString>,
    #[serde(default, rename = "NeedTFA", deserialize_with = "crate::lenient::flag")]
    need_second_factor: bool,
}

impl Session {
    pub(crate) fn new(user: UserId, password: SecretString) -> Self {
        Self {
            user,
            password,
            state: Mutex::default(),
        }
    }

    /// A ticket that should be accepted. `refused` is the generation of one that was not.
    /// `login` sends the parameters to `/access/ticket`.
    pub(crate) async fn ticket<F>(
        &self,
        refused: Option<u64>,
        login: impl Fn(Params) -> F,
    ) -> Result<Ticket, ErrorKind>
    where
        F: Future<Output = Result<LoginAnswer, ErrorKind>>,
    {
        // Held while signing in: the others wait for that one ticket. `login` bounds its waits.
        let mut state = self.state.lock().await;
        let now = Instant::now();
        let mut renewable = None;
        if let Some(held) = &state.current
            && refused != Some(held.ticket.generation)
        {
            let age = now.duration_since(held.since);
            if age < RENEW_AFTER {
                return Ok(held.ticket.clone());
            }
            renewable = (age < TICKET_LIFE).then(|| held.raw.clone());
        }
        if let Some((at, kind)) = &state.refused
            && now.duration_since(*at) < REMEMBER_REFUSAL
        {
            return Err(kind.clone());
        }
        // A ticket counts as a password for the same user; that spares a second look at PAM or
        // LDAP, and works when the password was changed meanwhile.
        let renewed = match renewable {
            Some(raw) => Some(login(self.params(&raw)).await),
            None => None,
        };
        let answer = match renewed {
            None | Some(Err(ErrorKind::Unauthorized { .. })) => {
                login(self.params(&self.password)).await
            }
            Some(other) => other,
        };
        match answer.and_then(LoginAnswer::into_secrets) {
            Ok((raw, csrf)) => {
                state.generation += 1;
                let cookie = utf8_percent_encode(raw.expose_secret(), COOKIE);
                let cookie = SecretString::from(cookie.to_string());
                let ticket = Ticket {
                    cookie,
                    csrf,
                    generation: state.generation,
                };
                state.current = Some(Held {
                    ticket: ticket.clone(),
                    raw,
                    since: now,
                });
                state.refused = None;
                Ok(ticket)
            }
            Err(kind) => {
                if matches!(
                    kind,
                    ErrorKind::Unauthorized { .. } | ErrorKind::SecondFactorNeeded
                ) {
                    state.refused = Some((now, kind.clone()));
                    state.current = None;
                }
                Err(kind)
            }
        }
    }

    fn params(&self, password: &SecretString) -> Params {
        Params::new()
            .with("username", self.user.as_str())
            .with("password", password.expose_secret())
    }
}

impl LoginAnswer {
    fn into_secrets(self) -> Result<(SecretString, SecretString), ErrorKind> {
        // The half ticket of an account with a second factor opens nothing.
        let half = |ticket: &SecretString| ticket.expose_secret().starts_with("PVE:!tfa!");
        if self.need_second_factor || self.ticket.as_ref().is_some_and(half) {
            return Err(ErrorKind::SecondFactorNeeded);
        }
        match (self.ticket, self.csrf) {
            (Some(ticket), Some(csrf)) => Ok((ticket, csrf)),
            _ => Err(ErrorKind::Unexpected(
                "the sign-in answer holds no ticket".into(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::time::{advance, sleep};

    use super::*;

    fn session() -> Session {
        Session::new("root@pam".parse().unwrap(), SecretString::from("pass-word"))
    }

    fn answer(ticket: &str) -> LoginAnswer {
        LoginAnswer {
            ticket: Some(SecretString::from(ticket)),
            csrf: Some(SecretString::from("csrf")),
            need_second_factor: false,
        }
    }

    /// Counts sign-ins and notes which password was used.
    async fn take(
        session: &Session,
        refused: Option<u64>,
        log: &std::sync::Mutex<Vec<String>>,
    ) -> u64 {
        let login = |params: Params| async move {
            sleep(Duration::from_secs(3)).await;
            let password = params
                .iter()
                .find(|(name, _)| *name == "password")
                .unwrap()
                .1
                .to_owned();
            log.lock().unwrap().push(password);
            Ok(answer("PVE:root@pam:1::sig+/="))
        };
        session
            .ticket(refused, login)
            .await
            .map(|ticket| ticket.generation)
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_sign_in_once_and_a_refused_ticket_is_replaced_once() {
        let (session, log) = (session(), std::sync::Mutex::new(Vec::new()));
        let all = (0..5).map(|_| take(&session, None, &log));
        assert_eq!(join(all).await, [1; 5]);
        assert_eq!(*log.lock().unwrap(), ["pass-word"]);
        let all = (0..5).map(|_| take(&session, Some(1), &log));
        assert_eq!(join(all).await, [2; 5]);
        assert_eq!(*log.lock().unwrap(), ["pass-word", "pass-word"]);
    }

    /// Polls all futures to the end on this task.
    async fn join<F: Future<Output = u64>>(all: impl Iterator<Item = F>) -> Vec<u64> {
        let mut all: Vec<_> = all.map(Box::pin).collect();
        let mut done = vec![None; all.len()];
        std::future::poll_fn(|cx| {
            for (future, done) in all.iter_mut().zip(&mut done) {
                if done.is_none()
                    && let std::task::Poll::Ready(value) = future.as_mut().poll(cx)
                {
                    *done = Some(value);
                }
            }
            if done.iter().all(Option::is_some) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        done.into_iter().flatten().collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_ticket_is_renewed_by_itself_before_it_ends_and_by_the_password_after() {
        let (session, log) = (session(), std::sync::Mutex::new(Vec::new()));
        assert_eq!(take(&session, None, &log).await, 1);
        advance(Duration::from_mins(109)).await;
        assert_eq!(take(&session, None, &log).await, 1);
        advance(Duration::from_mins(2)).await;
        assert_eq!(take(&session, None, &log).await, 2);
        advance(Duration::from_hours(3)).await;
        assert_eq!(take(&session, None, &log).await, 3);
        assert_eq!(
            *log.lock().unwrap(),
            ["pass-word", "PVE:root@pam:1::sig+/=", "pass-word"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_password_is_not_tried_again_at_once() {
        let (session, tries) = (session(), AtomicU64::new(0));
        let kind = ErrorKind::Unauthorized {
            text: "authentication failure".into(),
        };
        let login = |_| {
            tries.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Err(kind.clone()))
        };
        for _ in 0..3 {
            assert_eq!(session.ticket(None, login).await.err(), Some(kind.clone()));
        }
        assert_eq!(tries.load(Ordering::Relaxed), 1);
        advance(REMEMBER_REFUSAL).await;
        assert!(session.ticket(None, login).await.is_err());
        assert_eq!(tries.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_second_factor_is_an_error_of_its_own() {
        for answer in [
            r#"{"ticket":"PVE:!tfa!%7B%22totp%22%3Atrue%7D:1::s","NeedTFA":1,"CSRFPreventionToken":"c"}"#,
            r#"{"ticket":"PVE:!tfa!%7B%7D:1::s","CSRFPreventionToken":"c"}"#,
        ] {
            let login = |_| std::future::ready(Ok(serde_json::from_str(answer).unwrap()));
            let result = session().ticket(None, login).await;
            assert_eq!(result.err(), Some(ErrorKind::SecondFactorNeeded));
        }
    }
}
