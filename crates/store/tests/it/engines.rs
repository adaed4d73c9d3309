//! The same tests on every engine: SQLite in memory or in files, and PostgreSQL.
//!
//! A test is an async function that gets a [`Home`]; `on_both!` at the end of its file makes a test of it
//! for each engine, so that one which is forgotten there is dead code. `PROXMOX_AI_TEST_POSTGRES` names a
//! server whose databases may be made and dropped (`scripts/postgres`); each test has one of its own.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ops::ports::ManualClock;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::{Database, OpenOptions, SecretKey, Store};
use tempfile::TempDir;

use crate::support::clock;

/// Why there are no tests on PostgreSQL where there are none.
const SKIPPED: &str = "skipped: PROXMOX_AI_TEST_POSTGRES names no PostgreSQL with pgvector; `make test` \
                       starts one, `scripts/postgres start FOLDER` as well";

/// Where the stores of one test live. Each [`Home::open`] is another process.
pub(crate) struct Home {
    directory: TempDir,
    place: Place,
}

enum Place {
    /// One process alone.
    Memory(AtomicBool),
    Files,
    Server(Server),
}

/// A database of a server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// `postgres://USER:PASSWORD@HOST:PORT`.
    base: String,
    database: String,
}

impl Server {
    /// A new, empty database; nothing without a server.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "which server is tested is said by whoever starts the tests; a skipped test says why"
    )]
    pub(crate) async fn start() -> Option<Self> {
        let url = std::env::var("PROXMOX_AI_TEST_POSTGRES").ok();
        let Some(url) = url.filter(|url| !url.is_empty()) else {
            eprintln!("{SKIPPED}");
            return None;
        };
        let (base, _) = url.rsplit_once('/').unwrap();
        let server = Self {
            base: base.to_owned(),
            database: format!("test_{}", uuid::Uuid::new_v4().simple()),
        };
        server
            .admin(&format!("CREATE DATABASE {}", server.database))
            .await;
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.base, self.database)
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    async fn admin(&self, statement: &str) {
        let url = format!("{}/postgres", self.base);
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) async fn drop(self) {
        self.admin(&format!("DROP DATABASE {} WITH (FORCE)", self.database))
            .await;
    }
}

impl Home {
    pub(crate) fn in_memory() -> Self {
        Self::at(Place::Memory(AtomicBool::new(false)))
    }

    pub(crate) fn in_files() -> Self {
        Self::at(Place::Files)
    }

    pub(crate) fn on(server: &Server) -> Self {
        Self::at(Place::Server(server.clone()))
    }

    fn at(place: Place) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            place,
        }
    }

    /// Another, empty store on the same engine.
    pub(crate) async fn sibling(&self) -> Self {
        match &self.place {
            Place::Memory(_) => Self::in_memory(),
            Place::Files => Self::in_files(),
            Place::Server(_) => Self::on(&Server::start().await.unwrap()),
        }
    }

    /// Removes what [`Home::sibling`] made.
    pub(crate) async fn leave(self) {
        if let Place::Server(server) = self.place {
            server.drop().await;
        }
    }

    pub(crate) async fn open(&self) -> Store {
        self.open_at(&clock()).await
    }

    pub(crate) async fn open_at(&self, clock: &Arc<ManualClock>) -> Store {
        if let Place::Memory(used) = &self.place {
            assert!(
                !used.swap(true, Ordering::Relaxed),
                "a store in memory is opened once: list the test under `several`"
            );
            return Store::in_memory(clock.clone()).await.unwrap();
        }
        Store::open(self.path(), self.options(clock)).await.unwrap()
    }

    pub(crate) async fn open_with(&self, key: SecretKey) -> Store {
        Store::open(self.path(), self.options(&clock()).secret_key(key))
            .await
            .unwrap()
    }

    pub(crate) fn options(&self, clock: &Arc<ManualClock>) -> OpenOptions {
        OpenOptions::new(clock.clone()).database(match &self.place {
            Place::Memory(_) | Place::Files => Database::InDataDirectory,
            Place::Server(server) => Database::parse(&server.url()).unwrap(),
        })
    }

    /// The data directory.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Carries a statement out past the store, to spoil what lies in the database.
    pub(crate) async fn execute(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match &self.place {
            Place::Memory(_) => panic!("nobody else reaches a store in memory"),
            Place::Files => {
                let raw = crate::support::raw(self.path()).await;
                sqlx::raw_sql(statement).execute(&raw).await.unwrap();
                raw.close().await;
            }
            Place::Server(server) => {
                let mut connection = PgConnection::connect(&server.url()).await.unwrap();
                sqlx::raw_sql(statement)
                    .execute(&mut connection)
                    .await
                    .unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}

/// Runs a test on PostgreSQL, and removes its database however it ends.
#[expect(
    clippy::disallowed_methods,
    reason = "a task of its own, so that the test's failure does not keep the database"
)]
pub(crate) async fn on_postgres<F>(test: impl FnOnce(Home) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(server) = Server::start().await else {
        return;
    };
    let ended = tokio::spawn(test(Home::on(&server))).await;
    server.drop().await;
    if let Err(failed) = ended {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// Makes tests for each engine of functions that take a [`Home`]: `one` needs one process, `several` open
/// the store more than once or look at it from outside.
macro_rules! on_both {
    (one: [$($one:ident),* $(,)?], several: [$($several:ident),* $(,)?]) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $one() {
                    super::$one(crate::engines::Home::in_memory()).await;
                }
            )*
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $several() {
                    super::$several(crate::engines::Home::in_files()).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $one() {
                    crate::engines::on_postgres(super::$one).await;
                }
            )*
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $several() {
                    crate::engines::on_postgres(super::$several).await;
                }
            )*
        }
    };
}

pub(crate) use on_both;
