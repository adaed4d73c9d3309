//! The description from a node, and checks before sending.

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use crate::client::Client;
use crate::connect::{Auth, ConnectOptions, SignedIn};
use crate::endpoint::endpoint_text;
use crate::error::{BodyProblem, Error, ErrorKind, Result};
use crate::page::PageAnswer;
use crate::path::ApiPath;
use crate::schema::{Schema, SchemaError};
use crate::transport::Method;
use crate::trust::Trust;

/// The description that a server serves of its API, without an account there.
pub async fn fetch_schema(url: Url, trust: Trust) -> Result<Schema> {
    // The options need somebody; nobody is told to the server.
    let nobody = Auth::Ticket(SignedIn {
        user: "nobody@pve".parse().map_err(|error| {
            let kind = ErrorKind::Invalid(format!("{error}"));
            Error::of_endpoint(&endpoint_text(&url), kind)
        })?,
        ticket: SecretString::default(),
        csrf: SecretString::default(),
    });
    let client = Client::connect(ConnectOptions::new(url, nobody, trust))?;
    client.schema().await
}

impl Client {
    /// The description that the cluster serves of its API: some megabytes, so keep it. Nobody
    /// needs to be signed in for it. Not over `pvesh`: read the file of the node there.
    pub async fn schema(&self) -> Result<Schema> {
        let path = ApiPath::fixed(&["pve-docs", "api-viewer", "apidoc.js"]);
        let text = match self.page(&path, None).await? {
            PageAnswer::Page(page) => page.bytes,
            PageAnswer::Unchanged => {
                let text =
                    "the server left out a page that was not asked for by its mark".to_owned();
                let kind = ErrorKind::Unexpected(text);
                return Err(Error::of_call(self.endpoint(), Method::Get, &path, kind));
            }
        };
        let reading = tokio::task::spawn_blocking(move || Schema::read(&text));
        let fail = |kind| Error::of_call(self.endpoint(), Method::Get, &path, kind);
        match reading.await {
            Ok(Ok(schema)) => Ok(schema),
            Ok(Err(SchemaError::TooLarge { limit_bytes, .. })) => {
                let limit_bytes = limit_bytes as u64;
                Err(fail(ErrorKind::Body(BodyProblem::TooLarge { limit_bytes })))
            }
            Ok(Err(error)) => Err(fail(ErrorKind::Unexpected(error.to_string()))),
            Err(_) => {
                let text = "reading the API description was broken off".to_owned();
                Err(fail(ErrorKind::Unexpected(text)))
            }
        }
    }

    /// The same client, which checks calls against a description before it sends them: what the
    /// server would refuse ends here with the same error, without a request. Uploads are not
    /// checked.
    #[must_use]
    pub fn with_schema(&self, schema: Arc<Schema>) -> Self {
        let mut checked = self.clone();
        checked.schema = Some(schema);
        checked
    }
}
