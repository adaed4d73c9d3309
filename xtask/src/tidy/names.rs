//! Names that attract everything are not given to files, folders or crates.

use std::collections::BTreeSet;

use crate::finding::Finding;

const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "helpers", "helper", "common", "core", "manager", "misc",
];

pub(crate) fn check(paths: &BTreeSet<String>) -> Vec<Finding> {
    paths
        .iter()
        .filter_map(|path| {
            let name = path.split('/').find_map(empty_name)?;
            Some(Finding::failure(
                "name",
                path,
                format!("`{name}` says nothing: name it after what it holds"),
            ))
        })
        .collect()
}

/// The empty name that a part of a path is, or ends in.
fn empty_name(part: &str) -> Option<&'static str> {
    let stem = part.split('.').next().unwrap_or(part).to_lowercase();
    EMPTY_NAMES.iter().copied().find(|name| {
        stem == *name
            || stem
                .strip_suffix(name)
                .is_some_and(|before| before.ends_with('_') || before.ends_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(path: &str) -> Vec<String> {
        check(&BTreeSet::from([path.to_owned()]))
            .into_iter()
            .map(|finding| finding.place)
            .collect()
    }

    #[test]
    fn names_that_say_something_pass() {
        for path in [
            "crates/ops/src/plan.rs",
            "web/src/ui/score.tsx",
            "docs/commonality.md",
        ] {
            assert_eq!(places(path), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn names_that_attract_everything_fail() {
        for path in [
            "crates/core/src/lib.rs",
            "crates/ops/src/utils.rs",
            "crates/ops/src/plan_helpers.rs",
            "web/src/common/format.ts",
            "web/src/app/session-manager.ts",
        ] {
            assert_eq!(places(path), [path]);
        }
    }
}
