//! The record of accepted changes: one entry per changing request that was not refused.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::SimError;

/// An accepted changing request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// RFC 3339, UTC, milliseconds.
    pub at: String,
    /// User or token.
    pub user: String,
    /// Operation, such as `guest.start`.
    pub op: String,
    /// Target, such as `guest/101`.
    pub target: String,
    /// The request's parameters, without those of the path.
    pub args: Map<String, Value>,
    /// The task that was started, if one was.
    pub upid: Option<String>,
    /// `accepted`: the request passed all checks. How its task ends is in the task list.
    pub outcome: String,
}

/// All accepted changes, and the file they are written to.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    all: Vec<Call>,
    file: Option<File>,
}

impl Calls {
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, SimError> {
        let file = path
            .map(|path| {
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(path)
                    .map_err(|cause| SimError::CallsLog {
                        path: path.to_owned(),
                        cause: cause.to_string(),
                    })
            })
            .transpose()?;
        Ok(Self {
            all: Vec::new(),
            file,
        })
    }

    /// Records a call; its line is on disk before this returns.
    pub(crate) fn record(&mut self, call: Call) {
        if let Some(file) = &mut self.file {
            let written = serde_json::to_vec(&call)
                .map_err(std::io::Error::from)
                .and_then(|mut line| {
                    line.push(b'\n');
                    file.write_all(&line)?;
                    file.flush()
                });
            if let Err(cause) = written {
                tracing::error!(%cause, "cannot write to the calls log; the line of {} is lost", call.op);
            }
        }
        self.all.push(call);
    }

    pub(crate) fn all(&self) -> &[Call] {
        &self.all
    }
}
