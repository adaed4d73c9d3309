//! History that nodes keep in round-robin files: measured points with growing distance.
//!
//! A value that was not measured is missing, and so is the whole row of a time about which nothing
//! is known. Rates are per second. 8.x and 9.x differ in the times (9 keeps more points and a
//! decade) and in fields that only 9 has, which are missing with 8.

use crate::answer::{Row, answers};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RrdTimeframe {
    /// An hour, by the minute.
    Hour,
    /// A day: by half an hour (8.x) or by the minute.
    Day,
    /// A week: by three hours (8.x) or by half an hour.
    Week,
    /// A month: by half a day (8.x) or by half an hour.
    Month,
    /// A year: by the week (8.x) or by six hours.
    Year,
    /// Ten years, by the week (9.x).
    Decade,
}

impl RrdTimeframe {
    /// PVE's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::Decade => "decade",
        }
    }

    /// Does a node with this major version know it? Others refuse it as a wrong parameter.
    #[must_use]
    pub fn is_known_to(self, major_version: u32) -> bool {
        self != Self::Decade || major_version >= 9
    }
}

/// How several measurements become one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RrdConsolidation {
    /// Their mean.
    Average,
    /// The highest.
    Maximum,
}

impl RrdConsolidation {
    /// PVE's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Average => "AVERAGE",
            Self::Maximum => "MAX",
        }
    }
}

answers! {
    /// A node at one time.
    NodePoint {
        /// Seconds since 1970.
        time_s: u64 = "time",
        /// Use of all processors, 0 to 1.
        cpu_fraction: Option<f64> = "cpu",
        /// Part of the time in which processors waited for disks, 0 to 1.
        io_wait_fraction: Option<f64> = "iowait",
        /// Logical processors.
        cpu_count: Option<f64> = "maxcpu",
        /// Mean number of tasks that want to run.
        load_average: Option<f64> = "loadavg",
        /// Memory installed.
        memory_total_bytes: Option<f64> = "memtotal",
        /// Memory in use.
        memory_used_bytes: Option<f64> = "memused",
        /// Memory programs could get (9.x; the first releases of it call it `memfree`).
        memory_available_bytes: Option<f64> = "memavailable" | "memfree",
        /// Memory the cache of ZFS holds (9.x).
        zfs_cache_bytes: Option<f64> = "arcsize",
        /// Swap space.
        swap_total_bytes: Option<f64> = "swaptotal",
        /// Swap space in use.
        swap_used_bytes: Option<f64> = "swapused",
        /// Size of the root file system.
        root_total_bytes: Option<f64> = "roottotal",
        /// In use of it.
        root_used_bytes: Option<f64> = "rootused",
        /// Received.
        net_in_bytes_per_s: Option<f64> = "netin",
        /// Sent.
        net_out_bytes_per_s: Option<f64> = "netout",
        /// Part of the time in which some task waited for a processor, in percent (9.x).
        cpu_pressure_some_percent: Option<f64> = "pressurecpusome",
        /// … for disks (9.x).
        io_pressure_some_percent: Option<f64> = "pressureiosome",
        /// Part of the time in which all tasks waited for disks, in percent (9.x).
        io_pressure_full_percent: Option<f64> = "pressureiofull",
        /// Part of the time in which some task waited for memory, in percent (9.x).
        memory_pressure_some_percent: Option<f64> = "pressurememorysome",
        /// … in which all did (9.x).
        memory_pressure_full_percent: Option<f64> = "pressurememoryfull",
    }
    /// A storage at one time.
    StoragePoint {
        /// Seconds since 1970.
        time_s: u64 = "time",
        /// Its size.
        total_bytes: Option<f64> = "total",
        /// In use.
        used_bytes: Option<f64> = "used",
    }
}

impl Client {
    /// The history of a node, the oldest point first.
    pub async fn node_history(
        &self,
        node: &NodeName,
        timeframe: RrdTimeframe,
        consolidation: RrdConsolidation,
    ) -> Result<Vec<NodePoint>> {
        let path = ApiPath::node(node, &["rrddata"]);
        self.rrd_points(path, timeframe, consolidation).await
    }

    /// The history of a storage on a node. A storage that was never measured there is refused.
    pub async fn storage_history(
        &self,
        node: &NodeName,
        storage: &str,
        timeframe: RrdTimeframe,
        consolidation: RrdConsolidation,
    ) -> Result<Vec<StoragePoint>> {
        let path = self.api_path(&["nodes", node.as_str(), "storage", storage, "rrddata"])?;
        self.rrd_points(path, timeframe, consolidation).await
    }

    /// Points of any kind. Rows without a time are left out.
    pub(crate) async fn rrd_points<T>(
        &self,
        path: ApiPath,
        timeframe: RrdTimeframe,
        consolidation: RrdConsolidation,
    ) -> Result<Vec<T>>
    where
        T: Row + Send + 'static,
    {
        let params = Params::new()
            .with("timeframe", timeframe.as_str())
            .with("cf", consolidation.as_str());
        self.list_of(path, params).await
    }
}
