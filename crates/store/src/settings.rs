//! Small values of the product itself, by name. Nothing secret.

use serde_json::Value;

use crate::{
    Store,
    columns::from_json,
    db::query,
    error::{Doing as _, Result},
};

/// The stored values.
#[derive(Clone, Debug)]
pub struct Settings {
    store: Store,
}

impl Settings {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    pub async fn get(&self, name: &str) -> Result<Option<Value>> {
        let text: Option<String> = query("SELECT value FROM settings WHERE name = $1")
            .bind(name)
            .optional(self.store.reader())
            .await
            .doing("read a setting")?;
        text.map(|text| from_json(&format!("the setting `{name}`"), &text))
            .transpose()
    }

    pub async fn set(&self, name: &str, value: &Value) -> Result<()> {
        query(
            "INSERT INTO settings (name, value, changed_at_ns) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, \
             changed_at_ns = excluded.changed_at_ns",
        )
        .bind(name)
        .bind(value.to_string())
        .bind(self.store.now_ns())
        .execute(self.store.writer())
        .await
        .doing("store a setting")?;
        Ok(())
    }

    /// False when there was none.
    pub async fn delete(&self, name: &str) -> Result<bool> {
        let deleted = query("DELETE FROM settings WHERE name = $1")
            .bind(name)
            .execute(self.store.writer())
            .await
            .doing("delete a setting")?;
        Ok(deleted == 1)
    }
}
