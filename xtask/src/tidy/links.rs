//! Relative links of the documents lead somewhere, headings included.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::workspace::{SourceFile, extension};

pub(crate) fn check(files: &[SourceFile], paths: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "md") {
        for (number, target) in targets(&file.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if let Some(text) = complaint(file, &target, files, paths) {
                findings.push(Finding::failure(
                    "link",
                    format!("{}:{number}", file.path),
                    text,
                ));
            }
        }
    }
    findings
}

fn complaint(
    file: &SourceFile,
    target: &str,
    files: &[SourceFile],
    paths: &BTreeSet<String>,
) -> Option<String> {
    let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
    let place = if path.is_empty() {
        file.path.clone()
    } else {
        resolve(&file.path, path)
    };
    let is_folder = paths
        .iter()
        .any(|known| known.starts_with(&format!("{place}/")));
    if !paths.contains(&place) && !is_folder {
        return Some(format!(
            "`{target}` leads to `{place}`, which does not exist"
        ));
    }
    if fragment.is_empty() || extension(&place) != "md" {
        return None;
    }
    let has_heading = files
        .iter()
        .find(|known| known.path == place)
        .is_some_and(|known| headings(&known.text).contains(fragment));
    (!has_heading).then(|| format!("`{place}` has no heading `#{fragment}`"))
}

/// The targets of `[text](target)` outside code, with their line numbers.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        // Every other piece between backticks is code.
        let spoken: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for after in spoken.split("](").skip(1) {
            if let Some((target, _)) = after.split_once(')') {
                let target = target.split_whitespace().next().unwrap_or_default();
                found.push((number, target.to_owned()));
            }
        }
    }
    found
}

/// The numbered lines that are not inside a fenced block.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            lines.push((index + 1, line));
        }
    }
    lines
}

/// The anchors that a Markdown renderer makes of the headings.
fn headings(text: &str) -> BTreeSet<String> {
    prose(text)
        .into_iter()
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
        .collect()
}

fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if path.starts_with('/') {
        parts.clear();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let file = |path: &str, text: &str| SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let files = [
            file("docs/guide.md", text),
            file("STYLE.md", "# Style\n\n## Names, and more\n"),
        ];
        let paths = ["docs/guide.md", "STYLE.md", "crates/ops/src/lib.rs"].map(str::to_owned);
        check(&files, &BTreeSet::from(paths))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn links_to_files_folders_headings_and_other_sites_pass() {
        let text = "# Top\n[a](../STYLE.md) [b](../crates/ops) [c](../STYLE.md#names-and-more)\n\
                    [d](#top) [e](https://pve.example.com/x) `[f](nowhere.md)`\n\
                    ```\n[g](nowhere.md)\n```\n";
        assert_eq!(lines(text), Vec::<String>::new());
    }

    #[test]
    fn a_link_to_nothing_fails() {
        assert_eq!(
            lines("text\n![shot](images/gone.png)\n"),
            [concat!(
                "FAILURE [link] docs/guide.md:2: `images/gone.png` leads to ",
                "`docs/images/gone.png`, which does not exist"
            )]
        );
    }

    #[test]
    fn a_link_to_a_heading_that_was_renamed_fails() {
        assert_eq!(
            lines("[a](../STYLE.md#errors)\n"),
            ["FAILURE [link] docs/guide.md:1: `STYLE.md` has no heading `#errors`"]
        );
    }
}
