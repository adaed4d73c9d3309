//! [`Program`]: the command line on a data directory of its own.

use std::{
    ffi::OsStr,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A data directory, and the environment of whoever uses it.
pub(crate) struct Program {
    home: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A file beside the data directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Answer {
        self.run_with(arguments, "")
    }

    /// `said` is what comes on standard input.
    #[expect(
        clippy::disallowed_methods,
        reason = "the program itself is under test"
    )]
    pub(crate) fn run_with<A: AsRef<OsStr>>(&self, arguments: &[A], said: &str) -> Answer {
        let mut child = Command::new(env!("CARGO_BIN_EXE_proxmox-ai"))
            .args(arguments)
            // Nothing of what the developer's own shell says to the product.
            .env_clear()
            .env("HOME", self.home.path())
            .env("PROXMOX_AI_DATA", self.data())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that reads nothing may have ended already.
        let _ = child.stdin.take().unwrap().write_all(said.as_bytes());
        let output = child.wait_with_output().unwrap();
        Answer {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one document that a command prints with `--json`; it has to succeed.
    pub(crate) fn json<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Value {
        let mut words: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        words.push(OsStr::new("--json"));
        let answer = self.run(&words);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        serde_json::from_str(&answer.stdout).unwrap()
    }
}

impl Answer {
    /// It succeeded; what it printed.
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// It ended with this code and printed nothing but one line of complaint.
    pub(crate) fn complaint(self, code: i32) -> String {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{self:?}"
        );
        assert_eq!(self.stderr.trim_end().lines().count(), 1, "{self:?}");
        self.stderr.trim_end().to_owned()
    }
}

/// The text of a file; what is no text is replaced.
pub(crate) fn text(file: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
}
