//! What the lines of one log mean together.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::line::{Figures, Line, read, share};
use super::{TaskPhase, TaskProgress};

/// The rate is that of this long; a longer memory would hide that a storage became slow.
const WINDOW: Duration = Duration::from_secs(30);
const SAMPLES: usize = 64;
/// A log can name any number of objects; the oldest phases are over long since.
const PHASES: usize = 64;
const LONGEST_REST: f64 = 10.0 * 365.0 * 86_400.0;

type Key = (TaskPhase, Option<String>);

struct Running {
    number: u32,
    percent: Option<f32>,
    total: Option<u64>,
    /// Time and bytes done, the oldest first.
    samples: VecDeque<(Duration, u64)>,
}

/// Reads the log of one task line by line.
///
/// ```
/// use std::time::Duration;
/// let mut log = pve::LogProgress::new();
/// assert_eq!(log.read("create full clone of drive scsi0 (local-lvm:vm-100-disk-0)", Duration::ZERO), None);
/// log.read("transferred 0.0 B of 32.0 GiB (0.00%)", Duration::ZERO);
/// let at = Duration::from_secs(10);
/// let progress = log.read("transferred 8.0 GiB of 32.0 GiB (25.00%)", at).unwrap();
/// assert_eq!(progress.object.as_deref(), Some("scsi0"));
/// assert_eq!(progress.percent, Some(25.0));
/// assert_eq!(progress.remaining, Some(Duration::from_secs(30)));
/// ```
#[derive(Default)]
pub struct LogProgress {
    phases: HashMap<Key, Running>,
    opened: u32,
    /// What the last opening line of a phase was about.
    objects: HashMap<TaskPhase, Option<String>>,
    /// Sizes that came before the first counting line.
    sizes: HashMap<TaskPhase, u64>,
    saving_memory: bool,
}

impl LogProgress {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next line and says how far the task is, if the line tells. `at` is the time since
    /// any fixed moment; it counts where the log has no time of its own, and only for rates.
    pub fn read(&mut self, line: &str, at: Duration) -> Option<TaskProgress> {
        match read(line)? {
            Line::Opens(phase, object) => {
                self.open(phase, object);
                None
            }
            Line::Sized(phase, bytes) => {
                self.open(phase, None);
                self.sizes.insert(phase, bytes);
                None
            }
            Line::Adds(phase, bytes) => {
                let size = self.sizes.entry(phase).or_default();
                *size = size.saturating_add(bytes);
                None
            }
            Line::Counts(phase, named, figures) => {
                let object = match named {
                    Some(name) => Some(name.to_owned()),
                    None => self.objects.get(&phase).cloned().flatten(),
                };
                self.saving_memory &= phase == TaskPhase::SaveMemory && figures.percent.is_none();
                Some(self.count(phase, object, figures, at))
            }
            Line::Bare(figures) if self.saving_memory => {
                Some(self.count(TaskPhase::SaveMemory, None, figures, at))
            }
            Line::Bare(_) => None,
        }
    }

    fn open(&mut self, phase: TaskPhase, object: Option<&str>) {
        let object = object.map(ToOwned::to_owned);
        self.saving_memory = phase == TaskPhase::SaveMemory;
        self.phases.remove(&(phase, object.clone()));
        self.objects.insert(phase, object);
        self.sizes.remove(&phase);
    }

    fn count(
        &mut self,
        phase: TaskPhase,
        object: Option<String>,
        figures: Figures,
        at: Duration,
    ) -> TaskProgress {
        let key = (phase, object.clone());
        let known_size = self.sizes.get(&phase).copied();
        // The next volume counts from zero without saying so.
        let begins_again = figures.percent.is_none()
            && self.phases.get(&key).is_some_and(|running| {
                running
                    .samples
                    .back()
                    .is_some_and(|(_, before)| figures.done.is_some_and(|done| done < *before))
            });
        if begins_again {
            self.phases.remove(&key);
        }
        if !self.phases.contains_key(&key) {
            self.forget_the_oldest();
            self.opened = self.opened.saturating_add(1);
        }
        let opened = self.opened;
        let running = self.phases.entry(key).or_insert_with(|| Running {
            number: opened,
            percent: None,
            total: None,
            samples: VecDeque::new(),
        });

        running.total = figures.total.or(running.total).or(known_size);
        let total = running.total;
        let done = figures.done.or_else(|| {
            let share = f64::from(figures.percent?) / 100.0;
            total.map(|total| (total as f64 * share) as u64)
        });
        let percent = figures.percent.or_else(|| share(done?, total?));
        running.percent = match (running.percent, percent) {
            (Some(before), Some(now)) => Some(before.max(now)),
            (before, now) => now.or(before),
        };
        let measured = done.and_then(|done| running.measure(figures.elapsed.unwrap_or(at), done));
        let rate = figures.rate.filter(|rate| *rate > 0).or(measured);
        let remaining = match (total, done, rate) {
            (Some(total), Some(done), Some(rate)) if rate > 0 => {
                let seconds = total.saturating_sub(done) as f64 / rate as f64;
                let seconds = seconds.min(LONGEST_REST);
                Some(Duration::from_millis((seconds * 1000.0).round() as u64))
            }
            _ => None,
        };
        TaskProgress {
            phase,
            object,
            phase_number: running.number,
            percent: running.percent,
            done_bytes: done,
            total_bytes: total,
            bytes_per_s: rate,
            remaining,
        }
    }

    fn forget_the_oldest(&mut self) {
        if self.phases.len() < PHASES {
            return;
        }
        let oldest = self
            .phases
            .iter()
            .min_by_key(|(_, running)| running.number)
            .map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.phases.remove(&key);
        }
    }
}

impl Running {
    /// Bytes per second over the window.
    fn measure(&mut self, at: Duration, done: u64) -> Option<u64> {
        // A clock that went back (the tool's own began anew) makes older samples worthless.
        if self
            .samples
            .back()
            .is_some_and(|(before, bytes)| *before > at || *bytes > done)
        {
            self.samples.clear();
        }
        self.samples.push_back((at, done));
        while self.samples.len() > SAMPLES
            || (self.samples.len() > 2
                && self
                    .samples
                    .front()
                    .is_some_and(|(first, _)| at.saturating_sub(*first) > WINDOW))
        {
            self.samples.pop_front();
        }
        let (first, before) = *self.samples.front()?;
        let seconds = at.saturating_sub(first).as_secs_f64();
        (seconds > 0.0).then(|| (done.saturating_sub(before) as f64 / seconds) as u64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(lines: &[&str]) -> Vec<TaskProgress> {
        let mut log = LogProgress::new();
        let seconds = (0..).map(Duration::from_secs);
        lines
            .iter()
            .zip(seconds)
            .filter_map(|(line, at)| log.read(line, at))
            .collect()
    }

    const MIB: u64 = 1 << 20;

    #[test]
    fn a_backup_of_two_guests_has_two_phases_with_rate_and_rest() {
        let read = all(&[
            "INFO: Starting Backup of VM 100 (qemu)",
            "INFO:  50% (16.0 GiB of 32.0 GiB) in 1m 3s, read: 256.0 MiB/s, write: 210.2 MiB/s",
            "INFO: backup is sparse: 20.12 GiB (62%) total zero data",
            "INFO: transferred 32.00 GiB in 120 seconds (273.0 MiB/s)",
            "INFO: Starting Backup of CT 200 (lxc)",
            "INFO: Total bytes written: 2519040 (2.5MiB, 132MiB/s)",
        ]);
        let half = TaskProgress {
            phase: TaskPhase::Backup,
            object: Some("100".into()),
            phase_number: 1,
            percent: Some(50.0),
            done_bytes: Some(16 << 30),
            total_bytes: Some(32 << 30),
            bytes_per_s: Some(256 * MIB),
            remaining: Some(Duration::from_secs(64)),
        };
        let whole = TaskProgress {
            percent: Some(100.0),
            done_bytes: Some(32 << 30),
            bytes_per_s: Some(273 * MIB),
            remaining: Some(Duration::ZERO),
            ..half.clone()
        };
        let container = TaskProgress {
            object: Some("200".into()),
            phase_number: 2,
            done_bytes: Some(2_519_040),
            total_bytes: Some(2_519_040),
            bytes_per_s: Some(132 * MIB),
            ..whole.clone()
        };
        assert_eq!(read, [half, whole, container]);
    }

    #[test]
    fn a_live_migration_counts_each_disk_and_then_the_memory() {
        let read = all(&[
            "2026-01-31 02:00:01 starting storage migration",
            "drive mirror is starting for drive-scsi0",
            "mirror-scsi0: transferred 1.0 GiB of 4.0 GiB (25.00%) in 10s",
            "mirror-virtio1: transferred 1.0 MiB of 2.0 MiB (50.00%) in 1m 1s",
            "mirror-scsi0: transferred 3.0 GiB of 5.0 GiB (60.00%) in 20s, still busy",
            "mirror-scsi0: transferred 3.0 GiB of 6.0 GiB (50.00%) in 21s",
            "2026-01-31 02:00:01 starting online/live migration on unix:/run/100.migrate",
            "2026-01-31 02:00:09 migration active, transferred 1.0 GiB of 4.0 GiB VM-state, 512.0 MiB/s, VM dirties lots of memory: 1.0 GiB/s",
            "2026-01-31 02:00:19 migration active, transferred 5.0 GiB of 4.0 GiB VM-state, 0.0 B/s",
            "2026-01-31 02:00:20 migration completed, transferred 5.1 GiB VM-state",
        ]);
        let short: Vec<_> = read
            .iter()
            .map(|p| (p.phase, p.object.as_deref(), p.phase_number, p.percent))
            .collect();
        let (mirror, memory) = (TaskPhase::Mirror, TaskPhase::Memory);
        assert_eq!(
            short,
            [
                (mirror, Some("mirror-scsi0"), 1, Some(25.0)),
                (mirror, Some("mirror-virtio1"), 2, Some(50.0)),
                (mirror, Some("mirror-scsi0"), 1, Some(60.0)),
                (mirror, Some("mirror-scsi0"), 1, Some(60.0)),
                (memory, None, 3, Some(25.0)),
                (memory, None, 3, Some(100.0)),
                (memory, None, 3, Some(100.0)),
            ]
        );
        // 2 GiB in the ten seconds of the tool's own clock, 2 GiB are left.
        assert_eq!(read[2].remaining, Some(Duration::from_secs(10)));
        assert_eq!(read[4].bytes_per_s, Some(512 * MIB));
    }

    #[test]
    fn both_kinds_of_restore_know_their_disks() {
        let vma = all(&[
            "restore vma archive: zstd -q -d -c /x.vma.zst | vma extract -v -r /x.fifo - /x",
            "DEV: dev_id=1 size: 1048576 devname: drive-scsi0",
            "DEV: dev_id=2 size: 3145728 devname: drive-scsi1",
            "progress 25% (read 1048576 bytes, duration 1 sec)",
            "progress 50% (read 2097152 bytes, duration 2 sec)",
        ]);
        assert_eq!(vma[1].total_bytes, Some(4 * MIB));
        assert_eq!(vma[1].bytes_per_s, Some(MIB));
        assert_eq!(vma[1].remaining, Some(Duration::from_secs(2)));
        let pbs = all(&[
            "restore proxmox backup image: /usr/bin/pbs-restore --repository r s drive-scsi0.img.fidx /dev/x",
            "progress 100% (read 4194304 bytes, zeroes = 2% (4096 bytes), duration 0 sec)",
            "restore image complete (bytes=4194304, duration=0.50s, speed=8.00MB/s)",
            "restore proxmox backup image: /usr/bin/pbs-restore --repository r s drive-scsi1.img.fidx /dev/y",
            "progress 1% (read 4096 bytes, zeroes = 0% (0 bytes), duration 0 sec)",
            "restore-drive-scsi2: transferred 1.0 GiB of 32.0 GiB (3.13%) in 5s",
        ]);
        let short: Vec<_> = pbs
            .iter()
            .map(|p| (p.phase, p.object.as_deref(), p.percent))
            .collect();
        let restore = TaskPhase::Restore;
        assert_eq!(
            short,
            [
                (restore, Some("drive-scsi0"), Some(100.0)),
                (restore, Some("drive-scsi0"), Some(100.0)),
                (restore, Some("drive-scsi1"), Some(1.0)),
                (restore, Some("restore-drive-scsi2"), Some(3.13)),
            ]
        );
        let container = all(&[
            "extracting archive '/var/lib/vz/dump/x.tar.zst'",
            "Total bytes read: 2519040 (2.5MiB, 50MiB/s)",
        ]);
        assert_eq!(container[0].percent, Some(100.0));
        let backup = all(&[
            "INFO: Starting Backup of CT 200 (lxc)",
            "INFO: processed 1.0 GiB in 1m, uploaded 300 MiB",
            "INFO: root.pxar: had to backup 1.2 GiB of 3.0 GiB (compressed 500 MiB) in 12.3 s (average 99 MiB/s)",
        ]);
        assert_eq!(
            backup
                .iter()
                .map(|p| (p.percent, p.done_bytes))
                .collect::<Vec<_>>(),
            [(None, Some(1 << 30)), (Some(100.0), Some(3 << 30))]
        );
    }

    #[test]
    fn streams_downloads_snapshots_and_storages_count_too() {
        use TaskPhase::{Download, SaveMemory, Storage, Transfer};
        let read = all(&[
            "2026-01-31 02:00:20 [pve2] 107741184 bytes (108 MB, 103 MiB) copied, 0.5 s, 200 MB/s",
            "full send of rpool/data/vm-100-disk-0@__migration__ estimated size is 2.00G",
            "total estimated size is 2.00G",
            "2026-01-31 02:00:21 00:00:01   1.00G   rpool/data/vm-100-disk-0@__migration__",
            "downloading https://example.org/x.iso to /var/lib/vz/template/iso/x.iso",
            "Length: 67108864 (64M) [application/octet-stream]",
            " 32768K ........ ........ ........ ........ ........ ........ 50%  16M 2s",
            "saving VM state and RAM using storage 'data'",
            "1.00 MiB in 1s",
            "completed saving the VM state in 2s, saved 3.00 MiB",
            "1.00 MiB in 1s",
            "Removing image: 5% complete...\rRemoving image: 6% complete...",
            "Removing image: 100% complete...done.",
        ]);
        let short: Vec<_> = read
            .iter()
            .map(|p| (p.phase, p.percent, p.done_bytes, p.total_bytes))
            .collect();
        assert_eq!(
            short,
            [
                (Transfer, None, Some(107_741_184), None),
                (Transfer, Some(50.0), Some(1 << 30), Some(2 << 30)),
                (Download, Some(50.0), Some(32 * MIB), Some(64 * MIB)),
                (SaveMemory, None, Some(MIB), None),
                (SaveMemory, Some(100.0), Some(3 * MIB), Some(3 * MIB)),
                (Storage, Some(6.0), None, None),
                (Storage, Some(100.0), None, None),
            ]
        );
        assert_eq!(read[2].remaining, Some(Duration::from_secs(2)));
    }

    #[test]
    fn shares_of_something_else_are_no_progress() {
        for line in [
            "INFO: backup is sparse: 1.12 GiB (99%) total zero data",
            "total bytes read 1207959552, sparse bytes 1207955456 (100%)",
            "space reduction due to 4K zero blocks 1.5e+03%",
            "INFO: archive file size: 5.12GB",
            "transferred 5 of 4 (125%)",
            "progress inf%",
            "1.00 MiB in 1s",
            "migration downtime limit: 100 ms",
            "",
        ] {
            assert_eq!(all(&[line]), [], "{line}");
        }
    }

    /// Pieces of real lines in any mixture.
    fn line() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "INFO: ",
            "transferred ",
            " of ",
            "(",
            "%",
            ")",
            " in ",
            "5s",
            "1.1 GiB",
            "progress ",
            "mirror-scsi0: ",
            "migration active, ",
            " VM-state",
            ", ",
            "read: ",
            "1 MiB/s",
            "\r",
            "99999999999999999999",
            "0",
            "100",
            "é",
            " bytes ",
            "copied, ",
            "DEV: ",
            "size: ",
            "Length: ",
            "K ",
            "... ",
            "2026-01-31 02:00:01 ",
            "[pve2] ",
            "Starting Backup of VM ",
            "saving VM state and RAM",
            " in 1s",
            "% complete...",
            ": ",
            "had to backup ",
            "total estimated size is ",
            "00:00:01 1G a@b",
            "restore image complete (bytes=",
        ]);
        prop_oneof![
            prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat()),
            ".{0,40}",
            (0_u32..=130).prop_map(|share| format!(
                "mirror-scsi0: transferred 1 B of 2 B ({share}%) in {share}s"
            )),
            (0_u32..=130).prop_map(|share| format!(
                "progress {share}% (read {share} bytes, duration 1 sec)"
            )),
        ]
    }

    proptest! {
        #[test]
        fn any_log_is_read_without_panic_and_no_phase_goes_back(
            lines in prop::collection::vec((line(), 0_u64..1000), 0..60)
        ) {
            let mut log = LogProgress::new();
            let mut highest: HashMap<u32, f32> = HashMap::new();
            for (text, at) in lines {
                let Some(progress) = log.read(&text, Duration::from_secs(at)) else { continue };
                if let Some(percent) = progress.percent {
                    prop_assert!((0.0..=100.0).contains(&percent), "{percent}");
                    let before = highest.insert(progress.phase_number, percent);
                    prop_assert!(before.is_none_or(|before| before <= percent));
                }
            }
        }
    }
}
