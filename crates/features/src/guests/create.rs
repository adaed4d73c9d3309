//! `guests.create`: makes a guest: from an installation medium, a cloud image, a template of containers, or as
//! a copy of a template of virtual machines that cloud-init sets up.

use std::{collections::BTreeMap, sync::Arc};

use ops::{
    BeforeState, Claims, Draft, DraftStep, Error, Observed, Result, Risk, Target, Verdict, WayBack,
    Wish,
};
use pve::{Client, ConfigChange, GuestAt, NewGuest, NewSize, NodeName, Params, Upid, format_size};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    clone::{self, free_fact, is_made, left_unfinished},
    create_checks::{check_places, may_not_start},
    create_input::{IMPORTED, Input, Origin, Plan, origin, read},
    options::{Wanted, check, holds, shown},
    places::{free_ids, need_node, volume_of},
    subject::{GuestRef, look_at, observe},
    work::{Work, change},
};
use crate::{
    cluster_error::call_error,
    ctx::Ctx,
    inventory::GuestKind,
    pve_call::{sealed, the_only_cluster},
};

const HIDDEN: &str = "***";

/// The step: the guest is made, or copied, or what was copied is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    new: GuestRef,
    what: What,
    /// Id of what is kept encrypted until it is sent.
    secret: Option<String>,
    /// Options of the guest while nobody touched it.
    untouched: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum What {
    Make {
        template: Option<String>,
        pool: Option<String>,
        set: BTreeMap<String, String>,
    },
    Copy(Box<clone::Step>),
    SetUp {
        set: BTreeMap<String, String>,
    },
    /// The disk that an image brought gets the size that is wished.
    Grow {
        bytes: u64,
    },
}

pub(super) struct Create;

impl Work for Create {
    const NAME: &'static str = "guests.create";
    const SUMMARY: &'static str =
        "Create a guest from an ISO, a cloud image, a container template or a template";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.delete",
        note: "only while the guest is as it was made",
    };
    const TASKS: &'static [&'static str] = &["qmcreate", "vzcreate", "qmclone", "resize"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        Self::plan_beside(ctx, input, &Claims::default()).await
    }

    async fn plan_beside(ctx: &Arc<Ctx>, input: Input, claims: &Claims) -> Result<Draft<Step>> {
        let cluster = match &input.cluster {
            Some(cluster) => cluster.clone(),
            None => the_only_cluster(ctx).await?,
        };
        sealed::clear_away(&ctx.secrets, ctx.clock.now()).await?;
        if let Origin::Template(template) = origin(&input)? {
            return from_template(ctx, &cluster, &input, template, claims).await;
        }
        let node = need_node(ctx, &cluster, input.node.as_deref().unwrap_or_default()).await?;
        let id = the_id(ctx, &cluster, &input, claims).await?;
        let plan = read(&input)?;
        let new = reference(&cluster, &node, input.kind, id, &plan);
        check(&new, &plan.wanted())?;
        let preflight = check_places(ctx, &new, &node, &input, &plan).await?;
        let secret = keep(ctx, &plan.secret).await?;
        let step = Step {
            untouched: words(&plan.set, &plan.secret, ""),
            what: What::Make {
                template: input.template_volume().map(str::to_owned),
                pool: input.pool.clone(),
                set: plan.set.clone(),
            },
            secret,
            new: new.clone(),
        };
        let title = format!("Create {} ({})", new.name, new.vmid);
        let mut steps = vec![drafted(title, changes(&new, &plan), step)];
        if let Some(bytes) = plan.grown_bytes {
            let grown = grown(&new, bytes, steps.first());
            steps.extend(grown);
        }
        Ok(Draft {
            left_out: Vec::new(),
            summary: format!("create {} ({}) on {node}", new.name, new.vmid),
            steps,
            preflight,
        })
    }

    fn guest(step: &Step) -> &GuestRef {
        match &step.what {
            What::Copy(copy) => clone::Clone::guest(copy),
            What::Make { .. } | What::SetUp { .. } | What::Grow { .. } => &step.new,
        }
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let mut observed = match &step.what {
            // The step before makes it: there is nothing yet that a consent could rest on.
            What::SetUp { .. } | What::Grow { .. } => return Ok(nothing_yet(&step.new)),
            What::Make { .. } => nothing_yet(&step.new),
            What::Copy(copy) => observe(ctx, clone::Clone::guest(copy)).await?,
        };
        let client = step.new.client(ctx).await?;
        let is_free = client
            .vmid_is_free(step.new.at()?.vmid)
            .await
            .map_err(|error| call_error(&step.new.cluster, &error))?;
        free_fact(&mut observed, step.new.vmid, is_free);
        Ok(observed)
    }

    async fn prepare(ctx: &Arc<Ctx>, step: &Step) -> Result<Params> {
        let Some(call) = &step.secret else {
            return Ok(Params::new());
        };
        let kept = sealed::parameters(&ctx.secrets, call).await?;
        Ok(kept.into_iter().collect())
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &Step,
        prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        let with = |set: &BTreeMap<String, String>| {
            set.iter().fold(prepared.clone(), |params, (key, value)| {
                params.with(key.as_str(), value.as_str())
            })
        };
        match &step.what {
            What::Copy(copy) => clone::Clone::send(client, at, copy, Params::new()).await,
            What::SetUp { set } => {
                let change = ConfigChange {
                    set: with(set),
                    ..ConfigChange::default()
                };
                client.set_guest_config(at, &change).await.map(|()| None)
            }
            What::Grow { bytes } => client
                .resize_volume(at, IMPORTED, NewSize::To(*bytes), None)
                .await
                .map(Some),
            What::Make {
                template,
                pool,
                set,
            } => {
                let guest = NewGuest {
                    template: template.clone(),
                    options: with(set),
                    pool: pool.clone(),
                    ..NewGuest::new(at.clone())
                };
                let differences = client.differences_at(&at.node).await?;
                client.create_guest(&guest, differences).await.map(Some)
            }
        }
    }

    async fn sent(ctx: &Arc<Ctx>, step: &Step) {
        if let Some(call) = &step.secret {
            sealed::forget_parameters(&ctx.secrets, call).await;
        }
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, before: &BeforeState) -> Result<Verdict> {
        match &step.what {
            What::Copy(copy) => clone::Clone::verify(ctx, copy, before).await,
            What::Make { template, set, .. } => {
                let of = template
                    .as_deref()
                    .or_else(|| {
                        set.get("scsi0")
                            .and_then(|disk| disk.split("import-from=").nth(1))
                    })
                    .or_else(|| set.get("ide2").and_then(|medium| medium.split(',').next()))
                    .unwrap_or("nothing");
                is_made(ctx, &step.new, of).await
            }
            What::SetUp { set } => is_set_up(ctx, &step.new, set).await,
            What::Grow { bytes } => is_grown(ctx, &step.new, *bytes).await,
        }
    }

    async fn left_behind(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
    ) -> Result<Option<String>> {
        match &step.what {
            What::Copy(copy) => clone::Clone::left_behind(ctx, copy, before).await,
            What::Make { .. } => left_unfinished(ctx, &step.new).await,
            // What the step before made is there, and said to be done.
            What::SetUp { .. } | What::Grow { .. } => Ok(None),
        }
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: "guests.delete".to_owned(),
            input: json!({ "guests": [step.new.anywhere()], "only_if": step.untouched }),
        })
    }
}

/// The second step of a machine from an image: its disk grows once it is there.
fn grown(new: &GuestRef, bytes: u64, first: Option<&DraftStep<Step>>) -> Option<DraftStep<Step>> {
    let size = format_size(bytes);
    Some(DraftStep {
        target: new.target(),
        title: format!("Grow {IMPORTED} of {} ({}) to {size}", new.name, new.vmid),
        depends_on: vec![0],
        change: vec![change(IMPORTED, "as the image is", size)],
        interruption: None,
        observed: nothing_yet(new),
        step: Step {
            new: new.clone(),
            what: What::Grow { bytes },
            secret: None,
            untouched: first?.step.untouched.clone(),
        },
    })
}

async fn is_grown(ctx: &Arc<Ctx>, new: &GuestRef, bytes: u64) -> Result<Verdict> {
    let looked = look_at(ctx, new.clone()).await?;
    let now = volume_of(&looked, IMPORTED)?.size_bytes;
    let told = now.map_or_else(|| "no size".to_owned(), format_size);
    let text = format!("{IMPORTED} of {} has {told}", new.name);
    Ok(match now {
        Some(now) if now >= bytes => Verdict::ok(text),
        _ => Verdict::not_as_promised(text),
    })
}

async fn is_set_up(ctx: &Ctx, new: &GuestRef, set: &BTreeMap<String, String>) -> Result<Verdict> {
    let client = new.client(ctx).await?;
    let config = client
        .guest_config(&new.at()?)
        .await
        .map_err(|error| call_error(&new.cluster, &error))?;
    let wrong = set
        .iter()
        .find(|(key, value)| !holds(key, value, config.get(key)));
    Ok(match wrong {
        None => Verdict::ok(format!("{} is set up as wished", new.name)),
        Some((key, _)) => Verdict::not_as_promised(format!(
            "`{key}` of {} is {}",
            new.name,
            shown(config.get(key).unwrap_or("not set"))
        )),
    })
}

/// A copy of a template, and what cloud-init will tell it.
async fn from_template(
    ctx: &Arc<Ctx>,
    cluster: &str,
    input: &Input,
    template: &str,
    claims: &Claims,
) -> Result<Draft<Step>> {
    let plan = read(input)?;
    let draft = clone::Clone::plan_beside(ctx, input.as_clone(cluster, template), claims).await?;
    let Some(copied) = draft.steps.into_iter().next() else {
        return Err(Error::internal("a copy without a step"));
    };
    let copy = copied.step;
    let new = copy.copy();
    check(&new, &plan.wanted())?;
    let is_set_later = |word: &String| {
        let key = word.split_once('=').map_or(word.as_str(), |(key, _)| key);
        plan.set.contains_key(key) || plan.secret.iter().any(|(name, _)| name == key)
    };
    let node = new.at()?.node;
    let mut preflight = draft.preflight;
    preflight.extend(may_not_start(ctx, &new, &node, &plan.set).await?);
    let mut untouched = copy.untouched().to_vec();
    untouched.retain(|word| !is_set_later(word));
    untouched.extend(words(&plan.set, &plan.secret, "?"));
    let target = Target {
        storage: copied.target.storage,
        ..new.target()
    };
    let mut steps = vec![DraftStep {
        target: target.clone(),
        title: copied.title,
        depends_on: Vec::new(),
        change: copied.change,
        interruption: None,
        observed: copied.observed,
        step: Step {
            new: new.clone(),
            what: What::Copy(Box::new(copy)),
            secret: None,
            untouched: untouched.clone(),
        },
    }];
    if !(plan.set.is_empty() && plan.secret.is_empty()) {
        let secret = keep(ctx, &plan.secret).await?;
        steps.push(DraftStep {
            target,
            title: format!("Set up {} ({})", new.name, new.vmid),
            depends_on: vec![0],
            change: changes(&new, &plan),
            interruption: None,
            observed: nothing_yet(&new),
            step: Step {
                new: new.clone(),
                what: What::SetUp {
                    set: plan.set.clone(),
                },
                secret,
                untouched,
            },
        });
    }
    Ok(Draft {
        left_out: Vec::new(),
        summary: format!("create {} ({}) from {template}", new.name, new.vmid),
        steps,
        preflight,
    })
}

async fn the_id(ctx: &Ctx, cluster: &str, input: &Input, claims: &Claims) -> Result<u32> {
    let ids = free_ids(ctx, cluster, input.id, 1, claims).await?;
    ids.first()
        .map(|id| u32::from(*id))
        .ok_or_else(|| Error::internal("no id was found"))
}

fn reference(cluster: &str, node: &NodeName, kind: GuestKind, vmid: u32, plan: &Plan) -> GuestRef {
    GuestRef {
        cluster: cluster.to_owned(),
        node: node.as_str().to_owned(),
        kind,
        vmid,
        name: plan.name.clone().unwrap_or_else(|| vmid.to_string()),
    }
}

async fn keep(ctx: &Ctx, secret: &[(String, String)]) -> Result<Option<String>> {
    if secret.is_empty() {
        return Ok(None);
    }
    let call = Uuid::now_v7().simple().to_string();
    sealed::keep_parameters(&ctx.secrets, &call, secret).await?;
    Ok(Some(call))
}

/// What a guest that nobody touched has; a mark says that it may be missing too.
fn words(set: &BTreeMap<String, String>, secret: &[(String, String)], mark: &str) -> Vec<String> {
    // What is secret is masked in a configuration, whatever it is.
    let hidden = secret.iter().map(|(key, _)| (key.as_str(), HIDDEN, "?"));
    set.iter()
        .map(|(key, value)| (key.as_str(), value.as_str(), mark))
        .chain(hidden)
        .filter(|(key, ..)| *key != "ssh-public-keys")
        .map(|(key, value, mark)| format!("{mark}{key}={value}"))
        .collect()
}

fn nothing_yet(new: &GuestRef) -> Observed {
    Observed {
        subject: new.subject(),
        identity: BTreeMap::from([
            ("cluster".to_owned(), json!(new.cluster)),
            ("vmid".to_owned(), json!(new.vmid)),
        ]),
        state: BTreeMap::new(),
    }
}

fn drafted(title: String, changes: Vec<ops::Change>, step: Step) -> DraftStep<Step> {
    let mut observed = nothing_yet(&step.new);
    free_fact(&mut observed, step.new.vmid, true);
    DraftStep {
        target: step.new.target(),
        title,
        depends_on: Vec::new(),
        change: changes,
        interruption: None,
        observed,
        step,
    }
}

fn changes(new: &GuestRef, plan: &Plan) -> Vec<ops::Change> {
    let open = plan
        .set
        .iter()
        .map(|(key, value)| change(key, Value::Null, shown(value)));
    let hidden = plan
        .secret
        .iter()
        .map(|(key, _)| change(key, Value::Null, HIDDEN));
    let first = change(
        &format!("guest {}", new.vmid),
        Value::Null,
        format!("{} on {}", new.name, new.node),
    );
    std::iter::once(first).chain(open).chain(hidden).collect()
}

impl Plan {
    fn wanted(&self) -> Wanted {
        // Keys for the first sign-in are no option: PVE writes them into the container.
        let set = self.set.iter().filter(|(key, _)| *key != "ssh-public-keys");
        Wanted {
            set: set
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            ..Wanted::default()
        }
    }
}
