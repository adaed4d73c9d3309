//! The crate against real sockets: what a server may send, and what it may fail to send.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests; clippy exempts the test functions only, not what they share"
)]

mod actions;
mod answers;
mod clock;
mod embedding;
mod independent_server;
#[cfg(feature = "minilm")]
mod minilm;
mod probing;
mod recordings;
mod refusals;
mod scripted;
mod server;
mod waiting;
