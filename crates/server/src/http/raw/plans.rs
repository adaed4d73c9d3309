//! One plan, and a person's yes or no to it.
//!
//! Not operations: consent must not itself be something that can be wished, planned or called by a tool.

use std::sync::atomic::Ordering;

use ::http::{StatusCode, header};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use ops::{Actor, Call, Consent, Consented, Role, project::openapi::RawEndpoint};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    super::{body, judge::Identity, path::Id, problem::Problem, time},
    JSON, Nothing, component, endpoint, request_schema,
};
use crate::server::Server;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Yes {
    /// The digest of the plan as it was read: consent is given to exactly this.
    digest: String,
    /// What the plan's `confirm.text` asks to type, for destructive plans.
    confirm: Option<String>,
}

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    vec![
        endpoint(
            "get",
            "/api/v1/plans/{id}",
            "Show a plan",
            vec![(200, JSON, component("Plan"))],
        ),
        RawEndpoint {
            request: Some(request_schema::<Yes>()),
            ..endpoint(
                "post",
                "/api/v1/plans/{id}/approve",
                "Approve a plan and start its run, or keep the approval until the others who have to agree did",
                vec![
                    (200, JSON, component("Plan")),
                    (202, JSON, component("Run")),
                ],
            )
        },
        endpoint(
            "post",
            "/api/v1/plans/{id}/reject",
            "Reject a plan",
            vec![(200, JSON, component("Plan"))],
        ),
        endpoint(
            "post",
            "/api/v1/plans/{id}/rehearse",
            "Carry a plan out on a twin of the cluster and tell what would happen",
            vec![(200, JSON, component("Rehearsal"))],
        ),
    ]
}

/// Viewers may not touch plans and runs; whether an operator may approve this very plan is the gate's to say.
pub(super) fn require_operator(actor: &Actor) -> Result<(), Problem> {
    if actor.role < Role::Operator {
        return Err(Problem::forbidden(format!(
            "{} is {} and may only look",
            actor.name,
            actor.role.as_str()
        ))
        .hint("ask an operator or an admin"));
    }
    Ok(())
}

pub(super) async fn show(
    State(server): State<Server>,
    _: Identity,
    id: Id,
) -> Result<Response, Problem> {
    let id = id.existing("plan")?;
    let plan = time::within(
        time::OPERATION,
        "reading the plan",
        server.registry.plan(&id),
    )
    .await?;
    Ok(Json(plan.to_view()).into_response())
}

pub(super) async fn approve(
    State(server): State<Server>,
    Identity { actor, .. }: Identity,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    require_operator(&actor)?;
    if !actor.may_approve {
        return Err(Problem::forbidden(format!(
            "the token of {} may plan but not approve",
            actor.name
        )));
    }
    let yes: Yes = body::typed(request).await?;
    let id = id.existing("plan")?;
    let consent = Consent {
        actor,
        digest: yes.digest,
        confirm: yes.confirm,
    };
    let registry = server.registry.clone();
    // A client that hangs up between the row and the start must not leave a run that nobody carries out.
    let consented = server
        .finish(
            "approval",
            async move { registry.consent(&id, consent).await },
        )
        .await?;
    let run = match consented {
        Consented::Runs(run) => run,
        Consented::Waits(plan) => return Ok(Json(plan.to_view()).into_response()),
    };
    server.metrics.approvals.fetch_add(1, Ordering::Relaxed);
    let location = format!("{}/api/v1/runs/{}", server.options.base_path, run.id);
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        Json(run),
    )
        .into_response())
}

/// The same as the operation `plans.rehearse`, under the plan's own address.
pub(super) async fn rehearse(
    State(server): State<Server>,
    Identity { actor, .. }: Identity,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    require_operator(&actor)?;
    body::typed::<Nothing>(request).await?;
    let id = id.existing("plan")?;
    let call = Call::new(actor);
    // Whoever goes away takes the twin with them.
    let _gone = call.cancel.clone().drop_guard();
    let told = time::within(
        time::REHEARSAL,
        "the rehearsal",
        server
            .registry
            .query(&call, "plans.rehearse", json!({ "plan": id })),
    )
    .await?;
    Ok(Json(told).into_response())
}

pub(super) async fn reject(
    State(server): State<Server>,
    Identity { actor, .. }: Identity,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    require_operator(&actor)?;
    body::typed::<Nothing>(request).await?;
    let id = id.existing("plan")?;
    let plan = time::within(
        time::OPERATION,
        "rejecting the plan",
        server.registry.reject(&id, &actor),
    )
    .await?;
    Ok(Json(plan.to_view()).into_response())
}
