//! Whether a text asks for what stands in a documentation: how it begins and ends, in five languages, and
//! messages of PVE that somebody pasted. What is found so is looked up and never acted on.

/// How questions begin that a documentation answers.
const OPENINGS: &[&str] = &[
    "how do",
    "how can",
    "how to",
    "how should",
    "how does",
    "how is",
    "how are",
    "how long",
    "how often",
    "how would",
    "how come",
    "what is",
    "what are",
    "what does",
    "what do",
    "what happens",
    "what means",
    "what if",
    "whats",
    "what's",
    "which option",
    "which command",
    "which setting",
    "which port",
    "which kind",
    "which mode",
    "where do",
    "where can",
    "where is the option",
    "why",
    "can i",
    "can you",
    "can a",
    "can the",
    "is it possible",
    "does the",
    "does a",
    "do i",
    "should i",
    "explain",
    "tell me about",
    "wie",
    "was ist",
    "was sind",
    "was bedeutet",
    "was macht",
    "was passiert",
    "warum",
    "wieso",
    "weshalb",
    "wozu",
    "wofür",
    "womit",
    "kann ich",
    "kann man",
    "können",
    "darf ich",
    "muss ich",
    "soll ich",
    "gibt es",
    "ist es möglich",
    "welche",
    "welcher",
    "welches",
    "comment",
    "qu'est-ce",
    "qu’est-ce",
    "est-ce",
    "que fait",
    "que signifie",
    "pourquoi",
    "puis-je",
    "peut-on",
    "dois-je",
    "faut-il",
    "quel",
    "quelle",
    "quels",
    "quelles",
    "à quoi",
    "cómo",
    "como",
    "qué",
    "por qué",
    "para qué",
    "cuál",
    "cuáles",
    "cuándo",
    "cuánto",
    "dónde",
    "puedo",
    "se puede",
    "es posible",
    "debo",
];
/// Endings of questions in Japanese, without marks behind them: "how to …" ends without any.
const ENDINGS: &[&str] = &[
    "か",
    "には",
    "とは",
    "方法",
    "方法は",
    "手順",
    "手順は",
    "仕方",
    "やり方",
    "違いは",
    "の違い",
    "について",
    "について教えて",
    "を教えて",
    "教えてください",
];
/// Words of Japanese that ask or complain, wherever they stand.
const ASKING: &[&str] = &[
    "なぜ",
    "どうして",
    "どうすれば",
    "どうやって",
    "できません",
    "できない",
    "エラー",
    "失敗",
];
/// What stands in messages of PVE and of the programs behind it when something went wrong.
const ERRORS: &[&str] = &[
    "task error",
    "error:",
    "failed:",
    "failed to",
    "failed -",
    "could not",
    "couldn't",
    "unable to",
    "no such",
    "can't lock",
    "cannot lock",
    ": can't",
    ": cannot",
    "timed out",
    "got timeout",
    "permission denied",
    "connection refused",
    "no space left",
    "exit code",
];
/// What somebody says who tells of a trouble, and how such a sentence begins.
const TROUBLES: &[&str] = &[
    "won't", "wont", "will not", "doesn't", "does not", "isn't", "can't", "cannot", "fails",
    "failed", "hangs", "is stuck", "stuck", "crashes",
];
const TELLERS: &[&str] = &[
    "my",
    "our",
    "the",
    "a",
    "an",
    "one",
    "i",
    "we",
    "it",
    "this",
    "vm",
    "ct",
    "container",
    "node",
];

/// Whether a text asks for what stands in a documentation, as far as its words tell.
pub(crate) fn asks_for_it(text: &str) -> bool {
    let text = text.trim().to_lowercase().replace('’', "'");
    let text = text.trim_start_matches(['¿', '¡']);
    let whole = text.trim_end_matches(['?', '？', '。', '!', '！', '.', ' ']);
    let begins = |opening: &str| {
        text.strip_prefix(opening)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| !c.is_alphanumeric()))
    };
    OPENINGS.iter().any(|opening| begins(opening))
        || text.ends_with('?')
        || text.ends_with('？')
        || ENDINGS.iter().any(|ending| whole.ends_with(ending))
        || ASKING.iter().any(|words| text.contains(words))
        || ERRORS.iter().any(|words| text.contains(words))
        || TELLERS.iter().any(|opening| begins(opening)) && tells_of_trouble(text)
}

fn tells_of_trouble(text: &str) -> bool {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches([',', '.', ':', ';', '!']))
        .collect();
    let words = format!(" {} ", words.join(" "));
    TROUBLES
        .iter()
        .any(|trouble| words.contains(&format!(" {trouble} ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_errors_are_asked_for_and_orders_are_not() {
        for question in [
            "how do I move a disk",
            "What does onboot do?",
            "Wie verschiebe ich eine VM",
            "Gibt es eine Grenze für Schnappschüsse",
            "Comment sauvegarder une VM ?",
            "Peut-on migrer à chaud",
            "¿Cómo migro una máquina?",
            "¿Se puede migrar en caliente",
            "VMを移行するにはどうすればよいですか",
            "VMをライブマイグレーションするには",
            "バックアップを復元するには？",
            "クラスタの作成方法",
            "仮想マシンが起動できません",
            "TASK ERROR: can't lock file",
            "why can't I start web-01: can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout",
            "why can’t I start web-01",
            "My VM won't boot: kvm: could not open disk image",
            "the backup fails every night",
        ] {
            assert!(asks_for_it(question), "{question}");
        }
        for other in [
            "stop web-01",
            "whatever",
            "howdy",
            "restart everything",
            "do not restart web-01",
            "don't stop web-01",
            "never restart web-01",
            "restart the vm that is not web-01",
            "the vms",
            "web-02を再起動して",
            "",
        ] {
            assert!(!asks_for_it(other), "{other}");
        }
    }
}
