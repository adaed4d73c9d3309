//! Rules for names: of nodes, accounts, storages, pools, tags.

/// Not empty, and nothing but characters that `fits`.
pub(super) fn is_made_of(text: &str, fits: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(fits)
}

/// Splits off the first character.
fn first_and_rest(text: &str) -> Option<(char, &str)> {
    let mut rest = text.chars();
    let first = rest.next()?;
    Some((first, rest.as_str()))
}

/// A DNS label: letters, digits and inner hyphens. PVE sets no limit to its length here.
pub(super) fn is_label(text: &str) -> bool {
    is_made_of(text, |c| c.is_ascii_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

pub(super) fn is_dns_name(text: &str) -> bool {
    text.split('.').all(is_label)
}

pub(super) fn is_email(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | '~');
    let Some((user, host)) = text.split_once('@') else {
        return false;
    };
    user.split('.').all(|part| is_made_of(part, word))
        && host
            .split('.')
            .all(|part| is_made_of(part, |c| c.is_ascii_alphanumeric() || c == '-'))
}

/// Names of snapshots, jobs, options: a letter and at least one more character.
pub(super) fn is_config_id(text: &str) -> bool {
    first_and_rest(text).is_some_and(|(first, rest)| {
        first.is_ascii_alphabetic()
            && is_made_of(rest, |c| {
                c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
            })
    })
}

/// `0-3,5`, also without order.
pub(super) fn is_cpu_set(text: &str) -> bool {
    let number = |part: &str| is_made_of(part, |c| c.is_ascii_digit());
    text.split(',').all(|part| match part.split_once('-') {
        Some((from, to)) => number(from) && number(to),
        None => number(part),
    })
}

/// Groups and roles.
pub(super) fn is_account_word(text: &str) -> bool {
    is_made_of(text, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
    })
}

/// The first feature PVE does not know.
pub(super) fn bad_hotplug_feature(text: &str) -> Option<&str> {
    if matches!(text, "0" | "1") {
        return None;
    }
    text.split([',', ';', ' ', '\0'])
        .filter(|feature| !feature.is_empty())
        .find(|feature| {
            !matches!(
                *feature,
                "network" | "disk" | "cpu" | "memory" | "usb" | "cloudinit"
            )
        })
}

pub(super) fn is_boot_disk(text: &str) -> bool {
    ["ide", "sata", "scsi", "virtio"].iter().any(|bus| {
        text.strip_prefix(bus)
            .is_some_and(|number| is_made_of(number, |c| c.is_ascii_digit()))
    })
}

/// `eth0`, `vmbr0:1`, `bond0.5`.
pub(super) fn is_interface(text: &str) -> bool {
    let name = match text.split_once([':', '.']) {
        Some((name, number)) if is_made_of(number, |c| c.is_ascii_digit()) => name,
        Some(_) => return false,
        None => text,
    };
    first_and_rest(name).is_some_and(|(first, rest)| {
        first.is_ascii_alphabetic()
            && rest.len() <= 20
            && is_made_of(rest, |c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// A path that goes through `.` or `..`.
pub(super) fn climbs(text: &str) -> bool {
    text.contains("/./") || text.contains("/../") || text.ends_with("/.") || text.ends_with("/..")
}

pub(super) fn is_realm(text: &str) -> bool {
    first_and_rest(text)
        .is_some_and(|(first, rest)| first.is_ascii_alphabetic() && is_account_word(rest))
}

pub(super) fn pool_refusal(text: &str) -> Option<String> {
    let levels: Vec<&str> = text.split('/').collect();
    if levels.len() > 3 {
        return Some(format!(
            "pool name '{text}' nested too deeply (max levels = 3)"
        ));
    }
    (!levels.into_iter().all(is_account_word))
        .then(|| format!("pool name '{text}' contains invalid characters"))
}

/// Is it a storage name: at least two characters, a letter in front, a letter or digit at the end?
pub(crate) fn is_storage_id(text: &str) -> bool {
    first_and_rest(text).is_some_and(|(first, rest)| {
        first.is_ascii_alphabetic()
            && is_account_word(rest)
            && rest.ends_with(|c: char| c.is_ascii_alphanumeric())
    })
}

pub(super) fn storage_refusal(text: &str) -> Option<String> {
    if text.chars().count() < 2 {
        return Some(format!(
            "storage ID '{text}' cannot be shorter than 2 characters"
        ));
    }
    (!is_storage_id(text)).then(|| format!("storage ID '{text}' contains illegal characters"))
}

pub(super) fn is_storage_content(text: &str) -> bool {
    matches!(
        text,
        "images" | "rootdir" | "iso" | "vztmpl" | "backup" | "snippets" | "import" | "none"
    )
}

pub(super) fn is_tag(text: &str) -> bool {
    first_and_rest(text).is_some_and(|(first, rest)| {
        (first.is_ascii_alphanumeric() || first == '_')
            && rest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.'))
    })
}

fn is_user(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(name, realm)| {
        is_made_of(name, |c| !c.is_whitespace() && !matches!(c, ':' | '/')) && is_realm(realm)
    })
}

pub(super) fn user_refusal(text: &str) -> Option<String> {
    let length = text.chars().count();
    if length > 64 {
        return Some(format!("user name '{text}' is too long ({length} > 64)"));
    }
    (!is_user(text)).then(|| format!("value '{text}' does not look like a valid user name"))
}

/// `user@realm!name`, the name at least two characters.
pub(super) fn is_token(text: &str) -> bool {
    text.rsplit_once('!')
        .is_some_and(|(user, name)| is_user(user) && is_realm(name))
}

/// A guest number in its one spelling.
pub(crate) fn is_vmid(text: &str) -> bool {
    (3..=9).contains(&text.len())
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn is_url_encoded(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                '%' | '-' | '_' | '.' | '!' | '~' | '*' | '\'' | '(' | ')'
            )
    })
}
