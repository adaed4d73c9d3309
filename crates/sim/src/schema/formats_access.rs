//! Formats of the names of users, tokens, groups, roles and pools.

use super::check::list_items;
use super::formats::{is_word, letter, letter_or_digit, when};

pub(super) fn user(text: &str) -> Result<(), String> {
    let fits = text.rsplit_once('@').is_some_and(|(name, in_realm)| {
        !name.is_empty()
            && !name.contains(|c: char| c.is_whitespace() || c == ':' || c == '/')
            && realm(in_realm).is_ok()
    });
    when(
        fits,
        format!("value '{text}' does not look like a valid user name"),
    )
}

pub(super) fn token(text: &str) -> Result<(), String> {
    let fits = text
        .rsplit_once('!')
        .is_some_and(|(of, name)| user(of).is_ok() && token_name(name));
    when(
        fits,
        format!("value '{text}' does not look like a valid token ID"),
    )
}

fn token_name(name: &str) -> bool {
    name.len() >= 2 && is_word(name, letter, b"._-")
}

pub(super) fn realm(text: &str) -> Result<(), String> {
    when(
        text.len() >= 2 && is_word(text, letter, b"._-"),
        "value does not look like a valid realm",
    )
}

pub(super) fn group_id(text: &str) -> Result<(), String> {
    when(
        is_word(text, letter_or_digit, b"._-"),
        format!("group name '{text}' contains invalid characters"),
    )
}

pub(super) fn role(text: &str) -> Result<(), String> {
    when(
        is_word(text, letter_or_digit, b"._-"),
        format!("role name '{text}' contains invalid characters"),
    )
}

pub(super) fn privileges(text: &str) -> Result<(), String> {
    let known = crate::cluster::privileges::every();
    list_items(text)
        .try_for_each(|name| when(known.contains(&name), format!("invalid privilege '{name}'")))
}

pub(super) fn pool(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('/').collect();
    if !parts
        .iter()
        .all(|part| is_word(part, letter_or_digit, b"._-"))
    {
        return Err(format!("pool name '{text}' contains invalid characters"));
    }
    when(
        parts.len() <= 3,
        format!("pool name '{text}' nested too deeply (max levels = 3)"),
    )
}

pub(super) fn email_or_nothing(text: &str) -> Result<(), String> {
    let fits = text.is_empty()
        || text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    when(fits, "value does not look like a valid email address")
}
