//! What is served outside the API: a start page and the documentation below `/pve-docs/`.

use std::path::{Component, Path, PathBuf};

use super::reply::Format;
use super::reply::{self, Reply};
use crate::api::describe;
use crate::api::route::Route;
use crate::cluster::refusal::{Refusal, RefusalBody};

const START: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Simulated Proxmox VE</title></head>\n<body><h1>Simulated Proxmox VE</h1><p>The API is below <code>/api2/json</code>.</p></body></html>\n";

/// One orange point, as a picture that browsers take for an icon.
const ICON: &[u8] = &[
    0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0, 48, 0, 0, 0, 22, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0,
    2, 0, 0, 0, 1, 0, 32, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 112, 229, 255, 0, 0, 0, 0,
];

/// A page or file.
pub(crate) async fn page(path: &str, docs: Option<&Path>, routes: &[Route]) -> Reply {
    if path == "/" || path.is_empty() {
        return reply::page("text/html; charset=UTF-8", START.into());
    }
    if path == "/favicon.ico" {
        return reply::page("image/x-icon", ICON.to_vec());
    }
    if let (Some(docs), Some(below)) = (docs, path.strip_prefix("/pve-docs/"))
        && let Some(file) = file_below(docs, below)
        && let Ok(bytes) = tokio::fs::read(&file).await
    {
        return reply::page(content_type(&file), bytes);
    }
    if path == "/pve-docs/api-viewer/apidoc.js" {
        let script = describe::script(routes);
        return reply::page("application/javascript", script.into());
    }
    let text = format!("no such file '{path}'\n");
    reply::refusal(&Refusal::new(500, text, RefusalBody::Text), Format::Json)
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
