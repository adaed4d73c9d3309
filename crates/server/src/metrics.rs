//! A few counters in the Prometheus text format. Written by hand: a registry crate would be larger than this.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Counters of this process since its start.
#[derive(Default)]
pub(crate) struct Metrics {
    /// (route class, status) -> how often.
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    pub(crate) sign_ins: AtomicU64,
    pub(crate) sign_in_failures: AtomicU64,
    pub(crate) approvals: AtomicU64,
    runs_finished: Mutex<BTreeMap<String, u64>>,
}

impl Metrics {
    pub(crate) fn count_request(&self, class: &'static str, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((class, status)).or_default() += 1;
    }

    /// `state` is one of the few states that a run can end in.
    pub(crate) fn count_finished_run(&self, state: &str) {
        let mut runs = self
            .runs_finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *runs.entry(state.to_owned()).or_default() += 1;
    }

    /// The exposition text; `open_streams` is a gauge kept elsewhere.
    pub(crate) fn text(&self, open_streams: usize) -> String {
        let mut text = String::with_capacity(2048);
        head(
            &mut text,
            "requests_total",
            "counter",
            "HTTP requests by class of route and status.",
        );
        for ((class, status), count) in
            &*self.requests.lock().unwrap_or_else(PoisonError::into_inner)
        {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "proxmox_ai_requests_total{{class=\"{class}\",status=\"{status}\"}} {count}"
            );
        }
        for (name, help, counter) in [
            (
                "sign_ins_total",
                "Sessions opened with a password.",
                &self.sign_ins,
            ),
            (
                "sign_in_failures_total",
                "Wrong or refused passwords.",
                &self.sign_in_failures,
            ),
            (
                "approvals_total",
                "Plans approved over HTTP.",
                &self.approvals,
            ),
        ] {
            head(&mut text, name, "counter", help);
            let _ = writeln!(
                text,
                "proxmox_ai_{name} {}",
                counter.load(Ordering::Relaxed)
            );
        }
        head(
            &mut text,
            "runs_finished_total",
            "counter",
            "Finished runs by final state.",
        );
        for (state, count) in &*self
            .runs_finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
        {
            let _ = writeln!(
                text,
                "proxmox_ai_runs_finished_total{{state=\"{state}\"}} {count}"
            );
        }
        head(
            &mut text,
            "open_streams",
            "gauge",
            "Event streams being served right now.",
        );
        let _ = writeln!(text, "proxmox_ai_open_streams {open_streams}");
        text
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(
        text,
        "# HELP proxmox_ai_{name} {help}\n# TYPE proxmox_ai_{name} {kind}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_written_with_their_labels() {
        let metrics = Metrics::default();
        metrics.count_request("api", 200);
        metrics.count_request("api", 200);
        metrics.count_finished_run("succeeded");
        let text = metrics.text(3);
        for line in [
            "proxmox_ai_requests_total{class=\"api\",status=\"200\"} 2",
            "proxmox_ai_runs_finished_total{state=\"succeeded\"} 1",
            "proxmox_ai_open_streams 3",
            "proxmox_ai_sign_ins_total 0",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
