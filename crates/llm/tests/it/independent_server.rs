//! Against an independent implementation of Ollama's API, with a stand-in for the model behind it.

use std::fmt::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use llm::embed::{Embedder, Waits};
use llm::ollama::{OllamaEmbedder, OllamaModel, OllamaOptions};
use llm::{Capabilities, ChatEvent, ChatModel, Error, ToolCall};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::answers::{events, hello, text, with_tools};
use crate::server::{Part, Server, answer};

/// What llama.cpp streams for a text.
fn completion(pieces: &[&str]) -> Vec<u8> {
    let mut body = String::new();
    for piece in pieces {
        let delta = json!({"choices": [{"index": 0, "delta": {"content": piece}}]});
        writeln!(body, "data: {delta}\n").unwrap();
    }
    let end = json!({
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "timings": {"prompt_n": 20, "cache_n": 11, "predicted_n": 4}
    });
    writeln!(body, "data: {end}\n\ndata: [DONE]\n").unwrap();
    answer("200 OK", &body)
}

/// Starts the server; `None` with a printed reason when this machine cannot.
async fn start(model: &str, upstream: &str, folder: &Path) -> Option<(Child, String)> {
    let program =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools/mini_ollama.py");
    if !program.is_file() {
        println!("skipped: the independent server is not there");
        return None;
    }
    let weights = folder.join("weights.gguf");
    std::fs::write(&weights, b"not real weights").unwrap();
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let child = Command::new("python3")
        .arg(program)
        .args([address.port().to_string().as_str(), upstream, model])
        .arg(weights)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let child = match child {
        Ok(child) => child,
        Err(error) => {
            println!("skipped: python3 does not start ({error})");
            return None;
        }
    };
    let listening = async {
        let mut tries = tokio::time::interval(Duration::from_millis(20));
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tries.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listening)
        .await
        .expect("the server listens");
    Some((child, format!("http://{address}")))
}

#[tokio::test]
async fn an_independent_server_is_understood() {
    let upstream = Server::start(|seen| {
        let pieces: &[&str] = if seen.body.get("tools").is_some() {
            &[
                "```json\n",
                "{\"name\": \"guest_power\", ",
                "\"arguments\": {\"vmid\": 7}}",
                "\n```",
            ]
        } else {
            &["Grüße", ", ", "🦀"]
        };
        vec![Part::Bytes(completion(pieces))]
    });
    let folder = tempfile::tempdir().unwrap();
    let Some((_child, url)) = start("m:1b", &upstream.url(), folder.path()).await else {
        return;
    };
    let open = |name: &str| {
        OllamaModel::new(name, &url.parse().unwrap(), None, OllamaOptions::default()).unwrap()
    };
    let model = open("m:1b");

    assert_eq!(model.server().version().await, Ok("0.0.0-mini".to_owned()));
    assert_eq!(
        model.probe().await,
        Ok(Capabilities {
            tools: true,
            thinking: false,
            context_length: 16_384
        })
    );
    let installed = model.server().installed_models().await.unwrap();
    assert_eq!(
        installed
            .iter()
            .map(|model| model.name.as_str())
            .collect::<Vec<&str>>(),
        ["m:1b"]
    );

    let (seen, error) = events(&model, hello()).await;
    assert_eq!(error, None);
    let (ended, pieces) = seen.split_last().unwrap();
    assert_eq!(pieces, [text("Grüße"), text(", "), text("🦀")]);
    let ChatEvent::Done(usage) = ended else {
        panic!("{ended:?} is not the end")
    };
    assert_eq!((usage.prompt_tokens, usage.output_tokens), (31, 4));

    let (seen, error) = events(&model, with_tools()).await;
    assert_eq!(error, None);
    let [
        ChatEvent::ToolCall(ToolCall {
            name, arguments, ..
        }),
        ChatEvent::Done(_),
    ] = seen.as_slice()
    else {
        panic!("{seen:?} is not one call")
    };
    assert_eq!(
        (name.as_str(), arguments),
        ("guest_power", &json!({"vmid": 7}))
    );

    assert!(
        model
            .server()
            .loaded_models()
            .await
            .unwrap()
            .iter()
            .any(|loaded| loaded.name == "m:1b")
    );
    let embedder = |name: &str| {
        let (url, keep) = (url.parse().unwrap(), Duration::from_mins(5));
        OllamaEmbedder::new(name, &url, None, keep, Waits::default()).unwrap()
    };
    assert_eq!(
        embedder("m:1b").probe().await,
        Err(Error::NotAnEmbeddingModel {
            model: "m:1b".to_owned()
        })
    );
    let missing = Error::ModelMissing {
        model: "nope".to_owned(),
        url: url.clone(),
    };
    assert_eq!(open("nope").probe().await, Err(missing.clone()));
    assert_eq!(embedder("nope").probe().await, Err(missing.clone()));
    assert_eq!(
        events(&open("nope"), hello()).await,
        (Vec::new(), Some(missing))
    );
}
