//! What daemons log besides the beginning and end of tasks: logins above all.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// One line of a node's journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) at_ms: i64,
    pub(crate) node: String,
    pub(crate) user: String,
    /// Syslog priority: 6 is information, 3 an error.
    pub(crate) priority: u8,
    pub(crate) text: String,
}

/// The last lines, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    lines: VecDeque<Note>,
}

/// Lines that are kept; a journal is rotated, too.
const KEPT: usize = 2000;

impl Notes {
    pub(crate) fn add(&mut self, note: Note) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(note);
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Note> {
        self.lines.iter()
    }
}
