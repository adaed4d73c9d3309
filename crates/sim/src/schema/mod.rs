//! What parameters methods take: declared in tables beside this file, checked with PVE's own texts.

pub(crate) mod check;
pub(crate) mod cpu;
pub(crate) mod formats;
mod formats_access;
mod formats_net;
pub(crate) mod property;
pub(crate) mod table;

/// Whether a text is the name of a user, `name@realm`.
pub(crate) fn is_user_name(text: &str) -> bool {
    formats_access::user(text).is_ok()
}

/// Whether a text can be the name of a group.
pub(crate) fn is_group_name(text: &str) -> bool {
    formats_access::group_id(text).is_ok()
}
