//! Calls about backups: what a real server sends is read, what is asked is asked exactly.

use pve::{
    BackupCompression, BackupJob, BackupMode, BackupOptions, BackupSelection, BackupStart,
    CoveredGuest, CoveredVolume, GuestAt, GuestKind, JobChange, NewBackupJob, Params, PruneMark,
    PrunePreview, PruneScope, RestoreOptions, RestoreOver, UncoveredGuest, VolumeId,
};
use serde_json::json;

use crate::server::{Answer, Server};
use crate::typed::replay;
use crate::typed_storage::wire;

const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:vzdump:100:root@pam:";

fn node() -> pve::NodeName {
    "pve1".parse().unwrap()
}

fn guests(numbers: &[&str]) -> BackupSelection {
    BackupSelection::Guests(numbers.iter().map(|text| text.parse().unwrap()).collect())
}

fn backup(name: &str) -> VolumeId {
    VolumeId::new("data", &format!("backup/{name}")).unwrap()
}

#[tokio::test]
async fn every_recorded_answer_about_backups_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["cluster", "backup"] => {
                let jobs = client.backup_jobs().await.unwrap();
                assert_eq!(jobs.len(), rows);
                for (job, row) in jobs.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(job.id, row["id"].as_str().unwrap());
                    assert_eq!(job.next_run_s, row["next-run"].as_u64());
                    assert_eq!(job.keep.is_some(), row.get("prune-backups").is_some());
                    let names = ["vmid", "all", "pool", "exclude"];
                    let named = names.iter().any(|key| row.get(*key).is_some());
                    assert_eq!(job.selection.is_some(), named, "{row}");
                }
            }
            ["cluster", "backup", id] => {
                let job = client.backup_job(id).await.unwrap();
                assert_eq!((job.id.as_str(), job.enabled), (*id, data["enabled"] != 0));
            }
            ["cluster", "backup", id, "included_volumes"] => {
                let covered = client.backup_job_volumes(id).await.unwrap();
                assert_eq!(covered.len(), data["children"].as_array().unwrap().len());
                let volumes = covered.iter().flat_map(|guest| &guest.volumes);
                assert!(volumes.clone().all(|volume| volume.reason.is_some()));
            }
            ["cluster", "backup-info", "not-backed-up"] => {
                let uncovered = client.guests_without_backup_job().await.unwrap();
                assert_eq!(uncovered.len(), rows);
            }
            ["nodes", _, "vzdump", "defaults"] => {
                let defaults = client.backup_defaults(&node(), None).await.unwrap();
                assert_eq!(defaults.mode, Some(BackupMode::Snapshot));
                assert_eq!(defaults.compression, Some(BackupCompression::None));
                assert!(
                    defaults.keep.unwrap().keeps_all() == (data["prune-backups"] == "keep-all=1")
                );
            }
            ["nodes", _, "vzdump", "extractconfig"] => {
                let text = client.backup_config(&node(), &backup("x")).await.unwrap();
                assert_eq!(Some(text.as_str()), data.as_str());
            }
            ["nodes", _, "storage", id, "prunebackups"] => {
                let scope = PruneScope::default();
                let marks = client.prune_preview(&node(), id, &scope).await.unwrap();
                assert_eq!(marks.len(), rows);
                for (mark, row) in marks.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(mark.mark.unwrap().as_str(), row["mark"].as_str().unwrap());
                    assert_eq!(mark.volume.to_string(), row["volid"].as_str().unwrap());
                }
            }
            _ => return false,
        }
        true
    })
    .await;
    assert!(count > 70, "{count}");
}

#[tokio::test]
async fn a_job_tells_its_guests_and_keeps_the_options_without_a_field() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            {"id": "nightly", "type": "vzdump", "schedule": "01:00", "vmid": "100,101", "mode": "stop", "compress": "zstd",
             "prune-backups": {"keep-last": "3"}, "next-run": "1795831200", "storage": "data", "node": "pve1",
             "fleecing": {"enabled": 1, "storage": "data"}, "repeat-missed": 1, "zstd": 2},
            {"id": "rest", "exclude": "100", "enabled": 0, "mode": "dream"},
            {"id": "pool", "pool": "prod", "protected": 1},
            {"id": "nobody", "enabled": "1"},
            {"schedule": "daily"},
        ]))
    })
    .await;
    let job = |id: &str, selection| BackupJob {
        id: id.into(),
        enabled: true,
        schedule: None,
        next_run_s: None,
        repeat_missed: false,
        comment: None,
        node: None,
        selection,
        storage: None,
        mode: None,
        compression: None,
        keep: None,
        protected: false,
        notes_template: None,
        options: std::collections::BTreeMap::new(),
    };
    let options = [
        ("fleecing", r#"{"enabled":1,"storage":"data"}"#),
        ("zstd", "2"),
    ];
    let nightly = BackupJob {
        schedule: Some("01:00".into()),
        next_run_s: Some(1_795_831_200),
        repeat_missed: true,
        node: Some(node()),
        storage: Some("data".into()),
        mode: Some(BackupMode::Stop),
        compression: Some(BackupCompression::Zstd),
        keep: Some("keep-last=3".parse().unwrap()),
        options: options
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..job("nightly", Some(guests(&["100", "101"])))
    };
    let except = BackupSelection::AllExcept(vec!["100".parse().unwrap()]);
    let rest = BackupJob {
        enabled: false,
        mode: Some(BackupMode::Other("dream".into())),
        ..job("rest", Some(except))
    };
    let pool = BackupJob {
        protected: true,
        ..job("pool", Some(BackupSelection::Pool("prod".into())))
    };
    let jobs = server.client().backup_jobs().await.unwrap();
    assert_eq!(jobs, [nightly, rest, pool, job("nobody", None)]);
}

#[tokio::test]
async fn coverage_tells_why_a_volume_is_left_out() {
    let server = Server::start(|request| {
        Answer::data(&if request.target.ends_with("included_volumes") {
            json!({"children": [{"id": "100", "name": "web", "type": "qemu", "leaf": 0, "children": [
                {"id": "100:scsi1", "name": "data:100/vm-100-disk-1.raw", "included": 0, "reason": "backup=no", "leaf": 1}]},
                {"id": 999, "type": "unknown"}]})
        } else {
            json!([{"vmid": 102, "name": "db", "type": "lxc"}, {"name": "nameless"}])
        })
    })
    .await;
    let client = server.client();
    let volume = CoveredVolume {
        id: "100:scsi1".into(),
        volume: Some("data:100/vm-100-disk-1.raw".into()),
        included: false,
        reason: Some("backup=no".into()),
    };
    let guest = |vmid: &str, name: Option<&str>, kind: &str, volumes| CoveredGuest {
        vmid: vmid.parse().unwrap(),
        name: name.map(Into::into),
        kind: Some(kind.into()),
        volumes,
    };
    assert_eq!(
        client.backup_job_volumes("nightly").await.unwrap(),
        [
            guest("100", Some("web"), "qemu", vec![volume]),
            guest("999", None, "unknown", Vec::new())
        ]
    );
    let uncovered = UncoveredGuest {
        vmid: "102".parse().unwrap(),
        name: Some("db".into()),
        kind: Some("lxc".into()),
    };
    assert_eq!(
        client.guests_without_backup_job().await.unwrap(),
        [uncovered]
    );
}

#[tokio::test]
async fn a_backup_of_a_guest_on_another_node_is_no_task_and_no_backup() {
    let server = Server::answering(|| Answer::data(&json!("OK"))).await;
    let options = BackupOptions {
        storage: Some("local".into()),
        remove_older: Some(false),
        ..BackupOptions::default()
    };
    let client = server.client();
    let started = client.backup(&node(), &guests(&["9350"]), &options).await;
    assert_eq!(started.unwrap(), BackupStart::NothingOnThisNode);
    assert_eq!(
        wire(&server),
        ["POST /nodes/pve1/vzdump vmid=9350&storage=local&remove=0"]
    );
}

#[tokio::test]
async fn a_backup_of_nobody_is_not_asked_for() {
    let server = Server::answering(|| Answer::data(&json!("OK"))).await;
    let client = server.client();
    let options = BackupOptions::default();
    assert!(
        client
            .backup(&node(), &guests(&[]), &options)
            .await
            .is_err()
    );
    let pool = BackupSelection::Pool(String::new());
    assert!(client.backup(&node(), &pool, &options).await.is_err());
    assert_eq!(server.seen(), []);
}

#[tokio::test]
async fn backups_and_jobs_are_made_by_these_requests() {
    let server = Server::start(|request| {
        let task = request.target.ends_with("vzdump") && !request.body.contains("stop=1");
        Answer::data(&if task { json!(UPID) } else { json!(null) })
    })
    .await;
    let client = server.client();
    let options = BackupOptions {
        storage: Some("data".into()),
        mode: Some(BackupMode::Snapshot),
        compression: Some(BackupCompression::Zstd),
        keep: Some("keep-last=3,keep-daily=7".parse().unwrap()),
        remove_older: Some(true),
        protected: Some(false),
        notes_template: Some("{{guestname}}".into()),
        bandwidth_limit_kib_per_s: Some(1000),
        io_priority: Some(8),
        zstd_threads: Some(2),
        fleecing: Some("enabled=1,storage=data".parse().unwrap()),
        notification_mode: None,
        further: Params::new().with("lockwait", 5_u32),
    };
    let started = client
        .backup(&node(), &guests(&["100", "101"]), &options)
        .await;
    assert_eq!(started.unwrap(), BackupStart::Task(UPID.parse().unwrap()));
    client.stop_backups(&node()).await.unwrap();
    let except = BackupSelection::AllExcept(vec!["100".parse().unwrap()]);
    let job = NewBackupJob {
        id: Some("nightly".into()),
        schedule: "sat 02:00".into(),
        enabled: false,
        comment: Some("x".into()),
        node: Some(node()),
        selection: except,
        options: BackupOptions::default(),
    };
    client.create_backup_job(&job).await.unwrap();
    let switch_on = JobChange {
        enabled: Some(true),
        reset: vec!["comment".into()],
        ..JobChange::default()
    };
    client
        .update_backup_job("nightly", &switch_on)
        .await
        .unwrap();
    for selection in [
        guests(&["100"]),
        BackupSelection::AllExcept(Vec::new()),
        BackupSelection::Pool("prod".into()),
    ] {
        let selection = Some(selection);
        let change = JobChange {
            selection,
            ..JobChange::default()
        };
        client.update_backup_job("nightly", &change).await.unwrap();
    }
    client.delete_backup_job("nightly").await.unwrap();
    let put = "PUT /cluster/backup/nightly";
    assert_eq!(
        wire(&server),
        [
            "POST /nodes/pve1/vzdump vmid=100%2C101&storage=data&mode=snapshot&compress=zstd\
             &prune-backups=keep-daily%3D7%2Ckeep-last%3D3&remove=1&protected=0\
             &notes-template=%7B%7Bguestname%7D%7D&bwlimit=1000&ionice=8&zstd=2\
             &fleecing=1%2Cstorage%3Ddata&lockwait=5"
                .to_owned(),
            "POST /nodes/pve1/vzdump stop=1".to_owned(),
            "POST /cluster/backup id=nightly&schedule=sat+02%3A00&enabled=0&comment=x&node=pve1\
             &all=1&exclude=100"
                .to_owned(),
            format!("{put} enabled=1&delete=comment"),
            format!("{put} vmid=100&delete=all%2Cexclude%2Cpool"),
            format!("{put} all=1&delete=vmid%2Cexclude%2Cpool"),
            format!("{put} pool=prod&delete=vmid%2Call%2Cexclude"),
            "DELETE /cluster/backup/nightly".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_preview_reads_and_pruning_deletes_with_the_same_scope() {
    let server = Server::start(|request| {
        Answer::data(&if request.method == "GET" {
            json!([
                {"volid": "data:backup/a", "vmid": "100", "type": "qemu", "ctime": "5", "mark": "remove"},
                {"volid": "data:backup/b", "type": "unknown", "ctime": 0, "mark": "cherished"},
            ])
        } else {
            json!(UPID)
        })
    })
    .await;
    let client = server.client();
    let scope = PruneScope {
        keep: Some("keep-last=1".parse().unwrap()),
        vmid: Some("100".parse().unwrap()),
        kind: Some(GuestKind::Qemu),
    };
    let preview = client.prune_preview(&node(), "data", &scope).await.unwrap();
    let first = PrunePreview {
        volume: backup("a"),
        vmid: scope.vmid,
        kind: Some("qemu".into()),
        created_s: Some(5),
        mark: Some(PruneMark::Remove),
    };
    let second = PrunePreview {
        volume: backup("b"),
        vmid: None,
        kind: Some("unknown".into()),
        created_s: Some(0),
        mark: None,
    };
    assert_eq!(preview, [first, second]);
    client.prune_backups(&node(), "data", &scope).await.unwrap();
    let target =
        "/nodes/pve1/storage/data/prunebackups?prune-backups=keep-last%3D1&vmid=100&type=qemu";
    assert_eq!(
        wire(&server),
        [format!("GET {target}"), format!("DELETE {target}")]
    );
}

#[tokio::test]
async fn both_kinds_of_guests_are_restored_by_the_same_options() {
    let server = Server::answering(|| Answer::data(&json!(UPID))).await;
    let client = server.client();
    let target = |kind| GuestAt {
        node: node(),
        kind,
        vmid: "110".parse().unwrap(),
    };
    let mut options = RestoreOptions {
        over: RestoreOver::TheGuest,
        storage: Some("data".into()),
        unique: true,
        start: true,
        live: false,
        pool: Some("prod".into()),
        bandwidth_limit_kib_per_s: Some(0),
        overrides: Params::new().with("memory", 128_u32),
    };
    for kind in [GuestKind::Qemu, GuestKind::Lxc] {
        client
            .restore(&target(kind), &backup("x"), &options)
            .await
            .unwrap();
    }
    options.live = true;
    let refused = client
        .restore(&target(GuestKind::Lxc), &backup("x"), &options)
        .await;
    assert!(refused.is_err());
    let plain = RestoreOptions {
        live: true,
        ..RestoreOptions::default()
    };
    client
        .restore(&target(GuestKind::Qemu), &backup("x"), &plain)
        .await
        .unwrap();
    let rest = "force=1&storage=data&unique=1&start=1&pool=prod&bwlimit=0&memory=128";
    assert_eq!(
        wire(&server),
        [
            format!("POST /nodes/pve1/qemu vmid=110&archive=data%3Abackup%2Fx&{rest}"),
            format!("POST /nodes/pve1/lxc vmid=110&ostemplate=data%3Abackup%2Fx&restore=1&{rest}"),
            "POST /nodes/pve1/qemu vmid=110&archive=data%3Abackup%2Fx&live-restore=1".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_number_in_use_is_refused_at_once() {
    let text = "unable to restore VM 100 - VM 100 already exists on node 'pve1'";
    let server = Server::answering(move || {
        Answer::json(
            500,
            text,
            &json!({"data": null, "message": format!("{text}\n")}),
        )
    })
    .await;
    let target = GuestAt {
        node: node(),
        kind: GuestKind::Qemu,
        vmid: "100".parse().unwrap(),
    };
    let options = RestoreOptions::default();
    let error = server
        .client()
        .restore(&target, &backup("x"), &options)
        .await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains(text), "{error}");
    assert_eq!(error.class(), pve::ErrorClass::Refused);
}

/// A server that starts a task by any write, which then ends like this.
async fn task_that_ends(exit: &'static str) -> Server {
    Server::start(move |request| {
        let path = request.target.split('?').next().unwrap();
        Answer::data(&match (request.method.as_str(), path.rsplit('/').next()) {
            ("GET", Some("status")) => {
                json!({"upid": UPID, "status": "stopped", "exitstatus": exit})
            }
            ("GET", Some("log")) => json!([{"n": 1, "t": format!("TASK ERROR: {exit}")}]),
            _ => json!(UPID),
        })
    })
    .await
}

async fn outcome(client: &pve::Client, upid: &pve::Upid) -> pve::TaskOutcome {
    match client.task_status(upid).await.unwrap().state {
        pve::TaskState::Ended(outcome) => outcome,
        pve::TaskState::Running => panic!("it runs"),
    }
}

/// Surprise 14.
#[tokio::test]
async fn a_backup_of_a_known_and_an_unknown_guest_is_taken_and_fails_in_the_task() {
    let server = task_that_ends("job errors").await;
    let client = server.client();
    let options = BackupOptions::default();
    let started = client
        .backup(&node(), &guests(&["100", "999"]), &options)
        .await;
    let BackupStart::Task(upid) = started.unwrap() else {
        panic!("no task");
    };
    let failed = pve::TaskOutcome::Failed("job errors".into());
    assert_eq!(outcome(&client, &upid).await, failed);
}

/// Surprise 21.
#[tokio::test]
async fn a_protected_backup_is_kept_by_the_task_and_not_by_the_call() {
    let text = "cannot remove protected volume 'x' on 'data'";
    let server = task_that_ends(text).await;
    let client = server.client();
    let upid = client.delete_volume(&node(), &backup("x")).await.unwrap();
    let failed = pve::TaskOutcome::Failed(text.into());
    assert_eq!(outcome(&client, &upid).await, failed);
}

/// Surprise 21.
#[tokio::test]
async fn a_live_restore_of_an_archive_is_taken_and_fails_in_the_task() {
    let text = "live-restore is only compatible with backup images from a Proxmox Backup Server";
    let server = task_that_ends(text).await;
    let client = server.client();
    let target = GuestAt {
        node: node(),
        kind: GuestKind::Qemu,
        vmid: "112".parse().unwrap(),
    };
    let options = RestoreOptions {
        live: true,
        start: true,
        ..RestoreOptions::default()
    };
    let upid = client
        .restore(&target, &backup("x"), &options)
        .await
        .unwrap();
    let failed = pve::TaskOutcome::Failed(text.into());
    assert_eq!(outcome(&client, &upid).await, failed);
}

/// Surprise 31.
#[tokio::test]
async fn a_backup_that_was_broken_off_may_end_without_a_last_word() {
    let server = task_that_ends("unexpected status").await;
    let client = server.client();
    let options = BackupOptions::default();
    let started = client.backup(&node(), &guests(&["100"]), &options).await;
    let BackupStart::Task(upid) = started.unwrap() else {
        panic!("no task");
    };
    client.stop_task(&upid).await.unwrap();
    let unknown = pve::TaskOutcome::Unknown("unexpected status".into());
    assert_eq!(outcome(&client, &upid).await, unknown);
}

/// Surprise 34.
#[tokio::test]
async fn what_is_to_be_deleted_is_named_in_the_query_and_never_in_a_body() {
    let server = Server::answering(|| Answer::data(&json!(UPID))).await;
    let client = server.client();
    let scope = PruneScope {
        vmid: Some("100".parse().unwrap()),
        ..PruneScope::default()
    };
    client.prune_backups(&node(), "data", &scope).await.unwrap();
    client.delete_volume(&node(), &backup("x")).await.unwrap();
    client.delete_storage("data").await.unwrap();
    client.delete_backup_job("nightly").await.unwrap();
    for request in server.seen() {
        assert_eq!(
            (request.method.as_str(), request.body.as_str()),
            ("DELETE", "")
        );
    }
}

/// Surprise 5 and its like: what is not there is status 500 or 400, and PVE's words are kept.
#[tokio::test]
async fn recorded_refusals_of_reads_keep_the_words_of_the_server() {
    let Some(calls) = crate::golden::calls() else {
        return;
    };
    let mut read = 0;
    for call in calls {
        let path = call["path"]
            .as_str()
            .unwrap()
            .trim_start_matches("/api2/json");
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        if call["method"] != "GET" || call["status"] == 200 {
            continue;
        }
        let record = call.clone();
        let server = Server::answering(move || Answer::recorded(&record)).await;
        let client = server.client();
        let (node, scope) = (node(), PruneScope::default());
        let content = pve::ContentFilter::default();
        let error = match parts.as_slice() {
            ["nodes", _, "storage", id, "content"] => {
                client.storage_content(&node, id, &content).await.err()
            }
            ["nodes", _, "storage", _, "content", _] => {
                client.volume_info(&node, &backup("x")).await.err()
            }
            ["nodes", _, "storage", id, "status"] => client.storage_status(&node, id).await.err(),
            ["nodes", _, "storage", id, "prunebackups"] => {
                client.prune_preview(&node, id, &scope).await.err()
            }
            ["nodes", _, "vzdump", "extractconfig"] => {
                client.backup_config(&node, &backup("x")).await.err()
            }
            ["nodes", _, "query-url-metadata"] => client.url_metadata(&node, "x").await.err(),
            ["nodes", _, "status"] => client.node_status(&node).await.err(),
            ["nodes", _, "version"] => client.node_version(&node).await.err(),
            ["nodes", _, "disks", "zfs"] => client.zfs_pools(&node).await.err(),
            ["nodes", _, "disks", "smart"] => client.smart(&node, "x").await.err(),
            ["nodes", _, "ceph", "status"] => client.node_ceph_status(&node).await.err(),
            ["nodes", _, "report"] => client.node_report(&node).await.err(),
            ["nodes", _, "syslog"] => {
                let filter = pve::SyslogFilter::default();
                client.syslog(&node, &filter).await.err()
            }
            ["nodes", _, "apt", "update"] => client.apt_updates(&node).await.err(),
            ["cluster", "backup"] => client.backup_jobs().await.err(),
            ["cluster", "backup", id] => client.backup_job(id).await.err(),
            ["cluster", "backup", id, "included_volumes"] => {
                client.backup_job_volumes(id).await.err()
            }
            ["storage", id] => client.storage_config(id).await.err(),
            _ => continue,
        };
        let error = error.unwrap_or_else(|| panic!("{path} is no error"));
        let reason = call["reason"].as_str().unwrap();
        let first = reason.split('\n').next().unwrap();
        assert!(
            error.to_string().contains(first),
            "{path}: {error} / {first}"
        );
        read += 1;
    }
    assert!(read > 25, "{read}");
}
