//! What people give on a command line in place of an input's value.

use std::{fs, io::Read as _};

use serde_json::Value;

/// More is no text that somebody wrote.
const MOST_BYTES: u64 = 1 << 20;

pub(crate) fn parse_json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("{error}; write it as JSON: '{{\"name\": \"value\"}}'"))
}

/// The text itself, or where it stands: one line names a file, `-` is the standard input.
pub(crate) fn text_or_file(given: &str) -> Result<String, String> {
    if given.contains('\n') {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    let read = if given == "-" {
        std::io::stdin().take(MOST_BYTES).read_to_string(&mut text)
    } else {
        fs::File::open(given).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("the file cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_file_and_several_are_the_text_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        fs::write(&file, "name: a\n").unwrap();
        assert_eq!(text_or_file(file.to_str().unwrap()).unwrap(), "name: a\n");
        assert_eq!(
            text_or_file("name: a\nsteps: []").unwrap(),
            "name: a\nsteps: []"
        );
        let told = text_or_file("nowhere.yaml").unwrap_err();
        assert!(told.starts_with("the file cannot be read: "), "{told}");
    }

    #[test]
    fn what_is_no_json_is_told_with_an_example() {
        let told = parse_json("not json").unwrap_err();
        assert!(
            told.ends_with("; write it as JSON: '{\"name\": \"value\"}'"),
            "{told}"
        );
    }
}
