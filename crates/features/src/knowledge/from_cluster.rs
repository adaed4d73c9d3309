//! The documentation that a node of a cluster serves, for the very version it runs, and its API description.

use ops::{Code, Error, Result};
use pve::{Client, ErrorClass, PageAnswer, PageMark, Schema};
use retrieval::Format;

use super::{
    endpoints,
    sink::{Sink, hash_of},
};
use crate::cluster_error::call_error;

/// Names what pages there are.
const INDEX: &str = "index.html";
/// A node has some fifty pages.
const MOST_PAGES: usize = 300;
/// The API description, as the viewer of a node loads it.
const API: &str = "api-viewer/apidoc.js";

/// Pages of a documentation that has no index; those that are not there are passed over.
const USUAL: [&str; 48] = [
    "chapter-ha-manager.html",
    "chapter-notifications.html",
    "chapter-pct.html",
    "chapter-pmxcfs.html",
    "chapter-pve-faq.html",
    "chapter-pve-firewall.html",
    "chapter-pve-gui.html",
    "chapter-pve-installation.html",
    "chapter-pve-intro.html",
    "chapter-pveceph.html",
    "chapter-pvecm.html",
    "chapter-pvesdn.html",
    "chapter-pvesh.html",
    "chapter-pvesm.html",
    "chapter-pvesr.html",
    "chapter-pveum.html",
    "chapter-qm.html",
    "chapter-sysadmin.html",
    "chapter-vzdump.html",
    "cpu-models.conf.5.html",
    "datacenter.cfg.5.html",
    "ha-manager.1.html",
    "pct.1.html",
    "pct.conf.5.html",
    "pmxcfs.8.html",
    "pve-firewall.8.html",
    "pve-ha-crm.8.html",
    "pve-ha-lrm.8.html",
    "pveam.1.html",
    "pveceph.1.html",
    "pvecm.1.html",
    "pvedaemon.8.html",
    "pvenode.1.html",
    "pveperf.1.html",
    "pveproxy.8.html",
    "pvescheduler.8.html",
    "pvesh.1.html",
    "pvesm.1.html",
    "pvesr.1.html",
    "pvestatd.8.html",
    "pvesubscription.1.html",
    "pveum.1.html",
    "qm.1.html",
    "qm.conf.5.html",
    "qmeventd.8.html",
    "qmrestore.1.html",
    "spiceproxy.8.html",
    "vzdump.1.html",
];
/// Repeats all chapters and adds appendices; read last.
const WHOLE_GUIDE: &str = "pve-admin-guide.html";

/// Reads it; the version of PVE that it belongs to.
pub(super) async fn read(sink: &mut Sink<'_>, cluster: &str, client: &Client) -> Result<String> {
    let said = |error: pve::Error| call_error(cluster, &error);
    let version = client.version().await.map_err(said)?;
    let pages = pages(client).await.map_err(said)?;
    sink.expect(pages.len() + 1);
    let mut found = 0;
    for page in &pages {
        sink.check()?;
        match client.documentation(page, sink.known(page).as_ref()).await {
            Ok(PageAnswer::Unchanged) => {
                found += 1;
                sink.unchanged(page);
            }
            Ok(PageAnswer::Page(answer)) => {
                found += 1;
                sink.page(page, answer.bytes, Format::Html, answer.mark)
                    .await?;
            }
            // The list of usual pages holds some that a version does not have.
            Err(error) if error.class() == ErrorClass::Refused => {
                tracing::debug!(%cluster, %page, %error, "the node has no such page");
            }
            Err(error) => return Err(said(error)),
        }
    }
    sink.check()?;
    let has_api = api(sink, client).await.map_err(|trouble| match trouble {
        Trouble::Cluster(error) => said(error),
        Trouble::Store(error) => error,
    })?;
    // A node whose pages are gone altogether is being repaired; what was read of it stays.
    let lost_all = found == 0 && sink.pages().iter().any(|page| page != endpoints::VIEWER);
    if lost_all || (found == 0 && !has_api) {
        return Err(Error::new(
            Code::ClusterRefused,
            format!("the node of cluster {cluster} serves no documentation under /pve-docs/"),
        )
        .hint("the package pve-docs brings it; it is part of every installation"));
    }
    Ok(version.version)
}

/// The pages that the index names, the chapters first: where the same text stands twice, the first is kept.
async fn pages(client: &Client) -> Result<Vec<String>, pve::Error> {
    let index = match client.documentation(INDEX, None).await {
        Ok(PageAnswer::Page(page)) => page.bytes,
        Ok(PageAnswer::Unchanged) => return Ok(usual()),
        Err(error) if error.class() == ErrorClass::Refused => return Ok(usual()),
        Err(error) => return Err(error),
    };
    let links =
        tokio::task::spawn_blocking(move || retrieval::links(&String::from_utf8_lossy(&index)))
            .await
            .unwrap_or_default();
    let mut pages: Vec<String> = links
        .into_iter()
        .map(|link| {
            link.trim_start_matches("./")
                .trim_start_matches("/pve-docs/")
                .to_owned()
        })
        .filter(|link| is_page(link))
        .take(MOST_PAGES)
        .collect();
    pages.sort_by_key(|page| {
        (
            page == WHOLE_GUIDE,
            !page.starts_with("chapter-"),
            page.clone(),
        )
    });
    pages.dedup();
    Ok(if pages.is_empty() { usual() } else { pages })
}

fn usual() -> Vec<String> {
    USUAL
        .into_iter()
        .chain([WHOLE_GUIDE])
        .map(str::to_owned)
        .collect()
}

/// A page beside the index: no other host, no other folder, no picture.
fn is_page(link: &str) -> bool {
    link.strip_suffix(".html").is_some()
        && link != INDEX
        && link.len() <= 100
        && link
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !link.starts_with('.')
}

enum Trouble {
    Cluster(pve::Error),
    Store(Error),
}

/// Whether there is a description of the API.
async fn api(sink: &mut Sink<'_>, client: &Client) -> Result<bool, Trouble> {
    let page = endpoints::VIEWER;
    let answer = client.documentation(API, sink.known(page).as_ref()).await;
    let answer = match answer {
        Ok(PageAnswer::Unchanged) => {
            sink.unchanged(page);
            return Ok(true);
        }
        Ok(PageAnswer::Page(answer)) => answer,
        Err(error) if error.class() == ErrorClass::Refused => return Ok(false),
        Err(error) => return Err(Trouble::Cluster(error)),
    };
    let hash = hash_of(&answer.bytes);
    if sink.is_kept(page, &hash) {
        sink.unchanged(page);
        return Ok(true);
    }
    let (bytes, size) = (answer.bytes.clone(), answer.bytes.len());
    let reading = tokio::task::spawn_blocking(move || {
        Schema::read(&bytes).map(|schema| endpoints::chunks(schema.methods()))
    });
    match reading.await {
        Ok(Ok(chunks)) => {
            let mark: PageMark = answer.mark;
            sink.keep(page, hash, size, chunks, mark)
                .await
                .map_err(Trouble::Store)?;
        }
        Ok(Err(error)) => sink.problem(page, error.to_string()),
        Err(_) => sink.problem(page, "reading it was broken off"),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_beside_the_index_are_read() {
        for page in ["chapter-qm.html", "qm.1.html", "pve-admin-guide.html"] {
            assert!(is_page(page), "{page}");
        }
        for other in [
            "index.html",
            "https://example.org/a.html",
            "../secret.html",
            "api-viewer/index.html",
            "guide.pdf",
            ".html",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }
}
