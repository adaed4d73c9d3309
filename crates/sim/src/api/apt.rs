//! Packages of a node: what is installed, what could be updated, and where from.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::route::{Answer, Request, Route};
use super::sections::{check_digest, with};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::version::PveVersion;

pub(crate) fn routes() -> Vec<Route> {
    const AT: &str = "/nodes/{node}";
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Modify"];
    vec![
        Route::get("/nodes/{node}/apt/update", updates).checked(AT, CHANGE),
        Route::post("/nodes/{node}/apt/update", refresh)
            .checked(AT, CHANGE)
            .records("node.apt_update", "node/{node}"),
        Route::get("/nodes/{node}/apt/changelog", changelog).checked(AT, CHANGE),
        Route::get("/nodes/{node}/apt/versions", versions)
            .checked(AT, SEE)
            .constant(),
        Route::get("/nodes/{node}/apt/repositories", repositories).checked(AT, SEE),
        Route::post("/nodes/{node}/apt/repositories", switch)
            .checked(AT, CHANGE)
            .records("node.apt_repository", "node/{node}"),
        Route::put("/nodes/{node}/apt/repositories", add)
            .checked(AT, CHANGE)
            .records("node.apt_repository", "node/{node}"),
    ]
}

/// Name, section, priority, title, whether Debian makes it.
type Package = (&'static str, &'static str, &'static str, &'static str, bool);

const PACKAGES: &[Package] = &[
    (
        "corosync",
        "admin",
        "optional",
        "cluster engine daemon and utilities",
        false,
    ),
    (
        "libpve-storage-perl",
        "perl",
        "optional",
        "storage management library",
        false,
    ),
    (
        "lxc-pve",
        "admin",
        "optional",
        "Linux containers userspace tools",
        false,
    ),
    (
        "proxmox-ve",
        "admin",
        "optional",
        "Proxmox Virtual Environment",
        false,
    ),
    (
        "pve-container",
        "perl",
        "optional",
        "container management tool",
        false,
    ),
    (
        "pve-ha-manager",
        "perl",
        "optional",
        "high availability manager",
        false,
    ),
    (
        "pve-manager",
        "admin",
        "optional",
        "Proxmox Virtual Environment Management Tools",
        false,
    ),
    (
        "pve-qemu-kvm",
        "admin",
        "optional",
        "full virtualization on x86 hardware",
        false,
    ),
    (
        "qemu-server",
        "admin",
        "optional",
        "Qemu Server Tools",
        false,
    ),
    (
        "openssl",
        "utils",
        "optional",
        "Secure Sockets Layer toolkit",
        true,
    ),
    (
        "openssh-server",
        "net",
        "optional",
        "secure shell server",
        true,
    ),
    (
        "tzdata",
        "localization",
        "required",
        "time zone and daylight-saving time data",
        true,
    ),
];

/// Packages that a fresh list brings, at most.
const WAITING: &[&str] = &["openssl", "tzdata", "pve-container", "qemu-server"];

fn version_of(cluster: &Cluster, package: &Package) -> String {
    let (name, .., is_debian) = package;
    match *name {
        "pve-manager" => cluster.version.full().to_owned(),
        "proxmox-ve" => format!("{}.0", cluster.version.release()),
        "pve-qemu-kvm" => format!("{}-1", cluster.version.qemu()),
        _ if *is_debian => format!("{}-1", name.len() * 100 + 26),
        _ => format!("{}.{}", cluster.version.release(), name.len()),
    }
}

fn row(cluster: &Cluster, package: &Package, version: &str) -> Value {
    let (name, section, priority, title, is_debian) = package;
    json!({
        "Package": name, "Title": title, "Description": title, "Section": section, "Priority": priority,
        "Origin": if *is_debian { "Debian" } else { "Proxmox" },
        "Arch": if name.ends_with("perl") || *name == "tzdata" { "all" } else { "amd64" },
        "Version": version, "OldVersion": version_of(cluster, package),
    })
}

/// The fact that says when the lists were fetched last, in seconds since 1970.
const REFRESHED: &str = "apt refreshed";

/// The longer ago the lists were fetched, the fewer of today's updates they know.
fn updates(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let is_fresh = cluster
        .node(request.node())
        .is_some_and(|node| node.facts.contains_key(REFRESHED));
    let known = if is_fresh { WAITING.len() } else { 2 };
    let rows: Value = PACKAGES
        .iter()
        .filter(|(name, ..)| WAITING.iter().take(known).any(|waiting| waiting == name))
        .map(|package| {
            let version = format!("{}+1", version_of(cluster, package));
            row(cluster, package, &version)
        })
        .collect();
    Ok(rows.into())
}

fn versions(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = PACKAGES
        .iter()
        .map(|package| {
            let row = row(cluster, package, &version_of(cluster, package));
            with(row, "CurrentState", "Installed")
        })
        .collect();
    Ok(rows.into())
}

/// A change log is fetched from a server, and nobody plays it: the answer is what the tool prints then.
fn changelog(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("name").unwrap_or_default();
    let text = match PACKAGES.iter().find(|(known, ..)| *known == name) {
        None => format!("E: Unable to locate package {name}\nRC: 100"),
        Some(package) => {
            let version = request
                .text("version")
                .unwrap_or_else(|| version_of(cluster, package));
            format!(
                "E: Failed to fetch changelog:/{name}.changelog  Changelog unavailable for {name}={version}\nRC: 100"
            )
        }
    };
    Ok(Value::from(text).into())
}

fn refresh(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(request.start(cluster, ("aptupdate", ""), Refresh))
}

/// Fetches the package lists.
#[derive(Debug)]
struct Refresh;

impl Job for Refresh {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        cluster.tasks.say(task.number, "starting apt-get update");
        Ok(Takes::ms(6000.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let lists: Vec<String> = enabled(cluster, &task.node)
            .map(|repository| format!("{} {}", repository.uri, repository.suite))
            .collect();
        for (index, list) in lists.iter().enumerate() {
            cluster
                .tasks
                .say(task.number, format!("Hit:{} {list} InRelease", index + 1));
        }
        cluster.tasks.say(task.number, "Reading package lists...");
        let now_s = task.at_ms.div_euclid(1000);
        if let Some(node) = cluster.node_mut(&task.node) {
            node.facts.insert(REFRESHED.to_owned(), now_s.to_string());
        }
        Ok(())
    }
}

/// A repository in the lists of a node.
#[derive(Debug, Clone)]
struct Repository {
    uri: &'static str,
    suite: String,
    component: &'static str,
    /// The name of a repository of Proxmox.
    handle: Option<&'static str>,
    enabled: bool,
}

impl Repository {
    /// The fact that says whether it is enabled.
    fn switch(&self) -> String {
        format!("apt enabled {} {}", self.suite, self.component)
    }
}

const LIST: &str = "/etc/apt/sources.list";

fn codename(version: PveVersion) -> &'static str {
    if version.is_nine() {
        "trixie"
    } else {
        "bookworm"
    }
}

/// The repositories of Proxmox: handle, name, address, component.
const STANDARD: &[(&str, &str, &str, &str)] = &[
    (
        "enterprise",
        "Enterprise",
        "https://enterprise.proxmox.com/debian/pve",
        "pve-enterprise",
    ),
    (
        "no-subscription",
        "No-Subscription",
        "http://download.proxmox.com/debian/pve",
        "pve-no-subscription",
    ),
    (
        "test",
        "Test",
        "http://download.proxmox.com/debian/pve",
        "pve-test",
    ),
];

fn all(cluster: &Cluster, node: &str) -> Vec<Repository> {
    let code = codename(cluster.version);
    let facts = cluster.node(node).map(|node| &node.facts);
    let fact = |key: &str| facts.and_then(|facts| facts.get(key).cloned());
    let debian = |suite: String, uri| Repository {
        uri,
        suite,
        component: "main",
        handle: None,
        enabled: true,
    };
    let mut all = vec![
        debian(code.to_owned(), "http://mirror.example.org/debian"),
        debian(
            format!("{code}-updates"),
            "http://mirror.example.org/debian",
        ),
        debian(
            format!("{code}-security"),
            "http://mirror.example.org/debian-security",
        ),
    ];
    for (handle, _, uri, component) in STANDARD {
        let is_there = *handle == "no-subscription" || fact(&format!("apt has {handle}")).is_some();
        if is_there {
            all.push(Repository {
                uri,
                suite: code.to_owned(),
                component,
                handle: Some(handle),
                enabled: true,
            });
        }
    }
    for repository in &mut all {
        if let Some(state) = fact(&repository.switch()) {
            repository.enabled = state == "1";
        }
    }
    all
}

fn enabled(cluster: &Cluster, node: &str) -> impl Iterator<Item = Repository> {
    all(cluster, node)
        .into_iter()
        .filter(|repository| repository.enabled)
}

fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn file_digest(repositories: &[Repository]) -> Vec<u8> {
    hash(&format!("{repositories:?}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

fn repositories(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = all(cluster, request.node());
    let digest = file_digest(&all);
    let rows: Vec<Value> = all
        .iter()
        .map(|repository| {
            json!({
                "Types": ["deb"], "URIs": [repository.uri], "Suites": [repository.suite],
                "Components": [repository.component], "FileType": "list",
                "Enabled": u8::from(repository.enabled),
            })
        })
        .collect();
    let infos: Vec<Value> = all
        .iter()
        .enumerate()
        .map(|(index, repository)| {
            let origin = if repository.handle.is_some() {
                "Proxmox"
            } else {
                "Debian"
            };
            json!({ "path": LIST, "index": index, "kind": "origin", "message": origin })
        })
        .collect();
    let standard: Vec<Value> = STANDARD
        .iter()
        .map(|(handle, name, ..)| {
            let row = json!({
                "handle": handle, "name": name,
                "description": format!("Packages of the {name} repository."),
            });
            let present = all
                .iter()
                .find(|repository| repository.handle == Some(*handle));
            match present {
                Some(present) => with(row, "status", u8::from(present.enabled)),
                None => row,
            }
        })
        .collect();
    Ok(json!({
        "files": [{ "path": LIST, "file-type": "list", "repositories": rows, "digest": digest }],
        "errors": [], "digest": hex(&hash(&hex(&digest))), "infos": infos, "standard-repos": standard,
    })
    .into())
}

fn check(cluster: &Cluster, request: &Request<'_>) -> Result<Vec<Repository>, Refusal> {
    let all = all(cluster, request.node());
    check_digest(request, &hex(&hash(&hex(&file_digest(&all)))))?;
    Ok(all)
}

fn switch(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = check(cluster, request)?;
    let path = request.text("path").unwrap_or_default();
    let index = request
        .number("index")
        .and_then(|index| usize::try_from(index).ok())
        .filter(|index| *index < all.len());
    let chosen = index
        .filter(|_| path == LIST)
        .and_then(|index| all.get(index));
    let Some(chosen) = chosen else {
        return Err(Refusal::died(format!(
            "invalid repository index for file '{path}'"
        )));
    };
    if let (Some(node), Some(state)) = (cluster.node_mut(request.node()), request.text("enabled")) {
        node.facts.insert(chosen.switch(), state);
    }
    Ok(Answer::null())
}

fn add(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = check(cluster, request)?;
    let handle = request.text("handle").unwrap_or_default();
    if !STANDARD.iter().any(|(known, ..)| *known == handle) {
        return Err(Refusal::died(format!(
            "unknown repository handle '{handle}'"
        )));
    }
    let there = all
        .iter()
        .find(|repository| repository.handle == Some(handle.as_str()));
    if let Some(node) = cluster.node_mut(request.node()) {
        match there {
            Some(repository) => node.facts.insert(repository.switch(), "1".to_owned()),
            None => node
                .facts
                .insert(format!("apt has {handle}"), "1".to_owned()),
        };
    }
    Ok(Answer::null())
}
