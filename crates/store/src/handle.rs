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
    db::{Connections, Pool, Tx},
    error::{Doing as _, Error, Result, Trouble, trouble},
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
}

impl OpenOptions {
    /// The usual: the secret key is `secret.key` in the data directory.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            secret_key: SecretKey::InDataDirectory,
        }
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
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("directory", &self.inner.directory)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a data directory (0700) and its `proxmox-ai.db` (0600); creates what is missing and
    /// brings the schema forward. Several processes may have the same directory open.
    pub async fn open(directory: &Path, options: OpenOptions) -> Result<Self> {
        let path = directory.to_owned();
        let prepared = tokio::task::spawn_blocking(move || DataDir::prepare(&path))
            .await
            .map_err(Error::Background)??;
        let connections = Connections::open(&prepared.database).await?;
        Self::set_up(connections, Some(prepared), options).await
    }

    /// A store that is gone with its last handle; its secret key is random.
    pub async fn in_memory(clock: Arc<dyn Clock>) -> Result<Self> {
        let options = OpenOptions {
            clock,
            secret_key: SecretKey::Bytes(random::bytes()?),
        };
        Self::set_up(Connections::in_memory().await?, None, options).await
    }

    async fn set_up(
        connections: Connections,
        directory: Option<DataDir>,
        options: OpenOptions,
    ) -> Result<Self> {
        let path = directory
            .as_ref()
            .map(|directory| directory.database.clone())
            .unwrap_or_default();
        let now_ns = to_ns(options.clock.now());
        migrate::run(&connections.writer, &path, migrate::MIGRATIONS, now_ns)
            .await
            .map_err(|error| explain(error, &path))?;
        let store = Self {
            inner: Arc::new(Inner {
                connections,
                clock: options.clock,
                directory,
                secret_key: options.secret_key,
                cipher: tokio::sync::OnceCell::new(),
                passwords: Passwords::default(),
                throttle: Throttle::default(),
            }),
        };
        plans::expire_unreadable(&store).await?;
        Ok(store)
    }

    /// Whether the store answers and its file is still there; for `/readyz`.
    pub async fn ping(&self) -> Result<()> {
        if let Some(directory) = self.inner.directory.clone() {
            tokio::task::spawn_blocking(move || directory.check())
                .await
                .map_err(Error::Background)??;
        }
        let _version: i64 = sqlx::query_scalar("SELECT MAX(version) FROM schema_version")
            .fetch_one(self.reader())
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

    /// Starts a transaction that holds the write lock from the beginning, so that what it reads cannot
    /// change before it writes.
    pub(crate) async fn begin(&self, doing: &'static str) -> Result<Tx> {
        self.writer()
            .begin_with("BEGIN IMMEDIATE")
            .await
            .doing(doing)
    }

    /// Like [`Store::begin`], for what may be lost in a power cut.
    pub(crate) async fn begin_relaxed(&self, doing: &'static str) -> Result<Tx> {
        self.relaxed()
            .begin_with("BEGIN IMMEDIATE")
            .await
            .doing(doing)
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
