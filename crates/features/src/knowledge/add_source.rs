//! `knowledge.add_source`: a folder or an address whose pages are to be known, and reads it.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, Error, Found, Level, Observed, Result, Risk,
    Role, Scope, Signal, Started, Verdict, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::SourceRow;

use super::{
    ingest, read_step,
    source::{self, Kind, NOTES, PRODUCT, PVE},
    web,
};
use crate::ctx::Ctx;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// An address (https://…), below which pages are read, or a folder of the machine that runs proxmox-ai; HTML, Markdown, AsciiDoc, PDF and text are read.
    place: String,
    /// Its id: small letters, digits and `-` (default: made from the place).
    #[arg(long)]
    id: Option<String>,
    /// What it is called.
    #[arg(long)]
    name: Option<String>,
    /// Release of Proxmox VE that it belongs to, as 9.1 (default: every release).
    #[arg(long)]
    version: Option<String>,
    /// When it is read again, as in PVE: `daily`, `sun 03:00` (default: as `knowledge.refresh` says).
    #[arg(long)]
    refresh: Option<String>,
    /// The host may be in a private network or on this machine.
    #[arg(long)]
    #[serde(default)]
    private: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    kind: String,
    name: String,
    place: String,
    version: Option<String>,
    refresh: Option<String>,
    private: bool,
    by: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {}

pub(super) struct AddSource;

impl Action for AddSource {
    const NAME: &'static str = "knowledge.add_source";
    const SUMMARY: &'static str = "Add a folder or an address to what is known, and read it";
    const PHRASES: &'static [&'static str] = &[
        "add [a|the] [knowledge] source {place:url}",
        "add [a|the] [knowledge] source {place:text}",
        "add [a|the] source of knowledge {place:url}",
        "+ (called|named) {name:text}",
        "+ for release {version:word}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "knowledge.remove_source",
        note: "",
    };
    const SCOPE: Scope = Scope::Product;
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Draft<Step>> {
        let step = checked(call, input)?;
        let there = ctx.knowledge.rows.source(&step.id).await;
        // One that never was read holds nothing that anybody would miss: most often it is the same one, added
        // with a mistake in it.
        let is_taken = there
            .map_err(Error::from)?
            .is_some_and(|row| row.refreshed_at.is_some())
            || ctx.knowledge.jobs.of(&step.id).is_some();
        if is_taken {
            return Err(Error::new(
                Code::Conflict,
                format!("there is already a source `{}`", step.id),
            )
            .hint("give this one another id, or remove the other one first"));
        }
        let mut draft = read_step::draft(read_step::draft_step(
            step.clone(),
            read_step::target(&step.id, &step.name),
            format!("Add {} to what is known: {}", step.name, step.place),
            read_step::observe_source(ctx, &step.id).await?,
        ));
        if step.private {
            draft.preflight.push(Signal {
                signal: "private_network".to_owned(),
                level: Level::Warning,
                text: "pages are read from a host in a private network or on this machine"
                    .to_owned(),
                target: None,
            });
        }
        Ok(draft)
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        read_step::observe_source(ctx, &step.id).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<Output>, StartError> {
        let step = step.step();
        let row = SourceRow {
            version: step.version.clone(),
            refresh: step.refresh.clone(),
            created_by: step.by.clone(),
            ..source::new_row(ctx, &step.id, kind_of(step), &step.name, &step.place)
        };
        ingest::allow_private(ctx, &step.id, step.private)
            .await
            .map_err(StartError::NotSent)?;
        ctx.knowledge
            .rows
            .put_source(&row)
            .await
            .map_err(|error| StartError::MaybeSent(error.into()))?;
        read_step::begin(ctx, &step.id)
            .await
            .map(Started::Task)
            .map_err(StartError::MaybeSent)
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        sent_at: Timestamp,
    ) -> Result<Found> {
        read_step::recover(ctx, &step.id, sent_at).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        read_step::verify(ctx, &step.id).await
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: super::remove_source::RemoveSource::NAME.to_owned(),
            input: json!({ "source": step.id }),
        })
    }
}

fn kind_of(step: &Step) -> Kind {
    if step.kind == Kind::Url.as_str() {
        Kind::Url
    } else {
        Kind::Folder
    }
}

fn checked(call: &Call, input: Input) -> Result<Step> {
    let place = input.place.trim().to_owned();
    let (kind, place) = if place.contains("://") {
        (Kind::Url, web::check_start(&place)?.to_string())
    } else {
        // Whoever names a folder reads with the rights of this process.
        if call.actor.role != Role::Admin {
            return Err(Error::forbidden(
                "place: only an admin may add a folder of the machine that runs proxmox-ai",
            ));
        }
        if !Path::new(&place).is_absolute() {
            return Err(Error::invalid(format!(
                "place: `{place}` is neither an address (https://…) nor the whole path of a folder"
            )));
        }
        if input.private {
            return Err(Error::invalid("private: only an address has a host"));
        }
        (Kind::Folder, place)
    };
    let id = match input.id {
        Some(id) => id,
        None => id_of(&place),
    };
    check_id(&id)?;
    if let Some(refresh) = &input.refresh {
        refresh
            .parse::<pve::CalendarEvent>()
            .map_err(|error| Error::invalid(format!("refresh: {error}")))?;
    }
    if let Some(version) = &input.version {
        source::check_version(version)?;
    }
    let name = input.name.unwrap_or_else(|| place.clone());
    if name.trim().is_empty() || name.chars().count() > 120 {
        return Err(Error::invalid("name: 1 to 120 characters"));
    }
    Ok(Step {
        id,
        kind: kind.as_str().to_owned(),
        name,
        place,
        version: input.version,
        refresh: input.refresh,
        private: input.private,
        by: call.actor.person().to_owned(),
    })
}

/// `example-org-docs` of `https://example.org/docs/`.
fn id_of(place: &str) -> String {
    let bare = place.split_once("://").map_or(place, |(_, rest)| rest);
    let mut id = String::new();
    for c in bare.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            id.push(c);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if id.len() >= 48 {
            break;
        }
    }
    let id = id.trim_end_matches('-').to_owned();
    if id.starts_with(|c: char| c.is_ascii_digit()) {
        format!("at-{id}")
    } else {
        id
    }
}

fn check_id(id: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let taken = matches!(id, NOTES | PRODUCT | PVE) || id.starts_with("cluster-");
    if id.len() > 64
        || !id.starts_with(|c: char| c.is_ascii_lowercase())
        || !id.bytes().all(plain)
        || taken
    {
        return Err(Error::invalid(
            "id: 1 to 64 small letters, digits and `-`, beginning with a letter; not `notes`, `pve`, `proxmox-ai` or `cluster-…`",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_made_from_the_place() {
        assert_eq!(id_of("https://Example.org/Docs/"), "example-org-docs");
        assert_eq!(id_of("/srv/wiki"), "srv-wiki");
        assert_eq!(id_of("http://127.0.0.1:80/"), "at-127-0-0-1-80");
    }

    proptest! {
        #[test]
        fn an_id_that_is_made_is_one_or_is_refused_with_a_reason(place in "(https?://)?[ -~ä]{0,80}") {
            let id = id_of(&place);
            prop_assert!(check_id(&id).is_ok() || id.is_empty() || id.starts_with("cluster-") || matches!(id.as_str(), "notes" | "pve" | "proxmox-ai"));
        }
    }
}
