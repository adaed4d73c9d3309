//! `POST /api/v1/NOUN/VERB`: every operation of the registry, one handler per kind.

use ::http::{HeaderName, StatusCode, header};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use futures_util::StreamExt as _;
use ops::{Acted, Call};
use serde_json::Value;

use super::{body, judge::Identity, problem::Problem, sse, time};
use crate::server::Server;

/// 200 with the answer.
pub(super) async fn query(
    State(server): State<Server>,
    identity: Identity,
    name: &'static str,
    request: Request,
) -> Result<Response, Problem> {
    let call = Call::new(identity.actor);
    // A client that goes away takes its question with it.
    let _gone = call.cancel.clone().drop_guard();
    server.registry.may_wish(&call, name).await?;
    let input = Value::Object(body::object(request).await?);
    let patience = match name {
        "plans.rehearse" => time::REHEARSAL,
        _ => time::OPERATION,
    };
    let answer = time::within(patience, name, server.registry.query(&call, name, input)).await?;
    Ok(Json(answer).into_response())
}

/// 202 with a plan to approve, or 200 with the output where the call itself is the consent.
pub(super) async fn action(
    State(server): State<Server>,
    identity: Identity,
    name: &'static str,
    request: Request,
) -> Result<Response, Problem> {
    let call = Call::new(identity.actor);
    let _gone = call.cancel.clone().drop_guard();
    server.registry.may_wish(&call, name).await?;
    let input = Value::Object(body::object(request).await?);
    match time::within(
        time::OPERATION,
        name,
        server.registry.act(&call, name, input),
    )
    .await?
    {
        Acted::Planned(plan) => {
            let location = format!("{}/api/v1/plans/{}", server.options.base_path, plan.id);
            Ok((
                StatusCode::ACCEPTED,
                [(header::LOCATION, location)],
                Json(plan.to_view()),
            )
                .into_response())
        }
        Acted::Done(output) => Ok((
            [(HeaderName::from_static("x-scope"), "product")],
            Json(output),
        )
            .into_response()),
    }
}

/// 200 with `text/event-stream`.
pub(super) async fn feed(
    State(server): State<Server>,
    identity: Identity,
    name: &'static str,
    request: Request,
) -> Result<Response, Problem> {
    let mut call = Call::new(identity.actor.clone());
    server.registry.may_wish(&call, name).await?;
    let input = Value::Object(body::object(request).await?);
    let slot = sse::slot(&server, &identity)?;
    call.cancel = slot.end.clone();
    let items = server.registry.open(&call, name, input)?;
    Ok(sse::answer(slot, items.map(|item| sse::event(&item))))
}
