//! Small property strings: the guest agent, and where backups put blocks meanwhile.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient;
use crate::property::{PropertyError, PropertyString, guest_shapes, property_type};

/// The option `agent` of a virtual machine.
///
/// ```
/// let agent: pve::AgentOptions = "enabled=1,freeze-fs-on-backup=0".parse()?;
/// assert!(agent.is_enabled());
/// assert_eq!(agent.to_string(), "1,freeze-fs=0");
/// # Ok::<(), pve::PropertyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentOptions {
    options: PropertyString,
}

property_type!(AgentOptions, &guest_shapes::AGENT);

impl AgentOptions {
    /// Would PVE take it?
    pub fn check(&self) -> Result<(), PropertyError> {
        self.options.check()
    }

    /// Does PVE speak to an agent in the guest?
    pub fn is_enabled(&self) -> bool {
        self.options.flag("enabled").unwrap_or(false)
    }

    /// Are file systems frozen for backups? On unless switched off. 8.4 knows the key only by its
    /// old name `freeze-fs-on-backup`: write [`Self::for_release_8`] there.
    pub fn freezes(&self) -> bool {
        self.options.flag("freeze-fs").unwrap_or(true)
    }

    /// The text for a server of release 8.
    pub fn for_release_8(&self) -> String {
        self.to_string()
            .replace("freeze-fs=", "freeze-fs-on-backup=")
    }
}

/// Where a backup of a virtual machine puts blocks that the guest overwrites meanwhile. It is sent
/// as a property string and comes back as such or as an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleecing {
    options: PropertyString,
}

property_type!(Fleecing, &guest_shapes::FLEECING);

impl Fleecing {
    /// Would PVE take it?
    pub fn check(&self) -> Result<(), PropertyError> {
        self.options.check()
    }

    /// In use?
    pub fn is_enabled(&self) -> bool {
        self.options.flag("enabled").unwrap_or(false)
    }

    /// On which storage; the one of the disk if it does not say.
    pub fn storage(&self) -> Option<&str> {
        self.options.get("storage")
    }
}

/// A property string or the object it stands for, as text.
pub(crate) fn string_or_object<'de, D: Deserializer<'de>>(de: D) -> Result<String, D::Error> {
    let text = match serde_json::Value::deserialize(de)? {
        serde_json::Value::Object(map) => map
            .iter()
            .map(|(key, value)| format!("{key}={}", lenient::value_text(value)))
            .collect::<Vec<_>>()
            .join(","),
        other => lenient::value_text(&other),
    };
    Ok(text)
}

impl<'de> Deserialize<'de> for Fleecing {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        Self::read(&string_or_object(de)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Fleecing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_option_has_old_and_new_names() {
        let agent: AgentOptions = "1,guest-fsfreeze=off".parse().unwrap();
        assert!(!agent.freezes());
        assert_eq!(agent.to_string(), "1,freeze-fs=0");
        assert_eq!(agent.for_release_8(), "1,freeze-fs-on-backup=0");
        assert_eq!(
            "type=isa"
                .parse::<AgentOptions>()
                .unwrap_err()
                .within("agent")
                .to_string(),
            "format error\nagent.enabled: property is missing and it is not optional"
        );
    }

    #[test]
    fn fleecing_is_read_from_both_of_its_forms() {
        let as_text: Fleecing = serde_json::from_str("\"1,storage=local-lvm\"").unwrap();
        let as_object: Fleecing =
            serde_json::from_str(r#"{"storage":"local-lvm","enabled":"1"}"#).unwrap();
        assert_eq!(as_text, as_object);
        assert_eq!(as_object.storage(), Some("local-lvm"));
        assert_eq!(
            serde_json::to_string(&as_object).unwrap(),
            "\"1,storage=local-lvm\""
        );
    }
}
