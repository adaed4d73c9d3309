//! `sim`: a simulated Proxmox VE cluster on HTTPS.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sim::{FaultRule, PveVersion, Sim, SimError, SimOptions, Tls, World};

use super::serve::terminated;
use crate::{arguments::SimArgs, failure::Failure, json_file, output};

pub(super) async fn run(arguments: SimArgs, json: bool) -> Result<u8, Failure> {
    let world = match &arguments.world {
        Some(path) => world(path)?,
        None => World::seeded(arguments.nodes, arguments.guests, arguments.seed),
    };
    let mut options = SimOptions::new(world);
    options.listen = arguments.listen.parse().map_err(|_| {
        Failure::new(
            2,
            format!(
                "--listen `{}` is not an address such as 127.0.0.2:8006",
                arguments.listen
            ),
        )
    })?;
    options.pve_version = arguments
        .pve_version
        .parse::<PveVersion>()
        .map_err(|error| Failure::new(2, format!("--pve-version: {error}")))?;
    options.time_scale = arguments.time_scale;
    options.seed = arguments.seed;
    options.now = arguments
        .now
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error| {
            Failure::new(
                2,
                format!("--now is no time such as 2026-01-31T12:00:00Z: {error}"),
            )
        })?;
    options.faults = arguments
        .faults
        .as_deref()
        .map(faults)
        .transpose()?
        .unwrap_or_default();
    options.docs = arguments.docs;
    options.calls_log = arguments.calls_log;
    options.tls = tls(&arguments.tls);
    if let Some(password) = arguments.password {
        options.password = password;
    }
    let sim = Sim::start(options)
        .await
        .map_err(|error| Failure::new(1, error.to_string()))?;
    for warning in sim.warnings() {
        output::note(&format!("warning: {warning}"));
    }
    if json {
        output::say_json(&serde_json::json!({
            "url": sim.url(), "user": sim.user(), "password": sim.password(),
            "token": format!("{}={}", sim.token_id(), sim.token_secret()), "fingerprint": sim.fingerprint(),
        }));
    } else {
        output::say(&sim.ready_line());
    }
    terminated().await;
    sim.stop().await;
    Ok(0)
}

/// Reads a world from a file.
pub(super) fn world(path: &Path) -> Result<World, Failure> {
    let text = read(path)?;
    World::from_json(&text).map_err(|error| {
        Failure::new(
            2,
            match error {
                SimError::WorldText(error) => json_file::mistake(path, &text, &error),
                SimError::World { at, cause } => format!("{}: {at}: {cause}", path.display()),
                error => format!("{}: {error}", path.display()),
            },
        )
    })
}

fn faults(path: &Path) -> Result<Vec<FaultRule>, Failure> {
    let text = read(path)?;
    let list: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(2, json_file::mistake(path, &text, &error)))?;
    FaultRule::list_from_json(&list)
        .map_err(|error| Failure::new(2, format!("{}: {error}", path.display())))
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(2, format!("{} cannot be read: {error}", path.display())))
}

fn tls(text: &str) -> Tls {
    match text {
        "auto" => Tls::Generated,
        "off" => Tls::Off,
        files => match files.split_once(',') {
            Some((cert, key)) => Tls::Files {
                certificate: PathBuf::from(cert),
                key: PathBuf::from(key),
            },
            None => Tls::Files {
                certificate: PathBuf::from(files),
                key: PathBuf::from(files),
            },
        },
    }
}
