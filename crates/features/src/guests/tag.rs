//! `guests.tag`: adds tags to guests, removes them, or replaces them all.

use ops::{Error, Result};
use pve::check_option;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    options::{Wanted, shown, tags},
    set_options::Edit,
    subject::Looked,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// A tag to add.
    #[arg(long)]
    #[serde(default)]
    add: Vec<String>,
    /// A tag to remove.
    #[arg(long)]
    #[serde(default)]
    remove: Vec<String>,
    /// The tags that replace all others.
    #[arg(long)]
    set: Option<Vec<String>>,
}

pub(super) struct Tag;

impl Edit for Tag {
    const NAME: &'static str = "guests.tag";
    const SUMMARY: &'static str = "Add, remove or replace tags of guests";
    const PHRASES: &'static [&'static str] = &[
        "(tag|label) {guests:guests} [with|as] {add:tags}",
        "(add|put) [the] (tag|tags) {add:tags} (to|on) {guests:guests}",
        "untag {guests:guests} [from|as] {remove:tags}",
        "(remove|take) [the] (tag|tags) {remove:tags} (from|off) {guests:guests}",
    ];
    type Input = Input;

    fn guests(input: &Input) -> &[String] {
        &input.guests
    }

    fn summary(input: &Input, names: &str) -> String {
        let list = |tags: &[String]| shown(&tags.join(", "));
        let mut parts = Vec::new();
        if let Some(tags) = &input.set {
            parts.push(format!("set tags {}", list(tags)));
        }
        if !input.add.is_empty() {
            parts.push(format!("add tag {}", list(&input.add)));
        }
        if !input.remove.is_empty() {
            parts.push(format!("remove tag {}", list(&input.remove)));
        }
        format!("{} on {names}", parts.join(", "))
    }

    fn wanted(input: &Input, _at: usize, looked: &Looked) -> Result<Wanted> {
        if input.set.is_some() && !(input.add.is_empty() && input.remove.is_empty()) {
            return Err(Error::invalid(
                "`set` replaces all tags and goes with neither `add` nor `remove`",
            ));
        }
        if input.set.is_none() && input.add.is_empty() && input.remove.is_empty() {
            return Err(Error::invalid("no tag is to be added, removed or set")
                .hint("give `add`, `remove` or `set`"));
        }
        let named = input.set.iter().flatten().chain(&input.add);
        for tag in named {
            let is_one = !tag.contains([';', ',', ' ']) && !tag.is_empty();
            if !is_one || check_option(looked.guest.kind.into(), "tags", tag).is_err() {
                return Err(Error::invalid(format!("`{}` is no tag", shown(tag))).hint(
                    "a tag begins with a letter a to z, a digit or `_` and goes on with these, `-`, `+` or dots",
                ));
            }
        }
        let mut wished = match &input.set {
            Some(set) => tags(&set.join(";")),
            None => tags(looked.config.get("tags").unwrap_or_default()),
        };
        for tag in &input.remove {
            wished.remove(&tag.to_lowercase());
        }
        wished.extend(input.add.iter().map(|tag| tag.to_lowercase()));
        let list: Vec<String> = wished.into_iter().collect();
        Ok(if list.is_empty() {
            Wanted::default().delete("tags")
        } else {
            Wanted::default().set("tags", list.join(";"))
        })
    }
}
