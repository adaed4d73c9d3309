//! What is different on the twin after the plan: of its guests, and of guests that came or went.

use std::collections::BTreeMap;

use ops::{Plan, rehearsal::TwinChange};
use serde_json::{Value, json};
use sim::GuestView;

use super::stage::{Look, Seen, Stage};

/// What PVE makes up for a new guest: on the real cluster it is something else.
const MADE_UP: [&str; 3] = ["smbios1", "vmgenid", "meta"];
/// Nobody is shown a password, not even one that stands for another.
const HIDDEN: &str = "***";

pub(super) fn changes(stage: &Stage, before: &Look, plan: &Plan) -> Vec<TwinChange> {
    let mut all = Vec::new();
    let mut clusters: Vec<&str> = stage.twins.clusters().collect();
    clusters.sort_unstable();
    for cluster in clusters {
        let Some(sim) = stage.twins.sim(cluster) else {
            continue;
        };
        let now = sim.vmids();
        for ((_, vmid), was) in before.iter().filter(|((of, _), _)| of == cluster) {
            let gone = (json!(true), json!(false));
            match was {
                Seen::Outside if now.contains(vmid) => {}
                Seen::Outside => {
                    all.push(change(&format!("{cluster}/{vmid}"), "", "exists", gone));
                }
                Seen::InThePlan(was) => {
                    let target = format!("{cluster}/{}/{vmid}", was.node);
                    match sim.guest(*vmid) {
                        None => all.push(change(&target, &was.name, "exists", gone)),
                        Some(is) => all.extend(differences(&target, was, &is)),
                    }
                }
            }
        }
        for vmid in now {
            if !before.contains_key(&(cluster.to_owned(), vmid))
                && let Some(new) = sim.guest(vmid)
            {
                all.extend(came(&format!("{cluster}/{}/{vmid}", new.node), &new, plan));
            }
        }
    }
    all
}

fn change(target: &str, name: &str, field: &str, (before, after): (Value, Value)) -> TwinChange {
    TwinChange {
        target: target.to_owned(),
        name: name.to_owned(),
        field: field.to_owned(),
        before,
        after,
    }
}

/// A guest that was not there before, and what it would be like.
fn came(target: &str, new: &GuestView, plan: &Plan) -> Vec<TwinChange> {
    let exists = change(target, &new.name, "exists", (json!(false), json!(true)));
    let mut fields = fields_of(new);
    // That it has none needs no line; its name and node stand before each.
    for key in ["name", "node", "snapshots"] {
        fields.remove(key);
    }
    let inputs: Vec<String> = plan
        .steps
        .iter()
        .map(|step| step.input.to_string())
        .collect();
    let is_said = |address: &str| inputs.iter().any(|input| input.contains(address));
    let lines = fields
        .into_iter()
        .filter(|(field, value)| {
            let key = field.strip_prefix("config ").unwrap_or(field);
            !value.is_null() && !MADE_UP.contains(&key)
        })
        .map(|(field, value)| {
            let value = match value.as_str() {
                Some(card) if field.starts_with("config net") => {
                    json!(without_address(card, &is_said))
                }
                _ => value,
            };
            change(target, &new.name, &field, (Value::Null, value))
        });
    std::iter::once(exists).chain(lines).collect()
}

/// A network card without the address that PVE draws for it.
fn without_address(card: &str, is_said: &impl Fn(&str) -> bool) -> String {
    let is_drawn = |value: &str| value.matches(':').count() == 5 && !is_said(value);
    card.split(',')
        .filter_map(|part| match part.split_once('=') {
            Some(("hwaddr", value)) if is_drawn(value) => None,
            Some((model, value)) if is_drawn(value) => Some(model),
            _ => Some(part),
        })
        .collect::<Vec<_>>()
        .join(",")
}

fn differences(target: &str, was: &GuestView, is: &GuestView) -> Vec<TwinChange> {
    let (mut before, mut after) = (fields_of(was), fields_of(is));
    let keys: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    let mut all: BTreeMap<String, (Value, Value)> = BTreeMap::new();
    for key in keys {
        let was = before.remove(&key).unwrap_or_default();
        let is = after.remove(&key).unwrap_or_default();
        if was != is {
            all.insert(key, (was, is));
        }
    }
    for (key, value) in &is.pending {
        let waited = was.pending.get(key);
        if waited == Some(value) {
            continue;
        }
        // Against what is in force, or what waited already.
        let before = waited
            .cloned()
            .unwrap_or_else(|| is.config.get(key).cloned());
        let values = (hidden(key, before), hidden(key, value.clone()));
        all.insert(format!("config {key} (pending: needs a restart)"), values);
    }
    for (key, waited) in &was.pending {
        if !is.pending.contains_key(key) {
            let values = (
                hidden(key, waited.clone()),
                hidden(key, is.config.get(key).cloned()),
            );
            all.insert(format!("config {key} (was pending)"), values);
        }
    }
    all.into_iter()
        .map(|(field, values)| change(target, &was.name, &field, values))
        .collect()
}

/// What can be seen of a guest, by the names it is told under.
fn fields_of(guest: &GuestView) -> BTreeMap<String, Value> {
    let ha = guest.ha.as_ref().map(|settings| {
        let words: Vec<String> = settings
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        words.join(",")
    });
    let mut fields = BTreeMap::from([
        ("name".to_owned(), json!(guest.name)),
        ("node".to_owned(), json!(guest.node)),
        ("status".to_owned(), json!(guest.status)),
        ("lock".to_owned(), json!(guest.lock)),
        ("pool".to_owned(), json!(guest.pool)),
        ("ha".to_owned(), json!(ha)),
        ("snapshots".to_owned(), json!(guest.snapshots)),
        ("stands on snapshot".to_owned(), json!(guest.parent)),
    ]);
    for (key, value) in &guest.config {
        fields.insert(format!("config {key}"), hidden(key, Some(value.clone())));
    }
    fields
}

fn hidden(key: &str, value: Option<String>) -> Value {
    match value {
        Some(_) if features::pve_call::is_secret(key) => json!(HIDDEN),
        value => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_was_drawn_is_left_out_and_one_that_was_said_stays() {
        let said = |address: &str| address == "02:00:00:00:00:01";
        for (card, shown) in [
            (
                "virtio=BC:24:11:00:00:01,bridge=vmbr0",
                "virtio,bridge=vmbr0",
            ),
            (
                "virtio=02:00:00:00:00:01,bridge=vmbr0",
                "virtio=02:00:00:00:00:01,bridge=vmbr0",
            ),
            (
                "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth",
                "name=eth0,bridge=vmbr0,ip=dhcp,type=veth",
            ),
        ] {
            assert_eq!(without_address(card, &said), shown);
        }
    }
}
