//! The connections to one database and how they are tuned. The only file that names the engine.
//!
//! One connection writes; a second one writes what may be lost in a power cut (heartbeats, chat);
//! a few read. SQLite lets one write at a time anyway, and each connection costs a thread and a cache.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};

use crate::error::{Doing as _, Error, Result, Trouble, trouble};

pub(crate) type Pool = sqlx::SqlitePool;
pub(crate) type Tx = sqlx::Transaction<'static, sqlx::Sqlite>;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than [`BUSY_TIMEOUT`]: whoever waits for the writer sees the database's own error first.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 3;
/// Pages are cached by the operating system as well; the product has to stay small.
const CACHE_KIB: i64 = 512;
const STATEMENTS: usize = 48;
/// The log is cut to this size when it is reset.
const WAL_LIMIT_BYTES: u64 = 4 << 20;

/// The connections of one store.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Commits survive a power cut.
    pub(crate) writer: Pool,
    /// Commits survive the end of the process, not a power cut.
    pub(crate) relaxed: Pool,
    pub(crate) reader: Pool,
}

impl Connections {
    /// Opens the database file, which exists, and switches it to write-ahead logging.
    pub(crate) async fn open(database: &Path) -> Result<Self> {
        let fail = |cause: sqlx::Error| match trouble(&cause) {
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
            Trouble::Unwritable | Trouble::Other => Error::Unwritable {
                path: database.to_owned(),
                cause,
            },
        };
        let file = || tuned(SqliteConnectOptions::new().filename(database));
        let writer = pool(1)
            .connect_with(file().synchronous(SqliteSynchronous::Full))
            .await
            .map_err(fail)?;
        switch_to_wal(&writer).await.map_err(fail)?;
        let relaxed = pool(1)
            .idle_timeout(Duration::from_mins(1))
            .connect_lazy_with(file().synchronous(SqliteSynchronous::Normal));
        let reader = pool(READERS)
            .idle_timeout(Duration::from_mins(1))
            .connect_lazy_with(file().pragma("query_only", "ON"));
        Ok(Self {
            writer,
            relaxed,
            reader,
        })
    }

    /// A database that lives as long as its one connection.
    pub(crate) async fn in_memory() -> Result<Self> {
        let one = pool(1)
            .connect_with(tuned(SqliteConnectOptions::new().in_memory(true)))
            .await
            .doing("open a store in memory")?;
        Ok(Self {
            writer: one.clone(),
            relaxed: one.clone(),
            reader: one,
        })
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.relaxed.close().await;
        self.writer.close().await;
    }
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
pub(crate) async fn empty_log(writer: &Pool) -> Result<()> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(writer)
        .await
        .doing("empty the log of the database")
        .map(drop)
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

/// SQLite does not wait for the exclusive lock that this switch needs, so two processes that open a
/// fresh directory together have to try again themselves.
async fn switch_to_wal(writer: &Pool) -> Result<(), sqlx::Error> {
    let patience = tokio::time::Instant::now() + BUSY_TIMEOUT;
    loop {
        let switched: Result<String, sqlx::Error> = sqlx::query_scalar("PRAGMA journal_mode = WAL")
            .fetch_one(writer)
            .await;
        match switched {
            Err(error)
                if trouble(&error) == Trouble::Busy && tokio::time::Instant::now() < patience =>
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
