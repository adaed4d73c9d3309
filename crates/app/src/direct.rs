//! A server that is not connected, used once: the whole product on a store in memory that knows that one
//! server. So nothing goes past the registry and the gate only because it is asked for with an address, and
//! nothing of it, credentials least of all, stays on the disk.

use std::{sync::Arc, time::Duration};

use llm::ModelSpec;
use ops::{EngineOptions, Error, Result, ports::Clock, ports::SystemClock};
use secrecy::SecretString;
use store::{AuthKind, ClusterRow, Store, Trust};

use crate::{App, Role, Settings};

/// Nobody takes a run up again that lives in memory, so a person does not wait long for a lost answer.
const RECOVER_PATIENCE: Duration = Duration::from_secs(30);

/// Where a server is and who we are to it.
pub struct Server {
    pub url: String,
    pub auth: AuthKind,
    /// `user@realm` or `user@realm!token`.
    pub identity: String,
    pub secret: SecretString,
    pub trust: Trust,
}

impl App {
    /// The product on this server alone. The server is not asked yet; it is called by its host.
    pub async fn direct(server: Server, settings: Settings) -> Result<Self> {
        let url = pve::parse_endpoint(&server.url).map_err(|e| Error::invalid(e.to_string()))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Store::in_memory(Arc::clone(&clock)).await?;
        let row = ClusterRow {
            id: name_of(url.host_str().unwrap_or_default()),
            url: server.url,
            auth: server.auth,
            identity: server.identity,
            trust: server.trust,
            created_at: clock.now(),
        };
        // What cannot be used is told now and in its own words, not as a cluster that is not there.
        pve::Client::connect(features::inventory::connect_options(
            &row,
            server.secret.clone(),
        )?)
        .map_err(|error| features::call_error(&row.id, &error))?;
        store
            .clusters()
            .add(&row, &server.secret)
            .await
            .map_err(Error::from)?;
        let settings = Settings {
            model: ModelSpec::None,
            engine: EngineOptions {
                recover_patience: RECOVER_PATIENCE,
                ..settings.engine
            },
            ..settings
        };
        Self::over(store, clock, settings, Role::Command)
    }
}

/// The host as the name of a cluster: 64 letters, digits, `-`, `_` or `.` at most.
fn name_of(host: &str) -> String {
    let name: String = host
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' => c,
            _ => '-',
        })
        .take(64)
        .collect();
    if name.is_empty() {
        "server".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn any_host_gives_a_name_that_a_cluster_may_have() {
        assert_eq!(
            [
                "127.0.0.1",
                "pve1.example.org",
                "[::1]",
                "[fe80::1]",
                "[::]"
            ]
            .map(name_of),
            ["127.0.0.1", "pve1.example.org", "1", "fe80--1", "server"]
        );
    }
}
