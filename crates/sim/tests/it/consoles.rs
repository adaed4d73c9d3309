//! Consoles over web sockets: tickets and ports, a terminal that answers, a screen that shows something.

use sim::{SimOptions, Tls, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Rig, options};

async fn rig() -> Rig {
    Rig::start(SimOptions {
        tls: Tls::Off,
        ..options(World::seeded(3, 24, 1))
    })
    .await
}

/// A web socket as a browser opens it.
struct Socket {
    stream: TcpStream,
    head: String,
    buffer: Vec<u8>,
}

impl Socket {
    async fn open(rig: &Rig, path: &str, port: &str, ticket: &str) -> Self {
        let mut stream = TcpStream::connect(rig.sim.address()).await.unwrap();
        let ticket =
            percent_encoding::utf8_percent_encode(ticket, percent_encoding::NON_ALPHANUMERIC);
        let request = format!(
            "GET /api2/json{path}/vncwebsocket?port={port}&vncticket={ticket} HTTP/1.1\r\nhost: x\r\n\
             authorization: PVEAPIToken={}={}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: binary\r\n\r\n",
            rig.sim.token_id(),
            rig.sim.token_secret()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut buffer = Vec::new();
        loop {
            if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8(buffer.drain(..end + 4).collect()).unwrap();
                return Self {
                    stream,
                    head,
                    buffer,
                };
            }
            if stream.read_buf(&mut buffer).await.unwrap() == 0 {
                let head = String::from_utf8_lossy(&buffer).into_owned();
                return Self {
                    stream,
                    head,
                    buffer,
                };
            }
        }
    }

    async fn send(&mut self, data: &[u8]) {
        let mask = [7, 1, 9, 3];
        let mut frame = vec![0x82, 0xfe];
        frame.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        frame.extend(mask);
        frame.extend(
            data.iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        self.stream.write_all(&frame).await.unwrap();
    }

    /// The next message; `None` when the other side closes.
    async fn receive(&mut self) -> Option<Vec<u8>> {
        loop {
            if let [first, length, rest @ ..] = self.buffer.as_slice() {
                let (start, length) = match (*length, rest) {
                    (126, [a, b, ..]) => (4, Some(usize::from(u16::from_be_bytes([*a, *b])))),
                    (127, [.., _]) if rest.len() >= 8 => {
                        let bytes: [u8; 8] = rest[..8].try_into().unwrap();
                        (
                            10,
                            Some(usize::try_from(u64::from_be_bytes(bytes)).unwrap()),
                        )
                    }
                    (126 | 127, _) => (0, None),
                    (short, _) => (2, Some(usize::from(short))),
                };
                let is_close = *first == 0x88;
                if let Some(length) = length.filter(|length| self.buffer.len() >= start + length) {
                    let data = self.buffer[start..start + length].to_vec();
                    self.buffer.drain(..start + length);
                    return (!is_close).then_some(data);
                }
            }
            if self.stream.read_buf(&mut self.buffer).await.unwrap() == 0 {
                return None;
            }
        }
    }

    /// Reads until so many bytes have come.
    async fn receive_bytes(&mut self, length: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < length {
            all.extend(self.receive().await.unwrap());
        }
        all
    }

    async fn receive_until(&mut self, end: &str) -> String {
        let mut all = String::new();
        while !all.ends_with(end) {
            all.push_str(&String::from_utf8(self.receive().await.unwrap()).unwrap());
        }
        all
    }

    async fn type_keys(&mut self, keys: &str) {
        self.send(format!("0:{}:{keys}", keys.len()).as_bytes())
            .await;
    }
}

fn text(answer: &crate::client::Answer, key: &str) -> String {
    answer.data()[key]
        .as_str()
        .unwrap_or_else(|| panic!("{answer:?}"))
        .to_owned()
}

#[tokio::test]
async fn the_terminal_of_a_node_answers_and_its_task_ends_with_it() {
    let rig = rig().await;
    let opened = rig.post("/nodes/pve1/termproxy", &[]).await;
    let (port, ticket) = (text(&opened, "port"), text(&opened, "ticket"));
    assert_eq!(port, "5900");
    let mut socket = Socket::open(&rig, "/nodes/pve1", &port, &ticket).await;
    assert!(
        socket
            .head
            .starts_with("HTTP/1.1 101 Switching Protocols\r\n"),
        "{}",
        socket.head
    );
    assert!(
        socket
            .head
            .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    assert!(socket.head.contains("sec-websocket-protocol: binary"));
    let hello = format!("{}:{ticket}\n", text(&opened, "user"));
    socket.send(hello.as_bytes()).await;
    let greeting = socket.receive_until("root@pve1:~# ").await;
    assert!(greeting.starts_with("OKLinux pve1 "), "{greeting}");
    socket.send(b"1:120:40:2").await;
    socket.type_keys("hostname\r").await;
    assert_eq!(
        socket.receive_until("# ").await,
        "hostname\r\npve1\r\nroot@pve1:~# "
    );
    socket.type_keys("pveversion\r").await;
    assert!(
        socket
            .receive_until("# ")
            .await
            .contains("pve-manager/9.1.7")
    );
    let upid = text(&opened, "upid");
    assert_eq!(rig.sim.task(&upid).unwrap().exit, None);
    socket.type_keys("exit\r").await;
    assert_eq!(
        socket.receive_until("logout\r\n").await,
        "exit\r\nlogout\r\n"
    );
    assert_eq!(socket.receive().await, None);
    while rig.sim.task(&upid).unwrap().exit.is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.sim.task(&upid).unwrap().exit.as_deref(), Some("OK"));
    let ops: Vec<String> = rig.sim.calls().into_iter().map(|call| call.op).collect();
    assert_eq!(ops, ["exec.shell"]);
}

#[tokio::test]
async fn the_screen_of_a_guest_shows_a_picture() {
    let rig = rig().await;
    let path = rig.guest_path("web-01");
    let opened = rig
        .post(
            &format!("{path}/vncproxy"),
            &[("websocket", "1"), ("generate-password", "1")],
        )
        .await;
    let password = text(&opened, "password");
    assert_eq!(password.len(), 8);
    let mut socket = Socket::open(
        &rig,
        &path,
        &text(&opened, "port"),
        &text(&opened, "ticket"),
    )
    .await;
    assert_eq!(socket.receive().await.unwrap(), b"RFB 003.008\n");
    socket.send(b"RFB 003.008\n").await;
    assert_eq!(socket.receive().await.unwrap(), [1, 2]);
    socket.send(&[2]).await;
    let challenge = socket.receive().await.unwrap();
    socket.send(&vnc_answer(&password, &challenge)).await;
    assert_eq!(socket.receive().await.unwrap(), [0, 0, 0, 0]);
    socket.send(&[1]).await;
    assert!(socket.receive().await.unwrap().ends_with(b"web-01"));
    socket.send(&[3, 0, 0, 0, 0, 0, 1, 64, 0, 200]).await;
    let picture = socket.receive_bytes(16 + 320 * 200 * 4).await;
    assert_eq!(picture[..4], [0, 0, 0, 1]);
    let colours: std::collections::BTreeSet<&[u8]> = picture[16..].chunks(4).collect();
    assert_eq!(colours.len(), 8);
}

fn vnc_answer(password: &str, challenge: &[u8]) -> [u8; 16] {
    crate::des::answer(password, challenge.try_into().unwrap())
}

#[tokio::test]
async fn a_screen_without_a_password_of_its_own_takes_the_ticket_and_no_other() {
    let rig = rig().await;
    let path = rig.guest_path("web-01");
    for (password, told) in [(None, 0), (Some("wrong"), 1)] {
        let opened = rig
            .post(&format!("{path}/vncproxy"), &[("websocket", "1")])
            .await;
        let (port, ticket) = (text(&opened, "port"), text(&opened, "ticket"));
        let mut socket = Socket::open(&rig, &path, &port, &ticket).await;
        socket.receive().await.unwrap();
        socket.send(b"RFB 003.008\n").await;
        socket.receive().await.unwrap();
        socket.send(&[2]).await;
        let challenge = socket.receive().await.unwrap();
        let password = password.unwrap_or(&ticket);
        socket.send(&vnc_answer(password, &challenge)).await;
        assert_eq!(socket.receive().await.unwrap()[..4], [0, 0, 0, told]);
    }
}

#[tokio::test]
async fn a_viewer_of_spice_is_told_where_to_go() {
    let rig = rig().await;
    let path = rig.guest_path("web-01");
    let spice = format!("{path}/spiceproxy");
    let refused = rig.post(&spice, &[]).await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (500, "no spice port")
    );
    rig.post(&format!("{path}/status/stop"), &[]).await;
    rig.wait_s(10);
    let vmid = path.rsplit('/').next().unwrap();
    let refused = rig.post(&spice, &[]).await;
    assert_eq!(refused.reason, format!("VM {vmid} not running"));
    rig.put(&format!("{path}/config"), &[("vga", "qxl")]).await;
    rig.post(&format!("{path}/status/start"), &[]).await;
    rig.wait_s(30);
    let told = rig.post(&spice, &[("proxy", "203.0.113.9")]).await;
    let data = told.data();
    assert_eq!(data["type"], "spice");
    assert_eq!(data["title"], format!("VM {vmid} - web-01"));
    assert_eq!(data["proxy"], "http://203.0.113.9:3128");
    assert!(
        data["host"].as_str().unwrap().starts_with("pvespiceproxy:"),
        "{data}"
    );
    assert_eq!(text(&told, "password").len(), 40);
    let file = rig.post(&format!("/api2/spiceconfig{spice}"), &[]).await;
    assert_eq!(
        file.content_type.as_deref(),
        Some("application/x-virt-viewer;charset=UTF-8")
    );
    assert!(file.text.starts_with("[virt-viewer]\n"), "{}", file.text);
    assert!(file.text.contains("\ntype=spice\n"), "{}", file.text);
    let shell = rig.post("/nodes/pve1/spiceshell", &[]).await;
    assert_eq!(shell.data()["title"], "Shell on 'pve1'");
    let tasks = rig.get("/nodes/pve1/tasks?source=active").await;
    assert_eq!(tasks.data()[0]["type"], "spiceshell");
    rig.wait_s(41);
    let tasks = rig.get("/nodes/pve1/tasks?typefilter=spiceshell").await;
    assert_eq!(tasks.data()[0]["status"], "connection timed out");
}

async fn check(rig: &Rig, path: &str, ticket: &str) -> u16 {
    let id = rig.sim.token_id();
    let form = [
        ("authid", id.as_str()),
        ("path", path),
        ("privs", "VM.Console"),
        ("vncticket", ticket),
    ];
    rig.post("/access/vncticket", &form).await.status
}

#[tokio::test]
async fn a_ticket_is_good_for_its_path_and_port_and_for_seconds() {
    let rig = rig().await;
    let (one, other) = (rig.guest_path("web-01"), rig.guest_path("web-02"));
    let opened = rig
        .post(&format!("{one}/vncproxy"), &[("websocket", "1")])
        .await;
    let (port, ticket) = (text(&opened, "port"), text(&opened, "ticket"));
    let refused = Socket::open(&rig, &other, &port, &ticket).await;
    assert!(
        refused
            .head
            .starts_with("HTTP/1.1 401 permission denied - invalid PVEVNC ticket\r\n"),
        "{}",
        refused.head
    );
    // Nobody waits there.
    assert_eq!(Socket::open(&rig, &one, "5950", &ticket).await.head, "");
    let query = format!(
        "{one}/vncwebsocket?port={port}&vncticket={}",
        ticket.replace('+', "%2B")
    );
    assert_eq!(rig.get(&query).await.data()["port"], port.as_str());
    let vms = |path: &str| format!("/vms/{}", path.rsplit('/').next().unwrap());
    assert_eq!(check(&rig, &vms(&one), &ticket).await, 200);
    assert_eq!(check(&rig, &vms(&other), &ticket).await, 401);
    rig.wait_s(11);
    let task = rig.sim.task(&text(&opened, "upid")).unwrap();
    assert_eq!(task.exit.as_deref(), Some("connection timed out"));
    assert_eq!(Socket::open(&rig, &one, &port, &ticket).await.head, "");
    rig.wait_s(60);
    assert_eq!(rig.get(&query).await.status, 401);
}

#[tokio::test]
async fn a_terminal_of_a_vm_needs_a_serial_interface_and_one_of_a_container_does_not() {
    let rig = rig().await;
    let vm = rig.guest_path("web-01");
    let refused = rig.post(&format!("{vm}/termproxy"), &[]).await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (500, "unable to find a serial interface")
    );
    rig.post(&format!("{vm}/status/stop"), &[]).await;
    rig.wait_s(5);
    rig.put(&format!("{vm}/config"), &[("serial0", "socket")])
        .await;
    assert_eq!(rig.post(&format!("{vm}/termproxy"), &[]).await.status, 200);
    let vmids = rig.sim.vmids().into_iter();
    let guest = vmids
        .filter_map(|vmid| rig.sim.guest(vmid))
        .find(|guest| guest.kind.as_str() == "lxc" && guest.status == "running")
        .unwrap();
    let path = format!("/nodes/{}/lxc/{}", guest.node, guest.vmid);
    let opened = rig.post(&format!("{path}/termproxy"), &[]).await;
    let (port, ticket) = (text(&opened, "port"), text(&opened, "ticket"));
    assert_eq!(port, "5901");
    let mut socket = Socket::open(&rig, &path, &port, &ticket).await;
    socket
        .send(format!("{}:{ticket}\n", text(&opened, "user")).as_bytes())
        .await;
    let prompt = format!("root@{}:~# ", guest.name);
    assert!(socket.receive_until(&prompt).await.starts_with("OK"));
}
