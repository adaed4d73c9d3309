//! `guests.config`: sets and deletes options of guests, with what applies at once and what waits.

use ops::{Error, Result, Risk, WayBack};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    options::{Wanted, read_words},
    set_options::Edit,
    subject::Looked,
};
use crate::inventory::GuestKind;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// An option and its value in PVE's words: `memory=4096`, `net0=virtio,bridge=vmbr0`.
    #[arg(long)]
    #[serde(default)]
    set: Vec<String>,
    /// An option to remove; a disk stays as `unusedN`, an `unusedN` is destroyed.
    #[arg(long)]
    #[serde(default)]
    delete: Vec<String>,
    /// Destroys the disks of deleted options instead (virtual machines only).
    #[arg(long)]
    #[serde(default)]
    destroy_volumes: bool,
}

pub(super) struct Config;

impl Edit for Config {
    const NAME: &'static str = "guests.config";
    const SUMMARY: &'static str = "Set and delete options of guests";
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.config",
        note: "not for destroyed volumes and passwords; a new volume of a container stays as `unusedN`",
    };
    type Input = Input;

    fn guests(input: &Input) -> &[String] {
        &input.guests
    }

    fn summary(input: &Input, names: &str) -> String {
        let keys: Vec<&str> = input
            .set
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(key, _)| key)
            .chain(input.delete.iter().map(String::as_str))
            .collect();
        format!("change {} of {names}", keys.join(", "))
    }

    fn wanted(input: &Input, _at: usize, looked: &Looked) -> Result<Wanted> {
        let wanted = read_words(&input.set, &input.delete)?;
        if input.destroy_volumes && looked.guest.kind == GuestKind::Lxc {
            return Err(Error::invalid(format!(
                "{} is a container: its volumes are not destroyed with their option",
                looked.guest.subject()
            ))
            .hint("delete the option, then the `unusedN` that it becomes"));
        }
        Ok(wanted)
    }

    fn destroys_volumes(input: &Input) -> bool {
        input.destroy_volumes
    }
}
