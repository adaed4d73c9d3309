//! Options of a guest to be made that are said twice: by their own input, and by `set`. Pure.

use ops::{Error, Result};

use super::{IMPORTED, Input, name_key};
use crate::inventory::GuestKind;

/// The input that says an option already, besides `set`. What is only a default is said by nobody.
pub(super) fn said_by(input: &Input, key: &str) -> Option<&'static str> {
    let is_machine = input.kind == GuestKind::Qemu;
    let of = |machine: &'static str, container: &'static str| {
        if is_machine { machine } else { container }
    };
    let said = [
        (name_key(input.kind), "name", input.name.is_some()),
        ("description", "description", input.description.is_some()),
        ("cores", "cores", input.cores.is_some()),
        ("memory", "memory", input.memory.is_some()),
        ("swap", "swap", input.swap.is_some()),
        ("nameserver", "nameserver", input.nameserver.is_some()),
        ("onboot", "onboot", input.onboot),
        ("tags", "tag", !input.tag.is_empty()),
        ("pool", "pool", input.pool.is_some()),
        (IMPORTED, "image", input.image.is_some()),
        ("ide2", "iso", input.iso.is_some()),
        (of(IMPORTED, "rootfs"), "disk_gib", input.disk_gib.is_some()),
        ("net0", "bridge", input.bridge.is_some()),
        (of("ipconfig0", "net0"), "ip", input.ip.is_some()),
        ("ciuser", "user", input.user.is_some()),
        (
            of("cipassword", "password"),
            "password",
            input.password.is_some(),
        ),
        (
            of("sshkeys", "ssh-public-keys"),
            "ssh_key",
            !input.ssh_key.is_empty(),
        ),
        ("ostemplate", "template", input.template.is_some()),
        ("unprivileged", "privileged", input.privileged),
        ("features", "nesting", input.nesting),
    ];
    let known = said
        .into_iter()
        .find(|(option, _, given)| *given && *option == key);
    let numbered = |front: &str, first: usize, count: usize| {
        let number = key
            .strip_prefix(front)
            .and_then(|number| number.parse::<usize>().ok());
        number.is_some_and(|number| (first..first + count).contains(&number))
    };
    let of_volume = if is_machine {
        numbered("scsi", 1, input.volume.len())
    } else {
        numbered("mp", 0, input.volume.len())
    };
    match known {
        Some((_, said, _)) => Some(said),
        None if of_volume => Some("volume"),
        None if numbered("dev", 0, input.device.len()) => Some("device"),
        None => None,
    }
}

pub(super) fn refuse_twice(key: &str, said: Option<&str>) -> Result<()> {
    match said {
        None => Ok(()),
        Some(said) => Err(Error::invalid(format!(
            "`{key}` is said twice: by `{said}` and by `set`"
        ))
        .hint("leave one of them out")),
    }
}

/// The value of an option that `set` names, too: the same, or of features those of both.
pub(super) fn together(
    key: &str,
    said: Option<&str>,
    first: Option<&String>,
    value: String,
) -> Result<String> {
    let Some(first) = first.filter(|first| said.is_some() && **first != value) else {
        return Ok(value);
    };
    if key == "features" {
        let has = |name: &str| {
            first
                .split(',')
                .filter_map(|part| part.split_once('='))
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        let parts: Option<Vec<&str>> = value
            .split(',')
            .map(|part| {
                let (name, value) = part.split_once('=')?;
                match has(name) {
                    None => Some(Some(part)),
                    Some(known) => (known == value).then_some(None),
                }
            })
            .collect::<Option<Vec<Option<&str>>>>()
            .map(|parts| parts.into_iter().flatten().collect());
        if let Some(parts) = parts {
            return Ok(std::iter::once(first.as_str())
                .chain(parts)
                .collect::<Vec<_>>()
                .join(","));
        }
    }
    refuse_twice(key, said)?;
    Ok(value)
}
