//! `nodes.certificates`: the certificates of nodes, and how long they are good for.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{Call, Query, Result};
use pve::NodeCertificate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at::{self, Seen};
use crate::{cluster_error::call_error, ctx::Ctx};

const ASK_AT_ONCE: usize = 8;
const DAY_S: i64 = 86_400;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Names of nodes, or cluster/node; all without.
    #[serde(default)]
    nodes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Row {
    cluster: String,
    node: String,
    file: String,
    subject: Option<String>,
    issuer: Option<String>,
    names: Vec<String>,
    fingerprint: Option<String>,
    #[schemars(with = "Option<String>")]
    not_before: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    not_after: Option<Timestamp>,
    /// Below zero when it is over.
    days_left: Option<i64>,
}

/// A node that could not be asked.
#[derive(Serialize, JsonSchema)]
struct NotRead {
    node: String,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The one that ends first is first.
    certificates: Vec<Row>,
    not_read: Vec<NotRead>,
    #[schemars(with = "String")]
    read_at: Timestamp,
}

pub(super) struct Certificates;

impl Query for Certificates {
    const NAME: &'static str = "nodes.certificates";
    const SUMMARY: &'static str = "List the certificates of nodes and when they end";
    const PHRASES: &'static [&'static str] =
        &["[list|show|show me] [the] certificates [(of|on) {nodes:places}]"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Output> {
        let names = if input.nodes.is_empty() {
            vec!["all".to_owned()]
        } else {
            input.nodes
        };
        let now = ctx.clock.now();
        let mut output = Output {
            certificates: Vec::new(),
            not_read: Vec::new(),
            read_at: now,
        };
        let readings: Vec<_> = at::several(ctx, &names)
            .await?
            .into_iter()
            .map(|seen| async move {
                let rows = of_node(ctx, &seen).await;
                (seen, rows)
            })
            .collect();
        let mut read = stream::iter(readings).buffered(ASK_AT_ONCE);
        while let Some((seen, rows)) = read.next().await {
            match rows {
                Ok(rows) => output
                    .certificates
                    .extend(rows.into_iter().map(|row| of(&seen, row, now))),
                Err(error) => output.not_read.push(NotRead {
                    node: seen.at.reference(),
                    reason: error.sentence(),
                }),
            }
        }
        output
            .certificates
            .sort_by_key(|row| (row.days_left.is_none(), row.days_left));
        Ok(output)
    }
}

async fn of_node(ctx: &Ctx, seen: &Seen) -> Result<Vec<NodeCertificate>> {
    seen.need_online()?;
    seen.at
        .client(ctx)
        .await?
        .certificates(&seen.at.name()?)
        .await
        .map_err(|error| call_error(&seen.at.cluster, &error))
}

fn of(seen: &Seen, row: NodeCertificate, now: Timestamp) -> Row {
    let time = |seconds: Option<u64>| {
        seconds
            .and_then(|seconds| i64::try_from(seconds).ok())
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
    };
    let not_after = time(row.not_after_s);
    Row {
        cluster: seen.at.cluster.clone(),
        node: seen.at.node.clone(),
        file: row.file,
        subject: row.subject,
        issuer: row.issuer,
        names: row.names,
        fingerprint: row.fingerprint.map(|print| print.to_string()),
        not_before: time(row.not_before_s),
        days_left: not_after.map(|end| (end.as_second() - now.as_second()).div_euclid(DAY_S)),
        not_after,
    }
}
