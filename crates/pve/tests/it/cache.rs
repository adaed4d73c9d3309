//! Kept answers, against a server on a socket and with a clock that the test turns.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::future::join_all;
use proptest::prelude::*;
use pve::{
    ApiPath, Budget, Cache, CacheFamily, CacheLimits, CacheSource, Client, Error, Method, Params,
    RawReply, Request, RequestCounters, TaskOutcome, TaskRow, TaskState, Transport, Upid,
    cache_freshness,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::board::{Timeless, kept};
use crate::server::{Answer, Server};

const CONFIG: &str = "/nodes/pve1/qemu/100/config";
const RESOURCES: &str = "/cluster/resources";

fn path(text: &str) -> ApiPath {
    text.parse().unwrap()
}

fn upid(kind: &str, number: u32) -> Upid {
    let text = format!("UPID:pve1:{number:08X}:00000001:00000001:{kind}:100:root@pam:");
    text.parse().unwrap()
}

/// A way whose requests take a fifth of a second: the server sees them in the middle of it.
struct Slow<T>(T);

const HALF: Duration = Duration::from_millis(100);

#[async_trait]
impl<T: Transport> Transport for Slow<T> {
    async fn send(&self, request: &Request) -> Result<RawReply, Error> {
        sleep(HALF).await;
        let reply = self.0.send(request).await;
        sleep(HALF).await;
        reply
    }

    fn endpoint(&self) -> &str {
        self.0.endpoint()
    }

    fn counters(&self) -> RequestCounters {
        self.0.counters()
    }
}

/// A server whose answer is the number of writes so far.
struct Counted {
    server: Server,
    version: Arc<AtomicU64>,
    silent: Arc<Mutex<bool>>,
}

impl Counted {
    async fn start() -> Self {
        let version: Arc<AtomicU64> = Arc::default();
        let silent: Arc<Mutex<bool>> = Arc::default();
        let (counting, away) = (Arc::clone(&version), Arc::clone(&silent));
        let server = Server::start(move |seen| {
            if *away.lock().unwrap() {
                return Answer::Kept(
                    b"HTTP/1.1 595 No route to host\r\nContent-Length: 0\r\n\r\n".into(),
                );
            }
            let now = match seen.method.as_str() {
                "GET" => counting.load(Ordering::SeqCst),
                _ => counting.fetch_add(1, Ordering::SeqCst) + 1,
            };
            kept("200 OK", &json!({"data": {"version": now}}))
        })
        .await;
        Self {
            server,
            version,
            silent,
        }
    }

    fn cache(&self, limits: CacheLimits) -> Cache {
        let budget = Budget {
            foreground_per_second: 100_000,
            ..Budget::default()
        };
        let client = Client::over(Box::new(Slow(Timeless::new(&self.server))), budget);
        let started = Instant::now();
        Cache::new(client, limits, move || {
            SystemTime::UNIX_EPOCH + started.elapsed()
        })
    }

    fn reads(&self) -> usize {
        self.server
            .lines()
            .iter()
            .filter(|line| line.starts_with("GET "))
            .count()
    }
}

fn version_of(cached: &pve::Cached) -> u64 {
    cached.reply.data["version"].as_u64().unwrap()
}

async fn get(cache: &Cache, text: &str) -> pve::Cached {
    cache.get(&path(text), &Params::new()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_at_once_cost_one_request_and_later_ones_none_while_it_is_fresh() {
    let counted = Counted::start().await;
    let cache = counted.cache(CacheLimits::default());
    let all = join_all((0..1000).map(|_| get(&cache, RESOURCES))).await;
    assert_eq!(counted.reads(), 1);
    let fetched = all
        .iter()
        .filter(|one| matches!(one.source, CacheSource::Fetched))
        .count();
    let shared = all
        .iter()
        .filter(|one| matches!(one.source, CacheSource::Shared))
        .count();
    assert_eq!((fetched, shared), (1, 999));
    sleep(Duration::from_secs(4)).await;
    let kept = get(&cache, RESOURCES).await;
    assert!(matches!(kept.source, CacheSource::Kept));
    assert_eq!(kept.age.as_millis() / 10, 420);
    assert_eq!(kept.fetched_at, SystemTime::UNIX_EPOCH);
    sleep(Duration::from_secs(1)).await;
    let anew = get(&cache, RESOURCES).await;
    assert!(matches!(anew.source, CacheSource::Fetched));
    assert_eq!(counted.reads(), 2);
    let counters = cache.counters();
    assert_eq!(
        (
            counters.fetched,
            counters.shared,
            counters.kept,
            counters.entries
        ),
        (2, 999, 1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn callers_whose_asker_was_dropped_ask_themselves() {
    let counted = Counted::start().await;
    let cache = counted.cache(CacheLimits::default());
    let asker = tokio::time::timeout(HALF / 2, get(&cache, CONFIG));
    let (dropped, waiting) = tokio::join!(asker, join_all((0..10).map(|_| get(&cache, CONFIG))));
    assert!(dropped.is_err());
    let fetched = waiting
        .iter()
        .filter(|one| matches!(one.source, CacheSource::Fetched))
        .count();
    assert_eq!((fetched, waiting.len()), (1, 10));
    assert_eq!(counted.reads(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_and_a_task_drop_what_they_changed_and_nothing_else() {
    let counted = Counted::start().await;
    let cache = counted.cache(CacheLimits::default());
    get(&cache, CONFIG).await;
    get(&cache, "/nodes/pve1/qemu/101/config").await;
    let params = Params::new().with("cores", 2_u32);
    cache
        .write(Method::Put, &path(CONFIG), &params)
        .await
        .unwrap();
    let after = get(&cache, CONFIG).await;
    assert_eq!((version_of(&after), counted.reads()), (1, 3));
    assert!(matches!(after.source, CacheSource::Fetched));
    let other = get(&cache, "/nodes/pve1/qemu/101/config").await;
    assert!(matches!(other.source, CacheSource::Kept));

    // Ended tasks of a list, shown twice; running ones change nothing yet.
    let row = |kind: &str, number, state| TaskRow {
        upid: upid(kind, number),
        state,
        end_time: None,
    };
    cache.notice(&[row("qmstart", 1, TaskState::Running)]);
    assert!(matches!(
        get(&cache, CONFIG).await.source,
        CacheSource::Kept
    ));
    let ended = [row("qmstart", 1, TaskState::Ended(TaskOutcome::Ok))];
    cache.notice(&ended);
    assert!(matches!(
        get(&cache, CONFIG).await.source,
        CacheSource::Fetched
    ));
    cache.notice(&ended);
    assert!(matches!(
        get(&cache, CONFIG).await.source,
        CacheSource::Kept
    ));
    cache.task_ended(&upid("aptupdate", 2));
    assert!(matches!(
        get(&cache, CONFIG).await.source,
        CacheSource::Kept
    ));
    cache.outdate(&[CacheFamily::GuestConfig]);
    assert!(matches!(
        get(&cache, CONFIG).await.source,
        CacheSource::Fetched
    ));
    cache.refresh(&path(CONFIG), &Params::new()).await.unwrap();
    assert_eq!(counted.reads(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_answer_from_before_a_change_is_given_to_who_asked_before_and_to_nobody_else() {
    let counted = Counted::start().await;
    let cache = counted.cache(CacheLimits::default());
    let late = async {
        // The server has answered the first reader; its answer is on the way.
        sleep(HALF + HALF / 2).await;
        counted.version.store(7, Ordering::SeqCst);
        cache.task_ended(&upid("qmconfig", 1));
        get(&cache, CONFIG).await
    };
    let (early, late) = tokio::join!(get(&cache, CONFIG), late);
    assert_eq!((version_of(&early), version_of(&late)), (0, 7));
    let kept = get(&cache, CONFIG).await;
    assert_eq!(version_of(&kept), 7);
    assert!(matches!(kept.source, CacheSource::Kept));
}

#[tokio::test(start_paused = true)]
async fn while_the_cluster_is_away_the_last_answer_is_shown_with_age_and_reason() {
    let counted = Counted::start().await;
    let limits = CacheLimits {
        longest_stale: Duration::from_mins(10),
        ..CacheLimits::default()
    };
    let cache = counted.cache(limits);
    get(&cache, RESOURCES).await;
    *counted.silent.lock().unwrap() = true;
    sleep(Duration::from_mins(1)).await;
    let stale = get(&cache, RESOURCES).await;
    let CacheSource::Stale { error, outdated } = &stale.source else {
        panic!("{stale:?}");
    };
    assert!(error.to_string().contains("No route to host"), "{error}");
    assert!(!outdated);
    assert!(stale.source.is_stale() && stale.age >= Duration::from_mins(1));
    // A write that may have arrived: what is shown is most likely wrong.
    let stop = path("/nodes/pve1/qemu/100/status/stop");
    cache
        .write(Method::Post, &stop, &Params::new())
        .await
        .unwrap_err();
    let stale = get(&cache, RESOURCES).await;
    assert!(matches!(
        stale.source,
        CacheSource::Stale { outdated: true, .. }
    ));
    sleep(Duration::from_mins(10)).await;
    let error = cache
        .get(&path(RESOURCES), &Params::new())
        .await
        .unwrap_err();
    assert!(matches!(
        error.kind(),
        pve::ErrorKind::NodeUnreachable { .. }
    ));
    *counted.silent.lock().unwrap() = false;
    assert!(matches!(
        get(&cache, RESOURCES).await.source,
        CacheSource::Fetched
    ));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_no_reason_to_show_something_old() {
    let mut asked = 0;
    let server = Server::start(move |_| {
        asked += 1;
        let forbidden = json!({"data": null, "message": "Permission check failed"});
        match asked {
            1 => kept("200 OK", &json!({"data": []})),
            _ => kept("403 Permission check failed", &forbidden),
        }
    })
    .await;
    let client = Timeless::client(&server, Budget::default());
    let cache = Cache::new(client, CacheLimits::default(), || SystemTime::UNIX_EPOCH);
    get(&cache, RESOURCES).await;
    sleep(Duration::from_secs(10)).await;
    let error = cache
        .get(&path(RESOURCES), &Params::new())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(403));
}

#[tokio::test(start_paused = true)]
async fn the_one_used_longest_ago_goes_first_and_a_huge_answer_is_not_kept() {
    let server = Server::start(|seen| {
        let huge = seen.target.contains("huge");
        let size = if huge { 40_000 } else { 4_000 };
        kept("200 OK", &json!({"data": "x".repeat(size)}))
    })
    .await;
    let client = Timeless::client(&server, Budget::default());
    let limits = CacheLimits {
        most_entries: 3,
        most_bytes: 100_000,
        ..CacheLimits::default()
    };
    let cache = Cache::new(client, limits, || SystemTime::UNIX_EPOCH);
    let pool = |name: &str| format!("/pools/{name}");
    for name in ["a", "b", "c", "a", "d", "huge"] {
        get(&cache, &pool(name)).await;
    }
    let counters = cache.counters();
    assert_eq!(
        (counters.entries, counters.evicted, counters.kept),
        (3, 1, 1)
    );
    assert!((12_000..14_000).contains(&counters.bytes), "{counters:?}");
    for (name, kept) in [
        ("a", true),
        ("c", true),
        ("d", true),
        ("b", false),
        ("huge", false),
    ] {
        let source = get(&cache, &pool(name)).await.source;
        assert_eq!(matches!(source, CacheSource::Kept), kept, "{name}");
    }
}

#[test]
fn every_kind_of_answer_says_how_long_it_is_fresh() {
    let fresh = |text: &str| cache_freshness(&path(text));
    let seconds = Duration::from_secs;
    assert_eq!(fresh(RESOURCES), Some((CacheFamily::Resources, seconds(5))));
    assert_eq!(fresh(CONFIG), Some((CacheFamily::GuestConfig, seconds(10))));
    assert_eq!(fresh("/cluster/nextid"), None);
    for family in CacheFamily::ALL {
        assert!(
            (1..=3600).contains(&family.fresh_for().as_secs()),
            "{family:?}"
        );
    }
}

/// What happens at a moment, in milliseconds.
#[derive(Debug, Clone)]
enum Event {
    Read(u64),
    Write(u64),
    /// The cluster changes by a task of somebody else, whose end is noticed at once.
    Task(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0_u64..30_000).prop_map(Event::Read),
        1 => (0_u64..30_000).prop_map(Event::Write),
        1 => (0_u64..30_000).prop_map(Event::Task),
    ]
}

/// What a reader saw: when it began, the version, the age.
type Read = (u64, u64, Duration);

async fn live(events: Vec<Event>) -> (Vec<Read>, Vec<(u64, u64)>, usize) {
    let counted = Counted::start().await;
    let cache = counted.cache(CacheLimits::default());
    let started = Instant::now();
    let reads: Mutex<Vec<Read>> = Mutex::default();
    // When a change was known to be done, and the version it left at least.
    let changes: Mutex<Vec<(u64, u64)>> = Mutex::default();
    let now = || started.elapsed().as_millis() as u64;
    let doing = events.iter().enumerate().map(|(number, event)| {
        let (cache, counted, reads, changes) = (&cache, &counted, &reads, &changes);
        async move {
            match *event {
                Event::Read(at) => {
                    sleep(Duration::from_millis(at)).await;
                    let cached = get(cache, CONFIG).await;
                    reads
                        .lock()
                        .unwrap()
                        .push((at, version_of(&cached), cached.age));
                }
                Event::Write(at) => {
                    sleep(Duration::from_millis(at)).await;
                    let (config, none) = (path(CONFIG), Params::new());
                    let reply = cache.write(Method::Put, &config, &none).await.unwrap();
                    let left = reply.data["version"].as_u64().unwrap();
                    changes.lock().unwrap().push((now(), left));
                }
                Event::Task(at) => {
                    sleep(Duration::from_millis(at)).await;
                    let left = counted.version.fetch_add(1, Ordering::SeqCst) + 1;
                    cache.task_ended(&upid("qmconfig", number as u32));
                    changes.lock().unwrap().push((now(), left));
                }
            }
        }
    });
    join_all(doing).await;
    let requests = counted.reads();
    (
        reads.into_inner().unwrap(),
        changes.into_inner().unwrap(),
        requests,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_reader_sees_what_was_changed_before_it_asked_and_no_change_costs_more_than_it_must(
        events in prop::collection::vec(event(), 1..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let (reads, changes, requests) = runtime.block_on(live(events.clone()));
        for (asked, version, age) in &reads {
            let done = changes.iter().filter(|(at, _)| at < asked);
            let newest = done.map(|(_, left)| *left).max().unwrap_or(0);
            prop_assert!(*version >= newest, "asked at {asked}: {version} < {newest}");
            // Ten seconds fresh, and a fifth for the request.
            prop_assert!(*age <= Duration::from_millis(10_201), "{age:?}");
        }
        // Each change can make at most two requests necessary (before and after a write), and time
        // one for every ten seconds.
        let bound = 2 * changes.len() + 4;
        prop_assert!(requests <= bound, "{requests} requests, bound {bound}");
        prop_assert!(requests <= reads.len());
    }
}

#[test]
fn debug_output_shows_counters_and_no_answers() {
    let value: Value = json!("secret");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let text = runtime.block_on(async {
        let server = Server::start(move |_| Answer::data(&value)).await;
        let client = server.client();
        let cache = Cache::new(client, CacheLimits::default(), || SystemTime::UNIX_EPOCH);
        get(&cache, RESOURCES).await;
        format!("{cache:?}")
    });
    assert!(
        text.contains("fetched: 1") && !text.contains("secret"),
        "{text}"
    );
}
