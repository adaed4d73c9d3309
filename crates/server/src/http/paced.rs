//! How often a client is told of a run: ten events a second at most, however many steps it has.
//!
//! Invariants: no change of a state and no line of a log is lost, and all come in their order; only progress
//! that newer progress overtook is left out. A few events go out as they are. What comes faster goes out
//! together as one `batch`, numbered as its last event, so that whoever comes back with that number gets what
//! follows. The last event of a run always stands alone.

use std::{collections::VecDeque, time::Duration};

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use ops::{Result, RunEvent};
use serde_json::json;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
/// Events in any second.
const MOST: usize = 10;
/// Of those, what a run that goes on may use; the rest is for its end.
const MOST_OF_THE_WAY: usize = 8;
/// After so many in a second the next one keeps its distance.
const AT_ONCE: usize = 4;
const DISTANCE: Duration = Duration::from_millis(125);
/// Events held back for one batch; then the source is not read on.
const MOST_HELD: usize = 256;

/// The kind of several events told as one.
pub(super) const BATCH: &str = "batch";

/// What there is to do next.
#[derive(Debug, PartialEq)]
enum Next {
    Tell(Vec<RunEvent>),
    /// Nothing before then, unless something new comes.
    WaitUntil(Instant),
    /// Nothing is held.
    Listen,
}

/// Decides what goes out when. Pure: it is told what time it is.
#[derive(Default)]
struct Pace {
    held: Vec<RunEvent>,
    /// When the events of the last second went out.
    told: VecDeque<Instant>,
}

impl Pace {
    fn hold(&mut self, event: RunEvent) {
        if event.kind == "step.progress" {
            self.held.retain(|old| {
                old.kind != event.kind || old.data.get("step") != event.data.get("step")
            });
        }
        self.held.push(event);
    }

    fn is_full(&self) -> bool {
        self.held.len() >= MOST_HELD
    }

    fn next(&mut self, now: Instant, is_over: bool) -> Next {
        while self.told.front().is_some_and(|at| now >= *at + SECOND) {
            self.told.pop_front();
        }
        if self.held.is_empty() {
            return Next::Listen;
        }
        let limit = if is_over { MOST } else { MOST_OF_THE_WAY };
        let free = limit.saturating_sub(self.told.len());
        let is_calm = is_over || self.told.len() < AT_ONCE;
        if is_calm && self.held.len() <= free {
            let all = std::mem::take(&mut self.held);
            return self.tell(now, all);
        }
        // What is held goes out as one, and the end by itself.
        let needed = if is_over { 2 } else { 1 };
        if is_over && free >= needed {
            let last = self.held.pop();
            let together = batch(std::mem::take(&mut self.held));
            return self.tell(now, together.into_iter().chain(last).collect());
        }
        let next_place = match self.told.front() {
            Some(first) if free < needed => *first + SECOND,
            _ => now,
        };
        let next_in_turn = self.told.back().map_or(now, |last| *last + DISTANCE);
        let at = next_place.max(next_in_turn);
        if is_over || now < at {
            return Next::WaitUntil(at);
        }
        let together = batch(std::mem::take(&mut self.held));
        self.tell(now, together.into_iter().collect())
    }

    fn tell(&mut self, now: Instant, events: Vec<RunEvent>) -> Next {
        self.told.extend(events.iter().map(|_| now));
        Next::Tell(events)
    }
}

/// Several events as one; a single one stays what it is.
fn batch(mut events: Vec<RunEvent>) -> Option<RunEvent> {
    if events.len() < 2 {
        return events.pop();
    }
    let id = events.last()?.id;
    let events: Vec<_> = events
        .into_iter()
        .map(|event| json!({ "id": event.id, "event": event.kind, "data": event.data }))
        .collect();
    Some(RunEvent {
        id,
        kind: BATCH.to_owned(),
        data: json!({ "events": events }),
    })
}

/// The events of a run at a pace that a client can follow.
pub(super) fn paced<S>(events: S) -> impl Stream<Item = Result<RunEvent>> + Send + 'static
where
    S: Stream<Item = Result<RunEvent>> + Send + Unpin + 'static,
{
    struct Paced<S> {
        source: S,
        pace: Pace,
        ready: VecDeque<Result<RunEvent>>,
        failed: Option<ops::Error>,
        is_over: bool,
    }

    impl<S: Stream<Item = Result<RunEvent>> + Unpin> Paced<S> {
        fn take(&mut self, event: Option<Result<RunEvent>>) {
            match event {
                Some(Ok(event)) => self.pace.hold(event),
                Some(Err(error)) => {
                    self.failed = Some(error);
                    self.is_over = true;
                }
                None => self.is_over = true,
            }
        }
    }

    let paced = Paced {
        source: events,
        pace: Pace::default(),
        ready: VecDeque::new(),
        failed: None,
        is_over: false,
    };
    stream::unfold(paced, |mut paced| async move {
        loop {
            if let Some(event) = paced.ready.pop_front() {
                return Some((event, paced));
            }
            // What is there already is told together.
            while !paced.is_over && !paced.pace.is_full() {
                let Some(event) = paced.source.next().now_or_never() else {
                    break;
                };
                paced.take(event);
            }
            match paced.pace.next(Instant::now(), paced.is_over) {
                Next::Tell(events) => paced.ready.extend(events.into_iter().map(Ok)),
                Next::Listen if paced.is_over => {
                    let error = paced.failed.take()?;
                    return Some((Err(error), paced));
                }
                Next::Listen => {
                    let event = paced.source.next().await;
                    paced.take(event);
                }
                Next::WaitUntil(at) if paced.is_over || paced.pace.is_full() => {
                    tokio::time::sleep_until(at).await;
                }
                Next::WaitUntil(at) => {
                    // What comes meanwhile is held as well.
                    if let Ok(event) = tokio::time::timeout_at(at, paced.source.next()).await {
                        paced.take(event);
                    }
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u64, kind: &str, step: u64) -> RunEvent {
        RunEvent {
            id,
            kind: kind.to_owned(),
            data: json!({ "step": format!("s{step}") }),
        }
    }

    /// Numbers of the events that went out, those of batches too.
    fn numbers(told: &[RunEvent]) -> Vec<u64> {
        told.iter()
            .flat_map(|event| match event.data["events"].as_array() {
                Some(events) => events
                    .iter()
                    .map(|event| event["id"].as_u64().unwrap())
                    .collect(),
                None => vec![event.id],
            })
            .collect()
    }

    /// Feeds one event every so many milliseconds for the time, and tells what went out when.
    fn run(every_ms: u64, count: u64) -> Vec<(u64, RunEvent)> {
        let begun = Instant::now();
        let mut pace = Pace::default();
        let mut told = Vec::new();
        let (mut fed, mut ms) = (0, 0);
        loop {
            while fed < count && fed * every_ms <= ms {
                pace.hold(event(fed + 1, "step.state", fed));
                fed += 1;
            }
            let is_over = fed == count;
            match pace.next(begun + Duration::from_millis(ms), is_over) {
                Next::Tell(events) => told.extend(events.into_iter().map(|event| (ms, event))),
                Next::Listen if is_over => return told,
                Next::WaitUntil(_) | Next::Listen => ms += 1,
            }
        }
    }

    #[test]
    fn however_fast_a_run_goes_no_second_has_more_than_ten_events_and_no_state_is_lost() {
        for every_ms in [0, 1, 3, 9, 40, 90, 130, 400] {
            let told = run(every_ms, 500);
            for (at, (first, _)) in told.iter().enumerate() {
                let in_a_second = told[at..]
                    .iter()
                    .take_while(|(ms, _)| *ms < first + 1_000)
                    .count();
                assert!(
                    in_a_second <= MOST,
                    "{in_a_second} at {first} of {every_ms}"
                );
            }
            let events: Vec<RunEvent> = told.into_iter().map(|(_, event)| event).collect();
            assert_eq!(
                numbers(&events),
                (1..=500).collect::<Vec<_>>(),
                "{every_ms}"
            );
            let last = events.last().unwrap();
            assert_eq!((last.id, last.kind.as_str()), (500, "step.state"));
        }
    }

    #[test]
    fn nothing_waits_longer_than_a_fraction_of_a_second() {
        for every_ms in [1, 9, 40, 90] {
            for (ms, event) in run(every_ms, 1_000) {
                let waited = ms - (numbers(&[event])[0] - 1) * every_ms;
                assert!(waited <= 600, "{waited} ms with one every {every_ms}");
            }
        }
    }

    #[test]
    fn a_small_run_is_told_event_by_event() {
        let told = run(0, 10);
        assert!(
            told.iter()
                .all(|(ms, event)| *ms == 0 && event.kind == "step.state")
        );
        let told = run(150, 100);
        assert!(told.iter().all(|(_, event)| event.kind == "step.state"));
    }

    #[test]
    fn newer_progress_of_a_step_takes_the_place_of_older_and_of_nothing_else() {
        let mut pace = Pace::default();
        for (id, kind, step) in [
            (1, "step.progress", 1),
            (2, "step.progress", 2),
            (3, "step.log", 1),
            (4, "step.progress", 1),
        ] {
            pace.hold(event(id, kind, step));
        }
        let Next::Tell(told) = pace.next(Instant::now(), false) else {
            panic!("nothing was told");
        };
        assert_eq!(numbers(&told), [2, 3, 4]);
    }

    #[tokio::test]
    async fn a_long_run_that_has_ended_is_replayed_at_once_and_its_end_stands_alone() {
        let mut events: Vec<Result<RunEvent>> = (1..=600)
            .map(|id| Ok(event(id, "step.state", id)))
            .collect();
        events.push(Ok(event(601, "run.finished", 0)));
        let told: Vec<RunEvent> = paced(stream::iter(events))
            .map(|event| event.unwrap())
            .collect()
            .await;
        assert!(told.len() <= 6, "{}", told.len());
        assert_eq!(numbers(&told), (1..=601).collect::<Vec<_>>());
        let kinds: Vec<&str> = told.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!((kinds[0], kinds.last()), (BATCH, Some(&"run.finished")));
        assert_eq!(told[0].id, 256);
    }

    #[tokio::test]
    async fn an_error_comes_after_everything_that_was_before_it() {
        let lost = ops::Error::not_found("the run is gone");
        let events = vec![Ok(event(1, "run.state", 0)), Err(lost.clone())];
        let told: Vec<Result<RunEvent>> = paced(stream::iter(events)).collect().await;
        assert_eq!(told, [Ok(event(1, "run.state", 0)), Err(lost)]);
    }
}
