//! The whole product on a simulated cluster: real TLS, real store, real engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on panics; clippy knows only functions marked as tests"
)]

mod actions;
mod cheating;
mod crashes;
mod plans;
mod product_scope;
mod queries;
