//! Names that firewall rules use: aliases, sets of addresses, groups of rules; and the lists beside them.

use serde_json::{Map, Value, json};

use super::firewall;
use super::route::{Answer, Request, Route};
use super::sections::{check_digest, digest, with};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;

pub(crate) fn routes() -> Vec<Route> {
    [cluster_routes(), guest_routes()].concat()
}

/// Aliases and address sets of one owner.
macro_rules! sets {
    ($below:literal, $at:literal, $see:expr, $change:expr, $target:literal) => {
        vec![
            Route::get(concat!($below, "/aliases"), aliases).checked($at, $see),
            Route::post(concat!($below, "/aliases"), create_alias)
                .checked($at, $change)
                .records("firewall.create_alias", $target),
            Route::get(concat!($below, "/aliases/{name}"), alias).checked($at, $see),
            Route::put(concat!($below, "/aliases/{name}"), update_alias)
                .checked($at, $change)
                .records("firewall.update_alias", $target),
            Route::delete(concat!($below, "/aliases/{name}"), delete_alias)
                .checked($at, $change)
                .records("firewall.delete_alias", $target),
            Route::get(concat!($below, "/ipset"), sets).checked($at, $see),
            Route::post(concat!($below, "/ipset"), create_set)
                .checked($at, $change)
                .records("firewall.create_ipset", $target),
            Route::get(concat!($below, "/ipset/{name}"), members).checked($at, $see),
            Route::post(concat!($below, "/ipset/{name}"), add_member)
                .checked($at, $change)
                .records("firewall.add_to_ipset", $target),
            Route::delete(concat!($below, "/ipset/{name}"), delete_set)
                .checked($at, $change)
                .records("firewall.delete_ipset", $target),
            Route::get(concat!($below, "/ipset/{name}/{cidr}"), member).checked($at, $see),
            Route::put(concat!($below, "/ipset/{name}/{cidr}"), update_member)
                .checked($at, $change)
                .records("firewall.update_in_ipset", $target),
            Route::delete(concat!($below, "/ipset/{name}/{cidr}"), delete_member)
                .checked($at, $change)
                .records("firewall.delete_from_ipset", $target),
            Route::get(concat!($below, "/refs"), references).checked($at, $see),
        ]
    };
}

fn cluster_routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Modify"];
    const GROUPS: &str = "/cluster/firewall/groups";
    const GROUP: &str = "/cluster/firewall/groups/{group}";
    const RULE: &str = "/cluster/firewall/groups/{group}/{pos}";
    let mut all = sets!("/cluster/firewall", "/", SEE, CHANGE, "cluster");
    all.extend([
        Route::get(GROUPS, groups),
        Route::post(GROUPS, create_group)
            .checked("/", CHANGE)
            .records("firewall.create_group", "cluster"),
        Route::get(GROUP, firewall::list).checked("/", SEE),
        Route::post(GROUP, firewall::create)
            .checked("/", CHANGE)
            .records("firewall.create_rule", "cluster"),
        Route::delete(GROUP, delete_group)
            .checked("/", CHANGE)
            .records("firewall.delete_group", "cluster"),
        Route::get(RULE, firewall::show).checked("/", SEE),
        Route::put(RULE, firewall::update)
            .checked("/", CHANGE)
            .records("firewall.update_rule", "cluster"),
        Route::delete(RULE, firewall::delete)
            .checked("/", CHANGE)
            .records("firewall.delete_rule", "cluster"),
        Route::get("/cluster/firewall/macros", macros).constant(),
        // Nothing passes a simulated firewall, so nothing is logged.
        Route::get("/nodes/{node}/firewall/log", log)
            .checked("/nodes/{node}", &["Sys.Syslog"])
            .constant(),
    ]);
    all
}

fn guest_routes() -> Vec<Route> {
    const SEE: &[&str] = &["VM.Audit"];
    const CHANGE: &[&str] = &["VM.Config.Network"];
    let mut all = sets!(
        "/nodes/{node}/{kind}/{vmid}/firewall",
        "/vms/{vmid}",
        SEE,
        CHANGE,
        "guest/{vmid}"
    );
    all.push(
        Route::get("/nodes/{node}/{kind}/{vmid}/firewall/log", log)
            .checked("/vms/{vmid}", &["VM.Console"])
            .constant(),
    );
    all
}

fn log(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let text = "unable to open file - No such file or directory";
    Ok(Answer::page(json!([{ "n": 1, "t": text }]), 1))
}

/// The file of aliases or sets of the owner of a request.
fn file(cluster: &Cluster, request: &Request<'_>, what: &str) -> Result<String, Refusal> {
    Ok(format!(
        "firewall {} {what}",
        firewall::scope(cluster, request)?
    ))
}

fn file_digest(cluster: &Cluster, file: &str) -> String {
    digest(
        cluster
            .settings
            .all(file)
            .map(|(name, section)| format!("{name} {}\n", Value::Object(section.clone()))),
    )
}

fn named(name: &str, section: &Section, digest: &str) -> Map<String, Value> {
    let mut row = section.clone();
    row.insert("name".to_owned(), name.into());
    row.insert("digest".to_owned(), digest.into());
    row
}

fn ip_version(cidr: &str) -> u8 {
    if cidr.contains(':') { 6 } else { 4 }
}

fn aliases(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "aliases")?;
    let digest = file_digest(cluster, &file);
    let rows: Value = cluster
        .settings
        .all(&file)
        .map(|(name, section)| Value::Object(named(name, section, &digest)))
        .collect();
    Ok(rows.into())
}

fn alias_section(request: &Request<'_>) -> Section {
    let cidr = request.text("cidr").unwrap_or_default();
    let mut section = Section::from_iter([("ipversion".to_owned(), ip_version(&cidr).into())]);
    section.insert("cidr".to_owned(), cidr.into());
    if let Some(comment) = request.text("comment") {
        section.insert("comment".to_owned(), comment.into());
    }
    section
}

fn create_alias(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "aliases")?;
    let name = request.text("name").unwrap_or_default();
    if cluster.settings.get(&file, &name).is_some() {
        let text = format!("alias '{name}' already exists");
        return Err(Refusal::parameter("name", text));
    }
    cluster
        .settings
        .insert(&file, &name, alias_section(request));
    Ok(Answer::null())
}

fn no_alias(name: &str) -> Refusal {
    Refusal::parameter("name", format!("no such alias '{name}'"))
}

fn alias(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "aliases")?;
    let name = request.in_path("name");
    let section = cluster
        .settings
        .get(&file, name)
        .ok_or_else(|| no_alias(name))?;
    Ok(Value::Object(named(name, section, &file_digest(cluster, &file))).into())
}

fn update_alias(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "aliases")?;
    check_digest(request, &file_digest(cluster, &file))?;
    let name = request.in_path("name");
    cluster
        .settings
        .remove(&file, name)
        .ok_or_else(|| no_alias(name))?;
    let new = request.text("rename").unwrap_or_else(|| name.to_owned());
    cluster.settings.insert(&file, &new, alias_section(request));
    Ok(Answer::null())
}

fn delete_alias(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "aliases")?;
    check_digest(request, &file_digest(cluster, &file))?;
    cluster.settings.remove(&file, request.in_path("name"));
    Ok(Answer::null())
}

fn sets(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "ipset")?;
    let digest = file_digest(cluster, &file);
    let rows: Value = cluster
        .settings
        .all(&file)
        .map(|(name, section)| {
            let mut row = named(name, section, &digest);
            row.remove("members");
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn create_set(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "ipset")?;
    let name = request.text("name").unwrap_or_default();
    let old = request.text("rename");
    let is_new_name = old.as_deref() != Some(name.as_str());
    if is_new_name && cluster.settings.get(&file, &name).is_some() {
        let text = format!("IPSet '{name}' already exists");
        return Err(Refusal::parameter("name", text));
    }
    let mut section = match old {
        Some(old) => cluster
            .settings
            .remove(&file, &old)
            .ok_or_else(|| Refusal::parameter("name", format!("IPSet '{old}' does not exist")))?,
        None => Section::from_iter([("members".to_owned(), json!([]))]),
    };
    if let Some(comment) = request.text("comment") {
        section.insert("comment".to_owned(), comment.into());
    }
    cluster.settings.insert(&file, &name, section);
    Ok(Answer::null())
}

fn no_set(name: &str) -> Refusal {
    Refusal::died(format!("no such IPSet '{name}'"))
}

fn members(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "ipset")?;
    let name = request.in_path("name");
    let section = cluster
        .settings
        .get(&file, name)
        .ok_or_else(|| no_set(name))?;
    let digest = file_digest(cluster, &file);
    let rows: Value = section
        .get("members")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .cloned()
        .map(|member| with(member, "digest", digest.as_str()))
        .collect();
    Ok(rows.into())
}

fn add_member(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "ipset")?;
    let name = request.in_path("name");
    let cidr = request.text("cidr").unwrap_or_default();
    let mut member = super::sections::typed(request);
    member.retain(|key, _| matches!(key.as_str(), "cidr" | "comment" | "nomatch"));
    let section = cluster
        .settings
        .get_mut(&file, name)
        .ok_or_else(|| no_set(name))?;
    let Some(members) = section.get_mut("members").and_then(Value::as_array_mut) else {
        return Err(no_set(name));
    };
    if members.iter().any(|member| is_called(member, &cidr)) {
        let text = format!("address '{cidr}' already exists");
        return Err(Refusal::parameter("cidr", text));
    }
    members.push(Value::Object(member));
    Ok(Answer::null())
}

/// The members of the set of a request, to be looked at or changed.
fn members_mut<'a>(
    cluster: &'a mut Cluster,
    request: &Request<'_>,
) -> Result<&'a mut Vec<Value>, Refusal> {
    let file = file(cluster, request, "ipset")?;
    check_digest(request, &file_digest(cluster, &file))?;
    let name = request.in_path("name");
    cluster
        .settings
        .get_mut(&file, name)
        .and_then(|section| section.get_mut("members"))
        .and_then(Value::as_array_mut)
        .ok_or_else(|| no_set(name))
}

fn is_called(member: &Value, cidr: &str) -> bool {
    member.get("cidr").and_then(Value::as_str) == Some(cidr)
}

fn no_member(cidr: &str) -> Refusal {
    Refusal::parameter("cidr", format!("no such IP/Network '{cidr}'"))
}

fn member(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let cidr = request.in_path("cidr");
    let found = members_mut(cluster, request)?
        .iter()
        .find(|member| is_called(member, cidr))
        .cloned();
    let digest = file_digest(cluster, &file(cluster, request, "ipset")?);
    found
        .map(|member| with(member, "digest", digest).into())
        .ok_or_else(|| no_member(cidr))
}

fn update_member(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let cidr = request.in_path("cidr");
    let mut changed = super::sections::typed(request);
    changed.retain(|key, _| matches!(key.as_str(), "comment" | "nomatch"));
    changed.insert("cidr".to_owned(), cidr.into());
    let found = members_mut(cluster, request)?
        .iter_mut()
        .find(|member| is_called(member, cidr))
        .ok_or_else(|| no_member(cidr))?;
    *found = Value::Object(changed);
    Ok(Answer::null())
}

/// An address that is not in the set is gone already.
fn delete_member(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let cidr = request.in_path("cidr");
    members_mut(cluster, request)?.retain(|member| !is_called(member, cidr));
    Ok(Answer::null())
}

fn delete_set(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let file = file(cluster, request, "ipset")?;
    let name = request.in_path("name");
    let section = cluster
        .settings
        .get(&file, name)
        .ok_or_else(|| no_set(name))?;
    let is_empty = section
        .get("members")
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty);
    if !is_empty && !request.flag("force") {
        return Err(Refusal::died(format!("IPSet '{name}' is not empty")));
    }
    cluster.settings.remove(&file, name);
    Ok(Answer::null())
}

/// All names that a rule of this owner may use.
fn references(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = request.text("type");
    let own = firewall::scope(cluster, request)?;
    let mut owners = vec!["cluster".to_owned()];
    if own != "cluster" {
        owners.push(own);
    }
    let mut rows: Vec<Value> = Vec::new();
    for owner in &owners {
        let scope = if owner == "cluster" { "dc" } else { "guest" };
        for (what, shown) in [("aliases", "alias"), ("ipset", "ipset")] {
            if kind.as_deref().is_some_and(|kind| kind != shown) {
                continue;
            }
            for (name, section) in cluster.settings.all(&format!("firewall {owner} {what}")) {
                let start = if shown == "ipset" { "+" } else { "" };
                let row = json!({
                    "type": shown, "name": name, "scope": scope, "ref": format!("{start}{scope}/{name}"),
                });
                rows.push(match section.get("comment") {
                    Some(comment) => with(row, "comment", comment.clone()),
                    None => row,
                });
            }
        }
    }
    Ok(Value::from(rows).into())
}

const GROUPS_FILE: &str = "firewall groups";

fn groups(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let digest = file_digest(cluster, GROUPS_FILE);
    let rows: Value = cluster
        .settings
        .all(GROUPS_FILE)
        .map(|(name, section)| {
            let mut row = section.clone();
            row.insert("group".to_owned(), name.into());
            row.insert("digest".to_owned(), digest.as_str().into());
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn create_group(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.text("group").unwrap_or_default();
    let old = request.text("rename");
    if old.as_deref() != Some(name.as_str()) && cluster.settings.get(GROUPS_FILE, &name).is_some() {
        let text = format!("Security group '{name}' already exists");
        return Err(Refusal::parameter("group", text));
    }
    let mut section = match &old {
        Some(old) => cluster.settings.remove(GROUPS_FILE, old).ok_or_else(|| {
            Refusal::parameter("group", format!("Security group '{old}' does not exist"))
        })?,
        None => Section::new(),
    };
    if let Some(rules) = old.and_then(|old| cluster.firewalls.remove(&format!("group/{old}"))) {
        cluster.firewalls.insert(format!("group/{name}"), rules);
    }
    if let Some(comment) = request.text("comment") {
        section.insert("comment".to_owned(), comment.into());
    }
    cluster.settings.insert(GROUPS_FILE, &name, section);
    Ok(Answer::null())
}

/// Whether the cluster has a group of rules of that name.
pub(crate) fn has_group(cluster: &Cluster, name: &str) -> bool {
    cluster.settings.get(GROUPS_FILE, name).is_some()
}

fn delete_group(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("group");
    let scope = firewall::scope(cluster, request)?;
    let is_empty = cluster
        .firewalls
        .get(&scope)
        .is_none_or(|firewall| firewall.rules.is_empty());
    if !is_empty {
        return Err(Refusal::died(format!(
            "Security group '{name}' is not empty"
        )));
    }
    cluster.firewalls.remove(&scope);
    cluster.settings.remove(GROUPS_FILE, name);
    Ok(Answer::null())
}

/// Services that rules can name instead of ports.
const MACROS: &[&str] = &[
    "BGP",
    "BitTorrent",
    "Ceph",
    "DHCPfwd",
    "DHCPv6",
    "DNS",
    "FTP",
    "Git",
    "HTTP",
    "HTTP/3",
    "HTTPS",
    "IMAP",
    "IMAPS",
    "IPsec",
    "IRC",
    "LDAP",
    "LDAPS",
    "MDNS",
    "MSSQL",
    "Mail",
    "MongoDB",
    "Munin",
    "MySQL",
    "NTP",
    "NeighborDiscovery",
    "OSPF",
    "OpenVPN",
    "PBS",
    "PMG",
    "POP3",
    "POP3S",
    "Ping",
    "PostgreSQL",
    "RDP",
    "Rsync",
    "SMB",
    "SMTP",
    "SMTPS",
    "SNMP",
    "SPICEproxy",
    "SSH",
    "SVN",
    "Squid",
    "Submission",
    "Syslog",
    "TFTP",
    "Telnet",
    "Traceroute",
    "VNC",
    "VXLAN",
    "Web",
    "Webcache",
    "Whois",
];

fn macros(_: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = MACROS
        .iter()
        .map(|name| json!({ "macro": name, "descr": format!("{name} traffic") }))
        .collect();
    Ok(rows.into())
}
