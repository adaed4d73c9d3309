//! `reference`: the documents that are generated from this version.

use std::fmt::Write as _;

use clap::Command;
use ops::{Kind, Registry, WayBack, project};
use serde_json::json;

use crate::{arguments, config, failure::Failure, output};

pub(super) fn run(what: &str, registry: &Registry) -> Result<u8, Failure> {
    match what {
        "openapi" => output::say_json(&project::openapi::document(registry, server::raw_endpoints())),
        "mcp" => output::say_json(&json!({
            "default": project::mcp::default_tools(registry),
            "all": project::mcp::all(registry),
        })),
        "chat" => output::say_json(&json!(
            project::chat::tools(registry)
                .into_iter()
                .map(|tool| json!({
                    "name": tool.name, "description": tool.description, "parameters": tool.parameters,
                }))
                .collect::<Vec<_>>()
        )),
        "cli" => output::say(cli(registry).trim_end()),
        "config" => output::say(configuration().trim_end()),
        "operations" => output::say(operations(registry).trim_end()),
        "simulator" => output::say(sim::coverage_page().trim_end()),
        "undo" => output::say(ways_back(registry).trim_end()),
        other => return Err(Failure::new(2, format!("there is no reference `{other}`"))),
    }
    Ok(0)
}

/// Help of every command, in one document.
pub(crate) fn cli(registry: &Registry) -> String {
    let mut text = String::from("# Command line\n\nGenerated from the program.\n");
    let mut root = arguments::whole(registry);
    root.build();
    describe(&mut root, "proxmox-ai", &mut text);
    text
}

fn describe(command: &mut Command, path: &str, text: &mut String) {
    // Generated text keeps no blanks at line ends.
    let help = command
        .clone()
        .bin_name(path)
        .term_width(100)
        .render_long_help();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n## `{path}`\n\n```\n{}\n```\n",
        help.to_string()
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
            .trim_end()
    );
    let names: Vec<String> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        if let Some(inner) = command.find_subcommand_mut(&name) {
            describe(inner, &format!("{path} {name}"), text);
        }
    }
}

fn configuration() -> String {
    let mut text = String::from(
        "# Configuration\n\nGenerated from the program. `proxmox-ai config print-default` prints the file; a value of the \
         environment wins over one of the file.\n\n| key | environment | default | meaning |\n|---|---|---|---|\n",
    );
    for key in config::KEYS {
        let default = if key.default.is_empty() {
            "(empty)".to_owned()
        } else {
            format!("`{}`", key.default)
        };
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {default} | {} |",
            key.name,
            key.variable(),
            key.about
        );
    }
    text
}

fn operations(registry: &Registry) -> String {
    let mut text = String::from(
        "# Operations\n\nGenerated from the program. Everything here can be called on every surface: command line, HTTP, MCP, \
         chat and console.\n\n| operation | kind | risk | what it does |\n|---|---|---|---|\n",
    );
    for entry in registry.entries() {
        let kind = match entry.kind() {
            Kind::Query => "query",
            Kind::Action => "action",
            Kind::Feed => "feed",
        };
        let _ = writeln!(
            text,
            "| `{}` | {kind} | {} | {} |",
            entry.name,
            entry.risk.as_str(),
            entry.summary
        );
    }
    text
}

/// Which operation takes which back, and why some cannot be taken back.
fn ways_back(registry: &Registry) -> String {
    let mut text = String::from(
        "# Ways back\n\nGenerated from the program. `runs.undo` plans these for what a run did, in reverse; the plan is \
         compared with the present state and approved like any other.\n\n| operation | taken back by | remarks |\n|---|---|---|\n",
    );
    for entry in registry.entries() {
        let (by, remark) = match entry.way_back {
            None => continue,
            Some(WayBack::By { op, note }) => (format!("`{op}`"), note),
            Some(WayBack::InPart { op, lost }) => (format!("`{op}`, in part"), lost),
            Some(WayBack::None { why }) => ("none".to_owned(), why),
            Some(WayBack::NotNeeded { why }) => ("nothing to take back".to_owned(), why),
            Some(WayBack::Unstated) => ("not stated".to_owned(), ""),
        };
        let _ = writeln!(text, "| `{}` | {by} | {remark} |", entry.name);
    }
    text
}
