//! `guests.stop`: pulls the plug.

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

pub(super) struct Stop;

impl Switch for Stop {
    const NAME: &'static str = "guests.stop";
    const SUMMARY: &'static str = "Stop guests at once, like pulling the plug";
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.start",
        note: "what was in memory is lost",
    };
    const POWER: Power = Power::Stop;
    type Input = Input;

    fn wished(input: Input) -> (Vec<String>, Option<u32>) {
        (input.guests, None)
    }

    async fn send(client: &Client, at: &GuestAt, _step: &PowerStep) -> pve::Result<Upid> {
        client.stop(at).await
    }
}
