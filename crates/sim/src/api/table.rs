//! The table of all routes and the way to the one that a request means. Paths are walked part by part, so
//! that a request costs what its own path costs, however many methods are simulated.

use std::collections::BTreeMap;

use super::route::{Named, Route, Segment, Verb, takes_rest};
use crate::cluster::guest::GuestKind;

/// All routes, with an index over their paths.
#[derive(Debug)]
pub(crate) struct Routes {
    all: Vec<Route>,
    root: Branch,
}

/// What may follow on a part of a path. Places are those in the table: where several routes fit, the one
/// that stands first is meant.
#[derive(Debug, Default)]
struct Branch {
    fixed: BTreeMap<&'static str, Branch>,
    kind: Option<Box<Branch>>,
    named: Option<Box<Branch>>,
    /// Routes that end here.
    ends: Vec<usize>,
    /// Routes that take all that is left as one name.
    takes_rest: Vec<usize>,
}

impl Routes {
    pub(crate) fn new(all: Vec<Route>) -> Self {
        let mut root = Branch::default();
        for (place, route) in all.iter().enumerate() {
            root.add(route.segments(), place);
        }
        Self { all, root }
    }

    pub(crate) fn all(&self) -> &[Route] {
        &self.all
    }

    /// The route of a request and its path parameters.
    pub(crate) fn find(&self, verb: Verb, path: &[String]) -> Option<(&Route, Named)> {
        let mut first = None;
        self.root.walk(path, &mut |place| {
            let fits = self.all.get(place).is_some_and(|route| route.verb == verb);
            if fits && first.is_none_or(|first| place < first) {
                first = Some(place);
            }
        });
        let route = self.all.get(first?)?;
        Some((route, route.names(path)))
    }
}

impl Branch {
    fn add(&mut self, segments: &[Segment], place: usize) {
        let Some((segment, rest)) = segments.split_first() else {
            self.ends.push(place);
            return;
        };
        let next = match segment {
            Segment::Named(name) if rest.is_empty() && takes_rest(name) => {
                self.takes_rest.push(place);
                return;
            }
            Segment::Fixed(word) => self.fixed.entry(word).or_default(),
            Segment::Kind => self.kind.get_or_insert_default(),
            Segment::Named(_) => self.named.get_or_insert_default(),
        };
        next.add(rest, place);
    }

    /// Shows the places of all routes whose path fits.
    fn walk(&self, path: &[String], found: &mut impl FnMut(usize)) {
        let Some((part, rest)) = path.split_first() else {
            self.ends.iter().copied().for_each(found);
            return;
        };
        // PVE's templates match words only.
        let is_word = |part: &String| !part.contains(char::is_whitespace);
        if path.iter().all(is_word) {
            self.takes_rest.iter().copied().for_each(&mut *found);
        }
        if let Some(next) = self.fixed.get(part.as_str()) {
            next.walk(rest, found);
        }
        if let Some(next) = &self.kind
            && GuestKind::parse(part).is_some()
        {
            next.walk(rest, found);
        }
        if let Some(next) = &self.named
            && is_word(part)
        {
            next.walk(rest, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Routes {
        Routes::new(crate::api::routes())
    }

    fn parts(path: &str) -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }

    #[test]
    fn every_route_is_found_by_a_path_of_its_own() {
        let table = table();
        for route in table.all() {
            let path = route
                .template
                .replace("{kind}", "lxc")
                .replace(['{', '}'], "");
            let (found, names) = table.find(route.verb, &parts(&path)).unwrap();
            // A name may be a fixed word of a route that stands before.
            let is_before = found.template != route.template;
            assert!(
                !is_before || found.matches(route.verb, &parts(&path)).is_some(),
                "{} {path}: {}",
                route.verb.as_str(),
                found.template
            );
            if !is_before {
                assert_eq!(
                    names.len(),
                    route.template.matches('{').count(),
                    "{}",
                    route.template
                );
            }
        }
    }

    #[test]
    fn no_method_is_there_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for route in table().all() {
            // Two names for the same part of a path are one path.
            let path: Vec<&str> = route
                .template
                .split('/')
                .map(|part| match part {
                    "{kind}" => part,
                    part if part.starts_with('{') => "{}",
                    part => part,
                })
                .collect();
            let method = format!("{} {}", route.verb.as_str(), path.join("/"));
            assert!(seen.insert(method.clone()), "{method}");
        }
    }

    #[test]
    fn the_index_finds_what_a_look_at_each_route_finds() {
        let table = table();
        let words = [
            "nodes",
            "pve1",
            "qemu",
            "lxc",
            "100",
            "config",
            "storage",
            "content",
            "local:100/vm-100-disk-0.qcow2",
            "a b",
            "firewall",
            "rules",
            "0",
            "cluster",
            "ha",
            "snapshot",
            "access",
            "users",
            "status",
        ];
        let mut random = crate::random::Random::new(7);
        let mut hits = 0;
        for _ in 0..60_000 {
            let length = 1 + random.below(7);
            let path: Vec<String> = (0..length)
                .map(|_| words[random.below(words.len() as u64) as usize].to_owned())
                .collect();
            for verb in [Verb::Get, Verb::Post, Verb::Put, Verb::Delete] {
                let by_index = table
                    .find(verb, &path)
                    .map(|(route, names)| (route.template, names));
                let one_by_one = table
                    .all()
                    .iter()
                    .find_map(|route| Some((route.template, route.matches(verb, &path)?)));
                assert_eq!(by_index, one_by_one, "{} {path:?}", verb.as_str());
                hits += usize::from(by_index.is_some());
            }
        }
        assert!(hits > 100, "{hits}");
    }

    #[test]
    fn a_volume_keeps_its_slashes_and_no_name_has_a_blank() {
        let table = table();
        let path = parts("nodes/pve1/storage/local/content/local:iso/a.iso");
        let (route, names) = table.find(Verb::Get, &path).unwrap();
        assert_eq!(
            route.template,
            "/nodes/{node}/storage/{storage}/content/{volume}"
        );
        assert_eq!(names.get("volume").unwrap(), "local:iso/a.iso");
        let path = vec!["nodes".to_owned(), "p v".to_owned(), "status".to_owned()];
        assert!(table.find(Verb::Get, &path).is_none());
    }
}
