//! `audit.list`, `audit.verify`, `audit.export`: the chain of who wished, who consented, what was sent and found.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ctx;
use crate::{
    actor::{Call, Role},
    audit::{AuditHead, AuditRecord, ChainCheck},
    contract::{Feed, Query},
    error::{Code, Error, Result},
};

/// Records read at once; the chain may be longer than memory.
const PAGE: u32 = 1_000;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct ListInput {
    /// Only records of this plan or run.
    #[arg(long)]
    subject: Option<String>,
    /// Only records behind this number.
    #[arg(long)]
    after: Option<u64>,
    /// At most this many (default 100).
    #[arg(long)]
    limit: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ListOutput {
    /// Oldest first.
    records: Vec<AuditRecord>,
    /// The newest record of the whole chain.
    head: Option<AuditHead>,
}

pub(super) struct List;

impl Query for List {
    const NAME: &'static str = "audit.list";
    const SUMMARY: &'static str =
        "List audit records: who wished, who consented, what was sent and found";
    type Ctx = Ctx;
    type Input = ListInput;
    type Output = ListOutput;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: ListInput) -> Result<ListOutput> {
        may_read(call)?;
        let limit = input.limit.unwrap_or(100).clamp(1, PAGE);
        let head = ctx.ledger.audit_head().await?;
        // Without a starting point the newest are meant.
        let after = match (input.after, &input.subject, &head) {
            (Some(after), _, _) => after,
            (None, None, Some(head)) => head.seq.saturating_sub(limit.into()),
            (None, _, _) => 0,
        };
        let records = ctx
            .ledger
            .audit(after, input.subject.as_deref(), limit)
            .await?;
        // Everything that has an id has a record; an empty list would read as if nothing had happened.
        if let (Some(subject), None, true) = (&input.subject, input.after, records.is_empty()) {
            return Err(Error::new(
                Code::NotFound,
                format!("subject: no record of the audit chain is about `{subject}`"),
            )
            .hint("give the id of a plan or a run: `plans list` and `runs list` have them"));
        }
        Ok(ListOutput { records, head })
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct NoInput {}

#[derive(Serialize, JsonSchema)]
pub(super) struct VerifyOutput {
    ok: bool,
    /// Records looked at, up to the first bad one.
    records: u64,
    /// `the chain of 120 records is whole`, or what is wrong with which record.
    text: String,
    /// Where the end of the chain is written down outside.
    anchor: Option<String>,
    /// How many of the anchored ends were compared; nothing when the anchor cannot be read again.
    anchored: Option<usize>,
}

pub(super) struct Verify;

impl Query for Verify {
    const NAME: &'static str = "audit.verify";
    const SUMMARY: &'static str = "Check the audit chain, record by record, and against its anchor";
    const PHRASES: &'static [&'static str] = &["(verify|check) the audit (chain|log|trail)"];
    type Ctx = Ctx;
    type Input = NoInput;
    type Output = VerifyOutput;

    async fn run(ctx: &Arc<Ctx>, call: &Call, _input: NoInput) -> Result<VerifyOutput> {
        may_read(call)?;
        let heads = match &ctx.anchor {
            Some(anchor) => anchor.heads().await?,
            None => None,
        };
        let anchored = heads.as_ref().map(Vec::len);
        let mut check = ChainCheck::new(heads.unwrap_or_default());
        let mut last = 0;
        let broken = loop {
            let page = ctx.ledger.audit(last, None, PAGE).await?;
            let Some(newest) = page.last().map(|record| record.seq) else {
                break None;
            };
            let mut broken = None;
            for record in &page {
                if let Err(error) = check.take(record) {
                    broken = Some(error);
                    break;
                }
                last = record.seq;
            }
            if broken.is_some() {
                break broken;
            }
            last = newest;
        };
        let verdict = match broken {
            Some(broken) => Err(broken),
            None => check.finish(),
        };
        let place = ctx.anchor.as_ref().map(|anchor| anchor.place());
        Ok(VerifyOutput {
            ok: verdict.is_ok(),
            records: last,
            text: match verdict {
                Ok(count) => format!("the chain of {count} records is whole"),
                Err(broken) => broken.to_string(),
            },
            anchor: place,
            anchored,
        })
    }
}

pub(super) struct Export;

impl Feed for Export {
    const NAME: &'static str = "audit.export";
    const SUMMARY: &'static str = "Give out the whole audit chain, one record a line";
    type Ctx = Ctx;
    type Input = NoInput;
    type Item = AuditRecord;

    fn open(ctx: Arc<Ctx>, call: Call, _input: NoInput) -> Result<BoxStream<'static, AuditRecord>> {
        may_read(&call)?;
        let state = (ctx, 0_u64, VecDeque::new());
        let records = stream::unfold(state, |(ctx, after, mut page)| async move {
            if page.is_empty() {
                match ctx.ledger.audit(after, None, PAGE).await {
                    Ok(next) => page.extend(next),
                    Err(error) => {
                        // A gap shows: the reader's own check of the chain finds the end missing.
                        tracing::error!(%error, "the export of the audit chain stopped after record {after}");
                    }
                }
            }
            let record: AuditRecord = page.pop_front()?;
            Some((record.clone(), (ctx, record.seq, page)))
        });
        Ok(records
            .take_until(async move { call.cancel.cancelled().await })
            .boxed())
    }
}

/// Who did what is nobody's business but of those who may act.
fn may_read(call: &Call) -> Result<()> {
    if call.actor.role < Role::Operator {
        return Err(Error::forbidden(format!(
            "{} is {} and may not read the audit chain",
            call.actor.name,
            call.actor.role.as_str()
        ))
        .hint("ask an operator or an admin"));
    }
    Ok(())
}
