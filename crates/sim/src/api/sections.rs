//! What all configurations made of named sections have in common: lists, one section, changes with
//! `delete` and `digest`.

use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::route::{Answer, Given, Request};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;
use crate::schema::check::list_items;
use crate::schema::table::Kind;

/// A file of sections as the API shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File {
    /// Where the sections are kept.
    pub(crate) name: &'static str,
    /// The key that holds a section's name: a parameter when it is made, a part of the path later.
    pub(crate) key: &'static str,
    /// What a missing section is called: `no such …`.
    pub(crate) what: &'static str,
    /// One section shows its own name, too.
    pub(crate) names_itself: bool,
    /// Answers carry a digest.
    pub(crate) has_digest: bool,
}

impl File {
    /// Name of the section that a request is about.
    pub(crate) fn name_of(self, request: &Request<'_>) -> String {
        match request.in_path(self.key) {
            "" => request.text(self.key).unwrap_or_default(),
            name => name.to_owned(),
        }
    }

    /// The file's SHA-1: equal when nothing was changed.
    pub(crate) fn digest(self, cluster: &Cluster) -> String {
        digest(
            cluster
                .settings
                .all(self.name)
                .map(|(name, section)| format!("{name} {}\n", Value::Object(section.clone()))),
        )
    }

    pub(crate) fn missing(self, name: &str) -> Refusal {
        Refusal::died(format!("{} '{name}' does not exist", self.what))
    }

    /// One section with its name, as lists show it.
    pub(crate) fn row(self, name: &str, section: &Section, digest: &str) -> Value {
        let mut map = section.clone();
        map.insert(self.key.to_owned(), name.into());
        if self.has_digest {
            map.insert("digest".to_owned(), digest.into());
        }
        Value::Object(map)
    }

    pub(crate) fn show(self, cluster: &Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
        let name = self.name_of(request);
        let section = cluster
            .settings
            .get(self.name, &name)
            .ok_or_else(|| self.missing(&name))?;
        let mut map = section.clone();
        if self.names_itself {
            map.insert(self.key.to_owned(), name.into());
        }
        if self.has_digest {
            map.insert("digest".to_owned(), self.digest(cluster).into());
        }
        Ok(Value::Object(map).into())
    }

    pub(crate) fn create(
        self,
        cluster: &mut Cluster,
        request: &Request<'_>,
        taken: impl FnOnce(&str) -> Refusal,
    ) -> Result<Answer, Refusal> {
        let name = self.name_of(request);
        if cluster.settings.get(self.name, &name).is_some() {
            return Err(taken(&name));
        }
        let mut section = typed(request);
        section.remove(self.key);
        cluster.settings.insert(self.name, &name, section);
        Ok(Answer::null())
    }

    pub(crate) fn update(
        self,
        cluster: &mut Cluster,
        request: &Request<'_>,
    ) -> Result<Answer, Refusal> {
        let name = self.name_of(request);
        check_digest(request, &self.digest(cluster))?;
        let changes = typed(request);
        let delete = deleted(request);
        let section = cluster
            .settings
            .get_mut(self.name, &name)
            .ok_or_else(|| self.missing(&name))?;
        section.retain(|key, _| !delete.contains(key));
        section.extend(changes);
        Ok(Answer::null())
    }

    pub(crate) fn delete(
        self,
        cluster: &mut Cluster,
        request: &Request<'_>,
    ) -> Result<Answer, Refusal> {
        let name = self.name_of(request);
        cluster
            .settings
            .remove(self.name, &name)
            .map(|_| Answer::null())
            .ok_or_else(|| self.missing(&name))
    }
}

/// An object with one more key.
pub(crate) fn with(mut object: Value, key: &str, value: impl Into<Value>) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value.into());
    }
    object
}

/// SHA-1 of a file's text, in hexadecimal digits.
pub(crate) fn digest(lines: impl Iterator<Item = String>) -> String {
    let mut hash = Sha1::new();
    for line in lines {
        hash.update(line.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

/// Refuses a change of something that others changed meanwhile.
pub(crate) fn check_digest(request: &Request<'_>, now: &str) -> Result<(), Refusal> {
    match request.text("digest") {
        Some(given) if given != now => Err(Refusal::died(
            "detected modified configuration - file changed by other user? Try again.",
        )),
        _ => Ok(()),
    }
}

/// The keys that a change takes away.
pub(crate) fn deleted(request: &Request<'_>) -> Vec<String> {
    let text = request.text("delete").unwrap_or_default();
    list_items(&text).map(str::to_owned).collect()
}

/// The request's values in the JSON types of their parameters.
pub(crate) fn typed(request: &Request<'_>) -> Map<String, Value> {
    request
        .parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "delete" | "digest" | "lock-token"))
        .map(|(name, given)| {
            let kind = request
                .known
                .iter()
                .find(|parameter| parameter.fits(name))
                .map(|parameter| &parameter.kind);
            (name.clone(), value(kind, given))
        })
        .collect()
}

fn value(kind: Option<&Kind>, given: &Given) -> Value {
    let text = given.text();
    match kind {
        Some(Kind::Integer { .. } | Kind::Boolean) => text
            .parse::<i64>()
            .map_or_else(|_| text.as_str().into(), Value::from),
        Some(Kind::Number { .. }) => text
            .parse::<f64>()
            .map_or_else(|_| text.as_str().into(), Value::from),
        Some(Kind::Array(_)) => match given {
            Given::One(one) => Value::from(vec![one.as_str()]),
            Given::Many(many) => many.iter().map(String::as_str).collect(),
        },
        _ => text.into(),
    }
}
