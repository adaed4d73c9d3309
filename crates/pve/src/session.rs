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

use crate::connect::SignedIn;
use crate::error::ErrorKind;
use crate::ids::UserId;
use crate::params::Params;
use crate::second_factor::{SecondFactorChallenge, SecondFactorSource};

/// What must not stand in a cookie's value, and `%`, which PVE unescapes. The rest of a ticket goes as it
/// came, as other clients send it: not every server unescapes.
const COOKIE: &AsciiSet = &CONTROLS
    .add(b'%')
    .add(b' ')
    .add(b'"')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// A ticket lives two hours; ten minutes are left for clocks that differ and long requests.
const RENEW_AFTER: Duration = Duration::from_mins(110);
const TICKET_LIFE: Duration = Duration::from_hours(2);
const REMEMBER_REFUSAL: Duration = Duration::from_secs(30);
/// PVE takes the answer to a challenge for some minutes.
const LONGEST_ANSWER: Duration = Duration::from_mins(5);

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

/// The password of an account, if there is one, and the ticket it gave last. Shared by all
/// endpoints of a cluster: tickets are good for all nodes, and second factors for one sign-in.
pub(crate) struct Session {
    user: UserId,
    password: Option<SecretString>,
    second_factor: SecondFactorSource,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Held>,
    refused: Option<(Instant, ErrorKind)>,
    generation: u64,
    /// The answer that was given at once has been sent.
    answer_used: bool,
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
    username: Option<String>,
    #[serde(default)]
    ticket: Option<SecretString>,
    #[serde(default, rename = "CSRFPreventionToken")]
    csrf: Option<SecretString>,
    #[serde(default, rename = "NeedTFA", deserialize_with = "crate::lenient::flag")]
    need_second_factor: bool,
}

impl Session {
    pub(crate) fn new(
        user: UserId,
        password: SecretString,
        second_factor: SecondFactorSource,
    ) -> Self {
        Self {
            user,
            password: Some(password),
            second_factor,
            state: Mutex::default(),
        }
    }

    /// A session that begins with a ticket and has nothing else. How old it is, is not known: as
    /// a fresh one it is renewed in time when it is at most ten minutes old, and else by the first
    /// refusal it is known to have ended.
    pub(crate) fn of_ticket(signed_in: SignedIn) -> Self {
        let mut state = State::default();
        state.hold(signed_in.ticket, signed_in.csrf, Instant::now());
        Self {
            user: signed_in.user,
            password: None,
            second_factor: SecondFactorSource::None,
            state: Mutex::new(state),
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
        // A ticket counts as a password for the same user, without a second factor; that spares a
        // second look at PAM or LDAP, and works when the password was changed meanwhile.
        let renewed = match renewable {
            Some(raw) => Some(login(self.params(&raw)).await),
            None => None,
        };
        let secrets = match renewed {
            None | Some(Err(ErrorKind::Unauthorized { .. })) => {
                self.sign_in(&mut state, &login).await
            }
            Some(other) => other.and_then(|answer| answer.step().and_then(Step::secrets)),
        };
        match secrets {
            Ok((raw, csrf)) => {
                state.refused = None;
                Ok(state.hold(raw, csrf, now))
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

    /// With the password, and the second factor where one is wanted.
    async fn sign_in<F>(
        &self,
        state: &mut State,
        login: &impl Fn(Params) -> F,
    ) -> Result<(SecretString, SecretString), ErrorKind>
    where
        F: Future<Output = Result<LoginAnswer, ErrorKind>>,
    {
        let Some(password) = &self.password else {
            return Err(ErrorKind::Unauthorized {
                text: "the ticket has ended and there is no password to get another".into(),
            });
        };
        let mut params = self.params(password);
        if let SecondFactorSource::AtOnce(answer) = &self.second_factor
            && !state.answer_used
        {
            state.answer_used = true;
            params = params.with("otp", answer.wire().expose_secret());
        }
        let half = match login(params).await?.step()? {
            Step::Full(ticket, csrf) => return Ok((ticket, csrf)),
            Step::Half(ticket) => ticket,
        };
        let (SecondFactorSource::Ask(source), Some(challenge)) = (
            &self.second_factor,
            SecondFactorChallenge::of_ticket(half.expose_secret()),
        ) else {
            return Err(ErrorKind::SecondFactorNeeded);
        };
        let asking = tokio::time::timeout(LONGEST_ANSWER, source.answer(&challenge));
        let Ok(Some(answer)) = asking.await else {
            return Err(ErrorKind::SecondFactorNeeded);
        };
        let params = second_step(&self.user, &half, &answer.wire());
        login(params).await?.step()?.secrets()
    }

    fn params(&self, password: &SecretString) -> Params {
        first_step(&self.user, password)
    }
}

impl State {
    fn hold(&mut self, raw: SecretString, csrf: SecretString, since: Instant) -> Ticket {
        self.generation += 1;
        let cookie = utf8_percent_encode(raw.expose_secret(), COOKIE);
        let ticket = Ticket {
            cookie: SecretString::from(cookie.to_string()),
            csrf,
            generation: self.generation,
        };
        self.current = Some(Held {
            ticket: ticket.clone(),
            raw,
            since,
        });
        ticket
    }
}

/// Parameters of a sign-in with a password, or with a ticket in its place.
pub(crate) fn first_step(user: &UserId, password: &SecretString) -> Params {
    Params::new()
        .with("username", user.as_str())
        .with("password", password.expose_secret())
}

/// Parameters of the second request: the answer stands in the place of the password.
pub(crate) fn second_step(user: &UserId, half: &SecretString, answer: &SecretString) -> Params {
    Params::new()
        .with("username", user.as_str())
        .with("password", answer.expose_secret())
        .with("tfa-challenge", half.expose_secret())
}

/// How far a sign-in has come.
pub(crate) enum Step {
    /// To the end: ticket and CSRF token.
    Full(SecretString, SecretString),
    /// A second factor is wanted. The half ticket opens nothing.
    Half(SecretString),
}

impl Step {
    pub(crate) fn secrets(self) -> Result<(SecretString, SecretString), ErrorKind> {
        match self {
            Self::Full(ticket, csrf) => Ok((ticket, csrf)),
            Self::Half(_) => Err(ErrorKind::SecondFactorNeeded),
        }
    }
}

impl LoginAnswer {
    /// Who signed in, as the server writes it.
    pub(crate) fn user(&self) -> Option<UserId> {
        self.username.as_deref()?.parse().ok()
    }

    pub(crate) fn step(self) -> Result<Step, ErrorKind> {
        let is_half = |ticket: &SecretString| ticket.expose_secret().contains(":!tfa!");
        match (self.ticket, self.csrf) {
            (Some(ticket), _) if self.need_second_factor || is_half(&ticket) => {
                Ok(Step::Half(ticket))
            }
            (None, _) if self.need_second_factor => Err(ErrorKind::SecondFactorNeeded),
            (Some(ticket), Some(csrf)) => Ok(Step::Full(ticket, csrf)),
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
        let password = SecretString::from("pass-word");
        let none = SecondFactorSource::None;
        Session::new("root@pam".parse().unwrap(), password, none)
    }

    fn answer(ticket: &str) -> LoginAnswer {
        LoginAnswer {
            username: None,
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
