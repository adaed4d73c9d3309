//! Groups of users.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

answers! {
    /// A group.
    Group {
        /// Its name.
        name: String = "groupid",
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Users in it.
        users: Vec<String> = "users",
    }
    /// A group, asked for by name.
    GroupMembers {
        /// What somebody wrote about it.
        comment: Option<String> = "comment",
        /// Users in it.
        members: Vec<String> = "members",
    }
}

impl Client {
    /// The groups one may see.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        let path = ApiPath::fixed(&["access", "groups"]);
        self.list_of(path, Params::new()).await
    }

    /// One group.
    pub async fn group(&self, name: &str) -> Result<GroupMembers> {
        let path = self.api_path(&["access", "groups", name])?;
        self.one_of(path, Params::new()).await
    }

    /// Makes a group. Users are put in it by changing them.
    pub async fn create_group(&self, name: &str, comment: Option<&str>) -> Result<()> {
        let params = Params::new()
            .with("groupid", name)
            .with_some("comment", comment);
        let path = ApiPath::fixed(&["access", "groups"]);
        self.tell(Method::Post, path, params).await
    }

    /// Sets the note of a group; nothing takes it away.
    pub async fn update_group(&self, name: &str, comment: Option<&str>) -> Result<()> {
        let path = self.api_path(&["access", "groups", name])?;
        let params = Params::new().with_some("comment", comment);
        self.tell(Method::Put, path, params).await
    }

    /// Removes a group and its access rules.
    pub async fn delete_group(&self, name: &str) -> Result<()> {
        let path = self.api_path(&["access", "groups", name])?;
        self.tell(Method::Delete, path, Params::new()).await
    }
}
