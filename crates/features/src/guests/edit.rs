//! `guests.edit`: processors, memory and the like of many guests at once, absolute or relative.

use ops::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{options::Wanted, set_options::Edit as Edits, subject::Looked, work::why_not};
use crate::inventory::GuestKind;

/// What PVE gives a guest that says nothing: cores, and memory in MiB.
const DEFAULT_CORES: i64 = 1;
const DEFAULT_MEMORY: i64 = 512;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Cores; of virtual machines for each socket.
    #[arg(long)]
    cores: Option<u32>,
    /// Cores more, or less with a minus.
    #[arg(long, allow_hyphen_values = true)]
    add_cores: Option<i32>,
    /// Sockets (virtual machines).
    #[arg(long)]
    sockets: Option<u32>,
    /// Memory in MiB.
    #[arg(long)]
    memory: Option<u32>,
    /// MiB of memory more, or less with a minus.
    #[arg(long, allow_hyphen_values = true)]
    add_memory: Option<i32>,
    /// Least memory in MiB that ballooning leaves; 0 switches it off (virtual machines).
    #[arg(long)]
    balloon: Option<u32>,
    /// Swap in MiB (containers).
    #[arg(long)]
    swap: Option<u32>,
    /// Use of so many cores at most, as 1.5; 0 for no limit.
    #[arg(long)]
    cpulimit: Option<f64>,
    /// Weight against other guests of the node.
    #[arg(long)]
    cpuunits: Option<u32>,
    /// Type of processor, as host or x86-64-v2-AES (virtual machines).
    #[arg(long)]
    cpu: Option<String>,
    /// Whether they start with their node.
    #[arg(long)]
    onboot: Option<bool>,
    /// Whether the guest agent is used (virtual machines).
    #[arg(long)]
    agent: Option<bool>,
}

pub(super) struct Edit;

impl Edits for Edit {
    const NAME: &'static str = "guests.edit";
    const SUMMARY: &'static str = "Change cores, memory and the like of many guests";
    const PHRASES: &'static [&'static str] = &[
        "(set|change) the memory of {guests:guests} to {memory:mebibytes}",
        "give {guests:guests} {memory:mebibytes} of (memory|ram)",
        "give {guests:guests} {add_memory:mebibytes} more [of] (memory|ram)",
        "add {add_memory:mebibytes} of (memory|ram) to {guests:guests}",
        "(set|change) the cores of {guests:guests} to {cores:number}",
        "give {guests:guests} {cores:number} cores",
        "give {guests:guests} {add_cores:number} more cores",
        "add {add_cores:number} cores to {guests:guests}",
    ];
    type Input = Input;

    fn guests(input: &Input) -> &[String] {
        &input.guests
    }

    fn summary(input: &Input, names: &str) -> String {
        let named = [
            ("cores", input.cores.is_some() || input.add_cores.is_some()),
            ("sockets", input.sockets.is_some()),
            (
                "memory",
                input.memory.is_some() || input.add_memory.is_some(),
            ),
            ("balloon", input.balloon.is_some()),
            ("swap", input.swap.is_some()),
            ("cpulimit", input.cpulimit.is_some()),
            ("cpuunits", input.cpuunits.is_some()),
            ("cpu", input.cpu.is_some()),
            ("onboot", input.onboot.is_some()),
            ("agent", input.agent.is_some()),
        ];
        let keys: Vec<&str> = named
            .iter()
            .filter_map(|(key, given)| given.then_some(*key))
            .collect();
        format!("change {} of {names}", keys.join(", "))
    }

    fn wanted(input: &Input, _at: usize, looked: &Looked) -> Result<Wanted> {
        refuse_other_kind(input, looked)?;
        let cores = amount(looked, "cores", input.cores, input.add_cores, DEFAULT_CORES)?;
        let memory = amount(
            looked,
            "memory",
            input.memory,
            input.add_memory,
            DEFAULT_MEMORY,
        )?;
        let switch = |value: bool| if value { "1" } else { "0" }.to_owned();
        let values = [
            ("cores", cores),
            ("memory", memory),
            ("sockets", input.sockets.map(|n| n.to_string())),
            ("balloon", input.balloon.map(|n| n.to_string())),
            ("swap", input.swap.map(|n| n.to_string())),
            ("cpulimit", input.cpulimit.map(|n| n.to_string())),
            ("cpuunits", input.cpuunits.map(|n| n.to_string())),
            ("cpu", input.cpu.clone()),
            ("onboot", input.onboot.map(switch)),
            ("agent", input.agent.map(switch)),
        ];
        let wanted = values
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .fold(Wanted::default(), |wanted, (key, value)| {
                wanted.set(key, value)
            });
        if wanted == Wanted::default() {
            return Err(Error::invalid("nothing is to be changed")
                .hint("give for instance `cores`, `memory` or `add_memory`"));
        }
        Ok(wanted)
    }
}

/// The whole new amount: asked twice, it is added once.
fn amount(
    looked: &Looked,
    key: &str,
    whole: Option<u32>,
    more: Option<i32>,
    default: i64,
) -> Result<Option<String>> {
    match (whole, more) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Error::invalid(format!(
            "`{key}` and `add_{key}` go against each other: give one"
        ))),
        (Some(whole), None) => Ok(Some(whole.to_string())),
        (None, Some(more)) => {
            let text = looked.config.get(key);
            let present = match text {
                None => default,
                Some(text) => text
                    .trim_start_matches("current=")
                    .parse::<i64>()
                    .map_err(|_| {
                        why_not(
                            looked,
                            &format!("has `{key}: {text}`, to which nothing can be added"),
                            &format!("give the whole `{key}`"),
                        )
                    })?,
            };
            let sum = present.saturating_add(i64::from(more));
            if sum < 1 {
                return Err(why_not(
                    looked,
                    &format!("has {present} of `{key}`: {more} would leave {sum}"),
                    "take less away, or leave the guest out with `!NAME`",
                ));
            }
            Ok(Some(sum.to_string()))
        }
    }
}

fn refuse_other_kind(input: &Input, looked: &Looked) -> Result<()> {
    let given = match looked.guest.kind {
        GuestKind::Lxc => [
            ("sockets", input.sockets.is_some()),
            ("balloon", input.balloon.is_some()),
            ("cpu", input.cpu.is_some()),
            ("agent", input.agent.is_some()),
        ],
        GuestKind::Qemu => [("swap", input.swap.is_some()); 4],
    };
    let kind = match looked.guest.kind {
        GuestKind::Lxc => "is a container",
        GuestKind::Qemu => "is a virtual machine",
    };
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((key, _)) => Err(why_not(
            looked,
            &format!("{kind}, which has no `{key}`"),
            "leave it out with `!NAME`, or select one kind with `kind=qemu` or `kind=lxc`",
        )),
    }
}
