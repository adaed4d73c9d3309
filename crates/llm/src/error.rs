//! What can go wrong with a model, in words a person can act on.
//!
//! No variant carries text of the conversation: errors end up in logs and notifications, prompts
//! must not. Texts of a server are passed on only after [`crate::ollama`] has checked that they do
//! not repeat the conversation; the same holds for texts that are embedded.

use std::fmt;
use std::time::Duration;

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a model did not answer.
///
/// ```
/// let error = llm::Error::ModelMissing {
///     model: "qwen2.5:7b".into(),
///     url: "http://127.0.0.1:11434".into(),
/// };
/// assert_eq!(
///     error.to_string(),
///     "model `qwen2.5:7b` is not installed on Ollama at http://127.0.0.1:11434: \
///      pull it with `ollama pull qwen2.5:7b`"
/// );
/// assert_eq!(error.retry(), llm::Retry::Never);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody listens there, or the connection could not be made in time.
    #[error(
        "Ollama at {url} does not answer ({detail}): start it with `ollama serve`, or name the address where it runs"
    )]
    Away {
        /// Base URL that was tried.
        url: String,
        /// The cause in the words of the operating system or the TLS stack.
        detail: String,
    },
    /// The server runs but has no such model.
    #[error(
        "model `{model}` is not installed on Ollama at {url}: pull it with `ollama pull {model}`"
    )]
    ModelMissing {
        /// Name as it was asked for.
        model: String,
        /// Base URL of the server.
        url: String,
    },
    /// The model cannot call tools: use [`crate::ActionModel`] instead.
    #[error(
        "model `{model}` cannot call tools: use schema-constrained actions, or choose a model with tools"
    )]
    NoTools {
        /// Name of the model.
        model: String,
    },
    /// Thinking was asked of a model that cannot think.
    #[error("model `{model}` cannot think: ask again with thinking off")]
    NoThinking {
        /// Name of the model.
        model: String,
    },
    /// The model is for something else, such as embeddings.
    #[error("model `{model}` is not a chat model: choose one whose capabilities list `completion`")]
    NotAChatModel {
        /// Name of the model.
        model: String,
    },
    /// The model is for something else, such as chats.
    #[error(
        "model `{model}` makes no embeddings: choose one whose capabilities list `embedding`, such as nomic-embed-text"
    )]
    NotAnEmbeddingModel {
        /// Name of the model.
        model: String,
    },
    /// What came back is not one vector for each text.
    #[error(
        "model `{model}` did not embed the texts ({detail}): look into the log of its server, or choose another model"
    )]
    NoVectors {
        /// Name of the model.
        model: String,
        /// What is wrong with the answer.
        detail: String,
    },
    /// Another model answers under the same name: its vectors cannot be compared with the others.
    #[error(
        "model `{model}` made a vector of {got} numbers after vectors of {expected}: another model answers under its name, embed the documents again"
    )]
    WrongDimension {
        /// Name of the model.
        model: String,
        /// Numbers in the first vector.
        expected: usize,
        /// Numbers in this one.
        got: usize,
    },
    /// A folder does not hold a model that can be computed here.
    #[error(
        "cannot use the model in `{folder}` ({detail}): it must hold model.safetensors, tokenizer.json and config.json of all-MiniLM-L6-v2"
    )]
    ModelFiles {
        /// Path of the folder.
        folder: String,
        /// What is missing or wrong.
        detail: String,
    },
    /// Nobody listens there; another kind of server than Ollama.
    #[error(
        "the model server at {url} does not answer ({detail}): start it, or name the address where it runs"
    )]
    ServerAway {
        /// Base URL that was tried.
        url: String,
        /// The cause in the words of the operating system or the TLS stack.
        detail: String,
    },
    /// The server has too much to do, or the account behind the credential asked too often.
    #[error(
        "the model server at {url} takes no more requests (HTTP {status}), also after {attempts} attempts: wait, or raise its limits"
    )]
    Overloaded {
        /// Base URL of the server.
        url: String,
        /// 429 or 503.
        status: u16,
        /// How many times the request was sent.
        attempts: u32,
    },
    /// What answers is not OpenAI's API for embeddings.
    #[error(
        "{url} does not answer as OpenAI's API for embeddings does ({detail}): check the address, it ends with /v1 as a rule"
    )]
    NotAnEmbeddingServer {
        /// Base URL that was tried.
        url: String,
        /// What was wrong.
        detail: String,
    },
    /// The queue of the server stayed full through all attempts.
    #[error(
        "Ollama at {url} is busy, also after {attempts} attempts: wait for its other requests, or raise OLLAMA_MAX_QUEUE"
    )]
    Busy {
        /// Base URL of the server.
        url: String,
        /// How many times the request was sent.
        attempts: u32,
    },
    /// The conversation does not fit into the window of the model.
    #[error(
        "the conversation needs about {needed_tokens} tokens but model `{model}` has a window of {window_tokens}: start a new conversation, or raise assistant.num_ctx"
    )]
    ContextExceeded {
        /// Name of the model.
        model: String,
        /// Estimate of the tokens that the request needs.
        needed_tokens: u32,
        /// The window (`num_ctx`) in tokens.
        window_tokens: u32,
    },
    /// The server could not bring the model into memory.
    #[error(
        "Ollama at {url} could not load model `{model}` ({detail}): free memory, choose a smaller model, or raise OLLAMA_LOAD_TIMEOUT"
    )]
    LoadFailed {
        /// Name of the model.
        model: String,
        /// Base URL of the server.
        url: String,
        /// The reason as the server put it.
        detail: String,
    },
    /// The server wants a credential, or another one.
    #[error(
        "the model server at {url} refused the credential (HTTP {status}): check assistant.api_key"
    )]
    Unauthorized {
        /// Base URL of the server.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// Something took longer than it may.
    #[error("model server at {url} sent nothing for {} s {phase}: {}", .after.as_secs(), .phase.hint())]
    Timeout {
        /// What was waited for.
        phase: Phase,
        /// How long.
        after: Duration,
        /// Base URL of the server.
        url: String,
    },
    /// The connection broke after the request had been sent.
    #[error(
        "the connection to the model server at {url} broke ({detail}): ask again; if it happens again look into the log of the server"
    )]
    Lost {
        /// Base URL of the server.
        url: String,
        /// The cause.
        detail: String,
    },
    /// The server answered with an error that has no variant of its own.
    #[error(
        "the model server at {url} refused the request for model `{model}` (HTTP {status}): {detail}"
    )]
    Refused {
        /// Name of the model.
        model: String,
        /// Base URL of the server.
        url: String,
        /// HTTP status; 200 when the error came inside a stream.
        status: u16,
        /// The reason as the server put it, without anything of the conversation.
        detail: String,
    },
    /// What came back is not what the API promises.
    #[error(
        "{url} does not speak the expected model API ({detail}): check that the address is an Ollama server"
    )]
    Protocol {
        /// URL that answered.
        url: String,
        /// What was wrong with it.
        detail: String,
    },
    /// The model's answer is not an action of the offered list (see [`crate::ActionProtocol`]).
    #[error(
        "the model's answer is not a usable action ({detail}): ask again, or choose a larger model"
    )]
    BadAction {
        /// What is wrong, without the answer itself.
        detail: String,
    },
    /// The caller cancelled.
    #[error("the request to the model was cancelled")]
    Cancelled,
    /// The text is not a model spec.
    #[error(
        "`{text}` is not a model ({detail}): write none, ollama:MODEL[@URL], openai:MODEL@URL, anthropic:MODEL or script:FILE"
    )]
    Spec {
        /// The text as written.
        text: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The text is not the spec of an embedder.
    #[error(
        "`{text}` is not an embedding model ({detail}): write none, builtin, ollama:MODEL[@URL], openai:MODEL@URL or minilm:FOLDER"
    )]
    EmbedderSpec {
        /// The text as written.
        text: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The spec is right but this version cannot use it.
    #[error(
        "models of the kind `{kind}` are not available in this version: use ollama:MODEL or none"
    )]
    NotAvailable {
        /// Kind of the spec, such as `openai`.
        kind: &'static str,
    },
    /// The spec is right and this program was built without what it needs.
    #[error(
        "`{spec}` needs the cargo feature `{feature}`, which this program was built without: build it with `cargo build --release -p proxmox-ai --features {feature}`, or choose another model"
    )]
    NotBuilt {
        /// The spec as written.
        spec: String,
        /// The feature that it needs.
        feature: &'static str,
    },
    /// A script file cannot be used or does not fit what was asked.
    #[error("script `{file}`: {detail}")]
    Script {
        /// Path of the file.
        file: String,
        /// What is wrong, and where.
        detail: String,
    },
    /// The HTTP client could not be made.
    #[error(
        "cannot set up the HTTP client ({detail}): check the certificate store of this machine"
    )]
    Client {
        /// The cause.
        detail: String,
    },
}

impl Error {
    /// Whether asking again makes sense. A chat changes nothing, so a retry is never dangerous.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Lost { .. } | Self::BadAction { .. } => Retry::Now,
            Self::Away { .. }
            | Self::ServerAway { .. }
            | Self::Busy { .. }
            | Self::Overloaded { .. }
            | Self::Timeout { .. }
            | Self::LoadFailed { .. } => Retry::Later,
            Self::ModelMissing { .. }
            | Self::NoTools { .. }
            | Self::NoThinking { .. }
            | Self::NotAChatModel { .. }
            | Self::NotAnEmbeddingModel { .. }
            | Self::NotAnEmbeddingServer { .. }
            | Self::NoVectors { .. }
            | Self::WrongDimension { .. }
            | Self::ModelFiles { .. }
            | Self::EmbedderSpec { .. }
            | Self::ContextExceeded { .. }
            | Self::Unauthorized { .. }
            | Self::Refused { .. }
            | Self::Protocol { .. }
            | Self::Cancelled
            | Self::Spec { .. }
            | Self::NotAvailable { .. }
            | Self::NotBuilt { .. }
            | Self::Script { .. }
            | Self::Client { .. } => Retry::Never,
        }
    }
}

/// Whether asking again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The next attempt may well succeed.
    Now,
    /// Something has to recover first; wait.
    Later,
    /// The same request will fail again.
    Never,
}

/// What was being waited for when a time-out ended the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The first byte of an answer: the model loads and reads the prompt.
    FirstByte,
    /// The next piece of an answer that had begun.
    BetweenChunks,
    /// A short question about the server or the model.
    Probe,
    /// The vectors of texts: the model loads and reads them.
    Vectors,
}

impl Phase {
    fn hint(self) -> &'static str {
        match self {
            Self::FirstByte | Self::Vectors => {
                "the model may be too large for the machine; try a smaller one"
            }
            Self::BetweenChunks => "the server hangs; look into its log",
            Self::Probe => "the server hangs; restart it",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstByte => "before the first byte of its answer",
            Self::BetweenChunks => "in the middle of its answer",
            Self::Probe => "when asked about its models",
            Self::Vectors => "when asked to embed texts",
        })
    }
}
