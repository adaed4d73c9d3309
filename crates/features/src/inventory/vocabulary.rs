//! `inventory.vocabulary`: every name there is, small enough to ask for each sentence.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use ops::{Call, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    clusters: Vec<String>,
    /// Once per cluster: a name that stands twice is on two clusters.
    nodes: Vec<String>,
    storages: BTreeSet<String>,
    pools: BTreeSet<String>,
    tags: BTreeSet<String>,
    /// One entry per guest: a name that stands twice belongs to two guests.
    names: Vec<String>,
    /// Names of guests by tag.
    tagged: BTreeMap<String, Vec<String>>,
    /// Changes when a word does.
    version: String,
}

pub(super) struct Vocabulary;

impl Query for Vocabulary {
    const NAME: &'static str = "inventory.vocabulary";
    const SUMMARY: &'static str = "List every name of guests, nodes, tags, pools and storages";
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Input) -> Result<Output> {
        let clusters = ctx
            .inventory
            .fresh(ctx.inventory.options().tick * 2)
            .await?;
        let mut output = Output {
            clusters: Vec::new(),
            nodes: Vec::new(),
            storages: BTreeSet::new(),
            pools: BTreeSet::new(),
            tags: BTreeSet::new(),
            names: Vec::new(),
            tagged: BTreeMap::new(),
            version: String::new(),
        };
        for connected in &clusters {
            output.clusters.push(connected.row.id.clone());
            let Some(snapshot) = connected.snapshot() else {
                continue;
            };
            output
                .nodes
                .extend(snapshot.nodes.iter().map(|node| node.node.clone()));
            output.storages.extend(
                snapshot
                    .storages
                    .iter()
                    .map(|storage| storage.storage.clone()),
            );
            output.pools.extend(snapshot.pools.iter().cloned());
            for guest in &snapshot.guests {
                output.names.push(guest.name.clone());
                for tag in &guest.tags {
                    if !output.tags.contains(tag) {
                        output.tags.insert(tag.clone());
                    }
                    output
                        .tagged
                        .entry(tag.clone())
                        .or_default()
                        .push(guest.name.clone());
                }
            }
        }
        output.names.sort();
        let mut hasher = DefaultHasher::new();
        (
            &output.clusters,
            &output.nodes,
            &output.storages,
            &output.pools,
            &output.tags,
            &output.names,
        )
            .hash(&mut hasher);
        output.version = format!("{:016x}", hasher.finish());
        Ok(output)
    }
}
