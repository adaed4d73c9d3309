//! `storages.download`: lets a node fetch a file from a URL.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Draft, DraftStep, Error, Found, Level, Observed,
    Result, Risk, Signal, Started, TaskRef, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{Decompression, UrlDownload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    arrival::{Arrival, checksum, kind},
    place::{self, Narrow},
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    node_work::Traces,
};

const KINDS: [&str; 1] = ["download"];

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the storage.
    storage: String,
    /// Where the file is. It stands in the log of the task: no passwords in it.
    #[arg(long)]
    url: String,
    /// What it is: iso, vztmpl or import.
    #[arg(long)]
    content: String,
    /// The name that it gets; the end of the URL without.
    #[arg(long)]
    file_name: Option<String>,
    /// What its maker publishes, such as sha256:0123…; the node compares it.
    #[arg(long)]
    checksum: Option<String>,
    /// How it is packed and to be unpacked: gz, lzo, zst or bz2.
    #[arg(long)]
    unpack: Option<String>,
    /// The node that fetches it; needed where the storage is not shared.
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
    url: String,
    checksum: Option<String>,
    unpack: Option<String>,
    /// As the server says; nothing when it is unpacked or the server does not say.
    size_bytes: Option<u64>,
}

pub(super) struct Download;

impl Action for Download {
    const NAME: &'static str = "storages.download";
    const SUMMARY: &'static str = "Let a node fetch a file from a URL to a storage";
    const PHRASES: &'static [&'static str] = &[
        "(download|fetch) {url:url} (to|onto) {storage:storage} as [an] iso => content=iso",
        "(download|fetch) {url:url} (to|onto) {storage:storage} as [a] [container] template => content=vztmpl",
        "+ through {node:node}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "storages.delete_volume",
        note: "",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        kind(&input.content)?;
        check_url(&input.url)?;
        let sum = input.checksum.as_deref().map(checksum).transpose()?;
        input.unpack.as_deref().map(unpacking).transpose()?;
        let narrow = Narrow {
            cluster: input.cluster.as_deref(),
            node: input.node.as_deref(),
        };
        let (row, place) = place::one(ctx, &input.storage, narrow).await?;
        let mut preflight = Vec::new();
        let about = place
            .client(ctx)
            .await?
            .url_metadata(&place.node()?, &input.url)
            .await;
        let about = match about {
            Ok(about) => Some(about),
            Err(error) => {
                preflight.push(signal(
                    "check_skipped",
                    Level::Warning,
                    format!(
                        "whether node {} gets it is not known: {}",
                        place.node,
                        call_error(&place.cluster, &error).message
                    ),
                ));
                None
            }
        };
        let suggested = about.as_ref().and_then(|about| about.file_name.clone());
        let arrival = Arrival {
            content: input.content,
            file: input
                .file_name
                .or(suggested)
                .unwrap_or_else(|| end_of(&input.url).to_owned()),
            place,
        };
        arrival.check(ctx, &row).await?;
        let size_bytes = about.and_then(|about| about.size_bytes);
        preflight.extend(arrival.check_space(ctx, size_bytes).await?);
        if sum.is_none() {
            preflight.push(signal(
                "no_checksum",
                Level::Warning,
                "no checksum is given: nothing tells whether it is the file that its maker published"
                    .to_owned(),
            ));
        }
        let step = Step {
            url: input.url,
            checksum: sum.map(|sum| format!("{}:{}", sum.kind().as_str(), sum.hex())),
            size_bytes: size_bytes.filter(|_| input.unpack.is_none()),
            unpack: input.unpack,
            arrival,
        };
        let title = format!(
            "Fetch {} to {}",
            step.arrival.file,
            step.arrival.place.subject()
        );
        Ok(Draft {
            left_out: Vec::new(),
            summary: format!(
                "fetch {} to {}",
                step.arrival.file,
                step.arrival.place.subject()
            ),
            steps: vec![DraftStep {
                target: step.arrival.place.target(&step.arrival.volume()),
                title,
                depends_on: Vec::new(),
                change: vec![Change {
                    field: step.arrival.volume(),
                    before: json!(null),
                    after: json!({
                        "url": step.url, "checksum": step.checksum, "size_bytes": size_bytes,
                    }),
                }],
                interruption: None,
                observed: step.arrival.facts(false),
                step,
            }],
            preflight,
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        step.arrival.observe(ctx).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        step.traces().before(ctx, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let step = step.step();
        let place = &step.arrival.place;
        let client = place.client(ctx).await.map_err(StartError::NotSent)?;
        let node = place.node().map_err(StartError::NotSent)?;
        let upid = client
            .download_url(
                &node,
                &place.storage,
                &step.file().map_err(StartError::NotSent)?,
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
        // PVE gives the file its name when it is whole.
        let landed = step.arrival.is_there(ctx).await?;
        step.traces().find(ctx, before, landed).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        step.arrival.verify(ctx, step.size_bytes).await
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
            id: Some(&self.arrival.file),
        }
    }

    fn file(&self) -> Result<UrlDownload> {
        Ok(UrlDownload {
            url: self.url.clone(),
            content: self.arrival.kind()?,
            file_name: self.arrival.file.clone(),
            checksum: self.checksum.as_deref().map(checksum).transpose()?,
            decompression: self.unpack.as_deref().map(unpacking).transpose()?,
            any_certificate: false,
        })
    }
}

fn signal(signal: &str, level: Level, text: String) -> Signal {
    Signal {
        signal: signal.to_owned(),
        level,
        text,
        target: None,
    }
}

fn check_url(url: &str) -> Result<()> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or_else(|| {
            Error::invalid(format!("`{url}` is no address that a node can fetch"))
                .hint("it begins with https:// or http://")
        })?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err(Error::invalid(
            "the URL holds a user name or a password, which would stand in the log of the task",
        )
        .hint("offer the file without a password, or upload it with `storages.upload`"));
    }
    if host.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Error::invalid(format!(
            "`{url}` is no address that a node can fetch"
        )));
    }
    Ok(())
}

fn end_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

fn unpacking(text: &str) -> Result<Decompression> {
    [
        Decompression::Gzip,
        Decompression::Lzo,
        Decompression::Zstd,
        Decompression::Bzip2,
    ]
    .into_iter()
    .find(|how| how.as_str() == text)
    .ok_or_else(|| {
        Error::invalid(format!("`{text}` is nothing that a node can unpack"))
            .hint("it can be gz, lzo, zst or bz2")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_would_leak_or_cannot_be_fetched_is_refused() {
        assert!(check_url("https://mirror.example.org/a.iso?x=a@b").is_ok());
        for bad in [
            "ftp://mirror.example.org/a.iso",
            "https://",
            "https://user:secret@mirror.example.org/a.iso",
            "https://mirror.example.org/a b.iso",
            "a.iso",
        ] {
            let error = check_url(bad).unwrap_err();
            assert!(!error.message.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_name_of_a_file_is_the_end_of_its_path() {
        assert_eq!(end_of("https://x/y/debian.iso?mirror=1#a"), "debian.iso");
        assert_eq!(end_of("https://x/y/"), "");
    }
}
