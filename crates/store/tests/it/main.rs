//! The store from outside: through its ports, on real files, and with two handles on one directory.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in the support of tests a failure is a failed test"
)]

mod accounts;
mod backup;
mod chat;
mod clusters;
mod consents;
mod engines;
mod events;
mod full_disk;
mod knowledge;
mod locks;
mod memory;
mod opening;
mod owners;
mod plans;
mod postgres;
mod runs;
mod secrets;
mod support;
