//! Nodes: how they do, what runs on them, their logs, packages, disks, devices and networks.

mod apt;
mod capabilities;
mod certificates;
mod devices;
mod disks;
mod logs;
mod network;
mod pools;
mod power;
mod scan;
mod services;
mod status;
mod system;

pub use apt::{
    AptFile, AptFileError, AptNote, AptPackage, AptRepositories, AptRepository, StandardRepository,
};
pub use capabilities::{CpuModel, MachineType};
pub use certificates::NodeCertificate;
pub use devices::{PciDevice, UsbDevice};
pub use disks::{Disk, DiskFilter, SmartAttribute, SmartReport};
pub use logs::{JournalPage, JournalRange, SyslogFilter};
pub use network::{GuestTraffic, NetworkInterface, NodeNetwork};
pub use pools::{
    DirectoryMount, PhysicalVolume, ThinPool, VolumeGroup, ZfsDevice, ZfsPool, ZfsPoolDetail,
};
pub use power::NodeCommand;
pub use scan::{IscsiTarget, NfsExport};
pub use services::{ServiceAction, ServiceState};
pub use status::{BootInfo, FileSystemUse, KernelInfo, MemoryUse, NodeCpu, NodeStatus};
pub use system::{NodeDns, NodeHosts, NodeTime, Subscription, SubscriptionStatus};
