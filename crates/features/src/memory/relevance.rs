//! Which facts matter for which guests. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Fact;
use crate::inventory::GuestRow;

/// The guests that something is about.
#[derive(Debug, Default)]
pub(super) struct Guests {
    /// Names by `cluster/id`.
    names: BTreeMap<String, String>,
    clusters: BTreeSet<String>,
    /// The names once more, in small letters, for the words of texts.
    words: BTreeSet<String>,
}

impl Guests {
    pub(super) fn of(rows: &[GuestRow]) -> Self {
        let mut guests = Self::default();
        for row in rows {
            guests.add(&row.cluster, row.vmid, &row.name);
        }
        guests
    }

    fn add(&mut self, cluster: &str, vmid: u32, name: &str) {
        self.names
            .insert(format!("{cluster}/{vmid}"), name.to_owned());
        self.clusters.insert(cluster.to_owned());
        self.words.insert(name.to_lowercase());
    }

    /// A node that something is about: what is kept about its cluster, or names it, matters as well.
    pub(super) fn add_node(&mut self, cluster: &str, node: &str) {
        self.clusters.insert(cluster.to_owned());
        self.words.insert(node.to_lowercase());
    }
}

/// Why a fact matters for these guests, in words; nothing where it does not.
pub(super) fn concerns(fact: &Fact, guests: &Guests) -> Option<String> {
    match fact.scope.as_str() {
        "guest" => {
            let name = guests.names.get(&fact.about)?;
            let kept = fact.guest.as_deref().unwrap_or(name);
            Some(if kept == name {
                format!("it is about {name}")
            } else {
                format!(
                    "it was kept about {kept}; {} is called {name} now and may be another guest",
                    fact.about
                )
            })
        }
        "cluster" => guests
            .clusters
            .contains(&fact.about)
            .then(|| format!("it is about the cluster {}", fact.about)),
        _ => words(&fact.text)
            .find(|word| guests.words.contains(word))
            .map(|word| format!("it names {word}")),
    }
}

/// The words of a text that could be names, in small letters.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '-' | '_' | '.')))
        .map(|word| word.trim_matches(['.', '-', '_']).to_lowercase())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(scope: &str, about: &str, text: &str) -> Fact {
        Fact {
            id: "f_1".to_owned(),
            kind: "note".to_owned(),
            scope: scope.to_owned(),
            about: about.to_owned(),
            guest: (scope == "guest").then(|| "wagon".to_owned()),
            text: text.to_owned(),
            restriction: None,
            no_rule: None,
            author: "anna".to_owned(),
            created_at: String::new(),
            changed_at: String::new(),
            age_s: 0,
            digest: String::new(),
        }
    }

    fn guests(name: &str) -> Guests {
        let mut guests = Guests::default();
        guests.add("farm", 101, name);
        guests
    }

    #[test]
    fn a_fact_is_found_by_its_guest_its_cluster_or_a_name_in_it() {
        let wagon = guests("wagon");
        for (fact, why) in [
            (fact("guest", "farm/101", "x"), Some("it is about wagon")),
            (fact("guest", "farm/102", "x"), None),
            (
                fact("cluster", "farm", "x"),
                Some("it is about the cluster farm"),
            ),
            (fact("cluster", "city", "x"), None),
            (
                fact("team", "team", "Wagon, then quince."),
                Some("it names wagon"),
            ),
            (fact("team", "team", "the wagon-2 is old"), None),
            (fact("user", "anna", "nothing of it"), None),
        ] {
            assert_eq!(concerns(&fact, &wagon).as_deref(), why, "{fact:?}");
        }
    }

    #[test]
    fn a_guest_with_the_id_of_another_one_is_told_apart() {
        assert_eq!(
            concerns(&fact("guest", "farm/101", "x"), &guests("quince")).unwrap(),
            "it was kept about wagon; farm/101 is called quince now and may be another guest"
        );
    }
}
