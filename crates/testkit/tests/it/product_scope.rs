//! Actions on the product's own data: on a person's surface the call is the consent, elsewhere they plan.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use ops::{
    Acted, Action, Approved, BeforeState, Call, Code, Draft, DraftStep, EngineOptions, Error,
    EventBus, Found, Gate, Observed, Policy, Registry, RegistryBuilder, Result, Risk, Role, Scope,
    Started, Surface, Target, TaskRef, Verdict, Wish,
    contract::StartError,
    ports::{Ledger as _, SystemClock, TaskEnd, TaskFollower, TaskNews},
    registry::Ports,
    tasks::Tasks,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Store;
use testkit::{Machine, World};
use tokio_util::sync::CancellationToken;

/// Notes, held in memory: the smallest data of a product.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
struct Input {
    text: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Step {
    text: String,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    notes: usize,
}

struct Add;

impl Action for Add {
    const NAME: &'static str = "notes.add";
    const SUMMARY: &'static str = "Add a note";
    const RISK: Risk = Risk::Reversible;
    const SCOPE: Scope = Scope::Product;
    type Ctx = Notes;
    type Input = Input;
    type Step = Step;
    type Output = Output;

    async fn plan(_ctx: &Arc<Notes>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let target = Target {
            reference: "notes".to_owned(),
            name: "notes".to_owned(),
            node: None,
            storage: None,
        };
        let step = DraftStep {
            step: Step { text: input.text },
            target,
            title: "Add a note".to_owned(),
            depends_on: Vec::new(),
            change: Vec::new(),
            interruption: None,
            observed: Observed::default(),
        };
        Ok(Draft {
            summary: "add a note".to_owned(),
            steps: vec![step],
            preflight: Vec::new(),
            left_out: Vec::new(),
        })
    }

    async fn observe(_ctx: &Arc<Notes>, _step: &Step) -> Result<Observed> {
        Ok(Observed::default())
    }

    async fn start(ctx: &Arc<Notes>, step: &Approved<Step>) -> Result<Started<Output>, StartError> {
        let text = step.step().text.clone();
        if text == "broken" {
            return Err(StartError::Refused(Error::new(
                Code::Conflict,
                "the book is full",
            )));
        }
        let mut notes = ctx.0.lock().unwrap();
        notes.push(text);
        Ok(Started::Done(Output { notes: notes.len() }))
    }

    async fn recover(
        ctx: &Arc<Notes>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        let there = ctx.0.lock().unwrap().contains(&step.text);
        Ok(if there {
            Found::Done(None)
        } else {
            Found::NotSent
        })
    }

    async fn verify(ctx: &Arc<Notes>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let there = ctx.0.lock().unwrap().contains(&step.text);
        Ok(if there {
            Verdict::ok("noted")
        } else {
            Verdict::not_as_promised("not noted")
        })
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

/// Notes have no tasks.
struct NoTasks;

#[async_trait::async_trait]
impl TaskFollower for NoTasks {
    async fn follow(
        &self,
        _task: &TaskRef,
        _on_news: &mut (dyn FnMut(TaskNews) + Send),
        _cancel: &CancellationToken,
    ) -> Result<TaskEnd> {
        Ok(TaskEnd::Ok)
    }
}

async fn product() -> (Registry, Arc<Notes>, Store) {
    let clock = Arc::new(SystemClock);
    let store = Store::in_memory(clock.clone()).await.unwrap();
    let notes = Arc::new(Notes::default());
    let ports = Ports {
        anchor: None,
        ledger: Arc::new(store.clone()),
        clock,
        follower: Arc::new(NoTasks),
        host: Machine::new().process(),
        bus: EventBus::new(),
        tasks: Tasks::new(),
    };
    let options = EngineOptions {
        serves: true,
        ..EngineOptions::default()
    };
    let registry = RegistryBuilder::new()
        .action::<Add>(&notes)
        .build(Gate::new(Policy::default()), ports, options)
        .unwrap();
    (registry, notes, store)
}

#[tokio::test]
async fn on_a_persons_surface_the_call_is_the_consent_and_leaves_a_receipt() {
    for surface in [Surface::Cli, Surface::Web, Surface::Api] {
        let (registry, notes, store) = product().await;
        let call = World::call(Role::Operator, surface);
        let acted = registry
            .act(&call, "notes.add", json!({ "text": "hello" }))
            .await
            .unwrap();
        let Acted::Done(output) = acted else {
            panic!("{acted:?}")
        };
        assert_eq!(output, json!({ "notes": 1 }));
        assert_eq!(*notes.0.lock().unwrap(), ["hello"]);
        let runs = store.runs(10).await.unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].approved_by, call.actor.name);
        assert_eq!(runs[0].state, ops::RunState::Succeeded);
    }
}

#[tokio::test]
async fn on_the_surfaces_of_machines_it_is_a_plan_like_any_other() {
    for surface in [Surface::Chat, Surface::Mcp, Surface::Schedule] {
        let (registry, notes, _) = product().await;
        let call = World::call(Role::Admin, surface);
        let acted = registry
            .act(&call, "notes.add", json!({ "text": "hello" }))
            .await
            .unwrap();
        let Acted::Planned(plan) = acted else {
            panic!("{acted:?}")
        };
        assert_eq!(*notes.0.lock().unwrap(), Vec::<String>::new());
        let consent = World::consent(&plan, call.actor);
        assert_eq!(
            registry.approve(&plan.id, consent).await.unwrap_err().code,
            Code::Forbidden
        );
        let consent = World::consent(&plan, World::operator().actor);
        let run = registry.approve(&plan.id, consent).await.unwrap();
        testkit::run_to_end(&registry, &run.id).await;
        assert_eq!(*notes.0.lock().unwrap(), ["hello"]);
    }
}

#[tokio::test]
async fn a_viewer_may_not_and_a_refusal_is_told_in_its_own_words() {
    let (registry, notes, store) = product().await;
    let error = registry
        .act(&World::viewer(), "notes.add", json!({ "text": "hello" }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
    assert_eq!(store.plans(None, 10).await.unwrap(), []);
    let error = registry
        .act(&World::admin(), "notes.add", json!({ "text": "broken" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Conflict, "the book is full")
    );
    assert_eq!(*notes.0.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_name_that_is_registered_twice_is_found_at_the_start() {
    let notes = Arc::new(Notes::default());
    let clock = Arc::new(SystemClock);
    let ports = Ports {
        anchor: None,
        ledger: Arc::new(Store::in_memory(clock.clone()).await.unwrap()),
        clock,
        follower: Arc::new(NoTasks),
        host: Machine::new().process(),
        bus: EventBus::new(),
        tasks: Tasks::new(),
    };
    let error = RegistryBuilder::new()
        .action::<Add>(&notes)
        .action::<Add>(&notes)
        .build(Gate::default(), ports, EngineOptions::default())
        .unwrap_err();
    assert_eq!(error.message, "operation `notes.add` is registered twice");
}
