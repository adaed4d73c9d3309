//! `guests.ha`: lets the HA manager look after guests, changes what it is to do, or takes them out of HA.

use std::{collections::BTreeMap, sync::Arc};

use ops::{BeforeState, Draft, Error, Observed, Result, Risk, Verdict, WayBack, Wish};
use pve::{
    Client, Feature, GuestAt, GuestState, HaRequest, HaResource, HaResourceChange, HaSid, Need,
    Params, Upid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    choose::{Chosen, already, choose_any, permitted, rest_of},
    options::shown,
    subject::{GuestRef, Looked, observe},
    work::{Work, change, names_of, step_of, warning},
};
use crate::{cluster_error::call_error, ctx::Ctx};

/// Settings with a default to go back to.
const RESETTABLE: [&str; 5] = [
    "max_restart",
    "max_relocate",
    "failback",
    "group",
    "comment",
];
/// PVE refuses a longer comment on a resource.
const COMMENT_CHARACTERS: usize = 4096;
const STATES: [&str; 4] = ["started", "stopped", "disabled", "ignored"];

#[derive(Clone, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Takes them out of HA; they go on as they are.
    #[arg(long)]
    #[serde(default)]
    remove: bool,
    /// What the HA manager is to keep: started, stopped, disabled or ignored; as they are without.
    #[arg(long)]
    state: Option<String>,
    /// Attempts to start a guest on its node.
    #[arg(long)]
    max_restart: Option<u32>,
    /// Attempts on other nodes.
    #[arg(long)]
    max_relocate: Option<u32>,
    /// Whether they go back to the node they prefer (from PVE 9).
    #[arg(long)]
    failback: Option<bool>,
    /// Group of nodes (PVE 8).
    #[arg(long)]
    group: Option<String>,
    /// A note.
    #[arg(long)]
    comment: Option<String>,
    /// A setting that goes back to PVE's default, as `max_restart`.
    #[arg(long)]
    #[serde(default)]
    reset: Vec<String>,
}

/// What the HA manager is told about a guest.
type Settings = BTreeMap<String, String>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    /// Nothing: it is taken out.
    wished: Option<Settings>,
    reset: Vec<String>,
    former: Option<Settings>,
    /// Whether the manager will start or stop the guest.
    powers: bool,
}

pub(super) struct Ha;

impl Work for Ha {
    const NAME: &'static str = "guests.ha";
    const SUMMARY: &'static str = "Put guests under HA, change what it does, or take them out";
    const PHRASES: &'static [&'static str] = &[
        "put {guests:guests} under ha",
        "(take|remove) {guests:guests} (out of|from) ha => remove=true",
    ];
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.ha",
        note: "what the HA manager started or stopped meanwhile stays so",
    };
    const TASKS: &'static [&'static str] = &[];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        check(&input)?;
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose_any(ctx, &input.guests, &[]).await?;
        let asked = guests
            .into_iter()
            .map(|one| (one.guest.clone(), Need::on("/", "Sys.Console"), one))
            .collect();
        let (guests, unchecked) = permitted(ctx, asked, &mut sorting).await?;
        preflight.extend(unchecked);
        let mut known: BTreeMap<String, Vec<HaResource>> = BTreeMap::new();
        let mut steps = Vec::new();
        let mut fitting = Vec::new();
        for one in guests {
            let cluster = &one.guest.cluster;
            if !known.contains_key(cluster) {
                known.insert(cluster.clone(), resources(ctx, cluster, &input).await?);
            }
            let resources = known.get(cluster).map_or(&[][..], Vec::as_slice);
            let former = settings_of(&one.guest, resources)?;
            let wished = wished(&input, &one, former.as_ref());
            let why = match (&former, &wished) {
                (None, None) => Some("is not managed by HA"),
                (Some(former), Some(wished))
                    if input.reset.is_empty()
                        && wished
                            .iter()
                            .all(|(key, value)| former.get(key) == Some(value)) =>
                {
                    Some("is managed so already")
                }
                _ => None,
            };
            if let Some(why) = why {
                already(&mut sorting, &one, why);
                continue;
            }
            let step = Step {
                guest: one.guest.clone(),
                powers: powers(&one, wished.as_ref()),
                reset: input.reset.clone(),
                wished,
                former,
            };
            if step.powers {
                let state = step.wished.as_ref().and_then(|wished| wished.get("state"));
                preflight.push(warning(
                    &one,
                    "ha_acts",
                    format!(
                        "{} is {}: the HA manager will see that it becomes {}",
                        one.guest.name,
                        one.status.status.as_str(),
                        state.map_or("started", String::as_str)
                    ),
                ));
            }
            steps.push(drafted(&one, step));
            fitting.push(one);
        }
        let left_out = rest_of(&steps, sorting)?;
        let names = names_of(&fitting);
        Ok(Draft {
            summary: if input.remove {
                format!("take {names} out of HA")
            } else {
                format!("let HA look after {names}")
            },
            steps,
            preflight,
            left_out,
        })
    }

    fn guest(step: &Step) -> &GuestRef {
        &step.guest
    }

    fn assess(step: &Step) -> Risk {
        if step.powers {
            Risk::Disruptive
        } else {
            Risk::Reversible
        }
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let mut observed = observe(ctx, &step.guest).await?;
        let client = step.guest.client(ctx).await?;
        let resources = client
            .ha_resources()
            .await
            .map_err(|error| call_error(&step.guest.cluster, &error))?;
        let present = settings_of(&step.guest, &resources)?;
        observed.state.insert("ha".to_owned(), json!(present));
        Ok(observed)
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &Step,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        let sid = HaSid::of(at.kind, at.vmid);
        let differences = client.differences().await?;
        let Some(wished) = &step.wished else {
            client.delete_ha_resource(&sid, None, differences).await?;
            return Ok(None);
        };
        let number = |key: &str| wished.get(key).and_then(|value| value.parse().ok());
        let change = HaResourceChange {
            state: wished
                .get("state")
                .map(|word| HaRequest::from(word.clone())),
            max_restart: number("max_restart"),
            max_relocate: number("max_relocate"),
            failback: wished.get("failback").map(|value| value == "true"),
            group: wished.get("group").cloned(),
            comment: wished.get("comment").cloned(),
            delete: if step.former.is_some() {
                step.reset.clone()
            } else {
                Vec::new()
            },
            ..HaResourceChange::default()
        };
        match &step.former {
            None => {
                client
                    .create_ha_resource(&sid, &change, differences)
                    .await?;
            }
            Some(_) => {
                client
                    .update_ha_resource(&sid, &change, differences)
                    .await?;
            }
        }
        Ok(None)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let client = step.guest.client(ctx).await?;
        let resources = client
            .ha_resources()
            .await
            .map_err(|error| call_error(&step.guest.cluster, &error))?;
        let name = &step.guest.name;
        Ok(
            match (settings_of(&step.guest, &resources)?, &step.wished) {
                (None, None) => Verdict::ok(format!("{name} is not managed by HA")),
                (Some(_), None) => {
                    Verdict::not_as_promised(format!("{name} is still managed by HA"))
                }
                (None, Some(_)) => Verdict::not_as_promised(format!("{name} is not managed by HA")),
                (Some(now), Some(wished)) => {
                    let wrong = wished
                        .iter()
                        .find(|(key, value)| now.get(*key) != Some(*value));
                    let still = step.reset.iter().find(|key| now.contains_key(*key));
                    match (wrong, still) {
                        (None, None) => Verdict::ok(format!("{name} is managed by HA as wished")),
                        (Some((key, value)), _) => Verdict::not_as_promised(format!(
                            "`{key}` of {name} is not {}",
                            shown(value)
                        )),
                        (None, Some(key)) => {
                            Verdict::not_as_promised(format!("{name} still has `{key}`"))
                        }
                    }
                }
            },
        )
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        let guests = json!([step.guest.anywhere()]);
        let Some(former) = &step.former else {
            return Some(Wish {
                op: "guests.ha".to_owned(),
                input: json!({ "guests": guests, "remove": true }),
            });
        };
        let new: Vec<&String> = step
            .wished
            .iter()
            .flat_map(BTreeMap::keys)
            .filter(|key| !former.contains_key(*key))
            .collect();
        let mut input = serde_json::Map::from_iter([
            ("guests".to_owned(), guests),
            ("reset".to_owned(), json!(new)),
        ]);
        for (key, value) in former {
            let value = match key.as_str() {
                "max_restart" | "max_relocate" => json!(value.parse::<u32>().ok()),
                "failback" => json!(value == "true"),
                _ => json!(value),
            };
            input.insert(key.clone(), value);
        }
        Some(Wish {
            op: "guests.ha".to_owned(),
            input: Value::Object(input),
        })
    }
}

fn check(input: &Input) -> Result<()> {
    if let Some(state) = &input.state
        && !STATES.contains(&state.as_str())
    {
        return Err(
            Error::invalid(format!("`{}` is no state for HA", shown(state)))
                .hint(format!("it is one of {}", STATES.join(", "))),
        );
    }
    let long = input
        .comment
        .as_ref()
        .map_or(0, |text| text.chars().count());
    if long > COMMENT_CHARACTERS {
        return Err(Error::invalid(format!(
            "the comment is {long} characters long and PVE keeps {COMMENT_CHARACTERS}"
        ))
        .hint("shorten it, or write it into the notes of the guest"));
    }
    let says = input.state.is_some()
        || input.max_restart.is_some()
        || input.max_relocate.is_some()
        || input.failback.is_some()
        || input.group.is_some()
        || input.comment.is_some()
        || !input.reset.is_empty();
    if input.remove && says {
        return Err(Error::invalid(
            "`remove` takes the guests out of HA: nothing else goes with it",
        ));
    }
    match input
        .reset
        .iter()
        .find(|key| !RESETTABLE.contains(&key.as_str()))
    {
        None => Ok(()),
        Some(key) => Err(
            Error::invalid(format!("`{}` has no default to go back to", shown(key)))
                .hint(format!("these have: {}", RESETTABLE.join(", "))),
        ),
    }
}

/// The HA resources of a cluster, where the wish is one that its version knows.
async fn resources(ctx: &Ctx, cluster: &str, input: &Input) -> Result<Vec<HaResource>> {
    let client = ctx.inventory.client(cluster).await?;
    let said = |error: pve::Error| call_error(cluster, &error);
    let differences = client.differences().await.map_err(said)?;
    let needs = [
        ("group", input.group.is_some(), Feature::HaGroups),
        ("failback", input.failback.is_some(), Feature::HaFailback),
    ];
    for (key, given, feature) in needs {
        if given && !differences.has(feature) {
            return Err(Error::invalid(format!(
                "cluster {cluster} has no `{key}` for HA: PVE has it {}",
                feature.versions()
            ))
            .hint("rules of HA say where guests run from 9.0 on"));
        }
    }
    client.ha_resources().await.map_err(said)
}

fn settings_of(guest: &GuestRef, resources: &[HaResource]) -> Result<Option<Settings>> {
    let at = guest.at()?;
    let sid = HaSid::of(at.kind, at.vmid);
    Ok(resources.iter().find(|one| one.sid == sid).map(|one| {
        let number = |value: Option<u64>| value.map(|value| value.to_string());
        let state = one.state.as_ref().map_or("started", HaRequest::as_str);
        // An old word for the same.
        let state = if state == "enabled" { "started" } else { state };
        [
            ("state", Some(state.to_owned())),
            ("max_restart", number(one.max_restart)),
            ("max_relocate", number(one.max_relocate)),
            ("failback", one.failback.map(|value| value.to_string())),
            ("group", one.group.clone()),
            ("comment", one.comment.clone()),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
    }))
}

fn wished(input: &Input, looked: &Looked, former: Option<&Settings>) -> Option<Settings> {
    if input.remove {
        return None;
    }
    // Without a word the guest is kept as it is.
    let as_it_is = match former.and_then(|former| former.get("state")) {
        Some(state) => state.clone(),
        None if looked.status.status == GuestState::Running => "started".to_owned(),
        None => "stopped".to_owned(),
    };
    let values = [
        ("state", Some(input.state.clone().unwrap_or(as_it_is))),
        ("max_restart", input.max_restart.map(|n| n.to_string())),
        ("max_relocate", input.max_relocate.map(|n| n.to_string())),
        ("failback", input.failback.map(|value| value.to_string())),
        ("group", input.group.clone()),
        ("comment", input.comment.clone()),
    ];
    Some(
        values
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect(),
    )
}

fn powers(looked: &Looked, wished: Option<&Settings>) -> bool {
    let runs = looked.status.status == GuestState::Running;
    match wished
        .and_then(|wished| wished.get("state"))
        .map(String::as_str)
    {
        Some("started") => !runs,
        Some("stopped" | "disabled") => runs,
        _ => false,
    }
}

fn drafted(looked: &Looked, step: Step) -> ops::DraftStep<Step> {
    let (name, vmid) = (&looked.guest.name, looked.guest.vmid);
    let title = match (&step.former, &step.wished) {
        (_, None) => format!("Take {name} ({vmid}) out of HA"),
        (None, Some(_)) => format!("Put {name} ({vmid}) under HA"),
        (Some(_), Some(_)) => format!("Change HA of {name} ({vmid})"),
    };
    let one = |settings: &Option<Settings>| match settings {
        None => Value::Null,
        Some(settings) => {
            let words: Vec<String> = settings
                .iter()
                .map(|(key, value)| format!("{key}={}", shown(value)))
                .collect();
            json!(words.join(", "))
        }
    };
    let changes = vec![change("ha", one(&step.former), one(&step.wished))];
    let former = json!(step.former);
    let mut drafted = step_of(looked, title, changes, step);
    drafted.observed.state.insert("ha".to_owned(), former);
    drafted
}
