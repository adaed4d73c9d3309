//! Progress in the logs of every recorded task.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use pve::{LogProgress, TaskPhase};

use crate::golden;

/// What a person would call a line that counts: a share of what the task does.
fn counts(line: &str) -> bool {
    let (transferred, backup) = (
        line.contains("transferred ") && line.contains('%'),
        line.starts_with("INFO: ") && line.contains("% ("),
    );
    transferred || backup || line.starts_with("progress ") || line.contains("copied, ")
}

/// The number before the first percent sign.
fn written_percent(line: &str) -> Option<f32> {
    let (before, _) = line.split_once('%')?;
    before.rsplit([' ', '(']).next()?.parse().ok()
}

#[test]
fn every_counting_line_of_the_recordings_is_read_and_no_phase_goes_back() {
    let Some(calls) = golden::calls() else { return };
    let mut logs = 0;
    let mut lines_of: BTreeMap<String, u32> = BTreeMap::new();
    for call in calls {
        let path = call["path"].as_str().unwrap();
        let (true, Some(rows)) = (path.ends_with("/log"), call["body"]["data"].as_array()) else {
            continue;
        };
        if !path.contains("/tasks/UPID") {
            continue;
        }
        logs += 1;
        let mut log = LogProgress::new();
        let mut highest: HashMap<u32, f32> = HashMap::new();
        for row in rows {
            let line = row["t"].as_str().unwrap();
            let Some(progress) = log.read(line, Duration::ZERO) else {
                assert!(!counts(line), "{path}: {line}");
                continue;
            };
            *lines_of.entry(format!("{:?}", progress.phase)).or_default() += 1;
            if let Some(percent) = progress.percent {
                assert!((0.0..=100.0).contains(&percent), "{line}");
                let before = highest.insert(progress.phase_number, percent);
                assert!(before.is_none_or(|before| before <= percent), "{line}");
                if counts(line) {
                    assert_eq!(written_percent(line), Some(percent), "{line}");
                }
            }
            if let (Some(done), Some(total)) = (progress.done_bytes, progress.total_bytes)
                && progress.phase != TaskPhase::Memory
            {
                assert!(done <= total, "{line}");
            }
        }
    }
    println!("{logs} logs, {lines_of:?}");
    let count = |phase: &str| lines_of.get(phase).copied().unwrap_or(0);
    assert!(logs > 0);
    for (phase, at_least) in [
        ("Backup", 50),
        ("Copy", 15),
        ("Memory", 4),
        ("Mirror", 10),
        ("Restore", 500),
        ("SaveMemory", 3),
        ("Transfer", 40),
    ] {
        assert!(count(phase) >= at_least, "{phase}: {}", count(phase));
    }
}
