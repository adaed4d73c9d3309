//! The simulated API: one file per group of endpoints, one table of all routes.
#![expect(
    clippy::unnecessary_wraps,
    reason = "all handlers have the one type that the route table holds, those that never refuse too"
)]

mod access;
mod agent;
pub(crate) mod check;
mod cluster;
mod config;
mod ha;
mod index;
mod list;
mod nodes;
mod pools;
mod power;
mod resources;
pub(crate) mod route;
mod snapshots;
mod status;
mod storage;
mod tasks;

use route::Route;

/// Every simulated method.
pub(crate) fn routes() -> Vec<Route> {
    [
        index::routes(),
        access::routes(),
        cluster::routes(),
        resources::routes(),
        nodes::routes(),
        list::routes(),
        status::routes(),
        power::routes(),
        config::routes(),
        snapshots::routes(),
        agent::routes(),
        tasks::routes(),
        storage::routes(),
        pools::routes(),
        ha::routes(),
    ]
    .concat()
}

/// An instant in UTC, in a `strftime` spelling.
pub(crate) fn time_text(at_ms: i64, spelling: &str) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime(spelling)
        .to_string()
}
