//! Users and their passwords.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::UserId;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

answers! {
    /// A user.
    User {
        /// Name and realm.
        user: UserId = "userid",
        /// May sign in?
        enabled: bool = "enable",
        /// Until when, seconds since 1970; 0: for ever.
        expires_s: Option<u64> = "expire",
        /// First name.
        first_name: Option<String> = "firstname",
        /// Last name.
        last_name: Option<String> = "lastname",
        /// Mail address.
        email: Option<String> = "email",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Groups it is in.
        groups: Vec<String> = "groups",
        /// As `pam`; missing for a realm that is not there.
        realm_kind: Option<String> = "realm-type",
        /// Locked out of one-time codes after too many wrong ones?
        totp_locked: bool = "totp-locked",
        /// Locked out of all second factors until then.
        factors_locked_until_s: Option<u64> = "tfa-locked-until",
    }
}

/// A user, asked for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetail {
    /// May sign in?
    pub enabled: bool,
    /// Until when, seconds since 1970; 0: for ever.
    pub expires_s: Option<u64>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// What somebody wrote about it.
    pub comment: Option<String>,
    /// Groups it is in.
    pub groups: Vec<String>,
    /// Names of its tokens.
    pub tokens: Vec<String>,
}

impl Row for UserDetail {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |key: &str| pick(map, &[key]);
        let tokens = get("tokens").and_then(Value::as_object);
        Some(Self {
            enabled: Option::<bool>::loose(get("enable"))?.unwrap_or(true),
            expires_s: Loose::loose(get("expire"))?,
            first_name: Loose::loose(get("firstname"))?,
            last_name: Loose::loose(get("lastname"))?,
            email: Loose::loose(get("email"))?,
            comment: Loose::loose(get("comment"))?,
            groups: Loose::loose(get("groups"))?,
            tokens: tokens
                .map(|tokens| tokens.keys().cloned().collect())
                .unwrap_or_default(),
        })
    }
}

/// A user to make.
pub struct NewUser {
    /// Name and realm. PVE also takes a realm that is not there: nobody can then sign in.
    pub user: UserId,
    /// Its password, in realms that keep them (`pve`): at least 8 characters.
    pub password: Option<SecretString>,
    /// What it is about.
    pub about: UserChange,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewUser({})", self.user)
    }
}

/// What to set of a user; what is missing stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// May sign in, or not.
    pub enabled: Option<bool>,
    /// Until when, seconds since 1970; 0: for ever.
    pub expires_s: Option<u64>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// A note.
    pub comment: Option<String>,
    /// The groups it is in from now on.
    pub groups: Option<Vec<String>>,
}

impl UserChange {
    fn add_to(&self, params: Params) -> Params {
        params
            .with_some("enable", self.enabled)
            .with_some("expire", self.expires_s)
            .with_some("firstname", self.first_name.as_deref())
            .with_some("lastname", self.last_name.as_deref())
            .with_some("email", self.email.as_deref())
            .with_some("comment", self.comment.as_deref())
            .with_some(
                "groups",
                self.groups.as_ref().map(|groups| groups.join(",")),
            )
    }
}

impl Client {
    /// The users one may see, with their groups.
    pub async fn users(&self) -> Result<Vec<User>> {
        let path = ApiPath::fixed(&["access", "users"]);
        self.list_of(path, Params::new().with("full", true)).await
    }

    /// One user.
    pub async fn user(&self, user: &UserId) -> Result<UserDetail> {
        self.one_of(self.user_path(user)?, Params::new()).await
    }

    /// Makes a user. It has no rights yet.
    pub async fn create_user(&self, new: &NewUser) -> Result<()> {
        let password = new.password.as_ref().map(ExposeSecret::expose_secret);
        let own = Params::new()
            .with("userid", new.user.as_str())
            .with_some("password", password);
        let path = ApiPath::fixed(&["access", "users"]);
        self.tell(Method::Post, path, new.about.add_to(own)).await
    }

    /// Changes a user.
    pub async fn update_user(&self, user: &UserId, change: &UserChange) -> Result<()> {
        let path = self.user_path(user)?;
        self.tell(Method::Put, path, change.add_to(Params::new()))
            .await
    }

    /// Removes a user with its tokens and access rules. One that is not there is no error, and
    /// `root@pam` is none that PVE protects.
    pub async fn delete_user(&self, user: &UserId) -> Result<()> {
        self.tell(Method::Delete, self.user_path(user)?, Params::new())
            .await
    }

    /// Sets the password of a user. Not with an API token: PVE wants a signed-in person, who must
    /// give the own password as well.
    pub async fn change_password(
        &self,
        user: &UserId,
        new: &SecretString,
        own: Option<&SecretString>,
    ) -> Result<()> {
        let params = Params::new()
            .with("userid", user.as_str())
            .with("password", new.expose_secret())
            .with_some(
                "confirmation-password",
                own.map(ExposeSecret::expose_secret),
            );
        let path = ApiPath::fixed(&["access", "password"]);
        self.tell(Method::Put, path, params).await
    }

    fn user_path(&self, user: &UserId) -> Result<ApiPath> {
        self.api_path(&["access", "users", user.as_str()])
    }
}
