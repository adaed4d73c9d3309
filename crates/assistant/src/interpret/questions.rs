//! Questions: what is there, in which state, where, how much.
//!
//! Every rule is tried from the beginning of the sentence and counts only when it covers all of it.
//! A question changes nothing, so "the vms" is as good as "all vms" here; a name that does not exist
//! is asked back as in an order.

use serde_json::{Value, json};

use super::cursor::Cursor;
use super::doubt::{Doubt, Reading, explain, left_over};
use super::filters::{filters, status_condition};
use super::items::target;
use super::lexer::Token;
use super::lexicon::{state, verb};
use super::measures::{Measure, in_use, take_comparison, take_measure};
use super::orders::opening;
use super::place_questions::{place_entry, places, space};
use super::targets::{About, Condition, Group, Item, Target};
use super::vocabulary::{Kind, Vocabulary};
use super::{Answer, Focus, Question, phrases};

/// A rule: `None` when the sentence does not begin like it, a doubt when it does and goes wrong.
type Rule = fn(&mut Cursor<'_>) -> Reading<Option<Question>>;

const RULES: &[Rule] = &[
    help, runs, snapshots, places, space, how_many, which, status, extreme, where_is, field, list,
];

pub(super) const LIST: &[&str] = &[
    "list",
    "show",
    "show me",
    "display",
    "get",
    "get me",
    "give me",
    "print",
    "view",
    "see",
    "let me see",
    "find",
    "what are",
    "which are",
    "enumerate",
    "i want to see",
    "give me a list of",
    "list of",
];
pub(super) const STATUS: &[&str] = &[
    "status of",
    "the status of",
    "state of",
    "the state of",
    "health of",
    "the health of",
    "what is the status of",
    "what's the status of",
    "what is the state of",
    "what's the state of",
    "show the status of",
    "show me the status of",
    "show status of",
    "get the status of",
    "give me the status of",
    "how is",
    "how are",
    "how's",
    "check on",
    "check",
];
pub(super) const SHOW: &[&str] = &[
    "describe",
    "details of",
    "details for",
    "details on",
    "details about",
    "show details of",
    "show me details of",
    "show the details of",
    "show me the details of",
    "info on",
    "info about",
    "information on",
    "information about",
    "tell me about",
    "tell me more about",
    "show me info on",
];
pub(super) const EXISTENCE: &[&str] = &[
    "are there",
    "is there",
    "exist",
    "exists",
    "do i have",
    "do we have",
    "have i got",
    "have we got",
    "are there in total",
    "in total",
    "there are",
];

const TELL: &[&str] = &[
    "can you tell me",
    "could you tell me",
    "do you know",
    "i want to know",
    "tell me",
];
const HELP: &[&str] = &[
    "help",
    "help me",
    "what can you do",
    "what can i do",
    "what can i say",
    "what can i ask",
    "what do you understand",
    "how do i use this",
    "how do i use you",
    "how does this work",
    "commands",
    "usage",
    "what are you able to do",
];
const HAPPENED: &[&str] = &[
    "what happened recently",
    "what happened lately",
    "what happened",
];
const ANYTHING: &[&str] = &[
    "what is",
    "what's",
    "what runs",
    "which is",
    "what",
    "which",
    "who is",
    "are there any",
    "is there any",
    "are there",
    "is anything",
    "do i have any",
    "do we have any",
    "anything",
    "do i have",
    "do we have",
    "are any",
    "any",
];
const HAVE: &[&str] = &[
    "use",
    "uses",
    "using",
    "have",
    "has",
    "with",
    "are using",
    "is using",
    "have been up for",
    "have an uptime of",
];
const ON_WHICH_NODE: &[&str] = &[
    "which node is",
    "what node is",
    "which host is",
    "what host is",
    "on which node is",
    "on what node is",
    "which node are",
];
const HOSTS: &[&str] = &[
    "which node hosts",
    "which node runs",
    "what node hosts",
    "which host runs",
    "which node has",
];
const RUNS: &[&str] = &[
    "run history",
    "runs",
    "run",
    "history",
    "activity",
    "operations",
    "actions",
];

/// The question a sentence asks.
pub(super) fn question(
    text: &str,
    tokens: &[Token],
    vocabulary: &Vocabulary,
    focus: &Focus,
) -> Reading<Question> {
    let mut start = Cursor::new(text, tokens, vocabulary, focus);
    start.question = true;
    opening(&mut start);
    if start.finish() {
        return Err(Doubt::no("There is nothing to do in this message"));
    }
    if !matches!(start.word_at(2), "about" | "more") {
        start.take_longest(TELL);
    }
    let mut furthest = match phrases::question(&mut start.clone()) {
        Ok(found) => return Ok(found),
        Err(halt) => halt.filter(|(at, _)| *at > start.at),
    };
    for rule in RULES {
        let mut cursor = start.clone();
        let doubt = match rule(&mut cursor) {
            Ok(Some(found)) => {
                if cursor.finish() {
                    return Ok(found);
                }
                left_over(&cursor)
            }
            Ok(None) => continue,
            Err(doubt) => doubt,
        };
        if furthest.as_ref().is_none_or(|(at, _)| cursor.at > *at) {
            furthest = Some((cursor.at, doubt));
        }
    }
    if speaks_of_acting(tokens)
        && let Some(doubt) = explain(tokens)
    {
        return Err(doubt);
    }
    match furthest {
        // Asking back, or a rule that came somewhere, knows best what is wrong.
        Some((_, doubt @ Doubt::Ask { .. })) => Err(doubt),
        Some((at, doubt)) if at > start.at => Err(doubt),
        Some(_) | None => Err(explain(tokens)
            .filter(|_| speaks_of_acting(tokens))
            .unwrap_or_else(|| left_over(&start))),
    }
}

/// Whether a verb of an order occurs, in whatever form.
fn speaks_of_acting(tokens: &[Token]) -> bool {
    const STEMS: &[&str] = &[
        "start", "restart", "reboot", "stop", "kill", "shut", "delet", "remov",
    ];
    tokens.iter().any(|token| {
        verb(&[token.text.as_str()]).is_some()
            || STEMS.iter().any(|stem| token.text.starts_with(stem))
    })
}

pub(super) fn ask(
    op: &'static str,
    input: Value,
    answer: Answer,
    said: impl Into<String>,
) -> Question {
    Question {
        op,
        input,
        answer,
        said: said.into(),
    }
}

fn of_guests(target: &Target, answer: Answer, said: &str) -> Question {
    let input = json!({ "guests": target.selectors() });
    ask(
        "inventory.list",
        input,
        answer,
        format!("{said} {}", target.said()),
    )
}

#[expect(clippy::unnecessary_wraps, reason = "rules share one signature")]
fn help(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let known = cursor.take_longest(HELP).is_some();
    Ok(known.then(|| {
        ask(
            "operations.list",
            json!({}),
            Answer::Help,
            "what can be asked for",
        )
    }))
}

#[expect(clippy::unnecessary_wraps, reason = "rules share one signature")]
fn runs(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let input =
        |limit: Option<u64>| limit.map_or_else(|| json!({}), |limit| json!({ "limit": limit }));
    if cursor.take_longest(HAPPENED).is_some() {
        return Ok(Some(ask(
            "runs.list",
            input(None),
            Answer::List,
            "the latest runs",
        )));
    }
    cursor.take_longest(LIST);
    cursor.take_longest(&["all", "all the", "the", "my", "our"]);
    cursor.take_any(&["recent", "last", "latest", "past", "previous"]);
    let limit = cursor
        .word()
        .parse::<u64>()
        .ok()
        .filter(|limit| (1..=1_000).contains(limit));
    if limit.is_some() {
        cursor.at += 1;
    }
    let known = cursor.take_longest(RUNS).is_some();
    Ok(known.then(|| ask("runs.list", input(limit), Answer::List, "the latest runs")))
}

fn snapshots(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    const NOUNS: &[&str] = &["snapshots", "snapshot"];
    const OF: &[&str] = &["of", "for", "on", "from"];
    let counted = cursor.take("how many");
    let asked = counted || cursor.take_any(&["what", "which"]).is_some();
    let answer = if counted { Answer::Count } else { Answer::List };
    let about = |target: Option<&Target>| {
        let input = target.map_or_else(
            || json!({}),
            |target| json!({ "guests": target.selectors() }),
        );
        let of = target.map_or_else(String::new, |target| format!(" of {}", target.said()));
        ask(
            "snapshots.list",
            input,
            answer.clone(),
            format!("snapshots{of}"),
        )
    };
    if !asked && cursor.take_any(&["does", "do", "has", "have"]).is_some() {
        if !cursor
            .tokens
            .iter()
            .any(|token| NOUNS.contains(&token.text.as_str()))
        {
            return Ok(None);
        }
        let target = target(cursor)?;
        cursor.take("have");
        cursor.take_any(&["any", "a"]);
        return Ok(cursor.take_any(NOUNS).map(|_| about(Some(&target))));
    }
    if !asked {
        cursor.take_longest(LIST);
        cursor.take_longest(EXISTENCE);
        cursor.take_longest(&["all the", "all", "the", "my", "our", "any", "every"]);
        if cursor.token().is_some_and(|token| token.possessive) {
            let target = target(cursor)?;
            return Ok(cursor.take_any(NOUNS).map(|_| about(Some(&target))));
        }
    }
    if cursor.take_any(NOUNS).is_none() {
        return Ok(None);
    }
    cursor.take("list");
    if asked
        && cursor.take_any(&["does", "do", "has", "have"]).is_some()
        && !matches!(cursor.word(), "i" | "we")
    {
        let target = target(cursor)?;
        cursor.take("have");
        return Ok(Some(about(Some(&target))));
    }
    cursor.take_longest(&[
        "do i have",
        "do we have",
        "i have",
        "we have",
        "are there",
        "exist",
        "there are",
    ]);
    if cursor.take_any(OF).is_some() {
        let target = target(cursor)?;
        return Ok(Some(about(Some(&target))));
    }
    Ok(Some(about(None)))
}

/// "how many vms are running on pve2"
fn how_many(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    if !cursor.take("how many") {
        return Ok(None);
    }
    let mut probe = cursor.clone();
    if let Some(measure) = take_measure(&mut probe)
        && probe.take_any(&["does", "do"]).is_some()
        && !matches!(probe.word(), "i" | "we")
    {
        *cursor = probe;
        let target = target(cursor)?;
        cursor.take_any(&["have", "use"]);
        return Ok(Some(of_guests(
            &target,
            Answer::Field {
                measure,
                about: Vec::new(),
            },
            "one figure of",
        )));
    }
    let mut target = target(cursor)?;
    predicate(cursor, &mut target)?;
    Ok(Some(of_guests(&target, Answer::Count, "the number of")))
}

/// "which containers are stopped", "what runs on pve1", "which vms use more than 4 GB of memory"
fn which(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let Some(intro) = cursor.take_longest(ANYTHING) else {
        return Ok(None);
    };
    if matches!(
        intro,
        "what is" | "what's" | "what runs" | "who is" | "which is" | "is anything" | "anything"
    ) {
        let mut target = everything();
        if intro == "what runs" {
            narrow(&mut target, &status_condition("running"))?;
        }
        let before = cursor.at;
        predicate(cursor, &mut target)?;
        return Ok((cursor.at > before || intro == "what runs")
            .then(|| of_guests(&target, Answer::List, "the list of")));
    }
    let mut target = target(cursor)?;
    let here = cursor.at;
    cursor.take_longest(HAVE);
    if let Some((measure, comparison, value)) = take_comparison(cursor)? {
        let used = cursor
            .tokens
            .get(here)
            .is_some_and(|token| token.text.starts_with("us"));
        let measure = if used { in_use(measure) } else { measure };
        return Ok(Some(of_guests(
            &target,
            Answer::Which {
                measure,
                comparison,
                value,
            },
            "a comparison of",
        )));
    }
    cursor.at = here;
    predicate(cursor, &mut target)?;
    Ok(Some(of_guests(&target, Answer::List, "the list of")))
}

fn everything() -> Target {
    Target {
        items: vec![Item::Group(Group::default())],
        ..Target::default()
    }
}

/// "… are running", "… run on pve2", "… are there", "… does pve2 have", behind the subject.
fn predicate(cursor: &mut Cursor<'_>, target: &mut Target) -> Reading<()> {
    cursor.take_longest(EXISTENCE);
    if let Some(verb) = cursor.take_any(&["does", "do"]) {
        // "does node pve2 have"
        cursor.take_any(&["node", "cluster"]);
        let found = [Kind::Node, Kind::Cluster]
            .into_iter()
            .find_map(|kind| Some((kind, place_entry(cursor, kind)?)));
        let (true, Some((kind, entry))) = (verb == "does", found) else {
            return Err(left_over(cursor));
        };
        if cursor.take_any(&["have", "host", "run", "hold"]).is_none() {
            return Err(left_over(cursor));
        }
        let said = format!("on {} {entry}", kind.key());
        return narrow(
            target,
            &Condition::new(About::Place, format!("{}={entry}", kind.key()), said),
        );
    }
    if cursor.take_any(&["run", "runs"]).is_some() {
        narrow(target, &status_condition("running"))?;
    } else {
        cursor.take_any(&["are", "is"]);
        let negated = cursor.take("not");
        cursor.take_any(&["currently", "still", "now"]);
        if let Some(meaning) = state(cursor.word()) {
            cursor.at += 1;
            let condition = status_condition(meaning);
            narrow(
                target,
                &if negated {
                    condition.negated()
                } else {
                    condition
                },
            )?;
        } else if negated {
            return Err(left_over(cursor));
        }
    }
    for condition in filters(cursor)? {
        narrow(target, &condition)?;
    }
    cursor.take_longest(EXISTENCE);
    Ok(())
}

/// Adds a condition to every part of a target.
fn narrow(target: &mut Target, condition: &Condition) -> Reading<()> {
    if !target.exceptions.is_empty() {
        return Err(Doubt::no(
            "I cannot tell whether the last words belong to the exception",
        ));
    }
    for item in &mut target.items {
        let conditions = match item {
            Item::One { conditions, .. } | Item::Range { conditions, .. } => conditions,
            Item::Group(group) => &mut group.conditions,
        };
        if !conditions.contains(condition) {
            conditions.push(condition.clone());
        }
    }
    Ok(())
}

/// "is web-01 running?", "status of web-01", "web-01 status"
fn status(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let about = Vec::new();
    if cursor.take_longest(STATUS).is_some() {
        let target = target(cursor)?;
        cursor.take("doing");
        return Ok(Some(of_guests(
            &target,
            Answer::Status {
                expected: None,
                about,
            },
            "the state of",
        )));
    }
    if cursor.take_any(&["is", "are"]).is_none() {
        return Ok(None);
    }
    // The state word behind is the question, not a description of the guests.
    let mut target = bare_target(cursor)?;
    cursor.take_any(&["all", "currently", "still", "both"]);
    let Some(expected) = state(cursor.word()) else {
        return Err(left_over(cursor));
    };
    cursor.at += 1;
    for condition in filters(cursor)? {
        narrow(&mut target, &condition)?;
    }
    let expected = Some(expected.to_owned());
    Ok(Some(of_guests(
        &target,
        Answer::Status { expected, about },
        "the state of",
    )))
}

/// A target whose last state word is left for the predicate.
fn bare_target(cursor: &mut Cursor<'_>) -> Reading<Target> {
    let mut target = target(cursor)?;
    let last = cursor
        .tokens
        .get(cursor.at.wrapping_sub(1))
        .map(|token| token.text.as_str());
    if let Some(meaning) = last.and_then(state) {
        let term = status_condition(meaning);
        for item in &mut target.items {
            if let Item::Group(group) = item
                && group.conditions.last() == Some(&term)
            {
                group.conditions.pop();
            }
        }
        cursor.at -= 1;
    }
    Ok(target)
}

/// "which vm uses the most memory", "top 5 guests by cpu"
fn extreme(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    if cursor.take("top") {
        let count = cursor
            .word()
            .parse::<usize>()
            .ok()
            .filter(|count| (1..=1_000).contains(count));
        if count.is_some() {
            cursor.at += 1;
        }
        let target = target(cursor)?;
        if !cursor.take("by") {
            return Err(left_over(cursor));
        }
        let Some(measure) = take_measure(cursor) else {
            return Err(left_over(cursor));
        };
        let answer = Answer::Extreme {
            measure: in_use(measure),
            largest: true,
            count: count.unwrap_or(5),
        };
        return Ok(Some(of_guests(&target, answer, "the largest of")));
    }
    if cursor.take_any(&["which", "what"]).is_none() {
        return Ok(None);
    }
    let target = target(cursor)?;
    let used = cursor
        .take_any(&["uses", "use", "is using", "are using"])
        .is_some();
    if !used && cursor.take_any(&["has", "have"]).is_none() {
        return Ok(None);
    }
    cursor.take("the");
    let largest = match cursor.word() {
        "most" | "highest" => true,
        "least" | "lowest" => false,
        _ => return Ok(None),
    };
    cursor.at += 1;
    let Some(measure) = take_measure(cursor) else {
        return Err(left_over(cursor));
    };
    let measure = if used { in_use(measure) } else { measure };
    Ok(Some(of_guests(
        &target,
        Answer::Extreme {
            measure,
            largest,
            count: 1,
        },
        "the extreme of",
    )))
}

/// "where is web-01", "which node is web-01 on"
fn where_is(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let answer = Answer::Field {
        measure: Measure::Node,
        about: Vec::new(),
    };
    if cursor
        .take_longest(&["where is", "where's", "where are", "where does"])
        .is_some()
    {
        let target = target(cursor)?;
        cursor.take_any(&["running", "located", "hosted", "run", "live"]);
        return Ok(Some(of_guests(&target, answer, "the node of")));
    }
    if let Some(phrase) = cursor.take_longest(ON_WHICH_NODE) {
        let target = bare_target(cursor)?;
        cursor.take_any(&["running", "located", "hosted"]);
        if !phrase.starts_with("on") && !cursor.take("on") {
            return Err(left_over(cursor));
        }
        return Ok(Some(of_guests(&target, answer, "the node of")));
    }
    if cursor.take_longest(HOSTS).is_none() {
        return Ok(None);
    }
    let target = target(cursor)?;
    Ok(Some(of_guests(&target, answer, "the node of")))
}

/// "how much memory does web-01 have", "what is the uptime of web-01", "web-01's tags"
fn field(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let answer = |measure: Measure| Answer::Field {
        measure,
        about: Vec::new(),
    };
    let build =
        |target: &Target, measure| Some(of_guests(target, answer(measure), "one figure of"));
    if cursor
        .take_longest(&["how long has", "how long have", "how long is"])
        .is_some()
    {
        let target = bare_target(cursor)?;
        cursor.take("been");
        if state(cursor.word()) != Some("running") {
            return Err(left_over(cursor));
        }
        cursor.at += 1;
        return Ok(build(&target, Measure::Uptime));
    }
    if cursor
        .take_longest(&["how busy is", "how busy are"])
        .is_some()
    {
        let target = target(cursor)?;
        return Ok(build(&target, Measure::Cpu));
    }
    if cursor.take_any(&["how much", "which", "what"]).is_some()
        && let Some(measure) = take_measure(cursor)
    {
        if cursor.take_any(&["does", "do", "is", "are"]).is_none() {
            return Ok(None);
        }
        let target = target(cursor)?;
        let used = cursor.take_any(&["use", "using", "consume"]).is_some();
        if !used && cursor.take_any(&["have", "in", "on"]).is_none() {
            return Err(left_over(cursor));
        }
        return Ok(build(&target, if used { in_use(measure) } else { measure }));
    }
    cursor.take_longest(&[
        "is", "what is", "what's", "what are", "show", "show me", "give me", "get",
    ]);
    cursor.take("the");
    if let Some(measure) = take_measure(cursor) {
        if cursor.take_any(&["of", "for"]).is_none() {
            return Ok(None);
        }
        let target = target(cursor)?;
        return Ok(build(&target, measure));
    }
    if cursor.token().is_some_and(|token| token.possessive) {
        let target = target(cursor)?;
        return Ok(take_measure(cursor).and_then(|measure| build(&target, measure)));
    }
    Ok(None)
}

/// "list all vms on pve1", "show web-01", and the bare "stopped containers".
fn list(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let shown = cursor.take_longest(SHOW).is_some();
    let listed = !shown && cursor.take_longest(LIST).is_some();
    let mut target = target(cursor)?;
    if cursor.take_any(&["status", "state"]).is_some() {
        let answer = Answer::Status {
            expected: None,
            about: Vec::new(),
        };
        return Ok(Some(of_guests(&target, answer, "the state of")));
    }
    cursor.take_any(&["details", "info"]);
    if target.is_single()
        && let [selector] = target.selectors().as_slice()
    {
        let said = format!("details of {}", target.said());
        return Ok(Some(ask(
            "guests.show",
            json!({ "guest": selector }),
            Answer::Show,
            said,
        )));
    }
    if listed || shown {
        predicate(cursor, &mut target)?;
    }
    Ok(Some(of_guests(&target, Answer::List, "the list of")))
}
