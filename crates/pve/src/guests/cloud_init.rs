//! Cloud-init of virtual machines: what the guest will be told.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::client::Client;
use crate::error::Result;
use crate::guests::PendingValue;
use crate::ids::{GuestAt, GuestKind};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::Method;

/// As JavaScript's `encodeURIComponent` does it, which PVE's pages use.
const KEYS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A file of the cloud-init drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloudInitFile {
    /// Users, keys, packages.
    User,
    /// Addresses.
    Network,
    /// The identity of the instance.
    Meta,
}

/// The value of the option `sshkeys` for keys, one a line: PVE stores it escaped, so it is escaped
/// here once and by the request once more.
///
/// ```
/// assert_eq!(pve::ssh_keys_option("ssh-ed25519 AA+/ me"), "ssh-ed25519%20AA%2B%2F%20me");
/// ```
pub fn ssh_keys_option(keys: &str) -> String {
    utf8_percent_encode(keys.trim(), KEYS).to_string()
}

impl Client {
    /// The text of a file the guest will be told (PVE: `cloudinit/dump`). The one of users holds
    /// the hash of a password: it is a secret.
    pub async fn cloud_init_file(&self, guest: &GuestAt, file: CloudInitFile) -> Result<String> {
        let path = self.cloud_init_path(guest, Method::Get, &["cloudinit", "dump"])?;
        let kind = match file {
            CloudInitFile::User => "user",
            CloudInitFile::Network => "network",
            CloudInitFile::Meta => "meta",
        };
        self.get(path, Params::new().with("type", kind)).await
    }

    /// The options and what of them is not yet on the drive (PVE: GET `…/cloudinit`). Passwords
    /// come masked.
    pub async fn cloud_init_pending(&self, guest: &GuestAt) -> Result<Vec<PendingValue>> {
        let path = self.cloud_init_path(guest, Method::Get, &["cloudinit"])?;
        self.list_of(path, Params::new()).await
    }

    /// Writes the drive anew (PVE: PUT `…/cloudinit`). The guest reads it at its next start.
    pub async fn regenerate_cloud_init(&self, guest: &GuestAt) -> Result<()> {
        let path = self.cloud_init_path(guest, Method::Put, &["cloudinit"])?;
        self.tell(Method::Put, path, Params::new()).await
    }

    fn cloud_init_path(
        &self,
        guest: &GuestAt,
        method: Method,
        rest: &[&'static str],
    ) -> Result<ApiPath> {
        if guest.kind == GuestKind::Lxc {
            let text = "containers have no cloud-init";
            return Err(self.invalid_for(guest, method, rest, text));
        }
        Ok(ApiPath::guest(guest, rest))
    }
}
