//! Files over HTTPS. No time limit is on a whole transfer, only on standing still.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::{HeaderValue, header};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::outgoing::Outgoing;
use super::wire::Answering;
use super::{Accepts, Answer, HttpsTransport, judge, status_of};
use crate::error::{ErrorKind, Phase};
use crate::files::{Downloaded, FileSource, OnProgress, Transferred, hex_of};
use crate::meter::Purpose;
use crate::refusal::classify;
use crate::reply::RawReply;
use crate::transport::Request;

/// Passes a file on, counts it and knows when it is not as long as was said.
struct Counted {
    reader: Box<dyn AsyncRead + Send + Unpin>,
    left_bytes: u64,
    sent_bytes: watch::Sender<u64>,
    /// Why reading failed; the HTTP layer would hide it.
    failure: Arc<Mutex<Option<String>>>,
}

impl Counted {
    fn fail(&self, error: std::io::Error) -> Poll<std::io::Result<()>> {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        Poll::Ready(Err(error))
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.left_bytes == 0 {
            return Poll::Ready(Ok(()));
        }
        let room = usize::try_from(self.left_bytes).unwrap_or(usize::MAX);
        let room = room.min(buffer.remaining());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let polled = Pin::new(&mut self.reader).poll_read(context, &mut part);
        let count = part.filled().len();
        match polled {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => self.fail(error),
            Poll::Ready(Ok(())) if count == 0 && room > 0 => {
                let text = format!("it ends {} bytes too early", self.left_bytes);
                self.fail(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, text))
            }
            Poll::Ready(Ok(())) => {
                buffer.advance(count);
                self.left_bytes -= count as u64;
                self.sent_bytes.send_modify(|sent| *sent += count as u64);
                Poll::Ready(Ok(()))
            }
        }
    }
}

/// The bytes before and after the file. PVE wants parameters before it.
fn frame(request: &Request, file: &FileSource, boundary: &str) -> (String, String) {
    let mut head = String::new();
    for (name, value) in request.params.iter() {
        head.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    head.push_str(&format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        file.field, file.file_name
    ));
    (head, format!("\r\n--{boundary}--\r\n"))
}

/// A line that is in no file: 128 bits by chance.
fn boundary() -> Result<String, ErrorKind> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        ErrorKind::Invalid(format!("the system gives no random bytes: {error}"))
    })?;
    Ok(format!("----{}", hex_of(&bytes)))
}

impl HttpsTransport {
    pub(super) async fn send_file(
        &self,
        request: &Request,
        file: FileSource,
        on_progress: OnProgress<'_>,
    ) -> Result<RawReply, ErrorKind> {
        let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if let Some((name, _)) = request.params.iter().find(|(name, _)| !plain(name)) {
            return Err(ErrorKind::Invalid(format!(
                "`{name}` cannot be the name of a part"
            )));
        }
        let pass = self.pass(None).await?;
        let boundary = boundary()?;
        let (head, tail) = frame(request, &file, &boundary);
        let size_bytes = file.size_bytes;
        let length = (head.len() + tail.len()) as u64 + size_bytes;
        let (sent_bytes, seen) = watch::channel(0);
        let failure = Arc::default();
        let counted = Counted {
            reader: file.reader,
            left_bytes: size_bytes,
            sent_bytes,
            failure: Arc::clone(&failure),
        };
        let body = std::io::Cursor::new(head)
            .chain(counted)
            .chain(std::io::Cursor::new(tail));
        let target = self.target(request);
        let mut prepared = self.start(http::Method::POST, target, request.method, &pass)?;
        let kind = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
            .map_err(|error| ErrorKind::Invalid(error.to_string()))?;
        let headers = prepared.headers_mut();
        headers.insert(header::CONTENT_TYPE, kind);
        // PVE refuses bodies of unknown length, so it is said.
        headers.insert(header::CONTENT_LENGTH, length.into());
        *prepared.body_mut() = Outgoing::Read {
            reader: Box::new(body),
            left_bytes: length,
        };
        self.meter.sending(Purpose::Write);
        let reply = async {
            let answering = self.watch(prepared, size_bytes, seen, on_progress).await?;
            let (status, reason) = status_of(&answering.head);
            let after = self.timeouts.total;
            let phase = Phase::Body;
            let body = timeout(after, self.read_body(answering))
                .await
                .map_err(|_| ErrorKind::Timeout { phase, after })?;
            judge(request, Answer::new(status, reason, body)?)
        };
        let reply = reply.await;
        if reply.is_err() {
            self.meter.failed();
        }
        let reason = failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match (reply, reason) {
            (Err(_), Some(reason)) => Err(ErrorKind::Invalid(format!(
                "the file cannot be read: {reason}; the upload was broken off"
            ))),
            (reply, _) => reply,
        }
    }

    /// Sends, reports and gives up on a standstill.
    async fn watch(
        &self,
        prepared: http::Request<Outgoing>,
        size_bytes: u64,
        mut seen: watch::Receiver<u64>,
        on_progress: OnProgress<'_>,
    ) -> Result<Answering, ErrorKind> {
        let mut sending = std::pin::pin!(self.wires.send(prepared));
        let mut last = Instant::now();
        let mut all_read = false;
        let mut told = None;
        loop {
            // After the last byte the server has its own work to do.
            let (after, phase) = if all_read {
                let after = self.timeouts.upload.max(self.timeouts.first_byte);
                (after, Phase::FirstByte)
            } else {
                (self.timeouts.upload, Phase::Upload)
            };
            tokio::select! {
                answer = &mut sending => {
                    // The answer may be there before anybody looked at the last bytes.
                    let bytes = *seen.borrow();
                    if answer.is_ok() && told != Some(bytes) {
                        on_progress(Transferred { bytes, total_bytes: Some(size_bytes) });
                    }
                    return answer;
                }
                changed = seen.changed(), if !all_read => {
                    let bytes = *seen.borrow_and_update();
                    told = Some(bytes);
                    all_read = changed.is_err() || bytes >= size_bytes;
                    last = Instant::now();
                    on_progress(Transferred { bytes, total_bytes: Some(size_bytes) });
                }
                () = sleep_until(last + after) => return Err(ErrorKind::Timeout { phase, after }),
            }
        }
    }

    pub(super) async fn receive_file(
        &self,
        request: &Request,
        sink: &mut (dyn AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded, ErrorKind> {
        let mut pass = self.pass(None).await?;
        let mut answering = self.ask_for_file(request, &pass).await?;
        let status = answering.head.status.as_u16();
        if let (401, super::Pass::Ticket { generation, .. }) = (status, &pass) {
            pass = self.pass(Some(*generation)).await?;
            answering = self.ask_for_file(request, &pass).await?;
        }
        let received = self.pour(request, answering, sink, on_progress).await;
        if received.is_err() {
            self.meter.failed();
        }
        received
    }

    async fn ask_for_file(
        &self,
        request: &Request,
        pass: &super::Pass,
    ) -> Result<Answering, ErrorKind> {
        self.meter.sending(Purpose::Read);
        let after = self.timeouts.first_byte;
        let phase = Phase::FirstByte;
        let prepared = self.prepare(request, pass, Accepts::Plain)?;
        let asked = timeout(after, self.wires.send(prepared))
            .await
            .unwrap_or(Err(ErrorKind::Timeout { phase, after }));
        asked.inspect_err(|_| self.meter.failed())
    }

    async fn pour(
        &self,
        request: &Request,
        mut answering: Answering,
        sink: &mut (dyn AsyncWrite + Send + Unpin),
        on_progress: OnProgress<'_>,
    ) -> Result<Downloaded, ErrorKind> {
        let (status, reason) = status_of(&answering.head);
        if !status.is_success() {
            let body = self.read_body(answering).await.unwrap_or_default();
            let node = request.path.node_name();
            return Err(classify(status.as_u16(), &reason, &body, node));
        }
        let text = |name| answering.head.headers.get(name)?.to_str().ok();
        let content_type = text(header::CONTENT_TYPE).map(ToOwned::to_owned);
        let total_bytes = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let mut hasher = Sha256::new();
        let mut bytes = 0;
        let after = self.timeouts.idle;
        let phase = Phase::Body;
        let late = |_| ErrorKind::Timeout { phase, after };
        let full = |error: std::io::Error| {
            ErrorKind::Invalid(format!("what came cannot be written: {error}"))
        };
        loop {
            let chunk = timeout(after, answering.chunk()).await.map_err(late)??;
            let Some(chunk) = chunk else { break };
            self.meter.received(chunk.len());
            hasher.update(&chunk);
            timeout(after, sink.write_all(&chunk))
                .await
                .map_err(late)?
                .map_err(full)?;
            bytes += chunk.len() as u64;
            on_progress(Transferred { bytes, total_bytes });
        }
        answering.finish(&self.wires);
        timeout(after, sink.flush())
            .await
            .map_err(late)?
            .map_err(full)?;
        Ok(Downloaded {
            size_bytes: bytes,
            sha256: hex_of(&hasher.finalize()),
            content_type,
        })
    }
}
