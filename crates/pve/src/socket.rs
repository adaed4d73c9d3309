//! The WebSocket of a console: opened with the same identity as every other request, then a stream
//! of bytes. Frames are the business of those who speak with the console.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::client::Client;
use crate::error::Result;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection on which the handshake of a WebSocket is done: what is read and written now are
/// its frames (RFC 6455), ours masked. It is closed when it is dropped.
pub struct Socket {
    /// What came together with the head of the answer.
    early: Bytes,
    stream: Box<dyn Stream>,
}

impl Socket {
    pub(crate) fn new(early: Bytes, stream: Box<dyn Stream>) -> Self {
        Self { early, stream }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Socket")
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let count = self.early.len().min(buffer.remaining());
        buffer.put_slice(&self.early.copy_to_bytes(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Client {
    /// Opens a WebSocket with the subprotocol `binary`, as the console of a guest or node (PVE:
    /// `…/vncwebsocket` with `port` and `vncticket` of `vncproxy` or `termproxy`). It goes to the
    /// server that was asked last, as the same user and with the same credential: PVE gives the
    /// console to nobody else. The ticket of a console is valid for half a minute.
    pub async fn open_socket(&self, path: &ApiPath, params: &Params) -> Result<Socket> {
        let request = Request {
            method: Method::Get,
            path: path.clone(),
            params: params.clone(),
        };
        self.send_for_socket(&request).await
    }
}
