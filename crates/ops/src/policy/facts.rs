//! What rules need to know of the target of a step. It is put into the plan when it is made, and read anew
//! whenever the plan is judged again.

use std::collections::HashMap;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    contract::Observed,
    error::Result,
    plan::PlanStep,
    selector::{Key, Number, Selectable, Selector},
};

/// Facts of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetFacts {
    /// Whether it is a guest that is there: false for a new guest, a node, a storage.
    pub known: bool,
    pub cluster: String,
    pub node: String,
    /// The guest's id; nothing for what is no guest.
    pub id: Option<u32>,
    pub name: String,
    pub kind: Option<String>,
    pub tags: Vec<String>,
    /// Tags that the step itself gives.
    #[serde(default)]
    pub new_tags: Vec<String>,
    pub pool: Option<String>,
    pub template: bool,
    pub ha: Option<String>,
}

/// What rules need to know of one step.
#[derive(Clone, Debug, Default)]
pub struct StepFacts {
    pub target: TargetFacts,
    /// The guests that it takes along, and as which operations it comes to them.
    pub along: Vec<(Vec<String>, TargetFacts)>,
}

/// Tells the facts of guests.
#[async_trait]
pub trait FactSource: Send + Sync {
    /// By reference (`cluster/node/vmid`); what is no guest that is there is left out.
    async fn facts(&self, references: &[&str]) -> Result<HashMap<String, TargetFacts>>;

    /// All guests that are there, as far as they are at hand; nothing where that is not known.
    async fn all(&self) -> Option<Vec<TargetFacts>> {
        None
    }

    /// How many targets are now, by reference, with few requests. What would take a request for each of them
    /// may be missing; a target that nothing is said of is looked at by itself.
    async fn glance(&self, _references: &[&str]) -> Result<HashMap<String, Observed>> {
        Ok(HashMap::new())
    }
}

/// Which tags count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    AsItIs,
    AsItMayBecome,
}

impl TargetFacts {
    /// Of the target of a step: what is known of it, and what the step itself says.
    pub(crate) fn of(step: &PlanStep, known: Option<Self>) -> Self {
        let mut facts = known.unwrap_or_else(|| Self::of_reference(step));
        facts.new_tags = step
            .change
            .iter()
            .filter(|change| change.field == "tags")
            .flat_map(|change| tags_in(&change.after))
            .collect();
        facts
    }

    fn of_reference(step: &PlanStep) -> Self {
        let facts = Self::told_by(&step.target);
        let node = if facts.node.is_empty() {
            step.node.clone().unwrap_or_default()
        } else {
            facts.node
        };
        Self {
            node,
            name: step.target_name.clone(),
            ..facts
        }
    }

    /// What a reference alone tells: `cluster/node/vmid`.
    fn told_by(reference: &str) -> Self {
        let mut parts = reference.split('/');
        Self {
            cluster: parts.next().unwrap_or_default().to_owned(),
            node: parts.next().unwrap_or_default().to_owned(),
            id: parts.next().and_then(|id| id.parse().ok()),
            ..Self::default()
        }
    }

    /// For a sentence: `web-03 (main/pve3/103)`.
    pub(crate) fn said(&self) -> String {
        let place = match self.id {
            Some(id) => format!("{}/{}/{id}", self.cluster, self.node),
            None => format!("{}/{}", self.cluster, self.node),
        };
        if self.name.is_empty() {
            place
        } else {
            format!("{} ({place})", self.name)
        }
    }

    /// Whether any of the selectors fits what is there now.
    pub(crate) fn fit_as_it_is(&self, selectors: &[Selector]) -> bool {
        self.fit(selectors, Reading::AsItIs)
    }

    /// Whether any of the selectors fits.
    pub(crate) fn fit(&self, selectors: &[Selector], reading: Reading) -> bool {
        let seen = Seen {
            facts: self,
            reading,
        };
        selectors.iter().any(|selector| selector.matches(&seen))
    }
}

impl StepFacts {
    /// The references that a source of facts is asked about for a step.
    pub(crate) fn references(step: &PlanStep) -> impl Iterator<Item = &str> {
        let along = step.along.iter().map(|guest| guest.target.as_str());
        std::iter::once(step.target.as_str()).chain(along)
    }

    pub(crate) fn of(step: &PlanStep, known: &HashMap<String, TargetFacts>) -> Self {
        let along = step.along.iter().map(|guest| {
            let facts = known.get(&guest.target).cloned();
            let facts = facts.unwrap_or_else(|| TargetFacts::told_by(&guest.target));
            (guest.ops.clone(), facts)
        });
        Self {
            target: TargetFacts::of(step, known.get(&step.target).cloned()),
            along: along.collect(),
        }
    }
}

/// PVE separates tags by `;`; `,` and blanks are accepted as well.
fn tags_in(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text
            .split([';', ',', ' '])
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        Value::Array(list) => list.iter().flat_map(tags_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

struct Seen<'a> {
    facts: &'a TargetFacts,
    reading: Reading,
}

impl Selectable for Seen<'_> {
    fn cluster(&self) -> &str {
        &self.facts.cluster
    }

    fn node(&self) -> &str {
        &self.facts.node
    }

    /// No guest has the id 0.
    fn id(&self) -> u32 {
        self.facts.id.unwrap_or(0)
    }

    fn name(&self) -> &str {
        &self.facts.name
    }

    fn words(&self, key: Key) -> Vec<&str> {
        let facts = self.facts;
        match key {
            Key::Name => vec![&facts.name],
            Key::Tag => {
                let new = match self.reading {
                    Reading::AsItIs => &[][..],
                    Reading::AsItMayBecome => &facts.new_tags,
                };
                facts.tags.iter().chain(new).map(String::as_str).collect()
            }
            Key::Pool => facts.pool.as_deref().into_iter().collect(),
            Key::Node => vec![&facts.node],
            Key::Cluster => vec![&facts.cluster],
            Key::Kind => facts.kind.as_deref().into_iter().collect(),
            Key::Template => vec![if facts.template { "true" } else { "false" }],
            Key::Ha => vec![facts.ha.as_deref().unwrap_or("none")],
            // A rule that rests on these is refused when its file is read.
            Key::Id | Key::Status | Key::Lock | Key::Storage => Vec::new(),
        }
    }

    fn number(&self, _key: Number) -> Option<f64> {
        None
    }
}
