//! Packages of a node and where they come from. PVE has no call that installs any.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;
use crate::upid::Upid;

answers! {
    /// A package.
    AptPackage {
        /// Its name.
        package: String = "Package",
        /// A line about it.
        title: Option<String> = "Title",
        /// More about it.
        description: Option<String> = "Description",
        /// The newest version there is.
        version: Option<String> = "Version",
        /// The version that is installed.
        old_version: Option<String> = "OldVersion",
        /// Whose it is, as `Debian` or `Proxmox`.
        origin: Option<String> = "Origin",
        /// As `admin`.
        section: Option<String> = "Section",
        /// As `optional`.
        priority: Option<String> = "Priority",
        /// As `amd64`.
        architecture: Option<String> = "Arch",
        /// `Installed`, `NotInstalled` … (versions only).
        state: Option<String> = "CurrentState",
        /// The kernel that runs (versions only, of the kernel's package).
        running_kernel: Option<String> = "RunningKernel",
        /// The version people were last told of (updates only).
        notified: Option<String> = "NotifyStatus",
    }
    /// A repository in a file.
    AptRepository {
        /// Is it used?
        enabled: bool = "Enabled",
        /// `deb`, `deb-src`.
        types: Vec<String> = "Types",
        /// Where it is.
        uris: Vec<String> = "URIs",
        /// As `trixie`.
        suites: Vec<String> = "Suites",
        /// As `main`.
        components: Vec<String> = "Components",
        /// What somebody wrote about it.
        comment: Option<String> = "Comment",
    }
    /// A file of repositories.
    AptFile {
        /// Where it is.
        path: String = "path",
        /// `list` or `sources`.
        file_type: Option<String> = "file-type",
        /// What it holds.
        repositories: Vec<AptRepository> = "repositories",
    }
    /// A file that cannot be read.
    AptFileError {
        /// Where it is.
        path: String = "path",
        /// Why not.
        error: Option<String> = "error",
    }
    /// Something PVE says about a repository.
    AptNote {
        /// The file.
        path: String = "path",
        /// The repository in it, counted from 0.
        index: Option<u64> = "index",
        /// `origin`, `warning`, `ignore-pre-upgrade-warning` …
        kind: Option<String> = "kind",
        /// The key it is about.
        property: Option<String> = "property",
        /// What.
        message: Option<String> = "message",
    }
    /// One of the repositories of PVE itself.
    StandardRepository {
        /// As `no-subscription`.
        handle: String = "handle",
        /// For people.
        name: Option<String> = "name",
        /// For people.
        description: Option<String> = "description",
        /// Set up and used, or set up and not; nothing: not set up.
        enabled: Option<bool> = "status",
    }
    /// Where the packages of a node come from.
    AptRepositories {
        /// Files of repositories.
        files: Vec<AptFile> = "files",
        /// Files that cannot be read.
        errors: Vec<AptFileError> = "errors",
        /// What PVE says about them.
        notes: Vec<AptNote> = "infos",
        /// The repositories of PVE itself.
        standard: Vec<StandardRepository> = "standard-repos",
        /// Hash of all files.
        digest: Option<String> = "digest",
    }
}

impl Client {
    /// Updates that were known when the lists were last fetched (needs `Sys.Modify` on the node).
    pub async fn apt_updates(&self, node: &NodeName) -> Result<Vec<AptPackage>> {
        let path = ApiPath::node(node, &["apt", "update"]);
        self.list_of(path, Params::new()).await
    }

    /// Fetches the lists of packages anew. With `notify`, people are told of new updates.
    pub async fn refresh_apt_updates(&self, node: &NodeName, notify: bool) -> Result<Upid> {
        let path = ApiPath::node(node, &["apt", "update"]);
        let params = Params::new().with_some("notify", notify.then_some(true));
        self.begin(Method::Post, path, params).await
    }

    /// Versions of the packages PVE consists of.
    pub async fn apt_versions(&self, node: &NodeName) -> Result<Vec<AptPackage>> {
        let path = ApiPath::node(node, &["apt", "versions"]);
        self.list_of(path, Params::new()).await
    }

    /// What changed in a package, in the words of those who make it. The node fetches it.
    pub async fn apt_changelog(
        &self,
        node: &NodeName,
        package: &str,
        version: Option<&str>,
    ) -> Result<String> {
        let params = Params::new()
            .with("name", package)
            .with_some("version", version);
        self.get(ApiPath::node(node, &["apt", "changelog"]), params)
            .await
    }

    /// Where the packages of a node come from.
    pub async fn apt_repositories(&self, node: &NodeName) -> Result<AptRepositories> {
        let path = ApiPath::node(node, &["apt", "repositories"]);
        self.one_of(path, Params::new()).await
    }
}
