//! The command line: `proxmox-ai NOUN VERB …` for every operation.

use clap::{ArgMatches, Command};
use serde_json::Value;

use crate::{
    contract::WayBack,
    registry::{Entry, Kind, Registry},
    risk::Risk,
};

/// Adds one subcommand per noun, with one per verb below it, to `root`. Commands that `root` has already
/// are left as they are.
pub fn extend(mut root: Command, registry: &Registry) -> Command {
    for entry in registry.entries() {
        let (noun, verb) = entry.noun_verb();
        let leaf = leaf(entry, verb);
        let taken = root
            .find_subcommand(noun)
            .is_some_and(|noun| noun.find_subcommand(verb).is_some());
        if taken {
            continue;
        }
        root = if root.find_subcommand(noun).is_some() {
            root.mut_subcommand(noun, |command| command.subcommand(leaf))
        } else {
            root.subcommand(
                Command::new(noun)
                    .about(format!("Operations on {noun}"))
                    .subcommand_required(true)
                    .arg_required_else_help(true)
                    .subcommand(leaf),
            )
        };
    }
    root
}

fn leaf(entry: &Entry, verb: &'static str) -> Command {
    let command = (entry.arguments)(Command::new(verb)).about(entry.summary);
    match entry.kind() {
        Kind::Query | Kind::Feed => command,
        Kind::Action => {
            command.after_help(format!("Risk: {}. {}", entry.risk.as_str(), manner(entry)))
        }
    }
}

/// How an action comes to be done here.
fn manner(entry: &Entry) -> &'static str {
    if !entry.is_done_at_once() {
        return if entry.risk == Risk::Destructive {
            "Shows the plan and asks; without a terminal it needs --yes and --confirm."
        } else {
            "Shows the plan and asks; without a terminal it needs --yes."
        };
    }
    match entry.way_back {
        Some(WayBack::By { .. }) => {
            "Done at once, without asking: it changes only what proxmox-ai itself keeps, and `runs undo last` \
             takes it back. --plan-only shows it and changes nothing."
        }
        Some(_) | None => {
            "Done at once, without asking: it changes only what proxmox-ai itself keeps, and nothing is lost. \
             --plan-only shows it and changes nothing."
        }
    }
}

/// The operation that was called and its input, if the command names one.
pub fn parse<'a>(
    registry: &'a Registry,
    matches: &ArgMatches,
) -> Option<Result<(&'a Entry, Value), clap::Error>> {
    let (noun, matches) = matches.subcommand()?;
    let (verb, matches) = matches.subcommand()?;
    let entry = registry.entry(&format!("{noun}.{verb}")).ok()?;
    Some((entry.from_matches)(matches).map(|input| (entry, without_nulls(input))))
}

/// What was not given is left out, as a JSON caller would.
fn without_nulls(input: Value) -> Value {
    match input {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect(),
        ),
        other => other,
    }
}
