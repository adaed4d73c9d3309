//! The exit code of an answer: a check that found something wrong did not end well, so that a job that runs
//! by itself notices.

use serde_json::Value;

/// 1 where the answer is that something is not as it should be.
pub(super) fn exit_code(op: &str, answer: &Value) -> u8 {
    let is_well = match op {
        "audit.verify" => answer.get("ok") != Some(&Value::Bool(false)),
        "runs.receipt" => answer.get("warning").is_none_or(Value::is_null),
        _ => true,
    };
    u8::from(!is_well)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_check_that_found_something_wrong_exits_with_one() {
        let rows = [
            ("audit.verify", json!({ "ok": true }), 0),
            ("audit.verify", json!({ "ok": false }), 1),
            ("runs.receipt", json!({ "warning": null }), 0),
            ("runs.receipt", json!({ "warning": "edited" }), 1),
            ("inventory.list", json!({ "ok": false }), 0),
        ];
        for (op, answer, code) in rows {
            assert_eq!(exit_code(op, &answer), code, "{op} {answer}");
        }
    }
}
