//! Rehearsals tell what becomes of guests: those that a plan makes, from whatever, and what changes only later.

use ops::{Rehearsed, RunState, rehearsal::Foretold};
use pve::{Method, Params};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

fn cluster() -> Cluster {
    Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "web-01", "pve1").running())
        .guest(Guest::vm(102, "golden", "pve1").with("template", true))
        .medium("iso", "debian.iso")
        .medium("import", "debian.qcow2")
        .medium("vztmpl", "debian.tar.zst")
}

/// `field: before -> after` of everything that would be different.
fn lines(told: &Rehearsed) -> Vec<String> {
    told.changes
        .iter()
        .map(|change| {
            let word = |value: &Value| match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            };
            format!(
                "{} {}: {} -> {}",
                change.target,
                change.field,
                word(&change.before),
                word(&change.after)
            )
        })
        .collect()
}

const SECRET: &str = "correct horse 9";

fn wishes() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    vec![
        (
            "an empty disk",
            json!({ "kind": "qemu", "node": "pve1", "id": 500, "name": "bare", "storage": "fast" }),
            vec!["config scsi0: null -> fast:vm-500-disk-0,size=32G"],
        ),
        (
            "an image of a disc",
            json!({ "kind": "qemu", "node": "pve1", "id": 501, "name": "iso", "storage": "fast",
                    "iso": "media:iso/debian.iso", "bridge": "vmbr0", "memory": 2048 }),
            vec![
                "config ide2: null -> media:iso/debian.iso,media=cdrom,size=2G",
                "config memory: null -> 2048",
                "config net0: null -> virtio,bridge=vmbr0",
                "status: null -> stopped",
            ],
        ),
        (
            "a cloud image",
            json!({ "kind": "qemu", "node": "pve2", "id": 502, "name": "cloud", "storage": "fast",
                    "image": "media:import/debian.qcow2", "user": "admin", "password": SECRET }),
            vec![
                "config cipassword: null -> ***",
                "config scsi0: null -> fast:vm-502-disk-0,size=2G",
            ],
        ),
        (
            "a cloud image with a larger disk",
            json!({ "kind": "qemu", "node": "pve2", "id": 503, "name": "grown", "storage": "fast",
                    "image": "media:import/debian.qcow2", "disk_gib": 20 }),
            vec!["config scsi0: null -> fast:vm-503-disk-0,size=20G"],
        ),
        (
            "a template of containers",
            json!({ "kind": "lxc", "node": "pve1", "id": 504, "name": "box", "storage": "fast",
                    "template": "media:vztmpl/debian.tar.zst", "password": SECRET, "nesting": true }),
            vec![
                "config features: null -> nesting=1",
                "config rootfs: null -> fast:vm-504-disk-0,size=8G",
            ],
        ),
        (
            "a template of machines",
            json!({ "kind": "qemu", "id": 505, "name": "copy", "template": "golden",
                    "password": SECRET, "cores": 4 }),
            vec!["config cipassword: null -> ***", "config cores: null -> 4"],
        ),
        (
            "a linked copy",
            json!({ "kind": "qemu", "id": 506, "name": "linked", "template": "golden", "linked": true }),
            vec!["config scsi0: null -> fast:base-102-disk-0/vm-506-disk-0,size=8G"],
        ),
    ]
}

#[tokio::test]
async fn a_new_guest_is_rehearsed_from_whatever_it_is_made_and_comes_as_foretold() {
    let world = World::builder().cluster(cluster()).build().await;
    for (what, wish, wanted) in wishes() {
        let plan = world.plan("guests.create", wish.clone()).await.unwrap();
        let before = world.sim().calls().len();
        let told = world.rehearse(&plan).await;
        assert_eq!(
            (told.outcome, told.errors.as_slice()),
            (Foretold::Succeeds, [].as_slice()),
            "{what}: {told:?}"
        );
        assert_eq!(world.sim().calls().len(), before, "{what}");
        assert!(told.requests < 30, "{what}: {} requests", told.requests);
        let (node, id) = (wish["node"].as_str().unwrap_or("pve1"), &wish["id"]);
        let lines = lines(&told);
        let target = format!("main/{node}/{id}");
        assert_eq!(
            lines[0],
            format!("{target} exists: false -> true"),
            "{what}"
        );
        for line in wanted {
            let line = format!("{target} {line}");
            assert!(lines.contains(&line), "{what}: no `{line}` in {lines:#?}");
        }
        // No word of the guest that is not there yet, no path, no secret.
        let gaps = json!(told.not_rehearsed).to_string();
        assert!(
            !gaps.contains(&id.to_string()) && !gaps.contains("/nodes"),
            "{what}: {gaps}"
        );
        assert!(!json!(told).to_string().contains(SECRET), "{what}");

        let run = world.approve(&plan).await.unwrap();
        let run = world.run_to_end(&run.id).await;
        assert_eq!(run.state, RunState::Succeeded, "{what}: {run:?}");
        let vmid = u32::try_from(id.as_u64().unwrap()).unwrap();
        let real = world.sim().guest(vmid).unwrap();
        for change in &told.changes {
            let Some(key) = change.field.strip_prefix("config ") else {
                continue;
            };
            let is_drawn = key.starts_with("net") || key == "cipassword";
            if !is_drawn {
                assert_eq!(json!(real.config.get(key)), change.after, "{what}: {key}");
            }
        }
        world.clock.advance(std::time::Duration::from_secs(30));
    }
}

#[tokio::test]
async fn a_medium_that_went_away_is_foretold_in_the_clusters_words() {
    let world = World::builder().cluster(cluster()).build().await;
    let wish = json!({ "kind": "lxc", "node": "pve1", "id": 500, "name": "box", "storage": "fast",
                       "template": "media:vztmpl/debian.tar.zst" });
    let plan = world.plan("guests.create", wish).await.unwrap();
    let at = "/nodes/pve1/storage/media/content/media:vztmpl/debian.tar.zst";
    world
        .outside()
        .call(Method::Delete, at, Params::new())
        .await;
    let told = world.rehearse(&plan).await;
    assert_eq!((told.outcome, lines(&told)), (Foretold::Fails, Vec::new()));
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(told.steps[0].error, run.steps[0].error);
}

#[tokio::test]
async fn what_waits_for_a_restart_is_told_and_pools_and_ha_too() {
    let world = World::builder().cluster(cluster()).build().await;
    let pool = [("poolid", "shop")].into_iter().collect();
    world.outside().call(Method::Post, "/pools", pool).await;
    world.clock.advance(std::time::Duration::from_secs(30));
    let web = |more: Value| {
        let mut input = json!({ "guests": ["web-01"] });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    for (op, input, line) in [
        (
            "guests.edit",
            web(json!({ "cores": 4 })),
            "config cores (pending: needs a restart): 2 -> 4",
        ),
        (
            "guests.edit",
            web(json!({ "memory": 8192 })),
            "config memory (pending: needs a restart): 2048 -> 8192",
        ),
        (
            "guests.pool",
            web(json!({ "pool": "shop" })),
            "pool: null -> shop",
        ),
        (
            "guests.ha",
            web(json!({ "max_restart": 3 })),
            "ha: null -> max_restart=3,state=started",
        ),
    ] {
        let plan = world.plan(op, input).await.unwrap();
        let told = world.rehearse(&plan).await;
        assert_eq!(told.outcome, Foretold::Succeeds, "{op}: {told:?}");
        assert_eq!(lines(&told), [format!("main/pve1/101 {line}")], "{op}");
    }
}

#[tokio::test]
async fn a_template_that_others_stand_on_is_foretold_to_stay() {
    let world = World::builder().cluster(cluster()).build().await;
    let linked = [("newid", "110"), ("full", "0")].into_iter().collect();
    let clone = "/nodes/pve1/qemu/102/clone";
    world.outside().call(Method::Post, clone, linked).await;
    world.clock.advance(std::time::Duration::from_secs(30));
    let plan = world
        .plan("guests.delete", json!({ "guests": ["golden"] }))
        .await
        .unwrap();
    let told = world.rehearse(&plan).await;
    assert_eq!(
        (told.outcome, lines(&told)),
        (Foretold::Fails, Vec::new()),
        "{told:?}"
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(told.steps[0].error, run.steps[0].error);
    assert!(
        told.errors[0].contains("is still in use by linked cloned"),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_pve_writes_down_and_cannot_keep_is_warned_of() {
    let world = World::builder().cluster(cluster()).build().await;
    let new = |more: Value| {
        let mut input = json!({ "kind": "qemu", "node": "pve1", "id": 500, "name": "new",
                                "storage": "fast" });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let memory =
        "web-01 gets 4000000M of memory and node pve1 has 64G in all: it may not start there";
    for (op, input, warning) in [
        (
            "guests.create",
            new(json!({ "disk_gib": 99_999_999 })),
            "the disks of new take up to 99999999G and storage fast has 900G left",
        ),
        (
            "guests.create",
            new(json!({ "memory": 4_000_000 })),
            &memory.replace("web-01", "new"),
        ),
        (
            "guests.create",
            new(json!({ "bridge": "vmbr99" })),
            "new uses vmbr99, which pve1 does not list: it may not start there, unless SDN makes it",
        ),
        (
            "guests.edit",
            json!({ "guests": ["web-01"], "memory": 4_000_000 }),
            memory,
        ),
        (
            "guests.config",
            json!({ "guests": ["web-01"], "set": ["net1=virtio,bridge=vmbr99"] }),
            "web-01 uses vmbr99, which pve1 does not list: it may not start there, unless SDN makes it",
        ),
        (
            "guests.resize",
            json!({ "guests": ["web-01"], "disk": "scsi0", "size": "+99999T" }),
            "the disks grow by 99999T and storage fast on node pve1 has 900G left",
        ),
    ] {
        let plan = world.plan(op, input).await.unwrap();
        let warnings: Vec<&str> = plan
            .preflight
            .iter()
            .filter(|signal| signal.level == ops::Level::Warning)
            .map(|signal| signal.text.as_str())
            .collect();
        assert!(
            warnings.contains(&warning),
            "{op}: no `{warning}` in {warnings:?}"
        );
    }
    let plan = world
        .plan(
            "guests.create",
            new(json!({ "bridge": "vmbr0", "memory": 2048 })),
        )
        .await
        .unwrap();
    assert!(
        plan.preflight
            .iter()
            .all(|signal| signal.level == ops::Level::Info),
        "{:?}",
        plan.preflight
    );
}
