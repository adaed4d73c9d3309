//! What people ask beside the documentation of a hypervisor: prices, dates to come, people, and the insides of
//! neighbouring products. Such a question is answered only by a text that says the same words.

use crate::words::Words;

/// Phrases, lower case without accents, in five languages; a star stands for up to four words.
const TOPICS: &[&str] = &[
    // money
    "price|prices|pricing|how expensive|yearly fee|monthly fee|annual fee|license fee|licence fee|license cost|licence cost|subscription cost|subscription fee|cost per|costs per|cost a year|discounts|cheaper than|students discount|how much does * cost|how much is|how much are|cost per|per year|discount|invoice|quote|refund|preis|preise|was kostet|was kosten|kosten pro|wie teuer|wie viel kostet|rabatt|rechnung|prix|tarif|combien coute|combien coutent|remise|facture|precio|cuanto cuesta|cuanto cuestan|descuento|factura|価格|値段|料金|いくら|費用",
    // dates to come
    "be released|release date|when will version|when will * version|when will * be out|be out|next version|next release|end of the year|released in|when is * coming|come out|comes out|roadmap|planned for|next major|upcoming|erscheint|nachste version|nachste hauptversion|wann kommt|erscheinungsdatum|kommt * raus|veroffentlicht|date de sortie|prochaine version|sortira|feuille de route|fecha de lanzamiento|proxima version|リリース日|発売|次のバージョン|次のメジャー",
    // people and the company
    "phone number|telephone|who founded|chief executive|managing director|shareholders|turnover|job openings|salary|training course|training courses|book a training|certification exam|certified training|schulung|schulungen|geschaftsfuhrer|stellenangebote|formation certifiee|directeur general|chiffre d affaires|director general|director de la empresa|curso de formacion|hotline|headquarters|ceo|founder|founded|employees|address of the company|telefonnummer|grunder|mitarbeiter|numero de telephone|fondateur|siege social|numero de telefono|fundador|電話番号|創業|社長|従業員|研修",
    // changes of one release
    "changelog|release notes|bugs were fixed|bugs fixed|bugs got fixed|which bugs|what changed in|what is new in|whats new in|what's new in|versionshinweise|was ist neu|notes de version|nouveautes|notas de la version|novedades|変更履歴|新機能",
    // Proxmox Mail Gateway, Proxmox Datacenter Manager
    "mail gateway|pmg|spam|quarantine|datacenter manager|pdm",
    // the insides of Proxmox Backup Server
    "garbage collection|gc schedule|gc job|chunk store|datastore|datastores|namespace|namespaces|sync job|sync jobs|verify job|verify jobs|verification job|prune job|tape|tapes|tape library|media pool|media set|s3 datastore|pxar mount|proxmox-backup-manager",
    // comparisons and advice to buy
    "better than|which is better|benchmark|benchmarks|review|which brand|which model|what brand|worth buying|should i buy|to buy|where to buy|can i buy|best hardware|recommend a|recommended brand|kaufberatung|welche marke|soll ich kaufen|welches modell|meilleur modele|quelle marque|acheter|mejor modelo|que marca|comprar|おすすめのメーカー|メーカーを教え",
];

/// How many topics a question touches whose words do not stand together in `text_holds`.
pub(crate) fn asked_elsewhere(plain: &str, words: &Words, holds: &dyn Fn(&str) -> bool) -> usize {
    let tokens: Vec<&str> = plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .filter(|token| !token.is_empty())
        .collect();
    TOPICS
        .iter()
        .filter(|topic| {
            topic.split('|').any(|phrase| {
                stands(phrase, plain, &tokens)
                    && !phrase
                        .split(' ')
                        .all(|word| word == "*" || word.len() <= 3 || holds(&words.stem(word)))
            })
        })
        .count()
}

fn stands(phrase: &str, plain: &str, tokens: &[&str]) -> bool {
    if !phrase.is_ascii() {
        return plain.contains(phrase);
    }
    (0..tokens.len()).any(|from| stands_from(phrase, tokens.get(from..).unwrap_or_default()))
}

/// A star between words stands for one to four words.
fn stands_from(phrase: &str, tokens: &[&str]) -> bool {
    let mut at = 0;
    let mut is_open = false;
    for word in phrase.split(' ') {
        if word == "*" {
            is_open = true;
            continue;
        }
        let reach = if is_open { 5 } else { 1 };
        let Some(found) = tokens
            .iter()
            .skip(at)
            .take(reach)
            .position(|token| *token == word)
        else {
            return false;
        };
        at += found + 1;
        is_open = false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_counts_unless_the_text_speaks_of_it() {
        let words = Words::default();
        let count = |question: &str, text: &str| {
            let terms = words.terms(text);
            asked_elsewhere(question, &words, &|term| terms.iter().any(|it| it == term))
        };
        assert_eq!(count("how much does one more node cost", "nodes"), 1);
        assert_eq!(count("how much memory does a node need", "nodes"), 0);
        assert_eq!(
            count("telephone of the hotline", "our hotline has a telephone"),
            0
        );
        assert_eq!(count("gibt es einen rabatt", ""), 1);
    }
}
