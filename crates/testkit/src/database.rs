//! A database of its own for a test, where tests are to run on PostgreSQL.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::Database;

/// A server that does not have to wait for anybody takes some ten milliseconds.
const DROPPED_WITHIN: Duration = Duration::from_millis(300);

/// Dropped with the test.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    /// `postgres://USER:PASSWORD@HOST:PORT`.
    base: String,
    name: String,
}

impl TestDatabase {
    /// With `PROXMOX_AI_TEST_STORE=postgres` stores on disk are databases of the server that
    /// `PROXMOX_AI_TEST_POSTGRES` names (`scripts/postgres`), `always` wherever one is named; else nothing.
    #[expect(
        clippy::disallowed_methods,
        reason = "which engine is tested is said by whoever starts the tests"
    )]
    pub(crate) async fn create(always: bool) -> Option<Self> {
        let url = std::env::var("PROXMOX_AI_TEST_POSTGRES").ok();
        let url = url.filter(|url| !url.is_empty());
        let url = if always {
            url?
        } else if std::env::var("PROXMOX_AI_TEST_STORE").ok()? == "postgres" {
            url.expect("a server for the tests")
        } else {
            return None;
        };
        let (base, _) = url.rsplit_once('/').expect("a database in the address");
        // Names of temporary directories are random, and there is no other randomness here.
        let seed = tempfile::tempdir().expect("a directory for the test");
        let suffix: String = seed
            .path()
            .to_string_lossy()
            .chars()
            .rev()
            .filter(char::is_ascii_alphanumeric)
            .take(10)
            .collect::<String>()
            .to_ascii_lowercase();
        let database = Self {
            base: base.to_owned(),
            name: format!("world_{suffix}"),
        };
        database
            .admin(&format!("CREATE DATABASE {}", database.name))
            .await;
        Some(database)
    }

    pub(crate) fn database(&self) -> Database {
        Database::parse(&self.url()).expect("the address of the test's database")
    }

    /// Carries a statement out past the product; how many rows were hit.
    pub(crate) async fn edit(&self, statement: &'static str) -> u64 {
        let mut connection = PgConnection::connect(&self.url())
            .await
            .expect("the database");
        let done = sqlx::query(statement)
            .execute(&mut connection)
            .await
            .expect("a statement");
        connection.close().await.expect("the database");
        done.rows_affected()
    }

    fn url(&self) -> String {
        format!("{}/{}", self.base, self.name)
    }

    async fn admin(&self, statement: &str) {
        let mut connection = self.server().await;
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await
            .expect("a statement");
        connection.close().await.expect("the server for the tests");
    }

    async fn server(&self) -> PgConnection {
        PgConnection::connect(&format!("{}/postgres", self.base))
            .await
            .expect("the server for the tests")
    }

    /// A server lets no database go while somebody is signing in, and those who sign in may be other worlds
    /// on the thread that waits here. It carries out what it was asked also when nobody waits for the answer.
    async fn ask_to_drop(&self) {
        let mut connection = self.server().await;
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let asked = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
        if let Ok(dropped) = tokio::time::timeout(DROPPED_WITHIN, asked).await {
            dropped.expect("a statement");
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop_it = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(self.ask_to_drop());
        };
        // This thread waits within a runtime already.
        std::thread::scope(|scope| drop(scope.spawn(drop_it).join()));
    }
}
