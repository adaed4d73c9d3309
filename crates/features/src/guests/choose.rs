//! From selectors to the guests of a plan: those that can be worked on, and the others with the reason.

use std::{collections::BTreeMap, sync::Arc};

use ops::{Code, Error, LeftOut, Level, Result, Signal, Sorting};
use pve::{Lack, Need};

use super::subject::{GuestRef, Looked, lock_error, look_at_all};
use crate::{
    ctx::Ctx,
    inventory::{GuestRow, lacking},
};

/// The guests of a plan that is being made.
pub(crate) struct Chosen {
    pub(crate) guests: Vec<Looked>,
    pub(crate) sorting: Sorting,
    /// What could not be checked.
    pub(crate) preflight: Vec<Signal>,
}

/// Which privileges an operation needs on a guest, one of them; none where something else decides
/// ([`permitted`]).
pub(crate) type OneOf = &'static [&'static str];

/// The guests that selectors choose, as they are now. Those whose node is not there, that cannot be looked at
/// or that we have no right on are left out.
pub(crate) async fn choose_any(ctx: &Arc<Ctx>, guests: &[String], one_of: OneOf) -> Result<Chosen> {
    let mut sorting = Sorting::default();
    let rows = choose_rows(ctx, guests, &mut sorting).await?;
    let (rows, preflight) = with_right(ctx, rows, one_of, &mut sorting).await?;
    let guests = look_at_all(ctx, &rows, &mut sorting).await?;
    Ok(Chosen {
        guests,
        sorting,
        preflight,
    })
}

/// The same without those that something else works on right now.
pub(crate) async fn choose(ctx: &Arc<Ctx>, guests: &[String], one_of: OneOf) -> Result<Chosen> {
    let mut chosen = choose_any(ctx, guests, one_of).await?;
    chosen.guests = unlocked(chosen.guests, &mut chosen.sorting)?;
    Ok(chosen)
}

/// The rows of the guests that can be asked anything.
pub(crate) async fn choose_rows(
    ctx: &Ctx,
    guests: &[String],
    sorting: &mut Sorting,
) -> Result<Vec<GuestRow>> {
    let mut rows = Vec::new();
    for (row, away) in ctx.inventory.choose_each(guests).await? {
        let guest = GuestRef::of(&row);
        let checked = away.map_or(Ok(row), Err);
        rows.extend(sorting.pass(&guest.target(), &guest.subject(), checked)?);
    }
    Ok(rows)
}

/// Leaves out the locked ones.
pub(crate) fn unlocked(guests: Vec<Looked>, sorting: &mut Sorting) -> Result<Vec<Looked>> {
    let mut free = Vec::with_capacity(guests.len());
    for one in guests {
        let checked = lock_error(&one).map_or(Ok(()), Err);
        if pass(sorting, &one, checked)?.is_some() {
            free.push(one);
        }
    }
    Ok(free)
}

/// Leaves out those that PVE would refuse to us, before anything is asked of them.
pub(crate) async fn with_right(
    ctx: &Ctx,
    rows: Vec<GuestRow>,
    one_of: OneOf,
    sorting: &mut Sorting,
) -> Result<(Vec<GuestRow>, Vec<Signal>)> {
    if one_of.is_empty() {
        return Ok((rows, Vec::new()));
    }
    let need = |row: &GuestRow| Need::one_of(&format!("/vms/{}", row.vmid), one_of);
    let asked = rows
        .into_iter()
        .map(|row| (GuestRef::of(&row), need(&row), row))
        .collect();
    permitted(ctx, asked, sorting).await
}

/// Leaves out those that PVE would refuse to us: of each, what PVE wants of us for what is to be done with it.
pub(crate) async fn permitted<T>(
    ctx: &Ctx,
    asked: Vec<(GuestRef, Need, T)>,
    sorting: &mut Sorting,
) -> Result<(Vec<T>, Vec<Signal>)> {
    let mut by_cluster: BTreeMap<&str, Vec<&Need>> = BTreeMap::new();
    for (guest, need, _) in &asked {
        by_cluster.entry(&guest.cluster).or_default().push(need);
    }
    let mut preflight = Vec::new();
    let mut lacks: BTreeMap<String, std::vec::IntoIter<Option<Lack>>> = BTreeMap::new();
    for (cluster, needs) in by_cluster {
        let connected = ctx.inventory.cluster(cluster).await?;
        match lacking(&connected, ctx.inventory.now(), &needs).await? {
            Some(found) => {
                lacks.insert(cluster.to_owned(), found.into_iter());
            }
            None => preflight.push(Signal {
                signal: "check_skipped".to_owned(),
                level: Level::Info,
                text: format!(
                    "not checked: our rights on cluster {cluster}, which does not tell them"
                ),
                target: None,
            }),
        }
    }
    let mut held = Vec::with_capacity(asked.len());
    for (guest, _, one) in asked {
        let lack = lacks.get_mut(&guest.cluster).and_then(Iterator::next);
        let checked = match lack.flatten() {
            None => Ok(one),
            Some(lack) => Err(Error::new(
                Code::ClusterRefused,
                format!(
                    "{} cannot be touched by us: our user has no {}",
                    guest.subject(),
                    in_words(&lack)
                ),
            )
            .hint("give the user a role with that privilege, or leave the guest out with `!NAME`")),
        };
        held.extend(sorting.pass(&guest.target(), &guest.subject(), checked)?);
    }
    Ok((held, preflight))
}

/// What goes on behind "our user has no".
fn in_words(lack: &Lack) -> String {
    match lack {
        Lack::AllOf(parts) => {
            let parts: Vec<String> = parts.iter().map(in_words).collect();
            parts.join(" and no ")
        }
        lack => lack.to_string(),
    }
}

/// Hands on what a check of one guest gave; a refusal leaves it out.
pub(crate) fn pass<T>(
    sorting: &mut Sorting,
    one: &Looked,
    checked: Result<T>,
) -> Result<Option<T>> {
    sorting.pass(&one.guest.target(), &one.guest.subject(), checked)
}

/// The guests with what the checks of all of them gave; those that were refused are left out.
pub(crate) fn fitting<T>(
    guests: Vec<Looked>,
    checked: Vec<Result<T>>,
    sorting: &mut Sorting,
) -> Result<Vec<(Looked, T)>> {
    let mut fitting = Vec::with_capacity(guests.len());
    for (one, checked) in guests.into_iter().zip(checked) {
        if let Some(found) = pass(sorting, &one, checked)? {
            fitting.push((one, found));
        }
    }
    Ok(fitting)
}

/// Nothing is to be done with this one.
pub(crate) fn already(sorting: &mut Sorting, one: &Looked, why: &str) {
    sorting.already(&one.guest.target(), &one.guest.subject(), why);
}

/// This one cannot be worked on as it is.
pub(crate) fn unfit(sorting: &mut Sorting, one: &Looked, why: &str) {
    sorting.unfit(&one.guest.target(), &one.guest.subject(), why);
}

/// Those that were left out, or the refusal where nobody is left.
pub(crate) fn rest_of<T>(steps: &[T], sorting: Sorting) -> Result<Vec<LeftOut>> {
    if steps.is_empty() {
        return Err(sorting.nothing_to_do());
    }
    Ok(sorting.left_out())
}
