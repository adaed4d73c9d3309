//! PostgreSQL: a server that many processes, also of several machines, share.
//!
//! SQLite lets one transaction write at a time. Here an advisory lock for each schema does the same for
//! the transactions of [`begin`]: the audit chain and the change from a plan to a run need it, and what
//! is proved on one engine holds on the other. Statements that stand alone rest on row locks.

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{Connections, Pool, Trouble, Tx};
use crate::error::{Error, Result};

/// `server_version_num` of the oldest that is supported.
const OLDEST: i32 = 150_000;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Whoever waits longer for a lock is told that the store is busy, as with SQLite.
const LOCK_TIMEOUT: &str = "5s";
/// The server gives a statement up.
const STATEMENT_TIMEOUT: &str = "50s";
/// The server ends the connection of a process that fell silent within a transaction: it may hold the
/// writers' lock.
const SILENCE_TIMEOUT: &str = "30s";
/// We give a server up; longer than [`STATEMENT_TIMEOUT`], so that its own word comes first.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
/// For making an index over many vectors.
pub(super) const LONG_PATIENCE: Duration = Duration::from_hours(1);

const CONNECTIONS: u32 = 8;
const RELAXED_CONNECTIONS: u32 = 2;
const IDLE: Duration = Duration::from_mins(5);

/// First half of the key of the writers' lock; the second half is the schema's.
const WRITERS: &str =
    "SELECT pg_advisory_xact_lock(1886217569, hashtext(CAST(current_schema() AS TEXT)))";

/// Where a server is, with the password, and as it may be shown, without.
#[derive(Clone)]
pub(crate) struct Address {
    options: PgConnectOptions,
    place: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.place).finish()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place)
    }
}

impl Address {
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`; the text is in no error.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| Error::Url)?
            .application_name("proxmox-ai")
            .options([
                ("lock_timeout", LOCK_TIMEOUT),
                ("statement_timeout", STATEMENT_TIMEOUT),
                ("idle_in_transaction_session_timeout", SILENCE_TIMEOUT),
                // Compiling a statement costs more than any of ours takes.
                ("jit", "off"),
                // For the index over vectors, if there is one: how far it looks around, and that it goes
                // on where a filter leaves too little.
                ("hnsw.ef_search", "200"),
                ("hnsw.iterative_scan", "relaxed_order"),
            ])
            .disable_statement_logging();
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        let place = format!(
            "postgres://{host}/{}",
            options.get_database().unwrap_or(options.get_username())
        );
        Ok(Self { options, place })
    }

    /// What a server's refusal means for whoever set the address.
    fn explain(&self, cause: sqlx::Error) -> Error {
        let place = self.place.clone();
        let code = cause
            .as_database_error()
            .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
        match code.as_deref() {
            Some("28P01" | "28000") => Error::SignIn {
                user: self.options.get_username().to_owned(),
                place,
                cause,
            },
            Some("3D000") => Error::NoDatabase {
                name: self
                    .options
                    .get_database()
                    .unwrap_or(self.options.get_username())
                    .to_owned(),
                place,
                cause,
            },
            Some("53300" | "57P03") => Error::Busy {
                doing: "open the store",
                cause,
            },
            Some(_) => Error::Query {
                doing: "open the store",
                cause,
            },
            None => Error::Unreachable { place, cause },
        }
    }
}

/// Checks the server with one connection, so that what is wrong has its own sentence; the others follow
/// when they are needed.
pub(super) async fn connect(address: &Address) -> Result<Connections> {
    let mut first = timed(
        CONNECT_TIMEOUT,
        PgConnection::connect_with(&address.options),
    )
    .await
    .map_err(|cause| address.explain(cause))?;
    let checked = check(&mut first, address).await;
    // Whether it can say good-bye does not matter any more.
    let _ = timed(CONNECT_TIMEOUT, first.close()).await;
    checked?;
    let writer = pool(CONNECTIONS).connect_lazy_with(address.options.clone());
    let relaxed = pool(RELAXED_CONNECTIONS).connect_lazy_with(
        address
            .options
            .clone()
            .options([("synchronous_commit", "off")]),
    );
    Ok(Connections {
        reader: Pool::Postgres(writer.clone()),
        writer: Pool::Postgres(writer),
        relaxed: Pool::Postgres(relaxed),
    })
}

async fn check(connection: &mut PgConnection, address: &Address) -> Result<()> {
    let fail = |cause| address.explain(cause);
    let (number, version): (i32, String) = in_time(
        sqlx::query_as(
            "SELECT CAST(current_setting('server_version_num') AS INTEGER), \
             current_setting('server_version')",
        )
        .fetch_one(&mut *connection),
    )
    .await
    .map_err(fail)?;
    if number < OLDEST {
        return Err(Error::OldServer {
            place: address.place.clone(),
            version,
            oldest: OLDEST / 10_000,
        });
    }
    let (schema, writable): (Option<String>, bool) = in_time(
        sqlx::query_as(
            "SELECT CAST(current_schema() AS TEXT), NOT pg_is_in_recovery() \
             AND (current_schema() IS NULL OR has_schema_privilege(current_schema(), 'CREATE'))",
        )
        .fetch_one(&mut *connection),
    )
    .await
    .map_err(fail)?;
    match schema {
        Some(_) if writable => Ok(()),
        schema => Err(Error::NoRight {
            place: address.place.clone(),
            user: address.options.get_username().to_owned(),
            schema: schema.unwrap_or_else(|| "public".to_owned()),
        }),
    }
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(0)
        .acquire_timeout(CONNECT_TIMEOUT)
        .idle_timeout(IDLE)
}

/// A connection that was made, or made again after the server was away.
pub(super) async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    pool.acquire().await.map_err(no_connection)
}

/// The pool tries until its time is over, and then does not say what it tried.
fn no_connection(error: sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::PoolTimedOut => sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "no connection to the server in time",
        )),
        other => other,
    }
}

pub(super) async fn begin(pool: &PgPool) -> Result<Tx, sqlx::Error> {
    let mut tx = in_time(pool.begin()).await.map_err(no_connection)?;
    take_writers_lock(&mut tx).await?;
    Ok(Tx::Postgres(tx))
}

pub(super) async fn begin_relaxed(pool: &PgPool) -> Result<Tx, sqlx::Error> {
    let tx = in_time(pool.begin()).await.map_err(no_connection)?;
    Ok(Tx::Postgres(tx))
}

/// A transaction whose statements may take long, without the writers' lock.
pub(super) async fn begin_long(pool: &PgPool) -> Result<Tx, sqlx::Error> {
    let mut tx = in_time(pool.begin()).await.map_err(no_connection)?;
    in_time(sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx)).await?;
    Ok(Tx::Postgres(tx))
}

/// Until the end of the transaction.
pub(super) async fn take_writers_lock(
    tx: &mut sqlx::Transaction<'static, Postgres>,
) -> Result<(), sqlx::Error> {
    in_time(sqlx::query(WRITERS).execute(&mut **tx))
        .await
        .map(drop)
}

pub(super) async fn begin_read(pool: &PgPool) -> Result<Tx, sqlx::Error> {
    let tx = in_time(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        .await
        .map_err(no_connection)?;
    Ok(Tx::Postgres(tx))
}

/// Room of deleted rows is given back; what is written there next lies over them.
pub(super) async fn vacuum(pool: &PgPool, table: &'static str) -> Result<(), sqlx::Error> {
    let statement = sqlx::AssertSqlSafe(format!("VACUUM {table}"));
    let mut connection = acquire(pool).await?;
    in_time(sqlx::raw_sql(statement).execute(&mut *connection))
        .await
        .map(drop)
}

/// No server is waited for without end.
pub(super) async fn in_time<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timed(PATIENCE, work).await
}

pub(super) async fn timed<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or_else(|_| {
            Err(sqlx::Error::Io(std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                "the server does not answer",
            )))
        })
}

/// Reads an SQLSTATE.
pub(super) fn trouble(code: &str) -> Trouble {
    match code {
        // Lock not available, deadlock, serialization failure, too many connections, statement given up.
        "55P03" | "40P01" | "40001" | "53300" | "57014" => Trouble::Busy,
        "53100" => Trouble::Full,
        // Data or index corrupted.
        "XX001" | "XX002" => Trouble::Corrupt,
        // Read-only transaction (a standby), insufficient privilege.
        "25006" | "42501" => Trouble::Unwritable,
        // Shut down, crashed, starting; connections that broke.
        "57P01" | "57P02" | "57P03" | "08000" | "08003" | "08006" => Trouble::Gone,
        _ => Trouble::Other,
    }
}
