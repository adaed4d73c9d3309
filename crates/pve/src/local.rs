//! The way without a network: `pvesh` on the node itself, by a user that may run it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, ErrorKind};
use crate::meter::RequestCounters;
use crate::pvesh::{Gathered, Output, Pvesh, PveshOptions, Runner};
use crate::reply::RawReply;
use crate::transport::{Request, Transport};

/// A guest that was started inherits the pipes and may hold them open for ever; what it has
/// printed is there soon.
const AFTER_THE_END: Duration = Duration::from_secs(2);
const CHUNK_BYTES: usize = 64 * 1024;

/// API calls by `pvesh` on this node. It signs in by being a user of the node, mostly root.
///
/// Parameters stand on a command line that all users of the node can read while it runs; see
/// [`PveshOptions::secrets_on_command_line`]. A call that starts a task returns when the task has
/// ended. Files are not uploaded this way.
pub struct LocalTransport {
    pvesh: Pvesh<Processes>,
}

impl LocalTransport {
    /// Nothing is run yet.
    pub fn new(options: PveshOptions) -> Self {
        Self {
            pvesh: Pvesh::new(Processes, options, "this node".to_owned()),
        }
    }
}

#[async_trait]
impl Transport for LocalTransport {
    async fn send(&self, request: &Request) -> Result<RawReply, Error> {
        self.pvesh.send(request).await
    }

    fn endpoint(&self) -> &str {
        self.pvesh.endpoint()
    }

    fn counters(&self) -> RequestCounters {
        self.pvesh.counters()
    }
}

struct Processes;

#[async_trait]
impl Runner for Processes {
    async fn run(&self, words: Vec<String>, limit_bytes: u64) -> Result<Output, ErrorKind> {
        let child = start(&words)?;
        gather(child, limit_bytes).await
    }
}

/// A process without input and with plain messages. It ends when the future that waits for it is
/// dropped.
fn start(words: &[String]) -> Result<Child, ErrorKind> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(ErrorKind::Invalid("no program to run".into()));
    };
    Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| ErrorKind::Unreachable {
            reason: format!("`{program}` cannot be started: {error}"),
        })
}

async fn gather(mut child: Child, limit_bytes: u64) -> Result<Output, ErrorKind> {
    let lost = |error: std::io::Error| ErrorKind::ConnectionLost {
        reason: error.to_string(),
    };
    let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(ErrorKind::ConnectionLost {
            reason: "the program has no output".into(),
        });
    };
    let mut gathered = Gathered::new(limit_bytes);
    let (mut out, mut err) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    let (mut out_open, mut err_open) = (true, true);
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        if let Some((status, _)) = ended
            && !out_open
            && !err_open
        {
            return Ok(gathered.ended(status.code()));
        }
        let give_up = ended.map_or_else(Instant::now, |(_, at)| at + AFTER_THE_END);
        tokio::select! {
            count = stdout.read(&mut out), if out_open => match count.map_err(lost)? {
                0 => out_open = false,
                count => gathered.stdout(out.get(..count).unwrap_or_default())?,
            },
            count = stderr.read(&mut err), if err_open => match count.map_err(lost)? {
                0 => err_open = false,
                count => gathered.stderr(err.get(..count).unwrap_or_default()),
            },
            status = child.wait(), if ended.is_none() => {
                ended = Some((status.map_err(lost)?, Instant::now()));
            }
            () = sleep_until(give_up), if ended.is_some() => {
                let status = ended.and_then(|(status, _)| status.code());
                return Ok(gathered.ended(status));
            }
        }
    }
}
