//! Bodies of answers: whole, or in pieces with pauses for clients that have to bear a slow server.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// In how many pieces a slow body comes.
const PIECES: u32 = 8;

/// A body whose length is known from the start.
#[derive(Debug)]
pub(crate) struct Body {
    rest: Bytes,
    piece: usize,
    pause: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Body {
    /// These bytes, over that time.
    pub(crate) fn over(bytes: Bytes, time: Duration) -> Self {
        Self {
            piece: if time.is_zero() {
                bytes.len()
            } else {
                bytes.len().div_ceil(PIECES as usize).max(1)
            },
            rest: bytes,
            pause: time / PIECES,
            timer: None,
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.get_mut();
        if body.rest.is_empty() {
            return Poll::Ready(None);
        }
        if !body.pause.is_zero() {
            let pause = body.pause;
            let timer = body
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + pause)));
            ready!(timer.as_mut().poll(context));
            body.timer = None;
        }
        let piece = body.rest.split_to(body.piece.min(body.rest.len()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
