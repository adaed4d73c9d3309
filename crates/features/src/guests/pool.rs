//! `guests.pool`: puts guests into a pool, or takes them out of theirs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Observed,
    Result, Risk, Sorting, Started, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{ErrorKind, Need, PoolChange, Resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    choose::{choose_rows, permitted, rest_of},
    subject::{GuestRef, look_at_all, observe},
    words::{listing, signals},
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    inventory::GuestRow,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// The pool they are put into; a guest is in one pool only and leaves its former one.
    #[arg(long, conflicts_with = "none")]
    pool: Option<String>,
    /// Takes them out of their pool instead.
    #[arg(long)]
    #[serde(default)]
    none: bool,
}

/// The step: one guest, from one pool to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    from: Option<String>,
    to: Option<String>,
}

pub(super) struct Pool;

impl Action for Pool {
    const NAME: &'static str = "guests.pool";
    const SUMMARY: &'static str = "Put guests into a pool, or take them out";
    const PHRASES: &'static [&'static str] = &[
        "(put|move|add) {guests:guests} (in|into|to) {pool:pool}",
        "(take|remove) {guests:guests} (out of|from) (its|their|the|every) pool => none=true",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.pool",
        note: "",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let to = match (&input.pool, input.none) {
            (Some(pool), false) if !pool.is_empty() => Some(pool.clone()),
            (None, true) => None,
            (Some(_), _) | (None, false) => {
                return Err(Error::invalid("give either `pool` or `none`")
                    .hint("`none` takes the guests out of their pool"));
            }
        };
        let mut sorting = Sorting::default();
        let mut rows = choose_rows(ctx, &input.guests, &mut sorting).await?;
        pools_now(ctx, &mut rows).await?;
        let (same, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.pool == to);
        let mut preflight = Vec::new();
        for row in &same {
            let place = match &to {
                Some(pool) => format!("is in pool {pool} already"),
                None => "is in no pool".to_owned(),
            };
            let guest = GuestRef::of(row);
            sorting.already(&guest.target(), &guest.subject(), place);
        }
        if others.is_empty() {
            return Err(sorting.nothing_to_do());
        }
        if let Some(pool) = &to {
            let mut clusters: Vec<&str> = others.iter().map(|row| row.cluster.as_str()).collect();
            clusters.dedup();
            for cluster in clusters {
                refuse_unknown(ctx, cluster, pool).await?;
            }
        }
        let asked = others
            .into_iter()
            .map(|row| (GuestRef::of(&row), need(&row, to.as_deref()), row))
            .collect();
        let (others, unchecked) = permitted(ctx, asked, &mut sorting).await?;
        preflight.extend(unchecked);
        let looked = look_at_all(ctx, &others, &mut sorting).await?;
        let left_out = rest_of(&looked, sorting)?;
        let names: Vec<&str> = looked.iter().map(|l| l.guest.name.as_str()).collect();
        let listed = listing(&names);
        let summary = match &to {
            Some(pool) => format!("put {listed} into pool {pool}"),
            None => format!("take {listed} out of their pool"),
        };
        let mut steps = Vec::new();
        for looked in &looked {
            let is_it = |row: &&GuestRow| {
                row.cluster == looked.guest.cluster && row.vmid == looked.guest.vmid
            };
            let Some(row) = others.iter().find(is_it) else {
                continue;
            };
            preflight.extend(signals(looked, false));
            let mut observed = looked.observed.clone();
            observed.state.insert("pool".to_owned(), json!(row.pool));
            steps.push(DraftStep {
                target: looked.guest.target(),
                title: match &to {
                    Some(pool) => format!(
                        "Put {} ({}) into pool {pool}",
                        looked.guest.name, looked.guest.vmid
                    ),
                    None => format!(
                        "Take {} ({}) out of its pool",
                        looked.guest.name, looked.guest.vmid
                    ),
                },
                depends_on: Vec::new(),
                change: vec![Change {
                    field: "pool".to_owned(),
                    before: json!(row.pool),
                    after: json!(to),
                }],
                interruption: None,
                observed,
                step: Step {
                    guest: looked.guest.clone(),
                    from: row.pool.clone(),
                    to: to.clone(),
                },
            });
        }
        Ok(Draft {
            summary,
            steps,
            preflight,
            left_out,
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let mut observed = observe(ctx, &step.guest).await?;
        observed
            .state
            .insert("pool".to_owned(), json!(present(ctx, step).await?));
        Ok(observed)
    }

    async fn start(ctx: &Arc<Ctx>, approved: &Approved<Step>) -> Result<Started<()>, StartError> {
        let step = approved.step();
        let client = step.guest.client(ctx).await.map_err(StartError::NotSent)?;
        let at = step.guest.at().map_err(StartError::NotSent)?;
        let Some(pool) = step.to.as_ref().or(step.from.as_ref()) else {
            return Err(StartError::NotSent(Error::internal("the step has no pool")));
        };
        let change = PoolChange {
            guests: vec![at.vmid],
            remove: step.to.is_none(),
            allow_move: step.to.is_some() && step.from.is_some(),
            ..PoolChange::default()
        };
        client
            .update_pool(pool, &change)
            .await
            .map_err(|error| start_error(&step.guest.cluster, &error))?;
        Ok(Started::Done(()))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        Ok(if present(ctx, step).await? == step.to {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let (name, now) = (&step.guest.name, present(ctx, step).await?);
        let place = match &now {
            Some(pool) => format!("{name} is in pool {pool}"),
            None => format!("{name} is in no pool"),
        };
        Ok(if now == step.to {
            Verdict::ok(place)
        } else {
            Verdict::not_as_promised(place)
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        let guests = [step.guest.anywhere()];
        Some(Wish {
            op: "guests.pool".to_owned(),
            input: match &step.from {
                Some(pool) => json!({ "guests": guests, "pool": pool }),
                None => json!({ "guests": guests, "none": true }),
            },
        })
    }
}

/// What PVE wants of us: to change the pools that the guest comes into and leaves, and, because pools give
/// permissions, to modify those of the guest.
fn need(row: &GuestRow, to: Option<&str>) -> Need {
    let pools = to.into_iter().chain(row.pool.as_deref());
    let change = pools.map(|pool| Need::on(&format!("/pool/{pool}"), "Pool.Allocate"));
    let give = Need::to_modify(&format!("/vms/{}", row.vmid));
    Need::All(change.chain([give]).collect())
}

/// The pools of the guests as they are now: the list of guests may be some seconds old.
async fn pools_now(ctx: &Ctx, rows: &mut [GuestRow]) -> Result<()> {
    let clusters: BTreeSet<String> = rows.iter().map(|row| row.cluster.clone()).collect();
    for cluster in clusters {
        let client = ctx.inventory.client(&cluster).await?;
        let resources = client
            .cluster_resources()
            .await
            .map_err(|error| call_error(&cluster, &error))?;
        let pools: BTreeMap<u32, Option<String>> = resources
            .into_iter()
            .filter_map(|resource| match resource {
                Resource::Guest(guest) => Some((u32::from(guest.at.vmid), guest.pool)),
                _ => None,
            })
            .collect();
        for row in rows.iter_mut().filter(|row| row.cluster == cluster) {
            if let Some(pool) = pools.get(&row.vmid) {
                row.pool.clone_from(pool);
            }
        }
    }
    Ok(())
}

pub(super) async fn refuse_unknown(ctx: &Ctx, cluster: &str, pool: &str) -> Result<()> {
    let client = ctx.inventory.client(cluster).await?;
    let pools = client
        .pools()
        .await
        .map_err(|error| call_error(cluster, &error))?;
    if pools.iter().any(|one| one.id == pool) {
        return Ok(());
    }
    let names: Vec<&str> = pools.iter().take(10).map(|one| one.id.as_str()).collect();
    Err(Error::new(
        Code::NoMatch,
        format!(
            "cluster {cluster} has no pool `{}`",
            super::options::shown(pool)
        ),
    )
    .hint(if names.is_empty() {
        format!("there is no pool yet: `pve.create /pools poolid={pool}` makes one")
    } else {
        format!("there are {}", names.join(", "))
    }))
}

/// Which of the two pools of the step the guest is in, if either.
async fn present(ctx: &Ctx, step: &Step) -> Result<Option<String>> {
    let client = step.guest.client(ctx).await?;
    for name in [&step.to, &step.from].into_iter().flatten() {
        let pool = match client.pool(name).await {
            Ok(pool) => pool,
            // Somebody removed the pool: nobody is in it.
            Err(error) if is_gone(&error) => continue,
            Err(error) => return Err(call_error(&step.guest.cluster, &error)),
        };
        let is_in = pool.members.0.iter().any(|member| {
            matches!(member, Resource::Guest(guest) if u32::from(guest.at.vmid) == step.guest.vmid)
        });
        if is_in {
            return Ok(Some(pool.id));
        }
    }
    Ok(None)
}

fn is_gone(error: &pve::Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused { .. }) && error.text().contains("does not exist")
}
