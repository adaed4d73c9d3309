//! What a server says about a model.

use llm::ollama::OllamaModel;
use llm::{Capabilities, ChatModel, Error};
use serde_json::{Value, json};

use crate::server::{Server, answer};

async fn probe(shown: Value) -> Result<Capabilities, Error> {
    let mut server = Server::always(answer("200 OK", &shown.to_string()));
    let capabilities = server.model().probe().await;
    let request = server.next_request().await;
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/api/show")
    );
    assert_eq!(request.body, json!({"model": "m:1b"}));
    capabilities
}

#[tokio::test]
async fn capabilities_come_from_the_list_and_the_window_is_what_fits() {
    assert_eq!(
        probe(json!({
            "capabilities": ["completion", "tools", "thinking"],
            "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 8192}
        }))
        .await,
        Ok(Capabilities {
            tools: true,
            thinking: true,
            context_length: 8_192
        })
    );
}

#[tokio::test]
async fn an_old_server_without_the_list_is_judged_by_the_template() {
    let template = "{{ if .Tools }}…{{ end }}";
    assert_eq!(
        probe(json!({"template": template})).await,
        Ok(Capabilities {
            tools: true,
            thinking: false,
            context_length: 16_384
        })
    );
    assert_eq!(
        probe(json!({"template": "{{ .Prompt }}"})).await,
        Ok(Capabilities {
            tools: false,
            thinking: false,
            context_length: 16_384
        })
    );
}

#[tokio::test]
async fn an_embedding_model_is_no_chat_model() {
    assert_eq!(
        probe(json!({"capabilities": ["embedding"]})).await,
        Err(Error::NotAChatModel {
            model: "m:1b".to_owned()
        })
    );
}

#[tokio::test]
async fn a_path_in_the_url_is_kept() {
    let mut server = Server::always(answer("200 OK", r#"{"version":"0.32.1"}"#));
    let url = format!("{}/ollama/", server.url()).parse().unwrap();
    let model = OllamaModel::new("m", &url, None, llm::ollama::OllamaOptions::default()).unwrap();
    assert_eq!(model.server().version().await, Ok("0.32.1".to_owned()));
    assert_eq!(server.next_request().await.path, "/ollama/api/version");
    assert_eq!(model.name(), format!("ollama:m@{}/ollama", server.url()));
}
