//! The twin of a live cluster: a world made of raw answers of its API. Whoever reads them is not known
//! here; what could not be read is listed, so that nobody takes the twin for more than it is.

mod guests;
mod inventory;
mod named;
mod rights;
mod source;
mod storages;

use serde_json::{Map, Value};

use super::World;
use super::exact::text;
use crate::error::Result;
use inventory::Inventory;
use jiff::Timestamp;
pub use source::{NotRead, TwinDepth, TwinReadings, TwinSource};
use source::{Row, rows_of};

impl World {
    /// The twin of a live cluster at `now`, read as a whole: [`World::from_readings_of`] with
    /// [`TwinDepth::whole`].
    pub fn from_readings(
        source: &mut dyn TwinSource,
        now: Timestamp,
    ) -> Result<(Self, Vec<NotRead>)> {
        Self::from_readings_of(source, now, &TwinDepth::whole())
    }

    /// The twin of a live cluster at `now`, and what of it was not read. Always asked are the inventory,
    /// storage definitions, backup and replication jobs, HA, pools, options, users, groups, roles and the
    /// access list; `depth` chooses what costs a call for each guest or storage. Passwords and secrets
    /// cannot be read from anywhere: users of the twin log in with what the simulator was started with.
    /// Fails when not even the nodes are known, or when the answers contradict each other.
    pub fn from_readings_of(
        source: &mut dyn TwinSource,
        now: Timestamp,
        depth: &TwinDepth,
    ) -> Result<(Self, Vec<NotRead>)> {
        let mut reader = Reader::new(source, depth);
        let inventory = reader.inventory();
        let mut setup = reader.setup(&inventory, now);
        reader.say_what_was_left_out(&inventory);
        let gaps = reader.gaps;
        let paths: Value = gaps.iter().map(|gap| gap.path.as_str()).collect();
        if let Some(pve) = setup.get_mut("pve").and_then(Value::as_object_mut) {
            pve.insert("not_read".to_owned(), paths);
        }
        let mut world = Self::from_value(setup)?;
        inventory.complete(&mut world, now);
        Ok((world, gaps))
    }
}

/// Answers of a source, and the gaps.
struct Reader<'a> {
    source: &'a mut dyn TwinSource,
    depth: &'a TwinDepth,
    gaps: Vec<NotRead>,
    /// Major release 9 and later, where known.
    is_nine: bool,
}

impl<'a> Reader<'a> {
    fn new(source: &'a mut dyn TwinSource, depth: &'a TwinDepth) -> Self {
        Self {
            source,
            depth,
            gaps: Vec::new(),
            is_nine: true,
        }
    }

    /// Asks for everything, whatever comes of it.
    fn ask(&mut self) {
        let inventory = self.inventory();
        self.setup(&inventory, Timestamp::UNIX_EPOCH);
    }

    fn note(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.gaps.push(NotRead {
            path: path.into(),
            reason: reason.into(),
        });
    }

    fn value(&mut self, path: &str) -> Value {
        match self.source.read(path) {
            Ok(value) => value,
            Err(reason) => {
                self.note(path, reason);
                Value::Null
            }
        }
    }

    fn rows(&mut self, path: &str) -> Vec<Row> {
        rows_of(self.value(path))
    }

    fn map(&mut self, path: &str) -> Row {
        match self.value(path) {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// What was not asked for on purpose, in a few lines however large the cluster is.
    fn say_what_was_left_out(&mut self, inventory: &Inventory) {
        let others = inventory
            .guests
            .iter()
            .filter(|guest| !self.depth.has_guest(guest.vmid))
            .count();
        if others > 0 {
            self.note(
                "/nodes/*/*/*/config",
                format!("{others} guests were not asked about: only their rows of the inventory are known"),
            );
        }
        let left_out: Vec<&str> = inventory
            .storage_ids()
            .filter(|id| !self.depth.has_storage(id))
            .collect();
        for id in left_out {
            self.note(
                format!("/nodes/*/storage/{id}/content"),
                "was left out: only what the plan names and its guests use of it is known",
            );
        }
    }
}

fn is_set(row: &Row, key: &str) -> bool {
    row.get(key)
        .is_some_and(|value| matches!(text(value).as_str(), "1" | "true"))
}

fn word(row: &Row, key: &str) -> String {
    row.get(key).map(text).unwrap_or_default()
}

fn number(row: &Row, key: &str) -> f64 {
    let value = row.get(key);
    value
        .and_then(Value::as_f64)
        .or_else(|| value?.as_str()?.parse().ok())
        .unwrap_or(0.0)
}

fn whole(row: &Row, key: &str) -> u64 {
    match row.get(key).and_then(Value::as_u64) {
        Some(exact) => exact,
        None => number(row, key).max(0.0) as u64,
    }
}
