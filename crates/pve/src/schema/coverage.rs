//! Which methods of an API have a typed call in this crate, and which only the generic one.

use crate::schema::Schema;
use crate::schema::model::{ApiMethod, placeholder};
use crate::schema::typed_calls::TYPED_CALLS;
use crate::transport::Method;

/// The methods of a description, each with the typed calls that make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// All methods, in the order of the description.
    pub methods: Vec<CoveredMethod>,
    /// Typed calls whose methods this description does not have: of other versions, or of parts
    /// that it leaves out. As `delete_x (DELETE /x/*)`.
    pub elsewhere: Vec<String>,
}

/// A method and how it can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredMethod {
    /// The method.
    pub method: Method,
    /// `/nodes/{node}/qemu/{vmid}/config`.
    pub path: String,
    /// The functions of [`crate::Client`] and [`crate::SignIn`] that call it. With none of them
    /// there is [`crate::Client::call`].
    pub typed_by: Vec<&'static str>,
}

/// Counts of a part of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionCoverage {
    /// `/cluster/backup`, `/nodes/{node}/qemu`.
    pub section: String,
    /// Methods with a typed call.
    pub typed: usize,
    /// All methods.
    pub all: usize,
}

impl Coverage {
    /// Compares a description with the typed calls of this crate.
    pub fn of(schema: &Schema) -> Self {
        let methods: Vec<CoveredMethod> = schema.methods().iter().map(covered).collect();
        let elsewhere = TYPED_CALLS
            .iter()
            .filter(|(verb, path, _)| !schema.methods().iter().any(|known| is(known, verb, path)))
            .map(|(verb, path, function)| format!("{function} ({verb} {path})"))
            .collect();
        Self { methods, elsewhere }
    }

    /// How many methods have a typed call.
    pub fn typed(&self) -> usize {
        count_typed(&self.methods)
    }

    /// Counts by section, in the order of the description.
    pub fn sections(&self) -> Vec<SectionCoverage> {
        let mut sections: Vec<SectionCoverage> = Vec::new();
        for method in &self.methods {
            let name = section_of(&method.path);
            let typed = usize::from(!method.typed_by.is_empty());
            match sections.iter_mut().find(|known| known.section == name) {
                Some(known) => {
                    known.typed += typed;
                    known.all += 1;
                }
                None => sections.push(SectionCoverage {
                    section: name,
                    typed,
                    all: 1,
                }),
            }
        }
        sections
    }
}

fn count_typed(methods: &[CoveredMethod]) -> usize {
    methods
        .iter()
        .filter(|method| !method.typed_by.is_empty())
        .count()
}

fn covered(method: &ApiMethod) -> CoveredMethod {
    CoveredMethod {
        method: method.method,
        path: method.path.clone(),
        typed_by: TYPED_CALLS
            .iter()
            .filter(|(verb, path, _)| is(method, verb, path))
            .map(|(_, _, function)| *function)
            .collect(),
    }
}

/// `*` is any value, and stands for a name of the description only: a typed call is never taken
/// for more than it says.
fn is(method: &ApiMethod, verb: &str, path: &str) -> bool {
    let segments = |path: &'_ str| -> Vec<String> {
        path.split('/')
            .filter(|segment| !segment.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (known, called) = (segments(&method.path), segments(path));
    method.method.as_str() == verb
        && known.len() == called.len()
        && known
            .iter()
            .zip(&called)
            .all(|(known, called)| match called.as_str() {
                "*" => placeholder(known).is_some(),
                "{kind}" => matches!(known.as_str(), "qemu" | "lxc"),
                called => known == called,
            })
}

/// The first two segments that are no names: `/nodes/{node}/qemu` and `/cluster/backup`.
fn section_of(path: &str) -> String {
    let mut section = String::new();
    let mut words = 0;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let is_word = placeholder(segment).is_none();
        if words == 2 || (words > 0 && !is_word && !section.starts_with("/nodes")) {
            break;
        }
        words += usize::from(is_word);
        section.push('/');
        section.push_str(segment);
        if words == 2 {
            break;
        }
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_as_long_as_they_tell_something() {
        for (path, section) in [
            ("/version", "/version"),
            ("/nodes", "/nodes"),
            ("/nodes/{node}/qemu/{vmid}/config", "/nodes/{node}/qemu"),
            ("/nodes/{node}", "/nodes/{node}"),
            ("/storage/{storage}", "/storage"),
            ("/access/users/{userid}/tfa", "/access/users"),
            ("/cluster/backup/{id}", "/cluster/backup"),
        ] {
            assert_eq!(section_of(path), section, "{path}");
        }
    }

    #[test]
    fn a_value_in_a_typed_call_never_covers_a_fixed_word() {
        let schema = Schema::read(
            br#"[{"path":"/nodes/{node}/qemu/{vmid}/status/start","info":{"POST":{}}}]"#,
        )
        .unwrap();
        let start = &schema.methods()[0];
        assert!(is(start, "POST", "/nodes/*/{kind}/*/status/start"));
        assert!(!is(start, "POST", "/nodes/*/{kind}/*/status/*"));
        assert!(!is(start, "GET", "/nodes/*/{kind}/*/status/start"));
        assert!(!is(start, "POST", "/nodes/*/*/*/status/start"));
    }

    #[test]
    fn the_counts_of_the_sections_make_the_whole() {
        let schema = Schema::read(
            br#"[{"path":"/version","info":{"GET":{}}},
                 {"path":"/nodes/{node}/qemu/{vmid}/config","info":{"GET":{},"POST":{}}},
                 {"path":"/brand/new","info":{"GET":{}}}]"#,
        )
        .unwrap();
        let coverage = Coverage::of(&schema);
        let sections = coverage.sections();
        assert_eq!(sections.iter().map(|s| s.all).sum::<usize>(), 4);
        assert_eq!(
            sections.iter().map(|s| s.typed).sum::<usize>(),
            coverage.typed()
        );
        let new = coverage
            .methods
            .iter()
            .find(|m| m.path == "/brand/new")
            .unwrap();
        assert_eq!(new.typed_by, [""; 0]);
        let version = coverage
            .methods
            .iter()
            .find(|m| m.path == "/version")
            .unwrap();
        assert_eq!(version.typed_by, ["version"]);
    }
}
