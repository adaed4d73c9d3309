//! What faults do: to a call, to its task, or to the cluster.

use std::time::Duration;

use serde_json::{Value, json};

use super::Cluster;
use super::tasks::TaskState;

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// `{"task_error": TEXT}`: the task fails with this text; a call without a task answers 500 with it.
    TaskError(String),
    /// `{"task_fails": {"percent": P, "text": TEXT}}`: the task fails after that part of its time.
    TaskFails {
        /// Part of its natural time after which it fails, 0 to 100.
        percent: f64,
        /// Its error.
        text: String,
    },
    /// `{"task_killed": PERCENT}`: its worker is killed after that part of its time. Nothing is tidied
    /// up: the guest keeps its lock, and the log has no last line.
    TaskKilled(f64),
    /// `{"task_seconds": S}`: the task takes that long, then ends normally.
    TaskSeconds(f64),
    /// `{"node_offline": NAME}`: the node is gone; what is forwarded to it answers 595.
    NodeOffline(String),
    /// `{"node_online": NAME}`: the node is back.
    NodeOnline(String),
    /// `{"storage_unavailable": ID}`
    StorageUnavailable(String),
    /// `{"storage_available": ID}`
    StorageAvailable(String),
    /// `{"quorum_lost": true}`: nothing can be changed; `false` gives the quorum back.
    QuorumLost(bool),
    /// `{"token_revoked": "USER@REALM!NAME"}`
    TokenRevoked(String),
    /// `{"certificate_changed": true}`: from now on another certificate is shown; connections end.
    CertificateChanged,
    /// `{"clock_skew": {"node": NAME, "seconds": S}}`: the node's clock is that far ahead.
    ClockSkew {
        /// The node.
        node: String,
        /// Seconds ahead; negative is behind.
        seconds: i64,
    },
    /// `{"disk_failing": {"node": NAME, "disk": DEVICE, "days": D}}`: from now on its SMART figures get
    /// worse; after that many days it says that it has failed. 0 is at once.
    DiskFailing {
        /// The node.
        node: String,
        /// Its device, such as `/dev/sdb`.
        disk: String,
        /// Days until it has failed.
        days: f64,
    },
    /// `{"disk_replaced": {"node": NAME, "disk": DEVICE}}`: a new disk is in its place.
    DiskReplaced {
        /// The node.
        node: String,
        /// Its device.
        disk: String,
    },
    /// `{"error": TEXT}` (status 500) or `{"error": {"status": N, "text": TEXT}}`: the call's answer.
    Error {
        /// HTTP status.
        status: u16,
        /// Message and reason phrase.
        text: String,
    },
    /// `{"drop_connection": true}`: closed without an answer (`phase`: before or after the call's effect).
    Drop,
    /// `{"latency_seconds": S}`: the answer takes that much longer.
    Latency(Duration),
    /// `{"slow_body_seconds": S}`: the head comes at once, the body in pieces over that time.
    SlowBody(Duration),
}

/// What faults do to the task of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spoil {
    pub(crate) error: Option<String>,
    pub(crate) seconds: Option<f64>,
    /// The part of its time after which it fails or is killed, 0..1.
    pub(crate) after_part: Option<f64>,
    /// Its worker is killed.
    pub(crate) killed: bool,
    /// Takes place when the task has ended.
    pub(crate) after: Vec<Effect>,
}

impl Effect {
    /// Reads `{"NAME": …}`, one name alone.
    pub fn from_json(name: &str, given: &Value) -> Result<Self, String> {
        let text = || {
            given
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("`{name}` is not a text"))
        };
        let field = |key: &str| {
            given
                .get(key)
                .ok_or_else(|| format!("`{name}.{key}` is missing"))
        };
        let text_field = |key: &str| {
            let text = field(key)?.as_str();
            text.map(str::to_owned)
                .ok_or_else(|| format!("`{name}.{key}` is not a text"))
        };
        let at_least_0 = |value: &Value| {
            value
                .as_f64()
                .filter(|number| *number >= 0.0 && number.is_finite())
                .ok_or_else(|| format!("`{name}` is not a number of at least 0"))
        };
        let percent = |value: &Value| {
            at_least_0(value)
                .ok()
                .filter(|number| *number <= 100.0)
                .ok_or_else(|| format!("`{name}` is not a number of 0 to 100"))
        };
        let flag = || {
            given
                .as_bool()
                .ok_or_else(|| format!("`{name}` is neither true nor false"))
        };
        let on = |effect: Self| {
            if flag()? {
                Ok(effect)
            } else {
                Err(format!("`{name}` is not true"))
            }
        };
        match name {
            "task_error" => Ok(Self::TaskError(text()?)),
            "task_fails" => Ok(Self::TaskFails {
                percent: percent(field("percent")?)?,
                text: text_field("text")?,
            }),
            "task_killed" => Ok(Self::TaskKilled(percent(given)?)),
            "task_seconds" => Ok(Self::TaskSeconds(at_least_0(given)?)),
            "node_offline" => Ok(Self::NodeOffline(text()?)),
            "node_online" => Ok(Self::NodeOnline(text()?)),
            "storage_unavailable" => Ok(Self::StorageUnavailable(text()?)),
            "storage_available" => Ok(Self::StorageAvailable(text()?)),
            "quorum_lost" => Ok(Self::QuorumLost(flag()?)),
            "token_revoked" => Ok(Self::TokenRevoked(text()?)),
            "certificate_changed" => on(Self::CertificateChanged),
            "clock_skew" => Ok(Self::ClockSkew {
                node: text_field("node")?,
                seconds: field("seconds")?
                    .as_i64()
                    .ok_or("`clock_skew.seconds` is not a whole number")?,
            }),
            "disk_failing" => Ok(Self::DiskFailing {
                node: text_field("node")?,
                disk: text_field("disk")?,
                days: field("days")?
                    .as_f64()
                    .filter(|days| (0.0..=36_500.0).contains(days))
                    .ok_or("`disk_failing.days` is not a number of 0 to 36500")?,
            }),
            "disk_replaced" => Ok(Self::DiskReplaced {
                node: text_field("node")?,
                disk: text_field("disk")?,
            }),
            "latency_seconds" => Ok(Self::Latency(Duration::from_secs_f64(at_least_0(given)?))),
            "slow_body_seconds" => Ok(Self::SlowBody(Duration::from_secs_f64(at_least_0(given)?))),
            "drop_connection" => on(Self::Drop),
            "error" => match given {
                Value::String(text) => Ok(Self::Error {
                    status: 500,
                    text: text.clone(),
                }),
                Value::Object(_) => Ok(Self::Error {
                    status: field("status")?
                        .as_u64()
                        .and_then(|status| u16::try_from(status).ok())
                        .filter(|status| (400..600).contains(status))
                        .ok_or("`error.status` is not an error status")?,
                    text: text_field("text")?,
                }),
                _ => Err("`error` is neither a text nor {status, text}".to_owned()),
            },
            other => Err(format!("effect `{other}` is unknown")),
        }
    }

    /// The effect as it is read.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::TaskError(text) => json!({ "task_error": text }),
            Self::TaskFails { percent, text } => {
                json!({ "task_fails": { "percent": percent, "text": text } })
            }
            Self::TaskKilled(percent) => json!({ "task_killed": percent }),
            Self::TaskSeconds(seconds) => json!({ "task_seconds": seconds }),
            Self::NodeOffline(name) => json!({ "node_offline": name }),
            Self::NodeOnline(name) => json!({ "node_online": name }),
            Self::StorageUnavailable(id) => json!({ "storage_unavailable": id }),
            Self::StorageAvailable(id) => json!({ "storage_available": id }),
            Self::QuorumLost(lost) => json!({ "quorum_lost": lost }),
            Self::TokenRevoked(id) => json!({ "token_revoked": id }),
            Self::CertificateChanged => json!({ "certificate_changed": true }),
            Self::ClockSkew { node, seconds } => {
                json!({ "clock_skew": { "node": node, "seconds": seconds } })
            }
            Self::DiskFailing { node, disk, days } => {
                json!({ "disk_failing": { "node": node, "disk": disk, "days": days } })
            }
            Self::DiskReplaced { node, disk } => {
                json!({ "disk_replaced": { "node": node, "disk": disk } })
            }
            Self::Error { status, text } => {
                json!({ "error": { "status": status, "text": text } })
            }
            Self::Drop => json!({ "drop_connection": true }),
            Self::Latency(delay) => json!({ "latency_seconds": delay.as_secs_f64() }),
            Self::SlowBody(time) => json!({ "slow_body_seconds": time.as_secs_f64() }),
        }
    }

    /// Whether it is about the cluster: then it can take place without a call.
    pub(crate) fn is_about_the_cluster(&self) -> bool {
        matches!(
            self,
            Self::NodeOffline(_)
                | Self::NodeOnline(_)
                | Self::StorageUnavailable(_)
                | Self::StorageAvailable(_)
                | Self::QuorumLost(_)
                | Self::TokenRevoked(_)
                | Self::CertificateChanged
                | Self::ClockSkew { .. }
                | Self::DiskFailing { .. }
                | Self::DiskReplaced { .. }
        )
    }
}

impl Cluster {
    /// Puts a fault's effect into the world; what is about a call or a task does nothing here.
    pub(crate) fn apply_effect(&mut self, effect: &Effect, at_ms: i64) {
        match effect {
            Effect::NodeOffline(name) => self.take_node_offline(name, at_ms),
            Effect::NodeOnline(name) => self.bring_node_online(name),
            Effect::StorageUnavailable(id) => self.set_storage_active(id, false),
            Effect::StorageAvailable(id) => self.set_storage_active(id, true),
            Effect::QuorumLost(lost) => self.quorate = !lost && self.has_majority(),
            Effect::TokenRevoked(id) => {
                if let Some((user, token)) = id.split_once('!')
                    && let Some(account) = self.access.users.get_mut(user)
                {
                    account.tokens.remove(token);
                }
            }
            Effect::CertificateChanged => self.certificate += 1,
            Effect::ClockSkew { node, seconds } => {
                if let Some(node) = self.node_mut(node) {
                    node.skew_ms = seconds.saturating_mul(1000);
                }
            }
            Effect::DiskFailing { node, disk, days } => {
                self.let_disk_fail(node, disk, *days, at_ms);
            }
            Effect::DiskReplaced { node, disk } => {
                crate::api::node_disks::replace(self, node, disk);
            }
            Effect::TaskError(_)
            | Effect::TaskFails { .. }
            | Effect::TaskKilled(_)
            | Effect::TaskSeconds(_)
            | Effect::Error { .. }
            | Effect::Drop
            | Effect::Latency(_)
            | Effect::SlowBody(_) => {}
        }
    }

    fn set_storage_active(&mut self, id: &str, active: bool) {
        if let Some(storage) = self.storage_mut(id) {
            storage.active = active;
        }
    }

    /// The worker is gone: no last line, no tidying up; the guest keeps the lock in its configuration.
    pub(crate) fn kill_worker(&mut self, number: u64, at_ms: i64) {
        for guest in self.guests.values_mut() {
            if guest.holder == Some(number) {
                guest.holder = None;
            }
            if guest.lock_owner == Some(number) {
                guest.lock_owner = None;
            }
        }
        let exit = "unexpected status".to_owned();
        self.tasks
            .set_state(number, TaskState::Ended { at_ms, exit });
    }

    /// The time on the clock of the node that answers, in milliseconds since 1970.
    pub(crate) fn wall_ms(&self) -> i64 {
        let local = self.local_node();
        self.now_ms + self.node(&local).map_or(0, |node| node.skew_ms)
    }
}
