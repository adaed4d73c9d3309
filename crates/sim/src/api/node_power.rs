//! Nodes that are shut down or restarted: their guests are stopped first, and those that shall start with
//! the node come back with it.

use super::route::{Answer, Request, Route};
use crate::cluster::guest::Guest;
use crate::cluster::refusal::Refusal;
use crate::cluster::work::{Job, Takes, TaskContext, Work};
use crate::cluster::{Cluster, NewTask};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/nodes/{node}/status", command)
            .checked("/nodes/{node}", &["Sys.PowerMgmt"])
            .records_by(|request| {
                let name = if request.text("command").as_deref() == Some("reboot") {
                    "node.reboot"
                } else {
                    "node.shutdown"
                };
                (name, format!("node/{}", request.node()))
            }),
    ]
}

fn command(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let comes_back = request.text("command").as_deref() == Some("reboot");
    // The node's own service stops the guests, as root.
    cluster.start_task(NewTask {
        node: request.node(),
        kind: "stopall",
        id: "",
        user: crate::cluster::access::ROOT,
        work: Work::job(GoDown { comes_back }),
        spoil: request.spoil.clone(),
    });
    Ok(Answer::null())
}

/// Stops the guests of a node, then the node.
#[derive(Debug)]
struct GoDown {
    comes_back: bool,
}

impl Job for GoDown {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let running: Vec<String> = cluster
            .guests
            .values()
            .filter(|guest| guest.node == task.node && guest.run.is_running())
            .map(|guest| {
                let what = guest.kind.noun();
                format!("Stopping {what} {} (timeout = 180 seconds)", guest.vmid)
            })
            .collect();
        let seconds = 3.0 + running.len() as f64 * 2.0;
        for line in running {
            cluster.tasks.say(task.number, line);
        }
        Ok(Takes::ms(seconds * 1000.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let of_node = |cluster: &Cluster, wanted: fn(&Guest) -> bool| -> Vec<u32> {
            let guests = cluster.guests.values();
            let wanted = guests.filter(|guest| guest.node == task.node && wanted(guest));
            wanted.map(|guest| guest.vmid).collect()
        };
        for vmid in of_node(cluster, |guest| guest.run.is_running()) {
            cluster.power_off(vmid);
        }
        if !self.comes_back {
            cluster.take_node_offline(&task.node, task.at_ms);
            return Ok(());
        }
        if let Some(node) = cluster.node_mut(&task.node) {
            node.runs.add(node.boot_ms, task.at_ms);
            node.boot_ms = task.at_ms;
        }
        for vmid in of_node(cluster, |guest| guest.is_flag_set("onboot")) {
            cluster.power_on(vmid, task.at_ms);
        }
        Ok(())
    }
}
