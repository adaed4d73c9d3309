//! From a plan to a run on the command line: show, ask, approve, watch, verdict.

use app::{App, Role};
use futures_util::StreamExt as _;
use ops::{
    BusEvent, Call, Consent, Consented, Kept, Plan, PlanState, Run, RunState, engine::RunningTasks,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Session, person};
use crate::{failure::Failure, output, show};

/// "Refused or needs approval".
const NEEDS_APPROVAL: u8 = 3;

/// Whether a plan that its person has not approved can still be approved later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    Stored,
    /// It ends with this command.
    ThisCommand,
}

/// What goes with a plan that is shown.
pub(super) struct Beside {
    /// What JSON output carries besides the plan and its run.
    pub(super) document: Value,
    /// What is kept about its guests, as far as it has not been told.
    kept: Kept,
}

impl Beside {
    /// Looks up what is kept about the guests of a plan.
    pub(super) async fn of(app: &App, plan: &Plan, document: Value) -> Self {
        let kept = Kept::about_plan(&app.registry, &Call::new(person()), &plan.id).await;
        let mut document = document;
        if let (Some(kept), Some(object)) = (kept.to_view(), document.as_object_mut()) {
            object.insert("kept".to_owned(), kept);
        }
        Self { document, kept }
    }

    /// The person has read it already.
    #[must_use]
    pub(super) fn told(self) -> Self {
        Self {
            kept: Kept::default(),
            ..self
        }
    }
}

/// What became of a plan.
pub(super) enum Decided {
    /// Nothing ran; all was said.
    Answered(u8),
    Ran(Box<Run>),
}

/// Shows a plan and carries it out if its person says so.
pub(super) async fn decide(
    session: &Session,
    app: &App,
    plan: Plan,
    beside: Beside,
) -> Result<u8, Failure> {
    match ask_and_run(session, app, &plan, &beside, Lasts::Stored).await? {
        Decided::Answered(code) => Ok(code),
        Decided::Ran(run) => {
            tell_run(session, &plan, &run, beside.document);
            Ok(run.state.exit_code())
        }
    }
}

/// All of [`decide`] but the verdict.
pub(super) async fn ask_and_run(
    session: &Session,
    app: &App,
    plan: &Plan,
    beside: &Beside,
    lasts: Lasts,
) -> Result<Decided, Failure> {
    let global = &session.global;
    if global.plan_only {
        tell_plan(session, plan, beside);
        output::note(&match (plan.state, lasts) {
            (PlanState::Proposed, Lasts::Stored) => format!(
                "nothing was done; `proxmox-ai approve {}` carries the plan out",
                plan.id
            ),
            (_, _) => "nothing was done".to_owned(),
        });
        return Ok(Decided::Answered(0));
    }
    // Approved beforehand, by a rule or a standing approval: it is on its way.
    if let (PlanState::Approved, Some(run_id)) = (plan.state, &plan.run_id) {
        let news = app.registry.bus().listen();
        app.start_background();
        let run = app.registry.run(run_id).await?;
        if !session.json() {
            output::note(&format!("approved beforehand: {}", run.approved_by));
        }
        let run = follow(session, app, plan, &run, news).await?;
        return Ok(Decided::Ran(Box::new(run)));
    }
    let Some(confirm) = consent(session, plan, &beside.kept).await else {
        // Whoever was asked has just read it.
        if !is_asked(session) {
            tell_plan(session, plan, beside);
        }
        let confirm = plan
            .confirm
            .as_ref()
            .map(|c| format!(" --confirm {:?}", c.text))
            .unwrap_or_default();
        let later = match lasts {
            Lasts::Stored => format!(
                "approve with `proxmox-ai approve {} --yes{confirm}`, or ",
                plan.id
            ),
            Lasts::ThisCommand => String::new(),
        };
        output::note(&format!(
            "nothing was done: {later}repeat the command with --yes{confirm}"
        ));
        return Ok(Decided::Answered(NEEDS_APPROVAL));
    };
    app.registry.supervise_once().await?;
    app.start_background();
    let consent = Consent {
        actor: person(),
        digest: plan.digest.clone(),
        confirm,
    };
    let news = app.registry.bus().listen();
    match app.registry.consent(&plan.id, consent).await? {
        Consented::Runs(run) => {
            let run = follow(session, app, plan, &run, news).await?;
            Ok(Decided::Ran(Box::new(run)))
        }
        Consented::Waits(plan) => {
            let people: Vec<&str> = plan
                .approvals
                .iter()
                .map(|one| one.by.name.as_str())
                .collect();
            let needed = plan.ruling.as_ref().map_or(1, |ruling| ruling.people);
            tell_plan(session, &plan, beside);
            output::note(&format!(
                "nothing was done yet: {} of {needed} people agreed ({}); another person approves plan {}",
                people.len(),
                people.join(", "),
                plan.id
            ));
            Ok(Decided::Answered(NEEDS_APPROVAL))
        }
    }
}

/// Whether somebody is there to be shown the plan and asked.
fn is_asked(session: &Session) -> bool {
    !session.global.yes && !session.json() && output::can_ask()
}

/// The person's answer: nothing for no, else what they typed where that is demanded.
async fn consent(session: &Session, plan: &Plan, kept: &Kept) -> Option<Option<String>> {
    let global = &session.global;
    if global.yes {
        return Some(global.confirm.clone());
    }
    if !is_asked(session) {
        return None;
    }
    output::note(&show::plan(plan, kept));
    match &plan.confirm {
        Some(confirm) => {
            let typed = output::ask(&confirm.prompt).await?;
            (typed.trim() == confirm.text).then_some(Some(typed))
        }
        None => {
            let answer = output::ask("Go ahead? [y/N]").await?;
            matches!(answer.trim(), "y" | "Y" | "yes").then_some(None)
        }
    }
}

async fn follow(
    session: &Session,
    app: &App,
    plan: &Plan,
    run: &Run,
    mut news: tokio::sync::broadcast::Receiver<BusEvent>,
) -> Result<Run, Failure> {
    let cancel = CancellationToken::new();
    let mut events = app.registry.watch_run(&run.id, 0, cancel.clone());
    let titles: Vec<(&str, &str)> = run
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.title.as_str()))
        .collect();
    // A step without a task begins twice: when it is taken up, and when it is sent.
    let mut told = String::new();
    loop {
        tokio::select! {
            () = super::serve::terminated() => {
                output::note("stopping: no further step is started, what runs is followed to its end");
                app.registry.cancel_run(&run.id, &person(), RunningTasks::GoOn).await?;
            }
            Ok(event) = news.recv() => {
                if event.kind == app::UPLOAD_PROGRESS
                    && event.plan_id.as_deref() == Some(&plan.id)
                    && let Some(percent) = event.state
                    && !session.json()
                {
                    output::note(&format!("uploading: {percent} %"));
                }
            }
            event = events.next() => match event {
                Some(event) => {
                    let event = event?;
                    // Of a single step the last word of the command tells it.
                    let is_told_later = titles.len() == 1 && show::is_failure(&event);
                    if let Some(line) = show::event(&event, &titles)
                        && !session.json()
                        && !is_told_later
                        && line != told
                    {
                        output::note(&line);
                        told = line;
                    }
                }
                None => break,
            },
        }
    }
    Ok(app.registry.run(&run.id).await?)
}

fn tell_plan(session: &Session, plan: &Plan, beside: &Beside) {
    if session.json() {
        let mut document = beside.document.clone();
        if let Some(object) = document.as_object_mut() {
            object.insert("plan".to_owned(), plan.to_view());
        }
        output::say_json(&document);
    } else {
        output::say(&show::plan(plan, &beside.kept));
    }
}

fn tell_run(session: &Session, plan: &Plan, run: &Run, document: Value) {
    if session.json() {
        let mut document = document;
        if let Some(object) = document.as_object_mut() {
            object.insert("plan".to_owned(), plan.to_view());
            object.insert("run".to_owned(), json!(run));
            // What the assistant said before the approval is no longer how the turn ended.
            if object.contains_key("outcome") {
                object.insert("outcome".to_owned(), json!(outcome(run.state)));
                object.insert("text".to_owned(), json!(show::verdict(run)));
            }
        }
        output::say_json(&document);
    } else {
        output::say(&show::verdict(run));
    }
}

/// A run as the outcome of a turn.
fn outcome(state: RunState) -> &'static str {
    match state {
        RunState::Succeeded => "done",
        RunState::Partial => "partial",
        _ => "report_failure",
    }
}

/// `approve ID`.
pub(super) async fn approve(session: &Session, id: &str) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    let plan = app.registry.plan(id).await?;
    let mut beside = Beside::of(&app, &plan, json!({})).await;
    let code = match ask_and_run(session, &app, &plan, &beside, Lasts::Stored).await? {
        Decided::Answered(code) => code,
        Decided::Ran(run) => {
            // What a raw call answered goes to whoever lets it be made.
            let answer = app::take_answer(&app.store.secrets(), &plan).await?;
            if let Some(data) = answer.as_ref().filter(|_| !session.json()) {
                output::say_json(data);
            }
            if let (Some(data), Some(object)) = (answer, beside.document.as_object_mut()) {
                object.insert("data".to_owned(), data);
            }
            tell_run(session, &plan, &run, beside.document);
            run.state.exit_code()
        }
    };
    app.stop().await;
    Ok(code)
}

/// `reject ID`.
pub(super) async fn reject(session: &Session, id: &str) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    let plan = app.registry.reject(id, &person()).await?;
    if session.json() {
        output::say_json(&plan.to_view());
    } else {
        output::say(&format!("rejected: {}", plan.summary));
    }
    app.stop().await;
    Ok(0)
}

/// `cancel ID`.
pub(super) async fn cancel(
    session: &Session,
    id: &str,
    running: RunningTasks,
) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    let mut run = app.registry.cancel_run(id, &person(), running).await?;
    let is_ended_here = app.registry.carries_out(id);
    if is_ended_here {
        output::note("the process that carried it out has ended: it is brought to its end here");
        app.start_background();
        run = app.registry.wait_for(id, &CancellationToken::new()).await?;
    }
    if session.json() {
        output::say_json(&json!(run));
    } else if is_ended_here {
        output::say(&show::verdict(&run));
    } else {
        let tasks = match running {
            RunningTasks::GoOn => "what runs is followed to its end",
            RunningTasks::Stop => "the cluster was asked to stop what runs",
        };
        output::say(&format!("{}: no further step starts, {tasks}", run.summary));
    }
    app.stop().await;
    Ok(0)
}
