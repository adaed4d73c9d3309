//! The guest agent: absent for some guests, as in life; the others answer questions about the system
//! inside, run a few programs and keep files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::inside_guest::{self, Program};
use super::route::{Answer, Given, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::{Guest, GuestKind, RunState};
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;

/// A question of the agent: its method and what answers it.
type Question = (&'static str, fn(&Cluster, &Guest) -> Value);

const QUESTIONS: &[Question] = &[
    ("get-fsinfo", inside_guest::filesystems),
    (
        "get-host-name",
        |_, guest| json!({ "host-name": guest.name() }),
    ),
    (
        "get-memory-block-info",
        |_, _| json!({ "size": inside_guest::MEMORY_BLOCK_BYTES }),
    ),
    ("get-memory-blocks", inside_guest::memory_blocks),
    ("get-osinfo", inside_guest::system),
    ("get-time", |cluster, _| json!(cluster.now_ms * 1_000_000)),
    ("get-timezone", |_, _| json!({ "offset": 0, "zone": "UTC" })),
    // Nobody is logged in.
    ("get-users", |_, _| json!([])),
    ("get-vcpus", inside_guest::processors),
    ("info", inside_guest::commands),
    ("network-get-interfaces", inside_guest::interfaces),
];

/// The route of a question.
macro_rules! ask {
    ($name:literal) => {
        Route::get(
            concat!("/nodes/{node}/qemu/{vmid}/agent/", $name),
            |c, r| ask(c, r, $name),
        )
        .checked("/vms/{vmid}", AUDIT)
    };
}

/// The route of a command that changes something inside.
macro_rules! order {
    ($name:literal, $any_of:expr) => {
        Route::post(
            concat!("/nodes/{node}/qemu/{vmid}/agent/", $name),
            |c, r| order(c, r, $name),
        )
        .checked("/vms/{vmid}", $any_of)
        .records(concat!("agent.", $name), "guest/{vmid}")
    };
}

const AUDIT: &[&str] = &[
    "VM.GuestAgent.Audit",
    "VM.GuestAgent.Unrestricted",
    "VM.Monitor",
];
const FILE_SYSTEMS: &[&str] = &[
    "VM.GuestAgent.FileSystemMgmt",
    "VM.GuestAgent.Unrestricted",
    "VM.Monitor",
];
const ALL: &[&str] = &["VM.GuestAgent.Unrestricted", "VM.Monitor"];

pub(crate) fn routes() -> Vec<Route> {
    const AGENT: &str = "/nodes/{node}/qemu/{vmid}/agent";
    vec![
        Route::get(AGENT, |_, _| Ok(listing()))
            .checked("/vms/{vmid}", AUDIT)
            .constant(),
        Route::post(AGENT, by_name)
            .checked("/vms/{vmid}", ALL)
            .records("agent.command", "guest/{vmid}"),
        Route::post("/nodes/{node}/qemu/{vmid}/agent/ping", ping).checked("/vms/{vmid}", AUDIT),
        ask!("get-fsinfo"),
        ask!("get-host-name"),
        ask!("get-memory-block-info"),
        ask!("get-memory-blocks"),
        ask!("get-osinfo"),
        ask!("get-time"),
        ask!("get-timezone"),
        ask!("get-users"),
        ask!("get-vcpus"),
        ask!("info"),
        ask!("network-get-interfaces"),
        order!("fsfreeze-freeze", FILE_SYSTEMS),
        Route::post("/nodes/{node}/qemu/{vmid}/agent/fsfreeze-status", |c, r| {
            order(c, r, "fsfreeze-status")
        })
        .checked("/vms/{vmid}", FILE_SYSTEMS),
        order!("fsfreeze-thaw", FILE_SYSTEMS),
        order!("fstrim", FILE_SYSTEMS),
        order!("shutdown", ALL),
        order!("suspend-ram", ALL),
        Route::post("/nodes/{node}/qemu/{vmid}/agent/exec", run)
            .checked("/vms/{vmid}", ALL)
            .records("agent.exec", "guest/{vmid}"),
        Route::get("/nodes/{node}/qemu/{vmid}/agent/exec-status", run_status)
            .checked("/vms/{vmid}", ALL),
        Route::get("/nodes/{node}/qemu/{vmid}/agent/file-read", read_file).checked(
            "/vms/{vmid}",
            &[
                "VM.GuestAgent.FileRead",
                "VM.GuestAgent.Unrestricted",
                "VM.Monitor",
            ],
        ),
        Route::post("/nodes/{node}/qemu/{vmid}/agent/file-write", write_file)
            .checked(
                "/vms/{vmid}",
                &[
                    "VM.GuestAgent.FileWrite",
                    "VM.GuestAgent.Unrestricted",
                    "VM.Monitor",
                ],
            )
            .records("agent.file-write", "guest/{vmid}"),
        Route::post(
            "/nodes/{node}/qemu/{vmid}/agent/set-user-password",
            set_password,
        )
        .checked("/vms/{vmid}", ALL)
        .records("agent.set-user-password", "guest/{vmid}"),
    ]
}

const ORDERS: &[&str] = &[
    "exec",
    "exec-status",
    "file-read",
    "file-write",
    "fsfreeze-freeze",
    "fsfreeze-status",
    "fsfreeze-thaw",
    "fstrim",
    "ping",
    "set-user-password",
    "shutdown",
    "suspend-ram",
];

fn listing() -> Answer {
    let mut names: Vec<&str> = QUESTIONS
        .iter()
        .map(|(name, _)| *name)
        .chain(ORDERS.iter().copied())
        .collect();
    names.sort_unstable();
    names
        .into_iter()
        .map(|name| json!({ "name": name }))
        .collect::<Value>()
        .into()
}

/// The guest, when its agent answers.
fn answering<'a>(cluster: &'a Cluster, request: &Request<'_>) -> Result<&'a Guest, Refusal> {
    let guest = cluster.guest_at(request.node(), GuestKind::Qemu, request.vmid())?;
    if !guest.run.is_running() {
        return Err(Refusal::died(format!("VM {} is not running", guest.vmid)));
    }
    let configured = guest
        .config
        .get("agent")
        .is_some_and(|agent| agent.starts_with('1') || agent.starts_with("enabled=1"));
    if !configured || !guest.agent_answers {
        return Err(Refusal::died("QEMU guest agent is not running"));
    }
    Ok(guest)
}

fn ping(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    answering(cluster, request)?;
    Ok(json!({ "result": {} }).into())
}

fn ask(cluster: &mut Cluster, request: &Request<'_>, name: &str) -> Result<Answer, Refusal> {
    let guest = answering(cluster, request)?;
    let answer = QUESTIONS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, answer)| answer(cluster, guest));
    Ok(json!({ "result": answer }).into())
}

/// The old way: the command's name is a parameter.
fn by_name(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("command").unwrap_or_default();
    if QUESTIONS.iter().any(|(known, _)| *known == name) {
        return ask(cluster, request, &name);
    }
    match name.as_str() {
        "ping" => ping(cluster, request),
        other => order(cluster, request, other),
    }
}

/// Where the inside of a guest is kept: frozen file systems, files, programs that ran.
fn inside(request: &Request<'_>) -> String {
    inside_of(request.vmid())
}

/// The file of sections that holds the inside of a guest.
pub(crate) fn inside_of(vmid: u32) -> String {
    format!("inside {vmid}")
}

const FREEZE: &str = "frozen";

fn order(cluster: &mut Cluster, request: &Request<'_>, name: &str) -> Result<Answer, Refusal> {
    let guest = answering(cluster, request)?;
    let (mounts, vmid) = (inside_guest::mounts(guest), guest.vmid);
    let file = inside(request);
    let frozen = cluster.settings.get(&file, FREEZE).is_some();
    let result = match name {
        "fsfreeze-status" => json!(if frozen { "frozen" } else { "thawed" }),
        "fsfreeze-freeze" => {
            cluster.settings.insert(&file, FREEZE, Section::new());
            json!(if frozen { 0 } else { mounts.len() })
        }
        "fsfreeze-thaw" => {
            cluster.settings.remove(&file, FREEZE);
            json!(if frozen { mounts.len() } else { 0 })
        }
        "fstrim" => {
            let paths: Vec<Value> = mounts
                .iter()
                .map(|path| json!({ "path": path, "trimmed": 0, "minimum": 0 }))
                .collect();
            json!({ "paths": paths })
        }
        "shutdown" => {
            let now_ms = cluster.now_ms;
            if let Some(guest) = cluster.guests.get_mut(&vmid) {
                guest.set_run(RunState::Stopped, now_ms);
            }
            json!({})
        }
        "suspend-ram" => {
            let now_ms = cluster.now_ms;
            if let Some(guest) = cluster.guests.get_mut(&vmid)
                && let RunState::Running { since_ms } = guest.run
            {
                guest.set_run(RunState::Paused { since_ms }, now_ms);
            }
            json!({})
        }
        other => {
            return Err(Refusal::not_simulated(format!(
                "the agent's command '{other}' is not simulated"
            )));
        }
    };
    Ok(json!({ "result": result }).into())
}

fn run(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = answering(cluster, request)?;
    let words = match request.parameters.get("command") {
        Some(Given::Many(words)) => words.clone(),
        Some(Given::One(word)) => vec![word.clone()],
        None => Vec::new(),
    };
    let input = request.text("input-data").unwrap_or_default();
    let Some(Program { output, exit_code }) = inside_guest::run(cluster, guest, &words, &input)
    else {
        return Err(Refusal::not_simulated(format!(
            "the program '{}' is not simulated inside guests",
            words.first().map_or("", String::as_str)
        )));
    };
    let file = inside(request);
    let pid = 800 + cluster.settings.all(&file).count() * 2;
    let mut section = Section::from_iter([
        ("exited".to_owned(), Value::from(1)),
        ("exitcode".to_owned(), exit_code.into()),
    ]);
    if !output.is_empty() {
        section.insert("out-data".to_owned(), output.into());
        section.insert("out-truncated".to_owned(), 0.into());
    }
    cluster
        .settings
        .insert(&file, &format!("pid {pid}"), section);
    Ok(json!({ "pid": pid }).into())
}

/// The agent tells how a program ended once; then it forgets it.
fn run_status(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    answering(cluster, request)?;
    let pid = request.text("pid").unwrap_or_default();
    match cluster
        .settings
        .remove(&inside(request), &format!("pid {pid}"))
    {
        Some(section) => Ok(Value::Object(section).into()),
        // The agent's own slip: it prints the format instead of the number.
        None => Err(Refusal::died("Agent error: PID ld does not exist")),
    }
}

fn read_file(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = answering(cluster, request)?;
    let path = request.text("file").unwrap_or_default();
    let stored = cluster
        .settings
        .get(&inside(request), &format!("file {path}"))
        .and_then(|section| section.get("content"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let Some(content) = stored.or_else(|| inside_guest::file(guest, &path)) else {
        return Err(Refusal::died(format!(
            "Agent error: failed to open file '{path}' (mode: 'r'): No such file or directory"
        )));
    };
    Ok(json!({ "content": content, "bytes-read": content.len() }).into())
}

fn write_file(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    answering(cluster, request)?;
    let file = inside(request);
    if cluster.settings.get(&file, FREEZE).is_some() {
        return Err(Refusal::died(
            "Agent error: Command guest-file-open has been disabled: the agent is in frozen state",
        ));
    }
    let path = request.text("file").unwrap_or_default();
    let given = request.text("content").unwrap_or_default();
    // `encode=0`: the caller has encoded it already.
    let content = if request.text("encode").is_some_and(|encode| encode == "0") {
        STANDARD
            .decode(&given)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|_| Refusal::died("Agent error: Invalid base64 content"))?
    } else {
        given
    };
    let section = Section::from_iter([("content".to_owned(), Value::from(content))]);
    cluster
        .settings
        .insert(&file, &format!("file {path}"), section);
    Ok(Answer::null())
}

/// Passwords of a simulated system open nothing: only that one was set is remembered.
fn set_password(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = answering(cluster, request)?;
    let user = request.text("username").unwrap_or_default();
    let known = inside_guest::file(guest, "/etc/passwd").unwrap_or_default();
    let is_known = known
        .lines()
        .any(|line| line.split(':').next() == Some(user.as_str()));
    if !is_known {
        return Err(Refusal::died(format!(
            "Agent error: child process has failed to set user password: user '{user}' does not exist"
        )));
    }
    let now_day = cluster.now_ms.div_euclid(86_400_000);
    let line = format!("{user}:*:{now_day}:0:99999:7:::\n");
    let section = Section::from_iter([("content".to_owned(), Value::from(line))]);
    cluster
        .settings
        .insert(&inside(request), "file /etc/shadow", section);
    Ok(json!({ "result": {} }).into())
}
