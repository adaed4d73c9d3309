//! Reads an export into an empty store, all or nothing.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::{BATCH, FORMAT, Header, Line, Moved, refused};
use crate::{
    Store,
    db::{Engine as Database, Kind, Query, Table, Tx, Value, query},
    error::{Doing as _, Error, Result},
    handle::blocking,
    migrate, random,
};

const DOING: &str = "import into the store";

/// Tables that a new store has rows in already; those of the file take their place.
const SEEDED: [&str; 1] = ["knowledge_revisions"];

impl Store {
    /// Writes the rows of a file into this store, which must be empty. A file that is damaged, cut off or
    /// of a newer version changes nothing.
    pub async fn import(&self, path: &Path) -> Result<Moved> {
        let mut lines = Lines::open(path).await?;
        let header: Header = lines
            .next()
            .await?
            .and_then(|line| serde_json::from_slice(&line).ok())
            .ok_or_else(|| refused(path, "it is no export of a store of proxmox-ai"))?;
        if header.format > FORMAT || header.schema > migrate::newest() {
            return Err(refused(
                path,
                format!(
                    "it was written by a newer version of proxmox-ai (format {}, schema {}); import \
                     it with that version",
                    header.format, header.schema
                ),
            ));
        }
        let mut tx = self.begin_long(DOING).await?;
        tx.take_writers_lock().await.doing(DOING)?;
        let tables = Table::list(&mut tx).await?;
        check_empty(&mut tx, &tables).await?;
        let moved = read_all(&mut tx, &tables, &mut lines).await?;
        count_on(&mut tx, &tables).await?;
        tx.commit().await.doing(DOING)?;
        let models: Vec<String> =
            query("SELECT DISTINCT model FROM knowledge_vectors ORDER BY model")
                .all(self.reader())
                .await
                .doing(DOING)?;
        for model in models {
            self.knowledge().tend_index(&model).await?;
        }
        Ok(moved)
    }
}

async fn check_empty(tx: &mut Tx, tables: &[Table]) -> Result<()> {
    let mut found = Vec::new();
    for table in tables {
        if SEEDED.contains(&table.name.as_str()) {
            continue;
        }
        let rows = table.count(&mut *tx).await?;
        if rows > 0 {
            found.push(format!("{} {rows}", table.name));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "the store is not empty ({}); import into a new one: another `--data` directory, or another \
         database in `store.url`",
        found.join(", ")
    )))
}

/// Up to the end of the file, which has to be right.
async fn read_all(tx: &mut Tx, tables: &[Table], lines: &mut Lines) -> Result<Moved> {
    let mut moved = Moved::default();
    let mut target: Option<Target> = None;
    loop {
        let before = lines.checksum();
        let Some(line) = lines.next().await? else {
            return Err(refused(&lines.path, "it ends in the middle; copy it again"));
        };
        if line.first() == Some(&b'[') {
            let Some(target) = &mut target else {
                return Err(lines.damaged("a row stands before its table"));
            };
            let row = target
                .read(&line)
                .ok_or_else(|| lines.damaged(format!("no row of the table `{}`", target.table)))?;
            target.add(tx, row).await?;
            moved.rows += 1;
            continue;
        }
        if let Some(target) = target.take() {
            moved.tables.push(target.finish(tx).await?);
        }
        match serde_json::from_slice(&line) {
            Ok(Line::Table { name, columns }) => {
                let table = tables.iter().find(|table| table.name == name);
                let new = table.and_then(|table| Target::new(table, &columns));
                let new =
                    new.ok_or_else(|| lines.damaged(format!("no table `{name}` of this version")))?;
                if SEEDED.contains(&new.table.as_str()) {
                    Query::built(format!("DELETE FROM {}", new.table))
                        .execute(&mut *tx)
                        .await
                        .doing(DOING)?;
                }
                target = Some(new);
            }
            Ok(Line::End { rows, sha256 }) => {
                let whole = rows == moved.rows && sha256 == before;
                if !whole || lines.next().await?.is_some() {
                    return Err(refused(
                        &lines.path,
                        "its checksum does not fit what it holds; copy it again",
                    ));
                }
                return Ok(moved);
            }
            Err(_) => return Err(lines.damaged("neither a row nor a table")),
        }
    }
}

/// New rows are numbered after those that came in. SQLite sees to it itself.
async fn count_on(tx: &mut Tx, tables: &[Table]) -> Result<()> {
    if tx.engine() == Database::Sqlite {
        return Ok(());
    }
    for table in tables {
        let counted: Vec<String> = query(
            "SELECT CAST(attname AS TEXT) FROM pg_attribute WHERE attidentity <> '' AND attrelid = \
             to_regclass(format('%I.%I', current_schema(), CAST($1 AS TEXT)))",
        )
        .bind(&table.name)
        .all(&mut *tx)
        .await
        .doing(DOING)?;
        for column in counted {
            Query::built(format!(
                "SELECT setval(pg_get_serial_sequence('{0}', '{column}'), \
                 COALESCE(MAX({column}), 1), MAX({column}) IS NOT NULL) FROM {0}",
                table.name
            ))
            .execute(&mut *tx)
            .await
            .doing(DOING)?;
        }
    }
    Ok(())
}

/// The table that rows go into.
struct Target {
    table: String,
    columns: Vec<String>,
    kinds: Vec<Kind>,
    waiting: Vec<Vec<Value>>,
    count: u64,
}

impl Target {
    /// Nothing when the file has a column that the table does not have. Older files may have fewer.
    fn new(table: &Table, columns: &[(String, String)]) -> Option<Self> {
        let mut kinds = Vec::with_capacity(columns.len());
        for (name, kind) in columns {
            let (_, known) = table.columns.iter().find(|(known, _)| known == name)?;
            if known.as_str() != kind {
                return None;
            }
            kinds.push(*known);
        }
        Some(Self {
            table: table.name.clone(),
            columns: columns.iter().map(|(name, _)| name.clone()).collect(),
            kinds,
            waiting: Vec::new(),
            count: 0,
        })
    }

    fn read(&self, line: &[u8]) -> Option<Vec<Value>> {
        let row: Vec<Json> = serde_json::from_slice(line).ok()?;
        if row.len() != self.kinds.len() {
            return None;
        }
        row.into_iter()
            .zip(&self.kinds)
            .map(|(value, kind)| from_json(value, *kind))
            .collect()
    }

    async fn add(&mut self, tx: &mut Tx, row: Vec<Value>) -> Result<()> {
        self.waiting.push(row);
        self.count += 1;
        // An engine takes a limited number of values in one statement.
        if self.waiting.len() * self.kinds.len() >= BATCH * 10 {
            self.write(tx).await?;
        }
        Ok(())
    }

    async fn write(&mut self, tx: &mut Tx) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut place = 0;
        let rows: Vec<String> = self
            .waiting
            .iter()
            .map(|row| {
                let places: Vec<String> = row
                    .iter()
                    .map(|_| {
                        place += 1;
                        format!("${place}")
                    })
                    .collect();
                format!("({})", places.join(", "))
            })
            .collect();
        let mut statement = Query::built(format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.table,
            self.columns.join(", "),
            rows.join(", ")
        ));
        for value in self.waiting.drain(..).flatten() {
            statement = statement.bind(value);
        }
        statement.execute(tx).await.doing(DOING).map(drop)
    }

    async fn finish(mut self, tx: &mut Tx) -> Result<(String, u64)> {
        self.write(tx).await?;
        Ok((self.table, self.count))
    }
}

fn from_json(value: Json, kind: Kind) -> Option<Value> {
    Some(match (kind, value) {
        (Kind::Text, Json::Null) => Value::Text(None),
        (Kind::Text, Json::String(text)) => text.into(),
        (Kind::Integer, Json::Null) => Value::Integer(None),
        (Kind::Integer, Json::Number(number)) => number.as_i64()?.into(),
        (Kind::Boolean, Json::Null) => Value::Boolean(None),
        (Kind::Boolean, Json::Bool(flag)) => flag.into(),
        (Kind::Bytes, Json::Null) => Value::Bytes(None),
        (Kind::Bytes, Json::String(text)) => STANDARD.decode(text).ok()?.into(),
        _ => return None,
    })
}

/// The lines of a file, without their ends, and the checksum of those that were read.
struct Lines {
    path: PathBuf,
    file: Option<BufReader<File>>,
    hash: Sha256,
    number: u64,
    /// Read ahead, so that not every line is a piece of work of its own.
    ahead: std::collections::VecDeque<Vec<u8>>,
}

impl Lines {
    async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let opened = path.clone();
        let file = blocking(move || {
            File::open(&opened).map_err(|cause| Error::ReadExport {
                path: opened.clone(),
                cause,
            })
        })
        .await?;
        Ok(Self {
            path,
            file: Some(BufReader::new(file)),
            hash: Sha256::new(),
            number: 0,
            ahead: std::collections::VecDeque::new(),
        })
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.ahead.is_empty() {
            self.read_ahead().await?;
        }
        let Some(mut line) = self.ahead.pop_front() else {
            return Ok(None);
        };
        self.hash.update(&line);
        self.number += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Ok(Some(line))
    }

    async fn read_ahead(&mut self) -> Result<()> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let path = self.path.clone();
        let (file, ahead) = blocking(move || {
            let mut ahead = std::collections::VecDeque::with_capacity(BATCH);
            while ahead.len() < BATCH {
                let mut line = Vec::new();
                let read =
                    file.read_until(b'\n', &mut line)
                        .map_err(|cause| Error::ReadExport {
                            path: path.clone(),
                            cause,
                        })?;
                if read == 0 {
                    return Ok((None, ahead));
                }
                ahead.push_back(line);
            }
            Ok((Some(file), ahead))
        })
        .await?;
        self.file = file;
        self.ahead = ahead;
        Ok(())
    }

    fn checksum(&self) -> String {
        random::hex(&self.hash.clone().finalize())
    }

    fn damaged(&self, why: impl std::fmt::Display) -> Error {
        refused(
            &self.path,
            format!("line {}: {why}; copy it again", self.number),
        )
    }
}
