//! Every Rust source file says first what it is for.

use crate::finding::Finding;
use crate::workspace::SourceFile;

pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    files
        .iter()
        .filter(|file| file.extension() == "rs" && in_a_source_folder(&file.path))
        .filter(|file| {
            let first = file.text.lines().next().unwrap_or_default();
            first
                .strip_prefix("//!")
                .is_none_or(|purpose| purpose.trim().is_empty())
        })
        .map(|file| {
            Finding::failure(
                "header",
                &file.path,
                "does not begin with `//!` and its purpose",
            )
        })
        .collect()
}

fn in_a_source_folder(path: &str) -> bool {
    path.starts_with("xtask/src/") || (path.starts_with("crates/") && path.contains("/src/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(path: &str, text: &str) -> Vec<String> {
        check(&[SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }])
        .into_iter()
        .map(|finding| finding.place)
        .collect()
    }

    #[test]
    fn a_file_with_a_purpose_passes() {
        assert_eq!(
            places("crates/ops/src/plan.rs", "//! Plans.\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            places("crates/ops/tests/it/main.rs", "mod plans;\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_file_without_a_purpose_fails() {
        for text in ["", "use std::fmt;\n", "//!\n", "\n//! Late.\n"] {
            assert_eq!(
                places("crates/ops/src/plan.rs", text),
                ["crates/ops/src/plan.rs"],
                "{text:?}"
            );
        }
    }
}
