//! Logs of a node: the journal by cursors, the system log by line numbers.

use serde_json::{Map, Value};

use crate::answer::{Loose, Row, pick};
use crate::client::Client;
use crate::error::Result;
use crate::ids::NodeName;
use crate::lenient;
use crate::params::Params;
use crate::path::ApiPath;
use crate::tasks::LogLine;
use crate::transport::{Method, Request};

impl Row for LogLine {
    fn of_map(map: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            number: Loose::loose(pick(map, &["n"]))?,
            text: map.get("t").map(lenient::value_text).unwrap_or_default(),
        })
    }
}

/// Which entries of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalRange {
    /// The newest ones, so many.
    Last(u32),
    /// Between two times, seconds since 1970.
    Between {
        /// From here; nothing: from the start.
        since_s: Option<u64>,
        /// To here; nothing: to the end.
        until_s: Option<u64>,
    },
    /// What came after a cursor.
    After(String),
    /// What came before a cursor.
    Before(String),
}

/// A part of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalPage {
    /// Lines, the oldest first; they come from programs, not to be trusted.
    pub lines: Vec<String>,
    /// Where the first line is: give it back as [`JournalRange::Before`].
    pub first_cursor: Option<String>,
    /// Where the last line is: give it back as [`JournalRange::After`].
    pub last_cursor: Option<String>,
}

impl JournalPage {
    /// PVE puts a cursor before and one behind the lines.
    fn of_rows(rows: &[Value]) -> Self {
        let mut lines: Vec<String> = rows.iter().map(lenient::value_text).collect();
        let is_cursor = |line: &String| line.starts_with("s=") && line.contains(";i=");
        let last_cursor = lines.pop_if(|line| is_cursor(line));
        let first_cursor = lines
            .first()
            .is_some_and(is_cursor)
            .then(|| lines.remove(0))
            .or_else(|| last_cursor.clone());
        Self {
            lines,
            first_cursor,
            last_cursor,
        }
    }
}

/// Which lines of the system log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyslogFilter {
    /// Of this service, as `pvedaemon`.
    pub service: Option<String>,
    /// From here, in the node's time, as `2026-01-31 02:00`.
    pub since: Option<String>,
    /// To here.
    pub until: Option<String>,
    /// Skip so many lines.
    pub start: u64,
    /// At most so many; nothing: 50.
    pub limit: Option<u64>,
}

impl Client {
    /// A part of the journal of a node (needs `Sys.Syslog`). A node without a readable journal
    /// answers with nothing at all: an empty page without cursors.
    pub async fn journal(&self, node: &NodeName, range: &JournalRange) -> Result<JournalPage> {
        let params = match range {
            JournalRange::Last(count) => Params::new().with("lastentries", *count),
            JournalRange::Between { since_s, until_s } => Params::new()
                .with_some("since", *since_s)
                .with_some("until", *until_s),
            JournalRange::After(cursor) => Params::new().with("startcursor", cursor.as_str()),
            JournalRange::Before(cursor) => Params::new().with("endcursor", cursor.as_str()),
        };
        let request = Request {
            method: Method::Get,
            path: ApiPath::node(node, &["journal"]),
            params,
        };
        let reply = self.send(&request).await?;
        if reply.json.trim_ascii().is_empty() {
            return Ok(JournalPage::default());
        }
        let rows = self.read_reply::<Vec<Value>>(&request, reply).await?.data;
        Ok(JournalPage::of_rows(&rows))
    }

    /// Lines of the system log of a node, the oldest first, and the number of all lines (needs
    /// `Sys.Syslog`).
    pub async fn syslog(
        &self,
        node: &NodeName,
        filter: &SyslogFilter,
    ) -> Result<(Vec<LogLine>, u64)> {
        let params = Params::new()
            .with("start", filter.start)
            .with_some("limit", filter.limit)
            .with_some("since", filter.since.as_deref())
            .with_some("until", filter.until.as_deref())
            .with_some("service", filter.service.as_deref());
        self.log_page(ApiPath::node(node, &["syslog"]), params, filter.start)
            .await
    }

    /// A page of numbered lines. Where there is no log PVE's own interface is given a line that
    /// says so; here that is no line.
    pub(crate) async fn log_page(
        &self,
        path: ApiPath,
        params: Params,
        start: u64,
    ) -> Result<(Vec<LogLine>, u64)> {
        let (lines, total) = self.page_of::<LogLine>(path, params).await?;
        let total = total.unwrap_or(start + lines.len() as u64);
        match lines.as_slice() {
            [only] if total <= 1 && is_no_line(&only.text) => Ok((Vec::new(), 0)),
            _ => Ok((lines, total)),
        }
    }
}

fn is_no_line(text: &str) -> bool {
    text == "no content" || text.starts_with("unable to open file - ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cursors_are_not_lines() {
        let rows = |value: Value| JournalPage::of_rows(value.as_array().unwrap());
        let (first, last) = ("s=a1;i=1;b=0", "s=a1;i=9;b=0");
        let page = |lines: &[&str], first: Option<&str>, last: Option<&str>| JournalPage {
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            first_cursor: first.map(str::to_owned),
            last_cursor: last.map(str::to_owned),
        };
        assert_eq!(
            rows(json!([first, "one", "s=plain", last])),
            page(&["one", "s=plain"], Some(first), Some(last))
        );
        assert_eq!(rows(json!([last])), page(&[], Some(last), Some(last)));
        assert_eq!(rows(json!(["one"])), page(&["one"], None, None));
        assert_eq!(rows(json!([])), page(&[], None, None));
    }
}
