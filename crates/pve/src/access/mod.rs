//! Who may do what: users, groups, roles, API tokens, access rules, second factors, passwords.

mod acl;
mod factors;
mod groups;
mod realms;
mod roles;
mod tokens;
mod users;

pub use acl::{AclChange, AclEntry, AclHolder};
pub use factors::{FactorEntry, UserFactors};
pub use groups::{Group, GroupMembers};
pub use roles::{Role, RolePrivileges};
pub use tokens::{ApiToken, NewToken, TokenChange, TokenSecret, can_regenerate_tokens};
pub use users::{NewUser, User, UserChange, UserDetail};
