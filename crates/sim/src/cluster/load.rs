//! Load figures: functions of time and seed, so that charts look alive, repeat exactly, and cost no
//! memory. Days and weeks have their rhythm, some guests burst, some leak memory until they are started
//! again, file systems grow. Counters never fall while a guest runs and begin at 0 with each start.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use crate::random::{Random, mix};

/// The load curve of a guest or of a node's own services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Load {
    seed: u64,
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
    habit: Habit,
    /// Straight lines that end at an instant, instead of curves.
    line: Option<Line>,
}

/// How a load changes with the hour, the day, and the weeks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Habit {
    /// More by day and less at night, as a part of the mean.
    day: f64,
    /// Less on Saturdays and Sundays, as a part of the mean.
    weekend: f64,
    /// The part of the time in which it works at its limit.
    bursts: f64,
    /// Memory it loses each day until the next start, 0..1.
    leak_per_day: f64,
    /// The part of its disk that fills up each day.
    growth_per_day: f64,
    /// From when it grows.
    grows_from_ms: i64,
}

/// A straight line for each figure: what it is at `until_ms` and how much it rose each day before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    pub(crate) until_ms: i64,
    /// How far back the line goes; before, the figure stays what it was there.
    pub(crate) days: f64,
    pub(crate) cpu_per_day: f64,
    pub(crate) memory_per_day: f64,
}

const DAY_S: f64 = 86_400.0;
/// Bursts last that long.
const BURST_MS: i64 = 300_000;

impl Load {
    /// A curve around the given means (fractions).
    pub(crate) fn around(cpu: f64, memory: f64, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut load = Self {
            seed,
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
            habit: Habit::default(),
            line: None,
        };
        load.habit = Habit {
            day: random.between(0.0, 0.45),
            weekend: random.between(0.0, 0.5),
            // Most guests never burst, hardly any leaks.
            bursts: if random.below(5) == 0 { 0.02 } else { 0.0 },
            leak_per_day: if random.below(40) == 0 {
                random.between(0.004, 0.02)
            } else {
                0.0
            },
            growth_per_day: random.between(0.0, 0.002),
            grows_from_ms: 0,
        };
        load
    }

    /// Exactly these fractions at all times.
    pub(crate) fn fixed(cpu: f64, memory: f64, seed: u64) -> Self {
        Self {
            cpu_swing: 0.0,
            memory_swing: 0.0,
            habit: Habit::default(),
            ..Self::around(cpu, memory, seed)
        }
    }

    /// Fixed figures that came about along straight lines.
    pub(crate) fn along(mut self, line: Line) -> Self {
        self.line = Some(line);
        self
    }

    /// Grows from that instant on.
    pub(crate) fn growing_from(mut self, at_ms: i64) -> Self {
        if self.habit != Habit::default() {
            self.habit.grows_from_ms = at_ms;
        }
        self
    }

    /// Processor and memory use that never change, when that is so.
    pub(crate) fn fixed_figures(&self) -> Option<(f64, f64)> {
        (self.cpu_swing == 0.0 && self.memory_swing == 0.0)
            .then_some((self.cpu_base, self.memory_base))
    }

    fn wave(&self, at_s: f64) -> f64 {
        let slow = (at_s / self.period_s * TAU + self.phase).sin();
        let fast = (at_s / (self.period_s / 17.0) * TAU + self.phase * 3.0).sin();
        0.75 * slow + 0.25 * fast
    }

    /// How much of its usual work is done at this hour of this day.
    fn pace(&self, at_s: f64) -> f64 {
        let day = 1.0 + self.habit.day * ((at_s / DAY_S - 14.0 / 24.0) * TAU).cos();
        // 1970 began on a Thursday.
        let weekday = ((at_s / DAY_S).floor() as i64 + 3).rem_euclid(7);
        if weekday >= 5 {
            day * (1.0 - self.habit.weekend)
        } else {
            day
        }
    }

    fn is_bursting(&self, now_ms: i64) -> bool {
        self.habit.bursts > 0.0
            && Random::new(mix(
                self.seed,
                &[now_ms.div_euclid(BURST_MS).unsigned_abs()],
            ))
            .fraction()
                < self.habit.bursts
    }

    /// Processor use now, 0..1.
    pub(crate) fn cpu(&self, now_ms: i64) -> f64 {
        if let Some(line) = &self.line {
            return (self.cpu_base + line.change(line.cpu_per_day, now_ms)).clamp(0.0, 1.0);
        }
        let at_s = now_ms as f64 / 1000.0;
        let mut cpu = self.cpu_base * self.pace(at_s) + self.cpu_swing * self.wave(at_s);
        if self.is_bursting(now_ms) {
            cpu += (1.0 - cpu) * 0.8;
        }
        cpu.clamp(0.0, 1.0)
    }

    /// Memory use now, 0..1. A fresh guest takes half a minute to fill up.
    pub(crate) fn memory(&self, now_ms: i64, uptime_s: u64) -> f64 {
        if let Some(line) = &self.line {
            return (self.memory_base + line.change(line.memory_per_day, now_ms)).clamp(0.0, 1.0);
        }
        let warm = if self.memory_swing > 0.0 {
            (uptime_s as f64 / 30.0).min(1.0)
        } else {
            1.0
        };
        let use_now = self.memory_base + self.memory_swing * self.wave(now_ms as f64 / 1000.0);
        let leaked = self.habit.leak_per_day * uptime_s as f64 / DAY_S;
        let most = use_now.max(0.97);
        (use_now * (0.25 + 0.75 * warm) + leaked).clamp(0.0, most.min(1.0))
    }

    /// The part of the disk that is full.
    pub(crate) fn disk_fraction(&self, now_ms: i64) -> f64 {
        let days = (now_ms - self.habit.grows_from_ms) as f64 / 1000.0 / DAY_S;
        let grown = if self.habit.grows_from_ms == 0 {
            0.0
        } else {
            self.habit.growth_per_day * days
        };
        (self.disk_fraction + grown).clamp(0.02, 1.0)
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

impl Line {
    /// How far the figure is from its end at an instant; after the end it stays.
    pub(crate) fn change(&self, per_day: f64, now_ms: i64) -> f64 {
        let days = (self.until_ms - now_ms) as f64 / 1000.0 / DAY_S;
        -per_day * days.clamp(0.0, self.days)
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
        for seed in 0..60 {
            let load = Load::around(0.95, 0.97, seed).growing_from(1);
            for step in 0..1000 {
                let now = step * 61_000;
                assert!((0.0..=1.0).contains(&load.cpu(now)));
                assert!((0.0..=1.0).contains(&load.memory(now, 5_000_000)));
                assert!((0.0..=1.0).contains(&load.disk_fraction(now * 10_000)));
            }
        }
    }

    #[test]
    fn a_guest_works_more_by_day_than_at_night_and_less_on_a_sunday() {
        let mut load = Load::fixed(0.4, 0.5, 1);
        load.habit = Habit {
            day: 0.4,
            weekend: 0.5,
            ..Habit::default()
        };
        // Tuesday the 24th of November 2026, and the Sunday before.
        let tuesday_ms = 1_795_478_400_000_i64;
        let hour_ms = 3_600_000;
        let [night, noon, sunday] =
            [2, 14, 14 - 48].map(|hour| load.cpu(tuesday_ms + hour * hour_ms));
        assert!(
            night < 0.27 && (noon - 0.56).abs() < 0.001,
            "{night} {noon}"
        );
        assert!((sunday - 0.28).abs() < 0.001, "{sunday}");
    }

    #[test]
    fn a_leak_fills_the_memory_until_the_next_start() {
        let mut load = Load::fixed(0.1, 0.5, 1);
        load.habit.leak_per_day = 0.02;
        let after = |days: u64| (load.memory(0, days * 86_400) * 1000.0).round() as u64;
        assert_eq!([0, 10, 100].map(after), [500, 700, 970]);
    }

    #[test]
    fn a_line_ends_at_its_instant_and_stays_there() {
        let load = Load::fixed(0.9, 0.5, 1).along(Line {
            until_ms: 864_000_000,
            days: 7.0,
            cpu_per_day: 0.1,
            memory_per_day: 0.0,
        });
        let on_day = |day: i64| (load.cpu(day * 86_400_000) * 1000.0).round() as u64;
        assert_eq!([0, 3, 9, 10, 12].map(on_day), [200, 200, 800, 900, 900]);
    }
}
