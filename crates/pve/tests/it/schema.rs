//! The description of the API: read, found, searched, fetched.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use pve::{Coverage, ErrorKind, Lack, Method, Params, Schema, Trust, Verdict, fetch_schema};
use serde_json::{Value, json};

use crate::server::{Answer, Server};

/// The descriptions of real servers, or nothing with a printed reason.
pub(crate) fn real() -> Vec<(&'static str, Schema)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/pve");
    let names = [
        ("8.4", "schema-8.4.facts.json"),
        ("9.1", "schema-9.1.7.json"),
        ("9.2", "schema-9.2.facts.json"),
    ];
    let mut all = Vec::new();
    for (version, name) in names {
        match std::fs::read(folder.join(name)) {
            Ok(text) => all.push((version, of_file(&text))),
            Err(error) => println!("skipped: the description of {version} is not present: {error}"),
        }
    }
    all
}

/// Two of the files are excerpts: paths to methods to parameters, without the tree around them.
fn of_file(text: &[u8]) -> Schema {
    let value: Value = serde_json::from_slice(text).unwrap();
    let Some(paths) = value["paths"].as_object() else {
        return Schema::read(text).unwrap();
    };
    let tree: Vec<Value> = paths
        .iter()
        .map(|(path, methods)| {
            let mut methods = methods.clone();
            for method in methods.as_object_mut().unwrap().values_mut() {
                let properties = method["parameters"].take();
                method["parameters"] = json!({"properties": properties});
            }
            json!({"path": path, "info": methods})
        })
        .collect();
    Schema::read(json!(tree).to_string().as_bytes()).unwrap()
}

#[test]
fn descriptions_of_real_servers_are_read_whole() {
    let counts = [("8.4", 605), ("9.1", 649), ("9.2", 675)];
    for (version, schema) in real() {
        let (_, count) = counts.iter().find(|(known, _)| *known == version).unwrap();
        assert_eq!(schema.methods().len(), *count, "{version}");
        let unknown: Vec<String> = schema
            .methods()
            .iter()
            .filter(|method| format!("{:?}", method.access).contains("Unknown"))
            .map(|method| format!("{} {}", method.method, method.path))
            .collect();
        assert_eq!(unknown, [""; 0], "{version}");
        for method in schema.methods() {
            let path = method.path.replace(['{', '}'], "").parse().unwrap();
            let found = schema.find(method.method, &path).unwrap();
            assert_eq!(found.method.path, method.path, "{version}");
        }
    }
}

#[test]
fn real_descriptions_are_searched_by_words() {
    for (version, schema) in real() {
        let best = |words: &str| {
            let first = schema.search([words]).into_iter().next().unwrap();
            format!("{} {}", first.method, first.path)
        };
        assert_eq!(
            best("cluster resources"),
            "GET /cluster/resources",
            "{version}"
        );
        assert_eq!(
            best("post vzdump"),
            "POST /nodes/{node}/vzdump",
            "{version}"
        );
        assert_eq!(best("nextid"), "GET /cluster/nextid", "{version}");
    }
}

#[test]
fn every_typed_call_is_in_the_description_of_a_real_server() {
    let all = real();
    let mut unread: Option<BTreeSet<String>> = None;
    for (version, schema) in &all {
        let coverage = Coverage::of(schema);
        println!(
            "{version}: {} of {} methods have a typed call",
            coverage.typed(),
            coverage.methods.len()
        );
        let found: BTreeSet<&str> = coverage
            .methods
            .iter()
            .flat_map(|method| method.typed_by.iter().copied())
            .collect();
        // Some functions have a path in one version, or at one of several places, only.
        let missing: BTreeSet<String> = coverage
            .elsewhere
            .into_iter()
            .filter(|call| !found.contains(call.split(' ').next().unwrap()))
            .collect();
        unread = Some(match unread {
            None => missing,
            Some(before) => before.intersection(&missing).cloned().collect(),
        });
    }
    assert_eq!(
        unread.unwrap_or_default(),
        BTreeSet::new(),
        "say in the body of the function what it calls: `// calls: POST /nodes/*/vzdump`"
    );
}

const SMALL: &str = r#"const apiSchema = [
  {"path": "/nodes/{node}", "children": [
    {"path": "/nodes/{node}/thing", "leaf": 1, "info": {
      "POST": {"name": "make", "parameters": {"additionalProperties": 0, "properties": {
        "node": {"type": "string", "format": "pve-node"},
        "size": {"type": "integer", "minimum": "16", "maximum": 64},
        "mode": {"type": "string", "enum": ["a", "b"], "optional": 1},
        "net[n]": {"type": "string", "optional": 1, "format": {
          "model": {"type": "string", "default_key": 1, "enum": ["virtio"]},
          "macaddr": {"type": "string", "optional": 1, "format": "mac-addr"},
          "virtio": {"alias": "macaddr", "keyAlias": "model"},
          "tag": {"type": "integer", "optional": 1, "minimum": 1, "maximum": 4094},
          "up": {"type": "boolean", "optional": 1, "requires": "tag"}}},
        "items": {"type": "array", "optional": 1, "items": {"type": "string", "format": "pve-vmid"}},
        "list": {"type": "string", "optional": 1, "format": "pve-vmid-list"},
        "word": {"type": "string", "optional": 1, "pattern": "\\w+", "minLength": 2, "maxLength": 4}
      }}}}}]}
];
let method2cmd = { GET: 'get' };"#;

fn texts(schema: &Schema, params: &[(&str, &str)]) -> Vec<String> {
    let params: Params = params.iter().map(|(name, value)| (*name, *value)).collect();
    let path = "/nodes/pve1/thing".parse().unwrap();
    match schema.check(Method::Post, &path, &params) {
        Ok(()) => Vec::new(),
        Err(pve::CallProblem::Parameters(errors)) => errors
            .into_iter()
            .map(|(name, text)| format!("{name}: {text}"))
            .collect(),
        Err(other) => vec![other.to_string()],
    }
}

#[test]
fn parameters_are_refused_in_the_words_of_the_server() {
    let schema = Schema::read(SMALL.as_bytes()).unwrap();
    let size = ("size", "16");
    assert_eq!(texts(&schema, &[size]), [""; 0]);
    assert_eq!(
        texts(&schema, &[("bogus", "1"), ("net32", "virtio")]),
        [
            "bogus: property is not defined in schema and the schema does not allow additional properties",
            "net32: property is not defined in schema and the schema does not allow additional properties",
            "size: property is missing and it is not optional",
        ]
    );
    for (name, value, text) in [
        ("size", "x", "type check ('integer') failed - got 'x'"),
        ("size", "15", "value must have a minimum value of 16"),
        ("size", "65", "value must have a maximum value of 64"),
        (
            "mode",
            "c",
            "value 'c' does not have a value in the enumeration 'a, b'",
        ),
        ("word", "a b", "value does not match the regex pattern"),
        ("word", "a", "value must be at least 2 characters long"),
        ("word", "abcde", "value may only be 4 characters long"),
        (
            "list",
            "100,x",
            "invalid format - value does not look like a valid VM ID",
        ),
        (
            "node",
            "pve2",
            "duplicate parameter (already defined in URI) with conflicting values!",
        ),
        (
            "net0",
            "virtio,tag=0",
            "invalid format - format error\nnet0.tag: value must have a minimum value of 1",
        ),
        (
            "net0",
            "virtio=x,up=on",
            "invalid format - format error\nnet0.macaddr: invalid format - value does not look like a valid unicast MAC address\n\nnet0.tag: missing property required by 'net0.up'",
        ),
        (
            "net0",
            "virtio,virtio",
            "invalid format - duplicate key in comma-separated list property: model",
        ),
        (
            "net0",
            "=",
            "invalid format - missing key in comma-separated list property",
        ),
    ] {
        let given = if name == "size" {
            vec![(name, value)]
        } else {
            vec![size, (name, value)]
        };
        assert_eq!(
            texts(&schema, &given),
            [format!("{name}: {text}")],
            "{value}"
        );
    }
    // Lists come as one text or as several values; other parameters come once.
    let several = [
        size,
        ("list", "100"),
        ("list", "101"),
        ("items", "100"),
        ("items", "7"),
    ];
    assert_eq!(
        texts(&schema, &several),
        ["items[1]: invalid format - value does not look like a valid VM ID"]
    );
    assert_eq!(
        texts(&schema, &[size, ("mode", "a"), ("mode", "b")]),
        ["mode: type check ('string') failed - got ARRAY"]
    );
    assert_eq!(
        texts(
            &schema,
            &[size, ("net0", "virtio=BC:24:11:00:00:01,tag=7,up=Yes")]
        ),
        [""; 0]
    );
}

#[tokio::test]
async fn a_checked_client_sends_nothing_that_would_be_refused() {
    let server = Server::answering(|| Answer::data(&json!(null))).await;
    let schema = Arc::new(Schema::read(SMALL.as_bytes()).unwrap());
    let client = server.client().with_schema(schema).in_background();
    let path = "/nodes/pve1/thing".parse().unwrap();
    let refused = client
        .call(Method::Post, &path, &Params::new().with("size", "x"))
        .await
        .unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Parameters { .. }));
    assert!(refused.to_string().ends_with(
        "Parameter verification failed.: size: type check ('integer') failed - got 'x'"
    ));
    let unknown = client.call(Method::Put, &path, &Params::new()).await;
    assert_eq!(
        unknown.unwrap_err().text(),
        "Method 'PUT /nodes/pve1/thing' not implemented"
    );
    assert_eq!(client.requests().count, 0);
    let sent = client
        .call(Method::Post, &path, &Params::new().with("size", "16"))
        .await;
    assert_eq!(sent.unwrap().data, Value::Null);
    assert_eq!(client.requests().writes, 1);
}

#[tokio::test]
async fn a_node_without_a_description_is_told_apart_from_a_broken_one() {
    let error = |answer: fn() -> Answer| async move {
        let server = Server::answering(answer).await;
        server.client().schema().await.unwrap_err()
    };
    let missing = error(|| Answer::with(404, "no such file", "text/plain", b"")).await;
    assert_eq!(missing.status(), Some(404));
    let page = error(|| Answer::with(200, "OK", "text/html", b"<html>")).await;
    assert!(matches!(page.kind(), ErrorKind::Unexpected(_)), "{page}");
    let cut = error(|| Answer::with(200, "OK", "text/plain", b"const apiSchema = [{")).await;
    assert!(cut.to_string().contains("it ends too early"), "{cut}");
}

#[tokio::test]
async fn what_calls_need_is_asked_of_the_cluster_path_by_path() {
    let schema = Schema::read(
        br#"[{"path":"/nodes/{node}/qemu/{vmid}/status/start","info":{"POST":{"permissions":{"check":["perm","/vms/{vmid}",["VM.PowerMgmt"]]}}}},
             {"path":"/nodes/{node}/vzdump","info":{"POST":{"permissions":{"user":"all","description":"VM.Backup on each guest"}}}}]"#,
    )
    .unwrap();
    let server = Server::start(|request| {
        let held = if request.target.ends_with("path=%2Fvms%2F100") {
            json!({"/vms/100": {"VM.PowerMgmt": 1}})
        } else {
            json!({})
        };
        Answer::data(&held)
    })
    .await;
    let calls = [
        "/nodes/a/qemu/100/status/start",
        "/nodes/a/qemu/101/status/start",
        "/nodes/a/vzdump",
    ]
    .map(|path| {
        let path = path.parse().unwrap();
        schema.needs(Method::Post, &path, &Params::new()).unwrap()
    });
    let judged = server
        .client()
        .judge_calls(calls.into(), Some("a@pve"))
        .await
        .unwrap();
    let verdicts: Vec<Verdict> = judged.into_iter().map(|call| call.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Granted,
            Verdict::Lacking(Lack::Privileges {
                path: "/vms/101".into(),
                privileges: vec!["VM.PowerMgmt".into()],
                any: false
            }),
            Verdict::Unknown(vec!["VM.Backup on each guest".into()]),
        ]
    );
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_node_serves_its_description_without_a_sign_in() {
    let server = Server::start(|request| {
        assert_eq!(request.target, "/pve-docs/api-viewer/apidoc.js");
        assert_eq!(request.header("authorization"), None);
        Answer::with(200, "OK", "application/javascript", SMALL.as_bytes())
    })
    .await;
    let schema = server.client().schema().await.unwrap();
    assert_eq!(schema, Schema::read(SMALL.as_bytes()).unwrap());
    let trust = Trust::Fingerprint(server.fingerprint);
    assert_eq!(fetch_schema(server.url(), trust).await.unwrap(), schema);
}
