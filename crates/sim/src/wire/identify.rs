//! Who makes a request: ticket or API token, and the CSRF token that goes with a ticket.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use percent_encoding::percent_decode_str;

use crate::api::route::Verb;
use crate::cluster::Cluster;
use crate::cluster::access::Identity;
use crate::cluster::refusal::Refusal;

/// The caller, or PVE's refusal: all bad credentials look alike.
pub(crate) fn identify(
    cluster: &Cluster,
    headers: &HeaderMap,
    verb: Verb,
    path: &str,
) -> Result<Identity, Refusal> {
    let failed = || Refusal::unauthorized("Authentication failed!");
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let ticket = ticket_cookie(headers).or_else(|| {
        authorization
            .and_then(|value| value.strip_prefix("PVEAuthCookie="))
            .map(|ticket| percent_decode_str(ticket).decode_utf8_lossy().into_owned())
    });
    // A cookie wins over the header.
    if let Some(ticket) = ticket {
        if ticket.starts_with("PVE:!tfa!") {
            return Err(Refusal::unauthorized("No ticket"));
        }
        let user = cluster.ticket_user(&ticket).ok_or_else(failed)?;
        if !cluster
            .access
            .users
            .get(&user)
            .is_some_and(|account| account.is_good(cluster.now_ms))
        {
            return Err(failed());
        }
        // Uploads are made by forms of the web interface, which cannot send the header.
        if verb != Verb::Get && !path.ends_with("/upload") {
            let token = headers
                .get("CSRFPreventionToken")
                .and_then(|value| value.to_str().ok());
            if !token.is_some_and(|token| cluster.csrf_token_is_good(token, &user)) {
                return Err(Refusal::unauthorized(
                    "Permission denied - invalid csrf token",
                ));
            }
        }
        return Ok(Identity { user, token: None });
    }
    let Some(given) = authorization.and_then(|value| value.strip_prefix("PVEAPIToken")) else {
        return Err(Refusal::unauthorized("No ticket"));
    };
    let given = given.strip_prefix('=').ok_or_else(failed)?;
    // `user@realm!name=secret`
    let (id, secret) = given.split_once('=').ok_or_else(failed)?;
    let (user, token) = id.split_once('!').ok_or_else(failed)?;
    let who = Identity {
        user: user.to_owned(),
        token: Some(token.to_owned()),
    };
    if cluster.access.token_is_good(&who, secret, cluster.now_ms) {
        Ok(who)
    } else {
        Err(failed())
    }
}

/// The ticket in the cookie, URL-encoded or not.
fn ticket_cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix("PVEAuthCookie="))
        .map(|ticket| {
            percent_decode_str(ticket.trim_matches('"'))
                .decode_utf8_lossy()
                .into_owned()
        })
        .next()
}
