//! The stricter reading for what gives and takes rights: rules and standing approvals.
//!
//! A person who selects guests for a plan reads which ones it found, and a selector that finds none is an
//! error. A rule is read by nobody when it matters, so what no guest can ever fit is refused when it is written.

use super::{Alternative, Key, ParseError, Selector, Term, Test, parse::error};

/// What others write between conditions.
const CONNECTIVES: [&str; 6] = ["and", "or", "not", "in", "like", "where"];

/// Refuses what can be parsed and cannot be meant.
pub(super) fn check(selector: &Selector) -> Result<(), ParseError> {
    for term in &selector.terms {
        for alternative in &term.alternatives {
            possible(alternative).map_err(|why| error(&selector.source, why))?;
        }
    }
    // A blank means "and": no guest has two names.
    let mut named = selector.terms.iter().filter(|term| names_one(term));
    if let (Some(_), Some(_)) = (named.next(), named.next()) {
        return Err(error(
            &selector.source,
            "a blank means that both must hold, and no guest has two names; write names with a comma between them, \
             or as a list",
        ));
    }
    Ok(())
}

fn names_one(term: &Term) -> bool {
    !term.negated
        && term.alternatives.iter().all(|alternative| {
            matches!(alternative, Alternative::Name(name) if !is_pattern(name))
                || matches!(alternative, Alternative::Id(_) | Alternative::Range(..))
        })
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

fn possible(alternative: &Alternative) -> Result<(), String> {
    match alternative {
        Alternative::Id(_)
        | Alternative::Range(..)
        | Alternative::Number { .. }
        | Alternative::Word {
            test: Test::Pattern(_),
            ..
        } => Ok(()),
        Alternative::Name(name) => {
            if CONNECTIVES.contains(&name.to_lowercase().as_str()) {
                return Err(format!(
                    "`{name}` is read as the name of a guest; a blank means and, a comma between values or a list \
                     of selectors means or, `!` means not (`name={name}` is a guest of that name)"
                ));
            }
            written("the name of a guest", name, &['-', '.', '_'])
        }
        Alternative::Path { cluster, node, .. } => {
            written("a cluster", cluster, &['-', '.', '_'])?;
            node.as_deref()
                .map_or(Ok(()), |node| written("a node", node, &['-', '.']))
        }
        Alternative::Word {
            key,
            test: Test::Glob(value),
            ..
        } => word(*key, value),
    }
}

fn word(key: Key, value: &str) -> Result<(), String> {
    match key {
        Key::Id => {
            if value
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"*?".contains(&byte))
            {
                Ok(())
            } else {
                Err(format!("`{}` is not a guest id", shown(value)))
            }
        }
        Key::Kind => one_of("kind", value, &["qemu", "lxc"]),
        Key::Template => one_of("template", value, &["true", "false"]),
        Key::Tag => written("a tag", value, &['-', '_', '.', '+']),
        Key::Pool => written("a pool", value, &['-', '_', '.', '/']),
        Key::Node => written("a node", value, &['-', '.']),
        Key::Name => written("the name of a guest", value, &['-', '.', '_']),
        Key::Cluster => written("a cluster", value, &['-', '_', '.', ' ']),
        Key::Status | Key::Lock | Key::Ha | Key::Storage => {
            written("such a value", value, &['-', '_', '.'])
        }
    }
}

fn one_of(key: &str, value: &str, known: &[&str]) -> Result<(), String> {
    if known.iter().any(|one| super::glob(value, one)) {
        Ok(())
    } else {
        Err(format!(
            "no guest has the {key} `{}`; there are {}",
            shown(value),
            known.join(" and ")
        ))
    }
}

/// Letters, digits, `*`, `?` and what else may stand in it.
fn written(what: &str, value: &str, also: &[char]) -> Result<(), String> {
    let is_fine = |c: &char| c.is_alphanumeric() || "*?".contains(*c) || also.contains(c);
    match value.chars().find(|c| !is_fine(c)) {
        None if value.is_empty() => Err(format!("{what} is empty")),
        None => Ok(()),
        Some('=') if value.starts_with('=') => {
            Err("there is one `=` too many; `key=value` compares, as in `tag=prod`".to_owned())
        }
        Some(c) => Err(format!(
            "`{}` cannot be {what}: there is no `{}` in one",
            shown(value),
            c.escape_debug()
        )),
    }
}

fn shown(value: &str) -> String {
    crate::registry::clip(value, 40)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_no_guest_can_ever_fit_is_refused_with_one_sentence() {
        let rows = [
            (
                "tag==",
                "there is one `=` too many; `key=value` compares, as in `tag=prod`",
            ),
            (
                "tag==prod",
                "there is one `=` too many; `key=value` compares, as in `tag=prod`",
            ),
            (
                "((",
                "`((` cannot be the name of a guest: there is no `(` in one",
            ),
            ("(tag=prod)", "there is no key `(tag`; keys are "),
            (
                "tag=prod or tag=web",
                "`or` is read as the name of a guest; a blank means and, a comma between values or a list of \
                 selectors means or, `!` means not (`name=or` is a guest of that name)",
            ),
            (
                "tag=prod AND node=pve1",
                "`AND` is read as the name of a guest; ",
            ),
            (
                "tag=(prod)",
                "`(prod)` cannot be a tag: there is no `(` in one",
            ),
            (
                "tag=prod&tag=web",
                "`prod&tag=web` cannot be a tag: there is no `&` in one",
            ),
            (
                "tag:prod",
                "`tag:prod` cannot be the name of a guest: there is no `:` in one",
            ),
            (
                "tag=\"prod web\"",
                "`prod web` cannot be a tag: there is no ` ` in one",
            ),
            ("\"\"", "a name is empty"),
            (
                "!!web",
                "`!web` cannot be the name of a guest: there is no `!` in one",
            ),
            (
                "kind=vm",
                "no guest has the kind `vm`; there are qemu and lxc",
            ),
            (
                "template=yes",
                "no guest has the template `yes`; there are true and false",
            ),
            ("id=web", "`web` is not a guest id"),
            ("/101", "a cluster is empty"),
            ("main//101", "a node is empty"),
            (
                "web-01 web-02",
                "a blank means that both must hold, and no guest has two names; write names with a comma between \
                 them, or as a list",
            ),
            ("tag prod", "a blank means that both must hold, "),
        ];
        for (text, want) in rows {
            let error = Selector::strict(text).unwrap_err();
            assert!(error.why.starts_with(want), "{text}: {error}");
        }
    }

    #[test]
    fn what_may_fit_some_day_is_a_selector_even_if_nothing_fits_now() {
        for text in [
            "tag=prod",
            "tag=prod,web !web-03",
            "node=pve9",
            "name~^(db|web)-\\d+$",
            "main/pve1/101",
            "101,105-110",
            "101-110 !105",
            "web-*",
            "web-?? node=pve1",
            "pool=shop/front",
            "kind=qemu template!=true",
            "cluster=\"Haus am See\"",
            "name=or",
            "ha=none",
            "tag=über",
        ] {
            assert!(Selector::strict(text).is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_strict_reading_takes_nothing_that_the_usual_one_does_not(text in "\\PC{0,20}") {
            if Selector::strict(&text).is_ok() {
                prop_assert!(text.parse::<Selector>().is_ok());
            }
        }
    }
}
