//! Behaviour of real servers that nobody would expect, about guests and the cluster. The number
//! is the one in the list of such behaviour; those about signing in, tasks, files and `pvesh` have
//! their tests where those are tested.

use percent_encoding::percent_decode_str;
use pve::{
    AgentState, BulkGuests, Client, CloneGuest, ClusterBulkAction, ClusterOptionsChange,
    ConfigChange, Differences, Error, ErrorKind, GuestState, HaMove, HaSid, Migration,
    MigrationMode, MoveVolume, NewGuest, NewSize, NewSnapshot, NodeBulkAction, NodeState, Params,
    RemoveGuest, Resource, SnapshotMemory, TaskEffect, TaskEnd, TaskOutcome, Timeouts, Upid,
    VolumeTarget,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::golden;
use crate::server::{Answer, Server};
use crate::typed_guest_reads::guest;
use crate::typed_guest_writes::wire;

const NOW: Differences = Differences::of_numbers(9, 1);
const OLD: Differences = Differences::of_numbers(8, 4);

/// A server that answers with a recorded row, and with the end and log of the task it started.
struct Story {
    client: Client,
    server: Server,
}

impl Story {
    /// The row of this number in the recording whose name begins so; nothing without recordings.
    async fn tell(recording: &str, number: u64) -> Option<Self> {
        let folder = golden::files()?;
        let name = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .find(|name| name.starts_with(recording))
            .unwrap();
        let rows = golden::rows(&name)?;
        let first = rows
            .iter()
            .find(|row| row["seq"] == number)
            .unwrap()
            .clone();
        let task = first["body"]["data"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let of_task = |last: &str| {
            let path = |row: &&Value| {
                let path = row["path"].as_str().unwrap_or_default();
                let path = percent_decode_str(path).decode_utf8().unwrap().into_owned();
                path.ends_with(&format!("/{task}/{last}"))
            };
            rows.iter().rev().find(path).cloned()
        };
        let (end, log) = (of_task("status"), of_task("log"));
        let server = Server::start(move |request| {
            let path = request.target.split('?').next().unwrap();
            if path.contains("/tasks/") && path.ends_with("/status") {
                Answer::recorded(end.as_ref().unwrap())
            } else if path.contains("/tasks/") {
                log.as_ref()
                    .map_or_else(|| Answer::data(&json!([])), Answer::recorded)
            } else {
                Answer::recorded(&first)
            }
        })
        .await;
        let client = server.client();
        Some(Self { client, server })
    }

    async fn end(&self, upid: &Upid) -> TaskEnd {
        let cancel = CancellationToken::new();
        let mut ignore = |_| ();
        let end = self.client.follow_task(upid, &mut ignore, &cancel).await;
        end.unwrap()
    }

    /// The text the task failed with.
    async fn failure(&self, started: Result<Upid, Error>) -> String {
        match self.end(&started.unwrap()).await.outcome {
            TaskOutcome::Failed(text) => text,
            other => panic!("{other}"),
        }
    }
}

/// PVE's text of a refusal, which is status 500.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Refused { status: 500, .. }),
        "{error}"
    );
    error.text()
}

fn cores(number: u32) -> ConfigChange {
    ConfigChange::new().set("cores", number)
}

#[tokio::test]
async fn s05_a_guest_that_does_not_exist_is_refused_with_500_and_not_with_404() {
    let Some(story) = Story::tell("05", 241).await else {
        return;
    };
    let error = story.client.guest_config(&guest("qemu")).await.unwrap_err();
    assert_eq!(error.status(), Some(500));
    assert!(error.text().ends_with(".conf' does not exist"), "{error}");
    assert!(error.hint().contains("another node"), "{}", error.hint());
}

#[tokio::test]
async fn s07_an_unknown_pool_in_a_new_guest_is_a_missing_permission() {
    let Some(story) = Story::tell("05", 17).await else {
        return;
    };
    let new = NewGuest::new(guest("qemu"));
    let error = story.client.create_guest(&new, NOW).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden { object: None, .. }),
        "{error}"
    );
    assert!(error.text().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn s11_most_reasons_against_a_start_come_after_it_was_accepted() {
    let expected = [
        (58, "MAX 2 vcpus allowed per VM on this node"),
        (68, "VM 100 already running"),
        (226, "VM is locked (backup)"),
    ];
    for (number, text) in expected {
        let Some(story) = Story::tell("05", number).await else {
            return;
        };
        let started = story.client.start(&guest("qemu")).await;
        assert_eq!(story.failure(started).await, text);
    }
}

#[tokio::test]
async fn s11_a_locked_guest_is_copied_not_at_all_and_removed_only_to_fail() {
    let Some(story) = Story::tell("05", 231).await else {
        return;
    };
    let copy = CloneGuest::new("101".parse().unwrap());
    let refused = story.client.clone_guest(&guest("qemu"), &copy).await;
    assert_eq!(refusal(refused), "VM is locked (backup)");
    let Some(story) = Story::tell("05", 232).await else {
        return;
    };
    let started = story
        .client
        .remove_guest(&guest("qemu"), RemoveGuest::default())
        .await;
    assert_eq!(story.failure(started).await, "VM is locked (backup)");
}

#[tokio::test]
async fn s11_a_drive_that_would_shrink_fails_in_the_task() {
    let Some(rows) = golden::rows("05_qemu_lifecycle.jsonl") else {
        return;
    };
    let row = rows
        .iter()
        .find(|row| row["params"]["size"] == "512M")
        .unwrap();
    let Some(story) = Story::tell("05", row["seq"].as_u64().unwrap()).await else {
        return;
    };
    let to = NewSize::To(512 << 20);
    let started = story
        .client
        .resize_volume(&guest("qemu"), "scsi0", to, None)
        .await;
    assert_eq!(
        story.failure(started).await,
        "shrinking disks is not supported"
    );
}

#[tokio::test]
async fn s12_stopping_what_is_stopped_is_accepted_for_machines_and_refused_for_containers() {
    let Some(story) = Story::tell("05", 27).await else {
        return;
    };
    let upid = story.client.stop(&guest("qemu")).await.unwrap();
    assert_eq!((upid.kind(), upid.id()), ("qmstop", "100"));
    let Some(story) = Story::tell("07", 20).await else {
        return;
    };
    let refused = refusal(story.client.stop(&guest("lxc")).await);
    assert_eq!(refused, "CT 200 not running");
}

#[tokio::test]
async fn s12_a_stopped_machine_is_neither_reset_nor_paused_nor_rebooted() {
    for number in [32, 33, 34] {
        let Some(story) = Story::tell("05", number).await else {
            return;
        };
        let (client, guest) = (&story.client, guest("qemu"));
        let refused = match number {
            32 => client.reset(&guest).await,
            33 => client.pause(&guest).await,
            _ => client.reboot(&guest, None).await,
        };
        assert_eq!(refusal(refused), "VM 100 not running");
    }
}

#[tokio::test]
async fn s15_a_guest_that_does_not_listen_makes_shutting_down_fail_late() {
    let Some(story) = Story::tell("05", 155).await else {
        return;
    };
    let started = story.client.shutdown(&guest("qemu"), None).await;
    let text = story.failure(started).await;
    assert_eq!(text, "VM quit/powerdown failed - got timeout");
    let Some(story) = Story::tell("05", 159).await else {
        return;
    };
    let upid = story
        .client
        .shutdown_or_stop(&guest("qemu"), None)
        .await
        .unwrap();
    assert!(story.end(&upid).await.outcome.is_success());
}

#[tokio::test]
async fn s16_more_processors_than_there_are_is_accepted_until_the_start() {
    let Some(rows) = golden::rows("05_qemu_lifecycle.jsonl") else {
        return;
    };
    let row = rows
        .iter()
        .find(|row| row["params"]["cores"] == "9999")
        .unwrap();
    let Some(story) = Story::tell("05", row["seq"].as_u64().unwrap()).await else {
        return;
    };
    story
        .client
        .set_guest_config(&guest("qemu"), &cores(9999))
        .await
        .unwrap();
    let Some(story) = Story::tell("05", 58).await else {
        return;
    };
    let started = story.client.start(&guest("qemu")).await;
    assert!(story.failure(started).await.starts_with("MAX "));
}

#[tokio::test]
async fn s16_memory_is_text_and_cores_are_numbers_and_passwords_are_stars() {
    let server = Server::answering(|| {
        Answer::data(&json!({"memory": "320", "cores": 1, "cipassword": "**********"}))
    })
    .await;
    let config = server.client().guest_config(&guest("qemu")).await.unwrap();
    assert_eq!(
        (config.get("memory"), config.get("cores")),
        (Some("320"), Some("1"))
    );
    assert_eq!(config.get("cipassword"), Some("**********"));
}

#[tokio::test]
async fn s16_a_digest_that_does_not_match_and_no_change_are_told_apart() {
    let Some(story) = Story::tell("05", 45).await else {
        return;
    };
    let change = cores(1).if_digest("0000000000000000000000000000000000000000");
    let error = story
        .client
        .set_guest_config(&guest("qemu"), &change)
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Conflict { .. }),
        "{error}"
    );
    let Some(story) = Story::tell("05", 46).await else {
        return;
    };
    let nothing = ConfigChange::new();
    let refused = story
        .client
        .set_guest_config(&guest("qemu"), &nothing)
        .await;
    assert_eq!(refusal(refused), "no options specified");
}

#[tokio::test]
async fn s17_a_hibernated_machine_cannot_be_changed_but_is_removed() {
    let Some(story) = Story::tell("05", 177).await else {
        return;
    };
    let status = story.client.guest_status(&guest("qemu")).await.unwrap();
    assert_eq!(status.status, GuestState::Stopped);
    assert!(status.is_hibernated());
    let Some(story) = Story::tell("05", 178).await else {
        return;
    };
    let refused = story
        .client
        .set_guest_config(&guest("qemu"), &cores(2))
        .await;
    assert_eq!(refusal(refused), "VM is locked (suspended)");
    let Some(story) = Story::tell("05", 211).await else {
        return;
    };
    let how = RemoveGuest::default();
    let upid = story
        .client
        .remove_guest(&guest("qemu"), how)
        .await
        .unwrap();
    assert!(story.end(&upid).await.outcome.is_success());
}

#[tokio::test]
async fn s18_an_agent_that_is_away_and_one_that_is_switched_off_say_the_same() {
    for (recording, number) in [("05", 75), ("08", 8)] {
        let Some(story) = Story::tell(recording, number).await else {
            return;
        };
        let state = story.client.agent_state(&guest("qemu")).await.unwrap();
        assert_eq!(state, AgentState::Silent);
    }
    // Switched off.
    let Some(story) = Story::tell("08", 67).await else {
        return;
    };
    let error = story.client.agent_os(&guest("qemu")).await.unwrap_err();
    assert_eq!(error.agent_state(), Some(AgentState::Silent));
}

#[tokio::test]
async fn s19_a_busy_configuration_takes_ten_seconds_to_be_refused_and_is_waited_for() {
    assert!(Timeouts::default().first_byte.as_secs() > 10);
    let text = "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout";
    let server = Server::answering(move || {
        Answer::json(
            500,
            text,
            &json!({"data": null, "message": format!("{text}\n")}),
        )
    })
    .await;
    let error = server
        .client()
        .set_guest_config(&guest("qemu"), &cores(2))
        .await
        .unwrap_err();
    assert_eq!(error.text(), text);
    assert!(
        error.hint().starts_with("another job holds the lock"),
        "{}",
        error.hint()
    );
}

#[tokio::test]
async fn s20_a_snapshot_needs_a_name_of_two_characters() {
    let Some(story) = Story::tell("06", 73).await else {
        return;
    };
    let snapshot = NewSnapshot {
        name: "x".into(),
        description: None,
        memory: SnapshotMemory::Exclude,
    };
    let error = story
        .client
        .create_snapshot(&guest("qemu"), &snapshot)
        .await
        .unwrap_err();
    let ErrorKind::Parameters { errors, .. } = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(
        errors["snapname"],
        "invalid format - invalid configuration ID 'x'"
    );
}

#[tokio::test]
async fn s22_moving_all_needs_to_be_told_how_many_at_once() {
    let Some(story) = Story::tell("09", 62).await else {
        return;
    };
    let move_all = NodeBulkAction::Migrate {
        target: "pve2".parse().unwrap(),
        with_local_disks: true,
    };
    let node = "pve1".parse().unwrap();
    let all = BulkGuests::All;
    let refused = story
        .client
        .bulk_on_node(&node, &all, &move_all, None, NOW)
        .await;
    assert!(refusal(refused).starts_with("either 'max-workers' parameter"));
}

#[tokio::test]
async fn s22_groups_are_gone_in_9_which_is_known_without_asking() {
    let Some(story) = Story::tell("28", 17).await else {
        return;
    };
    let text = refusal(story.client.ha_groups(OLD).await);
    assert!(
        text.ends_with("ha groups have been migrated to rules"),
        "{text}"
    );
    let error = story.client.ha_groups(NOW).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotImplemented { .. }),
        "{error}"
    );
    assert_eq!(story.server.seen().len(), 1);
}

#[tokio::test]
async fn s23_without_a_majority_each_kind_of_change_is_refused_in_its_own_words() {
    for number in [93, 94, 95, 96] {
        let Some(story) = Story::tell("09", number).await else {
            return;
        };
        let (client, guest) = (&story.client, guest("qemu"));
        let text = match number {
            93 => {
                let change = ClusterOptionsChange {
                    set: Params::new().with("description", "x"),
                    delete: vec![],
                };
                refusal(client.set_cluster_options(&change).await)
            }
            94 => refusal(client.create_guest(&NewGuest::new(guest), NOW).await),
            95 => refusal(client.start(&guest).await),
            _ => refusal(client.set_guest_config(&guest, &cores(1)).await),
        };
        let expected = [
            "no quorum!",
            "no quorum?",
            "no quorum?",
            "Permission denied",
        ];
        assert!(text.ends_with(expected[number as usize - 93]), "{text}");
    }
}

#[tokio::test]
async fn s25_guests_of_a_dead_node_are_still_listed_as_running() {
    let Some(story) = Story::tell("09", 110).await else {
        return;
    };
    let resources = story.client.cluster_resources().await.unwrap();
    let nodes: Vec<_> = resources.iter().filter_map(Resource::as_node).collect();
    let dead = nodes
        .iter()
        .find(|node| node.status == NodeState::Offline)
        .unwrap();
    let guests = resources.iter().filter_map(Resource::as_guest);
    let running =
        guests.filter(|guest| guest.at.node == dead.node && guest.status == GuestState::Running);
    assert!(running.count() > 0);
}

#[tokio::test]
async fn s26_a_dead_node_has_no_figures() {
    let Some(story) = Story::tell("09", 111).await else {
        return;
    };
    let nodes = story.client.nodes().await.unwrap();
    let dead = nodes
        .iter()
        .find(|node| node.status == NodeState::Offline)
        .unwrap();
    let figures = (
        dead.cpu_fraction,
        dead.memory_bytes,
        dead.disk_bytes,
        dead.uptime_s,
    );
    assert_eq!(figures, (None, None, None, None));
}

#[tokio::test]
async fn s30_no_guests_at_all_never_become_all_guests() {
    // PVE takes it and starts everything.
    let Some(story) = Story::tell("26", 241).await else {
        return;
    };
    let none = BulkGuests::These(vec![]);
    let start = ClusterBulkAction::Start { timeout: None };
    let refused = story.client.bulk_in_cluster(&none, &start, None, NOW).await;
    assert!(matches!(refused.unwrap_err().kind(), ErrorKind::Invalid(_)));
    let node = "pve1".parse().unwrap();
    let forced = NodeBulkAction::Start { force: true };
    let refused = story
        .client
        .bulk_on_node(&node, &none, &forced, None, NOW)
        .await;
    assert!(matches!(refused.unwrap_err().kind(), ErrorKind::Invalid(_)));
    assert_eq!(story.server.seen().len(), 0);
    let all = story
        .client
        .bulk_in_cluster(&BulkGuests::All, &start, None, NOW)
        .await;
    assert!(all.is_ok());
    assert_eq!(
        wire(&story.server),
        ["POST /cluster/bulk-action/guest/start"]
    );
}

#[tokio::test]
async fn s31_a_broken_backup_leaves_a_lock_that_stops_stopping() {
    let Some(story) = Story::tell("23", 334).await else {
        return;
    };
    let started = story.client.stop(&guest("qemu")).await;
    assert_eq!(story.failure(started).await, "VM is locked (backup)");
}

#[tokio::test]
async fn s33_an_option_marks_a_template_and_converts_nothing() {
    let Some(story) = Story::tell("20", 368).await else {
        return;
    };
    let mark = ConfigChange::new().set("template", true);
    story
        .client
        .set_guest_config(&guest("qemu"), &mark)
        .await
        .unwrap();
    let Some(story) = Story::tell("20", 369).await else {
        return;
    };
    let started = story.client.start(&guest("qemu")).await;
    assert_eq!(
        story.failure(started).await,
        "you can't start a vm if it's a template"
    );
}

#[tokio::test]
async fn s34_parameters_go_where_pve_takes_them_and_nowhere_else() {
    let server = Server::answering(|| Answer::data(&Value::Null)).await;
    let client = server.client();
    client
        .set_guest_config(&guest("qemu"), &cores(1))
        .await
        .unwrap();
    client.delete_pool("a").await.unwrap();
    client.cluster_options().await.unwrap_err();
    let seen = server.seen();
    let [put, delete, get] = seen.as_slice() else {
        panic!()
    };
    // Of a PUT the query would win over the body; a GET or DELETE with a body is refused (501).
    assert!(!put.target.contains('?') && put.body == "cores=1");
    assert!(delete.target.ends_with("?poolid=a") && delete.body.is_empty());
    assert!(get.body.is_empty() && get.header("content-type").is_none());
}

#[tokio::test]
async fn s36_taking_a_lock_off_a_container_is_no_call_of_the_api() {
    let Some(story) = Story::tell("20", 686).await else {
        return;
    };
    let change = ConfigChange::new().delete("lock").set("skiplock", true);
    let error = story
        .client
        .set_guest_config(&guest("lxc"), &change)
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Parameters { errors, .. } if errors.contains_key("skiplock"))
    );
    let error = story.client.remove_lock(&guest("lxc")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    assert_eq!(story.server.seen().len(), 1);
}

#[tokio::test]
async fn s37_moving_a_guest_of_ha_only_requests_and_any_node_will_do() {
    let Some(story) = Story::tell("28", 106).await else {
        return;
    };
    let to = Migration::new("pve2".parse().unwrap(), MigrationMode::Online);
    let upid = story
        .client
        .migrate_guest(&guest("qemu"), &to, NOW)
        .await
        .unwrap();
    let end = story.end(&upid).await;
    assert_eq!(
        (end.outcome, end.effect),
        (TaskOutcome::Ok, TaskEffect::OnlyRequested)
    );
    let Some(story) = Story::tell("28", 118).await else {
        return;
    };
    let sid = HaSid::from("vm:100".to_owned());
    let nowhere = "nosuch".parse().unwrap();
    let answer = story
        .client
        .move_ha_resource(&sid, &nowhere, HaMove::Migrate)
        .await;
    assert_eq!(answer.unwrap().requested_node, Some(nowhere));
}

#[tokio::test]
async fn s38_a_drive_with_snapshots_becomes_raw_and_takes_no_more_of_them() {
    let raw = MoveVolume {
        key: "scsi0".into(),
        target: VolumeTarget::Storage {
            storage: "data".into(),
            format: Some("raw".into()),
        },
        delete_source: false,
        bandwidth_limit_kib_s: None,
        digest: None,
    };
    let Some(story) = Story::tell("22", 487).await else {
        return;
    };
    let upid = story
        .client
        .move_volume(&guest("qemu"), &raw)
        .await
        .unwrap();
    assert!(story.end(&upid).await.outcome.is_success());
    let snapshot = NewSnapshot {
        name: "after".into(),
        description: None,
        memory: SnapshotMemory::Exclude,
    };
    let Some(story) = Story::tell("22", 491).await else {
        return;
    };
    let started = story
        .client
        .create_snapshot(&guest("qemu"), &snapshot)
        .await;
    assert_eq!(
        story.failure(started).await,
        "snapshot feature is not available"
    );
    let Some(story) = Story::tell("22", 494).await else {
        return;
    };
    let back = story
        .client
        .rollback_snapshot(&guest("qemu"), "before", false)
        .await;
    assert!(story.end(&back.unwrap()).await.outcome.is_success());
}

#[tokio::test]
async fn a_program_that_does_not_exist_in_a_guest_breaks_the_connection_to_its_node() {
    let Some(rows) = golden::rows("08_agent_guest.jsonl") else {
        return;
    };
    let row = rows.into_iter().find(|row| row["status"] == 596).unwrap();
    let server = Server::answering(move || Answer::recorded(&row)).await;
    let error = server
        .client()
        .agent_exec(&guest("qemu"), &["/bin/nosuch"], None)
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NodeUnreachable { status: 596, .. }),
        "{error}"
    );
    assert_eq!(error.class(), pve::ErrorClass::MaybeSent);
}
