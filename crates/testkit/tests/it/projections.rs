//! What each surface shows of the registry. A change here is a change of the interface: read the difference
//! as a user would.

use std::collections::{BTreeMap, BTreeSet};

use ops::{
    Kind, Registry, Risk, Role, Surface,
    project::{chat, cli, mcp, openapi},
};
use serde_json::{Value, json};
use testkit::World;

/// The default list of tools must fit a small model's context.
const MCP_DEFAULT_BYTES: usize = 6144;

async fn registry() -> Registry {
    World::builder()
        .without_background()
        .build()
        .await
        .app
        .registry
}

fn command(registry: &Registry) -> clap::Command {
    cli::extend(clap::Command::new("proxmox-ai").term_width(100), registry)
}

#[tokio::test]
async fn help_of_every_operation_on_the_command_line() {
    let registry = registry().await;
    let mut root = command(&registry);
    root.build();
    let mut pages = String::new();
    for entry in registry.entries() {
        let (noun, verb) = entry.noun_verb();
        let leaf = root
            .find_subcommand_mut(noun)
            .and_then(|noun| noun.find_subcommand_mut(verb))
            .expect("every operation is a command");
        pages.push_str(&format!("=== {noun} {verb}\n{}\n", leaf.render_long_help()));
    }
    insta::assert_snapshot!("cli_help", pages);
}

#[tokio::test]
async fn arguments_of_the_command_line_become_the_input_that_json_would_be() {
    let registry = registry().await;
    let rows: [(&[&str], &str, Value); 7] = [
        (
            &["guests", "stop", "web-01", "tag=web"],
            "guests.stop",
            json!({ "guests": ["web-01", "tag=web"] }),
        ),
        (
            &["guests", "shutdown", "101", "--timeout-s", "30"],
            "guests.shutdown",
            json!({ "guests": ["101"], "timeout_s": 30 }),
        ),
        (
            &["snapshots", "create", "tag=web", "--name", "before"],
            "snapshots.create",
            json!({ "guests": ["tag=web"], "name": "before", "memory": false, "quiesce": false }),
        ),
        (
            &["inventory", "list"],
            "inventory.list",
            json!({ "guests": [] }),
        ),
        (
            &["inventory", "list", "--kind", "lxc", "--limit", "3"],
            "inventory.list",
            json!({ "guests": [], "kind": "lxc", "limit": 3 }),
        ),
        (
            &["plans", "list", "--state", "proposed"],
            "plans.list",
            json!({ "state": "proposed" }),
        ),
        (&["clusters", "list"], "clusters.list", json!({})),
    ];
    for (arguments, op, want) in rows {
        let arguments: Vec<&str> = ["proxmox-ai"].iter().chain(arguments).copied().collect();
        let matches = command(&registry).try_get_matches_from(&arguments).unwrap();
        let (entry, input) = cli::parse(&registry, &matches).unwrap().unwrap();
        assert_eq!((entry.name, &input), (op, &want), "{arguments:?}");
    }
    for wrong in [
        &["guests", "stop"][..],
        &["guests", "explode", "x"],
        &["snapshots", "create", "x"],
        &["inventory", "list", "--kind", "toaster"],
        &["plans", "list", "--state", "nonsense"],
    ] {
        let arguments: Vec<&str> = ["proxmox-ai"].iter().chain(wrong).copied().collect();
        assert!(
            command(&registry).try_get_matches_from(&arguments).is_err(),
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn the_default_tools_of_mcp_are_small_and_hold_one_that_writes() {
    let registry = registry().await;
    let tools = mcp::default_tools(&registry);
    let bytes = serde_json::to_string(&tools).unwrap().len();
    println!("default tools: {bytes} of {MCP_DEFAULT_BYTES} bytes");
    assert!(bytes <= MCP_DEFAULT_BYTES, "{bytes} bytes");
    assert!(
        tools
            .iter()
            .any(|tool| tool["annotations"]["readOnlyHint"] == false)
    );
    insta::assert_json_snapshot!("mcp_default", tools);
}

/// Values of an `enum` that the `type` beside it forbids: strict clients refuse such a schema.
fn unreachable_values(schema: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    if schema["type"] == "string" {
        let values = schema["enum"].as_array().into_iter().flatten();
        found.extend(values.filter(|value| !value.is_string()));
    }
    match schema {
        Value::Object(fields) => found.extend(fields.values().flat_map(unreachable_values)),
        Value::Array(items) => found.extend(items.iter().flat_map(unreachable_values)),
        _ => {}
    }
    found
}

#[tokio::test]
async fn all_tools_of_mcp() {
    let registry = registry().await;
    let tools = mcp::all(&registry);
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        assert_eq!(tool["outputSchema"]["type"], "object", "{name}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{name}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{name}");
        assert!(tool["annotations"]["readOnlyHint"].is_boolean(), "{name}");
        let writes = tool["annotations"]["readOnlyHint"] == false;
        assert_eq!(
            tool["annotations"]["destructiveHint"].is_boolean(),
            writes,
            "{name}"
        );
        assert!(
            !name.contains("approve") && !name.contains("reject"),
            "no tool consents"
        );
        assert!(!tool.to_string().contains("$ref"), "{name} stands alone");
        assert_eq!(
            unreachable_values(&tool["inputSchema"]),
            Vec::<&Value>::new(),
            "{name}"
        );
    }
    insta::assert_json_snapshot!("mcp_all", tools);
}

#[tokio::test]
async fn tools_of_chat_models() {
    let registry = registry().await;
    let tools: Vec<Value> = chat::tools(&registry)
        .into_iter()
        .map(|tool| {
            json!({
                "name": tool.name, "op": tool.op, "description": tool.description,
                "parameters": tool.parameters, "changes": tool.changes,
            })
        })
        .collect();
    insta::assert_json_snapshot!("chat_tools", tools);
}

#[tokio::test]
async fn paths_of_the_http_interface_with_their_risks() {
    let registry = registry().await;
    let document = openapi::document(&registry, Vec::new());
    assert_eq!(document["openapi"], "3.1.0");
    let paths: BTreeMap<&String, Value> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(path, item)| {
            let post = &item["post"];
            let statuses: Vec<&String> = post["responses"].as_object().unwrap().keys().collect();
            let shown = json!({
                "x-operation": post["x-operation"], "x-risk": post["x-risk"],
                "operationId": post["operationId"], "responses": statuses,
            });
            (path, shown)
        })
        .collect();
    insta::assert_json_snapshot!("openapi_paths", paths);
}

#[tokio::test]
async fn every_reference_in_the_openapi_document_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = openapi::document(&registry().await, Vec::new());
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference
            .strip_prefix('#')
            .expect("references stay in the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

// ---- the tools at work -----------------------------------------------------------------------------

#[tokio::test]
async fn a_tool_that_writes_answers_a_plan_and_changes_nothing() {
    let world = World::new().await;
    let call = World::call(Role::Admin, Surface::Mcp);
    let registry = &world.app.registry;
    for (tool, arguments) in [
        ("guests_stop", json!({ "guests": ["web-01"] })),
        (
            "operations_call",
            json!({ "op": "guests.stop", "input": { "guests": ["web-01"] } }),
        ),
        (
            "operations_call",
            json!({ "op": "guests_stop", "input": { "guests": ["web-01"] } }),
        ),
    ] {
        let outcome = mcp::call(registry, &call, tool, arguments).await;
        assert!(!outcome.is_error, "{tool}: {}", outcome.text);
        let plan = &outcome.structured["plan"];
        assert_eq!(
            (&plan["risk"], &plan["state"], &plan["steps"][0]["target"]),
            (
                &json!("disruptive"),
                &json!("proposed"),
                &json!("main/pve1/101")
            )
        );
        assert!(plan["id"].is_string() && plan["digest"].is_string());
    }
    assert!(world.sim().calls().is_empty());
}

#[tokio::test]
async fn a_tool_that_reads_answers_what_its_output_schema_promises() {
    let world = World::new().await;
    let call = World::call(Role::Viewer, Surface::Mcp);
    let registry = &world.app.registry;
    let tools = mcp::all(registry);
    for (tool, arguments) in [
        ("inventory_list", json!({})),
        ("clusters_list", json!({})),
        ("nodes_list", json!({})),
        ("storages_list", json!({})),
        ("snapshots_list", json!({})),
        ("guests_show", json!({ "guest": "web-01" })),
        ("plans_list", json!({})),
        ("runs_list", json!({})),
        ("operations_list", json!({})),
        ("operations_search", json!({ "text": "restart a guest" })),
        ("inventory_vocabulary", json!({})),
    ] {
        let outcome = mcp::call(registry, &call, tool, arguments).await;
        assert!(!outcome.is_error, "{tool}: {}", outcome.text);
        let schema = &tools.iter().find(|shown| shown["name"] == tool).unwrap()["outputSchema"];
        let answer = outcome.structured.as_object().expect("an object");
        for field in schema["required"].as_array().into_iter().flatten() {
            assert!(
                answer.contains_key(field.as_str().unwrap()),
                "{tool} without {field}"
            );
        }
        for field in answer.keys() {
            assert!(
                schema["properties"].get(field).is_some(),
                "{tool} does not promise {field}"
            );
        }
        assert_eq!(outcome.text, outcome.structured.to_string());
    }
}

#[tokio::test]
async fn wrong_calls_of_tools_are_errors_with_a_way_out() {
    let world = World::new().await;
    let call = World::call(Role::Admin, Surface::Mcp);
    for (tool, arguments, code) in [
        ("launch_rockets", json!({}), "unknown_operation"),
        ("operations_call", json!({}), "invalid_input"),
        (
            "operations_call",
            json!({ "op": "nothing.here" }),
            "unknown_operation",
        ),
        (
            "operations_call",
            json!({ "op": "inventory.list", "approve": true }),
            "invalid_input",
        ),
        (
            "operations_call",
            json!({ "op": "inventory.watch" }),
            "invalid_input",
        ),
        (
            "guests_stop",
            json!({ "guests": ["web-01"], "force": true }),
            "invalid_input",
        ),
        ("guests_stop", json!("web-01"), "invalid_input"),
        ("guests_stop", json!({ "guests": ["nobody"] }), "no_match"),
        (
            "inventory_list",
            json!({ "kind": "toaster" }),
            "invalid_input",
        ),
    ] {
        let outcome = mcp::call(&world.app.registry, &call, tool, arguments.clone()).await;
        assert!(outcome.is_error, "{tool} {arguments}");
        assert_eq!(
            outcome.structured["error"]["code"], code,
            "{tool} {arguments}"
        );
        assert!(!outcome.text.is_empty());
    }
    let viewer = World::call(Role::Viewer, Surface::Mcp);
    let arguments = json!({ "guests": ["web-01"] });
    let outcome = mcp::call(&world.app.registry, &viewer, "guests_stop", arguments).await;
    assert_eq!(outcome.structured["error"]["code"], "forbidden");
    assert!(world.sim().calls().is_empty());
}

// ---- rules that every declaration keeps ------------------------------------------------------------

#[tokio::test]
async fn every_operation_keeps_the_rules_of_the_contract() {
    let registry = registry().await;
    let mut names = BTreeSet::new();
    for entry in registry.entries() {
        let name = entry.name;
        assert!(
            names.insert(entry.tool_name()),
            "{name}: tool names are unique"
        );
        let (noun, verb) = entry.noun_verb();
        assert!(!noun.is_empty() && !verb.is_empty(), "{name}");
        let summary = entry.summary;
        assert!((8..=80).contains(&summary.len()), "{name}: {summary}");
        assert!(summary.starts_with(char::is_uppercase), "{name}: {summary}");
        assert!(!summary.ends_with('.'), "{name}: {summary}");
        match entry.kind() {
            Kind::Action => assert!(entry.risk > Risk::Read, "{name}"),
            Kind::Query | Kind::Feed => assert_eq!(entry.risk, Risk::Read, "{name}"),
        }
    }
    let document = openapi::document(&registry, Vec::new());
    for entry in registry.entries() {
        let (noun, verb) = entry.noun_verb();
        let post = &document["paths"][format!("/api/v1/{noun}/{verb}")]["post"];
        let mut input = &post["requestBody"]["content"]["application/json"]["schema"];
        if let Some(reference) = input["$ref"].as_str() {
            input = document.pointer(reference.trim_start_matches('#')).unwrap();
        }
        assert_eq!(input["type"], "object", "{}", entry.name);
        assert_eq!(
            input["additionalProperties"], false,
            "{} refuses unknown fields",
            entry.name
        );
        for (field, schema) in input["properties"].as_object().into_iter().flatten() {
            assert!(
                schema["description"].is_string(),
                "{}: {field} is explained",
                entry.name
            );
        }
    }
}

#[tokio::test]
async fn every_operation_really_refuses_unknown_fields() {
    let world = World::new().await;
    let call = World::admin();
    let input = json!({ "surely_unknown": 1 });
    for entry in world.app.registry.entries() {
        let registry = &world.app.registry;
        let answer = match entry.kind() {
            Kind::Query => registry
                .query(&call, entry.name, input.clone())
                .await
                .map(drop),
            Kind::Action => registry
                .act(&call, entry.name, input.clone())
                .await
                .map(drop),
            Kind::Feed => registry.open(&call, entry.name, input.clone()).map(drop),
        };
        let error = answer.expect_err(entry.name);
        assert_eq!(
            error.code,
            ops::Code::InvalidInput,
            "{}: {error}",
            entry.name
        );
    }
}

#[tokio::test]
async fn operations_are_found_by_what_they_do() {
    let world = World::new().await;
    for (text, want) in [
        ("restart a machine", "guests.reboot"),
        ("take a snapshot", "snapshots.create"),
        ("list nodes", "nodes.list"),
        ("delete snapshots", "snapshots.delete"),
    ] {
        let answer = world
            .query("operations.search", json!({ "text": text }))
            .await
            .unwrap();
        let found: Vec<&str> = answer["operations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].as_str().unwrap())
            .collect();
        assert!(
            found.iter().take(3).any(|name| *name == want),
            "{text}: {found:?}"
        );
    }
}

#[tokio::test]
async fn one_operation_tells_its_risk_and_what_it_takes() {
    let world = World::new().await;
    let answer = world
        .query("operations.show", json!({ "op": "guests.stop" }))
        .await
        .unwrap();
    assert_eq!(answer["name"], "guests.stop");
    assert_eq!(answer["kind"], "action");
    assert_eq!(answer["risk"], "disruptive");
    assert_eq!(answer["scope"], "cluster");
    assert_eq!(answer["input"]["required"], json!(["guests"]));
    assert_eq!(
        answer["input"]["properties"]["guests"]["items"]["type"],
        "string"
    );
    let unknown = world
        .query("operations.show", json!({ "op": "guests.frobnicate" }))
        .await
        .unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "there is no operation `guests.frobnicate`"
    );
}
