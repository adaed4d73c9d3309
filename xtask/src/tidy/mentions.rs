//! The README and the map of the code name every crate, and name no crate that is not there.

use crate::finding::Finding;
use crate::workspace::{Package, SourceFile};

const RULE: &str = "mention";
const MAPS: &[&str] = &["README.md", "ARCHITECTURE.md"];

pub(crate) fn check(members: &[&Package], files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for map in MAPS {
        let Some(file) = files.iter().find(|file| file.path == *map) else {
            findings.push(Finding::failure(RULE, *map, "is missing"));
            continue;
        };
        for package in members {
            let named = format!("`{}`", package.name);
            let in_folder = format!("crates/{}", package.name);
            if !file.text.contains(&named) && !file.text.contains(&in_folder) {
                findings.push(Finding::failure(
                    RULE,
                    *map,
                    format!("does not mention the crate {named}"),
                ));
            }
        }
        for name in mentioned_folders(&file.text) {
            if !members.iter().any(|package| package.name == name) {
                findings.push(Finding::failure(
                    RULE,
                    *map,
                    format!("mentions `crates/{name}`, which does not exist"),
                ));
            }
        }
    }
    findings
}

fn mentioned_folders(text: &str) -> Vec<String> {
    text.split("crates/")
        .skip(1)
        .map(|after| {
            after
                .chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
                .collect()
        })
        .filter(|name: &String| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str) -> Package {
        serde_json::from_value(serde_json::json!({
            "id": name, "name": name, "version": "0.1.0", "license": "MIT", "source": null,
        }))
        .unwrap()
    }

    fn lines(readme: &str, map: &str) -> Vec<String> {
        let file = |path: &str, text: &str| SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let files = [file("README.md", readme), file("ARCHITECTURE.md", map)];
        check(&[&package("ops"), &package("pve")], &files)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn maps_that_name_every_crate_pass() {
        assert_eq!(
            lines("`ops` and crates/pve", "crates/ops, `pve`"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_crate_that_is_not_named_fails() {
        assert_eq!(
            lines("`ops`, `pve`", "`ops`"),
            ["FAILURE [mention] ARCHITECTURE.md: does not mention the crate `pve`"]
        );
    }

    #[test]
    fn a_crate_that_is_only_a_plan_fails() {
        assert_eq!(
            lines("`ops`, `pve`, crates/evals", "`ops`, `pve`"),
            ["FAILURE [mention] README.md: mentions `crates/evals`, which does not exist"]
        );
    }
}
