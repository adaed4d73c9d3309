//! Who is it, from which page, and did they mean it: the first three judgements about a request.

use std::sync::Arc;

use ::http::{HeaderMap, Method, header, request::Parts};
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use ops::{Actor, Surface};
use subtle::ConstantTimeEq as _;

use super::{problem::Problem, time};
use crate::{
    origin::{self, Peer},
    server::Server,
};

pub(super) const COOKIE: &str = "pai_session";
const CSRF_HEADER: &str = "x-csrf-token";
/// Longer credentials are nobody's: they are not even looked up.
const CREDENTIAL_BYTES: usize = 512;

/// What kind of endpoints a layer stands in front of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Session or bearer; `Origin` matters for sessions.
    Plain,
    /// Session or bearer; `Origin` matters for both.
    Stream,
    /// Bearer tokens only; `Origin` matters.
    Mcp,
}

/// Who makes this request.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) actor: Actor,
    /// Present when a browser's session speaks.
    pub(crate) session: Option<SessionKey>,
}

/// The session behind a cookie. Its id is a secret: `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct SessionKey {
    pub(crate) id: Arc<str>,
    pub(crate) csrf_token: Arc<str>,
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // A handler behind no guard fails closed.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(no_credential)
    }
}

/// The layer in front of everything that is not public.
pub(super) async fn judge(
    State((server, guard)): State<(Server, Guard)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if !(guard == Guard::Plain && server.options.metrics_public && is_metrics(&parts)) {
        match admit(&server, guard, &parts).await {
            Ok(identity) => drop(parts.extensions.insert(identity)),
            Err(problem) => return problem.into_response(),
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// A base path was already taken off by the router.
fn is_metrics(parts: &Parts) -> bool {
    parts.uri.path() == "/metrics" && parts.method == Method::GET
}

async fn admit(server: &Server, guard: Guard, parts: &Parts) -> Result<Identity, Problem> {
    let identity = authenticate(server, guard, &parts.headers)
        .await?
        .ok_or_else(no_credential)?;
    if identity.session.is_some() || guard != Guard::Plain {
        refuse_foreign_page(server, &parts.headers, parts.extensions.get())?;
    }
    if let Some(session) = &identity.session
        && !matches!(parts.method, Method::GET | Method::HEAD)
    {
        let sent = parts
            .headers
            .get(CSRF_HEADER)
            .map_or(&[][..], |value| value.as_bytes());
        if !bool::from(sent.ct_eq(session.csrf_token.as_bytes())) {
            return Err(Problem::new(
                403,
                "csrf",
                "requests of a session that change something carry its X-CSRF-Token",
            )
            .hint("GET /api/v1/auth/session tells the token"));
        }
    }
    Ok(identity)
}

fn no_credential() -> Problem {
    Problem::unauthenticated("this needs a signed-in session or a bearer token")
        .hint("sign in again")
}

/// 403 when a page that is not ours made the request.
pub(super) fn refuse_foreign_page(
    server: &Server,
    headers: &HeaderMap,
    peer: Option<&Peer>,
) -> Result<(), Problem> {
    let seen = origin::seen(headers, peer, &server.options.trusted_proxies);
    if origin::is_foreign(headers, &seen) {
        return Err(Problem::new(
            403,
            "foreign_origin",
            "this request was made by a page of another site",
        ));
    }
    Ok(())
}

/// The credential's owner; nothing when there is none or it is not known.
pub(super) async fn authenticate(
    server: &Server,
    guard: Guard,
    headers: &HeaderMap,
) -> Result<Option<Identity>, Problem> {
    // Whoever sends `Authorization` speaks for that token alone; a cookie beside it does not help a bad one.
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let Some(token) = bearer(value.to_str().unwrap_or_default()) else {
            return Ok(None);
        };
        let found = time::within(
            time::LOCAL,
            "looking up the token",
            server.accounts.token(token),
        )
        .await?;
        let surface = if guard == Guard::Mcp {
            Surface::Mcp
        } else {
            Surface::Api
        };
        return Ok(found.map(|actor| Identity {
            actor: actor.through(surface),
            session: None,
        }));
    }
    if guard == Guard::Mcp {
        return Ok(None);
    }
    let Some(id) = session_cookie(headers) else {
        return Ok(None);
    };
    let found = time::within(
        time::LOCAL,
        "looking up the session",
        server.accounts.session(id),
    )
    .await?;
    Ok(found.map(|session| Identity {
        actor: Actor::new(session.user, session.role, Surface::Web),
        session: Some(SessionKey {
            id: id.into(),
            csrf_token: session.csrf_token.into(),
        }),
    }))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && is_credential(token)).then_some(token)
}

/// The session id that the browser presents.
fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.trim())
        .filter(|value| is_credential(value))
}

fn is_credential(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= CREDENTIAL_BYTES
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_scheme_with_a_token_is_a_bearer() {
        assert_eq!(bearer("Bearer pai_x"), Some("pai_x"));
        assert_eq!(bearer("bearer  pai_x "), Some("pai_x"));
        let long = format!("Bearer {}", "A".repeat(7000));
        for wrong in [
            "Bearer",
            "Bearer ",
            "Basic YWRtaW4=",
            "pai_x",
            "",
            "Bearer a b",
            long.as_str(),
        ] {
            assert_eq!(bearer(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_session_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            "theme=dark; pai_session=abc ; x=y".parse().unwrap(),
        );
        assert_eq!(session_cookie(&headers), Some("abc"));
        headers.clear();
        headers.append(
            header::COOKIE,
            "xpai_session=abc; pai_session=".parse().unwrap(),
        );
        assert_eq!(session_cookie(&headers), None);
    }
}
