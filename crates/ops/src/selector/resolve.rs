//! From selectors to things: united, in the order of the list, never silently empty or ambiguous.

use serde_json::json;

use super::{Alternative, ParseError, Selectable, Selector};
use crate::error::{Code, Error};

/// How many candidates an ambiguous word shows.
const CANDIDATES: usize = 20;

/// Why selectors do not select.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectError {
    Parse(ParseError),
    /// One name, several things: `cluster/node/id` and name of each.
    Ambiguous {
        selector: String,
        candidates: Vec<(String, String)>,
    },
    NoMatch {
        selector: String,
    },
}

impl From<SelectError> for Error {
    fn from(error: SelectError) -> Self {
        match error {
            SelectError::Parse(error) => Self::invalid(error.to_string()),
            SelectError::Ambiguous {
                selector,
                candidates,
            } => {
                let names: Vec<String> = candidates
                    .iter()
                    .map(|(reference, name)| format!("{name} ({reference})"))
                    .collect();
                Self::new(
                    Code::Ambiguous,
                    format!("`{selector}` fits several guests: {}", names.join(", ")),
                )
                .hint("write cluster/node/id, or narrow it with node=… or cluster=…")
                .candidates(
                    candidates
                        .into_iter()
                        .map(|(reference, name)| json!({ "reference": reference, "name": name }))
                        .collect(),
                )
            }
            SelectError::NoMatch { selector } => {
                Self::new(Code::NoMatch, format!("no guest fits `{selector}`"))
                    .hint("list the guests to see what there is")
            }
        }
    }
}

/// Positions of the items that any of the selectors selects, in the order of `items`.
pub fn resolve<T: Selectable>(
    selectors: &[String],
    items: &[T],
) -> Result<Vec<usize>, SelectError> {
    let mut selected = vec![false; items.len()];
    for text in selectors {
        let selector: Selector = text.parse().map_err(SelectError::Parse)?;
        let matching: Vec<usize> = items
            .iter()
            .enumerate()
            .filter(|(_, item)| selector.matches(*item))
            .map(|(at, _)| at)
            .collect();
        check_names(&selector, items, &matching)?;
        if matching.is_empty() {
            return Err(SelectError::NoMatch {
                selector: crate::registry::clip(text, 80),
            });
        }
        for at in matching {
            if let Some(slot) = selected.get_mut(at) {
                *slot = true;
            }
        }
    }
    Ok(selected
        .iter()
        .enumerate()
        .filter(|(_, yes)| **yes)
        .map(|(at, _)| at)
        .collect())
}

/// Each name or id must fit exactly one of what the whole selector selects, and exist at all.
fn check_names<T: Selectable>(
    selector: &Selector,
    items: &[T],
    matching: &[usize],
) -> Result<(), SelectError> {
    for term in &selector.terms {
        for alternative in term
            .alternatives
            .iter()
            .filter(|alternative| alternative.is_a_name())
        {
            // An exception that names nothing is a mistake too: what was meant would be hit.
            if !items.iter().any(|item| alternative.matches(item)) {
                return Err(SelectError::NoMatch {
                    selector: word(alternative),
                });
            }
            if term.is_negated() {
                continue;
            }
            let fits: Vec<&T> = matching
                .iter()
                .filter_map(|at| items.get(*at))
                .filter(|item| alternative.matches(*item))
                .collect();
            if fits.len() > 1 {
                return Err(SelectError::Ambiguous {
                    selector: word(alternative),
                    candidates: fits
                        .into_iter()
                        .take(CANDIDATES)
                        .map(|item| {
                            let reference =
                                format!("{}/{}/{}", item.cluster(), item.node(), item.id());
                            (reference, item.name().to_owned())
                        })
                        .collect(),
                });
            }
        }
    }
    Ok(())
}

fn word(alternative: &Alternative) -> String {
    match alternative {
        Alternative::Id(id) => id.to_string(),
        Alternative::Name(name) => crate::registry::clip(name, 80),
        Alternative::Path {
            cluster,
            node: Some(node),
            id,
        } => format!("{cluster}/{node}/{id}"),
        Alternative::Path {
            cluster,
            node: None,
            id,
        } => format!("{cluster}/{id}"),
        Alternative::Range(..) | Alternative::Word { .. } | Alternative::Number { .. } => {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::*, *};

    struct Guest {
        cluster: &'static str,
        node: &'static str,
        id: u32,
        name: &'static str,
        tags: Vec<&'static str>,
        status: &'static str,
        memory: Option<f64>,
    }

    impl Selectable for Guest {
        fn cluster(&self) -> &str {
            self.cluster
        }
        fn node(&self) -> &str {
            self.node
        }
        fn id(&self) -> u32 {
            self.id
        }
        fn name(&self) -> &str {
            self.name
        }
        fn words(&self, key: Key) -> Vec<&str> {
            match key {
                Key::Tag => self.tags.clone(),
                Key::Node => vec![self.node],
                Key::Cluster => vec![self.cluster],
                Key::Name => vec![self.name],
                Key::Status => vec![self.status],
                _ => vec![],
            }
        }
        fn number(&self, key: Number) -> Option<f64> {
            (key == Number::Memory).then_some(self.memory).flatten()
        }
    }

    fn guest(node: &'static str, id: u32, name: &'static str, tags: &[&'static str]) -> Guest {
        Guest {
            cluster: "main",
            node,
            id,
            name,
            tags: tags.to_vec(),
            status: "running",
            memory: Some(4e9),
        }
    }

    fn world() -> Vec<Guest> {
        let mut world = vec![
            guest("n1", 101, "alpha", &["blue", "prod"]),
            guest("n1", 102, "beta", &["blue"]),
            guest("n2", 105, "gamma", &[]),
            guest("n2", 110, "twin", &["red"]),
            guest("n2", 111, "twin", &["red"]),
        ];
        world[1].status = "stopped";
        world[2].memory = None;
        world.push(Guest {
            cluster: "other",
            ..guest("n1", 101, "delta", &[])
        });
        world
    }

    fn ids(selectors: &[&str]) -> Result<Vec<u32>, SelectError> {
        let world = world();
        let selectors: Vec<String> = selectors.iter().map(|s| (*s).to_owned()).collect();
        Ok(resolve(&selectors, &world)?
            .into_iter()
            .map(|at| world[at].id)
            .collect())
    }

    #[test]
    fn selectors_select_what_the_grammar_says() {
        let rows: [(&[&str], &[u32]); 16] = [
            (&["alpha"], &[101]),
            (&["ALPHA"], &[101]),
            (&["102"], &[102]),
            (&["main/101"], &[101]),
            (&["main/n1/101"], &[101]),
            (&["101 cluster=main"], &[101]),
            (&["102-110"], &[102, 105, 110]),
            (&["102,105-110"], &[102, 105, 110]),
            (&["tag=blue"], &[101, 102]),
            (&["tag=blue !alpha"], &[102]),
            (&["tag=blue,red"], &[101, 102, 110, 111]),
            (&["tag=blue node=n1 status=running"], &[101]),
            (&["name~^(alpha|gamma)$"], &[101, 105]),
            (&["tag!=blue cluster=main"], &[105, 110, 111]),
            (&["memory>3G"], &[101, 102, 110, 111, 101]),
            (&["beta", "gamma"], &[102, 105]),
        ];
        for (selectors, want) in rows {
            assert_eq!(ids(selectors).as_deref(), Ok(want), "{selectors:?}");
        }
    }

    #[test]
    fn an_unknown_number_is_neither_above_nor_below() {
        assert_eq!(
            ids(&["gamma memory>1"]),
            Err(SelectError::NoMatch {
                selector: "gamma memory>1".into()
            })
        );
        assert_eq!(
            ids(&["gamma memory<1"]),
            Err(SelectError::NoMatch {
                selector: "gamma memory<1".into()
            })
        );
    }

    #[test]
    fn a_name_or_id_that_fits_two_is_ambiguous_and_shows_both() {
        assert_eq!(
            ids(&["twin"]),
            Err(SelectError::Ambiguous {
                selector: "twin".into(),
                candidates: vec![
                    ("main/n2/110".into(), "twin".into()),
                    ("main/n2/111".into(), "twin".into())
                ],
            })
        );
        assert!(matches!(ids(&["101"]), Err(SelectError::Ambiguous { .. })));
        assert_eq!(ids(&["twin 110"]), Ok(vec![110]));
    }

    #[test]
    fn a_name_that_fits_nothing_is_an_error_even_as_an_exception() {
        assert_eq!(
            ids(&["alpha,nobody"]),
            Err(SelectError::NoMatch {
                selector: "nobody".into()
            })
        );
        assert_eq!(
            ids(&["tag=blue !nobody"]),
            Err(SelectError::NoMatch {
                selector: "nobody".into()
            })
        );
        assert_eq!(
            ids(&["tag=none"]),
            Err(SelectError::NoMatch {
                selector: "tag=none".into()
            })
        );
    }

    #[test]
    fn text_that_is_no_selector_says_why() {
        let rows = [
            (
                "",
                "selector ``: it is empty; name a guest, an id or a condition such as `tag=web`",
            ),
            (
                "a,,b",
                "selector `a,,b`: there is nothing before or after a comma",
            ),
            ("9-3", "selector `9-3`: the range 9-3 runs backwards"),
            (
                "tag>3",
                "selector `tag>3`: `tag` is text: compare it with = != ~ !~",
            ),
            (
                "cpu~x",
                "selector `cpu~x`: `cpu` is a number: compare it with = != > >= < <=",
            ),
            ("name~(", "selector `name~(`: `(` is no regular expression"),
            (
                "name=\"a",
                "selector `name=\"a`: a double quote is not closed",
            ),
            (
                "a/b/c/d",
                "selector `a/b/c/d`: expected cluster/id or cluster/node/id",
            ),
        ];
        for (text, want) in rows {
            assert_eq!(text.parse::<Selector>().unwrap_err().to_string(), want);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,60}") {
            let _ = text.parse::<Selector>();
        }

        #[test]
        fn a_term_and_its_negation_divide_the_world(term in "(tag=[a-z]{1,4}|node=n[12]|10[0-9]-11[0-9]|status=running|memory>[1-9]G)") {
            let yes: Selector = term.parse().unwrap();
            let no: Selector = format!("!{term}").parse().unwrap();
            for guest in world() {
                prop_assert!(yes.matches(&guest) != no.matches(&guest));
            }
        }
    }
}
