//! Bodies of requests: nothing, a form, or a file that is read while it is sent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

const CHUNK_BYTES: usize = 64 * 1024;

pub(super) enum Outgoing {
    /// What is left of a body in memory.
    Whole(Bytes),
    /// Exactly as many bytes as are left to read.
    Read {
        reader: Box<dyn AsyncRead + Send + Unpin>,
        left_bytes: u64,
    },
}

impl Outgoing {
    pub(super) const fn nothing() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Read { left_bytes: 0, .. } => Poll::Ready(None),
            Self::Read { reader, left_bytes } => {
                let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
                let read = ready!(poll_read_buf(Pin::new(reader), context, &mut chunk));
                Poll::Ready(match read {
                    Ok(0) => Some(Err(std::io::ErrorKind::UnexpectedEof.into())),
                    Ok(count) => {
                        *left_bytes = left_bytes.saturating_sub(count as u64);
                        Some(Ok(Frame::data(chunk.freeze())))
                    }
                    Err(error) => Some(Err(error)),
                })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left_bytes() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes())
    }
}

impl Outgoing {
    fn left_bytes(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Read { left_bytes, .. } => *left_bytes,
        }
    }
}
