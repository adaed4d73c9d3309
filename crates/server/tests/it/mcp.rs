//! MCP on both transports: tools, calls, plans without consent, and clients that talk nonsense.

use std::time::Duration;

use ops::{Actor, Role, Surface, tasks::Tasks};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};

use crate::world::{self, World, send};

struct Stdio {
    input: Option<WriteHalf<DuplexStream>>,
    output: Lines<BufReader<ReadHalf<DuplexStream>>>,
    tasks: Tasks,
    ended: tokio::sync::oneshot::Receiver<Result<(), server::Error>>,
}

impl Stdio {
    async fn start() -> Self {
        let (registry, _, _) = world::registry().await;
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (read, input) = tokio::io::split(ours);
        let (stdin, stdout) = tokio::io::split(theirs);
        let (done, ended) = tokio::sync::oneshot::channel();
        let tasks = Tasks::new();
        let actor = Actor::new("me", Role::Admin, Surface::Cli);
        tasks.spawn("mcp", move |_| async move {
            let _ = done.send(server::mcp_stdio(registry, actor, stdin, stdout).await);
        });
        Self {
            input: Some(input),
            output: BufReader::new(read).lines(),
            tasks,
            ended,
        }
    }

    async fn write(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }

    async fn ask(&mut self, id: u64, method: &str, params: Value) -> Value {
        self.write(
            &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string(),
        )
        .await;
        self.answer(&json!(id)).await
    }

    /// The answer with this id; whatever else comes before is passed over.
    async fn answer(&mut self, id: &Value) -> Value {
        loop {
            let line = tokio::time::timeout(Duration::from_secs(20), self.output.next_line());
            let line = line.await.unwrap().unwrap().expect("the server goes on");
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == *id {
                return answer;
            }
        }
    }

    async fn begin(&mut self) -> Value {
        let answer = self.ask(1, "initialize", initialize()).await;
        self.write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
            .await;
        answer
    }

    async fn end(mut self) {
        self.input.take().unwrap().shutdown().await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(20), &mut self.ended)
            .await
            .unwrap();
        assert!(ended.unwrap().is_ok());
        assert!(self.tasks.stop(Duration::from_secs(20)).await);
    }
}

fn initialize() -> Value {
    json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}})
}

#[tokio::test]
async fn stdio_survives_nonsense_before_and_within_a_session_and_ends_with_its_input() {
    let mut client = Stdio::start().await;
    client.write("this is not JSON").await;
    client
        .write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        .await;
    client.write("").await;
    let begun = client.begin().await;
    assert_eq!(begun["result"]["serverInfo"]["name"], "proxmox-ai");
    assert_eq!(begun["result"]["protocolVersion"], "2025-06-18");
    let unknown = client.ask(2, "no/such", json!({})).await;
    assert_eq!(unknown["error"]["code"], -32601);
    client.write("this is not JSON either").await;
    client.write("[1, 2").await;
    assert_eq!(client.ask(3, "ping", json!({})).await["result"], json!({}));
    client.end().await;
}

#[tokio::test]
async fn a_client_that_leaves_at_once_is_no_error() {
    Stdio::start().await.end().await;
}

#[tokio::test]
async fn answers_that_are_on_their_way_when_the_input_ends_still_come() {
    let mut client = Stdio::start().await;
    client.begin().await;
    let call = json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call",
                      "params": {"name": "toys_list", "arguments": {}}});
    client.write(&call.to_string()).await;
    client.input.take().unwrap().shutdown().await.unwrap();
    assert_eq!(
        client.answer(&json!(9)).await["result"]["structuredContent"],
        json!({"toys": ["ball", "car"]})
    );
}

#[tokio::test]
async fn tools_read_plan_and_never_consent() {
    let mut client = Stdio::start().await;
    client.begin().await;
    let list = client.ask(2, "tools/list", json!({})).await;
    let tools = list["result"]["tools"].as_array().unwrap().clone();
    assert!(tools.iter().any(|tool| tool["name"] == "operations_call"));
    for tool in &tools {
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
        assert!(tool["annotations"]["readOnlyHint"].is_boolean(), "{tool}");
    }
    let call = |name: &str, arguments: Value| json!({"name": name, "arguments": arguments});
    let read = client
        .ask(3, "tools/call", call("toys_list", json!({})))
        .await;
    assert_eq!(
        read["result"]["structuredContent"],
        json!({"toys": ["ball", "car"]})
    );
    let paint = json!({"name": "ball", "colour": "green"});
    let plan = client
        .ask(4, "tools/call", call("toys_paint", paint.clone()))
        .await;
    let plan = &plan["result"];
    assert_eq!(plan["isError"], json!(false));
    assert_eq!(plan["structuredContent"]["plan"]["state"], "proposed");
    let forged = json!({"name": "ball", "colour": "green", "approved": true});
    for (id, arguments) in [
        (5, call("toys_paint", forged)),
        (6, call("toys_list", json!({"limit": "x"}))),
        (7, call("no_such_tool", json!({}))),
        (
            8,
            call(
                "plans_approve",
                json!({"id": plan["structuredContent"]["plan"]["id"]}),
            ),
        ),
        (
            9,
            call(
                "operations_call",
                json!({"op": "toys.paint", "input": {}, "confirm": true}),
            ),
        ),
    ] {
        let refused = client.ask(id, "tools/call", arguments).await;
        assert_eq!(refused["result"]["isError"], json!(true), "{refused}");
        assert!(
            refused["result"]["content"][0]["text"].is_string(),
            "{refused}"
        );
    }
    let through = call(
        "operations_call",
        json!({"op": "toys.paint", "input": paint}),
    );
    let through = client.ask(10, "tools/call", through).await;
    assert_eq!(
        through["result"]["structuredContent"]["plan"]["op"],
        "toys.paint"
    );
    client.end().await;
}

#[tokio::test]
async fn http_takes_bearers_from_home_and_answers_json() {
    let world = World::new().await;
    let post = |message: Value| {
        world
            .request("POST", "/mcp")
            .header("accept", "application/json, text/event-stream")
            .json(&message)
    };
    let message = |id: u64, method: &str, params: Value| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    let begin = message(1, "initialize", initialize());
    assert_eq!(send(post(begin.clone())).await.problem().0, 401);
    let browser = world.login().await;
    let by_cookie = post(begin.clone())
        .header("cookie", &browser.cookie)
        .header("x-csrf-token", &browser.csrf);
    assert_eq!(send(by_cookie).await.problem().0, 401);
    let evil = post(begin.clone())
        .bearer_auth(&world.admin)
        .header("origin", "https://evil.example");
    assert_eq!(send(evil).await.problem(), (403, "foreign_origin".into()));

    let begun = send(post(begin).bearer_auth(&world.admin)).await;
    assert_eq!(
        (begun.status, begun.header("content-type")),
        (200, "application/json"),
        "{}",
        begun.text
    );
    assert_eq!(begun.json()["result"]["serverInfo"]["name"], "proxmox-ai");
    let noted = post(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        .bearer_auth(&world.admin);
    assert_eq!(send(noted).await.status, 202);
    let call = |token: &str, name: &str, arguments: Value| {
        let message = message(
            2,
            "tools/call",
            json!({"name": name, "arguments": arguments}),
        );
        send(post(message).bearer_auth(token))
    };
    let read = call(&world.viewer, "toys_list", json!({})).await.json();
    assert_eq!(
        read["result"]["structuredContent"],
        json!({"toys": ["ball", "car"]})
    );
    let paint = json!({"name": "ball", "colour": "green"});
    let plan = call(&world.admin, "toys_paint", paint.clone()).await.json();
    let id = plan["result"]["structuredContent"]["plan"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        world.registry.plan(&id).await.unwrap().created_by.surface,
        Surface::Mcp
    );
    let note = call(&world.admin, "notes_write", json!({"text": "x"}))
        .await
        .json();
    assert!(
        note["result"]["structuredContent"]["plan"]["id"].is_string(),
        "a machine's note is a plan: {note}"
    );
    let viewer = call(&world.viewer, "toys_paint", paint).await.json();
    assert_eq!(viewer["result"]["isError"], json!(true));
    let unknown = send(post(message(3, "no/such", json!({}))).bearer_auth(&world.admin)).await;
    assert_eq!(unknown.json()["error"]["code"], -32601);
}

#[tokio::test]
async fn a_failure_inside_the_server_tells_a_model_nothing_of_the_inside() {
    let mut client = Stdio::start().await;
    client.begin().await;
    for (id, how) in [(2, "internal"), (3, "store")] {
        let call = json!({"name": "toys_break", "arguments": {"how": how}});
        let failed = client.ask(id, "tools/call", call).await["result"].clone();
        assert_eq!(
            failed["content"][0]["text"],
            "something went wrong inside the server; its log has the cause"
        );
        assert_eq!(
            (&failed["isError"], &failed["structuredContent"]),
            (&json!(true), &Value::Null)
        );
    }
    client.end().await;
}
