//! Whether a term holds for one guest.

use super::{Alternative, Comparison, Key, Number, Selectable, Term, Test};

impl Term {
    pub(super) fn matches(&self, item: &impl Selectable) -> bool {
        self.alternatives
            .iter()
            .any(|alternative| alternative.matches(item))
            != self.negated
    }

    pub(super) fn is_negated(&self) -> bool {
        self.negated
    }
}

impl Alternative {
    pub(super) fn matches(&self, item: &impl Selectable) -> bool {
        match self {
            Self::Id(id) => item.id() == *id,
            Self::Range(from, to) => (*from..=*to).contains(&item.id()),
            Self::Name(name) if name.contains(['*', '?']) => {
                glob(&name.to_lowercase(), &item.name().to_lowercase())
            }
            Self::Name(name) => item.name().eq_ignore_ascii_case(name),
            Self::Path { cluster, node, id } => {
                item.id() == *id
                    && item.cluster() == cluster
                    && node.as_ref().is_none_or(|node| item.node() == node)
            }
            Self::Word {
                key: Key::Id,
                negated,
                test,
            } => test.holds(&item.id().to_string()) != *negated,
            Self::Word { key, negated, test } => {
                item.words(*key).into_iter().any(|word| test.holds(word)) != *negated
            }
            // An unknown number is neither above nor below anything.
            Self::Number {
                key,
                comparison,
                value,
            } => item
                .number(*key)
                .is_some_and(|present| comparison.holds(present, *value)),
        }
    }

    /// The key, where its value changes without anybody's consent or is not known of every guest.
    pub(super) fn passing_key(&self) -> Option<&'static str> {
        match self {
            Self::Word { key, .. } => match key {
                Key::Status | Key::Lock | Key::Storage => Key::ALL
                    .into_iter()
                    .find(|(_, one)| one == key)
                    .map(|(name, _)| name),
                Key::Id
                | Key::Name
                | Key::Tag
                | Key::Pool
                | Key::Node
                | Key::Cluster
                | Key::Kind
                | Key::Template
                | Key::Ha => None,
            },
            Self::Number { key, .. } => Number::ALL
                .into_iter()
                .find(|(_, one)| one == key)
                .map(|(name, _)| name),
            Self::Id(_) | Self::Range(..) | Self::Name(_) | Self::Path { .. } => None,
        }
    }

    /// Whether this names one thing, so that two matches are an ambiguity.
    pub(super) fn is_a_name(&self) -> bool {
        match self {
            Self::Id(_) | Self::Path { .. } => true,
            Self::Name(name) => !name.contains(['*', '?']),
            Self::Range(..) | Self::Word { .. } | Self::Number { .. } => false,
        }
    }
}

impl Test {
    fn holds(&self, word: &str) -> bool {
        match self {
            Self::Glob(pattern) => glob(pattern, &word.to_lowercase()),
            Self::Pattern(regex) => regex.is_match(word),
        }
    }
}

impl Comparison {
    fn holds(self, present: f64, value: f64) -> bool {
        let near = (present - value).abs() <= f64::EPSILON * value.abs().max(1.0);
        match self {
            Self::Equal => near,
            Self::NotEqual => !near,
            Self::Greater => present > value,
            Self::GreaterOrEqual => present >= value,
            Self::Less => present < value,
            Self::LessOrEqual => present <= value,
        }
    }
}

/// `*` and `?`; linear in the text, without recursion.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::glob;

    #[test]
    fn a_glob_matches_whole_words() {
        let rows = [
            ("web", "web", true),
            ("web", "web1", false),
            ("web*", "web-01", true),
            ("*01", "web-01", true),
            ("w?b", "web", true),
            ("*a*b*", "xaxbx", true),
            ("*a*b", "xaxbx", false),
            ("", "", true),
            ("*", "", true),
        ];
        for (pattern, text, want) in rows {
            assert_eq!(glob(pattern, text), want, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_matches_itself_and_its_prefix_with_a_star(text in "[a-z0-9-]{0,12}", cut in 0usize..12) {
            prop_assert!(glob(&text, &text));
            let prefix: String = text.chars().take(cut).collect();
            let pattern = format!("{prefix}*");
            prop_assert!(glob(&pattern, &text));
        }
    }
}
