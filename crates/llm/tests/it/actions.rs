//! Tools for a model that has none, over the wire.

use std::sync::Arc;

use llm::{
    ActionModel, ActionProtocol, Capabilities, ChatEvent, ChatModel, Error, Message, ScriptedModel,
    ToolCall, adapt,
};
use serde_json::json;

use crate::answers::{done, done_line, events, says, text, with_tools};
use crate::server::{Server, lines};

#[tokio::test]
async fn a_tool_is_asked_for_through_the_format_and_comes_back_as_a_call() {
    let mut server = Server::always(lines(&[
        says("{\"action\": \"guest_power\", "),
        says("\"arguments\": {\"vmid\": 7}}"),
        done_line(),
    ]));
    let model = ActionModel::new(Arc::new(server.model()));
    let call = ToolCall {
        id: "call_1".to_owned(),
        name: "guest_power".to_owned(),
        arguments: json!({"vmid": 7}),
    };
    assert_eq!(
        events(&model, with_tools()).await,
        (vec![ChatEvent::ToolCall(call), done()], None)
    );

    let body = server.next_request().await.body;
    let protocol = ActionProtocol::new(&with_tools().tools);
    assert_eq!(body["format"], protocol.schema());
    assert_eq!(body.get("tools"), None);
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": protocol.instructions()},
            {"role": "user", "content": "hello"}
        ])
    );
}

#[tokio::test]
async fn an_answer_is_shown_while_it_is_written() {
    let server = Server::always(lines(&[
        says("{\"action\": \"answer\", \"te"),
        says("xt\": \"Two "),
        says("guests\\"),
        says("n"),
        says("run.\"}"),
        done_line(),
    ]));
    let model = ActionModel::new(Arc::new(server.model()));
    assert_eq!(
        events(&model, with_tools()).await,
        (
            vec![
                text("Two "),
                text("guests"),
                text("\n"),
                text("run."),
                done()
            ],
            None
        )
    );
}

#[tokio::test]
async fn an_answer_that_fits_nothing_is_an_error() {
    let server = Server::always(lines(&[says("{\"action\": \"destroy\"}"), done_line()]));
    let model = ActionModel::new(Arc::new(server.model()));
    let error = Error::BadAction {
        detail: "it names a tool that was not offered".to_owned(),
    };
    assert_eq!(
        events(&model, with_tools()).await,
        (Vec::new(), Some(error))
    );
}

#[tokio::test]
async fn only_a_model_without_tools_is_adapted() {
    let script = |tools: bool| {
        let turns = json!([{"reply": "{\"action\": \"list\", \"arguments\": {}}"}]);
        let file = json!({"capabilities": {"tools": tools}, "turns": turns}).to_string();
        Arc::new(ScriptedModel::parse("a", &file).unwrap()) as Arc<dyn ChatModel>
    };
    let can = |tools| Capabilities {
        tools,
        thinking: false,
        context_length: 16_384,
    };
    let adapted = adapt(script(false), can(false));
    let call = ToolCall {
        id: "call_1".to_owned(),
        name: "list".to_owned(),
        arguments: json!({}),
    };
    let (seen, error) = events(&*adapted, with_tools()).await;
    assert_eq!(
        (seen.first(), error),
        (Some(&ChatEvent::ToolCall(call)), None)
    );
    assert_eq!(adapted.probe().await, Ok(can(true)));

    let native = adapt(script(true), can(true));
    let (seen, error) = events(&*native, with_tools()).await;
    assert_eq!((seen.first(), error), (Some(&text("{\"actio")), None));
}

#[tokio::test]
async fn a_conversation_with_calls_is_told_in_plain_words() {
    let mut server = Server::always(lines(&[
        says("{\"action\": \"answer\", \"text\": \"ok\"}"),
        done_line(),
    ]));
    let model = ActionModel::new(Arc::new(server.model()));
    let call = ToolCall {
        id: "call_1".to_owned(),
        name: "list".to_owned(),
        arguments: json!({}),
    };
    let mut request = with_tools();
    request.messages.push(Message::Assistant {
        content: String::new(),
        thinking: String::new(),
        tool_calls: vec![call.clone()],
    });
    request.messages.push(Message::tool(&call, "[]"));
    assert_eq!(
        events(&model, request).await,
        (vec![text("ok"), done()], None)
    );
    let messages = server.next_request().await.body["messages"].clone();
    assert_eq!(
        messages[2],
        json!({"role": "assistant", "content": "{\"action\":\"list\",\"arguments\":{}}"})
    );
    assert_eq!(
        messages[3],
        json!({"role": "user", "content": "Result of list:\n[]"})
    );
}
