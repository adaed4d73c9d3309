//! Files below `/sim/files/`, for everybody: what nodes download is what any client can look at.

use http::Method;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::reply::{self, Reply};
use super::serve::Shared;
use crate::cluster::web::PATH;

/// The name of the file that a request asks for.
pub(crate) fn name(head: &Parts) -> Option<String> {
    let name = head.uri.path().strip_prefix(PATH)?.strip_prefix('/')?;
    let is_look = head.method == Method::GET && !name.is_empty();
    is_look.then(|| percent_decode_str(name).decode_utf8_lossy().into_owned())
}

/// The file, or that there is none.
pub(crate) fn answer(shared: &Shared, name: &str) -> Reply {
    let content = shared
        .settled()
        .own_file(name)
        .map(std::borrow::Cow::into_owned);
    match content {
        Some(content) => reply::own_page(200, "application/octet-stream", content),
        None => reply::own_page(
            404,
            "text/plain",
            b"the simulator has no such file\n".to_vec(),
        ),
    }
}
