//! Paths of API calls. A segment that came from outside can never add or remove a segment.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::ids::{GuestAt, InvalidName, NodeName};
use crate::upid::Upid;

/// Everything outside the unreserved characters of RFC 3986 is escaped: UPIDs hold `:`, `@` and
/// `!`, volume ids hold `/`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path of an API call below `/api2/json`, as a list of unescaped segments.
///
/// ```
/// use pve::ApiPath;
/// let path = ApiPath::new(["nodes", "pve1", "storage", "data", "content", "data:iso/a b.iso"])?;
/// assert_eq!(path.encoded(), "/nodes/pve1/storage/data/content/data%3Aiso%2Fa%20b.iso");
/// assert_eq!("/nodes/pve1/qemu".parse::<ApiPath>()?, ApiPath::new(["nodes", "pve1", "qemu"])?);
/// # Ok::<(), pve::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApiPath {
    segments: Vec<Box<str>>,
}

impl ApiPath {
    /// Builds a path from unescaped segments. Refuses empty segments and the dot segments `.` and
    /// `..`, which URLs would resolve away.
    pub fn new<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> Result<Self, InvalidName> {
        segments
            .into_iter()
            .map(|segment| checked(segment.as_ref()))
            .collect::<Result<Vec<_>, _>>()
            .map(|segments| Self { segments })
    }

    /// The same path with one more unescaped segment.
    pub fn join(mut self, segment: &str) -> Result<Self, InvalidName> {
        self.segments.push(checked(segment)?);
        Ok(self)
    }

    /// A path written in this crate: no part comes from outside.
    pub(crate) fn fixed(segments: &[&'static str]) -> Self {
        Self {
            segments: segments.iter().map(|segment| (*segment).into()).collect(),
        }
    }

    /// `/nodes/{node}/…`.
    pub(crate) fn node(node: &NodeName, rest: &[&'static str]) -> Self {
        let mut path = Self::fixed(&["nodes"]);
        path.segments.push(node.as_str().into());
        path.segments
            .extend(rest.iter().map(|segment| Box::from(*segment)));
        path
    }

    /// `/nodes/{node}/{qemu|lxc}/{vmid}/…`: the one place where the two kinds part.
    pub(crate) fn guest(guest: &GuestAt, rest: &[&'static str]) -> Self {
        let mut path = Self::node(&guest.node, &[guest.kind.as_str()]);
        path.segments.push(guest.vmid.to_string().into());
        path.segments
            .extend(rest.iter().map(|segment| Box::from(*segment)));
        path
    }

    /// `/nodes/{node}/tasks/{upid}/…`, at the node that runs the task.
    pub(crate) fn task(upid: &Upid, rest: &[&'static str]) -> Self {
        let mut path = Self::node(upid.node(), &["tasks"]);
        path.segments.push(upid.as_str().into());
        path.segments
            .extend(rest.iter().map(|segment| Box::from(*segment)));
        path
    }

    /// The unescaped segments.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().map(AsRef::as_ref)
    }

    /// The escaped path, with a leading slash and none at the end (`/` for the root).
    pub fn encoded(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            text.extend(utf8_percent_encode(segment, ESCAPED));
        }
        if text.is_empty() {
            text.push('/');
        }
        text
    }

    /// The node that will do the work, when the path names one.
    pub fn node_name(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [first, node, ..] if &**first == "nodes" => Some(node),
            _ => None,
        }
    }
}

fn checked(segment: &str) -> Result<Box<str>, InvalidName> {
    match segment {
        "" | "." | ".." => Err(InvalidName::new(segment, "a path segment such as `nodes`")),
        other if other.chars().any(char::is_control) => Err(InvalidName::new(
            other,
            "a path segment without control characters",
        )),
        other => Ok(other.into()),
    }
}

/// Reads what a person types: `/nodes/pve1/qemu`, with or without the slash at the start or the
/// end; `%XX` is unescaped within a segment.
impl FromStr for ApiPath {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let expected = "an API path such as `/nodes/pve1/qemu`";
        if text.contains(['?', '#']) {
            return Err(InvalidName::new(text, "an API path without `?` and `#`"));
        }
        let inner = text.strip_prefix('/').unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self {
                segments: Vec::new(),
            });
        }
        let segments = inner
            .split('/')
            .map(|part| {
                percent_decode_str(part)
                    .decode_utf8()
                    .map_err(|_| InvalidName::new(text, expected))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Self::new(segments)
    }
}

/// The unescaped path, for people.
impl fmt::Display for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments.is_empty() {
            return f.write_str("/");
        }
        self.segments
            .iter()
            .try_for_each(|segment| write!(f, "/{segment}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_segment_from_outside_stays_one_segment() {
        let path = ApiPath::new(["nodes", "x/../../access", "a?b=c#d"]).unwrap();
        assert_eq!(path.encoded(), "/nodes/x%2F..%2F..%2Faccess/a%3Fb%3Dc%23d");
        assert_eq!(path.segments().count(), 3);
    }

    #[test]
    fn dot_segments_and_empty_segments_are_refused() {
        for bad in [
            "/nodes/../access",
            "/nodes/%2e%2e/access",
            "/nodes//pve1",
            "/a/./b",
            "/a?b",
        ] {
            assert!(bad.parse::<ApiPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn people_may_write_slashes_at_both_ends() {
        for text in ["/version", "version", "version/", "/version/"] {
            assert_eq!(text.parse::<ApiPath>().unwrap().encoded(), "/version");
        }
        assert_eq!("/".parse::<ApiPath>().unwrap().encoded(), "/");
        assert_eq!("".parse::<ApiPath>().unwrap().to_string(), "/");
    }

    #[test]
    fn the_node_of_a_path_is_its_second_segment() {
        assert_eq!(
            "/nodes/pve1/qemu".parse::<ApiPath>().unwrap().node_name(),
            Some("pve1")
        );
        assert_eq!("/nodes".parse::<ApiPath>().unwrap().node_name(), None);
        assert_eq!(
            "/cluster/resources".parse::<ApiPath>().unwrap().node_name(),
            None
        );
    }

    proptest! {
        #[test]
        fn an_encoded_path_reads_back_as_the_same_path(
            segments in proptest::collection::vec("[^\\p{Cc}]{1,12}", 0..6)
        ) {
            prop_assume!(segments.iter().all(|s| s != "." && s != ".."));
            let path = ApiPath::new(&segments).unwrap();
            let encoded = path.encoded();
            prop_assert_eq!(&encoded.parse::<ApiPath>().unwrap(), &path);
            let url = url::Url::parse("https://host:8006").unwrap().join(&encoded).unwrap();
            prop_assert_eq!(url.path(), &encoded);
        }
    }
}
