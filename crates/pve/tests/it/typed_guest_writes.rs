//! Typed writes of guests: the exact requests, and that every recorded answer to them is read.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pve::{
    Client, CloneGuest, CloneMode, ConfigChange, Differences, Error, ErrorKind, Migration,
    MigrationMode, MoveVolume, NewGuest, NewSize, RemoveGuest, TargetStorage, VolumeTarget,
};
use serde_json::{Value, json};

use crate::golden;
use crate::server::{Answer, Server};
use crate::typed_guest_reads::guest;

const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:qmclone:100:root@pam:";
const NOW: Differences = Differences::of_numbers(9, 1);
const OLD: Differences = Differences::of_numbers(8, 4);

async fn tasks() -> Server {
    Server::answering(|| Answer::data(&json!(UPID))).await
}

/// Requests as `METHOD /path body`, below `/api2/json`.
pub(crate) fn wire(server: &Server) -> Vec<String> {
    let line = |seen: &crate::server::Seen| {
        let target = seen.target.trim_start_matches("/api2/json");
        format!("{} {target} {}", seen.method, seen.body)
            .trim_end()
            .to_owned()
    };
    server.seen().iter().map(line).collect()
}

fn vmid(text: &str) -> pve::Vmid {
    text.parse().unwrap()
}

fn is_invalid<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(result.unwrap_err().kind(), ErrorKind::Invalid(_))
}

#[tokio::test]
async fn changes_of_a_configuration_go_with_their_deletions_and_the_digest() {
    let server = Server::answering(|| Answer::data(&Value::Null)).await;
    let client = server.client();
    let change = ConfigChange {
        revert: vec!["vga".into()],
        ..ConfigChange::new()
            .set("memory", 2048_u32)
            .set("onboot", true)
            .delete("balloon")
            .delete("net1")
            .if_digest("a1")
    };
    client
        .set_guest_config(&guest("qemu"), &change)
        .await
        .unwrap();
    client
        .set_guest_config(&guest("lxc"), &change)
        .await
        .unwrap();
    let started = client
        .start_guest_config(&guest("qemu"), &change, Some(5))
        .await;
    assert_eq!(started.unwrap(), None);
    // Containers have no such call: their configuration is changed as always.
    let started = client
        .start_guest_config(&guest("lxc"), &change, Some(5))
        .await;
    assert_eq!(started.unwrap(), None);
    let destroying = ConfigChange {
        destroy_volumes: true,
        ..ConfigChange::new().delete("scsi1")
    };
    client
        .set_guest_config(&guest("qemu"), &destroying)
        .await
        .unwrap();
    assert!(is_invalid(
        client.set_guest_config(&guest("lxc"), &destroying).await
    ));
    client.remove_lock(&guest("qemu")).await.unwrap();
    assert!(is_invalid(client.remove_lock(&guest("lxc")).await));
    let body = "memory=2048&onboot=1&delete=balloon%2Cnet1&revert=vga&digest=a1";
    let expected = [
        format!("PUT /nodes/pve1/qemu/100/config {body}"),
        format!("PUT /nodes/pve1/lxc/100/config {body}"),
        format!("POST /nodes/pve1/qemu/100/config {body}&background_delay=5"),
        format!("PUT /nodes/pve1/lxc/100/config {body}"),
        "PUT /nodes/pve1/qemu/100/config delete=scsi1&force=1".into(),
        "PUT /nodes/pve1/qemu/100/config delete=lock&skiplock=1".into(),
    ];
    assert_eq!(wire(&server), expected);
}

#[tokio::test]
async fn a_configuration_that_somebody_else_changed_is_a_conflict() {
    for text in [
        "checksum mismatch (file change by other user?)",
        "detected modified configuration - file changed by other user? Try again.",
    ] {
        let server = Server::answering(move || {
            let body = json!({"data": null, "message": format!("{text}\n")});
            Answer::json(500, text, &body)
        })
        .await;
        let change = ConfigChange::new().set("cores", 2_u32).if_digest("old");
        let error = server
            .client()
            .set_guest_config(&guest("qemu"), &change)
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Conflict { text: text.into() });
        assert_eq!(
            (error.status(), error.class()),
            (Some(500), pve::ErrorClass::Refused)
        );
        assert!(error.hint().contains("read it again"), "{}", error.hint());
    }
}

#[tokio::test]
async fn guests_of_both_kinds_are_made_by_one_call() {
    let server = tasks().await;
    let client = server.client();
    let mut machine = NewGuest::new(guest("qemu"));
    machine.options = [("name", "web"), ("scsi0", "fast:32")]
        .into_iter()
        .collect();
    machine.pool = Some("prod".into());
    machine.start = true;
    client.create_guest(&machine, OLD).await.unwrap();
    let mut container = NewGuest::new(guest("lxc"));
    container.template = Some("local:vztmpl/a.tar.zst".into());
    container.storage = Some("fast".into());
    container.bandwidth_limit_kib_s = Some(1000);
    container.ha_managed = true;
    client.create_guest(&container, NOW).await.unwrap();
    let error = client.create_guest(&container, OLD).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotImplemented { .. }),
        "{error}"
    );
    assert!(is_invalid(
        client.create_guest(&NewGuest::new(guest("lxc")), NOW).await
    ));
    machine.template = Some("local:vztmpl/a.tar.zst".into());
    assert!(is_invalid(client.create_guest(&machine, NOW).await));
    assert_eq!(
        wire(&server),
        [
            "POST /nodes/pve1/qemu vmid=100&name=web&scsi0=fast%3A32&pool=prod&start=1",
            "POST /nodes/pve1/lxc vmid=100&ostemplate=local%3Avztmpl%2Fa.tar.zst&storage=fast&ha-managed=1&bwlimit=1000",
        ]
    );
}

#[tokio::test]
async fn copies_are_full_or_linked_and_named_in_the_words_of_their_kind() {
    let server = tasks().await;
    let client = server.client();
    let mut copy = CloneGuest::new(vmid("200"));
    copy.name = Some("copy".into());
    client.clone_guest(&guest("lxc"), &copy).await.unwrap();
    copy.mode = CloneMode::Linked;
    copy.snapshot = Some("before".into());
    copy.target = Some("pve2".parse().unwrap());
    client.clone_guest(&guest("qemu"), &copy).await.unwrap();
    copy = CloneGuest {
        mode: CloneMode::Full,
        storage: Some("fast".into()),
        format: Some("raw".into()),
        pool: Some("prod".into()),
        description: Some("x".into()),
        bandwidth_limit_kib_s: Some(9),
        ..CloneGuest::new(vmid("200"))
    };
    client.clone_guest(&guest("qemu"), &copy).await.unwrap();
    assert!(is_invalid(client.clone_guest(&guest("lxc"), &copy).await));
    let drive = "scsi1".parse().unwrap();
    client
        .convert_to_template(&guest("qemu"), Some(drive))
        .await
        .unwrap()
        .unwrap();
    client
        .convert_to_template(&guest("qemu"), None)
        .await
        .unwrap()
        .unwrap();
    assert!(is_invalid(
        client.convert_to_template(&guest("lxc"), Some(drive)).await
    ));
    let qemu = "POST /nodes/pve1/qemu/100";
    assert_eq!(
        wire(&server),
        [
            "POST /nodes/pve1/lxc/100/clone newid=200&hostname=copy".to_owned(),
            format!("{qemu}/clone newid=200&name=copy&full=0&snapname=before&target=pve2"),
            format!(
                "{qemu}/clone newid=200&full=1&storage=fast&format=raw&pool=prod&description=x&bwlimit=9"
            ),
            format!("{qemu}/template disk=scsi1"),
            format!("{qemu}/template"),
        ]
    );
}

#[tokio::test]
async fn the_answer_about_a_container_does_not_name_the_task_that_makes_it_a_template() {
    let server = Server::answering(|| Answer::data(&Value::Null)).await;
    let converted = server
        .client()
        .convert_to_template(&guest("lxc"), None)
        .await;
    assert_eq!(converted.unwrap(), None);
}

#[tokio::test]
async fn machines_move_running_and_containers_restart() {
    let server = tasks().await;
    let client = server.client();
    let to = |mode| Migration::new("pve2".parse().unwrap(), mode);
    let live = Migration {
        with_local_disks: true,
        target_storage: Some(TargetStorage::One("fast".into())),
        bandwidth_limit_kib_s: Some(7),
        ..to(MigrationMode::Online)
    };
    client
        .migrate_guest(&guest("qemu"), &live, OLD)
        .await
        .unwrap();
    let mut tracked = to(MigrationMode::Online);
    tracked.with_connection_tracking = true;
    client
        .migrate_guest(&guest("qemu"), &tracked, NOW)
        .await
        .unwrap();
    assert!(
        client
            .migrate_guest(&guest("qemu"), &tracked, OLD)
            .await
            .is_err()
    );
    client
        .migrate_guest(&guest("qemu"), &to(MigrationMode::Offline), OLD)
        .await
        .unwrap();
    let restart = Migration {
        target_storage: Some(TargetStorage::Same),
        ..to(MigrationMode::Restart(Some(Duration::from_secs(30))))
    };
    client
        .migrate_guest(&guest("lxc"), &restart, OLD)
        .await
        .unwrap();
    assert!(is_invalid(
        client.migrate_guest(&guest("lxc"), &live, NOW).await
    ));
    assert!(is_invalid(
        client.migrate_guest(&guest("qemu"), &restart, NOW).await
    ));
    let qemu = "POST /nodes/pve1/qemu/100/migrate target=pve2";
    assert_eq!(
        wire(&server),
        [
            format!("{qemu}&online=1&bwlimit=7&with-local-disks=1&targetstorage=fast"),
            format!("{qemu}&online=1&with-conntrack-state=1"),
            qemu.to_owned(),
            "POST /nodes/pve1/lxc/100/migrate target=pve2&restart=1&timeout=30&target-storage=1"
                .into(),
        ]
    );
}

#[tokio::test]
async fn volumes_move_grow_and_leave_in_the_words_of_their_kind() {
    let server = tasks().await;
    let client = server.client();
    let to_storage = |key: &str, format: Option<&str>| MoveVolume {
        key: key.into(),
        target: VolumeTarget::Storage {
            storage: "fast".into(),
            format: format.map(Into::into),
        },
        delete_source: true,
        bandwidth_limit_kib_s: None,
        digest: Some("a1".into()),
    };
    let to_guest = |key: &str| MoveVolume {
        key: key.into(),
        target: VolumeTarget::Guest {
            vmid: vmid("101"),
            key: Some(key.into()),
            digest: Some("b2".into()),
        },
        delete_source: false,
        bandwidth_limit_kib_s: Some(5),
        digest: None,
    };
    let (qemu, lxc) = (guest("qemu"), guest("lxc"));
    client
        .move_volume(&qemu, &to_storage("scsi0", Some("qcow2")))
        .await
        .unwrap();
    client
        .move_volume(&lxc, &to_storage("rootfs", None))
        .await
        .unwrap();
    client.move_volume(&qemu, &to_guest("scsi1")).await.unwrap();
    client.move_volume(&lxc, &to_guest("mp0")).await.unwrap();
    assert!(is_invalid(
        client
            .move_volume(&lxc, &to_storage("mp0", Some("raw")))
            .await
    ));
    let (by, to) = (NewSize::By(1 << 30), NewSize::To(1 << 35));
    client
        .resize_volume(&qemu, "scsi0", by, Some("a1"))
        .await
        .unwrap();
    client
        .resize_volume(&lxc, "rootfs", to, None)
        .await
        .unwrap();
    client
        .unlink_volumes(&qemu, &["unused0", "scsi1"], true)
        .await
        .unwrap();
    client
        .unlink_volumes(&lxc, &["unused0", "mp1"], false)
        .await
        .unwrap();
    assert!(is_invalid(
        client.unlink_volumes(&lxc, &["mp1"], true).await
    ));
    assert_eq!(
        wire(&server),
        [
            "POST /nodes/pve1/qemu/100/move_disk disk=scsi0&storage=fast&format=qcow2&delete=1&digest=a1",
            "POST /nodes/pve1/lxc/100/move_volume volume=rootfs&storage=fast&delete=1&digest=a1",
            "POST /nodes/pve1/qemu/100/move_disk disk=scsi1&target-vmid=101&target-disk=scsi1&target-digest=b2&bwlimit=5",
            "POST /nodes/pve1/lxc/100/move_volume volume=mp0&target-vmid=101&target-volume=mp0&target-digest=b2&bwlimit=5",
            "PUT /nodes/pve1/qemu/100/resize disk=scsi0&size=%2B1G&digest=a1",
            "PUT /nodes/pve1/lxc/100/resize disk=rootfs&size=32G",
            "PUT /nodes/pve1/qemu/100/unlink idlist=unused0%2Cscsi1&force=1",
            "PUT /nodes/pve1/lxc/100/config delete=unused0%2Cmp1",
        ]
    );
}

#[tokio::test]
async fn guests_are_removed_as_far_as_it_is_said() {
    let server = tasks().await;
    let client = server.client();
    let everything = RemoveGuest {
        purge: true,
        destroy_unreferenced_disks: true,
        force: true,
    };
    client
        .remove_guest(&guest("lxc"), everything)
        .await
        .unwrap();
    client
        .remove_guest(&guest("qemu"), RemoveGuest::default())
        .await
        .unwrap();
    assert!(is_invalid(
        client.remove_guest(&guest("qemu"), everything).await
    ));
    assert_eq!(
        wire(&server),
        [
            "DELETE /nodes/pve1/lxc/100?purge=1&destroy-unreferenced-disks=1&force=1",
            "DELETE /nodes/pve1/qemu/100",
        ]
    );
}

#[tokio::test]
async fn pausing_hibernating_and_hard_stops_have_calls_of_their_own() {
    let server = tasks().await;
    let client = server.client();
    let (qemu, lxc) = (guest("qemu"), guest("lxc"));
    for guest in [&qemu, &lxc] {
        client.pause(guest).await.unwrap();
        client.resume(guest).await.unwrap();
        let wait = Some(Duration::from_secs(20));
        client.shutdown_or_stop(guest, wait).await.unwrap();
        client.stop_overruling_shutdown(guest).await.unwrap();
    }
    client.hibernate(&qemu, Some("fast")).await.unwrap();
    client.reset(&qemu).await.unwrap();
    assert!(is_invalid(client.hibernate(&lxc, None).await));
    assert!(is_invalid(client.reset(&lxc).await));
    let mut expected: Vec<String> = ["qemu", "lxc"]
        .iter()
        .flat_map(|kind| {
            let base = format!("POST /nodes/pve1/{kind}/100/status");
            [
                format!("{base}/suspend"),
                format!("{base}/resume"),
                format!("{base}/shutdown timeout=20&forceStop=1"),
                format!("{base}/stop overrule-shutdown=1"),
            ]
        })
        .collect();
    let base = "POST /nodes/pve1/qemu/100/status";
    expected.push(format!("{base}/suspend todisk=1&statestorage=fast"));
    expected.push(format!("{base}/reset"));
    assert_eq!(wire(&server), expected);
}

#[tokio::test]
async fn snapshots_are_gone_back_to_described_and_forced_away() {
    let server = tasks().await;
    let client = server.client();
    let guest = guest("lxc");
    client
        .rollback_snapshot(&guest, "before", true)
        .await
        .unwrap();
    client
        .rollback_snapshot(&guest, "before", false)
        .await
        .unwrap();
    client
        .set_snapshot_description(&guest, "before", "")
        .await
        .unwrap();
    client
        .force_delete_snapshot(&guest, "before")
        .await
        .unwrap();
    // A name that would name another path is no name.
    assert!(client.rollback_snapshot(&guest, "..", false).await.is_err());
    let base = "/nodes/pve1/lxc/100/snapshot/before";
    assert_eq!(
        wire(&server),
        [
            format!("POST {base}/rollback start=1"),
            format!("POST {base}/rollback"),
            format!("PUT {base}/config description="),
            format!("DELETE {base}?force=1"),
        ]
    );
}

#[tokio::test]
async fn commands_and_files_of_an_agent_keep_their_words_apart() {
    let server =
        Server::answering(|| Answer::data(&json!({"pid": "7", "content": "x", "truncated": 1})))
            .await;
    let client = server.client();
    let guest = guest("qemu");
    let pid = client
        .agent_exec(&guest, &["/bin/echo", "a b", "--x=1"], Some("in\n"))
        .await
        .unwrap();
    assert_eq!(pid, 7);
    client
        .agent_write_file(&guest, "/a b", "1&2")
        .await
        .unwrap();
    let part = pve::FilePart {
        offset_bytes: 10,
        length_bytes: 20,
    };
    let file = client
        .agent_read_file(&guest, "/a", Some(part), NOW)
        .await
        .unwrap();
    assert!(file.truncated);
    assert!(
        client
            .agent_read_file(&guest, "/a", Some(part), OLD)
            .await
            .is_err()
    );
    client.regenerate_cloud_init(&guest).await.unwrap();
    let base = "/nodes/pve1/qemu/100";
    assert_eq!(
        wire(&server),
        [
            format!(
                "POST {base}/agent/exec command=%2Fbin%2Fecho&command=a+b&command=--x%3D1&input-data=in%0A"
            ),
            format!("POST {base}/agent/file-write file=%2Fa+b&content=1%262"),
            format!("GET {base}/agent/file-read?file=%2Fa&offset=10&count=20"),
            format!("PUT {base}/cloudinit"),
        ]
    );
}

/// What became of a recorded write when its typed call was made.
type Outcome = Result<(), Error>;

async fn repeat(client: &Client, method: &str, kind: &str, rest: &[&str]) -> Option<Outcome> {
    let guest = guest(kind);
    let change = ConfigChange::new().set("cores", 1_u32);
    let done = |result: Result<_, Error>| result.map(|_: Option<pve::Upid>| ());
    let task = |result: Result<pve::Upid, Error>| result.map(|_| ());
    Some(match (method, rest) {
        ("PUT", ["config"]) => client.set_guest_config(&guest, &change).await,
        ("POST", ["config"]) if kind == "qemu" => {
            done(client.start_guest_config(&guest, &change, None).await)
        }
        ("POST", ["clone"]) => task(
            client
                .clone_guest(&guest, &CloneGuest::new(guest.vmid))
                .await,
        ),
        ("POST", ["template"]) => done(client.convert_to_template(&guest, None).await),
        ("POST", ["migrate"]) => {
            let to = Migration::new("pve2".parse().unwrap(), MigrationMode::Offline);
            task(client.migrate_guest(&guest, &to, NOW).await)
        }
        ("PUT", ["resize"]) => task(
            client
                .resize_volume(&guest, "a", NewSize::By(1024), None)
                .await,
        ),
        ("PUT", ["unlink"]) => client.unlink_volumes(&guest, &["a"], false).await,
        ("POST", ["move_disk" | "move_volume"]) => {
            let volume = MoveVolume {
                key: "a".into(),
                target: VolumeTarget::Storage {
                    storage: "b".into(),
                    format: None,
                },
                delete_source: false,
                bandwidth_limit_kib_s: None,
                digest: None,
            };
            task(client.move_volume(&guest, &volume).await)
        }
        ("DELETE", []) => task(client.remove_guest(&guest, RemoveGuest::default()).await),
        ("POST", ["status", "suspend"]) => task(client.pause(&guest).await),
        ("POST", ["status", "resume"]) => task(client.resume(&guest).await),
        ("POST", ["status", "reset"]) => task(client.reset(&guest).await),
        ("POST", ["snapshot", _, "rollback"]) => {
            task(client.rollback_snapshot(&guest, "a1", false).await)
        }
        ("PUT", ["snapshot", _, "config"]) => {
            client.set_snapshot_description(&guest, "a1", "b").await
        }
        ("DELETE", ["snapshot", _]) => task(client.force_delete_snapshot(&guest, "a1").await),
        ("POST", ["agent", "ping"]) => client.agent_state(&guest).await.map(|_| ()),
        ("POST", ["agent", "exec"]) => client.agent_exec(&guest, &["a"], None).await.map(|_| ()),
        ("POST", ["agent", "file-write"]) => client.agent_write_file(&guest, "a", "b").await,
        ("POST", ["agent", "fsfreeze-freeze"]) => client.agent_freeze(&guest).await.map(|_| ()),
        ("POST", ["agent", "fsfreeze-thaw"]) => client.agent_thaw(&guest).await.map(|_| ()),
        ("POST", ["agent", "fsfreeze-status"]) => {
            client.agent_freeze_state(&guest).await.map(|_| ())
        }
        ("POST", ["agent", "fstrim"]) => client.agent_trim(&guest).await,
        ("POST", ["vncproxy" | "termproxy"]) => {
            let of = pve::ConsoleOf::Guest(guest);
            let opened = client.open_console(&of, pve::Console::Display).await;
            opened.map(|_| ())
        }
        ("POST", ["spiceproxy"]) => client.open_spice(&guest, None).await.map(|_| ()),
        _ => return None,
    })
}

/// Replays every recorded write of guests through its typed call: what was accepted is accepted,
/// what was refused is refused.
#[tokio::test]
async fn every_recorded_answer_to_a_write_of_guests_is_understood() {
    let Some(calls) = golden::calls() else { return };
    let next = Arc::new(Mutex::new(Value::Null));
    let record_to_send = Arc::clone(&next);
    let server = Server::start(move |_| Answer::recorded(&record_to_send.lock().unwrap())).await;
    let mut options = server.options();
    options.budget.foreground_per_second = 100_000;
    let client = Client::connect(options).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for record in calls {
        let path = record["path"]
            .as_str()
            .unwrap()
            .trim_start_matches("/api2/json/");
        let parts: Vec<&str> = path.split('/').collect();
        let ["nodes", _, kind @ ("qemu" | "lxc"), _, rest @ ..] = parts.as_slice() else {
            continue;
        };
        *next.lock().unwrap() = record.clone();
        let method = record["method"].as_str().unwrap();
        let Some(outcome) = repeat(&client, method, kind, rest).await else {
            continue;
        };
        let name = format!("{method} {path} {}: {outcome:?}", record["reason"]);
        match outcome {
            Ok(()) => {
                // A silent agent is an answer to the question whether it is there.
                assert!(
                    record["status"] == 200 || rest == ["agent", "ping"],
                    "{name}"
                );
                accepted += 1;
            }
            Err(error) => {
                assert_eq!(
                    error.status().map(u64::from),
                    record["status"].as_u64(),
                    "{name}"
                );
                refused += 1;
            }
        }
    }
    println!("{accepted} accepted and {refused} refused writes understood");
    assert!(accepted > 500 && refused > 200, "{accepted} {refused}");
}
