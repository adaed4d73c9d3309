//! Firewall settings, by whose they are: `cluster`, `node/NAME`, `guest/ID`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Options as texts.
pub(crate) type Options = BTreeMap<String, String>;

/// Rules in their order, and options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firewall {
    pub(crate) rules: Vec<Options>,
    pub(crate) options: Options,
}
