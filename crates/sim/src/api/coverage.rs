//! How each method of the API is simulated: from the cluster's state, with an answer that is always the
//! same, or not at all; as a list and as a page.

use std::collections::{BTreeMap, BTreeSet};

use super::describe::paths;
use super::route::Route;

/// How a method of the API is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Simulated {
    /// It reads the cluster's state or changes it.
    State,
    /// The answer is always the same: a directory, or what a cluster that has nothing of the kind says.
    Constant,
    /// It makes PVE's checks where they are known, and then answers 501.
    Not,
}

impl Simulated {
    /// As the page says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Constant => "constant",
            Self::Not => "501",
        }
    }
}

/// A method of the API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CoveredMethod {
    /// With holes, such as `/nodes/{node}/qemu/{vmid}/config`.
    pub path: String,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub verb: String,
    /// How it is simulated.
    pub how: Simulated,
    /// Whether a call of it stands in the record of changes.
    pub changes: bool,
}

/// Methods without a route, as `PATH VERB VERB`.
const ABSENT: &str = include_str!("absent.list");

/// All methods of the releases that are simulated, in the order of their paths.
pub(crate) fn methods(routes: &[Route]) -> Vec<CoveredMethod> {
    let mut methods: BTreeMap<(String, String), CoveredMethod> = BTreeMap::new();
    let absent = ABSENT.lines().filter(|line| !line.starts_with('#'));
    for (path, verbs) in absent.filter_map(|line| line.split_once(' ')) {
        for verb in verbs.split(' ') {
            add(&mut methods, (path, verb), Simulated::Not, false);
        }
    }
    for route in routes {
        for (path, _) in paths(route) {
            let changes = route.operation.is_some();
            add(
                &mut methods,
                (&path, route.verb.as_str()),
                route.how,
                changes,
            );
        }
    }
    methods.into_values().collect()
}

fn add(
    methods: &mut BTreeMap<(String, String), CoveredMethod>,
    (path, verb): (&str, &str),
    how: Simulated,
    changes: bool,
) {
    let method = CoveredMethod {
        path: path.to_owned(),
        verb: verb.to_owned(),
        how,
        changes,
    };
    methods.insert((path.to_owned(), verb.to_owned()), method);
}

const VERBS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// The methods as a page in Markdown: a row for each path.
pub(crate) fn page(methods: &[CoveredMethod]) -> String {
    let number =
        |fits: &dyn Fn(&CoveredMethod) -> bool| methods.iter().filter(|one| fits(one)).count();
    let mut text = format!(
        "# What the simulator simulates\n\nGenerated from the program. Of the {} methods of the API, {} work on the cluster's state ({} of \
         them change it), {} always give the same answer (a directory, or what a cluster that has nothing of the kind says), and {} \
         answer 501, after PVE's checks where they are known. A method that a release lacks answers 501 in that release.\n\n\
         | Path | GET | POST | PUT | DELETE |\n|---|---|---|---|---|\n",
        methods.len(),
        number(&|one| one.how == Simulated::State),
        number(&|one| one.how == Simulated::State && one.changes),
        number(&|one| one.how == Simulated::Constant),
        number(&|one| one.how == Simulated::Not),
    );
    let by_name: BTreeMap<(&str, &str), Simulated> = methods
        .iter()
        .map(|one| ((one.path.as_str(), one.verb.as_str()), one.how))
        .collect();
    let paths: BTreeSet<&str> = methods.iter().map(|one| one.path.as_str()).collect();
    for path in paths {
        let cells = VERBS.map(|verb| by_name.get(&(path, verb)).map_or("", |how| how.as_str()));
        for word in ["| `", path, "` | ", &cells.join(" | "), " |\n"] {
            text.push_str(word);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_cell_for_each_method() {
        let methods = methods(&crate::api::routes());
        let page = page(&methods);
        let cells = page
            .lines()
            .filter(|line| line.starts_with("| `/"))
            .flat_map(|line| line.split(" | ").skip(1))
            .filter(|cell| !cell.trim_matches(['|', ' ']).is_empty())
            .count();
        assert_eq!(cells, methods.len());
        let with_state = methods
            .iter()
            .filter(|one| one.how == Simulated::State)
            .count();
        assert!(with_state >= 200, "{with_state}");
    }

    /// What is neither simulated nor listed would look as if PVE did not have it.
    #[test]
    fn every_method_of_a_real_server_is_listed() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/facts/pve/schema-9.1.7.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: the reference material ../shared/facts/pve is not there");
            return;
        };
        let real: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut left: BTreeSet<(String, String)> = BTreeSet::new();
        collect(&real, &mut left);
        assert!(left.len() > 600, "{}", left.len());
        for method in methods(&crate::api::routes()) {
            left.remove(&(method.path, method.verb));
        }
        assert_eq!(left, BTreeSet::new());
    }

    fn collect(tree: &serde_json::Value, found: &mut BTreeSet<(String, String)>) {
        for node in tree.as_array().into_iter().flatten() {
            let path = node["path"].as_str().unwrap();
            for verb in node["info"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(verb, _)| verb)
            {
                found.insert((path.to_owned(), verb.to_owned()));
            }
            collect(&node["children"], found);
        }
    }
}
