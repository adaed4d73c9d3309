//! Tables of parameters. One line each, below the line that names the method:
//!
//! ```text
//! PUT /nodes/{node}/qemu/{vmid}/config
//! include qemu-options            lines of a `block`
//! digest text ..40                at most 40 characters
//! vmid! fmt pve-vmid              `!`: must be given; a named format
//! net[31] props                   net0 … net31: a property string, its keys follow, indented
//!   model! * enum e1000|virtio    `*`: the key that may be left out
//!   virtio keyalias model macaddr `virtio=MAC` is `model=virtio,macaddr=MAC`
//!   tag int 1..4094
//! force bool needs delete         only together with another
//! ```

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use regex::Regex;

/// What a value must look like.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    Number {
        min: Option<f64>,
        max: Option<f64>,
    },
    Boolean,
    Text {
        min: Option<usize>,
        max: Option<usize>,
    },
    OneOf(&'static str),
    Pattern(Arc<Pattern>),
    /// A format with a name, and the longest value.
    Format(&'static str, Option<usize>),
    Array(Box<Kind>),
    Properties(Arc<[Property]>),
}

/// A pattern of the whole value. It is read when somebody first asks: there are hundreds, and reading all of
/// them took most of the time in which a simulator starts.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: &'static str,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    fn new(text: &'static str) -> Self {
        Self {
            text,
            regex: OnceLock::new(),
        }
    }

    /// As the table has it.
    pub(crate) fn text(&self) -> &'static str {
        self.text
    }

    pub(crate) fn fits(&self, value: &str) -> bool {
        let regex = self
            .regex
            .get_or_init(|| Regex::new(&format!("^(?:{})$", self.text)).ok());
        // The tests read every table, so a pattern that is none does not get this far.
        regex.as_ref().is_none_or(|regex| regex.is_match(value))
    }
}

/// A parameter of a method.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// The name stands for `name0` to `nameN`.
    pub(crate) last_index: Option<u32>,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
    pub(crate) needs: Option<&'static str>,
}

/// A key of a property string.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) is_default: bool,
    pub(crate) role: Role,
    pub(crate) needs: Option<&'static str>,
}

/// What a key stands for.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    Value(Kind),
    Alias(&'static str),
    /// The key's own name is the value of the first key, its value that of the second.
    KeyAlias(&'static str, &'static str),
}

impl Parameter {
    /// Whether a given name is this parameter.
    pub(crate) fn fits(&self, name: &str) -> bool {
        match self.last_index {
            None => self.name == name,
            Some(last) => name
                .strip_prefix(self.name)
                .filter(|digits| !digits.starts_with('0') || *digits == "0")
                .and_then(|digits| digits.parse::<u32>().ok())
                .is_some_and(|index| index <= last),
        }
    }
}

/// The parameters of all methods.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    methods: HashMap<&'static str, Arc<[Parameter]>>,
}

const TEXTS: &[&str] = &[
    include_str!("params/blocks.params"),
    include_str!("params/guest_options.params"),
    include_str!("params/guests.params"),
    include_str!("params/storage.params"),
    include_str!("params/cluster.params"),
    include_str!("params/firewall.params"),
    include_str!("params/nodes.params"),
    include_str!("params/access.params"),
    include_str!("params/sections.params"),
    include_str!("params/sdn.params"),
    include_str!("params/node_config.params"),
    include_str!("params/membership.params"),
];

impl Tables {
    pub(crate) fn read() -> Self {
        let mut blocks: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
        let mut methods: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
        let mut block = None;
        for line in TEXTS.iter().flat_map(|text| text.lines()) {
            let starts_method = ["GET /", "POST /", "PUT /", "DELETE /"]
                .iter()
                .any(|start| line.starts_with(start));
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            if let Some(name) = line.strip_prefix("block ") {
                block = Some(name);
                blocks.entry(name).or_default();
            } else if starts_method {
                block = None;
                methods.push((line, Vec::new()));
            } else if let Some(name) = block {
                add_line(
                    blocks.get(included(line)).cloned(),
                    line,
                    blocks.entry(name).or_default(),
                );
            } else if let Some((_, lines)) = methods.last_mut() {
                add_line(blocks.get(included(line)).cloned(), line, lines);
            }
        }
        Self {
            methods: methods
                .into_iter()
                .map(|(head, lines)| (head, parameters(&lines).into()))
                .collect(),
        }
    }

    /// Parameters of `VERB /path`; a method that is not named takes none.
    pub(crate) fn of(&self, method: &str) -> Arc<[Parameter]> {
        self.methods.get(method).cloned().unwrap_or_default()
    }
}

fn included(line: &'static str) -> &'static str {
    line.trim_start()
        .strip_prefix("include ")
        .unwrap_or_default()
}

fn add_line(block: Option<Vec<&'static str>>, line: &'static str, to: &mut Vec<&'static str>) {
    match block {
        Some(lines) => to.extend(lines),
        None => to.push(line),
    }
}

fn parameters(lines: &[&'static str]) -> Vec<Parameter> {
    let mut all: Vec<(Parameter, Vec<Property>)> = Vec::new();
    for line in lines {
        match (line.strip_prefix("  "), all.last_mut()) {
            (Some(line), Some((_, properties))) => properties.push(property(line)),
            _ => all.push((parameter(line), Vec::new())),
        }
    }
    all.into_iter()
        .map(|(mut parameter, properties)| {
            if matches!(parameter.kind, Kind::Properties(_)) {
                parameter.kind = Kind::Properties(properties.into());
            }
            parameter
        })
        .collect()
}

fn parameter(line: &'static str) -> Parameter {
    let (name, rest) = line.split_once(' ').unwrap_or((line, "text"));
    let (name, required) = match name.strip_suffix('!') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (name, last_index) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((name, last)) => (name, last.parse().ok()),
        None => (name, None),
    };
    let (rest, needs) = without_needs(rest);
    Parameter {
        name,
        last_index,
        required,
        kind: kind(rest),
        needs,
    }
}

fn property(line: &'static str) -> Property {
    let (name, rest) = line.split_once(' ').unwrap_or((line, "text"));
    let (name, required) = match name.strip_suffix('!') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (rest, is_default) = match rest.strip_prefix("* ") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (rest, needs) = without_needs(rest);
    let mut words = rest.split(' ');
    let role = match (words.next(), words.next(), words.next()) {
        (Some("alias"), Some(other), None) => Role::Alias(other),
        (Some("keyalias"), Some(key), Some(value)) => Role::KeyAlias(key, value),
        _ => Role::Value(kind(rest)),
    };
    Property {
        name,
        required,
        is_default,
        role,
        needs,
    }
}

fn without_needs(rest: &'static str) -> (&'static str, Option<&'static str>) {
    match rest.rsplit_once(" needs ") {
        Some((rest, other)) => (rest, Some(other)),
        None => (rest, None),
    }
}

fn kind(text: &'static str) -> Kind {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (low, high) = rest.split_once("..").unwrap_or((rest, ""));
    match word {
        "int" => Kind::Integer {
            min: low.parse().ok(),
            max: high.parse().ok(),
        },
        "num" => Kind::Number {
            min: low.parse().ok(),
            max: high.parse().ok(),
        },
        "bool" => Kind::Boolean,
        "enum" => Kind::OneOf(rest),
        "array" => Kind::Array(Box::new(kind(rest))),
        "props" => Kind::Properties(Arc::new([])),
        "re" => Kind::Pattern(Arc::new(Pattern::new(rest))),
        "fmt" => {
            let (name, limits) = rest.split_once(' ').unwrap_or((rest, ""));
            let longest = limits
                .split_once("..")
                .and_then(|(_, high)| high.parse().ok());
            Kind::Format(name, longest)
        }
        _ => Kind::Text {
            min: low.parse().ok(),
            max: high.parse().ok(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_and_every_include_of_the_tables_can_be_read() {
        for line in TEXTS.iter().flat_map(|text| text.lines()) {
            if let Some((_, pattern)) = line.split_once(" re ") {
                let (pattern, _) = without_needs(pattern);
                assert!(Regex::new(pattern).is_ok(), "{line}");
            }
        }
        let tables = Tables::read();
        for (method, parameters) in &tables.methods {
            for parameter in parameters.iter() {
                assert_ne!(parameter.name, "include", "{method}");
                if let Kind::Format(name, _) = parameter.kind {
                    assert!(super::super::formats::is_known(name), "{method}: {name}");
                }
            }
        }
    }

    #[test]
    fn no_method_and_no_block_is_declared_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for line in TEXTS.iter().flat_map(|text| text.lines()) {
            let is_head = ["block ", "GET /", "POST /", "PUT /", "DELETE /"]
                .iter()
                .any(|start| line.starts_with(start));
            assert!(!is_head || seen.insert(line), "{line}");
        }
    }

    #[test]
    fn a_line_is_read_with_its_keys() {
        let tables = Tables::read();
        let options = tables.of("PUT /nodes/{node}/qemu/{vmid}/config");
        let net = options.iter().find(|option| option.fits("net31")).unwrap();
        assert!(!net.fits("net32") && !net.fits("net") && !net.fits("net01"));
        let Kind::Properties(keys) = &net.kind else {
            panic!("{net:?}");
        };
        let model = keys.iter().find(|key| key.name == "model").unwrap();
        assert!(model.required && model.is_default);
    }
}
