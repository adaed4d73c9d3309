//! Faults on demand: rules that make a call or its task fail, slow, or take a node or storage away.
//! Each rule is one JSON object `{"when": {"op", "target", "phase"?}, "effect": {…}, "times"?}`.

use serde_json::{Value, json};

pub use super::effect::Effect;
pub(crate) use super::effect::Spoil;
use crate::error::SimError;

/// When a rule fires and what then happens.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    /// Operation, such as `guest.start`; `*` at the end is a wildcard, `a|b` is either, `write.*` is
    /// every change, `read` is every read (its target is the API path).
    pub op: String,
    /// Target, such as `guest/101`; `*` or `…*` match more. `guest/ID` also matches that guest's
    /// snapshots and backups.
    pub target: String,
    /// Instead of the call, or when the call (and its task) has succeeded.
    pub phase: Phase,
    /// What happens.
    pub effect: Effect,
    /// How often the rule still fires; `None` is always.
    pub times: Option<u32>,
}

/// Before or after the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The call fails with the effect.
    Before,
    /// The call succeeds, then the effect takes place.
    After,
}

impl FaultRule {
    /// Reads one rule.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let when = value.get("when").ok_or("`when` is missing")?;
        let text = |key: &str| when.get(key).and_then(Value::as_str);
        let phase = match text("phase").unwrap_or("before") {
            "before" => Phase::Before,
            "after" => Phase::After,
            other => return Err(format!("phase `{other}` is neither before nor after")),
        };
        let effect = value
            .get("effect")
            .and_then(Value::as_object)
            .ok_or("`effect` is missing")?;
        let (name, given) = effect.iter().next().ok_or("`effect` is empty")?;
        if effect.len() > 1 {
            return Err("`effect` names more than one effect".to_owned());
        }
        let times = match value.get("times") {
            None => Some(1),
            Some(times) => {
                let times = times.as_u64().ok_or("`times` is not a whole number")?;
                (times > 0).then(|| u32::try_from(times).unwrap_or(u32::MAX))
            }
        };
        Ok(Self {
            op: text("op").ok_or("`when.op` is missing")?.to_owned(),
            target: text("target").unwrap_or("*").to_owned(),
            phase,
            effect: Effect::from_json(name, given)?,
            times,
        })
    }

    /// The rule as it is read; `times` is how often it still fires.
    pub(crate) fn to_json(&self) -> Value {
        let phase = match self.phase {
            Phase::Before => "before",
            Phase::After => "after",
        };
        json!({
            "when": { "op": self.op, "target": self.target, "phase": phase },
            "effect": self.effect.to_json(),
            "times": self.times.unwrap_or(0),
        })
    }

    /// Reads a list of rules.
    pub fn list_from_json(value: &Value) -> Result<Vec<Self>, SimError> {
        let list = value.as_array().ok_or_else(|| SimError::Fault {
            index: 0,
            cause: "the rules are not a JSON list".to_owned(),
        })?;
        list.iter()
            .enumerate()
            .map(|(index, rule)| {
                Self::from_json(rule).map_err(|cause| SimError::Fault { index, cause })
            })
            .collect()
    }

    fn matches(&self, op: &str, target: &str, phase: Phase) -> bool {
        self.phase == phase && op_matches(&self.op, op) && target_matches(&self.target, target)
    }
}

/// The rules that still may fire.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FaultRule>);

impl Faults {
    pub(crate) fn new(rules: Vec<FaultRule>) -> Self {
        Self(rules)
    }

    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.0.push(rule);
    }

    pub(crate) fn all(&self) -> &[FaultRule] {
        &self.0
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The effects that fire for this call now; used-up rules are removed.
    pub(crate) fn take(&mut self, op: &str, target: &str, phase: Phase) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.0.retain_mut(|rule| {
            if !rule.matches(op, target, phase) {
                return true;
            }
            effects.push(rule.effect.clone());
            match &mut rule.times {
                None => true,
                Some(left) => {
                    *left = left.saturating_sub(1);
                    *left > 0
                }
            }
        });
        effects
    }
}

fn op_matches(pattern: &str, op: &str) -> bool {
    pattern.split('|').any(|one| match one.strip_suffix('*') {
        Some("write.") => op != "read",
        Some(start) => op.starts_with(start),
        None => one == op,
    })
}

fn target_matches(pattern: &str, target: &str) -> bool {
    if let Some(start) = pattern.strip_suffix('*') {
        return target.starts_with(start);
    }
    if pattern == target {
        return true;
    }
    let Some(guest) = pattern.strip_prefix("guest/") else {
        return false;
    };
    target
        .strip_prefix("snapshot/")
        .is_some_and(|rest| rest.split('/').next() == Some(guest))
        || target
            .strip_prefix("backup/")
            .is_some_and(|volid| volid.split(['-', '/']).any(|part| part == guest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_guest_target_also_matches_its_snapshots_and_backups() {
        assert!(target_matches("guest/101", "guest/101"));
        assert!(target_matches("guest/101", "snapshot/101/before"));
        assert!(target_matches(
            "guest/101",
            "backup/local:backup/vzdump-qemu-101-2026_01_31-02_00_01.vma.zst"
        ));
        assert!(!target_matches("guest/101", "guest/1010"));
        assert!(target_matches("guest/1*", "guest/101"));
    }

    #[test]
    fn write_star_is_every_change_and_no_read() {
        assert!(op_matches("write.*", "guest.start"));
        assert!(!op_matches("write.*", "read"));
        assert!(op_matches("guest.start|guest.stop", "guest.stop"));
        assert!(op_matches("snapshot.*", "snapshot.create"));
    }

    #[test]
    fn a_rule_fires_as_often_as_it_says() {
        let rule = FaultRule::from_json(&json!({
            "when": {"op": "guest.start", "target": "guest/1"},
            "effect": {"task_error": "broken"}, "times": 2
        }))
        .unwrap();
        let mut faults = Faults::new(vec![rule]);
        for expected in [1, 1, 0] {
            assert_eq!(
                faults.take("guest.start", "guest/1", Phase::Before).len(),
                expected
            );
        }
    }

    #[test]
    fn a_broken_rule_says_where_and_why() {
        let error = FaultRule::list_from_json(&json!([{
            "when": {"op": "guest.start", "target": "*"}, "effect": {"explode": true}
        }]))
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read fault rule 0: effect `explode` is unknown"
        );
    }
}
