//! Who may use whom: the table of ARCHITECTURE.md, exactly.

use crate::finding::Finding;
use crate::workspace::Package;

const RULE: &str = "dependency";

/// The crates of this repository and the crates of this repository that each may use.
const EDGES: &[(&str, &[&str])] = &[
    ("pve", &[]),
    ("ops", &[]),
    ("llm", &[]),
    ("retrieval", &[]),
    ("sim", &["pve"]),
    ("store", &["ops"]),
    ("features", &["ops", "pve", "store", "llm", "retrieval"]),
    ("assistant", &["ops", "llm", "store"]),
    (
        "app",
        &["pve", "ops", "llm", "sim", "store", "features", "assistant"],
    ),
    ("evals", &["ops", "llm", "retrieval", "assistant", "app"]),
    ("server", &["ops", "assistant"]),
    (
        "proxmox-ai",
        &[
            "pve",
            "ops",
            "llm",
            "sim",
            "store",
            "features",
            "assistant",
            "app",
            "evals",
            "server",
        ],
    ),
    (
        "testkit",
        &[
            "pve",
            "ops",
            "llm",
            "sim",
            "store",
            "features",
            "assistant",
            "app",
            "server",
        ],
    ),
    ("xtask", &[]),
];

/// Used by tests alone, so it may be a dev-dependency of every crate and a dependency of none.
const TEST_ONLY: &str = "testkit";

/// What tests may use beyond the table: the server is tested with the real ledger and accounts behind
/// its ports, because there are no mocks of our own traits.
const TEST_EDGES: &[(&str, &str)] = &[("server", "store")];

/// Crates of others that belong to one layer: a second user would mean a second place that knows
/// HTTP, SQL or the command line.
const CONFINED: &[(&str, &[&str])] = &[
    ("axum", &["server"]),
    ("tower", &["server"]),
    ("rmcp", &["server"]),
    ("rust-embed", &["server"]),
    ("sqlx", &["store", "features"]),
    ("argon2", &["store"]),
    // `app` posts the end of the audit chain to an address outside.
    // `features` reads documentation at addresses that a person named.
    ("reqwest", &["pve", "llm", "app", "features"]),
    ("rcgen", &["sim"]),
    ("clap", &["ops", "features", "proxmox-ai"]),
    ("anyhow", &["proxmox-ai", "xtask"]),
];

pub(crate) fn check(members: &[&Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in members {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
            findings.push(Finding::failure(
                RULE,
                &package.name,
                "is not in the table of xtask/src/tidy/edges.rs and of ARCHITECTURE.md",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let for_tests = dependency.kind.as_deref() == Some("dev");
            let name = dependency.name.as_str();
            let is_ours = EDGES.iter().any(|(ours, _)| *ours == name);
            let in_tests = name == TEST_ONLY || TEST_EDGES.contains(&(package.name.as_str(), name));
            let is_allowed = allowed.contains(&name) || (for_tests && in_tests);
            if is_ours && !is_allowed {
                let kind = if for_tests { " in its tests" } else { "" };
                findings.push(Finding::failure(
                    RULE,
                    &package.name,
                    format!("may not use `{name}`{kind}; it may use {allowed:?}"),
                ));
            }
            if let Some((_, homes)) = CONFINED.iter().find(|(confined, _)| *confined == name)
                && !for_tests
                && !homes.contains(&package.name.as_str())
                && package.name != TEST_ONLY
            {
                findings.push(Finding::failure(
                    RULE,
                    &package.name,
                    format!("may not use `{name}`; only {homes:?} may"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, kind)| serde_json::json!({ "name": name, "kind": kind }))
            .collect();
        serde_json::from_value(serde_json::json!({
            "id": name, "name": name, "version": "0.1.0", "license": "MIT", "source": null,
            "dependencies": dependencies,
        }))
        .unwrap()
    }

    fn lines(name: &str, dependencies: &[(&str, Option<&str>)]) -> Vec<String> {
        check(&[&package(name, dependencies)])
            .iter()
            .map(|it| it.text.clone())
            .collect()
    }

    #[test]
    fn the_edges_of_the_table_pass() {
        let none = Vec::<String>::new();
        assert_eq!(
            lines(
                "server",
                &[("ops", None), ("assistant", None), ("axum", None)]
            ),
            none
        );
        assert_eq!(
            lines("features", &[("pve", None), ("testkit", Some("dev"))]),
            none
        );
        assert_eq!(
            lines("pve", &[("reqwest", None), ("anyhow", Some("dev"))]),
            none
        );
    }

    #[test]
    fn the_server_may_not_see_a_slice() {
        assert_eq!(
            lines("server", &[("features", None)]),
            ["may not use `features`; it may use [\"ops\", \"assistant\"]"]
        );
    }

    #[test]
    fn a_test_may_not_open_a_path_that_the_code_may_not() {
        assert_eq!(
            lines("assistant", &[("features", Some("dev"))]),
            ["may not use `features` in its tests; it may use [\"ops\", \"llm\", \"store\"]"]
        );
    }

    #[test]
    fn an_edge_for_tests_is_none_for_the_code() {
        assert_eq!(
            lines("server", &[("store", Some("dev"))]),
            Vec::<String>::new()
        );
        assert_eq!(
            lines("server", &[("store", None)]),
            ["may not use `store`; it may use [\"ops\", \"assistant\"]"]
        );
    }

    #[test]
    fn the_test_world_is_for_tests_only() {
        assert_eq!(
            lines("app", &[("testkit", None)]),
            [concat!(
                "may not use `testkit`; it may use ",
                r#"["pve", "ops", "llm", "sim", "store", "features", "assistant"]"#
            )]
        );
    }

    #[test]
    fn http_and_sql_stay_in_their_layer() {
        assert_eq!(
            lines("features", &[("axum", None)]),
            ["may not use `axum`; only [\"server\"] may"]
        );
        assert_eq!(
            lines("ops", &[("sqlx", None)]),
            ["may not use `sqlx`; only [\"store\", \"features\"] may"]
        );
    }

    #[test]
    fn a_crate_that_the_table_does_not_know_fails() {
        assert_eq!(lines("extra", &[]).len(), 1);
    }
}
