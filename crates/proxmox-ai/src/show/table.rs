//! Tables of answers: which columns of which rows.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// Rows of an answer and their columns: heading, field.
type Columns = (&'static str, &'static [(&'static str, &'static str)]);

/// What an operation's answer looks like; nothing for those that are best read as JSON.
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
                ("AGE S", "age_s"),
                ("URL", "url"),
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
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(heading, _)| *heading));
    for row in rows {
        table.add_row(
            columns
                .iter()
                .map(|(_, field)| cell(field, row.get(*field))),
        );
    }
    let mut text: Vec<String> = table
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    if rows.is_empty() {
        text = vec!["none".to_owned()];
    }
    for as_of in answer
        .get("as_of")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if as_of.get("state").and_then(Value::as_str) != Some("fresh") {
            text.push(format!("note: {}", age(as_of)));
        }
    }
    Some(text.join("\n"))
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

fn cell(field: &str, value: Option<&Value>) -> String {
    match (field, value) {
        // Unknown is never zero.
        (_, None | Some(Value::Null)) => "-".to_owned(),
        ("cpu", Some(value)) => value
            .as_f64()
            .map_or_else(|| "-".to_owned(), |cpu| format!("{:.0} %", cpu * 100.0)),
        ("uptime_s", Some(value)) => value.as_u64().map_or_else(|| "-".to_owned(), uptime),
        (field, Some(value)) if field.ends_with("_bytes") => value.as_f64().map_or_else(
            || "-".to_owned(),
            |bytes| format!("{:.1} GiB", bytes / 1_073_741_824.0),
        ),
        (_, Some(Value::Array(list))) => list
            .iter()
            .map(|item| item.as_str().unwrap_or_default())
            .collect::<Vec<_>>()
            .join(","),
        (_, Some(Value::String(text))) => text.chars().filter(|c| !c.is_control()).collect(),
        (_, Some(Value::Bool(flag))) => if *flag { "yes" } else { "no" }.to_owned(),
        (_, Some(value)) => value.to_string(),
    }
}

fn uptime(seconds: u64) -> String {
    match seconds {
        0..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
