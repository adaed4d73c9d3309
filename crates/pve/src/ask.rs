//! The shapes that most calls have: a list, one object, a change without an answer, a change that
//! may or may not start a task.

use serde_json::Value;

use crate::answer::{Listed, One, Row};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};
use crate::upid::Upid;

impl Client {
    /// A path of segments that may come from outside.
    pub(crate) fn api_path(&self, segments: &[&str]) -> Result<ApiPath> {
        ApiPath::new(segments).map_err(|error| self.invalid(error.to_string()))
    }

    /// Refuses input before anything is sent.
    pub(crate) fn invalid(&self, text: String) -> Error {
        Error::of_endpoint(self.endpoint(), ErrorKind::Invalid(text))
    }

    /// A read that answers with rows.
    pub(crate) async fn list_of<T>(&self, path: ApiPath, params: Params) -> Result<Vec<T>>
    where
        T: Row + Send + 'static,
    {
        let Listed(rows) = self.get(path, params).await?;
        Ok(rows)
    }

    /// A read that answers with a part of the rows and the number of all.
    pub(crate) async fn page_of<T>(
        &self,
        path: ApiPath,
        params: Params,
    ) -> Result<(Vec<T>, Option<u64>)>
    where
        T: Row + Send + 'static,
    {
        let request = Request {
            method: Method::Get,
            path,
            params,
        };
        let reply = self.fetch::<Listed<T>>(request).await?;
        Ok((reply.data.0, reply.total))
    }

    /// A read that answers with one object.
    pub(crate) async fn one_of<T>(&self, path: ApiPath, params: Params) -> Result<T>
    where
        T: Row + Send + 'static,
    {
        let One(row) = self.get(path, params).await?;
        Ok(row)
    }

    /// A change whose answer says nothing.
    pub(crate) async fn tell(&self, method: Method, path: ApiPath, params: Params) -> Result<()> {
        let request = Request {
            method,
            path,
            params,
        };
        self.fetch::<Value>(request).await.map(|_| ())
    }

    /// A change that starts a task.
    pub(crate) async fn begin(
        &self,
        method: Method,
        path: ApiPath,
        params: Params,
    ) -> Result<Upid> {
        self.start_task(Request {
            method,
            path,
            params,
        })
        .await
    }

    /// A change that starts a task, or is done already: then the answer is `null`, or `OK` where
    /// there was nothing to do.
    pub(crate) async fn begin_or_done(
        &self,
        method: Method,
        path: ApiPath,
        params: Params,
    ) -> Result<Option<Upid>> {
        let request = Request {
            method,
            path,
            params,
        };
        let data = self.fetch::<Value>(request.clone()).await?.data;
        match data.as_str() {
            None | Some("OK") => Ok(None),
            Some(text) => (text.parse().map(Some)).map_err(|error: crate::ids::InvalidName| {
                self.fail(&request, ErrorKind::Unexpected(error.to_string()))
            }),
        }
    }
}
