//! Writes the store into a file, all rows of one moment.

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::{BATCH, FORMAT, Header, Line, Moved};
use crate::{
    Store,
    db::{Query, Table, Tx, Value},
    error::{Doing as _, Error, Result},
    handle::blocking,
    migrate, random,
};

const DOING: &str = "read the store for its export";

impl Store {
    /// Writes all rows into a new file that its owner alone may read; an existing one is left alone.
    /// Others go on reading and writing meanwhile: what the file holds is of one moment.
    pub async fn export(&self, path: &Path) -> Result<Moved> {
        let mut draft = Draft::create(path).await?;
        let written = self.write_all(&mut draft).await;
        match written {
            Ok(moved) => {
                draft.finish().await?;
                Ok(moved)
            }
            Err(error) => {
                draft.discard();
                Err(error)
            }
        }
    }

    async fn write_all(&self, draft: &mut Draft) -> Result<Moved> {
        draft
            .line(&Header {
                format: FORMAT,
                schema: migrate::newest(),
                written_at: self.now().to_string(),
            })
            .await?;
        let mut tx = self.begin_read(DOING).await?;
        let mut moved = Moved::default();
        for table in Table::list(&mut tx).await? {
            draft
                .line(&Line::Table {
                    name: table.name.clone(),
                    columns: table
                        .columns
                        .iter()
                        .map(|(name, kind)| (name.clone(), kind.as_str().to_owned()))
                        .collect(),
                })
                .await?;
            let rows = write_rows(&mut tx, &table, draft).await?;
            moved.rows += rows;
            moved.tables.push((table.name, rows));
        }
        tx.rollback().await.doing(DOING)?;
        draft
            .line(&Line::End {
                rows: moved.rows,
                sha256: draft.checksum(),
            })
            .await?;
        Ok(moved)
    }
}

/// Page by page along the key, so that a large table does not have to fit into memory.
async fn write_rows(tx: &mut Tx, table: &Table, draft: &mut Draft) -> Result<u64> {
    let names: Vec<&str> = table
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let key = table.primary_key.join(", ");
    let kinds = table.kinds();
    let mut after: Option<Vec<Value>> = None;
    let mut count = 0;
    loop {
        let condition = match &after {
            None => String::new(),
            Some(values) => {
                let places: Vec<String> = (1..=values.len())
                    .map(|place| format!("${place}"))
                    .collect();
                format!("WHERE ({key}) > ({})", places.join(", "))
            }
        };
        let mut page = Query::built(format!(
            "SELECT {} FROM {} {condition} ORDER BY {key} LIMIT {BATCH}",
            names.join(", "),
            table.name
        ));
        for value in after.iter().flatten() {
            page = page.bind(value.clone());
        }
        let rows = page.values(&mut *tx, &kinds).await.doing(DOING)?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        after = Some(
            table
                .primary_key
                .iter()
                .filter_map(|key| names.iter().position(|name| name == key))
                .filter_map(|at| last.get(at).cloned())
                .collect(),
        );
        count += rows.len() as u64;
        for row in rows {
            let row: Vec<Json> = row.into_iter().map(to_json).collect();
            draft.line(&row).await?;
        }
    }
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Text(text) => text.into(),
        Value::Integer(number) => number.into(),
        Value::Boolean(flag) => flag.into(),
        Value::Bytes(bytes) => bytes.map(|bytes| STANDARD.encode(bytes)).into(),
    }
}

/// A file under another name until it is whole.
struct Draft {
    path: PathBuf,
    part: PathBuf,
    file: Option<BufWriter<File>>,
    hash: Sha256,
    /// Lines that wait to be written.
    waiting: Vec<u8>,
}

/// So much is written at once.
const BLOCK_BYTES: usize = 1 << 20;

impl Draft {
    async fn create(path: &Path) -> Result<Self> {
        let suffix = random::bytes::<8>()?;
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.part", random::hex(suffix.as_slice())));
        let (path, part) = (path.to_owned(), PathBuf::from(name));
        let fail = export_error(&path);
        if path.exists() {
            return Err(fail(std::io::ErrorKind::AlreadyExists.into()));
        }
        let opened = part.clone();
        let file = blocking(move || {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&opened)
                .map_err(fail)
        })
        .await?;
        Ok(Self {
            path,
            part,
            file: Some(BufWriter::new(file)),
            hash: Sha256::new(),
            waiting: Vec::new(),
        })
    }

    async fn line(&mut self, line: &impl Serialize) -> Result<()> {
        let start = self.waiting.len();
        serde_json::to_writer(&mut self.waiting, line).map_err(|cause| Error::Encode {
            what: "a row",
            cause,
        })?;
        self.waiting.push(b'\n');
        self.hash
            .update(self.waiting.get(start..).unwrap_or_default());
        if self.waiting.len() >= BLOCK_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Of all lines so far.
    fn checksum(&self) -> String {
        random::hex(&self.hash.clone().finalize())
    }

    async fn flush(&mut self) -> Result<()> {
        let block = std::mem::take(&mut self.waiting);
        let fail = export_error(&self.path);
        if let Some(mut file) = self.file.take() {
            let file = blocking(move || {
                file.write_all(&block).map_err(fail)?;
                Ok(file)
            })
            .await?;
            self.file = Some(file);
        }
        Ok(())
    }

    /// Gives it its name when it is on the disk; a name that was taken meanwhile is left alone.
    async fn finish(mut self) -> Result<()> {
        self.flush().await?;
        let fail = export_error(&self.path);
        let (part, path, file) = (self.part.clone(), self.path.clone(), self.file.take());
        blocking(move || {
            let named = file
                .map_or(Ok(()), |file| {
                    file.into_inner()
                        .map_err(std::io::IntoInnerError::into_error)?
                        .sync_all()
                })
                .and_then(|()| std::fs::hard_link(&part, &path));
            let removed = std::fs::remove_file(&part);
            named.and(removed).map_err(fail)
        })
        .await
    }

    fn discard(self) {
        if let Err(error) = std::fs::remove_file(&self.part) {
            tracing::warn!(file = %self.part.display(), %error, "half an export is left behind");
        }
    }
}

fn export_error(path: &Path) -> impl Fn(std::io::Error) -> Error + Send + 'static {
    let path = path.to_owned();
    move |cause| Error::Export {
        path: path.clone(),
        cause,
    }
}
