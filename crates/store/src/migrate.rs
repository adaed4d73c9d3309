//! Brings the schema forward. There is no way back: an older version refuses a newer database.

use sha2::{Digest as _, Sha256};

use crate::{
    db::{Engine, Pool, Tx, is_set_up, query},
    error::{Doing as _, Error, Result},
    random,
};

/// One step forward. Once released it never changes; its checksum is kept to notice when it did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// Reads both texts of a migration, which have the same name.
macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
        }
    };
}

/// In order of their versions, without gaps.
pub(crate) const MIGRATIONS: &[Migration] = &[
    migration!(1, "first tables", "0001_first_tables.sql"),
    migration!(2, "audit chain", "0002_audit_chain.sql"),
    migration!(3, "consent", "0003_consent.sql"),
    migration!(4, "knowledge and memory", "0004_knowledge.sql"),
    migration!(5, "vectors of passages", "0005_passages.sql"),
];

/// What the database says of a migration it has had.
type Applied = (i64, String);

impl Migration {
    fn sql(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> String {
        // A checkout with other line ends is the same migration.
        random::hex(&Sha256::digest(self.sql(engine).replace("\r\n", "\n")))
    }
}

/// The schema that this version works with.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

const APPLIED: &str = "SELECT version, checksum FROM schema_version ORDER BY version";

/// Applies what is missing in one transaction. Takes the write lock only when there is work, so that
/// opening an up-to-date database never waits for another process.
pub(crate) async fn run(
    writer: &Pool,
    place: &str,
    migrations: &[Migration],
    now_ns: i64,
) -> Result<()> {
    const DOING: &str = "read the version of the database";
    let engine = writer.engine();
    if is_set_up(writer).await.doing(DOING)? {
        let applied: Vec<Applied> = query(APPLIED).all(writer).await.doing(DOING)?;
        if missing(place, engine, migrations, &applied)?.is_empty() {
            return Ok(());
        }
    }

    let mut tx = writer.begin().await.doing(DOING)?;
    query(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, \
         name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at_ns BIGINT NOT NULL)",
    )
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    // Read again: another process may have been faster.
    let applied: Vec<Applied> = query(APPLIED).all(&mut tx).await.doing(DOING)?;
    for migration in missing(place, engine, migrations, &applied)? {
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
    let engine = tx.engine();
    tx.run(migration.sql(engine)).await?;
    query(
        "INSERT INTO schema_version (version, name, checksum, applied_at_ns) VALUES ($1, $2, $3, $4)",
    )
    .bind(migration.version)
    .bind(migration.name)
    .bind(migration.checksum(engine))
    .bind(now_ns)
    .execute(tx)
    .await
    .map(drop)
}

fn missing<'a>(
    place: &str,
    engine: Engine,
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
                place: place.to_owned(),
                found: *version,
                known,
            });
        };
        if migration.checksum(engine) != *checksum {
            return Err(Error::ChangedMigration {
                place: place.to_owned(),
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
