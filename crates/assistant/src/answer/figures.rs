//! Numbers with units, as people read them.

use serde_json::Value;

use crate::interpret::Measure;

pub(super) fn bytes(bytes: f64) -> String {
    let mut value = bytes;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" {
                format!("{value:.0} {unit}")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

pub(super) fn duration(seconds: u64) -> String {
    let plural = |n: u64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match seconds {
        0..60 => plural(seconds, "second"),
        60..3_600 => plural(seconds / 60, "minute"),
        3_600..86_400 => plural(seconds / 3_600, "hour"),
        _ => plural(seconds / 86_400, "day"),
    }
}

pub(super) fn percent(fraction: f64) -> String {
    format!("{:.0} %", fraction * 100.0)
}

/// The figure of a row as a number, nothing when it is not known.
pub(super) fn number(row: &Value, measure: Measure) -> Option<f64> {
    let field = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| row.get(*name).and_then(Value::as_f64))
    };
    match measure {
        Measure::Cpu => field(&["cpu"]),
        Measure::Cores => field(&["cores"]),
        Measure::Memory => field(&["memory_bytes"]),
        Measure::MemoryUsed => field(&["memory_used_bytes"]),
        Measure::Disk => field(&["disk_bytes", "total_bytes"]),
        Measure::Uptime => field(&["uptime_s"]),
        Measure::Id => field(&["vmid"]),
        Measure::Free => Some((field(&["total_bytes", "disk_bytes"])? - used(row)?).max(0.0)),
        Measure::Used => {
            Some(used(row)? / field(&["total_bytes", "disk_bytes"]).filter(|size| *size > 0.0)?)
        }
        Measure::Node | Measure::Pool | Measure::Tags | Measure::Kind => None,
    }
}

fn used(row: &Value) -> Option<f64> {
    ["used_bytes", "disk_used_bytes"]
        .iter()
        .find_map(|name| row.get(*name).and_then(Value::as_f64))
}

/// The figure or field of a row in words.
pub(super) fn words(row: &Value, measure: Measure) -> String {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let known = match measure {
        Measure::Cpu => number(row, measure).map(|cpu| format!("{} of its cores", percent(cpu))),
        Measure::Cores => number(row, measure).map(|cores| format!("{cores:.0} cores")),
        Measure::Memory => {
            number(row, measure).map(|size| match number(row, Measure::MemoryUsed) {
                Some(used) => format!("{} of memory, {} in use", bytes(size), bytes(used)),
                None => format!("{} of memory", bytes(size)),
            })
        }
        Measure::MemoryUsed => {
            number(row, measure).map(|used| match number(row, Measure::Memory) {
                Some(size) => format!("{} of {} memory in use", bytes(used), bytes(size)),
                None => format!("{} of memory in use", bytes(used)),
            })
        }
        Measure::Disk => number(row, measure).map(|size| format!("{} of disk", bytes(size))),
        Measure::Uptime => number(row, measure).map(|s| format!("up {}", duration(s as u64))),
        Measure::Id => number(row, measure).map(|id| format!("id {id:.0}")),
        Measure::Free => number(row, measure).map(|free| format!("{} free", bytes(free))),
        Measure::Used => number(row, measure).map(|share| format!("{} used", percent(share))),
        Measure::Node => text("node").map(|node| format!("on node {node}")),
        Measure::Pool => Some(
            text("pool").map_or_else(|| "in no pool".to_owned(), |pool| format!("in pool {pool}")),
        ),
        Measure::Kind => text("kind").map(|kind| match kind.as_str() {
            "lxc" => "a container (lxc)".to_owned(),
            _ => "a virtual machine (qemu)".to_owned(),
        }),
        Measure::Tags => row.get("tags").and_then(Value::as_array).map(|tags| {
            let tags: Vec<&str> = tags.iter().filter_map(Value::as_str).collect();
            if tags.is_empty() {
                "no tags".to_owned()
            } else {
                format!("tags {}", tags.join(", "))
            }
        }),
    };
    known.unwrap_or_else(|| format!("{} not known", name(measure)))
}

pub(super) fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::Cpu => "load",
        Measure::Cores => "cores",
        Measure::Memory => "memory",
        Measure::MemoryUsed => "memory in use",
        Measure::Disk => "disk size",
        Measure::Uptime => "uptime",
        Measure::Node => "node",
        Measure::Pool => "pool",
        Measure::Tags => "tags",
        Measure::Id => "id",
        Measure::Kind => "kind",
        Measure::Free => "free space",
        Measure::Used => "use",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_and_times_read_as_people_write_them() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(1536.0), "1.5 KiB");
        assert_eq!(bytes(4.0 * 1024.0 * 1024.0 * 1024.0), "4.0 GiB");
        assert_eq!(bytes(3.0 * 1024f64.powi(4)), "3.0 TiB");
        assert_eq!(duration(1), "1 second");
        assert_eq!(duration(7_300), "2 hours");
        assert_eq!(duration(200_000), "2 days");
    }

    #[test]
    fn what_is_not_known_is_never_a_number() {
        let row = json!({ "name": "a", "cpu": null, "memory_bytes": 1024, "used_bytes": null, "total_bytes": 0 });
        assert_eq!(words(&row, Measure::Cpu), "load not known");
        assert_eq!(words(&row, Measure::Free), "free space not known");
        assert_eq!(words(&row, Measure::Used), "use not known");
        assert_eq!(words(&row, Measure::Memory), "1.0 KiB of memory");
    }
}
