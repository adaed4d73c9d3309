//! Commands and files inside a virtual machine, by its agent.

use serde_json::{Map, Value};

use crate::answer::{Loose, answers};
use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::{ErrorKind, Result};
use crate::ids::GuestAt;
use crate::params::Params;
use crate::transport::{Method, Request};

answers! {
    /// How a command inside a guest does. Its output comes from the guest: not to be trusted.
    ExecStatus {
        /// Has it ended?
        exited: bool = "exited",
        /// Its exit code, when it ended by itself.
        exit_code: Option<i64> = "exitcode",
        /// The signal that ended it, or the exception on Windows.
        signal: Option<u64> = "signal",
        /// What it wrote. Comes when it has ended.
        output: Option<String> = "out-data",
        /// Was that cut?
        output_truncated: bool = "out-truncated",
        /// What it wrote to its error output.
        error_output: Option<String> = "err-data",
        /// Was that cut?
        error_output_truncated: bool = "err-truncated",
    }

    /// A file inside a guest, or its beginning.
    AgentFile {
        /// What is in it; bytes that are no text come as PVE decodes them.
        content: Option<String> = "content",
        /// Bytes that were read.
        bytes_read: Option<u64> = "bytes-read",
        /// Is there more? At most 16 MiB are read.
        truncated: bool = "truncated",
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePart {
    /// Where it begins.
    pub offset_bytes: u64,
    /// How long it is.
    pub length_bytes: u64,
}

impl Client {
    /// Starts a program inside a virtual machine; no shell reads its arguments (PVE:
    /// `agent/exec`). A program that does not exist breaks the connection to the node's worker:
    /// [`crate::ErrorKind::NodeUnreachable`] with status 596, and nothing ran.
    pub async fn agent_exec(
        &self,
        guest: &GuestAt,
        command: &[&str],
        input: Option<&str>,
    ) -> Result<u64> {
        let path = self.agent_path(guest, Method::Post, "exec")?;
        let params: Params = command.iter().map(|word| ("command", *word)).collect();
        let request = Request {
            method: Method::Post,
            path,
            params: params.with_some("input-data", input),
        };
        let answer: Map<String, Value> = self.fetch(request.clone()).await?.data;
        u64::loose(answer.get("pid")).ok_or_else(|| {
            let kind = ErrorKind::Unexpected("no process id".to_owned());
            self.fail(&request, kind)
        })
    }

    /// How a started program does (PVE: `agent/exec-status`). The agent tells the end of each once:
    /// asked again, it knows it no more.
    pub async fn agent_exec_status(&self, guest: &GuestAt, pid: u64) -> Result<ExecStatus> {
        let path = self.agent_path(guest, Method::Get, "exec-status")?;
        self.one_of(path, Params::new().with("pid", pid)).await
    }

    /// Reads a file inside a virtual machine (PVE: `agent/file-read`); parts of it from 9.1.
    pub async fn agent_read_file(
        &self,
        guest: &GuestAt,
        file: &str,
        part: Option<FilePart>,
        differences: Differences,
    ) -> Result<AgentFile> {
        let path = self.agent_path(guest, Method::Get, "file-read")?;
        if part.is_some() {
            differences.require(Feature::AgentFileParts, self, Method::Get, &path)?;
        }
        let params = Params::new()
            .with("file", file)
            .with_some("offset", part.map(|part| part.offset_bytes))
            .with_some("count", part.map(|part| part.length_bytes));
        self.one_of(path, params).await
    }

    /// Writes a file inside a virtual machine (PVE: `agent/file-write`, at most 60 KiB).
    pub async fn agent_write_file(&self, guest: &GuestAt, file: &str, content: &str) -> Result<()> {
        let path = self.agent_path(guest, Method::Post, "file-write")?;
        let params = Params::new().with("file", file).with("content", content);
        self.tell(Method::Post, path, params).await
    }
}
