//! What is served outside the API: a start page and the documentation below `/pve-docs/`.
//!
//! Without a directory of pages there are a few of the simulator's own, in its own words. As on a node, a
//! page carries the time of its last change, and whoever names it does not get the page again.

use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use http::{HeaderMap, header};

use super::reply::Format;
use super::reply::{self, Reply};
use crate::api::describe;
use crate::api::route::Route;
use crate::cluster::refusal::{Refusal, RefusalBody};
use crate::version::PveVersion;

/// As HTTP writes times.
const HTTP_TIME: &str = "%a, %d %b %Y %H:%M:%S GMT";

const START: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Simulated Proxmox VE</title></head>\n<body><h1>Simulated Proxmox VE</h1><p>The API is below <code>/api2/json</code>.</p></body></html>\n";

/// One orange point, as a picture that browsers take for an icon.
const ICON: &[u8] = &[
    0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0, 48, 0, 0, 0, 22, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0,
    2, 0, 0, 0, 1, 0, 32, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 112, 229, 255, 0, 0, 0, 0,
];

/// The simulator's own documentation.
const PAGES: [(&str, &str); 8] = [
    ("index.html", include_str!("../docs/index.html")),
    (
        "chapter-ha-manager.html",
        include_str!("../docs/high-availability.html"),
    ),
    ("chapter-pct.html", include_str!("../docs/chapter-pct.html")),
    (
        "chapter-pvesm.html",
        include_str!("../docs/chapter-pvesm.html"),
    ),
    ("chapter-qm.html", include_str!("../docs/chapter-qm.html")),
    (
        "chapter-vzdump.html",
        include_str!("../docs/chapter-vzdump.html"),
    ),
    ("qm.1.html", include_str!("../docs/qm.1.html")),
    ("qm.conf.5.html", include_str!("../docs/qm.conf.5.html")),
];
/// Since then the pages of the simulator are as they are: 2026-11-29.
const PAGES_CHANGED_MS: i64 = 1_795_910_400_000;

/// Where pages come from.
#[derive(Clone, Copy)]
pub(crate) struct Docs<'a> {
    /// A directory in the place of the simulator's own pages.
    pub(crate) directory: Option<&'a Path>,
    pub(crate) version: PveVersion,
}

/// A page or file.
pub(crate) async fn page(
    path: &str,
    headers: &HeaderMap,
    docs: Docs<'_>,
    routes: &[Route],
) -> Reply {
    if path == "/" || path.is_empty() {
        return reply::page("text/html; charset=UTF-8", START.into());
    }
    if path == "/favicon.ico" {
        return reply::page("image/x-icon", ICON.to_vec());
    }
    if let (Some(directory), Some(below)) = (docs.directory, path.strip_prefix("/pve-docs/"))
        && let Some(file) = file_below(directory, below)
        && let Ok(bytes) = tokio::fs::read(&file).await
    {
        let changed_ms = changed_ms(&file).await;
        return unless_known(content_type(&file), bytes, changed_ms, headers);
    }
    if docs.directory.is_none()
        && let Some(page) = own_page(path, docs.version)
    {
        return unless_known("text/html", page.into(), Some(PAGES_CHANGED_MS), headers);
    }
    if path == "/pve-docs/api-viewer/apidoc.js" {
        let script = describe::script(routes).into();
        let kind = "application/javascript";
        return unless_known(kind, script, Some(PAGES_CHANGED_MS), headers);
    }
    let text = format!("no such file '{path}'\n");
    reply::refusal(&Refusal::new(500, text, RefusalBody::Text), Format::Json)
}

/// A page of the simulator's own.
fn own_page(path: &str, version: PveVersion) -> Option<String> {
    let name = match path.strip_prefix("/pve-docs/")? {
        "" => "index.html",
        name => name,
    };
    let (_, text) = PAGES.iter().find(|(known, _)| *known == name)?;
    Some(text.replace("{version}", version.release()))
}

async fn changed_ms(file: &Path) -> Option<i64> {
    let changed = tokio::fs::metadata(file).await.ok()?.modified().ok()?;
    i64::try_from(changed.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// The page, or 304 for a caller that knows it: times are compared in whole seconds, as they are written.
fn unless_known(
    content_type: &'static str,
    body: Vec<u8>,
    changed_ms: Option<i64>,
    headers: &HeaderMap,
) -> Reply {
    let Some(changed_ms) = changed_ms else {
        return reply::page(content_type, body);
    };
    let changed = crate::api::time_text(changed_ms, HTTP_TIME);
    let known = headers
        .get(header::IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
        .is_some_and(|known| changed_ms / 1000 <= known.timestamp().as_second());
    if known {
        reply::not_modified(&changed)
    } else {
        reply::page_changed(content_type, body, &changed)
    }
}

/// The file, unless the path leaves the directory.
fn file_below(docs: &Path, below: &str) -> Option<PathBuf> {
    let below = percent_encoding::percent_decode_str(below)
        .decode_utf8()
        .ok()?;
    let below = if below.is_empty() {
        "index.html"
    } else {
        below.as_ref()
    };
    let relative = Path::new(below);
    let stays = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    stays.then(|| docs.join(relative))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("css") => "text/css",
        Some("js") => "application/javascript",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_the_directory() {
        let docs = Path::new("docs");
        assert_eq!(
            file_below(docs, "qm.html"),
            Some(PathBuf::from("docs/qm.html"))
        );
        assert_eq!(file_below(docs, "../secret"), None);
        assert_eq!(file_below(docs, "%2e%2e/secret"), None);
        assert_eq!(file_below(docs, "/etc/passwd"), None);
    }
}
