//! What the four power actions share: planning, finding lost answers, verifying, taking back.

use std::{collections::BTreeMap, marker::PhantomData, sync::Arc, time::Duration};

use ops::{
    BeforeState, Change, Claims, Draft, DraftStep, Level, Result, Risk, Signal, Verdict, WayBack,
    Wish,
};
use pve::{Client, GuestAt, GuestState, GuestStatus, Params, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    choose::{Chosen, already, choose_any, pass, rest_of, unfit, unlocked},
    fit::{Fit, Power},
    ha_state::ha_takes_it,
    subject::GuestRef,
    words::{listing, signals},
    work::Work,
};
use crate::{cluster_error::call_error, ctx::Ctx};

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

impl PowerStep {
    /// How long the guest may take, as the client wants it.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.timeout_s
            .map(|seconds| Duration::from_secs(u64::from(seconds)))
    }
}

/// One of the four power actions: all but the call itself is the same for each.
pub(super) trait Switch: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    const RISK: Risk;
    const WAY_BACK: WayBack;
    const POWER: Power;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send;

    /// The guests that were asked for, and how many seconds each may take to shut down.
    fn wished(input: Self::Input) -> (Vec<String>, Option<u32>);

    fn send(
        client: &Client,
        at: &GuestAt,
        step: &PowerStep,
    ) -> impl Future<Output = pve::Result<Upid>> + Send;
}

/// The [`Work`] that a [`Switch`] is.
pub(super) struct Switches<S>(PhantomData<fn() -> S>);

impl<S: Switch> Work for Switches<S> {
    const NAME: &'static str = S::NAME;
    const SUMMARY: &'static str = S::SUMMARY;
    const RISK: Risk = S::RISK;
    const WAY_BACK: WayBack = S::WAY_BACK;
    const TASKS: &'static [&'static str] = S::POWER.task_kinds();
    // Others start and stop guests as well: without its task a lost call stays unknown.
    const FOUND_BY_WORLD: bool = false;
    type Input = S::Input;
    type Step = PowerStep;

    async fn plan(ctx: &Arc<Ctx>, input: S::Input) -> Result<Draft<PowerStep>> {
        Self::plan_beside(ctx, input, &Claims::default()).await
    }

    async fn plan_beside(
        ctx: &Arc<Ctx>,
        input: S::Input,
        claims: &Claims,
    ) -> Result<Draft<PowerStep>> {
        let (guests, timeout_s) = S::wished(input);
        plan((ctx, claims), S::POWER, &guests, timeout_s).await
    }

    fn guest(step: &PowerStep) -> &GuestRef {
        &step.guest
    }

    async fn remember(ctx: &Arc<Ctx>, step: &PowerStep, before: &mut BeforeState) -> Result<()> {
        remember(ctx, step, before).await
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &PowerStep,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        S::send(client, at, step).await.map(Some)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &PowerStep, before: &BeforeState) -> Result<Verdict> {
        verify(ctx, S::POWER, step, before).await
    }

    /// What the guest was given to shut down, and some more.
    fn time_limit(step: &PowerStep) -> Option<Duration> {
        Some(TIME_LIMIT + step.patience().unwrap_or_default())
    }

    /// The other switch; what was interrupted by a restart stays interrupted.
    fn undo(step: &PowerStep, _before: &BeforeState) -> Option<Wish> {
        let WayBack::By { op, .. } = S::WAY_BACK else {
            return None;
        };
        let guests = [step.guest.reference()];
        Some(Wish {
            op: op.to_owned(),
            input: json!({ "guests": guests }),
        })
    }
}

async fn plan(
    (ctx, claims): (&Arc<Ctx>, &Claims),
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
            && let Some(foreseen) = claims.foreseen(&power_of(&one.guest))
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
        claims.foresee(power_of(&looked.guest), power.after());
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

/// What tells a restarted guest from one that kept running.
async fn remember(ctx: &Ctx, step: &PowerStep, before: &mut BeforeState) -> Result<()> {
    let status = step.guest.status(ctx).await?;
    before.0.extend(BTreeMap::from([
        ("pid".to_owned(), json!(status.pid)),
        ("uptime_s".to_owned(), json!(status.uptime_s)),
    ]));
    Ok(())
}

async fn verify(
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
