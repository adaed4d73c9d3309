//! Disks that fail: from an instant on more and more sectors are reallocated and the life that is left
//! shrinks, until the disk says itself that it has failed.

use std::collections::BTreeMap;

use super::Cluster;

/// Disks that fail, by node and device.
pub(crate) type Failing = BTreeMap<(String, String), Decline>;

/// When a disk begins to fail, and when it has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decline {
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
}

/// What SMART tells of a disk at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wear {
    /// Sectors that were replaced by spare ones.
    pub(crate) reallocated: u64,
    /// The disk's own mark for that, from 100 down; at 10 it has failed.
    pub(crate) reallocated_mark: u64,
    /// Sectors that could not be read and wait to be written.
    pub(crate) pending: u64,
    pub(crate) uncorrected: u64,
    /// Degrees Celsius.
    pub(crate) temperature: u64,
    /// Percent of the life that is left, for a disk that had that much.
    pub(crate) life_left: u64,
    pub(crate) has_failed: bool,
}

const DAY_MS: i64 = 86_400_000;

/// Warnings about one disk that are kept at most; a journal is rotated.
const MOST_WARNINGS: i64 = 200;

/// A disk that has spares for so many sectors.
const SPARES: f64 = 2048.0;

impl Decline {
    /// How far it has come: 0 is well, 1 has failed.
    fn part(self, now_ms: i64) -> f64 {
        if now_ms >= self.until_ms {
            return 1.0;
        }
        let whole = (self.until_ms - self.from_ms).max(1) as f64;
        ((now_ms - self.from_ms) as f64 / whole).clamp(0.0, 1.0)
    }
}

/// The wear of a disk that had that much life left before it began to fail.
pub(crate) fn wear(decline: Option<Decline>, life_left: u64, now_ms: i64) -> Wear {
    let part = decline.map_or(0.0, |decline| decline.part(now_ms));
    // Slow at first: one bad spot spreads.
    let bad = part * part;
    Wear {
        reallocated: (bad * SPARES) as u64,
        reallocated_mark: 100 - (bad * 90.0) as u64,
        pending: (bad * 64.0) as u64,
        uncorrected: ((part - 0.5).max(0.0) * 240.0) as u64,
        temperature: 30 + (part * 9.0) as u64,
        life_left: life_left - (life_left as f64 * part * 0.9) as u64,
        has_failed: part >= 1.0,
    }
}

impl Cluster {
    /// A disk begins to fail and has failed after so many days; 0 is at once.
    pub(crate) fn let_disk_fail(&mut self, node: &str, disk: &str, days: f64, at_ms: i64) {
        let decline = Decline {
            from_ms: at_ms,
            until_ms: at_ms.saturating_add((days * 86_400_000.0) as i64),
        };
        self.failing
            .insert((node.to_owned(), disk.to_owned()), decline);
    }

    /// What the daemon that watches the disks of a node has said until now, by instant: once a day how many
    /// sectors wait, and in the end that the disk has failed.
    pub(crate) fn disk_warnings(&self, node: &str) -> Vec<(i64, String)> {
        let mut all = Vec::new();
        for ((on, disk), decline) in &self.failing {
            if on != node {
                continue;
            }
            let end_ms = decline.until_ms.min(self.now_ms);
            let days = (1..MOST_WARNINGS)
                .map(|day| decline.from_ms + day * DAY_MS)
                .take_while(|at_ms| *at_ms < end_ms);
            for at_ms in days {
                let pending = wear(Some(*decline), 100, at_ms).pending;
                if pending > 0 {
                    let text = format!(
                        "Device: {disk} [SAT], {pending} Currently unreadable (pending) sectors"
                    );
                    all.push((at_ms, text));
                }
            }
            if decline.until_ms <= self.now_ms {
                let text =
                    format!("Device: {disk} [SAT], FAILED SMART self-check. BACK UP DATA NOW!");
                all.push((decline.until_ms, text));
            }
        }
        all
    }

    /// How a disk declines, when it does.
    pub(crate) fn decline(&self, node: &str, disk: &str) -> Option<Decline> {
        self.failing
            .get(&(node.to_owned(), disk.to_owned()))
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_declines_from_well_to_failed_and_never_recovers() {
        let decline = Some(Decline {
            from_ms: 1000,
            until_ms: 2000,
        });
        let well = wear(decline, 90, 1000);
        assert_eq!(well, wear(None, 90, 5000));
        assert_eq!((well.reallocated, well.life_left), (0, 90));
        let mut before = well;
        for now_ms in (1000..2000).step_by(50) {
            let now = wear(decline, 90, now_ms);
            assert!(!now.has_failed, "{now_ms}");
            assert!(now.reallocated >= before.reallocated && now.life_left <= before.life_left);
            assert!(now.reallocated_mark > 10, "{now_ms}");
            before = now;
        }
        let failed = wear(decline, 90, 2000);
        assert!(failed.has_failed);
        assert_eq!((failed.reallocated, failed.reallocated_mark), (2048, 10));
        assert_eq!(failed.life_left, 9);
    }
}
