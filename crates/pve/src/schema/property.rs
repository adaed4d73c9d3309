//! Property strings whose keys the description lists: `virtio,bridge=vmbr0`.

use crate::property::switch;
use crate::schema::check::{Problems, Value, Values, members};
use crate::schema::model::{Kind, Parameter};

/// Why the server would refuse the text, in its words. With `more`, keys that are not listed pass.
pub(super) fn refusal(keys: &[Parameter], more: bool, text: &str, name: &str) -> Option<String> {
    let given = match read(keys, text) {
        Ok(given) => given,
        Err(reason) => return Some(reason + "\n"),
    };
    let mut problems = Problems::default();
    members(keys, &given, Some(name), more, &mut problems);
    if problems.0.is_empty() {
        return None;
    }
    let mut text = "format error\n".to_owned();
    for (key, reason) in problems.0 {
        text.push_str(&key);
        text.push_str(": ");
        text.push_str(&reason);
        text.push('\n');
    }
    Some(text)
}

fn read(keys: &[Parameter], text: &str) -> Result<Values, String> {
    let mut given = Values::default();
    let mut bare_seen = false;
    for part in text.split(',') {
        if part.trim().is_empty() {
            continue;
        }
        match part.split_once('=') {
            Some((key, value)) => {
                let whole = !key.is_empty() && !value.is_empty() && !value.contains('\n');
                if !whole {
                    return Err("missing key in comma-separated list property".to_owned());
                }
                take(keys, &mut given, key, value)?;
            }
            None => {
                let bare = keys
                    .iter()
                    .find(|key| key.default_key)
                    .ok_or("value without key, but schema does not define a default key")?;
                if bare_seen || given.0.contains_key(&bare.name) {
                    return Err(duplicate(&bare.name));
                }
                bare_seen = true;
                put(keys, &mut given, &bare.name, part);
            }
        }
    }
    Ok(given)
}

fn take(keys: &[Parameter], given: &mut Values, key: &str, value: &str) -> Result<(), String> {
    let known = keys.iter().find(|known| known.name == key);
    let mut name = key;
    if given.0.contains_key(name) {
        return Err(duplicate(name));
    }
    if let Some(known) = known
        && let Some(alias) = &known.alias
    {
        if let Some(key_alias) = &known.key_alias {
            if given.0.contains_key(key_alias) {
                return Err(format!("key alias '{key_alias}' is already defined"));
            }
            put(keys, given, key_alias, key);
        }
        name = alias;
    }
    put(keys, given, name, value);
    Ok(())
}

fn duplicate(key: &str) -> String {
    format!("duplicate key in comma-separated list property: {key}")
}

/// Switches may be spelled as words here, unlike in parameters.
fn put(keys: &[Parameter], given: &mut Values, name: &str, value: &str) {
    let is_switch = keys
        .iter()
        .any(|known| known.name == name && known.kind == Kind::Boolean);
    let value = match switch(value) {
        Some(on) if is_switch => if on { "1" } else { "0" }.to_owned(),
        _ => value.to_owned(),
    };
    given.0.insert(name.to_owned(), Value::One(value));
}
