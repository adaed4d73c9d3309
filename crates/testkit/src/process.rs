//! More than one process of the product on one data directory.
//!
//! Inside one test all are one process of the operating system; what tells them apart is their [`Host`].

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use app::Settings;
use features::{
    Ctx, Follower,
    inventory::{Inventory, InventoryOptions},
};
use ops::{
    EngineOptions, EventBus, Gate, Policy, Registry,
    ports::{Clock, Host},
    registry::{LateRegistry, Ports},
    run::Owner,
    tasks::Tasks,
};
use store::Store;

/// A machine with a table of processes.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    alive: Arc<Mutex<BTreeSet<u32>>>,
    /// No number is given twice: a dead process stays dead.
    begun: Arc<AtomicU32>,
}

impl Machine {
    pub fn new() -> Self {
        Self::default()
    }

    /// A further process.
    pub fn process(&self) -> Arc<Process> {
        let pid = 1001 + self.begun.fetch_add(1, Ordering::Relaxed);
        let mut alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        alive.insert(pid);
        drop(alive);
        let owner = Owner {
            host: "node".to_owned(),
            boot_id: "boot".to_owned(),
            pid,
            started: 1,
        };
        Arc::new(Process {
            machine: self.clone(),
            owner,
        })
    }
}

/// One process of a [`Machine`].
#[derive(Debug)]
pub struct Process {
    machine: Machine,
    owner: Owner,
}

impl Process {
    /// It is gone from the table of processes.
    pub fn die(&self) {
        self.machine
            .alive
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.owner.pid);
    }
}

impl Host for Process {
    fn owner(&self) -> Owner {
        self.owner.clone()
    }

    fn is_alive(&self, owner: &Owner) -> bool {
        self.machine
            .alive
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&owner.pid)
    }
}

/// Registry and engine of one process, wired as `app` does, with a [`Host`] of the test's choice.
pub struct Wired {
    pub registry: Registry,
    pub store: Store,
    pub process: Arc<Process>,
    tasks: Tasks,
}

impl Wired {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        settings: &Settings,
        process: Arc<Process>,
        serves: bool,
    ) -> Self {
        let (tasks, bus) = (Tasks::new(), EventBus::new());
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
            knowledge: features::knowledge::Knowledge::new(
                store.knowledge(),
                settings.knowledge_refresh.clone(),
            )
            .with_embedder(
                settings.embedder.clone(),
                settings.embedder_settings.clone(),
            ),
            registry: LateRegistry::default(),
            settings: store.settings(),
            clock: Arc::clone(&clock),
            bus: bus.clone(),
            tasks: tasks.clone(),
            config: settings.shown.clone(),
        });
        let ports = Ports {
            anchor: None,
            ledger: Arc::new(store.clone()),
            clock,
            follower: Arc::new(Follower::new(Arc::clone(&ctx))),
            host: Arc::clone(&process) as Arc<dyn Host>,
            bus,
            tasks: tasks.clone(),
        };
        let options = EngineOptions {
            plan_expiry: settings.plan_expiry,
            per_node: settings.runs_per_node,
            per_storage: settings.runs_per_storage,
            serves,
            ..settings.engine.clone()
        };
        let registry = features::registry(&ctx)
            .build(Gate::new(Policy::default()), ports, options)
            .expect("the operations of the product");
        Self {
            registry,
            store,
            process,
            tasks,
        }
    }

    /// Kills the process: its work stops where it is, and the machine does not know it any more.
    pub async fn kill(&self) {
        self.tasks.stop(Duration::from_secs(5)).await;
        self.store.close().await;
        self.process.die();
    }
}
