//! OpenAPI 3.1 of the whole HTTP interface: operations from the registry, raw endpoints as told.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    engine::ON_FAILURE,
    plan::{OnFailure, PlanView},
    registry::{Entry, Kind, Registry},
    risk::{Risk, Scope},
    run::Run,
};

/// An endpoint that is no operation: login, plans, runs, streams, files.
#[derive(Clone, Debug)]
pub struct RawEndpoint {
    /// `get`, `post`, …
    pub method: &'static str,
    pub path: &'static str,
    pub summary: &'static str,
    /// Nothing for endpoints that change something but are no operation.
    pub risk: Option<Risk>,
    pub operation: Option<&'static str>,
    pub public: bool,
    pub stream: bool,
    pub websocket: bool,
    pub request: Option<Value>,
    /// Status, media type, schema.
    pub responses: Vec<(u16, &'static str, Value)>,
}

/// The document. `$ref: "#/components/schemas/Plan"`, `Run` and `Problem` may be used by raw endpoints.
pub fn document(registry: &Registry, raw: Vec<RawEndpoint>) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let plan = generator.subschema_for::<PlanView>().to_value();
    generator.subschema_for::<Run>();
    let mut paths = Map::new();
    for entry in registry.entries() {
        let path = format!("/api/v1/{}", entry.name.replace('.', "/"));
        paths.insert(
            path,
            json!({ "post": operation(entry, &mut generator, &plan) }),
        );
    }
    for endpoint in raw {
        let item = paths
            .entry(endpoint.path.to_owned())
            .or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(endpoint.method.to_owned(), raw_operation(endpoint));
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem_schema());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "proxmox-ai", "version": env!("CARGO_PKG_VERSION") },
        "security": [{ "bearer": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "pai_session" },
            },
        },
    })
}

fn operation(entry: &Entry, generator: &mut SchemaGenerator, plan: &Value) -> Value {
    let mut input = (entry.input)(generator).to_value();
    let properties = input.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|map| map.values_mut()) {
        let Some(kind) = property.get_mut("type") else {
            continue;
        };
        if let Some(only) = kind
            .as_array()
            .and_then(|kinds| kinds.iter().find(|kind| *kind != "null"))
        {
            *kind = only.clone();
        }
    }
    if entry.kind() == Kind::Action
        && entry.scope == Scope::Cluster
        && let Some(object) = input.as_object_mut()
    {
        let ways = json!({
            "type": "string",
            "enum": OnFailure::ALL.map(OnFailure::as_str),
            "description": "When a step fails: go on with what does not rest on it (the default), stop, or \
                            stop and take back what was done",
        });
        let properties = object
            .entry("properties")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(ON_FAILURE.to_owned(), ways);
        }
    }
    let output = (entry.output)(generator).to_value();
    let body = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let responses = match (entry.kind(), entry.scope) {
        (Kind::Query, _) => {
            json!({ "200": { "description": "The answer", "content": body(&output) } })
        }
        (Kind::Feed, _) => json!({ "200": {
            "description": "A stream of items",
            "content": { "text/event-stream": { "schema": output } },
        } }),
        (Kind::Action, Scope::Cluster) => json!({ "202": {
            "description": "A plan that waits for consent", "content": body(plan),
        } }),
        (Kind::Action, Scope::Product) => {
            json!({ "200": { "description": "Done", "content": body(&output) } })
        }
    };
    let mut operation = json!({
        "operationId": entry.tool_name(),
        "summary": entry.summary,
        "tags": [entry.noun_verb().0],
        "x-operation": entry.name,
        "x-risk": entry.risk,
        "requestBody": { "required": true, "content": body(&input) },
        "responses": with_problem(responses),
    });
    if entry.kind() == Kind::Action
        && entry.scope == Scope::Product
        && let Some(object) = operation.as_object_mut()
    {
        object.insert("x-scope".to_owned(), json!("product"));
    }
    operation
}

fn raw_operation(endpoint: RawEndpoint) -> Value {
    let responses: Map<String, Value> = endpoint
        .responses
        .into_iter()
        .map(|(status, media, schema)| {
            let response = if media.is_empty() {
                json!({ "description": "Done" })
            } else {
                json!({ "description": "The answer", "content": { media: { "schema": schema } } })
            };
            (status.to_string(), response)
        })
        .collect();
    let parameters: Vec<Value> = endpoint
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let mut operation = json!({
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": with_problem(Value::Object(responses)),
    });
    if let Some(object) = operation.as_object_mut() {
        if let Some(risk) = endpoint.risk {
            object.insert("x-risk".to_owned(), json!(risk));
        }
        if let Some(name) = endpoint.operation {
            object.insert("x-operation".to_owned(), json!(name));
        }
        if endpoint.public {
            object.insert("security".to_owned(), json!([]));
        }
        if endpoint.websocket {
            object.insert("x-websocket".to_owned(), json!(true));
        }
        if let Some(schema) = endpoint.request {
            object.insert(
                "requestBody".to_owned(),
                json!({ "required": true, "content": { "application/json": { "schema": schema } } }),
            );
        }
    }
    operation
}

fn with_problem(mut responses: Value) -> Value {
    if let Some(object) = responses.as_object_mut() {
        object.insert(
            "default".to_owned(),
            json!({
                "description": "What went wrong, and what to do",
                "content": { "application/problem+json": {
                    "schema": { "$ref": "#/components/schemas/Problem" },
                } },
            }),
        );
    }
    responses
}

/// RFC 9457 with the product's own members.
fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["title", "status", "code", "retry"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string" },
            "detail": { "type": "string" },
            "hint": { "type": ["string", "null"] },
            "retry": { "enum": ["safe", "unsafe", "never"] },
            "candidates": { "type": "array" },
            "difference": { "type": "array" },
            "errors": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    })
}
