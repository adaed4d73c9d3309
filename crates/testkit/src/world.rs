//! [`World`]: a simulated cluster and the product that manages it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use app::{App, NewCluster, Settings};
use futures_util::StreamExt as _;
use llm::ModelSpec;
use ops::{
    Acted, Actor, Call, EngineOptions, Plan, Registry, Rehearsed, Result, Role, Run, RunEvent,
    Surface, Wish, gate::Consent, ports::Clock,
};
use serde_json::{Value, json};
use sim::{FaultRule, PveVersion, Sim, SimOptions};
use store::{AuthKind, OpenOptions, Store, Trust};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::TurnedClock,
    database::TestDatabase,
    outside::Outside,
    process::{Process, Wired},
    setup::Cluster,
};

/// Under this name the simulator is connected.
pub const CLUSTER: &str = "main";
/// The simulator's token is the same after it was replaced.
const TOKEN_SECRET: &str = "0b8e6e3a-5f4f-4b52-9a38-6f2d3c1d7e10";
/// Whatever takes longer in a test hangs.
pub const PATIENCE: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(5);

/// Where the store is.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    InMemory,
    OnDisk,
    OnPostgres,
}

/// How a [`World`] is set up.
pub struct WorldBuilder {
    cluster: sim::World,
    version: Option<PveVersion>,
    time_scale: f64,
    kept: Kept,
    index_from: Option<i64>,
    background: bool,
    as_its_user: bool,
    script: Option<Value>,
    settings: Settings,
}

impl WorldBuilder {
    /// What the cluster holds; [`Cluster::default`] without.
    #[must_use]
    pub fn cluster(self, cluster: Cluster) -> Self {
        self.world(cluster.build())
    }

    /// Any world of the simulator.
    #[must_use]
    pub fn world(mut self, world: sim::World) -> Self {
        self.cluster = world;
        self
    }

    /// The release that the cluster runs; without, what its world says.
    #[must_use]
    pub fn version(mut self, version: PveVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// Tasks take their natural time multiplied by this; without, they end at once.
    #[must_use]
    pub fn time_scale(mut self, scale: f64) -> Self {
        self.time_scale = scale;
        self
    }

    /// Keeps the store in a directory, so that the product can be killed and opened again.
    #[must_use]
    pub fn on_disk(mut self) -> Self {
        self.kept = Kept::OnDisk;
        self
    }

    /// A store on disk whose rows are in PostgreSQL wherever the tests have one ([`World::is_on_postgres`]).
    #[must_use]
    pub fn on_postgres(mut self) -> Self {
        self.kept = Kept::OnPostgres;
        self
    }

    /// From so many texts with vectors on a store on disk has the database look for what is near, if it can.
    #[must_use]
    pub fn index_from(mut self, texts: i64) -> Self {
        self.index_from = Some(texts);
        self
    }

    /// No collector and no supervisor: only what the test asks for happens.
    #[must_use]
    pub fn without_background(mut self) -> Self {
        self.background = false;
        // A process that beat once counts as alive for as long as the test takes.
        self.settings.engine.heartbeat = Duration::from_mins(1);
        self
    }

    /// Connects the cluster with the token of the user that its world names, not with root's: what they may
    /// do can be taken from them.
    #[must_use]
    pub fn as_the_worlds_user(mut self) -> Self {
        self.as_its_user = true;
        self
    }

    /// A language model that plays this script (format: `llm::ScriptedModel`).
    #[must_use]
    pub fn script(mut self, script: Value) -> Self {
        self.script = Some(script);
        self
    }

    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Starts the simulator, connects it and opens the product.
    pub async fn build(mut self) -> World {
        // An earlier test of the same process may have done so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = TempDir::new().expect("a directory for the test");
        let certificate = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])
            .expect("a certificate for the simulator");
        let tls = sim::Tls::Files {
            certificate: home.path().join("cert.pem"),
            key: home.path().join("key.pem"),
        };
        write(&home.path().join("cert.pem"), &certificate.cert.pem());
        write(
            &home.path().join("key.pem"),
            &certificate.signing_key.serialize_pem(),
        );
        if let Some(script) = &self.script {
            let file = home.path().join("script.json");
            write(&file, &script.to_string());
            self.settings.model = ModelSpec::Script { file };
        }
        let sim_options = SimOptions {
            time_scale: self.time_scale,
            tls,
            token_secret: Some(TOKEN_SECRET.to_owned()),
            refused_login_delay: Duration::ZERO,
            ..SimOptions::new(self.cluster)
        };
        let sim_options = match self.version {
            Some(pve_version) => SimOptions {
                pve_version,
                ..sim_options
            },
            None => sim_options,
        };
        let sim = Sim::start(sim_options.clone()).await.expect("a simulator");
        let clock = TurnedClock::new();
        let data = (self.kept != Kept::InMemory).then(|| home.path().join("data"));
        let database = match &data {
            Some(_) => Box::pin(TestDatabase::create(self.kept == Kept::OnPostgres)).await,
            None => None,
        };
        let store = open_store(data.as_ref(), database.as_ref(), self.index_from, &clock).await;
        let (identity, secret) = if self.as_its_user {
            let token = sim.identity_token().expect("a user of the world");
            let (id, secret) = token.split_once('=').expect("a token and its secret");
            (id.to_owned(), secret.to_owned())
        } else {
            (sim.token_id(), sim.token_secret().to_owned())
        };
        let new = NewCluster {
            id: Some(CLUSTER.to_owned()),
            url: sim.url(),
            auth: AuthKind::Token,
            identity: identity.clone(),
            secret: secret.into(),
            trust: Trust::Fingerprint(sim.fingerprint().to_owned()),
        };
        app::add_cluster(&store, new, clock.now())
            .await
            .expect("the simulator is connected");
        let address = sim.address();
        let app = open_app(store, &clock, &self.settings, app::Role::Server);
        if self.background {
            app.start_background();
        }
        World {
            app,
            identity,
            clock,
            settings: self.settings,
            background: self.background,
            sim: Some(sim),
            sim_options,
            address,
            held_port: None,
            data,
            database,
            index_from: self.index_from,
            _home: home,
        }
    }
}

/// A cluster and the product that manages it. Ends with the test.
pub struct World {
    pub app: App,
    pub clock: Arc<TurnedClock>,
    pub settings: Settings,
    /// As whom the product acts on the cluster.
    pub identity: String,
    background: bool,
    sim: Option<Sim>,
    sim_options: SimOptions,
    address: SocketAddr,
    /// The port of a cluster that is down.
    held_port: Option<tokio::net::TcpSocket>,
    data: Option<PathBuf>,
    /// Where the rows of a store on disk are, when they are not in its directory.
    database: Option<TestDatabase>,
    index_from: Option<i64>,
    _home: TempDir,
}

impl World {
    /// The usual small cluster ([`Cluster::default`]), tasks that end at once, a store in memory.
    pub async fn new() -> Self {
        Box::pin(Self::builder().build()).await
    }

    pub fn builder() -> WorldBuilder {
        let mut settings = Settings {
            budget: pve::Budget {
                foreground_per_second: 10_000,
                background_per_second: 10_000,
                in_flight_per_node: 64,
                ..pve::Budget::default()
            },
            // Readings of documentation would be among the requests that tests count.
            knowledge_by_itself: false,
            ..Settings::default()
        };
        settings.engine = EngineOptions {
            heartbeat: Duration::from_millis(200),
            foreign_owner_patience: Duration::from_secs(5),
            arrival_grace: Duration::from_millis(400),
            recover_patience: Duration::from_secs(5),
            verify_patience: Duration::from_secs(2),
            ..EngineOptions::default()
        };
        WorldBuilder {
            cluster: Cluster::default().build(),
            version: None,
            time_scale: 0.0,
            kept: Kept::InMemory,
            index_from: None,
            background: true,
            as_its_user: false,
            script: None,
            settings,
        }
    }

    // ---- who speaks -------------------------------------------------------------------------------

    pub fn actor(role: Role, surface: Surface) -> Actor {
        Actor::new(
            format!("{} on {}", role.as_str(), surface.as_str()),
            role,
            surface,
        )
    }

    pub fn call(role: Role, surface: Surface) -> Call {
        Call::new(Self::actor(role, surface))
    }

    /// An admin at the command line.
    pub fn admin() -> Call {
        Self::call(Role::Admin, Surface::Cli)
    }

    /// An operator in the web console.
    pub fn operator() -> Call {
        Self::call(Role::Operator, Surface::Web)
    }

    /// A viewer in the web console.
    pub fn viewer() -> Call {
        Self::call(Role::Viewer, Surface::Web)
    }

    // ---- what they do -----------------------------------------------------------------------------

    pub async fn query(&self, op: &str, input: Value) -> Result<Value> {
        self.app.registry.query(&Self::viewer(), op, input).await
    }

    /// Does what is done at once, as an admin: a person's call on the product's own rows is the consent.
    pub async fn done(&self, op: &str, input: Value) -> Result<Value> {
        match self.app.registry.act(&Self::admin(), op, input).await? {
            Acted::Done(output) => Ok(output),
            Acted::Planned(plan) => panic!("only planned: {}", plan.summary),
        }
    }

    /// Plans one operation, as an admin at the command line.
    pub async fn plan(&self, op: &str, input: Value) -> Result<Plan> {
        self.plan_several(&[(op, input)]).await
    }

    /// Plans several operations as one plan.
    pub async fn plan_several(&self, wishes: &[(&str, Value)]) -> Result<Plan> {
        let wishes = wishes
            .iter()
            .map(|(op, input)| Wish {
                op: (*op).to_owned(),
                input: input.clone(),
            })
            .collect();
        self.app.registry.plan_wishes(&Self::admin(), wishes).await
    }

    /// The right consent to a plan: its digest, and what has to be typed.
    pub fn consent(plan: &Plan, actor: Actor) -> Consent {
        Consent {
            actor,
            digest: plan.digest.clone(),
            confirm: plan.confirm.as_ref().map(|confirm| confirm.text.clone()),
        }
    }

    /// What a rehearsal of a plan foretells, asked for by an operator.
    pub async fn rehearse(&self, plan: &Plan) -> Rehearsed {
        let input = json!({ "plan": plan.id });
        let call = Self::operator();
        let told = self
            .app
            .registry
            .query(&call, "plans.rehearse", input)
            .await;
        serde_json::from_value(told.expect("a rehearsal")).expect("what it foretells")
    }

    /// Approves a plan, as an admin at the command line.
    pub async fn approve(&self, plan: &Plan) -> Result<Run> {
        let consent = Self::consent(plan, Self::admin().actor);
        self.app.registry.approve(&plan.id, consent).await
    }

    /// Plans, approves, and waits for the end.
    pub async fn carry_out(&self, op: &str, input: Value) -> Run {
        let plan = self.plan(op, input).await.expect("a plan");
        let run = self.approve(&plan).await.expect("an approval");
        self.run_to_end(&run.id).await
    }

    /// The events of a run up to its end.
    pub async fn events(&self, run_id: &str) -> Vec<RunEvent> {
        let events = self
            .app
            .registry
            .watch_run(run_id, 0, CancellationToken::new());
        let all = events.map(|event| event.expect("an event")).collect();
        in_time("the end of the run", all).await
    }

    /// Waits until a run has ended.
    pub async fn run_to_end(&self, run_id: &str) -> Run {
        self.until(run_id, |run| run.state.is_final()).await
    }

    /// Waits until a run looks as wished.
    pub async fn until(&self, run_id: &str, wished: impl Fn(&Run) -> bool) -> Run {
        until(&self.app.registry, run_id, wished).await
    }

    /// Everything that was said in a conversation of the operator's, once `words` are part of it.
    pub async fn said_in(&self, thread: &str, words: &str) -> String {
        let (operator, cancel) = (Self::operator().actor, CancellationToken::new());
        let look = async {
            let mut events = self
                .app
                .assistant
                .events(&operator, thread, 0, cancel)
                .await
                .expect("the conversation");
            let mut said = String::new();
            while !said.contains(words) {
                let numbered = events.next().await.expect("the conversation goes on");
                if let Some(piece) = numbered.event.get("delta").and_then(Value::as_str) {
                    said.push_str(piece);
                    said.push('\n');
                }
            }
            said
        };
        in_time("words in a conversation", look).await
    }

    // ---- the cluster ------------------------------------------------------------------------------

    pub fn sim(&self) -> &Sim {
        self.sim.as_ref().expect("the simulator is up")
    }

    /// Somebody else with the rights of root.
    pub fn outside(&self) -> Outside<'_> {
        Outside::of(self.sim())
    }

    /// Whoever uses the product's own token, past the product.
    pub fn ours(&self) -> Outside<'_> {
        Outside::with_token(self.sim())
    }

    /// Adds a fault, as in a file of `sim --faults`.
    pub fn fault(&self, rule: &Value) {
        self.sim()
            .add_fault(FaultRule::from_json(rule).expect("a fault"));
    }

    /// What the product asked the cluster to change: `guest.stop guest/101`.
    pub fn changes(&self) -> Vec<String> {
        self.sim()
            .calls()
            .into_iter()
            .filter(|call| call.user == self.identity)
            .map(|call| format!("{} {}", call.op, call.target))
            .collect()
    }

    /// Waits until `look` sees what it looks for: something that happens in the background.
    pub async fn until_seen<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let looking = async {
            loop {
                if let Some(seen) = look().await {
                    return seen;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        in_time(what, looking).await
    }

    /// Waits until the product has asked for so many changes.
    pub async fn until_changes(&self, count: usize) {
        let look = async {
            while self.changes().len() < count {
                tokio::time::sleep(POLL).await;
            }
        };
        in_time("a change on the cluster", look).await;
    }

    /// Waits until so many requests of the product have failed.
    pub async fn until_failed_requests(&self, count: u64) {
        self.until_figure("failed", count).await;
    }

    /// Waits until the product has made so many requests since it was opened.
    pub async fn until_requests(&self, count: u64) {
        self.until_figure("count", count).await;
    }

    /// Waits until the product has made so many requests, or until the run has ended.
    pub async fn until_requests_or_end(&self, count: u64, run_id: &str) {
        let look = async {
            loop {
                let run = self.app.registry.run(run_id).await.expect("the run");
                if run.state.is_final() || self.figure("count").await >= count {
                    return;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        in_time("requests to the cluster", look).await;
    }

    async fn until_figure(&self, figure: &str, at_least: u64) {
        let look = async {
            while self.figure(figure).await < at_least {
                tokio::time::sleep(POLL).await;
            }
        };
        in_time("requests to the cluster", look).await;
    }

    async fn figure(&self, figure: &str) -> u64 {
        let clusters = self.query("clusters.list", serde_json::json!({})).await;
        let clusters = clusters.expect("the list of clusters");
        let pointer = format!("/clusters/0/requests/{figure}");
        clusters
            .pointer(&pointer)
            .and_then(Value::as_u64)
            .unwrap_or(0)
    }

    /// Switches the cluster off.
    pub async fn cluster_down(&mut self) {
        if let Some(sim) = self.sim.take() {
            sim.stop().await;
            // Bound and not listened on: connections are refused, and no other test gets the port.
            self.held_port = tokio::net::TcpSocket::new_v4().ok().filter(|socket| {
                socket.set_reuseaddr(true).is_ok() && socket.bind(self.address).is_ok()
            });
        }
    }

    /// Another cluster answers at the same address with the same certificate and token: guests moved,
    /// went or came while nobody looked. What was asked of the old one is forgotten.
    pub async fn replace_cluster(&mut self, cluster: Cluster) {
        self.cluster_down().await;
        self.held_port = None;
        self.sim_options.world = cluster.build();
        self.sim_options.listen = self.address;
        self.sim = Some(
            Sim::start(self.sim_options.clone())
                .await
                .expect("a simulator"),
        );
    }

    /// Somebody else answers at the address of the cluster, with a certificate of their own.
    pub async fn replace_by_an_impostor(&mut self) {
        self.cluster_down().await;
        self.held_port = None;
        let options = SimOptions {
            listen: self.address,
            tls: sim::Tls::Generated,
            ..self.sim_options.clone()
        };
        self.sim = Some(Sim::start(options).await.expect("a simulator"));
    }

    // ---- the product's processes ------------------------------------------------------------------

    /// Kills the product: its work stops where it is.
    pub async fn kill(&self) {
        self.app.stop().await;
    }

    /// Opens the product again on the same data directory.
    pub async fn open_again(&mut self) {
        self.app = self.open(app::Role::Server).await;
        if self.background {
            self.app.start_background();
        }
    }

    /// Opens the product once more on the same data directory; nothing works in the background yet.
    pub async fn open(&self, role: app::Role) -> App {
        assert!(
            self.data.is_some(),
            "only a store on disk can be opened twice"
        );
        let store = self.open_store().await;
        open_app(store, &self.clock, &self.settings, role)
    }

    async fn open_store(&self) -> Store {
        let (data, database) = (self.data.as_ref(), self.database.as_ref());
        open_store(data, database, self.index_from, &self.clock).await
    }

    /// Whether the rows of a store on disk are in PostgreSQL.
    pub fn is_on_postgres(&self) -> bool {
        self.database.is_some()
    }

    /// Whether the files of the data directory hold these words in clear.
    pub fn is_on_disk(&self, words: &str) -> bool {
        let data = self.data.as_ref().expect("a store on the disk");
        std::fs::read_dir(data)
            .expect("the data directory")
            .map(|entry| entry.expect("a file").path())
            .filter(|path| path.is_file())
            .any(|path| {
                let bytes = std::fs::read(path).expect("a file that can be read");
                bytes
                    .windows(words.len())
                    .any(|part| part == words.as_bytes())
            })
    }

    /// Edits rows past the product, as somebody with the rights of its user could; how many were hit.
    pub async fn edit_rows(&self, statements: &[&'static str]) -> u64 {
        if let Some(database) = &self.database {
            let mut hit = 0;
            for statement in statements {
                hit += database.edit(statement).await;
            }
            return hit;
        }
        let data = self
            .data
            .as_ref()
            .expect("only a store on disk has rows to edit");
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("proxmox-ai.db"));
        let pool = sqlx::sqlite::SqlitePool::connect_with(options)
            .await
            .expect("the database");
        let mut hit = 0;
        for statement in statements {
            let done = sqlx::query(*statement)
                .execute(&pool)
                .await
                .expect("a statement");
            hit += done.rows_affected();
        }
        pool.close().await;
        hit
    }

    /// A process of the product with a place of its own in the table of processes.
    pub async fn process(&self, process: Arc<Process>, serves: bool) -> Wired {
        assert!(
            self.data.is_some(),
            "only a store on disk can be opened twice"
        );
        let store = self.open_store().await;
        Wired::new(
            store,
            Arc::clone(&self.clock) as Arc<dyn Clock>,
            &self.settings,
            process,
            serves,
        )
    }
}

/// Waits until a run has ended, as some process of the product sees it.
pub async fn run_to_end(registry: &Registry, run_id: &str) -> Run {
    until(registry, run_id, |run| run.state.is_final()).await
}

async fn until(registry: &Registry, run_id: &str, wished: impl Fn(&Run) -> bool) -> Run {
    let look = async {
        let mut events = registry.watch_run(run_id, 0, CancellationToken::new());
        loop {
            let run = registry.run(run_id).await.expect("the run");
            if wished(&run) {
                return run;
            }
            assert!(!run.state.is_final(), "the run ended otherwise: {run:?}");
            match events.next().await {
                Some(event) => drop(event.expect("an event")),
                // It ended between the two looks.
                None => events = registry.watch_run(run_id, 0, CancellationToken::new()),
            }
        }
    };
    in_time("a state of the run", look).await
}

async fn open_store(
    data: Option<&PathBuf>,
    database: Option<&TestDatabase>,
    index_from: Option<i64>,
    clock: &Arc<TurnedClock>,
) -> Store {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    match data {
        Some(data) => {
            let database = database.map(TestDatabase::database).unwrap_or_default();
            let mut options = OpenOptions::new(clock).database(database);
            if let Some(texts) = index_from {
                options = options.index_from(texts);
            }
            Box::pin(Store::open(data, options)).await
        }
        None => Store::in_memory(clock).await,
    }
    .expect("a store")
}

fn open_app(store: Store, clock: &Arc<TurnedClock>, settings: &Settings, role: app::Role) -> App {
    App::over(
        store,
        Arc::clone(clock) as Arc<dyn Clock>,
        settings.clone(),
        role,
    )
    .expect("the product")
}

fn write(file: &std::path::Path, text: &str) {
    std::fs::write(file, text).expect("a file of the test");
}

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    let Ok(done) = tokio::time::timeout(PATIENCE, work).await else {
        panic!("waited {} s for {what}", PATIENCE.as_secs());
    };
    done
}
