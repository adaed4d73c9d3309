//! `guests.notes`: writes the notes of guests.

use ops::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    options::{Wanted, notes},
    set_options::Edit,
    subject::Looked,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// The notes, in Markdown; nothing (an empty text) removes them. At most 8,192 characters.
    #[arg(long)]
    text: String,
    /// Adds the text below what is there.
    #[arg(long)]
    #[serde(default)]
    append: bool,
}

pub(super) struct Notes;

impl Edit for Notes {
    const NAME: &'static str = "guests.notes";
    const SUMMARY: &'static str = "Write the notes of guests";
    const PHRASES: &'static [&'static str] = &[
        "(set|change) the (note|notes) of {guests:guests} to {text:text}",
        "(add|append) [the|a] note {text:text} to {guests:guests} => append=true",
        "(add|append) {text:text} to the notes of {guests:guests} => append=true",
        "(clear|remove|delete) the notes of {guests:guests} => text=",
    ];
    type Input = Input;

    fn guests(input: &Input) -> &[String] {
        &input.guests
    }

    fn summary(input: &Input, names: &str) -> String {
        match (input.text.is_empty(), input.append) {
            (true, _) => format!("remove the notes of {names}"),
            (false, true) => format!("add to the notes of {names}"),
            (false, false) => format!("write the notes of {names}"),
        }
    }

    fn wanted(input: &Input, _at: usize, looked: &Looked) -> Result<Wanted> {
        if input.append && input.text.is_empty() {
            return Err(Error::invalid("there is no text to add to the notes"));
        }
        // Browsers and Windows send the other line ends.
        let text = input.text.replace("\r\n", "\n");
        let present = notes(looked.config.get("description").unwrap_or_default());
        let text = if input.append && !present.is_empty() {
            format!("{present}\n{text}")
        } else {
            text
        };
        let text = notes(&text);
        Ok(if text.is_empty() {
            Wanted::default().delete("description")
        } else {
            Wanted::default().set("description", text)
        })
    }
}
