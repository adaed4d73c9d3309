//! A running simulator.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::api::table::Routes;
use crate::clock::{Clock, ClockMode};
use crate::cluster::access::ROOT;
use crate::cluster::calls::{Call, Calls};
use crate::cluster::faults::FaultRule;
use crate::cluster::guest::GuestKind;
use crate::error::Result;
use crate::options::SimOptions;
use crate::random::{Random, mix};
use crate::wire::certificate::Certificates;
use crate::wire::serve::{Shared, listen, serve};
use crate::world::Setting;

const TOKEN_NAME: &str = "demo";

/// A simulated cluster that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Sim {
    shared: Arc<Shared>,
    address: SocketAddr,
    password: String,
    token_secret: String,
    identity_token: Option<String>,
    fingerprint: Option<String>,
    warnings: Vec<String>,
    stop: CancellationToken,
    server: JoinSet<()>,
}

/// A guest as tests look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestView {
    /// Number.
    pub vmid: u32,
    /// Virtual machine or container.
    pub kind: GuestKind,
    /// Name.
    pub name: String,
    /// Node it is on.
    pub node: String,
    /// `running`, `paused` or `stopped`.
    pub status: String,
    /// Lock in its configuration.
    pub lock: Option<String>,
    /// Names of its snapshots, sorted.
    pub snapshots: Vec<String>,
    /// The snapshot it stands on.
    pub parent: Option<String>,
    /// Stored options.
    pub config: BTreeMap<String, String>,
    /// Changes that wait for the next start; nothing: the option goes.
    pub pending: BTreeMap<String, Option<String>>,
    /// The pool it is in.
    pub pool: Option<String>,
    /// What high availability is told to do with it, `state` among it; nothing: it is not managed.
    pub ha: Option<BTreeMap<String, String>>,
}

/// A task as tests look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskView {
    /// UPID.
    pub upid: String,
    /// How it ended; `None` while it runs.
    pub exit: Option<String>,
    /// Lines of its log.
    pub log: Vec<String>,
}

impl Sim {
    /// Builds the world and listens. Nothing but the address is taken.
    pub async fn start(options: SimOptions) -> Result<Self> {
        let clock = match options.now.or(options.world.now()) {
            Some(now) => Clock::new(options.clock, now),
            None => Clock::from_wall(options.clock),
        };
        let secret = |part: u64| Random::new(mix(options.seed, &[part])).uuid();
        let token_secret = options.token_secret.clone().unwrap_or_else(|| secret(101));
        let identity_secret = secret(102);
        let now_ms = clock.now_ms();
        let warnings = options.world.warnings().to_vec();
        let of_identity = || {
            let user = options.world.identity().filter(|user| *user != ROOT)?;
            Some(format!("{user}!{TOKEN_NAME}"))
        };
        let identity_token = options
            .world
            .actor_token(TOKEN_NAME)
            .or_else(of_identity)
            .map(|id| format!("{id}={identity_secret}"));
        let mut cluster = options
            .world
            .with_past(now_ms, options.seed)
            .into_cluster(&Setting {
                version: options.pve_version,
                seed: options.seed,
                time_scale: options.time_scale,
                now_ms,
                password: options.password.clone(),
                token_name: TOKEN_NAME.to_owned(),
                token_secret: token_secret.clone(),
                identity_secret,
            });
        let lag_ms = options
            .inventory_lag
            .min(Duration::from_secs(10))
            .as_millis();
        cluster.inventory_lag_ms = i64::try_from(lag_ms).unwrap_or(0);
        cluster.calls = Calls::open(options.calls_log.as_deref())?;
        for rule in options.faults {
            cluster.faults.add(rule);
        }
        let listener = listen(options.listen).await?;
        let address = listener.local_addr().unwrap_or(options.listen);
        let certificates = Certificates::prepare(
            &options.tls,
            vec![
                "localhost".to_owned(),
                "pve1".to_owned(),
                address.ip().to_string(),
            ],
        )?;
        let fingerprint = certificates.fingerprint();
        cluster.certificate_pem = certificates.pem();
        let scheme = if fingerprint.is_some() {
            "https"
        } else {
            "http"
        };
        cluster.own_url = format!("{scheme}://{address}");
        let shared = Arc::new(Shared {
            cluster: std::sync::Mutex::new(cluster),
            clock,
            certificates,
            routes: Routes::new(
                crate::api::routes()
                    .into_iter()
                    .filter(|route| route.is_in(options.pve_version))
                    .collect(),
            ),
            time_scale: options.time_scale,
            refused_login_delay: options.refused_login_delay,
            docs: options.docs,
            pve_version: options.pve_version,
            schema: options.schema,
        });
        let stop = CancellationToken::new();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, shared.clone(), stop.clone()));
        Ok(Self {
            shared,
            address,
            password: options.password,
            token_secret,
            identity_token,
            fingerprint,
            warnings,
            stop,
            server,
        })
    }

    /// `https://127.0.0.1:8006`, or `http://…` without TLS.
    pub fn url(&self) -> String {
        let scheme = if self.fingerprint.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `root@pam`
    pub fn user(&self) -> &'static str {
        ROOT
    }

    /// Password of [`Sim::user`].
    pub fn password(&self) -> &str {
        &self.password
    }

    /// `root@pam!demo`
    pub fn token_id(&self) -> String {
        format!("{ROOT}!{TOKEN_NAME}")
    }

    /// Secret of [`Sim::token_id`].
    pub fn token_secret(&self) -> &str {
        &self.token_secret
    }

    /// `user@realm!demo=UUID` of the world's own user, when it has one; in a twin that of whoever acts.
    pub fn identity_token(&self) -> Option<&str> {
        self.identity_token.as_deref()
    }

    /// SHA-256 of the certificate, `AA:BB:…`; empty without TLS.
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.as_deref().unwrap_or_default()
    }

    /// The line that tells others that, and where, the simulator is ready.
    pub fn ready_line(&self) -> String {
        let identity = match &self.identity_token {
            Some(token) => format!(" identity_token={token}"),
            None => String::new(),
        };
        format!(
            "ready {} user={ROOT} password={} token={}={} fingerprint={}{identity}",
            self.url(),
            self.password,
            self.token_id(),
            self.token_secret,
            self.fingerprint()
        )
    }

    /// What the world's file holds and the simulator cannot show yet.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The simulated time; tests turn it.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Whether the clock runs by itself.
    pub fn clock_mode(&self) -> ClockMode {
        if self.shared.clock.is_standing() {
            ClockMode::Manual
        } else {
            ClockMode::Running
        }
    }

    /// The present state as a world: it loads with [`crate::World::from_value`] as it is now. `neutral`
    /// leaves out what PVE holds and the neutral form has no place for.
    pub fn export(&self, neutral: bool) -> serde_json::Value {
        self.shared.settled().to_world(neutral)
    }

    /// Puts a file where the nodes can download it; answers its address.
    pub fn offer_file(&self, name: &str, content: Vec<u8>) -> String {
        let mut cluster = self.shared.settled();
        cluster.files.insert(name.to_owned(), content);
        format!("{}/{name}", cluster.own_files())
    }

    /// Fingerprint of the certificate that is shown now; a fault may have changed it since the start.
    pub fn present_fingerprint(&self) -> Option<String> {
        self.shared.certificates.fingerprint()
    }

    /// Lets an effect that is about the cluster take place now; others do nothing without a call.
    pub fn take_effect(&self, effect: &crate::Effect) {
        let mut cluster = self.shared.settled();
        let now_ms = cluster.now_ms;
        cluster.apply_effect(effect, now_ms);
        self.shared.certificates.follow(&mut cluster);
    }

    /// Adds a fault.
    pub fn add_fault(&self, rule: FaultRule) {
        self.shared.settled().faults.add(rule);
    }

    /// Forgets all faults that have not fired.
    pub fn clear_faults(&self) {
        self.shared.settled().faults.clear();
    }

    /// Takes a node off the network, or brings it back.
    pub fn set_node_online(&self, node: &str, online: bool) {
        let mut cluster = self.shared.settled();
        let now_ms = cluster.now_ms;
        if online {
            cluster.bring_node_online(node);
        } else {
            cluster.take_node_offline(node, now_ms);
        }
    }

    /// Lets the HA manager give a resource (`vm:100`) up: it does nothing with it until it is disabled.
    pub fn give_up_ha(&self, sid: &str) {
        let mut cluster = self.shared.settled();
        if let Some(resource) = cluster.ha.iter_mut().find(|one| one.sid == sid) {
            resource.in_error = true;
        }
    }

    /// A guest as it is now.
    pub fn guest(&self, vmid: u32) -> Option<GuestView> {
        let cluster = self.shared.settled();
        let guest = cluster.guests.get(&vmid)?;
        Some(GuestView {
            vmid,
            kind: guest.kind,
            name: guest.name(),
            node: guest.node.to_string(),
            status: guest.run.as_qmp_status().to_owned(),
            lock: guest.lock.clone(),
            snapshots: guest.snapshots.keys().cloned().collect(),
            parent: guest.parent.clone(),
            config: guest.config.to_map(),
            pending: guest.pending.clone(),
            pool: guest.pool.clone(),
            ha: cluster
                .ha
                .iter()
                .find(|resource| resource.vmid() == Some(vmid))
                .map(|resource| {
                    let mut told = resource.settings.clone();
                    told.insert("state".to_owned(), resource.state.clone());
                    told
                }),
        })
    }

    /// The guest of that name, when there is exactly one.
    pub fn guest_named(&self, name: &str) -> Option<GuestView> {
        let mut found = {
            let cluster = self.shared.settled();
            cluster
                .guests
                .values()
                .filter(|guest| guest.name() == name)
                .map(|guest| guest.vmid)
                .collect::<Vec<_>>()
        };
        match (found.pop(), found.pop()) {
            (Some(vmid), None) => self.guest(vmid),
            _ => None,
        }
    }

    /// Numbers of all guests, ascending.
    pub fn vmids(&self) -> Vec<u32> {
        self.shared.settled().guests.keys().copied().collect()
    }

    /// A task as it is now.
    pub fn task(&self, upid: &str) -> Option<TaskView> {
        let cluster = self.shared.settled();
        let task = cluster.tasks.by_upid(upid)?;
        Some(TaskView {
            upid: task.upid.clone(),
            exit: task.exit().map(str::to_owned),
            log: task.log.clone(),
        })
    }

    /// All accepted changes so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.settled().calls.all().to_vec()
    }

    /// Stops listening and closes all connections.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.server.join_next().await.is_some() {}
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
