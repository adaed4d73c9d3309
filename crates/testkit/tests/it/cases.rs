//! Every action on a guest that fits it, with what it does on the cluster.

use ops::{Risk, Run, RunState, StepState};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

/// One action on one guest that fits it.
pub(crate) struct Case {
    pub(crate) op: &'static str,
    pub(crate) guest: Guest,
    pub(crate) vmid: u32,
    pub(crate) name: &'static str,
    /// What the simulator calls it.
    pub(crate) call: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) risk: Risk,
    pub(crate) undo: Option<&'static str>,
}

impl Case {
    pub(crate) fn input(&self) -> Value {
        self.input_for(self.name)
    }

    pub(crate) fn input_for(&self, guest: &str) -> Value {
        match self.op.split_once('.') {
            Some(("snapshots", "create")) => json!({ "guests": [guest], "name": "fresh" }),
            Some(("snapshots", "prune")) => {
                json!({ "guests": [guest], "keep_last": 0, "prefix": "before" })
            }
            Some(("snapshots", _)) => json!({ "guests": [guest], "name": "before" }),
            _ => json!({ "guests": [guest] }),
        }
    }

    pub(crate) async fn world(&self) -> World {
        World::builder().cluster(self.cluster()).build().await
    }

    pub(crate) fn cluster(&self) -> Cluster {
        Cluster::of(&["pve1", "pve2", "pve3"])
            .guest(self.guest.clone())
            .guest(Guest::vm(900, "bystander", "pve2").running())
    }

    /// The path of its status, which only verifying and looking read.
    pub(crate) fn status_path(&self) -> String {
        let kind = if self.vmid < 200 { "qemu" } else { "lxc" };
        format!("/nodes/pve1/{kind}/{}/status/current", self.vmid)
    }

    /// Everything that was not asked for is as it was.
    pub(crate) fn assert_not_done(&self, world: &World) {
        assert_eq!(world.changes(), Vec::<String>::new(), "{}", self.op);
    }
}

const NO_UNDO: Option<&str> = None;

/// Every action, for virtual machines and containers.
pub(crate) fn cases() -> Vec<Case> {
    let case = |op, guest, vmid, name, call, verdict, risk, undo| Case {
        op,
        guest,
        vmid,
        name,
        call,
        verdict,
        risk,
        undo,
    };
    let vm = || Guest::vm(101, "web-01", "pve1");
    let container = || Guest::container(201, "cache-01", "pve1");
    vec![
        case(
            "guests.start",
            vm(),
            101,
            "web-01",
            "guest.start guest/101",
            "web-01 is running",
            Risk::Reversible,
            Some("guests.stop"),
        ),
        case(
            "guests.start",
            container(),
            201,
            "cache-01",
            "guest.start guest/201",
            "cache-01 is running",
            Risk::Reversible,
            Some("guests.stop"),
        ),
        case(
            "guests.stop",
            vm().running(),
            101,
            "web-01",
            "guest.stop guest/101",
            "web-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.stop",
            container().running(),
            201,
            "cache-01",
            "guest.stop guest/201",
            "cache-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.shutdown",
            vm().running(),
            101,
            "web-01",
            "guest.shutdown guest/101",
            "web-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.shutdown",
            container().running(),
            201,
            "cache-01",
            "guest.shutdown guest/201",
            "cache-01 is stopped",
            Risk::Disruptive,
            Some("guests.start"),
        ),
        case(
            "guests.reboot",
            vm().running(),
            101,
            "web-01",
            "guest.reboot guest/101",
            "web-01 is running again",
            Risk::Disruptive,
            NO_UNDO,
        ),
        case(
            "guests.reboot",
            container().running(),
            201,
            "cache-01",
            "guest.reboot guest/201",
            "cache-01 is running again",
            Risk::Disruptive,
            NO_UNDO,
        ),
        case(
            "snapshots.create",
            vm().running(),
            101,
            "web-01",
            "snapshot.create snapshot/101/fresh",
            "web-01 has snapshot fresh",
            Risk::Reversible,
            Some("snapshots.delete"),
        ),
        case(
            "snapshots.create",
            container(),
            201,
            "cache-01",
            "snapshot.create snapshot/201/fresh",
            "cache-01 has snapshot fresh",
            Risk::Reversible,
            Some("snapshots.delete"),
        ),
        case(
            "snapshots.delete",
            vm().snapshot("before"),
            101,
            "web-01",
            "snapshot.delete snapshot/101/before",
            "web-01 has no snapshot before any more",
            Risk::Destructive,
            NO_UNDO,
        ),
        case(
            "snapshots.delete",
            container().snapshot("before"),
            201,
            "cache-01",
            "snapshot.delete snapshot/201/before",
            "cache-01 has no snapshot before any more",
            Risk::Destructive,
            NO_UNDO,
        ),
        case(
            "snapshots.prune",
            vm().snapshot("before"),
            101,
            "web-01",
            "snapshot.delete snapshot/101/before",
            "web-01 has no snapshot before any more",
            Risk::Destructive,
            NO_UNDO,
        ),
        case(
            "snapshots.rollback",
            vm().running().snapshot("before"),
            101,
            "web-01",
            "snapshot.rollback snapshot/101/before",
            "web-01 is back at snapshot before and stopped",
            Risk::Destructive,
            NO_UNDO,
        ),
        case(
            "snapshots.rollback",
            container().snapshot("before"),
            201,
            "cache-01",
            "snapshot.rollback snapshot/201/before",
            "cache-01 is back at snapshot before and stopped",
            Risk::Destructive,
            NO_UNDO,
        ),
    ]
}

/// What mostly waits need not wait for each other.
pub(crate) async fn side_by_side<F: Future<Output = ()>>(check: impl Fn(Case) -> F) {
    futures_util::future::join_all(cases().into_iter().map(check)).await;
}

/// State, step and error of a run of one step.
pub(crate) fn only_step(run: &Run) -> (RunState, StepState, Option<&str>) {
    assert_eq!(run.steps.len(), 1, "{run:?}");
    (run.state, run.steps[0].state, run.steps[0].error.as_deref())
}
