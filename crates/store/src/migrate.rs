//! Brings the schema forward. There is no way back: an older version refuses a newer database.

use sha2::{Digest as _, Sha256};

use crate::{
    db::{Pool, Tx},
    error::{Doing as _, Error, Result},
    random,
};

/// One step forward. Once released it never changes; its checksum is kept to notice when it did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// In order of their versions, without gaps.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "first tables",
        sql: include_str!("../migrations/sqlite/0001_first_tables.sql"),
    },
    Migration {
        version: 2,
        name: "audit chain",
        sql: include_str!("../migrations/sqlite/0002_audit_chain.sql"),
    },
    Migration {
        version: 3,
        name: "consent",
        sql: include_str!("../migrations/sqlite/0003_consent.sql"),
    },
    Migration {
        version: 4,
        name: "knowledge and memory",
        sql: include_str!("../migrations/sqlite/0004_knowledge.sql"),
    },
];

/// What the database says of a migration it has had.
type Applied = (i64, String);

impl Migration {
    fn checksum(&self) -> String {
        // A checkout with other line ends is the same migration.
        random::hex(&Sha256::digest(self.sql.replace("\r\n", "\n")))
    }
}

/// Applies what is missing in one transaction. Takes the write lock only when there is work, so that
/// opening an up-to-date database never waits for another process.
pub(crate) async fn run(
    writer: &Pool,
    path: &std::path::Path,
    migrations: &[Migration],
    now_ns: i64,
) -> Result<()> {
    const DOING: &str = "read the version of the database";
    let present: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
    )
    .fetch_optional(writer)
    .await
    .doing(DOING)?;
    if present.is_some() {
        let applied: Vec<Applied> =
            sqlx::query_as("SELECT version, checksum FROM schema_version ORDER BY version")
                .fetch_all(writer)
                .await
                .doing(DOING)?;
        if missing(path, migrations, &applied)?.is_empty() {
            return Ok(());
        }
    }

    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.doing(DOING)?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, \
         name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at_ns BIGINT NOT NULL)",
    )
    .execute(&mut *tx)
    .await
    .doing(DOING)?;
    // Read again: another process may have been faster.
    let applied: Vec<Applied> =
        sqlx::query_as("SELECT version, checksum FROM schema_version ORDER BY version")
            .fetch_all(&mut *tx)
            .await
            .doing(DOING)?;
    for migration in missing(path, migrations, &applied)? {
        apply(&mut tx, migration, now_ns)
            .await
            .map_err(|cause| Error::Migrate {
                version: migration.version,
                name: migration.name,
                cause,
            })?;
    }
    tx.commit()
        .await
        .doing("bring the database to the current schema")
}

async fn apply(tx: &mut Tx, migration: &Migration, now_ns: i64) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(migration.sql).execute(&mut **tx).await?;
    sqlx::query(
        "INSERT INTO schema_version (version, name, checksum, applied_at_ns) VALUES ($1, $2, $3, $4)",
    )
    .bind(migration.version)
    .bind(migration.name)
    .bind(migration.checksum())
    .bind(now_ns)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn missing<'a>(
    path: &std::path::Path,
    migrations: &'a [Migration],
    applied: &[Applied],
) -> Result<Vec<&'a Migration>> {
    let known = migrations
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    for (version, checksum) in applied {
        let Some(migration) = migrations.iter().find(|known| known.version == *version) else {
            return Err(Error::NewerSchema {
                path: path.to_owned(),
                found: *version,
                known,
            });
        };
        if migration.checksum() != *checksum {
            return Err(Error::ChangedMigration {
                path: path.to_owned(),
                version: *version,
            });
        }
    }
    Ok(migrations
        .iter()
        .filter(|migration| {
            applied
                .iter()
                .all(|(version, _)| *version != migration.version)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_from_one_without_gaps() {
        let versions: Vec<i64> = MIGRATIONS
            .iter()
            .map(|migration| migration.version)
            .collect();
        assert_eq!(versions, (1..=MIGRATIONS.len() as i64).collect::<Vec<_>>());
    }
}
