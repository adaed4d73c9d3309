//! A small client for the tests: logs in once and keeps status, reason phrase and body of each answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use sim::{ClockMode, Sim, SimOptions, World};

/// An answer in the parts that tests look at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn data(&self) -> &Value {
        &self.body["data"]
    }

    pub(crate) fn upid(&self) -> String {
        self.data()
            .as_str()
            .unwrap_or_else(|| panic!("no UPID in {self:?}"))
            .to_owned()
    }

    pub(crate) fn error(&self, parameter: &str) -> &str {
        self.body["errors"][parameter].as_str().unwrap_or_default()
    }
}

/// A logged-in client and its simulator.
pub(crate) struct Rig {
    pub(crate) sim: Sim,
    http: reqwest::Client,
    headers: Vec<(&'static str, String)>,
}

/// 2026-11-24 12:00 UTC: worlds of the tests begin here.
pub(crate) fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// A simulator whose clock stands still.
pub(crate) fn options(world: World) -> SimOptions {
    SimOptions {
        clock: ClockMode::Manual,
        now: Some(noon()),
        ..SimOptions::new(world)
    }
}

/// One node, two guests: VM 101 runs, container 102 runs. `more` replaces keys.
pub(crate) fn small_world(more: &Value) -> String {
    let guest = |vmid: u32, kind: &str, storage: &str| {
        json!({
            "vmid": vmid, "name": format!("g{vmid}"), "type": kind, "node": "pve1", "status": "running",
            "template": false, "cores": 2, "memory_mb": 2048,
            "disks": [{"key": if kind == "lxc" { "rootfs" } else { "scsi0" }, "storage": storage, "size_gb": 8}],
            "tags": [], "pool": null, "onboot": true, "protection": false, "lock": null, "agent": true,
            "description": "", "snapshots": []
        })
    };
    let storage = |id: &str, kind: &str| {
        json!({"id": id, "type": kind, "shared": false, "nodes": null, "content": ["images", "rootdir"],
               "total_gb": 100, "used_gb": 10, "enabled": true, "active": true})
    };
    let mut world = json!({
        "fixture": "small", "now": "2026-11-24T12:00:00Z",
        "cluster": {"name": "", "quorate": true},
        "nodes": [{"name": "pve1", "status": "online", "cores": 8, "memory_mb": 16384,
                   "memory_used_mb": 4096, "cpu_load": 0.25}],
        "storages": [storage("thin", "lvmthin"), storage("local", "dir")],
        "guests": [guest(101, "qemu", "thin"), guest(102, "lxc", "thin"), guest(103, "lxc", "local")],
        "backups": [], "backup_jobs": [], "replication_jobs": [], "ha_resources": [], "pools": [],
        "volumes": [], "tasks": [], "metrics": [], "alert_rules": [], "active_alerts": [],
        "identity": {"user": "root@pam", "grants": []},
        "policy": {"read": "auto", "change": "ask", "destroy": "ask"}, "faults": []
    });
    for (key, value) in more.as_object().unwrap() {
        world[key] = value.clone();
    }
    world.to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests' one client: it accepts the self-signed certificate"
)]
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls())
        .timeout(Duration::from_secs(20))
        // Where an answer sends a browser is what tests look at.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// TLS that takes any certificate.
pub(crate) fn tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AcceptAll))
        .with_no_client_auth()
}

impl Rig {
    /// Started with these options, logged in with the API token.
    pub(crate) async fn start(options: SimOptions) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let mut rig = Self {
            sim,
            http: client(),
            headers: Vec::new(),
        };
        rig.come_with_token();
        rig
    }

    /// From here on the API token asks.
    pub(crate) fn come_with_token(&mut self) {
        let (id, secret) = (self.sim.token_id(), self.sim.token_secret());
        self.headers = vec![("authorization", format!("PVEAPIToken={id}={secret}"))];
    }

    /// A cluster of three nodes and 24 guests whose clock stands still.
    pub(crate) async fn demo() -> Self {
        Self::start(options(World::seeded(3, 24, 1))).await
    }

    /// From here on root itself asks, signed in, not its token.
    pub(crate) async fn sign_in_as_root(&mut self) {
        let root = [("username", "root@pam"), ("password", self.sim.password())];
        let answer = self.post("/access/ticket", &root).await;
        let text = |key: &str| answer.data()[key].as_str().unwrap().to_owned();
        self.headers = vec![
            ("cookie", format!("PVEAuthCookie={}", text("ticket"))),
            ("csrfpreventiontoken", text("CSRFPreventionToken")),
        ];
    }

    pub(crate) fn with_headers(&mut self, headers: Vec<(&'static str, String)>) {
        self.headers = headers;
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.call("POST", path, form).await
    }

    pub(crate) async fn put(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.call("PUT", path, form).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, &[]).await
    }

    /// A path below `/api2/json`, or one that begins with `/api2`.
    pub(crate) async fn call(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        self.try_call(method, path, form).await.unwrap()
    }

    pub(crate) async fn try_call(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> reqwest::Result<Answer> {
        let is_whole = ["/api2", "/sim", "/pve-docs"]
            .iter()
            .any(|start| path.starts_with(start));
        let start = if is_whole { "" } else { "/api2/json" };
        let url = format!("{}{start}{path}", self.sim.url());
        let mut request = self.http.request(method.parse().unwrap(), url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if matches!(method, "POST" | "PUT") {
            request = request.form(form);
        }
        read(request.send().await?).await
    }

    /// Sends a body as it is.
    pub(crate) async fn send(&self, path: &str, content_type: &str, body: &str) -> Answer {
        let start = if path.starts_with("/sim") {
            ""
        } else {
            "/api2/json"
        };
        let url = format!("{}{start}{path}", self.sim.url());
        let mut request = self.http.post(url).header("content-type", content_type);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        read(request.body(body.to_owned()).send().await.unwrap())
            .await
            .unwrap()
    }

    /// Sends JSON to one of the simulator's own endpoints.
    pub(crate) async fn tell(&self, path: &str, body: &Value) -> Answer {
        self.send(path, "application/json", &body.to_string()).await
    }

    /// Turns the clock.
    pub(crate) fn wait_s(&self, seconds: u64) {
        self.sim.clock().advance(Duration::from_secs(seconds));
    }

    /// Path of a guest by name: `/nodes/pve1/qemu/101`.
    pub(crate) fn guest_path(&self, name: &str) -> String {
        let guest = self
            .sim
            .guest_named(name)
            .unwrap_or_else(|| panic!("no guest {name}"));
        format!("/nodes/{}/{}/{}", guest.node, kind(&guest), guest.vmid)
    }
}

pub(crate) fn kind(guest: &sim::GuestView) -> &'static str {
    guest.kind.as_str()
}

async fn read(response: reqwest::Response) -> reqwest::Result<Answer> {
    let status = response.status().as_u16();
    let reason = match response.extensions().get::<hyper::ext::ReasonPhrase>() {
        Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
        None => response
            .status()
            .canonical_reason()
            .unwrap_or_default()
            .to_owned(),
    };
    let content_type = response
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer {
        status,
        reason,
        content_type,
        body,
        text,
    })
}

#[derive(Debug)]
struct AcceptAll;

impl rustls::client::danger::ServerCertVerifier for AcceptAll {
    fn verify_server_cert(
        &self,
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &[rustls_pki_types::CertificateDer<'_>],
        _: &rustls_pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls_pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
