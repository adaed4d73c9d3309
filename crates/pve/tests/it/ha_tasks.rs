//! Requests to the HA manager, followed to what comes of them, and tasks that are stopped. The
//! server plays the manager: it looks every ten seconds, and its clock is the test's.

use std::time::Duration;

use pve::{Budget, HaEnd, HaEvent, HaOutcome, HaWish, StopEnd, TaskOutcome, Upid};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::board::{Timeless, kept};
use crate::server::{Answer, Seen, Server};

const EPOCH: u32 = 1_700_000_000;

fn upid(node: &str, second: u32, kind: &str) -> Upid {
    let parts = pve::UpidParts {
        node: node.parse().unwrap(),
        pid: second + 10,
        process_start: 1,
        start_time: EPOCH + second,
        kind: kind.into(),
        id: "100".into(),
        user: "root@pam".into(),
    };
    Upid::from_parts(&parts).unwrap()
}

/// How the cluster looks at a moment.
#[derive(Clone, Default)]
struct Scene {
    /// Words of the manager: `crm_state`, `request_state`, node. None: HA does not manage it.
    service: Option<(&'static str, &'static str, &'static str)>,
    /// What the guest does, and where it is.
    guest: (&'static str, &'static str),
    /// Tasks and how they ended.
    tasks: Vec<(Upid, Option<&'static str>)>,
}

/// Scenes from a second on, the first at 0.
struct Stage {
    started: Instant,
    scenes: Vec<(u64, Scene)>,
    request: Upid,
    request_exit: &'static str,
    request_log: &'static str,
    /// Tasks of somebody else.
    foreign: Vec<Upid>,
    /// The caller may see the guest and not the manager.
    forbidden: bool,
}

impl Stage {
    fn answer(&self, seen: &Seen) -> Answer {
        let second = self.started.elapsed().as_secs();
        let (_, scene) = self
            .scenes
            .iter()
            .rev()
            .find(|(from, _)| *from <= second)
            .unwrap();
        let path = seen
            .target
            .strip_prefix("/api2/json")
            .unwrap()
            .replace("%3A", ":")
            .replace("%40", "@");
        let data = match path.as_str() {
            "/cluster/ha/status/current" if self.forbidden => {
                let text = "Permission check failed (/, Sys.Audit)";
                return kept(
                    &format!("403 {text}"),
                    &json!({"data": null, "message": text}),
                );
            }
            "/cluster/resources" => {
                let (guest, node) = scene.guest;
                let state = scene.service.map(|(state, _, _)| state);
                json!([{"type": "qemu", "id": "qemu/100", "vmid": 100, "node": node, "status": guest, "hastate": state}])
            }
            "/cluster/tasks" if self.forbidden => json!([]),
            "/cluster/ha/status/current" => {
                let mut rows =
                    vec![json!({"type": "quorum", "id": "quorum", "quorate": 1, "node": "pve1"})];
                if let Some((state, requested, node)) = scene.service {
                    // As PVE shows it: a started service is called `starting` for a long while.
                    let shown = if state == "started" {
                        "starting"
                    } else {
                        state
                    };
                    rows.push(json!({"type": "service", "sid": "vm:100", "crm_state": state, "state": shown, "request_state": requested, "node": node}));
                }
                Value::from(rows)
            }
            "/cluster/tasks" => scene
                .tasks
                .iter()
                .map(|(upid, exit)| match exit {
                    Some(exit) => {
                        json!({"upid": upid.as_str(), "endtime": EPOCH + 99, "status": exit})
                    }
                    None => json!({"upid": upid.as_str()}),
                })
                .collect(),
            path if path.contains("/tasks/") => return self.task(path),
            path => {
                let (guest, node) = scene.guest;
                if path != format!("/nodes/{node}/qemu/100/status/current") {
                    let text = "Configuration file 'x' does not exist";
                    return kept(
                        &format!("500 {text}"),
                        &json!({"data": null, "message": text}),
                    );
                }
                json!({"status": guest, "ha": {"managed": 1}})
            }
        };
        kept("200 OK", &json!({ "data": data }))
    }

    fn task(&self, path: &str) -> Answer {
        let is_request = path.contains(self.request.as_str());
        if path.ends_with("/status") {
            let state = json!({"status": "stopped", "exitstatus": self.request_exit});
            return kept("200 OK", &json!({ "data": state }));
        }
        let foreign = self.foreign.iter().any(|upid| path.contains(upid.as_str()));
        let lines: Vec<&str> = if is_request {
            vec![self.request_log, "TASK OK"]
        } else if foreign {
            vec!["TASK OK"]
        } else {
            vec!["task started by HA resource agent", "TASK OK"]
        };
        let start: usize = path
            .split("start=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let rows: Vec<Value> = (1..)
            .zip(lines)
            .skip(start)
            .map(|(n, t)| json!({"n": n, "t": t}))
            .collect();
        kept("200 OK", &json!({"data": rows, "total": 2}))
    }
}

struct Play {
    end: HaEnd,
    states: Vec<Option<String>>,
    tasks: Vec<Upid>,
    seconds: u64,
    requests: u64,
}

async fn play(
    kind: &str,
    log: &'static str,
    exit: &'static str,
    scenes: Vec<(u64, Scene)>,
) -> Play {
    play_for(false, kind, log, exit, scenes).await
}

async fn play_for(
    forbidden: bool,
    kind: &str,
    log: &'static str,
    exit: &'static str,
    scenes: Vec<(u64, Scene)>,
) -> Play {
    let request = upid("pve1", 0, kind);
    let stage = Stage {
        started: Instant::now(),
        scenes,
        request: request.clone(),
        request_exit: exit,
        request_log: log,
        foreign: vec![upid("pve1", 2, "qmstart")],
        forbidden,
    };
    let server = Server::start(move |seen| stage.answer(seen)).await;
    let client = Timeless::client(&server, Budget::default());
    let (started, cancel) = (Instant::now(), CancellationToken::new());
    let (mut states, mut tasks) = (Vec::new(), Vec::new());
    let mut note = |event| match event {
        HaEvent::State(seen) => states.push(seen.state),
        HaEvent::Task(upid) => tasks.push(upid),
    };
    let within = Duration::from_secs(90);
    let end = client
        .follow_ha(&request, within, &mut note, &cancel)
        .await
        .unwrap();
    assert_eq!(end.request, request);
    Play {
        end,
        states,
        tasks,
        seconds: started.elapsed().as_secs(),
        requests: client.requests().count,
    }
}

fn scene(
    service: (&'static str, &'static str, &'static str),
    guest: (&'static str, &'static str),
    tasks: &[(Upid, Option<&'static str>)],
) -> Scene {
    Scene {
        service: Some(service),
        guest,
        tasks: tasks.to_vec(),
    }
}

const START: &str = "Requesting HA start for VM 100";
const MIGRATE: &str = "Requesting HA migration for VM 100 to node pve2";

#[tokio::test(start_paused = true)]
async fn a_requested_start_is_reached_when_the_guest_runs_and_names_the_managers_task() {
    let foreign = (upid("pve1", 2, "qmstart"), Some("OK"));
    let real = upid("pve1", 12, "qmstart");
    let off = ("stopped", "pve1");
    let play = play(
        "hastart",
        START,
        "OK",
        vec![
            (0, scene(("stopped", "stopped", "pve1"), off, &[])),
            (
                1,
                scene(
                    ("stopped", "started", "pve1"),
                    off,
                    std::slice::from_ref(&foreign),
                ),
            ),
            (
                10,
                scene(
                    ("started", "started", "pve1"),
                    off,
                    &[(real.clone(), None), foreign.clone()],
                ),
            ),
            (
                14,
                scene(
                    ("started", "started", "pve1"),
                    ("running", "pve1"),
                    &[(real.clone(), Some("OK")), foreign],
                ),
            ),
        ],
    )
    .await;
    let node = "pve1".parse().unwrap();
    assert_eq!(play.end.outcome, HaOutcome::Reached { node });
    assert_eq!(
        (play.end.wish, play.end.task),
        (Some(HaWish::Started), Some(real.clone()))
    );
    assert_eq!(play.tasks, [real]);
    assert!((14..20).contains(&play.seconds), "{}", play.seconds);
    assert!(play.requests <= 30, "{}", play.requests);
    assert_eq!(play.states.first(), Some(&Some("stopped".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn who_may_not_see_the_manager_still_learns_when_the_guest_runs() {
    let off = ("stopped", "pve1");
    let scenes = vec![
        (0, scene(("stopped", "stopped", "pve1"), off, &[])),
        (10, scene(("started", "started", "pve1"), off, &[])),
        (
            14,
            scene(("started", "started", "pve1"), ("running", "pve1"), &[]),
        ),
    ];
    let play = play_for(true, "hastart", START, "OK", scenes).await;
    let node = "pve1".parse().unwrap();
    assert_eq!(play.end.outcome, HaOutcome::Reached { node });
    assert_eq!(play.end.task, None);
    assert!((14..20).contains(&play.seconds), "{}", play.seconds);
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_reached_although_the_manager_still_says_request_stop() {
    let real = upid("pve1", 12, "qmshutdown");
    let play = play(
        "hastop",
        "Requesting HA stop for VM 100",
        "OK",
        vec![
            (
                0,
                scene(("started", "started", "pve1"), ("running", "pve1"), &[]),
            ),
            (
                10,
                scene(
                    ("request_stop", "stopped", "pve1"),
                    ("running", "pve1"),
                    &[(real.clone(), None)],
                ),
            ),
            (
                20,
                scene(
                    ("request_stop", "stopped", "pve1"),
                    ("stopped", "pve1"),
                    &[(real.clone(), Some("OK"))],
                ),
            ),
        ],
    )
    .await;
    let node = "pve1".parse().unwrap();
    assert_eq!(play.end.outcome, HaOutcome::Reached { node });
    assert_eq!(play.end.task, Some(real));
}

#[tokio::test(start_paused = true)]
async fn a_migration_is_reached_at_its_node_and_fails_when_the_manager_gives_it_up() {
    let real = upid("pve1", 12, "qmigrate");
    let here = ("running", "pve1");
    let before = scene(("started", "started", "pve1"), here, &[]);
    let moving = scene(
        ("migrate", "started", "pve1"),
        here,
        &[(real.clone(), None)],
    );
    let there = scene(
        ("started", "started", "pve2"),
        ("running", "pve2"),
        &[(real.clone(), Some("OK"))],
    );
    let scenes = vec![(0, before.clone()), (10, moving.clone()), (30, there)];
    let reached = play("hamigrate", MIGRATE, "OK", scenes).await;
    let node: pve::NodeName = "pve2".parse().unwrap();
    assert_eq!(
        reached.end.outcome,
        HaOutcome::Reached { node: node.clone() }
    );
    assert_eq!(reached.end.wish, Some(HaWish::On(node)));

    let back = scene(
        ("started", "started", "pve1"),
        here,
        &[(real.clone(), Some("migration aborted"))],
    );
    let scenes = vec![(0, before), (10, moving), (30, back)];
    let failed = play("hamigrate", MIGRATE, "OK", scenes).await;
    let HaOutcome::Failed { upid, text, seen } = failed.end.outcome else {
        panic!("{:?}", failed.end);
    };
    assert_eq!((upid, text.as_str()), (real, "migration aborted"));
    assert_eq!(seen.node, Some("pve1".parse().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn starts_that_fail_are_tried_again_until_the_resource_is_in_error() {
    let first = upid("pve1", 12, "qmstart");
    let off = ("stopped", "pve1");
    let text = Some("start failed: QEMU exited with code 1");
    let play = play(
        "hastart",
        START,
        "OK",
        vec![
            (0, scene(("stopped", "started", "pve1"), off, &[])),
            (
                12,
                scene(
                    ("started", "started", "pve1"),
                    off,
                    &[(first.clone(), text)],
                ),
            ),
            (
                40,
                scene(("error", "started", "pve1"), off, &[(first.clone(), text)]),
            ),
        ],
    )
    .await;
    let HaOutcome::InError(seen) = play.end.outcome else {
        panic!("{:?}", play.end);
    };
    assert_eq!(seen.last_failure.as_deref(), text);
    assert_eq!(play.end.task, Some(first));
    assert!(play.seconds >= 40);
}

#[tokio::test(start_paused = true)]
async fn fencing_takes_its_time_and_other_wishes_and_lost_resources_end_the_following() {
    let off = ("stopped", "pve1");
    let fenced = play(
        "hastart",
        START,
        "OK",
        vec![
            (0, scene(("stopped", "started", "pve1"), off, &[])),
            (10, scene(("fence", "started", "pve1"), off, &[])),
            (70, scene(("recovery", "started", "pve1"), off, &[])),
        ],
    )
    .await;
    let HaOutcome::NotInTime(seen) = fenced.end.outcome else {
        panic!("{:?}", fenced.end);
    };
    assert!(seen.is_fencing() && seen.quorate);
    assert_eq!(fenced.seconds, 90);

    let overruled = play(
        "hastart",
        START,
        "OK",
        vec![
            (0, scene(("stopped", "started", "pve1"), off, &[])),
            (5, scene(("stopped", "stopped", "pve1"), off, &[])),
        ],
    )
    .await;
    assert!(
        matches!(overruled.end.outcome, HaOutcome::Overruled(_)),
        "{:?}",
        overruled.end
    );

    let lost = play("hastart", START, "OK", vec![(0, Scene::default())]).await;
    assert_eq!(lost.end.outcome, HaOutcome::NotManaged);

    let exit = "no quorum";
    let refused = play("hastart", START, exit, vec![(0, Scene::default())]).await;
    let outcome = HaOutcome::NotRequested(TaskOutcome::Failed(exit.into()));
    assert_eq!(refused.end.outcome, outcome);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_no_request_is_not_followed_as_one() {
    let server = Server::answering(|| Answer::Close).await;
    let cancel = CancellationToken::new();
    let within = Duration::from_secs(1);
    let asked = upid("pve1", 0, "qmstart");
    let client = server.client();
    let end = client.follow_ha(&asked, within, &mut |_| (), &cancel).await;
    assert!(matches!(
        end.unwrap_err().kind(),
        pve::ErrorKind::Invalid(_)
    ));
    assert_eq!(server.lines(), [""; 0]);
}

/// A task that ends some seconds after it was asked to.
async fn end(
    before: Option<&'static str>,
    after_s: u64,
    exit: &'static str,
) -> (StopEnd, Vec<String>) {
    let mut asked: Option<Instant> = None;
    let server = Server::start(move |seen| {
        if seen.method == "DELETE" {
            asked = Some(Instant::now());
            return kept("200 OK", &json!({ "data": null }));
        }
        let over = asked.is_some_and(|at| at.elapsed() >= Duration::from_secs(after_s));
        let exit = before.or(over.then_some(exit));
        kept(
            "200 OK",
            &json!({"data": match exit {
                Some(exit) => json!({"status": "stopped", "exitstatus": exit}),
                None => json!({"status": "running"}),
            }}),
        )
    })
    .await;
    let client = Timeless::client(&server, Budget::default());
    let patience = Duration::from_secs(10);
    let end = client
        .end_task(&upid("pve1", 0, "vzdump"), patience)
        .await
        .unwrap();
    let methods = server.seen().into_iter().map(|seen| seen.method);
    (end, methods.collect())
}

#[tokio::test(start_paused = true)]
async fn stopping_a_task_tells_what_became_of_it() {
    let failed = |text: &str| TaskOutcome::Failed(text.into());
    let (end_of_over, methods) = end(Some("OK"), 0, "").await;
    assert_eq!(end_of_over, StopEnd::WasOver(TaskOutcome::Ok));
    assert_eq!(methods, ["GET"]);
    let (interrupted, methods) = end(None, 3, "interrupted by signal").await;
    assert_eq!(
        interrupted,
        StopEnd::Interrupted(failed("interrupted by signal"))
    );
    assert_eq!(methods[..2], ["GET", "DELETE"]);
    let (killed, _) = end(None, 6, "unexpected status").await;
    let unknown = TaskOutcome::Unknown("unexpected status".into());
    assert_eq!(killed, StopEnd::Interrupted(unknown));
    let (well, _) = end(None, 0, "OK").await;
    assert_eq!(well, StopEnd::EndedFirst(TaskOutcome::Ok));
    assert_eq!(end(None, 99, "OK").await.0, StopEnd::StillRuns);
}
