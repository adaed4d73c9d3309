//! `NOUN VERB`: any operation.

use app::Role;
use futures_util::StreamExt as _;
use ops::{Acted, Call, Kind};
use serde_json::{Value, json};

use super::{
    Session, found, person,
    plans::{self, Beside},
};
use crate::{failure::Failure, output, show};

pub(super) async fn run(session: &Session, name: &str, input: Value) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    let mut call = Call::new(person());
    call.on_failure = session.on_failure();
    let code = match app.registry.entry(name)?.kind() {
        Kind::Query => {
            let answer = app.registry.query(&call, name, input).await?;
            show::answer(name, &answer, session.json());
            found::exit_code(name, &answer)
        }
        Kind::Action => match app.registry.act(&call, name, input).await? {
            Acted::Done(output) => {
                show::answer(name, &output, session.json());
                0
            }
            Acted::Planned(plan) => {
                let beside = Beside::of(&app, &plan, json!({})).await;
                plans::decide(session, &app, *plan, beside).await?
            }
        },
        Kind::Feed => {
            let mut items = app.registry.open(&call, name, input)?;
            // One document per item: a feed has no end to wait for.
            loop {
                tokio::select! {
                    () = super::serve::terminated() => break,
                    item = items.next() => match item {
                        Some(item) => output::say(&item.to_string()),
                        None => break,
                    },
                }
            }
            0
        }
    };
    app.stop().await;
    Ok(code)
}
