//! Files beside the API that a node serves to everybody, as its documentation.

use bytes::Bytes;
use tokio::time::Instant;

use super::{HttpsTransport, Pass};
use crate::error::ErrorKind;
use crate::meter::Purpose;
use crate::path::ApiPath;
use crate::refusal::classify;
use crate::transport::Method;

impl HttpsTransport {
    /// Nobody signs in for it, so no credential is sent.
    pub(super) async fn get_page(&self, path: &ApiPath) -> Result<Bytes, ErrorKind> {
        let target = format!("{}{}", self.prefix, path.encoded());
        let prepared = self.start(http::Method::GET, target, Method::Get, &Pass::None)?;
        self.meter.sending(Purpose::Read);
        let answer = self.gather(prepared, Instant::now()).await;
        let refused = match answer {
            Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer.body),
            Ok(answer) => classify(answer.status, &answer.reason, &answer.body, None),
            Err(kind) => kind,
        };
        self.meter.failed();
        Err(refused)
    }
}
