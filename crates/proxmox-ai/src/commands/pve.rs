//! `pve get|create|set|delete`: any call of the PVE API, at a connected cluster or at any server.
//!
//! Both ways lead through the registry: a server that is only named by its address becomes the one cluster
//! of a product that lives as long as the command ([`App::direct`]), so a change there is a plan, a consent
//! and a run as everywhere.

use app::{App, Role, Server};
use ops::{Acted, Call, Plan, Run, RunState, StepState};
use serde_json::{Value, json};

use super::{
    Session, connect, person,
    plans::{self, Beside, Decided, Lasts},
};
use crate::{arguments::PveArgs, failure::Failure, output};

/// "Unreachable or timed out": what became of the call is not known.
const UNKNOWN: u8 = 5;

/// One read.
pub(super) async fn get(session: &Session, arguments: PveArgs) -> Result<u8, Failure> {
    let app = open(session, &arguments).await?;
    let answer = app
        .registry
        .query(&Call::new(person()), "pve.get", input(&arguments))
        .await;
    app.stop().await;
    let answer = answer?;
    let data = answer.get("data").cloned().unwrap_or_default();
    if session.json() || data.is_object() || data.is_array() {
        output::say_json(&match answer.get("total") {
            Some(total) => json!({ "data": data, "total": total }),
            None => data,
        });
    } else {
        say_plainly(&data);
    }
    Ok(0)
}

/// One change.
pub(super) async fn act(
    session: &Session,
    operation: &str,
    arguments: PveArgs,
) -> Result<u8, Failure> {
    let app = open(session, &arguments).await?;
    let code = plan_and_run(session, &app, operation, &arguments).await;
    app.stop().await;
    code
}

async fn plan_and_run(
    session: &Session,
    app: &App,
    operation: &str,
    arguments: &PveArgs,
) -> Result<u8, Failure> {
    let call = Call::new(person());
    let plan = match app.registry.act(&call, operation, input(arguments)).await? {
        Acted::Planned(plan) => *plan,
        Acted::Done(answer) => {
            output::say_json(&answer);
            return Ok(0);
        }
    };
    let lasts = match arguments.url {
        Some(_) => Lasts::ThisCommand,
        None => Lasts::Stored,
    };
    let beside = Beside::of(app, &plan, json!({})).await;
    let run = match plans::ask_and_run(session, app, &plan, &beside, lasts).await? {
        Decided::Answered(code) => return Ok(code),
        Decided::Ran(run) => *run,
    };
    let answer = app::take_answer(&app.store.secrets(), &plan).await?;
    Ok(tell(session, &plan, &run, answer))
}

/// The data of the call: what the cluster answered, which is the id of the task where it started one.
fn tell(session: &Session, plan: &Plan, run: &Run, answer: Option<Value>) -> u8 {
    let task = run.steps.iter().find_map(|step| step.upid.clone());
    let data = answer.or(task.map(Value::from)).unwrap_or_default();
    if run.state == RunState::Succeeded {
        if session.json() {
            output::say_json(&json!({ "data": data, "plan": plan.to_view(), "run": run }));
        } else if data.is_null() {
            output::say(&format!("{}: done", plan.summary));
        } else {
            say_plainly(&data);
        }
        return 0;
    }
    let error = run
        .steps
        .iter()
        .find_map(|step| step.error.clone())
        .unwrap_or_else(|| format!("{} ended {}", plan.summary, run.state.as_str()));
    if session.json() {
        output::say_json(&json!({
            "data": data, "plan": plan.to_view(), "run": run,
            "error": { "code": run.state.as_str(), "message": error },
        }));
    }
    output::complain(&error);
    match run.state {
        RunState::Failed
            if run
                .steps
                .iter()
                .any(|step| step.state == StepState::Unknown) =>
        {
            UNKNOWN
        }
        state => state.exit_code(),
    }
}

fn say_plainly(data: &Value) {
    match data {
        Value::String(text) => output::say(text),
        Value::Object(_) | Value::Array(_) => output::say_json(data),
        other => output::say(&other.to_string()),
    }
}

fn input(arguments: &PveArgs) -> Value {
    let mut input = json!({ "path": arguments.path, "params": arguments.params });
    if let (Some(cluster), Some(object)) = (&arguments.cluster, input.as_object_mut()) {
        object.insert("cluster".to_owned(), json!(cluster));
    }
    input
}

/// The product on the connected clusters, or on the one server that is named by its address.
async fn open(session: &Session, arguments: &PveArgs) -> Result<App, Failure> {
    let Some(url) = &arguments.url else {
        return session.app(Role::Command).await;
    };
    let trust = connect::trust(url, &arguments.reach).await?;
    let (auth, identity, secret) = connect::credentials(&arguments.reach).await?;
    let server = Server {
        url: url.clone(),
        auth,
        identity,
        secret,
        trust,
    };
    Ok(App::direct(server, session.settings(None)?).await?)
}
