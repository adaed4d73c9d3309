//! `nodes.service`: starts, stops, restarts or reloads a service on nodes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Level,
    Observed, Result, Risk, Signal, Sorting, Started, TaskRef, Verdict, WayBack, Wish,
    contract::StartError,
};
use pve::{ServiceAction, ServiceState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::at::{self, NodeAt};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    node_work::Traces,
};

/// Without them a node answers no call any more; PVE refuses to stop them.
const NEEDED: [&str; 3] = ["pveproxy", "pvedaemon", "pve-cluster"];
/// Without it the cluster loses the node, and HA may fence it.
const RISKY: [&str; 4] = ["corosync", "pve-ha-lrm", "pve-ha-crm", "watchdog-mux"];

/// What is done with a service.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verb {
    Start,
    Stop,
    Restart,
    Reload,
}

impl Verb {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
        }
    }

    fn action(self) -> ServiceAction {
        match self {
            Self::Start => ServiceAction::Start,
            Self::Stop => ServiceAction::Stop,
            Self::Restart => ServiceAction::Restart,
            Self::Reload => ServiceAction::Reload,
        }
    }

    /// The kind of its task.
    fn kind(self) -> &'static str {
        match self {
            Self::Start => "srvstart",
            Self::Stop => "srvstop",
            Self::Restart => "srvrestart",
            Self::Reload => "srvreload",
        }
    }

    fn after(self) -> &'static str {
        match self {
            Self::Stop => "dead",
            Self::Start | Self::Restart | Self::Reload => "running",
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Names of nodes, cluster/node, or `all`.
    #[arg(required = true)]
    nodes: Vec<String>,
    /// Name of the service, such as pvestatd.
    #[arg(long)]
    service: String,
    /// What is done with it.
    #[arg(long = "do", value_enum)]
    #[serde(rename = "do")]
    verb: Verb,
}

/// One service of one node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    at: NodeAt,
    service: String,
    verb: Verb,
}

pub(super) struct Service;

impl Action for Service {
    const NAME: &'static str = "nodes.service";
    const SUMMARY: &'static str = "Start, stop, restart or reload a service of nodes";
    const PHRASES: &'static [&'static str] = &[
        "restart [the] {service:word} service on {nodes:places} => do=restart",
        "restart [the] service {service:word} on {nodes:places} => do=restart",
        "start [the] {service:word} service on {nodes:places} => do=start",
        "start [the] service {service:word} on {nodes:places} => do=start",
        "stop [the] {service:word} service on {nodes:places} => do=stop",
        "stop [the] service {service:word} on {nodes:places} => do=stop",
        "reload [the] {service:word} service on {nodes:places} => do=reload",
        "reload [the] service {service:word} on {nodes:places} => do=reload",
    ];
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "nodes.service",
        note: "of starting and stopping; a restart leaves nothing to take back",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let (verb, service) = (input.verb, input.service);
        if verb == Verb::Stop && NEEDED.contains(&service.as_str()) {
            return Err(Error::new(
                Code::Conflict,
                format!("`{service}` cannot be stopped: a node answers no call without it"),
            )
            .hint("restart it instead"));
        }
        let mut draft = Draft {
            summary: String::new(),
            steps: Vec::new(),
            preflight: Vec::new(),
            left_out: Vec::new(),
        };
        let mut sorting = Sorting::default();
        for seen in at::several(ctx, &input.nodes).await? {
            let mut target = seen.at.target();
            target.name = format!("{service} of {}", seen.at.node);
            let name = target.name.clone();
            let subject = format!("node {}", seen.at.reference());
            if sorting
                .pass(&target, &subject, seen.need_online())?
                .is_none()
            {
                continue;
            }
            let step = Step {
                at: seen.at,
                service: service.clone(),
                verb,
            };
            let read = read(ctx, &step).await;
            let Some(present) = sorting.pass(&target, &name, read)? else {
                continue;
            };
            let state = known(present.state.clone());
            if matches!(verb, Verb::Start | Verb::Stop) && state == verb.after() {
                sorting.already(&target, &name, format!("is {state} already"));
                continue;
            }
            if verb == Verb::Stop || RISKY.contains(&service.as_str()) {
                draft.preflight.push(Signal {
                    signal: "service".to_owned(),
                    level: Level::Warning,
                    text: if RISKY.contains(&service.as_str()) {
                        format!(
                            "{service} keeps {} in its cluster: without it HA may switch the node off",
                            step.at.node
                        )
                    } else {
                        format!("{service} of {} is off until somebody starts it", step.at.node)
                    },
                    target: Some(step.at.reference()),
                });
            }
            draft.steps.push(DraftStep {
                target: step.at.target(),
                title: format!("{} {service} on {}", capital(verb.as_str()), step.at.node),
                depends_on: Vec::new(),
                change: vec![Change {
                    field: service.clone(),
                    before: json!(state),
                    after: json!(match verb {
                        Verb::Restart => "restarted",
                        Verb::Reload => "reloaded",
                        Verb::Start | Verb::Stop => verb.after(),
                    }),
                }],
                interruption: None,
                observed: facts(&step, &present),
                step,
            });
        }
        let nodes: Vec<&str> = draft
            .steps
            .iter()
            .map(|step| step.step.at.node.as_str())
            .collect();
        if nodes.is_empty() {
            return Err(sorting.nothing_to_do());
        }
        draft.left_out = sorting.left_out();
        draft.summary = format!("{} {service} on {}", verb.as_str(), nodes.join(", "));
        Ok(draft)
    }

    fn assess(step: &Step) -> Risk {
        match step.verb {
            Verb::Start | Verb::Reload => Risk::Reversible,
            Verb::Stop | Verb::Restart => Risk::Disruptive,
        }
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        Ok(facts(step, &read(ctx, step).await?))
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        step.traces(&[step.verb.kind()]).before(ctx, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let Step { at, service, verb } = step.step();
        let client = at.client(ctx).await.map_err(StartError::NotSent)?;
        let node = at.name().map_err(StartError::NotSent)?;
        let upid = client
            .act_on_service(&node, service, verb.action())
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
        step.traces(&[step.verb.kind()])
            .find(ctx, before, false)
            .await
    }

    /// A service that runs does not show whether it was restarted.
    fn world_tells(step: &Step) -> bool {
        match step.verb {
            Verb::Start | Verb::Stop => true,
            Verb::Restart | Verb::Reload => false,
        }
    }

    fn time_limit(_step: &Step) -> Option<Duration> {
        Some(Duration::from_mins(30))
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let state = known(read(ctx, step).await?.state);
        let text = format!("{} of {} is {state}", step.service, step.at.node);
        // One that does its work and ends is `exited`, which is as good as running.
        let good = match step.verb {
            Verb::Stop => state != "running",
            Verb::Start | Verb::Restart | Verb::Reload => {
                matches!(state.as_str(), "running" | "exited")
            }
        };
        Ok(if good {
            Verdict::ok(text)
        } else {
            Verdict::not_as_promised(text)
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        let back = match step.verb {
            Verb::Start => Verb::Stop,
            Verb::Stop => Verb::Start,
            Verb::Restart | Verb::Reload => return None,
        };
        if back == Verb::Stop && NEEDED.contains(&step.service.as_str()) {
            return None;
        }
        Some(Wish {
            op: "nodes.service".to_owned(),
            input: json!({
                "nodes": [step.at.reference()], "service": step.service, "do": back,
            }),
        })
    }
}

impl Step {
    fn traces<'a>(&'a self, kinds: &'a [&'a str]) -> Traces<'a> {
        Traces {
            cluster: &self.at.cluster,
            node: &self.at.node,
            kinds,
            id: Some(&self.service),
        }
    }
}

async fn read(ctx: &Ctx, step: &Step) -> Result<ServiceState> {
    let rows = step
        .at
        .client(ctx)
        .await?
        .services(&step.at.name()?)
        .await
        .map_err(|error| call_error(&step.at.cluster, &error))?;
    let known: Vec<String> = rows.iter().map(|row| row.service.clone()).collect();
    rows.into_iter()
        .find(|row| row.service == step.service)
        .ok_or_else(|| {
            Error::new(
                Code::NoMatch,
                format!("node {} has no service `{}`", step.at.node, step.service),
            )
            .hint(format!("it has {}", known.join(", ")))
        })
}

fn facts(step: &Step, present: &ServiceState) -> Observed {
    Observed {
        subject: format!("{} of {}", step.service, step.at.reference()),
        identity: BTreeMap::new(),
        state: BTreeMap::from([
            ("state".to_owned(), json!(present.state)),
            ("unit_state".to_owned(), json!(present.unit_state)),
        ]),
    }
}

/// A node that does not say how a service is leaves it unknown.
fn known(state: Option<String>) -> String {
    state.unwrap_or_else(|| "in an unknown state".to_owned())
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}
