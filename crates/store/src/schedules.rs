//! Schedules as rows, and what became of each time that came.
//!
//! Whoever moves the due time of a schedule fires it: of several processes that see the same time, one
//! does. The firing is a row before anything is planned, so that a process that dies in between leaves a
//! trace and nothing is fired twice.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Store,
    columns::{from_json, from_ns, from_ns_opt, to_json, to_ns, to_ns_opt},
    db::query,
    error::{Doing as _, Error, Result, is_duplicate},
};

/// One schedule. What it does is the business of the slice: here it is JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleRow {
    pub id: String,
    pub name: String,
    pub body: Value,
    pub enabled: bool,
    /// The next time; nothing when it never comes again.
    pub due_at: Option<Timestamp>,
    /// Counts the changes, so that nobody changes what they have not seen.
    pub version: i64,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

/// One time that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    pub schedule_id: String,
    pub due_at: Timestamp,
    pub fired_at: Timestamp,
    pub outcome: String,
    pub plan_id: Option<String>,
    pub run_id: Option<String>,
    pub text: String,
}

type Row = (String, String, String, bool, Option<i64>, i64, i64, i64);
type FiringRow = (
    String,
    i64,
    i64,
    String,
    Option<String>,
    Option<String>,
    String,
);

/// The columns of [`Row`], in its order.
macro_rules! select_schedules {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, body, enabled, due_at_ns, version, created_at_ns, changed_at_ns \
             FROM schedules ",
            $rest
        )
    };
}

/// Schedules.
#[derive(Clone, Debug)]
pub struct Schedules {
    store: Store,
}

impl Schedules {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// A taken name is a conflict.
    pub async fn insert(&self, row: &ScheduleRow) -> Result<()> {
        let inserted = query(
            "INSERT INTO schedules (id, name, body, enabled, due_at_ns, version, created_at_ns, \
             changed_at_ns) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&row.id)
        .bind(&row.name)
        .bind(to_json("a schedule", &row.body)?)
        .bind(row.enabled)
        .bind(to_ns_opt(row.due_at))
        .bind(row.version)
        .bind(to_ns(row.created_at))
        .bind(to_ns(row.changed_at))
        .execute(self.store.writer())
        .await;
        match inserted {
            Err(error) if is_duplicate(&error) => Err(Error::conflict(format!(
                "there is already a schedule `{}`",
                row.name
            ))),
            other => other.doing("keep a schedule").map(drop),
        }
    }

    /// Changes the schedule that has this version; false when it has another by now.
    pub async fn update(&self, row: &ScheduleRow, version: i64) -> Result<bool> {
        let updated = query(
            "UPDATE schedules SET body = $3, enabled = $4, due_at_ns = $5, version = $6, \
             changed_at_ns = $7 WHERE id = $1 AND version = $2",
        )
        .bind(&row.id)
        .bind(version)
        .bind(to_json("a schedule", &row.body)?)
        .bind(row.enabled)
        .bind(to_ns_opt(row.due_at))
        .bind(row.version)
        .bind(to_ns(row.changed_at))
        .execute(self.store.writer())
        .await
        .doing("change a schedule")?;
        Ok(updated == 1)
    }

    /// By id or name.
    pub async fn find(&self, which: &str) -> Result<Option<ScheduleRow>> {
        let row: Option<Row> = query(select_schedules!("WHERE id = $1 OR name = $1"))
            .bind(which)
            .optional(self.store.reader())
            .await
            .doing("read a schedule")?;
        row.map(read).transpose()
    }

    /// By name.
    pub async fn list(&self) -> Result<Vec<ScheduleRow>> {
        let rows: Vec<Row> = query(select_schedules!("ORDER BY name"))
            .all(self.store.reader())
            .await
            .doing("list schedules")?;
        rows.into_iter().map(read).collect()
    }

    /// Those whose time has come, the longest waiting first.
    pub async fn list_due(&self, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>> {
        let rows: Vec<Row> = query(select_schedules!(
            "WHERE enabled AND due_at_ns <= $1 ORDER BY due_at_ns LIMIT $2"
        ))
        .bind(to_ns(now))
        .bind(i64::from(limit))
        .all(self.store.reader())
        .await
        .doing("look for schedules whose time has come")?;
        rows.into_iter().map(read).collect()
    }

    /// False when there is none with this id and version.
    pub async fn delete(&self, id: &str, version: i64) -> Result<bool> {
        let deleted = query("DELETE FROM schedules WHERE id = $1 AND version = $2")
            .bind(id)
            .bind(version)
            .execute(self.store.writer())
            .await
            .doing("delete a schedule")?;
        Ok(deleted == 1)
    }

    /// Takes the time that has come: moves the schedule on to `next` and writes the firing. False when
    /// another process took it, or somebody changed the schedule meanwhile.
    pub async fn take(
        &self,
        row: &ScheduleRow,
        next: Option<Timestamp>,
        firing: &Firing,
    ) -> Result<bool> {
        const DOING: &str = "take the time of a schedule";
        let mut tx = self.store.begin(DOING).await?;
        let moved = query(
            "UPDATE schedules SET due_at_ns = $3 \
             WHERE id = $1 AND version = $2 AND enabled AND due_at_ns = $4",
        )
        .bind(&row.id)
        .bind(row.version)
        .bind(to_ns_opt(next))
        .bind(to_ns_opt(row.due_at))
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        if moved != 1 {
            tx.rollback().await.doing(DOING)?;
            return Ok(false);
        }
        let written = query(
            "INSERT INTO schedule_firings (schedule_id, due_at_ns, fired_at_ns, outcome, plan_id, \
             run_id, text) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (schedule_id, due_at_ns) DO NOTHING",
        )
        .bind(&firing.schedule_id)
        .bind(to_ns(firing.due_at))
        .bind(to_ns(firing.fired_at))
        .bind(&firing.outcome)
        .bind(&firing.plan_id)
        .bind(&firing.run_id)
        .bind(&firing.text)
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        tx.commit().await.doing(DOING)?;
        // A time that was fired before (a clock that went back) moves on without being fired again.
        Ok(written == 1)
    }

    /// Writes what became of a firing that was taken.
    pub async fn finish(&self, firing: &Firing) -> Result<()> {
        query(
            "UPDATE schedule_firings SET outcome = $3, plan_id = $4, run_id = $5, text = $6 \
             WHERE schedule_id = $1 AND due_at_ns = $2",
        )
        .bind(&firing.schedule_id)
        .bind(to_ns(firing.due_at))
        .bind(&firing.outcome)
        .bind(&firing.plan_id)
        .bind(&firing.run_id)
        .bind(&firing.text)
        .execute(self.store.writer())
        .await
        .doing("write what became of a schedule's time")
        .map(drop)
    }

    /// Newest first.
    pub async fn firings(&self, schedule_id: &str, limit: u32) -> Result<Vec<Firing>> {
        let rows: Vec<FiringRow> = query(
            "SELECT schedule_id, due_at_ns, fired_at_ns, outcome, plan_id, run_id, text \
             FROM schedule_firings WHERE schedule_id = $1 ORDER BY seq DESC LIMIT $2",
        )
        .bind(schedule_id)
        .bind(i64::from(limit))
        .all(self.store.reader())
        .await
        .doing("read what became of a schedule")?;
        rows.into_iter()
            .map(
                |(schedule_id, due_at, fired_at, outcome, plan_id, run_id, text)| {
                    Ok(Firing {
                        schedule_id,
                        due_at: from_ns(due_at)?,
                        fired_at: from_ns(fired_at)?,
                        outcome,
                        plan_id,
                        run_id,
                        text,
                    })
                },
            )
            .collect()
    }
}

fn read(row: Row) -> Result<ScheduleRow> {
    let (id, name, body, enabled, due_at, version, created_at, changed_at) = row;
    Ok(ScheduleRow {
        body: from_json(&format!("the schedule `{name}`"), &body)?,
        id,
        name,
        enabled,
        due_at: from_ns_opt(due_at)?,
        version,
        created_at: from_ns(created_at)?,
        changed_at: from_ns(changed_at)?,
    })
}
