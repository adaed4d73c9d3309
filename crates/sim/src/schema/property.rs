//! Property strings such as `virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=5`.

use std::collections::BTreeMap;

use super::check::{MISSING, UNKNOWN, check_value};
use super::table::{Kind, Property, Role};

/// Key to value, aliases resolved and truth values in one spelling.
pub(crate) type Properties = BTreeMap<String, String>;

/// Reads a property string; the error is PVE's text without its first words.
pub(crate) fn read(text: &str, keys: &[Property]) -> Result<Properties, String> {
    let mut found = Properties::new();
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        match part.split_once('=') {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                put(&mut found, keys, name, value)?;
            }
            Some(_) => return Err("missing key in comma-separated list property\n".to_owned()),
            None => {
                let Some(default) = keys.iter().find(|key| key.is_default) else {
                    return Err(
                        "value without key, but schema does not define a default key\n".to_owned(),
                    );
                };
                let value = match default.role {
                    Role::Value(Kind::Boolean) => truth(part),
                    _ => part,
                };
                if found
                    .insert(default.name.to_owned(), value.to_owned())
                    .is_some()
                {
                    return Err(duplicate(default.name));
                }
            }
        }
    }
    let errors = errors(&found, keys);
    if errors.is_empty() {
        return Ok(found);
    }
    Err(format!("format error\n{errors}"))
}

fn put(found: &mut Properties, keys: &[Property], name: &str, value: &str) -> Result<(), String> {
    let known = |name: &str| keys.iter().find(|key| key.name == name);
    if found.contains_key(name) {
        return Err(duplicate(name));
    }
    let name = match known(name).map(|key| &key.role) {
        Some(Role::Alias(other)) => other,
        Some(Role::KeyAlias(key, other)) => {
            if found.insert((*key).to_owned(), name.to_owned()).is_some() {
                return Err(format!("key alias '{key}' is already defined\n"));
            }
            other
        }
        Some(Role::Value(_)) | None => name,
    };
    let is_truth = known(name).is_some_and(|key| matches!(key.role, Role::Value(Kind::Boolean)));
    let value = if is_truth { truth(value) } else { value };
    found.insert(name.to_owned(), value.to_owned());
    Ok(())
}

fn truth(value: &str) -> &str {
    match value.to_ascii_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => "1",
        "0" | "off" | "no" | "false" => "0",
        _ => value,
    }
}

fn duplicate(name: &str) -> String {
    format!("duplicate key in comma-separated list property: {name}\n")
}

/// Placeholder of the parameter's name in the lines of an error; the caller knows the name.
pub(crate) const NAME: char = '\u{1}';

fn errors(found: &Properties, keys: &[Property]) -> String {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in found {
        match keys.iter().find(|key| key.name == name) {
            None => {
                texts.insert(name, UNKNOWN.to_owned());
            }
            Some(key) => {
                if let Some(other) = key.needs.filter(|other| !found.contains_key(*other)) {
                    texts.insert(
                        other,
                        format!("missing property required by '{NAME}.{name}'"),
                    );
                }
                if let Role::Value(kind) = &key.role
                    && let Err(text) = check_value(kind, value)
                {
                    texts.insert(name, text);
                }
            }
        }
    }
    for key in keys.iter().filter(|key| key.required) {
        if !found.contains_key(key.name) {
            texts.entry(key.name).or_insert_with(|| MISSING.to_owned());
        }
    }
    texts
        .iter()
        .map(|(name, text)| format!("{NAME}.{name}: {text}\n"))
        .collect::<Vec<_>>()
        .concat()
}
