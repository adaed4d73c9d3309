//! What was wished for, and when it is so.

use super::seen::HaSeen;
use crate::ids::NodeName;
use crate::resources::GuestState;

/// What the HA manager was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HaWish {
    /// The guest shall run.
    Started,
    /// The guest shall not run.
    Stopped,
    /// The guest shall be on this node.
    On(NodeName),
}

impl HaWish {
    /// From the request and its log, as `Requesting HA migration for VM 100 to node pve2`.
    pub(super) fn of_request<'a>(
        kind: &str,
        mut log: impl Iterator<Item = &'a str>,
    ) -> Option<Self> {
        match kind {
            "hastart" => Some(Self::Started),
            "hastop" => Some(Self::Stopped),
            _ => log.find_map(|line| {
                let rest = line.strip_prefix("Requesting HA ")?;
                let (_, node) = rest.rsplit_once(" to node ")?;
                node.trim().parse().ok().map(Self::On)
            }),
        }
    }

    /// Does the manager want it? What is asked for takes a second or more to be seen.
    pub(super) fn is_requested(&self, seen: &HaSeen) -> bool {
        match (self, seen.requested.as_deref()) {
            (Self::Started, Some(word)) => matches!(word, "started" | "enabled"),
            (Self::Stopped, Some(word)) => matches!(word, "stopped" | "disabled"),
            // A migration leaves the wanted state alone.
            (Self::On(_), _) => true,
            (_, None) => false,
        }
    }

    /// Worth asking the guest?
    pub(super) fn may_be_reached(&self, seen: &HaSeen) -> bool {
        let state = seen.state.as_deref().unwrap_or_default();
        self.is_requested(seen)
            && match self {
                Self::Started => state == "started",
                Self::Stopped => matches!(state, "stopped" | "request_stop"),
                Self::On(node) => seen.node.as_ref() == Some(node) && seen.is_settled(),
            }
    }

    /// Where it is so.
    pub(super) fn reached_at(&self, seen: &HaSeen) -> Option<NodeName> {
        let running = seen.guest == Some(GuestState::Running);
        let stopped = seen.guest == Some(GuestState::Stopped);
        let reached = self.may_be_reached(seen)
            && match self {
                Self::Stopped => stopped,
                // A guest that shall not run is not started by the move.
                Self::On(_) if seen.state.as_deref() == Some("stopped") => stopped,
                Self::Started | Self::On(_) => running,
            };
        if reached { seen.node.clone() } else { None }
    }

    /// Tasks by which the manager does it.
    pub(super) fn is_done_by(&self, kind: &str) -> bool {
        match self {
            Self::Started => matches!(kind, "qmstart" | "vzstart"),
            Self::Stopped => matches!(kind, "qmstop" | "qmshutdown" | "vzstop" | "vzshutdown"),
            Self::On(_) => matches!(kind, "qmigrate" | "vzmigrate"),
        }
    }
}
