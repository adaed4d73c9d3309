//! A client for the Proxmox VE API: typed calls over any [`Transport`], and every other call by
//! its path.
//!
//! It is written against the behaviour of real servers (8.4 and 9.x), which differs from what one
//! would expect of HTTP: error texts are in the reason phrase, nearly every refusal is status 500,
//! most failures happen after the `200` inside a task, and lists are silently shortened to what the
//! caller may see. It must not know anything about the programs that use it.
//!
//! Start at [`Client`]. Errors say whether a retry is safe: [`Error::class`].

#![warn(missing_docs)]

mod access;
mod act;
mod answer;
mod ask;
mod backoff;
mod backup;
mod board;
mod breaker;
mod budget;
mod bulk;
mod cache;
mod calendar;
mod ceph;
mod client;
mod cluster;
mod cluster_options;
mod config_file;
mod connect;
mod differences;
mod endpoint;
mod error;
mod failover;
mod files;
mod fingerprint;
mod firewall;
mod follow;
mod formats;
mod guests;
mod ha;
mod ha_follow;
mod https;
mod ids;
mod lenient;
mod local;
mod meter;
mod metrics;
mod node;
mod notifications;
mod page;
mod params;
mod path;
mod permissions;
mod pools;
mod progress;
mod property;
mod prune;
mod published;
mod pvesh;
mod refusal;
mod replication;
mod reply;
mod resources;
mod rrd;
mod schema;
mod sdn;
mod second_factor;
mod service;
mod session;
mod sign_in;
mod size;
mod snapshots;
mod socket;
mod ssh;
mod stop;
mod storage;
mod tasks;
mod transport;
mod trust;
mod upid;
mod volume;

pub use access::{
    AclChange, AclEntry, AclHolder, ApiToken, FactorEntry, Group, GroupMembers, NewToken, NewUser,
    Role, RolePrivileges, TokenChange, TokenSecret, User, UserChange, UserDetail, UserFactors,
    can_regenerate_tokens,
};
pub use act::{Acted, CallWords, InvalidCallWord};
pub use backup::{
    BackupCompression, BackupDefaults, BackupJob, BackupMode, BackupOptions, BackupSelection,
    BackupStart, CoveredGuest, CoveredVolume, JobChange, NewBackupJob, NotificationMode,
    PrunePreview, PruneScope, RestoreOptions, RestoreOver, UncoveredGuest,
};
pub use board::{BoardCounters, BoardError, BoardPace, BoardPoller, TaskBoard};
pub use budget::Budget;
pub use bulk::{BulkGuests, ClusterBulkAction, NodeBulkAction};
pub use cache::{
    Cache, CacheClock, CacheCounters, CacheFamily, CacheLimits, CacheSource, Cached,
    cache_freshness,
};
pub use calendar::{CalendarError, CalendarEvent, Field, FieldItem};
pub use ceph::{CephCheck, CephHealth, CephStatus};
pub use client::Client;
pub use cluster::{ClusterInfo, ClusterMember, ClusterStatus, Version};
pub use cluster_options::{ClusterLogEntry, ClusterOptions, ClusterOptionsChange};
pub use config_file::{
    ConfigFile, ConfigProblem, ConfigSection, check_option, config_digest, option_need,
    split_drive_map,
};
pub use connect::{Auth, ConnectOptions, FurtherEndpoint, Retry, SignedIn, Timeouts};
pub use differences::{Differences, Feature};
pub use endpoint::{parse_endpoint, parse_endpoint_of};
pub use error::{BodyProblem, Error, ErrorClass, ErrorKind, Phase, Result};
pub use files::{
    Checksum, ChecksumKind, Downloaded, FileSource, OnProgress, Transferred, UploadContent,
};
pub use fingerprint::Fingerprint;
pub use firewall::{
    FirewallAlias, FirewallOf, FirewallOptions, FirewallReference, FirewallRule, FirewallSet,
    FirewallSetEntry, RuleDirection, SecurityGroup,
};
pub use follow::{TaskEffect, TaskEnd, TaskEvent};
pub use formats::{FormatError, NamedFormat};
pub use guests::{
    AgentFile, AgentFunction, AgentInfo, AgentState, BlockingResource, CloneGuest, CloneMode,
    CloudInitFile, ConfigChange, ConfigView, Console, ConsoleOf, ConsoleTicket, ExecStatus,
    FilePart, FreezeState, GuestAddress, GuestConfig, GuestFeature, GuestFileSystem,
    GuestInterface, GuestOs, GuestSample, GuestState, GuestStatus, InterfaceStatistics, LocalDisk,
    Migration, MigrationMode, MigrationPreconditions, MoveVolume, NewGuest, NewSize, NodeObstacles,
    PendingConfig, PendingValue, Removal, RemoveGuest, SnapshotNames, SpiceSettings, TargetStorage,
    VolumeTarget, ssh_keys_option,
};
pub use ha::{
    HaAffinity, HaDisarmMode, HaGroup, HaGroupChange, HaLrm, HaManagerStatus, HaMove, HaMoveAnswer,
    HaNode, HaRequest, HaResource, HaResourceChange, HaRule, HaRuleKind, HaRuleSpec, HaService,
    HaSid, HaStatus, HaStatusRow,
};
pub use ha_follow::{HaEnd, HaEvent, HaOutcome, HaSeen, HaWish};
pub use https::HttpsTransport;
pub use ids::{GuestAt, GuestKind, InvalidName, NodeName, TokenId, UserId, Vmid};
pub use local::LocalTransport;
pub use meter::{Meter, Purpose, RequestCounters};
pub use metrics::{
    MetricFilter, MetricKind, MetricObject, MetricPoint, MetricServer, MetricServerKind,
};
pub use node::{
    AptFile, AptFileError, AptNote, AptPackage, AptRepositories, AptRepository, BootInfo, CpuModel,
    DirectoryMount, Disk, DiskFilter, FileSystemUse, GuestTraffic, IscsiTarget, JournalPage,
    JournalRange, KernelInfo, MachineType, MemoryUse, NetworkInterface, NfsExport, NodeCertificate,
    NodeCommand, NodeCpu, NodeDns, NodeHosts, NodeNetwork, NodeStatus, NodeTime, PciDevice,
    PhysicalVolume, ServiceAction, ServiceState, SmartAttribute, SmartReport, StandardRepository,
    Subscription, SubscriptionStatus, SyslogFilter, ThinPool, UsbDevice, VolumeGroup, ZfsDevice,
    ZfsPool, ZfsPoolDetail,
};
pub use notifications::{
    EndpointKind, NotificationEndpoint, NotificationMatcher, NotificationTarget,
};
pub use page::{Page, PageAnswer, PageMark};
pub use params::{ParamValue, Params};
pub use path::ApiPath;
pub use permissions::{MissingPrivilege, Permissions};
pub use pools::{Pool, PoolChange, PoolMembers};
pub use progress::{LogProgress, TaskPhase, TaskProgress};
pub use property::{
    AgentOptions, BootOrder, DiskBus, Drive, DriveSlot, DriveSource, Fleecing, IpConfig, Key,
    LxcNet, MountPoint, MountSource, PropertyError, PropertyString, QemuNet, Rule, Shape, Startup,
    mac_address, shape_by_format,
};
pub use prune::{KeepOptions, PruneCandidate, PruneMark, prune_marks};
pub use published::{
    ConflictingSums, NamedChecksum, PublishedChecksum, PublishedError, SumsSearch, checksum_for,
    find_published_checksum, read_checksum_file,
};
pub use pvesh::PveshOptions;
pub use replication::{
    NewReplicationJob, RemoveReplication, ReplicationChange, ReplicationJob, ReplicationStatus,
};
pub use reply::{RawReply, Reply, Wrapping};
pub use resources::{
    GuestResource, NodeResource, NodeState, PoolResource, Resource, StorageResource,
};
pub use rrd::{NodePoint, RrdConsolidation, RrdTimeframe, StoragePoint};
pub use schema::{
    AccessCheck, ApiMethod, Audience, Bound, CallNeeds, CallProblem, CallVerdict, Coverage,
    CoveredMethod, Format, Found, GroupsParameter, Kind, Lack, MethodAccess, Need, Parameter,
    Schema, SchemaError, SectionCoverage, Verdict, fetch_schema,
};
pub use sdn::{SdnItem, SdnState, SdnView, SdnZoneOnNode, SdnZoneStatus};
pub use second_factor::{
    RecoveryKeys, SecondFactor, SecondFactorAnswer, SecondFactorChallenge, SecondFactorSource,
};
pub use service::Service;
pub use sign_in::{PendingSignIn, Realm, SignIn, SignInStep};
pub use size::{format_size, parse_size};
pub use snapshots::{NewSnapshot, Snapshot, SnapshotMemory, Snapshots};
pub use socket::Socket;
pub use ssh::{HostKeyPin, HostKeyTrust, SshOptions, SshSignIn, SshTransport, fetch_host_key};
pub use stop::StopEnd;
pub use storage::{
    Appliance, BackupFile, BackupPath, ContentFilter, Decompression, ImportMetadata, ImportWarning,
    NewVolume, StorageConfig, StorageContent, StorageFilter, StoragePlugin, StorageStatus,
    UrlDownload, UrlMetadata, Verification, VolumeAttributes, VolumeInfo, VolumeRow,
};
pub use tasks::{LogLine, TaskFilter, TaskOutcome, TaskRow, TaskSource, TaskState, TaskStatus};
pub use transport::{EndpointHealth, Method, Request, Transport};
pub use trust::{Trust, check_trust, fetch_fingerprint};
pub use upid::{Upid, UpidParts};
pub use volume::{
    ArchiveFormat, ArchiveName, ArchiveOwner, Compression, VolumeError, VolumeId, VolumeKind,
};

/// The example of the README is compiled, so that it stays true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
