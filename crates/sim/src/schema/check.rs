//! Parameter checks with PVE's own texts.

use std::collections::BTreeMap;

use super::formats;
use super::property::{self, NAME};
use super::table::{Kind, Parameter};
use crate::api::route::{Given, Parameters};

pub(crate) const MISSING: &str = "property is missing and it is not optional";
pub(crate) const UNKNOWN: &str =
    "property is not defined in schema and the schema does not allow additional properties";
const CONFLICT: &str = "duplicate parameter (already defined in URI) with conflicting values!";

/// Checks parameters and path parameters; the map holds one text per bad one.
pub(crate) fn check(
    known: &[Parameter],
    path: &BTreeMap<&'static str, String>,
    parameters: &mut Parameters,
) -> BTreeMap<String, String> {
    let mut errors = check_path(path);
    parameters.retain(|name, given| match path.get(name.as_str()) {
        Some(in_path) => {
            if given.text() != *in_path {
                errors.insert(name.clone(), CONFLICT.to_owned());
            }
            false
        }
        None => true,
    });
    for (name, given) in parameters.iter() {
        let Some(parameter) = known.iter().find(|parameter| parameter.fits(name)) else {
            errors.insert(name.clone(), UNKNOWN.to_owned());
            continue;
        };
        if let Err(text) = check_given(&parameter.kind, given) {
            errors.insert(name.clone(), text.replace(NAME, name));
        }
        if let Some(other) = parameter
            .needs
            .filter(|other| !parameters.contains_key(*other))
        {
            errors.insert(
                other.to_owned(),
                format!("missing property required by '{name}'"),
            );
        }
    }
    for parameter in known.iter().filter(|parameter| parameter.required) {
        if !parameters.contains_key(parameter.name) && !errors.contains_key(parameter.name) {
            errors.insert(parameter.name.to_owned(), MISSING.to_owned());
        }
    }
    errors
}

fn check_path(path: &BTreeMap<&'static str, String>) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    for (name, value) in path {
        let kind = match *name {
            "vmid" => Kind::Format("pve-vmid", None),
            "snapname" => Kind::Format("pve-configid", Some(40)),
            "userid" => Kind::Format("pve-userid", Some(64)),
            "storage" => Kind::Format("pve-storage-id", None),
            "poolid" => Kind::Format("pve-poolid", None),
            _ => continue,
        };
        if let Err(text) = check_value(&kind, value) {
            errors.insert((*name).to_owned(), text);
        }
    }
    errors
}

fn check_given(kind: &Kind, given: &Given) -> Result<(), String> {
    match (kind, given) {
        (Kind::Array(item), Given::Many(values)) => {
            values.iter().try_for_each(|value| check_value(item, value))
        }
        (Kind::Array(item), Given::One(value)) => check_value(item, value),
        (kind, given) => check_value(kind, &given.text()),
    }
}

/// Checks one value.
pub(crate) fn check_value(kind: &Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Integer { min, max } => {
            let number = integer(text)?;
            if let Some(min) = min.filter(|min| number < *min) {
                return Err(format!("value must have a minimum value of {min}"));
            }
            if let Some(max) = max.filter(|max| number > *max) {
                return Err(format!("value must have a maximum value of {max}"));
            }
            Ok(())
        }
        Kind::Number { min, max } => check_number(text, *min, *max),
        Kind::Boolean => match text {
            "0" | "1" => Ok(()),
            _ => Err(format!("type check ('boolean') failed - got '{text}'")),
        },
        Kind::Text { min, max } => {
            let length = text.chars().count();
            if let Some(min) = min.filter(|min| length < *min) {
                return Err(format!("value must be at least {min} characters long"));
            }
            check_length(length, *max)
        }
        Kind::OneOf(words) => {
            if words.split('|').any(|word| word == text) {
                return Ok(());
            }
            let words = words.replace('|', ", ");
            Err(format!(
                "value '{text}' does not have a value in the enumeration '{words}'"
            ))
        }
        Kind::Pattern(pattern) => {
            if pattern.fits(text) {
                return Ok(());
            }
            Err("value does not match the regex pattern".to_owned())
        }
        Kind::Format(name, longest) => {
            if *name == "pve-vmid" {
                integer(text)?;
            }
            if let Err(text) = formats::check(name, text) {
                return Err(format!("invalid format - {text}\n"));
            }
            check_length(text.chars().count(), *longest)
        }
        Kind::Array(item) => check_value(item, text),
        Kind::Properties(keys) => property::read(text, keys)
            .map(|_| ())
            .map_err(|text| format!("invalid format - {text}")),
    }
}

fn check_length(length: usize, longest: Option<usize>) -> Result<(), String> {
    match longest.filter(|longest| length > *longest) {
        Some(longest) => Err(format!("value may only be {longest} characters long")),
        None => Ok(()),
    }
}

fn check_number(text: &str, min: Option<f64>, max: Option<f64>) -> Result<(), String> {
    let number: f64 = text
        .parse()
        .map_err(|_| format!("type check ('number') failed - got '{text}'"))?;
    if let Some(min) = min.filter(|min| number < *min) {
        return Err(format!("value must have a minimum value of {min}"));
    }
    if let Some(max) = max.filter(|max| number > *max) {
        return Err(format!("value must have a maximum value of {max}"));
    }
    Ok(())
}

fn integer(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("type check ('integer') failed - got '{text}'"));
    }
    // More digits than fit are a number, too: a very large one.
    Ok(text.parse().unwrap_or(if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    }))
}

/// Items of a `-list` value.
pub(crate) fn list_items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\0'])
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::table::Tables;

    fn texts(method: &str, given: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut parameters = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Given::One((*value).to_owned())))
            .collect();
        check(
            &Tables::read().of(method),
            &BTreeMap::new(),
            &mut parameters,
        )
    }

    fn text(value: &str, name: &str) -> String {
        texts("PUT /nodes/{node}/qemu/{vmid}/config", &[(name, value)])
            .remove(name)
            .unwrap_or_default()
    }

    #[test]
    fn texts_are_those_of_pve() {
        assert_eq!(
            text("lots", "cores"),
            "type check ('integer') failed - got 'lots'"
        );
        assert_eq!(text("0", "cores"), "value must have a minimum value of 1");
        assert_eq!(
            text("maybe", "onboot"),
            "type check ('boolean') failed - got 'maybe'"
        );
        assert_eq!(
            text("x", "bios"),
            "value 'x' does not have a value in the enumeration 'seabios, ovmf'"
        );
        assert_eq!(
            text("15", "memory"),
            "invalid format - format error\nmemory.current: value must have a minimum value of 16\n"
        );
        assert_eq!(
            text("virtio=xx:yy,bridge=vmbr0", "net0"),
            "invalid format - format error\nnet0.macaddr: invalid format - value does not look like a valid unicast MAC address\n\n"
        );
        assert_eq!(
            text("virtio,e1000", "net0"),
            "invalid format - duplicate key in comma-separated list property: model\n"
        );
        assert_eq!(
            text("gw=10.0.0.1", "ipconfig0"),
            "invalid format - format error\nipconfig0.ip: missing property required by 'ipconfig0.gw'\n"
        );
    }

    #[test]
    fn names_of_snapshots_may_end_in_a_dash_and_have_capitals() {
        let create = "POST /nodes/{node}/qemu/{vmid}/snapshot";
        for good in ["x-", "SNAPSHOT", "ab", "rm_1"] {
            assert_eq!(
                texts(create, &[("snapname", good)]),
                BTreeMap::new(),
                "{good}"
            );
        }
        for bad in ["a", "_x", "-x", "a b", "ä", "snap.1", ""] {
            assert!(!texts(create, &[("snapname", bad)]).is_empty(), "{bad}");
        }
    }
}
