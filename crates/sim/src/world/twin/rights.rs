//! What the one who acts on the live cluster may do there: the twin refuses the same.

use serde_json::{Map, Value, json};

use super::inventory::Inventory;
use super::{Reader, Row, word};
use crate::cluster::access::ROOT;

impl Reader<'_> {
    /// Whoever acts, with the rights that the live cluster tells. A path of the access list on which it
    /// tells none has none.
    pub(super) fn actor(&mut self, acl: &[Row], inventory: &Inventory) -> Option<Value> {
        let actor = self.depth.actor.clone()?;
        let user = actor.split('!').next().unwrap_or(&actor).to_owned();
        let mut rights = match self.source.read("/access/permissions") {
            Ok(Value::Object(rights)) => rights,
            Ok(_) => Map::new(),
            Err(reason) => {
                self.note("/access/permissions", reason);
                return None;
            }
        };
        let everywhere = rights.get("/").and_then(Value::as_object);
        let may_all = |privileges: &[&str]| {
            everywhere.is_some_and(|held| {
                privileges
                    .iter()
                    .all(|privilege| held.contains_key(*privilege))
            })
        };
        // Root's own rights are not on any list; nobody else has both of these on everything.
        let is_whole_root = user == ROOT && may_all(&["Permissions.Modify", "Sys.Modify"]);
        let sees_all = ["/", "/vms"].iter().any(|path| {
            let held = rights.get(*path).and_then(|held| held.get("VM.Audit"));
            held.is_some_and(|propagate| propagate == 1 || propagate == true)
        });
        if !sees_all {
            self.note(
                "/cluster/resources",
                format!(
                    "`{actor}` has no VM.Audit on /vms: guests it does not see may hold numbers and names ({} seen)",
                    inventory.guests.len()
                ),
            );
        }
        for path in acl.iter().map(|entry| word(entry, "path")) {
            rights.entry(path).or_insert_with(|| json!({}));
        }
        Some(json!({ "id": actor, "is_root": is_whole_root, "rights": rights }))
    }
}
