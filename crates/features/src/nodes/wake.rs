//! `nodes.wake`: lets another node wake one that is off, and waits until it is there.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Observed,
    Result, Risk, Sorting, Started, Verdict, WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::at::{self, NodeAt, Seen};
use crate::{cluster_error::start_error, ctx::Ctx};

/// Servers take minutes to test their memory.
const PATIENCE: Duration = Duration::from_mins(15);

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Names of nodes that are off, or cluster/node.
    #[arg(required = true)]
    nodes: Vec<String>,
}

/// One node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    at: NodeAt,
}

pub(super) struct Wake;

impl Action for Wake {
    const NAME: &'static str = "nodes.wake";
    const SUMMARY: &'static str = "Wake nodes that are off by wake-on-LAN";
    const PHRASES: &'static [&'static str] = &["wake [up] {nodes:places}"];
    const RISK: Risk = Risk::Reversible;
    const VERIFY_PATIENCE: Duration = PATIENCE;
    const WAY_BACK: WayBack = WayBack::By {
        op: "nodes.power",
        note: "",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let nodes = at::several(ctx, &input.nodes).await?;
        let mut draft = Draft {
            summary: String::new(),
            steps: Vec::new(),
            preflight: Vec::new(),
            left_out: Vec::new(),
        };
        let mut sorting = Sorting::default();
        for seen in &nodes {
            if seen.is_online() {
                let target = seen.at.target();
                sorting.already(&target, &seen.at.node, "is online already");
                continue;
            }
            if !seen.cluster.iter().any(|row| row.status == "online") {
                return Err(Error::new(
                    Code::ClusterUnreachable,
                    format!(
                        "no node of cluster {} is there to wake {}",
                        seen.at.cluster, seen.at.node
                    ),
                ));
            }
            draft.steps.push(DraftStep {
                target: seen.at.target(),
                title: format!("Wake node {}", seen.at.node),
                depends_on: Vec::new(),
                change: vec![Change {
                    field: "node".to_owned(),
                    before: json!(seen.row.status),
                    after: json!("online"),
                }],
                interruption: None,
                observed: facts(&seen.at, Some(seen)),
                step: Step {
                    at: seen.at.clone(),
                },
            });
        }
        let names: Vec<&str> = draft
            .steps
            .iter()
            .map(|step| step.step.at.node.as_str())
            .collect();
        if names.is_empty() {
            return Err(sorting.nothing_to_do());
        }
        draft.summary = format!("wake {}", names.join(", "));
        draft.left_out = sorting.left_out();
        Ok(draft)
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let seen = at::now(ctx, &step.at).await?;
        Ok(facts(&step.at, seen.as_ref()))
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let at = &step.step().at;
        let client = at.client(ctx).await.map_err(StartError::NotSent)?;
        let node = at.name().map_err(StartError::NotSent)?;
        client
            .wake_node(&node)
            .await
            .map_err(|error| start_error(&at.cluster, &error))?;
        Ok(Started::Done(()))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        // A node that sleeps on after a second call is no worse off: calling again is harmless.
        let seen = at::now(ctx, &step.at).await?;
        Ok(if seen.is_some_and(|seen| seen.is_online()) {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let seen = at::now(ctx, &step.at).await?;
        let node = &step.at.node;
        Ok(if seen.is_some_and(|seen| seen.is_online()) {
            Verdict::ok(format!("{node} is online"))
        } else {
            Verdict::not_as_promised(format!("{node} was called and does not wake up"))
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: "nodes.power".to_owned(),
            input: json!({ "node": step.at.reference(), "command": "shutdown" }),
        })
    }
}

fn facts(at: &NodeAt, seen: Option<&Seen>) -> Observed {
    Observed {
        subject: format!("node {}", at.reference()),
        identity: BTreeMap::new(),
        state: BTreeMap::from([(
            "status".to_owned(),
            json!(seen.map(|seen| seen.row.status.clone())),
        )]),
    }
}
