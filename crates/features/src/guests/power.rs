//! What the four power actions share: planning, finding lost answers, verifying.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ops::{
    BeforeState, Call, Change, Draft, DraftStep, Found, Level, Observed, Result, Signal, Started,
    TaskRef, Verdict, contract::StartError,
};
use pve::{GuestState, GuestStatus, TaskOutcome, TaskState};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    choose::{Chosen, already, choose_any, pass, rest_of, unfit, unlocked},
    fit::{Fit, Power},
    ha_state::{ha_takes_it, request_at},
    subject::GuestRef,
    traces::{before_with_traces, new_traces},
    words::{listing, signals},
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
};

/// A reboot keeps the workload away about this long.
const REBOOT_ESTIMATE: Duration = Duration::from_mins(1);

/// One of these, says PVE.
const NEEDS: &[&str] = &["VM.PowerMgmt"];
/// No guest takes longer to be started or stopped, whatever PVE waits for.
const TIME_LIMIT: Duration = Duration::from_mins(30);

/// The step of a power action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PowerStep {
    pub(super) guest: GuestRef,
    /// How long the guest may take to shut down.
    pub(super) timeout_s: Option<u32>,
}

/// How long the task of a step is followed: what the guest was given to shut down, and some more.
pub(super) fn time_limit(step: &PowerStep) -> Duration {
    TIME_LIMIT + Duration::from_secs(step.timeout_s.map_or(0, u64::from))
}

pub(super) async fn plan(
    (ctx, call): (&Arc<Ctx>, &Call),
    power: Power,
    guests: &[String],
    timeout_s: Option<u32>,
) -> Result<Draft<PowerStep>> {
    let Chosen {
        guests: looked,
        mut sorting,
        mut preflight,
    } = choose_any(ctx, guests, NEEDS).await?;
    let mut steps = Vec::new();
    let mut fitting = Vec::new();
    for mut one in looked {
        let mut fit = power.fit(&one.status);
        // An earlier wish of the same plan may make room for this one: shut down, then start.
        if fit != Fit::Fits
            && let Some(foreseen) = call.claims.foreseen(&power_of(&one.guest))
        {
            let later = as_foreseen(&one.status, foreseen);
            if power.fit(&later) == Fit::Fits {
                (fit, one.status) = (Fit::Fits, later);
            }
        }
        match fit {
            Fit::Already(why) => already(&mut sorting, &one, why),
            Fit::No(why) => unfit(&mut sorting, &one, why),
            Fit::Fits => {
                let asks_ha = power.goes_through_ha();
                let checked = if asks_ha { ha_takes_it(&one) } else { Ok(()) };
                if pass(&mut sorting, &one, checked)?.is_some() {
                    fitting.push(one);
                }
            }
        }
    }
    let fitting = unlocked(fitting, &mut sorting)?;
    let left_out = rest_of(&fitting, sorting)?;
    let names: Vec<&str> = fitting
        .iter()
        .map(|looked| looked.guest.name.as_str())
        .collect();
    let summary = format!("{} {}", power.verb(), listing(&names));
    for looked in &fitting {
        call.claims.foresee(power_of(&looked.guest), power.after());
        preflight.extend(signals(looked, power.interrupts()));
        steps.push(DraftStep {
            target: looked.guest.target(),
            title: format!(
                "{} {} ({})",
                capital(power.verb()),
                looked.guest.name,
                looked.guest.vmid
            ),
            depends_on: Vec::new(),
            change: change(power, looked.status.status.as_str()),
            interruption: (power == Power::Reboot).then_some(REBOOT_ESTIMATE),
            observed: looked.observed.clone(),
            step: PowerStep {
                guest: looked.guest.clone(),
                timeout_s,
            },
        });
    }
    if power.interrupts() {
        preflight.push(Signal {
            signal: "check_skipped".to_owned(),
            level: Level::Info,
            text: "not checked: age of the newest backup, network activity".to_owned(),
            target: None,
        });
    }
    Ok(Draft {
        summary,
        steps,
        preflight,
        left_out,
    })
}

fn power_of(guest: &GuestRef) -> String {
    format!("power of {}", guest.reference())
}

fn as_foreseen(now: &GuestStatus, state: &str) -> GuestStatus {
    GuestStatus {
        status: GuestState::from(state.to_owned()),
        qemu_state: None,
        ..now.clone()
    }
}

fn change(power: Power, now: &str) -> Vec<Change> {
    let change = |field: &str, before, after| Change {
        field: field.to_owned(),
        before,
        after,
    };
    match power {
        Power::Start | Power::Stop | Power::Shutdown => {
            vec![change("status", json!(now), json!(power.after()))]
        }
        Power::Reboot => vec![change("uptime", json!("running"), json!("restarted"))],
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Asks the cluster. `call` makes the request once everything is at hand.
pub(super) async fn start<C, F>(
    ctx: &Ctx,
    guest: &GuestRef,
    call: C,
) -> Result<Started<()>, StartError>
where
    C: FnOnce(pve::Client, pve::GuestAt) -> F + Send,
    F: Future<Output = pve::Result<pve::Upid>> + Send,
{
    let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
    let at = guest.at().map_err(StartError::NotSent)?;
    let upid = call(client, at)
        .await
        .map_err(|error| start_error(&guest.cluster, &error))?;
    Ok(Started::Task(TaskRef {
        cluster: guest.cluster.clone(),
        id: upid.as_str().to_owned(),
    }))
}

/// Facts, traces, and what tells a restarted guest from one that kept running.
pub(super) async fn before(
    ctx: &Ctx,
    step: &PowerStep,
    observed: &Observed,
) -> Result<BeforeState> {
    let mut before = before_with_traces(ctx, &step.guest, observed).await?;
    let status = step.guest.status(ctx).await?;
    before.0.extend(BTreeMap::from([
        ("pid".to_owned(), json!(status.pid)),
        ("uptime_s".to_owned(), json!(status.uptime_s)),
    ]));
    Ok(before)
}

pub(super) async fn recover(
    ctx: &Ctx,
    power: Power,
    step: &PowerStep,
    before: &BeforeState,
) -> Result<Found> {
    let traces = new_traces(ctx, &step.guest, power.task_kinds(), before).await?;
    Ok(match traces.as_slice() {
        [] => Found::NotSent,
        [(task, _)] if request_at(task) => Found::Running(task.clone()),
        [(task, row)] => match &row.state {
            TaskState::Running => Found::Running(task.clone()),
            TaskState::Ended(TaskOutcome::Ok | TaskOutcome::Warnings(_)) => {
                Found::Done(Some(task.clone()))
            }
            TaskState::Ended(TaskOutcome::Failed(text)) => Found::Failed {
                task: Some(task.clone()),
                text: text.clone(),
            },
            TaskState::Ended(TaskOutcome::Unknown(text)) => Found::Unknown(text.clone()),
        },
        several => Found::Unknown(format!(
            "{} new tasks of this kind run under our name on {}",
            several.len(),
            step.guest.subject()
        )),
    })
}

pub(super) async fn verify(
    ctx: &Ctx,
    power: Power,
    step: &PowerStep,
    before: &BeforeState,
) -> Result<Verdict> {
    let client = step.guest.client(ctx).await?;
    let status = client
        .guest_status(&step.guest.at()?)
        .await
        .map_err(|error| call_error(&step.guest.cluster, &error))?;
    let name = &step.guest.name;
    let now = status.status.as_str();
    if now != power.after() {
        return Ok(Verdict::not_as_promised(format!("{name} is {now}")));
    }
    if power != Power::Reboot {
        return Ok(Verdict::ok(format!("{name} is {now}")));
    }
    let number = |field: &str| before.0.get(field).and_then(serde_json::Value::as_u64);
    let new_process = matches!((number("pid"), status.pid), (Some(old), Some(new)) if old != new);
    let younger =
        matches!((number("uptime_s"), status.uptime_s), (Some(old), Some(new)) if new < old);
    Ok(if new_process || younger {
        Verdict::ok(format!("{name} is running again"))
    } else {
        Verdict::not_as_promised(format!("{name} is running but was not restarted"))
    })
}
