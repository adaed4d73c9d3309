//! Tasks of a node: the list with its filters, state, log, and stopping one.

use serde_json::{Map, Value, json};

use super::route::{Answer, Data, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::tasks::{Task, upid_node};
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/tasks", list),
        Route::get("/nodes/{node}/tasks/{upid}/status", status).for_task_owner("Sys.Audit"),
        Route::get("/nodes/{node}/tasks/{upid}/log", log).for_task_owner("Sys.Audit"),
        Route::delete("/nodes/{node}/tasks/{upid}", stop)
            .for_task_owner("Sys.Modify")
            .records("node.stop_task", "node/{node}"),
    ]
}

/// `ok`, `warning`, `error` or `unknown`, as the status filter calls it.
fn outcome(exit: &str) -> &'static str {
    if exit == "OK" {
        "ok"
    } else if exit.starts_with("WARNINGS: ") {
        "warning"
    } else if exit == "unexpected status" {
        "unknown"
    } else {
        "error"
    }
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = cluster.may(
        request.who,
        &format!("/nodes/{}", request.node()),
        "Sys.Audit",
    );
    let source = request.text("source");
    let source = source.as_deref().unwrap_or("archive");
    let states = request.text("statusfilter");
    let kind = request.text("typefilter");
    let user = request.text("userfilter");
    let vmid = request.text("vmid");
    let (since, until) = (request.number("since"), request.number("until"));
    let fits = |task: &&Task| {
        let running = task.exit().is_none();
        &*task.node == request.node()
            && (all || task.user_and_token().0 == request.who.user)
            && match source {
                "archive" => !running,
                "active" => running,
                _ => true,
            }
            && vmid.as_ref().is_none_or(|vmid| task.id == *vmid)
            && kind.as_ref().is_none_or(|kind| task.kind == *kind)
            && user
                .as_ref()
                .is_none_or(|user| task.user.contains(user.as_str()))
            && since.is_none_or(|since| task.start_s() >= since)
            && until.is_none_or(|until| task.start_s() <= until)
            && (!request.flag("errors") || task.exit().is_some_and(|exit| outcome(exit) == "error"))
            && states.as_ref().is_none_or(|states| {
                task.exit()
                    .is_some_and(|exit| list_items(states).any(|state| state == outcome(exit)))
            })
    };
    let start = usize::try_from(request.number("start").unwrap_or(0)).unwrap_or(0);
    let limit = usize::try_from(request.number("limit").unwrap_or(50)).unwrap_or(50);
    // What runs stands first, in the order in which it began; what has ended is listed the other way round.
    let (mut found, ended): (Vec<&Task>, Vec<&Task>) = cluster
        .tasks
        .newest_first()
        .filter(fits)
        .partition(|task| task.exit().is_none());
    found.reverse();
    found.extend(ended);
    let rows: Value = found
        .iter()
        .skip(start)
        .take(limit)
        .map(|task| Value::Object(list_row(task)))
        .collect();
    if found.is_empty() {
        return Ok(rows.into());
    }
    Ok(Answer::page(rows, found.len()))
}

/// A task as in lists: `status` holds how it ended, or `RUNNING`.
pub(crate) fn list_row(task: &Task) -> Map<String, Value> {
    let mut row = base_row(task);
    let status = task.exit().unwrap_or("RUNNING");
    row.insert("status".to_owned(), status.into());
    if let Some(ended_ms) = task.ended_ms() {
        row.insert("endtime".to_owned(), ended_ms.div_euclid(1000).into());
    }
    row
}

fn base_row(task: &Task) -> Map<String, Value> {
    let (user, token) = task.user_and_token();
    let mut row = Map::from_iter([
        ("upid".to_owned(), Value::from(task.upid.as_str())),
        ("node".to_owned(), (&*task.node).into()),
        ("pid".to_owned(), task.pid.into()),
        ("pstart".to_owned(), task.pstart.into()),
        ("starttime".to_owned(), task.start_s().into()),
        ("type".to_owned(), task.kind.as_str().into()),
        ("id".to_owned(), task.id.as_str().into()),
        ("user".to_owned(), user.into()),
    ]);
    if let Some(token) = token {
        row.insert("tokenid".to_owned(), token.into());
    }
    row
}

/// A task of that node, or PVE's two texts for one that is none.
fn find<'a>(cluster: &'a Cluster, request: &Request<'_>) -> Result<&'a Task, Refusal> {
    let upid = request.in_path("upid");
    if upid_node(upid).is_none() {
        return Err(Refusal::parameter("upid", "unable to parse worker upid"));
    }
    cluster
        .tasks
        .by_upid(upid)
        .filter(|task| &*task.node == request.node())
        .ok_or_else(|| Refusal::parameter("upid", "no such task"))
}

fn status(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let task = find(cluster, request)?;
    let mut row = base_row(task);
    match task.exit() {
        Some(exit) => {
            row.insert("status".to_owned(), "stopped".into());
            row.insert("exitstatus".to_owned(), exit.into());
        }
        None => {
            row.insert("status".to_owned(), "running".into());
        }
    }
    Ok(Value::Object(row).into())
}

fn log(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let line = |number: usize, text: &str| json!({ "n": number, "t": text });
    let task = match find(cluster, request) {
        Ok(task) => task,
        Err(refusal)
            if refusal
                .errors
                .get("upid")
                .is_some_and(|text| text == "no such task") =>
        {
            let rows = json!([line(1, "unable to open file - No such file or directory")]);
            return Ok(Answer::page(rows, 1));
        }
        Err(refusal) => return Err(refusal),
    };
    if request.flag("download") {
        if request.text("start").is_some() || request.text("limit").is_some() {
            return Err(Refusal::died(
                "'download' cannot be used together with 'start' or 'limit' parameters",
            ));
        }
        let text = task.log.join("\n") + "\n";
        return Ok(Answer {
            data: Data::File("text/plain", text.into_bytes()),
            total: None,
            task: None,
            changes: None,
        });
    }
    if task.log.is_empty() {
        let rows = json!([line(1, "no content")]);
        return Ok(Answer::page(rows, 1));
    }
    let start = usize::try_from(request.number("start").unwrap_or(0)).unwrap_or(0);
    let limit = match request.number("limit") {
        // 0 is until the end.
        Some(0) => usize::MAX,
        limit => usize::try_from(limit.unwrap_or(50)).unwrap_or(50),
    };
    let rows: Value = task
        .log
        .iter()
        .enumerate()
        .skip(start)
        .take(limit)
        .map(|(index, text)| line(index + 1, text))
        .collect();
    Ok(Answer::page(rows, task.log.len()))
}

fn stop(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let number = find(cluster, request)?.number;
    cluster.interrupt(number, cluster.now_ms);
    Ok(Answer::null())
}
