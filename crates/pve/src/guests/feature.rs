//! What the volumes of a guest allow.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::GuestAt;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// Whether something is possible with the volumes of a guest.
    GuestFeature {
        /// It is.
        available: bool = "hasFeature",
        /// The nodes that can do it, as they came (virtual machines only).
        nodes: Vec<String> = "nodes",
    }
}

impl Client {
    /// Whether the volumes of a guest, or of a snapshot of it, allow `snapshot`, `clone` (linked)
    /// or `copy` (full), and on which nodes (PVE: `…/feature`).
    pub async fn guest_feature_of(
        &self,
        guest: &GuestAt,
        feature: &str,
        snapshot: Option<&str>,
    ) -> Result<GuestFeature> {
        let path = ApiPath::guest(guest, &["feature"]);
        let params = Params::new()
            .with("feature", feature)
            .with_some("snapname", snapshot);
        self.one_of(path, params).await
    }
}
