//! A Proxmox VE cluster in memory that speaks the real API on HTTPS: for demos, for tests, and for
//! rehearsing a plan on a twin of a live cluster.
//!
//! The state is a pure state machine (`cluster`); `api` answers calls on it; `wire` is its HTTP face;
//! `world` makes what it starts from. Same seed, same calls at the same times: same answers.
//!
//! ```no_run
//! # async fn run() -> Result<(), sim::SimError> {
//! let sim = sim::Sim::start(sim::SimOptions::new(sim::World::seeded(3, 60, 1))).await?;
//! assert!(sim.ready_line().starts_with("ready https://127.0.0.1:"));
//! sim.stop().await;
//! # Ok(()) }
//! ```

mod api;
mod calendar;
mod checksum;
mod clock;
mod cluster;
mod error;
mod handle;
mod options;
mod random;
mod schema;
mod version;
mod wire;
mod world;

pub use api::coverage::{CoveredMethod, Simulated};
pub use clock::{Clock, ClockMode};
pub use cluster::calls::Call;
pub use cluster::faults::{Effect, FaultRule, Phase};
pub use cluster::guest::GuestKind;
pub use error::{Result, SimError};
pub use handle::{GuestView, Sim, TaskView};
pub use options::SimOptions;
pub use version::PveVersion;
pub use wire::tls::Tls;
pub use world::{NotRead, TwinDepth, TwinReadings, TwinSource, World};

/// How each method of the API is simulated.
pub fn coverage() -> Vec<CoveredMethod> {
    api::coverage::methods(&api::routes())
}

/// The same as a page in Markdown.
pub fn coverage_page() -> String {
    api::coverage::page(&coverage())
}
