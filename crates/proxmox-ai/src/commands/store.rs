//! `proxmox-ai store`: everything that is kept as one file, and back.

use std::path::Path;

use ops::{Code, Error};
use serde_json::json;
use store::{Moved, Store};

use super::Session;
use crate::{arguments::StoreCommand, failure::Failure, output};

pub(super) async fn run(session: &Session, command: StoreCommand) -> Result<u8, Failure> {
    let settings = session.config.settings(None)?;
    let store = app::open_store(&session.data, &settings).await?;
    let outcome = match &command {
        StoreCommand::Export { file } => export(&store, file, session.json()).await,
        StoreCommand::Import { file } => import(&store, file, session.json()).await,
    };
    store.close().await;
    outcome?;
    Ok(0)
}

async fn export(store: &Store, file: &Path, json: bool) -> Result<(), Failure> {
    let moved = store.export(file).await.map_err(Error::from)?;
    if json {
        say_json(file, &moved);
    } else {
        output::say(&format!(
            "wrote {} rows into {}",
            moved.rows,
            file.display()
        ));
        output::say(
            "the secrets in it stay sealed: keep secret.key of the data directory (or the file of \
             secrets.key_file) apart from it, they open with nothing else",
        );
    }
    Ok(())
}

async fn import(store: &Store, file: &Path, json: bool) -> Result<(), Failure> {
    let moved = store.import(file).await.map_err(Error::from)?;
    // The rows are there; whether the key fits them is worth knowing before somebody needs a secret.
    let key = store.secrets().check_key().await;
    if json {
        say_json(file, &moved);
    } else {
        output::say(&format!("read {} rows from {}", moved.rows, file.display()));
    }
    key.map_err(|error| Failure::from(Error::new(Code::StoreUnavailable, error.to_string())))
}

fn say_json(file: &Path, moved: &Moved) {
    let tables: serde_json::Map<String, serde_json::Value> = moved
        .tables
        .iter()
        .map(|(name, rows)| (name.clone(), json!(rows)))
        .collect();
    output::say_json(&json!({ "file": file, "rows": moved.rows, "tables": tables }));
}
