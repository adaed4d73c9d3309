//! What the API says about itself: the tree that `/pve-docs/api-viewer/apidoc.js` holds on a node.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::route::{Permission, Route};
use crate::cluster::guest::GuestKind;
use crate::schema::table::{Kind, Parameter, Property, Role};

/// The methods of a path by verb, and what lies below.
#[derive(Default)]
struct Branch {
    methods: BTreeMap<&'static str, Value>,
    below: BTreeMap<String, Branch>,
}

/// The tree of all methods as the API viewer reads it.
pub(crate) fn tree(routes: &[Route]) -> Value {
    let mut root = Branch::default();
    for route in routes {
        for (path, kind) in paths(route) {
            let branch = path
                .split('/')
                .filter(|part| !part.is_empty())
                .fold(&mut root, |branch, part| {
                    branch.below.entry(part.to_owned()).or_default()
                });
            branch
                .methods
                .insert(route.verb.as_str(), method(route, kind, &path));
        }
    }
    children(&root, "")
}

/// The file that the API viewer loads.
pub(crate) fn script(routes: &[Route]) -> String {
    format!("const apiSchema = {:#};\n", tree(routes))
}

/// A route of both kinds of guests has two paths.
pub(super) fn paths(route: &Route) -> Vec<(String, GuestKind)> {
    if !route.template.contains("{kind}") {
        return vec![(route.template.to_owned(), GuestKind::Qemu)];
    }
    [GuestKind::Qemu, GuestKind::Lxc]
        .into_iter()
        .map(|kind| (route.template.replace("{kind}", kind.as_str()), kind))
        .collect()
}

fn children(branch: &Branch, above: &str) -> Value {
    branch
        .below
        .iter()
        .map(|(name, branch)| {
            let path = format!("{above}/{name}");
            let mut node = Map::from_iter([
                ("path".to_owned(), Value::from(path.as_str())),
                ("text".to_owned(), name.as_str().into()),
                ("leaf".to_owned(), u8::from(branch.below.is_empty()).into()),
                ("info".to_owned(), json!(branch.methods)),
            ]);
            if !branch.below.is_empty() {
                node.insert("children".to_owned(), children(branch, &path));
            }
            Value::Object(node)
        })
        .collect()
}

fn method(route: &Route, kind: GuestKind, path: &str) -> Value {
    let mut properties: Map<String, Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| (name.to_owned(), in_path(name)))
        .collect();
    properties.extend(route.parameters(kind).iter().map(|parameter| {
        let name = match parameter.last_index {
            Some(_) => format!("{}[n]", parameter.name),
            None => parameter.name.to_owned(),
        };
        (name, parameter_json(parameter))
    }));
    let proxied = route.is_proxied.then_some("node");
    json!({
        "proxyto": proxied,
        "method": route.verb.as_str(),
        "allowtoken": u8::from(!route.needs_ticket),
        "parameters": { "additionalProperties": 0, "properties": properties },
        "permissions": match route.permission {
            Permission::World => json!({ "user": "world" }),
            Permission::User => json!({ "user": "all" }),
            Permission::Check { path, any_of } => json!({ "check": ["perm", path, any_of, "any", 1] }),
            Permission::TaskOwner(privilege) => {
                json!({ "description": format!("The task is one's own, or '{privilege}' on its node."), "user": "all" })
            }
        },
        "returns": { "type": "any" },
    })
}

fn in_path(name: &str) -> Value {
    match name {
        "vmid" => {
            json!({ "type": "integer", "format": "pve-vmid", "minimum": 100, "maximum": 999_999_999 })
        }
        "node" => json!({ "type": "string", "format": "pve-node" }),
        "storage" => json!({ "type": "string", "format": "pve-storage-id" }),
        _ => json!({ "type": "string" }),
    }
}

fn parameter_json(parameter: &Parameter) -> Value {
    let mut value = kind_json(&parameter.kind);
    if !parameter.required {
        value.insert("optional".to_owned(), 1.into());
    }
    if let Some(other) = parameter.needs {
        value.insert("requires".to_owned(), other.into());
    }
    value.into()
}

fn kind_json(kind: &Kind) -> Map<String, Value> {
    let mut map = Map::new();
    let mut bound = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(name.to_owned(), value);
        }
    };
    let kind = match kind {
        Kind::Integer { min, max } => {
            bound("minimum", min.map(Value::from));
            bound("maximum", max.map(Value::from));
            "integer"
        }
        Kind::Number { min, max } => {
            bound("minimum", min.map(Value::from));
            bound("maximum", max.map(Value::from));
            "number"
        }
        Kind::Boolean => "boolean",
        Kind::Text { min, max } => {
            bound("minLength", min.map(Value::from));
            bound("maxLength", max.map(Value::from));
            "string"
        }
        Kind::OneOf(words) => {
            bound("enum", Some(words.split('|').collect()));
            "string"
        }
        Kind::Pattern(pattern) => {
            bound("pattern", Some(pattern.text().into()));
            "string"
        }
        Kind::Format(name, longest) => {
            bound("format", Some((*name).into()));
            bound("maxLength", longest.map(Value::from));
            "string"
        }
        Kind::Array(item) => {
            bound("items", Some(kind_json(item).into()));
            "array"
        }
        Kind::Properties(keys) => {
            let keys: Map<String, Value> = keys
                .iter()
                .map(|key| (key.name.to_owned(), property_json(key)))
                .collect();
            bound("format", Some(keys.into()));
            "string"
        }
    };
    map.insert("type".to_owned(), kind.into());
    map
}

fn property_json(key: &Property) -> Value {
    let mut value = match &key.role {
        Role::Value(kind) => kind_json(kind),
        Role::Alias(other) => Map::from_iter([("alias".to_owned(), Value::from(*other))]),
        Role::KeyAlias(name, value) => Map::from_iter([
            ("keyAlias".to_owned(), Value::from(*name)),
            ("alias".to_owned(), Value::from(*value)),
        ]),
    };
    if key.is_default {
        value.insert("default_key".to_owned(), 1.into());
    }
    if !key.required && matches!(key.role, Role::Value(_)) {
        value.insert("optional".to_owned(), 1.into());
    }
    if let Some(other) = key.needs {
        value.insert("requires".to_owned(), other.into());
    }
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
        tree.as_array()?.iter().find_map(|node| {
            if node["path"] == path {
                return Some(node);
            }
            find(&node["children"], path)
        })
    }

    #[test]
    fn each_method_says_its_parameters() {
        let tree = tree(&crate::api::routes());
        let config = &find(&tree, "/nodes/{node}/qemu/{vmid}/config").unwrap()["info"];
        let put = &config["PUT"]["parameters"]["properties"];
        assert_eq!(put["vmid"]["type"], "integer");
        assert_eq!(put["net[n]"]["optional"], 1);
        assert_eq!(put["net[n]"]["format"]["model"]["default_key"], 1);
        assert_eq!(put["net[n]"]["format"]["virtio"]["keyAlias"], "model");
        let lxc = &find(&tree, "/nodes/{node}/lxc/{vmid}/config").unwrap()["info"];
        assert!(lxc["PUT"]["parameters"]["properties"]["mp[n]"].is_object());
        assert!(put["mp[n]"].is_null());
    }

    /// Names and kinds of parameters are those of a real server, where both know the method.
    #[test]
    fn the_methods_and_parameters_are_those_of_a_real_server() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/facts/pve/schema-9.1.7.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            return;
        };
        let real: Value = serde_json::from_str(&text).unwrap();
        let mut unknown = Vec::new();
        compare(&tree(&crate::api::routes()), &real, &mut unknown);
        assert!(unknown.is_empty(), "{unknown:#?}");
    }

    /// What an older release lacks answers 501 there.
    #[test]
    fn no_release_has_methods_that_the_real_one_lacks() {
        use crate::version::PveVersion;
        for (version, file) in [
            (PveVersion::V8_4, "schema-8.4.facts.json"),
            (PveVersion::V9_2, "schema-9.2.facts.json"),
        ] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../../shared/facts/pve")
                .join(file);
            let Ok(text) = std::fs::read_to_string(path) else {
                return;
            };
            let real: Value = serde_json::from_str(&text).unwrap();
            let unknown: Vec<String> = crate::api::routes()
                .iter()
                .filter(|route| route.is_in(version))
                // These look at the release themselves: the path is a template of both kinds of guests.
                .filter(|route| !route.template.starts_with("/cluster/ha/rules"))
                .flat_map(|route| {
                    paths(route)
                        .into_iter()
                        .map(|(path, _)| (route.verb.as_str(), path))
                })
                .filter(|(verb, path)| real["paths"][path.as_str()][*verb].is_null())
                .filter(|(_, path)| {
                    !matches!(path.as_str(), "/" | "/nodes/{node}/lxc/{vmid}/migrate")
                })
                .map(|(verb, path)| format!("{verb} {path}"))
                .collect();
            assert!(unknown.is_empty(), "{unknown:#?}");
        }
    }

    fn compare(ours: &Value, real: &Value, unknown: &mut Vec<String>) {
        for node in ours.as_array().into_iter().flatten() {
            let path = node["path"].as_str().unwrap();
            let theirs = find(real, path);
            for (verb, method) in node["info"].as_object().into_iter().flatten() {
                let known = theirs.map(|theirs| &theirs["info"][verb]);
                let Some(known) = known.filter(|known| !known.is_null()) else {
                    unknown.push(format!("{verb} {path}"));
                    continue;
                };
                let parameters = &known["parameters"]["properties"];
                for name in method["parameters"]["properties"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name)
                {
                    let one = name.replace("[n]", "0");
                    if parameters[name].is_null() && parameters[&one].is_null() {
                        unknown.push(format!("{verb} {path} {name}"));
                    }
                }
            }
            compare(&node["children"], real, unknown);
        }
    }
}
