//! The durable memory of proxmox-ai: plans, runs, accounts, secrets, clusters and conversations.
//!
//! One data directory, one database (SQLite in it, or PostgreSQL), any number of processes. The crate implements the ports
//! [`ops::ports::Ledger`] and [`ops::ports::Accounts`] and knows nothing of Proxmox VE, HTTP or models.
//!
//! The SQL stands in one file per group of tables and keeps to what SQLite and PostgreSQL share
//! (`$1` placeholders, `ON CONFLICT`, `RETURNING`); what differs is in [`db`], in the migrations, and in
//! the index over vectors that PostgreSQL alone has.

mod accounts;
mod audit;
mod backup;
mod chat;
mod clusters;
mod columns;
mod consents;
mod data_dir;
mod db;
mod error;
mod handle;
mod instances;
mod knowledge;
mod ledger;
mod locks;
mod memory;
mod migrate;
mod plans;
mod random;
mod run_events;
mod runbooks;
mod runs;
mod schedules;
mod secrets;
mod settings;

pub use accounts::TokenInfo;
pub use backup::Moved;
pub use chat::{Chat, ChatEvent, Thread};
pub use clusters::{AuthKind, ClusterRow, Clusters, Trust};
pub use error::{Error, Result};
pub use handle::{Database, OpenOptions, PostgresUrl, SecretKey, Store};
pub use knowledge::{
    ChunkRow, Knowledge, NewChunk, PageRow, SourceRow, SourceWithCounts, TextVectors, Unembedded,
    VectorIndex,
};
pub use memory::{FactFilter, FactRow, Memory};
pub use runbooks::{RunbookRow, Runbooks};
pub use schedules::{Firing, ScheduleRow, Schedules};
pub use secrets::Secrets;
pub use settings::Settings;
