//! `guests.reboot`: shuts guests down and starts them again.

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
    /// Seconds the guest may take to shut down (PVE's default without: 60).
    #[arg(long)]
    timeout_s: Option<u32>,
}

pub(super) struct Reboot;

impl Switch for Reboot {
    const NAME: &'static str = "guests.reboot";
    const SUMMARY: &'static str = "Restart guests properly";
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::None {
        why: "a guest that was restarted cannot go on where it was",
    };
    const POWER: Power = Power::Reboot;
    type Input = Input;

    fn wished(input: Input) -> (Vec<String>, Option<u32>) {
        (input.guests, input.timeout_s)
    }

    async fn send(client: &Client, at: &GuestAt, step: &PowerStep) -> pve::Result<Upid> {
        client.reboot(at, step.patience()).await
    }
}
