//! Measures what the simulator must hold: the start of a large world and its memory, the inventory, the
//! rate of small requests, a clock that is turned by a month, and the twin of a large cluster that was read over
//! the network. Run it in a release build; `inventory`, `requests`, `month` and `twin` choose parts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "it prints figures, and one that cannot be measured ends it"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sim::{ClockMode, Sim, SimOptions, Tls, World};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 8;
const REQUESTS: usize = 4000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    // Without names of parts all are measured.
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|name| name == part);
    if is_wanted("inventory") {
        large_world().await;
    }
    if is_wanted("requests") {
        small_requests().await;
    }
    if is_wanted("month") {
        month().await;
    }
    if is_wanted("twin") {
        twin().await;
    }
}

fn options(world: World, tls: Tls) -> SimOptions {
    SimOptions {
        clock: ClockMode::Manual,
        now: Some("2026-11-24T12:00:00Z".parse().unwrap()),
        tls,
        ..SimOptions::new(world)
    }
}

/// Resident memory of this process in MiB.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

async fn large_world() {
    let before_mib = resident_mib();
    let before = Instant::now();
    let sim = Sim::start(options(World::seeded(200, 10_000, 1), Tls::Off))
        .await
        .unwrap();
    println!(
        "10,000 guests on 200 nodes: ready in {:?}",
        before.elapsed()
    );
    println!("memory: {} MiB, {before_mib} MiB before", resident_mib());
    inventory(&mut Client::plain(sim.address(), &sim).await, "plain").await;
    let mut client = Client::plain(sim.address(), &sim).await;
    client.more = "accept-encoding: gzip\r\n";
    inventory(&mut client, "plain, compressed").await;
    println!("memory: {} MiB after that", resident_mib());
    sim.stop().await;
    let sim = Sim::start(options(World::seeded(200, 10_000, 1), Tls::Generated))
        .await
        .unwrap();
    inventory(&mut Client::secure(sim.address(), &sim).await, "TLS").await;
    sim.stop().await;
}

async fn inventory(client: &mut Client, how: &str) {
    let mut times = Vec::new();
    let mut length = 0;
    for _ in 0..9 {
        let before = Instant::now();
        length = client.get("/api2/json/cluster/resources").await;
        times.push(before.elapsed());
    }
    times.sort();
    println!(
        "/cluster/resources over {how}: {:?} (middle of nine, the worst {:?}, {length} bytes)",
        times[4], times[8]
    );
}

async fn small_requests() {
    for tls in [Tls::Off, Tls::Generated] {
        let sim = Sim::start(options(World::seeded(3, 60, 1), tls.clone()))
            .await
            .unwrap();
        for path in [
            "/api2/json/version",
            "/api2/json/nodes/pve1/qemu/100/status/current",
        ] {
            let before = Instant::now();
            let mut workers = tokio::task::JoinSet::new();
            for _ in 0..CONNECTIONS {
                let mut client = match tls {
                    Tls::Off => Client::plain(sim.address(), &sim).await,
                    _ => Client::secure(sim.address(), &sim).await,
                };
                workers.spawn(async move {
                    for _ in 0..REQUESTS {
                        client.get(path).await;
                    }
                });
            }
            while workers.join_next().await.is_some() {}
            let rate = (CONNECTIONS * REQUESTS) as f64 / before.elapsed().as_secs_f64();
            let how = if tls == Tls::Off { "plain" } else { "TLS" };
            println!("GET {path} over {how}: {rate:.0}/s, client included");
        }
        sim.stop().await;
    }
}

async fn month() {
    let world = World::seeded(20, 1000, 1).with_backup_job("nightly", "02:00", "nfs-backup");
    let sim = Sim::start(options(world, Tls::Off)).await.unwrap();
    let mut client = Client::plain(sim.address(), &sim).await;
    let before = Instant::now();
    sim.clock().advance(Duration::from_hours(30 * 24));
    client.get("/api2/json/cluster/tasks").await;
    println!(
        "30 days with backups of 1,000 guests: {:?}",
        before.elapsed()
    );
    let before = Instant::now();
    for vmid in sim.vmids() {
        let guest = sim.guest(vmid).unwrap();
        let (node, kind) = (guest.node, guest.kind.as_str());
        let path = format!("/api2/json/nodes/{node}/{kind}/{vmid}/rrddata?timeframe=month");
        client.get(&path).await;
    }
    println!(
        "the month's metrics of 1,000 guests: {:?}",
        before.elapsed()
    );
    sim.stop().await;
}

/// The few calls for the whole cluster that a rehearsal makes; guests' configurations are read for the
/// guests of a plan alone.
const INVENTORY: &[&str] = &[
    "/version",
    "/cluster/resources",
    "/cluster/status",
    "/cluster/backup",
    "/cluster/ha/resources",
    "/storage",
    "/pools",
    "/access/acl",
];

async fn twin() {
    let live = Sim::start(options(World::seeded(200, 10_000, 1), Tls::Generated))
        .await
        .unwrap();
    let token = pve::Auth::Token {
        id: live.token_id().parse().unwrap(),
        secret: live.token_secret().to_owned().into(),
    };
    let trust = pve::Trust::Fingerprint(live.fingerprint().parse().unwrap());
    let url = pve::parse_endpoint(&live.url()).unwrap();
    let client = pve::Client::connect(pve::ConnectOptions::new(url, token, trust)).unwrap();
    let mut answers = BTreeMap::new();
    let mut times = Vec::new();
    for path in INVENTORY.iter().chain(&["/cluster/resources"; 9]) {
        let before = Instant::now();
        let asked = path.parse().unwrap();
        let reply = client
            .call(pve::Method::Get, &asked, &pve::Params::new())
            .await
            .unwrap();
        if *path == "/cluster/resources" {
            times.push(before.elapsed());
        }
        answers.insert((*path).to_owned(), reply.data);
    }
    times.sort();
    println!(
        "/cluster/resources over TLS, read by the product's client: {:?} (middle of ten, the worst {:?})",
        times[5], times[9]
    );
    let now = live.clock().now();
    let before = Instant::now();
    let (world, gaps) = World::from_readings(&mut answers, now).unwrap();
    let read = before.elapsed();
    let twin = Sim::start(options(world, Tls::Off)).await.unwrap();
    println!(
        "the twin of 10,000 guests: read in {read:?}, ready in {:?}; {} parts were not read",
        before.elapsed(),
        gaps.len()
    );
    assert_eq!(twin.vmids(), live.vmids());
    twin.stop().await;
    live.stop().await;
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// As little of an HTTP client as can be, so that the server is what is measured.
struct Client {
    stream: Box<dyn Stream>,
    token: String,
    /// Further lines of the request's head.
    more: &'static str,
    buffer: Vec<u8>,
}

impl Client {
    async fn plain(address: SocketAddr, sim: &Sim) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(Box::new(stream), sim)
    }

    async fn secure(address: SocketAddr, sim: &Sim) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let pinned = Arc::new(AnyCertificate(provider.clone()));
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(pinned)
            .with_no_client_auth();
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
        let stream = tokio_rustls::TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .unwrap();
        Self::over(Box::new(stream), sim)
    }

    fn over(stream: Box<dyn Stream>, sim: &Sim) -> Self {
        Self {
            stream,
            token: format!("PVEAPIToken={}={}", sim.token_id(), sim.token_secret()),
            more: "",
            buffer: Vec::with_capacity(1 << 16),
        }
    }

    /// Length of the body.
    async fn get(&mut self, path: &str) -> usize {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\n{}\r\n",
            self.token, self.more
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&self.buffer[..end]).to_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap()
                .parse::<usize>()
                .unwrap();
            while self.buffer.len() < end + 4 + length {
                self.stream.read_buf(&mut self.buffer).await.unwrap();
            }
            return length;
        }
    }
}

/// The certificate is made at each start; nobody else is on the loopback.
#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for AnyCertificate {
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
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
