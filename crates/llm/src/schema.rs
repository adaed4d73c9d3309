//! Reduces JSON schemas to what model servers and their grammar compilers understand.
//!
//! Ollama reads `type, description, enum, items, anyOf, properties, required` of a tool and drops
//! the rest; `true` as a schema makes it refuse the request. Grammar compilers stumble over `$ref`
//! outside the root and over unanchored patterns. Values are validated by the operation anyway.

use serde_json::{Map, Value, json};

/// Deeper nesting (a recursive type) becomes "anything".
const MAX_DEPTH: usize = 12;

/// Reduces a schema; the result is an object schema in any case.
pub(crate) fn reduce_object(schema: &Value) -> Value {
    let mut object = match reduce(schema, schema, 0) {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    object.insert("type".to_owned(), json!("object"));
    object.entry("properties").or_insert_with(|| json!({}));
    Value::Object(object)
}

fn reduce(schema: &Value, root: &Value, depth: usize) -> Value {
    let Some(object) = schema.as_object() else {
        return json!({});
    };
    if depth > MAX_DEPTH {
        return json!({});
    }
    if let Some(target) = object
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| resolve(path, root))
    {
        let mut reduced = reduce(target, root, depth + 1);
        // A description beside the reference is about this use, so it wins.
        if let (Some(text), Some(into)) = (object.get("description"), reduced.as_object_mut()) {
            into.insert("description".to_owned(), text.clone());
        }
        return reduced;
    }
    let mut reduced = Map::new();
    for (key, value) in object {
        match key.as_str() {
            "type" | "description" | "enum" | "required" => {
                reduced.insert(key.clone(), value.clone());
            }
            "const" => {
                reduced.insert("enum".to_owned(), json!([value]));
            }
            "items" => {
                reduced.insert(key.clone(), reduce(value, root, depth + 1));
            }
            "anyOf" | "oneOf" => {
                let choices = value.as_array().into_iter().flatten();
                let choices: Vec<Value> = choices
                    .map(|choice| reduce(choice, root, depth + 1))
                    .collect();
                reduced.insert("anyOf".to_owned(), Value::Array(choices));
            }
            "properties" => {
                let fields = value.as_object().into_iter().flatten();
                let fields: Map<String, Value> = fields
                    .map(|(name, field)| (name.clone(), reduce(field, root, depth + 1)))
                    .collect();
                reduced.insert(key.clone(), Value::Object(fields));
            }
            "allOf" => {
                // Schema generators wrap a single reference this way to add a description.
                if let Some([only]) = value.as_array().map(Vec::as_slice)
                    && let Value::Object(inner) = reduce(only, root, depth + 1)
                {
                    for (name, part) in inner {
                        reduced.entry(name).or_insert(part);
                    }
                }
            }
            _ => {}
        }
    }
    Value::Object(reduced)
}

fn resolve<'a>(reference: &str, root: &'a Value) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

/// Restricts one property to the given values; for an array, its items.
pub(crate) fn restrict(object: &mut Value, property: &str, values: &[Value]) {
    if values.is_empty() {
        return;
    }
    let Some(target) = object
        .get_mut("properties")
        .and_then(|fields| fields.get_mut(property))
    else {
        return;
    };
    let target = match target.get_mut("items") {
        Some(_) => target.get_mut("items"),
        None => Some(target),
    };
    if let Some(field) = target.and_then(Value::as_object_mut) {
        field.insert("enum".to_owned(), Value::Array(values.to_vec()));
    }
}

/// Leaves out the descriptions: a grammar has no use for them.
pub(crate) fn without_descriptions(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                // A *property* named "description" is a schema (an object), the keyword a string.
                .filter(|(key, value)| !(key.as_str() == "description" && value.is_string()))
                .map(|(key, value)| {
                    let value = if key == "enum" {
                        value.clone()
                    } else {
                        without_descriptions(value)
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_descriptions).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_and_unknown_words_left_out() {
        let schema = json!({
            "$schema": "x", "title": "T", "type": "object", "additionalProperties": false,
            "properties": {
                "any": true,
                "how": {"description": "how to stop", "$ref": "#/$defs/How"},
                "wrapped": {"allOf": [{"$ref": "#/$defs/How"}], "description": "d", "default": "now"},
                "count": {"type": ["integer", "null"], "format": "uint32", "minimum": 0},
                "choice": {"oneOf": [{"const": "a"}, {"type": "string", "pattern": "b"}]}
            },
            "$defs": {"How": {"type": "string", "enum": ["now", "gently"]}}
        });
        assert_eq!(
            reduce_object(&schema),
            json!({
                "type": "object",
                "properties": {
                    "any": {},
                    "how": {"description": "how to stop", "type": "string", "enum": ["now", "gently"]},
                    "wrapped": {"description": "d", "type": "string", "enum": ["now", "gently"]},
                    "count": {"type": ["integer", "null"]},
                    "choice": {"anyOf": [{"enum": ["a"]}, {"type": "string"}]}
                }
            })
        );
    }

    #[test]
    fn a_recursive_schema_ends() {
        let schema = json!({
            "$ref": "#/$defs/Node",
            "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}}
        });
        assert!(reduce_object(&schema).to_string().len() < 1_000);
    }

    #[test]
    fn no_schema_becomes_an_object_without_properties() {
        let empty = json!({"type": "object", "properties": {}});
        assert_eq!(reduce_object(&Value::Null), empty);
        assert_eq!(reduce_object(&json!({})), empty);
    }

    #[test]
    fn values_restrict_the_items_of_a_list() {
        let mut schema =
            json!({"properties": {"guests": {"type": "array", "items": {"type": "string"}}}});
        restrict(&mut schema, "guests", &[json!("web-01")]);
        restrict(&mut schema, "absent", &[json!("x")]);
        restrict(&mut schema, "guests", &[]);
        assert_eq!(
            schema,
            json!({"properties": {"guests": {"type": "array", "items": {"type": "string", "enum": ["web-01"]}}}})
        );
    }

    #[test]
    fn descriptions_go_but_a_property_of_that_name_stays() {
        let schema = json!({"description": "d", "properties": {"description": {"type": "string", "description": "d"}}});
        assert_eq!(
            without_descriptions(&schema),
            json!({"properties": {"description": {"type": "string"}}})
        );
    }
}
