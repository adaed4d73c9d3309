//! Licences, banned crates, sources and duplicate versions, checked offline from `cargo metadata`.
//!
//! The input is `deny.toml` in cargo-deny's own format, so that whoever has cargo-deny can run it
//! too. Why not cargo-deny itself: `docs/adr/0004-licences-are-checked-by-xtask.md`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::finding::Finding;
use crate::licence;
use crate::workspace::Metadata;

#[derive(Debug, Deserialize)]
pub(crate) struct Rules {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<LicenceException>,
}

#[derive(Debug, Deserialize)]
struct LicenceException {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    #[serde(rename = "multiple-versions")]
    multiple_versions: Severity,
    #[serde(default)]
    deny: Vec<Ban>,
    #[serde(default)]
    skip: Vec<Skip>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Skip {
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Debug, Deserialize)]
struct Sources {
    #[serde(rename = "allow-registry")]
    allow_registry: Vec<String>,
    #[serde(rename = "allow-git", default)]
    allow_git: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Allow,
    Warn,
    Deny,
}

impl Rules {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
    }
}

pub(crate) fn check(rules: &Rules, metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &metadata.packages {
        let place = format!("{} {}", package.name, package.version);
        let mut allowed = rules.licenses.allow.clone();
        for exception in rules
            .licenses
            .exceptions
            .iter()
            .filter(|it| it.name == package.name)
        {
            allowed.extend(exception.allow.iter().cloned());
        }
        match &package.license {
            Some(expression) if licence::is_allowed(expression, &allowed) => {}
            Some(expression) => findings.push(Finding::failure(
                "licence",
                &place,
                format!("`{expression}` is not allowed by deny.toml [licenses]"),
            )),
            None => findings.push(Finding::failure("licence", &place, "names no licence")),
        }
        for ban in rules
            .bans
            .deny
            .iter()
            .filter(|ban| ban.name == package.name)
        {
            findings.push(Finding::failure("banned", &place, ban.reason.clone()));
        }
        if let Some(source) = &package.source
            && !source_is_allowed(rules, source)
        {
            findings.push(Finding::failure(
                "source",
                &place,
                format!("comes from {source}, which deny.toml [sources] does not name"),
            ));
        }
        versions
            .entry(&package.name)
            .or_default()
            .push(&package.version);
    }
    for (name, found) in versions {
        let skipped = rules.bans.skip.iter().any(|skip| skip.name == name);
        if found.len() < 2 || skipped {
            continue;
        }
        let text = format!("in {} versions: {}", found.len(), found.join(", "));
        match rules.bans.multiple_versions {
            Severity::Allow => {}
            Severity::Warn => findings.push(Finding::warning("duplicate", name, text)),
            Severity::Deny => findings.push(Finding::failure("duplicate", name, text)),
        }
    }
    findings
}

fn source_is_allowed(rules: &Rules, source: &str) -> bool {
    let in_list = |list: &[String], url: &str| list.iter().any(|allowed| url.starts_with(allowed));
    // cargo writes `registry+URL`, `sparse+URL` or `git+URL?branch#commit`.
    match source.split_once('+') {
        Some(("registry" | "sparse", url)) => in_list(&rules.sources.allow_registry, url),
        Some(("git", url)) => in_list(&rules.sources.allow_git, url),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        toml::from_str(
            r#"
            [licenses]
            allow = ["MIT"]
            exceptions = [{ crate = "odd", allow = ["MPL-2.0"] }]
            [bans]
            multiple-versions = "warn"
            deny = [{ crate = "openssl", reason = "rustls is the one TLS" }]
            [sources]
            allow-registry = ["https://registry.example/index"]
            "#,
        )
        .unwrap()
    }

    fn metadata(rows: &[(&str, &str, Option<&str>, Option<&str>)]) -> Metadata {
        let packages: Vec<serde_json::Value> = rows
            .iter()
            .map(|(name, version, license, source)| {
                serde_json::json!({
                    "id": format!("{name}-{version}"), "name": name, "version": version,
                    "license": license, "source": source,
                })
            })
            .collect();
        serde_json::from_value(serde_json::json!({
            "packages": packages, "workspace_members": [], "target_directory": "target",
        }))
        .unwrap()
    }

    const REGISTRY: Option<&str> = Some("registry+https://registry.example/index");

    fn lines(rows: &[(&str, &str, Option<&str>, Option<&str>)]) -> Vec<String> {
        check(&rules(), &metadata(rows))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn allowed_licences_sources_and_exceptions_pass() {
        assert_eq!(
            lines(&[
                ("good", "1.0.0", Some("MIT"), REGISTRY),
                ("odd", "1.0.0", Some("MPL-2.0"), REGISTRY)
            ]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_foreign_or_missing_licence_fails() {
        assert_eq!(
            lines(&[
                ("copyleft", "1.0.0", Some("GPL-3.0-only"), REGISTRY),
                ("bare", "2.0.0", None, REGISTRY)
            ]),
            [
                "FAILURE [licence] copyleft 1.0.0: `GPL-3.0-only` is not allowed by deny.toml [licenses]",
                "FAILURE [licence] bare 2.0.0: names no licence",
            ]
        );
    }

    #[test]
    fn a_banned_crate_fails_with_the_reason() {
        assert_eq!(
            lines(&[("openssl", "0.10.0", Some("MIT"), REGISTRY)]),
            ["FAILURE [banned] openssl 0.10.0: rustls is the one TLS"]
        );
    }

    #[test]
    fn a_crate_from_a_git_repository_fails() {
        let git = Some("git+https://git.example/fork#abc");
        assert_eq!(
            lines(&[("fork", "1.0.0", Some("MIT"), git)]),
            [concat!(
                "FAILURE [source] fork 1.0.0: comes from git+https://git.example/fork#abc, ",
                "which deny.toml [sources] does not name"
            )]
        );
    }

    #[test]
    fn two_versions_of_one_crate_are_a_warning() {
        assert_eq!(
            lines(&[
                ("twice", "1.0.0", Some("MIT"), REGISTRY),
                ("twice", "2.0.0", Some("MIT"), REGISTRY)
            ]),
            ["warning [duplicate] twice: in 2 versions: 1.0.0, 2.0.0"]
        );
    }
}
