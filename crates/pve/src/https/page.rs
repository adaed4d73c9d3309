//! Files beside the API that a node serves to everybody, as its documentation.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use tokio::time::{Instant, timeout_at};

use super::{Answer, HttpsTransport, Pass, status_of};
use crate::error::{ErrorKind, Phase};
use crate::meter::Purpose;
use crate::page::{Page, PageAnswer, PageMark};
use crate::path::ApiPath;
use crate::refusal::classify;
use crate::transport::Method;

impl HttpsTransport {
    /// Nobody signs in for it, so no credential is sent.
    pub(super) async fn get_page(
        &self,
        path: &ApiPath,
        known: Option<&PageMark>,
    ) -> Result<PageAnswer, ErrorKind> {
        let target = format!("{}{}", self.prefix, path.encoded());
        let mut prepared = self.start(http::Method::GET, target, Method::Get, &Pass::None)?;
        let headers = prepared.headers_mut();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let conditions = [
            (
                header::IF_NONE_MATCH,
                known.and_then(|mark| mark.etag.as_deref()),
            ),
            (
                header::IF_MODIFIED_SINCE,
                known.and_then(|mark| mark.last_modified.as_deref()),
            ),
        ];
        for (name, value) in conditions {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        self.meter.sending(Purpose::Read);
        let answer = self.gather_page(prepared, Instant::now()).await;
        let refused = match answer {
            Ok((Answer { status: 304, .. }, _)) if known.is_some() => {
                return Ok(PageAnswer::Unchanged);
            }
            Ok((answer, headers)) if (200..300).contains(&answer.status) => {
                return Ok(PageAnswer::Page(Page {
                    bytes: answer.body,
                    content_type: text_of(&headers, &header::CONTENT_TYPE),
                    mark: PageMark {
                        etag: text_of(&headers, &header::ETAG),
                        last_modified: text_of(&headers, &header::LAST_MODIFIED),
                    },
                }));
            }
            Ok((answer, _)) => classify(answer.status, &answer.reason, &answer.body, None),
            Err(kind) => kind,
        };
        self.meter.failed();
        Err(refused)
    }

    /// As [`Self::gather`], with the headers.
    async fn gather_page(
        &self,
        prepared: http::Request<super::Outgoing>,
        started: Instant,
    ) -> Result<(Answer, HeaderMap), ErrorKind> {
        let late = |phase, after| ErrorKind::Timeout { phase, after };
        let first_byte = self.timeouts.first_byte.min(self.timeouts.total);
        let answering = timeout_at(started + first_byte, self.wires.send(prepared))
            .await
            .map_err(|_| late(Phase::FirstByte, first_byte))??;
        let (status, reason) = status_of(&answering.head);
        let headers = answering.head.headers.clone();
        let body = timeout_at(started + self.timeouts.total, self.read_body(answering))
            .await
            .map_err(|_| late(Phase::Body, self.timeouts.total))?;
        Ok((Answer::new(status, reason, body)?, headers))
    }
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
