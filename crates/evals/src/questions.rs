//! Rows of a set of questions: one JSON object a line. Only `id` and `question` are needed; what is right
//! (`answerable`, `gold`) is for scoring alone.

use std::collections::HashSet;

use serde::Deserialize;

use crate::Error;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Question {
    pub id: String,
    pub question: String,
    /// Whether the documentation holds an answer; absent in rows that are only asked.
    pub answerable: Option<bool>,
    /// Sections that answer it: one of them is enough.
    #[serde(default)]
    pub gold: Vec<Gold>,
    /// Further sections that answer it.
    #[serde(default)]
    pub also: Vec<Gold>,
}

/// A section that answers a question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Gold {
    #[serde(default)]
    pub file: String,
    /// Its title, or the name of an option.
    #[serde(default)]
    pub section: String,
    pub anchor: Option<String>,
    /// `page.html#fragment`; a page alone for one option of a list.
    #[serde(default)]
    pub html: Vec<String>,
}

/// Reads the rows; empty lines are left out.
pub fn read_questions(text: &str) -> Result<Vec<Question>, Error> {
    let mut rows: Vec<Question> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |reason: String| Error::Row {
            line: at + 1,
            reason,
        };
        let row: Question = serde_json::from_str(line).map_err(|error| wrong(reason(&error)))?;
        if row.question.trim().is_empty() {
            return Err(wrong(format!("the question of `{}` is empty", row.id)));
        }
        if !seen.insert(row.id.clone()) {
            return Err(wrong(format!("the id `{}` stands here again", row.id)));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(Error::NoQuestions);
    }
    Ok(rows)
}

/// So many of the questions, evenly spread over the set: the same ones each time.
pub fn sample(questions: Vec<Question>, wanted: usize) -> Vec<Question> {
    let all = questions.len();
    if wanted >= all {
        return questions;
    }
    let chosen: HashSet<usize> = (0..wanted).map(|nth| nth * all / wanted).collect();
    let numbered = questions.into_iter().enumerate();
    numbered
        .filter(|(at, _)| chosen.contains(at))
        .map(|(_, question)| question)
        .collect()
}

/// What the parser says, without its place: each row is a line of its own.
fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    match said.rsplit_once(" at line ") {
        Some((said, _)) => said.to_owned(),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_needs_no_more_than_an_id_and_a_question() {
        let rows =
            read_questions("\n{\"id\":\"a\",\"question\":\"why\",\"lang\":\"en\"}\n").unwrap();
        assert_eq!(
            rows,
            [Question {
                id: "a".to_owned(),
                question: "why".to_owned(),
                answerable: None,
                gold: Vec::new(),
                also: Vec::new(),
            }]
        );
    }

    #[test]
    fn a_row_that_cannot_be_asked_is_named_by_its_line() {
        let said = |text: &str| read_questions(text).unwrap_err().to_string();
        let good = "{\"id\":\"a\",\"question\":\"why\"}\n";
        assert_eq!(
            [
                said(&format!("{good}{{\"id\":\"b\"}}")),
                said(&format!("{good}\n{good}")),
                said("{\"id\":\"b\",\"question\":\" \"}"),
                said("nothing"),
                said("\n"),
            ],
            [
                "line 2: missing field `question`",
                "line 3: the id `a` stands here again",
                "line 1: the question of `b` is empty",
                "line 1: expected ident",
                "there is no question in it: one JSON object a line was looked for",
            ]
        );
    }

    #[test]
    fn a_sample_is_spread_over_the_whole_set_and_the_same_each_time() {
        let rows = || {
            let lines: Vec<String> = (0..10)
                .map(|at| format!("{{\"id\":\"{at}\",\"question\":\"why\"}}"))
                .collect();
            read_questions(&lines.join("\n")).unwrap()
        };
        let ids = |wanted: usize| -> Vec<String> {
            sample(rows(), wanted)
                .into_iter()
                .map(|row| row.id)
                .collect()
        };
        assert_eq!(ids(3), ["0", "3", "6"]);
        assert_eq!(ids(10).len(), 10);
        assert_eq!(ids(99).len(), 10);
    }
}
