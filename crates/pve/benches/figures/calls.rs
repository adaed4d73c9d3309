//! Requests per second and processor time per request, one after the other and many at once.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::bare::Bare;
use crate::cost::processor_ns;
use crate::{Outcome, Target};

/// Requests at once in the second half.
pub(crate) const AT_ONCE: usize = 64;
/// Both take turns this often, so that what else the machine does hits both. The fastest round of
/// each counts: it is the one that was disturbed least.
const ROUNDS: usize = 25;
const REQUESTS: u32 = 200;
const REQUESTS_EACH: u32 = 40;
const PATH: &str = "/api2/json/version";

/// Requests per second and microseconds of processor time per request.
#[derive(Default)]
struct Seen {
    per_s: Vec<f64>,
    processor_us: Vec<f64>,
}

impl Seen {
    fn note(&mut self, requests: f64, started: (Instant, f64)) -> Outcome<()> {
        let processor = processor_ns()? - started.1;
        self.per_s
            .push(requests / started.0.elapsed().as_secs_f64());
        self.processor_us.push(processor / requests / 1000.0);
        Ok(())
    }

    fn best(&self) -> Value {
        let per_s = self.per_s.iter().copied().fold(0.0, f64::max);
        let processor_us = self.processor_us.iter().copied().fold(f64::MAX, f64::min);
        json!({ "per_s": per_s, "processor_us": processor_us })
    }
}

fn start() -> Outcome<(Instant, f64)> {
    Ok((Instant::now(), processor_ns()?))
}

pub(crate) fn measure(target: &Target) -> Outcome<Value> {
    let one = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (ours, bare) = one.block_on(in_sequence(target))?;
    let many = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let at_once = many.block_on(at_once(target))?;
    Ok(json!({
        "ours": ours.best(), "hyper": bare.best(),
        "at_once": { "ours": at_once.0.best(), "hyper": at_once.1.best() },
    }))
}

async fn in_sequence(target: &Target) -> Outcome<(Seen, Seen)> {
    let client = target.client()?;
    let mut bare = Bare::connect(target).await?;
    // Connections and caches are made before.
    for _ in 0..50 {
        client.version().await?;
        bare.get(PATH, "gzip").await?;
    }
    let (mut ours, mut theirs) = (Seen::default(), Seen::default());
    for _ in 0..ROUNDS {
        let started = start()?;
        for _ in 0..REQUESTS {
            client.version().await?;
        }
        ours.note(f64::from(REQUESTS), started)?;
        let started = start()?;
        for _ in 0..REQUESTS {
            bare.get(PATH, "gzip").await?;
        }
        theirs.note(f64::from(REQUESTS), started)?;
    }
    Ok((ours, theirs))
}

async fn at_once(target: &Target) -> Outcome<(Seen, Seen)> {
    let client = target.client()?;
    let mut connections = Vec::new();
    for _ in 0..AT_ONCE {
        connections.push(Bare::connect(target).await?);
    }
    let (mut ours, mut theirs) = (Seen::default(), Seen::default());
    let requests = AT_ONCE as f64 * f64::from(REQUESTS_EACH);
    // The first round makes the connections of the client and is not counted.
    for round in 0..=ROUNDS {
        let started = start()?;
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let client = client.clone();
            tasks.spawn(async move {
                for _ in 0..REQUESTS_EACH {
                    client.version().await?;
                }
                Outcome::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        if round > 0 {
            ours.note(requests, started)?;
        }
        let started = start()?;
        let mut tasks = JoinSet::new();
        for mut bare in std::mem::take(&mut connections) {
            tasks.spawn(async move {
                for _ in 0..REQUESTS_EACH {
                    bare.get(PATH, "gzip").await?;
                }
                Outcome::Ok(bare)
            });
        }
        while let Some(done) = tasks.join_next().await {
            connections.push(done??);
        }
        if round > 0 {
            theirs.note(requests, started)?;
        }
    }
    Ok((ours, theirs))
}
