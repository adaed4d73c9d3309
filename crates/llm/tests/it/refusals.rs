//! What a server may answer instead of an answer.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use llm::ollama::{OllamaModel, OllamaOptions, Waits};
use llm::{
    ChatEvent, ChatModel, ChatRequest, Error, FinishReason, Message, PromptCut, Reply, Retry,
    ToolCall, Usage,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::answers::{done, done_line, events, hello, says, text, with_tools};
use crate::server::{Part, Server, answer, chunk, lines, stream, stream_head};

#[tokio::test]
async fn when_nobody_listens_the_error_says_how_to_start_ollama() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{address}");
    let model =
        OllamaModel::new("m", &url.parse().unwrap(), None, OllamaOptions::default()).unwrap();
    let away = Error::Away {
        url: url.clone(),
        detail: "Connection refused (os error 111)".to_owned(),
    };
    assert_eq!(
        events(&model, hello()).await,
        (Vec::new(), Some(away.clone()))
    );
    assert_eq!(model.probe().await, Err(away.clone()));
    assert_eq!(away.retry(), Retry::Later);
    assert_eq!(
        away.to_string(),
        format!(
            "Ollama at {url} does not answer (Connection refused (os error 111)): start it with `ollama serve`, \
             or name the address where it runs"
        )
    );
}

#[tokio::test]
async fn a_model_without_tools_is_a_typed_error() {
    let server = Server::always(answer(
        "400 Bad Request",
        r#"{"error":"models.example/library/m:1b does not support tools"}"#,
    ));
    let error = Error::NoTools {
        model: "m:1b".to_owned(),
    };
    assert_eq!(
        events(&server.model(), with_tools()).await,
        (Vec::new(), Some(error))
    );
}

#[tokio::test]
async fn an_error_line_ends_a_stream_that_had_begun() {
    let server = Server::always(lines(&[
        says("Well"),
        json!({"error": "an error was encountered"}),
        says("never"),
    ]));
    let error = Error::Refused {
        model: "m:1b".to_owned(),
        url: server.url(),
        status: 200,
        detail: "an error was encountered".to_owned(),
    };
    assert_eq!(
        events(&server.model(), hello()).await,
        (vec![text("Well")], Some(error))
    );
}

#[tokio::test]
async fn an_error_line_that_repeats_the_prompt_is_withheld() {
    let secret = "the root password of payroll-db is hunter2";
    let server = Server::always(lines(&[
        json!({"error": format!("cannot parse: {secret}")}),
    ]));
    let (_, error) = events(
        &server.model(),
        ChatRequest::new(vec![Message::user(secret)]),
    )
    .await;
    assert_eq!(
        error.unwrap().to_string(),
        format!(
            "the model server at {} refused the request for model `m:1b` (HTTP 200): its text repeats the \
             conversation and is withheld",
            server.url()
        )
    );
}

#[tokio::test]
async fn a_stream_that_ends_in_the_middle_is_no_answer() {
    let cut = |url| Error::Lost {
        url,
        detail: "the answer ended in the middle".to_owned(),
    };
    let server = Server::always(lines(&[says("Half")]));
    assert_eq!(
        events(&server.model(), hello()).await,
        (vec![text("Half")], Some(cut(server.url())))
    );

    // The connection breaks inside a chunk.
    let mut bytes = stream_head();
    bytes.extend(chunk(format!("{}\n", says("Half")).as_bytes()));
    bytes.extend_from_slice(b"40\r\n{\"mess");
    let server = Server::always(bytes);
    let (seen, error) = events(&server.model(), hello()).await;
    assert_eq!(seen, vec![text("Half")]);
    assert!(matches!(error, Some(Error::Lost { .. })), "{error:?}");
}

#[tokio::test]
async fn nonsense_is_a_protocol_error_that_does_not_quote_it() {
    let server = Server::always(stream(&[b"hunter2 is no JSON\n"]));
    let error = Error::Protocol {
        url: server.url(),
        detail: "a line of its answer is not the JSON expected (Syntax error)".to_owned(),
    };
    assert_eq!(
        events(&server.model(), hello()).await,
        (Vec::new(), Some(error))
    );

    let server = Server::always(stream(&[b"{\"message\": {\"content\": \"\xff\xfe\"}}\n"]));
    assert!(matches!(
        events(&server.model(), hello()).await.1,
        Some(Error::Protocol { .. })
    ));
}

#[tokio::test]
async fn an_endless_line_is_given_up() {
    let long = vec![b'x'; 5 * 1024 * 1024];
    let server = Server::always(stream(&[&long]));
    let error = Error::Protocol {
        url: server.url(),
        detail: "a line is longer than 4194304 bytes".to_owned(),
    };
    assert_eq!(
        events(&server.model(), hello()).await,
        (Vec::new(), Some(error))
    );
}

#[tokio::test]
async fn another_kind_of_server_is_recognised() {
    let server = Server::always(answer("404 Not Found", "404 page not found"));
    let error = Error::Protocol {
        url: server.url(),
        detail: "HTTP 404: 404 page not found".to_owned(),
    };
    assert_eq!(
        events(&server.model(), hello()).await,
        (Vec::new(), Some(error))
    );

    let server = Server::always(answer("200 OK", "<html>hello</html>"));
    assert!(matches!(
        server.model().probe().await,
        Err(Error::Protocol { .. })
    ));
}

#[tokio::test]
async fn tls_needs_no_process_wide_provider_and_a_server_without_tls_is_away() {
    let server = Server::always(answer("200 OK", "{}"));
    let url = server.url().replace("http://", "https://");
    match OllamaModel::new("m", &url.parse().unwrap(), None, OllamaOptions::default()) {
        Ok(model) => {
            let error = model.probe().await.unwrap_err();
            assert!(
                matches!(&error, Error::Away { url: away, .. } if *away == url),
                "{error}"
            );
        }
        // A machine without any certificate can make no TLS connection, and says so.
        Err(error) => assert!(matches!(error, Error::Client { .. }), "{error}"),
    }
}

fn impatient() -> OllamaOptions {
    OllamaOptions {
        waits: Waits {
            busy: vec![Duration::ZERO; 3],
            ..Waits::default()
        },
        ..OllamaOptions::default()
    }
}

#[tokio::test]
async fn a_full_queue_is_asked_again_and_then_given_up() {
    let busy = r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#;
    let count = AtomicU32::new(0);
    let server = Server::start(move |_| {
        let bytes = if count.fetch_add(1, Ordering::SeqCst) < 2 {
            answer("503 Service Unavailable", busy)
        } else {
            lines(&[says("Hi"), done_line()])
        };
        vec![Part::Bytes(bytes)]
    });
    assert_eq!(
        events(&server.model_with(impatient()), hello()).await,
        (vec![text("Hi"), done()], None)
    );

    let mut server = Server::always(answer("503 Service Unavailable", busy));
    let error = Error::Busy {
        url: server.url(),
        attempts: 4,
    };
    assert_eq!(
        events(&server.model_with(impatient()), hello()).await,
        (Vec::new(), Some(error))
    );
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_failed_load_is_tried_once_more() {
    let failed = r#"{"error":"llama-server process has terminated: signal: killed"}"#;
    let mut server = Server::always(answer("500 Internal Server Error", failed));
    let error = Error::LoadFailed {
        model: "m:1b".to_owned(),
        url: server.url(),
        detail: "llama-server process has terminated: signal: killed".to_owned(),
    };
    assert_eq!(
        events(&server.model(), hello()).await,
        (Vec::new(), Some(error))
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_conversation_that_cannot_fit_is_not_sent() {
    let mut server = Server::always(lines(&[done_line()]));
    let request = ChatRequest::new(vec![Message::user("x".repeat(200_000))]);
    let error = Error::ContextExceeded {
        model: "m:1b".to_owned(),
        needed_tokens: 50_000,
        window_tokens: 16_384,
    };
    assert_eq!(
        events(&server.model(), request).await,
        (Vec::new(), Some(error))
    );
    assert_eq!(server.requests(), Vec::new());
}

#[tokio::test]
async fn a_prompt_that_was_cut_in_silence_is_reported() {
    let server = Server::always(lines(&[json!({
        "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
        "prompt_eval_count": 8194
    })]));
    let request = ChatRequest::new(vec![Message::user("x".repeat(100_000))]);
    let usage = Usage {
        prompt_tokens: 8_194,
        output_tokens: 0,
        load: Duration::ZERO,
        total: Duration::ZERO,
        reason: FinishReason::Stop,
        prompt_cut: Some(PromptCut {
            sent_tokens: 25_000,
            read_tokens: 8_194,
            window_tokens: 16_384,
        }),
    };
    assert_eq!(
        events(&server.model(), request).await,
        (vec![ChatEvent::Done(usage)], None)
    );
}

#[tokio::test]
async fn the_credential_goes_into_the_header_and_nowhere_else() {
    let mut server = Server::always(answer("401 Unauthorized", r#"{"error":"unauthorized"}"#));
    let key = SecretString::from("s3cret");
    let model = OllamaModel::new(
        "m",
        &server.url().parse().unwrap(),
        Some(key),
        OllamaOptions::default(),
    )
    .unwrap();
    let error = Error::Unauthorized {
        url: server.url(),
        status: 401,
    };
    assert_eq!(events(&model, hello()).await, (Vec::new(), Some(error)));
    assert_eq!(
        server.next_request().await.authorization,
        Some("Bearer s3cret".to_owned())
    );
    assert!(!format!("{model:?}").contains("s3cret"));
}

async fn reply(chunks: &[Value], request: ChatRequest) -> Reply {
    let server = Server::always(lines(chunks));
    let stream = server
        .model()
        .chat(request, CancellationToken::new())
        .await
        .unwrap();
    Reply::collect(stream).await.unwrap()
}

fn call(id: &str, arguments: Value) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: "guest_power".to_owned(),
        arguments,
    }
}

#[tokio::test]
async fn thoughts_come_apart_from_the_answer_in_both_ways() {
    let field = [
        json!({"message": {"thinking": "hm"}}),
        says("Yes"),
        done_line(),
    ];
    let tags = [
        says("<thi"),
        says("nk>hm</th"),
        says("ink>\n\nYes"),
        done_line(),
    ];
    for chunks in [&field[..], &tags[..]] {
        let reply = reply(chunks, hello()).await;
        assert_eq!(
            (reply.thinking.as_str(), reply.text.as_str()),
            ("hm", "Yes")
        );
    }
}

#[tokio::test]
async fn a_call_written_as_text_becomes_a_call_only_when_the_tool_was_offered() {
    let json_text = r#"{"name": "guest_power", "arguments": {"vmid": 7}}"#;
    let chunks = [
        says("```json\n"),
        says(json_text),
        says("\n```"),
        done_line(),
    ];
    let offered = reply(&chunks, with_tools()).await;
    assert_eq!(
        (offered.text.as_str(), offered.tool_calls),
        ("", vec![call("call_1", json!({"vmid": 7}))])
    );
    let not_offered = reply(&chunks, hello()).await;
    assert_eq!(
        (not_offered.text, not_offered.tool_calls),
        (format!("```json\n{json_text}\n```"), Vec::new())
    );
}

#[tokio::test]
async fn ids_of_calls_are_unique_in_the_conversation() {
    let earlier = Message::Assistant {
        content: String::new(),
        thinking: String::new(),
        tool_calls: vec![call("call_1", json!({}))],
    };
    let mut request = with_tools();
    request.messages.push(earlier);
    let native = json!({"message": {"tool_calls": [
        {"function": {"name": "guest_power", "arguments": {"vmid": 1}}},
        {"function": {"name": "guest_power", "arguments": "{\"vmid\": 2}"}},
        {"id": "call_x", "function": {"name": "guest_power", "arguments": {"vmid": 3}}}
    ]}});
    assert_eq!(
        reply(&[native, done_line()], request).await.tool_calls,
        vec![
            call("call_2", json!({"vmid": 1})),
            call("call_3", json!({"vmid": 2})),
            call("call_x", json!({"vmid": 3})),
        ]
    );
}
