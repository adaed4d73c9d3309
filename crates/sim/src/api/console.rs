//! Consoles of guests and nodes: a port and a ticket, then a web socket on that port.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::consoles::{Console, Face, WaitForClient};
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
    // A container has no screen: what is shown there is its terminal.
    let mut answer = open(cluster, request, "vncproxy", Face::Screen)?;
    set(&mut answer, "cert", cluster.certificate_pem.as_str().into());
    if request.flag("generate-password") {
        let seed = mix(cluster.seed, &[cluster.access.next_secret(), 31]);
        let mut random = Random::new(seed);
        let letters: String = (0..8)
            .filter_map(|_| char::from_u32(0x61 + random.below(26) as u32))
            .collect();
        set(&mut answer, "password", letters.into());
    }
    Ok(answer.into())
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
    Ok(open(cluster, request, "vncproxy", Face::Terminal)?.into())
}

fn node_screen(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut answer = open(cluster, request, "vncshell", Face::Screen)?;
    set(&mut answer, "cert", cluster.certificate_pem.as_str().into());
    Ok(answer.into())
}

fn node_terminal(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(open(cluster, request, "vncshell", Face::Terminal)?.into())
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
        work: Work::job(WaitForClient),
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
