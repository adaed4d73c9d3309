//! What the operations share that set and delete options of guests: planning with what applies at once and
//! what waits, sending guarded by the digest, finding lost answers by the values, taking back.

use std::{
    collections::{BTreeMap, BTreeSet},
    marker::PhantomData,
    sync::Arc,
};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Level,
    Observed, Result, Risk, Signal, Started, TaskRef, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{ConfigChange, ErrorKind, GuestConfig, GuestState, Need, Params, option_need};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    bridges::Bridges,
    choose::{Chosen, already, choose_any, pass, permitted, rest_of},
    effect::{Takes, is_device, slot_of, takes},
    options::{Wanted, check, holds, is_already, is_masked, is_volume, new_volume, notes, shown},
    places::too_much_memory,
    subject::{GuestRef, Looked, lock_error, observe},
    traces::{before_with_traces, new_traces},
    words::{listing, no_way_back, signals},
    work::found_in,
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    inventory::GuestKind,
    pve_call::sealed,
};

/// PVE checks nothing of whoever signs in as this one; its tokens are checked.
const ROOT: &str = "root@pam";
const FORMER: &str = "options";
const OTHERS: &str = "other_options";
const HIDDEN: &str = "***";

/// Takes options back by `guests.config`, whichever operation set them.
pub(super) const BY_CONFIG: WayBack = WayBack::By {
    op: "guests.config",
    note: "",
};

/// An operation that comes to options of each guest.
pub(super) trait Edit: Send + Sync + 'static {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    const PHRASES: &'static [&'static str] = &[];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = BY_CONFIG;
    type Input: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send + Sync;

    fn guests(input: &Self::Input) -> &[String];

    /// The plan in one sentence; `names` are the guests.
    fn summary(input: &Self::Input, names: &str) -> String;

    /// Refuses what cannot be wished of so many guests, left-out ones included.
    fn suits(_input: &Self::Input, _count: usize) -> Result<()> {
        Ok(())
    }

    /// What is to be so on this guest, the `at`-th of the plan.
    fn wanted(input: &Self::Input, at: usize, looked: &Looked) -> Result<Wanted>;

    /// Destroys the volumes of deleted options (virtual machines).
    fn destroys_volumes(_input: &Self::Input) -> bool {
        false
    }
}

/// The step: options of one guest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EditStep {
    guest: GuestRef,
    running: bool,
    set: BTreeMap<String, String>,
    delete: BTreeSet<String>,
    destroy_volumes: bool,
    /// As they were when this was planned.
    former: BTreeMap<String, Option<String>>,
    secret: Option<Secret>,
}

/// Options that are kept encrypted until they are sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Secret {
    call: String,
    names: Vec<String>,
}

impl EditStep {
    /// New volumes can take longer than a request may.
    fn needs_task(&self) -> bool {
        self.guest.kind == GuestKind::Qemu
            && self
                .set
                .iter()
                .any(|(key, value)| is_volume(self.guest.kind, key) && new_volume(value).is_some())
    }

    fn destroys(&self) -> bool {
        self.destroy_volumes || self.delete.iter().any(|key| slot_of(key) == "unused")
    }

    fn is_so(&self, config: &GuestConfig) -> bool {
        self.set
            .iter()
            .all(|(key, value)| holds(key, value, config.get(key)))
            && self.delete.iter().all(|key| config.get(key).is_none())
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        let secret = self.secret.iter().flat_map(|secret| &secret.names);
        self.set
            .keys()
            .chain(&self.delete)
            .chain(secret)
            .map(String::as_str)
    }

    /// A fingerprint of the options that the step leaves alone.
    fn others(&self, config: &GuestConfig) -> String {
        let own: BTreeSet<&str> = self.keys().collect();
        let lines: String = config
            .values
            .iter()
            .filter(|(key, _)| !own.contains(key.as_str()))
            .flat_map(|(key, value)| [key.as_str(), "=", value.as_str(), "\n"])
            .collect();
        pve::config_digest(&lines)
    }

    async fn config(&self, ctx: &Ctx) -> Result<GuestConfig> {
        let client = self.guest.client(ctx).await?;
        client
            .guest_config(&self.guest.at()?)
            .await
            .map_err(|error| call_error(&self.guest.cluster, &error))
    }
}

/// What came of a change that was made at once.
#[derive(Serialize, JsonSchema)]
pub(super) struct Edited {
    /// Options that the running guest did not let go of, with PVE's words; they wait for its next start.
    refused_now: BTreeMap<String, String>,
}

/// The action that an [`Edit`] is.
pub(super) struct Edits<E>(PhantomData<fn() -> E>);

impl<E: Edit> Action for Edits<E> {
    const NAME: &'static str = E::NAME;
    const SUMMARY: &'static str = E::SUMMARY;
    const PHRASES: &'static [&'static str] = E::PHRASES;
    const RISK: Risk = E::RISK;
    const WAY_BACK: WayBack = E::WAY_BACK;
    type Ctx = Ctx;
    type Input = E::Input;
    type Step = EditStep;
    type Output = Edited;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: E::Input) -> Result<Draft<EditStep>> {
        let Chosen {
            guests,
            mut sorting,
            preflight,
        } = choose_any(ctx, E::guests(&input), &[]).await?;
        let mut drafted = Drafted {
            steps: Vec::new(),
            preflight,
            bridges: Bridges::default(),
        };
        E::suits(&input, guests.len() + sorting.len())?;
        let mut fitting = Vec::new();
        for (at, looked) in guests.into_iter().enumerate() {
            let wanted = E::wanted(&input, at, &looked)
                .and_then(|wanted| check(&looked.guest, &wanted).map(|()| wanted));
            let Some(wanted) = pass(&mut sorting, &looked, wanted)? else {
                continue;
            };
            let wanted = still_to_do(wanted, &looked);
            if wanted == Wanted::default() {
                already(&mut sorting, &looked, "is so already");
                continue;
            }
            let checked = match lock_error(&looked) {
                Some(locked) => Err(locked),
                None => need(ctx, &looked, &wanted).await,
            };
            if let Some(need) = pass(&mut sorting, &looked, checked)? {
                fitting.push((looked.guest.clone(), need, (looked, wanted)));
            }
        }
        let (fitting, unchecked) = permitted(ctx, fitting, &mut sorting).await?;
        drafted.preflight.extend(unchecked);
        let left_out = rest_of(&fitting, sorting)?;
        let names: Vec<&str> = fitting.iter().map(|(l, _)| l.guest.name.as_str()).collect();
        let summary = E::summary(&input, &listing(&names));
        sealed::clear_away(&ctx.secrets, ctx.clock.now()).await?;
        for (looked, wanted) in fitting {
            drafted
                .add::<E>(ctx, &looked, wanted, E::destroys_volumes(&input))
                .await?;
        }
        Ok(Draft {
            summary,
            steps: drafted.steps,
            preflight: drafted.preflight,
            left_out,
        })
    }

    fn assess(step: &EditStep) -> Risk {
        if step.destroys() {
            return Risk::Destructive;
        }
        let kind = step.guest.kind;
        let takes_away =
            |key: &&str| is_device(kind, key) && step.former.get(*key).is_some_and(Option::is_some);
        if step.running && step.keys().any(|key| takes_away(&key)) {
            Risk::Disruptive
        } else {
            Risk::Reversible
        }
    }

    async fn observe(ctx: &Arc<Ctx>, step: &EditStep) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &EditStep, observed: &Observed) -> Result<BeforeState> {
        let mut before = if step.needs_task() {
            before_with_traces(ctx, &step.guest, observed).await?
        } else {
            BeforeState::from(observed)
        };
        let config = step.config(ctx).await?;
        let former: BTreeMap<&str, Option<&str>> =
            step.keys().map(|key| (key, config.get(key))).collect();
        before.0.insert(FORMER.to_owned(), json!(former));
        if step.secret.is_some() {
            let others = json!(step.others(&config));
            before.0.insert(OTHERS.to_owned(), others);
        }
        Ok(before)
    }

    async fn start(
        ctx: &Arc<Ctx>,
        approved: &Approved<EditStep>,
    ) -> Result<Started<Edited>, StartError> {
        send(ctx, approved.step()).await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &EditStep,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        if step.needs_task() {
            let traces = new_traces(ctx, &step.guest, &["qmconfig"], before).await?;
            if !traces.is_empty() {
                return Ok(found_in(&traces, &step.guest));
            }
        }
        let config = step.config(ctx).await?;
        // The request carried the digest of before, so it cannot take effect on any other configuration.
        let is_touched = config.digest.as_deref() != before.text("configuration");
        Ok(if is_touched && step.is_so(&config) {
            // A password is masked: that it was set shows only where nothing else became different.
            let others = json!(step.others(&config));
            if step.secret.is_some() && before.0.get(OTHERS) != Some(&others) {
                let text = format!(
                    "somebody else changed {} meanwhile, so whether its password was set cannot be seen",
                    step.guest.subject()
                );
                return Err(Error::new(Code::OutcomeUnknown, text));
            }
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &EditStep, _before: &BeforeState) -> Result<Verdict> {
        let config = step.config(ctx).await?;
        let name = &step.guest.name;
        for (key, wanted) in &step.set {
            let found = config.get(key);
            if !holds(key, wanted, found) {
                return Ok(Verdict::not_as_promised(format!(
                    "`{key}` of {name} is {}, not {}",
                    shown(found.unwrap_or("not set")),
                    shown(wanted)
                )));
            }
        }
        if let Some(key) = step.delete.iter().find(|key| config.get(key).is_some()) {
            return Ok(Verdict::not_as_promised(format!(
                "{name} still has `{key}`"
            )));
        }
        let waiting = if step.running {
            waiting(ctx, step).await?
        } else {
            Vec::new()
        };
        Ok(Verdict::ok(match waiting.as_slice() {
            [] => format!("{name} is configured as wished"),
            keys => format!(
                "{name} is configured as wished; {} at its next start",
                applies(keys)
            ),
        }))
    }

    fn undo(step: &EditStep, before: &BeforeState) -> Option<Wish> {
        if step.destroys() || step.secret.is_some() {
            return None;
        }
        let former: BTreeMap<String, Option<String>> = before
            .0
            .get(FORMER)
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .unwrap_or_else(|| step.former.clone());
        if former.values().flatten().any(|value| is_masked(value)) {
            return None;
        }
        let set: Vec<String> = former
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_deref()?)))
            .map(|(key, value)| {
                let value = if key == "description" {
                    notes(value)
                } else {
                    value
                };
                format!("{key}={value}")
            })
            .collect();
        let delete: Vec<&String> = former
            .iter()
            .filter_map(|(key, value)| value.is_none().then_some(key))
            .collect();
        // A disk that the step made goes with its option.
        let destroys = step.needs_task()
            && delete
                .iter()
                .all(|key| step.set.get(*key).is_some_and(|v| new_volume(v).is_some()));
        let mut input = json!({ "guests": [step.guest.anywhere()] });
        if let Value::Object(fields) = &mut input {
            if !set.is_empty() {
                fields.insert("set".to_owned(), json!(set));
            }
            if destroys && !delete.is_empty() {
                fields.insert("destroy_volumes".to_owned(), json!(true));
            }
            if !delete.is_empty() {
                fields.insert("delete".to_owned(), json!(delete));
            }
        }
        Some(Wish {
            op: "guests.config".to_owned(),
            input,
        })
    }
}

/// What PVE wants of us for these changes. What is root's alone is refused here: no privilege helps.
async fn need(ctx: &Ctx, looked: &Looked, wanted: &Wanted) -> Result<Need> {
    let guest = &looked.guest;
    let at = guest.at()?;
    let is_root = ctx.inventory.identity(&guest.cluster).await? == ROOT;
    let mut needs = Vec::new();
    for (key, value) in wanted.changes() {
        let need = option_need(&at, &looked.config, key, value);
        if !is_root && need.is_roots() {
            let tool = match guest.kind {
                GuestKind::Qemu => "qm",
                GuestKind::Lxc => "pct",
            };
            return Err(Error::new(
                Code::ClusterRefused,
                format!(
                    "{} cannot be touched by us: PVE lets only {ROOT} without a token change `{key}` like this",
                    guest.subject()
                ),
            )
            .hint(format!(
                "change it with `{tool} set {}` on node {}, or leave the guest out with `!NAME`",
                guest.vmid, guest.node
            )));
        }
        needs.push(need);
    }
    Ok(Need::All(needs))
}

/// Without what is so already.
fn still_to_do(wanted: Wanted, looked: &Looked) -> Wanted {
    let config = &looked.config;
    Wanted {
        set: wanted
            .set
            .into_iter()
            .filter(|(key, value)| {
                // What cannot be read cannot be compared.
                !is_already(key, Some(value), config.get(key)) || sealed::is_secret(key)
            })
            .collect(),
        delete: wanted
            .delete
            .into_iter()
            .filter(|key| config.get(key).is_some())
            .collect(),
    }
}

struct Drafted {
    steps: Vec<DraftStep<EditStep>>,
    preflight: Vec<Signal>,
    bridges: Bridges,
}

impl Drafted {
    async fn add<E: Edit>(
        &mut self,
        ctx: &Ctx,
        looked: &Looked,
        wanted: Wanted,
        destroy_volumes: bool,
    ) -> Result<()> {
        let guest = &looked.guest;
        let running = looked.status.status == GuestState::Running;
        self.preflight.extend(signals(looked, false));
        self.preflight
            .extend(when_it_applies(looked, &wanted, running));
        let memory = wanted.set.get("memory");
        self.preflight
            .extend(too_much_memory(ctx, guest, memory).await?);
        let node = guest.at()?.node;
        let missing = self
            .bridges
            .missing(ctx, guest, wanted.set.iter(), &node)
            .await?;
        self.preflight.extend(missing);
        let (secret, open): (BTreeMap<_, _>, BTreeMap<_, _>) = wanted
            .set
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .partition(|(key, _)| sealed::is_secret(key));
        let kept = if secret.is_empty() {
            None
        } else {
            let call = Uuid::now_v7().simple().to_string();
            let values: Vec<(String, String)> = secret.into_iter().collect();
            sealed::keep_parameters(&ctx.secrets, &call, &values).await?;
            Some(Secret {
                call,
                names: values.into_iter().map(|(name, _)| name).collect(),
            })
        };
        let step = EditStep {
            guest: guest.clone(),
            running,
            former: wanted
                .changes()
                .map(|(key, _)| (key.to_owned(), looked.config.get(key).map(str::to_owned)))
                .collect(),
            set: open,
            delete: wanted.delete.clone(),
            destroy_volumes,
            secret: kept,
        };
        self.preflight.extend(why_not_back(&step));
        self.steps.push(DraftStep {
            target: guest.target(),
            title: format!("Configure {} ({})", guest.name, guest.vmid),
            depends_on: Vec::new(),
            change: changes(&step, &wanted),
            interruption: None,
            observed: looked.observed.clone(),
            step,
        });
        Ok(())
    }
}

fn changes(step: &EditStep, wanted: &Wanted) -> Vec<Change> {
    wanted
        .changes()
        .map(|(key, value)| {
            let before = step.former.get(key).and_then(Option::as_deref).map(shown);
            let after = match value {
                Some(_) if sealed::is_secret(key) => Some(HIDDEN.to_owned()),
                value => value.map(shown),
            };
            Change {
                field: key.to_owned(),
                before: json!(before),
                after: json!(after),
            }
        })
        .collect()
}

/// Which changes of a running guest wait, and which depend on the system inside.
fn when_it_applies(looked: &Looked, wanted: &Wanted, running: bool) -> Vec<Signal> {
    let guest = &looked.guest;
    let of = |which: Takes| -> Vec<&str> {
        wanted
            .changes()
            .filter(|(key, value)| takes(guest.kind, &looked.config, running, key, *value) == which)
            .map(|(key, _)| key)
            .collect()
    };
    let signal = |signal: &str, level, text: String| Signal {
        signal: signal.to_owned(),
        level,
        text,
        target: Some(guest.reference()),
    };
    let mut signals = Vec::new();
    let later = of(Takes::AtRestart);
    if !later.is_empty() {
        signals.push(signal(
            "pending_restart",
            Level::Warning,
            format!(
                "{} runs: {} only at its next start (`guests.reboot`), not by a restart from inside",
                guest.name,
                applies(&later)
            ),
        ));
    }
    let perhaps = of(Takes::IfReleased);
    if !perhaps.is_empty() {
        signals.push(signal(
            "hotplug",
            Level::Warning,
            format!(
                "{} runs: {} at once only if the system inside lets go of the device, else at its next start",
                guest.name,
                applies(&perhaps)
            ),
        ));
    }
    signals
}

/// `memory applies`, `cores, memory apply`.
fn applies<T: AsRef<str>>(keys: &[T]) -> String {
    let words: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
    let verb = if words.len() == 1 { "applies" } else { "apply" };
    format!("{} {verb}", words.join(", "))
}

fn why_not_back(step: &EditStep) -> Option<Signal> {
    let name = &step.guest.name;
    if step.destroys() {
        return Some(no_way_back(
            Some(&step.guest),
            &format!("volumes of {name} are destroyed with what is on them"),
        ));
    }
    let hidden =
        step.secret.is_some() || step.former.values().flatten().any(|value| is_masked(value));
    hidden.then(|| {
        no_way_back(
            Some(&step.guest),
            &format!("PVE does not tell the present password of {name}, so it cannot be set again"),
        )
    })
}

async fn send(ctx: &Ctx, step: &EditStep) -> Result<Started<Edited>, StartError> {
    let guest = &step.guest;
    let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
    let at = guest.at().map_err(StartError::NotSent)?;
    let digest = step.config(ctx).await.map_err(StartError::NotSent)?.digest;
    let mut set: Params = step
        .set
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    if let Some(secret) = &step.secret {
        for (key, value) in sealed::parameters(&ctx.secrets, &secret.call)
            .await
            .map_err(StartError::NotSent)?
        {
            set = set.with(key, value);
        }
    }
    let change = ConfigChange {
        set,
        delete: step.delete.iter().cloned().collect(),
        digest,
        destroy_volumes: step.destroy_volumes && guest.kind == GuestKind::Qemu,
        ..ConfigChange::default()
    };
    let sent = if step.needs_task() {
        client.start_guest_config(&at, &change, None).await
    } else {
        client.set_guest_config(&at, &change).await.map(|()| None)
    };
    // It is never sent a second time: what was lost on the way stays with `recover`.
    if let Some(secret) = &step.secret {
        sealed::forget_parameters(&ctx.secrets, &secret.call).await;
    }
    match sent {
        Ok(Some(upid)) => Ok(Started::Task(TaskRef {
            cluster: guest.cluster.clone(),
            id: upid.as_str().to_owned(),
        })),
        Ok(None) => Ok(Started::Done(Edited {
            refused_now: BTreeMap::new(),
        })),
        Err(error) => match only_waits(&error) {
            Some(refused_now) => Ok(Started::Done(Edited { refused_now })),
            None => Err(start_error(&guest.cluster, &error)),
        },
    }
}

/// PVE answers with an error when a device could not be unplugged, and keeps the change for the next start.
fn only_waits(error: &pve::Error) -> Option<BTreeMap<String, String>> {
    let ErrorKind::Parameters { errors, .. } = error.kind() else {
        return None;
    };
    let all_wait = !errors.is_empty()
        && errors
            .values()
            .all(|text| text.starts_with("hotplug problem"));
    all_wait.then(|| {
        errors
            .iter()
            .map(|(key, text)| (key.clone(), text.trim_end().to_owned()))
            .collect()
    })
}

/// Which of the step's options wait for the next start.
async fn waiting(ctx: &Ctx, step: &EditStep) -> Result<Vec<String>> {
    let client = step.guest.client(ctx).await?;
    let pending = client
        .guest_pending(&step.guest.at()?)
        .await
        .map_err(|error| call_error(&step.guest.cluster, &error))?;
    let keys: BTreeSet<&str> = step.keys().collect();
    Ok(pending
        .changes()
        .filter(|value| keys.contains(value.key.as_str()))
        .map(|value| value.key.clone())
        .collect())
}
