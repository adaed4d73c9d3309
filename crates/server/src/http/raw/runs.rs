//! One run: its rows, its events, and the wish to stop it.
//!
//! Not operations: the stream is addressed by id and resumed by event number, and stopping a run is part of
//! consent, not a new change that would need a plan of its own.

use ::http::StatusCode;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use futures_util::StreamExt as _;
use ops::{engine::RunningTasks, project::openapi::RawEndpoint};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    super::{
        body,
        judge::Identity,
        path::{After, Id},
        problem::Problem,
        sse, time,
    },
    EVENT_STREAM, JSON, component, endpoint,
    plans::require_operator,
    request_schema,
};
use crate::server::Server;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct How {
    /// Ask the cluster to end the tasks that run, too: what they do may be half done.
    #[serde(default)]
    stop_tasks: bool,
}

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    vec![
        endpoint(
            "get",
            "/api/v1/runs/{id}",
            "Show a run",
            vec![(200, JSON, component("Run"))],
        ),
        endpoint(
            "get",
            "/api/v1/runs/{id}/events",
            "Watch a run from event `after` (or Last-Event-ID) to its end",
            vec![(200, EVENT_STREAM, json!({ "type": "object" }))],
        ),
        RawEndpoint {
            request: Some(request_schema::<How>()),
            ..endpoint(
                "post",
                "/api/v1/runs/{id}/cancel",
                "Start no further step of a run",
                vec![(202, JSON, component("Run"))],
            )
        },
    ]
}

pub(super) async fn show(
    State(server): State<Server>,
    _: Identity,
    id: Id,
) -> Result<Response, Problem> {
    let id = id.existing("run")?;
    let run = time::within(time::LOCAL, "reading the run", server.registry.run(&id)).await?;
    Ok(Json(run).into_response())
}

pub(super) async fn events(
    State(server): State<Server>,
    identity: Identity,
    id: Id,
    after: After,
) -> Result<Response, Problem> {
    let after = after.number()?;
    let id = id.existing("run")?;
    time::within(time::LOCAL, "reading the run", server.registry.run(&id)).await?;
    let slot = sse::slot(&server, &identity)?;
    let events = server
        .registry
        .watch_run(&id, after, slot.end.clone())
        .map(|event| match event {
            Ok(event) => sse::event(&event.data)
                .id(event.id.to_string())
                .event(event.kind),
            // The status is long gone; the client sees why the stream ends and comes back with its last id.
            Err(error) => sse::event(&Problem::from(error).to_json()).event("error"),
        });
    Ok(sse::answer(slot, events))
}

pub(super) async fn cancel(
    State(server): State<Server>,
    Identity { actor, .. }: Identity,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    require_operator(&actor)?;
    let how: How = body::typed(request).await?;
    let running = if how.stop_tasks {
        RunningTasks::Stop
    } else {
        RunningTasks::GoOn
    };
    let id = id.existing("run")?;
    let run = time::within(
        time::OPERATION,
        "cancelling the run",
        server.registry.cancel_run(&id, &actor, running),
    )
    .await?;
    Ok((StatusCode::ACCEPTED, Json(run)).into_response())
}
