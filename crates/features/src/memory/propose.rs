//! `memory.propose_rules`: restrictions as rules for the policy file. A person takes them over; nothing here
//! writes a policy.

use std::sync::Arc;

use ops::{Call, Error, Query, Result, policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{find, model::Fact, visible};
use crate::ctx::Ctx;

/// What the name of a rule shows of a text.
const SHOWN: usize = 40;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The fact, such as `f_…`; every restriction that others see too without.
    fact: Option<String>,
}

/// A fact that restricts and makes no rule.
#[derive(Serialize, JsonSchema)]
pub(super) struct Unruled {
    fact: String,
    author: String,
    text: String,
    why: String,
}

/// A rule that a fact would be.
#[derive(Serialize, JsonSchema)]
pub(super) struct Proposal {
    fact: String,
    author: String,
    text: String,
    /// What the rule would be called.
    name: String,
    /// For the policy file, as it is.
    rule: String,
    /// Whether a rule of this name is in force already.
    in_force: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    proposals: Vec<Proposal>,
    /// What restricts as well, and why it makes no rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    without_rule: Vec<Unruled>,
    /// Where the policy stands; nothing when none is configured.
    policy_file: Option<String>,
    /// All rules that are not in force, to be put into the policy file.
    text: String,
}

pub(super) struct Propose;

impl Query for Propose {
    const NAME: &'static str = "memory.propose_rules";
    const SUMMARY: &'static str = "Write restrictions that are kept as rules for the policy file";
    const PHRASES: &'static [&'static str] = &["[show|show me] [the] proposed rules"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Output> {
        let asked_for_one = input.fact.is_some();
        let facts = match input.fact {
            Some(id) => vec![Fact::of(find(ctx, call, &id).await?, ctx.clock.now())?],
            None => {
                let mut facts = visible(ctx, call).await?;
                facts.retain(|fact| fact.restriction.is_some() || fact.no_rule.is_some());
                facts
            }
        };
        let shown = ctx
            .registry
            .get()?
            .query(call, "policy.show", json!({}))
            .await?;
        let known = |name: &str| {
            let rules = shown.get("rules").and_then(Value::as_array);
            rules.is_some_and(|rules| {
                rules
                    .iter()
                    .any(|rule| rule.get("name").and_then(Value::as_str) == Some(name))
            })
        };
        let mut proposals = Vec::new();
        let mut without_rule = Vec::new();
        for fact in facts {
            let (name, rule) = match rule_of(&fact) {
                Ok(made) => made,
                Err(error) if asked_for_one => return Err(error),
                Err(error) => {
                    let why = fact.no_rule.unwrap_or_else(|| error.sentence());
                    without_rule.push(Unruled {
                        fact: fact.id,
                        author: fact.author,
                        text: fact.text,
                        why,
                    });
                    continue;
                }
            };
            proposals.push(Proposal {
                in_force: known(&name),
                fact: fact.id,
                author: fact.author,
                text: fact.text,
                name,
                rule,
            });
        }
        let text: Vec<&str> = proposals
            .iter()
            .filter(|proposal| !proposal.in_force)
            .map(|proposal| proposal.rule.as_str())
            .collect();
        Ok(Output {
            text: text.join("\n"),
            proposals,
            without_rule,
            policy_file: shown.get("file").and_then(Value::as_str).map(str::to_owned),
        })
    }
}

/// The name and the text of the rule that a fact would be.
fn rule_of(fact: &Fact) -> Result<(String, String)> {
    let Some(restriction) = &fact.restriction else {
        return Err(Error::invalid(match &fact.no_rule {
            Some(why) => format!("it restricts, but no rule could be made of it: {why}"),
            None => "it restricts nothing that a rule could say".to_owned(),
        })
        .hint("change it: say which operations it forbids, and at which times"));
    };
    let guests = match fact.scope.as_str() {
        "user" => {
            return Err(
                Error::invalid("it is yours alone, and a rule is for everybody")
                    .hint("keep it for the team, a cluster or a guest"),
            );
        }
        "guest" => {
            let (cluster, vmid) = fact.about.split_once('/').unwrap_or(("", &fact.about));
            Some(format!("id={vmid} cluster={cluster}"))
        }
        "cluster" => Some(format!("cluster={}", fact.about)),
        _ => None,
    };
    let shown: String = fact
        .text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|sign| !sign.is_control())
        .take(SHOWN)
        .collect();
    // The end of the id tells two facts of one wording apart.
    let tail: String = fact
        .id
        .chars()
        .rev()
        .take(6)
        .collect::<String>()
        .chars()
        .rev()
        .collect();
    let name = format!("kept {tail}: {}", shown.trim_end());
    let mut rule = format!(
        "# {} kept this on {} (fact {}).\n[[rule]]\nname = {}\noperations = {}\n",
        one_line(&fact.author),
        fact.created_at.get(..10).unwrap_or_default(),
        fact.id,
        quoted(&name),
        list(&restriction.operations),
    );
    if let Some(guests) = guests {
        rule.push_str(&format!("guests = {}\n", quoted(&guests)));
    }
    if !restriction.times.is_empty() {
        rule.push_str(&format!("times = {}\n", list(&restriction.times)));
    }
    rule.push_str("decision = \"never\"\n");
    // What is proposed must be what the policy file takes.
    policy::parse("proposal", &rule)
        .map_err(|why| Error::invalid(format!("the fact `{}` makes no rule: {why}", fact.id)))?;
    Ok((name, rule))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).collect()
}

/// A TOML string; JSON's escapes are TOML's.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn list(texts: &[String]) -> String {
    json!(texts).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::model::Restriction;

    fn fact(scope: &str, about: &str, text: &str) -> Fact {
        Fact {
            id: "f_0123456789abcdef".to_owned(),
            kind: "restriction".to_owned(),
            scope: scope.to_owned(),
            about: about.to_owned(),
            guest: None,
            text: text.to_owned(),
            no_rule: None,
            restriction: Some(Restriction {
                operations: vec!["guests.reboot".to_owned()],
                times: vec!["00:00-22:00".to_owned()],
            }),
            author: "anna".to_owned(),
            created_at: "2026-03-01T10:00:00Z".to_owned(),
            changed_at: "2026-03-01T10:00:00Z".to_owned(),
            age_s: 0,
            digest: String::new(),
        }
    }

    #[test]
    fn a_restriction_is_a_rule_that_the_policy_file_takes() {
        let (name, rule) = rule_of(&fact(
            "guest",
            "farm/101",
            "never restart\nbefore \"22:00\"",
        ))
        .unwrap();
        assert_eq!(name, "kept abcdef: never restart before \"22:00\"");
        assert_eq!(
            rule,
            "# anna kept this on 2026-03-01 (fact f_0123456789abcdef).\n[[rule]]\n\
             name = \"kept abcdef: never restart before \\\"22:00\\\"\"\noperations = [\"guests.reboot\"]\n\
             guests = \"id=101 cluster=farm\"\ntimes = [\"00:00-22:00\"]\ndecision = \"never\"\n"
        );
    }

    #[test]
    fn what_is_one_persons_or_no_restriction_makes_no_rule() {
        let error = rule_of(&fact("user", "anna", "x")).unwrap_err();
        assert!(error.message.contains("yours alone"), "{error}");
        let plain = Fact {
            restriction: None,
            ..fact("team", "team", "x")
        };
        let error = rule_of(&plain).unwrap_err();
        assert!(error.message.contains("restricts nothing"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_makes_a_rule_that_can_be_read(text in "\\PC{1,120}", author in "\\PC{1,20}") {
            let fact = Fact { author, ..fact("team", "team", &text) };
            proptest::prop_assert!(rule_of(&fact).is_ok(), "{:?}", rule_of(&fact));
        }
    }
}
