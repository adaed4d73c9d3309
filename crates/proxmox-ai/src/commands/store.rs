//! `proxmox-ai store`: everything that is kept as one file, and back.

use std::path::Path;

use ops::{Code, Error};
use serde_json::{Value, json};
use store::{Moved, Store};

use super::Session;
use crate::{arguments::StoreCommand, failure::Failure, output};

pub(super) async fn run(session: &Session, command: StoreCommand) -> Result<u8, Failure> {
    let settings = session.settings(None)?;
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
        output::say_json(&document(file, &moved));
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
    let read = format!("read {} rows from {}", moved.rows, file.display());
    // The rows are there; whether the key fits them is worth knowing before somebody needs a secret.
    let closed = match store.secrets().check_key().await {
        Ok(()) => None,
        Err(
            why @ (store::Error::KeyMissing { .. }
            | store::Error::KeyFile { .. }
            | store::Error::KeyLength { .. }
            | store::Error::WrongKey),
        ) => Some(why.to_string()),
        Err(why) => {
            return Err(Failure::from(Error::new(
                Code::StoreUnavailable,
                format!("{read}, but whether its secrets open is not known: {why}"),
            )));
        }
    };
    if json {
        let mut document = document(file, &moved);
        if let (Some(why), Some(object)) = (closed, document.as_object_mut()) {
            object.insert("secrets_closed".to_owned(), json!(why));
        }
        output::say_json(&document);
    } else {
        output::say(&match closed {
            None => read,
            Some(why) => format!("{read}; its secrets do not open yet: {why}"),
        });
    }
    Ok(())
}

fn document(file: &Path, moved: &Moved) -> Value {
    let tables: serde_json::Map<String, Value> = moved
        .tables
        .iter()
        .map(|(name, rows)| (name.clone(), json!(rows)))
        .collect();
    json!({ "file": file, "rows": moved.rows, "tables": tables })
}
