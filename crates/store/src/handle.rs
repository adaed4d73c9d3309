//! [`Store`]: one open data directory.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use ops::ports::Clock;
use zeroize::Zeroizing;

use crate::{
    accounts::{Passwords, Throttle},
    chat::Chat,
    clusters::Clusters,
    columns::to_ns,
    data_dir::DataDir,
    db::{Address, Connections, Pool, Trouble, Tx, query, trouble},
    error::{Doing as _, Error, Result},
    knowledge::Knowledge,
    memory::Memory,
    migrate, plans, random,
    runbooks::Runbooks,
    schedules::Schedules,
    secrets::{Cipher, Secrets},
    settings::Settings,
};

/// How a store is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// Where "now" comes from, for the life of sessions and the throttle of sign-ins.
    pub clock: Arc<dyn Clock>,
    pub secret_key: SecretKey,
    pub database: Database,
    /// From how many texts with vectors of a model on the database makes an index over them, where it can.
    pub index_from: i64,
}

/// Fewer are compared in memory, in less time than a database needs to look for them.
const INDEX_FROM: i64 = 100_000;

/// Where the rows are. The data directory is needed in any case: the secret key is there.
#[derive(Clone, Debug, Default)]
pub enum Database {
    /// SQLite, in a file of the data directory.
    #[default]
    InDataDirectory,
    Postgres(PostgresUrl),
}

/// Where a PostgreSQL is, as `store.url` says. Its password is in nothing that can be printed.
#[derive(Clone, Debug)]
pub struct PostgresUrl(Box<Address>);

impl Database {
    /// Reads `store.url`: nothing, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
    pub fn parse(url: &str) -> Result<Self> {
        if url.is_empty() {
            return Ok(Self::InDataDirectory);
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::Url);
        }
        let address = Address::parse(url)?;
        Ok(Self::Postgres(PostgresUrl(Box::new(address))))
    }
}

impl OpenOptions {
    /// The usual: the secret key is `secret.key` in the data directory.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            secret_key: SecretKey::InDataDirectory,
            database: Database::InDataDirectory,
            index_from: INDEX_FROM,
        }
    }

    #[must_use]
    pub fn index_from(mut self, vectors: i64) -> Self {
        self.index_from = vectors;
        self
    }

    #[must_use]
    pub fn database(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    #[must_use]
    pub fn secret_key(mut self, secret_key: SecretKey) -> Self {
        self.secret_key = secret_key;
        self
    }
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenOptions")
            .field("secret_key", &self.secret_key)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

/// Where the key of the stored secrets comes from.
#[derive(Clone)]
pub enum SecretKey {
    /// `secret.key` in the data directory; created with mode 0600 when the first secret is stored.
    InDataDirectory,
    /// A file that exists: 32 bytes, or 64 hex digits (`secrets.key_file`).
    File(PathBuf),
    Bytes(Zeroizing<[u8; 32]>),
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InDataDirectory => f.write_str("InDataDirectory"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Bytes(_) => f.write_str("Bytes(***)"),
        }
    }
}

/// An open store. Clones share the connections.
///
/// It is the product's [`ops::ports::Ledger`] and [`ops::ports::Accounts`]; the rest is reached
/// through [`Store::secrets`], [`Store::clusters`], [`Store::chat`] and [`Store::settings`].
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Connections,
    clock: Arc<dyn Clock>,
    /// Nothing for a store in memory.
    directory: Option<DataDir>,
    secret_key: SecretKey,
    cipher: tokio::sync::OnceCell<Cipher>,
    passwords: Passwords,
    throttle: Throttle,
    index_from: i64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("directory", &self.inner.directory)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a data directory (0700) and its `proxmox-ai.db` (0600), or the database that the options
    /// name; creates what is missing and brings the schema forward. Several processes may have the same
    /// store open.
    pub async fn open(directory: &Path, options: OpenOptions) -> Result<Self> {
        let path = directory.to_owned();
        match options.database.clone() {
            Database::InDataDirectory => {
                let (directory, file) = blocking(move || DataDir::prepare(&path)).await?;
                let connections = Connections::open(&file).await?;
                let place = file.display().to_string();
                Self::set_up(connections, &place, Some(directory), options)
                    .await
                    .map_err(|error| explain(error, &file))
            }
            Database::Postgres(PostgresUrl(address)) => {
                let directory = blocking(move || DataDir::prepare_without_database(&path)).await?;
                let connections = Connections::connect(&address).await?;
                Self::set_up(connections, &address.to_string(), Some(directory), options).await
            }
        }
    }

    /// A store that is gone with its last handle; its secret key is random.
    pub async fn in_memory(clock: Arc<dyn Clock>) -> Result<Self> {
        let options = OpenOptions::new(clock).secret_key(SecretKey::Bytes(random::bytes()?));
        Self::set_up(Connections::in_memory().await?, "in memory", None, options).await
    }

    async fn set_up(
        connections: Connections,
        place: &str,
        directory: Option<DataDir>,
        options: OpenOptions,
    ) -> Result<Self> {
        let now_ns = to_ns(options.clock.now());
        migrate::run(&connections.writer, place, migrate::MIGRATIONS, now_ns).await?;
        let store = Self {
            inner: Arc::new(Inner {
                connections,
                clock: options.clock,
                directory,
                secret_key: options.secret_key,
                cipher: tokio::sync::OnceCell::new(),
                passwords: Passwords::default(),
                throttle: Throttle::default(),
                index_from: options.index_from,
            }),
        };
        plans::expire_unreadable(&store).await?;
        Ok(store)
    }

    /// Whether the store answers and its file is still there; for `/readyz`.
    pub async fn ping(&self) -> Result<()> {
        if let Some(directory) = self.inner.directory.clone() {
            blocking(move || directory.check()).await?;
        }
        let _version: i64 = query("SELECT MAX(version) FROM schema_version")
            .one(self.reader())
            .await
            .doing("ask the store whether it works")?;
        Ok(())
    }

    /// Finishes what runs and closes the files. Not needed for safety: a killed process loses nothing
    /// that a method has returned from.
    pub async fn close(&self) {
        self.inner.connections.close().await;
    }

    /// The data directory; nothing for a store in memory.
    pub fn directory(&self) -> Option<&Path> {
        self.inner
            .directory
            .as_ref()
            .map(|directory| directory.path.as_path())
    }

    /// Tokens and passwords of clusters and other systems, encrypted at rest.
    pub fn secrets(&self) -> Secrets {
        Secrets::new(self.clone())
    }

    /// The clusters that were connected.
    pub fn clusters(&self) -> Clusters {
        Clusters::new(self.clone())
    }

    /// Conversations with the assistant.
    pub fn chat(&self) -> Chat {
        Chat::new(self.clone())
    }

    /// What the calendar holds.
    pub fn schedules(&self) -> Schedules {
        Schedules::new(self.clone())
    }

    /// Saved runbooks.
    pub fn runbooks(&self) -> Runbooks {
        Runbooks::new(self.clone())
    }

    /// Sources, pages, chunks and vectors of the documentation.
    pub fn knowledge(&self) -> Knowledge {
        Knowledge::new(self.clone())
    }

    /// What people want kept.
    pub fn memory(&self) -> Memory {
        Memory::new(self.clone())
    }

    /// Small values of the product itself.
    pub fn settings(&self) -> Settings {
        Settings::new(self.clone())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn now_ns(&self) -> i64 {
        to_ns(self.now())
    }

    pub(crate) fn writer(&self) -> &Pool {
        &self.inner.connections.writer
    }

    pub(crate) fn relaxed(&self) -> &Pool {
        &self.inner.connections.relaxed
    }

    /// Never while a transaction is open: a store in memory has one connection for everything.
    pub(crate) fn reader(&self) -> &Pool {
        &self.inner.connections.reader
    }

    /// Starts a transaction that holds the writers' lock from the beginning, so that what it reads
    /// cannot change before it writes.
    pub(crate) async fn begin(&self, doing: &'static str) -> Result<Tx> {
        self.inner.connections.begin(doing).await
    }

    /// For rows that no other process writes, and that may be lost in a power cut.
    pub(crate) async fn begin_relaxed(&self, doing: &'static str) -> Result<Tx> {
        self.inner.connections.begin_relaxed(doing).await
    }

    /// Several statements that see the same moment.
    pub(crate) async fn begin_read(&self, doing: &'static str) -> Result<Tx> {
        self.inner.connections.begin_read(doing).await
    }

    /// For work that takes long beside the others.
    pub(crate) async fn begin_long(&self, doing: &'static str) -> Result<Tx> {
        self.inner.connections.begin_long(doing).await
    }

    pub(crate) fn index_from(&self) -> i64 {
        self.inner.index_from
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.inner.throttle
    }

    pub(crate) fn secret_key(&self) -> &SecretKey {
        &self.inner.secret_key
    }

    pub(crate) fn data_dir(&self) -> Option<&DataDir> {
        self.inner.directory.as_ref()
    }

    pub(crate) fn cipher_cell(&self) -> &tokio::sync::OnceCell<Cipher> {
        &self.inner.cipher
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::Background)?
}

/// A database that cannot be read or written while it is opened is a matter of its file.
fn explain(error: Error, path: &Path) -> Error {
    match error {
        Error::Query { cause, .. } | Error::Migrate { cause, .. }
            if trouble(&cause) == Trouble::Corrupt =>
        {
            Error::Corrupt {
                path: path.to_owned(),
                cause,
            }
        }
        Error::Query { cause, .. } | Error::Migrate { cause, .. }
            if trouble(&cause) == Trouble::Unwritable =>
        {
            Error::Unwritable {
                path: path.to_owned(),
                cause,
            }
        }
        other => other,
    }
}
