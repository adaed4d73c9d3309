//! Backups: making them, jobs that make them, what they cover, how many are kept, and restoring.

mod coverage;
mod defaults;
mod jobs;
mod options;
mod restore;
mod retention;
mod vzdump;

pub use coverage::{CoveredGuest, CoveredVolume, UncoveredGuest};
pub use defaults::BackupDefaults;
pub use jobs::{BackupJob, JobChange, NewBackupJob};
pub use options::{
    BackupCompression, BackupMode, BackupOptions, BackupSelection, NotificationMode,
};
pub use restore::{RestoreOptions, RestoreOver};
pub use retention::{PrunePreview, PruneScope};
pub use vzdump::BackupStart;
