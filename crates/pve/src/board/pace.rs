//! How often the poller asks.

use std::time::Duration;

/// How often a board asks its cluster, and how long it believes what it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardPace {
    /// Between two lists while tasks end. At least a tenth of a second.
    pub shortest_pause: Duration,
    /// Between two lists while nothing happens; reached in steps of one half more.
    pub longest_pause: Duration,
    /// How long a task that was never listed may be missing before its node is asked. The nodes
    /// tell each other about new tasks with some seconds of delay.
    pub grace: Duration,
    /// A task that is listed as running is asked for at its node after this time, then after twice
    /// as long and so on: the list of a node that died stays as it was.
    pub first_check: Duration,
    /// Longest time between two such questions.
    pub longest_check: Duration,
    /// A task whose node could not be asked for so long ends as unknown.
    pub give_up: Duration,
    /// At most so many tasks are asked for one by one between two lists.
    pub checks_per_round: usize,
    /// More tasks are refused.
    pub most_tasks: usize,
}

impl Default for BoardPace {
    /// A list every 2 to 10 s; missing for 5 s; a question after 1, 2, 4, 8 and then every 10
    /// minutes; 5 minutes without an answer; 16 questions in a round; 100,000 tasks.
    fn default() -> Self {
        Self {
            shortest_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(10),
            grace: Duration::from_secs(5),
            first_check: Duration::from_mins(1),
            longest_check: Duration::from_mins(10),
            give_up: Duration::from_mins(5),
            checks_per_round: 16,
            most_tasks: 100_000,
        }
    }
}

impl BoardPace {
    /// The pause after a round.
    pub(super) fn pause(&self, before: Duration, something_happened: bool) -> Duration {
        let shortest = self.shortest_pause.max(Duration::from_millis(100));
        if something_happened {
            shortest
        } else {
            (before * 3 / 2).min(self.longest_pause).max(shortest)
        }
    }
}
