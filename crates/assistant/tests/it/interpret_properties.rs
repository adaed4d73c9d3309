//! What must hold for any text: no panic, and choices that need no further question.

use std::time::Instant;

use assistant::interpret::{Focus, Interpretation, Vocabulary, VocabularyLists, interpret};
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "restart",
    "stop",
    "start",
    "shut",
    "down",
    "turn",
    "off",
    "on",
    "snapshot",
    "delete",
    "take",
    "a",
    "of",
    "called",
    "all",
    "the",
    "every",
    "vms",
    "containers",
    "boxes",
    "box",
    "vm",
    "guest",
    "running",
    "stopped",
    "tagged",
    "in",
    "pool",
    "node",
    "cluster",
    "except",
    "but",
    "not",
    "and",
    "or",
    ",",
    "then",
    "it",
    "them",
    "this",
    "please",
    "can you",
    "?",
    "101",
    "105-110",
    "to",
    "between",
    "from",
    "with",
    "without",
    "memory",
    "if",
    "how many",
    "which",
    "is",
    "are",
    "status",
    "list",
    "what",
    "does",
    "have",
    "snapshots",
    "that",
    "everything",
    "both",
    "ember-01",
    "ember 2",
    "embr-01",
    "ember",
    "onyx",
    "onyx-1",
    "raven",
    "lyra",
    "blue",
    "north",
    "\"ember-01\"",
    "ember-*",
    "tag=onyx",
    "!ember-01",
    "ember-01's",
    "north/lyra/101",
    "#101",
    "force",
    "gracefully",
    "timeout",
    "5",
    "minutes",
    ".",
    "!",
    "(",
    "—",
    "to ember-03",
];

fn vocabulary(names: Vec<String>, tags: Vec<String>) -> Vocabulary {
    let strings = |list: &[&str]| {
        list.iter()
            .map(|entry| (*entry).to_owned())
            .collect::<Vec<_>>()
    };
    let mut all = strings(&[
        "ember-01", "ember-02", "ember-03", "onyx-1", "onyx-2", "raven", "Raven",
    ]);
    all.extend(names);
    let mut all_tags = strings(&["onyx", "raven"]);
    all_tags.extend(tags);
    Vocabulary::new(VocabularyLists {
        clusters: strings(&["north", "south"]),
        nodes: strings(&["lyra", "lyra", "vega"]),
        storages: strings(&["vega", "ceph"]),
        pools: strings(&["blue", "north"]),
        tags: all_tags,
        names: all,
        tagged: [("onyx".to_owned(), strings(&["onyx-1"]))]
            .into_iter()
            .collect(),
    })
}

fn check_choices(text: &str, known: &Vocabulary, focus: &Focus) -> Result<(), TestCaseError> {
    if let Interpretation::Clarify { options, .. } = interpret(text, known, focus) {
        for option in options {
            let again = interpret(&option.text, known, focus);
            prop_assert!(
                matches!(again, Interpretation::Act(_) | Interpretation::Ask(_)),
                "{text:?} -> {:?} -> {again:?}",
                option.text
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_row_of_known_words_is_read_without_panic_and_asked_back_with_certain_choices(
        words in prop::collection::vec(prop::sample::select(WORDS), 1..14),
        with_focus in any::<bool>(),
    ) {
        let known = vocabulary(Vec::new(), Vec::new());
        let focus = if with_focus {
            Focus {
                guests: vec!["north/lyra/101".to_owned(), "raven".to_owned()],
                node: Some("vega".to_owned()),
                snapshot_name: Some("auto-1".to_owned()),
            }
        } else {
            Focus::default()
        };
        check_choices(&words.join(" "), &known, &focus)?;
    }

    #[test]
    fn any_text_and_any_vocabulary_is_read_without_panic(
        text in "\\PC{0,80}",
        names in prop::collection::vec("\\PC{0,12}|[a-z]{1,5}[-_.]?[0-9]{0,3}", 0..8),
        tags in prop::collection::vec("[a-z]{1,6}", 0..4),
    ) {
        let known = vocabulary(names.clone(), tags);
        check_choices(&text, &known, &Focus::default())?;
        for name in names {
            check_choices(&format!("restart {name}"), &known, &Focus::default())?;
        }
    }
}

#[test]
fn ten_thousand_names_are_prepared_and_read_quickly() {
    const ROOTS: &[&str] = &[
        "falcon", "granite", "harbor", "juniper", "kestrel", "nimbus", "quartz", "tundra",
        "willow", "zephyr",
    ];
    let names: Vec<String> = (0..10_000)
        .map(|number| {
            format!(
                "{}-{:04}",
                ROOTS[number % ROOTS.len()],
                number / ROOTS.len()
            )
        })
        .collect();
    let tagged = ROOTS
        .iter()
        .map(|root| {
            (
                (*root).to_owned(),
                names
                    .iter()
                    .filter(|name| name.starts_with(root))
                    .cloned()
                    .collect(),
            )
        })
        .collect();
    let lists = VocabularyLists {
        names,
        tagged,
        tags: ROOTS.iter().map(|root| (*root).to_owned()).collect(),
        nodes: (0..100).map(|number| format!("node-{number:03}")).collect(),
        ..VocabularyLists::default()
    };
    let started = Instant::now();
    let known = Vocabulary::new(lists);
    println!("10,000 names prepared in {:?}", started.elapsed());
    assert_eq!(known.name_count(), 10_000);
    for text in [
        "restart falcon-0500",
        "restart falcon 7",
        "restart flacon-0500",
        "restart zzzzzzzzz",
        "restart all the falcon boxes on node-003 except falcon-0001 and falcon-0002",
        "how many quartz vms are running on node-001?",
        "stop harbro-0001, gra-nite-001 and tundar-0003 if it is down",
    ] {
        let started = Instant::now();
        let meaning = interpret(text, &known, &Focus::default());
        let took = started.elapsed();
        let kind = match meaning {
            Interpretation::Act(_) => "order",
            Interpretation::Ask(_) => "question",
            Interpretation::Clarify { .. } => "asked back",
            Interpretation::NotUnderstood { .. } => "refused",
        };
        println!("{took:>12?}  {kind:10}  {text}");
    }
}
