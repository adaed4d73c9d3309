//! A program in the place of `pvesh`: it answers known command lines and notes every one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

/// What the program does for one command line.
pub(crate) struct Row {
    /// Without the program's name.
    pub(crate) words: Vec<String>,
    pub(crate) does: Does,
}

pub(crate) enum Does {
    /// Prints and ends.
    Prints {
        stdout: String,
        stderr: String,
        status: u8,
    },
    /// Runs this script of a shell; `$folder` is the stand-in's.
    Runs(String),
}

impl Row {
    /// `get /version --output-format json`, without quotes.
    pub(crate) fn new(words: &str, does: Does) -> Self {
        let words = words.split(' ').map(ToOwned::to_owned).collect();
        Self { words, does }
    }

    pub(crate) fn prints(words: &str, stdout: &str, stderr: &str, status: u8) -> Self {
        let does = Does::Prints {
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            status,
        };
        Self::new(words, does)
    }
}

pub(crate) struct StandIn {
    folder: TempDir,
}

impl StandIn {
    pub(crate) fn new(rows: &[Row]) -> Self {
        let stand_in = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let folder = stand_in.folder();
        // The words are compared with a line end between them, so that none can be cut in two.
        let mut script = format!(
            "#!/bin/sh\nfolder='{}'\nIFS='\n'\nprintf '%s\\036' \"$*\" >> \"$folder/calls\"\ncase \"$*\" in\n",
            folder.display()
        );
        for (number, row) in rows.iter().enumerate() {
            let words = row.words.join("\n").replace('\'', r"'\''");
            let body = match &row.does {
                Does::Runs(body) => body.clone(),
                Does::Prints {
                    stdout,
                    stderr,
                    status,
                } => {
                    fs::write(folder.join(format!("{number}.out")), stdout).unwrap();
                    fs::write(folder.join(format!("{number}.err")), stderr).unwrap();
                    format!(
                        "cat \"$folder/{number}.out\"; cat \"$folder/{number}.err\" >&2; exit {status}"
                    )
                }
            };
            script.push_str(&format!("'{words}') {body} ;;\n"));
        }
        script.push_str("*) echo 'the stand-in does not know this call' >&2; exit 99 ;;\nesac\n");
        stand_in.add_program("pvesh", &script);
        stand_in
    }

    /// Puts another program beside it.
    pub(crate) fn add_program(&self, name: &str, script: &str) {
        let file = self.folder().join(name);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn program(&self) -> String {
        self.folder().join("pvesh").to_str().unwrap().to_owned()
    }

    /// The words of every call so far.
    pub(crate) fn calls(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.folder().join("calls")).unwrap_or_default();
        text.split_terminator('\u{1e}')
            .map(|call| call.split('\n').map(ToOwned::to_owned).collect())
            .collect()
    }

    /// A named pipe in its folder: the script and the test wait for each other there.
    pub(crate) fn pipe(&self, name: &str) -> PathBuf {
        let file = self.folder().join(name);
        assert!(run("mkfifo", &[file.to_str().unwrap()]).status.success());
        file
    }
}

/// Runs a program of the system to its end.
#[expect(clippy::disallowed_methods, reason = "a test sets its stage")]
pub(crate) fn run(program: &str, arguments: &[&str]) -> Output {
    std::process::Command::new(program)
        .args(arguments)
        .output()
        .unwrap()
}
