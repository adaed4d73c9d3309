//! How much memory an answer needs, near enough for a limit.

use serde_json::Value;

/// Bytes of a value with everything below it. The depth is bounded by the JSON reader.
pub(super) fn weight_of(value: &Value) -> usize {
    /// A map keeps keys and values in nodes with some air in them.
    const MAP_ENTRY: usize = 32;
    let below = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.capacity(),
        Value::Array(items) => items.iter().map(weight_of).sum(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| MAP_ENTRY + key.capacity() + size_of::<String>() + weight_of(value))
            .sum(),
    };
    size_of::<Value>() + below
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn more_data_weighs_more_and_text_weighs_its_length() {
        let text = |length: usize| json!({ "name": "x".repeat(length) });
        assert_eq!(weight_of(&text(1000)) - weight_of(&text(100)), 900);
        let list = |length: usize| Value::from(vec![json!({"a": 1}); length]);
        assert!(weight_of(&list(20)) > weight_of(&list(10)) + 10 * size_of::<Value>());
    }
}
