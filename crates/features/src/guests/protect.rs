//! `guests.protect`: protects guests and their disks against deletion, or ends that.

use ops::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{options::Wanted, set_options::Edit, subject::Looked};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Ends the protection.
    #[arg(long)]
    #[serde(default)]
    off: bool,
}

pub(super) struct Protect;

impl Edit for Protect {
    const NAME: &'static str = "guests.protect";
    const SUMMARY: &'static str = "Protect guests and their disks against deletion";
    const PHRASES: &'static [&'static str] = &[
        "protect {guests:guests} [(against|from) (deletion|removal|deleting)]",
        "(unprotect|stop protecting) {guests:guests} => off=true",
        "(remove|end|lift) [the] protection (of|from) {guests:guests} => off=true",
    ];
    type Input = Input;

    fn guests(input: &Input) -> &[String] {
        &input.guests
    }

    fn summary(input: &Input, names: &str) -> String {
        if input.off {
            format!("end the protection of {names}")
        } else {
            format!("protect {names} against deletion")
        }
    }

    fn wanted(input: &Input, _at: usize, looked: &Looked) -> Result<Wanted> {
        let present = looked.config.get("protection");
        Ok(match (input.off, present) {
            (false, _) => Wanted::default().set("protection", "1"),
            // Not protected is written as 0 or not at all.
            (true, None | Some("0")) => Wanted::default(),
            (true, Some(_)) => Wanted::default().delete("protection"),
        })
    }
}
