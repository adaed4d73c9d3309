//! Tables of answers: which columns of which rows.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use super::cell::{UNKNOWN, cell};

/// Rows of an answer and their columns: heading, field.
type Columns = (&'static str, &'static [(&'static str, &'static str)]);

/// The columns of an operation's answer; nothing for those whose rows are shown as they come.
pub(super) fn columns(op: &str) -> Option<Columns> {
    Some(match op {
        "inventory.list" => (
            "guests",
            &[
                ("ID", "vmid"),
                ("NAME", "name"),
                ("KIND", "kind"),
                ("STATUS", "status"),
                ("NODE", "node"),
                ("CPU", "cpu"),
                ("MEMORY", "memory_used_bytes"),
                ("OF", "memory_bytes"),
                ("UPTIME", "uptime_s"),
                ("TAGS", "tags"),
                ("CLUSTER", "cluster"),
            ],
        ),
        "nodes.list" => (
            "nodes",
            &[
                ("NODE", "node"),
                ("STATUS", "status"),
                ("CPU", "cpu"),
                ("MEMORY", "memory_used_bytes"),
                ("OF", "memory_bytes"),
                ("RUNNING", "guests_running"),
                ("GUESTS", "guests"),
                ("UPTIME", "uptime_s"),
                ("CLUSTER", "cluster"),
            ],
        ),
        "knowledge.sources" => (
            "sources",
            &[
                ("SOURCE", "id"),
                ("STATE", "state"),
                ("VERSION", "version"),
                ("PAGES", "pages"),
                ("SECTIONS", "sections"),
                ("READ", "refreshed_at"),
                ("WHAT WENT WRONG", "error"),
            ],
        ),
        "memory.list" => (
            "facts",
            &[
                ("FACT", "id"),
                ("KIND", "kind"),
                ("ABOUT", "about"),
                ("GUEST", "guest"),
                ("AUTHOR", "author"),
                ("CHANGED", "changed_at"),
                ("TEXT", "text"),
            ],
        ),
        "memory.recall" => (
            "facts",
            &[
                ("FACT", "id"),
                ("AUTHOR", "author"),
                ("CHANGED", "changed_at"),
                ("WHY", "why"),
                ("TEXT", "text"),
            ],
        ),
        "knowledge.notes" => (
            "notes",
            &[
                ("NOTE", "id"),
                ("TITLE", "title"),
                ("AUTHOR", "author"),
                ("AT", "at"),
            ],
        ),
        "storages.list" => (
            "storages",
            &[
                ("STORAGE", "storage"),
                ("TYPE", "type"),
                ("NODES", "nodes"),
                ("STATUS", "status"),
                ("USED", "used_bytes"),
                ("SIZE", "total_bytes"),
                ("CLUSTER", "cluster"),
            ],
        ),
        "clusters.list" => (
            "clusters",
            &[
                ("CLUSTER", "id"),
                ("STATE", "state"),
                ("PVE", "pve_version"),
                ("NODES ON", "nodes_online"),
                ("NODES", "nodes"),
                ("RUNNING", "guests_running"),
                ("GUESTS", "guests"),
                ("AGE", "age_s"),
                ("URL", "url"),
            ],
        ),
        "nodes.tasks" => (
            "tasks",
            &[
                ("STARTED", "started_at"),
                ("ENDED", "ended_at"),
                ("TASK", "kind"),
                ("OF", "id"),
                ("USER", "user"),
                ("STATUS", "status"),
                ("UPID", "upid"),
            ],
        ),
        "snapshots.list" => (
            "snapshots",
            &[
                ("GUEST", "guest"),
                ("ID", "vmid"),
                ("SNAPSHOT", "name"),
                ("MADE", "created_at"),
                ("MEMORY", "memory"),
                ("AFTER", "parent"),
                ("NOTE", "description"),
            ],
        ),
        "runs.list" => (
            "runs",
            &[
                ("RUN", "id"),
                ("STATE", "state"),
                ("DONE", "steps_done"),
                ("STEPS", "steps"),
                ("STARTED", "started_at"),
                ("WHAT", "summary"),
                ("BY", "approved_by"),
            ],
        ),
        "plans.list" => (
            "plans",
            &[
                ("PLAN", "id"),
                ("STATE", "state"),
                ("RISK", "risk"),
                ("MADE", "created_at"),
                ("WHAT", "summary"),
                ("BY", "created_by"),
            ],
        ),
        "operations.list" | "operations.search" => (
            "operations",
            &[
                ("OPERATION", "name"),
                ("KIND", "kind"),
                ("RISK", "risk"),
                ("WHAT", "summary"),
            ],
        ),
        _ => return None,
    })
}

/// The answer as a table, with a line for each cluster whose state is not fresh.
pub(super) fn render(op: &str, answer: &Value) -> Option<String> {
    let (rows, columns) = columns(op)?;
    let rows = answer.get(rows)?.as_array()?;
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            columns
                .iter()
                .map(|(_, field)| in_a_column(field, row.get(*field)))
                .collect()
        })
        .collect();
    let mut text = if rows.is_empty() {
        vec!["none".to_owned()]
    } else {
        lines(&headings, &cells)
    };
    if let Some(read_at) = answer.get("read_at").filter(|at| at.is_string()) {
        text.push(format!("read at {}", cell("read_at", read_at)));
    }
    text.extend(answer.get("as_of").into_iter().flat_map(ages));
    Some(text.join("\n"))
}

/// A heading and rows, each on one line.
pub(super) fn lines<H: AsRef<str>>(headings: &[H], rows: &[Vec<String>]) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().map(AsRef::as_ref));
    for row in rows {
        table.add_row(
            row.iter()
                .map(|cell| cell.chars().filter(|c| !c.is_control()).collect::<String>()),
        );
    }
    table
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// A line for each cluster whose state is not fresh.
pub(super) fn ages(as_of: &Value) -> Vec<String> {
    as_of
        .as_array()
        .into_iter()
        .flatten()
        .filter(|as_of| as_of.get("state").and_then(Value::as_str) != Some("fresh"))
        .map(|as_of| format!("note: {}", age(as_of)))
        .collect()
}

fn age(as_of: &Value) -> String {
    let field = |name: &str| as_of.get(name).and_then(Value::as_str).unwrap_or_default();
    let age = as_of
        .get("age_s")
        .and_then(Value::as_u64)
        .map_or_else(|| "never read".to_owned(), |age| format!("{age} s old"));
    format!(
        "cluster {} is {} ({age}) {}",
        field("cluster"),
        field("state"),
        field("error")
    )
}

fn in_a_column(field: &str, value: Option<&Value>) -> String {
    match (field, value) {
        (_, None) => UNKNOWN.to_owned(),
        ("uptime_s", Some(value)) => value.as_u64().map_or_else(|| UNKNOWN.to_owned(), uptime),
        // One unit for the whole column, so that rows compare at a glance.
        (field, Some(value)) if field.ends_with("_bytes") => value.as_f64().map_or_else(
            || UNKNOWN.to_owned(),
            |bytes| format!("{:.1} GiB", bytes / 1_073_741_824.0),
        ),
        (_, Some(Value::Array(list))) => list
            .iter()
            .map(|item| item.as_str().unwrap_or_default())
            .collect::<Vec<_>>()
            .join(","),
        (field, Some(value)) => cell(field, value),
    }
}

fn uptime(seconds: u64) -> String {
    match seconds {
        0..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
