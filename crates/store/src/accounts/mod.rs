//! Who may use the product: users with passwords, their sessions, and tokens for programs.
//!
//! Passwords are stored as Argon2id, session ids and tokens as SHA-256. [`Accounts`] is the port; what
//! else `users` and `tokens` commands need are methods of [`Store`] in these files.

mod password;
mod sessions;
mod throttle;
mod tokens;
mod users;

use async_trait::async_trait;
use ops::{
    Actor, Role,
    ports::{Accounts, LoginError, NewSession, NewToken, Session},
};

pub(crate) use password::Passwords;
pub(crate) use throttle::Throttle;
pub use tokens::TokenInfo;

use crate::{Store, error::Error};

#[async_trait]
impl Accounts for Store {
    async fn login(&self, user: &str, password: &str) -> Result<NewSession, LoginError> {
        let other = |error: Error| LoginError::Other(error.into());
        // Asked twice: before waiting for a place, so that a flood is turned away at once, and with
        // the place, so that a flood which came in together is counted one by one.
        self.throttle().check(user, self.now())?;
        let place = self.passwords().place().await.map_err(other)?;
        let attempt = self.throttle().begin(user, self.now())?;
        let stored = match users::find(self, user).await {
            Ok(stored) => stored,
            Err(error) => {
                self.throttle().forget(&attempt);
                return Err(other(error));
            }
        };
        let hash = stored.as_ref().map(|(_, hash)| hash.clone());
        let right = match place.verify(password, hash).await {
            Ok(right) => right,
            Err(error) => {
                self.throttle().forget(&attempt);
                return Err(other(error));
            }
        };
        let Some((role, _)) = stored.filter(|_| right) else {
            return Err(LoginError::Wrong);
        };
        self.throttle().clear(&attempt);
        sessions::create(self, user, role).await.map_err(other)
    }

    async fn session(&self, id: &str) -> ops::Result<Option<Session>> {
        Ok(sessions::find(self, id).await?)
    }

    async fn logout(&self, id: &str) -> ops::Result<()> {
        Ok(sessions::delete(self, id).await?)
    }

    async fn create_user(&self, user: &str, role: Role, password: &str) -> ops::Result<()> {
        Ok(users::create(self, user, role, password).await?)
    }

    async fn users(&self) -> ops::Result<Vec<(String, Role)>> {
        Ok(users::list(self).await?)
    }

    async fn create_token(
        &self,
        name: &str,
        role: Role,
        may_approve: bool,
        by: &str,
    ) -> ops::Result<NewToken> {
        Ok(tokens::create(self, name, role, may_approve, by).await?)
    }

    async fn token(&self, token: &str) -> ops::Result<Option<Actor>> {
        Ok(tokens::find(self, token).await?)
    }
}

/// What an account may do; nothing when there is none.
pub(crate) async fn user_role(
    store: &crate::Store,
    user: &str,
) -> crate::Result<Option<ops::Role>> {
    Ok(users::find(store, user).await?.map(|(role, _)| role))
}
