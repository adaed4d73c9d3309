//! Consoles of guests and nodes: opening the door behind which the display or terminal is, and
//! where its WebSocket is.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use crate::answer::{Loose, One, Row, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestAt, GuestKind, NodeName};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};
use crate::upid::Upid;

/// Whose console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleOf {
    /// Of a guest.
    Guest(GuestAt),
    /// A shell on a node (needs `Sys.Console`).
    Node(NodeName),
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// The screen, as VNC.
    Display,
    /// A text terminal: the console of a container, a shell of a node, or a serial port of a
    /// virtual machine (the first one it has, or this one, 0 to 3).
    Terminal {
        /// The serial port.
        serial: Option<u8>,
    },
}

/// The way into a console. Valid for half a minute, for the same user and the same console; the
/// node waits 10 s for somebody to come. No secret of it is printed by `Debug`.
#[derive(Clone)]
pub struct ConsoleTicket {
    /// Whose console.
    pub of: ConsoleOf,
    /// The port on the node, 5900 to 5999.
    pub port: u64,
    /// Opens the WebSocket.
    pub ticket: SecretString,
    /// The user it is for.
    pub user: String,
    /// The task that holds the console open.
    pub upid: Option<Upid>,
    /// The certificate of the cluster's authority in PEM, for native VNC over TLS.
    pub certificate: Option<String>,
    password: Option<SecretString>,
}

impl ConsoleTicket {
    /// The password for the VNC handshake: one of its own where PVE gave one, else the ticket.
    pub fn vnc_password(&self) -> &SecretString {
        self.password.as_ref().unwrap_or(&self.ticket)
    }

    /// The first message of a terminal, answered by `OK`: `user:ticket` and a line end.
    pub fn terminal_greeting(&self) -> SecretString {
        format!("{}:{}\n", self.user, self.ticket.expose_secret()).into()
    }
}

impl fmt::Debug for ConsoleTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleTicket")
            .field("of", &self.of)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("upid", &self.upid)
            .finish_non_exhaustive()
    }
}

struct TicketAnswer {
    port: u64,
    ticket: String,
    user: String,
    upid: Option<Upid>,
    certificate: Option<String>,
    password: Option<String>,
}

impl Row for TicketAnswer {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            port: Loose::loose(pick(map, &["port"]))?,
            ticket: Loose::loose(pick(map, &["ticket"]))?,
            user: Loose::loose(pick(map, &["user"]))?,
            upid: Loose::loose(pick(map, &["upid"]))?,
            certificate: Loose::loose(pick(map, &["cert"]))?,
            password: Loose::loose(pick(map, &["password"]))?,
        })
    }
}

/// The settings for `virt-viewer`, to be written as lines `key=value` below `[virt-viewer]`. Holds
/// a password.
#[derive(Clone, PartialEq, Eq)]
pub struct SpiceSettings(BTreeMap<String, String>);

impl SpiceSettings {
    /// A setting, as `host` or `tls-port`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The file that `remote-viewer` opens.
    pub fn file(&self) -> SecretString {
        let lines: String = self.0.iter().fold(String::new(), |lines, (key, value)| {
            // The certificate has lines; the format wants them escaped.
            lines + key + "=" + &value.replace('\n', "\\n") + "\n"
        });
        format!("[virt-viewer]\n{lines}").into()
    }
}

/// Names only: one of them is a password.
impl fmt::Debug for SpiceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl ConsoleOf {
    fn path(&self, last: &'static str) -> ApiPath {
        match self {
            Self::Guest(guest) => ApiPath::guest(guest, &[last]),
            Self::Node(node) => ApiPath::node(node, &[last]),
        }
    }

    fn call(&self, console: Console) -> std::result::Result<(&'static str, Params), &'static str> {
        let params = Params::new();
        match (console, self) {
            (Console::Display, Self::Guest(guest)) => {
                let params = params.with("websocket", true);
                Ok(match guest.kind {
                    GuestKind::Qemu => ("vncproxy", params.with("generate-password", true)),
                    GuestKind::Lxc => ("vncproxy", params),
                })
            }
            (Console::Display, Self::Node(_)) => Ok(("vncshell", params.with("websocket", true))),
            (Console::Terminal { serial: None }, _) => Ok(("termproxy", params)),
            (Console::Terminal { serial: Some(port) }, Self::Guest(guest))
                if guest.kind == GuestKind::Qemu && port <= 3 =>
            {
                Ok(("termproxy", params.with("serial", format!("serial{port}"))))
            }
            (Console::Terminal { .. }, _) => {
                Err("only virtual machines have serial ports, and at most four")
            }
        }
    }
}

impl Client {
    /// Opens the way into a console (PVE: `vncproxy`, `termproxy`, of nodes `vncshell`).
    pub async fn open_console(&self, of: &ConsoleOf, console: Console) -> Result<ConsoleTicket> {
        // calls: POST /nodes/*/{kind}/*/vncproxy
        // calls: POST /nodes/*/{kind}/*/termproxy
        // calls: POST /nodes/*/vncshell
        // calls: POST /nodes/*/termproxy
        let (last, params) = of
            .call(console)
            .map_err(|text| self.invalid(text.to_owned()))?;
        let request = Request {
            method: Method::Post,
            path: of.path(last),
            params,
        };
        let One(TicketAnswer {
            port,
            ticket,
            user,
            upid,
            certificate,
            password,
        }) = self.fetch(request).await?.data;
        Ok(ConsoleTicket {
            of: of.clone(),
            port,
            ticket: ticket.into(),
            user,
            upid,
            certificate,
            password: password.map(SecretString::from),
        })
    }

    /// Where the WebSocket of a console is (PVE: `vncwebsocket`). The connection is made with the
    /// same credentials as every request, with the subprotocol `binary`, and must go to this
    /// server: other nodes are reached through it. The address holds the ticket.
    pub fn console_address(&self, ticket: &ConsoleTicket) -> Result<SecretString> {
        let invalid = || {
            let text = "consoles are reached over HTTPS only";
            self.invalid(format!("{text}, this way is {}", self.endpoint()))
        };
        let mut url = Url::parse(self.endpoint()).map_err(|_| invalid())?;
        let scheme = match url.scheme() {
            "https" => "wss",
            "http" => "ws",
            _ => return Err(invalid()),
        };
        url.set_scheme(scheme).map_err(|()| invalid())?;
        let path = ticket.of.path("vncwebsocket").encoded();
        url.set_path(&format!("/api2/json{path}"));
        let params = Params::new()
            .with("port", ticket.port)
            .with("vncticket", ticket.ticket.expose_secret());
        url.set_query(Some(&params.encoded()));
        Ok(String::from(url).into())
    }

    /// The settings for a SPICE client (PVE: `spiceproxy`); `proxy` is the name of the node as the
    /// client reaches it. A stopped guest or one without SPICE is refused.
    pub async fn open_spice(&self, guest: &GuestAt, proxy: Option<&str>) -> Result<SpiceSettings> {
        let request = Request {
            method: Method::Post,
            path: ApiPath::guest(guest, &["spiceproxy"]),
            params: Params::new().with_some("proxy", proxy),
        };
        let One(settings) = self.fetch(request).await?.data;
        Ok(settings)
    }
}

impl Row for SpiceSettings {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let text =
            |(key, value): (&String, &Value)| (key.clone(), crate::lenient::value_text(value));
        map.contains_key("password")
            .then(|| Self(map.iter().map(text).collect()))
    }
}
