//! The composition root: store, clusters, slices, engine and assistant, wired into one [`App`].
//!
//! It knows neither HTTP nor the command line; the binary turns configuration into [`Settings`] and serves
//! what stands here.

mod anchor;
mod clusters;
mod demo;
mod direct;
mod health;
mod host;
mod policy_file;
mod rehearsal;
mod settings;

use std::{path::Path, sync::Arc, time::Duration};

use assistant::{Assistant, Parts};
use features::{
    Ctx, Follower,
    inventory::{Inventory, InventoryOptions},
    knowledge::Knowledge,
};
use ops::{
    Code, EngineOptions, Error, EventBus, Gate, Policy, Registry, Result,
    ports::{Clock, SystemClock},
    registry::{LateRegistry, Ports},
    tasks::Tasks,
};
use store::{OpenOptions, SecretKey, Store};

pub use clusters::{NewCluster, Rights, add_cluster, certificate_of};
pub use demo::{Demo, DemoOptions, DemoUser};
pub use direct::Server;
pub use features::{
    call_error,
    pve_call::{UPLOAD_PROGRESS, take_answer},
};
pub use health::ProductHealth;
pub use host::ThisProcess;
pub use settings::Settings;

/// Why a policy file cannot be used, if it cannot; for whoever checks a configuration.
/// It is read as the gate reads it, which also knows the operations that a rule may speak of.
pub async fn policy_mistake(path: &Path) -> Result<Option<String>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let settings = Settings {
        policy_file: Some(path.to_owned()),
        ..Settings::default()
    };
    let store = Store::in_memory(Arc::clone(&clock)).await?;
    let app = App::over(store, clock, settings, Role::Command)?;
    Ok(app.registry.gate().policy().await.broken.clone())
}

/// What the product needs of a node's rights: path, privilege, and what for.
pub use clusters::NEEDED_PRIVILEGES;

/// How long background work may take to end.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// What a process does with the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Collects, carries out runs, takes up what dead processes left.
    Server,
    /// One command; hands its run to a server if there is one.
    Command,
}

/// The product, wired. Surfaces take the registry and the ports out of it.
pub struct App {
    pub registry: Registry,
    pub store: Store,
    pub assistant: Arc<Assistant>,
    pub health: Arc<ProductHealth>,
    pub tasks: Tasks,
    ctx: Arc<Ctx>,
    role: Role,
    /// Whether sources of knowledge are read without anybody asking.
    reads_by_itself: bool,
}

/// Opens the store of a data directory, and nothing else.
pub async fn open_store(data: &Path, settings: &Settings) -> Result<Store> {
    let mut options = OpenOptions::new(Arc::new(SystemClock)).database(settings.database.clone());
    if let Some(key) = &settings.secret_key_file {
        options = options.secret_key(SecretKey::File(key.clone()));
    }
    // Whoever starts the process owns the directory, so unlike a caller of the server they read which
    // one it is and what is wrong with it.
    Store::open(data, options)
        .await
        .map_err(|error| Error::new(Code::StoreUnavailable, error.to_string()))
}

impl App {
    /// Opens the store of a data directory and wires everything. No cluster is asked yet.
    pub async fn open(data: &Path, settings: Settings, role: Role) -> Result<Self> {
        let store = open_store(data, &settings).await?;
        Self::over(store, Arc::new(SystemClock), settings, role)
    }

    /// Wires everything over an open store.
    pub fn over(
        store: Store,
        clock: Arc<dyn Clock>,
        settings: Settings,
        role: Role,
    ) -> Result<Self> {
        let model = settings.model()?;
        let tasks = Tasks::new();
        let bus = EventBus::new();
        let inventory = Inventory::new(
            store.clusters(),
            Arc::clone(&clock),
            bus.clone(),
            InventoryOptions {
                tick: settings.inventory_tick,
                budget: settings.budget,
            },
        );
        let ctx = Arc::new(Ctx {
            inventory,
            secrets: store.secrets(),
            schedules: store.schedules(),
            memory: store.memory(),
            runbooks: store.runbooks(),
            knowledge: Knowledge::new(store.knowledge(), settings.knowledge_refresh.clone())
                .with_embedder(
                    settings.embedder.clone(),
                    settings.embedder_settings.clone(),
                ),
            registry: LateRegistry::default(),
            settings: store.settings(),
            clock: Arc::clone(&clock),
            bus: bus.clone(),
            tasks: tasks.clone(),
            config: settings.shown,
        });
        let ports = Ports {
            ledger: Arc::new(store.clone()),
            anchor: settings
                .audit_anchor
                .as_deref()
                .map(anchor::open)
                .transpose()?,
            clock,
            follower: Arc::new(Follower::new(Arc::clone(&ctx))),
            host: Arc::new(ThisProcess::new()),
            bus,
            tasks: tasks.clone(),
        };
        let options = EngineOptions {
            plan_expiry: settings.plan_expiry,
            per_node: settings.runs_per_node,
            per_storage: settings.runs_per_storage,
            serves: role == Role::Server,
            ..settings.engine
        };
        let gate = match settings.policy_file {
            Some(path) => {
                let file = policy_file::PolicyFile::new(path);
                // A mistake in it is in the log of the start, not only in the first refusal.
                file.read();
                Gate::over(Arc::new(file))
            }
            None => Gate::new(Policy::default()),
        };
        let registry = features::registry(&ctx)
            .rehearsal(Arc::new(rehearsal::Twins::new(
                Arc::clone(&ctx),
                options.per_node,
                options.per_storage,
            )))
            .build(gate, ports, options)?;
        let assistant = Assistant::new(Parts {
            registry: registry.clone(),
            chat: store.chat(),
            model: model.clone(),
            tasks: tasks.clone(),
        });
        let health = Arc::new(ProductHealth::new(store.clone(), registry.clone(), model));
        Ok(Self {
            registry,
            store,
            assistant,
            health,
            tasks,
            ctx,
            role,
            reads_by_itself: settings.knowledge_by_itself,
        })
    }

    /// Starts what works in the background: the collector, the supervisor of runs, verdicts in chats.
    pub fn start_background(&self) {
        self.registry.supervise();
        if self.role == Role::Server {
            features::inventory::collect(&self.ctx);
            features::schedules::watch_the_calendar(&self.ctx);
            if self.reads_by_itself {
                features::knowledge::keep_fresh(&self.ctx);
            }
            self.assistant.report_runs();
        }
    }

    /// One look at the calendar, beside the one that a server takes every few seconds: how many schedules
    /// this process fired.
    pub async fn fire_schedules(&self) -> Result<usize> {
        features::schedules::fire_due(&self.ctx).await
    }

    /// One look at the sources of knowledge, beside the one that a server takes: how many readings began.
    pub async fn refresh_knowledge(&self) -> Result<usize> {
        features::knowledge::refresh_due(&self.ctx).await
    }

    /// Ends background work. Unfinished runs stay in the ledger for the next process.
    pub async fn stop(&self) {
        // Commands live shorter than the supervisor's pauses.
        self.registry.anchor_audit().await;
        if !self.tasks.stop(STOP_PATIENCE).await {
            tracing::warn!("some background work did not end in time");
        }
        self.store.close().await;
    }
}
