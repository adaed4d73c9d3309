//! Server-sent events: a slot per stream, keep-alive comments, and an end with the server or the session.

use std::{convert::Infallible, time::Duration};

use ::http::{HeaderName, HeaderValue};
use axum::response::{
    IntoResponse as _, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt as _};
use serde_json::Value;

use super::{judge::Identity, problem::Problem};
use crate::{server::Server, streams::Slot};

/// Proxies drop silent connections after a minute or less.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A place for one more stream of this actor, or 429.
pub(super) fn slot(server: &Server, identity: &Identity) -> Result<Slot, Problem> {
    let session = identity.session.as_ref().map(|session| &*session.id);
    server
        .streams
        .open(&identity.actor.name, session)
        .ok_or_else(|| {
            Problem::new(
                429,
                "too_many_streams",
                "this account already holds too many open streams",
            )
            .hint("close some of them")
            .retry_after(5)
        })
}

/// One event. JSON in one line, so one `data:` field.
pub(super) fn event(data: &Value) -> Event {
    Event::default().data(data.to_string())
}

/// Answers with the stream; it ends when its source does, or when `slot` says so.
pub(super) fn answer(slot: Slot, events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let end = slot.end.clone();
    let events = events.take_until(end.cancelled_owned()).map(move |event| {
        // The slot lives as long as the stream.
        let _held = &slot;
        Ok::<_, Infallible>(event)
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    let headers = response.headers_mut();
    headers.remove(::http::header::CACHE_CONTROL);
    // nginx would otherwise collect events until a buffer is full.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}
