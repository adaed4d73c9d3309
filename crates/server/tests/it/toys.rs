//! Operations of a toy box: a query, a cluster action of each tier that matters, a product action, a feed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures_util::{StreamExt as _, stream::BoxStream};
use jiff::Timestamp;
use ops::{
    Action, BeforeState, Call, Draft, DraftStep, Error, Feed, Found, Observed, Query,
    RegistryBuilder, Result, Risk, Scope, Started, Target, Verdict, Wish,
    contract::{Change, StartError},
    gate::Approved,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Name -> colour.
#[derive(Default)]
pub(crate) struct Box {
    pub(crate) toys: Mutex<BTreeMap<String, String>>,
}

impl Box {
    fn observed(&self, name: &str) -> Result<Observed> {
        let colour = self.toys.lock().unwrap().get(name).cloned();
        let colour = colour.ok_or_else(|| Error::not_found(format!("there is no toy `{name}`")))?;
        Ok(Observed {
            subject: name.to_owned(),
            identity: BTreeMap::from([("name".to_owned(), name.into())]),
            state: BTreeMap::from([("colour".to_owned(), colour.into())]),
        })
    }
}

pub(crate) fn register(ctx: &Arc<Box>) -> RegistryBuilder {
    RegistryBuilder::new()
        .query::<List>(ctx)
        .query::<Break>(ctx)
        .action::<Paint>(ctx)
        .action::<Smash>(ctx)
        .action::<Note>(ctx)
        .feed::<Watch>(ctx)
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
struct ListInput {
    #[arg(long)]
    limit: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
struct ListOutput {
    toys: Vec<String>,
}

struct List;

impl Query for List {
    const NAME: &'static str = "toys.list";
    const SUMMARY: &'static str = "List toys";
    type Ctx = Box;
    type Input = ListInput;
    type Output = ListOutput;

    async fn run(ctx: &Arc<Box>, _: &Call, input: ListInput) -> Result<ListOutput> {
        let limit = input.limit.unwrap_or(100) as usize;
        Ok(ListOutput {
            toys: ctx
                .toys
                .lock()
                .unwrap()
                .keys()
                .take(limit)
                .cloned()
                .collect(),
        })
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
struct BreakInput {
    /// `panic`, `internal` or `store`.
    how: String,
}

struct Break;

impl Query for Break {
    const NAME: &'static str = "toys.break";
    const SUMMARY: &'static str = "Fail in a chosen way";
    type Ctx = Box;
    type Input = BreakInput;
    type Output = ListOutput;

    async fn run(_: &Arc<Box>, _: &Call, input: BreakInput) -> Result<ListOutput> {
        let secret = "cannot read /var/box/box.db: SELECT * FROM toys";
        match input.how.as_str() {
            "panic" => panic!("{secret}"),
            "store" => Err(Error::new(ops::Code::StoreUnavailable, secret)),
            _ => Err(Error::internal(secret)),
        }
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
struct PaintInput {
    name: String,
    colour: String,
}

#[derive(Serialize, JsonSchema)]
struct Painted {
    colour: String,
}

struct Paint;

impl Action for Paint {
    const NAME: &'static str = "toys.paint";
    const SUMMARY: &'static str = "Paint a toy";
    const RISK: Risk = Risk::Reversible;
    type Ctx = Box;
    type Input = PaintInput;
    type Step = PaintInput;
    type Output = Painted;

    async fn plan(ctx: &Arc<Box>, _: &Call, input: PaintInput) -> Result<Draft<PaintInput>> {
        let observed = ctx.observed(&input.name)?;
        let before = observed.state.get("colour").cloned().unwrap_or_default();
        let change = Change {
            field: "colour".into(),
            before,
            after: input.colour.clone().into(),
        };
        Ok(draft(
            format!("paint {} {}", input.name, input.colour),
            &input.name.clone(),
            input,
            observed,
            vec![change],
        ))
    }

    async fn observe(ctx: &Arc<Box>, step: &PaintInput) -> Result<Observed> {
        ctx.observed(&step.name)
    }

    async fn start(
        ctx: &Arc<Box>,
        step: &Approved<PaintInput>,
    ) -> Result<Started<Painted>, StartError> {
        let PaintInput { name, colour } = step.step().clone();
        ctx.toys.lock().unwrap().insert(name, colour.clone());
        Ok(Started::Done(Painted { colour }))
    }

    async fn recover(_: &Arc<Box>, _: &PaintInput, _: &BeforeState, _: Timestamp) -> Result<Found> {
        Ok(Found::NotSent)
    }

    async fn verify(ctx: &Arc<Box>, step: &PaintInput, _: &BeforeState) -> Result<Verdict> {
        let ok = ctx.toys.lock().unwrap().get(&step.name) == Some(&step.colour);
        Ok(Verdict {
            ok,
            text: format!("{} is {}", step.name, step.colour),
        })
    }

    fn undo(step: &PaintInput, before: &BeforeState) -> Option<Wish> {
        let colour = before.text("colour")?;
        Some(Wish {
            op: Self::NAME.into(),
            input: serde_json::json!({"name": step.name, "colour": colour}),
        })
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
struct SmashInput {
    name: String,
}

struct Smash;

impl Action for Smash {
    const NAME: &'static str = "toys.smash";
    const SUMMARY: &'static str = "Smash a toy";
    const RISK: Risk = Risk::Destructive;
    type Ctx = Box;
    type Input = SmashInput;
    type Step = SmashInput;
    type Output = Value;

    async fn plan(ctx: &Arc<Box>, _: &Call, input: SmashInput) -> Result<Draft<SmashInput>> {
        let observed = ctx.observed(&input.name)?;
        Ok(draft(
            format!("smash {}", input.name),
            &input.name.clone(),
            input,
            observed,
            Vec::new(),
        ))
    }

    async fn observe(ctx: &Arc<Box>, step: &SmashInput) -> Result<Observed> {
        ctx.observed(&step.name)
    }

    async fn start(
        ctx: &Arc<Box>,
        step: &Approved<SmashInput>,
    ) -> Result<Started<Value>, StartError> {
        ctx.toys.lock().unwrap().remove(&step.step().name);
        Ok(Started::Done(Value::Null))
    }

    async fn recover(_: &Arc<Box>, _: &SmashInput, _: &BeforeState, _: Timestamp) -> Result<Found> {
        Ok(Found::NotSent)
    }

    async fn verify(ctx: &Arc<Box>, step: &SmashInput, _: &BeforeState) -> Result<Verdict> {
        Ok(Verdict {
            ok: ctx.observed(&step.name).is_err(),
            text: "gone".into(),
        })
    }

    fn undo(_: &SmashInput, _: &BeforeState) -> Option<Wish> {
        None
    }
}

fn draft<S>(
    summary: String,
    name: &str,
    step: S,
    observed: Observed,
    change: Vec<Change>,
) -> Draft<S> {
    let target = Target {
        reference: format!("box/{name}"),
        name: name.to_owned(),
        node: None,
        storage: None,
    };
    let steps = vec![DraftStep {
        step,
        target,
        title: summary.clone(),
        depends_on: Vec::new(),
        change,
        interruption: None,
        observed,
    }];
    Draft {
        summary,
        steps,
        preflight: Vec::new(),
        left_out: Vec::new(),
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
struct NoteInput {
    text: String,
}

struct Note;

impl Action for Note {
    const NAME: &'static str = "notes.write";
    const SUMMARY: &'static str = "Write a note";
    const RISK: Risk = Risk::Reversible;
    const SCOPE: Scope = Scope::Product;
    type Ctx = Box;
    type Input = NoteInput;
    type Step = NoteInput;
    type Output = NoteInput;

    async fn plan(_: &Arc<Box>, _: &Call, input: NoteInput) -> Result<Draft<NoteInput>> {
        Ok(draft(
            "write a note".into(),
            "note",
            input,
            Observed::default(),
            Vec::new(),
        ))
    }

    async fn observe(_: &Arc<Box>, _: &NoteInput) -> Result<Observed> {
        Ok(Observed::default())
    }

    async fn start(
        _: &Arc<Box>,
        step: &Approved<NoteInput>,
    ) -> Result<Started<NoteInput>, StartError> {
        Ok(Started::Done(step.step().clone()))
    }

    async fn recover(_: &Arc<Box>, _: &NoteInput, _: &BeforeState, _: Timestamp) -> Result<Found> {
        Ok(Found::NotSent)
    }

    async fn verify(_: &Arc<Box>, _: &NoteInput, _: &BeforeState) -> Result<Verdict> {
        Ok(Verdict::ok("written"))
    }

    fn undo(_: &NoteInput, _: &BeforeState) -> Option<Wish> {
        None
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
struct WatchInput {}

#[derive(Serialize, JsonSchema)]
struct Tick {
    number: u64,
}

struct Watch;

impl Feed for Watch {
    const NAME: &'static str = "toys.watch";
    const SUMMARY: &'static str = "Watch the toys";
    type Ctx = Box;
    type Input = WatchInput;
    type Item = Tick;

    /// Two items, then silence until the listener goes away.
    fn open(_: Arc<Box>, call: Call, _: WatchInput) -> Result<BoxStream<'static, Tick>> {
        let items = futures_util::stream::iter([Tick { number: 1 }, Tick { number: 2 }]);
        let silence = futures_util::stream::pending();
        Ok(items
            .chain(silence)
            .take_until(call.cancel.cancelled_owned())
            .boxed())
    }
}
