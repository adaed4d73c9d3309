//! The typed calls of the crate `pve`, read from its sources: which function calls which path with
//! which method. `pve coverage` compares that list with what a server offers, so it must not claim
//! more than there is: what cannot be read becomes `*`, which stands for names in paths only.
//!
//! A function whose calls cannot be read says them in comments in its body, which then count
//! alone: `// calls: POST /nodes/*/vzdump`. `*` is a value, `{kind}` is `qemu` or `lxc`.

mod path;
mod source;

use std::collections::BTreeSet;

use path::{Call, Sources};

/// Folders and files below `crates/pve/src` that carry requests and call no method of the API of their own.
const CARRIERS: &[&str] = &[
    "https",
    "ssh",
    "pvesh",
    "schema",
    "failover.rs",
    "page.rs",
    "path.rs",
];

/// Verb, path, function.
pub(crate) type Row = (String, String, String);

/// Reads the typed calls from sources: names below `src` and texts.
pub(crate) fn scan(files: &[(String, String)]) -> Vec<Row> {
    let mut functions = Vec::new();
    for (name, text) in files {
        let first = name.split('/').next().unwrap_or_default();
        if !CARRIERS.contains(&first) {
            functions.extend(source::functions(name, text));
        }
    }
    let sources = Sources::new(functions);
    let mut rows = BTreeSet::new();
    for function in sources.public() {
        for Call { method, path } in sources.calls(function) {
            for path in path::written(&path) {
                rows.insert((path, method.clone(), function.name.clone()));
            }
        }
    }
    rows.into_iter()
        .map(|(path, method, function)| (method, path, function))
        .collect()
}

/// The source of the list.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut text = "//! The typed calls of this crate: verb, path, function. Written by `cargo xtask gen` from the\n\
                    //! sources, and compared with them by a test.\n\n\
                    #[rustfmt::skip]\n\
                    pub(super) const TYPED_CALLS: &[(&str, &str, &str)] = &[\n"
        .to_owned();
    for (method, path, function) in rows {
        text.push_str(&format!(
            "    (\"{method}\", \"{path}\", \"{function}\"),\n"
        ));
    }
    text.push_str("];\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
    impl Client {
        pub(crate) async fn get<T>(&self, path: ApiPath, params: Params) -> Result<T> {
            let request = Request { method: Method::Get, path, params };
            self.fetch(request).await
        }
        async fn list_of<T>(&self, path: ApiPath, params: Params) -> Result<T> { self.get(path, params).await }
        async fn tell(&self, method: Method, path: ApiPath) -> Result<()> {
            self.fetch(Request { method, path }).await
        }
        fn api_path(&self, segments: &[&str]) -> Result<ApiPath> { ApiPath::new(segments) }
        pub async fn version(&self) -> Result<V> { self.get(ApiPath::fixed(&["version"]), x).await }
        pub async fn disks(&self, node: &NodeName) -> Result<V> {
            let path = ApiPath::node(node, &["disks", "list"]);
            let x = map.get("not a call");
            self.list_of(path, x).await
        }
        pub async fn start(&self, guest: &GuestAt) -> Result<Upid> { self.power(guest, "start").await }
        async fn power(&self, guest: &GuestAt, verb: &'static str) -> Result<Upid> {
            let path = ApiPath::guest(guest, &["status", verb]);
            self.start_task(Request { method: Method::Post, path }).await
        }
        pub async fn delete_snapshot(&self, guest: &GuestAt, name: &str) -> Result<Upid> {
            let path = ApiPath::guest(guest, &["snapshot"]);
            let mut request = Request { method: Method::Delete, path };
            request.path = match request.path.clone().join(name) { Ok(path) => path };
            self.start_task(request).await
        }
        pub async fn bulk(&self, node: &NodeName, action: &Action) -> Result<Upid> {
            self.begin(Method::Post, ApiPath::node(node, &[action.verb()])).await
        }
        fn ha_path(&self, rest: &[&str]) -> Result<ApiPath> {
            let all: Vec<&str> = ["cluster", "ha"].iter().chain(rest).copied().collect();
            self.api_path(&all)
        }
        fn inside(&self, node: &NodeName, rest: &[&str]) -> Result<ApiPath> {
            let front = ["nodes", node.as_str()];
            self.api_path(&[&front, rest].concat())
        }
        pub async fn make(&self, guest: &NewGuest, of: &Of) -> Result<()> {
            self.tell(Method::Post, ApiPath::node(&guest.at.node, &[guest.at.kind.as_str()])).await?;
            self.tell(Method::Put, self.inside(&guest.at.node, &["x", of.kind()])?).await
        }
        pub async fn rule(&self, id: &str) -> Result<()> {
            self.tell(Method::Put, self.ha_path(&["rules", id])?).await
        }
        fn below(&self, guest: &GuestAt, rest: &[&'static str]) -> Result<ApiPath> {
            let base = ApiPath::guest(guest, &["snapshot"]);
            rest.iter().fold(base, |path, part| path.and_then(|path| path.join(part)))
        }
        pub async fn roll(&self, guest: &GuestAt) -> Result<()> {
            let segments = ["x", "y"];
            let path = self.below(guest, &segments)?;
            self.tell(Method::Post, path).await
        }
        pub async fn pool(&self, id: &str) -> Result<()> {
            self.tell(Method::Put, self.api_path(&["pools", id])?).await
        }
        pub async fn twice(&self) -> Result<()> {
            let a = ApiPath::fixed(&["a"]);
            self.tell(Method::Post, a).await?;
            let b = ApiPath::fixed(&["b"]).join(x)?;
            self.tell(Method::Put, b).await
        }
        pub async fn by_hand(&self, last: &str) -> Result<()> {
            // calls: POST /hand/*
            self.tell(Method::Put, ApiPath::fixed(&["c", last])).await
        }
        pub fn call(&self, method: Method, path: &ApiPath) -> Result<()> { self.fetch(method, path) }
    }
    impl Other { fn verb(&self) -> &'static str { "not-this" } fn get(&self, path: ApiPath) { f(Method::Put) } }
    impl Action { fn verb(&self) -> &'static str { match self { Self::On => "startall", Self::Off => "stopall" } } }
    "#;

    #[test]
    fn calls_are_read_through_helpers_and_never_guessed() {
        let rows = scan(&[
            ("a.rs".to_owned(), SOURCE.to_owned()),
            (
                "https/mod.rs".to_owned(),
                "pub fn x() { f(Method::Get, ApiPath::fixed(&[\"x\"])) }".to_owned(),
            ),
        ]);
        let lines: Vec<String> = rows
            .iter()
            .map(|(method, path, function)| format!("{function}: {method} {path}"))
            .collect();
        assert_eq!(
            lines,
            [
                "twice: POST /a",
                "twice: PUT /b/*",
                "rule: PUT /cluster/ha/rules/*",
                "by_hand: POST /hand/*",
                "disks: GET /nodes/*/disks/list",
                "bulk: POST /nodes/*/startall",
                "bulk: POST /nodes/*/stopall",
                "make: PUT /nodes/*/x/*",
                "make: POST /nodes/*/{kind}",
                "delete_snapshot: DELETE /nodes/*/{kind}/*/snapshot/*",
                "roll: POST /nodes/*/{kind}/*/snapshot/x/y",
                "start: POST /nodes/*/{kind}/*/status/start",
                "pool: PUT /pools/*",
                "version: GET /version",
            ]
        );
        assert!(render(&rows).contains("    (\"GET\", \"/version\", \"version\"),\n"));
    }
}
