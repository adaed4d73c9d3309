//! Any sequence of calls leaves the cluster in order: every task ends, no lock stays behind.

use proptest::prelude::*;
use serde_json::json;

use crate::client::{Rig, options};
use crate::tasks::small_world;
use sim::World;

#[derive(Debug, Clone)]
enum Step {
    Power(u8, &'static str),
    Snapshot(u8, u8),
    RollBack(u8, u8),
    DeleteSnapshot(u8, u8),
    Abort,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let actions = prop::sample::select(vec![
        "start", "stop", "shutdown", "reboot", "reset", "suspend", "resume",
    ]);
    prop_oneof![
        4 => (0..3_u8, actions).prop_map(|(guest, action)| Step::Power(guest, action)),
        2 => (0..3_u8, 0..3_u8).prop_map(|(guest, name)| Step::Snapshot(guest, name)),
        1 => (0..3_u8, 0..3_u8).prop_map(|(guest, name)| Step::RollBack(guest, name)),
        1 => (0..3_u8, 0..3_u8).prop_map(|(guest, name)| Step::DeleteSnapshot(guest, name)),
        1 => Just(Step::Abort),
        2 => (0..12_u64).prop_map(Step::Wait),
    ]
}

fn path(guest: u8) -> String {
    let kind = if guest == 0 { "qemu" } else { "lxc" };
    format!("/nodes/pve1/{kind}/{}", 101 + u32::from(guest))
}

async fn walk(steps: &[Step]) {
    let world = World::from_json(&small_world(&json!({}))).unwrap();
    let rig = Rig::start(options(world)).await;
    let mut upids = Vec::new();
    for step in steps {
        let answer = match step {
            Step::Power(guest, action) => {
                rig.post(&format!("{}/status/{action}", path(*guest)), &[])
                    .await
            }
            Step::Snapshot(guest, name) => {
                let name = format!("snap{name}");
                rig.post(
                    &format!("{}/snapshot", path(*guest)),
                    &[("snapname", &name)],
                )
                .await
            }
            Step::RollBack(guest, name) => {
                rig.post(
                    &format!("{}/snapshot/snap{name}/rollback", path(*guest)),
                    &[],
                )
                .await
            }
            Step::DeleteSnapshot(guest, name) => {
                rig.delete(&format!("{}/snapshot/snap{name}", path(*guest)))
                    .await
            }
            Step::Abort => match upids.last() {
                Some(upid) => {
                    let upid: &String = upid;
                    rig.delete(&format!("/nodes/pve1/tasks/{}", upid.replace(':', "%3A")))
                        .await
                }
                None => continue,
            },
            Step::Wait(seconds) => {
                rig.wait_s(*seconds);
                continue;
            }
        };
        assert!(
            matches!(answer.status, 200 | 500 | 501),
            "{step:?}: {answer:?}"
        );
        if let Some(upid) = answer.data().as_str() {
            upids.push(upid.to_owned());
        }
        // A lock always belongs to a task that still runs, or to a VM that sleeps.
        for vmid in [101, 102, 103] {
            let lock = rig.sim.guest(vmid).unwrap().lock;
            let open = upids
                .iter()
                .any(|upid| rig.sim.task(upid).unwrap().exit.is_none());
            assert!(
                lock.is_none() || lock.as_deref() == Some("suspended") || open,
                "{lock:?}"
            );
        }
    }
    rig.wait_s(600);
    for upid in &upids {
        let task = rig.sim.task(upid).unwrap();
        let last = task.log.last().cloned().unwrap_or_default();
        match task.exit.as_deref() {
            Some("OK") => assert_eq!(last, "TASK OK"),
            Some(text) => assert_eq!(last, format!("TASK ERROR: {text}")),
            None => panic!("{upid} does not end"),
        }
    }
    for vmid in [101, 102, 103] {
        let guest = rig.sim.guest(vmid).unwrap();
        assert!(
            matches!(guest.lock.as_deref(), None | Some("suspended")),
            "{guest:?}"
        );
        let parent_exists = guest
            .parent
            .as_ref()
            .is_none_or(|name| guest.snapshots.contains(name));
        assert!(parent_exists, "{guest:?}");
    }
    let unique: std::collections::BTreeSet<&String> = upids.iter().collect();
    assert_eq!(unique.len(), upids.len(), "a UPID is there twice");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_task_ends_and_no_lock_stays(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(walk(&steps));
    }
}
