//! `NOUN VERB`: any operation.

use app::{App, Role};
use futures_util::StreamExt as _;
use ops::{Acted, Call, Kind, Wish};
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
        Kind::Action => act(session, &app, &call, name, input).await?,
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

/// A change: done at once where nothing is lost by it or its person said yes already, else shown first.
async fn act(
    session: &Session,
    app: &App,
    call: &Call,
    name: &str,
    input: Value,
) -> Result<u8, Failure> {
    let mut news = app.registry.bus().listen();
    let may_be_done = session.global.yes || app.registry.entry(name)?.is_done_at_once();
    let acted = if may_be_done {
        app.registry.act(call, name, input).await?
    } else {
        let wish = Wish {
            op: name.to_owned(),
            input,
        };
        Acted::Planned(Box::new(app.registry.plan_wishes(call, vec![wish]).await?))
    };
    match acted {
        Acted::Done(output) => {
            let what = std::iter::from_fn(|| news.try_recv().ok())
                .find(|event| event.kind == "plan.proposed")
                .and_then(|event| event.summary);
            show::done(what.as_deref().unwrap_or(name), &output, session.json());
            Ok(0)
        }
        Acted::Planned(plan) => {
            let beside = Beside::of(app, &plan, json!({})).await;
            plans::decide(session, app, *plan, beside).await
        }
    }
}
