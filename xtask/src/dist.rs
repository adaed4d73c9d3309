//! What is shipped: the binary of the profile `dist` with the licences, packed, with checksums.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::finding::Finding;
use crate::program;
use crate::workspace::Workspace;

/// The largest binary that may be shipped, after stripping.
const MOST_BYTES: u64 = 45 * 1024 * 1024;

const PACKED: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "SECURITY.md",
];

/// Builds and packs; says so when the binary is larger than it may be.
pub(crate) fn build(workspace: &Workspace) -> Result<Vec<Finding>> {
    let root = &workspace.root;
    let words = ["build", "--profile", "dist", "--package", "proxmox-ai"];
    program::run(program::cargo(root, &words))?;

    let target = &workspace.metadata.target_directory;
    let binary = target.join("dist/proxmox-ai");
    let version = workspace
        .metadata
        .members()
        .find(|package| package.name == "proxmox-ai")
        .map(|package| package.version.clone())
        .context("the workspace has no crate `proxmox-ai`")?;
    let name = format!(
        "proxmox-ai-{version}-{}-{}",
        std::env::consts::ARCH,
        std::env::consts::OS
    );
    let packages = target.join("packages");
    let folder = packages.join(&name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    copy(&binary, &folder.join("proxmox-ai"))?;
    for file in PACKED {
        copy(&root.join(file), &folder.join(file))?;
    }
    let archive = format!("{name}.tar.gz");
    let mut tar = program::command("tar", &packages);
    // Fixed owner and order: the same sources give the same archive.
    tar.args([
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "-czf",
        &archive,
        &name,
    ]);
    program::run(tar)?;
    let mut checksum = program::command("sha256sum", &packages);
    checksum.arg(&archive);
    std::fs::write(
        packages.join(format!("{archive}.sha256")),
        program::output(checksum)?,
    )
    .context("cannot write the checksum")?;

    let bytes = std::fs::metadata(&binary)
        .context("cannot measure the binary")?
        .len();
    crate::say(&format!("packed {}", packages.join(&archive).display()));
    crate::say(&format!(
        "the binary has {:.1} MiB",
        bytes as f64 / 1_048_576.0
    ));
    Ok(too_large(bytes).into_iter().collect())
}

fn too_large(bytes: u64) -> Option<Finding> {
    (bytes > MOST_BYTES).then(|| {
        Finding::failure(
            "binary size",
            "proxmox-ai",
            format!("{bytes} bytes, at most {MOST_BYTES} may be shipped"),
        )
    })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_beyond_the_limit_fails() {
        assert_eq!(too_large(MOST_BYTES), None);
        assert_eq!(
            too_large(MOST_BYTES + 1).map(|finding| finding.text),
            Some("47185921 bytes, at most 47185920 may be shipped".to_owned())
        );
    }
}
