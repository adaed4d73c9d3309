//! Task ids: `UPID:node:pid:pstart:starttime:type:id:user:`, with the colon at the end.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{InvalidName, NodeName, text_conversions};

/// The id of a task, as PVE writes it. Displays exactly the text it was parsed from.
///
/// ```
/// use pve::Upid;
/// let upid: Upid = "UPID:pve1:0000C530:001C9BEC:571E0322:qmstart:100:root@pam:".parse()?;
/// assert_eq!((upid.kind(), upid.id(), upid.user()), ("qmstart", "100", "root@pam"));
/// assert_eq!(upid.start_time(), 1_461_584_674);
/// # Ok::<(), pve::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Upid {
    text: Box<str>,
    node: NodeName,
    pid: u32,
    process_start: u64,
    start_time: u32,
    kind: Box<str>,
    id: Box<str>,
    user: Box<str>,
}

/// The parts of a [`Upid`], for building one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpidParts {
    /// The node that runs the task.
    pub node: NodeName,
    /// The process on that node.
    pub pid: u32,
    /// Start of the process in clock ticks since the node booted; tells reused pids apart.
    pub process_start: u64,
    /// Start of the task, seconds since 1970.
    pub start_time: u32,
    /// What the task does, as `qmstart`.
    pub kind: String,
    /// What it does it to: mostly a guest number, often empty.
    pub id: String,
    /// Who started it: `user@realm` or `user@realm!token`.
    pub user: String,
}

impl Upid {
    /// Writes the parts the way PVE does (upper-case hex, padded to eight digits).
    pub fn from_parts(parts: &UpidParts) -> Result<Self, InvalidName> {
        format!(
            "UPID:{}:{:08X}:{:08X}:{:08X}:{}:{}:{}:",
            parts.node,
            parts.pid,
            parts.process_start,
            parts.start_time,
            parts.kind,
            parts.id,
            parts.user
        )
        .parse()
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The node that runs the task; its status and log are read there.
    pub fn node(&self) -> &NodeName {
        &self.node
    }

    /// The process on that node.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Start of the process in clock ticks since the node booted.
    pub fn process_start(&self) -> u64 {
        self.process_start
    }

    /// Start of the task, seconds since 1970 by the node's clock.
    pub fn start_time(&self) -> u32 {
        self.start_time
    }

    /// What the task does, as `qmstart` or `vzdump`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What it does it to: mostly a guest number, often empty.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who started it: `user@realm` or `user@realm!token`.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// True for `hastart`, `hastop`, `hamigrate` and their kin: such a task ends as soon as the
    /// wish is written down for the HA manager. The guest follows some ten seconds later by a task
    /// of its own (`qmstart`, …) on the node that owns it.
    pub fn only_requests(&self) -> bool {
        self.kind.starts_with("ha")
    }
}

fn hex(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u64> {
    let fits = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits {
        u64::from_str_radix(text, 16).ok()
    } else {
        None
    }
}

fn parse(text: &str) -> Option<Upid> {
    let mut fields = text.strip_prefix("UPID:")?.strip_suffix(':')?.split(':');
    let upid = Upid {
        text: text.into(),
        node: fields.next()?.parse().ok()?,
        pid: hex(fields.next()?, 8..=8)?.try_into().ok()?,
        process_start: hex(fields.next()?, 8..=9)?,
        start_time: hex(fields.next()?, 8..=8)?.try_into().ok()?,
        kind: fields.next()?.into(),
        id: fields.next()?.into(),
        user: fields.next()?.into(),
    };
    let blank = |field: &str| field.chars().any(|c| c.is_whitespace() || c.is_control());
    let complete = fields.next().is_none() && !upid.kind.is_empty() && !upid.user.is_empty();
    (complete
        && ![&upid.kind, &upid.id, &upid.user]
            .into_iter()
            .any(|field| blank(field)))
    .then_some(upid)
}

impl FromStr for Upid {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        parse(text).ok_or_else(|| InvalidName::new(text, "a task id (`UPID:…:`)"))
    }
}

impl fmt::Display for Upid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

text_conversions!(Upid);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_survive_writing_and_reading(
            node in "[a-z]([a-z0-9-]{0,10}[a-z0-9])?",
            pid: u32,
            process_start in 0_u64..0x10_0000_0000,
            start_time: u32,
            kind in "[a-z-]{1,12}",
            id in "[A-Za-z0-9@>._-]{0,20}",
            user in "[a-z]{1,8}@[a-z]{2,6}(![a-z]{1,6})?",
        ) {
            let node: NodeName = node.parse().unwrap();
            let parts = UpidParts { node, pid, process_start, start_time, kind, id, user };
            let upid = Upid::from_parts(&parts).unwrap();
            let read: Upid = upid.to_string().parse().unwrap();
            prop_assert_eq!(&read, &upid);
            let back = UpidParts {
                node: read.node().clone(),
                pid: read.pid(),
                process_start: read.process_start(),
                start_time: read.start_time(),
                kind: read.kind().to_owned(),
                id: read.id().to_owned(),
                user: read.user().to_owned(),
            };
            prop_assert_eq!(back, parts);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "(UPID:)?[A-Za-z0-9:@! é]{0,60}") {
            if let Ok(upid) = text.parse::<Upid>() {
                prop_assert_eq!(upid.to_string(), text);
            }
        }
    }
}
