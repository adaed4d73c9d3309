//! One chat with the server, as a state machine that the stream drives: send, wait for the first
//! byte while looking at what is loaded, read, translate. Nothing is spawned: whoever drops the
//! stream drops the request, and the server stops working on it.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::{Method, Response, header};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::endpoints::OllamaServer;
use super::refusal::{self, Asked};
use super::translate::Translator;
use super::{OllamaOptions, Waits};
use crate::error::{Error, Phase, Result};
use crate::event::{ChatEvent, ChatStream, LoadState};
use crate::message::ChatRequest;
use crate::ndjson::{LineSplitter, LineTooLong};

/// A whole tool call is one line, and its arguments may be a file.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;
const MAX_ERROR_BYTES: usize = 64 * 1024;

type Sending = BoxFuture<'static, reqwest::Result<Response>>;
type Looking = BoxFuture<'static, Result<bool>>;

enum Step {
    /// To be sent (again), not before the instant.
    Send {
        not_before: Instant,
    },
    Waiting {
        sending: Sending,
        look_at: Instant,
        looking: Option<Looking>,
    },
    Reading {
        body: BoxStream<'static, reqwest::Result<Bytes>>,
        lines: LineSplitter,
        begun: bool,
    },
    Ended,
}

struct Run {
    server: OllamaServer,
    asked: Asked,
    waits: Waits,
    body: Bytes,
    cancel: CancellationToken,
    translator: Translator,
    started: Instant,
    /// Times the request was sent.
    attempts: u32,
    load_retried: bool,
    said_loading: bool,
    said_ready: bool,
    step: Step,
    events: VecDeque<Result<ChatEvent>>,
}

pub(super) fn start(
    server: OllamaServer,
    model: String,
    request: &ChatRequest,
    options: &OllamaOptions,
    body: String,
    cancel: CancellationToken,
) -> ChatStream {
    let asked = Asked {
        model,
        url: server.url().to_owned(),
        prompt_tokens: request.estimated_prompt_tokens(),
        window_tokens: options.num_ctx,
        texts: request
            .messages
            .iter()
            .map(|message| message.content().to_owned())
            .collect(),
    };
    let translator = Translator::new(request, asked.clone());
    let waits = options.waits.clone();
    // The clock starts with the first poll: a stream nobody reads has not asked anything yet.
    stream::once(async move {
        let started = Instant::now();
        let run = Run {
            server,
            asked,
            waits,
            body: Bytes::from(body),
            cancel,
            translator,
            started,
            attempts: 0,
            load_retried: false,
            said_loading: false,
            said_ready: false,
            step: Step::Send {
                not_before: started,
            },
            events: VecDeque::new(),
        };
        stream::unfold(run, Run::next)
    })
    .flatten()
    .boxed()
}

impl Run {
    async fn next(mut self) -> Option<(Result<ChatEvent>, Self)> {
        loop {
            if let Some(event) = self.events.pop_front() {
                if matches!(event, Ok(ChatEvent::Done(_)) | Err(_)) {
                    // Whatever a server sends after that is not part of the answer.
                    self.step = Step::Ended;
                    self.events.clear();
                }
                return Some((event, self));
            }
            if matches!(self.step, Step::Ended) {
                return None;
            }
            let cancel = self.cancel.clone();
            let step = std::mem::replace(&mut self.step, Step::Ended);
            let advanced = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Error::Cancelled),
                advanced = self.advance(step) => advanced,
            };
            match advanced {
                Ok(step) => self.step = step,
                Err(error) => {
                    tracing::debug!(model = %self.asked.model, %error, "chat with the model failed");
                    // Behind what came in before it.
                    self.events.push_back(Err(error));
                }
            }
        }
    }

    async fn advance(&mut self, step: Step) -> Result<Step> {
        match step {
            Step::Send { not_before } => Ok(self.send(not_before).await),
            Step::Waiting {
                sending,
                look_at,
                looking,
            } => self.wait(sending, look_at, looking).await,
            Step::Reading { body, lines, begun } => self.read(body, lines, begun).await,
            Step::Ended => Ok(Step::Ended),
        }
    }

    async fn send(&mut self, not_before: Instant) -> Step {
        sleep_until(not_before).await;
        self.attempts += 1;
        let sending = self
            .server
            .request(Method::POST, "/api/chat")
            .header(header::CONTENT_TYPE, "application/json")
            .body(self.body.clone())
            .send()
            .boxed();
        Step::Waiting {
            sending,
            look_at: Instant::now() + self.waits.load_poll,
            looking: None,
        }
    }

    /// Waits for the answer to begin; every now and then looks whether the model is loaded.
    async fn wait(
        &mut self,
        mut sending: Sending,
        look_at: Instant,
        looking: Option<Looking>,
    ) -> Result<Step> {
        let deadline = self.first_byte_deadline();
        let look_again = || Instant::now() + self.waits.load_poll;
        let mut looking = if let Some(looking) = looking {
            looking
        } else {
            tokio::select! {
                biased;
                response = &mut sending => return self.answered(response).await,
                () = sleep_until(deadline) => return Err(self.no_first_byte()),
                () = sleep_until(look_at) => {}
            }
            let (server, model) = (self.server.clone(), self.asked.model.clone());
            async move { server.has_loaded(&model).await }.boxed()
        };
        tokio::select! {
            biased;
            response = &mut sending => self.answered(response).await,
            () = sleep_until(deadline) => Err(self.no_first_byte()),
            loaded = &mut looking => {
                let look_at = look_again();
                match loaded {
                    Ok(true) => self.say_ready(),
                    Ok(false) => self.say_loading(),
                    // It only serves to tell the user something; the answer itself decides.
                    Err(error) => tracing::debug!(%error, "cannot see whether the model is loaded"),
                }
                Ok(Step::Waiting { sending, look_at, looking: None })
            }
        }
    }

    async fn answered(&mut self, response: reqwest::Result<Response>) -> Result<Step> {
        let response = response.map_err(|error| self.server.send_error(&error))?;
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(Step::Reading {
                body: response.bytes_stream().boxed(),
                lines: LineSplitter::new(MAX_LINE_BYTES),
                begun: false,
            });
        }
        let body = timeout(
            self.waits.probe,
            self.server.read_all(response, MAX_ERROR_BYTES),
        )
        .await
        .unwrap_or_else(|_| {
            Err(self
                .server
                .timed_out(Phase::BetweenChunks, self.waits.probe))
        })?;
        match refusal::classify(status, &refusal::text_of_body(&body), &self.asked) {
            Error::Busy { url, .. } => self
                .pause_when_busy()
                .map(|pause| Step::Send {
                    not_before: Instant::now() + pause,
                })
                .ok_or(Error::Busy {
                    url,
                    attempts: self.attempts,
                }),
            Error::LoadFailed { .. } if !self.load_retried => {
                // The first attempt often leaves the file in the page cache; the second succeeds.
                self.load_retried = true;
                Ok(Step::Send {
                    not_before: Instant::now(),
                })
            }
            error => Err(error),
        }
    }

    /// How long to wait before the next attempt; `None` when there have been enough.
    fn pause_when_busy(&self) -> Option<Duration> {
        let sent_before = usize::try_from(self.attempts.saturating_sub(1)).ok()?;
        self.waits.busy.get(sent_before).copied()
    }

    async fn read(
        &mut self,
        mut body: BoxStream<'static, reqwest::Result<Bytes>>,
        mut lines: LineSplitter,
        begun: bool,
    ) -> Result<Step> {
        let chunk = if begun {
            let after = self.waits.between_chunks;
            timeout(after, body.next())
                .await
                .map_err(|_| self.server.timed_out(Phase::BetweenChunks, after))?
        } else {
            timeout_at(self.first_byte_deadline(), body.next())
                .await
                .map_err(|_| self.no_first_byte())?
        };
        let Some(chunk) = chunk else {
            if let Some(line) = lines.finish() {
                self.translate(&line)?;
            }
            return self.after_the_end();
        };
        lines.push(&chunk.map_err(|error| self.server.lost(&error))?);
        self.say_ready();
        while let Some(line) = lines.next_line().map_err(|LineTooLong| self.too_long())? {
            self.translate(&line)?;
        }
        Ok(Step::Reading {
            body,
            lines,
            begun: true,
        })
    }

    /// A body that ends without "done" was cut off, by a crash or by a proxy.
    fn after_the_end(&self) -> Result<Step> {
        if matches!(self.events.back(), Some(Ok(ChatEvent::Done(_)))) {
            return Ok(Step::Ended);
        }
        Err(Error::Lost {
            url: self.asked.url.clone(),
            detail: "the answer ended in the middle".to_owned(),
        })
    }

    fn too_long(&self) -> Error {
        self.server
            .nonsense(format!("a line is longer than {MAX_LINE_BYTES} bytes"))
    }

    fn translate(&mut self, line: &[u8]) -> Result<()> {
        if matches!(self.events.back(), Some(Ok(ChatEvent::Done(_)))) {
            return Ok(());
        }
        let events = self.translator.line(line)?;
        if let Some(ChatEvent::Done(usage)) = events.last()
            && let Some(cut) = usage.prompt_cut
        {
            tracing::warn!(
                model = %self.asked.model,
                sent_tokens = cut.sent_tokens,
                read_tokens = cut.read_tokens,
                window_tokens = cut.window_tokens,
                "model server read about {} of {} tokens: the window is too small, raise assistant.num_ctx",
                cut.read_tokens,
                cut.sent_tokens,
            );
        }
        self.events.extend(events.into_iter().map(Ok));
        Ok(())
    }

    fn say_loading(&mut self) {
        self.said_loading = true;
        self.said_ready = false;
        self.events
            .push_back(Ok(ChatEvent::LoadState(LoadState::Loading {
                model: self.asked.model.clone(),
                waited: self.started.elapsed(),
            })));
    }

    /// Only worth saying after "loading", and once.
    fn say_ready(&mut self) {
        if self.said_loading && !self.said_ready {
            self.said_ready = true;
            self.events
                .push_back(Ok(ChatEvent::LoadState(LoadState::Ready)));
        }
    }

    fn first_byte_deadline(&self) -> Instant {
        self.started + self.waits.first_byte
    }

    fn no_first_byte(&self) -> Error {
        self.server
            .timed_out(Phase::FirstByte, self.waits.first_byte)
    }
}
