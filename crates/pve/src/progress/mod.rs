//! How far a task is, read from its log: PVE says it nowhere else.
//!
//! [`LogProgress`] takes the lines one by one and knows what they are about (which disk, which
//! guest). It reads the lines of `qemu-img convert` and block mirrors (clone, move, import, disks
//! of a migration), of the memory of a live migration and of a snapshot, of `vzdump` to a file or
//! to a Proxmox Backup Server, of both kinds of restore, of `dd` and `zfs send` (volumes of a
//! migration), of `wget` (download from a URL) and of `rbd`. The formats are those of PVE 8.4 and
//! 9.x and of the tools these call.

mod amount;
mod line;
mod tracker;

use std::time::Duration;

pub use tracker::LogProgress;

/// What a task is doing while it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskPhase {
    /// A disk is copied while nobody writes to it.
    Copy,
    /// A disk is copied while the guest goes on writing; the total grows with what it writes.
    Mirror,
    /// The memory of a guest goes to another node.
    Memory,
    /// The memory of a guest goes into a snapshot.
    SaveMemory,
    /// A guest is backed up.
    Backup,
    /// A backup or a template is unpacked.
    Restore,
    /// A file comes from a URL.
    Download,
    /// A volume goes to another node or storage as a stream.
    Transfer,
    /// A tool of a storage counts.
    Storage,
}

/// How far one phase of a task is. A task with several disks or guests has several phases; PVE
/// does not say how many there will be, so there is no percentage of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskProgress {
    /// What is done.
    pub phase: TaskPhase,
    /// To what, as the log names it: a drive (`scsi0`, `mirror-scsi0`) or a guest number.
    pub object: Option<String>,
    /// Counted from 1; a phase that begins again has a new number.
    pub phase_number: u32,
    /// 0 to 100; does not fall within a phase, also where the total grows.
    pub percent: Option<f32>,
    /// Bytes done; rounded as the log rounds them.
    pub done_bytes: Option<u64>,
    /// Bytes in all; rounded as the log rounds them.
    pub total_bytes: Option<u64>,
    /// As the log says, otherwise of the last half minute.
    pub bytes_per_s: Option<u64>,
    /// Until the end of this phase, at this rate.
    pub remaining: Option<Duration>,
}
