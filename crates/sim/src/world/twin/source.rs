//! Where the readings of a live cluster come from, and how deep they go.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Where raw answers come from: something that has read a live cluster, or reads it now.
pub trait TwinSource {
    /// The `data` of `GET` on a path of the API such as `/cluster/resources`; the reason when it was not
    /// read or was refused.
    fn read(&mut self, path: &str) -> std::result::Result<Value, String>;

    /// The same without a copy, for sources that keep large answers.
    fn look_at(
        &mut self,
        path: &str,
        see: &mut dyn FnMut(&Value),
    ) -> std::result::Result<(), String> {
        see(&self.read(path)?);
        Ok(())
    }
}

/// The reason of a gap that nobody tried to close yet.
const NOT_ASKED: &str = "was not asked for";

impl TwinSource for BTreeMap<String, Value> {
    fn read(&mut self, path: &str) -> std::result::Result<Value, String> {
        self.get(path).cloned().ok_or_else(|| NOT_ASKED.to_owned())
    }
}

/// Answers gathered so far, refused ones with their reason. Whoever reads asks [`TwinReadings::wanted`]
/// what to read next, round by round, until nothing is left.
#[derive(Debug, Clone, Default)]
pub struct TwinReadings {
    answers: BTreeMap<String, std::result::Result<Value, String>>,
}

impl TwinReadings {
    /// Keeps the answer of a path, or why there is none; what was there before is replaced.
    pub fn insert(&mut self, path: impl Into<String>, answer: std::result::Result<Value, String>) {
        self.answers.insert(path.into(), answer);
    }

    /// Forgets the answer of a path, so that it is wanted again.
    pub fn forget(&mut self, path: &str) {
        self.answers.remove(path);
    }

    /// The answer of a path, when one was given.
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.answers.get(path)?.as_ref().ok()
    }

    /// Paths that have still to be read for a twin of that depth. What is found out in one round (where a
    /// guest is, which snapshots it has) decides what the next one asks for; empty: the readings are whole.
    pub fn wanted(&self, depth: &TwinDepth) -> Vec<String> {
        let mut source = Noting {
            answers: &self.answers,
            missing: BTreeSet::new(),
        };
        super::Reader::new(&mut source, depth).ask();
        source.missing.into_iter().collect()
    }
}

impl TwinSource for TwinReadings {
    fn read(&mut self, path: &str) -> std::result::Result<Value, String> {
        let known = self.answers.get(path).cloned();
        known.unwrap_or_else(|| Err(NOT_ASKED.to_owned()))
    }

    fn look_at(
        &mut self,
        path: &str,
        see: &mut dyn FnMut(&Value),
    ) -> std::result::Result<(), String> {
        see_kept(self.answers.get(path), see)
    }
}

fn see_kept(
    answer: Option<&std::result::Result<Value, String>>,
    see: &mut dyn FnMut(&Value),
) -> std::result::Result<(), String> {
    match answer {
        Some(Ok(value)) => {
            see(value);
            Ok(())
        }
        Some(Err(reason)) => Err(reason.clone()),
        None => Err(NOT_ASKED.to_owned()),
    }
}

/// Notes what is asked for and not there.
struct Noting<'a> {
    answers: &'a BTreeMap<String, std::result::Result<Value, String>>,
    missing: BTreeSet<String>,
}

impl TwinSource for Noting<'_> {
    fn read(&mut self, path: &str) -> std::result::Result<Value, String> {
        match self.answers.get(path) {
            Some(answer) => answer.clone(),
            None => {
                self.missing.insert(path.to_owned());
                Err(NOT_ASKED.to_owned())
            }
        }
    }

    fn look_at(
        &mut self,
        path: &str,
        see: &mut dyn FnMut(&Value),
    ) -> std::result::Result<(), String> {
        let answer = self.answers.get(path);
        if answer.is_none() {
            self.missing.insert(path.to_owned());
        }
        see_kept(answer, see)
    }
}

/// How deep a live cluster is read. The inventory, the definitions and the access list are cluster-wide
/// calls and always read; what costs a call for each guest, node or storage is chosen here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TwinDepth {
    /// Guests whose state, configuration, waiting changes and snapshots are read; `None`: of all.
    pub guests: Option<BTreeSet<u32>>,
    /// Storages whose content is read; `None`: of all.
    pub storages: Option<BTreeSet<String>>,
    /// Nodes on which the content of storages that are not shared is read, besides those of the chosen
    /// guests; `None`: on all.
    pub nodes: Option<BTreeSet<String>>,
    /// Volumes that are named, `local:iso/debian.iso`: looked for where they should lie, on the nodes that count
    /// for the content of storages. What cannot be looked for is taken to be there, and noted.
    pub volumes: BTreeSet<String>,
    /// Whether volumes are looked for that are linked clones of the chosen guests, where those are templates.
    pub linked_clones: bool,
    /// Who acts on the live cluster, `ann@pve!ci` or `ann@pve`: somebody with the same rights acts on the
    /// twin, [`crate::Sim::identity_token`]. `None`: the twin is for its root alone.
    pub actor: Option<String>,
}

impl TwinDepth {
    /// All there is.
    pub fn whole() -> Self {
        Self::default()
    }

    /// The inventory and these guests; no storage is searched.
    pub fn of_guests(guests: impl IntoIterator<Item = u32>) -> Self {
        Self {
            guests: Some(guests.into_iter().collect()),
            storages: Some(BTreeSet::new()),
            nodes: Some(BTreeSet::new()),
            ..Self::default()
        }
    }

    /// The content of these storages, too: as the nodes of the chosen guests and those given see it.
    #[must_use]
    pub fn with_storages<'a>(
        mut self,
        storages: impl IntoIterator<Item = &'a str>,
        nodes: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let own = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let more = own(storages.into_iter().collect());
        self.storages.get_or_insert_default().extend(more);
        let more = own(nodes.into_iter().collect());
        self.nodes.get_or_insert_default().extend(more);
        self
    }

    /// Volumes by their names, wherever else nothing is read of their storages.
    #[must_use]
    pub fn naming(mut self, volumes: impl IntoIterator<Item = String>) -> Self {
        self.volumes.extend(volumes);
        self
    }

    /// With the linked clones of chosen templates.
    #[must_use]
    pub fn with_linked_clones(mut self) -> Self {
        self.linked_clones = true;
        self
    }

    /// Acted on by the same user or token as the live cluster.
    #[must_use]
    pub fn acted_on_by(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    pub(super) fn has_guest(&self, vmid: u32) -> bool {
        self.guests
            .as_ref()
            .is_none_or(|chosen| chosen.contains(&vmid))
    }

    pub(super) fn has_storage(&self, id: &str) -> bool {
        self.storages
            .as_ref()
            .is_none_or(|chosen| chosen.contains(id))
    }

    pub(super) fn has_node(&self, name: &str) -> bool {
        self.nodes
            .as_ref()
            .is_none_or(|chosen| chosen.contains(name))
    }
}

/// Something the twin lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// The path that was asked; with `*` for what was not asked on purpose.
    pub path: String,
    /// Why there is no answer.
    pub reason: String,
}

/// A row of a list.
pub(super) type Row = Map<String, Value>;

pub(super) fn rows_of(value: Value) -> Vec<Row> {
    match value {
        Value::Array(rows) => rows
            .into_iter()
            .filter_map(|row| match row {
                Value::Object(row) => Some(row),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
