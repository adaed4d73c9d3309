//! The fixed part of the command line. Operations are added from the registry.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory as _, Parser, Subcommand};

/// Operate Proxmox VE: ask, plan, approve, verify.
#[derive(Parser)]
#[command(
    name = "proxmox-ai",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(crate) struct Root {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Fixed,
}

/// Flags of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Data directory (default: PROXMOX_AI_DATA, else the user's data directory).
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file (default: config.toml in the data directory, if there is one).
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print exactly one JSON document.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How logs look on stderr: text or json.
    #[arg(long, global = true, value_name = "FORMAT", value_parser = ["text", "json"])]
    pub(crate) log_format: Option<String>,
    /// Approve the plan without asking.
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// What a destructive plan asks you to type.
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) confirm: Option<String>,
    /// Show the plan and stop.
    #[arg(long, global = true)]
    pub(crate) plan_only: bool,
    /// When a step fails: continue (the default), stop, or roll-back.
    #[arg(long, global = true, value_name = "WAY", value_parser = ["continue", "stop", "roll-back"])]
    pub(crate) on_failure: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Fixed {
    /// Run a simulated cluster and the console: no account, no Proxmox VE needed.
    Demo(DemoArgs),
    /// Run a simulated Proxmox VE cluster on HTTPS.
    Sim(SimArgs),
    /// Run the server: console, API, MCP over HTTP.
    Serve(ServeArgs),
    /// Connect a cluster.
    Connect(ConnectArgs),
    /// Ask the assistant one thing.
    Ask(AskArgs),
    /// Approve a stored plan and watch its run.
    Approve(PlanArgs),
    /// Reject a stored plan.
    Reject(PlanArgs),
    /// Start no further step of a run.
    Cancel(CancelArgs),
    /// Call the API of a cluster directly.
    #[command(subcommand)]
    Pve(PveCommand),
    /// Serve MCP on standard input and output.
    Mcp,
    /// Check or print the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Accounts of the console.
    #[command(subcommand)]
    Users(UsersCommand),
    /// Tokens for programs.
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Measure this version on questions whose right answers are known.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Back up everything that is kept, and bring it back.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Print a reference document of this version.
    #[command(hide = true)]
    Reference(ReferenceArgs),
}

#[derive(Args)]
pub(crate) struct CancelArgs {
    /// The run, such as `r_…`.
    pub(crate) id: String,
    /// Ask the cluster to end the tasks that run, too: what they do may be half done.
    #[arg(long)]
    pub(crate) stop_tasks: bool,
}

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Address of the console.
    #[arg(long, default_value = "127.0.0.1:8800")]
    pub(crate) listen: String,
    /// Nodes of the simulated cluster.
    #[arg(long, default_value_t = 3)]
    pub(crate) nodes: usize,
    /// Guests of the simulated cluster.
    #[arg(long, default_value_t = 60)]
    pub(crate) guests: usize,
    /// Seed of names and loads.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A world to load instead (JSON).
    #[arg(long, value_name = "FILE")]
    pub(crate) world: Option<PathBuf>,
    /// How long tasks take, as a factor of real time.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) time_scale: f64,
    /// Model of the assistant: none, ollama:MODEL[@URL], script:FILE.
    #[arg(long, value_name = "SPEC")]
    pub(crate) model: Option<String>,
}

#[derive(Args)]
pub(crate) struct SimArgs {
    /// Address.
    #[arg(long, default_value = "127.0.0.2:8006")]
    pub(crate) listen: String,
    /// Simulated release: 8.4, 9.1 or 9.2 (default: that of the world, else 9.1).
    #[arg(long, value_name = "VERSION")]
    pub(crate) pve_version: Option<String>,
    #[arg(long, default_value_t = 3)]
    pub(crate) nodes: usize,
    #[arg(long, default_value_t = 60)]
    pub(crate) guests: usize,
    /// Seed of names, loads, task times and secrets.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A world to load instead (JSON).
    #[arg(long, value_name = "FILE")]
    pub(crate) world: Option<PathBuf>,
    /// How long tasks take, as a factor of real time.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) time_scale: f64,
    /// The simulated instant of the start (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
    /// Simulated seconds per real second; 0: the clock stands until it is turned (POST /sim/clock).
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    pub(crate) pace: f64,
    /// The inventory (/cluster/resources) lags by up to that many seconds, at most 10, as on real nodes.
    #[arg(long, default_value_t = 0.0, value_name = "SECONDS")]
    pub(crate) inventory_lag: f64,
    /// Faults (JSON list).
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Directory served below /pve-docs/.
    #[arg(long, value_name = "DIR")]
    pub(crate) docs: Option<PathBuf>,
    /// API description of a real node (its apidoc.js, or the JSON tree in it): methods that are not
    /// simulated have their parameters checked by it, then answer 501.
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// auto (own certificate), off, or CERT,KEY (PEM files).
    #[arg(long, default_value = "auto")]
    pub(crate) tls: String,
    /// Append each changing call as a JSON line.
    #[arg(long, value_name = "FILE")]
    pub(crate) calls_log: Option<PathBuf>,
    /// Password of root@pam.
    #[arg(long)]
    pub(crate) password: Option<String>,
    /// Write the world as it is then to this file when the simulator stops.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Leave what the neutral form has no place for out of the exported world.
    #[arg(long, requires = "export")]
    pub(crate) neutral: bool,
}

#[derive(Args)]
pub(crate) struct ServeArgs {
    /// Address (default: server.listen of the configuration).
    #[arg(long)]
    pub(crate) listen: Option<String>,
    /// Model of the assistant: none, ollama:MODEL[@URL], script:FILE.
    #[arg(long, value_name = "SPEC")]
    pub(crate) model: Option<String>,
}

#[derive(Args)]
pub(crate) struct Reach {
    /// Token: user@realm!name; its secret comes on stdin.
    #[arg(
        long,
        value_name = "ID",
        requires = "token_stdin",
        conflicts_with = "user"
    )]
    pub(crate) token_id: Option<String>,
    /// Read the token's secret from standard input.
    #[arg(long)]
    pub(crate) token_stdin: bool,
    /// User: name@realm; the password comes on stdin.
    #[arg(long, value_name = "USER", requires = "password_stdin")]
    pub(crate) user: Option<String>,
    /// Read the password from standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// SHA-256 of the server's certificate (AA:BB:…); anything else is refused.
    #[arg(long, value_name = "FP", conflicts_with = "ca")]
    pub(crate) fingerprint: Option<String>,
    /// Certificates of the authority to trust (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ConnectArgs {
    /// Any node of the cluster: https://pve1:8006
    pub(crate) url: String,
    /// Name of the cluster here (default: its own name).
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

#[derive(Args)]
pub(crate) struct AskArgs {
    /// What you want to know or do.
    pub(crate) text: String,
    /// Model for this question: none, ollama:MODEL[@URL], script:FILE.
    #[arg(long, value_name = "SPEC")]
    pub(crate) model: Option<String>,
    /// Go on with a conversation.
    #[arg(long, value_name = "ID")]
    pub(crate) thread: Option<String>,
}

#[derive(Args)]
pub(crate) struct PlanArgs {
    /// Id of the plan.
    pub(crate) id: String,
}

#[derive(Subcommand)]
pub(crate) enum PveCommand {
    /// Which methods of the API have a typed call in the client, and which are called by path only.
    Coverage(PveCoverageArgs),
    /// Find methods of the API by words: `pve methods backup job`.
    Methods(PveMethodsArgs),
    /// Read a path: `pve get /nodes/pve1/status`.
    Get(PveArgs),
    /// Create or start something (POST): `pve create /nodes/pve1/qemu/100/status/start`.
    #[command(after_help = CHANGES)]
    Create(PveArgs),
    /// Change something (PUT): `pve set /nodes/pve1/qemu/100/config memory=4096`.
    #[command(after_help = CHANGES)]
    Set(PveArgs),
    /// Delete something (DELETE): `pve delete /nodes/pve1/qemu/100/snapshot/old`.
    #[command(after_help = CHANGES)]
    Delete(PveArgs),
}

const CHANGES: &str = "Risk: destructive. Shows the plan and asks; without a terminal it needs --yes and \
                       --confirm PATH, with the path as it is given. Waits for the task that it starts.";

#[derive(Args)]
pub(crate) struct PveArgs {
    /// Path below /api2/json.
    pub(crate) path: String,
    /// Parameters, each key=value; `pve create` uploads a file with key=@FILE, @@ begins a value with @.
    pub(crate) params: Vec<String>,
    /// A connected cluster (needed when there are several).
    #[arg(long, conflicts_with = "url")]
    pub(crate) cluster: Option<String>,
    /// A server that is not connected.
    #[arg(long)]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// Where the description of an API comes from; every node serves its own, to everybody.
#[derive(Args)]
pub(crate) struct SchemaSource {
    /// A file: `apidoc.js` of a node, or the JSON array in it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "cluster"])]
    pub(crate) schema: Option<PathBuf>,
    /// A connected cluster (needed when there are several).
    #[arg(long, conflicts_with = "url")]
    pub(crate) cluster: Option<String>,
    /// A server that is not connected; no account is needed.
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// SHA-256 of the server's certificate (AA:BB:…); anything else is refused.
    #[arg(long, value_name = "FP", conflicts_with = "ca")]
    pub(crate) fingerprint: Option<String>,
    /// Certificates of the authority to trust (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct PveCoverageArgs {
    #[command(flatten)]
    pub(crate) source: SchemaSource,
}

#[derive(Args)]
pub(crate) struct PveMethodsArgs {
    /// All of them must occur in path, name, description or a parameter.
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) source: SchemaSource,
}

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the configuration and say what is wrong with it, line by line.
    Check,
    /// Print every key with its default.
    PrintDefault,
    /// Show the effective configuration, without secrets.
    Show,
}

#[derive(Subcommand)]
pub(crate) enum UsersCommand {
    /// Make an account.
    Create {
        name: String,
        /// viewer, operator or admin.
        #[arg(long)]
        role: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List accounts.
    List,
}

#[derive(Subcommand)]
pub(crate) enum TokensCommand {
    /// Make a token; it is shown once.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// viewer, operator or admin.
        #[arg(long)]
        role: String,
        /// It may plan, but somebody else has to approve.
        #[arg(long)]
        no_approve: bool,
    },
    /// List tokens.
    List,
}

#[derive(Subcommand)]
pub(crate) enum EvalCommand {
    /// Finding sections of a documentation: recall, abstentions, times.
    Knowledge(EvalKnowledgeArgs),
}

#[derive(Args)]
pub(crate) struct EvalKnowledgeArgs {
    /// Folder with the pages: HTML, Markdown, AsciiDoc, PDF, text. They are read into a store that is thrown away.
    #[arg(long, value_name = "DIR")]
    pub(crate) docs: PathBuf,
    /// The questions: one JSON object a line with at least `id` and `question`.
    #[arg(long, value_name = "FILE")]
    pub(crate) questions: PathBuf,
    /// Model of the vectors: builtin (when nothing is said), none (words alone), ollama:MODEL[@URL],
    /// openai:MODEL@URL, minilm:FOLDER.
    #[arg(long, value_name = "SPEC")]
    pub(crate) embedder: Option<String>,
    /// Also write an answer to each question: extract (passages as they stand in the pages), or as the
    /// assistant answers with a model: ollama:MODEL[@URL], script:FILE.
    #[arg(long, value_name = "HOW")]
    pub(crate) answers: Option<String>,
    /// Only so many of the questions, evenly spread, the same ones each time.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample: Option<u32>,
    /// Places for each question, at most.
    #[arg(long, default_value_t = 10, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=50))]
    pub(crate) k: u8,
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Write everything that is kept into a new file; secrets stay sealed, so keep their key as well.
    Export {
        /// A file that does not exist yet.
        file: PathBuf,
    },
    /// Read such a file into an empty store, also from SQLite into PostgreSQL (store.url) and back.
    Import {
        /// What `store export` wrote.
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct ReferenceArgs {
    /// openapi, cli, config, mcp, chat, operations, undo or simulator.
    #[arg(value_parser = ["openapi", "cli", "config", "mcp", "chat", "operations", "undo", "simulator"])]
    pub(crate) what: String,
}

impl Fixed {
    /// What it is called where it does something but has no plan to show first.
    pub(crate) fn without_a_plan(&self) -> Option<&'static str> {
        match self {
            Self::Demo(_) => Some("demo"),
            Self::Sim(_) => Some("sim"),
            Self::Serve(_) => Some("serve"),
            Self::Mcp => Some("mcp"),
            Self::Connect(_) => Some("connect"),
            Self::Reject(_) => Some("reject"),
            Self::Cancel(_) => Some("cancel"),
            Self::Eval(_) => Some("eval"),
            Self::Users(UsersCommand::Create { .. }) => Some("users create"),
            Self::Tokens(TokensCommand::Create { .. }) => Some("tokens create"),
            Self::Store(StoreCommand::Export { .. }) => Some("store export"),
            Self::Store(StoreCommand::Import { .. }) => Some("store import"),
            // These plan, or only look.
            Self::Ask(_)
            | Self::Approve(_)
            | Self::Pve(_)
            | Self::Config(_)
            | Self::Users(UsersCommand::List)
            | Self::Tokens(TokensCommand::List)
            | Self::Reference(_) => None,
        }
    }
}

/// The word that names the command: the first one that is neither an option nor the value of one.
pub(crate) fn command_of(words: &[String]) -> Option<&str> {
    let root = Root::command();
    let takes_value = |name: &str| {
        root.get_arguments()
            .any(|option| option.get_long() == Some(name) && option.get_action().takes_values())
    };
    let mut words = words.iter().skip(1).map(String::as_str);
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some(name) if takes_value(name) => {
                words.next();
            }
            Some(_) => {}
            None if word.starts_with('-') => {}
            None => return Some(word),
        }
    }
    None
}

/// Names of the fixed commands, to tell them from operations.
pub(crate) fn is_fixed(word: &str) -> bool {
    Root::command()
        .get_subcommands()
        .any(|command| command.get_name() == word)
}

/// The whole command line: fixed commands and every operation.
pub(crate) fn whole(registry: &ops::Registry) -> Command {
    ops::project::cli::extend(Root::command(), registry)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every option that goes with any command and takes a value, with a value that it takes.
    fn with_values() -> Vec<[String; 2]> {
        Root::command()
            .get_arguments()
            .filter(|option| option.get_action().takes_values())
            .map(|option| {
                let value = option
                    .get_possible_values()
                    .first()
                    // A command's own name as a value is the hardest case.
                    .map_or("mcp".to_owned(), |value| value.get_name().to_owned());
                [format!("--{}", option.get_long().unwrap()), value]
            })
            .collect()
    }

    fn line(words: &[&str]) -> Vec<String> {
        std::iter::once("proxmox-ai")
            .chain(words.iter().copied())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_command_is_found_behind_every_option_with_a_value() {
        let options = with_values();
        assert!(options.len() >= 5, "{options:?}");
        let commands: Vec<String> = Root::command()
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .chain(["guests".to_owned()])
            .collect();
        for [option, value] in &options {
            let joined = format!("{option}={value}");
            for command in &commands {
                for before in [
                    vec![option.as_str(), value],
                    vec![joined.as_str(), "--json"],
                ] {
                    let words = line(&[before.as_slice(), &[command.as_str()]].concat());
                    assert_eq!(command_of(&words), Some(command.as_str()), "{words:?}");
                }
            }
        }
    }

    #[test]
    fn a_line_without_a_command_has_none() {
        for words in [
            &[][..],
            &["--help"],
            &["-V"],
            &["--json"],
            &["--data", "mcp"],
            &["--data"],
        ] {
            assert_eq!(command_of(&line(words)), None, "{words:?}");
        }
    }
}
