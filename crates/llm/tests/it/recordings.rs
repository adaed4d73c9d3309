//! Recorded answers, cut into two chunks at every byte.

use std::path::{Path, PathBuf};
use std::time::Duration;

use llm::ollama::{InstalledModel, LoadedModel};
use llm::{Capabilities, ChatEvent, ChatModel, ChatRequest, Error, FinishReason, ToolCall, Usage};
use serde_json::json;

use crate::answers::{events, hello, text, with_tools};
use crate::server::{Part, Server, answer, stream};

fn recording(name: &str) -> Option<Vec<u8>> {
    let folder: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools/ollama-samples");
    let bytes = std::fs::read(folder.join(name));
    if let Err(error) = &bytes {
        println!("skipped: recording {name} is not there ({error})");
    }
    bytes.ok()
}

fn usage(prompt_tokens: u32, output_tokens: u32, total_ns: u64) -> ChatEvent {
    ChatEvent::Done(Usage {
        prompt_tokens,
        output_tokens,
        load: Duration::from_millis(1),
        total: Duration::from_nanos(total_ns),
        reason: FinishReason::Stop,
        prompt_cut: None,
    })
}

/// Plays a recording once per byte, cut there, and once byte by byte.
async fn plays_the_same_wherever_it_is_cut(
    name: &str,
    request: ChatRequest,
    expected: Vec<ChatEvent>,
) {
    let Some(bytes) = recording(name) else { return };
    let cuts = bytes.len();
    let at = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let at = at.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if at > bytes.len() {
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            return vec![Part::Bytes(stream(&single))];
        }
        let (head, tail) = bytes.split_at(at);
        vec![Part::Bytes(stream(&[head, tail]))]
    });
    let model = server.model();
    for cut in 0..=cuts + 1 {
        assert_eq!(
            events(&model, request.clone()).await,
            (expected.clone(), None),
            "{name} cut at {cut}"
        );
    }
}

#[tokio::test]
async fn a_recorded_text_plays_the_same_wherever_it_is_cut() {
    plays_the_same_wherever_it_is_cut(
        "mini_chat_stream.ndjson",
        hello(),
        vec![text("Hello"), text("!"), usage(35, 3, 2_940_666_227)],
    )
    .await;
}

#[tokio::test]
async fn a_recorded_constrained_answer_plays_the_same_wherever_it_is_cut() {
    let pieces = [
        "{\n", " ", " \"", "vm", "id", "\":", " ", "1", "0", "1", ",\n", " ", " \"", "action",
        "\":", " \"", "start", "\"\n", "}",
    ];
    let mut expected: Vec<ChatEvent> = pieces.into_iter().map(text).collect();
    expected.push(usage(35, 26, 8_932_317_569));
    let request = hello().with_format(json!({"type": "object"}));
    plays_the_same_wherever_it_is_cut("mini_chat_format_stream.ndjson", request, expected).await;
}

fn start_101(id: &str) -> ChatEvent {
    ChatEvent::ToolCall(ToolCall {
        id: id.to_owned(),
        name: "guest_power".to_owned(),
        arguments: json!({"vmid": 101, "action": "start"}),
    })
}

#[tokio::test]
async fn a_recorded_tool_call_plays_the_same_wherever_it_is_cut() {
    plays_the_same_wherever_it_is_cut(
        "mini_chat_tools_stream.ndjson",
        with_tools(),
        vec![start_101("call_76e5b64e"), usage(207, 39, 40_400_235_085)],
    )
    .await;
}

#[tokio::test]
async fn a_recorded_answer_in_one_object_plays_like_a_stream() {
    for (name, id, prompt_tokens, total_ns) in [
        (
            "mini_chat_tools_nostream.json",
            "call_81664f93",
            207,
            11_868_256_944,
        ),
        (
            "mini_chat_toolresult.json",
            "call_99001faa",
            271,
            12_169_564_213,
        ),
    ] {
        plays_the_same_wherever_it_is_cut(
            name,
            with_tools(),
            vec![start_101(id), usage(prompt_tokens, 39, total_ns)],
        )
        .await;
    }
}

#[tokio::test]
async fn recorded_refusals_are_typed() {
    let table = [
        ("mini_err_404.txt", |url| Error::ModelMissing {
            model: "m:1b".to_owned(),
            url,
        }),
        ("mini_err_400.txt", |url| Error::Refused {
            model: "m:1b".to_owned(),
            url,
            status: 400,
            detail: "missing request body".to_owned(),
        }),
    ] as [(&str, fn(String) -> Error); 2];
    for (name, error) in table {
        let Some(bytes) = recording(name) else {
            continue;
        };
        let server = Server::always(bytes);
        assert_eq!(
            events(&server.model(), hello()).await,
            (Vec::new(), Some(error(server.url())))
        );
    }
}

#[tokio::test]
async fn recorded_lists_and_capabilities_are_read() {
    let [Some(show), Some(tags), Some(ps)] =
        ["mini_show.json", "mini_tags.json", "mini_ps.json"].map(recording)
    else {
        return;
    };
    let server = Server::start(move |seen| {
        let body = match seen.path.as_str() {
            "/api/show" => &show,
            "/api/tags" => &tags,
            "/api/ps" => &ps,
            other => panic!("unexpected request for {other}"),
        };
        vec![Part::Bytes(answer(
            "200 OK",
            std::str::from_utf8(body).unwrap(),
        ))]
    });
    let model = server.model();
    assert_eq!(
        model.probe().await,
        Ok(Capabilities {
            tools: true,
            thinking: false,
            context_length: 16_384
        })
    );
    assert_eq!(
        model.server().installed_models().await,
        Ok(vec![InstalledModel {
            name: "qwen2.5-coder:1.5b".to_owned(),
            size_bytes: 1_117_320_768,
            capabilities: vec!["completion".to_owned(), "tools".to_owned()],
        }])
    );
    assert_eq!(
        model.server().loaded_models().await,
        Ok(vec![LoadedModel {
            name: "qwen2.5-coder:1.5b".to_owned(),
            size_bytes: 1_117_320_768,
            graphics_bytes: 0,
            context_length: 4096,
        }])
    );
}
