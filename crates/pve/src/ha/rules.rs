//! Rules (9.x): on which nodes HA resources run, which of them run together and which apart.

use serde_json::Value;

use super::{HaSid, Sids, sid_list};
use crate::answer::{Loose, answers, loose_words};
use crate::client::Client;
use crate::differences::{Differences, Feature};
use crate::error::Result;
use crate::ids::NodeName;
use crate::params::Params;
use crate::path::ApiPath;
use crate::resources::words;
use crate::transport::Method;

words! {
    /// What a rule is about.
    HaRuleKind {
        /// On which nodes resources run.
        NodeAffinity = "node-affinity",
        /// Which resources run together or apart.
        ResourceAffinity = "resource-affinity",
    }
}

words! {
    /// Together or apart.
    HaAffinity {
        /// On one node.
        Positive = "positive",
        /// On different nodes.
        Negative = "negative",
    }
}
loose_words!(HaRuleKind, HaAffinity);

/// A node and how much it is preferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaNode {
    /// The node.
    pub node: NodeName,
    /// The highest wins; nothing is 0.
    pub priority: Option<u32>,
}

/// Nodes with priorities, as `pve1:2,pve2`.
pub(crate) type HaNodes = Vec<HaNode>;

impl Loose for HaNodes {
    fn loose(value: Option<&Value>) -> Option<Self> {
        let words = Vec::<String>::loose(value)?;
        let node = |word: &String| {
            let (name, priority) = word.split_once(':').unwrap_or((word, ""));
            let node = name.parse().ok()?;
            let priority = priority.parse().ok();
            Some(HaNode { node, priority })
        };
        Some(words.iter().filter_map(node).collect())
    }
}

pub(crate) fn node_list(nodes: &[HaNode]) -> String {
    let word = |node: &HaNode| match node.priority {
        Some(priority) => format!("{}:{priority}", node.node),
        None => node.node.to_string(),
    };
    nodes.iter().map(word).collect::<Vec<_>>().join(",")
}

answers! {
    /// A rule.
    HaRule {
        /// Its name.
        rule: String = "rule",
        /// What it is about.
        kind: HaRuleKind = "type",
        /// The resources.
        resources: Sids = "resources",
        /// Node affinity: the nodes.
        nodes: HaNodes = "nodes",
        /// Node affinity: does nothing run elsewhere, even when all of these are down?
        strict: bool = "strict",
        /// Resource affinity: together or apart.
        affinity: Option<HaAffinity> = "affinity",
        /// Is it switched off? PVE also does that to rules that contradict others.
        disabled: bool = "disable",
        /// Why PVE does not follow it.
        errors: Option<Value> = "errors",
        /// Its place.
        order: Option<u64> = "order",
        /// A note.
        comment: Option<String> = "comment",
        /// Hash of the configuration of all rules.
        digest: Option<String> = "digest",
    }
}

/// What a rule says, or what of it is changed. The kind is always said: PVE needs it also for
/// changing nothing but the note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaRuleSpec {
    /// What it is about.
    pub kind: HaRuleKind,
    /// The resources; a new rule needs them. All must be looked after by HA.
    pub resources: Vec<HaSid>,
    /// Node affinity: the nodes.
    pub nodes: Vec<HaNode>,
    /// Node affinity: nowhere else?
    pub strict: Option<bool>,
    /// Resource affinity: together or apart.
    pub affinity: Option<HaAffinity>,
    /// Switched off?
    pub disabled: Option<bool>,
    /// A note.
    pub comment: Option<String>,
    /// Keys that go back to their default (changes only).
    pub delete: Vec<String>,
    /// Only if the configuration still has this digest (changes only).
    pub digest: Option<String>,
}

impl HaRuleSpec {
    /// A rule of this kind that says nothing.
    pub fn new(kind: HaRuleKind) -> Self {
        Self {
            kind,
            resources: Vec::new(),
            nodes: Vec::new(),
            strict: None,
            affinity: None,
            disabled: None,
            comment: None,
            delete: Vec::new(),
            digest: None,
        }
    }

    fn params(&self, first: Params) -> Params {
        let delete = (!self.delete.is_empty()).then(|| self.delete.join(","));
        let resources = (!self.resources.is_empty()).then(|| sid_list(&self.resources));
        let nodes = (!self.nodes.is_empty()).then(|| node_list(&self.nodes));
        first
            .with("type", self.kind.as_str())
            .with_some("resources", resources)
            .with_some("nodes", nodes)
            .with_some("strict", self.strict)
            .with_some("affinity", self.affinity.as_ref().map(HaAffinity::as_str))
            .with_some("disable", self.disabled)
            .with_some("comment", self.comment.as_deref())
            .with_some("delete", delete)
            .with_some("digest", self.digest.as_deref())
    }
}

impl Client {
    /// The rules, or those about a resource (PVE: GET `/cluster/ha/rules`, from 9.0).
    pub async fn ha_rules(
        &self,
        about: Option<&HaSid>,
        differences: Differences,
    ) -> Result<Vec<HaRule>> {
        let path = ApiPath::fixed(&["cluster", "ha", "rules"]);
        differences.require(Feature::HaRules, self, Method::Get, &path)?;
        let params = Params::new().with_some("resource", about.map(ToString::to_string));
        self.list_of(path, params).await
    }

    /// One rule.
    pub async fn ha_rule(&self, rule: &str, differences: Differences) -> Result<HaRule> {
        let path = self.ha_path(&["rules", rule])?;
        differences.require(Feature::HaRules, self, Method::Get, &path)?;
        self.one_of(path, Params::new()).await
    }

    /// Makes a rule. One that contradicts others is refused.
    pub async fn create_ha_rule(
        &self,
        rule: &str,
        spec: &HaRuleSpec,
        differences: Differences,
    ) -> Result<()> {
        let path = ApiPath::fixed(&["cluster", "ha", "rules"]);
        differences.require(Feature::HaRules, self, Method::Post, &path)?;
        let params = spec.params(Params::new().with("rule", rule));
        self.tell(Method::Post, path, params).await
    }

    /// Changes a rule; its kind cannot be changed.
    pub async fn update_ha_rule(
        &self,
        rule: &str,
        change: &HaRuleSpec,
        differences: Differences,
    ) -> Result<()> {
        let path = self.ha_path(&["rules", rule])?;
        differences.require(Feature::HaRules, self, Method::Put, &path)?;
        self.tell(Method::Put, path, change.params(Params::new()))
            .await
    }

    /// Removes a rule. One that does not exist is removed without a word.
    pub async fn delete_ha_rule(&self, rule: &str, differences: Differences) -> Result<()> {
        let path = self.ha_path(&["rules", rule])?;
        differences.require(Feature::HaRules, self, Method::Delete, &path)?;
        self.tell(Method::Delete, path, Params::new()).await
    }
}
