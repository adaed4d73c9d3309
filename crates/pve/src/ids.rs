//! Names of things in a cluster, parsed once at the edge so that nothing inside checks them again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that does not have the form PVE gives to names of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidName {
    /// What was given.
    pub text: String,
    /// What it should have been, with an example.
    pub expected: &'static str,
}

impl InvalidName {
    pub(crate) fn new(text: &str, expected: &'static str) -> Self {
        Self {
            text: text.chars().take(120).collect(),
            expected,
        }
    }
}

/// Implements the string conversions that every parsed name has.
macro_rules! text_conversions {
    ($type:ident) => {
        impl TryFrom<String> for $type {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.to_string()
            }
        }
    };
}
pub(crate) use text_conversions;

/// The name of a node: a DNS label, as `pve1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeName(Box<str>);

impl NodeName {
    /// The name as PVE writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// PVE's rule for node names: letters, digits and inner hyphens.
pub(crate) fn is_node_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    text.len() <= 63
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

impl FromStr for NodeName {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if is_node_name(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName::new(text, "a node name such as `pve1`"))
        }
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_conversions!(NodeName);

/// The number of a guest, unique in a cluster: 100 to 999 999 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Vmid(u32);

impl Vmid {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Vmid {
    type Error = InvalidName;
    fn try_from(number: u32) -> Result<Self, InvalidName> {
        if (100..=999_999_999).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidName::new(
                &number.to_string(),
                "a guest number from 100 to 999999999",
            ))
        }
    }
}

impl From<Vmid> for u32 {
    fn from(vmid: Vmid) -> u32 {
        vmid.0
    }
}

impl FromStr for Vmid {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let expected = "a guest number from 100 to 999999999";
        // `parse` would also take "+100", which is no way to write a guest.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidName::new(text, expected));
        }
        text.parse::<u32>()
            .map_err(|_| InvalidName::new(text, expected))?
            .try_into()
    }
}

impl fmt::Display for Vmid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The two kinds of guests. Both are reached by the same paths, only this segment differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuestKind {
    /// A virtual machine.
    Qemu,
    /// A container.
    Lxc,
}

impl GuestKind {
    /// The segment in API paths, also the `type` of a row in the cluster resources.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
        }
    }
}

impl FromStr for GuestKind {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text {
            "qemu" => Ok(Self::Qemu),
            "lxc" => Ok(Self::Lxc),
            other => Err(InvalidName::new(other, "a kind of guest (`qemu` or `lxc`)")),
        }
    }
}

impl fmt::Display for GuestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a guest is now. PVE finds a guest only through the node it lives on: asking another node
/// gives `500 Configuration file … does not exist`, so resolve the node first (cluster resources).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GuestAt {
    /// The node the guest lives on.
    pub node: NodeName,
    /// Virtual machine or container.
    pub kind: GuestKind,
    /// Its number.
    pub vmid: Vmid,
}

impl fmt::Display for GuestAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.node, self.kind, self.vmid)
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
}

/// A user with the realm, as `root@pam`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(Box<str>);

impl UserId {
    /// `name@realm`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last `@`.
    pub fn realm(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, realm)| realm)
    }
}

impl FromStr for UserId {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let expected = "a user with its realm, such as `root@pam`";
        let Some((name, realm)) = text.rsplit_once('@') else {
            return Err(InvalidName::new(text, expected));
        };
        // PVE refuses these three in names; `!` would turn a user into a token.
        let name_fits = is_plain(name) && !name.contains([':', '/', '!']);
        let realm_fits = is_plain(realm)
            && realm
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if name_fits && realm_fits {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName::new(text, expected))
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_conversions!(UserId);

/// The public half of an API token, as `root@pam!automation`. The secret is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId {
    user: UserId,
    name: Box<str>,
}

impl TokenId {
    /// The user the token belongs to.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The name of the token, unique per user.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for TokenId {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let expected = "a token id such as `root@pam!automation`";
        let Some((user, name)) = text.split_once('!') else {
            return Err(InvalidName::new(text, expected));
        };
        let name_fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        match user.parse::<UserId>() {
            Ok(user) if name_fits => Ok(Self {
                user,
                name: name.into(),
            }),
            Ok(_) | Err(_) => Err(InvalidName::new(text, expected)),
        }
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}!{}", self.user, self.name)
    }
}

text_conversions!(TokenId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_names_are_dns_labels() {
        for good in ["pve1", "a", "A-b-9"] {
            assert_eq!(
                good.parse::<NodeName>().map(|n| n.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in ["", "-a", "a-", "bad_node!", "a.b", "../x", "pve 1"] {
            assert!(bad.parse::<NodeName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn guest_numbers_start_at_one_hundred() {
        assert_eq!("100".parse::<Vmid>().map(Vmid::get), Ok(100));
        assert_eq!("999999999".parse::<Vmid>().map(Vmid::get), Ok(999_999_999));
        for bad in ["99", "1000000000", "+100", "1e3", "", "abc", "99999999999"] {
            assert!(bad.parse::<Vmid>().is_err(), "{bad}");
        }
    }

    #[test]
    fn users_and_tokens_keep_their_parts() {
        let token: TokenId = "first.last@corp-ad!ci_1".parse().unwrap();
        assert_eq!(token.user().as_str(), "first.last@corp-ad");
        assert_eq!(token.user().realm(), "corp-ad");
        assert_eq!(token.name(), "ci_1");
        assert_eq!(token.to_string(), "first.last@corp-ad!ci_1");
        for bad in ["root", "root@", "@pam", "a b@pam", "root@pam!tok"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad}");
        }
        for bad in [
            "root@pam",
            "root@pam!",
            "root!x@pam",
            "root@pam!1a",
            "root@pam!a=b",
        ] {
            assert!(bad.parse::<TokenId>().is_err(), "{bad}");
        }
    }
}
