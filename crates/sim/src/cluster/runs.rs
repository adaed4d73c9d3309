//! When something ran before its present run: charts keep their past when a guest is started again.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Runs that are over, oldest first: from and until, in milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Runs(VecDeque<(i64, i64)>);

/// Of a guest that is started and stopped all the time the oldest runs are forgotten.
const KEPT: usize = 100;

impl Runs {
    /// A run is over.
    pub(crate) fn add(&mut self, from_ms: i64, until_ms: i64) {
        if until_ms <= from_ms {
            return;
        }
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((from_ms, until_ms));
    }

    /// The start of the past run that an instant belongs to, the one it ended at too: what was measured
    /// then was measured of that run.
    pub(crate) fn start_of(&self, at_ms: i64) -> Option<i64> {
        let from = self
            .0
            .partition_point(|(from_ms, _)| *from_ms <= at_ms)
            .checked_sub(1)?;
        let (from_ms, until_ms) = self.0.get(from)?;
        (at_ms <= *until_ms).then_some(*from_ms)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_belongs_to_the_run_it_lies_in_or_to_none() {
        let mut runs = Runs::default();
        runs.add(100, 200);
        runs.add(300, 400);
        // One that never was.
        runs.add(500, 500);
        let starts = [99, 100, 200, 201, 350, 401, 500].map(|at| runs.start_of(at));
        let expected = [None, Some(100), Some(100), None, Some(300), None, None];
        assert_eq!(starts, expected);
    }

    #[test]
    fn only_the_last_runs_are_kept() {
        let mut runs = Runs::default();
        for number in 0..1000 {
            runs.add(number * 10, number * 10 + 5);
        }
        assert_eq!(runs.0.len(), KEPT);
        assert_eq!(runs.start_of(9_991), Some(9_990));
        assert_eq!(runs.start_of(1), None);
    }
}
