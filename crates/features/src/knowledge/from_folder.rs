//! Pages in a folder of the machine that the product runs on.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use ops::{Code, Error, Result};
use pve::PageMark;
use retrieval::{Format, PageError};
use tokio::time::timeout;

use super::{sink::Sink, source::reason_of};

/// A folder of another machine may be away.
const WALK_PATIENCE: Duration = Duration::from_mins(2);
const FILE_PATIENCE: Duration = Duration::from_secs(30);
const MOST_FILES: usize = 5_000;
const MOST_DEPTH: usize = 16;
/// Files that are looked at, whatever they hold.
const MOST_ENTRIES: usize = 100_000;
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// A file that is read.
struct Found {
    file: PathBuf,
    /// Its name below the folder, with `/`.
    page: String,
    format: Format,
    bytes: u64,
}

pub(super) async fn read(sink: &mut Sink<'_>, folder: &str) -> Result<()> {
    let root = PathBuf::from(folder);
    let walking = tokio::task::spawn_blocking(move || walk(&root));
    let files = timeout(WALK_PATIENCE, walking)
        .await
        .map_err(|_| {
            let seconds = WALK_PATIENCE.as_secs();
            Error::new(
                Code::TimedOut,
                format!("the folder {folder} could not be listed within {seconds} s"),
            )
        })?
        .map_err(|_| Error::internal("walking a folder was broken off"))??;
    if files.is_empty() {
        return Err(Error::new(
            Code::NotFound,
            format!("the folder {folder} holds no page that can be read"),
        )
        .hint("read are .html, .md, .adoc, .pdf and .txt"));
    }
    sink.expect(files.len());
    let mut total = 0;
    for found in files {
        sink.check()?;
        total += found.bytes;
        if total > MOST_BYTES {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "the folder {folder} holds more than {} MiB of pages; add a smaller part of it",
                    MOST_BYTES / 1024 / 1024
                ),
            ));
        }
        let limit = found.format.most_bytes();
        if found.bytes > limit {
            let bytes = found.bytes;
            let reason = PageError::TooLarge { bytes, limit }.to_string();
            sink.problem(&found.page, reason);
            continue;
        }
        match timeout(FILE_PATIENCE, tokio::fs::read(&found.file)).await {
            Ok(Ok(bytes)) => {
                sink.page(&found.page, bytes, found.format, PageMark::default())
                    .await?;
            }
            Ok(Err(error)) => sink.problem(&found.page, reason_of(&error)),
            Err(_) => sink.problem(&found.page, "reading it took too long"),
        }
    }
    Ok(())
}

/// Files in order of their names. Links are not followed: they may lead out of the folder, or around in it.
fn walk(root: &Path) -> Result<Vec<Found>> {
    let unreadable = |error: &std::io::Error| {
        Error::new(
            Code::NotFound,
            format!(
                "the folder {} cannot be read: {}",
                root.display(),
                reason_of(error)
            ),
        )
        .hint("it has to be on the machine that runs proxmox-ai, and readable for its user")
    };
    let mut found = Vec::new();
    let mut entries = 0;
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = open.pop() {
        let listed = match std::fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) if depth == 0 => return Err(unreadable(&error)),
            Err(error) => {
                tracing::debug!(folder = %folder.display(), %error, "a folder is left out");
                continue;
            }
        };
        for entry in listed.flatten() {
            entries += 1;
            if entries > MOST_ENTRIES || found.len() >= MOST_FILES {
                return Err(Error::new(
                    Code::Conflict,
                    format!(
                        "the folder {} holds more than {MOST_FILES} pages or {MOST_ENTRIES} files; add a smaller part of it",
                        root.display()
                    ),
                ));
            }
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let Ok(about) = entry.path().symlink_metadata() else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            if about.is_dir() && depth < MOST_DEPTH {
                open.push((entry.path(), format!("{prefix}{name}/"), depth + 1));
            } else if about.is_file()
                && let Some(format) = Format::of_name(&name)
            {
                found.push(Found {
                    file: entry.path(),
                    page: format!("{prefix}{name}"),
                    format,
                    bytes: about.len(),
                });
            }
        }
    }
    found.sort_by(|a, b| a.page.cmp(&b.page));
    Ok(found)
}
