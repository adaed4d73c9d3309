//! The program as a person at a terminal meets it: arguments, files, what it prints and how it ends.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in the support of tests a failure is a failed test"
)]

mod audit;
mod memory;
mod own_data;
mod program;
mod store;
