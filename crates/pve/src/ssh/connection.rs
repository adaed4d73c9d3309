//! One SSH connection, made when it is needed, shared by all calls and made again when it broke.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use russh::client::{Config, Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Preferred};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use super::host_key::{HostKeyPin, Rule, Verifier};
use super::{SshOptions, quote, sign_in};
use crate::error::{Error, ErrorKind, Phase, Result as OfEndpoint};
use crate::pvesh::{Gathered, Output, Runner};

/// A guest that was started can hold the channel open for ever; what was printed is there soon.
const AFTER_THE_END: Duration = Duration::from_secs(2);
const STDERR: u32 = 1;

type Session = Handle<Verifier>;

pub(super) struct Connection {
    options: SshOptions,
    rule: Arc<Rule>,
    current: tokio::sync::Mutex<Option<Arc<Session>>>,
}

impl Connection {
    pub(super) fn new(options: SshOptions) -> Result<Self, ErrorKind> {
        Ok(Self {
            rule: Arc::new(Rule::read(&options.host_key)?),
            options,
            current: tokio::sync::Mutex::default(),
        })
    }

    /// The connection that is there, or a new one. Callers that come meanwhile wait for the same.
    async fn session(&self) -> Result<Arc<Session>, ErrorKind> {
        // Held while connecting, which is bounded.
        let mut current = self.current.lock().await;
        if let Some(session) = &*current
            && !session.is_closed()
        {
            return Ok(Arc::clone(session));
        }
        let after = self.options.connect_limit;
        let phase = Phase::Connect;
        let session = timeout(after, self.connect())
            .await
            .unwrap_or(Err(ErrorKind::Timeout { phase, after }))?;
        let session = Arc::new(session);
        *current = Some(Arc::clone(&session));
        Ok(session)
    }

    async fn connect(&self) -> Result<Session, ErrorKind> {
        let options = &self.options;
        let mut session = shake_hands(
            &options.host,
            options.port,
            options.keepalive,
            Arc::clone(&self.rule),
        )
        .await?;
        sign_in::sign_in(&mut session, &options.user, &options.sign_in).await?;
        tracing::debug!(host = %options.host, port = options.port, "ssh connected");
        Ok(session)
    }

    /// A channel for one command. No command was sent yet, so a connection that turns out to be
    /// broken is made again, once.
    async fn channel(&self) -> Result<Channel<Msg>, ErrorKind> {
        let mut last = None;
        for _ in 0..2 {
            let session = self.session().await?;
            let after = self.options.connect_limit;
            match timeout(after, session.channel_open_session()).await {
                Ok(Ok(channel)) => return Ok(channel),
                Ok(Err(russh::Error::ChannelOpenFailure(reason))) => {
                    return Err(ErrorKind::Unreachable {
                        reason: format!("the SSH server opens no further session ({reason:?})"),
                    });
                }
                Ok(Err(error)) => last = Some(error.to_string()),
                Err(_) => last = Some("it does not answer".to_owned()),
            }
            self.forget(&session).await;
        }
        let reason = last.unwrap_or_default();
        Err(ErrorKind::Unreachable {
            reason: format!("the SSH connection cannot be used: {reason}"),
        })
    }

    async fn forget(&self, broken: &Arc<Session>) {
        let mut current = self.current.lock().await;
        if current
            .as_ref()
            .is_some_and(|session| Arc::ptr_eq(session, broken))
        {
            *current = None;
        }
    }
}

#[async_trait]
impl Runner for Connection {
    async fn run(&self, words: Vec<String>, limit_bytes: u64) -> Result<Output, ErrorKind> {
        let (mut answers, sender) = self.channel().await?.split();
        let sender = CloseWhenDropped(Some(sender));
        sender.exec(quote::line(&words)).await?;
        gather(&mut answers, limit_bytes).await
    }
}

/// A command whose caller has gone is hung up on instead of running into nowhere.
struct CloseWhenDropped(Option<ChannelWriteHalf<Msg>>);

impl CloseWhenDropped {
    async fn exec(&self, command: String) -> Result<(), ErrorKind> {
        let Some(sender) = &self.0 else {
            return Err(lost("the channel is closed"));
        };
        sender
            .exec(true, command)
            .await
            .map_err(|error| lost(&error.to_string()))
    }
}

impl Drop for CloseWhenDropped {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            close(sender);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "closing waits for room in the connection's queue, and dropping cannot wait"
)]
fn close(sender: ChannelWriteHalf<Msg>) {
    tokio::spawn(async move {
        // A connection that is gone has closed the channel already.
        if let Err(error) = sender.close().await {
            tracing::trace!(%error, "closing an ssh channel");
        }
    });
}

fn lost(reason: &str) -> ErrorKind {
    ErrorKind::ConnectionLost {
        reason: reason.to_owned(),
    }
}

async fn gather(answers: &mut ChannelReadHalf, limit_bytes: u64) -> Result<Output, ErrorKind> {
    let mut gathered = Gathered::new(limit_bytes);
    let mut ended: Option<(Option<i32>, Instant)> = None;
    loop {
        let give_up = ended.map_or_else(Instant::now, |(_, at)| at + AFTER_THE_END);
        let answer = tokio::select! {
            answer = answers.wait() => answer,
            () = sleep_until(give_up), if ended.is_some() => None,
        };
        match answer {
            Some(ChannelMsg::Data { data }) => gathered.stdout(&data)?,
            Some(ChannelMsg::ExtendedData { data, ext: STDERR }) => gathered.stderr(&data),
            Some(ChannelMsg::ExitStatus { exit_status }) => {
                ended = Some((i32::try_from(exit_status).ok(), Instant::now()));
            }
            Some(ChannelMsg::ExitSignal { .. }) => ended = Some((None, Instant::now())),
            Some(ChannelMsg::Failure) => {
                return Err(ErrorKind::Unreachable {
                    reason: "the SSH server does not run commands for this account".to_owned(),
                });
            }
            Some(ChannelMsg::Close) | None => {
                return match ended {
                    Some((status, _)) => Ok(gathered.ended(status)),
                    None => Err(lost("the SSH connection ended before the command did")),
                };
            }
            Some(_) => {}
        }
    }
}

/// A connection whose host key was judged, not signed in yet.
async fn shake_hands(
    host: &str,
    port: u16,
    keepalive: Duration,
    rule: Arc<Rule>,
) -> Result<Session, ErrorKind> {
    let config = Config {
        preferred: Preferred {
            key: Cow::Owned(rule.algorithms(host, port)),
            ..Preferred::DEFAULT
        },
        keepalive_interval: Some(keepalive),
        nodelay: true,
        ..Config::default()
    };
    let refused = Arc::new(Mutex::new(None));
    let verifier = Verifier {
        host: host.to_owned(),
        port,
        rule,
        refused: Arc::clone(&refused),
    };
    let stream =
        TcpStream::connect((host, port))
            .await
            .map_err(|error| ErrorKind::Unreachable {
                reason: error.to_string(),
            })?;
    let shaken = russh::client::connect_stream(Arc::new(config), stream, verifier).await;
    shaken.map_err(|error| {
        let verdict = refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        verdict.unwrap_or_else(|| ErrorKind::Unreachable {
            reason: format!("no SSH connection could be agreed on: {error}"),
        })
    })
}

/// The fingerprint of the host key that an SSH server presents, for showing it to a person who
/// decides whether to pin it. Nothing else is sent. A host has several keys; this is the one that
/// a pinned connection is shown, too.
pub async fn fetch_host_key(host: &str, port: u16) -> OfEndpoint<HostKeyPin> {
    const LIMIT: Duration = Duration::from_secs(10);
    let endpoint = format!("ssh://{host}:{port}");
    let fail = |kind| Error::of_endpoint(&endpoint, kind);
    let looking = shake_hands(host, port, LIMIT, Arc::new(Rule::Look));
    let kind = match timeout(LIMIT, looking).await {
        Ok(Err(ErrorKind::HostKey { found, .. })) => {
            return found
                .parse()
                .map_err(|error| fail(ErrorKind::Unexpected(format!("{error}"))));
        }
        Ok(Err(kind)) => kind,
        Ok(Ok(_)) => ErrorKind::Unexpected("no host key was presented".to_owned()),
        Err(_) => ErrorKind::Timeout {
            phase: Phase::Connect,
            after: LIMIT,
        },
    };
    Err(fail(kind))
}
