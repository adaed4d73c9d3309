//! `pve get`: one read of the PVE API, from a connected cluster or from any server.

use app::Role;
use ops::Call;
use serde_json::{Value, json};

use super::{Session, connect, person};
use crate::{arguments::PveGetArgs, failure::Failure, output};

pub(super) async fn get(session: &Session, arguments: PveGetArgs) -> Result<u8, Failure> {
    let (data, total) = match &arguments.url {
        Some(url) => direct(url, &arguments).await?,
        None => connected(session, &arguments).await?,
    };
    if session.json() || data.is_object() || data.is_array() {
        output::say_json(&match total {
            Some(total) => json!({ "data": data, "total": total }),
            None => data,
        });
    } else {
        output::say(data.as_str().unwrap_or(&data.to_string()));
    }
    Ok(0)
}

async fn connected(
    session: &Session,
    arguments: &PveGetArgs,
) -> Result<(Value, Option<u64>), Failure> {
    let app = session.app(Role::Command).await?;
    let mut input = json!({ "path": arguments.path, "params": arguments.params });
    if let (Some(cluster), Some(object)) = (&arguments.cluster, input.as_object_mut()) {
        object.insert("cluster".to_owned(), json!(cluster));
    }
    let answer = app
        .registry
        .query(&Call::new(person()), "pve.get", input)
        .await;
    app.stop().await;
    let answer = answer?;
    Ok((
        answer.get("data").cloned().unwrap_or_default(),
        answer.get("total").and_then(Value::as_u64),
    ))
}

async fn direct(url: &str, arguments: &PveGetArgs) -> Result<(Value, Option<u64>), Failure> {
    let trust = connect::trust(url, &arguments.reach).await?;
    let (auth, identity, secret) = connect::credentials(&arguments.reach).await?;
    let reply = app::get_once(
        url,
        auth,
        &identity,
        secret,
        trust,
        &arguments.path,
        &arguments.params,
    )
    .await?;
    Ok((reply.data, reply.total))
}
