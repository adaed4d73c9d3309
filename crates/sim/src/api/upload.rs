//! Files that come into a storage: uploads and downloads.

use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::{Refusal, RefusalBody};
use crate::cluster::volumes::{StoredVolume, ending, template_format};
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::random::{Random, mix};

pub(crate) fn routes() -> Vec<Route> {
    const MAY: &[&str] = &["Datastore.AllocateTemplate"];
    vec![
        Route::post("/nodes/{node}/storage/{storage}/upload", upload)
            .checked("/storage/{storage}", MAY)
            .records("volume.upload", "storage/{storage}"),
        Route::post("/nodes/{node}/storage/{storage}/download-url", download)
            .checked("/storage/{storage}", MAY)
            .records("volume.download", "storage/{storage}"),
    ]
}

/// Where a file of that kind goes: directory in volume names, content, format.
fn place(content: &str, file: &str) -> Result<(&'static str, &'static str, String), Refusal> {
    let wrong = || Refusal::parameter("filename", "wrong file extension");
    match content {
        "iso" if matches!(ending(file), "iso" | "img") => Ok(("iso", "iso", "iso".to_owned())),
        "vztmpl" => {
            let format = template_format(file).ok_or_else(wrong)?;
            Ok(("vztmpl", "vztmpl", format.to_owned()))
        }
        "import" => match file.rsplit_once('.') {
            Some((_, end @ ("ova" | "ovf" | "qcow2" | "raw" | "vmdk"))) => {
                Ok(("import", "import", end.to_owned()))
            }
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// PVE replaces what a file name may not have.
fn normalized(file: &str) -> String {
    file.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.+=".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// The target in a storage that takes such files.
fn target(
    cluster: &Cluster,
    request: &Request<'_>,
) -> Result<(String, &'static str, String), Refusal> {
    let id = request.in_path("storage");
    let content = request.text("content").unwrap_or_default();
    if !matches!(content.as_str(), "iso" | "vztmpl" | "import") {
        return Err(Refusal::parameter(
            "content",
            format!(
                "value '{content}' does not have a value in the enumeration 'iso, vztmpl, import'"
            ),
        ));
    }
    let storage = super::storage::usable(cluster, request.node(), id)?;
    if !storage.content.contains(&content) {
        return Err(Refusal::died(format!(
            "storage '{id}' does not support '{content}' content"
        )));
    }
    let file = normalized(&request.text("filename").unwrap_or_default());
    let (directory, content, format) = place(&content, &file)?;
    Ok((format!("{id}:{directory}/{file}"), content, format))
}

fn upload(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (volid, content, format) = target(cluster, request)?;
    let Some(upload) = &request.upload else {
        let text = "upload failed at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 1370.\n";
        return Err(Refusal::new(500, text.to_owned(), RefusalBody::Text));
    };
    let checksum = match (request.text("checksum-algorithm"), request.text("checksum")) {
        (Some(algorithm), Some(expected)) => {
            let Some(found) = checksum(&algorithm, &upload.content) else {
                return Err(Refusal::not_simulated(format!(
                    "checksums of the algorithm '{algorithm}' are not simulated"
                )));
            };
            if found == expected.to_lowercase() {
                Checksum::Fits
            } else {
                Checksum::Differs(format!(
                    "checksum mismatch: got '{found}' != expect '{expected}'"
                ))
            }
        }
        _ => Checksum::NotAsked,
    };
    let job = Import {
        volid,
        content,
        problem: import_problem(&format, &upload.content),
        format,
        size_bytes: upload.content.len() as u64,
        checksum,
    };
    Ok(request.start(cluster, ("imgcopy", ""), job))
}

/// What is wrong with a disk image, told from its first bytes.
fn import_problem(format: &str, content: &[u8]) -> Option<&'static str> {
    match format {
        "qcow2" if !content.starts_with(b"QFI\xfb") => Some("Image is not in qcow2 format"),
        "ova" if content.len() < 262 || content.get(257..262) != Some(b"ustar") => {
            Some("ova archive has no .ovf file inside")
        }
        _ => None,
    }
}

/// Hex digits of a checksum; `None` for those that are taken on trust.
fn checksum(algorithm: &str, content: &[u8]) -> Option<String> {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat()
    };
    match algorithm {
        "sha1" => Some(hex(&Sha1::digest(content))),
        "sha224" => Some(hex(&Sha224::digest(content))),
        "sha384" => Some(hex(&Sha384::digest(content))),
        "sha256" => Some(hex(&Sha256::digest(content))),
        "sha512" => Some(hex(&Sha512::digest(content))),
        _ => None,
    }
}

/// What comparing with the caller's checksum shows.
#[derive(Debug)]
enum Checksum {
    NotAsked,
    Fits,
    Differs(String),
}

/// Puts an uploaded file into place.
#[derive(Debug)]
struct Import {
    volid: String,
    content: &'static str,
    format: String,
    size_bytes: u64,
    problem: Option<&'static str>,
    checksum: Checksum,
}

impl Job for Import {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let temporary = temporary(task);
        cluster.tasks.say(
            task.number,
            format!("starting file import from: {temporary}"),
        );
        match &self.checksum {
            Checksum::Differs(text) => {
                cluster.tasks.say(task.number, "calculating checksum...");
                return Err(text.clone());
            }
            Checksum::Fits => cluster
                .tasks
                .say(task.number, "calculating checksum...OK, checksum verified"),
            Checksum::NotAsked => {}
        }
        match self.problem {
            Some(text) if self.format == "qcow2" => {
                Err(format!("qemu-img: Could not open '{temporary}': {text}"))
            }
            Some(text) => Err(text.to_owned()),
            None => Ok(Takes::ms(300.0)),
        }
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let path = self
            .volid
            .split_once(':')
            .and_then(|(id, name)| Some(cluster.storage(id)?.path_of(name)))
            .unwrap_or_default();
        for line in [
            format!("target node: {}", task.node),
            format!("target file: {path}"),
            format!("file size is: {}", self.size_bytes),
            format!("command: cp -- {} {path}", temporary(task)),
            "finished file import successfully".to_owned(),
        ] {
            cluster.tasks.say(task.number, line);
        }
        cluster.remove_volume(&task.node, &self.volid);
        cluster.add_volume(
            &task.node,
            &self.volid,
            StoredVolume {
                content: self.content,
                format: self.format.clone(),
                size_bytes: self.size_bytes,
                used_bytes: self.size_bytes,
                vmid: None,
                created_s: task.at_ms.div_euclid(1000),
                parent: None,
                notes: None,
                protected: false,
                archive: None,
            },
        );
        Ok(())
    }
}

fn temporary(task: &TaskContext) -> String {
    let uuid = Random::new(mix(task.seed, &[21])).uuid().replace('-', "");
    format!("/var/tmp/pveupload-{uuid}")
}

fn download(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (volid, content, format) = target(cluster, request)?;
    let url = request.text("url").unwrap_or_default();
    let file = volid.rsplit('/').next().unwrap_or_default().to_owned();
    let sum = request
        .text("checksum-algorithm")
        .zip(request.text("checksum"));
    let job = Download {
        volid,
        url,
        content,
        format,
        sum,
    };
    Ok(request.start(cluster, ("download", &file), job))
}

/// The one server that simulated nodes reach: under each of its addresses lies a file that holds this
/// address, but for those that name something missing. Nothing for other servers.
pub(crate) fn mirrored(url: &str) -> Option<Result<Vec<u8>, &'static str>> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    if host != "mirror.example.org" {
        return None;
    }
    if path.contains("missing") {
        return Some(Err("404 Not Found"));
    }
    Some(Ok(url.as_bytes().to_vec()))
}

/// A download.
#[derive(Debug)]
struct Download {
    volid: String,
    url: String,
    content: &'static str,
    format: String,
    /// Algorithm and digits.
    sum: Option<(String, String)>,
}

impl Download {
    fn path(&self, cluster: &Cluster) -> String {
        self.volid
            .split_once(':')
            .and_then(|(id, name)| Some(cluster.storage(id)?.path_of(name)))
            .unwrap_or_default()
    }
}

impl Job for Download {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let line = format!("downloading {} to {}", self.url, self.path(cluster));
        cluster.tasks.say(task.number, line);
        let host = self
            .url
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        let bytes = match mirrored(&self.url) {
            Some(Ok(bytes)) => bytes,
            Some(Err(status)) => return Err(format!("download failed: {status}")),
            None => {
                let port = if self.url.starts_with("https") {
                    443
                } else {
                    80
                };
                let host = if host.contains(':') {
                    host.to_owned()
                } else {
                    format!("{host}:{port}")
                };
                return Err(format!(
                    "download failed: Connecting to {host}... failed: Connection refused."
                ));
            }
        };
        if let Some((algorithm, wanted)) = &self.sum {
            let found = checksum(algorithm, &bytes).unwrap_or_default();
            if &found != wanted {
                return Err(format!(
                    "checksum mismatch: got '{found}' != expect '{wanted}'"
                ));
            }
            cluster
                .tasks
                .say(task.number, "calculating checksum...OK, checksum verified");
        }
        Ok(Takes::ms(800.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let line = format!(
            "download of '{}' to '{}' finished",
            self.url,
            self.path(cluster)
        );
        cluster.tasks.say(task.number, line);
        let size_bytes = self.url.len() as u64;
        let volume = StoredVolume {
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
        };
        cluster.add_volume(&task.node, &self.volid, volume);
        Ok(())
    }
}
