//! What a sentence forbids, where it can be read without a doubt: "never restart before 22:00". Pure.
//!
//! A word that is not understood makes it a sentence that forbids nothing: the fact is kept as it was said,
//! and no rule is proposed from it.

use super::model::Restriction;

const NEVER: &[&str] = &[
    "never",
    "do not",
    "don't",
    "must not",
    "must never",
    "may not",
    "should never",
    "should not",
    "is never to be",
    "must not be",
    "must never be",
    "may not be",
    "should never be",
    "is not to be",
];
const VERBS: &[(&str, &[&str])] = &[
    ("restart", &["guests.reboot", "guests.reset"]),
    ("restarted", &["guests.reboot", "guests.reset"]),
    ("reboot", &["guests.reboot", "guests.reset"]),
    ("rebooted", &["guests.reboot", "guests.reset"]),
    ("stop", &["guests.stop", "guests.shutdown"]),
    ("stopped", &["guests.stop", "guests.shutdown"]),
    ("shut down", &["guests.stop", "guests.shutdown"]),
    ("shutdown", &["guests.stop", "guests.shutdown"]),
    ("migrate", &["guests.migrate"]),
    ("migrated", &["guests.migrate"]),
    ("move", &["guests.migrate"]),
    ("moved", &["guests.migrate"]),
    ("delete", &["guests.delete"]),
    ("deleted", &["guests.delete"]),
    ("roll back", &["snapshots.rollback"]),
    ("rolled back", &["snapshots.rollback"]),
    ("touch", &["guests.*", "snapshots.*"]),
    ("touched", &["guests.*", "snapshots.*"]),
    ("change", &["guests.*", "snapshots.*"]),
    ("changed", &["guests.*", "snapshots.*"]),
];
const DAYS: &[(&str, &str)] = &[
    ("on weekdays", "mon..fri"),
    ("on weekends", "sat,sun"),
    ("at weekends", "sat,sun"),
    ("on mondays", "mon"),
    ("on tuesdays", "tue"),
    ("on wednesdays", "wed"),
    ("on thursdays", "thu"),
    ("on fridays", "fri"),
    ("on saturdays", "sat"),
    ("on sundays", "sun"),
];

/// The restriction that a text is, about something called `name` or about what is not named.
pub(super) fn restriction(text: &str, name: Option<&str>) -> Option<Restriction> {
    // What stands before the last full stop or semicolon may say something else.
    let mut found = None;
    for sentence in text.split([';', '\n']).flat_map(|part| part.split(". ")) {
        if let Some(one) = sentence_of(sentence, name) {
            if found.is_some() {
                return None;
            }
            found = Some(one);
        } else if NEVER.iter().any(|never| has_words(sentence, never)) {
            // A prohibition that is not understood: no half of it becomes a rule.
            return None;
        }
    }
    found
}

fn has_words(sentence: &str, words: &str) -> bool {
    let lower = format!(" {} ", plain(sentence));
    lower.contains(&format!(" {words} "))
}

/// Small letters, single blanks, no punctuation at the end.
fn plain(sentence: &str) -> String {
    let words: Vec<String> = sentence
        .split_whitespace()
        .map(|word| {
            word.trim_matches(|sign: char| matches!(sign, ',' | '.' | '!' | '"' | '(' | ')'))
                .to_lowercase()
                .replace('’', "'")
        })
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

fn sentence_of(sentence: &str, name: Option<&str>) -> Option<Restriction> {
    let name = name.map(str::to_lowercase);
    let sentence = plain(sentence);
    let mut rest = sentence.as_str();
    for opening in ["please", "it", "this guest", "this vm", "this container"] {
        rest = after(rest, opening).unwrap_or(rest);
    }
    if let Some(name) = &name {
        rest = after(rest, name).unwrap_or(rest);
    }
    rest = longest(rest, NEVER.iter().copied())?.1;
    let (operations, mut rest) = {
        let (verb, rest) = longest(rest, VERBS.iter().map(|(verb, _)| *verb))?;
        let (_, operations) = VERBS.iter().find(|(known, _)| *known == verb)?;
        (*operations, rest)
    };
    for object in ["it", "this guest", "this vm", "this container"] {
        rest = after(rest, object).unwrap_or(rest);
    }
    if let Some(name) = &name {
        rest = after(rest, name).unwrap_or(rest);
    }
    let times = times(rest)?;
    Some(Restriction {
        operations: operations.iter().map(|op| (*op).to_owned()).collect(),
        times,
    })
}

/// "before 22:00", "between 8:00 and 18:00 on weekdays", nothing; all of the rest or it is not understood.
fn times(mut rest: &str) -> Option<Vec<String>> {
    let mut days: Option<&str> = None;
    let mut hours: Option<Vec<String>> = None;
    while !rest.is_empty() {
        if let Some((said, behind)) = longest(rest, DAYS.iter().map(|(said, _)| *said)) {
            if days.is_some() {
                return None;
            }
            days = DAYS
                .iter()
                .find(|(known, _)| *known == said)
                .map(|(_, days)| *days);
            rest = behind;
            continue;
        }
        if hours.is_some() {
            return None;
        }
        if let Some(behind) = after(rest, "before") {
            let (time, behind) = time(behind)?;
            if time == "00:00" {
                return None;
            }
            hours = Some(vec![format!("00:00-{time}")]);
            rest = behind;
        } else if let Some(behind) = after(rest, "after") {
            let (time, behind) = time(behind)?;
            hours = Some(vec![format!("{time}-24:00")]);
            rest = behind;
        } else if let Some(behind) = after(rest, "between").or_else(|| after(rest, "from")) {
            let (from, behind) = time(behind)?;
            let behind = after(behind, "and").or_else(|| after(behind, "to"))?;
            let (to, behind) = time(behind)?;
            if from == to {
                return None;
            }
            hours = Some(vec![format!("{from}-{to}")]);
            rest = behind;
        } else {
            return None;
        }
    }
    Some(match (days, hours) {
        (None, None) => Vec::new(),
        (Some(days), None) => vec![days.to_owned()],
        (None, Some(hours)) => hours,
        (Some(days), Some(hours)) => hours
            .into_iter()
            .map(|hours| format!("{days} {hours}"))
            .collect(),
    })
}

/// `22:00` at the beginning, and what follows.
fn time(text: &str) -> Option<(String, &str)> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (hour, minute) = word.split_once(':')?;
    let number = |digits: &str| {
        ((1..=2).contains(&digits.len()) && digits.bytes().all(|sign| sign.is_ascii_digit()))
            .then(|| digits.parse::<u8>().ok())
            .flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then(|| (format!("{hour:02}:{minute:02}"), rest))
}

/// What follows these words, when the text begins with them.
fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(words)?;
    match rest.strip_prefix(' ') {
        Some(rest) => Some(rest),
        None => rest.is_empty().then_some(rest),
    }
}

fn longest(
    text: &str,
    phrases: impl Iterator<Item = &'static str>,
) -> Option<(&'static str, &str)> {
    phrases
        .filter_map(|phrase| Some((phrase, after(text, phrase)?)))
        .max_by_key(|(phrase, _)| phrase.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        restriction(text, Some("wagon"))
            .map(|found| (found.operations.join(" "), found.times.join(" | ")))
    }

    fn of(operations: &str, times: &str) -> (String, String) {
        (operations.to_owned(), times.to_owned())
    }

    #[test]
    fn plain_prohibitions_are_read() {
        let reboot = "guests.reboot guests.reset";
        for (text, wanted) in [
            ("never restart before 22:00", of(reboot, "00:00-22:00")),
            ("Wagon must never be rebooted.", of(reboot, "")),
            (
                "Do not restart it between 8:00 and 18:30 on weekdays!",
                of(reboot, "mon..fri 08:00-18:30"),
            ),
            (
                "Wagon is the payment server; never stop it after 6:00",
                of("guests.stop guests.shutdown", "06:00-24:00"),
            ),
            (
                "don't migrate wagon on weekends",
                of("guests.migrate", "sat,sun"),
            ),
            (
                "It is for the shop. It must not be deleted",
                of("guests.delete", ""),
            ),
        ] {
            assert_eq!(read(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_to_the_last_word_forbids_nothing() {
        for text in [
            "wagon is the payment server",
            "never restart before lunch",
            "never restart it unless anna agrees",
            "never restart and stop it",
            "never restart quince",
            "never restart before 25:00",
            "never restart before 22:00 after 23:00",
            "never restart before 22:00; never stop it while it rains",
            "never restart it; never stop it",
            "restart it never",
            "we never agreed on a time",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_what_is_read_can_be_a_rule(text in "\\PC{0,80}|(never|don't|restart|stop|it|before|between|and|[0-9]{1,2}:[0-9]{2}|on weekdays| |;){0,12}") {
            if let Some(found) = restriction(&text, Some("wagon")) {
                proptest::prop_assert!(found.check().is_ok(), "{found:?}");
            }
        }
    }
}
