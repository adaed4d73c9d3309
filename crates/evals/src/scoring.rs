//! What counts as a hit, and the figures that follow.

use crate::{
    Question,
    knowledge::{Ranked, Row},
    questions::Gold,
};

/// Shares are of the questions that have an answer; none where there is no such question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    pub answerable: usize,
    pub recall_at_1: Option<f64>,
    pub recall_at_5: Option<f64>,
    pub recall_at_10: Option<f64>,
    /// Mean of 1 / rank, 0 without a hit.
    pub mrr: Option<f64>,
    pub abstained_rightly: usize,
    pub abstained_wrongly: usize,
}

/// Scores results that stand in the order of their questions.
pub fn score(questions: &[Question], results: &[Row]) -> Figures {
    let mut ranks: Vec<Option<usize>> = Vec::new();
    let (mut rightly, mut wrongly) = (0, 0);
    for (question, result) in questions.iter().zip(results) {
        match question.answerable {
            Some(true) => {
                wrongly += usize::from(result.abstained);
                ranks.push(rank(question, &result.ranked));
            }
            Some(false) => rightly += usize::from(result.abstained),
            None => {}
        }
    }
    let share = |sum: f64| (!ranks.is_empty()).then(|| sum / ranks.len() as f64);
    let recall =
        |most: usize| share(ranks.iter().flatten().filter(|rank| **rank <= most).count() as f64);
    Figures {
        answerable: ranks.len(),
        recall_at_1: recall(1),
        recall_at_5: recall(5),
        recall_at_10: recall(10),
        mrr: share(ranks.iter().flatten().map(|rank| 1.0 / *rank as f64).sum()),
        abstained_rightly: rightly,
        abstained_wrongly: wrongly,
    }
}

/// The rank of the first hit, from 1.
fn rank(question: &Question, ranked: &[Ranked]) -> Option<usize> {
    ranked
        .iter()
        .position(|found| is_hit(found, question.gold.iter().chain(&question.also)))
        .map(|at| at + 1)
}

/// A place is a hit when it is one of the gold's places with a fragment, or its file and section, or, where
/// the gold names a page alone, an option of that name on that page. A page alone is none: it would count
/// every option of a list.
pub fn is_hit<'a>(found: &Ranked, gold: impl IntoIterator<Item = &'a Gold>) -> bool {
    let place = last_part(&found.html);
    let page = place.split('#').next().unwrap_or_default();
    let name = option_name(&found.section);
    gold.into_iter().any(|gold| {
        let by_place = gold.html.iter().any(|html| {
            if html.contains('#') {
                place == html
            } else {
                last_part(html) == page && plain(&gold.section) == name
            }
        });
        by_place || found.file == gold.file && found.section == gold.section
    })
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The last title without quotes, leading dashes and what follows a colon.
fn option_name(section: &str) -> String {
    let last = plain(section.rsplit(" > ").next().unwrap_or_default());
    let name = last.split(':').next().unwrap_or_default();
    name.trim_start_matches('-').trim().to_owned()
}

fn plain(title: &str) -> String {
    title
        .replace(['`', '*', '"', '\''], "")
        .trim()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str, section: &str) -> Ranked {
        Ranked {
            file: html.split('#').next().unwrap().to_owned(),
            html: html.to_owned(),
            section: section.to_owned(),
            score: 1.0,
        }
    }

    fn gold(section: &str, html: &str) -> Gold {
        Gold {
            file: "a.adoc".to_owned(),
            section: section.to_owned(),
            anchor: None,
            html: vec![html.to_owned()],
        }
    }

    fn question(answerable: Option<bool>, gold: Vec<Gold>) -> Question {
        Question {
            id: "q".to_owned(),
            question: "why".to_owned(),
            answerable,
            gold,
            also: Vec::new(),
        }
    }

    fn row(ranked: Vec<Ranked>, abstained: bool) -> Row {
        Row {
            id: "q".to_owned(),
            ranked,
            abstained,
            answer: None,
            citations: None,
            answered_by: None,
            answer_seconds: None,
        }
    }

    #[test]
    fn a_place_is_a_hit_and_a_page_alone_is_none() {
        let section = [gold("Modes", "a.html#_modes")];
        assert!(is_hit(&found("docs/a.html#_modes", "A > Modes"), &section));
        assert!(!is_hit(&found("a.html", "A > Modes"), &section));
        let option = [gold("`speed`", "a.html")];
        assert!(is_hit(
            &found("a.html#_options", "A > Options > --speed"),
            &option
        ));
        assert!(is_hit(&found("a.html", "A > speed: <integer>"), &option));
        assert!(!is_hit(&found("a.html#_options", "A > Options"), &option));
        assert!(!is_hit(&found("b.html", "A > speed"), &option));
    }

    #[test]
    fn recall_is_of_the_answerable_and_abstentions_are_counts() {
        let hit = || found("a.html#_modes", "A > Modes");
        let miss = || found("a.html#_other", "A > Other");
        let modes = || vec![gold("Modes", "a.html#_modes")];
        let questions = [
            question(Some(true), modes()),
            question(Some(true), modes()),
            question(Some(false), Vec::new()),
            question(Some(false), Vec::new()),
            question(None, Vec::new()),
        ];
        let results = [
            row(vec![miss(), hit()], true),
            row(vec![miss()], false),
            row(vec![], true),
            row(vec![miss()], false),
            row(vec![], true),
        ];
        assert_eq!(
            score(&questions, &results),
            Figures {
                answerable: 2,
                recall_at_1: Some(0.0),
                recall_at_5: Some(0.5),
                recall_at_10: Some(0.5),
                mrr: Some(0.25),
                abstained_rightly: 1,
                abstained_wrongly: 1,
            }
        );
        assert_eq!(score(&questions[4..], &results[4..]).recall_at_1, None);
    }
}
