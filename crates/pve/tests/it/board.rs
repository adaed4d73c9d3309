//! Waiting for thousands of tasks, against a cluster of twenty nodes on a socket and with a clock
//! that the test turns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use proptest::prelude::*;
use pve::{
    BoardError, BoardPace, Budget, Cache, CacheLimits, CacheSource, Client, Error, HttpsTransport,
    Params, RawReply, Request, RequestCounters, TaskBoard, TaskOutcome, Transport, Upid, UpidParts,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::server::{Answer, Seen, Server};

/// The real way to the server, in no time: while a request is on the way, the clock stands.
pub(crate) struct Timeless(HttpsTransport);

impl Timeless {
    pub(crate) fn new(server: &Server) -> Self {
        Self(HttpsTransport::new(server.options()).unwrap())
    }

    pub(crate) fn client(server: &Server, budget: Budget) -> Client {
        Client::over(Box::new(Self::new(server)), budget)
    }
}

#[async_trait]
impl Transport for Timeless {
    async fn send(&self, request: &Request) -> Result<RawReply, Error> {
        // A paused clock jumps ahead when nothing can run, and waiting for a socket is that too.
        // It does not jump while a blocking thread works.
        let (release, held) = std::sync::mpsc::channel::<()>();
        let thread = tokio::task::spawn_blocking(move || held.recv().is_err());
        let reply = self.0.send(request).await;
        drop(release);
        assert!(thread.await.unwrap());
        reply
    }

    fn endpoint(&self) -> &str {
        self.0.endpoint()
    }

    fn counters(&self) -> RequestCounters {
        self.0.counters()
    }
}

/// A `200` on a connection that stays open.
pub(crate) fn kept(status: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    Answer::Kept([head.as_bytes(), body.as_bytes()].concat())
}

const EPOCH: u64 = 1_700_000_000;

#[derive(Clone)]
struct Task {
    upid: Upid,
    /// Seconds after the start of the world.
    ends: u64,
    exit: &'static str,
}

fn task(node: usize, number: u32, ends: u64, exit: &'static str) -> Task {
    let parts = UpidParts {
        node: format!("pve{node}").parse().unwrap(),
        pid: number + 1,
        process_start: u64::from(number),
        start_time: EPOCH as u32,
        kind: "qmclone".into(),
        id: (100 + number).to_string(),
        user: "root@pam".into(),
    };
    let upid = Upid::from_parts(&parts).unwrap();
    Task { upid, ends, exit }
}

/// What the cluster says `second` seconds after its start.
struct World {
    tasks: Vec<Task>,
    started: Instant,
    /// How far `/cluster/tasks` is behind.
    lag: u64,
    /// Nodes that cannot be asked; the list shows their tasks running for ever.
    dead: Vec<&'static str>,
}

impl World {
    fn row(task: &Task, second: u64) -> Value {
        let mut row = json!({"upid": task.upid.as_str(), "starttime": EPOCH});
        if task.ends <= second {
            row["endtime"] = (EPOCH + task.ends).into();
            row["status"] = task.exit.into();
        }
        row
    }

    /// Running tasks and the last 25 ended ones of each node, as they were a moment ago.
    fn list(&self, second: u64) -> Vec<Value> {
        let Some(second) = second.checked_sub(self.lag) else {
            return Vec::new();
        };
        let mut ended: HashMap<&str, Vec<&Task>> = HashMap::new();
        let mut rows = Vec::new();
        for task in &self.tasks {
            let node = task.upid.node().as_str();
            if task.ends > second || self.dead.contains(&node) {
                rows.push(Self::row(task, 0));
            } else {
                ended.entry(node).or_default().push(task);
            }
        }
        for tasks in ended.values_mut() {
            tasks.sort_by_key(|task| std::cmp::Reverse(task.ends));
            rows.extend(tasks.iter().take(25).map(|task| Self::row(task, second)));
        }
        rows
    }

    fn answer(&self, request: &Seen) -> Answer {
        let second = self.started.elapsed().as_secs();
        let path = request.target.strip_prefix("/api2/json").unwrap();
        if path == "/cluster/tasks" {
            return kept("200 OK", &json!({ "data": self.list(second) }));
        }
        let (node, rest) = path
            .strip_prefix("/nodes/")
            .unwrap()
            .split_once('/')
            .unwrap();
        if self.dead.contains(&node) {
            let head = "HTTP/1.1 595 No route to host\r\nContent-Length: 0\r\n\r\n";
            return Answer::Kept(head.into());
        }
        if let Some(upid) = rest
            .strip_prefix("tasks/")
            .and_then(|r| r.strip_suffix("/status"))
        {
            let upid = upid.replace("%3A", ":").replace("%40", "@");
            let Some(task) = self.tasks.iter().find(|task| task.upid.as_str() == upid) else {
                let body = json!({"data": null, "message": "Parameter verification failed.\n", "errors": {"upid": "no such task"}});
                return kept("400 Parameter verification failed.", &body);
            };
            let state = if task.ends <= second {
                json!({"status": "stopped", "exitstatus": task.exit})
            } else {
                json!({"status": "running"})
            };
            return kept("200 OK", &json!({ "data": state }));
        }
        let query = rest.strip_prefix("tasks?").unwrap();
        assert!(
            query.contains("source=all") && query.contains("limit=500"),
            "{query}"
        );
        let of_node = self
            .tasks
            .iter()
            .filter(|task| task.upid.node().as_str() == node);
        let rows: Vec<_> = of_node
            .map(|task| Self::row(task, second))
            .take(500)
            .collect();
        kept("200 OK", &json!({"data": rows, "total": rows.len()}))
    }
}

async fn serve(tasks: &[Task], lag: u64, dead: &[&'static str]) -> Server {
    let world = World {
        tasks: tasks.to_vec(),
        started: Instant::now(),
        lag,
        dead: dead.to_vec(),
    };
    Server::start(move |request| world.answer(request)).await
}

/// Waits for all and gives the ends and what it cost.
async fn wait_for(
    server: &Server,
    upids: Vec<Upid>,
) -> (HashMap<Upid, TaskOutcome>, pve::BoardCounters) {
    let client = Timeless::client(server, Budget::default());
    let (board, poller) = TaskBoard::new(client.clone(), BoardPace::default());
    let cancel = CancellationToken::new();
    let waiting = async {
        let ends = board.ended_all(upids, &mut |_| (), &cancel).await.unwrap();
        let counters = board.counters();
        cancel.cancel();
        (ends, counters)
    };
    let ((ends, counters), ()) = tokio::join!(waiting, poller.run(&cancel));
    assert_eq!(client.requests().count, counters.requests());
    let ends = ends.into_iter().map(|end| (end.upid, end.outcome));
    (ends.collect(), counters)
}

#[tokio::test(start_paused = true)]
async fn two_thousand_tasks_on_twenty_nodes_cost_less_than_a_request_each() {
    const EXITS: [&str; 5] = [
        "OK",
        "OK",
        "WARNINGS: 3",
        "clone failed: got timeout",
        "unexpected status",
    ];
    let mut random = 7_u64;
    let tasks: Vec<Task> = (0..2000_u32)
        .map(|number| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Every other task of a node ends at the same moment: half of those never show their
            // end in the list of 25.
            let ends = if number % 40 < 20 {
                100
            } else {
                1 + (random >> 33) % 300
            };
            let exit = EXITS[(random >> 20) as usize % EXITS.len()];
            task(number as usize % 20, number, ends, exit)
        })
        .collect();
    let server = serve(&tasks, 3, &[]).await;
    let started = Instant::now();
    let upids = tasks.iter().map(|task| task.upid.clone()).collect();
    let (ends, counters) = wait_for(&server, upids).await;
    let expected: HashMap<_, _> = tasks
        .iter()
        .map(|task| (task.upid.clone(), TaskOutcome::from_exit_text(task.exit)))
        .collect();
    assert_eq!(ends, expected);

    // The bound: a list of the cluster every two seconds at most, and of what it does not tell a
    // list per node for each burst and each doubling of the first minute, and one question for each
    // task that ended without saying how.
    let seconds = started.elapsed().as_secs();
    let silent = tasks
        .iter()
        .filter(|task| task.exit == "unexpected status")
        .count() as u64;
    println!("{counters:?} in {seconds} s, {silent} ended without a word");
    assert!((300..320).contains(&seconds), "{seconds}");
    assert!(counters.cluster_lists <= seconds / 2 + 2, "{counters:?}");
    assert!(counters.node_lists <= 20 * 20, "{counters:?}");
    assert!(counters.checks <= silent + 100, "{counters:?}");
    assert_eq!((counters.ended, counters.waiting), (2000, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_task_that_was_pushed_out_of_the_list_is_reported_failed() {
    let mut tasks = vec![task(1, 0, 20, "clone failed: no space")];
    tasks.extend((1..40).map(|number| task(1, number, 20 + u64::from(number) / 10, "OK")));
    let server = serve(&tasks, 0, &[]).await;
    let watched = tasks[0].upid.clone();
    let (ends, counters) = wait_for(&server, vec![watched.clone()]).await;
    let failed = TaskOutcome::Failed("clone failed: no space".into());
    assert_eq!(ends, HashMap::from([(watched.clone(), failed)]));
    assert_eq!(counters.checks, 1);
    let asked = server.lines().pop().unwrap();
    assert!(
        asked.ends_with("/status") && asked.contains("qmclone"),
        "{asked}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_that_no_list_shows_is_asked_for_after_the_grace_and_may_be_unknown() {
    let known = task(1, 0, 12, "OK");
    let unknown = task(2, 1, 0, "OK");
    let mut world = World {
        tasks: vec![known.clone()],
        started: Instant::now(),
        lag: 1_000,
        dead: Vec::new(),
    };
    world.started = Instant::now();
    let server = Server::start(move |request| world.answer(request)).await;
    let upids = vec![known.upid.clone(), unknown.upid.clone()];
    let (ends, counters) = wait_for(&server, upids).await;
    assert_eq!(ends[&known.upid], TaskOutcome::Ok);
    let text = "the node does not know this task";
    assert_eq!(ends[&unknown.upid], TaskOutcome::Unknown(text.into()));
    assert!((2..=4).contains(&counters.checks), "{counters:?}");
}

#[tokio::test(start_paused = true)]
async fn a_task_of_a_dead_node_that_is_listed_for_ever_ends_as_unknown() {
    let tasks = [task(1, 0, 50, "OK")];
    let server = serve(&tasks, 0, &["pve1"]).await;
    let started = Instant::now();
    let (ends, counters) = wait_for(&server, vec![tasks[0].upid.clone()]).await;
    let TaskOutcome::Unknown(text) = &ends[&tasks[0].upid] else {
        panic!("{ends:?}");
    };
    assert!(text.contains("No route to host"), "{text}");
    assert!(started.elapsed() >= Duration::from_mins(6));
    assert!(counters.checks <= 5, "{counters:?}");
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_a_cluster_ends_the_waiting_as_unknown_and_two_minutes_do_not() {
    let ends = task(1, 0, 30, "OK");
    let world = World {
        tasks: vec![ends.clone()],
        started: Instant::now(),
        lag: 0,
        dead: Vec::new(),
    };
    let server = Server::start(move |request| match world.started.elapsed().as_secs() {
        20..=140 | 500.. => Answer::Kept(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".into()),
        _ => world.answer(request),
    })
    .await;
    let (outcomes, _) = wait_for(&server, vec![ends.upid.clone()]).await;
    assert_eq!(outcomes[&ends.upid], TaskOutcome::Ok);
    tokio::time::sleep(Duration::from_secs(500)).await;
    let started = Instant::now();
    let (outcomes, counters) = wait_for(&server, vec![ends.upid.clone()]).await;
    let TaskOutcome::Unknown(text) = &outcomes[&ends.upid] else {
        panic!("{outcomes:?}");
    };
    assert!(text.contains("for 300 s"), "{text}");
    assert!((300..320).contains(&started.elapsed().as_secs()));
    assert_eq!((counters.checks, counters.node_lists), (0, 0));
    assert!(counters.cluster_lists < 40, "{counters:?}");
}

#[tokio::test(start_paused = true)]
async fn cancelling_dropping_and_stopping_end_the_waiting_and_the_asking() {
    let tasks = [task(1, 0, 10_000, "OK"), task(1, 1, 10_000, "OK")];
    let server = serve(&tasks, 0, &[]).await;
    let client = Timeless::client(&server, Budget::default());
    let (board, poller) = TaskBoard::new(client.clone(), BoardPace::default());
    let (cancel, stop) = (CancellationToken::new(), CancellationToken::new());
    let callers = async {
        let short = Duration::from_secs(30);
        let dropped = tokio::time::timeout(short, board.ended(&tasks[0].upid, &cancel)).await;
        assert!(dropped.is_err());
        let asked = client.requests().count;
        tokio::time::sleep(Duration::from_hours(1)).await;
        // At most the round that found nobody waiting.
        assert!(client.requests().count <= asked + 1);
        let (ended, ()) = tokio::join!(board.ended(&tasks[0].upid, &cancel), async {
            tokio::time::sleep(short).await;
            cancel.cancel();
        });
        assert!(matches!(ended, Err(BoardError::Cancelled(upid)) if upid == tasks[0].upid));
        let other = CancellationToken::new();
        let (ended, ()) = tokio::join!(board.ended(&tasks[1].upid, &other), async {
            tokio::time::sleep(short).await;
            stop.cancel();
        });
        assert!(matches!(ended, Err(BoardError::Stopped(upid)) if upid == tasks[1].upid));
    };
    tokio::join!(callers, poller.run(&stop));
    let late = board.ended(&tasks[1].upid, &CancellationToken::new()).await;
    assert!(matches!(late, Err(BoardError::Stopped(_))), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn too_many_tasks_are_refused_and_an_observer_sees_every_list() {
    let tasks = [task(1, 0, 5, "OK"), task(1, 1, 5, "OK")];
    let server = serve(&tasks, 0, &[]).await;
    let pace = BoardPace {
        most_tasks: 1,
        ..BoardPace::default()
    };
    let (board, poller) = TaskBoard::new(Timeless::client(&server, Budget::default()), pace);
    let seen: Arc<std::sync::Mutex<Vec<usize>>> = Arc::default();
    let noting = Arc::clone(&seen);
    let poller = poller.observed_by(move |rows| noting.lock().unwrap().push(rows.len()));
    let cancel = CancellationToken::new();
    let callers = async {
        let (first, second) = tokio::join!(
            board.ended(&tasks[0].upid, &cancel),
            board.ended(&tasks[1].upid, &cancel),
        );
        assert_eq!(first.unwrap().outcome, TaskOutcome::Ok);
        assert!(matches!(second, Err(BoardError::TooMany { limit: 1, .. })));
        cancel.cancel();
    };
    tokio::join!(callers, poller.run(&cancel));
    assert!(seen.lock().unwrap().iter().all(|rows| *rows == 2));
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_watches_the_poller_forgets_what_tasks_of_anybody_changed() {
    let (own, other) = (task(1, 0, 60, "OK"), task(1, 1, 20, "OK"));
    let world = World {
        tasks: vec![own.clone(), other],
        started: Instant::now(),
        lag: 0,
        dead: Vec::new(),
    };
    let server = Server::start(move |request| {
        if request.target.ends_with("/cluster/options") || request.target.ends_with("/storage") {
            return kept("200 OK", &json!({ "data": [] }));
        }
        world.answer(request)
    })
    .await;
    let client = Timeless::client(&server, Budget::default());
    let cache = Cache::new(client.clone(), CacheLimits::default(), || {
        SystemTime::UNIX_EPOCH
    });
    let (board, poller) = TaskBoard::new(client, BoardPace::default());
    let noting = cache.clone();
    let poller = poller.observed_by(move |rows| noting.notice(rows));
    let cancel = CancellationToken::new();
    let storages = "/nodes/pve1/storage".parse().unwrap();
    let options = "/cluster/options".parse().unwrap();
    let callers = async {
        let waiting = board.ended(&own.upid, &cancel);
        let reading = async {
            tokio::time::sleep(Duration::from_secs(19)).await;
            let cache = &cache;
            let none = &Params::new();
            let read = |path| async move { cache.get(path, none).await.unwrap().source };
            read(&storages).await;
            read(&options).await;
            // The clone of somebody else ends and shows up in the next list.
            tokio::time::sleep(Duration::from_millis(9_900)).await;
            (read(&storages).await, read(&options).await)
        };
        let (end, (storages, options)) = tokio::join!(waiting, reading);
        assert_eq!(end.unwrap().outcome, TaskOutcome::Ok);
        assert!(matches!(storages, CacheSource::Fetched));
        assert!(matches!(options, CacheSource::Kept));
        cancel.cancel();
    };
    tokio::join!(callers, poller.run(&cancel));
    assert!(cache.counters().outdated >= 1);
}

/// Node, end in seconds, how.
fn some_task() -> impl Strategy<Value = (usize, u64, &'static str)> {
    let exits = prop::sample::select(vec![
        "OK",
        "WARNINGS: 1",
        "VM is locked (backup)",
        "unexpected status",
    ]);
    let ends = prop_oneof![Just(30_u64), 0_u64..400];
    (1_usize..4, ends, exits)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_ends_when_and_where_each_end_is_told_as_it_was(
        some in prop::collection::vec(some_task(), 1..120),
        lag in 0_u64..12,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let tasks: Vec<_> = (0..)
            .zip(some)
            .map(|(number, (node, ends, exit))| task(node, number, ends, exit))
            .collect();
        let (ends, counters, seconds) = runtime.block_on(async {
            let server = serve(&tasks, lag, &[]).await;
            let started = Instant::now();
            let upids = tasks.iter().map(|task| task.upid.clone()).collect();
            let (ends, counters) = wait_for(&server, upids).await;
            (ends, counters, started.elapsed().as_secs())
        });
        for task in &tasks {
            prop_assert_eq!(&ends[&task.upid], &TaskOutcome::from_exit_text(task.exit));
        }
        let last = tasks.iter().map(|task| task.ends).max().unwrap_or(0);
        prop_assert!(seconds <= last + lag + 30, "{seconds} s, the last ended after {last} s");
        prop_assert!(counters.cluster_lists <= seconds / 2 + 2, "{counters:?}");
        // One for each that ended without a word, and a few looks at each long one.
        prop_assert!(counters.checks <= 4 * tasks.len() as u64, "{counters:?}");
    }
}
