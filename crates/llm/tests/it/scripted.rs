//! The model that plays a file.

use std::time::Duration;

use futures_util::StreamExt;
use llm::{
    ChatEvent, ChatModel, ChatRequest, Error, FinishReason, Message, ModelSpec, ScriptedModel,
    Settings, ToolCall, Usage,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::answers::{events, hello, text, with_tools};

const SCRIPT: &str = r#"[
    {"expect": "hello", "reply": "Hello, you three guests."},
    {"reply": {"thinking": "hm", "tool_calls": [{"name": "list"}, {"name": "guest_power", "arguments": {"vmid": 7}}]}},
    {"reply": {"error": "away"}},
    {"expect": "reboot", "reply": "never"}
]"#;

fn done(output_tokens: u32) -> ChatEvent {
    ChatEvent::Done(Usage {
        prompt_tokens: 2,
        output_tokens,
        load: Duration::ZERO,
        total: Duration::ZERO,
        reason: FinishReason::Stop,
        prompt_cut: None,
    })
}

#[tokio::test]
async fn a_script_plays_its_turns_in_order_and_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    std::fs::write(&file, SCRIPT).unwrap();
    let spec: ModelSpec = format!("script:{}", file.display()).parse().unwrap();
    let model = llm::open(&spec, &Settings::default()).unwrap().unwrap();
    assert_eq!(model.name(), spec.to_string());

    let pieces = ["Hello, ", "you thr", "ee gues", "ts."];
    let mut expected: Vec<ChatEvent> = pieces.into_iter().map(text).collect();
    expected.push(done(6));
    assert_eq!(events(&*model, hello()).await, (expected, None));

    let call = |id: &str, name: &str, arguments| {
        ChatEvent::ToolCall(ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments,
        })
    };
    assert_eq!(
        events(&*model, hello()).await,
        (
            vec![
                ChatEvent::Thinking("hm".to_owned()),
                call("call_2_1", "list", json!({})),
                call("call_2_2", "guest_power", json!({"vmid": 7})),
                done(0),
            ],
            None
        )
    );

    let away = Error::Away {
        url: spec.to_string(),
        detail: "scripted".to_owned(),
    };
    assert_eq!(events(&*model, hello()).await, (Vec::new(), Some(away)));

    let script_error = |detail: &str| Error::Script {
        file: file.display().to_string(),
        detail: detail.to_owned(),
    };
    assert_eq!(
        events(
            &*model,
            ChatRequest::new(vec![Message::user("secret wish")])
        )
        .await,
        (
            Vec::new(),
            Some(script_error(
                "turn 4 expects `reboot`, which is not in the last message"
            ))
        )
    );
    assert_eq!(
        events(&*model, hello()).await,
        (
            Vec::new(),
            Some(script_error(
                "request 5 has no turn, the script ends after 4"
            ))
        )
    );
}

#[tokio::test]
async fn a_script_without_tools_refuses_them_like_a_server() {
    let model = ScriptedModel::parse(
        "a",
        r#"{"capabilities": {"tools": false}, "turns": [{"reply": "x"}]}"#,
    )
    .unwrap();
    let error = Error::NoTools {
        model: "script:a".to_owned(),
    };
    assert_eq!(
        events(&model, with_tools()).await,
        (Vec::new(), Some(error))
    );
    assert_eq!(model.turns_left(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_turn_can_be_cancelled() {
    let model = ScriptedModel::parse("a", r#"[{"reply": "late", "delay_ms": 60000}]"#).unwrap();
    let cancel = CancellationToken::new();
    let mut stream = model.chat(hello(), cancel.clone()).await.unwrap();
    let mut next = stream.next();
    assert!(futures_util::poll!(&mut next).is_pending());
    cancel.cancel();
    assert_eq!(next.await, Some(Err(Error::Cancelled)));
    assert_eq!(stream.next().await, None);
}

#[test]
fn a_broken_script_says_where() {
    let error = ScriptedModel::parse("a.json", "[{\"expect\": \"x\"}]").unwrap_err();
    assert_eq!(
        error.to_string(),
        "script `a.json`: not a list of turns {expect?, reply, delay_ms?}: missing field `reply` at \
         line 1 column 16"
    );
    let error = ScriptedModel::load("/nonexistent/a.json".as_ref()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "script `/nonexistent/a.json`: cannot read it: No such file or directory (os error 2)"
    );
}
