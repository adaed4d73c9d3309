//! From a concrete path to its method.

use std::collections::{BTreeMap, HashMap};

use crate::path::ApiPath;
use crate::schema::Schema;
use crate::schema::model::{ApiMethod, placeholder};
use crate::transport::Method;

/// A method and the values of the names in its path.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a> {
    /// The method.
    pub method: &'a ApiMethod,
    /// `node` to `pve1` and so on.
    pub in_path: BTreeMap<&'a str, String>,
}

/// The paths as a tree: fixed segments go before placeholders, as on the server.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tree {
    branches: Vec<Branch>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Branch {
    fixed: HashMap<String, usize>,
    any: Option<usize>,
    /// The rest of the path is one value: volumes have slashes in their names.
    takes_rest: bool,
    methods: Vec<(Method, usize)>,
}

impl Tree {
    pub(super) fn of(methods: &[ApiMethod]) -> Self {
        let mut tree = Self {
            branches: vec![Branch::default()],
        };
        for (number, method) in methods.iter().enumerate() {
            let mut at = 0;
            for segment in segments(&method.path) {
                at = tree.below(at, segment);
            }
            if let Some(branch) = tree.branches.get_mut(at) {
                branch.methods.push((method.method, number));
            }
        }
        tree
    }

    fn below(&mut self, at: usize, segment: &str) -> usize {
        let fresh = self.branches.len();
        let Some(branch) = self.branches.get_mut(at) else {
            return at;
        };
        let name = placeholder(segment);
        let next = match name {
            Some(_) => *branch.any.get_or_insert(fresh),
            None => *branch.fixed.entry(segment.to_owned()).or_insert(fresh),
        };
        if next == fresh {
            self.branches.push(Branch {
                takes_rest: name == Some("volume"),
                ..Branch::default()
            });
        }
        next
    }

    fn find(&self, path: &ApiPath) -> Option<&Branch> {
        let mut branch = self.branches.first()?;
        for segment in path.segments() {
            let next = branch.fixed.get(segment).copied().or(branch.any);
            branch = match next {
                Some(next) => self.branches.get(next)?,
                None if branch.takes_rest => return Some(branch),
                None => return None,
            };
        }
        Some(branch)
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

impl Schema {
    /// The method that answers this call, if there is one.
    pub fn find(&self, method: Method, path: &ApiPath) -> Option<Found<'_>> {
        let branch = self.tree.find(path)?;
        let (_, number) = branch.methods.iter().find(|(known, _)| *known == method)?;
        let method = self.methods.get(*number)?;
        let mut given = path.segments();
        let mut in_path = BTreeMap::new();
        for segment in segments(&method.path) {
            let value = given.next()?;
            if let Some(name) = placeholder(segment) {
                in_path.insert(name, value.to_owned());
            }
        }
        if branch.takes_rest
            && let Some(volume) = in_path.get_mut("volume")
        {
            for segment in given {
                volume.push('/');
                volume.push_str(segment);
            }
        }
        Some(Found { method, in_path })
    }

    /// The methods that a path has.
    pub fn methods_at(&self, path: &ApiPath) -> Vec<Method> {
        let branch = self.tree.find(path);
        branch.map_or_else(Vec::new, |branch| {
            branch.methods.iter().map(|(method, _)| *method).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        Schema::read(
            br#"[
            {"path":"/version","info":{"GET":{}}},
            {"path":"/nodes/{node}","info":{"GET":{}},"children":[
              {"path":"/nodes/{node}/storage/{storage}/content/{volume}","info":{"GET":{},"DELETE":{}}},
              {"path":"/nodes/{node}/tasks/{upid}/log","info":{"GET":{}}}]},
            {"path":"/cluster/backup/{id}","info":{"GET":{},"PUT":{}}},
            {"path":"/cluster/backup/fixed","info":{"GET":{}}}]"#,
        )
        .unwrap()
    }

    fn template(method: Method, path: &str) -> Option<(String, BTreeMap<String, String>)> {
        let schema = schema();
        let found = schema.find(method, &path.parse().unwrap())?;
        let in_path = found.in_path.iter();
        Some((
            found.method.path.clone(),
            in_path
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        ))
    }

    #[test]
    fn paths_are_found_with_the_values_of_their_names() {
        let named = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        assert_eq!(
            template(Method::Get, "/version"),
            Some(("/version".into(), named(&[])))
        );
        assert_eq!(
            template(Method::Get, "/cluster/backup/fixed"),
            Some(("/cluster/backup/fixed".into(), named(&[])))
        );
        assert_eq!(
            template(Method::Put, "/cluster/backup/b1"),
            Some(("/cluster/backup/{id}".into(), named(&[("id", "b1")])))
        );
        for volume in ["local:iso/a.iso", "local%3Aiso%2Fa.iso"] {
            assert_eq!(
                template(
                    Method::Delete,
                    &format!("/nodes/pve1/storage/local/content/{volume}")
                ),
                Some((
                    "/nodes/{node}/storage/{storage}/content/{volume}".into(),
                    named(&[
                        ("node", "pve1"),
                        ("storage", "local"),
                        ("volume", "local:iso/a.iso")
                    ])
                ))
            );
        }
    }

    #[test]
    fn unknown_paths_and_methods_are_not_found() {
        for (method, path) in [
            (Method::Post, "/version"),
            (Method::Get, "/"),
            (Method::Get, "/nothing"),
            (Method::Get, "/version/more"),
            (Method::Get, "/nodes/pve1/tasks/x"),
        ] {
            assert_eq!(template(method, path), None, "{path}");
        }
        let at = schema().methods_at(&"/cluster/backup/b1".parse().unwrap());
        assert_eq!(at, [Method::Get, Method::Put]);
    }
}
