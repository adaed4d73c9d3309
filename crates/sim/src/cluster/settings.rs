//! Configurations that PVE keeps as named sections of a file: notification endpoints, metric servers,
//! mappings, networks of software … Which keys a section may have is checked before it gets here.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One section: its keys in the JSON types in which the API shows them.
pub(crate) type Section = Map<String, Value>;

/// All sections, by the file they stand in and by their name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    files: BTreeMap<String, BTreeMap<String, Section>>,
}

impl Settings {
    /// All files with their sections.
    pub(crate) fn files(&self) -> &BTreeMap<String, BTreeMap<String, Section>> {
        &self.files
    }

    /// The sections of a file, by name.
    pub(crate) fn all(&self, file: &str) -> impl Iterator<Item = (&str, &Section)> {
        self.files
            .get(file)
            .into_iter()
            .flatten()
            .map(|(name, section)| (name.as_str(), section))
    }

    pub(crate) fn get(&self, file: &str, name: &str) -> Option<&Section> {
        self.files.get(file)?.get(name)
    }

    pub(crate) fn get_mut(&mut self, file: &str, name: &str) -> Option<&mut Section> {
        self.files.get_mut(file)?.get_mut(name)
    }

    pub(crate) fn insert(&mut self, file: &str, name: &str, section: Section) {
        self.files
            .entry(file.to_owned())
            .or_default()
            .insert(name.to_owned(), section);
    }

    pub(crate) fn remove(&mut self, file: &str, name: &str) -> Option<Section> {
        self.files.get_mut(file)?.remove(name)
    }

    /// Removes a file with all its sections.
    pub(crate) fn forget(&mut self, file: &str) {
        self.files.remove(file);
    }

    /// The whole file as it is now, to be put back or compared later.
    pub(crate) fn file(&self, file: &str) -> BTreeMap<String, Section> {
        self.files.get(file).cloned().unwrap_or_default()
    }

    pub(crate) fn replace(&mut self, file: &str, sections: BTreeMap<String, Section>) {
        self.files.insert(file.to_owned(), sections);
    }
}
