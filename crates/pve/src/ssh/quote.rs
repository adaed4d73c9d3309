//! Words of a command line as one text that a POSIX shell reads back as the same words.

/// What needs no quotes in any place of a command line.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(
            character,
            '-' | '_' | '.' | '/' | ':' | '@' | '%' | '+' | ','
        )
}

/// Joins the words. Within single quotes a shell changes nothing; a single quote itself is put
/// outside of them.
pub(super) fn line(words: &[String]) -> String {
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        if !word.is_empty() && word.chars().all(is_plain) {
            line.push_str(word);
        } else {
            line.push('\'');
            line.push_str(&word.replace('\'', r"'\''"));
            line.push('\'');
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a shell makes of the text.
    #[expect(clippy::disallowed_methods, reason = "the shell is what is asked")]
    fn read_back(words: &[String]) -> Vec<String> {
        let script = format!("printf '%s\\0' {}", line(words));
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let mut read: Vec<String> = text.split('\0').map(ToOwned::to_owned).collect();
        assert_eq!(read.pop().as_deref(), Some(""));
        read
    }

    #[test]
    fn what_a_shell_would_act_on_stays_text() {
        let words = [
            "pvesh",
            "",
            "$(touch /tmp/x)",
            "`id`",
            "a'b''c",
            "a;b|c&d>e",
            "two\nlines",
            "back\\slash",
            "-n",
            "*",
            "~root",
            "ä€",
            "a=b",
        ]
        .map(ToOwned::to_owned);
        assert_eq!(read_back(&words), words);
        assert_eq!(line(&words[..3]), "pvesh '' '$(touch /tmp/x)'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_words_come_back_as_they_were(words in proptest::collection::vec("[^\0]{0,20}", 1..5)) {
            prop_assert_eq!(read_back(&words), words);
        }
    }
}
