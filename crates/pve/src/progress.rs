//! How far a task is, read from its log: PVE says it nowhere else.

/// The percentage a log line speaks of, 0 to 100. Lines that give shares of something else
/// (sparse data, saved space) are not progress.
pub(crate) fn percent_of(line: &str) -> Option<f32> {
    // `transferred 1.1 GiB of 2.2 GiB (50.00%)`: clone, move, mirror of a migration
    if let Some((_, rest)) = line.split_once("transferred ")
        && let Some((_, rest)) = rest.split_once(" of ")
        && let Some((_, rest)) = rest.split_once('(')
        && let Some((number, _)) = rest.split_once("%)")
    {
        return number_of(number);
    }
    // `INFO:   3% (1.1 GiB of 32.0 GiB) in 3s, read: …`: backup
    if let Some(rest) = line.strip_prefix("INFO: ")
        && let Some((number, _)) = rest.split_once("% (")
    {
        return number_of(number.trim_start());
    }
    // `progress 1% (read 12124160 bytes, duration 0 sec)`: restore
    line.strip_prefix("progress ")
        .and_then(|rest| rest.split_once('%'))
        .and_then(|(number, _)| number_of(number))
}

fn number_of(text: &str) -> Option<f32> {
    // `parse` alone would take `inf` and `1e3`.
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f32 = if plain {
        text.parse().ok()?
    } else {
        return None;
    };
    (0.0..=100.0).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_lines_of_every_kind_of_task_are_read() {
        for (line, percent) in [
            ("transferred 0.0 B of 1.1 GiB (0.00%)", 0.0),
            (
                "mirror-scsi0: transferred 20.0 MiB of 102.4 MiB (19.52%) in 0s",
                19.52,
            ),
            (
                "drive-scsi0: transferred 2.0 GiB of 2.0 GiB (100.00%) in 2s, ready",
                100.0,
            ),
            (
                "INFO:   3% (1.0 MiB of 32.0 MiB) in 3s, read: 341.3 KiB/s, write: 0 B/s",
                3.0,
            ),
            ("progress 41% (read 12124160 bytes, duration 0 sec)", 41.0),
        ] {
            assert_eq!(percent_of(line), Some(percent), "{line}");
        }
    }

    #[test]
    fn shares_of_something_else_are_no_progress() {
        for line in [
            "INFO: backup is sparse: 1.12 GiB (99%) total zero data",
            "total bytes read 1207959552, sparse bytes 1207955456 (100%)",
            "space reduction due to 4K zero blocks 1.5e+03%",
            "INFO: transferred 32.00 GiB in 120 seconds (273.1 MiB/s)",
            "transferred 5 of 4 (125%)",
            "progress inf%",
            "",
        ] {
            assert_eq!(percent_of(line), None, "{line}");
        }
    }
}
