//! `storages.delete_volume`: removes volumes for good. One that somebody uses is refused; PVE would not ask.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Level,
    Observed, Result, Risk, Signal, Sorting, Started, TaskRef, Verdict, WayBack, Wish,
    contract::StartError,
};
use pve::{ContentFilter, VolumeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    model::{VolumeRow, volume, volumes_of},
    place::{self, Place},
    references::{References, Usage, owners},
};
use crate::{cluster_error::start_error, ctx::Ctx, node_work::Traces};

const KINDS: [&str; 1] = ["imgdel"];

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Volumes: storage:name, or node/storage:name where the storage is not shared.
    #[arg(required = true)]
    volumes: Vec<String>,
}

/// One volume.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    place: Place,
    volume: String,
    /// What the task of PVE carries as its id.
    task_id: String,
}

pub(super) struct DeleteVolume;

impl Action for DeleteVolume {
    const NAME: &'static str = "storages.delete_volume";
    const SUMMARY: &'static str = "Delete volumes that nobody uses; this cannot be undone";
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "the data is gone",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let wanted = places_of(ctx, &input.volumes).await?;
        if wanted.is_empty() {
            return Err(Error::invalid("no volume is named"));
        }
        let mut draft = Draft {
            left_out: Vec::new(),
            summary: String::new(),
            steps: Vec::new(),
            preflight: Vec::new(),
        };
        let mut references: BTreeMap<String, References> = BTreeMap::new();
        let mut listed: BTreeMap<Place, Vec<VolumeRow>> = BTreeMap::new();
        for (place, _) in &wanted {
            if listed.contains_key(place) {
                continue;
            }
            if !references.contains_key(&place.cluster) {
                let read = References::read(ctx, &place.cluster).await?;
                references.insert(place.cluster.clone(), read);
            }
            let volumes = volumes_of(ctx, place, &ContentFilter::default()).await?;
            if let Some(known) = references.get_mut(&place.cluster) {
                known.add_parents(&volumes);
            }
            listed.insert(place.clone(), volumes);
        }
        let mut sorting = Sorting::default();
        for (place, name) in wanted {
            let row = listed
                .get(&place)
                .and_then(|volumes| volumes.iter().find(|row| row.volume == name))
                .ok_or_else(|| {
                    Error::new(
                        Code::NoMatch,
                        format!("there is no volume `{name}` on {}", place.subject()),
                    )
                    .hint("`storages.content` lists what is there")
                })?;
            let usage = references
                .get(&place.cluster)
                .map(|known| known.usage(row, place.shared));
            let Some(usage) = usage else { continue };
            let checked = refuse(&place, row, usage);
            let target = place.target(&row.volume);
            if let Some(signals) = sorting.pass(&target, &row.volume, checked)? {
                draft.preflight.extend(signals);
                draft.steps.push(step(place, row));
            }
        }
        match draft.steps.as_slice() {
            [] => return Err(sorting.nothing_to_do()),
            [only] => draft.summary = format!("delete volume {}", only.step.volume),
            several => draft.summary = format!("delete {} volumes", several.len()),
        }
        draft.left_out = sorting.left_out();
        Ok(draft)
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        match volume(ctx, &step.place, &step.volume).await? {
            None => {
                let mut gone = Observed {
                    subject: step.volume.clone(),
                    ..Observed::default()
                };
                gone.identity.insert("exists".to_owned(), json!(false));
                Ok(gone)
            }
            // All guests were read for the plan. Whoever attaches it since then is the guest that it is
            // named after: PVE renames what it gives to another one.
            Some(row) => Ok(facts(&row, &owners(ctx, &row).await?)),
        }
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        step.traces().before(ctx, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let Step { place, volume, .. } = step.step();
        let client = place.client(ctx).await.map_err(StartError::NotSent)?;
        let node = place.node().map_err(StartError::NotSent)?;
        let id: VolumeId = volume.parse().map_err(|error| {
            StartError::NotSent(Error::internal(format!(
                "a stored step is unreadable: {error}"
            )))
        })?;
        let upid = client
            .delete_volume(&node, &id)
            .await
            .map_err(|error| start_error(&place.cluster, &error))?;
        Ok(Started::Task(TaskRef {
            cluster: place.cluster.clone(),
            id: upid.as_str().to_owned(),
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        let gone = volume(ctx, &step.place, &step.volume).await?.is_none();
        step.traces().find(ctx, before, gone).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let name = &step.volume;
        Ok(match volume(ctx, &step.place, name).await? {
            None => Verdict::ok(format!("{name} is gone")),
            Some(_) => Verdict::not_as_promised(format!("{name} is still there")),
        })
    }

    /// The data is gone.
    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

impl Step {
    fn traces(&self) -> Traces<'_> {
        Traces {
            cluster: &self.place.cluster,
            node: &self.place.node,
            kinds: &KINDS,
            id: Some(&self.task_id),
        }
    }
}

async fn places_of(ctx: &Ctx, texts: &[String]) -> Result<Vec<(Place, String)>> {
    let mut wanted: Vec<(Place, String)> = Vec::new();
    for text in texts {
        let named = place::read(text)?;
        let (_, place) = place::one(ctx, named.volume.storage(), named.narrow).await?;
        let entry = (place, named.volume.to_string());
        if !wanted.contains(&entry) {
            wanted.push(entry);
        }
    }
    Ok(wanted)
}

/// Refuses what is in use; answers what a reader has to know.
fn refuse(place: &Place, row: &VolumeRow, usage: Usage) -> Result<Vec<Signal>> {
    let name = &row.volume;
    if row.protected {
        return Err(Error::new(
            Code::Conflict,
            format!("{name} on {} is protected", place.subject()),
        )
        .hint("take the protection off first, if it may really go"));
    }
    let unsure = match usage {
        Usage::Used(users) => {
            let more = match users.len().saturating_sub(3) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let shown: Vec<&str> = users.iter().take(3).map(String::as_str).collect();
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "{name} on {} is in use by {}{more}",
                    place.subject(),
                    shown.join("; ")
                ),
            )
            .hint("detach it there first, or leave it out"));
        }
        Usage::NotKnown(why) if row.holds_a_guests_data() => {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "whether {name} on {} is in use cannot be told: {why}",
                    place.subject()
                ),
            )
            .hint("it is deleted only when every guest that could use it was read"));
        }
        Usage::NotKnown(why) => Some(why),
        Usage::Unused(_) => None,
    };
    let mut signals = vec![Signal {
        signal: "no_way_back".to_owned(),
        level: Level::Warning,
        text: format!(
            "what is in {name} is lost for good: a volume that was deleted cannot be undone"
        ),
        target: Some(place.target(name).reference),
    }];
    if let Some(why) = unsure {
        signals.push(Signal {
            signal: "check_skipped".to_owned(),
            level: Level::Warning,
            text: format!("whether a guest still names {name} is not known: {why}"),
            target: Some(place.target(name).reference),
        });
    }
    Ok(signals)
}

fn step(place: Place, row: &VolumeRow) -> DraftStep<Step> {
    DraftStep {
        target: place.target(&row.volume),
        title: format!("Delete {} from {}", row.volume, place.subject()),
        depends_on: Vec::new(),
        change: vec![Change {
            field: row.volume.clone(),
            before: json!({ "size_bytes": row.size_bytes, "created_at": row.created_at }),
            after: json!(null),
        }],
        interruption: None,
        observed: facts(row, &[]),
        step: Step {
            task_id: match row.vmid {
                Some(vmid) => format!("{vmid}@{}", place.storage),
                None => place.storage.clone(),
            },
            place,
            volume: row.volume.clone(),
        },
    }
}

fn facts(row: &VolumeRow, users: &[String]) -> Observed {
    Observed {
        subject: row.volume.clone(),
        identity: BTreeMap::from([
            ("exists".to_owned(), json!(true)),
            ("created_at".to_owned(), json!(row.created_at)),
            ("format".to_owned(), json!(row.format)),
        ]),
        state: BTreeMap::from([
            ("size_bytes".to_owned(), json!(row.size_bytes)),
            ("protected".to_owned(), json!(row.protected)),
            ("used_by".to_owned(), json!(users)),
        ]),
    }
}
