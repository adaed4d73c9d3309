//! `sim`: a simulated Proxmox VE cluster on HTTPS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pve::Schema;
use serde_json::Value;
use sim::{ClockMode, FaultRule, PveVersion, Sim, SimError, SimOptions, Tls, World};

use super::serve::terminated;
use crate::{arguments::SimArgs, failure::Failure, json_file, output};

pub(super) async fn run(arguments: SimArgs, json: bool) -> Result<u8, Failure> {
    let sim = Sim::start(options(&arguments)?)
        .await
        .map_err(|error| Failure::new(1, error.to_string()))?;
    sim.clock().set_pace(arguments.pace);
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
    if let Some(path) = &arguments.export {
        export(&sim, path, arguments.neutral)?;
    }
    sim.stop().await;
    Ok(0)
}

fn options(arguments: &SimArgs) -> Result<SimOptions, Failure> {
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
    if let Some(version) = &arguments.pve_version {
        options.pve_version = version
            .parse::<PveVersion>()
            .map_err(|error| Failure::new(2, format!("--pve-version: {error}")))?;
    }
    options.time_scale = within("--time-scale", arguments.time_scale, 1e6)?;
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
    if within("--pace", arguments.pace, 1e6)? == 0.0 {
        options.clock = ClockMode::Manual;
    }
    let lag_s = within("--inventory-lag", arguments.inventory_lag, 10.0)?;
    options.inventory_lag = Duration::from_secs_f64(lag_s);
    options.faults = arguments
        .faults
        .as_deref()
        .map(faults)
        .transpose()?
        .unwrap_or_default();
    options.docs.clone_from(&arguments.docs);
    options.schema = arguments.schema.as_deref().map(schema).transpose()?;
    options.calls_log.clone_from(&arguments.calls_log);
    options.tls = tls(&arguments.tls);
    if let Some(password) = &arguments.password {
        options.password.clone_from(password);
    }
    Ok(options)
}

fn within(flag: &str, number: f64, most: f64) -> Result<f64, Failure> {
    if (0.0..=most).contains(&number) {
        return Ok(number);
    }
    Err(Failure::new(
        2,
        format!("{flag} {number} is not a number of 0 to {most}"),
    ))
}

/// Writes the present world beside the file first, so that a full disk does not cost the old one.
fn export(sim: &Sim, path: &Path, neutral: bool) -> Result<(), Failure> {
    let failed = |cause: std::io::Error| {
        Failure::new(1, format!("{} cannot be written: {cause}", path.display()))
    };
    let beside = path.with_extension("part");
    std::fs::write(&beside, sim.export(neutral).to_string()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
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

fn schema(path: &Path) -> Result<Arc<Schema>, Failure> {
    let from = path.display();
    let text = std::fs::read(path)
        .map_err(|error| Failure::new(2, format!("cannot read {from}: {error}")))?;
    let schema = Schema::read(&text)
        .map_err(|error| Failure::new(2, format!("cannot use {from}: {error}")))?;
    Ok(Arc::new(schema))
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Fixed, Root};

    fn parsed(flags: &[&str]) -> Result<SimOptions, String> {
        let words = ["proxmox-ai", "sim", "--guests", "3"].iter().chain(flags);
        let root = Root::try_parse_from(words).map_err(|error| error.to_string())?;
        match root.command {
            Fixed::Sim(arguments) => options(&arguments).map_err(|failure| format!("{failure:?}")),
            _ => Err("another command".to_owned()),
        }
    }

    #[test]
    fn the_inventory_lags_and_the_clock_stands_when_that_is_asked_for() {
        let options = parsed(&["--inventory-lag", "10", "--pace", "0"]).unwrap();
        assert_eq!(options.inventory_lag, Duration::from_secs(10));
        assert_eq!(options.clock, ClockMode::Manual);
        let usual = parsed(&[]).unwrap();
        assert_eq!(usual.inventory_lag, Duration::ZERO);
        assert_eq!(usual.clock, ClockMode::Running);
    }

    #[test]
    fn a_flag_out_of_range_is_named_with_its_range() {
        for (flags, text) in [
            (
                ["--inventory-lag", "11"],
                "--inventory-lag 11 is not a number of 0 to 10",
            ),
            (
                ["--pace=-1", "--json"],
                "--pace -1 is not a number of 0 to 1000000",
            ),
            (
                ["--time-scale", "NaN"],
                "--time-scale NaN is not a number of 0 to 1000000",
            ),
        ] {
            let refused = parsed(&flags).unwrap_err();
            assert!(refused.contains(text), "{refused}");
        }
        assert!(parsed(&["--neutral"]).unwrap_err().contains("--export"));
    }

    #[test]
    fn the_release_is_that_of_the_world_unless_another_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        let world = serde_json::json!({
            "now": "2026-11-24T12:00:00Z", "cluster": {"name": "", "quorate": true},
            "nodes": [{"name": "pve1", "status": "online", "cores": 8, "memory_mb": 16384,
                       "memory_used_mb": 4096, "cpu_load": 0.25}],
            "storages": [], "guests": [], "pve": {"version": "8.4.1"}
        });
        std::fs::write(&path, world.to_string()).unwrap();
        let file = path.to_str().unwrap();
        assert_eq!(
            parsed(&["--world", file]).unwrap().pve_version,
            PveVersion::V8_4
        );
        let other = parsed(&["--world", file, "--pve-version", "9.2"]).unwrap();
        assert_eq!(other.pve_version, PveVersion::V9_2);
    }
}
