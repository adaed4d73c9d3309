//! The routes, and the order in which every request is judged.
//!
//! Authentication (401), `Origin` (403) and CSRF (403) are judged by one layer around everything that is not
//! public ([`judge`]), before routing matters: an unknown path is told apart from a known one only for those
//! who are signed in. Rights (403), size (413), media type (415), body (400, 422), existence (404) and state
//! (409) follow in the handlers, in this order.

mod body;
mod envelope;
mod judge;
mod operations;
mod path;
mod problem;
pub(crate) mod raw;
mod sse;
mod time;
mod web;

use axum::{
    Router, middleware,
    routing::{any, get, post},
};
use ops::Kind;
use tokio_util::sync::CancellationToken;

use self::judge::{Guard, judge};
use crate::server::{Server, ServerDeps};

pub(crate) use self::{judge::Identity, problem::Problem};

/// The whole HTTP face as an axum router, for composition and tests; [`crate::serve()`] adds the socket.
pub fn router(deps: ServerDeps) -> Router {
    assemble(&Server::new(deps, &CancellationToken::new()))
}

pub(crate) fn assemble(server: &Server) -> Router {
    let mut plain = raw::plain_routes();
    let mut streams = raw::stream_routes();
    for entry in server.registry.entries() {
        let (noun, verb) = entry.noun_verb();
        let path = format!("/api/v1/{noun}/{verb}");
        let name = entry.name;
        match entry.kind() {
            Kind::Feed => {
                streams = streams.route(
                    &path,
                    post(move |server, identity, request| {
                        operations::feed(server, identity, name, request)
                    }),
                );
            }
            Kind::Query => {
                plain = plain.route(
                    &path,
                    post(move |server, identity, request| {
                        operations::query(server, identity, name, request)
                    }),
                );
            }
            Kind::Action => {
                plain = plain.route(
                    &path,
                    post(move |server, identity, request| {
                        operations::action(server, identity, name, request)
                    }),
                );
            }
        }
    }
    // Unknown paths of the API belong to the judged part: strangers learn nothing from them.
    for path in [
        "/api",
        "/api/",
        "/api/{*rest}",
        "/v1",
        "/v1/",
        "/v1/{*rest}",
    ] {
        plain = plain.route(path, any(unknown));
    }
    let guarded = |router: Router<Server>, guard: Guard| {
        router
            .method_not_allowed_fallback(wrong_method)
            .layer(middleware::from_fn_with_state(
                (server.clone(), guard),
                judge,
            ))
    };
    let all = Router::new()
        .merge(guarded(plain, Guard::Plain))
        .merge(guarded(streams, Guard::Stream))
        .merge(guarded(raw::mcp_routes(), Guard::Mcp))
        .merge(raw::public_routes().method_not_allowed_fallback(wrong_method))
        .route("/", get(web::front).fallback(wrong_method))
        .fallback(web::asset);
    let based = match server.options.base_path.as_str() {
        "" => all,
        base => Router::new().nest(base, all),
    };
    based
        .layer(middleware::from_fn_with_state(
            server.clone(),
            envelope::envelope,
        ))
        .with_state(server.clone())
}

async fn unknown() -> Problem {
    Problem::not_found("there is no such path in the API")
        .hint("GET /api/openapi.json lists every endpoint")
}

async fn wrong_method() -> Problem {
    Problem::new(
        405,
        "method_not_allowed",
        "this path does not take that method",
    )
    .hint("GET /api/openapi.json lists every endpoint with its method")
}
