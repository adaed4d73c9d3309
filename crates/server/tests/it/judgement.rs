//! The order of judgement: each refusal comes before the next one could.

use serde_json::json;

use crate::world::{World, send};

/// A request that is wrong in every way at once, made right step by step.
#[tokio::test]
async fn refusals_come_in_one_order_and_each_makes_room_for_the_next() {
    let world = World::new().await;
    let browser = world.login().await;
    let path = "/api/v1/plans/nowhere/approve";
    let huge = "x".repeat(2 << 20);
    let evil = ("origin", "https://evil.example");
    let home = ("origin", world.base.as_str());
    let mut seen = Vec::new();

    let bare = || {
        world
            .request("POST", path)
            .header("content-type", "text/plain")
    };
    seen.push(
        send(bare().header(evil.0, evil.1).body(huge.clone()))
            .await
            .problem(),
    );
    let session = || bare().header("cookie", &browser.cookie);
    seen.push(
        send(session().header(evil.0, evil.1).body(huge.clone()))
            .await
            .problem(),
    );
    seen.push(
        send(session().header(home.0, home.1).body(huge.clone()))
            .await
            .problem(),
    );
    let viewer = bare().bearer_auth(&world.viewer);
    seen.push(send(viewer.body(huge.clone())).await.problem());
    let trusted = || session().header("x-csrf-token", &browser.csrf);
    seen.push(send(trusted().body(huge)).await.problem());
    seen.push(send(trusted().body("{")).await.problem());
    let json_type = || {
        world
            .request("POST", path)
            .header("cookie", &browser.cookie)
            .header("x-csrf-token", &browser.csrf)
            .header("content-type", "application/json; charset=utf-8")
    };
    seen.push(send(json_type().body("{")).await.problem());
    seen.push(send(json_type().body("{}")).await.problem());
    seen.push(send(json_type().body(r#"{"digest": "x"}"#)).await.problem());

    let plan = world
        .plan(
            "/api/v1/toys/paint",
            &json!({"name": "ball", "colour": "green"}),
        )
        .await;
    let real = format!("/api/v1/plans/{}/approve", plan["id"].as_str().unwrap());
    seen.push(
        world
            .post(&real, &world.operator, &json!({"digest": "another"}))
            .await
            .problem(),
    );

    let want: Vec<(u16, String)> = [
        (401, "unauthenticated"),
        (403, "foreign_origin"),
        (403, "csrf"),
        (403, "forbidden"),
        (413, "too_large"),
        (415, "unsupported_media_type"),
        (400, "invalid_json"),
        (422, "invalid_input"),
        (404, "not_found"),
        (409, "digest_mismatch"),
    ]
    .map(|(status, code)| (status, code.to_owned()))
    .into();
    assert_eq!(seen, want);
}

#[tokio::test]
async fn strangers_get_401_from_every_endpoint_of_the_document_that_is_not_public() {
    let world = World::new().await;
    let document = world.get("/api/openapi.json", &world.viewer).await.json();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let url = path.replace("{id}", "1").replace("{thread}", "1");
            let method = method.to_uppercase();
            if operation["security"] == json!([]) {
                continue;
            }
            tried += 1;
            for token in [
                None,
                Some("garbage"),
                Some("pai_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ] {
                let mut request = world.request(&method, &url).json(&json!({}));
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                assert_eq!(
                    send(request).await.problem().0,
                    401,
                    "{method} {url} {token:?}"
                );
            }
        }
    }
    assert!(tried > 20, "{tried}");
    for (method, url) in [
        ("GET", "/api/v1/nothing/here"),
        ("PUT", "/api/v1/toys/list"),
        ("GET", "/v1"),
        ("GET", "/mcp"),
    ] {
        assert_eq!(
            send(world.request(method, url)).await.problem().0,
            401,
            "{method} {url}"
        );
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_for_those_who_are_signed_in() {
    let world = World::new().await;
    assert_eq!(
        world
            .get("/api/v1/nothing/here", &world.viewer)
            .await
            .problem(),
        (404, "not_found".into())
    );
    assert_eq!(
        world
            .get("/api/v1/toys/list", &world.viewer)
            .await
            .problem(),
        (405, "method_not_allowed".into())
    );
    let sent = send(
        world
            .request("DELETE", "/api/v1/plans/x")
            .bearer_auth(&world.viewer),
    )
    .await;
    assert_eq!(sent.problem(), (405, "method_not_allowed".into()));
}

#[tokio::test]
async fn viewers_are_refused_before_their_body_is_looked_at() {
    let world = World::new().await;
    for path in [
        "/api/v1/toys/paint",
        "/api/v1/toys/smash",
        "/api/v1/notes/write",
        "/api/v1/auth/tokens",
        "/api/v1/plans/1/approve",
        "/api/v1/plans/1/reject",
        "/api/v1/runs/1/cancel",
    ] {
        let request = world
            .request("POST", path)
            .bearer_auth(&world.viewer)
            .body("{ not JSON");
        assert_eq!(
            send(request).await.problem(),
            (403, "forbidden".into()),
            "{path}"
        );
    }
    assert_eq!(
        world
            .post("/api/v1/toys/list", &world.viewer, &json!({}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn operators_approve_what_is_reversible_and_leave_destructive_work_to_admins() {
    let world = World::new().await;
    let approve = |plan: &serde_json::Value, token: &str| {
        let path = format!("/api/v1/plans/{}/approve", plan["id"].as_str().unwrap());
        let (body, token) = (
            json!({"digest": plan["digest"], "confirm": "car"}),
            token.to_owned(),
        );
        let world = &world;
        async move { world.post(&path, &token, &body).await }
    };
    let plain = |plan: &serde_json::Value| {
        let path = format!("/api/v1/plans/{}/approve", plan["id"].as_str().unwrap());
        let body = json!({"digest": plan["digest"]});
        let world = &world;
        async move { world.post(&path, &world.operator, &body).await }
    };
    let paint = world
        .plan(
            "/api/v1/toys/paint",
            &json!({"name": "ball", "colour": "green"}),
        )
        .await;
    let run = plain(&paint).await;
    assert_eq!(run.status, 202, "{}", run.text);
    assert_eq!(run.json()["plan_id"], paint["id"]);
    assert_eq!(
        plain(&paint).await.problem(),
        (409, "plan_already_approved".into())
    );

    let smash = world
        .plan("/api/v1/toys/smash", &json!({"name": "car"}))
        .await;
    assert_eq!(
        approve(&smash, &world.operator).await.problem(),
        (403, "forbidden".into())
    );
    assert_eq!(
        approve(&smash, &world.planner).await.problem(),
        (403, "forbidden".into())
    );
    let unconfirmed = world
        .post(
            &format!("/api/v1/plans/{}/approve", smash["id"].as_str().unwrap()),
            &world.admin,
            &json!({"digest": smash["digest"]}),
        )
        .await;
    assert_eq!(unconfirmed.problem(), (422, "confirm_required".into()));
    assert_eq!(approve(&smash, &world.admin).await.status, 202);
}

#[tokio::test]
async fn a_rejected_plan_stays_rejected() {
    let world = World::new().await;
    let plan = world
        .plan(
            "/api/v1/toys/paint",
            &json!({"name": "ball", "colour": "green"}),
        )
        .await;
    let path = format!("/api/v1/plans/{}", plan["id"].as_str().unwrap());
    let rejected = world
        .post(&format!("{path}/reject"), &world.operator, &json!({}))
        .await;
    assert_eq!(
        (rejected.status, &rejected.json()["state"]),
        (200, &json!("rejected"))
    );
    let late = world
        .post(
            &format!("{path}/approve"),
            &world.operator,
            &json!({"digest": plan["digest"]}),
        )
        .await;
    assert_eq!(late.problem(), (409, "plan_rejected".into()));
    assert_eq!(
        world.get(&path, &world.viewer).await.json()["state"],
        "rejected"
    );
}

#[tokio::test]
async fn a_product_action_is_done_by_the_call_itself() {
    let world = World::new().await;
    let answer = world
        .post(
            "/api/v1/notes/write",
            &world.operator,
            &json!({"text": "hello"}),
        )
        .await;
    assert_eq!(
        (answer.status, answer.header("x-scope")),
        (200, "product"),
        "{}",
        answer.text
    );
    assert_eq!(answer.json()["text"], "hello");
}

#[tokio::test]
async fn a_token_that_may_not_approve_cannot_make_itself_one_that_may() {
    let world = World::new().await;
    let wish = json!({"name": "x", "role": "admin"});
    assert_eq!(
        world
            .post("/api/v1/auth/tokens", &world.planner, &wish)
            .await
            .problem()
            .0,
        403
    );
    let made = world
        .post(
            "/api/v1/auth/tokens",
            &world.admin,
            &json!({"name": "ci", "role": "operator", "no_approve": true}),
        )
        .await;
    assert_eq!(made.status, 201);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("pai_"));
    let who = world.get("/api/v1/auth/session", &token).await;
    assert_eq!(
        who.json(),
        json!({"user": who.json()["user"], "role": "operator", "csrf_token": null})
    );
    let approve = world
        .post("/api/v1/plans/1/approve", &token, &json!({"digest": "x"}))
        .await;
    assert_eq!(approve.problem(), (403, "forbidden".into()));
}
