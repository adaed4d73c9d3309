//! `scaffold.change`: say here what it changes, with which call of PVE, and how it is taken back.

use std::sync::Arc;

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, DraftStep, Error, Found, Observed, Result, Risk,
    Started, Verdict, WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    guests::{Chosen, GuestRef, choose, listing, observe, rest_of, signals},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
}

/// The step: one guest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
}

pub(super) struct Change;

impl Action for Change {
    const NAME: &'static str = "scaffold.change";
    const SUMMARY: &'static str = "Change what this operation changes";
    /// How people say it, for the assistant: see `ops::phrase`; nothing while it is not written.
    const PHRASES: &'static [&'static str] = &[];
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "nobody has written yet how it is taken back",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let Chosen {
            guests: looked,
            sorting,
            mut preflight,
        } = choose(ctx, &input.guests, &[]).await?;
        let left_out = rest_of(&looked, sorting)?;
        preflight.extend(looked.iter().flat_map(|one| signals(one, false)));
        let names: Vec<&str> = looked.iter().map(|one| one.guest.name.as_str()).collect();
        Ok(Draft {
            summary: format!("change {}", listing(&names)),
            preflight,
            left_out,
            steps: looked
                .iter()
                .map(|one| DraftStep {
                    target: one.guest.target(),
                    title: format!("Change {} ({})", one.guest.name, one.guest.vmid),
                    depends_on: Vec::new(),
                    // What a person reads: field, before, after.
                    change: Vec::new(),
                    interruption: None,
                    observed: one.observed.clone(),
                    step: Step {
                        guest: one.guest.clone(),
                    },
                })
                .collect(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    async fn start(_ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let subject = step.step().guest.subject();
        Err(StartError::NotSent(unwritten(&subject)))
    }

    async fn recover(
        _ctx: &Arc<Ctx>,
        _step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(Found::NotSent)
    }

    async fn verify(_ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(Verdict::not_as_promised(format!(
            "nobody has written yet how {} is looked at",
            step.guest.subject()
        )))
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

/// An operation that was only begun says so, instead of pretending.
fn unwritten(subject: &str) -> Error {
    Error::internal(format!(
        "`{}` of {subject} is not written yet",
        Change::NAME
    ))
}
