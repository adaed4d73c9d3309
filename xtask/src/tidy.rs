//! The architecture rules that a compiler does not know. Each rule is a pure function over what was
//! read, so that its tests can show a repository that breaks it.

mod edges;
mod evaluation;
mod headers;
mod links;
mod mentions;
mod names;
mod promises;
mod sizes;
mod snapshots;
mod words;

use anyhow::Result;

use crate::finding::Finding;
use crate::workspace::Workspace;

pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Finding>> {
    let files = &workspace.files;
    let members: Vec<_> = workspace.metadata.members().collect();
    let mut findings = edges::check(&members);
    findings.extend(mentions::check(&members, files));
    findings.extend(sizes::check(files));
    findings.extend(headers::check(files));
    findings.extend(names::check(&workspace.paths));
    findings.extend(words::check(files));
    findings.extend(snapshots::check(files));
    findings.extend(promises::check(files));
    findings.extend(links::check(files, &workspace.paths));
    // The evaluation sets lie beside the repository where it is developed, and nowhere else.
    let sets = workspace.root.join("../shared/eval");
    if sets.is_dir() {
        findings.extend(evaluation::check(files, &evaluation::Sets::read(&sets)?));
    }
    Ok(findings)
}
