//! Event streams: replay by number, judgement of origins, limits, and their end.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::world::{World, send};

/// Reads a stream until `enough` says so or it ends.
async fn read_until(response: reqwest::Response, enough: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut chunks = response.bytes_stream();
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
            if enough(&text) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .unwrap();
    text
}

/// (id, event, data) of each event.
fn events(text: &str) -> Vec<(String, String, Value)> {
    text.split("\n\n")
        .filter_map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let data = serde_json::from_str(field("data: ")?).unwrap();
            let text = |name| field(name).unwrap_or_default().to_owned();
            Some((text("id: "), text("event: "), data))
        })
        .collect()
}

async fn finished_run(world: &World) -> String {
    let plan = world
        .plan(
            "/api/v1/toys/paint",
            &json!({"name": "ball", "colour": "green"}),
        )
        .await;
    let path = format!("/api/v1/plans/{}/approve", plan["id"].as_str().unwrap());
    let run = world
        .post(&path, &world.operator, &json!({"digest": plan["digest"]}))
        .await
        .json();
    run["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_run_is_watched_to_its_end_and_replayed_from_any_event() {
    let world = World::new().await;
    let id = finished_run(&world).await;
    let path = format!("/api/v1/runs/{id}/events");
    let watch = || world.request("GET", &path).bearer_auth(&world.viewer);
    let all = events(&read_until(watch().send().await.unwrap(), |_| false).await);
    let numbers: Vec<u64> = all.iter().map(|(id, ..)| id.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=all.len() as u64).collect::<Vec<_>>());
    let (_, kind, last) = all.last().unwrap();
    assert_eq!(
        (kind.as_str(), &last["state"]),
        ("run.finished", &json!("succeeded"))
    );

    let by_header = watch().header("last-event-id", "2");
    assert_eq!(
        events(&read_until(by_header.send().await.unwrap(), |_| false).await),
        all[2..]
    );
    let by_query = world
        .request("GET", &format!("{path}?after=2"))
        .bearer_auth(&world.viewer);
    assert_eq!(
        events(&read_until(by_query.send().await.unwrap(), |_| false).await),
        all[2..]
    );
    let nonsense = world
        .request("GET", &format!("{path}?after=x"))
        .bearer_auth(&world.viewer);
    assert_eq!(
        send(nonsense).await.problem(),
        (422, "invalid_input".into())
    );

    let run = world
        .get(&format!("/api/v1/runs/{id}"), &world.viewer)
        .await
        .json();
    assert_eq!(
        (&run["state"], &run["steps"][0]["state"]),
        (&json!("succeeded"), &json!("done"))
    );
    assert_eq!(world.toys.toys.lock().unwrap()["ball"], "green");
    let late = world
        .post(
            &format!("/api/v1/runs/{id}/cancel"),
            &world.operator,
            &json!({}),
        )
        .await;
    assert_eq!(late.problem(), (409, "conflict".into()));
}

#[tokio::test]
async fn a_feed_streams_items_until_the_server_stops() {
    let world = World::new().await;
    let request = world
        .request("POST", "/api/v1/toys/watch")
        .bearer_auth(&world.viewer)
        .json(&json!({}));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let stop = world.stop.clone();
    let text = read_until(response, |text| {
        if text.contains("\"number\":2") {
            stop.cancel();
        }
        false
    })
    .await;
    assert_eq!(
        events(&text)
            .into_iter()
            .map(|(_, _, data)| data)
            .collect::<Vec<_>>(),
        [json!({"number": 1}), json!({"number": 2})]
    );
    assert!(
        world.tasks.stop(Duration::from_secs(20)).await,
        "the server ends"
    );
}

#[tokio::test]
async fn streams_refuse_strangers_and_pages_of_other_sites() {
    let world = World::new().await;
    let browser = world.login().await;
    for (method, path) in [
        ("POST", "/api/v1/toys/watch"),
        ("GET", "/api/v1/runs/1/events"),
        ("POST", "/api/v1/chat/t1/messages"),
        ("GET", "/api/v1/chat/t1/events"),
        ("POST", "/v1/chat/completions"),
    ] {
        let request = || world.request(method, path).json(&json!({}));
        assert_eq!(send(request()).await.problem().0, 401, "{path}");
        let evil = || request().header("origin", "https://evil.example");
        let session = evil()
            .header("cookie", &browser.cookie)
            .header("x-csrf-token", &browser.csrf);
        assert_eq!(
            send(session).await.problem(),
            (403, "foreign_origin".into()),
            "{path}"
        );
        assert_eq!(
            send(evil().bearer_auth(&world.admin)).await.problem().0,
            403,
            "{path}"
        );
    }
}

#[tokio::test]
async fn one_account_holds_so_many_streams_and_no_more() {
    let world = World::new().await;
    let open = || {
        world
            .request("POST", "/api/v1/toys/watch")
            .bearer_auth(&world.viewer)
            .json(&json!({}))
            .send()
    };
    let mut held = Vec::new();
    for _ in 0..32 {
        let response = open().await.unwrap();
        assert_eq!(response.status(), 200);
        held.push(response);
    }
    let refused = send(
        world
            .request("POST", "/api/v1/toys/watch")
            .bearer_auth(&world.viewer)
            .json(&json!({})),
    )
    .await;
    assert_eq!(refused.problem(), (429, "too_many_streams".into()));
    assert_eq!(
        world
            .post("/api/v1/toys/list", &world.viewer, &json!({}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn signing_out_ends_the_streams_of_the_session() {
    let world = World::new().await;
    let browser = world.login().await;
    let signed = |method, path| {
        world
            .request(method, path)
            .header("cookie", &browser.cookie)
            .header("x-csrf-token", &browser.csrf)
            .json(&json!({}))
    };
    let response = signed("POST", "/api/v1/toys/watch").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        send(signed("POST", "/api/v1/auth/logout")).await.status,
        204
    );
    read_until(response, |_| false).await;
}

#[tokio::test]
async fn a_conversation_is_sent_and_replayed_by_number() {
    let world = World::new().await;
    let created = world
        .post("/api/v1/chat/threads", &world.viewer, &json!({}))
        .await;
    assert_eq!((created.status, &created.json()["id"]), (201, &json!("t1")));
    let listed = world
        .get("/api/v1/chat/threads", &world.viewer)
        .await
        .json();
    assert_eq!(listed["threads"][0]["title"], "New");

    let say = world
        .request("POST", "/api/v1/chat/t1/messages")
        .bearer_auth(&world.admin)
        .json(&json!({"text": "hi"}));
    let turn = events(&read_until(say.send().await.unwrap(), |_| false).await);
    let kinds: Vec<(String, Value)> = turn
        .into_iter()
        .map(|(id, _, data)| (id, data["type"].clone()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("1", "RUN_STARTED"),
            ("2", "TEXT_MESSAGE_CONTENT"),
            ("3", "RUN_FINISHED")
        ]
        .map(|(id, kind)| (id.to_owned(), json!(kind)))
    );
    let replay = world
        .request("GET", "/api/v1/chat/t1/events?after=1")
        .bearer_auth(&world.viewer);
    let text = read_until(replay.send().await.unwrap(), |text| {
        text.contains("RUN_FINISHED")
    })
    .await;
    assert_eq!(events(&text).len(), 2);

    for (path, body, want) in [
        ("/api/v1/chat/t2/messages", json!({"text": "hi"}), 404),
        ("/api/v1/chat/t1/messages", json!({"text": "  "}), 422),
        (
            "/api/v1/chat/t1/messages",
            json!({"text": "x".repeat(40_000)}),
            422,
        ),
        ("/api/v1/chat/t1/messages", json!({"text": 1}), 422),
    ] {
        assert_eq!(
            world.post(path, &world.viewer, &body).await.problem().0,
            want,
            "{path}"
        );
    }
}

#[tokio::test]
async fn completions_have_the_shapes_of_openai() {
    let world = World::new().await;
    let models = world.get("/v1/models", &world.viewer).await.json();
    assert_eq!(
        (&models["object"], &models["data"][0]["id"]),
        (&json!("list"), &json!("none"))
    );
    let ask = |text: &str, stream: bool| {
        json!({"model": "none", "stream": stream, "temperature": 0.2, "messages": [
            {"role": "system", "content": "be short"},
            {"role": "user", "content": [{"type": "text", "text": text}]},
        ]})
    };
    let whole = world
        .post("/v1/chat/completions", &world.viewer, &ask("hi", false))
        .await
        .json();
    assert_eq!(whole["object"], "chat.completion");
    assert_eq!(
        whole["choices"][0],
        json!({"index": 0, "finish_reason": "stop", "logprobs": null,
               "message": {"role": "assistant", "content": "you said: hi"}})
    );
    let request = world
        .request("POST", "/v1/chat/completions")
        .bearer_auth(&world.viewer)
        .json(&ask("hi", true));
    let text = read_until(request.send().await.unwrap(), |_| false).await;
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    let deltas: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
        .map(|chunk| chunk["choices"][0].clone())
        .collect();
    assert_eq!(
        deltas,
        [
            json!({"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}),
            json!({"index": 0, "delta": {"content": "you said: hi"}, "finish_reason": null}),
            json!({"index": 0, "delta": {}, "finish_reason": "stop"}),
        ]
    );
    let away = world
        .post("/v1/chat/completions", &world.viewer, &ask("fail", false))
        .await;
    assert_eq!(away.problem(), (503, "model_unavailable".into()));
    assert_eq!(away.json()["error"]["message"], "the model is away");
    let unknown = json!({"model": "gpt", "messages": [{"role": "user", "content": "hi"}]});
    assert_eq!(
        world
            .post("/v1/chat/completions", &world.viewer, &unknown)
            .await
            .problem(),
        (404, "model_not_found".into())
    );
}
