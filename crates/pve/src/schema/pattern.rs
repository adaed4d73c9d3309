//! Perl patterns, as far as they can be tried here.

use regex::RegexBuilder;

/// A pattern comes from the server: compiling it must not take much memory.
const LIMIT_BYTES: usize = 1024 * 1024;

/// Does the whole text match? Nothing for patterns that cannot be tried here (looking around,
/// back references): the server still does.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    // `(?^i:` is how Perl prints a compiled pattern: its own flags and none from outside.
    let pattern = pattern
        .replace("(?^:", "(?:")
        .replace("(?^i:", "(?i:")
        .replace("(?^u:", "(?:")
        .replace("(?^ui:", "(?i:")
        .replace("\\0", "\\x00");
    // The server puts the pattern between `^` and `$` as it is, so an alternative without
    // parentheses is bound on one side only; and `$` lets a line feed at the end pass.
    let whole = format!("^{pattern}\n?$");
    let compiled = RegexBuilder::new(&whole).size_limit(LIMIT_BYTES).build();
    Some(compiled.ok()?.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_the_server_reads_them() {
        for (pattern, text, result) in [
            (r"\d+", "12", Some(true)),
            (r"\d+", "12x", Some(false)),
            (r"^\d+$", "12", Some(true)),
            (r"\d+", "12\n", Some(true)),
            (r"(?^i:[a-z]+)", "AbC", Some(true)),
            (r"(?^:[a-z]+)", "AbC", Some(false)),
            (r"a|b", "ax", Some(true)),
            (r"(?:\w+=\w*)(?:\0\w+=\w*)*", "a=b\0c=", Some(true)),
            (r"(?=a)a", "a", None),
            (r"(", "a", None),
            (r"((a{1,1000}){1,1000}){1,1000}", "a", None),
        ] {
            assert_eq!(matches(pattern, text), result, "{pattern} {text}");
        }
    }
}
