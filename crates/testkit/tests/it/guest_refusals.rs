//! What operations on guests refuse before anything is asked of the cluster, and odd texts.

use ops::{Code, Kind, RunState, WayBack};
use pve::{Method, Params};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

async fn refusal(world: &World, op: &str, input: Value) -> (Code, String, Option<String>) {
    let error = world
        .plan(op, input.clone())
        .await
        .map(|plan| plan.summary)
        .expect_err(&format!("{op} {input} is refused"));
    (error.code, error.message, error.hint)
}

#[tokio::test]
async fn every_refusal_says_why_in_one_sentence_and_what_to_do() {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "web", "pve1").running().tags(&["a"]))
        .guest(Guest::vm(102, "kept", "pve1").with("protection", true))
        .guest(Guest::vm(103, "snapped", "pve1").snapshot("before"))
        .guest(Guest::vm(104, "pattern", "pve1").with("template", true))
        .guest(Guest::vm(105, "watched", "pve1"))
        .guest(Guest::container(201, "box", "pve1").running())
        .highly_available("vm:105");
    let world = World::builder()
        .cluster(cluster)
        .settings(|settings| {
            settings.shown = json!({ "guests.exec_allow": { "value": "uptime" } });
        })
        .build()
        .await;
    world
        .outside()
        .configure(103, &[("hostpci0", "0000:01:00")])
        .await;
    let rows: Vec<(&str, Value, Code, &str)> = vec![
        (
            "guests.config",
            json!({ "guests": ["web"], "set": ["cores=many"] }),
            Code::InvalidInput,
            "`cores` of web (main/pve1/101) cannot be so: type check ('integer') failed - got 'many'",
        ),
        (
            "guests.config",
            json!({ "guests": ["web"], "set": ["swap=64"] }),
            Code::InvalidInput,
            "web (main/pve1/101) is a virtual machine, which has no option `swap`",
        ),
        (
            "guests.config",
            json!({ "guests": ["web"], "set": ["lock=backup"] }),
            Code::InvalidInput,
            "`lock` is not set by hand",
        ),
        (
            "guests.config",
            json!({ "guests": ["box"], "delete": ["mp0"], "destroy_volumes": true }),
            Code::InvalidInput,
            "box (main/pve1/201) is a container: its volumes are not destroyed with their option",
        ),
        (
            "guests.config",
            json!({ "guests": ["web"], "set": ["tags=a"] }),
            Code::Conflict,
            "nothing to do: web (main/pve1/101) is so already",
        ),
        (
            "guests.rename",
            json!({ "guests": ["web", "box"], "name": "same" }),
            Code::InvalidInput,
            "several guests cannot all be called `same`",
        ),
        (
            "guests.tag",
            json!({ "guests": ["web"], "add": ["two words"] }),
            Code::InvalidInput,
            "`two words` is no tag",
        ),
        (
            "guests.pool",
            json!({ "guests": ["web"], "pool": "none-such" }),
            Code::NoMatch,
            "cluster main has no pool `none-such`",
        ),
        (
            "guests.protect",
            json!({ "guests": ["kept"] }),
            Code::Conflict,
            "nothing to do: kept (main/pve1/102) is so already",
        ),
        (
            "guests.delete",
            json!({ "guests": ["kept"] }),
            Code::Conflict,
            "kept (main/pve1/102) is protected against deletion",
        ),
        (
            "guests.delete",
            json!({ "guests": ["web"] }),
            Code::Conflict,
            "web (main/pve1/101) is not stopped",
        ),
        (
            "guests.delete",
            json!({ "guests": ["watched"] }),
            Code::Conflict,
            "watched (main/pve1/105) is managed by HA",
        ),
        (
            "guests.suspend",
            json!({ "guests": ["box"], "to_disk": true }),
            Code::Conflict,
            "box (main/pve1/201) is a container: PVE hibernates virtual machines only",
        ),
        (
            "guests.suspend",
            json!({ "guests": ["kept"] }),
            Code::Conflict,
            "nothing to do: kept (main/pve1/102) does not run",
        ),
        (
            "guests.resume",
            json!({ "guests": ["web"] }),
            Code::Conflict,
            "nothing to do: web (main/pve1/101) runs already",
        ),
        (
            "guests.reset",
            json!({ "guests": ["box"] }),
            Code::Conflict,
            "box (main/pve1/201) is a container, which has no reset button",
        ),
        (
            "guests.clone",
            json!({ "guests": ["web"], "linked": true }),
            Code::Conflict,
            "web (main/pve1/101) is no template: only templates have linked copies",
        ),
        (
            "guests.clone",
            json!({ "guests": ["box"] }),
            Code::Conflict,
            "box (main/pve1/201) is a running container: PVE copies it from a snapshot only",
        ),
        (
            "guests.clone",
            json!({ "guests": ["web"], "id": 102 }),
            Code::Conflict,
            "id 102 belongs to another guest of cluster main",
        ),
        (
            "guests.clone",
            json!({ "guests": ["web"], "target": "pve9" }),
            Code::NoMatch,
            "cluster main has no node `pve9`",
        ),
        (
            "guests.clone",
            json!({ "guests": ["web"], "snapshot": "gone" }),
            Code::Conflict,
            "web (main/pve1/101) has no snapshot `gone`",
        ),
        (
            "guests.template",
            json!({ "guests": ["snapped"] }),
            Code::Conflict,
            "snapped (main/pve1/103) has 1 snapshot and cannot become a template",
        ),
        (
            "guests.template",
            json!({ "guests": ["pattern"] }),
            Code::Conflict,
            "nothing to do: pattern (main/pve1/104) is a template already",
        ),
        (
            "guests.resize",
            json!({ "guests": ["web"], "disk": "scsi0", "size": "4G" }),
            Code::Conflict,
            "web (main/pve1/101) has 8G at `scsi0`: a disk cannot shrink to 4G",
        ),
        (
            "guests.resize",
            json!({ "guests": ["web"], "disk": "scsi7", "size": "+4G" }),
            Code::NoMatch,
            "web (main/pve1/101) has no disk `scsi7`",
        ),
        (
            "guests.resize",
            json!({ "guests": ["web"], "disk": "scsi0", "size": "-4G" }),
            Code::InvalidInput,
            "`-4G` is no size",
        ),
        (
            "guests.move_disk",
            json!({ "guests": ["web"], "disk": "scsi0", "storage": "nowhere" }),
            Code::NoMatch,
            "node pve1 has no storage `nowhere`",
        ),
        (
            "guests.move_disk",
            json!({ "guests": ["box"], "disk": "rootfs", "storage": "plain" }),
            Code::Conflict,
            "box (main/pve1/201) is a running container: its volumes are moved while it is off",
        ),
        (
            "guests.move_disk",
            json!({ "guests": ["snapped"], "disk": "scsi0", "storage": "plain", "delete_source": true }),
            Code::Conflict,
            "snapped (main/pve1/103) has snapshots: the original of a disk cannot be deleted then",
        ),
        (
            "guests.migrate",
            json!({ "guests": ["web"], "target": "pve1" }),
            Code::Conflict,
            "nothing to do: web (main/pve1/101) is on pve1 already",
        ),
        (
            "guests.migrate",
            json!({ "guests": ["web"] }),
            Code::InvalidInput,
            "give either `target` or `spread`",
        ),
        (
            "guests.migrate",
            json!({ "guests": ["snapped"], "target": "pve2" }),
            Code::Conflict,
            "snapped (main/pve1/103) uses a device of node pve1 (`hostpci0`)",
        ),
        (
            "guests.ha",
            json!({ "guests": ["web"], "state": "running" }),
            Code::InvalidInput,
            "`running` is no state for HA",
        ),
        (
            "guests.ha",
            json!({ "guests": ["web"], "remove": true }),
            Code::Conflict,
            "nothing to do: web (main/pve1/101) is not managed by HA",
        ),
        (
            "guests.ha",
            json!({ "guests": ["web"], "group": "g" }),
            Code::InvalidInput,
            "cluster main has no `group` for HA: PVE has it before 9.0",
        ),
        (
            "guests.exec",
            json!({ "guests": ["web"], "command": ["rm", "-rf", "/"] }),
            Code::Forbidden,
            "`rm` may not be run inside guests",
        ),
        (
            "guests.exec",
            json!({ "guests": ["box"], "command": ["uptime"] }),
            Code::Conflict,
            "box (main/pve1/201) is a container: PVE has no call that runs programs in containers",
        ),
        (
            "guests.edit",
            json!({ "guests": ["box"], "sockets": 2 }),
            Code::Conflict,
            "box (main/pve1/201) is a container, which has no `sockets`",
        ),
        (
            "guests.edit",
            json!({ "guests": ["web"], "add_memory": -4096 }),
            Code::Conflict,
            "web (main/pve1/101) has 2048 of `memory`: -4096 would leave -2048",
        ),
        (
            "guests.startup",
            json!({ "guests": ["web"] }),
            Code::InvalidInput,
            "nothing is to be changed",
        ),
        (
            "guests.create",
            json!({ "kind": "qemu", "node": "pve1", "storage": "fast", "iso": "fast:iso/none.iso" }),
            Code::NoMatch,
            "storage fast on node pve1 holds no `fast:iso/none.iso`",
        ),
    ];
    let before = world.changes().len();
    for (op, input, code, message) in rows {
        let (found, said, hint) = refusal(&world, op, input.clone()).await;
        assert_eq!((found, said.as_str()), (code, message), "{op} {input}");
        assert!(!said.contains('\n'), "{op}: {said}");
        let is_nothing = message.starts_with("nothing to do") || message.contains("twice");
        let needs_hint = !is_nothing
            && !["cores", "swap"]
                .iter()
                .any(|key| message.contains(&format!("`{key}`")));
        assert!(
            hint.is_some() || !needs_hint,
            "{op} {input} says what to do"
        );
    }
    assert_eq!(world.changes().len(), before, "nothing was asked");
}

#[tokio::test]
async fn odd_texts_in_names_and_notes_are_carried_out_or_refused_and_nothing_is_lost() {
    let world = World::new().await;
    let kept = "\"double\" 'single' `back` 🐘👩‍👩‍👧 مرحبا بالعالم שלום \u{202e}turned\u{202c}\n# heading\n\ttab: a=b,c;d %41 \\n";
    let long = "é".repeat(8192);
    for text in [kept, &long] {
        for guest in ["web-01", "cache-02"] {
            let run = world
                .carry_out("guests.notes", json!({ "guests": [guest], "text": text }))
                .await;
            assert_eq!(run.state, RunState::Succeeded, "{run:?}");
            let shown = world
                .query("guests.show", json!({ "guest": guest }))
                .await
                .unwrap();
            let notes = shown["description"].as_str().unwrap();
            assert_eq!(notes.trim_end_matches('\n'), text);
        }
    }
    let too_long = "x".repeat(10_000);
    let (code, said, hint) = refusal(
        &world,
        "guests.notes",
        json!({ "guests": ["web-01"], "text": too_long }),
    )
    .await;
    assert_eq!(
        (code, said.as_str()),
        (
            Code::InvalidInput,
            "`description` of web-01 (main/pve1/101) cannot be so: the notes are 10000 characters long and PVE \
             keeps 8192"
        )
    );
    assert!(hint.is_some());
    let (_, said, _) = refusal(
        &world,
        "guests.notes",
        json!({ "guests": ["web-01"], "text": "a\u{0}b" }),
    )
    .await;
    assert!(
        said.ends_with("it holds the control character U+0000"),
        "{said}"
    );

    let before = world.changes().len();
    for name in [
        "",
        "a b",
        "\"web\"",
        "🐘",
        "مرحبا",
        "-web",
        "web-",
        &"n".repeat(10_000),
        "web\nmemory: 1",
    ] {
        for guest in ["web-01", "cache-02"] {
            let (code, said, _) = refusal(
                &world,
                "guests.rename",
                json!({ "guests": [guest], "name": name }),
            )
            .await;
            assert_eq!(code, Code::InvalidInput, "{name}");
            assert!(said.ends_with("is no name for a guest"), "{said}");
            assert!(
                said.chars().count() < 400,
                "a long name is not repeated whole"
            );
        }
    }
    for value in ["x\ny", "x\u{7}"] {
        let input = json!({ "guests": ["web-01"], "set": [format!("args={value}")] });
        let (code, said, _) = refusal(&world, "guests.config", input).await;
        assert_eq!(code, Code::InvalidInput);
        assert!(said.contains("control character"), "{said}");
    }
    assert_eq!(world.changes().len(), before);
}

#[tokio::test]
async fn what_waits_for_a_restart_is_said_before_and_after() {
    let world = World::new().await;
    let input =
        json!({ "guests": ["web-01"], "set": ["memory=4096", "onboot=1"], "delete": ["net0"] });
    world
        .outside()
        .configure(101, &[("net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0")])
        .await;
    let plan = world.plan("guests.config", input).await.unwrap();
    let said: Vec<(&str, &str)> = plan
        .preflight
        .iter()
        .map(|signal| (signal.signal.as_str(), signal.text.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "pending_restart",
                "web-01 runs: memory applies only at its next start (`guests.reboot`), not by a restart from inside"
            ),
            (
                "hotplug",
                "web-01 runs: net0 applies at once only if the system inside lets go of the device, else at its next start"
            ),
        ]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let text = run.steps[0].verify.clone().unwrap().text;
    assert!(text.contains("at its next start"), "{text}");
}

#[tokio::test]
async fn a_password_is_in_no_plan_and_on_no_disk() {
    let world = World::builder().on_disk().build().await;
    let input = json!({ "guests": ["db-01"], "set": ["cipassword=hunter2hunter2", "ciuser=me"] });
    let plan = world.plan("guests.config", input).await.unwrap();
    let stored = serde_json::to_string(&plan).unwrap();
    assert!(!stored.contains("hunter2"), "{stored}");
    assert!(!world.is_on_disk("hunter2"));
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert!(!world.is_on_disk("hunter2"));
    assert!(
        world
            .sim()
            .guest(103)
            .unwrap()
            .config
            .contains_key("cipassword")
    );
}

#[tokio::test]
async fn a_copy_that_somebody_used_is_not_deleted_by_the_way_back() {
    let world = World::new().await;
    for touch in ["configure", "snapshot", "start and stop"] {
        let run = world
            .carry_out("guests.clone", json!({ "guests": ["db-01"] }))
            .await;
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        let id = world
            .sim()
            .vmids()
            .into_iter()
            .find(|id| *id == 100)
            .unwrap();
        match touch {
            "configure" => world.outside().configure(id, &[("cores", "7")]).await,
            "snapshot" => world.outside().snapshot(id, "mine").await,
            _ => {
                world.outside().start(id).await;
                world.outside().stop(id).await;
            }
        }
        world.clock.advance(std::time::Duration::from_secs(10));
        let (code, said, _) = refusal(&world, "runs.undo", json!({ "run": run.id })).await;
        assert_eq!(code, Code::Conflict, "{touch}");
        assert!(said.contains("is not as it was made"), "{touch}: {said}");
        let path = format!("/nodes/pve1/qemu/{id}");
        world
            .outside()
            .call(Method::Delete, &path, Params::new())
            .await;
        world.clock.advance(std::time::Duration::from_secs(10));
    }
}

#[tokio::test]
async fn an_id_that_somebody_took_meanwhile_stops_the_copy() {
    let world = World::new().await;
    let plan = world
        .plan("guests.clone", json!({ "guests": ["db-01"] }))
        .await
        .unwrap();
    let made = Params::new().with("newid", 100_u32);
    world
        .outside()
        .call(Method::Post, "/nodes/pve1/qemu/103/clone", made)
        .await;
    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(error.code, Code::PreconditionChanged);
    assert!(error.message.contains("id 100"), "{error}");
}

#[tokio::test]
async fn bulk_works_on_a_selector_and_the_way_back_is_one_plan() {
    let world = World::new().await;
    let plan = world
        .plan(
            "guests.tag",
            json!({ "guests": ["kind=qemu"], "add": ["batch"] }),
        )
        .await
        .unwrap();
    assert_eq!(plan.steps.len(), 3);
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let tags = |id| world.sim().guest(id).unwrap().config.get("tags").cloned();
    assert_eq!(tags(101).as_deref(), Some("batch;web"));
    assert_eq!(tags(103).as_deref(), Some("batch"));
    let back = world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(back.state, RunState::Succeeded, "{back:?}");
    assert_eq!((tags(101).as_deref(), tags(103)), (Some("web"), None));
}

#[tokio::test]
async fn several_changes_of_one_guest_in_one_plan_are_taken_back_in_reverse() {
    let world = World::new().await;
    let before = world.sim().guest(103).unwrap().config;
    let plan = world
        .plan_several(&[
            (
                "guests.rename",
                json!({ "guests": ["db-01"], "name": "store" }),
            ),
            (
                "guests.edit",
                json!({ "guests": ["db-01"], "memory": 4096 }),
            ),
            (
                "guests.edit",
                json!({ "guests": ["db-01"], "memory": 8192 }),
            ),
            ("guests.start", json!({ "guests": ["db-01"] })),
        ])
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let now = world.sim().guest(103).unwrap();
    assert_eq!(
        (now.name.as_str(), now.status.as_str()),
        ("store", "running")
    );
    world.clock.advance(std::time::Duration::from_secs(10));
    let back = world.carry_out("runs.undo", json!({ "run": run.id })).await;
    assert_eq!(back.state, RunState::Succeeded, "{back:?}");
    let after = world.sim().guest(103).unwrap();
    assert_eq!((after.config, after.status.as_str()), (before, "stopped"));
}

#[tokio::test]
async fn every_action_on_a_cluster_states_its_way_back() {
    let world = World::new().await;
    for entry in world.app.registry.entries() {
        if entry.kind() != Kind::Action || entry.noun_verb().0 == "runs" {
            assert_eq!(entry.way_back, None, "{}", entry.name);
            continue;
        }
        match entry.way_back {
            // What changes the product alone, nodes, storages or snapshots is taken back in tests of its own.
            Some(WayBack::By { .. } | WayBack::InPart { .. })
                if entry.scope == ops::Scope::Product
                    || ["nodes", "snapshots", "storages"].contains(&entry.noun_verb().0) => {}
            Some(WayBack::By { op, .. } | WayBack::InPart { op, .. }) => {
                let is_proved = crate::guest_rows::rows()
                    .iter()
                    .any(|row| row.op == entry.name && row.undo == Some(op));
                assert!(
                    is_proved,
                    "{} is done and taken back in the table",
                    entry.name
                );
                let inverse = world.app.registry.entries().find(|other| other.name == op);
                assert!(inverse.is_some(), "{} is taken back by {op}", entry.name);
            }
            Some(WayBack::None { why } | WayBack::NotNeeded { why }) => {
                assert!(!why.is_empty(), "{}", entry.name);
            }
            Some(WayBack::Unstated) => panic!("{} does not state its way back", entry.name),
            // What is made of other operations has their ways back.
            None => {}
        }
    }
}

#[tokio::test]
async fn a_guest_that_ha_manages_is_waited_for_until_the_manager_moved_it() {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "web", "pve1").running())
        .highly_available("vm:101");
    let world = World::builder().cluster(cluster).build().await;
    let input = json!({ "guests": ["web"], "target": "pve2" });
    let plan = world.plan("guests.migrate", input).await.unwrap();
    assert!(
        plan.preflight
            .iter()
            .any(|signal| signal.signal == "ha_managed")
    );
    let run = world.approve(&plan).await.unwrap();
    world.until_changes(1).await;
    for _ in 0..6 {
        world
            .sim()
            .clock()
            .advance(std::time::Duration::from_secs(10));
    }
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(world.sim().guest(101).unwrap().node, "pve2");
}

#[tokio::test]
async fn a_disk_that_only_one_node_has_is_told_before_a_running_machine_is_moved() {
    let world = World::new().await;
    let storage: Params = [
        ("storage", "solo"),
        ("type", "dir"),
        ("path", "/srv/solo"),
        ("content", "images,rootdir"),
    ]
    .into_iter()
    .collect();
    world
        .outside()
        .call(Method::Post, "/storage", storage)
        .await;
    world.outside().configure(101, &[("scsi1", "solo:1")]).await;
    let input = json!({ "guests": ["web-01"], "target": "pve3" });
    let (code, said, hint) = refusal(&world, "guests.migrate", input).await;
    assert_eq!(code, Code::Conflict);
    assert!(
        said.starts_with("web-01 (main/pve1/101) runs and has the disk solo:101/")
            && said.ends_with("which only pve1 has"),
        "{said}"
    );
    assert_eq!(
        hint.as_deref(),
        Some("`with_local_disks` copies it while it runs")
    );
    let input = json!({ "guests": ["web-01"], "target": "pve3", "with_local_disks": true });
    let run = world.carry_out("guests.migrate", input).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(world.sim().guest(101).unwrap().node, "pve3");
}
