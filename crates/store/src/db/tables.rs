//! What tables there are, as the database itself says: nothing here has to be kept up to date when a
//! table is added.

use std::collections::BTreeMap;

use super::{Engine, On, Pool, Query, Tx, query};
use crate::error::{Doing as _, Error, Result};

/// The table that says which migrations were applied.
pub(crate) const SCHEMA_VERSION: &str = "schema_version";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Boolean,
    Bytes,
}

impl Kind {
    /// By the type a column was declared with.
    fn of(declared: &str) -> Option<Self> {
        match declared.to_ascii_uppercase().as_str() {
            "TEXT" => Some(Self::Text),
            "INTEGER" | "BIGINT" => Some(Self::Integer),
            "BOOLEAN" => Some(Self::Boolean),
            "BLOB" | "BYTEA" => Some(Self::Bytes),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Bytes => "bytes",
        }
    }
}

/// A table of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, Kind)>,
    /// In the order of the key.
    pub(crate) primary_key: Vec<String>,
}

impl Table {
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        self.columns.iter().map(|(_, kind)| *kind).collect()
    }

    /// All tables that hold what somebody would miss, each behind those that it refers to: without the
    /// list of migrations, and without what is made of other tables.
    pub(crate) async fn list(tx: &mut Tx) -> Result<Vec<Self>> {
        const DOING: &str = "list the tables of the store";
        let texts = Texts::of(tx.engine());
        let names: Vec<String> = query(texts.names).all(&mut *tx).await.doing(DOING)?;
        let mut tables = BTreeMap::new();
        for name in names.into_iter().filter(|name| name != SCHEMA_VERSION) {
            let rows: Vec<(String, String)> = query(texts.columns)
                .bind(&name)
                .all(&mut *tx)
                .await
                .doing(DOING)?;
            let mut columns = Vec::with_capacity(rows.len());
            for (column, declared) in rows {
                let kind = Kind::of(&declared).ok_or_else(|| {
                    Error::unreadable(format!("the table `{name}`"), format!("type {declared}"))
                })?;
                columns.push((column, kind));
            }
            let primary_key = query(texts.key)
                .bind(&name)
                .all(&mut *tx)
                .await
                .doing(DOING)?;
            let refers_to: Vec<String> = query(texts.refers_to)
                .bind(&name)
                .all(&mut *tx)
                .await
                .doing(DOING)?;
            let table = Self {
                name: name.clone(),
                columns,
                primary_key,
            };
            tables.insert(name, (table, refers_to));
        }
        Ok(in_order(tables))
    }

    /// How many rows it has.
    pub(crate) async fn count<'a>(&self, on: impl Into<On<'a>>) -> Result<i64> {
        Query::built(format!("SELECT COUNT(*) FROM {}", self.name))
            .one(on)
            .await
            .doing("count the rows of the store")
    }
}

/// Whether any migration was ever applied.
pub(crate) async fn is_set_up(pool: &Pool) -> Result<bool, sqlx::Error> {
    let names: Vec<String> = query(Texts::of(pool.engine()).names).all(pool).await?;
    Ok(names.iter().any(|name| name == SCHEMA_VERSION))
}

/// Those that refer to nothing first; by name where there is a choice, so that it is the same always.
fn in_order(mut waiting: BTreeMap<String, (Table, Vec<String>)>) -> Vec<Table> {
    let mut sorted = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let next = waiting
            .iter()
            .find(|(name, (_, refers_to))| {
                refers_to
                    .iter()
                    .all(|other| other == *name || !waiting.contains_key(other))
            })
            // Tables that refer to each other in a circle could not be filled one after the other.
            .or_else(|| waiting.iter().next())
            .map(|(name, _)| name.clone());
        sorted.extend(
            next.and_then(|name| waiting.remove(&name))
                .map(|(table, _)| table),
        );
    }
    sorted
}

/// How an engine is asked.
struct Texts {
    names: &'static str,
    columns: &'static str,
    key: &'static str,
    refers_to: &'static str,
}

impl Texts {
    fn of(engine: Engine) -> &'static Self {
        match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        }
    }
}

const SQLITE: Texts = Texts {
    names: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' \
            ESCAPE '~' ORDER BY name",
    columns: "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
    key: "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
    refers_to: "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1) ORDER BY 1",
};

// An index over vectors is a table of its own there, made of other tables; its name begins so.
const POSTGRES: Texts = Texts {
    names: "SELECT CAST(relname AS TEXT) FROM pg_class \
            WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
            AND relkind = 'r' \
            AND relname NOT LIKE 'near~_%' ESCAPE '~' ORDER BY relname COLLATE \"C\"",
    columns: "SELECT CAST(attname AS TEXT), format_type(atttypid, NULL) FROM pg_attribute \
              WHERE attrelid = to_regclass(format('%I.%I', current_schema(), CAST($1 AS TEXT))) \
              AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    key: "SELECT CAST(attname AS TEXT) FROM pg_constraint, \
          unnest(conkey) WITH ORDINALITY AS part (attnum, at) \
          JOIN pg_attribute USING (attnum) \
          WHERE contype = 'p' AND attrelid = conrelid AND conrelid = \
          to_regclass(format('%I.%I', current_schema(), CAST($1 AS TEXT))) ORDER BY at",
    refers_to: "SELECT DISTINCT CAST(relname AS TEXT) FROM pg_constraint \
                JOIN pg_class ON pg_class.oid = confrelid WHERE contype = 'f' AND conrelid = \
                to_regclass(format('%I.%I', current_schema(), CAST($1 AS TEXT))) ORDER BY 1",
};
