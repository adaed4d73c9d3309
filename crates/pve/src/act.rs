//! Any call as one action: parameters as people write them, a file where there is one, and the
//! task that the call starts followed to its end.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::files::{FileSource, OnProgress};
use crate::follow::{TaskEnd, TaskEvent};
use crate::params::Params;
use crate::path::ApiPath;
use crate::reply::Reply;
use crate::transport::Method;
use crate::upid::Upid;

/// What a call did.
#[derive(Debug, Clone, PartialEq)]
pub enum Acted {
    /// It is done; this is the answer.
    Done(Reply),
    /// It started a task, which has ended like this.
    Task(TaskEnd),
}

/// The words `key=value` of a command line.
///
/// ```
/// let words = ["content=iso", "filename=@/tmp/x.iso", "comment=@@home", "note=a=b"];
/// let read = pve::CallWords::parse(words)?;
/// assert_eq!(
///     read.params.iter().collect::<Vec<_>>(),
///     [("content", "iso"), ("comment", "@home"), ("note", "a=b")]
/// );
/// assert_eq!(read.file, Some(("filename".to_owned(), "/tmp/x.iso".into())));
/// # Ok::<(), pve::InvalidCallWord>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallWords {
    /// The parameters in their order.
    pub params: Params,
    /// The parameter whose value is `@FILE`, and the file. Two `@` are a value that begins with one.
    pub file: Option<(String, PathBuf)>,
}

/// A word that is not `key=value`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCallWord {
    /// There is no `=`, or nothing before it. The word is not repeated: it can be a secret.
    #[error("word {number} is not `key=value`: write the name of the parameter, `=` and its value")]
    NoName {
        /// Counted from 1.
        number: usize,
    },
    /// `@` without a file.
    #[error(
        "`{name}=@` names no file: write the path behind the `@`, or `@@` for a value that begins with `@`"
    )]
    NoFile {
        /// The parameter.
        name: String,
    },
    /// PVE takes one file in a call.
    #[error("`{name}` is a second file: a call carries one")]
    SecondFile {
        /// The parameter.
        name: String,
    },
}

impl CallWords {
    /// Reads the words.
    pub fn parse<W: AsRef<str>>(
        words: impl IntoIterator<Item = W>,
    ) -> std::result::Result<Self, InvalidCallWord> {
        let mut read = Self::default();
        for (index, word) in words.into_iter().enumerate() {
            let number = index + 1;
            let Some((name, value)) = word.as_ref().split_once('=').filter(|(n, _)| !n.is_empty())
            else {
                return Err(InvalidCallWord::NoName { number });
            };
            match value.strip_prefix('@') {
                Some(rest) if rest.starts_with('@') => read.add(name, rest),
                Some("") => {
                    return Err(InvalidCallWord::NoFile {
                        name: name.to_owned(),
                    });
                }
                Some(_) if read.file.is_some() => {
                    let name = name.to_owned();
                    return Err(InvalidCallWord::SecondFile { name });
                }
                Some(file) => read.file = Some((name.to_owned(), file.into())),
                None => read.add(name, value),
            }
        }
        Ok(read)
    }

    fn add(&mut self, name: &str, value: &str) {
        self.params = std::mem::take(&mut self.params).with(name, value);
    }
}

impl Client {
    /// Makes a call and, when it starts a task, follows that to its end. How the task ended is in
    /// the answer: a failed one is no error of the call. When `cancel` fires, waiting ends and the
    /// task goes on.
    ///
    /// ```no_run
    /// # async fn example(client: pve::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use pve::{Acted, CallWords, Method};
    /// let words = CallWords::parse(["timeout=30"])?;
    /// let path = "/nodes/pve1/qemu/100/status/stop".parse()?;
    /// let cancel = tokio_util::sync::CancellationToken::new();
    /// let mut show = |event| eprintln!("{event:?}");
    /// match client.act(Method::Post, &path, &words.params, &mut show, &cancel).await? {
    ///     Acted::Done(reply) => println!("{}", reply.data),
    ///     Acted::Task(end) => println!("{}", end.outcome),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn act(
        &self,
        method: Method,
        path: &ApiPath,
        params: &Params,
        on_event: &mut (dyn FnMut(TaskEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<Acted> {
        let reply = self
            .until(cancel.clone())
            .call(method, path, params)
            .await?;
        self.to_the_end(reply, on_event, cancel).await
    }

    /// Uploads a file by any path and follows the task that puts it in its place.
    pub async fn act_with_file(
        &self,
        path: &ApiPath,
        words: &CallWords,
        on_progress: OnProgress<'_>,
        on_event: &mut (dyn FnMut(TaskEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<Acted> {
        let invalid = |text: String| {
            Error::of_call(
                self.endpoint(),
                Method::Post,
                path,
                ErrorKind::Invalid(text),
            )
        };
        let Some((field, file)) = &words.file else {
            return Err(invalid(
                "no file is given: write `filename=@FILE`".to_owned(),
            ));
        };
        let source = FileSource::open(field, file)
            .await
            .map_err(|error| invalid(format!("cannot read {}: {error}", file.display())))?;
        let reply = self
            .until(cancel.clone())
            .upload_to(path, &words.params, source, on_progress)
            .await?;
        self.to_the_end(reply, on_event, cancel).await
    }

    async fn to_the_end(
        &self,
        reply: Reply,
        on_event: &mut (dyn FnMut(TaskEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<Acted> {
        let started = reply
            .data
            .as_str()
            .and_then(|text| text.parse::<Upid>().ok());
        match started {
            None => Ok(Acted::Done(reply)),
            Some(upid) => {
                let end = self.follow_task(&upid, on_event, cancel).await?;
                Ok(Acted::Task(end))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_cannot_be_meant_are_refused_without_repeating_values() {
        let parse = |words: &[&str]| CallWords::parse(words).unwrap_err().to_string();
        let texts = [
            parse(&["a=b", "hunter2"]),
            parse(&["=hunter2"]),
            parse(&["a=@"]),
            parse(&["a=@x", "b=@y"]),
        ];
        for (text, start) in texts.iter().zip(["word 2 ", "word 1 ", "`a=@` ", "`b` "]) {
            assert!(text.starts_with(start), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
