//! Files that nodes download into a storage: from an address, or from the index of container templates.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::upload::{import_problem, target};
use crate::checksum::checksum;
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::{StoredVolume, template_format};
use crate::cluster::web::{Fetched, TEMPLATES, host_and_path};
use crate::cluster::work::{Job, Takes, TaskContext};

pub(crate) fn routes() -> Vec<Route> {
    const MAY: &[&str] = &["Datastore.AllocateTemplate"];
    vec![
        Route::get("/nodes/{node}/query-url-metadata", metadata),
        Route::post("/nodes/{node}/storage/{storage}/download-url", download)
            .checked("/storage/{storage}", MAY)
            .records("volume.download", "storage/{storage}"),
        Route::get("/nodes/{node}/aplinfo", index),
        Route::post("/nodes/{node}/aplinfo", template)
            .checked("/storage/{storage}", MAY)
            .records("volume.download_template", "storage/{storage}"),
    ]
}

/// Whoever lets a node fetch something looks into its network.
fn may_reach(cluster: &Cluster, request: &Request<'_>) -> Result<(), Refusal> {
    let on_all = ["Sys.Audit", "Sys.Modify"]
        .iter()
        .all(|privilege| cluster.may(request.who, "/", privilege));
    let at = format!("/nodes/{}", request.node());
    if on_all || cluster.may(request.who, &at, "Sys.AccessNetwork") {
        return Ok(());
    }
    Err(Refusal::forbidden(&format!("{at}, Sys.AccessNetwork")))
}

fn metadata(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    may_reach(cluster, request)?;
    let url = request.text("url").unwrap_or_default();
    let (_, path) = host_and_path(&url);
    match cluster.fetch(&url) {
        Fetched::File(content) => {
            let file = path.rsplit('/').next().unwrap_or_default();
            let file = percent_encoding::percent_decode_str(file).decode_utf8_lossy();
            Ok(json!({
                "filename": file, "mimetype": "application/octet-stream", "size": content.len(),
            })
            .into())
        }
        Fetched::Missing => Err(Refusal::died("invalid server response: '404 Not Found'")),
        Fetched::NoServer { host, why } => Err(Refusal::died(format!(
            "invalid server response: '500 Can't connect to {host} ({why})'"
        ))),
    }
}

fn download(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    may_reach(cluster, request)?;
    let (id, wanted) = (
        request.in_path("storage"),
        request.text("content").unwrap_or_default(),
    );
    let storage = super::storage::usable(cluster, request.node(), id)?;
    if !storage.content.contains(&wanted) {
        return Err(Refusal::died(format!(
            "storage '{id}' is not configured for content-type '{wanted}'"
        )));
    }
    let (volid, content, format) = target(cluster, request)?;
    // What is no image is refused in the task; an image would have to be unpacked.
    if let Some(compression) = request.text("compression").filter(|_| content == "iso") {
        return Err(Refusal::not_simulated(format!(
            "unpacking a download with {compression} is not simulated"
        )));
    }
    let is_packed = request.text("compression").is_some();
    let expected = request
        .text("checksum-algorithm")
        .zip(request.text("checksum"));
    let file = volid.rsplit('/').next().unwrap_or_default().to_owned();
    let job = Download {
        volid,
        content,
        format,
        url: request.text("url").unwrap_or_default(),
        expected,
        is_packed,
    };
    Ok(request.start(cluster, ("download", &file), job))
}

/// The index of container templates, as a node keeps it.
fn index(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let source = format!("{}/templates", cluster.own_files());
    let rows: Value = TEMPLATES
        .iter()
        .map(|template| {
            let content = template.content();
            let sum = |algorithm| checksum(algorithm, &content).unwrap_or_default();
            json!({
                "template": template.file(), "package": template.package, "version": template.version,
                "os": template.os, "headline": template.headline, "type": "lxc",
                "section": "system", "architecture": "amd64", "description": template.headline,
                "infopage": source, "maintainer": "the simulator", "source": source,
                "location": format!("{source}/{}", template.file()),
                "md5sum": sum("md5"), "sha512sum": sum("sha512"),
            })
        })
        .collect();
    Ok(rows.into())
}

fn template(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let wanted = request.text("template").unwrap_or_default();
    let Some(template) = TEMPLATES.iter().find(|known| known.file() == wanted) else {
        return Err(Refusal::parameter("template", "no such template"));
    };
    let id = request.text("storage").unwrap_or_default();
    let storage = super::storage::usable(cluster, request.node(), &id)?;
    if !storage.content.iter().any(|content| content == "vztmpl") {
        return Err(Refusal::died(format!(
            "storage '{id}' does not support 'vztmpl' content"
        )));
    }
    let job = Download {
        volid: format!("{id}:vztmpl/{wanted}"),
        content: "vztmpl",
        format: template_format(&wanted).unwrap_or("tgz").to_owned(),
        url: format!("{}/templates/{wanted}", cluster.own_files()),
        expected: checksum("sha512", &template.content()).map(|sum| ("sha512".to_owned(), sum)),
        is_packed: false,
    };
    Ok(request.start(cluster, ("download", &wanted), job))
}

/// Fetches a file and puts it into place.
#[derive(Debug)]
struct Download {
    volid: String,
    content: &'static str,
    format: String,
    url: String,
    /// Algorithm and checksum.
    expected: Option<(String, String)>,
    /// It shall be unpacked, which only images can be.
    is_packed: bool,
}

impl Download {
    fn path(&self, cluster: &Cluster) -> String {
        self.volid
            .split_once(':')
            .and_then(|(id, name)| Some(cluster.storage(id)?.path_of(name)))
            .unwrap_or_default()
    }

    /// A file of that name is there: it is kept when it is the right one, never overwritten.
    /// `true`: nothing is left to do.
    fn is_there(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<bool, String> {
        if cluster.volume(&task.node, &self.volid).is_none() {
            return Ok(false);
        }
        let Some((algorithm, expected)) = &self.expected else {
            let path = self.path(cluster);
            return Err(format!("refusing to override existing file '{path}'"));
        };
        let key = cluster.volume_key(&task.node, &self.volid);
        let source = key.and_then(|key| cluster.downloaded.get(&key).cloned());
        let found = match source.as_deref().map(|url| cluster.fetch(url)) {
            Some(Fetched::File(content)) => checksum(algorithm, &content),
            _ => None,
        };
        let Some(found) = found else {
            return Err(format!(
                "the simulator does not keep what is in '{}': its checksum is not known",
                self.volid
            ));
        };
        if found.eq_ignore_ascii_case(expected) {
            let line = "calculating checksum of existing file...OK, got correct file already, no need to download";
            cluster.tasks.say(task.number, line);
            return Ok(true);
        }
        cluster
            .tasks
            .say(task.number, "calculating checksum of existing file...");
        Err(format!(
            "mismatch (got '{found}' != expect '{expected}'), aborting"
        ))
    }
}

impl Job for Download {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        if self.is_packed {
            return Err(format!("decompression not supported for {}", self.content));
        }
        let path = self.path(cluster);
        let say = |cluster: &mut Cluster, line: String| cluster.tasks.say(task.number, line);
        say(cluster, format!("downloading {} to {path}", self.url));
        if self.is_there(cluster, task)? {
            return Ok(Takes::ms(200.0));
        }
        let stamp = crate::api::time_text(task.at_ms, "%Y-%m-%d %H:%M:%S");
        say(cluster, format!("--{stamp}--  {}", self.url));
        let content = match cluster.fetch(&self.url) {
            Fetched::File(content) => content.into_owned(),
            Fetched::Missing => {
                return Err(format!("download failed: {stamp} ERROR 404: Not Found."));
            }
            Fetched::NoServer { host, why } => {
                return Err(if why == "Connection refused" {
                    format!("download failed: Connecting to {host}... failed: {why}.")
                } else {
                    let name = host.rsplit_once(':').map_or("", |(name, _)| name);
                    format!("download failed: wget: unable to resolve host address '{name}'")
                });
            }
        };
        let size = content.len();
        for line in [
            "HTTP request sent, awaiting response... 200 OK".to_owned(),
            format!("Length: {size} [application/octet-stream]"),
            format!("'{path}.tmp_dwnl' saved [{size}/{size}]"),
        ] {
            say(cluster, line);
        }
        if let Some((algorithm, expected)) = &self.expected {
            let found = checksum(algorithm, &content).unwrap_or_default();
            if !found.eq_ignore_ascii_case(expected) {
                say(cluster, "calculating checksum...".to_owned());
                return Err(format!(
                    "checksum mismatch: got '{found}' != expect '{expected}'"
                ));
            }
            say(
                cluster,
                "calculating checksum...OK, checksum verified".to_owned(),
            );
        }
        if let Some(problem) = import_problem(&self.format, &content) {
            return Err(problem.to_owned());
        }
        // Ten megabytes in a second.
        Ok(Takes::ms(400.0 + size as f64 / 10_000.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        if cluster.volume(&task.node, &self.volid).is_some() {
            return Ok(());
        }
        let size_bytes = match cluster.fetch(&self.url) {
            Fetched::File(content) => content.len() as u64,
            Fetched::Missing | Fetched::NoServer { .. } => {
                return Err("download failed: Read error at byte 0.".to_owned());
            }
        };
        let path = self.path(cluster);
        cluster.tasks.say(
            task.number,
            format!("download of '{}' to '{path}' finished", self.url),
        );
        cluster.add_volume(
            &task.node,
            &self.volid,
            StoredVolume {
                content: self.content,
                format: self.format.clone(),
                size_bytes,
                used_bytes: size_bytes,
                vmid: None,
                created_s: task.at_ms.div_euclid(1000),
                parent: None,
                notes: None,
                protected: false,
                archive: None,
            },
        );
        if let Some(key) = cluster.volume_key(&task.node, &self.volid) {
            cluster.downloaded.insert(key, self.url.clone());
        }
        Ok(())
    }
}
