//! `guests.rename`: another name for one guest.

use ops::{Error, Result};
use pve::check_option;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    options::{Wanted, shown},
    set_options::Edit,
    subject::Looked,
};
use crate::inventory::GuestKind;

const LONGEST_NAME: usize = 253;
const LONGEST_PART: usize = 63;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The guest: its id, name or cluster/id; several only with `{id}` or `{node}` in the name.
    #[arg(required = true)]
    guests: Vec<String>,
    /// The new name, as of a host: letters, digits, `-` and dots. `{id}` becomes the guest's id, `{node}`
    /// the name of its node, `{name}` its present name.
    #[arg(long)]
    name: String,
}

pub(super) struct Rename;

impl Edit for Rename {
    const NAME: &'static str = "guests.rename";
    const SUMMARY: &'static str = "Rename guests";
    const PHRASES: &'static [&'static str] = &["rename {guests:guest} [to|as|into] {name:name}"];
    type Input = Input;

    fn guests(input: &Input) -> &[String] {
        &input.guests
    }

    fn summary(input: &Input, names: &str) -> String {
        format!("rename {names} to {}", shown(&input.name))
    }

    fn suits(input: &Input, count: usize) -> Result<()> {
        let is_pattern = ["{id}", "{name}", "{node}"]
            .iter()
            .any(|part| input.name.contains(part));
        if count > 1 && !is_pattern {
            return Err(Error::invalid(format!(
                "several guests cannot all be called `{}`",
                shown(&input.name)
            ))
            .hint("name one guest, or write `{id}` into the name"));
        }
        Ok(())
    }

    fn wanted(input: &Input, _at: usize, looked: &Looked) -> Result<Wanted> {
        let guest = &looked.guest;
        let name = input
            .name
            .replace("{id}", &guest.vmid.to_string())
            .replace("{node}", &guest.node)
            .replace("{name}", &guest.name);
        let key = name_key(guest.kind);
        check_name(guest.kind, &name)?;
        Ok(Wanted::default().set(key, name))
    }
}

/// The option that holds the name.
pub(super) fn name_key(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Qemu => "name",
        GuestKind::Lxc => "hostname",
    }
}

/// PVE takes names of hosts only: no blanks, quotes, emoji or other letters than a to z. It does not count
/// letters; the name services of the guest do.
pub(super) fn check_name(kind: GuestKind, name: &str) -> Result<()> {
    let fits = name.len() <= LONGEST_NAME
        && name.split('.').all(|part| part.len() <= LONGEST_PART)
        && check_option(kind.into(), name_key(kind), name).is_ok();
    if fits {
        return Ok(());
    }
    Err(Error::invalid(format!("`{}` is no name for a guest", shown(name))).hint(
        "PVE takes names of hosts: letters a to z, digits, `-` and dots, each part at most 63 characters, neither \
         beginning nor ending with `-`",
    ))
}
