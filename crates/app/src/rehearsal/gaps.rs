//! What the twin lacks, in a few sentences however large the cluster is.

use ops::rehearsal::NotRehearsed;
use sim::NotRead;

/// Gaps of one kind told one by one; more are counted.
const EACH: usize = 5;

/// The gaps of a twin.
pub(super) fn of(cluster: &str, missing: &[NotRead]) -> Vec<NotRehearsed> {
    let mut told: Vec<NotRehearsed> = Vec::new();
    let mut kinds: Vec<(String, Vec<&NotRead>)> = Vec::new();
    for gap in missing {
        let kind = format!("{} {}", kind_of(&gap.path), gap.reason);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, gaps)) => gaps.push(gap),
            None => kinds.push((kind, vec![gap])),
        }
    }
    for (_, gaps) in kinds {
        let more = gaps.len().saturating_sub(EACH);
        for gap in gaps.iter().take(EACH) {
            told.push(NotRehearsed {
                what: words(cluster, &gap.path),
                why: gap.reason.trim().to_owned(),
            });
        }
        if more > 0
            && let Some(gap) = gaps.first()
        {
            told.push(NotRehearsed {
                what: format!("{more} more like it on {cluster}"),
                why: gap.reason.trim().to_owned(),
            });
        }
    }
    told
}

/// The path without its numbers and names: gaps of one kind are counted together.
fn kind_of(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    match path.split('/').nth(1) {
        Some("nodes") => format!("nodes {last}"),
        _ => path.to_owned(),
    }
}

/// A gap in the words of a person; the path where nobody has found some.
fn words(cluster: &str, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["nodes", "*", "*", "*", "config"] => format!("guests of {cluster} outside the plan"),
        ["nodes", "*", "*", vmid] => format!("guest {vmid} of {cluster}"),
        ["nodes", _, "storage", storage, "content"] => {
            format!("what lies in storage {storage} of {cluster}")
        }
        ["nodes", node, "storage", storage, "content", name @ ..] => format!(
            "whether {storage}:{} is there on node {node} of {cluster} (taken to be there)",
            name.join("/")
        ),
        ["nodes", _, "qemu" | "lxc", vmid, "config"] => {
            format!("the configuration of guest {vmid} on {cluster}")
        }
        ["nodes", _, "qemu" | "lxc", vmid, rest @ ..] => {
            format!("{} of guest {vmid} on {cluster}", rest.join(" "))
        }
        ["access", "permissions"] => format!("what we may do on {cluster}"),
        ["cluster", "backup"] => format!("backup jobs of {cluster}"),
        _ => format!("{path} of {cluster}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_said_without_paths() {
        for (path, what) in [
            ("/nodes/*/*/164", "guest 164 of main"),
            (
                "/nodes/pve1/storage/local/content/iso/debian.iso",
                "whether local:iso/debian.iso is there on node pve1 of main (taken to be there)",
            ),
            (
                "/nodes/pve1/qemu/9000/linked clones",
                "linked clones of guest 9000 on main",
            ),
        ] {
            assert_eq!(words("main", path), what);
        }
    }

    #[test]
    fn many_gaps_of_one_kind_are_counted() {
        let missing: Vec<NotRead> = (101..=110)
            .map(|vmid| NotRead {
                path: format!("/nodes/pve1/qemu/{vmid}/snapshot"),
                reason: "left out".to_owned(),
            })
            .collect();
        let told = of("main", &missing);
        assert_eq!(told.len(), EACH + 1);
        assert_eq!(
            told.first().map(|gap| gap.what.as_str()),
            Some("snapshot of guest 101 on main")
        );
        assert_eq!(
            told.last(),
            Some(&NotRehearsed {
                what: "5 more like it on main".to_owned(),
                why: "left out".to_owned(),
            })
        );
    }
}
