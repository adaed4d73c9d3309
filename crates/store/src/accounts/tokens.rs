//! Tokens that people make for their programs: `pai_` and 256 random bits.

use std::time::Duration;

use jiff::Timestamp;
use ops::{Actor, Role, Surface, ports::NewToken};
use serde::Serialize;

use super::users::check_name;
use crate::{
    Store,
    columns::{from_ns, from_ns_opt, word},
    db::query,
    error::{Doing as _, Result},
    random,
};

const PREFIX: &str = "pai_";
/// `last_used` is written at most so often.
const TOUCH_NS: i64 = Duration::from_mins(1).as_nanos() as i64;

/// What is known of a token after it was shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenInfo {
    pub id: String,
    pub name: String,
    pub role: Role,
    pub may_approve: bool,
    pub created_by: String,
    pub created_at: Timestamp,
    /// Exact to a minute.
    pub last_used_at: Option<Timestamp>,
}

pub(super) async fn create(
    store: &Store,
    name: &str,
    role: Role,
    may_approve: bool,
    by: &str,
) -> Result<NewToken> {
    check_name("token name", name)?;
    let id = uuid::Uuid::new_v4().to_string();
    let token = format!("{PREFIX}{}", random::word()?);
    query(
        "INSERT INTO tokens (id, name, role, may_approve, token_hash, created_by, created_at_ns) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&id)
    .bind(name)
    .bind(role.as_str())
    .bind(may_approve)
    .bind(random::fingerprint(&token))
    .bind(by)
    .bind(store.now_ns())
    .execute(store.writer())
    .await
    .doing("create a token")?;
    Ok(NewToken {
        id,
        name: name.to_owned(),
        role,
        token,
    })
}

/// The actor behind a token. The look-up is by the hash of the whole text, so an altered token is
/// simply another one.
pub(super) async fn find(store: &Store, token: &str) -> Result<Option<Actor>> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let token_hash = random::fingerprint(token);
    let row: Option<(String, String, bool, Option<i64>, String)> = query(
        "SELECT name, role, may_approve, last_used_at_ns, created_by FROM tokens \
         WHERE token_hash = $1",
    )
    .bind(&token_hash)
    .optional(store.reader())
    .await
    .doing("look a token up")?;
    let Some((name, role, may_approve, last_used_at_ns, owner)) = row else {
        return Ok(None);
    };
    let now_ns = store.now_ns();
    if last_used_at_ns.is_none_or(|last| now_ns.saturating_sub(last) >= TOUCH_NS) {
        query("UPDATE tokens SET last_used_at_ns = $2 WHERE token_hash = $1")
            .bind(&token_hash)
            .bind(now_ns)
            .execute(store.relaxed())
            .await
            .doing("note the use of a token")?;
    }
    let role = word("the role of a token", role)?;
    Ok(Some(Actor {
        may_approve,
        owner: Some(owner),
        ..Actor::new(name, role, Surface::Api)
    }))
}

impl Store {
    /// All tokens, the oldest first.
    pub async fn list_tokens(&self) -> Result<Vec<TokenInfo>> {
        type Row = (String, String, String, bool, String, i64, Option<i64>);
        let rows: Vec<Row> = query(
            "SELECT id, name, role, may_approve, created_by, created_at_ns, last_used_at_ns \
             FROM tokens ORDER BY seq",
        )
        .all(self.reader())
        .await
        .doing("list tokens")?;
        rows.into_iter()
            .map(|(id, name, role, may_approve, created_by, created, used)| {
                Ok(TokenInfo {
                    id,
                    name,
                    role: word("the role of a token", role)?,
                    may_approve,
                    created_by,
                    created_at: from_ns(created)?,
                    last_used_at: from_ns_opt(used)?,
                })
            })
            .collect()
    }

    /// Makes a token useless at once; false when there is none with this id.
    pub async fn delete_token(&self, id: &str) -> Result<bool> {
        let deleted = query("DELETE FROM tokens WHERE id = $1")
            .bind(id)
            .execute(self.writer())
            .await
            .doing("delete a token")?;
        Ok(deleted == 1)
    }
}
