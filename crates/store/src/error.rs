//! What can go wrong with the store, and what of it a caller may see.
//!
//! [`Error`] is for the person at the machine: it names paths. Its conversion into [`ops::Error`] is
//! for everybody else: no path and no SQL; the whole chain goes to the log at that point.

use std::path::PathBuf;

use ops::Code;

use crate::db::{Trouble, trouble};

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
        "the database `{place}` was written by a newer version of proxmox-ai (schema {found}, this \
         version knows {known}); start the newer version, or open another store"
    )]
    NewerSchema {
        place: String,
        found: i64,
        known: i64,
    },
    #[error(
        "schema change {version} in the database `{place}` is not the one this version knows; start \
         the version that wrote it, or restore a backup"
    )]
    ChangedMigration { place: String, version: i64 },
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
    #[error(
        "`store.url` is no address of a database; write postgres://USER:PASSWORD@HOST/DATABASE, or \
         leave it empty for SQLite in the data directory"
    )]
    Url,
    #[error(
        "cannot reach the database `{place}`; check that PostgreSQL runs there and lets this machine \
         in, or correct `store.url`"
    )]
    Unreachable {
        place: String,
        #[source]
        cause: sqlx::Error,
    },
    #[error(
        "the database `{place}` does not let the user `{user}` in; check user and password in \
         `store.url`"
    )]
    SignIn {
        place: String,
        user: String,
        #[source]
        cause: sqlx::Error,
    },
    #[error("the server of `{place}` has no database `{name}`; create it, or correct `store.url`")]
    NoDatabase {
        place: String,
        name: String,
        #[source]
        cause: sqlx::Error,
    },
    #[error(
        "the database `{place}` is PostgreSQL {version}; proxmox-ai needs version {oldest} or newer"
    )]
    OldServer {
        place: String,
        version: String,
        oldest: i32,
    },
    #[error(
        "the user `{user}` may not create tables in the database `{place}`; let its owner say \
         `GRANT CREATE ON SCHEMA {schema} TO {user}`, or open a database that can be written"
    )]
    NoRight {
        place: String,
        user: String,
        schema: String,
    },
    #[error(
        "cannot {doing}: the database does not answer; check that PostgreSQL runs and can be reached"
    )]
    Lost {
        doing: &'static str,
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
    #[error("cannot write the export `{path}`; name a new file where you may write")]
    Export {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("cannot read the export `{path}`")]
    ReadExport {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("`{path}` cannot be imported: {why}")]
    Import { path: PathBuf, why: String },
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
            Trouble::Gone => Error::Lost { doing, cause },
            Trouble::Corrupt | Trouble::Unwritable | Trouble::Other => {
                Error::Query { doing, cause }
            }
        })
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
            Error::Lost { doing, .. } => (
                Code::StoreUnavailable,
                format!("cannot {doing}: the database does not answer"),
                Some("check that PostgreSQL runs and can be reached"),
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
            | Error::Migrate { .. }
            | Error::Url
            | Error::Unreachable { .. }
            | Error::SignIn { .. }
            | Error::NoDatabase { .. }
            | Error::OldServer { .. }
            | Error::NoRight { .. } => (
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
            // Only whoever is at the machine exports and imports: they may read the path.
            Error::Import { .. } | Error::Export { .. } | Error::ReadExport { .. } => {
                (Code::InvalidInput, error.chain(), None)
            }
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
