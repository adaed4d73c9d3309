//! Bodies of answers: counted, unpacked and held to a limit while they come in.

use std::io::Write;

use flate2::write::GzDecoder;
use http::{HeaderMap, header};

use crate::error::{BodyProblem, ErrorKind};

/// A body so far, unpacked.
pub(super) struct Collected {
    form: Form,
    limit_bytes: u64,
}

enum Form {
    Plain(Vec<u8>),
    Packed(Box<GzDecoder<Vec<u8>>>),
}

impl Collected {
    pub(super) fn new(headers: &HeaderMap, limit_bytes: u64) -> Self {
        let encoding = headers.get(header::CONTENT_ENCODING);
        let packed = encoding.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"gzip"));
        let form = if packed {
            Form::Packed(Box::new(GzDecoder::new(Vec::new())))
        } else {
            // What is announced is a hint; nobody can have memory taken by announcing much.
            let announced = headers.get(header::CONTENT_LENGTH);
            let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
            Form::Plain(Vec::with_capacity(
                announced.unwrap_or_default().min(1024 * 1024),
            ))
        };
        Self { form, limit_bytes }
    }

    fn len(&self) -> usize {
        match &self.form {
            Form::Plain(bytes) => bytes.len(),
            Form::Packed(decoder) => decoder.get_ref().len(),
        }
    }

    /// Takes what came in and says how many bytes it was, unpacked. One part of a packed body is
    /// small on the network and unpacks to a thousand times its size at most, so looking at the
    /// limit after it is early enough.
    pub(super) fn add(&mut self, chunk: &[u8]) -> Result<usize, ErrorKind> {
        let before = self.len();
        match &mut self.form {
            Form::Plain(bytes) if (before + chunk.len()) as u64 <= self.limit_bytes => {
                bytes.extend_from_slice(chunk);
            }
            Form::Plain(_) => return Err(self.too_large()),
            Form::Packed(decoder) => decoder.write_all(chunk).map_err(|error| broken(&error))?,
        }
        if self.len() as u64 > self.limit_bytes {
            return Err(self.too_large());
        }
        Ok(self.len() - before)
    }

    fn too_large(&self) -> ErrorKind {
        let limit_bytes = self.limit_bytes;
        ErrorKind::Body(BodyProblem::TooLarge { limit_bytes })
    }

    /// The whole body, and how many of its bytes come only now.
    pub(super) fn finish(self) -> Result<(Vec<u8>, usize), ErrorKind> {
        let before = self.len();
        let limit = self.limit_bytes;
        let too_large = self.too_large();
        let bytes = match self.form {
            Form::Plain(bytes) => bytes,
            Form::Packed(decoder) => decoder.finish().map_err(|error| broken(&error))?,
        };
        if bytes.len() as u64 > limit {
            return Err(too_large);
        }
        let late = bytes.len() - before;
        Ok((bytes, late))
    }
}

fn broken(error: &std::io::Error) -> ErrorKind {
    ErrorKind::Body(BodyProblem::Truncated(format!(
        "it cannot be unpacked: {error}"
    )))
}
