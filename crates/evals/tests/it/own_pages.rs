//! The product is opened on a few pages of our own, asked, and leaves nothing behind.

use std::{path::Path, time::Duration};

use evals::{AnsweredBy, Answers, Product, Question, Report, measure, read_questions};
use llm::{ModelSpec, embed::EmbedderSpec};
use serde_json::{Value, json};
use tempfile::TempDir;

const LAMPS: &str = r#"<html><head><title>Lamps</title></head><body><h1>Lamps</h1>
<h2 id="_colours">Colours of the lamp</h2><p>The lamp of a rack is green while every fan turns. It becomes red
after 45 seconds without air. Another colour is chosen with lampctl --colour blue.</p>
<h2 id="_bulbs">Changing the bulb</h2><p>Loosen the screw of the lamp, turn the bulb to the left and pull it out.
A bulb lives for 9000 hours.</p></body></html>"#;
const DOORS: &str = "# Doors\n\n## Locking the door\n\nThe door of a rack is locked with doorctl --lock. \
A door that stays open for 20 minutes rings a bell.\n";

const COLOUR: &str = "what colour has the lamp of a rack while every fan turns?";
const BULB: &str = "how do I pull the bulb out of the lamp?";
const DOOR: &str = "how is the door of a rack locked?";
const BREAD: &str = "how long does sourdough bread have to rise?";

fn pages() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lamps.html"), LAMPS).unwrap();
    std::fs::write(folder.path().join("doors.md"), DOORS).unwrap();
    folder
}

fn questions() -> Vec<Question> {
    let gold = |section: &str, html: &str| json!([{ "section": section, "html": [html] }]);
    let rows = [
        json!({ "id": "colour", "question": COLOUR, "answerable": true,
                "gold": gold("Colours of the lamp", "lamps.html#_colours") }),
        json!({ "id": "bulb", "question": BULB, "answerable": true,
                "gold": gold("Changing the bulb", "lamps.html#_bulbs") }),
        json!({ "id": "door", "question": DOOR, "answerable": true,
                "gold": gold("Locking the door", "doors.md#locking-the-door") }),
        json!({ "id": "bread", "question": BREAD, "answerable": false }),
    ];
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    read_questions(&lines.join("\n")).unwrap()
}

/// Measures on the pages, and sees to it that the place is as empty afterwards as it was.
async fn measured(embedder: EmbedderSpec, model: ModelSpec, answers: Answers) -> Report {
    let (folder, place) = (pages(), tempfile::tempdir().unwrap());
    let product = Product::open_in(place.path(), folder.path(), embedder, model)
        .await
        .unwrap();
    assert_eq!(entries(place.path()), 1);
    let report = measure(&product, Duration::ZERO, &questions(), 10, answers).await;
    product.close().await;
    assert_eq!(entries(place.path()), 0, "something was left behind");
    assert_eq!(entries(folder.path()), 2);
    report.unwrap()
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// Id, who answered, the answer, and the places it cites.
fn told(report: &Report) -> Vec<(&str, AnsweredBy, &str, Vec<&str>)> {
    report
        .results
        .iter()
        .map(|row| {
            let cited = row.citations.iter().flatten();
            (
                row.id.as_str(),
                row.answered_by.unwrap(),
                row.answer.as_deref().unwrap(),
                cited.map(|citation| citation.html.as_str()).collect(),
            )
        })
        .collect()
}

#[tokio::test]
async fn pages_are_read_into_a_store_of_their_own_and_found() {
    for embedder in [EmbedderSpec::None, EmbedderSpec::Builtin] {
        let report = measured(embedder, ModelSpec::None, Answers::Extract).await;
        assert_eq!((report.recall_at_1, report.mrr), (Some(1.0), Some(1.0)));
        assert_eq!((report.abstain.right, report.abstain.wrong), (1, 0));
        assert_eq!(report.notes, [""; 0]);
        let colour = &report.results[0];
        assert_eq!(
            (
                colour.ranked[0].file.as_str(),
                colour.ranked[0].section.as_str()
            ),
            ("lamps.html", "Lamps > Colours of the lamp")
        );
        let citation = &colour.citations.as_ref().unwrap()[0];
        assert_eq!(citation.html, "lamps.html#_colours");
        assert!(colour.answer.as_ref().unwrap().contains(&citation.quote));
        assert_eq!(report.answers.unwrap().by_documentation, 4);
    }
}

#[tokio::test]
async fn places_alone_are_told_without_an_answer() {
    let report = measured(EmbedderSpec::None, ModelSpec::None, Answers::None).await;
    assert_eq!(report.answers, None);
    assert_eq!((report.abstain.right, report.abstain.wrong), (1, 0));
    assert!(report.results.iter().all(|row| row.answer.is_none()));
}

#[tokio::test]
async fn a_model_answers_from_what_was_found_and_who_answered_is_told() {
    let script = tempfile::NamedTempFile::new().unwrap();
    let turns = json!([
        { "expect": COLOUR, "reply": "It is green while every fan turns [1]. It burns for 900 hours [7]." },
        { "expect": BULB, "reply": "Wait for 12 days [9]." },
        { "expect": DOOR, "reply": { "error": "away" } },
        { "expect": BREAD, "reply": "It rises for 40 minutes." },
    ]);
    std::fs::write(script.path(), turns.to_string()).unwrap();
    let model = ModelSpec::Script {
        file: script.path().to_owned(),
    };
    let report = measured(EmbedderSpec::None, model, Answers::Assistant).await;
    let rows = told(&report);
    assert_eq!(
        rows[0],
        (
            "colour",
            AnsweredBy::Model,
            "It is green while every fan turns [1].\n\n(1 sentence was left out: nothing that was found says so.)",
            vec!["lamps.html#_colours"]
        )
    );
    for (row, (id, place)) in rows[1..3].iter().zip([
        ("bulb", "lamps.html#_bulbs"),
        ("door", "doors.md#locking-the-door"),
    ]) {
        assert_eq!((row.0, row.1), (id, AnsweredBy::Documentation), "{row:?}");
        assert_eq!(row.3[0], place);
        assert!(!row.2.contains("12 days"), "{row:?}");
    }
    assert_eq!(
        (rows[3].0, rows[3].1, rows[3].3.len()),
        ("bread", AnsweredBy::Product, 0)
    );
    assert!(!rows[3].2.contains("40"), "{:?}", rows[3]);
    assert!(report.results[3].abstained);
    let told = report.answers.unwrap();
    assert_eq!(
        (told.by_model, told.by_documentation, told.by_product),
        (1, 2, 1)
    );
    assert_eq!((report.abstain.right, report.abstain.wrong), (1, 0));
}

#[tokio::test]
async fn what_cannot_be_measured_is_told_before_anything_is_asked() {
    let (empty, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let refused = async |folder: &Path, embedder: EmbedderSpec, model: ModelSpec| {
        let opened = Product::open_in(place.path(), folder, embedder, model).await;
        opened.map(|_| ()).unwrap_err().to_string()
    };
    let none = || (EmbedderSpec::None, ModelSpec::None);
    let said = refused(empty.path(), none().0, none().1).await;
    assert!(said.contains("holds no page"), "{said}");
    let said = refused(&empty.path().join("nowhere"), none().0, none().1).await;
    assert!(said.contains("nowhere cannot be read"), "{said}");
    // Nothing listens there.
    let folder = pages();
    let away = "ollama:some-model@http://127.0.0.1:9";
    let said = refused(folder.path(), EmbedderSpec::None, away.parse().unwrap()).await;
    assert!(said.contains("the answers cannot be written"), "{said}");
    let said = refused(folder.path(), away.parse().unwrap(), ModelSpec::None).await;
    assert!(said.contains("makes no vectors of the pages"), "{said}");
    assert_eq!(entries(place.path()), 0);
}
