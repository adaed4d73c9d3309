//! What concrete calls need: the checks of their methods with the parameters filled in.

use crate::params::Params;
use crate::path::ApiPath;
use crate::schema::Schema;
use crate::schema::check::CallProblem;
use crate::schema::permission::{AccessCheck, Audience, GroupsParameter};
use crate::transport::Method;

/// What one call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallNeeds {
    /// The call.
    pub method: Method,
    /// Its path.
    pub path: ApiPath,
    /// What must hold.
    pub need: Need,
    /// Can it be made with an API token?
    pub allows_token: bool,
}

/// A condition on the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// All (`any` false) or one of the privileges on a path.
    Privileges {
        /// `/vms/100`.
        path: String,
        /// Which.
        privileges: Vec<String>,
        /// One is enough.
        any: bool,
    },
    /// All of these; none of them is no condition at all.
    All(Vec<Need>),
    /// One of these; none of them never holds.
    AnyOf(Vec<Need>),
    /// The caller is this user.
    Caller(String),
    /// The caller is `root@pam`.
    Root,
    /// A parameter that was not given.
    Parameter(String),
    /// The description says it in words only: it is not known what must hold.
    Unknown(String),
}

impl Need {
    /// Nothing must hold.
    pub const fn nothing() -> Self {
        Self::All(Vec::new())
    }

    /// This privilege on a path.
    pub fn on(path: &str, privilege: &str) -> Self {
        Self::Privileges {
            path: path.to_owned(),
            privileges: vec![privilege.to_owned()],
            any: false,
        }
    }

    /// One of these privileges on a path.
    pub fn one_of<P: AsRef<str>>(path: &str, privileges: &[P]) -> Self {
        Self::Privileges {
            path: path.to_owned(),
            privileges: privileges
                .iter()
                .map(|one| one.as_ref().to_owned())
                .collect(),
            any: true,
        }
    }

    /// What giving away permissions on a path needs, and on a guest or storage putting it into a pool: who has
    /// `Permissions.Modify` may, and on some paths who may make such objects.
    pub fn to_modify(path: &str) -> Self {
        let owners = [
            ("/storage/", "Datastore.Allocate"),
            ("/vms/", "VM.Allocate"),
            ("/pool/", "Pool.Allocate"),
        ];
        let owner = owners.iter().find(|(below, _)| {
            path.strip_prefix(below)
                .is_some_and(|rest| !rest.is_empty())
        });
        let privileges: Vec<&str> = std::iter::once("Permissions.Modify")
            .chain(owner.map(|(_, privilege)| *privilege))
            .collect();
        Self::one_of(path, &privileges)
    }

    /// Is it root itself that is needed, whatever else is?
    pub fn is_roots(&self) -> bool {
        match self {
            Self::Root => true,
            Self::All(parts) => parts.iter().any(Self::is_roots),
            Self::Privileges { .. }
            | Self::AnyOf(_)
            | Self::Caller(_)
            | Self::Parameter(_)
            | Self::Unknown(_) => false,
        }
    }

    /// The paths on which privileges are needed.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::Privileges { path, .. } => vec![path],
            Self::All(parts) | Self::AnyOf(parts) => parts.iter().flat_map(Self::paths).collect(),
            Self::Caller(_) | Self::Root | Self::Parameter(_) | Self::Unknown(_) => Vec::new(),
        }
    }
}

impl Schema {
    /// What a call needs.
    pub fn needs(
        &self,
        method: Method,
        path: &ApiPath,
        params: &Params,
    ) -> Result<CallNeeds, CallProblem> {
        let found = self
            .find(method, path)
            .ok_or_else(|| CallProblem::NotOffered {
                method,
                path: path.clone(),
            })?;
        let value = |name: &str| -> Option<String> {
            let in_path = found.in_path.get(name).cloned();
            in_path.or_else(|| {
                let mut given = params.iter().filter(|(known, _)| *known == name);
                let first = given.next()?.1.to_owned();
                // A list that was given item by item.
                Some(given.fold(first, |list, (_, item)| list + "," + item))
            })
        };
        let access = &found.method.access;
        let checked = access.check.as_ref().map(|check| of_check(check, &value));
        let words = access.description.clone().map(Need::Unknown);
        let need = match access.audience {
            Audience::World => Need::nothing(),
            // Words alone let nobody in but root.
            Audience::Root => Need::Root,
            // The server does not look at a check then.
            Audience::SignedIn => words.unwrap_or(Need::nothing()),
            Audience::Checked => match (checked, words) {
                (Some(checked), None) => checked,
                (Some(checked), Some(words)) => Need::All(vec![checked, words]),
                (None, words) => words.unwrap_or(Need::Root),
            },
        };
        Ok(CallNeeds {
            method,
            path: path.clone(),
            need,
            allows_token: found.method.allows_token,
        })
    }
}

fn of_check(check: &AccessCheck, value: &dyn Fn(&str) -> Option<String>) -> Need {
    match check {
        AccessCheck::Privileges {
            needs_parameter: Some(name),
            ..
        } if value(name).is_none() => Need::Parameter(name.clone()),
        AccessCheck::Privileges {
            path,
            privileges,
            any,
            ..
        } => Need::Privileges {
            path: filled(path, value),
            privileges: privileges.clone(),
            any: *any,
        },
        AccessCheck::All(checks) => {
            Need::All(checks.iter().map(|check| of_check(check, value)).collect())
        }
        AccessCheck::AnyOf(checks) => {
            Need::AnyOf(checks.iter().map(|check| of_check(check, value)).collect())
        }
        AccessCheck::UserIsCaller => match value("userid") {
            Some(user) => Need::Caller(user),
            None => Need::Parameter("userid".into()),
        },
        AccessCheck::OnRealmOfUser(privilege) => {
            let user = value("userid");
            match user.as_deref().and_then(|user| user.rsplit_once('@')) {
                Some((_, realm)) => Need::Privileges {
                    path: format!("/access/realm/{realm}"),
                    privileges: vec![privilege.clone()],
                    any: false,
                },
                None => Need::Parameter("userid".into()),
            }
        }
        AccessCheck::OnGroupsOfUser { privileges, groups } => on_groups(privileges, *groups, value),
        AccessCheck::ModifyPermissions { path } => Need::to_modify(&filled(path, value)),
        AccessCheck::Unknown(text) => Need::Unknown(text.clone()),
    }
}

/// On all groups; or on each group that is given and, for a user that is there, on one it is in.
fn on_groups(
    privileges: &[String],
    groups: GroupsParameter,
    value: &dyn Fn(&str) -> Option<String>,
) -> Need {
    let everywhere = Need::one_of("/access/groups", privileges);
    let given: Vec<Need> = value("groups")
        .unwrap_or_default()
        .split([',', ';', ' ', '\0'])
        .filter(|group| !group.is_empty())
        .map(|group| Need::one_of(&format!("/access/groups/{group}"), privileges))
        .collect();
    let member = || {
        let user = value("userid").unwrap_or_else(|| "the user".into());
        Need::Unknown(format!(
            "{} on a group that {user} is in",
            privileges.join(" or ")
        ))
    };
    let narrower = match groups {
        GroupsParameter::NotUsed => member(),
        // Without groups, nothing less than all groups will do.
        _ if given.is_empty() => return everywhere,
        GroupsParameter::OfNewUser => Need::All(given),
        GroupsParameter::OfExistingUser => Need::All(given.into_iter().chain([member()]).collect()),
    };
    Need::AnyOf(vec![everywhere, narrower])
}

/// Fills in the parameters; one that is not given is nothing, and the path is then the one above.
fn filled(template: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        path.push_str(before);
        let Some((name, behind)) = behind.split_once('}') else {
            path.push('{');
            rest = behind;
            continue;
        };
        path.push_str(&value(name).unwrap_or_default());
        rest = behind;
    }
    path.push_str(rest);
    let mut normal = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        normal.push('/');
        normal.push_str(segment);
    }
    if normal.is_empty() {
        normal.push('/');
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn privileges(path: &str, names: &[&str], any: bool) -> Need {
        Need::Privileges {
            path: path.into(),
            privileges: names.iter().map(|&name| name.to_owned()).collect(),
            any,
        }
    }

    fn schema() -> Schema {
        Schema::read(
            br#"[
        {"path":"/nodes/{node}/qemu/{vmid}/clone","info":{"POST":{"permissions":{
            "description":"and space","check":["and",["perm","/vms/{vmid}",["VM.Clone"]],
              ["or",["perm","/vms/{newid}",["VM.Allocate"]],["perm","/pool/{pool}",["VM.Allocate"],"require_param","pool"]]]}}}},
        {"path":"/access/users","info":{"POST":{"permissions":{"check":["and",["userid-param","Realm.AllocateUser"],
            ["userid-group",["User.Modify"],"groups_param","create"]]}}}},
        {"path":"/access/users/{userid}","info":{"GET":{"permissions":{"check":["or",["userid-param","self"],["userid-group",["User.Modify","Sys.Audit"]]]}},
            "PUT":{"permissions":{"check":["userid-group",["User.Modify"],"groups_param","update"]}}}},
        {"path":"/access/acl","info":{"PUT":{"permissions":{"check":["perm-modify","{path}"]}},"GET":{"permissions":{"user":"all"}}}},
        {"path":"/storage","info":{"GET":{"permissions":{"user":"all","description":"only what one may see"}},"POST":{}}}
        ]"#,
        )
        .unwrap()
    }

    fn need(method: Method, path: &str, params: &[(&str, &str)]) -> Need {
        let params = params.iter().map(|(name, value)| (*name, *value)).collect();
        schema()
            .needs(method, &path.parse().unwrap(), &params)
            .unwrap()
            .need
    }

    #[test]
    fn a_clone_needs_privileges_on_both_guests_or_on_the_pool() {
        let path = "/nodes/pve1/qemu/100/clone";
        assert_eq!(
            need(Method::Post, path, &[("newid", "101"), ("pool", "a/b")]),
            Need::All(vec![
                Need::All(vec![
                    privileges("/vms/100", &["VM.Clone"], false),
                    Need::AnyOf(vec![
                        privileges("/vms/101", &["VM.Allocate"], false),
                        privileges("/pool/a/b", &["VM.Allocate"], false),
                    ]),
                ]),
                Need::Unknown("and space".into()),
            ])
        );
        let without = need(Method::Post, path, &[("newid", "101")]);
        assert_eq!(without.paths(), ["/vms/100", "/vms/101"]);
    }

    #[test]
    fn groups_of_users_are_told_apart_by_what_they_are_for() {
        let everywhere = privileges("/access/groups", &["User.Modify"], true);
        let new = |groups| {
            need(
                Method::Post,
                "/access/users",
                &[("userid", "a@pve"), ("groups", groups)],
            )
        };
        let realm = privileges("/access/realm/pve", &["Realm.AllocateUser"], false);
        assert_eq!(new(""), Need::All(vec![realm.clone(), everywhere.clone()]));
        assert_eq!(
            new("g,h"),
            Need::All(vec![
                realm,
                Need::AnyOf(vec![
                    everywhere.clone(),
                    Need::All(vec![
                        privileges("/access/groups/g", &["User.Modify"], true),
                        privileges("/access/groups/h", &["User.Modify"], true)
                    ]),
                ])
            ])
        );
        assert_eq!(
            need(Method::Put, "/access/users/a@pve", &[("groups", "g")]),
            Need::AnyOf(vec![
                everywhere,
                Need::All(vec![
                    privileges("/access/groups/g", &["User.Modify"], true),
                    Need::Unknown("User.Modify on a group that a@pve is in".into())
                ])
            ])
        );
        assert_eq!(
            need(Method::Get, "/access/users/a@pve", &[]),
            Need::AnyOf(vec![
                Need::Caller("a@pve".into()),
                Need::AnyOf(vec![
                    privileges("/access/groups", &["User.Modify", "Sys.Audit"], true),
                    Need::Unknown("User.Modify or Sys.Audit on a group that a@pve is in".into())
                ])
            ])
        );
    }

    #[test]
    fn permissions_are_given_away_by_who_may_make_the_object() {
        let acl = |path| need(Method::Put, "/access/acl", &[("path", path)]);
        assert_eq!(
            acl("/vms/100"),
            privileges("/vms/100", &["Permissions.Modify", "VM.Allocate"], true)
        );
        assert_eq!(acl("/"), privileges("/", &["Permissions.Modify"], true));
    }

    #[test]
    fn words_alone_are_unknown_and_no_rule_is_root() {
        assert_eq!(
            need(Method::Get, "/storage", &[]),
            Need::Unknown("only what one may see".into())
        );
        assert_eq!(need(Method::Post, "/storage", &[]), Need::Root);
        assert_eq!(need(Method::Get, "/access/acl", &[]), Need::nothing());
    }

    #[test]
    fn a_parameter_that_is_not_given_leaves_the_path_above() {
        let none = |_: &str| None;
        assert_eq!(filled("/sdn/zones/{zone}", &none), "/sdn/zones");
        assert_eq!(filled("/{x}", &none), "/");
        let some = |_: &str| Some("a".to_owned());
        assert_eq!(filled("/x/{y}/z{w}", &some), "/x/a/za");
        assert_eq!(filled("/x/{y", &some), "/x/{y");
    }
}
