//! Consoles of guests and nodes: a port and a ticket, then a web socket on that port.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::consoles::{Console, Face, WAIT_MS, WaitForClient};
use crate::cluster::faults::Spoil;
use crate::cluster::guest::GuestKind;
use crate::cluster::refusal::{Refusal, RefusalBody};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, NewTask};
use crate::random::{Random, mix};

pub(crate) fn routes() -> Vec<Route> {
    const GUEST: (&str, &[&str]) = ("/vms/{vmid}", &["VM.Console"]);
    const NODE: (&str, &[&str]) = ("/nodes/{node}", &["Sys.Console"]);
    vec![
        Route::post("/nodes/{node}/{kind}/{vmid}/vncproxy", guest_screen).checked(GUEST.0, GUEST.1),
        Route::post("/nodes/{node}/{kind}/{vmid}/termproxy", guest_terminal)
            .checked(GUEST.0, GUEST.1)
            .records("exec.console", "guest/{vmid}"),
        Route::get("/nodes/{node}/{kind}/{vmid}/vncwebsocket", web_socket)
            .checked(GUEST.0, GUEST.1),
        Route::post("/nodes/{node}/vncshell", node_screen)
            .checked(NODE.0, NODE.1)
            .records("exec.shell", "node/{node}"),
        Route::post("/nodes/{node}/termproxy", node_terminal)
            .checked(NODE.0, NODE.1)
            .records("exec.shell", "node/{node}"),
        Route::get("/nodes/{node}/vncwebsocket", web_socket).checked(NODE.0, NODE.1),
        Route::post("/nodes/{node}/{kind}/{vmid}/spiceproxy", guest_spice)
            .checked(GUEST.0, GUEST.1)
            .records("exec.console", "guest/{vmid}"),
        Route::post("/nodes/{node}/spiceshell", node_spice)
            .checked(NODE.0, NODE.1)
            .records("exec.shell", "node/{node}"),
    ]
}

/// What a console's ticket is good for.
fn ticket_path(request: &Request<'_>) -> String {
    match request.path.get("vmid") {
        Some(vmid) => format!("/vms/{vmid}"),
        None => format!("/nodes/{}", request.node()),
    }
}

fn guest_screen(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    let password = request
        .flag("generate-password")
        .then(|| new_password(cluster));
    // A container has no screen: what is shown there is its terminal.
    let mut answer = open(cluster, request, "vncproxy", Face::Screen, password.clone())?;
    set(&mut answer, "cert", cluster.certificate_pem.as_str().into());
    if let Some(password) = password {
        set(&mut answer, "password", password.into());
    }
    Ok(answer.into())
}

/// Eight letters: the protocol of VNC looks at no more.
fn new_password(cluster: &mut Cluster) -> String {
    let seed = mix(cluster.seed, &[cluster.access.next_secret(), 31]);
    let mut random = Random::new(seed);
    (0..8)
        .filter_map(|_| char::from_u32(0x61 + random.below(26) as u32))
        .collect()
}

fn guest_terminal(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let guest = cluster.guest_at(request.node(), request.kind(), request.vmid())?;
    if request.kind() == GuestKind::Qemu {
        let wanted = request.text("serial");
        let has = |name: &str| guest.config.contains_key(name);
        let found = match &wanted {
            Some(name) => has(name),
            None => (0..4).any(|number| has(&format!("serial{number}"))),
        };
        if !found {
            return Err(Refusal::died(match wanted {
                Some(name) => format!("serial interface '{name}' is not configured"),
                None => "unable to find a serial interface".to_owned(),
            }));
        }
    }
    Ok(open(cluster, request, "vncproxy", Face::Terminal, None)?.into())
}

fn node_screen(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut answer = open(cluster, request, "vncshell", Face::Screen, None)?;
    set(&mut answer, "cert", cluster.certificate_pem.as_str().into());
    Ok(answer.into())
}

fn node_terminal(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(open(cluster, request, "vncshell", Face::Terminal, None)?.into())
}

fn set(answer: &mut Value, key: &str, value: Value) {
    if let Some(map) = answer.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

fn open(
    cluster: &mut Cluster,
    request: &Request<'_>,
    kind: &str,
    face: Face,
    password: Option<String>,
) -> Result<Value, Refusal> {
    let Some(port) = cluster.free_console_port() else {
        return Err(Refusal::died("unable to find free port (5900-5999)"));
    };
    let user = request.who.full();
    let path = ticket_path(request);
    let id = request.path.get("vmid").cloned().unwrap_or_default();
    let upid = cluster.start_task(NewTask {
        node: request.node(),
        kind,
        id: &id,
        user: &user,
        work: Work::job(WaitForClient { ms: WAIT_MS }),
        spoil: Spoil::default(),
    });
    let task = cluster
        .tasks
        .by_upid(&upid)
        .map(|task| task.number)
        .unwrap_or_default();
    let ticket = cluster.new_console_ticket(&user, &path);
    let guest = request
        .path
        .contains_key("vmid")
        .then(|| (request.kind(), request.vmid()));
    cluster.consoles.insert(
        port,
        Console {
            user: user.clone(),
            path,
            node: request.node().to_owned(),
            guest,
            face,
            // Without a password of its own the ticket is it.
            password: password.unwrap_or_else(|| ticket.clone()),
            task,
        },
    );
    Ok(json!({ "port": port.to_string(), "ticket": ticket, "upid": upid, "user": user }))
}

/// The ticket is looked at here; the socket itself is opened by whoever answers.
fn web_socket(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let ticket = request.text("vncticket").unwrap_or_default();
    let path = ticket_path(request);
    if !cluster.console_ticket_is_good(&ticket, &request.who.full(), &path) {
        let text = "permission denied - invalid PVEVNC ticket".to_owned();
        return Err(Refusal {
            message: format!("{text}\n"),
            body: RefusalBody::Json,
            ..Refusal::unauthorized(&text)
        });
    }
    Ok(json!({ "port": request.text("port") }).into())
}

/// Ports of terminals in the protocol of SPICE.
const SPICE_PORT: u64 = 61_000;

/// How long the worker of such a terminal waits.
const SPICE_WAIT_MS: i64 = 40_000;

/// A VM shows its screen by SPICE when its graphics card is made for it.
fn guest_spice(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (kind, vmid) = (request.kind(), request.vmid());
    let guest = cluster.guest_at(request.node(), kind, vmid)?;
    let (name, is_running) = (guest.name(), guest.run.is_running());
    if kind == GuestKind::Lxc {
        wait_for_spice(cluster, request, "spiceproxy");
        let title = format!("CT {vmid} - {name}");
        return Ok(viewer(cluster, request, &title, SPICE_PORT));
    }
    if !is_running {
        return Err(Refusal::died(format!("VM {vmid} not running")));
    }
    let has_spice = guest
        .config
        .get("vga")
        .is_some_and(|card| card.trim_start_matches("type=").starts_with("qxl"));
    if !has_spice {
        return Err(Refusal::died("no spice port"));
    }
    let title = match guest.config.get("name") {
        Some(name) => format!("VM {vmid} - {name}"),
        None => format!("VM {vmid}"),
    };
    Ok(viewer(cluster, request, &title, SPICE_PORT + 1))
}

fn node_spice(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    wait_for_spice(cluster, request, "spiceshell");
    let title = format!("Shell on '{}'", request.node());
    Ok(viewer(cluster, request, &title, SPICE_PORT))
}

/// The worker that shows a terminal by SPICE and ends when nobody comes.
fn wait_for_spice(cluster: &mut Cluster, request: &Request<'_>, kind: &str) {
    let id = request.path.get("vmid").cloned().unwrap_or_default();
    cluster.start_task(NewTask {
        node: request.node(),
        kind,
        id: &id,
        user: &request.who.full(),
        work: Work::job(WaitForClient { ms: SPICE_WAIT_MS }),
        spoil: Spoil::default(),
    });
}

/// What a viewer has to know: whom to ask, by way of which proxy, with which password. Nobody speaks
/// SPICE behind it here.
fn viewer(cluster: &mut Cluster, request: &Request<'_>, title: &str, port: u64) -> Answer {
    let node = request.node();
    let proxy = request.text("proxy").unwrap_or_else(|| {
        cluster
            .node(node)
            .map_or_else(|| node.to_owned(), |node| node.ip.clone())
    });
    let proxy = if proxy.contains(':') {
        format!("[{proxy}]")
    } else {
        proxy
    };
    let seed = mix(cluster.seed, &[cluster.access.next_secret(), 41]);
    let mut random = Random::new(seed);
    let mut digits = |count: usize| -> String {
        (0..count)
            .filter_map(|_| char::from_digit(random.below(16) as u32, 16))
            .collect()
    };
    let stamp = cluster.wall_ms().div_euclid(1000);
    let vmid = request.path.get("vmid").map_or("0", String::as_str);
    let host = format!(
        "pvespiceproxy:{stamp:08x}:{vmid}:{}:{port}::{}",
        node.to_lowercase(),
        digits(40)
    );
    json!({
        "type": "spice",
        "title": title,
        "host": host,
        "proxy": format!("http://{proxy}:3128"),
        "tls-port": port,
        "host-subject": format!("OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN={node}"),
        "ca": cluster.certificate_pem.replace('\n', "\\n"),
        "password": digits(40),
        "secure-attention": "Ctrl+Alt+Ins",
        "toggle-fullscreen": "Shift+F11",
        "release-cursor": "Ctrl+Alt+R",
        "delete-this-file": 1,
    })
    .into()
}
