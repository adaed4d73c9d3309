//! Configuration: a commented TOML file, every key also as an environment variable. The one place that reads
//! the environment.

mod file;
mod keys;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use app::Settings;
use llm::{ModelSpec, embed::EmbedderSpec};
use serde_json::{Map, Value};

pub(crate) use keys::{KEYS, print_default};

use crate::{arguments::Global, failure::Failure};
use keys::Kind;

/// Exit code of a broken configuration.
const BROKEN: u8 = 2;

#[expect(
    clippy::disallowed_methods,
    reason = "this module is the one that reads the environment"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Variables of ours that are read although they stand for no key.
const OTHER_VARIABLES: [&str; 2] = ["PROXMOX_AI_DATA", "PROXMOX_AI_CONFIG"];

/// A sentence for each variable that looks like one of ours and is none: a slip of the pen would otherwise
/// leave a setting silently at its default. Values may be secrets and are not repeated.
pub(crate) fn unknown_variables() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    about_unknown(names)
}

fn about_unknown(names: impl Iterator<Item = String>) -> Vec<String> {
    let known: Vec<String> = KEYS
        .iter()
        .map(keys::Key::variable)
        .chain(OTHER_VARIABLES.map(str::to_owned))
        .collect();
    let mut unknown: Vec<String> = names
        .filter(|name| name.starts_with("PROXMOX_AI_") && !known.contains(name))
        .collect();
    unknown.sort();
    unknown
        .iter()
        .map(|name| {
            let hint = match file::nearest(&known, name) {
                Some(candidate) => format!("did you mean {candidate}?"),
                None => "`proxmox-ai config print-default` shows all keys".to_owned(),
            };
            format!("the environment variable {name} is not known and has no effect; {hint}")
        })
        .collect()
}

/// Few threads are enough: nearly all work waits for somebody else.
pub(crate) fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8))
}

/// Name of the person at the command line, for plans and receipts.
pub(crate) fn person() -> String {
    environment("SUDO_USER")
        .or_else(|| environment("USER"))
        .or_else(|| environment("LOGNAME"))
        .unwrap_or_else(|| "local".to_owned())
}

/// Where data lives when nobody says otherwise.
pub(crate) fn data_home() -> Result<PathBuf, Failure> {
    if let Some(directory) = environment("XDG_DATA_HOME") {
        return Ok(PathBuf::from(directory).join("proxmox-ai"));
    }
    environment("HOME")
        .map(|home| PathBuf::from(home).join(".local/share/proxmox-ai"))
        .ok_or_else(|| {
            Failure::new(
                BROKEN,
                "neither HOME nor PROXMOX_AI_DATA is set: say where data may live with --data DIR",
            )
        })
}

/// The data directory: `--data`, `PROXMOX_AI_DATA`, else the user's.
pub(crate) fn data_directory(global: &Global) -> Result<PathBuf, Failure> {
    match (&global.data, environment("PROXMOX_AI_DATA")) {
        (Some(directory), _) => Ok(directory.clone()),
        (None, Some(directory)) => Ok(PathBuf::from(directory)),
        (None, None) => data_home(),
    }
}

/// One effective value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    pub(crate) value: Value,
    pub(crate) source: String,
}

/// The effective configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    settings: BTreeMap<&'static str, Setting>,
}

impl Config {
    /// Reads file and environment. All mistakes are told at once, each with its place.
    pub(crate) fn load(global: &Global, data: &Path) -> Result<Self, Failure> {
        let named = global
            .config
            .clone()
            .or_else(|| environment("PROXMOX_AI_CONFIG").map(PathBuf::from));
        let (path, text) = match named {
            Some(path) => {
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Failure::new(
                        BROKEN,
                        format!(
                            "the configuration {} cannot be read: {error}",
                            path.display()
                        ),
                    )
                })?;
                (path, text)
            }
            None => {
                let path = data.join("config.toml");
                match std::fs::read_to_string(&path) {
                    Ok(text) => (path, text),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        (path, String::new())
                    }
                    // A data directory that cannot be used is told about when it is opened.
                    Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                        (path, String::new())
                    }
                    Err(error) => {
                        return Err(Failure::new(
                            BROKEN,
                            format!(
                                "the configuration {} cannot be read: {error}",
                                path.display()
                            ),
                        ));
                    }
                }
            }
        };
        Self::read(&path.display().to_string(), &text, environment)
            .map_err(|mistakes| Failure::new(BROKEN, mistakes.join("\n       ")))
    }

    /// Pure part of [`Config::load`].
    pub(crate) fn read(
        path: &str,
        text: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut settings: BTreeMap<&'static str, Setting> = KEYS
            .iter()
            .map(|key| {
                (
                    key.name,
                    Setting {
                        value: key.default_value(),
                        source: "default".to_owned(),
                    },
                )
            })
            .collect();
        match file::read(path, text) {
            Ok(found) => settings.extend(found),
            Err(found) => mistakes.extend(found),
        }
        for key in KEYS {
            let variable = key.variable();
            let Some(text) = environment(&variable) else {
                continue;
            };
            match key.kind.parse(&text) {
                Ok(value) => {
                    settings.insert(
                        key.name,
                        Setting {
                            value,
                            source: variable,
                        },
                    );
                }
                // The value may be a secret, so it is not repeated.
                Err(why) => mistakes.push(format!("environment variable {variable}: {why}")),
            }
        }
        let config = Self { settings };
        if mistakes.is_empty()
            && let Err(why) = config.text("assistant.model").parse::<ModelSpec>()
        {
            mistakes.push(format!(
                "{}: assistant.model: {why}",
                config.source("assistant.model")
            ));
        }
        // The value may hold a password, so it is not repeated.
        if let Err(why) = store::Database::parse(config.text("store.url")) {
            mistakes.push(format!("{}: store.url: {why}", config.source("store.url")));
        }
        if config.text("server.tls.cert").is_empty() != config.text("server.tls.key").is_empty() {
            mistakes
                .push("server.tls.cert and server.tls.key are given both or not at all".to_owned());
        }
        if mistakes.is_empty() {
            Ok(config)
        } else {
            Err(mistakes)
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.settings
            .get(name)
            .and_then(|setting| setting.value.as_str())
            .unwrap_or_default()
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        self.settings
            .get(name)
            .and_then(|setting| setting.value.as_u64())
            .unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.settings
            .get(name)
            .and_then(|setting| setting.value.as_bool())
            .unwrap_or_default()
    }

    fn source(&self, name: &str) -> &str {
        self.settings
            .get(name)
            .map_or("", |setting| setting.source.as_str())
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Everything that is in force, secrets as `***`.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = Map::new();
        for key in KEYS {
            let Some(setting) = self.settings.get(key.name) else {
                continue;
            };
            let value = match (&key.kind, &setting.value) {
                (Kind::Secret, Value::String(text)) if !text.is_empty() => Value::from("***"),
                (_, value) => value.clone(),
            };
            let source = if setting.source == "default" {
                "default"
            } else {
                setting.source.as_str()
            };
            shown.insert(
                key.name.to_owned(),
                serde_json::json!({ "value": value, "source": source }),
            );
        }
        Value::Object(shown)
    }

    /// What the composition root needs.
    pub(crate) fn settings(&self, model: Option<&str>) -> Result<Settings, Failure> {
        let spec = model.unwrap_or_else(|| self.text("assistant.model"));
        let number32 = |name: &str| u32::try_from(self.number(name)).unwrap_or(u32::MAX);
        let mut settings = Settings {
            database: store::Database::parse(self.text("store.url"))
                .map_err(|why| Failure::new(BROKEN, why.to_string()))?,
            secret_key_file: self.optional("secrets.key_file").map(PathBuf::from),
            inventory_tick: Duration::from_secs(self.number("inventory.tick_seconds")),
            budget: pve::Budget {
                foreground_per_second: number32("budget.foreground_per_second"),
                background_per_second: number32("budget.background_per_second"),
                ..pve::Budget::default()
            },
            runs_per_node: usize::try_from(self.number("runs.per_node")).unwrap_or(1),
            runs_per_storage: usize::try_from(self.number("runs.per_storage")).unwrap_or(1),
            plan_expiry: Duration::from_mins(self.number("plans.expiry_minutes")),
            audit_anchor: self.optional("audit.anchor").map(str::to_owned),
            policy_file: self.optional("policy.file").map(PathBuf::from),
            knowledge_refresh: self
                .optional("knowledge.refresh")
                .map(|event| {
                    event.parse().map_err(|why| {
                        Failure::new(BROKEN, format!("knowledge.refresh `{event}`: {why}"))
                    })
                })
                .transpose()?,
            embedder: self
                .text("knowledge.embedder")
                .parse()
                .and_then(EmbedderSpec::built)
                .map_err(|why| Failure::new(BROKEN, format!("knowledge.embedder: {why}")))?,
            model: spec
                .parse()
                .map_err(|why| Failure::new(BROKEN, format!("model `{spec}`: {why}")))?,
            shown: self.shown(),
            ..Settings::default()
        };
        let url = self
            .optional("assistant.ollama_url")
            .map(str::parse)
            .transpose()
            .map_err(|why| Failure::new(BROKEN, format!("assistant.ollama_url: {why}")))?;
        settings.set_model_access(
            url,
            self.optional("assistant.api_key")
                .map(|key| key.to_owned().into()),
            number32("assistant.num_ctx"),
        );
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn without_a_file_everything_has_its_default() {
        let config = Config::read("c.toml", "", none).unwrap();
        assert_eq!(config.text("server.listen"), "127.0.0.1:8800");
        assert_eq!(config.number("runs.per_node"), 4);
        assert!(!config.flag("server.metrics_public"));
    }

    #[test]
    fn the_printed_default_is_a_configuration_that_changes_nothing() {
        let config = Config::read("c.toml", &print_default(), none).unwrap();
        for key in KEYS {
            assert_eq!(
                config.settings[key.name].value,
                key.default_value(),
                "{}",
                key.name
            );
        }
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let environment = |name: &str| (name == "PROXMOX_AI_RUNS_PER_NODE").then(|| "2".to_owned());
        let config = Config::read(
            "c.toml",
            "[runs]\nper_node = 3\nper_storage = 5",
            environment,
        )
        .unwrap();
        assert_eq!(
            (
                config.number("runs.per_node"),
                config.number("runs.per_storage")
            ),
            (2, 5)
        );
    }

    #[cfg(not(feature = "minilm"))]
    #[test]
    fn a_model_that_is_not_built_in_is_told_before_anything_starts() {
        let text = "[knowledge]\nembedder = \"minilm:/srv/models/all-MiniLM-L6-v2\"\n";
        let config = Config::read("c.toml", text, none).unwrap();
        let Failure::Command { code, text } = config.settings(None).map(|_| ()).unwrap_err() else {
            panic!("a command fails");
        };
        assert_eq!(code, BROKEN);
        let begins = "knowledge.embedder: `minilm:/srv/models/all-MiniLM-L6-v2` needs the cargo feature `minilm`";
        assert!(text.starts_with(begins), "{text}");
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text =
            "[server]\nlisten = 8800\nlisen = \"x\"\n\n[runs]\nper_node = 0\n[servr]\nx = 1\n";
        let environment = |name: &str| (name == "PROXMOX_AI_LOG_LEVEL").then(|| "loud".to_owned());
        assert_eq!(
            Config::read("c.toml", text, environment).unwrap_err(),
            [
                "c.toml:2: server.listen: expected an address in quotes, for instance \"127.0.0.1:8800\"",
                "c.toml:3: there is no key `server.lisen`; did you mean `server.listen`?",
                "c.toml:6: runs.per_node: expected a whole number from 1 to 64",
                "c.toml:7: there is no section `servr`; did you mean `server`?",
                "environment variable PROXMOX_AI_LOG_LEVEL: expected one of error, warn, info, debug, trace",
            ]
        );
    }

    #[test]
    fn broken_toml_names_its_line() {
        let mistakes =
            Config::read("c.toml", "[server]\nlisten = \"x\nnext = 1", none).unwrap_err();
        assert!(mistakes[0].starts_with("c.toml:2: "), "{mistakes:?}");
    }

    #[test]
    fn a_key_that_is_set_twice_is_named_with_its_line() {
        let text = "[server]\nlisten = \"127.0.0.1:1\"\n\nlisten = \"127.0.0.1:2\"\n";
        assert_eq!(
            Config::read("c.toml", text, none).unwrap_err(),
            ["c.toml:4: duplicate key `listen`: it is set further up already, keep one of them"]
        );
    }

    #[test]
    fn a_variable_that_is_none_of_ours_is_told_with_the_nearest() {
        let names = [
            "PROXMOX_AI_SERVER_LISEN",
            "PROXMOX_AI_SERVER_LISTEN",
            "PROXMOX_AI_GARDEN",
            "PROXMOX_AI_DATA",
            "PROXMOX_AI",
            "PATH",
        ];
        assert_eq!(
            about_unknown(names.map(str::to_owned).into_iter()),
            [
                "the environment variable PROXMOX_AI_GARDEN is not known and has no effect; \
                 `proxmox-ai config print-default` shows all keys",
                "the environment variable PROXMOX_AI_SERVER_LISEN is not known and has no effect; \
                 did you mean PROXMOX_AI_SERVER_LISTEN?",
            ]
        );
    }

    #[test]
    fn a_store_elsewhere_is_an_address_of_postgres_and_never_shown() {
        let url = "postgres://ann:hush@db.example/ai";
        let config = Config::read("c.toml", &format!("[store]\nurl = \"{url}\""), none).unwrap();
        assert_eq!(config.shown()["store.url"]["value"], "***");
        let settings = config.settings(None).unwrap();
        let printed = format!("{settings:?}");
        assert!(
            printed.contains("postgres://db.example:5432/ai"),
            "{printed}"
        );
        assert!(!printed.contains("hush"), "{printed}");
        let wrong = |name: &str| {
            (name == "PROXMOX_AI_STORE_URL").then(|| "mysql://ann:hush@db/ai".to_owned())
        };
        assert_eq!(
            Config::read("c.toml", "", wrong).unwrap_err(),
            [
                "PROXMOX_AI_STORE_URL: store.url: `store.url` is no address of a database; write \
                 postgres://USER:PASSWORD@HOST/DATABASE, or leave it empty for SQLite in the data \
                 directory"
            ]
        );
    }

    #[test]
    fn secrets_are_never_shown() {
        let config = Config::read("c.toml", "[assistant]\napi_key = \"hush\"", none).unwrap();
        assert!(!config.shown().to_string().contains("hush"));
        assert_eq!(config.shown()["assistant.api_key"]["value"], "***");
    }
}
