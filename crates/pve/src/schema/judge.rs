//! Does the caller have what calls need? Yes, no, or not to be known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::client::Client;
use crate::error::Result;
use crate::permissions::Permissions;
use crate::schema::needs::{CallNeeds, Need};

/// May the call be made?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Granted,
    /// No: this is missing.
    Lacking(Lack),
    /// Nothing is known to be missing, but this could not be checked, in the words of the
    /// description.
    Unknown(Vec<String>),
}

/// What is missing. Prints as one line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Privileges that the caller does not have on a path: all of them are needed, or (`any`) one.
    Privileges {
        /// `/vms/100`.
        path: String,
        /// Which.
        privileges: Vec<String>,
        /// One is enough.
        any: bool,
    },
    /// All of these are missing.
    AllOf(Vec<Lack>),
    /// Any of these would do.
    OneOf(Vec<Lack>),
    /// Only this user may do it.
    OtherUser(String),
    /// The call cannot be made with an API token.
    PasswordLogin,
    /// The rule holds only with this parameter.
    Parameter(String),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (number, part) in parts.iter().enumerate() {
                if number > 0 {
                    f.write_str(word)?;
                }
                let nested =
                    matches!(part, Self::AllOf(inner) | Self::OneOf(inner) if inner.len() > 1);
                if nested {
                    write!(f, "({part})")?;
                } else {
                    write!(f, "{part}")?;
                }
            }
            Ok(())
        };
        match self {
            Self::Privileges {
                path,
                privileges,
                any,
            } => {
                let word = if *any { " or " } else { " and " };
                write!(f, "{} on {path}", privileges.join(word))
            }
            Self::AllOf(parts) => list(f, parts, " and "),
            Self::OneOf(parts) if parts.is_empty() => f.write_str("a rule that nobody fulfils"),
            Self::OneOf(parts) => list(f, parts, " or "),
            Self::OtherUser(user) => write!(f, "being {user}"),
            Self::PasswordLogin => f.write_str("a login with a password in place of a token"),
            Self::Parameter(name) => write!(f, "the parameter `{name}`"),
        }
    }
}

/// The verdict on one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallVerdict {
    /// The call and its conditions.
    pub needs: CallNeeds,
    /// May it be made?
    pub verdict: Verdict,
}

impl Need {
    /// Does it hold for the caller with these permissions? `caller` is `user@realm` or
    /// `user@realm!token`; without it, conditions on the user are unknown.
    pub fn verdict(&self, permissions: &Permissions, caller: Option<&str>) -> Verdict {
        let each = |parts: &[Self]| -> Vec<Verdict> {
            parts
                .iter()
                .map(|part| part.verdict(permissions, caller))
                .collect()
        };
        match self {
            Self::Privileges {
                path,
                privileges,
                any,
            } => of_privileges(permissions, path, privileges, *any),
            Self::All(parts) => all(each(parts)),
            Self::AnyOf(parts) => any_of(each(parts)),
            Self::Caller(user) => of_user(user, caller),
            Self::Root => of_user("root@pam", caller),
            Self::Parameter(name) => Verdict::Lacking(Lack::Parameter(name.clone())),
            Self::Unknown(text) => Verdict::Unknown(vec![text.clone()]),
        }
    }
}

fn of_privileges(held: &Permissions, path: &str, privileges: &[String], any: bool) -> Verdict {
    let lacking: Vec<String> = privileges
        .iter()
        .filter(|privilege| !held.holds(path, privilege))
        .cloned()
        .collect();
    if lacking.is_empty() || (any && lacking.len() < privileges.len()) {
        return Verdict::Granted;
    }
    Verdict::Lacking(Lack::Privileges {
        path: path.to_owned(),
        any: any && lacking.len() > 1,
        privileges: lacking,
    })
}

fn all(parts: Vec<Verdict>) -> Verdict {
    let (lacking, unknown) = sorted(parts);
    match one(lacking, Lack::AllOf) {
        Some(lack) => Verdict::Lacking(lack),
        None if unknown.is_empty() => Verdict::Granted,
        None => Verdict::Unknown(unknown),
    }
}

fn any_of(parts: Vec<Verdict>) -> Verdict {
    if parts.contains(&Verdict::Granted) {
        return Verdict::Granted;
    }
    let (lacking, unknown) = sorted(parts);
    if !unknown.is_empty() {
        return Verdict::Unknown(unknown);
    }
    Verdict::Lacking(one(lacking, Lack::OneOf).unwrap_or(Lack::OneOf(Vec::new())))
}

fn sorted(parts: Vec<Verdict>) -> (Vec<Lack>, Vec<String>) {
    let (mut lacking, mut unknown) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Verdict::Granted => {}
            Verdict::Lacking(lack) if lacking.contains(&lack) => {}
            Verdict::Lacking(lack) => lacking.push(lack),
            Verdict::Unknown(more) => unknown.extend(more),
        }
    }
    (lacking, unknown)
}

fn one(mut lacking: Vec<Lack>, several: fn(Vec<Lack>) -> Lack) -> Option<Lack> {
    let last = lacking.pop()?;
    if lacking.is_empty() {
        return Some(last);
    }
    lacking.push(last);
    Some(several(lacking))
}

fn of_user(user: &str, caller: Option<&str>) -> Verdict {
    match caller {
        Some(caller) if caller == user => Verdict::Granted,
        // What a token may do in place of its user differs between methods.
        Some(caller)
            if caller
                .split_once('!')
                .is_some_and(|(owner, _)| owner == user) =>
        {
            Verdict::Unknown(vec![format!("only {user}, and perhaps not by a token")])
        }
        Some(_) => Verdict::Lacking(Lack::OtherUser(user.to_owned())),
        None => Verdict::Unknown(vec![format!("only {user}")]),
    }
}

impl CallNeeds {
    /// May the caller make this call? `caller` is `user@realm` or `user@realm!token`.
    pub fn verdict(&self, permissions: &Permissions, caller: Option<&str>) -> Verdict {
        match caller {
            // No check is made for root; its tokens are checked as any other.
            Some("root@pam") => Verdict::Granted,
            Some(caller) if caller.contains('!') && !self.allows_token => {
                Verdict::Lacking(Lack::PasswordLogin)
            }
            _ => self.need.verdict(permissions, caller),
        }
    }
}

impl Client {
    /// Which of the calls the caller may make, and what is missing. Asks for the privileges on
    /// each path that matters, one request per path.
    ///
    /// ```no_run
    /// # async fn example(client: pve::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use pve::{Method, Params};
    /// let schema = client.schema().await?;
    /// let path = "/nodes/pve1/qemu/100/status/start".parse()?;
    /// let calls = vec![schema.needs(Method::Post, &path, &Params::new())?];
    /// for call in client.judge_calls(calls, Some("ops@pve")).await? {
    ///     println!("{} {}: {:?}", call.needs.method, call.needs.path, call.verdict);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn judge_calls(
        &self,
        calls: Vec<CallNeeds>,
        caller: Option<&str>,
    ) -> Result<Vec<CallVerdict>> {
        let paths: BTreeSet<&str> = calls.iter().flat_map(|call| call.need.paths()).collect();
        let mut permissions = Permissions::default();
        for path in paths {
            let held = self.permissions_on(path).await?;
            // Asked for exactly, so nothing is inherited from the answer to another path.
            let here: BTreeMap<String, bool> = held
                .into_iter()
                .map(|privilege| (privilege, false))
                .collect();
            permissions.by_path.insert(path.to_owned(), here);
        }
        Ok(calls
            .into_iter()
            .map(|needs| CallVerdict {
                verdict: needs.verdict(&permissions, caller),
                needs,
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn permissions(list: &[(&str, &str, bool)]) -> Permissions {
        let mut all = Permissions::default();
        for (path, privilege, below) in list {
            let here = all.by_path.entry((*path).to_owned()).or_default();
            here.insert((*privilege).to_owned(), *below);
        }
        all
    }

    fn needs(path: &str, names: &[&str], any: bool) -> Need {
        Need::Privileges {
            path: path.into(),
            privileges: names.iter().map(|&name| name.to_owned()).collect(),
            any,
        }
    }

    #[test]
    fn privileges_hold_below_only_where_they_propagate() {
        let held = permissions(&[
            ("/", "A", false),
            ("/vms", "B", true),
            ("/vms/100", "C", true),
        ]);
        for (path, privilege, holds) in [
            ("/", "A", true),
            ("/vms", "A", false),
            ("/vms/7", "B", true),
            // The nearest listed path decides: it has what came from above in it.
            ("/vms/100", "B", false),
            ("/vms/100", "C", true),
            ("/vmsx", "B", false),
        ] {
            assert_eq!(held.holds(path, privilege), holds, "{path} {privilege}");
        }
    }

    #[test]
    fn what_is_missing_is_said_with_its_alternatives() {
        let held = permissions(&[("/", "A", true)]);
        let clone = Need::All(vec![
            needs("/vms/1", &["A", "B"], false),
            Need::AnyOf(vec![
                needs("/vms/2", &["C"], false),
                Need::All(vec![
                    needs("/pool/p", &["D", "E"], true),
                    Need::Parameter("x".into()),
                ]),
            ]),
        ]);
        let Verdict::Lacking(lack) = clone.verdict(&held, None) else {
            panic!("it is missing");
        };
        assert_eq!(
            lack.to_string(),
            "B on /vms/1 and (C on /vms/2 or (D or E on /pool/p and the parameter `x`))"
        );
    }

    #[test]
    fn what_is_only_described_is_never_granted() {
        let held = permissions(&[("/", "A", true)]);
        let described = Need::Unknown("more".into());
        let yes = needs("/x", &["A"], false);
        let no = needs("/x", &["B"], false);
        let verdict = |need: Need| need.verdict(&held, None);
        assert_eq!(
            verdict(Need::All(vec![yes.clone(), described.clone()])),
            Verdict::Unknown(vec!["more".into()])
        );
        assert_eq!(
            verdict(Need::AnyOf(vec![no.clone(), described.clone()])),
            Verdict::Unknown(vec!["more".into()])
        );
        assert_eq!(
            verdict(Need::AnyOf(vec![yes, described.clone()])),
            Verdict::Granted
        );
        assert!(matches!(
            verdict(Need::All(vec![no, described])),
            Verdict::Lacking(_)
        ));
    }

    #[test]
    fn users_and_tokens_are_told_apart() {
        let call = |need, allows_token| CallNeeds {
            method: crate::transport::Method::Get,
            path: "/x".parse().unwrap(),
            need,
            allows_token,
        };
        let held = Permissions::default();
        let root = call(Need::Root, true);
        assert_eq!(root.verdict(&held, Some("root@pam")), Verdict::Granted);
        assert_eq!(
            root.verdict(&held, Some("a@pve")),
            Verdict::Lacking(Lack::OtherUser("root@pam".into()))
        );
        assert!(matches!(
            root.verdict(&held, Some("root@pam!t")),
            Verdict::Unknown(_)
        ));
        assert!(matches!(root.verdict(&held, None), Verdict::Unknown(_)));
        let password = call(Need::nothing(), false);
        assert_eq!(
            password.verdict(&held, Some("a@pve!t")),
            Verdict::Lacking(Lack::PasswordLogin)
        );
        assert_eq!(password.verdict(&held, Some("a@pve")), Verdict::Granted);
    }

    /// Conditions over three privileges on two paths, without anything unknown.
    fn known_need() -> impl Strategy<Value = Need> {
        let leaf = (
            prop_oneof!["/a", "/a/b"],
            proptest::collection::vec("[PQR]", 1..3),
            any::<bool>(),
        )
            .prop_map(|(path, privileges, any)| Need::Privileges {
                path,
                privileges,
                any,
            });
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Need::All),
                proptest::collection::vec(inner, 0..3).prop_map(Need::AnyOf),
            ]
        })
    }

    fn some_permissions() -> impl Strategy<Value = Permissions> {
        let entry = (prop_oneof!["/a", "/a/b"], "[PQR]", any::<bool>());
        proptest::collection::vec(entry, 0..6).prop_map(|list| {
            let mut all = Permissions::default();
            for (path, privilege, below) in list {
                all.by_path
                    .entry(path)
                    .or_default()
                    .insert(privilege, below);
            }
            all
        })
    }

    /// The plain two-valued meaning.
    fn holds(need: &Need, held: &Permissions) -> bool {
        match need {
            Need::Privileges {
                path,
                privileges,
                any,
            } => {
                let mut each = privileges.iter().map(|name| held.holds(path, name));
                if *any {
                    each.any(|is| is)
                } else {
                    each.all(|is| is)
                }
            }
            Need::All(parts) => parts.iter().all(|part| holds(part, held)),
            Need::AnyOf(parts) => parts.iter().any(|part| holds(part, held)),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn without_unknowns_the_verdict_is_the_meaning(need in known_need(), held in some_permissions()) {
            let granted = need.verdict(&held, None) == Verdict::Granted;
            prop_assert_eq!(granted, holds(&need, &held));
        }

        #[test]
        fn more_privileges_never_take_a_grant_away(need in known_need(), held in some_permissions(), path in prop_oneof!["/a", "/a/b"], privilege in "[PQR]") {
            let before = need.verdict(&held, None);
            // A path that is not listed gets its own list with what it had.
            let mut more = held.clone();
            let inherited: BTreeMap<String, bool> = ["P", "Q", "R"].into_iter().filter(|name| held.holds(&path, name)).map(|name| (name.to_owned(), false)).collect();
            let here = more.by_path.entry(path).or_insert(inherited);
            here.entry(privilege).or_insert(false);
            if before == Verdict::Granted {
                prop_assert_eq!(need.verdict(&more, None), Verdict::Granted);
            }
        }

        #[test]
        fn an_unknown_part_never_turns_a_refusal_into_a_grant(need in known_need(), held in some_permissions()) {
            let with = Need::All(vec![need.clone(), Need::Unknown("?".into())]);
            prop_assert_ne!(with.verdict(&held, None), Verdict::Granted);
            let either = Need::AnyOf(vec![need.clone(), Need::Unknown("?".into())]);
            let granted = either.verdict(&held, None) == Verdict::Granted;
            prop_assert_eq!(granted, need.verdict(&held, None) == Verdict::Granted);
        }
    }
}
