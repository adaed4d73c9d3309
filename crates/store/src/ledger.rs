//! [`Ledger`] for [`Store`]: hands each method to the file that owns its tables.

use async_trait::async_trait;
use jiff::Timestamp;
use ops::{
    Actor, Plan, PlanState, Result, Run, RunEvent, RunState, RunStep,
    audit::{AuditHead, AuditRecord},
    ports::{Ledger, Opened, StoredRun},
    run::{Approval, Owner, StepMemory},
};
use serde_json::Value;

use crate::{Store, audit, instances, locks, plans, run_events, runs};

#[async_trait]
impl Ledger for Store {
    async fn insert_plan(&self, plan: &Plan) -> Result<()> {
        Ok(plans::insert(self, plan).await?)
    }

    async fn plan(&self, id: &str) -> Result<Option<Plan>> {
        Ok(plans::find(self, id).await?)
    }

    async fn plans(&self, state: Option<PlanState>, limit: u32) -> Result<Vec<Plan>> {
        Ok(plans::list(self, state, limit).await?)
    }

    async fn keep_rehearsal(&self, id: &str, rehearsal: &Value, by: &Actor) -> Result<bool> {
        Ok(plans::keep_rehearsal(self, id, rehearsal, by).await?)
    }

    async fn close_plan(&self, id: &str, state: PlanState, by: Option<&Actor>) -> Result<bool> {
        Ok(plans::close(self, id, state, by).await?)
    }

    async fn audit(
        &self,
        after: u64,
        subject: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>> {
        Ok(audit::list(self, after, subject, limit).await?)
    }

    async fn audit_head(&self) -> Result<Option<AuditHead>> {
        Ok(audit::head(self).await?)
    }

    async fn plan_ids(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>> {
        Ok(plans::ids(self, after, limit).await?)
    }

    async fn run_ids(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>> {
        Ok(runs::ids(self, after, limit).await?)
    }

    async fn open_run(
        &self,
        run: &Run,
        approval: &Approval,
        owner: Option<&Owner>,
        now: Timestamp,
    ) -> Result<Opened> {
        Ok(runs::open(self, run, approval, owner, now).await?)
    }

    async fn run(&self, id: &str) -> Result<Option<StoredRun>> {
        Ok(runs::find(self, id).await?)
    }

    async fn runs(&self, limit: u32) -> Result<Vec<Run>> {
        Ok(runs::list(self, limit).await?)
    }

    async fn unfinished_runs(&self) -> Result<Vec<StoredRun>> {
        Ok(runs::list_unfinished(self).await?)
    }

    async fn update_run(
        &self,
        id: &str,
        state: RunState,
        started_at: Option<Timestamp>,
        finished_at: Option<Timestamp>,
    ) -> Result<()> {
        Ok(runs::update(self, id, state, started_at, finished_at).await?)
    }

    async fn update_step(&self, run_id: &str, step: &RunStep, memory: &StepMemory) -> Result<()> {
        Ok(runs::update_step(self, run_id, step, memory).await?)
    }

    async fn request_cancel(&self, run_id: &str) -> Result<bool> {
        Ok(runs::request_cancel(self, run_id).await?)
    }

    async fn append_event(
        &self,
        run_id: &str,
        kind: &str,
        data: &Value,
        now: Timestamp,
    ) -> Result<u64> {
        Ok(run_events::append(self, run_id, kind, data, now).await?)
    }

    async fn events_after(&self, run_id: &str, after: u64, limit: u32) -> Result<Vec<RunEvent>> {
        Ok(run_events::list_after(self, run_id, after, limit).await?)
    }

    async fn lock(&self, key: &str, run_id: &str) -> Result<bool> {
        Ok(locks::take(self, key, run_id).await?)
    }

    async fn lock_holder(&self, key: &str) -> Result<Option<String>> {
        Ok(locks::holder(self, key).await?)
    }

    async fn unlock(&self, key: &str, run_id: &str) -> Result<()> {
        Ok(locks::release(self, key, run_id).await?)
    }

    async fn unlock_all(&self, run_id: &str) -> Result<()> {
        Ok(locks::release_all(self, run_id).await?)
    }

    async fn heartbeat(&self, owner: &Owner, serves: bool, now: Timestamp) -> Result<()> {
        Ok(instances::beat(self, owner, serves, now).await?)
    }

    async fn servers(&self, since: Timestamp) -> Result<Vec<Owner>> {
        Ok(instances::list_servers(self, since).await?)
    }

    async fn claim(
        &self,
        run_id: &str,
        expected: Option<&Owner>,
        owner: &Owner,
        now: Timestamp,
    ) -> Result<bool> {
        Ok(runs::claim(self, run_id, expected, owner, now).await?)
    }
}
