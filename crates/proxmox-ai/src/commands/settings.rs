//! `config check` and `config show`.

use super::Session;
use crate::{failure::Failure, output, show};

/// Loading told every mistake already; what is left to say is that there was none.
pub(super) async fn check(session: &Session) -> Result<u8, Failure> {
    let settings = session.settings(None)?;
    if let Some(path) = settings.policy_file.as_deref()
        && let Some(why) = app::policy_mistake(path).await?
    {
        return Err(Failure::new(2, why));
    }
    if session.json() {
        output::say_json(&session.config.shown());
    } else {
        output::say("the configuration is in order");
        output::say(&show::settings(&session.config.shown()));
    }
    Ok(0)
}

pub(super) fn show(session: &Session) -> u8 {
    if session.json() {
        output::say_json(&serde_json::json!({ "config": session.config.shown() }));
    } else {
        output::say(&show::settings(&session.config.shown()));
    }
    0
}
