//! Sign-in, sign-out, who am I, and tokens.
//!
//! Not operations: they deal in credentials, which must never pass a plan, a ledger, a chat or a log.

use std::sync::atomic::Ordering;

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use ops::{
    Role,
    ports::{LoginError, NewToken},
    project::openapi::RawEndpoint,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        body,
        judge::{self, COOKIE, Identity},
        problem::Problem,
        time,
    },
    JSON, Nothing, bare, endpoint, request_schema, schema,
};
use crate::{
    origin::{self, Peer},
    server::Server,
};

const NAME_CHARACTERS: usize = 64;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// `admin`, or `admin@demo` with the realm in it.
    username: String,
    password: String,
    realm: Option<String>,
    /// Accounts without a second factor ignore it.
    #[expect(
        dead_code,
        reason = "clients may send it; no account has a second factor yet"
    )]
    otp: Option<String>,
}

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
struct SignedIn {
    user: String,
    role: Role,
    /// Belongs into `X-CSRF-Token` of requests that change something; null for bearer tokens, which need none.
    csrf_token: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TokenWish {
    /// What the token is for, at most 64 characters.
    name: String,
    role: Role,
    /// True: the token may plan, but somebody else has to approve.
    #[serde(default)]
    no_approve: bool,
}

pub(super) fn endpoints() -> Vec<RawEndpoint> {
    vec![
        RawEndpoint {
            public: true,
            request: Some(request_schema::<Credentials>()),
            ..endpoint(
                "post",
                "/api/v1/auth/login",
                "Sign in; sets the session cookie",
                vec![(200, JSON, schema::<SignedIn>())],
            )
        },
        endpoint(
            "post",
            "/api/v1/auth/logout",
            "Sign out; the session is gone at once",
            vec![bare(204)],
        ),
        endpoint(
            "get",
            "/api/v1/auth/session",
            "Tell who is signed in",
            vec![(200, JSON, schema::<SignedIn>())],
        ),
        RawEndpoint {
            request: Some(request_schema::<TokenWish>()),
            ..endpoint(
                "post",
                "/api/v1/auth/tokens",
                "Make a token for a program; it is shown once",
                vec![(201, JSON, schema::<NewToken>())],
            )
        },
    ]
}

pub(super) async fn login(
    State(server): State<Server>,
    request: Request,
) -> Result<Response, Problem> {
    let peer = request.extensions().get::<Peer>().copied();
    let headers = request.headers().clone();
    judge::refuse_foreign_page(&server, &headers, peer.as_ref())?;
    let credentials: Credentials = body::typed(request).await?;
    let user = account_name(&credentials);
    let attempt = server.accounts.login(&user, &credentials.password);
    let Ok(outcome) = tokio::time::timeout(time::OPERATION, attempt).await else {
        return Err(Problem::timed_out("checking the password"));
    };
    let fresh = outcome.map_err(|error| {
        server
            .metrics
            .sign_in_failures
            .fetch_add(1, Ordering::Relaxed);
        match error {
            LoginError::Wrong => Problem::unauthenticated("wrong user name or password")
                .hint("check both and try again"),
            LoginError::TooMany { retry_after_s } => {
                Problem::new(429, "too_many_attempts", "too many wrong passwords")
                    .hint(format!("try again in {retry_after_s} s"))
                    .retry_after(retry_after_s)
            }
            LoginError::Other(error) => error.into(),
        }
    })?;
    server.metrics.sign_ins.fetch_add(1, Ordering::Relaxed);
    let body = SignedIn {
        user: fresh.session.user,
        role: fresh.session.role,
        csrf_token: Some(fresh.session.csrf_token),
    };
    let cookie = set_cookie(&server, &headers, peer.as_ref(), &fresh.id, "")?;
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

/// `admin` of realm `demo` is the account `admin@demo`, however the two were written.
fn account_name(credentials: &Credentials) -> String {
    let user = credentials.username.trim();
    match credentials.realm.as_deref().map(str::trim) {
        Some(realm) if !realm.is_empty() && !user.ends_with(&format!("@{realm}")) => {
            format!("{user}@{realm}")
        }
        Some(_) | None => user.to_owned(),
    }
}

fn set_cookie(
    server: &Server,
    headers: &HeaderMap,
    peer: Option<&Peer>,
    value: &str,
    more: &str,
) -> Result<HeaderValue, Problem> {
    let https = origin::seen(headers, peer, &server.options.trusted_proxies).https;
    let path = match server.options.base_path.as_str() {
        "" => "/",
        base => base,
    };
    let secure = if https { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; HttpOnly; SameSite=Lax; Path={path}{secure}{more}");
    HeaderValue::from_str(&text)
        .map_err(|_| Problem::internal("a session id is not fit for a cookie"))
}

pub(super) async fn logout(
    State(server): State<Server>,
    identity: Identity,
    request: Request,
) -> Result<Response, Problem> {
    let peer = request.extensions().get::<Peer>().copied();
    let headers = request.headers().clone();
    body::typed::<Nothing>(request).await?;
    let Some(session) = identity.session else {
        return Err(Problem::new(
            409,
            "conflict",
            "a bearer token has no session to end",
        ));
    };
    time::within(
        time::LOCAL,
        "signing out",
        server.accounts.logout(&session.id),
    )
    .await?;
    server.streams.end_session(&session.id);
    let cookie = set_cookie(&server, &headers, peer.as_ref(), "", "; Max-Age=0")?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

pub(super) async fn session(identity: Identity) -> Response {
    Json(SignedIn {
        user: identity.actor.name,
        role: identity.actor.role,
        csrf_token: identity
            .session
            .map(|session| session.csrf_token.to_string()),
    })
    .into_response()
}

pub(super) async fn create_token(
    State(server): State<Server>,
    Identity { actor, .. }: Identity,
    request: Request,
) -> Result<Response, Problem> {
    if actor.role != Role::Admin {
        return Err(
            Problem::forbidden(format!("{} may not make tokens", actor.name)).hint("ask an admin"),
        );
    }
    // Otherwise a token that may not approve would make itself one that may.
    if !actor.may_approve {
        return Err(Problem::forbidden(
            "a token that may not approve may not make tokens either",
        ));
    }
    let wish: TokenWish = body::typed(request).await?;
    let name = wish.name.trim();
    if name.is_empty()
        || name.chars().count() > NAME_CHARACTERS
        || name.chars().any(char::is_control)
    {
        return Err(Problem::invalid(format!(
            "`name` must have 1 to {NAME_CHARACTERS} characters and no control characters"
        )));
    }
    let made = server
        .accounts
        .create_token(name, wish.role, !wish.no_approve, &actor.name);
    let token = time::within(time::LOCAL, "making the token", made).await?;
    Ok((StatusCode::CREATED, Json(token)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_realm_is_part_of_the_name_however_it_is_written() {
        let name = |username: &str, realm: Option<&str>| {
            account_name(&Credentials {
                username: username.into(),
                password: String::new(),
                realm: realm.map(str::to_owned),
                otp: None,
            })
        };
        assert_eq!(name("admin", Some("demo")), "admin@demo");
        assert_eq!(name("admin@demo", Some("demo")), "admin@demo");
        assert_eq!(name("admin@demo", None), "admin@demo");
        assert_eq!(name(" admin ", Some("")), "admin");
    }
}
