//! PVE's privileges and built-in roles.

use crate::version::PveVersion;

const DATASTORE: &[&str] = &[
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Datastore.AllocateTemplate",
    "Datastore.Audit",
];
const SYSTEM: &[&str] = &[
    "Sys.AccessNetwork",
    "Sys.Audit",
    "Sys.Console",
    "Sys.Incoming",
    "Sys.Modify",
    "Sys.PowerMgmt",
    "Sys.Syslog",
];
const GUEST: &[&str] = &[
    "VM.Allocate",
    "VM.Audit",
    "VM.Backup",
    "VM.Clone",
    "VM.Config.CDROM",
    "VM.Config.CPU",
    "VM.Config.Cloudinit",
    "VM.Config.Disk",
    "VM.Config.HWType",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.Options",
    "VM.Console",
    "VM.Migrate",
    "VM.PowerMgmt",
    "VM.Snapshot",
    "VM.Snapshot.Rollback",
];
const GUEST_NINE: &[&str] = &[
    "VM.GuestAgent.Audit",
    "VM.GuestAgent.FileRead",
    "VM.GuestAgent.FileSystemMgmt",
    "VM.GuestAgent.FileWrite",
    "VM.GuestAgent.Unrestricted",
    "VM.Replicate",
];
const GUEST_EIGHT: &[&str] = &["VM.Monitor"];
const OTHER: &[&str] = &[
    "Group.Allocate",
    "Mapping.Audit",
    "Mapping.Modify",
    "Mapping.Use",
    "Permissions.Modify",
    "Pool.Allocate",
    "Pool.Audit",
    "Realm.Allocate",
    "Realm.AllocateUser",
    "SDN.Allocate",
    "SDN.Audit",
    "SDN.Use",
    "User.Modify",
];

/// All privileges of a release, sorted.
pub(crate) fn all(version: PveVersion) -> Vec<&'static str> {
    let release = if version.is_nine() {
        GUEST_NINE
    } else {
        GUEST_EIGHT
    };
    let mut all: Vec<_> = [DATASTORE, SYSTEM, GUEST, release, OTHER].concat();
    all.sort_unstable();
    all
}

/// Privileges of any release.
pub(crate) fn every() -> Vec<&'static str> {
    [DATASTORE, SYSTEM, GUEST, GUEST_NINE, GUEST_EIGHT, OTHER].concat()
}

/// Names of the built-in roles.
pub(crate) const BUILT_IN: &[&str] = &[
    "Administrator",
    "NoAccess",
    "PVEAdmin",
    "PVEAuditor",
    "PVEDatastoreAdmin",
    "PVEDatastoreUser",
    "PVEMappingAdmin",
    "PVEMappingUser",
    "PVEPoolAdmin",
    "PVEPoolUser",
    "PVESDNAdmin",
    "PVESDNUser",
    "PVESysAdmin",
    "PVETemplateUser",
    "PVEUserAdmin",
    "PVEVMAdmin",
    "PVEVMUser",
];

/// The privileges of a built-in role, sorted; `None` for an unknown role.
pub(crate) fn of_role(role: &str, version: PveVersion) -> Option<Vec<&'static str>> {
    let all = all(version);
    let starting = |start: &str| {
        all.iter()
            .copied()
            .filter(|privilege| privilege.starts_with(start))
            .collect::<Vec<_>>()
    };
    let only = |wanted: &[&str]| {
        all.iter()
            .copied()
            .filter(|privilege| wanted.contains(privilege))
            .collect::<Vec<_>>()
    };
    Some(match role {
        "Administrator" => all.clone(),
        "NoAccess" => Vec::new(),
        "PVEAdmin" => all
            .iter()
            .copied()
            .filter(|privilege| {
                !matches!(
                    *privilege,
                    "Permissions.Modify"
                        | "Mapping.Modify"
                        | "Realm.Allocate"
                        | "Sys.AccessNetwork"
                        | "Sys.Incoming"
                        | "Sys.Modify"
                        | "Sys.PowerMgmt"
                )
            })
            .collect(),
        "PVEAuditor" => only(&[
            "Datastore.Audit",
            "Mapping.Audit",
            "Pool.Audit",
            "SDN.Audit",
            "Sys.Audit",
            "VM.Audit",
            "VM.GuestAgent.Audit",
        ]),
        "PVEDatastoreAdmin" => DATASTORE.to_vec(),
        "PVEDatastoreUser" => vec!["Datastore.AllocateSpace", "Datastore.Audit"],
        "PVEMappingAdmin" => starting("Mapping."),
        "PVEMappingUser" => vec!["Mapping.Audit", "Mapping.Use"],
        "PVEPoolAdmin" => starting("Pool."),
        "PVEPoolUser" => vec!["Pool.Audit"],
        "PVESDNAdmin" => starting("SDN."),
        "PVESDNUser" => vec!["SDN.Audit", "SDN.Use"],
        "PVESysAdmin" => vec!["Sys.Audit", "Sys.Console", "Sys.Syslog"],
        "PVETemplateUser" => vec!["VM.Audit", "VM.Clone"],
        "PVEUserAdmin" => vec!["Group.Allocate", "Realm.AllocateUser", "User.Modify"],
        "PVEVMAdmin" => starting("VM."),
        "PVEVMUser" => only(&[
            "VM.Audit",
            "VM.Backup",
            "VM.Config.CDROM",
            "VM.Config.Cloudinit",
            "VM.Console",
            "VM.GuestAgent.Audit",
            "VM.GuestAgent.FileRead",
            "VM.GuestAgent.FileSystemMgmt",
            "VM.GuestAgent.FileWrite",
            "VM.PowerMgmt",
        ]),
        _ => return None,
    })
}
