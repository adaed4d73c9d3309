//! What a fact is. Pure.

use std::{fmt::Write as _, str::FromStr as _};

use jiff::Timestamp;
use ops::{Error, Result, policy::Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::FactRow;

use super::wording::NoRule;

/// A longer text is a document: `knowledge.add_note` keeps those.
pub(super) const LONGEST_TEXT: usize = 2_000;
const MOST_OPERATIONS: usize = 20;
const MOST_TIMES: usize = 10;

/// What sort of thing a fact says.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(super) enum FactKind {
    /// Anything worth keeping.
    Note,
    /// What something is for, who answers for it.
    Purpose,
    /// How somebody likes things done.
    Preference,
    /// What must not be done, or not at some times.
    Restriction,
}

impl FactKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Purpose => "purpose",
            Self::Preference => "preference",
            Self::Restriction => "restriction",
        }
    }
}

/// Whom or what a fact is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(super) enum ScopeKind {
    /// One person, who alone sees it.
    User,
    /// Everybody of this installation.
    Team,
    Cluster,
    Guest,
}

impl ScopeKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Team => "team",
            Self::Cluster => "cluster",
            Self::Guest => "guest",
        }
    }
}

/// What must not be done, as a rule could say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Restriction {
    /// Operations such as `guests.reboot` or `guests.*`.
    pub operations: Vec<String>,
    /// When, as in the policy file: `mon..fri 06:00-22:00`; always without.
    pub times: Vec<String>,
}

impl Restriction {
    /// The first thing in it that no rule could say.
    pub(super) fn check(&self) -> Result<()> {
        if self.operations.is_empty() {
            return Err(Error::invalid(
                "operations: a restriction says what is restricted, such as guests.reboot",
            ));
        }
        if self.operations.len() > MOST_OPERATIONS || self.times.len() > MOST_TIMES {
            return Err(Error::invalid(format!(
                "at most {MOST_OPERATIONS} operations and {MOST_TIMES} times: write the rule itself into the policy file"
            )));
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || b"._*".contains(&byte);
        for operation in &self.operations {
            if operation.is_empty() || operation.len() > 80 || !operation.bytes().all(plain) {
                let operation: String = operation.chars().take(60).collect();
                return Err(Error::invalid(format!(
                    "operations: `{operation}` is none; write it as in `guests.stop` or `guests.*`"
                )));
            }
        }
        for time in &self.times {
            Window::from_str(time).map_err(|error| Error::invalid(format!("times: {error}")))?;
        }
        Ok(())
    }

    pub(super) fn words(&self) -> String {
        let when = if self.times.is_empty() {
            "at any time".to_owned()
        } else {
            self.times.join(", ")
        };
        let what: Vec<String> = self.operations.iter().map(|op| spoken(op)).collect();
        format!("{} {when}", what.join(", "))
    }
}

/// An operation in words: `guests.move_disk` is "move disk".
fn spoken(operation: &str) -> String {
    let (noun, verb) = operation.split_once('.').unwrap_or(("", operation));
    let verb = verb.replace('_', " ");
    match (noun, verb.as_str()) {
        (noun, "*") => format!("every change of {noun}"),
        ("guests" | "", verb) => verb.to_owned(),
        (noun, verb) => format!("{verb} of {noun}"),
    }
}

/// The part of a row that the store does not look into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Data {
    /// Name of the guest when the fact was kept: another name under its id is another guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction: Option<Restriction>,
    /// Why the text, which restricts something, is no restriction that a rule could say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_rule: Option<NoRule>,
}

/// A fact, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Fact {
    pub id: String,
    pub kind: String,
    /// `user`, `team`, `cluster` or `guest`.
    pub scope: String,
    /// The user, the cluster, or cluster/id of the guest; `team` for the team.
    pub about: String,
    /// The guest's name when the fact was kept.
    pub guest: Option<String>,
    pub text: String,
    pub restriction: Option<Restriction>,
    /// Why no rule could be made of a text that restricts something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_rule: Option<String>,
    pub author: String,
    pub created_at: String,
    pub changed_at: String,
    /// Seconds since it was kept or last changed.
    pub age_s: u64,
    /// Tells this wording from another.
    pub digest: String,
}

impl Fact {
    pub(super) fn of(row: FactRow, now: Timestamp) -> Result<Self> {
        let data: Data = serde_json::from_value(row.data).map_err(|error| {
            Error::internal(format!(
                "the fact `{}` cannot be read by this version: {error}",
                row.id
            ))
        })?;
        let age = now.duration_since(row.changed_at).as_secs();
        Ok(Self {
            id: row.id,
            kind: row.kind,
            scope: row.scope_kind,
            about: row.scope,
            guest: data.guest,
            text: row.text,
            restriction: data.restriction,
            no_rule: data.no_rule.map(|why| why.in_full()),
            author: row.author,
            created_at: row.created_at.to_string(),
            changed_at: row.changed_at.to_string(),
            age_s: u64::try_from(age).unwrap_or(0),
            digest: row.digest,
        })
    }
}

/// What the run that kept or changed a fact remembers of it: everything but the wording, which must not
/// outlive the fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Kept {
    /// The fact, for `memory.list`, `memory.edit` and `memory.delete`.
    pub id: String,
    pub kind: String,
    pub scope: String,
    pub about: String,
    pub author: String,
    /// Whether it says what must not be done.
    pub restricts: bool,
    /// Why no rule could be made of it, where it restricts something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_rule: Option<String>,
    pub digest: String,
}

impl Kept {
    pub(super) fn of(row: FactRow) -> Self {
        let why = row.data.pointer("/no_rule/why").and_then(Value::as_str);
        Self {
            no_rule: why.map(str::to_owned),
            restricts: row.kind == FactKind::Restriction.as_str(),
            id: row.id,
            kind: row.kind,
            scope: row.scope_kind,
            about: row.scope,
            author: row.author,
            digest: row.digest,
        }
    }
}

/// What a fact is to become; the wording lies sealed until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wording {
    pub kind: String,
    pub scope_kind: String,
    pub scope: String,
    pub text: String,
    pub data: Data,
}

impl Wording {
    pub(super) fn digest(&self) -> String {
        let text =
            json!([self.kind, self.scope_kind, self.scope, self.text, self.data]).to_string();
        let hash = Sha256::digest(text.as_bytes());
        hash.iter().take(16).fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    pub(super) fn row(
        &self,
        id: &str,
        author: &str,
        created_at: Timestamp,
        changed_at: Timestamp,
    ) -> Result<FactRow> {
        Ok(FactRow {
            id: id.to_owned(),
            kind: self.kind.clone(),
            scope_kind: self.scope_kind.clone(),
            scope: self.scope.clone(),
            text: self.text.clone(),
            data: data_of(&self.data)?,
            author: author.to_owned(),
            created_at,
            changed_at,
            digest: self.digest(),
        })
    }

    /// What it does, for the title of a plan; nothing of the text is in it.
    pub(super) fn effect(&self) -> String {
        match (&self.data.restriction, &self.data.no_rule) {
            (Some(restriction), _) => format!(" (it forbids {})", restriction.words()),
            (None, Some(no_rule)) => format!(
                " (it restricts, but no rule could be made of it: {})",
                no_rule.why
            ),
            (None, None) => String::new(),
        }
    }

    /// What it is about, for the title of a plan that must not tell the wording.
    pub(super) fn subject(&self) -> String {
        let subject = subject(&self.scope_kind, &self.scope, self.data.guest.as_deref());
        match self.scope_kind.as_str() {
            "guest" | "cluster" => format!("{subject}, for everybody"),
            _ => subject,
        }
    }
}

/// What a fact is about, or whom it is for.
pub(super) fn subject(scope_kind: &str, scope: &str, guest: Option<&str>) -> String {
    match (scope_kind, guest) {
        ("guest", Some(name)) => format!("about {name} ({scope})"),
        ("guest", None) => format!("about {scope}"),
        ("cluster", _) => format!("about the cluster {scope}"),
        ("team", _) => "for the team".to_owned(),
        (_, _) => format!("for {scope} alone"),
    }
}

/// Which fact it is, for people, without its wording: ids are for machines.
pub(super) fn called(row: &FactRow) -> String {
    let guest = row.data.get("guest").and_then(Value::as_str);
    format!(
        "the {} {} that {} kept on {}",
        row.kind,
        subject(&row.scope_kind, &row.scope, guest),
        row.author,
        row.created_at.strftime("%Y-%m-%d at %H:%M:%S UTC")
    )
}

fn data_of(data: &Data) -> Result<Value> {
    serde_json::to_value(data).map_err(|error| Error::internal(error.to_string()))
}

/// A text that can be kept, or one sentence why not.
pub(super) fn checked_text(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid("text: there is nothing to keep"));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(Error::invalid(format!(
            "text: at most {LONGEST_TEXT} characters"
        )));
    }
    if text
        .chars()
        .any(|sign| sign.is_control() && sign != '\n' && sign != '\t')
    {
        return Err(Error::invalid("text: it holds control characters"));
    }
    Ok(text.to_owned())
}
