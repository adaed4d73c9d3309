//! From a question to weighted terms, and to what is asked for.

use std::collections::BTreeMap;

use crate::{
    everyday::Everyday,
    fold_letters::folded,
    glossary::{Glossary, Meanings},
    stop_words::is_stop_word,
    words::{Words, is_joint, is_part_of_word, spaced_parts},
};

/// How much a term counts that nobody typed, but that the documentation uses for what was typed.
const EXPANSION: f32 = 0.3;
/// How much a term counts that stands for two words of the question together.
const PAIRED: f32 = 0.45;
/// How much the name of a file counts that says only where to look.
const PLACE: f32 = 0.3;
/// A question longer than this is a log that was pasted: the rest is not looked at.
pub(crate) const MOST_CHARACTERS: usize = 4_000;
/// More terms than this make no question clearer.
const MOST_TERMS: usize = 96;

/// What stands at the end of a German clause and belongs to its verb.
const FIRST_PARTS: &[&str] = &[
    "ab", "an", "auf", "aus", "bei", "durch", "ein", "frei", "heraus", "her", "herunter", "hinzu",
    "hoch", "los", "nach", "neu", "raus", "runter", "um", "vor", "weg", "wieder", "zu", "zuruck",
];
/// What people call a guest, behind the name of what runs inside.
const GUESTS: &[&str] = &[
    "vm",
    "vms",
    "lxc",
    "ct",
    "container",
    "containers",
    "guest",
    "guests",
];
/// How the glossary's words for a deed begin that one command does.
const COMMANDS: &[&str] = &["qm ", "pct ", "pveum "];
/// Who asks so wants to do something.
const HOW: &[&str] = &[
    "how do",
    "how to",
    "how can",
    "how would",
    "command",
    "cli",
    "shell",
    "terminal",
    "wie ",
    "befehl",
    "comment ",
    "commande",
    "como ",
    "comando",
    "方法",
    "には",
    "手順",
    "コマンド",
];
/// The kind of guests that is named, if only one is.
fn guests(meanings: &Meanings) -> Guests {
    match (
        meanings.groups.contains(&"vm"),
        meanings.groups.contains(&"container"),
    ) {
        (true, false) => Guests::Machines,
        (false, true) => Guests::Containers,
        _ => Guests::Any,
    }
}

/// Words written with a capital within a sentence, folded. None in German, which writes every noun so, and none
/// where most words are written so.
fn names(text: &str) -> Vec<String> {
    let mut all = 0;
    let mut names: Vec<String> = Vec::new();
    let mut begins = true;
    for word in text.split_whitespace() {
        let plain = folded(word.trim_matches(|c: char| !c.is_alphanumeric()));
        if GERMAN.contains(&plain.as_str()) {
            return Vec::new();
        }
        all += 1;
        let is_capital = word
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .starts_with(char::is_uppercase);
        if is_capital && !begins {
            names.push(plain);
        }
        begins = word.ends_with(['.', '?', '!', ':']);
    }
    if 2 * names.len() > all {
        Vec::new()
    } else {
        names
    }
}

const GERMAN: &[&str] = &[
    "ich", "der", "die", "das", "den", "dem", "wie", "ein", "eine", "einen", "einem", "ist", "und",
    "nicht", "kann", "mit", "auf", "fur", "man", "wird", "gibt", "warum", "wo", "welche",
    "welcher",
];

/// Where something is typed.
const TYPED_AT: &str = "command line shell cli terminal console prompt";
/// How that is said.
const AT: &[&str] = &[
    "from the",
    "on the",
    "in the",
    "at the",
    "via the",
    "via",
    "using the",
    "with the",
    "through the",
    "over the",
    "by",
    "from",
    "in der",
    "auf der",
    "per",
    "en ligne de",
    "par la",
    "desde la",
    "por la",
    "desde el",
];

/// Whether a question says that it is about something to type: "from the command line".
fn typed_at(plain: &str) -> bool {
    let tools = TYPED_AT.split(' ').filter(|word| *word != "line");
    let tools = tools.chain([
        "kommandozeile",
        "befehlszeile",
        "commande",
        "linea de comandos",
        "ligne de commande",
    ]);
    tools
        .into_iter()
        .any(|tool| AT.iter().any(|at| plain.contains(&format!("{at} {tool}"))))
        || [
            "which command",
            "what command",
            "welcher befehl",
            "welchem befehl",
            "quelle commande",
            "que comando",
            "コマンド",
        ]
        .iter()
        .any(|asked| plain.contains(asked))
}

/// Signs of a message that was pasted.
const REPORTS: &[&str] = &["error", "failed", "fehler", "erreur", "warning:", "エラー"];

/// A question as the index understands it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// What was typed, with weight 1.
    pub typed: Vec<String>,
    /// What the field calls it, with its weight.
    pub meant: Vec<(String, f32)>,
    /// The words of the question that say what it is about.
    pub asked: Vec<Asked>,
    /// In another language than English.
    pub is_foreign: bool,
    /// A message of an error is part of it, which brings words of its own.
    pub is_report: bool,
    /// Lower case, without accents.
    pub plain: String,
    /// Files that are named beside what is asked about and that have a page of the manual.
    pub files: Vec<String>,
    /// The terms of words that say where to look or where it is done, not what.
    pub of_places: Vec<String>,
    /// It asks for something to type.
    pub wants_command: bool,
    /// The kind of guests that it is about.
    pub guests: Guests,
}

/// The kind of guests that a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guests {
    /// Of none or of both.
    #[default]
    Any,
    Machines,
    Containers,
}

/// A word of a question that says what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Lower case, without accents.
    pub word: String,
    /// The whole of a compound first, then its parts.
    pub terms: Vec<String>,
    /// Terms of the documentation that stand for it.
    pub meant: Vec<String>,
    /// A number, a size, a version, an id.
    pub is_numeric: bool,
    /// It is written as names are, within a sentence of a language that writes only names so.
    pub is_name: bool,
    /// It stands before "VM" or "container": what runs inside is seldom what is asked about.
    pub is_guest_name: bool,
}

/// What is needed to understand questions. Built once.
#[derive(Debug)]
pub struct Language {
    glossary: Glossary,
    everyday: Everyday,
}

impl Default for Language {
    fn default() -> Self {
        let words = Words::default();
        Self {
            glossary: Glossary::new(&words),
            everyday: Everyday::new(&words),
        }
    }
}

impl Language {
    /// The question with the glossary's words for it.
    pub fn understand(&self, question: &str) -> Query {
        self.read(question, Expansion::Glossary)
    }

    /// The question as it was typed, for comparison.
    pub fn take_literally(&self, question: &str) -> Query {
        self.read(question, Expansion::None)
    }

    /// The wordings of a question for a model that embeds texts: as it was asked, and followed by what the
    /// documentation calls it. Models know little of this field and of languages other than English, and the
    /// glossary nothing of what a sentence says.
    pub fn wordings(&self, question: &str) -> Vec<String> {
        let text: String = question.chars().take(MOST_CHARACTERS).collect();
        let text = self.with_joined_verbs(&text);
        let meanings = self.meanings(&text, &Words::default());
        if meanings.all.is_empty() && meanings.of_pairs.is_empty() {
            return vec![text];
        }
        let words: Vec<&str> = meanings.all.into_iter().chain(meanings.of_pairs).collect();
        let with_meanings = format!("{text} {}", words.join(" "));
        vec![text, with_meanings]
    }

    /// Whether a word says nothing in English or is explained by the glossary.
    pub(crate) fn knows(&self, word: &str, words: &Words) -> bool {
        is_stop_word(&words.stem(word))
            || self.everyday.is_english(word, words)
            || self.glossary.has(word, words)
    }

    /// Whether a stem is of a word that anybody uses in English.
    pub(crate) fn is_everyday_stem(&self, stem: &str) -> bool {
        self.everyday.has_stem(stem)
    }

    /// Whether a word is an everyday one of another language.
    pub(crate) fn knows_elsewhere(&self, word: &str) -> bool {
        self.everyday.is_other(word)
    }

    pub(crate) fn is_foreign(&self, question: &str) -> bool {
        self.everyday.is_foreign(question)
    }

    /// What the glossary says to a question; small words of other languages are no English ones (`comment`).
    fn meanings(&self, text: &str, words: &Words) -> Meanings {
        let is_foreign = self.everyday.is_foreign(text);
        let is_silent = |token: &str| is_foreign && self.everyday.is_function_word(token);
        self.glossary.meanings(text, words, &is_silent)
    }

    fn read(&self, question: &str, expansion: Expansion) -> Query {
        let words = Words::default();
        let text: String = question.chars().take(MOST_CHARACTERS).collect();
        let text = match expansion {
            Expansion::Glossary => self.with_joined_verbs(&text),
            Expansion::None => text,
        };
        let is_foreign = self.everyday.is_foreign(&text);
        let mut typed: Vec<String> = Vec::new();
        words.each(&text, &mut |term| {
            // Function words are taken for what they are before they are stemmed.
            let is_silent =
                is_stop_word(&term) || is_foreign && self.everyday.is_function_word(&folded(&term));
            if !is_silent && !typed.contains(&term) && typed.len() < MOST_TERMS {
                typed.push(term);
            }
        });
        let meanings = match expansion {
            Expansion::Glossary => self.meanings(&text, &words),
            Expansion::None => Meanings::default(),
        };
        let mut meant: BTreeMap<String, f32> = BTreeMap::new();
        let of_words = meanings.all.iter().map(|said| (said, EXPANSION));
        let plain = folded(&text);
        let wants_command = typed_at(&plain);
        let asks_how = HOW.iter().any(|how| plain.contains(how));
        // A command is named to those who want to do something, not to those who ask what it does.
        let of_pairs = meanings
            .of_pairs
            .iter()
            .filter(|said| asks_how || !COMMANDS.iter().any(|command| said.starts_with(command)));
        for (said, weight) in of_words.chain(of_pairs.map(|said| (said, PAIRED))) {
            words.each(said, &mut |term| {
                if !is_stop_word(&term) && !typed.contains(&term) {
                    meant.insert(term, weight);
                }
            });
        }
        let names = names(&text);
        let mut asked: Vec<Asked> = Vec::new();
        let mut before = String::new();
        let words_said = plain
            .split(|c: char| !is_part_of_word(c))
            .flat_map(spaced_parts);
        for word in words_said {
            let before = std::mem::replace(&mut before, word.to_owned());
            if GUESTS.contains(&word)
                && let Some(last) = asked
                    .last_mut()
                    .filter(|last: &&mut Asked| last.word == before)
            {
                last.is_guest_name = true;
            }
            if asked.len() >= MOST_TERMS || asked.iter().any(|other| other.word == word) {
                continue;
            }
            let Some(terms) = self.telling_terms(word, is_foreign, &words) else {
                continue;
            };
            let mut of_word: Vec<String> = Vec::new();
            let parts = word.split(['.', '/']);
            for said in parts
                .filter_map(|part| meanings.by_word.get(part))
                .flatten()
            {
                of_word.extend(words.terms(said).into_iter().filter(|it| !is_stop_word(it)));
            }
            of_word.sort_unstable();
            of_word.dedup();
            asked.push(Asked {
                is_numeric: word.chars().any(|c| c.is_ascii_digit())
                    && word.chars().filter(char::is_ascii_alphabetic).count() <= 2,
                word: word.to_owned(),
                terms,
                meant: of_word,
                is_name: names.iter().any(|name| name == word),
                is_guest_name: false,
            });
        }
        Query {
            typed,
            meant: meant.into_iter().take(MOST_TERMS).collect(),
            asked,
            is_foreign,
            is_report: REPORTS.iter().any(|word| plain.contains(word)),
            plain,
            files: Vec::new(),
            of_places: if wants_command {
                words.terms(TYPED_AT)
            } else {
                Vec::new()
            },
            wants_command,
            guests: guests(&meanings),
        }
    }
}

impl Language {
    /// German verbs that are separated stand joined behind a question, where the glossary knows them: `stelle
    /// ich ein Backup wieder her` is `wiederherstelle`.
    fn with_joined_verbs(&self, text: &str) -> String {
        if !self.everyday.is_foreign(text) {
            return text.to_owned();
        }
        let words = Words::default();
        let plain = folded(text);
        let mut joined: Vec<String> = Vec::new();
        for clause in plain.split([',', '.', '?', '!', ';', '\n']) {
            let tokens: Vec<&str> = clause.split_whitespace().collect();
            let Some((last, rest)) = tokens.split_last() else {
                continue;
            };
            if !FIRST_PARTS.contains(last) {
                continue;
            }
            let before = rest.last().filter(|word| FIRST_PARTS.contains(word));
            let parts = before.map(|before| format!("{before}{last}"));
            for part in parts.into_iter().chain([(*last).to_owned()]) {
                let verbs = rest.iter().map(|word| format!("{part}{word}"));
                let known: Vec<String> = verbs
                    .filter(|verb| self.glossary.has(verb, &words))
                    .collect();
                if !known.is_empty() {
                    joined.extend(known);
                    break;
                }
            }
        }
        if joined.is_empty() {
            return text.to_owned();
        }
        format!("{text} {}", joined.join(" "))
    }

    /// The terms of a word, a compound as a whole first; parts that say nothing are left out. None for a word
    /// that says nothing.
    fn telling_terms(&self, word: &str, is_foreign: bool, words: &Words) -> Option<Vec<String>> {
        let says_nothing = |part: &str| {
            is_stop_word(&words.stem(part))
                || self.everyday.is_english(part, words)
                || is_foreign && self.everyday.is_other(part)
        };
        if says_nothing(word) {
            return None;
        }
        let mut terms = words.terms(word);
        if terms.len() > 1 {
            let mut parts = word.split(is_joint).filter(|part| !part.is_empty());
            let telling: Vec<String> = parts
                .by_ref()
                .filter(|part| !says_nothing(part))
                .map(|part| words.stem(part))
                .collect();
            if telling.is_empty() {
                return None;
            }
            terms.retain(|term| term == word || telling.contains(term));
        }
        (!terms.is_empty()).then_some(terms)
    }
}

#[derive(Clone, Copy)]
enum Expansion {
    Glossary,
    None,
}

impl Query {
    /// Every term with its weight.
    pub fn terms(&self) -> impl Iterator<Item = (&str, f32)> {
        let typed = self.typed.iter().map(|term| {
            let is_place = self.of_places.contains(term);
            (term.as_str(), if is_place { PLACE } else { 1.0 })
        });
        let meant = self.meant.iter();
        typed.chain(meant.map(|(term, weight)| (term.as_str(), *weight)))
    }
}
