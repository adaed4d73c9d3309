//! Every key there is: name, kind, default, meaning. The default file, the reference and the environment
//! variables come from this table.

use std::fmt::Write as _;

use serde_json::Value;

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// Never shown.
    Secret,
    /// From, to.
    Number(u64, u64),
    Flag,
    /// Address and port.
    Address,
    OneOf(&'static [&'static str]),
}

/// One key.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// As it stands in the file.
    pub(crate) default: &'static str,
    pub(crate) about: &'static str,
}

const fn key(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key {
        name,
        kind,
        default,
        about,
    }
}

pub(crate) const KEYS: &[Key] = &[
    key(
        "server.listen",
        Kind::Address,
        "127.0.0.1:8800",
        "Address of console and API.",
    ),
    key(
        "server.base_path",
        Kind::Text,
        "",
        "Path below which a reverse proxy shows the console, for instance /pve.",
    ),
    key(
        "server.trusted_proxies",
        Kind::Text,
        "",
        "Addresses or networks of reverse proxies whose X-Forwarded headers are believed, separated by commas.",
    ),
    key(
        "server.metrics_public",
        Kind::Flag,
        "false",
        "Whether /metrics answers without a token.",
    ),
    key(
        "server.tls.cert",
        Kind::Text,
        "",
        "Certificate chain (PEM) for HTTPS; with server.tls.key.",
    ),
    key(
        "server.tls.key",
        Kind::Text,
        "",
        "Private key (PEM) for HTTPS.",
    ),
    key(
        "store.url",
        Kind::Secret,
        "",
        "PostgreSQL 15 or newer to keep everything in: postgres://USER:PASSWORD@HOST/DATABASE; without, SQLite in the data directory.",
    ),
    key(
        "secrets.key_file",
        Kind::Text,
        "",
        "File with the key of stored secrets (32 bytes or 64 hex digits); without it secret.key in the data directory.",
    ),
    key(
        "budget.foreground_per_second",
        Kind::Number(1, 10_000),
        "100",
        "Requests per second to a cluster that somebody waits for.",
    ),
    key(
        "budget.background_per_second",
        Kind::Number(1, 1_000),
        "5",
        "Requests per second to a cluster by collectors.",
    ),
    key(
        "inventory.tick_seconds",
        Kind::Number(2, 3_600),
        "10",
        "How often each cluster is read; one request per tick.",
    ),
    key(
        "runs.per_node",
        Kind::Number(1, 64),
        "4",
        "Steps at once on one node.",
    ),
    key(
        "runs.per_storage",
        Kind::Number(1, 64),
        "8",
        "Steps at once on one storage.",
    ),
    key(
        "guests.exec_allow",
        Kind::Text,
        "",
        "Programs that may be run inside virtual machines by their agent, separated by commas; * for all, nothing for none.",
    ),
    key(
        "plans.expiry_minutes",
        Kind::Number(1, 1_440),
        "15",
        "How long a plan waits for approval.",
    ),
    key(
        "audit.anchor",
        Kind::Text,
        "",
        "File or https address outside the store where the end of the audit chain is written down.",
    ),
    key(
        "policy.file",
        Kind::Text,
        "",
        "File with the rules of who may change what and who is asked; without, the built-in table decides.",
    ),
    key(
        "assistant.model",
        Kind::Text,
        "none",
        "Model: none, ollama:MODEL[@URL] or script:FILE.",
    ),
    key(
        "assistant.num_ctx",
        Kind::Number(2_048, 1_048_576),
        "16384",
        "Context window that is asked of Ollama, the same for every request.",
    ),
    key(
        "assistant.ollama_url",
        Kind::Text,
        "",
        "Where Ollama runs when the model does not say (default http://127.0.0.1:11434).",
    ),
    key(
        "assistant.api_key",
        Kind::Secret,
        "",
        "Sent to the model server as a bearer token, for servers behind a proxy that wants one.",
    ),
    key(
        "knowledge.embedder",
        Kind::Text,
        "builtin",
        "Model of vectors, by which documentation is found in other words: builtin, none (words alone), ollama:MODEL[@URL], openai:MODEL@URL, minilm:FOLDER (in builds with that feature).",
    ),
    key(
        "knowledge.refresh",
        Kind::Text,
        "sun 03:00",
        "When documentation is read again, as a calendar event of PVE in UTC; only what changed is sent. Empty: when asked for or a version changes.",
    ),
    key(
        "log.level",
        Kind::OneOf(&["error", "warn", "info", "debug", "trace"]),
        "info",
        "How much is logged on stderr.",
    ),
    key(
        "log.format",
        Kind::OneOf(&["text", "json"]),
        "text",
        "How logs look.",
    ),
];

impl Key {
    /// `PROXMOX_AI_SERVER_LISTEN`.
    pub(crate) fn variable(&self) -> String {
        format!(
            "PROXMOX_AI_{}",
            self.name.replace(['.', '-'], "_").to_uppercase()
        )
    }

    pub(crate) fn default_value(&self) -> Value {
        self.kind
            .parse(self.default)
            .unwrap_or_else(|_| Value::from(self.default))
    }

    /// As it stands in the file.
    pub(super) fn default_text(&self) -> String {
        match self.kind {
            Kind::Text | Kind::Secret | Kind::Address | Kind::OneOf(_) => {
                format!("\"{}\"", self.default)
            }
            Kind::Number(..) | Kind::Flag => self.default.to_owned(),
        }
    }
}

impl Kind {
    /// Reads a value from text, as environment variables carry it.
    pub(crate) fn parse(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text | Self::Secret => Ok(Value::from(text)),
            Self::Number(..) => text
                .parse::<i64>()
                .map(Value::from)
                .map_err(|_| self.expected())
                .and_then(|v| self.check(v)),
            Self::Flag => match text {
                "true" | "1" | "yes" => Ok(Value::from(true)),
                "false" | "0" | "no" => Ok(Value::from(false)),
                _ => Err(self.expected()),
            },
            Self::OneOf(_) | Self::Address => self.check(Value::from(text)),
        }
    }

    /// Whether a value is one of this kind.
    pub(super) fn check(self, value: Value) -> Result<Value, String> {
        let fits = match (self, &value) {
            (Self::Text | Self::Secret, Value::String(_)) | (Self::Flag, Value::Bool(_)) => true,
            (Self::Number(from, to), Value::Number(number)) => number
                .as_u64()
                .is_some_and(|number| (from..=to).contains(&number)),
            (Self::Address, Value::String(text)) => text.parse::<std::net::SocketAddr>().is_ok(),
            (Self::OneOf(words), Value::String(word)) => words.contains(&word.as_str()),
            _ => false,
        };
        if fits {
            Ok(value)
        } else {
            Err(self.expected())
        }
    }

    pub(super) fn expected(self) -> String {
        match self {
            Self::Text | Self::Secret => "expected text in quotes".to_owned(),
            Self::Address => "expected an address in quotes".to_owned(),
            Self::Number(from, to) => format!("expected a whole number from {from} to {to}"),
            Self::Flag => "expected true or false".to_owned(),
            Self::OneOf(words) => format!("expected one of {}", words.join(", ")),
        }
    }
}

/// The whole configuration with its defaults, commented.
pub(crate) fn print_default() -> String {
    let mut text = String::from(
        "# Configuration of proxmox-ai. Every key can also be set in the environment: section and key in upper\n\
         # case, joined by _, with PROXMOX_AI_ in front (server.listen = PROXMOX_AI_SERVER_LISTEN).\n",
    );
    let mut section = "";
    for key in KEYS {
        let Some((before, name)) = key.name.rsplit_once('.') else {
            continue;
        };
        if before != section {
            section = before;
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\n[{section}]");
        }
        let comment = if key.default.is_empty() { "# " } else { "" };
        let _ = writeln!(
            text,
            "# {}\n{comment}{name} = {}",
            key.about,
            key.default_text()
        );
    }
    text
}
