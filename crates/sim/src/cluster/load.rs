//! Load figures: smooth functions of time and seed, so that charts look alive, repeat exactly, and cost
//! no memory. Counters never fall while a guest runs and begin at 0 with each start.

use std::f64::consts::TAU;

use crate::random::Random;

/// The load curve of a guest or of a node's own services.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Mean processor use, 0..1 of all virtual processors.
    cpu_base: f64,
    cpu_swing: f64,
    /// Mean memory use, 0..1.
    memory_base: f64,
    memory_swing: f64,
    period_s: f64,
    phase: f64,
    net_in_per_s: f64,
    net_out_per_s: f64,
    read_per_s: f64,
    write_per_s: f64,
    disk_fraction: f64,
}

impl Load {
    /// A curve around the given means (fractions).
    pub(crate) fn around(cpu: f64, memory: f64, seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self {
            cpu_base: cpu,
            cpu_swing: cpu * random.between(0.2, 0.6),
            memory_base: memory,
            memory_swing: memory * random.between(0.01, 0.06),
            period_s: random.between(1200.0, 7200.0),
            phase: random.between(0.0, TAU),
            net_in_per_s: random.between(2.0, 11.0).exp2() * 256.0,
            net_out_per_s: random.between(2.0, 11.0).exp2() * 256.0,
            read_per_s: random.between(1.0, 9.0).exp2() * 512.0,
            write_per_s: random.between(2.0, 10.0).exp2() * 512.0,
            disk_fraction: random.between(0.15, 0.75),
        }
    }

    /// Exactly these fractions at all times.
    pub(crate) fn fixed(cpu: f64, memory: f64, seed: u64) -> Self {
        Self {
            cpu_swing: 0.0,
            memory_swing: 0.0,
            ..Self::around(cpu, memory, seed)
        }
    }

    fn wave(&self, at_s: f64) -> f64 {
        let slow = (at_s / self.period_s * TAU + self.phase).sin();
        let fast = (at_s / (self.period_s / 17.0) * TAU + self.phase * 3.0).sin();
        0.75 * slow + 0.25 * fast
    }

    /// Processor use now, 0..1.
    pub(crate) fn cpu(&self, now_ms: i64) -> f64 {
        (self.cpu_base + self.cpu_swing * self.wave(now_ms as f64 / 1000.0)).clamp(0.0, 1.0)
    }

    /// Memory use now, 0..1. A fresh guest takes half a minute to fill up.
    pub(crate) fn memory(&self, now_ms: i64, uptime_s: u64) -> f64 {
        let warm = if self.memory_swing > 0.0 {
            (uptime_s as f64 / 30.0).min(1.0)
        } else {
            1.0
        };
        let use_now = self.memory_base + self.memory_swing * self.wave(now_ms as f64 / 1000.0);
        (use_now * (0.25 + 0.75 * warm)).clamp(0.0, 1.0)
    }

    pub(crate) fn disk_fraction(&self) -> f64 {
        self.disk_fraction
    }

    /// Bytes since the start of the guest: received, sent, read, written.
    pub(crate) fn counters(&self, uptime_ms: i64) -> Counters {
        let at_s = uptime_ms.max(0) as f64 / 1000.0;
        // The integral of rate * (1 + 0.8 sin): rises always, at a changing pace.
        let omega = TAU / self.period_s;
        let turned = at_s + 0.8 / omega * (self.phase.cos() - (omega * at_s + self.phase).cos());
        let bytes = |per_s: f64| (per_s * turned).max(0.0) as u64;
        Counters {
            net_in: bytes(self.net_in_per_s),
            net_out: bytes(self.net_out_per_s),
            disk_read: bytes(self.read_per_s),
            disk_write: bytes(self.write_per_s),
        }
    }
}

/// Bytes since the start of the guest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) net_in: u64,
    pub(crate) net_out: u64,
    pub(crate) disk_read: u64,
    pub(crate) disk_write: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_never_fall_and_begin_at_zero() {
        let load = Load::around(0.2, 0.5, 42);
        assert_eq!(load.counters(0), Counters::default());
        let mut before = Counters::default();
        for step in 1..500 {
            let now = load.counters(step * 7_000);
            assert!(now.net_in >= before.net_in && now.disk_write >= before.disk_write);
            before = now;
        }
        assert!(before.net_in > 0);
    }

    #[test]
    fn fractions_stay_between_zero_and_one() {
        let load = Load::around(0.95, 0.97, 3);
        for step in 0..1000 {
            let now = step * 61_000;
            assert!((0.0..=1.0).contains(&load.cpu(now)));
            assert!((0.0..=1.0).contains(&load.memory(now, 5000)));
        }
    }
}
