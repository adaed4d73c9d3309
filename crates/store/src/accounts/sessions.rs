//! Sessions of people. The cookie's value is never stored, only its fingerprint.

use std::time::Duration;

use ops::{
    Role,
    ports::{NewSession, Session},
};

use crate::{
    Store,
    columns::word,
    db::query,
    error::{Doing as _, Result},
    random,
};

/// A session ends when it was not used for so long,
const IDLE_NS: i64 = ns(Duration::from_hours(12));
/// and in any case after this.
const LIFE_NS: i64 = ns(Duration::from_hours(7 * 24));
/// Use is written down at most so often; the life of a session need not be more exact.
const TOUCH_NS: i64 = ns(Duration::from_mins(1));

const fn ns(duration: Duration) -> i64 {
    duration.as_nanos() as i64
}

/// Makes a session with a new id and a new CSRF token, and clears away those that have ended.
pub(super) async fn create(store: &Store, user: &str, role: Role) -> Result<NewSession> {
    const DOING: &str = "open a session";
    let id = random::word()?;
    let csrf_token = random::word()?;
    let now_ns = store.now_ns();
    let mut tx = store.begin(DOING).await?;
    query("DELETE FROM sessions WHERE seen_at_ns <= $1 OR created_at_ns <= $2")
        .bind(now_ns.saturating_sub(IDLE_NS))
        .bind(now_ns.saturating_sub(LIFE_NS))
        .execute(&mut tx)
        .await
        .doing(DOING)?;
    query(
        "INSERT INTO sessions (id_hash, user_name, csrf_token, created_at_ns, seen_at_ns) \
         VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(random::fingerprint(&id))
    .bind(user)
    .bind(&csrf_token)
    .bind(now_ns)
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    tx.commit().await.doing(DOING)?;
    Ok(NewSession {
        id,
        session: Session {
            user: user.to_owned(),
            role,
            csrf_token,
        },
    })
}

/// The session, with the role that its user has now; nothing when it has ended.
pub(super) async fn find(store: &Store, id: &str) -> Result<Option<Session>> {
    let id_hash = random::fingerprint(id);
    let row: Option<(String, String, String, i64, i64)> = query(
        "SELECT users.name, users.role, sessions.csrf_token, sessions.created_at_ns, \
         sessions.seen_at_ns FROM sessions JOIN users ON users.name = sessions.user_name \
         WHERE sessions.id_hash = $1",
    )
    .bind(&id_hash)
    .optional(store.reader())
    .await
    .doing("look a session up")?;
    let Some((user, role, csrf_token, created_at_ns, seen_at_ns)) = row else {
        return Ok(None);
    };
    let now_ns = store.now_ns();
    let unused_ns = now_ns.saturating_sub(seen_at_ns);
    if unused_ns >= IDLE_NS || now_ns.saturating_sub(created_at_ns) >= LIFE_NS {
        return Ok(None);
    }
    if unused_ns >= TOUCH_NS {
        query("UPDATE sessions SET seen_at_ns = $2 WHERE id_hash = $1 AND seen_at_ns < $2")
            .bind(&id_hash)
            .bind(now_ns)
            .execute(store.relaxed())
            .await
            .doing("keep a session alive")?;
    }
    Ok(Some(Session {
        user,
        role: word("the role of a user", role)?,
        csrf_token,
    }))
}

pub(super) async fn delete(store: &Store, id: &str) -> Result<()> {
    query("DELETE FROM sessions WHERE id_hash = $1")
        .bind(random::fingerprint(id))
        .execute(store.writer())
        .await
        .doing("end a session")?;
    Ok(())
}
