//! What is written is what others read: a table of changing calls, each with another call that shows the
//! change. A method counts as simulated with state only when a row proves it.
//!
//! The tables lie in `write_read/*.txt`, one row a line: `CALL | READ | CHANGE`. `CHANGE` is `+text`, which
//! comes, or `-text`, which goes; in a row of two reads it is `=text`, which both show and a
//! fresh world does not. `set CALL`
//! prepares. A line `== title` begins a new world, `@alone` one without a cluster, `@old` one of release 8.4. In texts `~` is a blank,
//! `{n}` the first node, `{vm}` and `{ct}` its running guests, `{off}` a stopped VM on ZFS, `{upid}` the last
//! task, `{pid}` the last process, `{backup}` the oldest backup.

use std::collections::BTreeSet;

use pve::{ApiPath, Method, Schema};
use serde_json::json;

use crate::client::{Answer, Rig, options, small_world};
use sim::{PveVersion, SimOptions, World};

const TABLES: &[(&str, &str)] = &[
    ("access", include_str!("write_read/access.txt")),
    ("cluster", include_str!("write_read/cluster.txt")),
    ("firewall", include_str!("write_read/firewall.txt")),
    ("guests", include_str!("write_read/guests.txt")),
    ("nodes", include_str!("write_read/nodes.txt")),
];

/// How many methods are simulated with state at least.
const AT_LEAST: usize = 200;

fn world(is_alone: bool) -> World {
    let node = |name: &str| {
        json!({"name": name, "status": "online", "cores": 16, "memory_mb": 65536,
               "memory_used_mb": 8192, "cpu_load": 0.1})
    };
    let storage = |id: &str, kind: &str, shared: bool, content: &[&str]| {
        json!({"id": id, "type": kind, "shared": shared, "nodes": null, "content": content,
               "total_gb": 5000, "used_gb": 10, "enabled": true, "active": true})
    };
    let guest = |vmid: u32, kind: &str, storage: &str, status: &str| {
        json!({
            "vmid": vmid, "name": format!("g{vmid}"), "type": kind, "node": "pve1", "status": status,
            "template": false, "cores": 2, "memory_mb": 2048,
            "disks": [{"key": if kind == "lxc" { "rootfs" } else { "scsi0" }, "storage": storage, "size_gb": 8}],
            "tags": [], "pool": null, "onboot": false, "protection": false, "lock": null, "agent": true,
            "description": "", "snapshots": []
        })
    };
    let files = ["images", "rootdir", "backup", "iso", "vztmpl", "snippets"];
    let more = json!({
        "cluster": {"name": if is_alone { "" } else { "small" }, "quorate": true},
        "nodes": if is_alone { json!([node("pve1")]) } else { json!([node("pve1"), node("pve2")]) },
        "storages": [
            storage("thin", "lvmthin", false, &["images", "rootdir"]),
            storage("tank", "zfspool", false, &["images", "rootdir"]),
            storage("local", "dir", false, &files),
            storage("nas", "nfs", true, &files),
        ],
        "guests": [
            guest(101, "qemu", "thin", "running"),
            guest(102, "lxc", "thin", "running"),
            guest(103, "lxc", "local", "stopped"),
            guest(104, "qemu", "tank", "stopped"),
            guest(105, "qemu", "nas", "running"),
        ],
    });
    World::from_json(&small_world(&more)).unwrap()
}

/// What rows are tried on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Usual,
    Alone,
    Old,
}

/// What a line says.
#[derive(Debug)]
enum Line<'a> {
    Scene {
        title: &'a str,
        kind: Kind,
    },
    Set(&'a str),
    Row {
        call: &'a str,
        read: &'a str,
        change: &'a str,
    },
}

fn lines(table: &str) -> impl Iterator<Item = Line<'_>> {
    table.lines().filter(|line| !line.is_empty()).map(|line| {
        if let Some(title) = line.strip_prefix("== ") {
            let (title, kind) = match title.split_once(" @") {
                Some((title, "alone")) => (title, Kind::Alone),
                Some((title, "old")) => (title, Kind::Old),
                Some((_, other)) => panic!("`@{other}` is no kind of world"),
                None => (title, Kind::Usual),
            };
            return Line::Scene { title, kind };
        }
        if let Some(call) = line.strip_prefix("set ") {
            return Line::Set(call);
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        let [call, read, change] = parts[..] else {
            panic!("`{line}` is no row");
        };
        Line::Row { call, read, change }
    })
}

/// One world, on which rows are tried one after the other.
struct Scene {
    rig: Rig,
    schema: Schema,
    upid: String,
    pid: String,
}

async fn schema_of(rig: &Rig) -> Schema {
    let script = rig.call("GET", "/pve-docs/api-viewer/apidoc.js", &[]).await;
    Schema::read(script.text.as_bytes()).unwrap()
}

/// Some methods are not for API tokens: root logs in.
async fn log_in(rig: &mut Rig) {
    let answer = rig
        .post(
            "/access/ticket",
            &[("username", "root@pam"), ("password", "secret")],
        )
        .await;
    let text = |key: &str| answer.data()[key].as_str().unwrap().to_owned();
    rig.with_headers(vec![
        ("cookie", format!("PVEAuthCookie={}", text("ticket"))),
        ("CSRFPreventionToken", text("CSRFPreventionToken")),
    ]);
}

impl Scene {
    async fn new(kind: Kind) -> Self {
        let mut rig = Rig::start(SimOptions {
            pve_version: match kind {
                Kind::Old => PveVersion::V8_4,
                Kind::Usual | Kind::Alone => PveVersion::V9_1,
            },
            ..options(world(kind == Kind::Alone))
        })
        .await;
        log_in(&mut rig).await;
        let schema = schema_of(&rig).await;
        Self {
            rig,
            schema,
            upid: String::new(),
            pid: String::new(),
        }
    }

    /// A text of the table with its names filled in.
    async fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in [
            ("{n}", "/nodes/pve1"),
            ("{vm}", "/nodes/pve1/qemu/101"),
            ("{off}", "/nodes/pve1/qemu/104"),
            ("{ct}", "/nodes/pve1/lxc/102"),
            ("{upid}", &self.upid.replace(':', "%3A")),
            ("{pid}", &self.pid),
        ] {
            text = text.replace(name, value);
        }
        if text.contains("{backup}") {
            let list = self
                .rig
                .get("/nodes/pve1/storage/nas/content?content=backup")
                .await;
            let rows = list.data().as_array().unwrap().iter();
            let mut volids: Vec<&str> = rows.map(|row| row["volid"].as_str().unwrap()).collect();
            volids.sort_unstable();
            text = text.replace("{backup}", volids.first().unwrap());
        }
        text
    }

    /// Verb and path as the description of the API names them.
    fn method(&self, verb: &str, path: &str) -> (String, String) {
        let verb = if verb == "UPLOAD" { "POST" } else { verb };
        let plain = path.split('?').next().unwrap();
        let method = match verb {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "DELETE" => Method::Delete,
            other => panic!("{other}"),
        };
        let decoded = plain.replace("%3A", ":");
        let segments = decoded.split('/').filter(|segment| !segment.is_empty());
        let path = ApiPath::new(segments).unwrap();
        let found = self.schema.find(method, &path);
        let found = found.unwrap_or_else(|| panic!("{verb} {plain} is not described"));
        (verb.to_owned(), found.method.path.clone())
    }

    async fn send(&self, verb: &str, path: &str, words: &[&str]) -> Answer {
        let pairs: Vec<(String, String)> = words
            .iter()
            .map(|word| {
                let (key, value) = word.split_once('=').unwrap_or((word, ""));
                (key.to_owned(), value.replace('~', " "))
            })
            .collect();
        let form: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        if verb != "UPLOAD" {
            return self.rig.call(verb, path, &form).await;
        }
        let field = |name: &str| form.iter().find(|(key, _)| *key == name).unwrap().1;
        let (content, file) = (field("content"), field("filename"));
        let body = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n{content}\r\n\
             --cut\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"{file}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nabc\r\n--cut--\r\n"
        );
        self.rig
            .send(path, "multipart/form-data; boundary=cut", &body)
            .await
    }

    /// Makes a call, waits for its task, and lets the cluster take its time. What it was, as the
    /// description names it.
    async fn call(&mut self, call: &str) -> Result<(String, String), String> {
        let call = self.filled(call).await;
        let words: Vec<&str> = call.split(' ').collect();
        let [verb, path, ref form @ ..] = words[..] else {
            panic!("`{call}` is no call");
        };
        let answer = self.send(verb, path, form).await;
        if answer.status != 200 {
            return Err(format!("{call}: {answer:?}"));
        }
        let data = answer.data();
        if let Some(pid) = data["pid"].as_u64() {
            self.pid = pid.to_string();
        }
        let upid = data.as_str().or(data["upid"].as_str());
        let upid = upid.filter(|text| text.starts_with("UPID:"));
        if let Some(upid) = upid {
            upid.clone_into(&mut self.upid);
        }
        // A console waits for its client until it gives up.
        let is_task = upid.is_some() && !path.ends_with("proxy") && !path.ends_with("vncshell");
        for _ in 0..20 {
            self.rig.wait_s(30);
            let exit = self.rig.sim.task(&self.upid).and_then(|task| task.exit);
            if !is_task || exit.is_some() {
                break;
            }
        }
        if is_task {
            let task = self.rig.sim.task(&self.upid).unwrap();
            if task.exit.as_deref() != Some("OK") {
                return Err(format!("{call}: {task:?}"));
            }
        }
        Ok(self.method(verb, path))
    }

    /// The text that a read gives, and what it was.
    async fn look(&self, read: &str) -> (String, (String, String)) {
        let read = self.filled(read).await;
        if let Some(login) = read.strip_prefix("LOGIN ") {
            let (user, password) = login.split_once(' ').unwrap();
            let form = [("username", user), ("password", password)];
            let answer = self.rig.post("/access/ticket", &form).await;
            return (
                answer.text,
                ("POST".to_owned(), "/access/ticket".to_owned()),
            );
        }
        // A look that is a POST, as the guest agent's are.
        if let Some(path) = read.strip_prefix("TRY POST ") {
            let answer = self.rig.post(path, &[]).await;
            return (answer.text, self.method("POST", path));
        }
        let path = read.strip_prefix("GET ").unwrap();
        (self.rig.get(path).await.text, self.method("GET", path))
    }

    /// Two reads that show what was written, and did not show it in a world that nobody changed.
    async fn compare(
        &self,
        reads: [&str; 2],
        text: &str,
        fresh: &Rig,
    ) -> Result<[(String, String); 2], String> {
        let mut methods = Vec::new();
        for read in reads {
            let (shown, method) = self.look(read).await;
            let path = self.filled(read).await;
            let before = fresh.get(path.strip_prefix("GET ").unwrap()).await;
            // A refusal may name what it did not find.
            let had = before.status == 200 && before.text.contains(text);
            if !shown.contains(text) || had {
                return Err(format!("{read} | ={text}\nfresh {before:?}\nafter {shown}"));
            }
            methods.push(method);
        }
        Ok(methods.try_into().unwrap())
    }

    /// Tries a row; gives the methods it proves.
    async fn prove(
        &mut self,
        call: &str,
        read: &str,
        change: &str,
        fresh: &Rig,
    ) -> Result<[(String, String); 2], String> {
        let (sign, text) = change.split_at(1);
        if sign == "=" {
            return self.compare([call, read], text, fresh).await;
        }
        let before = if read.contains("{pid}") {
            // Which process it will be is not known before.
            String::new()
        } else {
            self.look(read).await.0
        };
        let written = self.call(call).await?;
        let (after, seen) = self.look(read).await;
        let expected = match sign {
            "+" => (false, true),
            "-" => (true, false),
            other => panic!("`{other}` is no change"),
        };
        if (before.contains(text), after.contains(text)) != expected {
            return Err(format!(
                "{call} | {read} | {change}\nbefore {before}\nafter {after}"
            ));
        }
        Ok([written, seen])
    }
}

#[tokio::test]
async fn what_is_written_changes_what_others_read() {
    let (mut written, mut read) = (BTreeSet::new(), BTreeSet::new());
    let mut failures = Vec::new();
    let fresh = Scene::new(Kind::Usual).await.rig;
    for (name, table) in TABLES {
        let mut scene: Option<Scene> = None;
        let mut at = String::new();
        for line in lines(table) {
            let outcome = match line {
                Line::Scene { title, kind } => {
                    at = format!("{name}, {title}");
                    scene = Some(Scene::new(kind).await);
                    continue;
                }
                Line::Set(call) => scene.as_mut().unwrap().call(call).await.map(|_| Vec::new()),
                Line::Row {
                    call,
                    read: look,
                    change,
                } => {
                    let proved = scene
                        .as_mut()
                        .unwrap()
                        .prove(call, look, change, &fresh)
                        .await;
                    proved.map(Vec::from)
                }
            };
            match outcome {
                Ok(methods) => {
                    for (place, method) in methods.into_iter().enumerate() {
                        // A look may be a POST, too: what stands second is what was read.
                        let is_read = place > 0 || method.0 == "GET";
                        if is_read { &mut read } else { &mut written }.insert(method);
                    }
                }
                Err(what) => failures.push(format!("{at}: {what}")),
            }
        }
    }
    assert_eq!(failures.len(), 0, "{}", failures.join("\n\n"));
    let all = written.len() + read.len();
    println!(
        "{} writing and {} reading methods with state, {all} in all",
        written.len(),
        read.len()
    );
    assert!(all >= AT_LEAST, "{all} methods are shown to have state");
}

/// A path with a value for each of its names.
fn example(path: &str) -> String {
    let words = path.split('/').map(|word| match word {
        "{node}" => "pve1",
        "{vmid}" => "101",
        "{storage}" => "local",
        word if word.starts_with('{') => "x",
        word => word,
    });
    words.collect::<Vec<_>>().join("/")
}

/// Paths that a scan of the client's sources takes for calls and that no release has: one function asks the
/// firewalls of the cluster, of nodes and of guests, and not all of them have everything.
const NOWHERE: &[&str] = &[
    "firewall_aliases (GET /nodes/*/firewall/aliases)",
    "firewall_log (GET /cluster/firewall/log)",
    "firewall_references (GET /nodes/*/firewall/refs)",
    "firewall_sets (GET /nodes/*/firewall/ipset)",
    "security_groups (GET /nodes/*/firewall/groups)",
    "security_groups (GET /nodes/*/{kind}/*/firewall/groups)",
];

/// Methods that the client has typed calls for and a simulated release does not describe, or describes and
/// answers with 501.
async fn unanswered(version: PveVersion) -> BTreeSet<String> {
    let rig = Rig::start(SimOptions {
        pve_version: version,
        ..options(world(false))
    })
    .await;
    let coverage = pve::Coverage::of(&schema_of(&rig).await);
    let mut missing: BTreeSet<String> = coverage.elsewhere.into_iter().collect();
    let typed = coverage
        .methods
        .iter()
        .filter(|method| !method.typed_by.is_empty());
    for method in typed {
        let (verb, path) = (method.method.as_str(), example(&method.path));
        let answer = rig.call(verb, &path, &[]).await;
        if answer.status == 501 {
            missing.insert(format!("{verb} {}: {}", method.path, answer.reason));
        }
    }
    missing
}

#[tokio::test]
async fn every_method_that_the_typed_client_calls_is_answered_by_a_release() {
    let mut missing = unanswered(PveVersion::V8_4).await;
    for version in [PveVersion::V9_1, PveVersion::V9_2] {
        // A release may lack what another one has.
        let here = unanswered(version).await;
        missing.retain(|method| here.contains(method));
    }
    for known in NOWHERE {
        missing.remove(*known);
    }
    assert_eq!(
        missing,
        BTreeSet::new(),
        "typed calls that no release answers"
    );
}
