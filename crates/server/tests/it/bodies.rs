//! Hostile bodies and hostile paths: always 4xx, always problem+json, never a broken connection.

use serde_json::json;

use crate::world::{World, send};

#[tokio::test]
async fn hostile_bodies_are_4xx_problems_everywhere() {
    let world = World::new().await;
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let deep_objects = "{\"a\":".repeat(10_000) + "1" + &"}".repeat(10_000);
    let bodies: Vec<(&str, Vec<u8>, &[u16])> = vec![
        ("cut off", b"{\"a\":".to_vec(), &[400]),
        ("not UTF-8", b"{\"a\":\"\xff\xfe\"}".to_vec(), &[400]),
        ("a list", b"[]".to_vec(), &[422]),
        ("a string", b"\"x\"".to_vec(), &[422]),
        ("null", b"null".to_vec(), &[422]),
        ("a number", b"1e999".to_vec(), &[400]),
        ("deep", deep.into_bytes(), &[400]),
        ("deep objects", deep_objects.into_bytes(), &[400]),
        ("two values", b"{} {}".to_vec(), &[400]),
        ("unknown field", b"{\"surprise\": 1}".to_vec(), &[422]),
    ];
    let paths = [
        "/api/v1/toys/list",
        "/api/v1/toys/paint",
        "/api/v1/toys/watch",
        "/api/v1/auth/tokens",
        "/api/v1/plans/1/approve",
        "/api/v1/plans/1/reject",
        "/api/v1/runs/1/cancel",
        "/api/v1/chat/threads",
        "/api/v1/chat/t1/messages",
        "/v1/chat/completions",
        "/mcp",
    ];
    for path in paths {
        for (what, body, want) in &bodies {
            let request = world
                .request("POST", path)
                .bearer_auth(&world.admin)
                .header("content-type", "application/json")
                .body(body.clone());
            let (status, _) = send(request).await.problem();
            assert!(want.contains(&status), "{path}: {what}: {status}");
        }
        let huge = format!("{{\"x\":\"{}\"}}", "A".repeat(2 << 20));
        let request = world
            .request("POST", path)
            .bearer_auth(&world.admin)
            .header("content-type", "application/json")
            .body(huge);
        assert_eq!(
            send(request).await.problem(),
            (413, "too_large".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_large_body_without_an_announced_length_is_413_too() {
    let world = World::new().await;
    let chunks = (0..40).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024]));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let request = world
        .request("POST", "/api/v1/toys/list")
        .bearer_auth(&world.admin)
        .header("content-type", "application/json")
        .body(body);
    assert_eq!(send(request).await.problem(), (413, "too_large".into()));
}

#[tokio::test]
async fn an_empty_body_is_an_empty_object() {
    let world = World::new().await;
    let list = send(
        world
            .request("POST", "/api/v1/toys/list")
            .bearer_auth(&world.viewer),
    )
    .await;
    assert_eq!(
        (list.status, list.json()),
        (200, json!({"toys": ["ball", "car"]}))
    );
    let paint = send(
        world
            .request("POST", "/api/v1/toys/paint")
            .bearer_auth(&world.admin),
    )
    .await;
    assert_eq!(paint.problem(), (422, "invalid_input".into()));
}

#[tokio::test]
async fn hostile_ids_in_paths_are_4xx() {
    let world = World::new().await;
    let long = "A".repeat(4000);
    let ids = [
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "1'%20OR%20'1'='1",
        "%00",
        "%ff%fe",
        long.as_str(),
        "%7B%7B7*7%7D%7D",
        "-1",
        "99999999999999999999",
    ];
    for id in ids {
        for (method, path) in [
            ("GET", format!("/api/v1/plans/{id}")),
            ("POST", format!("/api/v1/plans/{id}/approve")),
            ("POST", format!("/api/v1/plans/{id}/reject")),
            ("GET", format!("/api/v1/runs/{id}")),
            ("GET", format!("/api/v1/runs/{id}/events")),
            ("POST", format!("/api/v1/runs/{id}/cancel")),
            ("GET", format!("/api/v1/chat/{id}/events")),
            ("POST", format!("/api/v1/chat/{id}/messages")),
        ] {
            let answer = world
                .raw(&format!(
                    "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    world.addr, world.admin
                ))
                .await;
            assert!(
                answer.starts_with("HTTP/1.1 4"),
                "{method} {path}: {answer:.200}"
            );
            assert!(
                answer.contains("application/problem+json"),
                "{method} {path}: {answer:.200}"
            );
        }
    }
}

#[tokio::test]
async fn failures_inside_the_server_tell_no_paths_and_no_statements() {
    let world = World::new().await;
    for (how, want) in [("panic", 500), ("internal", 500), ("store", 503)] {
        let answer = world
            .post("/api/v1/toys/break", &world.viewer, &json!({"how": how}))
            .await;
        assert_eq!(answer.problem().0, want);
        assert!(
            !answer.text.contains("/var/box") && !answer.text.contains("SELECT"),
            "{}",
            answer.text
        );
    }
    assert_eq!(world.get("/healthz", "").await.status, 200);
}

#[tokio::test]
async fn a_problem_looks_like_this() {
    let world = World::new().await;
    let answer = world
        .post(
            "/api/v1/toys/paint",
            &world.admin,
            &json!({"name": "kite", "colour": "red"}),
        )
        .await;
    insta::assert_json_snapshot!("problem_of_an_unknown_toy", answer.json());
    let anonymous = send(world.request("GET", "/api/v1/runs/1")).await;
    insta::assert_json_snapshot!("problem_of_a_stranger", anonymous.json());
}
