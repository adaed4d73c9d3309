//! A message that was pasted from a log: what every such line holds (dates, hosts, `TASK ERROR:`) and what is
//! different on every machine (paths, ids, names in quotes) say nothing about what it means.

use std::borrow::Cow;

/// The message without what surrounds it, where it is one.
pub(crate) fn message(question: &str) -> Option<String> {
    let mut is_log = false;
    let lines: Vec<Cow<'_, str>> = question
        .lines()
        .map(|line| {
            let rest = without_front(line);
            is_log |= rest.len() < line.trim().len();
            Cow::Borrowed(rest)
        })
        .collect();
    let text = lines.join("\n");
    let lower = text.to_lowercase();
    let is_report = is_log
        || OPENINGS
            .iter()
            .any(|opening| lower.trim_start().starts_with(opening))
        || SIGNS.iter().any(|sign| lower.contains(sign));
    if !is_report {
        return None;
    }
    let text = without_phrases(&text);
    let words = without_values(&without_quoted(&text), is_log);
    words.contains(char::is_alphabetic).then_some(words)
}

/// How messages begin that have no mark before them.
const OPENINGS: &[&str] = &[
    "can't ",
    "cannot ",
    "can not ",
    "could not ",
    "couldn't ",
    "unable to ",
    "failed to ",
    "job for ",
    "no such ",
    "command '",
    "command \"",
];
/// What only messages hold.
const SIGNS: &[&str] = &[
    "got timeout",
    "exit code ",
    "exited with ",
    "error: ",
    "failed: ",
];
/// What every message of its kind says.
const PHRASES: &[&str] = &[
    "because the control process exited with error code",
    "because the service did not take the steps required by its unit configuration",
    "because a timeout was exceeded",
    "exited with code 1",
    "exit code 1",
    "exit status 1",
    "- got timeout",
    "task failed:",
    "task error:",
    "error: ",
    "start failed:",
    "command failed",
    "for details",
];
/// What stands before a message.
const MARKS: &[&str] = &[
    "task error",
    "task warnings",
    "task ok",
    "error",
    "err",
    "info",
    "info:",
    "warn",
    "warning",
    "notice",
    "fatal",
    "debug",
    "critical",
    "crit",
    "failed",
    "task failed",
];
const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// A line without dates, times, the host, the process and marks at its front.
fn without_front(line: &str) -> &str {
    let mut rest = line.trim();
    let mut is_dated = false;
    loop {
        let word = rest.split_whitespace().next().unwrap_or_default();
        let behind = |bytes: usize| rest.get(bytes..).unwrap_or_default().trim_start();
        let next = if is_time(word) || is_date(word) {
            is_dated = true;
            behind(word.len())
        } else if is_month(word) && begins_with_a_day(behind(word.len())) {
            is_dated = true;
            let day = behind(word.len());
            let digits = day.find(char::is_whitespace).unwrap_or(day.len());
            day.get(digits..).unwrap_or_default().trim_start()
        } else if is_process(word) {
            behind(word.len())
        } else if is_dated
            && is_process(
                behind(word.len())
                    .split_whitespace()
                    .next()
                    .unwrap_or_default(),
            )
        {
            // The host stands between the date and the process.
            behind(word.len())
        } else if let Some(mark) = mark(rest) {
            behind(mark)
        } else {
            return rest;
        };
        rest = next;
    }
}

/// Bytes of a mark with its colon: `TASK ERROR:`, `[status] notice:`.
fn mark(text: &str) -> Option<usize> {
    if let Some((inside, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_label = inside.len() <= 12 && inside.bytes().all(|byte| byte.is_ascii_lowercase());
        return is_label.then_some(inside.len() + 2);
    }
    let (head, _) = text.split_once(':')?;
    let lower = head.to_lowercase();
    MARKS.contains(&lower.as_str()).then_some(head.len() + 1)
}

fn is_time(word: &str) -> bool {
    let word = word
        .trim_end_matches([':', ',', ']'])
        .trim_start_matches('[');
    word.contains(':')
        && word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b','))
}

/// `2026-03-02`, with or without its time; `12.03.2026`.
fn is_date(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', ',', ':']);
    let mut parts = word.split(['-', '.', 'T']);
    let mut number = || {
        parts
            .next()
            .filter(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
            .map(str::len)
    };
    matches!(
        (number(), number(), number()),
        (Some(4), Some(2), Some(2)) | (Some(2), Some(2), Some(4))
    )
}

fn is_month(word: &str) -> bool {
    word.get(..3)
        .is_some_and(|head| MONTHS.contains(&head.to_lowercase().as_str()))
        && word.len() == 3
}

/// `12 03:14:07`: a day, and a time behind it.
fn begins_with_a_day(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_day = words
        .next()
        .is_some_and(|day| day.len() <= 2 && day.bytes().all(|byte| byte.is_ascii_digit()));
    is_day && words.next().is_some_and(is_time)
}

/// `pvedaemon[2211]:`.
fn is_process(word: &str) -> bool {
    let Some((name, pid)) = word
        .strip_suffix("]:")
        .and_then(|word| word.split_once('['))
    else {
        return false;
    };
    !name.is_empty() && !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_phrases(text: &str) -> String {
    let mut text = text.to_owned();
    for phrase in PHRASES {
        // Only ASCII is made lower case, so that places stay the same.
        while let Some(at) = text.to_ascii_lowercase().find(phrase) {
            text.replace_range(at..at + phrase.len(), " ");
        }
    }
    text
}

/// Without what stands in quotes and is different on every machine: paths but those of the system, and names
/// behind the word for what they name.
fn without_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, quoted) = rest.split_at(at);
        let quote = quoted.get(..1).unwrap_or_default();
        // An apostrophe stands in a word: `can't`.
        let is_inside = before.ends_with(char::is_alphanumeric);
        let inside = quoted.get(1..).unwrap_or_default();
        let end = inside.find(quote).filter(|_| !is_inside);
        out.push_str(before);
        let Some(end) = end else {
            out.push_str(quote);
            rest = inside;
            continue;
        };
        let value = inside.get(..end).unwrap_or_default();
        rest = inside.get(end + 1..).unwrap_or_default();
        let named = before.split_whitespace().next_back().unwrap_or_default();
        if !is_variable(value, named) {
            out.push_str(value);
        }
    }
    out.push_str(rest);
    out
}

fn is_variable(value: &str, named: &str) -> bool {
    let is_one_word = !value.contains(char::is_whitespace);
    if value.starts_with('/') {
        return !is_of_the_system(value);
    }
    is_one_word
        && (NAMED.contains(&named.to_lowercase().as_str())
            || value.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A path that is the same on all machines.
fn is_of_the_system(path: &str) -> bool {
    ["/etc/", "/usr/", "/proc/", "/sys/"]
        .iter()
        .any(|place| path.starts_with(place))
        && !path.bytes().any(|byte| byte.is_ascii_digit())
}

/// Words that a name stands behind.
const NAMED: &[&str] = &[
    "storage",
    "pool",
    "node",
    "host",
    "user",
    "bridge",
    "interface",
    "volume",
    "dataset",
    "group",
    "image",
    "vm",
    "ct",
    "container",
    "file",
    "disk",
    "device",
    "server",
    "job",
    "zone",
    "vnet",
    "domain",
    "realm",
];

/// Without the values of a log's fields (`rhost=10.2.0.9`), paths and addresses; units of services by their names.
fn without_values(text: &str, is_log: bool) -> String {
    let words = text.split_whitespace().filter_map(|word| {
        let bare = word.trim_end_matches([',', ';', '.', ':', ')']);
        if let Some(name) = UNITS.iter().find_map(|unit| bare.strip_suffix(unit)) {
            return Some(name);
        }
        if bare.starts_with('/') && !is_of_the_system(bare) {
            return None;
        }
        match bare.split_once('=') {
            Some((_, value)) if is_log => value
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic())
                .then_some(value),
            _ => Some(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

const UNITS: &[&str] = &[".service", ".timer", ".mount", ".socket", ".target"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_surrounds_a_message_is_left_out() {
        for (pasted, said) in [
            ("TASK ERROR: the wheel is stuck", "the wheel is stuck"),
            ("2026-03-02 01:00:04 INFO: ERROR: no brake", "no brake"),
            (
                "Nov 12 03:14:07 mill3 wheeld[1211]: [status] notice: wheel lost",
                "wheel lost",
            ),
            (
                "wheeld[2211]: refused; rhost=::ffff:10.2.0.9 user=lisa@yard msg=TFA locked",
                "refused; TFA locked",
            ),
            (
                "Job for wheel.service failed because the control process exited with error code.",
                "Job for wheel failed .",
            ),
            (
                "can't lock file '/var/lock/wheel/lock-104.conf' - got timeout",
                "can't lock file",
            ),
            (
                "unable to use storage 'tank' - directory is not mounted: '/mnt/tank'",
                "unable to use storage - directory is not mounted:",
            ),
            (
                "Error: parse error in '/etc/wheel/wheel.cfg'",
                "parse error in /etc/wheel/wheel.cfg",
            ),
        ] {
            assert_eq!(message(pasted).as_deref(), Some(said), "{pasted}");
        }
    }

    #[test]
    fn a_question_is_no_message() {
        for question in [
            "How do I mount '/mnt/tank' in a container?",
            "what does the option 'memory' of qm set do?",
            "May 2 nodes form a cluster?",
            "storage: which types are there?",
            "",
        ] {
            assert_eq!(message(question), None, "{question}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_no_letter_is_invented(text in ".{0,200}") {
            if let Some(said) = message(&text) {
                prop_assert!(said.len() <= text.len() + 1);
                prop_assert!(said.chars().all(|c| c == ' ' || text.contains(c)));
            }
        }
    }
}
