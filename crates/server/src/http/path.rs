//! Ids in paths: whatever somebody writes there is at worst an id that does not exist.

use ::http::request::Parts;
use axum::extract::{FromRequestParts, Path};

use super::problem::Problem;

const ID_CHARACTERS: usize = 128;

/// The one id of a path such as `/api/v1/runs/{id}`. It is judged by [`Id::existing`] when its turn comes,
/// after rights and body.
pub(super) struct Id(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let id = Path::<String>::from_request_parts(parts, state)
            .await
            .ok()
            .map(|Path(id)| id);
        Ok(Self(id.filter(|id| is_id(id))))
    }
}

impl Id {
    /// The id, or 404 when it cannot be one of ours.
    pub(super) fn existing(self, what: &str) -> Result<String, Problem> {
        self.0
            .ok_or_else(|| Problem::not_found(format!("there is no such {what}")))
    }
}

fn is_id(text: &str) -> bool {
    (1..=ID_CHARACTERS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The number of the last event a client has seen: `Last-Event-ID` of a reconnect, else `?after=`.
pub(super) struct After(pub(super) Option<Result<u64, ()>>);

impl<S: Send + Sync> FromRequestParts<S> for After {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let by_header = parts
            .headers
            .get("last-event-id")
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().parse().ok());
        if let Some(number) = by_header {
            return Ok(Self(Some(Ok(number))));
        }
        let by_query = parts
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .find_map(|pair| pair.strip_prefix("after="))
            .map(|text| text.parse().map_err(|_| ()));
        Ok(Self(by_query))
    }
}

impl After {
    /// 0 (from the beginning) when nothing is said, 422 when it is not a number.
    pub(super) fn number(self) -> Result<u64, Problem> {
        self.0
            .unwrap_or(Ok(0))
            .map_err(|()| Problem::invalid("`after` must be the number of an event, such as 12"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_ids_are_no_ids() {
        assert!(is_id("r_0199a3b2c4d5"));
        let long = "A".repeat(4000);
        for hostile in [
            "",
            "../../etc/passwd",
            "1' OR '1'='1",
            "\0",
            "{{7*7}}",
            "a b",
            "ü",
            long.as_str(),
        ] {
            assert!(!is_id(hostile), "{hostile}");
        }
    }
}
