//! What `memory.add` and `memory.edit` share: from an input to a wording.

use std::sync::Arc;

use ops::{Call, Error, Result};

use super::model::{Data, FactKind, Restriction, ScopeKind, Wording, checked_text};
use super::{
    person,
    wording::{self, Reading},
};
use crate::ctx::Ctx;

/// For whom, as it is asked for; nothing given is the caller alone.
pub(super) struct Scope<'a> {
    pub guest: Option<&'a str>,
    pub cluster: Option<&'a str>,
    pub team: bool,
}

/// Scope, its name, and the guest's name where it is one.
pub(super) async fn scope(
    ctx: &Arc<Ctx>,
    call: &Call,
    wanted: &Scope<'_>,
) -> Result<(ScopeKind, String, Option<String>)> {
    let given = usize::from(wanted.guest.is_some())
        + usize::from(wanted.cluster.is_some())
        + usize::from(wanted.team);
    if given > 1 {
        return Err(Error::invalid(
            "a fact is about one guest, one cluster or for the team: give one of them",
        ));
    }
    if let Some(guest) = wanted.guest {
        // A fact may be kept of a guest whose node is away.
        let rows = ctx.inventory.choose_each(&[guest.to_owned()]).await?;
        let [(row, _)] = rows.as_slice() else {
            return Err(Error::invalid(format!(
                "guest: {} guests fit; a fact is about one",
                rows.len()
            )));
        };
        let about = format!("{}/{}", row.cluster, row.vmid);
        return Ok((ScopeKind::Guest, about, Some(row.name.clone())));
    }
    if let Some(cluster) = wanted.cluster {
        ctx.inventory.cluster(cluster).await?;
        return Ok((ScopeKind::Cluster, cluster.to_owned(), None));
    }
    Ok(if wanted.team {
        (ScopeKind::Team, "team".to_owned(), None)
    } else {
        (ScopeKind::User, person(call).to_owned(), None)
    })
}

/// The wording of a fact: what restricts something says it in words that a rule could say, or in fields.
pub(super) fn wording(
    text: &str,
    kind: Option<FactKind>,
    (scope_kind, scope, guest): (ScopeKind, String, Option<String>),
    operations: Vec<String>,
    times: Vec<String>,
) -> Result<Wording> {
    let text = checked_text(text)?;
    let given = !operations.is_empty() || !times.is_empty();
    if given && kind.is_some_and(|kind| kind != FactKind::Restriction) {
        return Err(Error::invalid(
            "operations and times belong to a restriction: leave `kind` out or say restriction",
        ));
    }
    let reading = match kind {
        _ if given => Reading::Rule(Restriction { operations, times }),
        Some(FactKind::Note | FactKind::Purpose | FactKind::Preference) => Reading::Nothing,
        Some(FactKind::Restriction) | None => wording::read(&text, guest.as_deref()),
    };
    let (restriction, no_rule) = match reading {
        Reading::Rule(restriction) => (Some(restriction), None),
        Reading::NoRule(why) => (None, Some(why)),
        Reading::Nothing if kind == Some(FactKind::Restriction) => {
            return Err(Error::invalid(
                "the text does not say plainly what must not be done, and when",
            )
            .hint("add --operations guests.reboot --times 00:00-22:00"));
        }
        Reading::Nothing => (None, None),
    };
    if let Some(restriction) = &restriction {
        restriction.check()?;
    }
    let restricts = restriction.is_some() || no_rule.is_some();
    let kind = match kind {
        _ if restricts => FactKind::Restriction,
        Some(kind) => kind,
        None if wording::is_a_preference(&text) => FactKind::Preference,
        None => FactKind::Note,
    };
    Ok(Wording {
        kind: kind.as_str().to_owned(),
        scope_kind: scope_kind.as_str().to_owned(),
        scope,
        text,
        data: Data {
            guest,
            restriction,
            no_rule,
        },
    })
}
