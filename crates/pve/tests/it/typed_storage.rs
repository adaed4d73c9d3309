//! Calls about storages: what a real server sends is read, what is asked is asked exactly.

use std::collections::BTreeMap;

use pve::{
    BackupPath, Checksum, ChecksumKind, ContentFilter, Decompression, NewVolume, Params,
    StorageConfig, StorageContent, StorageFilter, StoragePlugin, StorageStatus, UploadContent,
    UrlDownload, UrlMetadata, Verification, VolumeAttributes, VolumeId, VolumeInfo, VolumeRow,
};
use serde_json::{Value, json};

use crate::server::{Answer, Server};
use crate::typed::replay;

const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:imgdel:100@data:root@pam:";

fn node() -> pve::NodeName {
    "pve1".parse().unwrap()
}

fn volume(text: &str) -> VolumeId {
    text.parse().unwrap()
}

/// Requests as lines with their bodies behind.
pub(crate) fn wire(server: &Server) -> Vec<String> {
    server
        .seen()
        .iter()
        .map(|request| format!("{} {}", request.line(), request.body))
        .map(|line| line.trim_end().replace("/api2/json", ""))
        .collect()
}

#[tokio::test]
async fn every_recorded_answer_about_storages_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["storage"] => {
                let configs = client.storage_configs().await.unwrap();
                assert_eq!(configs.len(), rows);
                for (config, row) in configs.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(config.storage, row["storage"].as_str().unwrap());
                    assert_eq!(config.plugin.as_str(), row["type"].as_str().unwrap());
                    assert_eq!(
                        config.options.get("path").map(String::as_str),
                        row["path"].as_str()
                    );
                    assert_eq!(config.keep.is_some(), row.get("prune-backups").is_some());
                }
            }
            ["storage", id] => {
                let config = client.storage_config(id).await.unwrap();
                assert_eq!(config.storage, *id);
                assert!(config.digest.is_some());
            }
            ["nodes", _, "storage"] => {
                let filter = StorageFilter::default();
                let storages = client.node_storages(&node(), &filter).await.unwrap();
                assert_eq!(storages.len(), rows);
                for (storage, row) in storages.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(storage.total_bytes, row["total"].as_u64());
                    assert_eq!(storage.active, row["active"] == 1);
                    let other =
                        |content: &StorageContent| matches!(content, StorageContent::Other(_));
                    assert!(!storage.content.iter().any(other));
                }
            }
            ["nodes", _, "storage", id, "status"] => {
                let status = client.storage_status(&node(), id).await.unwrap();
                assert_eq!(status.storage.as_deref(), Some(*id));
                assert_eq!(status.available_bytes, data["avail"].as_u64());
            }
            ["nodes", _, "storage", id, "content"] => {
                let filter = ContentFilter::default();
                let volumes = client.storage_content(&node(), id, &filter).await.unwrap();
                assert_eq!(volumes.len(), rows);
                for (volume, row) in volumes.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(volume.volume.to_string(), row["volid"].as_str().unwrap());
                    assert_eq!(volume.size_bytes, row["size"].as_u64());
                    assert_eq!(volume.notes.as_deref(), row["notes"].as_str());
                    assert_eq!(volume.protected, row["protected"] == 1);
                    assert_eq!(
                        volume.vmid.map(|vmid| vmid.get().into()),
                        row["vmid"].as_u64()
                    );
                }
            }
            ["nodes", _, "storage", _, "content", _] => {
                let info = client
                    .volume_info(&node(), &volume("local:iso/x.iso"))
                    .await;
                let info = info.unwrap();
                assert_eq!(info.path.as_deref(), data["path"].as_str());
                assert_eq!(info.protected, data["protected"] == 1);
            }
            ["nodes", _, "aplinfo"] => {
                let appliances = client.appliances(&node()).await.unwrap();
                assert_eq!(appliances.len(), rows);
                assert!(appliances.iter().all(|one| one.checksum().is_some()));
            }
            _ => return false,
        }
        true
    })
    .await;
    assert!(count > 80, "{count}");
}

#[tokio::test]
async fn a_storage_keeps_the_options_without_a_field() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            {"storage": "data", "type": "zfspool", "content": "images,rootdir", "nodes": "a,b", "sparse": 1,
             "pool": "tank/data", "digest": "91", "disable": "1", "prune-backups": {"keep-last": "3"}},
            {"storage": "new", "type": "tape", "content": ["backup", "reels"], "shared": 1},
            {"type": "dir"},
        ]))
    })
    .await;
    let data = StorageConfig {
        storage: "data".into(),
        plugin: StoragePlugin::ZfsPool,
        content: vec![StorageContent::Images, StorageContent::RootDir],
        nodes: vec!["a".parse().unwrap(), "b".parse().unwrap()],
        disabled: true,
        shared: false,
        keep: Some("keep-last=3".parse().unwrap()),
        digest: Some("91".into()),
        options: [("pool", "tank/data"), ("sparse", "1")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    };
    let new = StorageConfig {
        storage: "new".into(),
        plugin: StoragePlugin::Other("tape".into()),
        content: vec![
            StorageContent::Backup,
            StorageContent::Other("reels".into()),
        ],
        nodes: Vec::new(),
        disabled: false,
        shared: true,
        keep: None,
        digest: None,
        options: BTreeMap::new(),
    };
    let configs = server.client().storage_configs().await.unwrap();
    assert_eq!(configs, [data, new]);
}

#[tokio::test]
async fn volumes_tell_parent_notes_protection_and_verification() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            {"volid": "tank:base-9000-disk-0/vm-120-disk-0", "content": "images", "format": "raw", "vmid": "120",
             "size": "34359738368", "parent": "base-9000-disk-0@__base__", "used": 5},
            {"volid": "pbs:backup/vm/100/2026-01-31T01:00:01Z", "content": "backup", "format": "pbs-vm", "vmid": 100,
             "subtype": "qemu", "ctime": 1_769_821_201, "notes": "web", "protected": true, "encrypted": "1",
             "verification": {"state": "ok", "upid": "UPID:x"}},
            {"content": "iso"},
            {"volid": "nonsense"},
        ]))
    })
    .await;
    let clone = VolumeRow {
        volume: volume("tank:base-9000-disk-0/vm-120-disk-0"),
        content: Some(StorageContent::Images),
        format: Some("raw".into()),
        size_bytes: Some(34_359_738_368),
        used_bytes: Some(5),
        created_s: None,
        vmid: Some("120".parse().unwrap()),
        guest_kind: None,
        parent: Some("base-9000-disk-0@__base__".into()),
        notes: None,
        protected: false,
        encrypted: None,
        verification: None,
    };
    let backup = VolumeRow {
        volume: volume("pbs:backup/vm/100/2026-01-31T01:00:01Z"),
        content: Some(StorageContent::Backup),
        format: Some("pbs-vm".into()),
        size_bytes: None,
        used_bytes: None,
        created_s: Some(1_769_821_201),
        vmid: Some("100".parse().unwrap()),
        guest_kind: Some("qemu".into()),
        parent: None,
        notes: Some("web".into()),
        protected: true,
        encrypted: Some("1".into()),
        verification: Some(Verification {
            state: "ok".into(),
            upid: Some("UPID:x".into()),
        }),
    };
    let filter = ContentFilter::default();
    let volumes = server
        .client()
        .storage_content(&node(), "tank", &filter)
        .await;
    assert_eq!(volumes.unwrap(), [clone, backup]);
}

#[tokio::test]
async fn an_inactive_storage_has_no_space() {
    let row = json!({"storage": "nas", "type": "nfs", "content": "iso,images", "active": 0, "enabled": 1,
                     "shared": 1, "total": 0, "used": 0, "avail": 0});
    let server = Server::answering(move || Answer::data(&json!([row]))).await;
    let filter = StorageFilter {
        content: Some(StorageContent::Iso),
        enabled_only: true,
        shared_with: Some("pve2".parse().unwrap()),
    };
    let nas = StorageStatus {
        storage: Some("nas".into()),
        plugin: StoragePlugin::Nfs,
        content: vec![StorageContent::Iso, StorageContent::Images],
        active: false,
        enabled: true,
        shared: true,
        total_bytes: Some(0),
        used_bytes: Some(0),
        available_bytes: Some(0),
        used_fraction: None,
    };
    let client = server.client();
    assert_eq!(client.node_storages(&node(), &filter).await.unwrap(), [nas]);
    assert_eq!(
        wire(&server),
        ["GET /nodes/pve1/storage?content=iso&enabled=1&target=pve2"]
    );
}

fn config_answer(target: &str) -> Value {
    match target.rsplit('/').next().unwrap() {
        "content" => json!("data:100/vm-100-disk-1.qcow2"),
        _ => json!(UPID),
    }
}

#[tokio::test]
async fn storages_and_volumes_are_changed_by_these_requests() {
    let server = Server::start(|request| Answer::data(&config_answer(&request.target))).await;
    let client = server.client();
    let options = Params::new()
        .with("path", "/srv/data")
        .with("content", "images,backup");
    client
        .create_storage("data", &StoragePlugin::Dir, &options)
        .await
        .unwrap();
    let change = Params::new().with("disable", true);
    client
        .update_storage("data", &change, &["nodes", "prune-backups"], Some("91"))
        .await
        .unwrap();
    client.delete_storage("a/b").await.unwrap();
    let backup = volume("data:backup/vzdump-qemu-100-2026_01_31-02_00_01.vma.zst");
    let attributes = VolumeAttributes {
        notes: Some("two\nlines".into()),
        protected: Some(false),
    };
    client
        .set_volume_attributes(&node(), &backup, &attributes)
        .await
        .unwrap();
    let upid = client.delete_volume(&node(), &backup).await.unwrap();
    assert_eq!(upid.to_string(), UPID);
    let new = NewVolume {
        vmid: "100".parse().unwrap(),
        name: "vm-100-disk-1.qcow2".into(),
        size_bytes: 64 * 1024 * 1024 + 1,
        format: Some("qcow2".into()),
    };
    let made = client.allocate_volume(&node(), "data", &new).await.unwrap();
    assert_eq!(made, volume("data:100/vm-100-disk-1.qcow2"));
    let name = "data%3Abackup%2Fvzdump-qemu-100-2026_01_31-02_00_01.vma.zst";
    assert_eq!(
        wire(&server),
        [
            "POST /storage storage=data&type=dir&path=%2Fsrv%2Fdata&content=images%2Cbackup".to_owned(),
            "PUT /storage/data disable=1&delete=nodes%2Cprune-backups&digest=91".to_owned(),
            "DELETE /storage/a%2Fb".to_owned(),
            format!("PUT /nodes/pve1/storage/data/content/{name} notes=two%0Alines&protected=0"),
            format!("DELETE /nodes/pve1/storage/data/content/{name}"),
            "POST /nodes/pve1/storage/data/content filename=vm-100-disk-1.qcow2&size=65537&vmid=100&format=qcow2".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_node_fetches_a_file_and_compares_its_checksum() {
    let server = Server::start(|request| {
        Answer::data(&if request.method == "GET" {
            json!({"filename": "debian.iso", "size": "700", "mimetype": "application/octet-stream"})
        } else {
            json!(UPID)
        })
    })
    .await;
    let client = server.client();
    let url = "https://images.example.org/debian.iso?x=1&y=2";
    assert_eq!(
        client.url_metadata(&node(), url).await.unwrap(),
        UrlMetadata {
            file_name: Some("debian.iso".into()),
            size_bytes: Some(700),
            mime_type: Some("application/octet-stream".into()),
        }
    );
    let digits = "ab".repeat(32);
    let file = UrlDownload {
        url: url.into(),
        content: UploadContent::Iso,
        file_name: "debian.iso".into(),
        checksum: Some(Checksum::new(ChecksumKind::Sha256, &digits).unwrap()),
        decompression: Some(Decompression::Zstd),
        any_certificate: true,
    };
    client.download_url(&node(), "local", &file).await.unwrap();
    let plain = UrlDownload {
        checksum: None,
        decompression: None,
        any_certificate: false,
        content: UploadContent::Import,
        ..file
    };
    client.download_url(&node(), "local", &plain).await.unwrap();
    client
        .download_appliance(&node(), "local", "debian-13.tar.zst")
        .await
        .unwrap();
    let escaped = "https%3A%2F%2Fimages.example.org%2Fdebian.iso%3Fx%3D1%26y%3D2";
    let post = "POST /nodes/pve1/storage/local/download-url";
    assert_eq!(
        wire(&server),
        [
            format!("GET /nodes/pve1/query-url-metadata?url={escaped}"),
            format!(
                "{post} url={escaped}&content=iso&filename=debian.iso&checksum-algorithm=sha256\
                 &checksum={digits}&compression=zst&verify-certificates=0"
            ),
            format!("{post} url={escaped}&content=import&filename=debian.iso"),
            "POST /nodes/pve1/aplinfo storage=local&template=debian-13.tar.zst".to_owned(),
        ]
    );
}

#[tokio::test]
async fn files_of_backups_are_named_by_paths_in_base64() {
    let server = Server::start(|request| {
        Answer::data(&if request.target.contains("import-metadata") {
            json!({"type": "vm", "source": "esxi", "create-args": {"cores": 2, "memory": "4096"},
                   "disks": {"scsi0": "esxi:ha/ds/x.vmdk"}, "net": {"net0": {"model": "e1000"}},
                   "warnings": [{"type": "guest-is-running"}, {"key": "efidisk0", "type": "efi-state-lost"}]})
        } else {
            json!([{"filepath": "L2V0Yw==", "text": "etc", "type": "d", "leaf": 0, "mtime": 1_700_000_000}])
        })
    })
    .await;
    let client = server.client();
    let backup = volume("pbs:backup/vm/100/2026-01-31T01:00:01Z");
    for folder in [
        BackupPath::Root,
        BackupPath::Path("/etc".into()),
        BackupPath::Encoded("L2V0Yw==".into()),
    ] {
        let files = client
            .backup_files(&node(), &backup, &folder)
            .await
            .unwrap();
        assert_eq!(files[0].encoded_path, "L2V0Yw==");
        assert_eq!((files[0].name.as_str(), files[0].leaf), ("etc", false));
    }
    let import = client
        .import_metadata(&node(), &volume("esxi:ha/ds/x.vmx"))
        .await
        .unwrap();
    assert_eq!(import.create["cores"], "2");
    assert_eq!(import.networks["net0"], "{\"model\":\"e1000\"}");
    let kinds: Vec<&str> = import
        .warnings
        .iter()
        .map(|one| one.kind.as_str())
        .collect();
    assert_eq!(kinds, ["guest-is-running", "efi-state-lost"]);
    let list = "GET /nodes/pve1/storage/pbs/file-restore/list\
                ?volume=pbs%3Abackup%2Fvm%2F100%2F2026-01-31T01%3A00%3A01Z&filepath=";
    assert_eq!(
        wire(&server),
        [
            format!("{list}%2F"),
            format!("{list}L2V0Yw%3D%3D"),
            format!("{list}L2V0Yw%3D%3D"),
            "GET /nodes/pve1/storage/esxi/import-metadata?volume=esxi%3Aha%2Fds%2Fx.vmx".to_owned(),
        ]
    );
}

#[tokio::test]
async fn an_absent_volume_is_an_error_and_a_protected_one_fails_in_the_task() {
    let text = "can't stat file: no such volume";
    let server = Server::start(move |request| {
        if request.method == "GET" {
            Answer::json(
                500,
                text,
                &json!({"data": null, "message": format!("{text}\n")}),
            )
        } else {
            Answer::data(&json!(UPID))
        }
    })
    .await;
    let client = server.client();
    let absent = volume("data:100/vm-100-disk-9.qcow2");
    let error = client.volume_info(&node(), &absent).await.unwrap_err();
    assert!(error.to_string().contains(text), "{error}");
    // PVE starts the task all the same; whether something was removed is in how that ends.
    assert!(client.delete_volume(&node(), &absent).await.is_ok());
}

#[tokio::test]
async fn notes_of_a_volume_are_whole_when_it_is_asked_for() {
    let server = Server::answering(|| {
        Answer::data(
            &json!({"notes": "kept for audit\nline 2", "path": "/srv/x", "protected": 1,
                             "size": 1_110_016, "used": "1110016", "format": "raw"}),
        )
    })
    .await;
    let info = server
        .client()
        .volume_info(&node(), &volume("data:backup/x.tar.zst"))
        .await;
    assert_eq!(
        info.unwrap(),
        VolumeInfo {
            path: Some("/srv/x".into()),
            format: Some("raw".into()),
            size_bytes: Some(1_110_016),
            used_bytes: Some(1_110_016),
            notes: Some("kept for audit\nline 2".into()),
            protected: true,
        }
    );
}
