//! The reference documents, written by the product itself from its registry: `gen` runs the built
//! binary and stores what it prints; `gen --check` says which stored file differs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::finding::Finding;
use crate::program;
use crate::workspace::Workspace;

/// What `proxmox-ai reference NAME` prints, and the files that hold it.
const DOCUMENTS: &[(&str, &[&str])] = &[
    (
        "openapi",
        &["docs/reference/openapi.json", "web/openapi.json"],
    ),
    ("cli", &["docs/reference/cli.md"]),
    ("config", &["docs/reference/config.md"]),
    ("mcp", &["docs/reference/mcp-tools.json"]),
    ("operations", &["docs/reference/operations.md"]),
    ("simulator", &["docs/reference/simulator.md"]),
    ("undo", &["docs/reference/undo.md"]),
];

/// `npm run gen` writes TypeScript below this folder from `web/openapi.json`.
const CLIENT: &str = "web/src/api";

pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    for (path, text) in printed(workspace)? {
        let place = workspace.root.join(&path);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        if std::fs::read(&place).ok().as_deref() == Some(text.as_slice()) {
            continue;
        }
        std::fs::write(&place, text).with_context(|| format!("cannot write {path}"))?;
        crate::say(&format!("wrote {path}"));
    }
    generate_client(&workspace.root)
}

pub(crate) fn stale(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = differences(&printed(workspace)?, |path| {
        std::fs::read(workspace.root.join(path)).ok()
    });
    // The types follow from web/openapi.json; when that is stale, so are they.
    if findings.is_empty() {
        let folder = workspace.root.join(CLIENT);
        let before = contents(&folder)?;
        let outcome = generate_client(&workspace.root);
        let after = contents(&folder)?;
        // A check changes nothing: what the generator wrote goes back.
        for (name, bytes) in &before {
            if after.get(name) != Some(bytes) {
                std::fs::write(folder.join(name), bytes)
                    .with_context(|| format!("cannot restore {CLIENT}/{name}"))?;
            }
        }
        outcome?;
        findings = differences(
            &after
                .into_iter()
                .map(|(name, text)| (format!("{CLIENT}/{name}"), text))
                .collect(),
            |path| {
                before
                    .get(path.strip_prefix(CLIENT)?.trim_start_matches('/'))
                    .cloned()
            },
        );
    }
    Ok(findings)
}

/// One failure for each file that is missing or whose stored text is not the wanted one.
fn differences(
    wanted: &BTreeMap<String, Vec<u8>>,
    stored: impl Fn(&str) -> Option<Vec<u8>>,
) -> Vec<Finding> {
    wanted
        .iter()
        .filter_map(|(path, text)| match stored(path) {
            Some(found) if found == *text => None,
            Some(_) => Some(Finding::failure(
                "stale",
                path,
                "is out of date: run `make gen`",
            )),
            None => Some(Finding::failure(
                "stale",
                path,
                "is missing: run `make gen`",
            )),
        })
        .collect()
}

fn printed(workspace: &Workspace) -> Result<BTreeMap<String, Vec<u8>>> {
    let binary = match program::environment("PROXMOX_AI") {
        Some(binary) => binary.into(),
        None => built(workspace)?,
    };
    let mut documents = BTreeMap::new();
    for (name, paths) in DOCUMENTS {
        let mut command = program::command(&binary, &workspace.root);
        command.args(["reference", name]);
        let text = program::output(command)
            .with_context(|| format!("the product did not print its reference `{name}`"))?;
        for path in *paths {
            documents.insert((*path).to_owned(), text.clone());
        }
    }
    Ok(documents)
}

/// Builds the product as the tests do (all of the workspace decides the features, so nothing is
/// compiled twice) and returns its path.
fn built(workspace: &Workspace) -> Result<PathBuf> {
    let words = ["build", "--quiet", "--workspace", "--bin", "proxmox-ai"];
    program::run(program::cargo(&workspace.root, &words))?;
    Ok(workspace.metadata.target_directory.join("debug/proxmox-ai"))
}

fn generate_client(root: &Path) -> Result<()> {
    let mut npm = program::command("npm", &root.join("web"));
    npm.args(["run", "--silent", "gen"]);
    program::output(npm).map(drop)
}

/// The files directly in the folder. A folder that does not exist holds none.
fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(found);
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            found.extend(name.map(|name| (name, bytes)));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stored: Option<&str>) -> Vec<String> {
        let wanted = BTreeMap::from([("docs/reference/cli.md".to_owned(), b"new".to_vec())]);
        differences(&wanted, |_| stored.map(|text| text.as_bytes().to_vec()))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_document_as_the_product_prints_it_passes() {
        assert_eq!(lines(Some("new")), Vec::<String>::new());
    }

    #[test]
    fn a_stale_or_missing_document_fails() {
        assert_eq!(
            lines(Some("old")),
            ["FAILURE [stale] docs/reference/cli.md: is out of date: run `make gen`"]
        );
        assert_eq!(
            lines(None),
            ["FAILURE [stale] docs/reference/cli.md: is missing: run `make gen`"]
        );
    }
}
