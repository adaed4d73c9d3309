//! The words the interpreter knows: verbs, nouns, states, and the words that may be passed over.
//!
//! A word is in exactly one role per rule. `is_reserved` lists what can never be the unquoted name
//! of a guest or group, so that a guest called `all` or `tomorrow` cannot change what a sentence
//! means; such a guest is written in quotes or by its id.

use super::spelling::{distance, tolerance};

/// The power operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    Start,
    /// PVE's own meaning of "stop": the power is cut.
    Stop,
    /// The guest is asked to shut down.
    Shutdown,
    Reboot,
}

impl Power {
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Start => "guests.start",
            Self::Stop => "guests.stop",
            Self::Shutdown => "guests.shutdown",
            Self::Reboot => "guests.reboot",
        }
    }

    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop (hard, without a shutdown)",
            Self::Shutdown => "shut down",
            Self::Reboot => "restart",
        }
    }
}

/// How a power operation is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Hard,
    Graceful,
}

/// What a verb asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Power(Power, Option<Manner>),
    /// The first half of a separable verb ("turn … off").
    Separable(&'static [(&'static str, Power)]),
    /// "snapshot web-01"
    Snapshot,
    /// "take a snapshot …"; without the noun it is some other wish.
    Make,
    /// "delete the snapshot …"; anything else that is deleted is out of reach.
    Delete,
    /// Understood, and not possible: how the refusal calls it.
    Cannot(&'static str),
}

const HARD: Option<Manner> = Some(Manner::Hard);

/// Verb phrases, the longest fitting one counts.
const VERBS: &[(&str, Verb)] = &[
    ("start", Verb::Power(Power::Start, None)),
    ("start up", Verb::Power(Power::Start, None)),
    ("boot", Verb::Power(Power::Start, None)),
    ("boot up", Verb::Power(Power::Start, None)),
    ("launch", Verb::Power(Power::Start, None)),
    ("poweron", Verb::Power(Power::Start, None)),
    ("power on", Verb::Power(Power::Start, None)),
    ("power up", Verb::Power(Power::Start, None)),
    ("turn on", Verb::Power(Power::Start, None)),
    ("switch on", Verb::Power(Power::Start, None)),
    ("bring up", Verb::Power(Power::Start, None)),
    ("bring online", Verb::Power(Power::Start, None)),
    ("bring back up", Verb::Power(Power::Start, None)),
    ("fire up", Verb::Power(Power::Start, None)),
    ("spin up", Verb::Power(Power::Start, None)),
    ("stop", Verb::Power(Power::Stop, None)),
    ("kill", Verb::Power(Power::Stop, HARD)),
    ("force-stop", Verb::Power(Power::Stop, HARD)),
    ("forcestop", Verb::Power(Power::Stop, HARD)),
    ("hard-stop", Verb::Power(Power::Stop, HARD)),
    ("pull the plug on", Verb::Power(Power::Stop, HARD)),
    ("pull the plug of", Verb::Power(Power::Stop, HARD)),
    ("shutdown", Verb::Power(Power::Shutdown, None)),
    ("shut-down", Verb::Power(Power::Shutdown, None)),
    ("shut down", Verb::Power(Power::Shutdown, None)),
    ("shut off", Verb::Power(Power::Shutdown, None)),
    ("poweroff", Verb::Power(Power::Shutdown, None)),
    ("power off", Verb::Power(Power::Shutdown, None)),
    ("power down", Verb::Power(Power::Shutdown, None)),
    ("turn off", Verb::Power(Power::Shutdown, None)),
    ("switch off", Verb::Power(Power::Shutdown, None)),
    ("bring down", Verb::Power(Power::Shutdown, None)),
    ("take down", Verb::Power(Power::Shutdown, None)),
    ("halt", Verb::Power(Power::Shutdown, None)),
    ("restart", Verb::Power(Power::Reboot, None)),
    ("re-start", Verb::Power(Power::Reboot, None)),
    ("reboot", Verb::Power(Power::Reboot, None)),
    ("re-boot", Verb::Power(Power::Reboot, None)),
    ("bounce", Verb::Power(Power::Reboot, None)),
    ("cycle", Verb::Power(Power::Reboot, None)),
    ("power cycle", Verb::Power(Power::Reboot, None)),
    ("power-cycle", Verb::Power(Power::Reboot, None)),
    ("powercycle", Verb::Power(Power::Reboot, None)),
    (
        "turn",
        Verb::Separable(&[
            ("off", Power::Shutdown),
            ("on", Power::Start),
            ("back on", Power::Start),
        ]),
    ),
    (
        "switch",
        Verb::Separable(&[
            ("off", Power::Shutdown),
            ("on", Power::Start),
            ("back on", Power::Start),
        ]),
    ),
    (
        "power",
        Verb::Separable(&[
            ("off", Power::Shutdown),
            ("down", Power::Shutdown),
            ("on", Power::Start),
            ("back on", Power::Start),
            ("up", Power::Start),
            ("back up", Power::Start),
        ]),
    ),
    (
        "bring",
        Verb::Separable(&[
            ("down", Power::Shutdown),
            ("up", Power::Start),
            ("online", Power::Start),
            ("back up", Power::Start),
            ("back online", Power::Start),
        ]),
    ),
    (
        "shut",
        Verb::Separable(&[("down", Power::Shutdown), ("off", Power::Shutdown)]),
    ),
    ("fire", Verb::Separable(&[("up", Power::Start)])),
    ("spin", Verb::Separable(&[("up", Power::Start)])),
    ("snapshot", Verb::Snapshot),
    ("snap", Verb::Snapshot),
    ("take", Verb::Make),
    ("make", Verb::Make),
    ("create", Verb::Make),
    ("delete", Verb::Delete),
    ("remove", Verb::Delete),
    ("drop", Verb::Delete),
    ("get rid of", Verb::Delete),
    ("migrate", Verb::Cannot("migrate guests")),
    ("live-migrate", Verb::Cannot("migrate guests")),
    ("move", Verb::Cannot("move guests")),
    ("relocate", Verb::Cannot("move guests")),
    ("evacuate", Verb::Cannot("move guests")),
    ("drain", Verb::Cannot("move guests")),
    ("clone", Verb::Cannot("clone guests")),
    ("copy", Verb::Cannot("copy guests")),
    ("duplicate", Verb::Cannot("clone guests")),
    ("destroy", Verb::Cannot("delete guests")),
    ("purge", Verb::Cannot("delete guests")),
    ("terminate", Verb::Cannot("delete guests")),
    ("nuke", Verb::Cannot("delete guests")),
    ("erase", Verb::Cannot("erase anything")),
    ("wipe", Verb::Cannot("erase disks")),
    ("format", Verb::Cannot("format disks")),
    ("resize", Verb::Cannot("resize disks")),
    ("grow", Verb::Cannot("resize disks")),
    ("shrink", Verb::Cannot("resize disks")),
    ("expand", Verb::Cannot("resize disks")),
    ("extend", Verb::Cannot("resize disks")),
    ("rollback", Verb::Cannot("roll a guest back to a snapshot")),
    ("roll back", Verb::Cannot("roll a guest back to a snapshot")),
    ("roll", Verb::Cannot("roll a guest back to a snapshot")),
    ("revert", Verb::Cannot("roll a guest back to a snapshot")),
    ("restore", Verb::Cannot("restore backups")),
    ("backup", Verb::Cannot("make backups")),
    ("back up", Verb::Cannot("make backups")),
    ("back-up", Verb::Cannot("make backups")),
    (
        "reset",
        Verb::Cannot(
            "reset a guest hard (restart asks it to reboot; stop, then start cuts the power)",
        ),
    ),
    ("suspend", Verb::Cannot("suspend guests")),
    ("hibernate", Verb::Cannot("suspend guests")),
    ("pause", Verb::Cannot("pause guests")),
    (
        "freeze",
        Verb::Cannot(
            "freeze guests; \"pause\" is for guests, \"freeze all changes\" for everything",
        ),
    ),
    ("resume", Verb::Cannot("resume guests")),
    ("unpause", Verb::Cannot("resume guests")),
    ("rename", Verb::Cannot("rename anything")),
    ("install", Verb::Cannot("install software")),
    ("deploy", Verb::Cannot("deploy guests")),
    ("provision", Verb::Cannot("create guests")),
    ("update", Verb::Cannot("update anything")),
    ("upgrade", Verb::Cannot("upgrade anything")),
    ("patch", Verb::Cannot("patch anything")),
    ("add", Verb::Cannot("add hardware, tags or rights")),
    ("set", Verb::Cannot("change settings")),
    ("change", Verb::Cannot("change settings")),
    ("edit", Verb::Cannot("change settings")),
    ("configure", Verb::Cannot("change settings")),
    ("increase", Verb::Cannot("change settings")),
    ("decrease", Verb::Cannot("change settings")),
    ("enable", Verb::Cannot("change settings")),
    ("disable", Verb::Cannot("change settings")),
    ("lock", Verb::Cannot("lock guests")),
    ("unlock", Verb::Cannot("unlock guests")),
    ("convert", Verb::Cannot("convert guests")),
    ("export", Verb::Cannot("export anything")),
    ("import", Verb::Cannot("import anything")),
    ("attach", Verb::Cannot("change hardware")),
    ("detach", Verb::Cannot("change hardware")),
    ("execute", Verb::Cannot("run commands inside guests")),
    ("ssh", Verb::Cannot("run commands inside guests")),
    ("run", Verb::Cannot("run commands inside guests")),
    ("schedule", Verb::Cannot("schedule anything")),
    ("tag", Verb::Cannot("change tags")),
    ("untag", Verb::Cannot("change tags")),
];

/// English words that look like a mistyped verb and are none.
const NO_TYPOS: &[&str] = &[
    "star", "stark", "smart", "stare", "tart", "step", "shop", "slop", "stow", "stoop", "strop",
    "stomp", "boat", "boast", "boost", "book", "bolt", "booth", "boot's", "born", "bout", "kiln",
    "kilo", "skill", "krill", "kilt", "half", "hall", "salt", "malt", "restate", "robot", "reset",
    "lunch", "ounce", "bound", "pounce", "circle", "stat", "state", "stats", "status", "status?",
    "party", "more", "mode", "love", "gone", "alone", "close", "run", "ran", "turns", "burn",
    "tun", "bring", "fir", "five", "wire", "spain", "spit", "short", "shot", "shout", "cut",
    "stuck", "tower", "lower", "powder", "snap", "soap", "steal", "tale", "take", "talk", "tape",
    "mace", "male", "mike", "treat", "great", "drip", "crop", "prop", "trap", "drops", "data",
    "deleted", "removal", "remote", "start-up", "startup", "restored", "bonce", "halo", "haul",
    "launcher", "host", "cost", "post", "test", "text",
];

/// The longest verb phrase that the words begin with, and how many words it takes.
pub(super) fn verb(words: &[&str]) -> Option<(Verb, usize)> {
    VERBS
        .iter()
        .filter_map(|(phrase, verb)| {
            let mut length = 0;
            for part in phrase.split(' ') {
                if words.get(length) != Some(&part) {
                    return None;
                }
                length += 1;
            }
            Some((*verb, length))
        })
        .max_by_key(|(_, length)| *length)
}

/// The verb a mistyped word means: within a slip of the finger, same first letter, nearer to this
/// verb than to any other, and not an inflection ("stopped" reports, it does not order).
pub(super) fn mistyped_verb(word: &str) -> Option<&'static str> {
    mistyped_word(word, VERBS.iter().map(|(phrase, _)| *phrase))
}

/// The same for any list of first words.
pub(super) fn mistyped_word(
    word: &str,
    known: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    let inflected = ["ed", "ing", "er", "able", "s"]
        .iter()
        .any(|ending| word.ends_with(ending));
    if word.len() < 3 || inflected || NO_TYPOS.contains(&word) || is_reserved(word) {
        return None;
    }
    let mut best: Option<(usize, &'static str)> = None;
    let mut tied = false;
    for verb in known.filter(|phrase| !phrase.contains([' ', '-'])) {
        let limit = tolerance(verb.len());
        let alike = verb.bytes().next() == word.bytes().next();
        let Some(cost) = distance(word, verb, limit).filter(|_| alike || limit > 1) else {
            continue;
        };
        match best {
            Some((known, _)) if cost > known => {}
            Some((known, _)) if cost == known => tied = true,
            _ => {
                best = Some((cost, verb));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, verb)| verb)
}

/// Which guests a noun speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    /// Any guest.
    Guest,
    /// "vm": qemu for a group; beside one name or id it says nothing more.
    Machine,
    Qemu,
    Container,
}

/// A noun for guests and whether it is plural.
pub(super) fn noun(word: &str) -> Option<(Noun, bool)> {
    Some(match word {
        "guest" | "box" | "server" | "machine" | "instance" | "workload" | "one" => {
            (Noun::Guest, false)
        }
        "guests" | "boxes" | "servers" | "machines" | "instances" | "workloads" | "ones" => {
            (Noun::Guest, true)
        }
        "vm" | "virtual-machine" => (Noun::Machine, false),
        "vms" | "vm's" | "virtual-machines" => (Noun::Machine, true),
        "qemu" => (Noun::Qemu, false),
        "qemus" => (Noun::Qemu, true),
        "container" | "ct" | "lxc" => (Noun::Container, false),
        "containers" | "cts" | "lxcs" => (Noun::Container, true),
        _ => return None,
    })
}

/// The state an adjective means.
pub(super) fn state(word: &str) -> Option<&'static str> {
    Some(match word {
        "running" | "up" | "online" | "started" | "alive" | "powered-on" => "running",
        "stopped" | "down" | "off" | "offline" | "halted" | "powered-off" => "stopped",
        "paused" => "paused",
        "suspended" => "suspended",
        _ => return None,
    })
}

/// Words that never change what an order means. Kept short on purpose.
pub(super) const FILLERS: &[&str] = &[
    "please",
    "pls",
    "plz",
    "kindly",
    "now",
    "right now",
    "immediately",
    "asap",
    "quickly",
    "just",
    "again",
    "too",
    "also",
    "for me",
    "thanks",
    "thank you",
    "thx",
    "cheers",
    "ok",
    "okay",
    "right away",
    "straight away",
    "at once",
];

/// How an order may be introduced.
pub(super) const OPENINGS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "hey there",
    "so",
    "well",
    "then",
    "can you",
    "could you",
    "would you please",
    "would you kindly",
    "will you please",
    "can u",
    "could u",
    "i would like you to",
    "i would like to",
    "i'd like you to",
    "i'd like to",
    "id like to",
    "i want you to",
    "i want to",
    "i need you to",
    "i need to",
    "we need to",
    "let's",
    "lets",
    "let us",
    "go ahead and",
    "you can",
    "go and",
    "first",
];

/// Introductions that ask politely: a question mark after them is not a doubt.
pub(super) const POLITE_QUESTIONS: &[&str] = &[
    "can you",
    "could you",
    "would you please",
    "would you kindly",
    "will you please",
    "can u",
    "could u",
];

/// Words that begin questions more often than orders.
pub(super) fn is_a_question_s_word(word: &str) -> bool {
    matches!(
        word,
        "give" | "get" | "show" | "list" | "find" | "check" | "view" | "see" | "print" | "let"
    )
}

/// What turns an order into something else, for the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hindrance {
    Negation,
    Condition,
    Time,
    Question,
    Past,
}

/// Why this word keeps a sentence from being an order for now.
pub(super) fn hindrance(word: &str) -> Option<Hindrance> {
    Some(match word {
        "don't" | "dont" | "never" | "not" | "no" | "cannot" | "can't" | "won't" | "shouldn't"
        | "mustn't" | "doesn't" | "didn't" | "avoid" | "refrain" | "nobody" | "nothing"
        | "neither" | "nor" => Hindrance::Negation,
        "if" | "unless" | "when" | "whenever" | "until" | "till" | "once" | "after" | "before"
        | "while" | "whether" | "as" | "provided" | "assuming" | "suppose" | "supposing"
        | "otherwise" | "else" | "in case" => Hindrance::Condition,
        "mondays" | "tuesdays" | "wednesdays" | "thursdays" | "fridays" | "saturdays"
        | "sundays" | "weekdays" | "weekends" | "weekday" | "tomorrow" | "tonight" | "later"
        | "today" | "yesterday" | "midnight" | "noon" | "soon" | "every" | "daily" | "weekly"
        | "hourly" | "monthly" | "nightly" | "monday" | "tuesday" | "wednesday" | "thursday"
        | "friday" | "saturday" | "sunday" | "weekend" | "morning" | "evening" | "afternoon"
        | "night" | "o'clock" | "minute" | "minutes" | "hour" | "hours" | "second" | "seconds"
        | "day" | "days" | "week" | "weeks" | "am" | "pm" | "next" | "eventually" => {
            Hindrance::Time
        }
        "what" | "what's" | "why" | "how" | "who" | "who's" | "whose" | "where" | "where's"
        | "which" | "should" | "shall" | "may" | "might" | "does" | "do" | "is" | "are"
        | "am-i" | "would" | "could" | "can" => Hindrance::Question,
        "was" | "were" | "did" | "has" | "had" | "have" | "been" => Hindrance::Past,
        _ => return None,
    })
}

/// Words that can never be the unquoted name of a guest, group or snapshot. Verbs that the
/// interpreter cannot carry out are not among them: a guest called `backup` is a usual thing.
pub(super) fn is_reserved(word: &str) -> bool {
    const FUNCTION_WORDS: &[&str] = &[
        "a",
        "an",
        "the",
        "my",
        "our",
        "your",
        "all",
        "each",
        "both",
        "any",
        "some",
        "of",
        "on",
        "in",
        "at",
        "from",
        "to",
        "for",
        "with",
        "without",
        "by",
        "into",
        "onto",
        "off",
        "over",
        "and",
        "or",
        "but",
        "then",
        "plus",
        "also",
        "except",
        "excepting",
        "excluding",
        "exclude",
        "minus",
        "besides",
        "other",
        "than",
        "apart",
        "aside",
        "save",
        "it",
        "its",
        "it's",
        "this",
        "that",
        "these",
        "those",
        "them",
        "they",
        "i",
        "i'd",
        "me",
        "you",
        "u",
        "we",
        "us",
        "he",
        "she",
        "everything",
        "everyone",
        "anything",
        "something",
        "nothing",
        "everybody",
        "there",
        "here",
        "be",
        "called",
        "named",
        "tagged",
        "labelled",
        "labeled",
        "whose",
        "who",
        "that's",
        "everyday",
        "hard",
        "forcibly",
        "forcefully",
        "gracefully",
        "cleanly",
        "nicely",
        "safely",
        "force",
        "through",
        "thru",
        "between",
        "usual",
        "usually",
        "needed",
        "possible",
        "normal",
        "always",
        "only",
        "one",
        "ones",
        "rest",
        "others",
        "first",
        "second",
        "last",
        "few",
        "most",
        "half",
        "least",
        "instead",
        "rather",
        "maybe",
        "perhaps",
        "possibly",
        "probably",
        "ignore",
        "previous",
        "instructions",
        "snapshots",
        "snapshot",
        "node",
        "nodes",
        "cluster",
        "clusters",
        "pool",
        "pools",
        "storage",
        "storages",
        "tags",
        "tag",
        "memory",
        "ram",
        "let's",
        "lets",
        "let",
        "please",
        "thanks",
        "running",
        "stopped",
        "paused",
        "suspended",
        "up",
        "down",
        "online",
        "offline",
        "list",
        "show",
        "get",
        "give",
        "tell",
        "help",
        "status",
        "many",
        "much",
        "exist",
        "exists",
        "currently",
        "still",
        "already",
        "yet",
        "will",
        "like",
        "want",
        "need",
        "wants",
        "needs",
        "than",
        "more",
        "less",
        "use",
        "uses",
        "using",
        "taking",
    ];
    FUNCTION_WORDS.contains(&word)
        || hindrance(word).is_some()
        || FILLERS.contains(&word)
        || VERBS
            .iter()
            .any(|(phrase, verb)| *phrase == word && !matches!(verb, Verb::Cannot(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_verb_phrase_counts() {
        assert_eq!(
            verb(&["power", "off", "x"]),
            Some((Verb::Power(Power::Shutdown, None), 2))
        );
        assert!(matches!(
            verb(&["power", "x", "off"]),
            Some((Verb::Separable(_), 1))
        ));
        assert_eq!(
            verb(&["pull", "the", "plug", "on"]),
            Some((Verb::Power(Power::Stop, HARD), 4))
        );
        assert_eq!(verb(&["dance"]), None);
    }

    #[test]
    fn slips_of_the_finger_find_their_verb() {
        for (typed, verb) in [
            ("restrat", "restart"),
            ("rstart", "restart"),
            ("rebot", "reboot"),
            ("stpo", "stop"),
            ("strat", "start"),
            ("snapshto", "snapshot"),
            ("shutdwon", "shutdown"),
            ("migrat", "migrate"),
            ("restor", "restore"),
        ] {
            assert_eq!(mistyped_verb(typed), Some(verb), "{typed}");
        }
    }

    #[test]
    fn other_words_and_inflections_are_no_slips() {
        for word in [
            "restarted",
            "restarting",
            "stopped",
            "stops",
            "starter",
            "step",
            "shop",
            "smart",
            "robot",
            "state",
            "stat",
            "book",
            "starting",
            "restate",
            "is",
            "web",
            "stopping",
        ] {
            assert_eq!(mistyped_verb(word), None, "{word}");
        }
    }

    #[test]
    fn nouns_and_states_have_one_meaning() {
        assert_eq!(noun("boxes"), Some((Noun::Guest, true)));
        assert_eq!(noun("ct"), Some((Noun::Container, false)));
        assert_eq!(state("offline"), Some("stopped"));
        assert_eq!(state("blue"), None);
    }
}
