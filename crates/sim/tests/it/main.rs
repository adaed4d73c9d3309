//! The simulator as its callers meet it: over TLS, with a real HTTP client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on panics, and one that measures prints; clippy knows only functions marked as tests"
)]

mod backups;
mod client;
mod consoles;
#[path = "../../src/wire/des.rs"]
mod des;
mod downloads;
mod errors;
mod exports;
mod failing_disk;
mod faults;
mod golden;
mod guests;
mod login;
mod openid;
mod option_rights;
mod real_behaviour;
mod rehearsal;
mod replay;
mod replication;
mod second_factor;
mod sequences;
mod settings;
mod tasks;
mod twin;
mod typed_client;
mod worlds;
mod write_read;
