//! An operation as the registry holds it.

use schemars::SchemaGenerator;
use serde_json::Value;

use super::{Body, Kind, SchemaFn};
use crate::{
    contract::WayBack,
    error::Result,
    risk::{Risk, Scope},
};

/// A type-erased operation: what the projections iterate over.
pub struct Entry {
    pub name: &'static str,
    pub summary: &'static str,
    pub risk: Risk,
    pub scope: Scope,
    /// Of actions by steps; what only looks has nothing to take back, what is made of others has theirs.
    pub way_back: Option<WayBack>,
    /// How people say it.
    pub phrases: &'static [&'static str],
    pub(crate) input: SchemaFn,
    pub(crate) output: SchemaFn,
    pub(crate) arguments: fn(clap::Command) -> clap::Command,
    pub(crate) from_matches: fn(&clap::ArgMatches) -> Result<Value, clap::Error>,
    pub(super) takes: fn(&str, Value) -> Result<()>,
    pub(crate) body: Body,
}

impl Entry {
    pub fn kind(&self) -> Kind {
        match self.body {
            Body::Query(_) => Kind::Query,
            Body::Action(_) | Body::Composite(_) => Kind::Action,
            Body::Feed(_) => Kind::Feed,
        }
    }

    /// Whether a person's call alone does it on the command line: it changes the product's own data, and
    /// nothing is lost by it for good. Everything else shows a plan and asks.
    pub fn is_done_at_once(&self) -> bool {
        self.kind() == Kind::Action
            && self.scope == Scope::Product
            && self.risk == Risk::Reversible
            && match self.way_back {
                Some(WayBack::By { .. } | WayBack::NotNeeded { .. }) => true,
                Some(WayBack::InPart { .. } | WayBack::None { .. } | WayBack::Unstated) | None => {
                    false
                }
            }
    }

    /// `noun` and `verb` of the name.
    pub fn noun_verb(&self) -> (&'static str, &'static str) {
        // The name was checked at compile time to hold exactly one dot.
        self.name.split_once('.').unwrap_or((self.name, ""))
    }

    pub fn tool_name(&self) -> String {
        self.name.replace('.', "_")
    }

    /// Whether the operation understands an input, without doing anything: an error names what it does not.
    pub fn takes(&self, input: &Value) -> Result<()> {
        (self.takes)(self.name, input.clone())
    }

    /// The fields of its input, and which of them must be there.
    pub fn fields(&self) -> Vec<(String, bool)> {
        let schema = (self.input)(&mut SchemaGenerator::default());
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| (name.clone(), required.contains(&name.as_str())))
            .collect()
    }
}
