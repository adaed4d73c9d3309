//! API tokens of users.

use serde_json::{Map, Value, json};

use super::route::{Answer, Request, Route};
use super::users::{may_modify, need_quorum};
use crate::cluster::Cluster;
use crate::cluster::access::{Token, User, Who};
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix, text_seed};
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    const TOKEN: &str = "/access/users/{userid}/token/{tokenid}";
    vec![
        Route::get(TOKEN, token),
        Route::post(TOKEN, create_token).records("access.create_token", "token/{userid}!{tokenid}"),
        Route::put(TOKEN, update_token).records("access.update_token", "token/{userid}!{tokenid}"),
        Route::delete(TOKEN, delete_token)
            .records("access.delete_token", "token/{userid}!{tokenid}"),
    ]
}

/// Tokens are managed by their user, and by those who manage users.
fn may_tokens(cluster: &Cluster, request: &Request<'_>) -> Result<(), Refusal> {
    if request.in_path("userid") == request.who.user {
        return Ok(());
    }
    may_modify(cluster, request)
}

fn known_user<'a>(
    cluster: &'a mut Cluster,
    request: &Request<'_>,
) -> Result<&'a mut User, Refusal> {
    let id = request.in_path("userid");
    cluster
        .access
        .users
        .get_mut(id)
        .ok_or_else(|| Refusal::died(format!("no such user ('{id}')")))
}

pub(crate) fn token_json(token: &Token) -> Map<String, Value> {
    let mut map = Map::from_iter([
        ("privsep".to_owned(), Value::from(u8::from(token.separated))),
        ("expire".to_owned(), token.expire_s.into()),
    ]);
    if let Some(comment) = &token.comment {
        map.insert("comment".to_owned(), comment.as_str().into());
    }
    map
}

fn no_token(request: &Request<'_>) -> Refusal {
    Refusal::died(format!(
        "no such token '{}' for user '{}'",
        request.in_path("tokenid"),
        request.in_path("userid")
    ))
}

fn token(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    may_tokens(cluster, request)?;
    let user = known_user(cluster, request)?;
    let token = user
        .tokens
        .get(request.in_path("tokenid"))
        .ok_or_else(|| no_token(request))?;
    Ok(Value::Object(token_json(token)).into())
}

fn create_token(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    may_tokens(cluster, request)?;
    need_quorum(cluster)?;
    let name = request.in_path("tokenid").to_owned();
    let number = cluster.access.next_secret();
    let seed = mix(
        cluster.seed,
        &[number, text_seed(&name), cluster.now_ms.unsigned_abs()],
    );
    let secret = Random::new(seed).uuid();
    let full = format!("{}!{name}", request.in_path("userid"));
    let user = known_user(cluster, request)?;
    if user.tokens.contains_key(&name) {
        return Err(Refusal::parameter("tokenid", "Token already exists."));
    }
    let token = Token {
        secret: secret.clone(),
        separated: request.text("privsep").is_none_or(|value| value == "1"),
        expire_s: request.number("expire").unwrap_or(0),
        comment: request.text("comment"),
    };
    // The answer repeats what was given, as texts.
    let mut info = Map::new();
    for name in ["privsep", "expire", "comment"] {
        if let Some(value) = request.text(name) {
            info.insert(name.to_owned(), value.into());
        }
    }
    info.entry("privsep".to_owned()).or_insert_with(|| json!(1));
    user.tokens.insert(name, token);
    Ok(json!({ "full-tokenid": full, "info": info, "value": secret }).into())
}

fn update_token(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    may_tokens(cluster, request)?;
    let user = known_user(cluster, request)?;
    let token = user
        .tokens
        .get_mut(request.in_path("tokenid"))
        .ok_or_else(|| no_token(request))?;
    if request.text("privsep").is_some() {
        token.separated = request.flag("privsep");
    }
    if let Some(expire) = request.number("expire") {
        token.expire_s = expire;
    }
    if let Some(comment) = request.text("comment") {
        token.comment = Some(comment);
    }
    let delete = request.text("delete").unwrap_or_default();
    if list_items(&delete).any(|key| key == "comment") {
        token.comment = None;
    }
    Ok(Value::Object(token_json(token)).into())
}

fn delete_token(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    may_tokens(cluster, request)?;
    let name = request.in_path("tokenid").to_owned();
    let user = known_user(cluster, request)?;
    if user.tokens.remove(&name).is_none() {
        return Err(no_token(request));
    }
    let full = format!("{}!{name}", request.in_path("userid"));
    cluster
        .access
        .acl
        .retain(|entry| entry.who != Who::Token(full.clone()));
    Ok(Answer::null())
}
