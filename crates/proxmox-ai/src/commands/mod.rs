//! One file per command.

mod ask;
mod connect;
mod demo;
mod eval;
mod found;
mod mcp;
mod operation;
mod plans;
mod pve;
mod pve_schema;
mod reference;
mod serve;
mod settings;
mod simulator;
mod store;
mod tokens;
mod users;

use std::{path::PathBuf, sync::Arc};

use app::{App, Role, Settings};
use clap::{FromArgMatches as _, error::ErrorKind};
use ops::{Actor, OnFailure, Surface, ports::SystemClock};
use tracing_subscriber::EnvFilter;

use crate::{
    arguments::{self, ConfigCommand, Fixed, Global, PveCommand, Root},
    config::{self, Config},
    failure::Failure,
    output,
};

/// What every command works with.
pub(crate) struct Session {
    pub(crate) global: Global,
    pub(crate) data: PathBuf,
    pub(crate) config: Config,
}

impl Session {
    pub(crate) async fn app(&self, role: Role) -> Result<App, Failure> {
        self.app_with(role, self.settings(None)?).await
    }

    pub(crate) async fn app_with(&self, role: Role, settings: Settings) -> Result<App, Failure> {
        Ok(App::open(&self.data, settings, role).await?)
    }

    /// What the configuration and the flags come to; with the model of this command, where it names one.
    pub(crate) fn settings(&self, model: Option<&str>) -> Result<Settings, Failure> {
        let mut settings = self.config.settings(model)?;
        settings.engine.plans_only = self.global.plan_only;
        Ok(settings)
    }

    /// What follows a failure, as the flag says.
    pub(crate) fn on_failure(&self) -> OnFailure {
        self.global
            .on_failure
            .as_deref()
            .and_then(OnFailure::parse)
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> bool {
        self.global.json
    }
}

/// The person at the command line: whoever may write to the data directory owns the product.
pub(crate) fn person() -> Actor {
    Actor::new(config::person(), ops::Role::Admin, Surface::Cli)
}

/// Parses, runs, and answers the exit code.
pub(crate) async fn run() -> u8 {
    let words: Vec<String> = std::env::args().collect();
    let json = words.iter().any(|word| word == "--json");
    match parse_and_run(words).await {
        Ok(code) => code,
        Err(failure) => failure.tell(json),
    }
}

async fn parse_and_run(words: Vec<String>) -> Result<u8, Failure> {
    // Help and operations need the list of operations; fixed commands start without it.
    if arguments::command_of(&words).is_some_and(arguments::is_fixed) {
        let command = <Root as clap::CommandFactory>::command();
        let matches = match command.try_get_matches_from(words.clone()) {
            Ok(matches) => matches,
            // `config show` is fixed, `plans list` is not: a noun may have both kinds of verbs.
            Err(error) if error.kind() == ErrorKind::InvalidSubcommand => {
                return operations(words).await;
            }
            Err(error) => return Ok(usage(&error)),
        };
        let root = match Root::from_arg_matches(&matches) {
            Ok(root) => root,
            Err(error) => return Ok(usage(&error)),
        };
        return fixed(root).await;
    }
    operations(words).await
}

async fn operations(words: Vec<String>) -> Result<u8, Failure> {
    let registry = catalogue().await?;
    let matches = match arguments::whole(&registry).try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return Ok(usage(&error)),
    };
    let global = match <Global as clap::FromArgMatches>::from_arg_matches(&matches) {
        Ok(global) => global,
        Err(error) => return Ok(usage(&error)),
    };
    match ops::project::cli::parse(&registry, &matches) {
        Some(Ok((entry, input))) => {
            let name = entry.name;
            operation::run(&session(global)?, name, input).await
        }
        Some(Err(error)) => Ok(usage(&error)),
        None => match Root::from_arg_matches(&matches) {
            Ok(root) => fixed(root).await,
            Err(error) => Ok(usage(&error)),
        },
    }
}

/// The registry without data: what there is to be called.
async fn catalogue() -> Result<ops::Registry, Failure> {
    let clock = Arc::new(SystemClock);
    let store = ::store::Store::in_memory(clock.clone()).await?;
    Ok(App::over(store, clock, Settings::default(), Role::Command)?.registry)
}

fn usage(error: &clap::Error) -> u8 {
    // Printing help to a closed pipe is no error.
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(2)
}

fn session(global: Global) -> Result<Session, Failure> {
    let data = config::data_directory(&global)?;
    let config = Config::load(&global, &data)?;
    logging(&global, &config);
    Ok(Session {
        global,
        data,
        config,
    })
}

async fn fixed(root: Root) -> Result<u8, Failure> {
    let global = root.global;
    // What has no plan to show must not be done instead of shown.
    if let (true, Some(what)) = (global.plan_only, root.command.without_a_plan()) {
        return Err(Failure::new(
            2,
            format!(
                "`{what}` makes no plan, so there is nothing to show; leave --plan-only out to do it"
            ),
        ));
    }
    match root.command {
        // These must work with a broken configuration.
        Fixed::Config(ConfigCommand::PrintDefault) => {
            output::say(config::print_default().trim_end());
            Ok(0)
        }
        Fixed::Sim(arguments) => {
            stderr_logging("warn", global.log_format.as_deref() == Some("json"));
            simulator::run(arguments, global.json).await
        }
        Fixed::Eval(command) => {
            stderr_logging("warn", global.log_format.as_deref() == Some("json"));
            eval::run(command, global.json).await
        }
        Fixed::Demo(arguments) => demo::run(global, arguments).await,
        Fixed::Reference(arguments) => reference::run(&arguments.what, &catalogue().await?),
        Fixed::Config(ConfigCommand::Check) => settings::check(&session(global)?).await,
        Fixed::Config(ConfigCommand::Show) => Ok(settings::show(&session(global)?)),
        Fixed::Serve(arguments) => serve::run(&session(global)?, arguments).await,
        Fixed::Connect(arguments) => connect::run(&session(global)?, arguments).await,
        Fixed::Ask(arguments) => ask::run(&session(global)?, arguments).await,
        Fixed::Cancel(arguments) => {
            let running = if arguments.stop_tasks {
                ops::engine::RunningTasks::Stop
            } else {
                ops::engine::RunningTasks::GoOn
            };
            plans::cancel(&session(global)?, &arguments.id, running).await
        }
        Fixed::Approve(arguments) => plans::approve(&session(global)?, &arguments.id).await,
        Fixed::Reject(arguments) => plans::reject(&session(global)?, &arguments.id).await,
        Fixed::Pve(command) => {
            let session = session(global)?;
            match command {
                PveCommand::Coverage(arguments) => pve_schema::coverage(&session, arguments).await,
                PveCommand::Methods(arguments) => pve_schema::methods(&session, arguments).await,
                PveCommand::Get(arguments) => pve::get(&session, arguments).await,
                PveCommand::Create(arguments) => pve::act(&session, "pve.create", arguments).await,
                PveCommand::Set(arguments) => pve::act(&session, "pve.set", arguments).await,
                PveCommand::Delete(arguments) => pve::act(&session, "pve.delete", arguments).await,
            }
        }
        Fixed::Mcp => mcp::run(&session(global)?).await,
        Fixed::Users(command) => users::run(&session(global)?, command).await,
        Fixed::Tokens(command) => tokens::run(&session(global)?, command).await,
        Fixed::Store(command) => store::run(&session(global)?, command).await,
    }
}

fn logging(global: &Global, config: &Config) {
    let format = global
        .log_format
        .as_deref()
        .unwrap_or_else(|| config.text("log.format"));
    // Commands tell their progress themselves; their log holds only what went wrong.
    stderr_logging(config.text("log.level"), format == "json");
    for warning in config::unknown_variables() {
        if format == "json" {
            tracing::warn!("{warning}");
        } else {
            output::note(&format!("warning: {warning}"));
        }
    }
}

fn stderr_logging(level: &str, json: bool) {
    // rmcp logs each message of a session at info; that is of no use to an operator.
    let filter = EnvFilter::new(format!("{level},rmcp=warn,hyper=warn,sqlx=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Without a word about it, NO_COLOR is honoured.
    let builder = if output::stderr_is_a_terminal() {
        builder
    } else {
        builder.with_ansi(false)
    };
    // A second subscriber (tests) is no error.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.with_target(false).try_init()
    };
}
