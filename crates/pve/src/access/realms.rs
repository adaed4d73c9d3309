//! Realms: where users and passwords are kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::sign_in::Realm;

impl Client {
    /// All realms. Anybody may ask.
    pub async fn realms(&self) -> Result<Vec<Realm>> {
        let path = ApiPath::fixed(&["access", "domains"]);
        self.get(path, Params::new()).await
    }

    /// All options of a realm by PVE's names. Passwords are not among them.
    pub async fn realm(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let path = self.api_path(&["access", "domains", name])?;
        let map: Map<String, Value> = self.get(path, Params::new()).await?;
        let texts = map
            .into_iter()
            .map(|(key, value)| (key, lenient::value_text(&value)));
        Ok(texts.collect())
    }
}
