//! `nodes.refresh_updates`: lets nodes fetch their lists of packages anew. Installs nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Draft, DraftStep, Found, Observed, Result, Risk, Sorting,
    Started, TaskRef, Verdict, WayBack, Wish, contract::StartError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::at::{self, NodeAt, Seen};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    node_work::Traces,
};

const KINDS: [&str; 1] = ["aptupdate"];

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Names of nodes, cluster/node, or `all`.
    #[arg(required = true)]
    nodes: Vec<String>,
}

/// One node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    at: NodeAt,
}

pub(super) struct RefreshUpdates;

impl Action for RefreshUpdates {
    const NAME: &'static str = "nodes.refresh_updates";
    const SUMMARY: &'static str = "Let nodes look for updates; nothing is installed";
    const PHRASES: &'static [&'static str] = &[
        "refresh the (updates|package lists|list of updates) (of|on) {nodes:places}",
        "look for updates on {nodes:places}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::None {
        why: "newer lists of packages leave nothing to take back",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let nodes = at::several(ctx, &input.nodes).await?;
        let mut steps = Vec::new();
        let mut sorting = Sorting::default();
        for seen in &nodes {
            let subject = format!("node {}", seen.at.reference());
            let online = seen.need_online();
            if sorting.pass(&seen.at.target(), &subject, online)?.is_none() {
                continue;
            }
            steps.push(DraftStep {
                target: seen.at.target(),
                title: format!("Look for updates on {}", seen.at.node),
                depends_on: Vec::new(),
                change: Vec::new(),
                interruption: None,
                observed: facts(&seen.at, Some(seen)),
                step: Step {
                    at: seen.at.clone(),
                },
            });
        }
        if steps.is_empty() {
            return Err(sorting.nothing_to_do());
        }
        let names: Vec<&str> = steps
            .iter()
            .map(|step| step.step.at.node.as_str())
            .collect();
        Ok(Draft {
            summary: format!("look for updates on {}", names.join(", ")),
            steps,
            preflight: Vec::new(),
            left_out: sorting.left_out(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let seen = at::now(ctx, &step.at).await?;
        Ok(facts(&step.at, seen.as_ref()))
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        step.traces().before(ctx, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let at = &step.step().at;
        let client = at.client(ctx).await.map_err(StartError::NotSent)?;
        let node = at.name().map_err(StartError::NotSent)?;
        let upid = client
            .refresh_apt_updates(&node, false)
            .await
            .map_err(|error| start_error(&at.cluster, &error))?;
        Ok(Started::Task(TaskRef {
            cluster: at.cluster.clone(),
            id: upid.as_str().to_owned(),
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        step.traces().find(ctx, before, false).await
    }

    /// Nothing shows whether the lists that are there were fetched just now.
    fn world_tells(_step: &Step) -> bool {
        false
    }

    fn time_limit(_step: &Step) -> Option<Duration> {
        Some(Duration::from_hours(1))
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let client = step.at.client(ctx).await?;
        let updates = client
            .apt_updates(&step.at.name()?)
            .await
            .map_err(|error| call_error(&step.at.cluster, &error))?;
        Ok(Verdict::ok(format!(
            "{} knows of {} updates",
            step.at.node,
            updates.len()
        )))
    }

    /// There is nothing to take back.
    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

impl Step {
    fn traces(&self) -> Traces<'_> {
        Traces {
            cluster: &self.at.cluster,
            node: &self.at.node,
            kinds: &KINDS,
            id: None,
        }
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
