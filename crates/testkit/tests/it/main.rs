//! The whole product on a simulated cluster: real TLS, real store, real engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on panics, and one that measures prints; clippy knows only functions marked as tests"
)]

mod actions;
mod assistant_turns;
mod audit_trail;
mod bad_input;
mod bulk;
mod cases;
mod chaos;
mod cheating;
mod connecting;
mod crash_points;
mod crash_product;
mod crashes;
mod failures;
mod fault_kinds;
mod fault_rows;
mod fault_story;
mod fault_table;
mod feeds;
mod foretold;
mod guest_refusals;
mod guest_rows;
mod guest_table;
mod ha_managed;
mod knowledge;
mod knowledge_left;
mod knowledge_pdf;
mod knowledge_vectors;
mod knowledge_web;
mod left_out;
mod memory;
mod memory_told;
mod nodes;
mod plans;
mod policy;
mod product_scope;
mod projections;
mod queries;
mod raw_calls;
mod rehearsals;
mod rehearsed_guests;
mod rights;
mod runbooks;
mod said_orders;
mod said_table;
mod schedules;
mod snapshot_care;
mod standing_approvals;
mod storages;
mod troubles;
mod undo;
