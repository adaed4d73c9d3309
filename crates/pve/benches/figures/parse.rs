//! Reading the whole inventory: the client's rows beside plain structs of the same fields.

use std::hint::black_box;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use pve::{Budget, Client, RawReply, Request, RequestCounters, Transport, Wrapping};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bare::Bare;
use crate::{Outcome, Target, median};

const ROUNDS: usize = 21;

/// Gives the same answer without a network.
struct Kept(Bytes);

#[async_trait]
impl Transport for Kept {
    async fn send(&self, _: &Request) -> Result<RawReply, pve::Error> {
        Ok(RawReply {
            json: self.0.clone(),
            wrapping: Wrapping::Envelope,
        })
    }

    fn endpoint(&self) -> &'static str {
        "https://127.0.0.1:8006"
    }

    fn counters(&self) -> RequestCounters {
        RequestCounters::default()
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Row>,
}

/// What the client reads of a row, in the types it has in the simplest case.
#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are there to be read into")]
struct Row {
    #[serde(rename = "type")]
    kind: String,
    node: Option<String>,
    vmid: Option<u64>,
    name: Option<String>,
    status: Option<String>,
    template: Option<u64>,
    tags: Option<String>,
    pool: Option<String>,
    lock: Option<String>,
    hastate: Option<String>,
    cpu: Option<f64>,
    maxcpu: Option<f64>,
    mem: Option<u64>,
    maxmem: Option<u64>,
    memhost: Option<u64>,
    disk: Option<u64>,
    maxdisk: Option<u64>,
    netin: Option<u64>,
    netout: Option<u64>,
    diskread: Option<u64>,
    diskwrite: Option<u64>,
    uptime: Option<u64>,
    storage: Option<String>,
    shared: Option<u64>,
    plugintype: Option<String>,
    content: Option<String>,
}

pub(crate) fn measure(target: &Target) -> Outcome<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let path = "/api2/json/cluster/resources";
        let body = Bare::connect(target).await?.get(path, "identity").await?;
        let client = Client::over(
            Box::new(Kept(body.clone())),
            Budget {
                foreground_per_second: 1_000_000,
                ..Budget::default()
            },
        );
        let (mut ours, mut bare, mut guests) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let rows = client.cluster_resources().await?;
            ours.push(started.elapsed().as_secs_f64() * 1000.0);
            guests = rows.iter().filter(|row| row.as_guest().is_some()).count();
            drop(black_box(rows));
            let started = Instant::now();
            let answer: Answer = serde_json::from_slice(&body)?;
            bare.push(started.elapsed().as_secs_f64() * 1000.0);
            drop(black_box(answer.data));
        }
        Ok(json!({
            "guests": guests, "bytes": body.len(),
            "ours_ms": median(ours), "serde_json_ms": median(bare),
        }))
    })
}
