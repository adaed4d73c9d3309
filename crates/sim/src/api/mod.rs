//! The simulated API: one file per group of endpoints, one table of all routes.
#![expect(
    clippy::unnecessary_wraps,
    reason = "all handlers have the one type that the route table holds, those that never refuse too"
)]

mod access;
mod acme;
mod agent;
mod api_tokens;
mod apt;
mod backup_jobs;
pub(crate) mod backup_options;
mod bulk;
mod capabilities;
mod ceph;
mod certificates;
mod clone;
mod cluster;
mod cluster_config;
mod config;
mod console;
mod content;
pub(crate) mod coverage;
mod create;
pub(crate) mod describe;
mod destroy;
mod disk_work;
mod disks;
mod download;
mod drives;
mod file_restore;
mod firewall;
mod firewall_sets;
mod groups;
mod ha;
mod ha_arm;
mod ha_groups;
mod ha_rules;
mod hardware;
mod index;
mod inside;
mod inside_guest;
mod journal;
mod list;
mod mapping;
mod metrics;
pub(crate) mod migrate;
mod network;
pub(crate) mod node_disks;
mod node_facts;
mod node_files;
mod node_power;
mod nodes;
mod notifications;
mod option_rights;
mod options;
mod pools;
mod power;
mod prune;
mod realms;
mod remote_migrate;
mod replication;
mod resources;
mod restore;
pub(crate) mod route;
mod rrd;
mod scan;
mod sdn;
mod sdn_fabrics;
mod sections;
mod send_key;
mod snapshots;
mod status;
pub(crate) mod storage;
pub(crate) mod table;
mod tasks;
mod template;
mod two_factor;
mod upload;
mod users;
pub(crate) mod vzdump;

use crate::schema::table::Tables;
use route::Route;

/// Every simulated method.
pub(crate) fn routes() -> Vec<Route> {
    let tables = Tables::read();
    let all = [
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
        scan::routes(),
        pools::routes(),
        ha::routes(),
        create::routes(),
        destroy::routes(),
        clone::routes(),
        disks::routes(),
        template::routes(),
        content::routes(),
        upload::routes(),
        prune::routes(),
        vzdump::routes(),
        users::routes(),
        api_tokens::routes(),
        groups::routes(),
        backup_options::routes(),
        file_restore::routes(),
        firewall::routes(),
        inside::routes(),
        node_facts::routes(),
        rrd::routes(),
        two_factor::routes(),
        ha_arm::routes(),
        ha_groups::routes(),
        ha_rules::routes(),
        backup_jobs::routes(),
        bulk::routes(),
        migrate::routes(),
        console::routes(),
        acme::routes(),
        apt::routes(),
        download::routes(),
        capabilities::routes(),
        ceph::routes(),
        certificates::routes(),
        cluster_config::routes(),
        disk_work::routes(),
        firewall_sets::routes(),
        hardware::routes(),
        journal::routes(),
        mapping::routes(),
        metrics::routes(),
        network::routes(),
        node_disks::routes(),
        node_files::routes(),
        node_power::routes(),
        notifications::routes(),
        realms::routes(),
        replication::routes(),
        sdn::routes(),
        sdn_fabrics::routes(),
        remote_migrate::routes(),
        send_key::routes(),
    ]
    .concat();
    all.into_iter()
        .map(|route| route.declared_in(&tables))
        .collect()
}

/// An instant in UTC, in a `strftime` spelling.
pub(crate) fn time_text(at_ms: i64, spelling: &str) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime(spelling)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use route::Verb;

    /// Logins, tickets and looks are no changes.
    const NO_CHANGES: &[&str] = &[
        "/access/openid/auth-url",
        "/access/openid/login",
        "/access/ticket",
        "/access/vncticket",
        // What it carries out has names of its own.
        "/nodes/{node}/execute",
        "/nodes/{node}/qemu/{vmid}/agent/fsfreeze-status",
        "/nodes/{node}/qemu/{vmid}/agent/ping",
        "/nodes/{node}/qemu/{vmid}/monitor",
        "/nodes/{node}/{kind}/{vmid}/vncproxy",
    ];

    #[test]
    fn every_changing_method_has_a_name_in_the_record_and_no_reading_one_has() {
        for route in routes() {
            // What always refuses changes nothing either.
            let changes = route.verb != Verb::Get
                && route.how == coverage::Simulated::State
                && !NO_CHANGES.contains(&route.template);
            assert_eq!(
                route.operation.is_some(),
                changes,
                "{} {}",
                route.verb.as_str(),
                route.template
            );
        }
    }
}
