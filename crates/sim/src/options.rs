//! How a simulator is set up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::ClockMode;
use crate::cluster::faults::FaultRule;
use crate::version::PveVersion;
use crate::wire::tls::Tls;
use crate::world::World;

/// How a simulator is set up. Start from [`SimOptions::new`] and change fields.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The release that is simulated.
    pub pve_version: PveVersion,
    /// What the cluster holds at the start.
    pub world: World,
    /// Durations of tasks and delays are multiplied by this: 0.1 is ten times faster, 0 is at once.
    pub time_scale: f64,
    /// The simulated instant of the start; default: that of the world, else the real one.
    pub now: Option<Timestamp>,
    /// Whether the clock runs by itself.
    pub clock: ClockMode,
    /// Seed of task times, load curves and secrets.
    pub seed: u64,
    /// How connections are protected.
    pub tls: Tls,
    /// Faults besides those of the world.
    pub faults: Vec<FaultRule>,
    /// `/cluster/resources` shows states and figures of the last full such span, as on a node, where
    /// `pvestatd` looks every 10 s; zero shows those of now. At most 10 s.
    pub inventory_lag: Duration,
    /// File to which accepted changes are appended as JSON lines.
    pub calls_log: Option<PathBuf>,
    /// Directory served below `/pve-docs/`.
    pub docs: Option<PathBuf>,
    /// The API description of a real node: what is not simulated has its parameters checked by it, then
    /// answers 501 that says so.
    pub schema: Option<Arc<pve::Schema>>,
    /// Password of `root@pam`.
    pub password: String,
    /// Secret of the token `root@pam!demo`; default: made from the seed.
    pub token_secret: Option<String>,
    /// Time before a refused login is answered (PVE: 3 s), before the time scale.
    pub refused_login_delay: Duration,
}

impl SimOptions {
    /// The usual set-up for a world: the release it was taken from, else PVE 9.1, on a free port of 127.0.0.1, real time, own certificate.
    pub fn new(world: World) -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            pve_version: world.pve_version().unwrap_or_default(),
            world,
            time_scale: 1.0,
            now: None,
            clock: ClockMode::Running,
            seed: 1,
            tls: Tls::Generated,
            faults: Vec::new(),
            inventory_lag: Duration::ZERO,
            calls_log: None,
            docs: None,
            schema: None,
            password: "secret".to_owned(),
            token_secret: None,
            refused_login_delay: Duration::from_secs(3),
        }
    }
}
