//! Signing in step by step, for programs whose users are not there at the same moment as the
//! request: a page that asks for a code, a browser that comes back from an OpenID provider.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::connect::{Auth, ConnectOptions, SignedIn, Timeouts};
use crate::error::{Error, ErrorKind, Result};
use crate::https::{HttpsTransport, Identity};
use crate::ids::UserId;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::second_factor::{SecondFactorAnswer, SecondFactorChallenge};
use crate::service::Service;
use crate::session::{LoginAnswer, Step, first_step, second_step};
use crate::transport::{Method, Request, Transport};
use crate::trust::Trust;

/// A server that nobody is signed in to yet.
///
/// ```no_run
/// use pve::{Auth, Client, ConnectOptions, SecondFactorAnswer, SignIn, SignInStep, Trust};
/// # async fn example(trust: Trust, code: String) -> Result<(), Box<dyn std::error::Error>> {
/// let url = pve::parse_endpoint("pve1.example.org")?;
/// let sign_in = SignIn::new(url.clone(), trust.clone())?;
/// let step = sign_in.password(&"root@pam".parse()?, &"secret".to_owned().into()).await?;
/// let signed_in = match step {
///     SignInStep::Done(signed_in) => signed_in,
///     SignInStep::SecondFactor(pending) => {
///         let answer = SecondFactorAnswer::Totp(code.into());
///         sign_in.second_factor(&pending, &answer).await?
///     }
/// };
/// let client = Client::connect(ConnectOptions::new(url, Auth::Ticket(signed_in), trust))?;
/// # Ok(())
/// # }
/// ```
pub struct SignIn {
    transport: HttpsTransport,
}

/// How far a sign-in has come.
#[derive(Debug)]
pub enum SignInStep {
    /// To the end.
    Done(SignedIn),
    /// The password was right; a second factor is wanted.
    SecondFactor(PendingSignIn),
}

/// A sign-in that waits for its second factor, some minutes at most.
pub struct PendingSignIn {
    user: UserId,
    half: SecretString,
    challenge: SecondFactorChallenge,
}

impl PendingSignIn {
    /// What can be answered.
    pub fn challenge(&self) -> &SecondFactorChallenge {
        &self.challenge
    }
}

/// Without the half ticket.
impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PendingSignIn({}, {:?})", self.user, self.challenge)
    }
}

/// A realm of users.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Realm {
    /// Its name, what stands behind the `@`.
    pub realm: String,
    /// `pam`, `pve`, `ldap`, `ad`, `openid`, …
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// For people.
    #[serde(default, deserialize_with = "lenient::text")]
    pub comment: Option<String>,
    /// The one that is offered first.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub default: bool,
    /// The second factor that all its users must give.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tfa: Option<String>,
}

impl SignIn {
    /// Checks the settings; the network is first used by a call.
    pub fn new(url: Url, trust: Trust) -> Result<Self> {
        Self::at(Service::Pve, url, trust, Timeouts::default())
    }

    /// The same for any product and with other waits.
    pub fn at(service: Service, url: Url, trust: Trust, timeouts: Timeouts) -> Result<Self> {
        // These options need somebody; nobody is put in the place below.
        let nobody = Auth::Ticket(SignedIn {
            user: "nobody@pve".parse().map_err(|error| {
                let kind = ErrorKind::Invalid(format!("{error}"));
                Error::of_endpoint(url.as_str(), kind)
            })?,
            ticket: SecretString::default(),
            csrf: SecretString::default(),
        });
        let mut options = ConnectOptions::new(url, nobody, trust);
        options.service = service;
        options.timeouts = timeouts;
        let transport = HttpsTransport::with_identity(&options, Identity::Nobody)?;
        Ok(Self { transport })
    }

    /// The realms that users can choose from.
    pub async fn realms(&self) -> Result<Vec<Realm>> {
        let path = ApiPath::fixed(&["access", "domains"]);
        self.ask(Method::Get, path, Params::new()).await
    }

    /// With a password. A wrong one is [`ErrorKind::Unauthorized`], after about three seconds.
    pub async fn password(&self, user: &UserId, password: &SecretString) -> Result<SignInStep> {
        // calls: POST /access/ticket
        let answer = self.ticket(first_step(user, password)).await?;
        let name = answer.user().unwrap_or_else(|| user.clone());
        match answer.step().map_err(|kind| self.fail(kind))? {
            Step::Full(ticket, csrf) => Ok(SignInStep::Done(SignedIn {
                user: name,
                ticket,
                csrf,
            })),
            Step::Half(half) => match SecondFactorChallenge::of_ticket(half.expose_secret()) {
                Some(challenge) => Ok(SignInStep::SecondFactor(PendingSignIn {
                    user: user.clone(),
                    half,
                    challenge,
                })),
                None => Err(self.fail(ErrorKind::SecondFactorNeeded)),
            },
        }
    }

    /// With a password and the second factor in one request.
    pub async fn one_step(
        &self,
        user: &UserId,
        password: &SecretString,
        answer: &SecondFactorAnswer,
    ) -> Result<SignedIn> {
        // calls: POST /access/ticket
        let params = first_step(user, password).with("otp", answer.wire().expose_secret());
        let answer = self.ticket(params).await?;
        self.full(answer, Some(user))
    }

    /// The second request of two. An answer can be sent once.
    pub async fn second_factor(
        &self,
        pending: &PendingSignIn,
        answer: &SecondFactorAnswer,
    ) -> Result<SignedIn> {
        // calls: POST /access/ticket
        let params = second_step(&pending.user, &pending.half, &answer.wire());
        let answer = self.ticket(params).await?;
        self.full(answer, Some(&pending.user))
    }

    /// Where to send the browser for a realm of OpenID. It comes back to `redirect_url` with
    /// `state` and `code`.
    pub async fn openid_url(&self, realm: &str, redirect_url: &str) -> Result<String> {
        let path = ApiPath::fixed(&["access", "openid", "auth-url"]);
        let params = Params::new()
            .with("realm", realm)
            .with("redirect-url", redirect_url);
        self.ask(Method::Post, path, params).await
    }

    /// Exchanges what the browser brought back for a ticket. `redirect_url` is the same as before.
    pub async fn openid_code(
        &self,
        state: &SecretString,
        code: &SecretString,
        redirect_url: &str,
    ) -> Result<SignedIn> {
        let path = ApiPath::fixed(&["access", "openid", "login"]);
        let params = Params::new()
            .with("state", state.expose_secret())
            .with("code", code.expose_secret())
            .with("redirect-url", redirect_url);
        let answer: LoginAnswer = self.ask(Method::Post, path, params).await?;
        self.full(answer, None)
    }

    fn full(&self, answer: LoginAnswer, asked: Option<&UserId>) -> Result<SignedIn> {
        let user = answer.user().or_else(|| asked.cloned());
        let (ticket, csrf) = answer
            .step()
            .and_then(Step::secrets)
            .map_err(|kind| self.fail(kind))?;
        let Some(user) = user else {
            let text = "the sign-in answer names no user".to_owned();
            return Err(self.fail(ErrorKind::Unexpected(text)));
        };
        Ok(SignedIn { user, ticket, csrf })
    }

    async fn ticket(&self, params: Params) -> Result<LoginAnswer> {
        let answer = self.transport.login(params).await;
        answer.map_err(|kind| self.fail(kind))
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: ApiPath,
        params: Params,
    ) -> Result<T> {
        let request = Request {
            method,
            path,
            params,
        };
        let reply = self.transport.send(&request).await?;
        let read = reply.read::<T>().map(|envelope| envelope.data);
        read.map_err(|kind| Error::of_call(self.transport.endpoint(), method, &request.path, kind))
    }

    fn fail(&self, kind: ErrorKind) -> Error {
        let path = ApiPath::fixed(&["access", "ticket"]);
        Error::of_call(self.transport.endpoint(), Method::Post, &path, kind)
    }
}
