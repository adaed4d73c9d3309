//! SQLite: one file, one process or several of one machine.
//!
//! One connection writes; a second one writes what may be lost in a power cut (heartbeats, chat);
//! a few read. SQLite lets one write at a time anyway, and each connection costs a thread and a cache.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Connections, Pool, Trouble, Tx, trouble as trouble_of};
use crate::error::{Doing as _, Error, Result};

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than [`BUSY_TIMEOUT`]: whoever waits for the writer sees the database's own error first.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 3;
/// Pages are cached by the operating system as well; the product has to stay small.
const CACHE_KIB: i64 = 512;
const STATEMENTS: usize = 48;
/// The log is cut to this size when it is reset.
const WAL_LIMIT_BYTES: u64 = 4 << 20;

/// Opens the database file, which exists, and switches it to write-ahead logging.
pub(super) async fn open(database: &Path) -> Result<Connections> {
    let fail = |cause: sqlx::Error| match trouble_of(&cause) {
        Trouble::Corrupt => Error::Corrupt {
            path: database.to_owned(),
            cause,
        },
        Trouble::Busy => Error::Busy {
            doing: "open the store",
            cause,
        },
        Trouble::Full => Error::Full {
            doing: "open the store",
            cause,
        },
        Trouble::Unwritable | Trouble::Gone | Trouble::Other => Error::Unwritable {
            path: database.to_owned(),
            cause,
        },
    };
    let file = || tuned(SqliteConnectOptions::new().filename(database));
    let writer = without_stuck_ones(pool(1))
        .connect_with(file().synchronous(SqliteSynchronous::Full))
        .await
        .map_err(fail)?;
    switch_to_wal(&writer).await.map_err(fail)?;
    let relaxed = without_stuck_ones(pool(1))
        .idle_timeout(Duration::from_mins(1))
        .connect_lazy_with(file().synchronous(SqliteSynchronous::Normal));
    let reader = without_stuck_ones(pool(READERS))
        .idle_timeout(Duration::from_mins(1))
        .connect_lazy_with(file().pragma("query_only", "ON"));
    Ok(Connections {
        writer: Pool::Sqlite(writer),
        relaxed: Pool::Sqlite(relaxed),
        reader: Pool::Sqlite(reader),
    })
}

pub(super) async fn in_memory() -> Result<Connections> {
    let one = pool(1)
        .connect_with(tuned(SqliteConnectOptions::new().in_memory(true)))
        .await
        .doing("open a store in memory")?;
    let one = Pool::Sqlite(one);
    Ok(Connections {
        writer: one.clone(),
        relaxed: one.clone(),
        reader: one,
    })
}

/// Holds the write lock from the beginning.
pub(super) async fn begin(pool: &SqlitePool) -> Result<Tx, sqlx::Error> {
    pool.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite)
}

pub(super) async fn begin_read(pool: &SqlitePool) -> Result<Tx, sqlx::Error> {
    pool.begin().await.map(Tx::Sqlite)
}

fn tuned(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS)
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("temp_store", "MEMORY")
        // What is deleted is overwritten: people delete what must be gone.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", WAL_LIMIT_BYTES.to_string())
        .disable_statement_logging()
}

/// Lets the log of changes end where the database has them all, so that what was deleted is not kept
/// there. Readers of older states may hinder it; the next one who deletes tries again.
pub(super) async fn empty_log(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(pool)
        .await
        .map(drop)
}

/// Reads the primary result code (the low byte of the extended one).
pub(super) fn trouble(code: &str) -> Trouble {
    match code.parse::<u32>().map(|code| code & 0xff) {
        // SQLITE_BUSY, SQLITE_LOCKED
        Ok(5 | 6) => Trouble::Busy,
        // SQLITE_FULL
        Ok(13) => Trouble::Full,
        // SQLITE_CORRUPT, SQLITE_NOTADB
        Ok(11 | 26) => Trouble::Corrupt,
        // SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
        Ok(3 | 8 | 10 | 14) => Trouble::Unwritable,
        _ => Trouble::Other,
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        // A file does not hang up; the extra round trip would double the cost of small reads.
        .test_before_acquire(false)
}

/// On a full disk SQLite ends a transaction by itself; the driver's own rollback then fails, and from there
/// on it takes the connection for one within a transaction, which begins no other. Such a connection is
/// closed before anybody gets it, and another one is opened in its place.
fn without_stuck_ones(pool: SqlitePoolOptions) -> SqlitePoolOptions {
    pool.before_acquire(|connection, _| {
        let stuck = connection.is_in_transaction();
        if stuck {
            tracing::warn!("a connection whose transaction could not be ended is replaced");
        }
        Box::pin(std::future::ready(Ok(!stuck)))
    })
}

/// SQLite does not wait for the exclusive lock that this switch needs, so two processes that open a
/// fresh directory together have to try again themselves.
async fn switch_to_wal(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let patience = tokio::time::Instant::now() + BUSY_TIMEOUT;
    loop {
        let switched: Result<String, sqlx::Error> = sqlx::query_scalar("PRAGMA journal_mode = WAL")
            .fetch_one(writer)
            .await;
        match switched {
            Err(error)
                if trouble_of(&error) == Trouble::Busy
                    && tokio::time::Instant::now() < patience =>
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(mode) => {
                if mode != "wal" {
                    tracing::warn!(
                        mode,
                        "the file system of the data directory does not allow write-ahead logging; \
                         readers and writers will wait for each other"
                    );
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}
