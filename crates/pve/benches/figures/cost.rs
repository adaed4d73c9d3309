//! What a piece of work cost this process: processor time and memory, as Linux counts them.

use std::fs;

use crate::Outcome;

/// Nanoseconds that all threads of this process have been on a processor.
pub(crate) fn processor_ns() -> Outcome<f64> {
    let mut sum = 0.0;
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = text.split_whitespace().next();
        sum += first.ok_or("schedstat is empty")?.parse::<f64>()?;
    }
    Ok(sum)
}

/// The most memory this process ever held, in bytes.
pub(crate) fn peak_bytes() -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.ok_or("no VmHWM")?.parse::<f64>()? * 1024.0)
}
