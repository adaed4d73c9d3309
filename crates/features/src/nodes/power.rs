//! `nodes.power`: reboots or switches off a node as it is, and waits until it is back, or away.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Along, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found,
    Level, Observed, Result, Risk, Signal, Sorting, Started, Verdict, WayBack, Wish,
    contract::StartError,
};
use pve::NodeCommand;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::at::{self, NodeAt, Seen};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    guests::{listing, look_at_all},
    inventory::GuestRow,
};

/// Servers take minutes to test their memory, and guests minutes to shut down before.
const PATIENCE: Duration = Duration::from_mins(20);
/// About how long the guests of a node that reboots are away.
const AWAY: Duration = Duration::from_mins(5);
/// Seconds by which the uptime that a node tells may be off.
const SLACK_S: u64 = 5;
/// The observed fact that consent rests on: ids of the guests that go down with the node.
const RUNNING: &str = "guests_that_run";

/// What a node is told.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Command {
    Reboot,
    Shutdown,
}

impl Command {
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Reboot => "reboot",
            Self::Shutdown => "shut down",
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the node, or cluster/node.
    node: String,
    /// What it is told.
    #[arg(long, value_enum)]
    command: Command,
    /// Ids of guests that are to be gone from it by then: with one of them still on it nothing happens.
    #[arg(long)]
    #[serde(default)]
    without: Vec<u32>,
}

/// One node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    at: NodeAt,
    command: Command,
    /// Guests that are moved away before.
    without: Vec<u32>,
}

pub(super) struct Power;

impl Action for Power {
    const NAME: &'static str = "nodes.power";
    const SUMMARY: &'static str = "Reboot or shut down a node as it is, with the guests on it";
    const RISK: Risk = Risk::Disruptive;
    const VERIFY_PATIENCE: Duration = PATIENCE;
    const WAY_BACK: WayBack = WayBack::None {
        why: "a reboot leaves nothing to take back, and a node that is off is switched on by hand or `nodes.wake`",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let seen = at::one(ctx, &input.node).await?;
        seen.need_online()?;
        let step = Step {
            at: seen.at.clone(),
            command: input.command,
            without: input.without,
        };
        let hit: Vec<GuestRow> = step.left_running(&seen).cloned().collect();
        let mut preflight = quorum(&seen, step.command);
        preflight.extend(fate(ctx, &step, &hit).await?);
        preflight.push(Signal {
            signal: "no_way_back".to_owned(),
            level: Level::Info,
            text: match step.command {
                Command::Reboot => "a reboot leaves nothing to take back".to_owned(),
                Command::Shutdown => format!(
                    "{} has to be switched on by hand, or by `nodes.wake` where wake-on-LAN is set up",
                    step.at.node
                ),
            },
            target: Some(step.at.reference()),
        });
        let summary = format!("{} node {}", step.command.verb(), step.at.node);
        Ok(Draft {
            steps: vec![DraftStep {
                target: step.at.target(),
                title: match step.command {
                    Command::Reboot => format!("Reboot node {}", step.at.node),
                    Command::Shutdown => format!("Shut node {} down", step.at.node),
                },
                depends_on: Vec::new(),
                change: vec![Change {
                    field: "node".to_owned(),
                    before: json!("online"),
                    after: json!(match step.command {
                        Command::Reboot => "rebooted",
                        Command::Shutdown => "offline",
                    }),
                }],
                interruption: (step.command == Command::Reboot && !hit.is_empty()).then_some(AWAY),
                observed: facts(&step, Some(&seen)),
                step,
            }],
            summary,
            preflight,
            left_out: Vec::new(),
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let seen = at::now(ctx, &step.at).await?;
        Ok(facts(step, seen.as_ref()))
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        // What the plan promised to move is looked for a last time: a reboot would stop it.
        if let Some(seen) = at::now(ctx, &step.at).await? {
            let still: Vec<&str> = seen
                .running()
                .filter(|guest| step.without.contains(&guest.vmid))
                .map(|guest| guest.name.as_str())
                .collect();
            if !still.is_empty() {
                return Err(Error::new(
                    Code::Conflict,
                    format!("{} still runs on {}", listing(&still), step.at.node),
                )
                .hint("move it away first"));
            }
        }
        let mut before = BeforeState::from(observed);
        before.0.extend([
            ("uptime_s".to_owned(), json!(uptime(ctx, &step.at).await?)),
            ("at".to_owned(), json!(ctx.clock.now())),
        ]);
        Ok(before)
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let step = step.step();
        let client = step.at.client(ctx).await.map_err(StartError::NotSent)?;
        let node = step.at.name().map_err(StartError::NotSent)?;
        let command = match step.command {
            Command::Reboot => NodeCommand::Reboot,
            Command::Shutdown => NodeCommand::Shutdown,
        };
        client
            .command_node(&node, command)
            .await
            .map_err(|error| start_error(&step.at.cluster, &error))?;
        Ok(Started::Done(()))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        // The call makes no task of ours. A node that goes down shows it sooner or later; one that does
        // not was perhaps never told, and is not told again.
        Ok(match outcome(ctx, step, before).await? {
            Outcome::Away | Outcome::Back => Found::Done(None),
            Outcome::Untouched => Found::Unknown(format!(
                "the answer was lost and {} still runs: whether it will {} cannot be told",
                step.at.node,
                step.command.verb()
            )),
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, before: &BeforeState) -> Result<Verdict> {
        let node = &step.at.node;
        Ok(match (step.command, outcome(ctx, step, before).await?) {
            (Command::Reboot, Outcome::Back) => Verdict::ok(format!("{node} is back")),
            (Command::Reboot, Outcome::Away) => {
                Verdict::not_as_promised(format!("{node} is away and did not come back yet"))
            }
            (Command::Shutdown, Outcome::Away) => Verdict::ok(format!("{node} is off")),
            (Command::Shutdown, Outcome::Back) => {
                Verdict::not_as_promised(format!("{node} came back instead of staying off"))
            }
            (_, Outcome::Untouched) => {
                Verdict::not_as_promised(format!("{node} has not gone down"))
            }
        })
    }

    /// The guests that run on it go down, and with a reboot some come up again.
    fn along(step: &Step, observed: &Observed) -> Vec<Along> {
        let ops: &[&str] = match step.command {
            Command::Reboot => &["guests.shutdown", "guests.reboot"],
            Command::Shutdown => &["guests.shutdown"],
        };
        let running = observed.state.get(RUNNING).and_then(Value::as_array);
        running
            .into_iter()
            .flatten()
            .map(|vmid| Along {
                target: format!("{}/{vmid}", step.at.reference()),
                ops: ops.iter().map(|op| (*op).to_owned()).collect(),
            })
            .collect()
    }

    /// See [`Power::WAY_BACK`].
    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

impl Step {
    fn left_running<'a>(&'a self, seen: &'a Seen) -> impl Iterator<Item = &'a GuestRow> {
        seen.running()
            .filter(|guest| !self.without.contains(&guest.vmid))
    }
}

/// Where a node stands that was told to go down.
enum Outcome {
    Untouched,
    Away,
    Back,
}

async fn outcome(ctx: &Ctx, step: &Step, before: &BeforeState) -> Result<Outcome> {
    let Some(seen) = at::now(ctx, &step.at).await? else {
        return Err(Error::new(
            Code::ClusterRefused,
            format!(
                "node {} is not part of its cluster any more",
                step.at.reference()
            ),
        ));
    };
    if !seen.is_online() {
        return Ok(Outcome::Away);
    }
    let Some(now_s) = uptime(ctx, &step.at).await? else {
        return Ok(Outcome::Untouched);
    };
    let before_s = before.0.get("uptime_s").and_then(Value::as_u64);
    let since = before
        .text("at")
        .and_then(|text| text.parse::<Timestamp>().ok())
        .and_then(|at| u64::try_from(ctx.clock.now().duration_since(at).as_secs()).ok());
    // Two clocks are not compared: what has run for a shorter time than since then began after that.
    let younger = before_s.is_some_and(|before_s| now_s + SLACK_S < before_s);
    let began_since = since.is_some_and(|since| now_s < since);
    Ok(if younger || began_since {
        Outcome::Back
    } else {
        Outcome::Untouched
    })
}

async fn uptime(ctx: &Ctx, at: &NodeAt) -> Result<Option<u64>> {
    let client = at.client(ctx).await?;
    let status = client
        .node_status(&at.name()?)
        .await
        .map_err(|error| call_error(&at.cluster, &error))?;
    Ok(status.uptime_s)
}

/// What becomes of the guests that are still on it.
async fn fate(ctx: &Arc<Ctx>, step: &Step, hit: &[GuestRow]) -> Result<Vec<Signal>> {
    if hit.is_empty() {
        return Ok(Vec::new());
    }
    let mut unseen = Sorting::default();
    let looked = look_at_all(ctx, hit, &mut unseen).await?;
    let named = |starts: bool| -> Vec<&str> {
        looked
            .iter()
            .filter(|looked| looked.config.get("onboot").is_some_and(|flag| flag == "1") == starts)
            .map(|looked| looked.guest.name.as_str())
            .collect()
    };
    let mut signals = Vec::new();
    let mut tell = |signal: &str, text: String| {
        signals.push(Signal {
            signal: signal.to_owned(),
            level: Level::Warning,
            text,
            target: Some(step.at.reference()),
        });
    };
    let all: Vec<&str> = hit.iter().map(|guest| guest.name.as_str()).collect();
    match step.command {
        Command::Shutdown => tell(
            "guests_stop",
            format!("{} shut down with the node", listing(&all)),
        ),
        Command::Reboot => {
            let (back, off) = (named(true), named(false));
            if !back.is_empty() {
                tell(
                    "guests_restart",
                    format!("{} shut down and start again with the node", listing(&back)),
                );
            }
            if !off.is_empty() {
                tell(
                    "guests_stop",
                    format!(
                        "{} shut down and stay off: `onboot` is not set",
                        listing(&off)
                    ),
                );
            }
        }
    }
    for one in unseen.left_out() {
        tell(
            "check_skipped",
            format!("{}: what becomes of it is not known", one.sentence()),
        );
    }
    let managed: Vec<&str> = looked
        .iter()
        .filter(|looked| looked.status.ha_managed)
        .map(|looked| looked.guest.name.as_str())
        .collect();
    if !managed.is_empty() {
        tell(
            "ha_managed",
            format!(
                "HA decides over {}: by the shutdown policy of the cluster they move, wait or are recovered",
                listing(&managed)
            ),
        );
    }
    Ok(signals)
}

/// Whether the others still are a majority.
fn quorum(seen: &Seen, command: Command) -> Vec<Signal> {
    let total = seen.cluster.len();
    let left = seen
        .cluster
        .iter()
        .filter(|row| row.status == "online" && row.node != seen.at.node)
        .count();
    if total < 2 || left * 2 > total {
        return Vec::new();
    }
    let until = match command {
        Command::Reboot => "until it is back",
        Command::Shutdown => "until it is switched on again",
    };
    vec![Signal {
        signal: "quorum".to_owned(),
        level: Level::Warning,
        text: format!(
            "without {} only {left} of {total} nodes are left: the cluster loses its quorum {until}, nothing can \
             be changed and HA may switch nodes off",
            seen.at.node
        ),
        target: Some(seen.at.reference()),
    }]
}

fn facts(step: &Step, seen: Option<&Seen>) -> Observed {
    let mut running: Vec<u32> = seen
        .into_iter()
        .flat_map(|seen| step.left_running(seen))
        .map(|guest| guest.vmid)
        .collect();
    running.sort_unstable();
    Observed {
        subject: format!("node {}", step.at.reference()),
        identity: BTreeMap::new(),
        state: BTreeMap::from([
            (
                "status".to_owned(),
                json!(seen.map(|seen| seen.row.status.clone())),
            ),
            (RUNNING.to_owned(), json!(running)),
        ]),
    }
}

/// Guests of a node that have to go before it does: those that run.
pub(super) fn to_move(seen: &Seen, stopped_too: bool) -> Vec<&GuestRow> {
    seen.guests
        .iter()
        .filter(|guest| guest.is_running() || (stopped_too && !guest.template))
        .collect()
}

/// The wish that moves guests to where there is room.
pub(super) fn moving(guests: &[&GuestRow], with_local_disks: bool) -> Wish {
    let references: Vec<String> = guests.iter().map(|guest| guest.reference()).collect();
    Wish {
        op: "guests.migrate".to_owned(),
        input: json!({
            "guests": references, "spread": true, "with_local_disks": with_local_disks,
        }),
    }
}
