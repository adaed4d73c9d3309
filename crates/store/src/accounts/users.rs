//! The table of users.

use ops::Role;

use super::password::check_rules;
use crate::{
    Store,
    columns::word,
    db::query,
    error::{Doing as _, Error, Result, is_duplicate},
};

const NAME_CHARACTERS: usize = 64;

pub(super) async fn create(store: &Store, user: &str, role: Role, password: &str) -> Result<()> {
    check_name("user name", user)?;
    check_rules(password)?;
    let hash = store.passwords().place().await?.hash(password).await?;
    let created = query(
        "INSERT INTO users (name, role, password_hash, created_at_ns) VALUES ($1, $2, $3, $4)",
    )
    .bind(user)
    .bind(role.as_str())
    .bind(hash)
    .bind(store.now_ns())
    .execute(store.writer())
    .await;
    match created {
        Err(error) if is_duplicate(&error) => {
            Err(Error::conflict(format!("there is already a user `{user}`")))
        }
        other => other.doing("create a user").map(drop),
    }
}

/// Role and password hash.
pub(super) async fn find(store: &Store, user: &str) -> Result<Option<(Role, String)>> {
    let row: Option<(String, String)> =
        query("SELECT role, password_hash FROM users WHERE name = $1")
            .bind(user)
            .optional(store.reader())
            .await
            .doing("look a user up")?;
    row.map(|(role, hash)| Ok((word("the role of a user", role)?, hash)))
        .transpose()
}

/// By name.
pub(super) async fn list(store: &Store) -> Result<Vec<(String, Role)>> {
    let rows: Vec<(String, String)> = query("SELECT name, role FROM users ORDER BY name")
        .all(store.reader())
        .await
        .doing("list users")?;
    rows.into_iter()
        .map(|(name, role)| Ok((name, word("the role of a user", role)?)))
        .collect()
}

impl Store {
    /// Sets a new password and ends all sessions of the user.
    pub async fn set_password(&self, user: &str, password: &str) -> Result<()> {
        const DOING: &str = "set a password";
        check_rules(password)?;
        let hash = self.passwords().place().await?.hash(password).await?;
        let mut tx = self.begin(DOING).await?;
        let changed = query("UPDATE users SET password_hash = $2 WHERE name = $1")
            .bind(user)
            .bind(hash)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        if changed == 0 {
            return Err(Error::not_found(format!("user `{user}`")));
        }
        query("DELETE FROM sessions WHERE user_name = $1")
            .bind(user)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        tx.commit().await.doing(DOING)
    }

    /// Removes a user and their sessions; false when there was none.
    pub async fn delete_user(&self, user: &str) -> Result<bool> {
        let deleted = query("DELETE FROM users WHERE name = $1")
            .bind(user)
            .execute(self.writer())
            .await
            .doing("delete a user")?;
        Ok(deleted == 1)
    }
}

/// Names stand in logs, receipts and URLs: short, and nothing that hides or breaks a line.
pub(super) fn check_name(what: &str, name: &str) -> Result<()> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+' | ' ');
    if name.is_empty()
        || name.chars().count() > NAME_CHARACTERS
        || name.trim() != name
        || !name.chars().all(plain)
    {
        return Err(Error::invalid(format!(
            "a {what} has 1 to {NAME_CHARACTERS} letters, digits, blanks or `.` `_` `-` `@` `+`"
        )));
    }
    Ok(())
}
