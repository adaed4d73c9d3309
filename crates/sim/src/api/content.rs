//! What lies in a storage: the list, one volume, new disks, notes, deleting.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::disk::parse_size;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::StoredVolume;
use crate::cluster::work::{Job, Takes, TaskContext};

const PATH: &str = "/nodes/{node}/storage/{storage}/content";
const ONE: &str = "/nodes/{node}/storage/{storage}/content/{volume}";

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Datastore.Audit", "Datastore.AllocateSpace"];
    vec![
        Route::get(PATH, list).checked("/storage/{storage}", SEE),
        Route::post(PATH, allocate)
            .checked("/storage/{storage}", &["Datastore.AllocateSpace"])
            .records("volume.create", "storage/{storage}"),
        Route::get(ONE, one).checked("/storage/{storage}", SEE),
        Route::put(ONE, annotate)
            .checked("/storage/{storage}", SEE)
            .records_by(|request| ("backup.protect", format!("backup/{}", volid_of(request)))),
        Route::delete(ONE, delete)
            .checked(
                "/storage/{storage}",
                &[
                    "Datastore.Allocate",
                    "Datastore.AllocateSpace",
                    "Datastore.AllocateTemplate",
                ],
            )
            .records_by(|request| {
                let volid = volid_of(request);
                if volid.contains(":backup/") {
                    ("backup.delete", format!("backup/{volid}"))
                } else {
                    ("volume.delete", format!("volume/{volid}"))
                }
            }),
    ]
}

/// A volume that names a storage has to name that of the path.
fn check_volid(request: &Request<'_>) -> Result<(), Refusal> {
    let storage = request.in_path("storage");
    match request.in_path("volume").split_once(':') {
        Some((named, _)) if named != storage => Err(Refusal::parameter(
            "volume",
            format!("storage ID mismatch ({named} != {storage})\n"),
        )),
        _ => Ok(()),
    }
}

/// The volume of the path: with or without its storage in front.
fn volid_of(request: &Request<'_>) -> String {
    let name = request.in_path("volume");
    let storage = request.in_path("storage");
    if name.starts_with(&format!("{storage}:")) {
        name.to_owned()
    } else {
        format!("{storage}:{name}")
    }
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let storage = super::storage::usable(cluster, request.node(), request.in_path("storage"))?;
    let content = request.text("content");
    let vmid = request.number("vmid");
    let file_based = storage.is_file_based();
    let rows: Value = cluster
        .volumes_of(request.node(), storage)
        .filter(|(_, volume)| {
            content
                .as_ref()
                .is_none_or(|content| volume.content == content)
                && vmid.is_none_or(|vmid| volume.vmid.map(i64::from) == Some(vmid))
                && may_see(cluster, request, volume)
        })
        .map(|(volid, volume)| Value::Object(row(&volid, volume, file_based)))
        .collect();
    Ok(rows.into())
}

/// Disks of guests and backups are shown to those who may see the guest, or run the storage.
fn may_see(cluster: &Cluster, request: &Request<'_>, volume: &StoredVolume) -> bool {
    let at = format!("/storage/{}", request.in_path("storage"));
    if cluster.may(request.who, &at, "Datastore.Allocate") {
        return true;
    }
    match (volume.content, volume.vmid) {
        ("backup", Some(vmid)) => cluster.may(request.who, &format!("/vms/{vmid}"), "VM.Backup"),
        ("images" | "rootdir", Some(vmid)) => {
            cluster.may(request.who, &format!("/vms/{vmid}"), "VM.Config.Disk")
        }
        _ => true,
    }
}

fn row(volid: &str, volume: &StoredVolume, file_based: bool) -> Map<String, Value> {
    let mut map = Map::from_iter([
        ("volid".to_owned(), Value::from(volid)),
        ("content".to_owned(), volume.content.into()),
        ("format".to_owned(), volume.format.as_str().into()),
        ("size".to_owned(), volume.size_bytes.into()),
        ("ctime".to_owned(), volume.created_s.into()),
    ]);
    if let Some(vmid) = volume.vmid {
        map.insert("vmid".to_owned(), vmid.into());
    }
    match volume.content {
        "images" | "rootdir" => {
            if file_based {
                map.insert("used".to_owned(), volume.used_bytes.into());
                let parent = volume.parent.as_ref().map(|parent| format!("../{parent}"));
                map.insert("parent".to_owned(), parent.into());
            }
            // Disks in directories are listed as what the storage calls them.
            if file_based && volume.content == "rootdir" {
                map.insert("content".to_owned(), "rootdir".into());
            }
        }
        "backup" => {
            map.insert("subtype".to_owned(), super::prune::kind_of(volid).into());
            if let Some(notes) = volume
                .notes
                .as_deref()
                .and_then(|notes| notes.lines().next())
            {
                map.insert("notes".to_owned(), notes.into());
            }
            if volume.protected {
                map.insert("protected".to_owned(), json!(1));
            }
        }
        _ => {}
    }
    map
}

fn name_of(volid: &str) -> &str {
    volid.split_once(':').map_or(volid, |(_, name)| name)
}

fn one(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    check_volid(request)?;
    let volid = volid_of(request);
    let storage = super::storage::usable(cluster, request.node(), request.in_path("storage"))?;
    storage.parse_name(name_of(&volid)).map_err(Refusal::died)?;
    let Some(volume) = cluster.volume(request.node(), &volid) else {
        return Err(Refusal::died(format!(
            "volume_size_info on '{volid}' failed - no format"
        )));
    };
    let mut map = Map::from_iter([
        (
            "path".to_owned(),
            Value::from(storage.path_of(name_of(&volid))),
        ),
        ("size".to_owned(), volume.size_bytes.into()),
        ("used".to_owned(), volume.used_bytes.into()),
        (
            "format".to_owned(),
            match volume.content {
                "images" | "rootdir" => volume.format.as_str().into(),
                _ => "raw".into(),
            },
        ),
    ]);
    if let Some(parent) = &volume.parent {
        map.insert("parent".to_owned(), parent.as_str().into());
    }
    if volume.content == "backup" {
        map.insert(
            "notes".to_owned(),
            volume.notes.clone().unwrap_or_default().into(),
        );
        map.insert("protected".to_owned(), u8::from(volume.protected).into());
    }
    Ok(Value::Object(map).into())
}

fn allocate(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.in_path("storage").to_owned();
    let vmid = request
        .number("vmid")
        .and_then(|vmid| u32::try_from(vmid).ok())
        .unwrap_or(0);
    let file = request.text("filename").unwrap_or_default();
    let size = request.text("size").unwrap_or_default();
    let storage = super::storage::usable(cluster, request.node(), &id)?;
    let file_based = storage.is_file_based();
    let format = request
        .text("format")
        .unwrap_or_else(|| match file.rsplit_once('.') {
            Some((_, end @ ("raw" | "qcow2" | "vmdk" | "subvol"))) if file_based => end.to_owned(),
            _ => "raw".to_owned(),
        });
    if file_based && !file.ends_with(&format!(".{format}")) {
        return Err(Refusal::parameter(
            "filename",
            format!("incorrect extension for format '{format}'"),
        ));
    }
    let name = if file_based {
        format!("{vmid}/{file}")
    } else {
        file
    };
    storage.parse_name(&name).map_err(Refusal::died)?;
    let path = storage.path_of(&name);
    let volid = format!("{id}:{name}");
    if cluster.volume(request.node(), &volid).is_some() {
        return Err(Refusal::died(format!("disk image '{path}' already exists")));
    }
    // Without a unit the number counts KiB.
    let size_bytes = match size.strip_suffix(['M', 'G']) {
        Some(_) => parse_size(&size).unwrap_or(0),
        None => size.parse::<u64>().unwrap_or(0) * 1024,
    };
    let volume = StoredVolume {
        content: "images",
        used_bytes: if format == "raw" { size_bytes } else { 266_240 },
        format,
        size_bytes,
        vmid: Some(vmid),
        created_s: cluster.now_ms.div_euclid(1000),
        parent: None,
        notes: None,
        protected: false,
        archive: None,
    };
    cluster.add_volume(request.node(), &volid, volume);
    Ok(Value::from(volid).into())
}

fn annotate(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    check_volid(request)?;
    let volid = volid_of(request);
    let storage = super::storage::usable(cluster, request.node(), request.in_path("storage"))?;
    let parts = storage.parse_name(name_of(&volid)).map_err(Refusal::died)?;
    let is_backup = parts.content == "backup";
    if request.text("notes").is_some() && !is_backup {
        return Err(Refusal::died("only backups can have notes"));
    }
    if request.text("protected").is_some() && !is_backup {
        return Err(Refusal::died("only backups can be protected"));
    }
    if request.flag("protected") {
        check_protected(cluster, request, &volid)?;
    }
    let Some(volume) = cluster.volume_mut(request.node(), &volid) else {
        // PVE writes the notes beside a backup without looking whether it is there.
        return Ok(Answer::null());
    };
    if let Some(notes) = request.text("notes") {
        volume.notes = (!notes.is_empty()).then_some(notes);
    }
    if request.text("protected").is_some() {
        volume.protected = request.flag("protected");
    }
    Ok(Answer::null())
}

/// How many backups of a guest may be protected, unless somebody manages the storage.
const USUAL_PROTECTED: usize = 5;

fn check_protected(cluster: &Cluster, request: &Request<'_>, volid: &str) -> Result<(), Refusal> {
    let id = request.in_path("storage");
    let given = cluster
        .storage(id)
        .and_then(|storage| storage.settings.get("max-protected-backups"))
        .and_then(|limit| limit.parse::<i64>().ok());
    let may_manage = cluster.may(request.who, &format!("/storage/{id}"), "Datastore.Allocate");
    let limit = match given {
        Some(limit) => usize::try_from(limit).ok(),
        None if may_manage => None,
        None => Some(USUAL_PROTECTED),
    };
    let Some((limit, volume)) = limit.zip(cluster.volume(request.node(), volid)) else {
        return Ok(());
    };
    let others = cluster
        .volumes
        .iter()
        .filter(|((storage, _, name), other)| {
            storage == id && name != name_of(volid) && other.protected && other.vmid == volume.vmid
        })
        .count();
    if volume.protected || others < limit {
        return Ok(());
    }
    Err(Refusal::died(format!(
        "The number of protected backups per guest is limited to {limit} on storage '{id}'"
    )))
}

fn delete(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    check_volid(request)?;
    let volid = volid_of(request);
    let storage_id = request.in_path("storage").to_owned();
    let storage = super::storage::usable(cluster, request.node(), &storage_id)?;
    let parts = storage.parse_name(name_of(&volid)).map_err(Refusal::died)?;
    let id = match parts.vmid {
        Some(vmid) => format!("{vmid}@{storage_id}"),
        None => storage_id,
    };
    let answer = request.start(cluster, ("imgdel", &id), Delete { volid });
    if request.number("delay").is_some()
        && request.spoil.error.is_none()
        && let Some(upid) = answer.upid()
    {
        return Ok(Answer::null_of_task(upid));
    }
    Ok(answer)
}

/// Deletes a volume.
#[derive(Debug)]
struct Delete {
    volid: String,
}

impl Job for Delete {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let (storage, name) = self.volid.split_once(':').unwrap_or_default();
        match cluster.volume(&task.node, &self.volid) {
            Some(volume) if volume.protected => Err(format!(
                "cannot remove protected volume '{name}' on '{storage}'"
            )),
            Some(_) if cluster.has_linked_clones(&self.volid) => Err(format!(
                "base volume '{}' is still in use by linked cloned",
                self.volid
            )),
            _ => Ok(Takes::ms(250.0)),
        }
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        if cluster.remove_volume(&task.node, &self.volid).is_none() {
            let path = self
                .volid
                .split_once(':')
                .and_then(|(id, name)| Some(cluster.storage(id)?.path_of(name)))
                .unwrap_or_default();
            let line = format!("disk image '{path}' does not exist");
            cluster.tasks.say(task.number, line);
        }
        cluster
            .tasks
            .say(task.number, format!("Removed volume '{}'", self.volid));
        Ok(())
    }
}
