//! Second factors of users. Their secrets are never shown.

use crate::answer::answers;
use crate::client::Client;
use crate::error::Result;
use crate::ids::UserId;
use crate::params::Params;
use crate::path::ApiPath;

answers! {
    /// A second factor.
    FactorEntry {
        /// Its id.
        id: String = "id",
        /// `totp`, `webauthn`, `recovery`, `u2f` or `yubico`.
        kind: Option<String> = "type",
        /// What its user wrote about it.
        description: Option<String> = "description",
        /// When it was made, seconds since 1970.
        created_s: Option<u64> = "created",
        /// Is it asked for? A missing one is.
        enabled: Option<bool> = "enable",
    }
    /// The second factors of a user.
    UserFactors {
        /// The user.
        user: UserId = "userid",
        /// The factors.
        entries: Vec<FactorEntry> = "entries",
        /// Locked out of one-time codes after too many wrong ones?
        totp_locked: bool = "totp-locked",
        /// Locked out of all second factors until then, seconds since 1970.
        locked_until_s: Option<u64> = "tfa-locked-until",
    }
}

impl Client {
    /// Second factors of all users one may see; without rights, one's own.
    pub async fn second_factors(&self) -> Result<Vec<UserFactors>> {
        let path = ApiPath::fixed(&["access", "tfa"]);
        self.list_of(path, Params::new()).await
    }

    /// Second factors of a user.
    pub async fn second_factors_of(&self, user: &UserId) -> Result<Vec<FactorEntry>> {
        let path = self.api_path(&["access", "tfa", user.as_str()])?;
        self.list_of(path, Params::new()).await
    }
}
