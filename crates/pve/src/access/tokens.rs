//! API tokens of users.

use std::fmt;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers, pick};
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::ids::{TokenId, UserId};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};

answers! {
    /// A token of a user.
    ApiToken {
        /// Its name behind the `!`; missing when it was asked for by name.
        name: Option<String> = "tokenid",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Until when, seconds since 1970; 0: for ever.
        expires_s: Option<u64> = "expire",
        /// Has it only rights of its own, and those only as far as its user has them? Otherwise
        /// it may do what its user may.
        separate_privileges: bool = "privsep",
    }
}

/// A new token with its secret, which PVE shows this one time.
pub struct TokenSecret {
    /// The token.
    pub token: TokenId,
    /// Its secret.
    pub secret: SecretString,
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSecret({})", self.token)
    }
}

/// A token to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// A note.
    pub comment: Option<String>,
    /// Until when, seconds since 1970; nothing: as long as its user.
    pub expires_s: Option<u64>,
    /// Only rights of its own?
    pub separate_privileges: bool,
}

/// What to set of a token; what is missing stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenChange {
    /// Another note.
    pub comment: Option<String>,
    /// Until when, seconds since 1970; 0: for ever.
    pub expires_s: Option<u64>,
    /// Only rights of its own, or not.
    pub separate_privileges: Option<bool>,
}

/// Can a server of this version give a token a new secret? It can since 9.2.
#[must_use]
pub fn can_regenerate_tokens(major_version: u32, minor_version: u32) -> bool {
    (major_version, minor_version) >= (9, 2)
}

/// The part of an answer that is shown once.
struct Shown(String);

impl Row for Shown {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        Loose::loose(pick(map, &["value"])).map(Self)
    }
}

impl Client {
    /// The tokens of a user.
    pub async fn tokens(&self, user: &UserId) -> Result<Vec<ApiToken>> {
        let path = self.api_path(&["access", "users", user.as_str(), "token"])?;
        self.list_of(path, Params::new()).await
    }

    /// One token.
    pub async fn token(&self, token: &TokenId) -> Result<ApiToken> {
        self.one_of(self.token_path(token)?, Params::new()).await
    }

    /// Makes a token. With separate privileges it may do nothing until access rules say so, also
    /// one of `root@pam`.
    pub async fn create_token(&self, token: &TokenId, new: &NewToken) -> Result<TokenSecret> {
        let params = Params::new()
            .with("privsep", new.separate_privileges)
            .with_some("expire", new.expires_s)
            .with_some("comment", new.comment.as_deref());
        self.shown(Method::Post, token, params).await
    }

    /// Changes a token. Its secret stays.
    pub async fn update_token(&self, token: &TokenId, change: &TokenChange) -> Result<()> {
        let params = Params::new()
            .with_some("privsep", change.separate_privileges)
            .with_some("expire", change.expires_s)
            .with_some("comment", change.comment.as_deref());
        self.tell(Method::Put, self.token_path(token)?, params)
            .await
    }

    /// Gives a token a new secret; the old one does not count any more. Servers before 9.2 refuse
    /// the parameter: see [`can_regenerate_tokens`].
    pub async fn regenerate_token(&self, token: &TokenId) -> Result<TokenSecret> {
        let params = Params::new().with("regenerate", true);
        self.shown(Method::Put, token, params).await
    }

    /// Removes a token and its access rules.
    pub async fn delete_token(&self, token: &TokenId) -> Result<()> {
        self.tell(Method::Delete, self.token_path(token)?, Params::new())
            .await
    }

    async fn shown(&self, method: Method, token: &TokenId, params: Params) -> Result<TokenSecret> {
        let request = Request {
            method,
            path: self.token_path(token)?,
            params,
        };
        let reply = self.fetch::<Value>(request.clone()).await?;
        let Some(Shown(secret)) = Loose::loose(Some(&reply.data)) else {
            let text = "the answer holds no secret".to_owned();
            return Err(self.fail(&request, ErrorKind::Unexpected(text)));
        };
        Ok(TokenSecret {
            token: token.clone(),
            secret: secret.into(),
        })
    }

    fn token_path(&self, token: &TokenId) -> Result<ApiPath> {
        let user = token.user().as_str();
        self.api_path(&["access", "users", user, "token", token.name()])
    }
}
