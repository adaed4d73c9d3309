//! `guests.start`: starts stopped guests.

use ops::{Risk, WayBack};
use pve::{Client, GuestAt, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    fit::Power,
    power::{PowerStep, Switch},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
}

pub(super) struct Start;

impl Switch for Start {
    const NAME: &'static str = "guests.start";
    const SUMMARY: &'static str = "Start guests";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.stop",
        note: "",
    };
    const POWER: Power = Power::Start;
    type Input = Input;

    fn wished(input: Input) -> (Vec<String>, Option<u32>) {
        (input.guests, None)
    }

    async fn send(client: &Client, at: &GuestAt, _step: &PowerStep) -> pve::Result<Upid> {
        client.start(at).await
    }
}
