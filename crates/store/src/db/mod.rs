//! One database, two engines. The statements of this crate are written once, in the SQL that SQLite and
//! PostgreSQL share (`$1` placeholders, `ON CONFLICT`, `RETURNING`); what differs stands in [`sqlite`],
//! [`postgres`] and the migrations, and no other file names an engine.
//!
//! Both give the same promises: a transaction of [`Connections::begin`] is the only one that writes what
//! hangs together, in whichever process; what has been committed is there after a power cut, except what
//! was written through [`Connections::begin_relaxed`]; whoever waits too long is told that the store is
//! busy.

mod postgres;
mod query;
mod sqlite;
mod tables;

use std::path::Path;

use sqlx::{Postgres, Sqlite};

pub(crate) use postgres::Address;
pub(crate) use query::{On, Query, Value, query};
pub(crate) use tables::{Kind, Table, is_set_up};

use crate::error::{Doing as _, Result};

/// Connections of one kind.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(sqlx::Pool<Sqlite>),
    Postgres(sqlx::Pool<Postgres>),
}

/// A transaction; dropped without a commit it changes nothing.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// The connections of one store.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Commits survive a power cut.
    pub(crate) writer: Pool,
    /// Commits survive the end of the process, not a power cut.
    pub(crate) relaxed: Pool,
    pub(crate) reader: Pool,
}

/// Which of an engine's texts is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Connections {
    /// Opens a database file, which exists.
    pub(crate) async fn open(database: &Path) -> Result<Self> {
        sqlite::open(database).await
    }

    /// A database that lives as long as its one connection.
    pub(crate) async fn in_memory() -> Result<Self> {
        sqlite::in_memory().await
    }

    /// Connects to a server.
    pub(crate) async fn connect(address: &Address) -> Result<Self> {
        // Boxed, as all that the driver of a server does: its futures are large, and they stand within
        // those of whoever calls.
        Box::pin(postgres::connect(address)).await
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.relaxed.close().await;
        self.writer.close().await;
    }

    /// Starts a transaction that holds the writers' lock from the beginning, so that what it reads
    /// cannot change before it writes.
    pub(crate) async fn begin(&self, doing: &'static str) -> Result<Tx> {
        self.writer.begin().await.doing(doing)
    }

    /// A transaction for rows that nobody else writes, and that may be lost in a power cut.
    pub(crate) async fn begin_relaxed(&self, doing: &'static str) -> Result<Tx> {
        match &self.relaxed {
            Pool::Sqlite(pool) => sqlite::begin(pool).await.doing(doing),
            Pool::Postgres(pool) => Box::pin(postgres::begin_relaxed(pool)).await.doing(doing),
        }
    }

    /// A transaction whose statements may take long; only where long ones hinder nobody.
    pub(crate) async fn begin_long(&self, doing: &'static str) -> Result<Tx> {
        match &self.writer {
            Pool::Sqlite(pool) => sqlite::begin(pool).await.doing(doing),
            Pool::Postgres(pool) => Box::pin(postgres::begin_long(pool)).await.doing(doing),
        }
    }

    /// A transaction whose statements all see the same moment.
    pub(crate) async fn begin_read(&self, doing: &'static str) -> Result<Tx> {
        match &self.reader {
            Pool::Sqlite(pool) => sqlite::begin_read(pool).await.doing(doing),
            Pool::Postgres(pool) => Box::pin(postgres::begin_read(pool)).await.doing(doing),
        }
    }
}

impl Pool {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// A transaction that holds the writers' lock, also before there is a table.
    pub(crate) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => sqlite::begin(pool).await,
            Self::Postgres(pool) => Box::pin(postgres::begin(pool)).await,
        }
    }

    /// Makes room of deleted rows, so that what was deleted for good is not kept in files.
    pub(crate) async fn wipe_deleted(&self, table: &'static str) -> Result<()> {
        match self {
            Self::Sqlite(pool) => sqlite::empty_log(pool).await,
            Self::Postgres(pool) => Box::pin(postgres::vacuum(pool, table)).await,
        }
        .doing("wipe what was deleted")
    }

    async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// For one that began without it. SQLite's transactions have it from the beginning.
    pub(crate) async fn take_writers_lock(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(tx) => Box::pin(postgres::take_writers_lock(tx)).await,
        }
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => Box::pin(postgres::in_time(tx.commit())).await,
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => Box::pin(postgres::in_time(tx.rollback())).await,
        }
    }

    /// Several statements of our own, without values.
    pub(crate) async fn run(&mut self, statements: &'static str) -> Result<(), sqlx::Error> {
        let script = sqlx::raw_sql(statements);
        match self {
            Self::Sqlite(tx) => script.execute(&mut **tx).await.map(drop),
            Self::Postgres(tx) => Box::pin(postgres::in_time(script.execute(&mut **tx)))
                .await
                .map(drop),
        }
    }
}

/// Classes of database errors that ask for different action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Somebody else holds a lock; the same again may succeed.
    Busy,
    Full,
    Corrupt,
    Unwritable,
    /// The server does not answer, or hung up.
    Gone,
    Other,
}

pub(crate) fn trouble(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::PoolTimedOut => Trouble::Busy,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Trouble::Gone,
        sqlx::Error::Database(error) => {
            let code = error.code();
            let code = code.as_deref().unwrap_or_default();
            if error
                .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
                .is_some()
            {
                postgres::trouble(code)
            } else {
                sqlite::trouble(code)
            }
        }
        _ => Trouble::Other,
    }
}
