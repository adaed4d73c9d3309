//! Files that a person can hold in the head: ask from 500 lines on, fail beyond 800.

use crate::finding::Finding;
use crate::workspace::SourceFile;

const RULE: &str = "size";
const ASK_LINES: usize = 500;
const MOST_LINES: usize = 800;

/// `ARCHITECTURE.md` is a map, not a manual.
const MAP: &str = "ARCHITECTURE.md";
const MAP_LINES: usize = 400;

pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        if file.path == MAP && file.text.lines().count() > MAP_LINES {
            findings.push(Finding::failure(
                RULE,
                &file.path,
                format!(
                    "{} lines; the map has at most {MAP_LINES}",
                    file.text.lines().count()
                ),
            ));
        }
        if !file.is_code() || file.is_test() || is_generated(&file.text) {
            continue;
        }
        let lines = lines_outside_tests(&file.text);
        if lines > MOST_LINES {
            findings.push(Finding::failure(
                RULE,
                &file.path,
                format!("{lines} lines outside tests, at most {MOST_LINES}: split it by meaning"),
            ));
        } else if lines > ASK_LINES {
            findings.push(Finding::warning(
                RULE,
                &file.path,
                format!("{lines} lines outside tests: does it hold one thing?"),
            ));
        }
    }
    findings
}

/// Lines before the test module that closes a file.
fn lines_outside_tests(text: &str) -> usize {
    let mut before = "";
    for (number, line) in text.lines().enumerate() {
        if before.trim() == "#[cfg(test)]" && line.trim_start().starts_with("mod tests") {
            return number.saturating_sub(1);
        }
        before = line;
    }
    text.lines().count()
}

fn is_generated(text: &str) -> bool {
    text.lines()
        .take(5)
        .any(|line| line.contains("auto-generated") || line.contains("Generated from"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: String) -> Vec<String> {
        check(&[SourceFile {
            path: path.to_owned(),
            text,
        }])
        .iter()
        .map(ToString::to_string)
        .collect()
    }

    #[test]
    fn a_file_of_the_right_size_passes() {
        assert_eq!(
            lines("crates/ops/src/plan.rs", "x\n".repeat(500)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn from_501_lines_on_it_asks_and_beyond_800_it_fails() {
        assert_eq!(
            lines("crates/ops/src/plan.rs", "x\n".repeat(501)),
            [
                "warning [size] crates/ops/src/plan.rs: 501 lines outside tests: does it hold one thing?"
            ]
        );
        assert_eq!(
            lines("web/src/app.tsx", "x\n".repeat(801)),
            [
                "FAILURE [size] web/src/app.tsx: 801 lines outside tests, at most 800: split it by meaning"
            ]
        );
    }

    #[test]
    fn tests_and_generated_files_do_not_count() {
        let none = Vec::<String>::new();
        let with_tests = format!(
            "{}#[cfg(test)]\nmod tests {{\n{}}}\n",
            "x\n".repeat(400),
            "x\n".repeat(900)
        );
        assert_eq!(lines("crates/ops/src/plan.rs", with_tests), none);
        assert_eq!(
            lines("crates/ops/tests/it/main.rs", "x\n".repeat(900)),
            none
        );
        let generated = format!("// This file was auto-generated\n{}", "x\n".repeat(900));
        assert_eq!(lines("web/src/api/schema.ts", generated), none);
    }

    #[test]
    fn the_map_fails_beyond_400_lines() {
        assert_eq!(
            lines("ARCHITECTURE.md", "x\n".repeat(401)),
            ["FAILURE [size] ARCHITECTURE.md: 401 lines; the map has at most 400"]
        );
    }
}
