//! Questions: which query, which input, which form of answer.

use super::{meaning, strings};
use crate::interpret::{Answer, Comparison, Interpretation, Measure};

#[test]
fn questions_choose_query_and_answer() {
    let status = |expected: Option<&str>, about: &[&str]| Answer::Status {
        expected: expected.map(str::to_owned),
        about: strings(about),
    };
    let field = |measure, about: &[&str]| Answer::Field {
        measure,
        about: strings(about),
    };
    let gibibytes = 4.0 * 1024.0 * 1024.0 * 1024.0;
    for (text, op, input, answer) in [
        ("help", "operations.list", "{}", Answer::Help),
        (
            "list all vms",
            "inventory.list",
            r#"{"guests":["kind=qemu template=false"]}"#,
            Answer::List,
        ),
        (
            "how many VMs are running on pve2?",
            "inventory.list",
            r#"{"guests":["kind=qemu status=running node=pve2 template=false"]}"#,
            Answer::Count,
        ),
        (
            "how many containers are there?",
            "inventory.list",
            r#"{"guests":["kind=lxc template=false"]}"#,
            Answer::Count,
        ),
        (
            "how many guests does pve2 have",
            "inventory.list",
            r#"{"guests":["node=pve2 template=false"]}"#,
            Answer::Count,
        ),
        (
            "which containers are stopped?",
            "inventory.list",
            r#"{"guests":["kind=lxc status=stopped template=false"]}"#,
            Answer::List,
        ),
        (
            "what is running on pve1?",
            "inventory.list",
            r#"{"guests":["status=running node=pve1 template=false"]}"#,
            Answer::List,
        ),
        (
            "stopped vms",
            "inventory.list",
            r#"{"guests":["kind=qemu status=stopped template=false"]}"#,
            Answer::List,
        ),
        (
            "show me the web boxes on pve1",
            "inventory.list",
            r#"{"guests":["tag=web node=pve1 template=false"]}"#,
            Answer::List,
        ),
        (
            "are there any stopped vms",
            "inventory.list",
            r#"{"guests":["kind=qemu status=stopped template=false"]}"#,
            Answer::List,
        ),
        (
            "list templates",
            "inventory.list",
            r#"{"guests":["kind=qemu,lxc template=true"]}"#,
            Answer::List,
        ),
        (
            "is web-01 running?",
            "inventory.list",
            r#"{"guests":["web-01"]}"#,
            status(Some("running"), &[]),
        ),
        (
            "are all web boxes running?",
            "inventory.list",
            r#"{"guests":["tag=web template=false"]}"#,
            status(Some("running"), &[]),
        ),
        (
            "what's the status of web 2",
            "inventory.list",
            r#"{"guests":["web-02"]}"#,
            status(None, &[]),
        ),
        (
            "how is web-01 doing?",
            "inventory.list",
            r#"{"guests":["web-01"]}"#,
            status(None, &[]),
        ),
        (
            "show web-01",
            "guests.show",
            r#"{"guest":"web-01"}"#,
            Answer::Show,
        ),
        (
            "tell me about vm 101",
            "guests.show",
            r#"{"guest":"101"}"#,
            Answer::Show,
        ),
        (
            "where is web-01?",
            "inventory.list",
            r#"{"guests":["web-01"]}"#,
            field(Measure::Node, &[]),
        ),
        (
            "which node is web-01 running on?",
            "inventory.list",
            r#"{"guests":["web-01"]}"#,
            field(Measure::Node, &[]),
        ),
        (
            "how much memory does web-01 use?",
            "inventory.list",
            r#"{"guests":["web-01"]}"#,
            field(Measure::MemoryUsed, &[]),
        ),
        (
            "what is the uptime of web-01",
            "inventory.list",
            r#"{"guests":["web-01"]}"#,
            field(Measure::Uptime, &[]),
        ),
        (
            "how long has web-01 been running",
            "inventory.list",
            r#"{"guests":["web-01"]}"#,
            field(Measure::Uptime, &[]),
        ),
        (
            "which vms use more than 4 GB of memory?",
            "inventory.list",
            r#"{"guests":["kind=qemu template=false"]}"#,
            Answer::Which {
                measure: Measure::MemoryUsed,
                comparison: Comparison::Over,
                value: gibibytes,
            },
        ),
        (
            "which vm uses the most memory",
            "inventory.list",
            r#"{"guests":["kind=qemu template=false"]}"#,
            Answer::Extreme {
                measure: Measure::MemoryUsed,
                largest: true,
                count: 1,
            },
        ),
        (
            "list snapshots of web-01",
            "snapshots.list",
            r#"{"guests":["web-01"]}"#,
            Answer::List,
        ),
        (
            "what snapshots does web-01 have?",
            "snapshots.list",
            r#"{"guests":["web-01"]}"#,
            Answer::List,
        ),
        (
            "web-01's snapshots",
            "snapshots.list",
            r#"{"guests":["web-01"]}"#,
            Answer::List,
        ),
        (
            "how many snapshots does web-01 have",
            "snapshots.list",
            r#"{"guests":["web-01"]}"#,
            Answer::Count,
        ),
        ("show all snapshots", "snapshots.list", "{}", Answer::List),
        ("list nodes", "nodes.list", "{}", Answer::List),
        (
            "how many nodes are there",
            "nodes.list",
            "{}",
            Answer::Count,
        ),
        (
            "is pve1 online?",
            "nodes.list",
            "{}",
            status(Some("online"), &["pve1"]),
        ),
        (
            "status of node pve2",
            "nodes.list",
            "{}",
            status(None, &["pve2"]),
        ),
        (
            "which nodes are offline",
            "nodes.list",
            "{}",
            status(Some("offline"), &[]),
        ),
        (
            "list storages on pve1",
            "storages.list",
            r#"{"node":"pve1"}"#,
            Answer::List,
        ),
        (
            "how full is local-lvm?",
            "storages.list",
            "{}",
            field(Measure::Used, &["local-lvm"]),
        ),
        (
            "how much space is left on ceph",
            "storages.list",
            "{}",
            field(Measure::Free, &["ceph"]),
        ),
        ("cluster status", "clusters.list", "{}", status(None, &[])),
        (
            "is the cluster healthy?",
            "clusters.list",
            "{}",
            status(Some("online"), &[]),
        ),
        ("list clusters", "clusters.list", "{}", Answer::List),
        (
            "show the last 5 runs",
            "runs.list",
            r#"{"limit":5}"#,
            Answer::List,
        ),
        ("what happened recently?", "runs.list", "{}", Answer::List),
    ] {
        let Interpretation::Ask(found) = meaning(text) else {
            panic!("{text}: {:?}", meaning(text))
        };
        assert_eq!(
            (found.op, found.input.to_string().as_str(), found.answer),
            (op, input, answer),
            "{text}"
        );
    }
}
