//! `guests.startup`: whether and in which order guests start and stop with their node.

use ops::{Error, Result};
use pve::Startup as Order;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{options::Wanted, set_options::Edit, subject::Looked};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Whether they start with their node.
    #[arg(long)]
    onboot: Option<bool>,
    /// Their place: lower numbers start earlier and stop later.
    #[arg(long)]
    order: Option<u32>,
    /// Gives each guest the place after the one before it, beginning with `order` (or 1).
    #[arg(long)]
    #[serde(default)]
    in_sequence: bool,
    /// Seconds to wait before the next guest is started.
    #[arg(long)]
    up_s: Option<u32>,
    /// Seconds a guest may take to shut down.
    #[arg(long)]
    down_s: Option<u32>,
    /// Forgets place and times.
    #[arg(long)]
    #[serde(default)]
    clear: bool,
}

pub(super) struct Startup;

impl Edit for Startup {
    const NAME: &'static str = "guests.startup";
    const SUMMARY: &'static str = "Set whether and in which order guests start with their node";
    const PHRASES: &'static [&'static str] = &[
        "(enable|switch on) autostart (of|for|on) {guests:guests} => onboot=true",
        "(disable|switch off) autostart (of|for|on) {guests:guests} => onboot=false",
    ];
    type Input = Input;

    fn guests(input: &Input) -> &[String] {
        &input.guests
    }

    fn summary(_input: &Input, names: &str) -> String {
        format!("change how {names} start with their node")
    }

    fn wanted(input: &Input, at: usize, looked: &Looked) -> Result<Wanted> {
        let times = input.order.is_some()
            || input.in_sequence
            || input.up_s.is_some()
            || input.down_s.is_some();
        if !times && !input.clear && input.onboot.is_none() {
            return Err(Error::invalid("nothing is to be changed")
                .hint("give `onboot`, `order`, `up_s`, `down_s` or `clear`"));
        }
        if times && input.clear {
            return Err(Error::invalid(
                "`clear` forgets place and times: give none with it",
            ));
        }
        let mut wanted = Wanted::default();
        if input.clear {
            wanted = wanted.delete("startup");
        }
        if times {
            // What is not named stays as it is.
            let present: Order = looked
                .config
                .get("startup")
                .and_then(|text| text.parse().ok())
                .unwrap_or_default();
            let place = u64::try_from(at).unwrap_or(u64::MAX);
            let order = if input.in_sequence {
                Some(u64::from(input.order.unwrap_or(1)).saturating_add(place))
            } else {
                input.order.map(u64::from).or(present.order)
            };
            let startup = Order {
                order,
                up_seconds: input.up_s.map(u64::from).or(present.up_seconds),
                down_seconds: input.down_s.map(u64::from).or(present.down_seconds),
            };
            wanted = wanted.set("startup", startup.to_string());
        }
        Ok(match (input.onboot, looked.config.get("onboot")) {
            (None, _) | (Some(false), None | Some("0")) => wanted,
            (Some(true), _) => wanted.set("onboot", "1"),
            (Some(false), Some(_)) => wanted.delete("onboot"),
        })
    }
}
