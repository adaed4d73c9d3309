//! Starting other programs and reading the environment: the only place of this crate that does.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// A command in `folder`.
#[expect(
    clippy::disallowed_methods,
    reason = "chores of the repository start cargo, git, npm and the product"
)]
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// Runs the command and returns its standard output; its standard error goes through.
pub(crate) fn output(mut command: Command) -> Result<Vec<u8>> {
    let shown = format!("{command:?}");
    let out = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {shown}"))?;
    if !out.status.success() {
        bail!("{shown} ended with {}", out.status);
    }
    Ok(out.stdout)
}

/// Runs the command with this process's streams and fails when it fails.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command
        .status()
        .with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// cargo, with `words`. Where nobody watches, the lock file may not change by itself.
pub(crate) fn cargo(folder: &Path, words: &[&str]) -> Command {
    let mut cargo = command(environment("CARGO").as_deref().unwrap_or("cargo"), folder);
    cargo.args(words);
    if environment("CI").is_some() {
        cargo.arg("--locked");
    }
    cargo
}

/// The value of an environment variable that is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo and make pass their paths in the environment"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
