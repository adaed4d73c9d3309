//! What can go wrong with the store, and what of it a caller may see.
//!
//! [`Error`] is for the person at the machine: it names paths. Its conversion into [`ops::Error`] is
//! for everybody else: no path and no SQL; the whole chain goes to the log at that point.

use std::path::PathBuf;

use ops::Code;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "cannot use `{path}` as the data directory; check that it is a directory you may write and \
         that the disk is not full, or choose another one with `--data`"
    )]
    Directory {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error(
        "cannot write the database in `{path}`; check owner and free space of that directory, or \
         choose another one with `--data`"
    )]
    Unwritable {
        path: PathBuf,
        #[source]
        cause: sqlx::Error,
    },
    #[error(
        "the database `{path}` is damaged or not a database; restore it from a backup, or move it \
         away to start afresh"
    )]
    Corrupt {
        path: PathBuf,
        #[source]
        cause: sqlx::Error,
    },
    #[error(
        "the database `{path}` was written by a newer version of proxmox-ai (schema {found}, this \
         version knows {known}); start the newer version, or choose another data directory with \
         `--data`"
    )]
    NewerSchema {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error(
        "schema change {version} in the database `{path}` is not the one this version knows; start \
         the version that wrote it, or restore a backup"
    )]
    ChangedMigration { path: PathBuf, version: i64 },
    #[error(
        "the database `{path}` is gone or was replaced while in use; put it back, or restart \
         proxmox-ai"
    )]
    Gone { path: PathBuf },
    #[error(
        "cannot bring the database to schema {version} ({name}); restore a backup or report this"
    )]
    Migrate {
        version: i64,
        name: &'static str,
        #[source]
        cause: sqlx::Error,
    },
    #[error("cannot {doing}: another process keeps the store busy; try again in a few seconds")]
    Busy {
        doing: &'static str,
        #[source]
        cause: sqlx::Error,
    },
    #[error("cannot {doing}: the disk of the data directory is full; free some space")]
    Full {
        doing: &'static str,
        #[source]
        cause: sqlx::Error,
    },
    #[error("cannot {doing}: the store failed; see the log of proxmox-ai")]
    Query {
        doing: &'static str,
        #[source]
        cause: sqlx::Error,
    },
    #[error("{what} in the store cannot be read by this version; start the version that wrote it")]
    Unreadable {
        what: String,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("cannot store {what} as JSON")]
    Encode {
        what: &'static str,
        #[source]
        cause: serde_json::Error,
    },
    #[error("there is no {what}")]
    NotFound { what: String },
    #[error("{what}")]
    Conflict { what: String },
    #[error("{what}")]
    Invalid { what: String },
    #[error(
        "cannot read or create the secret key `{path}`; check its owner, or set `secrets.key_file`"
    )]
    KeyFile {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("the secret key `{path}` is not 32 bytes (or 64 hex digits); restore the right file")]
    KeyLength { path: PathBuf },
    #[error(
        "secrets are stored but the key `{path}` is missing; restore that file, or set \
         `secrets.key_file` to the key they were stored with"
    )]
    KeyMissing { path: PathBuf },
    #[error(
        "the secret key does not fit the stored secrets; set `secrets.key_file` to the key they \
         were stored with, or restore `secret.key`"
    )]
    WrongKey,
    #[error("the stored secret `{name}` is damaged; store it again")]
    DamagedSecret { name: String },
    #[error("cannot encrypt the secret `{name}`")]
    Encrypt { name: String },
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
    #[error("cannot hash a password")]
    Hash(#[source] argon2::Error),
    #[error("background work of the store was cut off")]
    Background(#[source] tokio::task::JoinError),
}

/// Gives a database error its place: what was being done.
pub(crate) trait Doing<T> {
    /// `doing` continues "cannot …".
    fn doing(self, doing: &'static str) -> Result<T>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Result<T> {
        self.map_err(|cause| match trouble(&cause) {
            Trouble::Busy => Error::Busy { doing, cause },
            Trouble::Full => Error::Full { doing, cause },
            Trouble::Corrupt | Trouble::Unwritable | Trouble::Other => {
                Error::Query { doing, cause }
            }
        })
    }
}

/// Classes of database errors that ask for different action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Busy,
    Full,
    Corrupt,
    Unwritable,
    Other,
}

/// Reads the primary result code of SQLite (the low byte of the extended one).
pub(crate) fn trouble(error: &sqlx::Error) -> Trouble {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Trouble::Busy;
    }
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        // SQLITE_BUSY, SQLITE_LOCKED
        Some(5 | 6) => Trouble::Busy,
        // SQLITE_FULL
        Some(13) => Trouble::Full,
        // SQLITE_CORRUPT, SQLITE_NOTADB
        Some(11 | 26) => Trouble::Corrupt,
        // SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
        Some(3 | 8 | 10 | 14) => Trouble::Unwritable,
        _ => Trouble::Other,
    }
}

/// Whether the row was refused because another one has the same key.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether the row was refused because the one it belongs to is not there.
pub(crate) fn is_orphan(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
}

impl Error {
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict { what: what.into() }
    }

    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid { what: what.into() }
    }

    pub(crate) fn unreadable(
        what: impl Into<String>,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable {
            what: what.into(),
            cause: cause.into(),
        }
    }

    /// The error and all its causes in one line, for the log.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl From<Error> for ops::Error {
    fn from(error: Error) -> Self {
        let (code, message, hint): (Code, String, Option<&str>) = match &error {
            Error::NotFound { .. } => (Code::NotFound, error.to_string(), None),
            Error::Conflict { .. } => (Code::Conflict, error.to_string(), None),
            Error::Invalid { .. } => (Code::InvalidInput, error.to_string(), None),
            Error::Busy { doing, .. } => (
                Code::StoreUnavailable,
                format!("cannot {doing}: the store is busy"),
                Some("try again in a few seconds"),
            ),
            Error::Full { doing, .. } => (
                Code::StoreUnavailable,
                format!("cannot {doing}: the disk of the data directory is full"),
                Some("free some space on the machine that runs proxmox-ai"),
            ),
            Error::Query { doing, .. } => (
                Code::StoreUnavailable,
                format!("cannot {doing}: the store failed"),
                Some("the log of proxmox-ai says why"),
            ),
            Error::Unreadable { .. } => (
                Code::StoreUnavailable,
                error.to_string(),
                Some("the log of proxmox-ai says more"),
            ),
            Error::Directory { .. }
            | Error::Unwritable { .. }
            | Error::Corrupt { .. }
            | Error::NewerSchema { .. }
            | Error::ChangedMigration { .. }
            | Error::Gone { .. }
            | Error::Migrate { .. } => (
                Code::StoreUnavailable,
                "the store cannot be used".to_owned(),
                Some("the log of proxmox-ai says why"),
            ),
            Error::KeyFile { .. } | Error::KeyLength { .. } | Error::KeyMissing { .. } => (
                Code::StoreUnavailable,
                "the key of the stored secrets cannot be read".to_owned(),
                Some("restore `secret.key`, or set `secrets.key_file`"),
            ),
            Error::WrongKey => (
                Code::StoreUnavailable,
                "the secret key does not fit the stored secrets".to_owned(),
                Some("set `secrets.key_file` to the key they were stored with"),
            ),
            Error::DamagedSecret { .. } => (Code::StoreUnavailable, error.to_string(), None),
            Error::Encode { .. }
            | Error::Encrypt { .. }
            | Error::Random(_)
            | Error::Hash(_)
            | Error::Background(_) => (Code::Internal, error.to_string(), None),
        };
        if matches!(code, Code::StoreUnavailable | Code::Internal) {
            tracing::error!(error = %error.chain(), "the store failed");
        }
        let answer = Self::new(code, message);
        match hint {
            Some(hint) => answer.hint(hint),
            None => answer,
        }
    }
}
