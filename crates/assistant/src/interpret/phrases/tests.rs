//! The rules of phrases over a few made-up operations. What the product declares is tested over its registry.

use std::sync::Arc;

use ops::Risk;
use serde_json::{Value, json};

use super::super::{Focus, Interpretation, Phrasebook, Vocabulary, VocabularyLists, interpret};

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|entry| (*entry).to_owned()).collect()
}

fn book() -> Phrasebook {
    Phrasebook::new([
        (
            "things.move",
            "Move guests",
            Risk::Disruptive,
            &[
                "move {guests:guests} to {target:node}",
                "move {disk:disk} of {guests:guests} to {storage:storage}",
                "+ with [their] local disks => with_local_disks=true",
            ][..],
        ),
        (
            "things.burn",
            "Burn guests",
            Risk::Destructive,
            &["burn {guests:guests}"][..],
        ),
        (
            "things.label",
            "Label guests",
            Risk::Reversible,
            &["label {guests:guests} [as] {add:tags}"][..],
        ),
        (
            "things.pool",
            "Put guests into a pool",
            Risk::Reversible,
            &["put {guests:guests} (in|into) {pool:pool}"][..],
        ),
        (
            "times.plan",
            "Plan an order",
            Risk::Reversible,
            &[
                "{calendar:calendar} {order} => name=@said",
                "{order} {calendar:calendar} => name=@said",
                "+ called {name:word}",
            ][..],
        ),
        (
            "things.look",
            "Look at a storage",
            Risk::Read,
            &["[show] content of {storage:storage}"][..],
        ),
        (
            "things.one",
            "The first meaning",
            Risk::Reversible,
            &["twist {guests:guests}"][..],
        ),
        (
            "things.other",
            "The second meaning",
            Risk::Reversible,
            &["twist {guests:guests}"][..],
        ),
    ])
}

fn known() -> Vocabulary {
    Vocabulary::new(VocabularyLists {
        clusters: strings(&["lab"]),
        nodes: strings(&["pve1", "pve2"]),
        storages: strings(&["ceph", "local-lvm"]),
        pools: strings(&["blue"]),
        tags: strings(&["web"]),
        names: strings(&["web-01", "web-02", "db-1"]),
        tagged: [("web".to_owned(), strings(&["web-01", "web-02"]))]
            .into_iter()
            .collect(),
    })
    .with_phrases(Arc::new(book()))
}

fn read(text: &str) -> Interpretation {
    interpret(text, &known(), &Focus::default())
}

#[track_caller]
fn one(text: &str) -> (&'static str, Value) {
    match read(text) {
        Interpretation::Act(wishes) if wishes.len() == 1 => {
            let wish = wishes.into_iter().next().unwrap();
            (wish.op, wish.input)
        }
        Interpretation::Ask(question) => (question.op, question.input),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn words_and_holes_make_a_wish() {
    assert_eq!(
        one("please move web-01 to pve2, thanks"),
        (
            "things.move",
            json!({ "guests": ["web-01"], "target": "pve2" })
        )
    );
    assert_eq!(
        one("move all web boxes on pve1 to the node pve2 with their local disks"),
        (
            "things.move",
            json!({
                "guests": ["tag=web node=pve1 template=false"], "target": "pve2",
                "with_local_disks": true
            })
        )
    );
    assert_eq!(
        one("move scsi0 of db-1 to ceph"),
        (
            "things.move",
            json!({ "guests": ["db-1"], "disk": "scsi0", "storage": "ceph" })
        )
    );
    assert_eq!(
        one("content of ceph?"),
        ("things.look", json!({ "storage": "ceph" }))
    );
}

#[test]
fn a_place_behind_a_name_belongs_to_what_needs_it() {
    assert_eq!(
        one("put web-01 in pool blue"),
        (
            "things.pool",
            json!({ "guests": ["web-01"], "pool": "blue" })
        )
    );
    assert_eq!(
        one("put all web boxes on pve1 into the blue pool"),
        (
            "things.pool",
            json!({ "guests": ["tag=web node=pve1 template=false"], "pool": "blue" })
        )
    );
}

#[test]
fn orders_of_both_sorts_stand_in_one_sentence() {
    let Interpretation::Act(wishes) =
        read("label web-01 as hot and slow, then move it to pve2 and restart db-1")
    else {
        panic!(
            "{:?}",
            read("label web-01 as hot and slow, then move it to pve2 and restart db-1")
        );
    };
    let found: Vec<_> = wishes
        .iter()
        .map(|wish| (wish.op, wish.input.to_string()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "things.label",
                r#"{"add":["hot","slow"],"guests":["web-01"]}"#.to_owned()
            ),
            (
                "things.move",
                r#"{"guests":["web-01"],"target":"pve2"}"#.to_owned()
            ),
            ("guests.reboot", r#"{"guests":["db-1"]}"#.to_owned()),
        ]
    );
}

#[test]
fn an_order_with_a_time_that_comes_again_is_one_wish() {
    let nightly = |name: &str| {
        (
            "times.plan",
            json!({
                "calendar": "02:30", "op": "guests.reboot",
                "input": { "guests": ["tag=web template=false"] }, "name": name
            }),
        )
    };
    assert_eq!(
        one("every night at 02:30 restart all web boxes"),
        nightly("every-night-at-02-30-restart-all-web-box")
    );
    assert_eq!(
        one("restart all web boxes every night at 2:30 am called nightly-web"),
        nightly("nightly-web")
    );
    for (said, event) in [
        ("every monday at 3pm", "mon 15:00"),
        ("every monday and thursday at 03:05", "mon,thu 03:05"),
        ("on sundays at noon", "sun 12:00"),
        ("every weekday at 6:30", "mon..fri 06:30"),
        ("at midnight every day", "00:00"),
        ("every 15 minutes", "*:0/15"),
        ("every 2 hours", "0/2:00"),
        ("hourly", "hourly"),
    ] {
        let (op, input) = one(&format!("restart web-01 {said}"));
        assert_eq!(
            (op, input["calendar"].as_str()),
            ("times.plan", Some(event)),
            "{said}"
        );
    }
}

#[test]
fn what_is_missing_is_asked_with_what_there_is() {
    for (text, question, options) in [
        (
            "move web-01",
            "which node",
            &["move web-01 to pve1", "move web-01 to pve2"][..],
        ),
        (
            "move scsi0 of web-01 to",
            "which storage",
            &[
                "move scsi0 of web-01 to ceph",
                "move scsi0 of web-01 to local-lvm",
            ],
        ),
        ("label web-01", "which tag", &[]),
        ("burn", "which guests", &[]),
        ("every night restart web-01", "At what time", &[]),
        ("restart web-01 every night", "At what time", &[]),
        (
            "move web-01 to pve3",
            "no node",
            &["move web-01 to pve1", "move web-01 to pve2"],
        ),
        ("mvoe web-01 to pve2", "\"move\"", &["move web-01 to pve2"]),
        ("twist web-01", "The second meaning", &[]),
    ] {
        let Interpretation::Clarify {
            question: asked,
            options: found,
        } = read(text)
        else {
            panic!("{text}: {:?}", read(text));
        };
        assert!(asked.contains(question), "{text}: {asked}");
        let found: Vec<_> = found.iter().map(|option| option.text.as_str()).collect();
        assert_eq!(found, options, "{text}");
    }
}

#[test]
fn nothing_is_wished_when_a_word_is_left_over_or_the_meaning_is_another() {
    for text in [
        "don't move web-01 to pve2",
        "never burn web-01",
        "how do I move web-01 to pve2?",
        "should I burn web-01?",
        "move web-01 to pve2 if it is idle",
        "move web-01 to pve2 tomorrow",
        "burn web-01 at 22:00",
        "I moved web-01 to pve2",
        "\"burn web-01\"",
        "move web-01 to pve2 and",
        "label web-01 as blue and web-02 as red",
        "burn web-01 web-02",
        "brun web-01",
        "burn everything",
        "burn all vms",
        "every night burn",
        "every 7 minutes restart web-01",
        "restart web-01 at 25:00 every day",
        "burn it",
    ] {
        let found = read(text);
        assert!(
            !matches!(found, Interpretation::Act(_)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn what_cannot_be_taken_back_is_never_wished_of_an_it_from_before() {
    let focus = Focus {
        guests: strings(&["lab/pve1/101"]),
        ..Focus::default()
    };
    let Interpretation::Clarify { options, .. } = interpret("burn it", &known(), &focus) else {
        panic!("{:?}", interpret("burn it", &known(), &focus));
    };
    let texts: Vec<_> = options.iter().map(|option| option.text.as_str()).collect();
    assert_eq!(texts, ["burn lab/pve1/101"]);
    assert!(matches!(
        interpret("move it to pve2", &known(), &focus),
        Interpretation::Act(_)
    ));
}
