//! Which guest, node or storage a path of the API is about.

use pve::ApiPath;

use crate::{guests::GuestRef, inventory::GuestKind};

/// `/nodes/NODE/qemu/VMID…` and `/nodes/NODE/lxc/VMID…`. The name is not in a path; until the guest was
/// looked at its number stands for it.
pub(super) fn guest_of(cluster: &str, path: &ApiPath) -> Option<GuestRef> {
    let segments: Vec<&str> = path.segments().collect();
    let ["nodes", node, kind, vmid, ..] = segments.as_slice() else {
        return None;
    };
    let kind = match *kind {
        "qemu" => GuestKind::Qemu,
        "lxc" => GuestKind::Lxc,
        _ => return None,
    };
    let vmid: u32 = vmid.parse().ok()?;
    let guest = GuestRef {
        cluster: cluster.to_owned(),
        node: (*node).to_owned(),
        kind,
        vmid,
        name: format!("guest {vmid}"),
    };
    // Only names that PVE could mean: anything else is for the cluster to refuse.
    guest.at().is_ok().then_some(guest)
}

/// `/nodes/NODE/storage/STORAGE…`.
pub(super) fn storage_of(path: &ApiPath) -> Option<String> {
    let segments: Vec<&str> = path.segments().collect();
    match segments.as_slice() {
        ["nodes", _, "storage", storage, ..] => Some((*storage).to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(path: &str) -> Option<String> {
        guest_of("main", &path.parse().unwrap()).map(|guest| guest.reference())
    }

    #[test]
    fn a_guest_is_found_in_the_paths_below_it_and_nowhere_else() {
        let found = Some("main/pve1/100".to_owned());
        assert_eq!(guest("/nodes/pve1/qemu/100"), found);
        assert_eq!(guest("nodes/pve1/lxc/100/status/start/"), found);
        for other in [
            "/nodes/pve1/qemu",
            "/nodes/pve1/qemu/abc/config",
            "/nodes/pve1/qemu/1/config",
            "/nodes/bad_node!/qemu/100",
            "/nodes/pve1/storage/100/upload",
            "/cluster/ha/resources/vm:100",
        ] {
            assert_eq!(guest(other), None, "{other}");
        }
    }

    #[test]
    fn a_storage_is_found_below_its_node() {
        let storage = |path: &str| storage_of(&path.parse().unwrap());
        assert_eq!(
            storage("/nodes/pve1/storage/local/upload"),
            Some("local".to_owned())
        );
        assert_eq!(storage("/storage/local"), None);
    }
}
