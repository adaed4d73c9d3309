//! Freezes, approvals of plans that need several, and standing approvals as rows.

use async_trait::async_trait;
use jiff::Timestamp;
use ops::{
    AuditEntry, Freeze, PlanState, Role, StandingApproval,
    consent::{Added, Consents},
    run::Approval,
};

use crate::{
    Store,
    accounts::user_role,
    audit,
    columns::{from_json, from_ns, from_ns_opt, to_json, to_ns, to_ns_opt, word},
    db::{Tx, query},
    error::{Doing as _, Result, is_duplicate},
};

type FreezeRow = (String, String, String, i64, Option<i64>);
type StandingRow = (String, Option<String>, Option<i64>);

async fn frozen(store: &Store, now: Timestamp) -> Result<Option<Freeze>> {
    let row: Option<FreezeRow> = query(
        "SELECT id, reason, frozen_by, frozen_at_ns, until_ns FROM freezes \
         WHERE thawed_at_ns IS NULL AND (until_ns IS NULL OR until_ns > $1) \
         ORDER BY seq DESC LIMIT 1",
    )
    .bind(to_ns(now))
    .optional(store.reader())
    .await
    .doing("look whether changes are frozen")?;
    row.map(|(id, reason, by, at, until)| {
        Ok(Freeze {
            id,
            reason,
            by,
            owner: None,
            at: from_ns(at)?,
            until: from_ns_opt(until)?,
        })
    })
    .transpose()
}

async fn freeze(store: &Store, freeze: &Freeze) -> Result<bool> {
    const DOING: &str = "freeze all changes";
    let mut tx = store.begin(DOING).await?;
    let inserted = query(
        "INSERT INTO freezes (id, reason, frozen_by, frozen_at_ns, until_ns) \
         SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM freezes \
         WHERE thawed_at_ns IS NULL AND (until_ns IS NULL OR until_ns > $4))",
    )
    .bind(&freeze.id)
    .bind(&freeze.reason)
    .bind(&freeze.by)
    .bind(to_ns(freeze.at))
    .bind(to_ns_opt(freeze.until))
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    if inserted != 1 {
        tx.rollback().await.doing(DOING)?;
        return Ok(false);
    }
    audit::append(&mut tx, AuditEntry::frozen(freeze), store.now()).await?;
    tx.commit().await.doing(DOING)?;
    Ok(true)
}

async fn thaw(store: &Store, id: &str, by: &str, now: Timestamp) -> Result<bool> {
    const DOING: &str = "thaw";
    let mut tx = store.begin(DOING).await?;
    let thawed = query(
        "UPDATE freezes SET thawed_by = $2, thawed_at_ns = $3 WHERE id = $1 \
         AND thawed_at_ns IS NULL AND (until_ns IS NULL OR until_ns > $3)",
    )
    .bind(id)
    .bind(by)
    .bind(to_ns(now))
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    if thawed != 1 {
        tx.rollback().await.doing(DOING)?;
        return Ok(false);
    }
    audit::append(&mut tx, AuditEntry::thawed(id, by), store.now()).await?;
    tx.commit().await.doing(DOING)?;
    Ok(true)
}

async fn add_approval(store: &Store, approval: &Approval) -> Result<Added> {
    const DOING: &str = "keep an approval";
    let mut tx = store.begin(DOING).await?;
    let state: Option<String> = query("SELECT state FROM plans WHERE id = $1")
        .bind(&approval.plan_id)
        .optional(&mut tx)
        .await
        .doing(DOING)?;
    let Some(state) = state else {
        return Ok(Added::NoSuchPlan);
    };
    let state = word("the state of a plan", state)?;
    if state != PlanState::Proposed {
        return Ok(Added::Closed(state));
    }
    let inserted = query(
        "INSERT INTO plan_approvals (plan_id, person, approval, at_ns) VALUES ($1, $2, $3, $4)",
    )
    .bind(&approval.plan_id)
    .bind(approval.by.person())
    .bind(to_json("an approval", approval)?)
    .bind(to_ns(approval.at))
    .execute(&mut tx)
    .await;
    match inserted {
        Err(error) if is_duplicate(&error) => return Ok(Added::Twice),
        other => other.doing(DOING).map(drop)?,
    }
    audit::append(&mut tx, AuditEntry::consented(approval), store.now()).await?;
    let given = approvals_in(&mut tx, &approval.plan_id).await?;
    tx.commit().await.doing(DOING)?;
    Ok(Added::Yes(given))
}

const APPROVALS: &str = "SELECT approval FROM plan_approvals WHERE plan_id = $1 ORDER BY seq";

async fn approvals_in(tx: &mut Tx, plan_id: &str) -> Result<Vec<Approval>> {
    let rows: Vec<String> = query(APPROVALS)
        .bind(plan_id)
        .all(&mut *tx)
        .await
        .doing("read the approvals of a plan")?;
    read_approvals(&rows)
}

/// The oldest first.
pub(crate) async fn approvals(store: &Store, plan_id: &str) -> Result<Vec<Approval>> {
    let rows: Vec<String> = query(APPROVALS)
        .bind(plan_id)
        .all(store.reader())
        .await
        .doing("read the approvals of a plan")?;
    read_approvals(&rows)
}

fn read_approvals(rows: &[String]) -> Result<Vec<Approval>> {
    rows.iter()
        .map(|text| from_json("an approval", text))
        .collect()
}

async fn insert_standing(store: &Store, standing: &StandingApproval) -> Result<()> {
    const DOING: &str = "keep a standing approval";
    let mut tx = store.begin(DOING).await?;
    query(
        "INSERT INTO standing_approvals (id, person, op, body, created_at_ns, until_ns) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&standing.id)
    .bind(standing.by.person())
    .bind(&standing.op)
    .bind(to_json("a standing approval", standing)?)
    .bind(to_ns(standing.created_at))
    .bind(to_ns(standing.until))
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    let entry = AuditEntry::standing_approval(standing);
    audit::append(&mut tx, entry, store.now()).await?;
    tx.commit().await.doing(DOING)
}

async fn list_standing(store: &Store, id: Option<&str>) -> Result<Vec<StandingApproval>> {
    let rows: Vec<StandingRow> = query(
        "SELECT body, revoked_by, revoked_at_ns FROM standing_approvals \
         WHERE CAST($1 AS TEXT) IS NULL OR id = $1 ORDER BY seq DESC",
    )
    .bind(id)
    .all(store.reader())
    .await
    .doing("read the standing approvals")?;
    rows.into_iter()
        .map(|(body, revoked_by, revoked_at)| {
            Ok(StandingApproval {
                revoked_by,
                revoked_at: from_ns_opt(revoked_at)?,
                ..from_json("a standing approval", &body)?
            })
        })
        .collect()
}

async fn revoke_standing(store: &Store, id: &str, by: &str, now: Timestamp) -> Result<bool> {
    const DOING: &str = "revoke a standing approval";
    let mut tx = store.begin(DOING).await?;
    let revoked = query(
        "UPDATE standing_approvals SET revoked_by = $2, revoked_at_ns = $3 \
         WHERE id = $1 AND revoked_at_ns IS NULL",
    )
    .bind(id)
    .bind(by)
    .bind(to_ns(now))
    .execute(&mut tx)
    .await
    .doing(DOING)?;
    if revoked != 1 {
        tx.rollback().await.doing(DOING)?;
        return Ok(false);
    }
    audit::append(&mut tx, AuditEntry::revoked(id, by), store.now()).await?;
    tx.commit().await.doing(DOING)?;
    Ok(true)
}

#[async_trait]
impl Consents for Store {
    async fn frozen(&self, now: Timestamp) -> ops::Result<Option<Freeze>> {
        Ok(frozen(self, now).await?)
    }

    async fn freeze(&self, new: &Freeze) -> ops::Result<bool> {
        Ok(freeze(self, new).await?)
    }

    async fn thaw(&self, id: &str, by: &str, now: Timestamp) -> ops::Result<bool> {
        Ok(thaw(self, id, by, now).await?)
    }

    async fn add_approval(&self, approval: &Approval) -> ops::Result<Added> {
        Ok(add_approval(self, approval).await?)
    }

    async fn insert_standing_approval(&self, standing: &StandingApproval) -> ops::Result<()> {
        Ok(insert_standing(self, standing).await?)
    }

    async fn standing_approval(&self, id: &str) -> ops::Result<Option<StandingApproval>> {
        Ok(list_standing(self, Some(id)).await?.into_iter().next())
    }

    async fn standing_approvals(&self) -> ops::Result<Vec<StandingApproval>> {
        Ok(list_standing(self, None).await?)
    }

    async fn revoke_standing_approval(
        &self,
        id: &str,
        by: &str,
        now: Timestamp,
    ) -> ops::Result<bool> {
        Ok(revoke_standing(self, id, by, now).await?)
    }

    async fn role_of(&self, user: &str) -> ops::Result<Option<Role>> {
        Ok(user_role(self, user).await?)
    }
}
