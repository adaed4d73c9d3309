//! The configuration file: from TOML to values, each mistake with its line.

use std::collections::BTreeMap;

use serde_json::Value;
use toml_edit::{Document, Item, Table};

use super::{
    Setting,
    keys::{KEYS, Key, Kind},
};

/// Reads the text of a file.
pub(super) fn read(path: &str, text: &str) -> Result<BTreeMap<&'static str, Setting>, Vec<String>> {
    let document = Document::parse(text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| line_of(text, span.start));
        let said = error.message().trim().replace('\n', ", ");
        vec![match error.span().and_then(|span| text.get(span)) {
            Some(name) if said == "duplicate key" => {
                let name = name.trim();
                format!("{path}:{line}: duplicate key `{name}`: it is set further up already, keep one of them")
            }
            _ => format!("{path}:{line}: {said}"),
        }]
    })?;
    let mut reader = Reader {
        path,
        text,
        settings: BTreeMap::new(),
        mistakes: Vec::new(),
    };
    reader.table("", document.as_table());
    if reader.mistakes.is_empty() {
        Ok(reader.settings)
    } else {
        Err(reader.mistakes)
    }
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    settings: BTreeMap<&'static str, Setting>,
    mistakes: Vec<String>,
}

impl Reader<'_> {
    fn table(&mut self, section: &str, table: &Table) {
        for (name, item) in table {
            let full = if section.is_empty() {
                name.to_owned()
            } else {
                format!("{section}.{name}")
            };
            let at = table
                .get_key_value(name)
                .and_then(|(key, _)| key.span())
                .or_else(|| item.span())
                .map_or(1, |span| line_of(self.text, span.start));
            if let Item::Table(inner) = item {
                if KEYS
                    .iter()
                    .any(|key| key.name.starts_with(&format!("{full}.")))
                {
                    self.table(&full, inner);
                } else {
                    let at = inner
                        .span()
                        .map_or(at, |span| line_of(self.text, span.start));
                    self.unknown(at, "section", &full, &sections());
                }
                continue;
            }
            match KEYS.iter().find(|key| key.name == full) {
                Some(key) => self.value(key, item, at),
                None => {
                    let names: Vec<String> = KEYS.iter().map(|key| key.name.to_owned()).collect();
                    self.unknown(at, "key", &full, &names);
                }
            }
        }
    }

    fn value(&mut self, key: &'static Key, item: &Item, at: usize) {
        let value = item.as_value().and_then(|value| {
            value
                .as_str()
                .map(Value::from)
                .or_else(|| value.as_bool().map(Value::from))
                .or_else(|| value.as_integer().map(Value::from))
        });
        match value
            .ok_or_else(|| key.kind.expected())
            .and_then(|value| key.kind.check(value))
        {
            Ok(value) => {
                let source = format!("{}:{at}", self.path);
                self.settings.insert(key.name, Setting { value, source });
            }
            Err(why) => {
                let example = match key.kind {
                    Kind::Text | Kind::Address if !key.default.is_empty() => {
                        format!(", for instance {}", key.default_text())
                    }
                    _ => String::new(),
                };
                self.mistakes
                    .push(format!("{}:{at}: {}: {why}{example}", self.path, key.name));
            }
        }
    }

    fn unknown(&mut self, at: usize, what: &str, name: &str, known: &[String]) {
        let hint = match nearest(known, name) {
            Some(candidate) => format!("; did you mean `{candidate}`?"),
            None => "; `proxmox-ai config print-default` shows all keys".to_owned(),
        };
        self.mistakes.push(format!(
            "{}:{at}: there is no {what} `{name}`{hint}",
            self.path
        ));
    }
}

fn sections() -> Vec<String> {
    let mut sections: Vec<String> = KEYS
        .iter()
        .filter_map(|key| key.name.rsplit_once('.'))
        .map(|(section, _)| section.to_owned())
        .collect();
    sections.dedup();
    sections
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The known name that somebody most likely meant.
pub(super) fn nearest<'a>(known: &'a [String], name: &str) -> Option<&'a String> {
    known
        .iter()
        .map(|candidate| (distance(candidate, name), candidate))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits between two names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = row.get(j).copied().unwrap_or(0) + usize::from(x != *y);
            let removed = row.get(j + 1).copied().unwrap_or(0) + 1;
            let added = next.last().copied().unwrap_or(0) + 1;
            next.push(replaced.min(removed).min(added));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
