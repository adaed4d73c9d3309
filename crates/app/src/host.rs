//! Which process this is, and whether another one still lives: from Linux's process table.

use ops::{ports::Host, run::Owner};

/// This process.
#[derive(Clone, Debug)]
pub struct ThisProcess {
    owner: Owner,
}

impl ThisProcess {
    pub fn new() -> Self {
        let pid = std::process::id();
        Self {
            owner: Owner {
                host: read_line("/proc/sys/kernel/hostname"),
                boot_id: read_line("/proc/sys/kernel/random/boot_id"),
                pid,
                started: started(pid).unwrap_or(0),
            },
        }
    }
}

impl Default for ThisProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for ThisProcess {
    fn owner(&self) -> Owner {
        self.owner.clone()
    }

    fn is_alive(&self, owner: &Owner) -> bool {
        // The same number is another process when it started at another time.
        owner.boot_id == self.owner.boot_id && started(owner.pid) == Some(owner.started)
    }
}

fn read_line(path: &str) -> String {
    std::fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Start of a process in clock ticks since boot; nothing when there is no such process, or only what is
/// left of one that nobody waited for.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold blanks: fields are counted behind it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_an_earlier_one_of_its_number_does_not() {
        let this = ThisProcess::new();
        assert!(this.is_alive(&this.owner()));
        let earlier = Owner {
            started: this.owner().started + 1,
            ..this.owner()
        };
        assert!(!this.is_alive(&earlier));
        let other_boot = Owner {
            boot_id: "x".into(),
            ..this.owner()
        };
        assert!(!this.is_alive(&other_boot));
    }
}
