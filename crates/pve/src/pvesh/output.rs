//! What a program left behind, gathered within limits.

use crate::error::{BodyProblem, ErrorKind};

/// Error texts are short; what is longer is mostly the log of a task.
const LONGEST_ERROR_TEXT: usize = 64 * 1024;

/// The end of a program and what it printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Output {
    /// Its exit status; nothing when a signal ended it.
    pub(crate) status: Option<i32>,
    /// Standard output.
    pub(crate) stdout: Vec<u8>,
    /// The first 64 KiB of standard error.
    pub(crate) stderr: Vec<u8>,
}

/// An [`Output`] that grows.
pub(crate) struct Gathered {
    output: Output,
    limit_bytes: u64,
}

impl Gathered {
    pub(crate) fn new(limit_bytes: u64) -> Self {
        Self {
            output: Output::default(),
            limit_bytes,
        }
    }

    /// More of standard output; fails over the limit.
    pub(crate) fn stdout(&mut self, bytes: &[u8]) -> Result<(), ErrorKind> {
        if (self.output.stdout.len() + bytes.len()) as u64 > self.limit_bytes {
            let limit_bytes = self.limit_bytes;
            return Err(ErrorKind::Body(BodyProblem::TooLarge { limit_bytes }));
        }
        self.output.stdout.extend_from_slice(bytes);
        Ok(())
    }

    /// More of standard error; what is too much is dropped.
    pub(crate) fn stderr(&mut self, bytes: &[u8]) {
        let room = LONGEST_ERROR_TEXT.saturating_sub(self.output.stderr.len());
        self.output.stderr.extend(bytes.iter().take(room));
    }

    /// The whole, with the exit status.
    pub(crate) fn ended(mut self, status: Option<i32>) -> Output {
        self.output.status = status;
        self.output
    }
}
