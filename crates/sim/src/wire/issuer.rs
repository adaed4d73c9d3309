//! The HTTP face of the test issuer below `/sim/openid`: discovery, the page on which a person says who
//! they are, tokens, and what a token shows of its person. Everybody may call it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use super::incoming::BODY_LIMIT;
use super::reply::{self, Reply};
use super::serve::Shared;
use crate::cluster::issuer::{Ask, Exchange, PATH, Person};

/// The path below the issuer's address, when it is one of its own.
pub(crate) fn path(head: &Parts) -> Option<String> {
    let below = head.uri.path().strip_prefix(PATH)?;
    below.strip_prefix('/').map(str::to_owned)
}

/// A form's fields, in the order given.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(text: &str) -> Self {
        Self(serde_urlencoded::from_str(text).unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default()
    }
}

/// Answers one request.
pub(crate) async fn answer(shared: &Shared, head: &Parts, path: &str, body: Incoming) -> Reply {
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return error(400, "invalid_request", "the body is too long");
    };
    let body = body.to_bytes();
    let query = Fields::read(head.uri.query().unwrap_or_default());
    match (&head.method, path) {
        (&Method::GET, ".well-known/openid-configuration") => discovery(head, shared),
        (&Method::GET, "authorize") => authorize(shared, &query),
        // Signatures are made with the clients' own keys.
        (&Method::GET, "jwks") => json_page(200, &json!({ "keys": [] })),
        (&Method::POST, "token") => {
            let form = Fields::read(&String::from_utf8_lossy(&body));
            token(shared, &head.headers, &form)
        }
        (&Method::GET | &Method::POST, "userinfo") => user_information(shared, &head.headers),
        _ => error(404, "not_found", "the issuer has no such page"),
    }
}

fn json_page(status: u16, value: &Value) -> Reply {
    reply::own_page(status, "application/json", value.to_string().into_bytes())
}

fn error(status: u16, code: &str, text: &str) -> Reply {
    json_page(status, &json!({ "error": code, "error_description": text }))
}

fn discovery(head: &Parts, shared: &Shared) -> Reply {
    let own = shared.settled().own_issuer();
    // Whoever came by another name is answered by that name.
    let host = head
        .headers
        .get(http::header::HOST)
        .and_then(|value| value.to_str().ok());
    let issuer = match (own.split_once("://"), host) {
        (Some((scheme, _)), Some(host)) => format!("{scheme}://{host}{PATH}"),
        _ => own,
    };
    json_page(
        200,
        &json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "email", "profile"],
            "claims_supported": [
                "sub", "preferred_username", "email", "given_name", "family_name", "groups",
            ],
        }),
    )
}

/// The page on which a person says who they are; with a `username` the browser goes back with a code.
fn authorize(shared: &Shared, query: &Fields) -> Reply {
    let mut cluster = shared.settled();
    let (client, redirect) = (query.text("client_id"), query.text("redirect_uri"));
    if !cluster.issuer_knows(&client) {
        return error(
            400,
            "invalid_client",
            "no realm is this client of the issuer",
        );
    }
    if !redirect.starts_with("https://") && !redirect.starts_with("http://") {
        return error(400, "invalid_request", "redirect_uri is no address");
    }
    let state = query.get("state");
    let back = |fields: &[(&str, &str)]| {
        let joint = if redirect.contains('?') { '&' } else { '?' };
        let state = state.as_deref().map(|state| ("state", state));
        let fields: Vec<String> = fields
            .iter()
            .copied()
            .chain(state)
            .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        reply::redirect(&format!("{redirect}{joint}{}", fields.join("&")))
    };
    if query.text("response_type") != "code" {
        return back(&[("error", "unsupported_response_type")]);
    }
    let scopes = query.text("scope");
    if !scopes.split_whitespace().any(|scope| scope == "openid") {
        return back(&[("error", "invalid_scope")]);
    }
    let challenge = query.get("code_challenge");
    if challenge.is_some() && query.text("code_challenge_method") != "S256" {
        return back(&[("error", "invalid_request")]);
    }
    let Some(name) = query.get("username") else {
        if query.text("prompt") == "none" {
            return back(&[("error", "login_required")]);
        }
        let page = form(query);
        return reply::own_page(200, "text/html; charset=UTF-8", page.into_bytes());
    };
    let person = Person {
        name,
        email: query.get("email"),
        given_name: query.get("given_name"),
        family_name: query.get("family_name"),
        groups: query
            .text("groups")
            .split([',', ' '])
            .filter(|group| !group.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    let ask = Ask {
        client,
        redirect: redirect.clone(),
        nonce: query.get("nonce"),
        challenge,
        scopes,
    };
    let code = cluster.grant_code(ask, &person);
    drop(cluster);
    back(&[("code", &code)])
}

const ASKED: [(&str, &str); 5] = [
    ("username", "User name"),
    ("email", "Mail address"),
    ("given_name", "First name"),
    ("family_name", "Last name"),
    ("groups", "Groups"),
];

fn form(query: &Fields) -> String {
    let hidden: Vec<String> = query
        .0
        .iter()
        .filter(|(key, _)| ASKED.iter().all(|(asked, _)| asked != key))
        .map(|(key, value)| {
            let (key, value) = (in_html(key), in_html(value));
            format!("<input type=\"hidden\" name=\"{key}\" value=\"{value}\">\n")
        })
        .collect();
    let fields: Vec<String> = ASKED
        .iter()
        .map(|(name, label)| {
            let hint = match *name {
                "username" => in_html(&query.text("login_hint")),
                _ => String::new(),
            };
            let needed = if *name == "username" { " required" } else { "" };
            format!(
                "<p><label>{label} <input name=\"{name}\" value=\"{hint}\"{needed}></label></p>\n"
            )
        })
        .collect();
    let (hidden, fields) = (hidden.concat(), fields.concat());
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Test issuer</title></head>\n\
         <body><h1>Test issuer</h1><p>Say who you are; nobody checks it.</p>\n\
         <form method=\"get\">\n{hidden}{fields}<p><button>Sign in</button></p></form></body></html>\n"
    )
}

fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Client and key of the `Authorization: Basic` header; both are escaped in it.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let given = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let bytes = STANDARD.decode(given.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (client, key) = text.split_once(':')?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((plain(client), plain(key)))
}

fn token(shared: &Shared, headers: &HeaderMap, form: &Fields) -> Reply {
    if form.text("grant_type") != "authorization_code" {
        let text = "the issuer gives tokens for authorization codes alone";
        return error(400, "unsupported_grant_type", text);
    }
    let (client, key) =
        basic(headers).unwrap_or_else(|| (form.text("client_id"), form.text("client_secret")));
    let verifier = form.get("code_verifier");
    let (code, redirect) = (form.text("code"), form.text("redirect_uri"));
    let redeemed = shared.settled().redeem_code(&Exchange {
        code: &code,
        redirect: &redirect,
        client: &client,
        key: &key,
        verifier: verifier.as_deref(),
    });
    match redeemed {
        Ok(tokens) => json_page(
            200,
            &json!({
                "access_token": tokens.access,
                "token_type": "Bearer",
                "expires_in": tokens.life_s,
                "scope": tokens.scopes,
                "id_token": tokens.identity,
            }),
        ),
        Err("invalid_client") => error(
            401,
            "invalid_client",
            "client or key is wrong, or the realm has no client-key to sign with",
        ),
        Err(code) => error(
            400,
            code,
            "the code is unknown, used, too old or for another",
        ),
    }
}

fn user_information(shared: &Shared, headers: &HeaderMap) -> Reply {
    let token = headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match token.and_then(|token| shared.settled().user_information(token)) {
        Some(claims) => json_page(200, &Value::Object(claims)),
        None => error(
            401,
            "invalid_token",
            "the access token is unknown or too old",
        ),
    }
}
