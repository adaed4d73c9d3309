//! Every stored snapshot belongs to an assertion that still exists.
//!
//! This looks at the texts alone and so cannot follow a name that is put together at run time; the
//! test run (`scripts/test-all`) compares the files with what the tests really read.

use crate::finding::Finding;
use crate::workspace::SourceFile;

const RULE: &str = "snapshot";

pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.extension() == "snap")
        .filter_map(|snapshot| {
            complaint(snapshot, files).map(|text| Finding::failure(RULE, &snapshot.path, text))
        })
        .collect()
}

fn complaint(snapshot: &SourceFile, files: &[SourceFile]) -> Option<String> {
    let Some(source) = header(&snapshot.text, "source") else {
        return Some("has no `source:` in its header".to_owned());
    };
    let Some(source_file) = files.iter().find(|file| file.path == source) else {
        return Some(format!("its source `{source}` is gone: delete it"));
    };
    let Some(name) = snapshot_name(&snapshot.path) else {
        return Some("has a name that insta does not give".to_owned());
    };
    let text = &source_file.text;
    // A suffix or a name made by `format!` cannot be found by its text.
    let made_at_run_time =
        text.contains("set_snapshot_suffix") || text.contains("snapshot!(format!(");
    let is_named = text.contains(&format!("\"{name}\""))
        || text.contains(&format!("fn {name}("))
        || text.contains(&format!("fn test_{name}("));
    let asserts = text.contains("_snapshot!") || text.contains("assert_snapshot");
    if asserts && (is_named || made_at_run_time) {
        return None;
    }
    Some(format!("nothing in `{source}` asserts `{name}`: delete it"))
}

fn header<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let body = text.strip_prefix("---\n")?;
    let (head, _) = body.split_once("\n---")?;
    head.lines().find_map(|line| {
        line.strip_prefix(key)?
            .strip_prefix(':')
            .map(|value| value.trim().trim_matches('"'))
    })
}

/// `module__path__name.snap` and `module__path__name-2.snap` are both called `name`.
fn snapshot_name(path: &str) -> Option<String> {
    let stem = path.rsplit('/').next()?.strip_suffix(".snap")?;
    let name = stem.rsplit("__").next()?;
    let base = match name.rsplit_once('-') {
        Some((before, number)) if number.chars().all(|digit| digit.is_ascii_digit()) => before,
        _ => name,
    };
    (!base.is_empty()).then(|| base.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(snapshot: &str, source: &str) -> Vec<String> {
        let files = [
            SourceFile {
                path: format!("crates/ops/src/snapshots/{snapshot}"),
                text: "---\nsource: crates/ops/src/plan.rs\nexpression: plan\n---\ntext\n"
                    .to_owned(),
            },
            SourceFile {
                path: "crates/ops/src/plan.rs".to_owned(),
                text: source.to_owned(),
            },
        ];
        check(&files)
            .into_iter()
            .map(|finding| finding.text)
            .collect()
    }

    #[test]
    fn a_snapshot_of_a_test_or_of_a_name_passes() {
        let none = Vec::<String>::new();
        let test = "fn two_steps() { insta::assert_snapshot!(plan); }";
        assert_eq!(lines("ops__plan__tests__two_steps.snap", test), none);
        assert_eq!(lines("ops__plan__tests__two_steps-2.snap", test), none);
        let named = "assert_json_snapshot!(\"chat-tools\", tools);";
        assert_eq!(lines("ops__plan__tests__chat-tools.snap", named), none);
        let computed = "assert_snapshot!(format!(\"{tool}\"), text);";
        assert_eq!(lines("ops__plan__tests__anything.snap", computed), none);
    }

    #[test]
    fn a_snapshot_that_nothing_asserts_fails() {
        assert_eq!(
            lines(
                "ops__plan__tests__old.snap",
                "fn new() { insta::assert_snapshot!(plan); }"
            ),
            ["nothing in `crates/ops/src/plan.rs` asserts `old`: delete it"]
        );
    }

    #[test]
    fn a_snapshot_whose_source_is_gone_fails() {
        let files = [SourceFile {
            path: "crates/ops/src/snapshots/ops__gone__x.snap".to_owned(),
            text: "---\nsource: crates/ops/src/gone.rs\n---\ntext\n".to_owned(),
        }];
        assert_eq!(
            check(&files)
                .into_iter()
                .map(|finding| finding.text)
                .collect::<Vec<_>>(),
            ["its source `crates/ops/src/gone.rs` is gone: delete it"]
        );
    }
}
