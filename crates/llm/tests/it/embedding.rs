//! Vectors from servers: what they send, what they refuse, and what does not fit together.

use std::sync::Mutex;
use std::time::Duration;

use llm::Error;
use llm::embed::{Embedder, OpenAiEmbedder, Waits};
use llm::ollama::OllamaEmbedder;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::server::{Part, Seen, Server, answer};

fn waits() -> Waits {
    Waits {
        busy: vec![Duration::from_millis(1); 2],
        ..Waits::default()
    }
}

fn ollama(server: &Server, model: &str) -> OllamaEmbedder {
    let url = server.url().parse().unwrap();
    OllamaEmbedder::new(model, &url, None, Duration::from_mins(5), waits()).unwrap()
}

fn openai(server: &Server, path: &str) -> OpenAiEmbedder {
    let url = format!("{}{path}", server.url()).parse().unwrap();
    OpenAiEmbedder::new("m", &url, Some(SecretString::from("key")), waits()).unwrap()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A vector that tells the text it belongs to.
fn vector_of(text: &Value) -> Value {
    json!([text.as_str().unwrap().chars().count() as f32, 1.0])
}

fn inputs(seen: &Seen) -> Vec<Value> {
    seen.body.get("input").unwrap().as_array().unwrap().clone()
}

fn ollama_answer(seen: &Seen) -> Vec<Part> {
    let vectors: Vec<Value> = inputs(seen).iter().map(vector_of).collect();
    let body = json!({"model": "m", "embeddings": vectors, "prompt_eval_count": 3});
    vec![Part::Bytes(answer("200 OK", &body.to_string()))]
}

fn refusal(status: &str, text: &str) -> Vec<Part> {
    vec![Part::Bytes(answer(
        status,
        &json!({"error": text}).to_string(),
    ))]
}

#[tokio::test]
async fn ollama_embeds_any_number_of_texts_in_their_order() {
    let mut server = Server::start(ollama_answer);
    let embedder = ollama(&server, "all-minilm");
    assert_eq!(
        (embedder.id(), embedder.dimension()),
        ("ollama/all-minilm", None)
    );
    let many: Vec<String> = (1..=70).map(|length| "x".repeat(length)).collect();
    let vectors = embedder.embed(&many).await.unwrap();
    let lengths: Vec<f32> = vectors.iter().map(|vector| vector[0]).collect();
    assert_eq!(lengths, (1..=70).map(|at| at as f32).collect::<Vec<_>>());
    assert_eq!(embedder.dimension(), Some(2));

    let requests = server.requests();
    let sizes: Vec<usize> = requests.iter().map(|seen| inputs(seen).len()).collect();
    assert_eq!(sizes, [32, 32, 6]);
    let first = requests.into_iter().next().unwrap();
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/api/embed")
    );
    let mut body = first.body;
    body.as_object_mut().unwrap().remove("input");
    assert_eq!(
        body,
        json!({"model": "all-minilm", "truncate": true, "keep_alive": 300})
    );
    assert_eq!(embedder.embed(&[]).await, Ok(Vec::new()));
    assert_eq!(server.requests(), []);
}

#[tokio::test]
async fn a_model_that_wants_to_know_what_a_text_is_for_is_told() {
    let mut server = Server::start(ollama_answer);
    let embedder = ollama(&server, "nomic-embed-text:v1.5");
    embedder.embed(&texts(&["a", ""])).await.unwrap();
    embedder.embed_questions(&texts(&["b"])).await.unwrap();
    let sent: Vec<Vec<Value>> = server.requests().iter().map(inputs).collect();
    assert_eq!(
        sent,
        [
            vec![json!("search_document: a"), json!("search_document:  ")],
            vec![json!("search_query: b")]
        ]
    );
}

#[tokio::test]
async fn an_old_server_is_asked_for_one_text_at_a_time() {
    let mut server = Server::start(|seen| {
        if seen.path == "/api/embed" {
            return vec![Part::Bytes(answer("404 Not Found", "404 page not found"))];
        }
        let vector = vector_of(seen.body.get("prompt").unwrap());
        let body = json!({"embedding": vector}).to_string();
        vec![Part::Bytes(answer("200 OK", &body))]
    });
    let embedder = ollama(&server, "all-minilm");
    let expected = vec![vec![1.0, 1.0], vec![2.0, 1.0]];
    assert_eq!(embedder.embed(&texts(&["a", "bb"])).await, Ok(expected));
    assert_eq!(
        embedder.embed(&texts(&["ccc"])).await,
        Ok(vec![vec![3.0, 1.0]])
    );
    let paths: Vec<String> = server
        .requests()
        .into_iter()
        .map(|seen| seen.path)
        .collect();
    // It is not asked again for what it does not have.
    let old = "/api/embeddings";
    assert_eq!(paths, ["/api/embed", old, old, old]);
}

#[tokio::test]
async fn what_ollama_refuses_is_said_in_one_sentence() {
    let table = [
        (
            "404 Not Found",
            "model 'm' not found",
            "model `m` is not installed on Ollama at URL: pull it with `ollama pull m`",
        ),
        (
            "501 Not Implemented",
            "this model does not support embeddings",
            "model `m` makes no embeddings: choose one whose capabilities list `embedding`, such as nomic-embed-text",
        ),
        (
            "500 Internal Server Error",
            "llama runner process has terminated: signal: killed",
            "Ollama at URL could not load model `m` (llama runner process has terminated: signal: killed): \
             free memory, choose a smaller model, or raise OLLAMA_LOAD_TIMEOUT",
        ),
        (
            "400 Bad Request",
            "invalid model name",
            "the model server at URL refused the request for model `m` (HTTP 400): invalid model name",
        ),
        (
            "503 Service Unavailable",
            "server busy, please try again.  maximum pending requests exceeded",
            "Ollama at URL is busy, also after 3 attempts: wait for its other requests, or raise OLLAMA_MAX_QUEUE",
        ),
    ];
    for (status, text, sentence) in table {
        let server = Server::start(move |_| refusal(status, text));
        let error = ollama(&server, "m")
            .embed(&texts(&["a"]))
            .await
            .unwrap_err();
        assert_eq!(error.to_string().replace(&server.url(), "URL"), sentence);
    }
}

#[tokio::test]
async fn a_text_that_is_too_long_is_tried_again_with_its_beginning() {
    let mut server = Server::start(|seen| {
        let longest = inputs(seen)
            .iter()
            .map(|text| text.as_str().unwrap().chars().count())
            .max();
        if longest > Some(1_000) {
            return refusal(
                "400 Bad Request",
                "the input length exceeds the context length",
            );
        }
        ollama_answer(seen)
    });
    let long = "ä".repeat(20_000);
    let vectors = ollama(&server, "m").embed(&[long, "b".to_owned()]).await;
    assert_eq!(vectors, Ok(vec![vec![700.0, 1.0], vec![1.0, 1.0]]));
    assert_eq!(server.requests().len(), 4);

    let server = Server::start(|_| refusal("400 Bad Request", "input exceeds the context length"));
    assert_eq!(
        ollama(&server, "m").embed(&texts(&["a"])).await,
        Err(Error::NoVectors {
            model: "m".to_owned(),
            detail: "even 300 characters are too long for it".to_owned()
        })
    );
}

#[tokio::test]
async fn vectors_that_do_not_fit_are_refused() {
    let answers = Mutex::new(
        [
            json!({"embeddings": [[1.0, 2.0]]}),
            json!({"embeddings": [[1.0, 2.0, 3.0]]}),
            json!({"embeddings": [[1.0, 2.0], [1.0, 2.0]]}),
            json!({"embeddings": [[]]}),
            json!({"response": "hello"}),
            json!({"embeddings": "hello"}),
        ]
        .into_iter(),
    );
    let server = Server::start(move |_| {
        let body = answers.lock().unwrap().next().unwrap();
        vec![Part::Bytes(answer("200 OK", &body.to_string()))]
    });
    let embedder = ollama(&server, "m");
    let no = |detail: &str| Error::NoVectors {
        model: "m".to_owned(),
        detail: detail.to_owned(),
    };
    let one = texts(&["a"]);
    assert_eq!(embedder.probe().await, Ok(2));
    assert_eq!(
        embedder.embed(&one).await.unwrap_err().to_string(),
        "model `m` made a vector of 3 numbers after vectors of 2: another model answers under its name, \
         embed the documents again"
    );
    assert_eq!(embedder.embed(&one).await, Err(no("2 vectors for 1 texts")));
    assert_eq!(embedder.embed(&one).await, Err(no("an empty vector")));
    assert_eq!(embedder.embed(&one).await, Err(no("0 vectors for 1 texts")));
    let error = embedder.embed(&one).await.unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for_without_end() {
    let (report, mut hung_up) = tokio::sync::mpsc::channel(1);
    let server = Server::start(move |_| vec![Part::Silence(report.clone())]);
    let embedder = ollama(&server, "m");
    let error = embedder.embed(&texts(&["a"])).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "model server at {} sent nothing for 600 s when asked to embed texts: \
             the model may be too large for the machine; try a smaller one",
            server.url()
        )
    );
    hung_up.recv().await.unwrap();
}

#[tokio::test]
async fn nobody_there_is_told_for_both_kinds_of_servers() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let at = url.parse().unwrap();
    let ollama = OllamaEmbedder::new("m", &at, None, Duration::ZERO, waits()).unwrap();
    let openai = OpenAiEmbedder::new("m", &at, None, waits()).unwrap();
    let one = texts(&["a"]);
    assert_eq!(
        ollama.embed(&one).await.unwrap_err().to_string(),
        format!(
            "Ollama at {url} does not answer (Connection refused (os error 111)): \
             start it with `ollama serve`, or name the address where it runs"
        )
    );
    assert_eq!(
        openai.embed(&one).await.unwrap_err().to_string(),
        format!(
            "the model server at {url}/v1 does not answer (Connection refused (os error 111)): \
             start it, or name the address where it runs"
        )
    );
}

fn openai_answer(seen: &Seen) -> Vec<Part> {
    // The order of the items is not promised, so they come backwards.
    let mut items: Vec<Value> = inputs(seen)
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"object": "embedding", "index": at, "embedding": vector_of(text)}))
        .collect();
    items.reverse();
    let body = json!({"object": "list", "data": items, "model": "m", "usage": {"prompt_tokens": 2, "total_tokens": 2}});
    vec![Part::Bytes(answer("200 OK", &body.to_string()))]
}

#[tokio::test]
async fn a_server_with_the_api_of_openai_embeds_too() {
    for (path, expected) in [
        ("", "/v1/embeddings"),
        ("/v1", "/v1/embeddings"),
        ("/gateway/v1/", "/gateway/v1/embeddings"),
    ] {
        let mut server = Server::start(openai_answer);
        let embedder = openai(&server, path);
        assert_eq!(embedder.id(), "openai/m");
        let vectors = embedder.embed(&texts(&["a", "bb", "ccc"])).await;
        let lengths = vectors.map(|it| it.iter().map(|vector| vector[0]).collect::<Vec<_>>());
        assert_eq!(lengths, Ok(vec![1.0, 2.0, 3.0]));
        assert_eq!(
            server.next_request().await,
            Seen {
                method: "POST".to_owned(),
                path: expected.to_owned(),
                authorization: Some("Bearer key".to_owned()),
                body: json!({"model": "m", "input": ["a", "bb", "ccc"], "encoding_format": "float"}),
            }
        );
    }
}

#[tokio::test]
async fn what_a_server_like_openai_refuses_is_said_in_one_sentence() {
    let table = [
        (
            "401 Unauthorized",
            "Incorrect API key provided",
            "the model server at URL/v1 refused the credential (HTTP 401): check assistant.api_key",
        ),
        (
            "404 Not Found",
            "The model `m` does not exist",
            "the model server at URL/v1 refused the request for model `m` (HTTP 404): The model `m` does not exist",
        ),
        (
            "429 Too Many Requests",
            "Rate limit reached",
            "the model server at URL/v1 takes no more requests (HTTP 429), also after 3 attempts: \
             wait, or raise its limits",
        ),
        (
            "501 Not Implemented",
            "This server does not support embeddings. Start it with `--embeddings`",
            "model `m` makes no embeddings: choose one whose capabilities list `embedding`, such as nomic-embed-text",
        ),
        (
            "404 Not Found",
            "File Not Found",
            "URL/v1 does not answer as OpenAI's API for embeddings does (HTTP 404: File Not Found): \
             check the address, it ends with /v1 as a rule",
        ),
    ];
    for (status, text, sentence) in table {
        let body = json!({"error": {"message": text, "type": "invalid_request_error", "param": null, "code": null}});
        let server = Server::always(answer(status, &body.to_string()));
        let error = openai(&server, "").embed(&texts(&["a"])).await.unwrap_err();
        assert_eq!(error.to_string().replace(&server.url(), "URL"), sentence);
    }
}

#[tokio::test]
async fn a_text_that_is_embedded_never_reaches_an_error() {
    let secret = "the payment server must not be restarted before ten";
    let body = json!({"error": {"message": format!("cannot parse input: {secret}")}});
    let server = Server::always(answer("400 Bad Request", &body.to_string()));
    let error = openai(&server, "")
        .embed(&texts(&[secret]))
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("payment"), "{error}");
    let body = json!({"error": format!("cannot parse input: {secret}")});
    let server = Server::always(answer("400 Bad Request", &body.to_string()));
    let error = ollama(&server, "m")
        .embed(&texts(&[secret]))
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("payment"), "{error}");
}

#[tokio::test]
async fn an_answer_that_skips_a_text_is_refused() {
    let body = json!({"data": [
        {"index": 0, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}
    ]});
    let server = Server::always(answer("200 OK", &body.to_string()));
    let error = openai(&server, "")
        .embed(&texts(&["a", "b"]))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        Error::NotAnEmbeddingServer {
            url: format!("{}/v1", server.url()),
            detail: "the texts are not answered one by one".to_owned()
        }
    );
}
