//! Figures of guests, nodes and storages at an instant, as several endpoints show them.

use super::Cluster;
use super::guest::{GIB, Guest, GuestKind, RunState};
use super::load::Counters;
use super::node::Node;

/// A guest's figures now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GuestFigures {
    /// Fraction of all virtual processors.
    pub(crate) cpu: f64,
    pub(crate) memory_bytes: u64,
    /// Memory as the host sees it; PVE 9 only, VMs only.
    pub(crate) host_memory_bytes: u64,
    /// Used bytes of the root file system; containers only.
    pub(crate) disk_bytes: u64,
    pub(crate) uptime_s: u64,
    pub(crate) counters: Counters,
}

/// A node's figures now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NodeFigures {
    /// Fraction of all processors.
    pub(crate) cpu: f64,
    pub(crate) memory_bytes: u64,
    pub(crate) disk_bytes: u64,
    pub(crate) uptime_s: u64,
}

impl Guest {
    pub(crate) fn figures(&self, now_ms: i64) -> GuestFigures {
        self.figures_in(self.run, now_ms)
    }

    /// Figures at an instant at which it was in that state.
    pub(crate) fn figures_in(&self, run: RunState, now_ms: i64) -> GuestFigures {
        self.figures_of(run, now_ms, (self.memory_bytes(), self.disk_bytes()))
    }

    /// The same when memory and disk are known already, in bytes.
    pub(crate) fn figures_of(
        &self,
        run: RunState,
        now_ms: i64,
        (memory_bytes, disk_bytes): (u64, u64),
    ) -> GuestFigures {
        let Some(since_ms) = run.since_ms() else {
            return GuestFigures::default();
        };
        let uptime_s = u64::try_from((now_ms - since_ms) / 1000).unwrap_or(0);
        let paused = matches!(run, RunState::Paused { .. });
        let memory_bytes = (self.load.memory(now_ms, uptime_s) * memory_bytes as f64) as u64;
        GuestFigures {
            cpu: if paused {
                0.0
            } else {
                round(self.load.cpu(now_ms))
            },
            memory_bytes,
            host_memory_bytes: match self.kind {
                GuestKind::Qemu => memory_bytes / 100 * 104 + 90 * 1024 * 1024,
                GuestKind::Lxc => 0,
            },
            disk_bytes: match self.kind {
                GuestKind::Qemu => 0,
                GuestKind::Lxc => (self.load.disk_fraction(now_ms) * disk_bytes as f64) as u64,
            },
            uptime_s,
            counters: self.load.counters(now_ms - since_ms),
        }
    }
}

impl Cluster {
    /// Figures of all nodes, in the order of `nodes`: their guests' load plus their own.
    pub(crate) fn all_node_figures(&self) -> Vec<NodeFigures> {
        let running = self.guests.values().filter(|guest| guest.run.is_running());
        self.node_figures_with(running.map(|guest| {
            let figures = guest.figures(self.now_ms);
            (guest, guest.cpus(), figures)
        }))
    }

    /// The same when the guests' processors and figures are known already.
    pub(crate) fn node_figures_with<'a>(
        &self,
        guests: impl Iterator<Item = (&'a Guest, u64, GuestFigures)>,
    ) -> Vec<NodeFigures> {
        let mut busy: std::collections::HashMap<&str, (f64, u64)> =
            std::collections::HashMap::new();
        for (guest, cpus, figures) in guests {
            let sum = busy.entry(&guest.node).or_default();
            sum.0 += figures.cpu * cpus as f64;
            sum.1 += figures.memory_bytes;
        }
        self.nodes
            .iter()
            .map(|node| {
                node.figures(
                    self.now_ms,
                    busy.get(&*node.name).copied().unwrap_or_default(),
                )
            })
            .collect()
    }

    pub(crate) fn node_figures(&self, name: &str) -> NodeFigures {
        self.nodes
            .iter()
            .zip(self.all_node_figures())
            .find(|(node, _)| &*node.name == name)
            .map(|(_, figures)| figures)
            .unwrap_or_default()
    }
}

impl Node {
    /// The figures that the world fixed, on their line.
    pub(crate) fn fixed_at(&self, at_ms: i64) -> Option<(f64, f64)> {
        let (cpu, memory) = self.fixed?;
        let Some(line) = &self.line else {
            return Some((cpu, memory));
        };
        let at = |value: f64, per_day| (value + line.change(per_day, at_ms)).clamp(0.0, 1.0);
        Some((at(cpu, line.cpu_per_day), at(memory, line.memory_per_day)))
    }

    fn figures(&self, now_ms: i64, (guest_cpus, guest_memory): (f64, u64)) -> NodeFigures {
        let uptime_s = u64::try_from((now_ms - self.boot_ms) / 1000).unwrap_or(0);
        let disk_bytes = (self.load.disk_fraction(now_ms) * self.disk_bytes as f64) as u64;
        let (cpu, memory) = self.fixed_at(now_ms).unwrap_or_else(|| {
            let own = self.load.cpu(now_ms);
            let memory = guest_memory as f64 * 1.02 + 3.0 * GIB as f64;
            (
                (guest_cpus / self.cores.max(1) as f64 + own).clamp(0.0, 1.0),
                (memory / self.memory_bytes.max(1) as f64).clamp(0.0, 0.985),
            )
        });
        NodeFigures {
            cpu: round(cpu),
            memory_bytes: (memory * self.memory_bytes as f64) as u64,
            disk_bytes,
            uptime_s,
        }
    }
}

/// Enough digits for a chart, and answers that stay short.
fn round(fraction: f64) -> f64 {
    (fraction * 1e6).round() / 1e6
}
