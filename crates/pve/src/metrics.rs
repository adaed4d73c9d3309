//! Measurements of the whole cluster in one request, and where PVE sends them by itself.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers, loose_words, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::{GuestKind, NodeName, Vmid};
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;

/// What a measurement is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricObject {
    /// A node.
    Node(NodeName),
    /// A guest.
    Guest(GuestKind, Vmid),
    /// A storage as a node sees it.
    Storage(NodeName, String),
    /// Something this crate does not know, as it came.
    Other(String),
}

impl MetricObject {
    fn of_id(id: &str) -> Self {
        let other = || Self::Other(id.to_owned());
        let known = match id.split_once('/') {
            Some(("node", name)) => name.parse().ok().map(Self::Node),
            Some(("storage", rest)) => rest.split_once('/').and_then(|(node, storage)| {
                let node = node.parse().ok()?;
                Some(Self::Storage(node, storage.to_owned()))
            }),
            Some((kind, vmid)) => kind.parse().ok().and_then(|kind| {
                let vmid = vmid.parse().ok()?;
                Some(Self::Guest(kind, vmid))
            }),
            None => None,
        };
        known.unwrap_or_else(other)
    }
}

impl fmt::Display for MetricObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => write!(f, "node/{node}"),
            Self::Guest(kind, vmid) => write!(f, "{kind}/{vmid}"),
            Self::Storage(node, storage) => write!(f, "storage/{node}/{storage}"),
            Self::Other(id) => f.write_str(id),
        }
    }
}

words! {
    /// How values follow each other.
    MetricKind {
        /// Each stands for itself.
        Gauge = "gauge",
        /// Only grows; what happened in between is the difference. Begins anew at zero when the
        /// guest or node starts.
        Derive = "derive",
        /// The same.
        Counter = "counter",
    }
}
loose_words!(MetricKind);

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPoint {
    /// Of what.
    pub object: MetricObject,
    /// What, by PVE's names: `cpu_current`, `mem_used`, `net_in`, `disk_total` …
    pub metric: String,
    /// When, seconds since 1970.
    pub time_s: u64,
    /// How values follow each other.
    pub kind: MetricKind,
    /// The value.
    pub value: f64,
}

impl Row for MetricPoint {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |key: &str| pick(map, &[key]);
        let id: String = Loose::loose(get("id"))?;
        Some(Self {
            object: MetricObject::of_id(&id),
            metric: Loose::loose(get("metric"))?,
            time_s: Loose::loose(get("timestamp"))?,
            kind: Loose::loose(get("type"))?,
            value: Loose::loose(get("value"))?,
        })
    }
}

struct Export(Vec<MetricPoint>);

impl Row for Export {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        Loose::loose(map.get("data")).map(Self)
    }
}

/// Which measurements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricFilter {
    /// Those of the last half hour too, by ten seconds. Otherwise the newest only.
    pub with_history: bool,
    /// Those after this time only, seconds since 1970 (with history).
    pub after_s: Option<u64>,
    /// Of the node that answers only.
    pub local_only: bool,
    /// Of these nodes only (9.1).
    pub nodes: Vec<NodeName>,
}

words! {
    /// What a metric server speaks.
    MetricServerKind {
        /// Graphite.
        Graphite = "graphite",
        /// InfluxDB.
        InfluxDb = "influxdb",
        /// OpenTelemetry (9.x).
        OpenTelemetry = "opentelemetry",
    }
}
loose_words!(MetricServerKind);

answers! {
    /// A server PVE sends measurements to.
    MetricServer {
        /// Its id in PVE.
        id: String = "id",
        /// What it speaks.
        kind: Option<MetricServerKind> = "type",
        /// Its name or address.
        server: Option<String> = "server",
        /// Its port.
        port: Option<u64> = "port",
        /// Switched off?
        disabled: bool = "disable",
    }
}

impl Client {
    /// Measurements of nodes, guests and storages, by the time (PVE: `/cluster/metrics/export`,
    /// 8.3 and later, needs `Sys.Audit` on `/`). Nodes that do not answer are missing without a
    /// sign.
    pub async fn metrics(&self, filter: &MetricFilter) -> Result<Vec<MetricPoint>> {
        let nodes: Vec<&str> = filter.nodes.iter().map(NodeName::as_str).collect();
        let params = Params::new()
            .with_some("history", filter.with_history.then_some(true))
            .with_some("start-time", filter.after_s)
            .with_some("local-only", filter.local_only.then_some(true))
            .with_some("node-list", (!nodes.is_empty()).then(|| nodes.join(",")));
        let path = ApiPath::fixed(&["cluster", "metrics", "export"]);
        let Export(points) = self.one_of(path, params).await?;
        Ok(points)
    }

    /// Servers PVE sends measurements to.
    pub async fn metric_servers(&self) -> Result<Vec<MetricServer>> {
        let path = ApiPath::fixed(&["cluster", "metrics", "server"]);
        self.list_of(path, Params::new()).await
    }

    /// All options of one of them by PVE's names. A token of InfluxDB is not among them.
    pub async fn metric_server(&self, id: &str) -> Result<BTreeMap<String, String>> {
        let path = self.api_path(&["cluster", "metrics", "server", id])?;
        let map: Map<String, Value> = self.get(path, Params::new()).await?;
        let texts = map
            .into_iter()
            .map(|(key, value)| (key, lenient::value_text(&value)));
        Ok(texts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_known_by_their_ids_and_written_the_same() {
        let node: NodeName = "pve1".parse().unwrap();
        let vmid: Vmid = "100".parse().unwrap();
        let cases = [
            ("node/pve1", MetricObject::Node(node.clone())),
            ("qemu/100", MetricObject::Guest(GuestKind::Qemu, vmid)),
            ("lxc/100", MetricObject::Guest(GuestKind::Lxc, vmid)),
            (
                "storage/pve1/data",
                MetricObject::Storage(node, "data".to_owned()),
            ),
            ("sdn/x", MetricObject::Other("sdn/x".to_owned())),
            ("qemu/x", MetricObject::Other("qemu/x".to_owned())),
            ("x", MetricObject::Other("x".to_owned())),
        ];
        for (id, object) in cases {
            assert_eq!(MetricObject::of_id(id), object);
            assert_eq!(object.to_string(), id);
        }
    }
}
