//! The kept answers: bounded, the one that was used longest ago goes first.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::about::About;
use super::touch::Touch;
use super::weight::weight_of;
use super::{CacheLimits, Stored};

struct Entry {
    stored: Arc<Stored>,
    about: About,
    /// Of the request: a request that began earlier must not replace a later one's answer.
    flight: u64,
    outdated: bool,
    weight: usize,
    used: u64,
}

pub(super) struct Store {
    limits: CacheLimits,
    entries: HashMap<Box<str>, Entry>,
    /// Last use to key.
    order: BTreeMap<u64, Box<str>>,
    uses: u64,
    bytes: usize,
}

impl Store {
    pub(super) fn new(limits: CacheLimits) -> Self {
        Self {
            limits,
            entries: HashMap::new(),
            order: BTreeMap::new(),
            uses: 0,
            bytes: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// An answer that is young enough and that nothing has changed since.
    pub(super) fn fresh(&mut self, key: &str, fresh_for: Duration) -> Option<Arc<Stored>> {
        let (stored, outdated) = self.stale(key, fresh_for)?;
        (!outdated).then_some(stored)
    }

    /// An answer that is young enough, and whether something has changed since.
    pub(super) fn stale(&mut self, key: &str, longest: Duration) -> Option<(Arc<Stored>, bool)> {
        let entry = self.entries.get_mut(key)?;
        if entry.stored.started.elapsed() >= longest {
            return None;
        }
        self.uses += 1;
        if let Some(own) = self.order.remove(&entry.used) {
            self.order.insert(self.uses, own);
        }
        entry.used = self.uses;
        Some((Arc::clone(&entry.stored), entry.outdated))
    }

    /// Keeps an answer and says how many had to go for it.
    pub(super) fn put(
        &mut self,
        key: &str,
        about: About,
        stored: Arc<Stored>,
        flight: u64,
        outdated: bool,
    ) -> u64 {
        if self
            .entries
            .get(key)
            .is_some_and(|entry| entry.flight > flight)
        {
            return 0;
        }
        self.remove(key);
        let weight = weight_of(&stored.reply.data) + 2 * key.len() + size_of::<Entry>();
        if weight > self.limits.most_bytes / 4 || self.limits.most_entries == 0 {
            return 0;
        }
        let mut evicted = 0;
        while self.entries.len() >= self.limits.most_entries
            || self.bytes + weight > self.limits.most_bytes
        {
            let Some((_, oldest)) = self.order.pop_first() else {
                break;
            };
            self.remove(&oldest);
            evicted += 1;
        }
        self.uses += 1;
        self.bytes += weight;
        self.order.insert(self.uses, key.into());
        let entry = Entry {
            stored,
            about,
            flight,
            outdated,
            weight,
            used: self.uses,
        };
        self.entries.insert(key.into(), entry);
        evicted
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.used);
            self.bytes -= entry.weight;
        }
    }

    pub(super) fn outdate_key(&mut self, key: &str) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.outdated = true;
        }
    }

    /// Marks what is concerned and says how many were good before.
    pub(super) fn outdate(&mut self, touch: &Touch) -> u64 {
        let mut outdated = 0;
        for entry in self.entries.values_mut() {
            if !entry.outdated && touch.concerns(&entry.about) {
                entry.outdated = true;
                outdated += 1;
            }
        }
        outdated
    }
}
