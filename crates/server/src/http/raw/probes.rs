//! `/healthz`, `/readyz` and `/metrics`.
//!
//! Not operations: orchestrators and scrapers ask for them by fixed paths, and they must answer while the
//! store or a cluster does not.

use ::http::{HeaderMap, StatusCode, header};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use ops::{
    ports::{Dependency, Readiness},
    project::openapi::RawEndpoint,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    super::{
        judge::{self, Guard},
        problem::Problem,
        time,
    },
    JSON, bare, endpoint, schema,
};
use crate::server::Server;

#[derive(Serialize, JsonSchema)]
struct Ready {
    /// The worst of `dependencies`.
    status: Readiness,
    dependencies: Vec<Dependency>,
}

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    vec![
        RawEndpoint {
            public: true,
            ..endpoint(
                "get",
                "/healthz",
                "Tell that the process lives",
                vec![bare(200)],
            )
        },
        RawEndpoint {
            public: true,
            ..endpoint(
                "get",
                "/readyz",
                "Tell whether requests can be served; details need a credential",
                vec![(200, JSON, schema::<Ready>())],
            )
        },
        endpoint(
            "get",
            "/metrics",
            "Counters in the Prometheus text format",
            vec![(200, "text/plain", json!({ "type": "string" }))],
        ),
    ]
}

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// 200 or 503 to anybody; the reasons only to somebody we know.
pub(super) async fn ready(State(server): State<Server>, headers: HeaderMap) -> Response {
    let asked = async { Ok::<_, Problem>(server.health.dependencies().await) };
    let dependencies = match time::within(time::LOCAL, "asking the dependencies", asked).await {
        Ok(dependencies) => dependencies,
        Err(problem) => {
            tracing::warn!("the dependencies did not answer in time");
            drop(problem);
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let status = worst(&dependencies);
    let code = match status {
        Readiness::Ready | Readiness::Degraded => StatusCode::OK,
        Readiness::Down => StatusCode::SERVICE_UNAVAILABLE,
    };
    match judge::authenticate(&server, Guard::Plain, &headers).await {
        Ok(Some(_)) => (
            code,
            Json(Ready {
                status,
                dependencies,
            }),
        )
            .into_response(),
        // With the store down no credential can be checked: the bare status is all there is.
        Ok(None) | Err(_) => code.into_response(),
    }
}

fn worst(dependencies: &[Dependency]) -> Readiness {
    let any = |state| {
        dependencies
            .iter()
            .any(|dependency| dependency.state == state)
    };
    if any(Readiness::Down) {
        Readiness::Down
    } else if any(Readiness::Degraded) {
        Readiness::Degraded
    } else {
        Readiness::Ready
    }
}

pub(super) async fn metrics(State(server): State<Server>) -> Response {
    let text = server.metrics.text(server.streams.count());
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
