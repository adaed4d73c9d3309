//! How a node does now.

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, answers, pick};
use crate::client::Client;
use crate::cluster::Version;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// The processors.
    NodeCpu {
        /// What they are called.
        model: Option<String> = "model",
        /// Logical processors.
        cpu_count: Option<u64> = "cpus",
        /// Cores of all sockets.
        cores: Option<u64> = "cores",
        /// Sockets.
        sockets: Option<u64> = "sockets",
        /// Their clock now.
        mhz: Option<f64> = "mhz",
        /// Can they run virtual machines?
        virtualization: bool = "hvm",
        /// What they can do, as the kernel names it.
        flags: Vec<String> = "flags",
    }
    /// Memory or swap.
    MemoryUse {
        /// All of it.
        total_bytes: Option<u64> = "total",
        /// In use.
        used_bytes: Option<u64> = "used",
        /// Not used for anything.
        free_bytes: Option<u64> = "free",
        /// What programs could get, caches given back (memory, 9.x).
        available_bytes: Option<u64> = "available",
    }
    /// The root file system.
    FileSystemUse {
        /// All of it.
        total_bytes: Option<u64> = "total",
        /// In use.
        used_bytes: Option<u64> = "used",
        /// Free, the part kept for root included.
        free_bytes: Option<u64> = "free",
        /// Free for everybody.
        available_bytes: Option<u64> = "avail",
    }
    /// The kernel that runs.
    KernelInfo {
        /// `Linux`.
        name: Option<String> = "sysname",
        /// As `6.17.4-1-pve`.
        release: Option<String> = "release",
        /// How it was built.
        version: Option<String> = "version",
        /// As `x86_64`.
        machine: Option<String> = "machine",
    }
    /// How it was booted.
    BootInfo {
        /// `efi` or `legacy-bios`.
        mode: Option<String> = "mode",
        /// With secure boot?
        secure_boot: bool = "secureboot",
    }
}

/// The state of a node, asked from it just now.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeStatus {
    /// Seconds since boot.
    pub uptime_s: Option<u64>,
    /// Use of all processors, 0 to 1.
    pub cpu_fraction: Option<f64>,
    /// Part of the time in which processors waited for disks, 0 to 1.
    pub io_wait_fraction: Option<f64>,
    /// Mean number of tasks that want to run, over 1, 5 and 15 minutes.
    pub load_average: Option<[f64; 3]>,
    /// The processors.
    pub cpu: Option<NodeCpu>,
    /// Memory.
    pub memory: Option<MemoryUse>,
    /// Swap space.
    pub swap: Option<MemoryUse>,
    /// The root file system.
    pub root: Option<FileSystemUse>,
    /// Memory saved by sharing pages between guests.
    pub shared_memory_bytes: Option<u64>,
    /// As `pve-manager/9.1.7/…`.
    pub manager_version: Option<String>,
    /// The kernel that runs.
    pub kernel: Option<KernelInfo>,
    /// How it was booted.
    pub boot: Option<BootInfo>,
}

/// Three numbers, which come as text.
fn load_average(value: Option<&Value>) -> Option<[f64; 3]> {
    let texts = Vec::<String>::loose(value)?;
    let numbers: Vec<f64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    numbers.try_into().ok()
}

impl Row for NodeStatus {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        let get = |key: &str| pick(map, &[key]);
        let shared = get("ksm").and_then(|ksm| ksm.get("shared"));
        Some(Self {
            uptime_s: Loose::loose(get("uptime"))?,
            cpu_fraction: Loose::loose(get("cpu"))?,
            io_wait_fraction: Loose::loose(get("wait"))?,
            load_average: load_average(get("loadavg")),
            cpu: Loose::loose(get("cpuinfo"))?,
            memory: Loose::loose(get("memory"))?,
            swap: Loose::loose(get("swap"))?,
            root: Loose::loose(get("rootfs"))?,
            shared_memory_bytes: Loose::loose(shared)?,
            manager_version: Loose::loose(get("pveversion"))?,
            kernel: Loose::loose(get("current-kernel"))?,
            boot: Loose::loose(get("boot-info"))?,
        })
    }
}

impl Client {
    /// The state of a node now (needs `Sys.Audit` on it).
    pub async fn node_status(&self, node: &NodeName) -> Result<NodeStatus> {
        self.one_of(ApiPath::node(node, &["status"]), Params::new())
            .await
    }

    /// The version of PVE on a node. In a cluster that is being upgraded this is what counts for
    /// calls about the node, not the version of the node that answers.
    pub async fn node_version(&self, node: &NodeName) -> Result<Version> {
        self.get(ApiPath::node(node, &["version"]), Params::new())
            .await
    }
}
