//! Repository chores that need to understand the workspace: `tidy`, `deny`, `gen`, `new-operation` and `dist`.
//!
//! Nothing here is linked into the product, and nothing of the product is linked in here: where a
//! chore needs the product (the reference documents), it runs the built binary.

mod deny;
mod dist;
mod finding;
mod licence;
mod new_operation;
mod program;
mod reference;
mod tidy;
mod typed_calls;
mod typed_list;
mod workspace;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::finding::{Finding, Level};
use crate::workspace::Workspace;

const USAGE: &str = "usage: cargo xtask COMMAND
  tidy          architecture rules: dependencies, sizes, names, headers, words, links, snapshots
  deny          licences, banned crates, sources and duplicates, as deny.toml says
  gen           write docs/reference and the types of the web client from the built binary
  gen --check   fail when a generated file is stale
  typed-calls   write the list of typed calls of the crate pve from its sources (part of gen)
  new-operation NOUN.VERB query|action
                begin an operation: one file in its slice, registered in the slice's table
  dist          build what is shipped, with checksums, below the target directory
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn run(words: &[&str]) -> Result<bool> {
    match words {
        ["tidy"] => {
            let workspace = Workspace::load()?;
            Ok(report("tidy", &tidy::all(&workspace)?))
        }
        ["deny"] => {
            let workspace = Workspace::load()?;
            let rules = deny::Rules::read(&workspace.root.join("deny.toml"))?;
            Ok(report("deny", &deny::check(&rules, &workspace.metadata)))
        }
        ["gen"] => {
            let workspace = Workspace::load()?;
            typed_list::write(&workspace)?;
            reference::write(&workspace)?;
            Ok(true)
        }
        ["gen", "--check"] => {
            let workspace = Workspace::load()?;
            let mut findings: Vec<Finding> = typed_list::stale(&workspace).into_iter().collect();
            findings.extend(reference::stale(&workspace)?);
            Ok(report("gen", &findings))
        }
        ["typed-calls"] => {
            typed_list::write(&Workspace::load()?)?;
            Ok(true)
        }
        ["new-operation", name, kind] => {
            let slices = Workspace::load()?.root.join("crates/features/src");
            let kind = new_operation::Kind::parse(kind)?;
            let [file, table] = new_operation::write(&slices, name, kind)?;
            say(&format!("wrote {file}\nregistered in {table}"));
            Ok(true)
        }
        ["dist"] => {
            let workspace = Workspace::load()?;
            Ok(report("dist", &dist::build(&workspace)?))
        }
        [] | ["help" | "--help" | "-h"] => {
            say(USAGE);
            Ok(true)
        }
        _ => bail!("unknown command `{}`\n{USAGE}", words.join(" ")),
    }
}

/// Prints the findings and says whether none of them is a failure.
fn report(name: &str, findings: &[Finding]) -> bool {
    let failures = findings
        .iter()
        .filter(|finding| finding.level == Level::Failure)
        .count();
    for finding in findings {
        say(&finding.to_string());
    }
    let warnings = findings.len() - failures;
    say(&format!("{name}: {failures} failures, {warnings} warnings"));
    failures == 0
}

/// Writes a line to stderr. A closed stream is no reason to stop: the exit code tells the verdict.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
