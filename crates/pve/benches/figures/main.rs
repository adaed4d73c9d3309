//! The figures of this client beside bare `hyper` and bare `serde_json`, measured against one
//! server in one run. No part of the tests: `scripts/bench` builds it, starts the server and puts
//! the rows beside those of other clients.
//!
//! `figures calls|parse|upload URL FINGERPRINT TOKEN=SECRET` prints one JSON object.

mod bare;
mod calls;
mod cost;
mod parse;
mod upload;

use std::error::Error;
use std::io::Write as _;

use pve::{Auth, Client, ConnectOptions, Fingerprint, Trust, parse_endpoint};
use serde_json::Value;
use url::Url;

const USAGE: &str = "usage: figures calls|parse|upload URL FINGERPRINT TOKEN=SECRET";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The server that is measured against.
struct Target {
    url: Url,
    fingerprint: Fingerprint,
    token: String,
    secret: String,
}

impl Target {
    fn of(url: &str, fingerprint: &str, token: &str) -> Outcome<Self> {
        let (token, secret) = token.split_once('=').ok_or(USAGE)?;
        Ok(Self {
            url: parse_endpoint(url)?,
            fingerprint: fingerprint.parse()?,
            token: token.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// A client whose budget is no limit: how fast it may ask is not what is measured.
    fn client(&self) -> Outcome<Client> {
        let auth = Auth::Token {
            id: self.token.parse()?,
            secret: self.secret.clone().into(),
        };
        let trust = Trust::Fingerprint(self.fingerprint);
        let mut options = ConnectOptions::new(self.url.clone(), auth, trust);
        options.budget.foreground_per_second = 1_000_000;
        options.budget.in_flight_per_node = calls::AT_ONCE;
        Ok(Client::connect(options)?)
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "--bench")
        .collect();
    let [what, url, fingerprint, token] = words.as_slice() else {
        // Without a server there is nothing to measure; `cargo bench` of the workspace goes on.
        return say(USAGE);
    };
    let target = Target::of(url, fingerprint, token)?;
    let figures: Value = match *what {
        "calls" => calls::measure(&target)?,
        "parse" => parse::measure(&target)?,
        "upload" => upload::measure(&target)?,
        _ => return Err(USAGE.into()),
    };
    say(&figures.to_string())
}

fn say(line: &str) -> Outcome<()> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}

/// The middle one of some measurements.
fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
