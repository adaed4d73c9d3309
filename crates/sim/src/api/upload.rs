//! Files that are uploaded into a storage.

use super::route::{Answer, Request, Route};
use crate::checksum::checksum;
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
pub(super) fn target(
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
pub(super) fn import_problem(format: &str, content: &[u8]) -> Option<&'static str> {
    match format {
        "qcow2" if !content.starts_with(b"QFI\xfb") => Some("Image is not in qcow2 format"),
        "ova" if content.len() < 262 || content.get(257..262) != Some(b"ustar") => {
            Some("ova archive has no .ovf file inside")
        }
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
            None => Ok(Takes {
                error: self.no_room(cluster, task),
                ..Takes::ms(300.0)
            }),
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

impl Import {
    fn no_room(&self, cluster: &Cluster, task: &TaskContext) -> Option<String> {
        let (storage, name) = self.volid.split_once(':')?;
        if cluster.has_room(&task.node, storage, self.size_bytes) {
            return None;
        }
        let path = cluster.storage(storage)?.path_of(name);
        Some(format!(
            "import failed: command 'cp -- {} {path}' failed: exit code 1",
            temporary(task)
        ))
    }
}

fn temporary(task: &TaskContext) -> String {
    let uuid = Random::new(mix(task.seed, &[21])).uuid().replace('-', "");
    format!("/var/tmp/pveupload-{uuid}")
}
