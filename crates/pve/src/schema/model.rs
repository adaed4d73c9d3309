//! Methods and parameters, as the description has them.

use serde_json::Value;

use crate::schema::permission::MethodAccess;
use crate::transport::Method;

/// A method of the API.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiMethod {
    /// `/nodes/{node}/qemu/{vmid}/config`.
    pub path: String,
    /// GET, POST, PUT or DELETE.
    pub method: Method,
    /// Its name in the server's source, as `update_vm`.
    pub name: String,
    /// What it does, in the server's words.
    pub description: String,
    /// Who may call it.
    pub access: MethodAccess,
    /// Carried out by the daemon that runs as root.
    pub protected: bool,
    /// The parameter that names the node which does the work, mostly `node`.
    pub proxied_to: Option<String>,
    /// Can it be called with an API token?
    pub allows_token: bool,
    /// Parameters by name, those of the path among them.
    pub parameters: Vec<Parameter>,
    /// Takes parameters that are not listed.
    pub additional_parameters: bool,
    /// What comes back, as a JSON schema.
    pub returns: Option<Value>,
}

/// A parameter, a key of a property string, or what an item of a list may be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameter {
    /// Its name; for [`Self::numbered`] ones without the number, as `net`.
    pub name: String,
    /// One of many: `net[n]` stands for `net0`, `net1` and so on.
    pub numbered: bool,
    /// What kind of value.
    pub kind: Kind,
    /// May be left out.
    pub optional: bool,
    /// What it does.
    pub description: String,
    /// What holds when it is left out; for people, not always a value.
    pub default: Option<String>,
    /// In a property string: the key that a bare value belongs to.
    pub default_key: bool,
    /// In a property string: another name of this key.
    pub alias: Option<String>,
    /// In a property string: `{name}={x}` also sets this key to `{name}`.
    pub key_alias: Option<String>,
    /// A further rule for the text.
    pub format: Option<Format>,
    /// The only values, when there are any.
    pub words: Vec<String>,
    /// Least value.
    pub minimum: Option<Bound>,
    /// Greatest value.
    pub maximum: Option<Bound>,
    /// Least number of characters.
    pub min_length: Option<usize>,
    /// Greatest number of characters.
    pub max_length: Option<usize>,
    /// A Perl pattern that the whole text must match.
    pub pattern: Option<String>,
    /// Another parameter that must be there together with it.
    pub requires: Option<String>,
    /// The server's short form for people, as `<integer> (1 - N)`.
    pub typetext: Option<String>,
    /// What the items of a list may be.
    pub items: Option<Box<Parameter>>,
    /// The value must do for one of these.
    pub one_of: Vec<Parameter>,
}

/// Kinds of values. Everything travels as text; this is what the text must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Any text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `1` or `0`.
    Boolean,
    /// The parameter may be given several times.
    Array,
    /// A kind that cannot be checked here.
    Other,
}

/// A least or greatest value.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// For comparing.
    pub value: f64,
    /// As the description writes it, for messages.
    pub text: String,
}

/// A rule for a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Format {
    /// By its name, as `pve-vmid` or `pve-storage-id-list`.
    Named(String),
    /// A property string with these keys.
    Properties(Vec<Parameter>),
}

impl Parameter {
    /// Is this the parameter called so? `net[n]` is `net0`, but not `net` and not `net00`.
    pub fn is_called(&self, name: &str) -> bool {
        if !self.numbered {
            return self.name == name;
        }
        name.strip_prefix(self.name.as_str())
            .and_then(crate::property::slot_number::<u32>)
            .is_some_and(|number| number < count_of(&self.name))
    }

    /// As the description writes its name: `net[n]`.
    pub fn display_name(&self) -> String {
        if self.numbered {
            format!("{}[n]", self.name)
        } else {
            self.name.clone()
        }
    }
}

/// How many there may be of a numbered parameter. The description does not tell; these are the
/// numbers of 8.4 and 9.x. One that is not known here has no limit here, and the server still
/// looks.
fn count_of(family: &str) -> u32 {
    let table = [
        ("ide", 4),
        ("sata", 6),
        ("scsi", 31),
        ("virtio", 16),
        ("net", 32),
        ("ipconfig", 32),
        ("serial", 4),
        ("parallel", 3),
        ("numa", 8),
        ("hostpci", 16),
        ("usb", 14),
        ("unused", 256),
        ("mp", 256),
        ("dev", 256),
        ("link", 8),
    ];
    table
        .iter()
        .find(|(name, _)| *name == family)
        .map_or(u32::MAX, |(_, count)| *count)
}

impl ApiMethod {
    /// The parameter with this name, numbered ones included.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        find_parameter(&self.parameters, name)
    }

    /// The names in the path: `node`, `vmid`.
    pub fn path_names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(placeholder)
    }

    /// The first segment of the path, as `nodes`.
    pub fn section(&self) -> &str {
        self.path
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or_default()
    }
}

/// `node` of `{node}`.
pub(super) fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// An exact name goes before a numbered one.
pub(super) fn find_parameter<'a>(all: &'a [Parameter], name: &str) -> Option<&'a Parameter> {
    all.iter()
        .find(|parameter| !parameter.numbered && parameter.name == name)
        .or_else(|| all.iter().find(|parameter| parameter.is_called(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_parameter_goes_by_its_number_up_to_its_limit() {
        let net = Parameter {
            name: "net".into(),
            numbered: true,
            ..Parameter::default()
        };
        for (name, is) in [
            ("net0", true),
            ("net31", true),
            ("net32", false),
            ("net", false),
            ("net00", false),
            ("nets0", false),
            ("net[n]", false),
        ] {
            assert_eq!(net.is_called(name), is, "{name}");
        }
        assert_eq!(net.display_name(), "net[n]");
    }
}
