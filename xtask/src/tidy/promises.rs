//! A promise of SECURITY.md names the test that proves it, and that test exists.

use crate::finding::Finding;
use crate::workspace::SourceFile;

const RULE: &str = "promise";
const PAGE: &str = "SECURITY.md";
const HEADING: &str = "## Promises";

pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return vec![Finding::failure(RULE, PAGE, "is missing")];
    };
    let mut findings = Vec::new();
    let mut is_inside = false;
    let mut rows = 0;
    for (index, line) in page.text.lines().enumerate() {
        if line.starts_with("## ") {
            is_inside = line == HEADING;
        }
        // The first row is the head of the table, the second its rule.
        if !is_inside || !line.starts_with('|') {
            continue;
        }
        rows += 1;
        if rows <= 2 {
            continue;
        }
        let place = format!("{PAGE}:{}", index + 1);
        let tests: Vec<&str> = line
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|it| is_test(it))
            .collect();
        if tests.is_empty() {
            findings.push(Finding::failure(
                RULE,
                &place,
                "names no test that proves it",
            ));
        }
        for test in tests {
            let declared = format!("fn {test}(");
            if !files
                .iter()
                .any(|file| file.extension() == "rs" && file.text.contains(&declared))
            {
                findings.push(Finding::failure(
                    RULE,
                    &place,
                    format!("no test is called `{test}`"),
                ));
            }
        }
    }
    if rows <= 2 {
        findings.push(Finding::failure(
            RULE,
            PAGE,
            format!("has no table below `{HEADING}`"),
        ));
    }
    findings
}

/// Names of tests are sentences: several words in lower case.
fn is_test(name: &str) -> bool {
    name.matches('_').count() >= 2
        && name
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rows: &str) -> Vec<String> {
        let text = format!("# Security\n\n{HEADING}\n\n| promise | proof |\n|---|---|\n{rows}");
        let file = |path: &str, text: &str| SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let code = "#[test]\nfn a_viewer_changes_nothing() {}\n";
        check(&[file(PAGE, &text), file("crates/ops/src/gate.rs", code)])
            .iter()
            .map(|finding| format!("{}: {}", finding.place, finding.text))
            .collect()
    }

    #[test]
    fn a_promise_with_its_test_passes() {
        let row = "| a viewer changes nothing | `ops`: `a_viewer_changes_nothing` |\n";
        assert_eq!(lines(row), Vec::<String>::new());
    }

    #[test]
    fn a_promise_without_a_test_fails() {
        assert_eq!(
            lines("| nobody guesses | `ops` |\n"),
            ["SECURITY.md:7: names no test that proves it"]
        );
    }

    #[test]
    fn a_test_that_was_renamed_fails() {
        assert_eq!(
            lines("| a viewer changes nothing | `a_viewer_only_looks` |\n"),
            ["SECURITY.md:7: no test is called `a_viewer_only_looks`"]
        );
    }

    #[test]
    fn a_page_without_promises_fails() {
        assert_eq!(lines(""), ["SECURITY.md: has no table below `## Promises`"]);
    }
}
