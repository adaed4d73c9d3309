//! The repository as the rules see it: `cargo metadata` and the text files that git knows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::program;

#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: BTreeSet<String>,
    pub(crate) target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// Where the package came from; absent for a path of this repository.
    pub(crate) source: Option<String>,
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev`, `build`, or absent for an ordinary dependency.
    pub(crate) kind: Option<String>,
}

impl Metadata {
    /// The crates of this repository.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }
}

/// A text file of the repository; `path` is relative to the root, with `/` between its parts.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn extension(&self) -> &str {
        self.path
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }

    /// Whether the file is code that people write (as opposed to documents, data and lock files).
    pub(crate) fn is_code(&self) -> bool {
        matches!(
            self.extension(),
            "rs" | "ts" | "tsx" | "js" | "mjs" | "py" | "css"
        )
    }

    /// Whether the whole file is a test.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| {
            matches!(part, "tests" | "e2e" | "tests.rs" | "testkit")
                || part.contains(".test.")
                || part.ends_with("_tests.rs")
        })
    }
}

/// What follows the last dot of a path.
pub(crate) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) metadata: Metadata,
    pub(crate) files: Vec<SourceFile>,
    /// Every path git knows or would take up, binary files included.
    pub(crate) paths: BTreeSet<String>,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder")?
            .to_path_buf();
        let cargo = program::cargo(&root, &["metadata", "--format-version", "1"]);
        let metadata = serde_json::from_slice(&program::output(cargo)?)
            .context("cannot read what cargo metadata printed")?;
        let mut git = program::command("git", &root);
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let listed = String::from_utf8(program::output(git)?).context("a path is not UTF-8")?;
        let mut files = Vec::new();
        let mut paths = BTreeSet::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // A path that git still lists but that was just deleted is no file any more.
            let Ok(bytes) = std::fs::read(root.join(path)) else {
                continue;
            };
            paths.insert(path.to_owned());
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(SourceFile {
                    path: path.to_owned(),
                    text,
                });
            }
        }
        Ok(Self {
            root,
            metadata,
            files,
            paths,
        })
    }
}
