//! The whole product on a simulated cluster, for tests: [`World`] starts the simulator with TLS, connects
//! it as a person would, and wires the real store, engine and assistant over it. Nothing is faked but
//! the cluster.
//!
//! ```
//! # async fn example() {
//! use testkit::World;
//! let world = World::new().await;
//! let run = world.carry_out("guests.stop", serde_json::json!({ "guests": ["web-01"] })).await;
//! assert_eq!(run.state, ops::RunState::Succeeded);
//! # }
//! ```
#![expect(
    clippy::expect_used,
    reason = "a test kit: what goes wrong here is the end of the test, with its reason"
)]

mod clock;
mod database;
mod outside;
mod process;
mod setup;
mod world;

pub use clock::TurnedClock;
pub use outside::Outside;
pub use process::{Machine, Process, Wired};
pub use setup::{Cluster, Guest};
pub use world::{CLUSTER, PATIENCE, World, WorldBuilder, run_to_end};
