//! Probes, metrics, headers, the OpenAPI document, base paths, and the sentence for a port in use.

use ops::ports::Readiness;
use serde_json::{Value, json};
use server::ServerOptions;

use crate::world::{World, send};

#[tokio::test]
async fn readiness_is_bare_for_strangers_and_has_reasons_for_those_we_know() {
    let world = World::new().await;
    let bare = |answer: &crate::world::Answer| (answer.status, answer.text.clone());
    world.health.set("store", Readiness::Ready);
    world.health.set("model", Readiness::Degraded);
    assert_eq!(
        bare(&send(world.request("GET", "/readyz")).await),
        (200, String::new())
    );
    assert_eq!(
        bare(&world.get("/readyz", "garbage").await),
        (200, String::new())
    );
    let known = world.get("/readyz", &world.viewer).await;
    assert_eq!(
        (known.status, known.json()),
        (
            200,
            json!({"status": "degraded", "dependencies": [
                {"name": "store", "state": "ready", "reason": null},
                {"name": "model", "state": "degraded", "reason": "it is away"},
            ]})
        )
    );
    world.health.set("store", Readiness::Down);
    assert_eq!(
        bare(&send(world.request("GET", "/readyz")).await),
        (503, String::new())
    );
    assert_eq!(
        world.get("/readyz", &world.viewer).await.json()["status"],
        "down"
    );
    assert_eq!(send(world.request("GET", "/healthz")).await.status, 200);
}

#[tokio::test]
async fn metrics_need_a_credential_unless_they_are_declared_public() {
    let world = World::new().await;
    assert_eq!(
        send(world.request("GET", "/metrics")).await.problem().0,
        401
    );
    world
        .post("/api/v1/toys/list", &world.viewer, &json!({}))
        .await;
    let text = world.get("/metrics", &world.viewer).await.text;
    assert!(
        text.contains("proxmox_ai_requests_total{class=\"api\",status=\"200\"} 1"),
        "{text}"
    );
    let open = World::with(ServerOptions {
        metrics_public: true,
        ..ServerOptions::default()
    })
    .await;
    assert_eq!(send(open.request("GET", "/metrics")).await.status, 200);
    assert_eq!(
        send(open.request("GET", "/api/openapi.json"))
            .await
            .problem()
            .0,
        401
    );
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_none_a_welcome_to_strangers() {
    let world = World::new().await;
    for (path, token) in [
        ("/", ""),
        ("/healthz", ""),
        ("/api/v1/nope", &world.viewer),
        ("/api/openapi.json", &world.admin),
    ] {
        let request = world
            .request("GET", path)
            .header("origin", "https://evil.example");
        let answer = send(if token.is_empty() {
            request
        } else {
            request.bearer_auth(token)
        })
        .await;
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
             font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
             form-action 'self'"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(answer.header("x-request-id").len() == 32);
        for absent in ["server", "access-control-allow-origin", "x-powered-by"] {
            assert_eq!(answer.header(absent), "", "{absent} on {path}");
        }
    }
    assert_eq!(
        world
            .get("/api/openapi.json", &world.viewer)
            .await
            .header("cache-control"),
        "no-store"
    );
    let preflight = world
        .request("OPTIONS", "/api/openapi.json")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST");
    let answer = send(preflight).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (401, "")
    );
}

#[tokio::test]
async fn the_document_lists_operations_raw_endpoints_and_streams() {
    let world = World::new().await;
    let document = world.get("/api/openapi.json", &world.viewer).await.json();
    let operation = |path: &str, method: &str| document["paths"][path][method].clone();
    let paint = operation("/api/v1/toys/paint", "post");
    assert_eq!(
        (&paint["x-operation"], &paint["x-risk"]),
        (&json!("toys.paint"), &json!("reversible"))
    );
    assert_eq!(operation("/api/v1/plans/{id}", "get")["x-risk"], "read");
    assert_eq!(
        operation("/api/v1/plans/{id}/approve", "post")["x-risk"],
        Value::Null
    );
    for (path, method) in [
        ("/api/v1/toys/watch", "post"),
        ("/api/v1/runs/{id}/events", "get"),
        ("/api/v1/chat/{thread}/messages", "post"),
        ("/api/v1/chat/{thread}/events", "get"),
    ] {
        let content = operation(path, method)["responses"]["200"]["content"].clone();
        assert!(
            content["text/event-stream"].is_object(),
            "{path}: {content}"
        );
    }
    let public: Vec<&String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, item)| {
            item.as_object()
                .unwrap()
                .values()
                .any(|operation| operation["security"] == json!([]))
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(public, ["/api/v1/auth/login", "/healthz", "/readyz"]);
    // Checkers and generators read `type` as one word.
    let login = &operation("/api/v1/auth/login", "post")["requestBody"]["content"]["application/json"]
        ["schema"];
    assert_eq!(login["properties"]["realm"]["type"], "string");
    let raw: Vec<String> = server::raw_endpoints()
        .iter()
        .map(|endpoint| format!("{} {} {}", endpoint.method, endpoint.path, endpoint.summary))
        .collect();
    insta::assert_snapshot!("raw_endpoints", raw.join("\n"));
}

#[tokio::test]
async fn below_a_base_path_everything_moves_and_nothing_stays() {
    let options = ServerOptions {
        base_path: "proxmox/".into(),
        ..ServerOptions::default()
    };
    let world = World::with(options).await;
    assert_eq!(
        world
            .post("/proxmox/api/v1/toys/list", &world.viewer, &json!({}))
            .await
            .status,
        200
    );
    assert_eq!(
        send(world.request("GET", "/proxmox/api/v1/nope"))
            .await
            .problem()
            .0,
        401
    );
    assert_eq!(
        send(world.request("GET", "/proxmox/healthz")).await.status,
        200
    );
    assert_eq!(send(world.request("GET", "/healthz")).await.status, 404);
    let body = json!({"username": "admin@demo", "password": crate::world::PASSWORD});
    let answer = send(
        world
            .request("POST", "/proxmox/api/v1/auth/login")
            .json(&body),
    )
    .await;
    assert!(
        answer.header("set-cookie").contains("Path=/proxmox"),
        "{}",
        answer.header("set-cookie")
    );
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_sentence() {
    let first = server::bind("127.0.0.1:0").await.unwrap();
    let addr = first.local_addr().unwrap().to_string();
    let error = server::bind(&addr).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "cannot listen on {addr}: another program uses that port; stop it or choose another with --listen"
        )
    );
    assert_eq!(
        server::bind("nonsense").await.unwrap_err().to_string(),
        "`nonsense` is not an address such as 127.0.0.1:8800"
    );
}

#[tokio::test]
async fn stopping_lets_requests_in_flight_finish_and_closes_the_port() {
    let world = World::new().await;
    assert_eq!(send(world.request("GET", "/healthz")).await.status, 200);
    world.stop.cancel();
    assert!(world.tasks.stop(std::time::Duration::from_secs(20)).await);
    assert!(world.request("GET", "/healthz").send().await.is_err());
    assert!(world.registry.entries().count() > 5);
}
