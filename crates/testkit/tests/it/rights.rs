//! A right that our user lacks is foreseen when a plan is made: the guest is left out with what is missing
//! and where, and the others go on.

use ops::{Because, Code, RunState};
use pve::{Method, Params};
use serde_json::{Value, json};
use sim::PveVersion;
use testkit::{Cluster, Guest, World};

/// An operation, the privileges it needs on one guest, and where.
struct Case {
    op: &'static str,
    input: Value,
    vmid: u32,
    /// Path, and the privileges of which one is needed.
    needs: Vec<(&'static str, &'static [&'static str])>,
    version: PveVersion,
}

const ON_MACHINE: &str = "/vms/101";
const ON_CONTAINER: &str = "/vms/201";

fn case(op: &'static str, input: Value, needs: &[(&'static str, &'static [&'static str])]) -> Case {
    let of_container = needs.iter().any(|(path, _)| *path == ON_CONTAINER);
    Case {
        op,
        input,
        vmid: if of_container { 201 } else { 101 },
        needs: needs.to_vec(),
        version: PveVersion::default(),
    }
}

fn cases() -> Vec<Case> {
    let config = |set: &[&str], needs: &[(&'static str, &'static [&'static str])]| {
        case("guests.config", json!({ "set": set }), needs)
    };
    let exec = || json!({ "command": ["echo", "hello"] });
    vec![
        case(
            "guests.edit",
            json!({ "cores": 3 }),
            &[(ON_MACHINE, &["VM.Config.CPU"])],
        ),
        case(
            "guests.edit",
            json!({ "cores": 3 }),
            &[(ON_CONTAINER, &["VM.Config.CPU"])],
        ),
        case(
            "guests.edit",
            json!({ "cores": 3, "memory": 4096, "onboot": true }),
            &[
                (ON_MACHINE, &["VM.Config.CPU"]),
                (ON_MACHINE, &["VM.Config.Memory"]),
                (ON_MACHINE, &["VM.Config.Options"]),
            ],
        ),
        config(
            &["net0=virtio,bridge=vmbr0"],
            &[(ON_MACHINE, &["VM.Config.Network"])],
        ),
        config(&["vga=std"], &[(ON_MACHINE, &["VM.Config.HWType"])]),
        config(&["bootdisk=scsi0"], &[(ON_MACHINE, &["VM.Config.Disk"])]),
        config(&["scsi1=fast:1"], &[(ON_MACHINE, &["VM.Config.Disk"])]),
        config(
            &["ide2=none,media=cdrom"],
            &[(ON_MACHINE, &["VM.Config.CDROM"])],
        ),
        config(
            &["ciuser=ann"],
            &[(ON_MACHINE, &["VM.Config.Cloudinit", "VM.Config.Network"])],
        ),
        config(
            &["nameserver=192.0.2.1"],
            &[(ON_CONTAINER, &["VM.Config.Network"])],
        ),
        config(&["features=nesting=1"], &[(ON_CONTAINER, &["VM.Allocate"])]),
        case(
            "guests.rename",
            json!({ "name": "other" }),
            &[(ON_MACHINE, &["VM.Config.Options"])],
        ),
        case(
            "guests.rename",
            json!({ "name": "other" }),
            &[(ON_CONTAINER, &["VM.Config.Network"])],
        ),
        case(
            "guests.tag",
            json!({ "add": ["blue"] }),
            &[(ON_MACHINE, &["VM.Config.Options"])],
        ),
        case(
            "guests.notes",
            json!({ "text": "text" }),
            &[(ON_CONTAINER, &["VM.Config.Options"])],
        ),
        case(
            "guests.protect",
            json!({}),
            &[(ON_MACHINE, &["VM.Config.Options"])],
        ),
        case(
            "guests.startup",
            json!({ "order": 1 }),
            &[(ON_MACHINE, &["VM.Config.Options"]), ("/", &["Sys.Modify"])],
        ),
        case(
            "guests.startup",
            json!({ "order": 1 }),
            &[(ON_CONTAINER, &["VM.Config.Options"])],
        ),
        case(
            "guests.exec",
            exec(),
            &[(ON_MACHINE, &["VM.GuestAgent.Unrestricted"])],
        ),
        Case {
            version: PveVersion::V8_4,
            ..case("guests.exec", exec(), &[(ON_MACHINE, &["VM.Monitor"])])
        },
        case(
            "guests.pool",
            json!({ "pool": "prod" }),
            &[
                ("/pool/prod", &["Pool.Allocate"]),
                (ON_MACHINE, &["Permissions.Modify", "VM.Allocate"]),
            ],
        ),
        case("guests.ha", json!({}), &[("/", &["Sys.Console"])]),
    ]
}

impl Case {
    async fn world(&self) -> World {
        let cluster = Cluster::of(&["pve1", "pve2"])
            .guest(Guest::vm(101, "web", "pve1").running())
            .guest(Guest::container(201, "box", "pve1"))
            .user("ops@pve", "NoAccess");
        let world = World::builder()
            .cluster(cluster)
            .version(self.version)
            .as_the_worlds_user()
            .without_background()
            .settings(|settings| {
                settings.shown = json!({ "guests.exec_allow": { "value": "echo" } });
            })
            .build()
            .await;
        let pool = Params::new().with("poolid", "prod");
        world.outside().call(Method::Post, "/pools", pool).await;
        world
    }

    fn name(&self) -> &'static str {
        if self.vmid == 101 { "web" } else { "box" }
    }

    fn input(&self) -> Value {
        let mut input = self.input.clone();
        input["guests"] = json!([self.name()]);
        input
    }
}

/// Gives our user, on everything, whatever there is except these.
async fn give_all_but(world: &World, without: &[&str]) {
    let outside = world.outside();
    let path = "/access/roles/Administrator";
    let every = outside.call(Method::Get, path, Params::new()).await;
    let privileges: Vec<&str> = every
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .filter(|privilege| !without.contains(privilege))
        .collect();
    let role = format!("but{}", without.concat().replace('.', ""));
    let params = Params::new()
        .with("roleid", role.as_str())
        .with("privs", privileges.join(","));
    outside.call(Method::Post, "/access/roles", params).await;
    let entry = |role: &str| {
        Params::new()
            .with("path", "/")
            .with("roles", role)
            .with("users", "ops@pve")
    };
    outside.call(Method::Put, "/access/acl", entry(&role)).await;
    let old = entry("NoAccess").with("delete", true);
    outside.call(Method::Put, "/access/acl", old).await;
}

#[tokio::test]
async fn what_our_user_may_not_do_is_refused_at_planning_with_the_right_and_the_path() {
    for case in cases() {
        for (path, one_of) in &case.needs {
            let world = case.world().await;
            give_all_but(&world, one_of).await;
            let before = world.changes().len();
            let error = world.plan(case.op, case.input()).await.unwrap_err();
            let of_guest = format!("{} (main/pve1/{})", case.name(), case.vmid);
            assert_eq!(
                (error.code, error.message.as_str()),
                (
                    Code::ClusterRefused,
                    format!(
                        "{of_guest} cannot be touched by us: our user has no {} on {path}",
                        one_of.join(" or ")
                    )
                    .as_str()
                ),
                "{} {}",
                case.op,
                case.input
            );
            assert_eq!(world.changes().len(), before, "{}", case.op);
        }
    }
}

#[tokio::test]
async fn whoever_has_the_rights_plans_it_and_carries_it_out() {
    for case in cases() {
        let world = case.world().await;
        give_all_but(&world, &[]).await;
        let run = world.carry_out(case.op, case.input()).await;
        assert_eq!(
            run.state,
            RunState::Succeeded,
            "{} {}: {run:?}",
            case.op,
            case.input
        );
    }
}

#[tokio::test]
async fn a_guest_without_the_rights_is_left_out_and_the_others_go_on() {
    let cluster = Cluster::default().user("ops@pve", "Administrator");
    let world = World::builder()
        .cluster(cluster)
        .as_the_worlds_user()
        .without_background()
        .build()
        .await;
    world.outside().take_rights("ops@pve", 102).await;
    let input = json!({ "guests": ["web-01", "web-02"], "cores": 3, "memory": 4096 });
    let plan = world.plan("guests.edit", input).await.unwrap();
    let targets: Vec<&str> = plan.steps.iter().map(|step| step.target.as_str()).collect();
    assert_eq!(targets, ["main/pve1/101"]);
    let left: Vec<_> = plan
        .left_out
        .iter()
        .map(|one| (one.target.as_str(), one.because, one.reason.as_str()))
        .collect();
    assert_eq!(
        left,
        [(
            "main/pve2/102",
            Because::Unfit,
            "cannot be touched by us: our user has no VM.Config.CPU on /vms/102 and no VM.Config.Memory on /vms/102"
        )]
    );
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
}

#[tokio::test]
async fn a_guest_moves_to_another_pool_only_with_the_right_on_both() {
    let cluster = Cluster::of(&["pve1"])
        .guest(Guest::vm(101, "web", "pve1"))
        .user("ops@pve", "Administrator");
    let world = World::builder()
        .cluster(cluster)
        .as_the_worlds_user()
        .without_background()
        .build()
        .await;
    let outside = world.outside();
    for pool in ["old", "new"] {
        let pool = Params::new().with("poolid", pool);
        outside.call(Method::Post, "/pools", pool).await;
    }
    let into = Params::new().with("poolid", "old").with("vms", "101");
    outside.call(Method::Put, "/pools", into).await;
    let look = Params::new()
        .with("path", "/pool/old")
        .with("roles", "PVEAuditor")
        .with("users", "ops@pve");
    outside.call(Method::Put, "/access/acl", look).await;
    for input in [
        json!({ "guests": ["web"], "pool": "new" }),
        json!({ "guests": ["web"], "none": true }),
    ] {
        let error = world.plan("guests.pool", input).await.unwrap_err();
        assert_eq!(
            error.message,
            "web (main/pve1/101) cannot be touched by us: our user has no Pool.Allocate on /pool/old"
        );
    }
}

#[tokio::test]
async fn what_is_roots_alone_is_refused_to_all_others_whatever_they_may() {
    for as_user in [true, false] {
        let cluster = Cluster::default().user("ops@pve", "Administrator");
        let mut world = World::builder().cluster(cluster).without_background();
        if as_user {
            world = world.as_the_worlds_user();
        }
        let world = world.build().await;
        for (guest, set, key, hint) in [
            (
                "web-01 (main/pve1/101)",
                "args=-S",
                "args",
                "change it with `qm set 101` on node pve1, or leave the guest out with `!NAME`",
            ),
            (
                "cache-01 (main/pve2/201)",
                "dev0=/dev/kvm",
                "dev0",
                "change it with `pct set 201` on node pve2, or leave the guest out with `!NAME`",
            ),
        ] {
            let (name, _) = guest.split_once(' ').unwrap();
            let input = json!({ "guests": [name], "set": ["cores=3", set] });
            let error = world.plan("guests.config", input).await.unwrap_err();
            assert_eq!(
                (error.message.as_str(), error.hint.as_deref()),
                (
                    format!(
                        "{guest} cannot be touched by us: PVE lets only root@pam without a token change `{key}` \
                         like this"
                    )
                    .as_str(),
                    Some(hint)
                )
            );
        }
        assert_eq!(world.changes(), [""; 0]);
    }
}
