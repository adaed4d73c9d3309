//! `storages.upload`: sends a file of this machine to a storage.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, BusEvent, Call, Change, Draft, DraftStep, Error, Found,
    Observed, Result, Risk, Started, Surface, TaskRef, Verdict, WayBack, Wish,
    contract::StartError,
};
use pve::{Checksum, ChecksumKind, FileSource, Transferred};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    arrival::{Arrival, checksum, kind},
    place::{self, Narrow},
};
use crate::{cluster_error::start_error, ctx::Ctx, node_work::Traces, pve_call::UPLOAD_PROGRESS};

const KINDS: [&str; 1] = ["imgcopy"];
const PERCENT_STEP: u64 = 5;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the storage.
    storage: String,
    /// The file, on the machine of the command line.
    #[arg(long)]
    file: String,
    /// What it is: iso, vztmpl or import.
    #[arg(long)]
    content: String,
    /// The name that it gets; its own without.
    #[arg(long)]
    file_name: Option<String>,
    /// What its maker publishes, such as sha256:0123…; it is compared before anything is sent.
    #[arg(long)]
    checksum: Option<String>,
    /// The node that takes it; needed where the storage is not shared.
    #[arg(long)]
    node: Option<String>,
    /// Which cluster, when several are connected.
    #[arg(long)]
    cluster: Option<String>,
}

/// One file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    arrival: Arrival,
    file: PathBuf,
    size_bytes: u64,
    /// What its maker publishes.
    checksum: Option<String>,
}

pub(super) struct Upload;

impl Action for Upload {
    const NAME: &'static str = "storages.upload";
    const SUMMARY: &'static str = "Upload a file to a storage, from the command line";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "storages.delete_volume",
        note: "",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<Step>> {
        // A file is read with the rights of this process, so only who sits at the machine may name one.
        if call.actor.surface != Surface::Cli {
            return Err(Error::forbidden(
                "files are uploaded from the command line only: `file` names one of that machine",
            )
            .hint("`storages.download` lets a node fetch a file from a URL"));
        }
        kind(&input.content)?;
        let sum = input.checksum.as_deref().map(checksum).transpose()?;
        // Another process, in another directory, may carry the run out.
        let file = std::path::absolute(&input.file)
            .map_err(|error| Error::invalid(format!("cannot read {}: {error}", input.file)))?;
        let source = FileSource::open("filename", &file)
            .await
            .map_err(|error| unreadable(&file, &error))?;
        let narrow = Narrow {
            cluster: input.cluster.as_deref(),
            node: input.node.as_deref(),
        };
        let (row, place) = place::one(ctx, &input.storage, narrow).await?;
        let arrival = Arrival {
            content: input.content,
            file: input.file_name.unwrap_or(source.file_name),
            place,
        };
        arrival.check(ctx, &row).await?;
        let preflight = arrival
            .check_space(ctx, Some(source.size_bytes))
            .await?
            .into_iter()
            .collect();
        let step = Step {
            file,
            size_bytes: source.size_bytes,
            checksum: sum.map(|sum| format!("{}:{}", sum.kind().as_str(), sum.hex())),
            arrival,
        };
        let what = format!("{} to {}", step.arrival.file, step.arrival.place.subject());
        Ok(Draft {
            left_out: Vec::new(),
            summary: format!("upload {what}"),
            steps: vec![DraftStep {
                target: step.arrival.place.target(&step.arrival.volume()),
                title: format!("Upload {what}"),
                depends_on: Vec::new(),
                change: vec![Change {
                    field: step.arrival.volume(),
                    before: json!(null),
                    after: json!({ "file": step.file, "size_bytes": step.size_bytes }),
                }],
                interruption: None,
                observed: observe(ctx, &step).await?,
                step,
            }],
            preflight,
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observe(ctx, step).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        step.traces().before(ctx, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, approved: &Approved<Step>) -> Result<Started<()>, StartError> {
        let step = approved.step();
        let place = &step.arrival.place;
        let client = place.client(ctx).await.map_err(StartError::NotSent)?;
        let node = place.node().map_err(StartError::NotSent)?;
        let content = step.arrival.kind().map_err(StartError::NotSent)?;
        let sum = step.sum().await.map_err(StartError::NotSent)?;
        let mut source = FileSource::open("filename", &step.file)
            .await
            .map_err(|error| StartError::NotSent(unreadable(&step.file, &error)))?;
        source.file_name.clone_from(&step.arrival.file);
        let mut told = 0;
        let mut on_progress = |progress: Transferred| {
            let percent = progress
                .total_bytes
                .and_then(|total| (progress.bytes * 100).checked_div(total))
                .unwrap_or(0);
            if percent >= told + PERCENT_STEP {
                told = percent;
                ctx.bus.emit(BusEvent {
                    plan_id: Some(approved.plan_id().to_owned()),
                    state: Some(json!(percent)),
                    ..BusEvent::new(UPLOAD_PROGRESS)
                });
            }
        };
        let upid = client
            .upload(
                &node,
                &place.storage,
                content,
                source,
                Some(&sum),
                &mut on_progress,
            )
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
        let landed = step.arrival.is_there(ctx).await?;
        step.traces().find(ctx, before, landed).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        step.arrival.verify(ctx, Some(step.size_bytes)).await
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(step.arrival.undo())
    }
}

impl Step {
    fn traces(&self) -> Traces<'_> {
        Traces {
            cluster: &self.arrival.place.cluster,
            node: &self.arrival.place.node,
            kinds: &KINDS,
            id: None,
        }
    }

    /// What the node compares the bytes with that arrived. A wrong file is refused before it is sent.
    async fn sum(&self) -> Result<Checksum> {
        let published = self.checksum.as_deref().map(checksum).transpose()?;
        let kind = published
            .as_ref()
            .map_or(ChecksumKind::Sha256, Checksum::kind);
        let own = Checksum::of_file(&self.file, kind)
            .await
            .map_err(|error| unreadable(&self.file, &error))?;
        if let Some(published) = published
            && published != own
        {
            return Err(Error::invalid(format!(
                "{} is not the file that its maker published: its {} is {}",
                self.file.display(),
                kind.as_str(),
                own.hex()
            ))
            .hint("nothing was sent: fetch the file anew"));
        }
        Ok(own)
    }
}

async fn observe(ctx: &Ctx, step: &Step) -> Result<Observed> {
    let mut observed = step.arrival.observe(ctx).await?;
    let about = tokio::fs::metadata(&step.file)
        .await
        .map_err(|error| unreadable(&step.file, &error))?;
    let changed_at = about
        .modified()
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok());
    observed.state.extend([
        ("file_size_bytes".to_owned(), json!(about.len())),
        ("file_changed_at".to_owned(), json!(changed_at)),
    ]);
    Ok(observed)
}

fn unreadable(file: &std::path::Path, error: &std::io::Error) -> Error {
    Error::invalid(format!("cannot read {}: {error}", file.display()))
}
