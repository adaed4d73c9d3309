//! The rows of a query's answer, and the sentences about them.

use jiff::Timestamp;
use serde_json::Value;

use super::figures::{self, duration};
use crate::interpret::{Comparison, Measure};

/// Rows that one answer names; the rest is counted.
pub(super) const LISTED: usize = 25;

/// Rows of one kind.
pub(super) struct Rows<'a> {
    kind: Noun,
    items: Vec<&'a Value>,
    /// More than the rows when the query had a limit.
    total: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Noun {
    Guest,
    Node,
    Storage,
    Cluster,
    Snapshot,
    Run,
}

impl Noun {
    fn counted(self, n: usize) -> String {
        let (one, many) = match self {
            Self::Guest => ("guest", "guests"),
            Self::Node => ("node", "nodes"),
            Self::Storage => ("storage", "storages"),
            Self::Cluster => ("cluster", "clusters"),
            Self::Snapshot => ("snapshot", "snapshots"),
            Self::Run => ("run", "runs"),
        };
        format!("{n} {}", if n == 1 { one } else { many })
    }
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

impl<'a> Rows<'a> {
    /// Whether the answer of this query has rows that are known here.
    pub(super) fn reads(op: &str) -> bool {
        matches!(
            op,
            "nodes.list"
                | "storages.list"
                | "clusters.list"
                | "snapshots.list"
                | "runs.list"
                | "inventory.list"
                | "guests.show"
        )
    }

    pub(super) fn read(op: &str, answer: &'a Value) -> Self {
        let (kind, field) = match op {
            "nodes.list" => (Noun::Node, "nodes"),
            "storages.list" => (Noun::Storage, "storages"),
            "clusters.list" => (Noun::Cluster, "clusters"),
            "snapshots.list" => (Noun::Snapshot, "snapshots"),
            "runs.list" => (Noun::Run, "runs"),
            _ => (Noun::Guest, "guests"),
        };
        let rows: Vec<&Value> = match answer.get(field).and_then(Value::as_array) {
            Some(rows) => rows.iter().collect(),
            None => answer.get("guest").into_iter().collect(),
        };
        let total = answer
            .get("total")
            .and_then(Value::as_u64)
            .map_or(rows.len(), |n| n as usize);
        Self {
            kind,
            items: rows,
            total,
        }
    }

    /// Only the rows with one of the names; all when none is given.
    pub(super) fn about(mut self, names: &[String]) -> Self {
        if !names.is_empty() {
            self.items.retain(|row| {
                names
                    .iter()
                    .any(|name| self.kind.name_of(row).eq_ignore_ascii_case(name))
            });
            self.total = self.items.len();
        }
        self
    }

    pub(super) fn count(&self) -> String {
        if self.total == 0 {
            return format!("None: {} match.", self.kind.counted(0));
        }
        let names: Vec<String> = self
            .items
            .iter()
            .take(10)
            .map(|row| self.kind.name_of(row))
            .collect();
        let more = self.total.saturating_sub(names.len());
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        format!(
            "{}: {}{more}.",
            self.kind.counted(self.total),
            names.join(", ")
        )
    }

    pub(super) fn list(&self, now: Timestamp) -> String {
        if self.items.is_empty() {
            return format!(
                "There are no {}.",
                self.kind.counted(0).trim_start_matches("0 ")
            );
        }
        let lines = self.items.iter().map(|row| self.kind.line(row, now));
        self.bullets(&self.kind.counted(self.total), lines)
    }

    fn bullets(&self, head: &str, lines: impl Iterator<Item = String>) -> String {
        let mut text = format!("{head}:");
        let mut shown = 0;
        for line in lines.take(LISTED) {
            text.push_str("\n- ");
            text.push_str(&line);
            shown += 1;
        }
        if self.total > shown {
            text.push_str(&format!("\n- … and {} more", self.total - shown));
        }
        text
    }

    pub(super) fn show(&self, now: Timestamp) -> String {
        match self.items.as_slice() {
            [row] if self.kind == Noun::Guest => {
                let mut facts = vec![self.kind.line(row, now)];
                for measure in [
                    Measure::Kind,
                    Measure::Cores,
                    Measure::Cpu,
                    Measure::Memory,
                    Measure::Disk,
                    Measure::Uptime,
                    Measure::Tags,
                    Measure::Pool,
                ] {
                    // A stopped guest has no load and no uptime; that is no gap in our knowledge.
                    let idle = text(row, "status") != "running"
                        && matches!(measure, Measure::Cpu | Measure::Uptime);
                    if !idle {
                        facts.push(figures::words(row, measure));
                    }
                }
                facts.join("; ") + "."
            }
            _ => self.list(now),
        }
    }

    pub(super) fn status(&self, expected: Option<&str>, now: Timestamp) -> String {
        let Some(expected) = expected else {
            return match self.items.as_slice() {
                [row] => format!("{}.", self.kind.line(row, now)),
                _ => self.list(now),
            };
        };
        let (yes, no): (Vec<&&Value>, Vec<&&Value>) = self
            .items
            .iter()
            .partition(|row| self.kind.status_of(row) == expected);
        match (self.items.as_slice(), yes.len(), no.len()) {
            ([], _, _) => "There is nothing of that name.".to_owned(),
            ([row], 1, _) => format!("Yes: {}.", self.kind.line(row, now)),
            ([row], _, _) => format!("No: {}.", self.kind.line(row, now)),
            (_, n, 0) => format!("Yes: all {n} are {expected}."),
            (_, n, away) => {
                let names: Vec<String> = no
                    .iter()
                    .take(10)
                    .map(|row| format!("{} ({})", self.kind.name_of(row), self.kind.status_of(row)))
                    .collect();
                let more = if away > 10 {
                    format!(" and {} more", away - 10)
                } else {
                    String::new()
                };
                format!(
                    "No: {n} of {} are {expected}; not so {}{more}.",
                    n + away,
                    names.join(", ")
                )
            }
        }
    }

    pub(super) fn field(&self, measure: Measure) -> String {
        let line = |row: &Value| {
            let said = if self.kind == Noun::Node && measure == Measure::Disk {
                figures::words(row, Measure::Used)
            } else {
                figures::words(row, measure)
            };
            format!("{}: {said}", self.kind.name_of(row))
        };
        match self.items.as_slice() {
            [] => "There is nothing of that name.".to_owned(),
            [row] => format!("{}.", line(row)),
            rows => self.bullets(
                &self.kind.counted(self.total),
                rows.iter().map(|row| line(row)),
            ),
        }
    }

    pub(super) fn which(&self, measure: Measure, comparison: Comparison, value: f64) -> String {
        let mut unknown = 0;
        let mut hits: Vec<(f64, &Value)> = Vec::new();
        for row in &self.items {
            match figures::number(row, measure) {
                Some(number) => {
                    let holds = match comparison {
                        Comparison::Over => number > value,
                        Comparison::Under => number < value,
                    };
                    if holds {
                        hits.push((number, row));
                    }
                }
                None => unknown += 1,
            }
        }
        hits.sort_by(|a, b| b.0.total_cmp(&a.0));
        let note = if unknown == 0 {
            String::new()
        } else {
            format!(
                "\n({} not known of {unknown} of them)",
                figures::name(measure)
            )
        };
        if hits.is_empty() {
            return format!("None of {}.{note}", self.kind.counted(self.total));
        }
        let hits = Rows {
            kind: self.kind,
            total: hits.len(),
            items: hits.into_iter().map(|(_, row)| row).collect(),
        };
        let lines = hits.items.iter().map(|row| {
            format!(
                "{}: {}",
                hits.kind.name_of(row),
                figures::words(row, measure)
            )
        });
        hits.bullets(&hits.kind.counted(hits.total), lines) + &note
    }

    pub(super) fn extreme(&self, measure: Measure, largest: bool, count: usize) -> String {
        let mut known: Vec<(f64, &Value)> = self
            .items
            .iter()
            .filter_map(|row| Some((figures::number(row, measure)?, *row)))
            .collect();
        known.sort_by(|a, b| {
            if largest {
                b.0.total_cmp(&a.0)
            } else {
                a.0.total_cmp(&b.0)
            }
        });
        let unknown = self.items.len() - known.len();
        known.truncate(count.max(1));
        if known.is_empty() {
            return format!(
                "The {} is not known of any of {}.",
                figures::name(measure),
                self.kind.counted(self.total)
            );
        }
        let lines: Vec<String> = known
            .iter()
            .map(|(_, row)| {
                format!(
                    "{}: {}",
                    self.kind.name_of(row),
                    figures::words(row, measure)
                )
            })
            .collect();
        let note = if unknown == 0 {
            String::new()
        } else {
            format!(" ({unknown} without a known figure left out)")
        };
        match lines.as_slice() {
            [only] => format!("{only}.{note}"),
            _ => format!("- {}{note}", lines.join("\n- ")),
        }
    }
}

impl Noun {
    fn name_of(self, row: &Value) -> String {
        let field = match self {
            Self::Guest | Self::Snapshot => "name",
            Self::Node => "node",
            Self::Storage => "storage",
            Self::Cluster | Self::Run => "id",
        };
        text(row, field).to_owned()
    }

    fn status_of(self, row: &Value) -> &str {
        match self {
            Self::Cluster | Self::Run => text(row, "state"),
            Self::Guest | Self::Node | Self::Storage | Self::Snapshot => text(row, "status"),
        }
    }

    /// One row in one line.
    fn line(self, row: &Value, now: Timestamp) -> String {
        match self {
            Self::Guest => {
                let id = row.get("vmid").map(Value::to_string).unwrap_or_default();
                let mut line = format!(
                    "{} ({id}) is {} on {}",
                    text(row, "name"),
                    text(row, "status"),
                    text(row, "node")
                );
                if let Some(lock) = row.get("lock").and_then(Value::as_str) {
                    line.push_str(&format!(", locked ({lock})"));
                }
                if row.get("template").and_then(Value::as_bool) == Some(true) {
                    line.push_str(", a template");
                }
                line
            }
            Self::Node => {
                let mut line = format!("{} is {}", text(row, "node"), text(row, "status"));
                if let Some(cpu) = figures::number(row, Measure::Cpu) {
                    line.push_str(&format!(", load {}", figures::percent(cpu)));
                }
                if let (Some(used), Some(size)) = (
                    figures::number(row, Measure::MemoryUsed),
                    figures::number(row, Measure::Memory),
                ) {
                    line.push_str(&format!(
                        ", memory {} of {}",
                        figures::bytes(used),
                        figures::bytes(size)
                    ));
                }
                let n = |field: &str| row.get(field).and_then(Value::as_u64).unwrap_or(0);
                format!(
                    "{line}, {} of {} guests running",
                    n("guests_running"),
                    n("guests")
                )
            }
            Self::Storage => format!(
                "{} ({}) is {}, {}, {}",
                text(row, "storage"),
                row.get("nodes")
                    .and_then(Value::as_array)
                    .map(|nodes| nodes
                        .iter()
                        .filter_map(Value::as_str)
                        .collect::<Vec<_>>()
                        .join(", "))
                    .unwrap_or_default(),
                text(row, "status"),
                figures::words(row, Measure::Used),
                figures::words(row, Measure::Free),
            ),
            Self::Cluster => {
                let n = |field: &str| {
                    row.get(field)
                        .and_then(Value::as_u64)
                        .map_or_else(|| "?".to_owned(), |n| n.to_string())
                };
                let mut line = format!(
                    "{} is {}: {} of {} nodes online, {} of {} guests running",
                    text(row, "id"),
                    text(row, "state"),
                    n("nodes_online"),
                    n("nodes"),
                    n("guests_running"),
                    n("guests"),
                );
                if let Some(error) = row.get("error").and_then(Value::as_str) {
                    line.push_str(&format!(" ({error})"));
                }
                line
            }
            Self::Snapshot => format!(
                "{} of {}{}",
                text(row, "name"),
                text(row, "guest"),
                ago(row, "created_at", now)
            ),
            Self::Run => format!(
                "{}: {}{}",
                text(row, "summary"),
                text(row, "state"),
                ago(row, "started_at", now)
            ),
        }
    }
}

/// `, 3 hours ago`; nothing when the time is not known.
fn ago(row: &Value, field: &str, now: Timestamp) -> String {
    text(row, field)
        .parse::<Timestamp>()
        .ok()
        .and_then(|at| u64::try_from(now.duration_since(at).as_secs()).ok())
        .map(|seconds| format!(", {} ago", duration(seconds)))
        .unwrap_or_default()
}
