//! What people say, in five languages, and what the documentation of Proxmox VE calls it.
//!
//! An entry is found when all words of one of its phrases stand side by side in the question; German
//! compounds are found by their beginning (`backup*`), scripts without blanks anywhere.

mod cluster;
mod guests;
mod storage;
mod system;

use crate::words::Words;

/// Phrases that people use (`a|b`, lower case, without accents), and the documentation's words.
type Entry = (&'static str, &'static str);

/// Several entries may apply to one question.
const TABLES: [&[Entry]; 4] = [
    guests::ENTRIES,
    storage::ENTRIES,
    cluster::ENTRIES,
    system::ENTRIES,
];

/// The words of the documentation for what `question` says, in the order of the table.
pub(crate) fn meanings(question: &str) -> impl Iterator<Item = &'static str> {
    let plain = folded(question);
    let tokens: Vec<String> = tokens(&plain);
    let words = Words::default();
    let stems: Vec<String> = tokens.iter().map(|token| words.stem(token)).collect();
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .filter(move |(phrases, _)| {
            phrases
                .split('|')
                .any(|phrase| stands(phrase.trim(), &plain, &tokens, &stems, &words))
        })
        .map(|(_, meaning)| *meaning)
}

fn stands(phrase: &str, plain: &str, tokens: &[String], stems: &[String], words: &Words) -> bool {
    if !phrase.is_ascii() && phrase.chars().any(|c| u32::from(c) > 0x2e7f) {
        return plain.contains(phrase);
    }
    let parts: Vec<&str> = phrase.split(' ').collect();
    (0..tokens.len()).any(|from| {
        parts.iter().enumerate().all(|(offset, part)| {
            let (Some(token), Some(stem)) = (tokens.get(from + offset), stems.get(from + offset))
            else {
                return false;
            };
            match part.strip_suffix('*') {
                Some(beginning) => token.starts_with(beginning),
                None => token == part || *stem == words.stem(part),
            }
        })
    })
}

/// Lower case, without the accents that people leave out as often as not.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' | 'à' | 'á' | 'â' | 'ã' => out.push('a'),
            'ö' | 'ó' | 'ò' | 'ô' => out.push('o'),
            'ü' | 'ú' | 'ù' | 'û' => out.push('u'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ç' => out.push('c'),
            'ß' => out.push_str("ss"),
            '’' => out.push('\''),
            other => out.push(other),
        }
    }
    out
}

fn tokens(plain: &str) -> Vec<String> {
    plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-' || c == '_'))
        .flat_map(|word| word.split('\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_written_as_questions_are_compared() {
        for (phrases, meaning) in TABLES.iter().flat_map(|table| table.iter()) {
            for phrase in phrases.split('|') {
                let is_cjk = phrase.chars().any(|c| u32::from(c) > 0x2e7f);
                assert!(!phrase.trim().is_empty(), "{phrases}");
                assert!(is_cjk || folded(phrase) == phrase, "{phrase}");
                assert!(is_cjk || phrase.is_ascii(), "{phrase}");
            }
            assert!(!meaning.is_empty(), "{phrases}");
        }
    }

    #[test]
    fn compounds_are_found_by_their_beginning_and_phrases_only_whole() {
        let has = |question: &str, word: &str| {
            meanings(question).any(|meaning| meaning.split(' ').any(|each| each == word))
        };
        assert!(has("Wie lange werden Sicherungen aufbewahrt?", "retention"));
        assert!(has("shut down at 3", "stop"));
        assert!(!has("down the road", "poweroff"));
    }
}
