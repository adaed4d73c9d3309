//! Who may call a method, as the description says it.

use serde_json::Value;

use crate::lenient::value_text;

/// Who may call a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodAccess {
    /// Who comes in at all.
    pub audience: Audience,
    /// What is checked before the method runs.
    pub check: Option<AccessCheck>,
    /// What else the method checks by itself; in words only.
    pub description: Option<String>,
}

/// Who comes in at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, also without signing in.
    World,
    /// Everybody who is signed in; the method may check more.
    SignedIn,
    /// Who passes the check.
    Checked,
    /// Only `root@pam`: the description has no rule.
    Root,
}

/// A check of privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessCheck {
    /// Privileges on a path.
    Privileges {
        /// `/vms/{vmid}`; names in braces are parameters of the call.
        path: String,
        /// Which.
        privileges: Vec<String>,
        /// One of them is enough.
        any: bool,
        /// Holds only when this parameter is given.
        needs_parameter: Option<String>,
    },
    /// All of these.
    All(Vec<AccessCheck>),
    /// One of these.
    AnyOf(Vec<AccessCheck>),
    /// The parameter `userid` is the caller.
    UserIsCaller,
    /// This privilege on the realm of the user in `userid`.
    OnRealmOfUser(String),
    /// One of the privileges on `/access/groups`, or on a group of the user in `userid`.
    OnGroupsOfUser {
        /// One is enough.
        privileges: Vec<String>,
        /// What the parameter `groups` is for.
        groups: GroupsParameter,
    },
    /// May change permissions on this path.
    ModifyPermissions {
        /// `{path}`: the parameter.
        path: String,
    },
    /// A check of a kind that is not known here, as the description writes it.
    Unknown(String),
}

/// What the parameter `groups` means for a check of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupsParameter {
    /// It is not looked at.
    NotUsed,
    /// The groups a new user comes into.
    OfNewUser,
    /// The groups an existing user gets; the privilege is needed on a present group, too.
    OfExistingUser,
}

impl MethodAccess {
    pub(super) fn of(rule: Option<&Value>) -> Self {
        let none = Self {
            audience: Audience::Root,
            check: None,
            description: None,
        };
        let Some(Value::Object(rule)) = rule else {
            return none;
        };
        let check = rule.get("check").map(check_of);
        let description = rule
            .get("description")
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        let audience = match (rule.get("user").and_then(Value::as_str), &check) {
            (Some("world"), _) => Audience::World,
            (Some(_), _) => Audience::SignedIn,
            (None, Some(_)) => Audience::Checked,
            (None, None) => Audience::Root,
        };
        Self {
            audience,
            check,
            description,
        }
    }
}

fn check_of(rule: &Value) -> AccessCheck {
    read(rule).unwrap_or_else(|| AccessCheck::Unknown(rule.to_string()))
}

fn read(rule: &Value) -> Option<AccessCheck> {
    let parts = rule.as_array()?;
    let (kind, rest) = parts.split_first()?;
    match kind.as_str()? {
        "and" => Some(AccessCheck::All(rest.iter().map(check_of).collect())),
        "or" => Some(AccessCheck::AnyOf(rest.iter().map(check_of).collect())),
        "perm" => {
            let (path, rest) = rest.split_first()?;
            let (privileges, options) = rest.split_first()?;
            // An option that is not known here can change what the check means.
            let known = |name: &str| matches!(name, "any" | "require_param");
            if !names_of(options).all(known) {
                return None;
            }
            Some(AccessCheck::Privileges {
                path: path.as_str()?.to_owned(),
                privileges: words(privileges)?,
                any: option(options, "any").is_some_and(|value| value != "0"),
                needs_parameter: option(options, "require_param"),
            })
        }
        "userid-param" => match rest {
            [Value::String(who)] if who == "self" => Some(AccessCheck::UserIsCaller),
            [Value::String(privilege)] => Some(AccessCheck::OnRealmOfUser(privilege.clone())),
            _ => None,
        },
        "userid-group" => {
            let (privileges, options) = rest.split_first()?;
            if !names_of(options).all(|name| name == "groups_param") {
                return None;
            }
            let groups = match option(options, "groups_param").as_deref() {
                None | Some("0" | "") => GroupsParameter::NotUsed,
                Some("create") => GroupsParameter::OfNewUser,
                Some(_) => GroupsParameter::OfExistingUser,
            };
            Some(AccessCheck::OnGroupsOfUser {
                privileges: words(privileges)?,
                groups,
            })
        }
        "perm-modify" => Some(AccessCheck::ModifyPermissions {
            path: rest.first()?.as_str()?.to_owned(),
        }),
        _ => None,
    }
}

fn words(list: &Value) -> Option<Vec<String>> {
    let words: Vec<String> = list.as_array()?.iter().map(value_text).collect();
    (!words.is_empty()).then_some(words)
}

/// Options follow as name, value, name, value.
fn option(options: &[Value], name: &str) -> Option<String> {
    options.chunks(2).find_map(|pair| match pair {
        [known, value] if known.as_str() == Some(name) => Some(value_text(value)),
        _ => None,
    })
}

fn names_of(options: &[Value]) -> impl Iterator<Item = &str> {
    options
        .iter()
        .step_by(2)
        .map(|name| name.as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn access(rule: &Value) -> MethodAccess {
        MethodAccess::of(Some(rule))
    }

    #[test]
    fn rules_are_read_in_all_their_forms() {
        let perm =
            |path: &str, privileges: &[&str], any, needs: Option<&str>| AccessCheck::Privileges {
                path: path.into(),
                privileges: privileges.iter().map(|&word| word.to_owned()).collect(),
                any,
                needs_parameter: needs.map(str::to_owned),
            };
        let clone = json!([
            "and",
            ["perm", "/vms/{vmid}", ["VM.Clone"]],
            [
                "or",
                ["perm", "/vms/{newid}", ["VM.Allocate"]],
                [
                    "perm",
                    "/pool/{pool}",
                    ["A", "B"],
                    "any",
                    1,
                    "require_param",
                    "pool"
                ]
            ]
        ]);
        assert_eq!(
            access(&json!({"check": clone})).check,
            Some(AccessCheck::All(vec![
                perm("/vms/{vmid}", &["VM.Clone"], false, None),
                AccessCheck::AnyOf(vec![
                    perm("/vms/{newid}", &["VM.Allocate"], false, None),
                    perm("/pool/{pool}", &["A", "B"], true, Some("pool")),
                ]),
            ]))
        );
        assert_eq!(
            access(&json!({"check": ["userid-group", ["User.Modify"], "groups_param", "create"]}))
                .check,
            Some(AccessCheck::OnGroupsOfUser {
                privileges: vec!["User.Modify".into()],
                groups: GroupsParameter::OfNewUser
            })
        );
        assert_eq!(
            access(&json!({"check": ["or", ["userid-param", "self"], ["userid-param", "R.A"], ["perm-modify", "{path}"]]}))
                .check,
            Some(AccessCheck::AnyOf(vec![
                AccessCheck::UserIsCaller,
                AccessCheck::OnRealmOfUser("R.A".into()),
                AccessCheck::ModifyPermissions { path: "{path}".into() },
            ]))
        );
    }

    #[test]
    fn who_comes_in_without_a_check() {
        let audience = |rule: Value| access(&rule).audience;
        assert_eq!(audience(json!({"user": "world"})), Audience::World);
        assert_eq!(
            audience(json!({"user": "all", "description": "x"})),
            Audience::SignedIn
        );
        assert_eq!(
            audience(json!({"check": ["perm", "/", ["A"]]})),
            Audience::Checked
        );
        assert_eq!(MethodAccess::of(None).audience, Audience::Root);
        assert_eq!(audience(json!(null)), Audience::Root);
    }

    #[test]
    fn a_check_that_is_not_understood_stays_unknown() {
        for rule in [
            json!(["perm", "/"]),
            json!(["perm", "/", []]),
            json!(["perm", "/", ["A"], "unless", 1]),
            json!(["brand-new", "/"]),
            json!(["userid-group", ["A"], "new_option", 1]),
            json!("perm"),
            json!([]),
        ] {
            assert_eq!(
                access(&json!({"check": rule})).check,
                Some(AccessCheck::Unknown(rule.to_string()))
            );
        }
    }
}
