//! Property strings: `value,key=value,…`, the form in which PVE packs structures into one option.
//!
//! What keys there are, and what each may hold, is told by a [`Shape`]. Reading is done in two
//! steps: [`PropertyString::read`] knows the grammar alone and keeps keys that the shape does not
//! have (a newer server may write them), [`PropertyString::check`] refuses what PVE would refuse,
//! in its words. Printing gives the text that PVE writes: the default key bare and in front, then
//! what is required, then the rest by name.

mod boot;
mod drive;
mod drive_keys;
mod guest_shapes;
mod ip_config;
mod mount_point;
mod net;
mod rule;
mod shape;
mod slot;
mod small;
mod startup;

use std::collections::BTreeMap;
use std::fmt;

pub use boot::BootOrder;
pub use drive::{Drive, DriveSource};
pub use guest_shapes::shape_by_format;
pub(crate) use guest_shapes::*;
pub use ip_config::IpConfig;
pub use mount_point::{MountPoint, MountSource};
pub use net::{LxcNet, QemuNet, mac_address};
pub use rule::Rule;
pub(crate) use rule::switch;
pub use shape::{Key, Shape};
pub use slot::{DiskBus, DriveSlot};
pub(crate) use small::string_or_object;
pub use small::{AgentOptions, Fleecing};
pub use startup::Startup;

/// Why a property string is refused, in PVE's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// The same key twice, by whatever name.
    #[error("duplicate key in comma-separated list property: {0}")]
    Duplicate(String),
    /// Two of the short forms `model=address`.
    #[error("key alias '{0}' is already defined")]
    AliasTwice(String),
    /// A bare value where every value needs a key.
    #[error("value without key, but schema does not define a default key")]
    NoDefaultKey,
    /// `=value` or `key=`.
    #[error("missing key in comma-separated list property")]
    MissingKey,
    /// A value that cannot be written: it is empty, or holds a comma or a line feed.
    #[error("illegal value with commas for {0}")]
    Unwritable(String),
    /// Keys or values that the shape does not allow: key and reason, by key.
    #[error("format error{}", listed(.0))]
    Format(Vec<(String, String)>),
    /// Values that do not go together.
    #[error("{0}")]
    Conflict(String),
}

/// What PVE says of names it does not have, here and among parameters.
pub(crate) const NOT_DEFINED: &str =
    "property is not defined in schema and the schema does not allow additional properties";

/// What is said of a key that another needs; the other key follows.
const NEEDED_BY: &str = "missing property required by '";

fn listed(problems: &[(String, String)]) -> String {
    let mut text = String::new();
    for (key, reason) in problems {
        text.push_str(&format!("\n{key}: {reason}"));
    }
    text
}

impl PropertyError {
    /// The same error with keys as the API names them in the option `path`: `net0.tag: …`.
    #[must_use]
    pub fn within(self, path: &str) -> Self {
        match self {
            Self::Format(problems) => Self::Format(
                problems
                    .into_iter()
                    .map(|(key, reason)| {
                        let reason = match reason.strip_prefix(NEEDED_BY) {
                            Some(other) => format!("{NEEDED_BY}{path}.{other}"),
                            None => reason,
                        };
                        (format!("{path}.{key}"), reason)
                    })
                    .collect(),
            ),
            other => other,
        }
    }
}

/// The keys and values of a property string. Values are kept as PVE writes them: switches as 1 and
/// 0, sizes in their largest unit, everything else as it came.
///
/// ```
/// use pve::{PropertyString, shape_by_format};
/// let shape = shape_by_format("pve-qm-watchdog").ok_or("no such shape")?;
/// let mut watchdog = PropertyString::parse(shape, "action=reset,model=i6300esb")?;
/// assert_eq!(watchdog.to_string(), "i6300esb,action=reset");
/// watchdog.set("action", "poweroff")?;
/// assert_eq!(watchdog.to_string(), "i6300esb,action=poweroff");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyString {
    shape: &'static Shape,
    values: BTreeMap<String, String>,
}

impl PropertyString {
    /// One without values.
    pub fn new(shape: &'static Shape) -> Self {
        Self {
            shape,
            values: BTreeMap::new(),
        }
    }

    /// Reads by the grammar alone: unknown keys and values out of range are kept.
    pub fn read(shape: &'static Shape, text: &str) -> Result<Self, PropertyError> {
        let mut read = Self::new(shape);
        for part in text.split(',') {
            if part.trim().is_empty() {
                continue;
            }
            match part.split_once('=') {
                Some((key, value)) => read.take(key, value)?,
                None => read.take_bare(part)?,
            }
        }
        Ok(read)
    }

    /// Reads and checks: what this takes, PVE takes.
    pub fn parse(shape: &'static Shape, text: &str) -> Result<Self, PropertyError> {
        let read = Self::read(shape, text)?;
        read.check()?;
        Ok(read)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), PropertyError> {
        if key.is_empty() || value.is_empty() || value.contains('\n') {
            return Err(PropertyError::MissingKey);
        }
        let name = match self.shape.key(key).map(Key::rule) {
            Some(Rule::Alias(other)) => *other,
            Some(Rule::ShortForm { value, name }) => {
                if self.values.contains_key(*name) {
                    return Err(PropertyError::AliasTwice((*name).to_owned()));
                }
                self.values.insert((*name).to_owned(), key.to_owned());
                value
            }
            _ => key,
        };
        self.insert_new(name, value)
    }

    fn take_bare(&mut self, value: &str) -> Result<(), PropertyError> {
        let key = self
            .shape
            .default_key()
            .ok_or(PropertyError::NoDefaultKey)?;
        if value.contains('\n') {
            return Err(PropertyError::MissingKey);
        }
        self.insert_new(key.name(), value)
    }

    fn insert_new(&mut self, key: &str, value: &str) -> Result<(), PropertyError> {
        if self.values.contains_key(key) {
            return Err(PropertyError::Duplicate(key.to_owned()));
        }
        let value = self.as_written(key, value);
        self.values.insert(key.to_owned(), value);
        Ok(())
    }

    fn as_written(&self, key: &str, value: &str) -> String {
        self.shape
            .key(key)
            .and_then(|known| known.rule().as_written(value))
            .unwrap_or_else(|| value.to_owned())
    }

    /// Would PVE take it?
    pub fn check(&self) -> Result<(), PropertyError> {
        let mut problems: BTreeMap<&str, String> = BTreeMap::new();
        for (name, value) in &self.values {
            let Some(key) = self.shape.key(name) else {
                problems.insert(name, NOT_DEFINED.to_owned());
                continue;
            };
            if let Some(reason) = key.rule().refusal(value) {
                problems.insert(name, reason);
            }
            if let Some(other) = key.needed()
                && !self.values.contains_key(other)
            {
                problems.insert(other, format!("{NEEDED_BY}{name}'"));
            }
        }
        for key in self.shape.keys().filter(|key| key.is_required()) {
            if !self.values.contains_key(key.name()) {
                let text = "property is missing and it is not optional";
                problems.insert(key.name(), text.to_owned());
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(PropertyError::Format(
            problems
                .into_iter()
                .map(|(key, reason)| (key.to_owned(), reason))
                .collect(),
        ))
    }

    /// What shape it has.
    pub fn shape(&self) -> &'static Shape {
        self.shape
    }

    /// The value of a key, as PVE writes it.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// A switch; nothing where it is absent or no switch.
    pub fn flag(&self, key: &str) -> Option<bool> {
        rule::switch(self.get(key)?)
    }

    /// A whole number that is not negative.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.parse().ok()
    }

    /// Sets a value; it is checked by [`check`](Self::check), only what cannot be written is
    /// refused here.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), PropertyError> {
        let unwritable = |text: &str| text.trim().is_empty() || text.contains([',', '\n']);
        if unwritable(value) || unwritable(key) || key.contains('=') {
            return Err(PropertyError::Unwritable(key.to_owned()));
        }
        let name = match self.shape.key(key).map(Key::rule) {
            Some(Rule::Alias(other)) => *other,
            _ => key,
        };
        let value = self.as_written(name, value);
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    /// Takes a value out and returns it.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        self.values.remove(key)
    }

    /// Keys and values by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Without any value?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// `model=address` where both are there and the model has a short form.
    fn short_form(&self) -> Option<(&str, &str, [&'static str; 2])> {
        self.shape.keys().find_map(|key| {
            let Rule::ShortForm { value, name } = key.rule() else {
                return None;
            };
            let model = self.get(name).filter(|model| *model == key.name())?;
            Some((model, self.get(value)?, [*name, *value]))
        })
    }
}

impl fmt::Display for PropertyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::with_capacity(self.values.len());
        let mut done: Vec<&str> = Vec::new();
        if let Some((model, value, names)) = self.short_form() {
            parts.push(format!("{model}={value}"));
            done.extend(names);
        } else if let Some((key, value)) = self
            .shape
            .default_key()
            .and_then(|key| Some((key.name(), self.get(key.name())?)))
        {
            done.push(key);
            // PVE writes every default value bare, but could not read these back itself.
            if value.contains('=') || value.trim().is_empty() {
                parts.push(format!("{key}={value}"));
            } else {
                parts.push(value.to_owned());
            }
        }
        let required = |key: &str| self.shape.key(key).is_some_and(Key::is_required);
        let (first, rest): (Vec<_>, Vec<_>) = self
            .iter()
            .filter(|(key, _)| !done.contains(key))
            .partition(|(key, _)| required(key));
        parts.extend(
            first
                .into_iter()
                .chain(rest)
                .map(|(key, value)| format!("{key}={value}")),
        );
        f.write_str(&parts.join(","))
    }
}

/// The number behind a name, in its one spelling: `0`, `12`, but not `01`.
pub(crate) fn slot_number<N: std::str::FromStr>(digits: &str) -> Option<N> {
    let plain = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

/// Gives a type that holds its values as `options` what all such types have: reading, checking,
/// printing, access to every key.
macro_rules! property_type {
    ($type:ident, $shape:expr) => {
        impl $type {
            /// Reads by the grammar alone: keys of newer servers are kept.
            pub fn read(text: &str) -> Result<Self, crate::property::PropertyError> {
                let options = crate::property::PropertyString::read($shape, text)?;
                Ok(Self { options })
            }

            /// All keys and values.
            pub fn options(&self) -> &crate::property::PropertyString {
                &self.options
            }

            /// All keys and values, to be changed.
            pub fn options_mut(&mut self) -> &mut crate::property::PropertyString {
                &mut self.options
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::property::PropertyError;
            /// Reads and checks: what this takes, PVE takes.
            fn from_str(text: &str) -> Result<Self, crate::property::PropertyError> {
                let read = Self::read(text)?;
                read.check()?;
                Ok(read)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.options.fmt(f)
            }
        }
    };
}
pub(crate) use property_type;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::NamedFormat;

    static SAMPLE: Shape = Shape::new(
        "sample",
        &[&[
            Key::named("file", NamedFormat::VolumeOrDevice)
                .default_key()
                .required(),
            Key::new("volume", Rule::Alias("file")),
            Key::switch("ssd"),
            Key::size("size"),
            Key::integer("queues", Some(2), Some(64)),
            Key::one_of("cache", &["none", "writeback"]),
            Key::text("name").required(),
        ]],
    );

    #[test]
    fn default_then_required_then_the_rest_is_written() {
        let text = "size=32768M,ssd=on,name=x,volume=local:8,cache=none";
        let read = PropertyString::parse(&SAMPLE, text).unwrap();
        assert_eq!(read.to_string(), "local:8,name=x,cache=none,size=32G,ssd=1");
    }

    #[test]
    fn unknown_keys_are_kept_by_reading_and_named_by_checking() {
        let read = PropertyString::read(&SAMPLE, "local:8,brand-new=1,queues=1,cache=x").unwrap();
        assert_eq!(read.to_string(), "local:8,brand-new=1,cache=x,queues=1");
        let refused = read.check().unwrap_err().within("scsi0");
        assert_eq!(
            refused.to_string(),
            "format error\n\
             scsi0.brand-new: property is not defined in schema and the schema does not allow additional properties\n\
             scsi0.cache: value 'x' does not have a value in the enumeration 'none, writeback'\n\
             scsi0.name: property is missing and it is not optional\n\
             scsi0.queues: value must have a minimum value of 2"
        );
    }

    #[test]
    fn broken_grammar_is_refused_as_pve_does() {
        let refusal = |text| PropertyString::read(&SAMPLE, text).unwrap_err().to_string();
        assert_eq!(
            refusal("a:b,c:d"),
            "duplicate key in comma-separated list property: file"
        );
        assert_eq!(
            refusal("file=a:b,volume=c:d"),
            "duplicate key in comma-separated list property: file"
        );
        assert_eq!(
            refusal("ssd="),
            "missing key in comma-separated list property"
        );
        assert_eq!(
            refusal("=1"),
            "missing key in comma-separated list property"
        );
    }

    #[test]
    fn values_that_would_change_the_meaning_cannot_be_set() {
        let mut read = PropertyString::new(&SAMPLE);
        for bad in ["", " ", "a,b=c", "a\nb"] {
            assert!(read.set("name", bad).is_err(), "{bad:?}");
        }
        assert!(read.set("a=b", "c").is_err());
        assert_eq!(read.set("volume", "local:8"), Ok(()));
        assert_eq!(read.to_string(), "local:8");
        assert_eq!(read.remove("file"), Some("local:8".to_owned()));
        assert!(read.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_so_that_it_reads_the_same(
            text in "((file|volume|ssd|size|queues|cache|name|new-[a-z]|[a-z]{1,3})?=?[a-z0-9:=. /]{0,6},?){0,6}"
        ) {
            if let Ok(read) = PropertyString::read(&SAMPLE, &text) {
                let written = read.to_string();
                let again = PropertyString::read(&SAMPLE, &written).unwrap();
                prop_assert_eq!(&again, &read);
                prop_assert_eq!(again.to_string(), written);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            if let Ok(read) = PropertyString::read(&SAMPLE, &text) {
                let _ = read.check();
            }
        }
    }
}
