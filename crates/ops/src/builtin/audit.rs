//! `audit.list`, `audit.verify`, `audit.export`: the chain of who wished, who consented, what was sent and found.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Ctx,
    beside_chain::{self, RowDifference},
};
use crate::{
    actor::{Call, Role},
    audit::{AuditHead, AuditRecord, ChainBreak, ChainCheck},
    contract::{Feed, Query},
    error::{Code, Error, Result},
    ports::Anchor,
};

/// Records read at once; the chain may be longer than memory.
const PAGE: u32 = 1_000;
/// Differences between rows and records that are told.
const DIFFERENCES: usize = 100;

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
    /// Whether nothing speaks against the chain: it holds together, its anchor could be read and fits, and
    /// the plans and runs that are kept are as it says.
    ok: bool,
    /// Records looked at, up to the first bad one.
    records: u64,
    /// What was found, what is wrong, and what cannot be ruled out.
    text: String,
    /// Where the end of the chain is written down outside.
    anchor: Option<String>,
    /// How many of the anchored ends were compared; nothing when the anchor cannot be read again.
    anchored: Option<usize>,
    /// Why the anchor could not be read.
    anchor_error: Option<String>,
    /// How many plans and runs were compared with their records.
    compared: usize,
    /// What of them is not as the chain says.
    differs: Vec<RowDifference>,
}

pub(super) struct Verify;

impl Query for Verify {
    const NAME: &'static str = "audit.verify";
    const SUMMARY: &'static str =
        "Check the audit chain, its anchor, and the plans and runs that are kept";
    const PHRASES: &'static [&'static str] = &["(verify|check) the audit (chain|log|trail)"];
    type Ctx = Ctx;
    type Input = NoInput;
    type Output = VerifyOutput;

    async fn run(ctx: &Arc<Ctx>, call: &Call, _input: NoInput) -> Result<VerifyOutput> {
        may_read(call)?;
        let anchor = match &ctx.anchor {
            Some(anchor) => Outside::read(anchor.as_ref()).await,
            None => Outside::Nowhere,
        };
        let (head, broken) = check(ctx, anchor.heads()).await?;
        let (differs, compared) = beside_chain::everything(ctx, DIFFERENCES).await?;
        let records = head.as_ref().map_or(0, |head| head.seq);
        // Before anything happened nothing can have been written down.
        let is_new = records == 0 && compared == 0;
        let anchor_error = match &anchor {
            Outside::Unreadable(why) if !is_new => Some(why.clone()),
            _ => None,
        };
        Ok(VerifyOutput {
            ok: broken.is_none() && anchor_error.is_none() && differs.is_empty(),
            text: sentence(head.as_ref(), broken.as_ref(), &anchor, is_new, &differs),
            records,
            anchor: ctx.anchor.as_ref().map(|anchor| anchor.place()),
            anchored: match &anchor {
                Outside::Heads(heads) => Some(heads.len()),
                Outside::Nowhere | Outside::OnlyTakes(_) | Outside::Unreadable(_) => None,
            },
            anchor_error,
            compared,
            differs,
        })
    }
}

/// What is known outside of where the chain ends.
enum Outside {
    Nowhere,
    Heads(Vec<AuditHead>),
    OnlyTakes(String),
    Unreadable(String),
}

impl Outside {
    async fn read(anchor: &dyn Anchor) -> Self {
        match anchor.heads().await {
            Ok(Some(heads)) => Self::Heads(heads),
            Ok(None) => Self::OnlyTakes(anchor.place()),
            Err(error) => Self::Unreadable(error.sentence()),
        }
    }

    fn heads(&self) -> Vec<AuditHead> {
        match self {
            Self::Heads(heads) => heads.clone(),
            Self::Nowhere | Self::OnlyTakes(_) | Self::Unreadable(_) => Vec::new(),
        }
    }
}

/// Goes through the whole chain: the last good record, and what is wrong behind it.
async fn check(
    ctx: &Ctx,
    heads: Vec<AuditHead>,
) -> Result<(Option<AuditHead>, Option<ChainBreak>)> {
    let mut check = ChainCheck::new(heads);
    let mut good: Option<AuditHead> = None;
    loop {
        let after = good.as_ref().map_or(0, |head| head.seq);
        let page = ctx.ledger.audit(after, None, PAGE).await?;
        if page.is_empty() {
            return Ok((good, check.finish().err()));
        }
        for record in &page {
            if let Err(broken) = check.take(record) {
                return Ok((good, Some(broken)));
            }
            good = Some(record.head());
        }
    }
}

fn sentence(
    head: Option<&AuditHead>,
    broken: Option<&ChainBreak>,
    anchor: &Outside,
    is_new: bool,
    differs: &[RowDifference],
) -> String {
    let count = head.map_or(0, |head| head.seq);
    let mut text = match broken {
        Some(broken) => broken.to_string(),
        None => match anchor {
            Outside::Unreadable(why) if !is_new => format!(
                "the {count} records hold together, but the anchor could not be read, so a removal of the newest \
                 ones cannot be ruled out: {why}"
            ),
            Outside::Heads(heads) if heads.is_empty() && count > 0 => format!(
                "the chain of {count} records is whole; nothing is written down at the anchor yet, so a removal \
                 of the newest ones cannot be ruled out"
            ),
            Outside::Heads(heads) => match heads.iter().min_by_key(|head| head.seq) {
                Some(first) => format!(
                    "the chain of {count} records is whole and fits its anchor, where its ends are written down \
                     since record {} of {}",
                    first.seq, first.at
                ),
                None => format!("the chain of {count} records is whole"),
            },
            Outside::OnlyTakes(place) => format!(
                "the chain of {count} records is whole; the anchor {place} takes ends and gives none back, so \
                 compare there: the newest end is record {count}{}",
                head.map(|head| format!(", {}", head.hash))
                    .unwrap_or_default()
            ),
            Outside::Nowhere if is_new => format!("the chain of {count} records is whole"),
            Outside::Nowhere | Outside::Unreadable(_) => format!(
                "the chain of {count} records is whole; without an anchor a removal of the newest ones cannot be \
                 ruled out (set `audit.anchor`)"
            ),
        },
    };
    if let Some(told) = beside_chain::sentence(differs) {
        let joint = if broken.is_none() {
            ", but"
        } else {
            "; besides,"
        };
        text = format!("{text}{joint} what is kept is not as it says: {told}");
    }
    text
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
