//! `storages.set`: switches storages on or off, and changes what they take and which nodes have them.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Level,
    Observed, Result, Risk, Signal, Started, Target, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{ContentFilter, Params, StorageConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    model::volumes_of,
    place::{self, Narrow},
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
};

/// What a storage can take, in PVE's words.
const CONTENTS: [&str; 7] = [
    "images", "rootdir", "iso", "vztmpl", "backup", "snippets", "import",
];

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the storage.
    storage: String,
    /// Whether it is switched on.
    #[arg(long)]
    enabled: Option<bool>,
    /// What it takes, all of it: images, rootdir, iso, vztmpl, backup, snippets, import.
    #[arg(long, value_delimiter = ',')]
    content: Option<Vec<String>>,
    /// Which nodes have it, all of them; `all` for every node.
    #[arg(long, value_delimiter = ',')]
    nodes: Option<Vec<String>>,
    /// Which cluster, when several are connected.
    #[arg(long)]
    cluster: Option<String>,
}

/// How the storage is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    cluster: String,
    storage: String,
    wished: Settings,
    /// Somebody may lose something by it: it is switched off, takes less, or fewer nodes have it.
    takes_away: bool,
}

/// What of a storage can be set here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    enabled: bool,
    /// Sorted.
    content: Vec<String>,
    /// Sorted; empty: every node.
    nodes: Vec<String>,
}

impl Settings {
    fn of(config: &StorageConfig) -> Self {
        let mut content: Vec<String> = config
            .content
            .iter()
            .map(|content| content.as_str().to_owned())
            .filter(|content| content != "none")
            .collect();
        let mut nodes: Vec<String> = config
            .nodes
            .iter()
            .map(|node| node.as_str().to_owned())
            .collect();
        content.sort();
        nodes.sort();
        Self {
            enabled: !config.disabled,
            content,
            nodes,
        }
    }
}

pub(super) struct Set;

impl Action for Set {
    const NAME: &'static str = "storages.set";
    const SUMMARY: &'static str = "Switch a storage on or off, or change what it takes";
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "storages.set",
        note: "",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let narrow = Narrow {
            cluster: input.cluster.as_deref(),
            node: None,
        };
        let cluster = cluster_of(ctx, &input, narrow).await?;
        let present = read(ctx, &cluster, &input.storage).await?;
        let before = Settings::of(&present);
        let wished = wish(ctx, &cluster, &input, &before).await?;
        if wished == before {
            return Err(Error::new(
                Code::Conflict,
                format!("nothing to do: storage {} is so already", input.storage),
            ));
        }
        let preflight = warnings(ctx, &cluster, &input.storage, &before, &wished).await?;
        let step = Step {
            cluster,
            storage: input.storage,
            takes_away: takes_away(&before, &wished),
            wished,
        };
        let change = changes(&before, &step.wished);
        let fields: Vec<&str> = change.iter().map(|change| change.field.as_str()).collect();
        let summary = match (before.enabled, step.wished.enabled, fields.as_slice()) {
            (true, false, ["enabled"]) => format!("switch storage {} off", step.storage),
            (false, true, ["enabled"]) => format!("switch storage {} on", step.storage),
            _ => format!("set {} of storage {}", fields.join(", "), step.storage),
        };
        Ok(Draft {
            left_out: Vec::new(),
            steps: vec![DraftStep {
                target: Target {
                    reference: format!("{}/storage/{}", step.cluster, step.storage),
                    name: step.storage.clone(),
                    node: None,
                    storage: Some(step.storage.clone()),
                },
                title: summary.clone(),
                depends_on: Vec::new(),
                change,
                interruption: None,
                observed: facts(&step.storage, &present),
                step,
            }],
            summary,
            preflight,
        })
    }

    /// Switching on, and taking more, cannot harm anybody.
    fn assess(step: &Step) -> Risk {
        if step.takes_away {
            Risk::Disruptive
        } else {
            Risk::Reversible
        }
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let present = read(ctx, &step.cluster, &step.storage).await?;
        Ok(facts(&step.storage, &present))
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let step = step.step();
        let client = ctx
            .inventory
            .client(&step.cluster)
            .await
            .map_err(StartError::NotSent)?;
        // The facts were compared just now; the digest keeps whoever comes in between from being overrun.
        let present = client
            .storage_config(&step.storage)
            .await
            .map_err(|error| StartError::NotSent(call_error(&step.cluster, &error)))?;
        let content = match step.wished.content.as_slice() {
            [] => "none".to_owned(),
            some => some.join(","),
        };
        let options = Params::new()
            .with("disable", !step.wished.enabled)
            .with("content", content);
        let (options, reset): (Params, &[&str]) = if step.wished.nodes.is_empty() {
            (
                options,
                if present.nodes.is_empty() {
                    &[]
                } else {
                    &["nodes"]
                },
            )
        } else {
            (options.with("nodes", step.wished.nodes.join(",")), &[])
        };
        client
            .update_storage(&step.storage, &options, reset, present.digest.as_deref())
            .await
            .map_err(|error| start_error(&step.cluster, &error))?;
        Ok(Started::Done(()))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        // The call ends with its effect, and asking for it twice is asking for it once.
        let present = read(ctx, &step.cluster, &step.storage).await?;
        Ok(if Settings::of(&present) == step.wished {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let present = Settings::of(&read(ctx, &step.cluster, &step.storage).await?);
        let rest = changes(&present, &step.wished);
        Ok(match rest.first() {
            None => Verdict::ok(format!("storage {} is so", step.storage)),
            Some(first) => Verdict::not_as_promised(format!(
                "storage {}: {} is {}",
                step.storage, first.field, first.before
            )),
        })
    }

    fn undo(step: &Step, before: &BeforeState) -> Option<Wish> {
        let field = |name: &str| before.0.get(name).cloned();
        let nodes = match field("nodes")? {
            Value::Array(list) if list.is_empty() => json!(["all"]),
            nodes => nodes,
        };
        Some(Wish {
            op: "storages.set".to_owned(),
            input: json!({
                "storage": step.storage, "cluster": step.cluster,
                "enabled": field("enabled")?, "content": field("content")?, "nodes": nodes,
            }),
        })
    }
}

/// A storage that is switched off, or whose nodes are away, can be set as well: its configuration tells.
async fn cluster_of(ctx: &Ctx, input: &Input, narrow: Narrow<'_>) -> Result<String> {
    if let Some(cluster) = &input.cluster {
        return Ok(cluster.clone());
    }
    match place::all(ctx, Some(&input.storage), narrow).await {
        Ok(places) => {
            let mut clusters: Vec<String> =
                places.into_iter().map(|(row, _)| row.cluster).collect();
            clusters.dedup();
            match clusters.as_slice() {
                [only] => Ok(only.clone()),
                several => Err(Error::new(
                    Code::Ambiguous,
                    format!(
                        "{} clusters have a storage `{}`",
                        several.len(),
                        input.storage
                    ),
                )
                .hint("say which with `cluster`")),
            }
        }
        // PVE does not list what is switched off.
        Err(unknown) => match crate::pve_call::the_only_cluster(ctx).await {
            Ok(only) => Ok(only),
            Err(_) => Err(unknown),
        },
    }
}

async fn read(ctx: &Ctx, cluster: &str, storage: &str) -> Result<StorageConfig> {
    ctx.inventory
        .client(cluster)
        .await?
        .storage_config(storage)
        .await
        .map_err(|error| call_error(cluster, &error))
}

async fn wish(ctx: &Ctx, cluster: &str, input: &Input, before: &Settings) -> Result<Settings> {
    let mut wished = before.clone();
    if let Some(enabled) = input.enabled {
        wished.enabled = enabled;
    }
    if let Some(content) = &input.content {
        if let Some(bad) = content
            .iter()
            .find(|word| !CONTENTS.contains(&word.as_str()))
        {
            return Err(
                Error::invalid(format!("`{bad}` is nothing that a storage takes"))
                    .hint(format!("it can take {}", CONTENTS.join(", "))),
            );
        }
        wished.content.clone_from(content);
        wished.content.sort();
        wished.content.dedup();
    }
    if let Some(nodes) = &input.nodes {
        let connected = ctx.inventory.cluster(cluster).await?;
        let known: Vec<String> = connected
            .snapshot()
            .map(|snapshot| snapshot.nodes.iter().map(|row| row.node.clone()).collect())
            .unwrap_or_default();
        wished.nodes = match nodes.as_slice() {
            [all] if all == "all" => Vec::new(),
            some => some.to_vec(),
        };
        wished.nodes.sort();
        wished.nodes.dedup();
        if let Some(bad) = wished.nodes.iter().find(|node| !known.contains(node)) {
            return Err(
                Error::not_found(format!("cluster {cluster} has no node `{bad}`"))
                    .hint(format!("it has {}", known.join(", "))),
            );
        }
    }
    Ok(wished)
}

/// Who is hit: PVE asks nobody.
async fn warnings(
    ctx: &Ctx,
    cluster: &str,
    storage: &str,
    before: &Settings,
    wished: &Settings,
) -> Result<Vec<Signal>> {
    let switched_off = before.enabled && !wished.enabled;
    let taken: Vec<&String> = before
        .content
        .iter()
        .filter(|word| !wished.content.contains(word))
        .collect();
    let lost: Vec<String> = place_nodes(before, wished);
    if !switched_off && taken.is_empty() && lost.is_empty() {
        return Ok(Vec::new());
    }
    let mut signals = Vec::new();
    let mut tell = |level, text: String| {
        signals.push(Signal {
            signal: "in_use".to_owned(),
            level,
            text,
            target: None,
        });
    };
    let narrow = Narrow {
        cluster: Some(cluster),
        node: None,
    };
    let places = match place::all(ctx, Some(storage), narrow).await {
        Ok(places) => places,
        Err(error) => {
            tell(
                Level::Warning,
                format!("whom it hits is not known: {}", error.message),
            );
            Vec::new()
        }
    };
    for (_, place) in places {
        let volumes = match &place {
            Ok(place) => volumes_of(ctx, place, &ContentFilter::default()).await,
            Err(error) => Err(error.clone()),
        };
        match (place, volumes) {
            (Ok(place), Ok(volumes)) => {
                let hit: Vec<&str> = volumes
                    .iter()
                    .filter(|volume| {
                        switched_off
                            || lost.contains(&place.node)
                            || volume
                                .content
                                .as_ref()
                                .is_some_and(|word| taken.contains(&word))
                    })
                    .map(|volume| volume.volume.as_str())
                    .collect();
                if let Some(first) = hit.first() {
                    tell(
                        Level::Warning,
                        format!(
                            "{} volumes of {} cannot be used any more for now, such as {first}: guests that run \
                             go on, but do not start again",
                            hit.len(),
                            place.subject()
                        ),
                    );
                }
            }
            (Ok(_), Err(error)) | (Err(error), _) => {
                tell(
                    Level::Warning,
                    format!("whom it hits is not known: {}", error.message),
                );
            }
        }
    }
    Ok(signals)
}

/// Nodes that have the storage by name before and not after.
fn place_nodes(before: &Settings, wished: &Settings) -> Vec<String> {
    if wished.nodes.is_empty() {
        return Vec::new();
    }
    before
        .nodes
        .iter()
        .filter(|node| !wished.nodes.contains(node))
        .cloned()
        .collect()
}

fn takes_away(before: &Settings, wished: &Settings) -> bool {
    let less =
        |before: &[String], wished: &[String]| before.iter().any(|word| !wished.contains(word));
    let fewer_nodes =
        !wished.nodes.is_empty() && (before.nodes.is_empty() || less(&before.nodes, &wished.nodes));
    (before.enabled && !wished.enabled) || less(&before.content, &wished.content) || fewer_nodes
}

fn changes(before: &Settings, wished: &Settings) -> Vec<Change> {
    let change = |field: &str, before: Value, after: Value| {
        (before != after).then(|| Change {
            field: field.to_owned(),
            before,
            after,
        })
    };
    [
        change("enabled", json!(before.enabled), json!(wished.enabled)),
        change("content", json!(before.content), json!(wished.content)),
        change("nodes", json!(before.nodes), json!(wished.nodes)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn facts(storage: &str, config: &StorageConfig) -> Observed {
    let settings = Settings::of(config);
    Observed {
        subject: format!("storage {storage}"),
        identity: BTreeMap::from([("type".to_owned(), json!(config.plugin.as_str()))]),
        state: BTreeMap::from([
            ("enabled".to_owned(), json!(settings.enabled)),
            ("content".to_owned(), json!(settings.content)),
            ("nodes".to_owned(), json!(settings.nodes)),
        ]),
    }
}
