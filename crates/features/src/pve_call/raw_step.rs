//! What the three changing calls share: planning, looking, sending, finding a lost answer.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Approved, BeforeState, BusEvent, Call, Change, Code, Draft, DraftStep, Error, Found, Level,
    Observed, Result, Signal, Started, Surface, Target, TaskRef, Verdict, contract::StartError,
};
use pve::{ApiPath, CallWords, Client, ErrorKind, FileSource, Method, Params, Transferred, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    get::the_only_cluster,
    guest_path::{guest_of, storage_of},
    sealed, traces,
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    guests::{self, GuestRef, Looked, look_at, signals},
};

/// A call whose answer was lost shows in the task list within this time, or never.
const TRACE_PATIENCE: Duration = Duration::from_secs(5);
const HIDDEN: &str = "***";
/// Of the bus: `state` is how many percent of the plan's file were handed to the connection.
pub const UPLOAD_PROGRESS: &str = "upload.progress";
const PERCENT_STEP: u64 = 5;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Path below /api2/json, for instance /nodes/pve1/qemu/100/config; it is what has to be confirmed.
    path: String,
    /// Parameters, each key=value; on the command line key=@FILE uploads a file, @@ begins a value with @.
    #[serde(default)]
    params: Vec<String>,
    /// Which cluster; needed only when several are connected.
    #[arg(long)]
    cluster: Option<String>,
}

/// One call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    cluster: String,
    /// As it was written.
    path: String,
    /// Those that may be shown, in their order.
    params: Vec<(String, String)>,
    /// Names of those that are kept encrypted, under `call`.
    secret_params: Vec<String>,
    file: Option<Upload>,
    guest: Option<GuestRef>,
    /// Id of the call: what is kept beside the plan lies under it.
    call: String,
    /// Whether somebody waits to read the answer.
    keep_answer: bool,
}

/// A file of this machine that goes with the call.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Upload {
    field: String,
    file: PathBuf,
}

impl Step {
    pub(super) fn call(&self) -> &str {
        &self.call
    }

    fn api_path(&self) -> Result<ApiPath> {
        self.path
            .parse()
            .map_err(|error| Error::internal(format!("a stored step is unreadable: {error}")))
    }
}

pub(super) async fn plan(
    ctx: &Arc<Ctx>,
    call: &Call,
    method: Method,
    input: Input,
) -> Result<Draft<Step>> {
    let path: ApiPath = input
        .path
        .parse()
        .map_err(|error| Error::invalid(format!("`{}` is no API path: {error}", input.path)))?;
    let words =
        CallWords::parse(&input.params).map_err(|error| Error::invalid(error.to_string()))?;
    let file = upload(call, method, &words)?;
    let cluster = match input.cluster {
        Some(cluster) => cluster,
        None => the_only_cluster(ctx).await?,
    };
    let client = ctx.inventory.client(&cluster).await?;
    // Somebody answers and accepts us: what is wrong with that is told now and not after the consent.
    client
        .version()
        .await
        .map_err(|error| call_error(&cluster, &error))?;

    let mut preflight = Vec::new();
    let looked = match guest_of(&cluster, &path) {
        None => None,
        Some(guest) => match look_at(ctx, guest).await {
            Ok(looked) => Some(named(looked)),
            // Who may call need not be allowed to look; what is not there the cluster says itself.
            Err(error) if error.code == Code::ClusterRefused => {
                let text = format!("the guest was not looked at: {}", error.message);
                preflight.push(signal("check_skipped", Level::Warning, text, None));
                None
            }
            Err(error) => return Err(error),
        },
    };
    if let Some(looked) = &looked {
        preflight.extend(guest_signals(looked));
    }
    let text = "what this call does is known to the cluster alone: read its path and parameters";
    preflight.push(signal("check_skipped", Level::Info, text.to_owned(), None));

    let (secret, open): (Vec<_>, Vec<_>) = words
        .params
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .partition(|(name, _)| sealed::is_secret(name));
    let step = Step {
        path: input.path.clone(),
        params: open,
        secret_params: secret.iter().map(|(name, _)| name.clone()).collect(),
        file,
        guest: looked.as_ref().map(|looked| looked.guest.clone()),
        call: Uuid::now_v7().simple().to_string(),
        // Elsewhere nobody fetches it, and it can be a secret.
        keep_answer: call.actor.surface == Surface::Cli,
        cluster: cluster.clone(),
    };
    let observed = match &looked {
        Some(looked) => with_file(looked.observed.clone(), &step).await?,
        None => observe(ctx, &step).await?,
    };
    sealed::clear_away(&ctx.secrets, ctx.clock.now()).await?;
    if !secret.is_empty() {
        sealed::keep_parameters(&ctx.secrets, &step.call, &secret).await?;
    }
    let title = format!("{} {}", method.as_str(), input.path);
    Ok(Draft {
        left_out: Vec::new(),
        summary: format!("{title} on {cluster}"),
        steps: vec![DraftStep {
            target: target(&step, &path),
            title,
            depends_on: Vec::new(),
            change: changes(&step, looked.as_ref(), &path),
            interruption: None,
            observed,
            step,
        }],
        preflight,
    })
}

/// A file is read with the rights of this process, so only who sits at the machine may name one.
fn upload(call: &Call, method: Method, words: &CallWords) -> Result<Option<Upload>> {
    let Some((field, file)) = &words.file else {
        return Ok(None);
    };
    if call.actor.surface != Surface::Cli {
        return Err(Error::forbidden(format!(
            "`{field}` names a file: files are uploaded from the command line only"
        ))
        .hint("a value that begins with @ is written with two: @@"));
    }
    if method != Method::Post {
        return Err(Error::invalid(format!(
            "`{field}` names a file: only `pve create` uploads one"
        ))
        .hint("a value that begins with @ is written with two: @@"));
    }
    // Another process, in another directory, may carry the run out.
    let file = std::path::absolute(file)
        .map_err(|error| Error::invalid(format!("cannot read {}: {error}", file.display())))?;
    Ok(Some(Upload {
        field: field.clone(),
        file,
    }))
}

/// The guest under the name that it has.
fn named(mut looked: Looked) -> Looked {
    let key = match looked.guest.kind {
        crate::inventory::GuestKind::Qemu => "name",
        crate::inventory::GuestKind::Lxc => "hostname",
    };
    if let Some(name) = looked.config.values.get(key) {
        looked.guest.name.clone_from(name);
        looked.observed.subject = looked.guest.subject();
    }
    looked
}

fn guest_signals(looked: &Looked) -> Vec<Signal> {
    let mut signals = signals(looked, false);
    let guest = &looked.guest;
    if let Some(lock) = &looked.status.lock {
        signals.push(signal(
            "locked",
            Level::Warning,
            format!(
                "{} is locked ({lock}): something else works on it",
                guest.name
            ),
            Some(guest.reference()),
        ));
    }
    signals.push(signal(
        "guest",
        Level::Info,
        format!("this is {}, {}", guest.subject(), looked.status.status),
        Some(guest.reference()),
    ));
    signals
}

fn signal(name: &str, level: Level, text: String, target: Option<String>) -> Signal {
    Signal {
        signal: name.to_owned(),
        level,
        text,
        target,
    }
}

/// The path as written has to be typed; a guest is locked as for any other operation.
fn target(step: &Step, path: &ApiPath) -> Target {
    Target {
        reference: match &step.guest {
            Some(guest) => guest.reference(),
            None => format!("{}{path}", step.cluster),
        },
        name: step.path.clone(),
        node: path.node_name().map(str::to_owned),
        storage: storage_of(path),
    }
}

/// Each parameter; the value before it where a guest's configuration is written.
fn changes(step: &Step, looked: Option<&Looked>, path: &ApiPath) -> Vec<Change> {
    let config = looked
        .filter(|_| path.segments().last() == Some("config"))
        .map(|looked| &looked.config.values);
    let before = |name: &str| match config {
        Some(values) => values.get(name).map_or(Value::Null, |value| json!(value)),
        None => json!("not looked at"),
    };
    let open = step.params.iter().map(|(name, value)| Change {
        field: name.clone(),
        before: before(name),
        after: json!(value),
    });
    let secret = step.secret_params.iter().map(|name| Change {
        field: name.clone(),
        before: json!(HIDDEN),
        after: json!(HIDDEN),
    });
    let file = step.file.iter().map(|upload| Change {
        field: upload.field.clone(),
        before: json!("not looked at"),
        after: json!(format!("the file {}", upload.file.display())),
    });
    open.chain(secret).chain(file).collect()
}

pub(super) async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
    let observed = match &step.guest {
        Some(guest) => guests::observe(ctx, guest).await?,
        None => {
            ctx.inventory
                .client(&step.cluster)
                .await?
                .version()
                .await
                .map_err(|error| call_error(&step.cluster, &error))?;
            Observed {
                subject: format!("{} on {}", step.path, step.cluster),
                identity: BTreeMap::from([("cluster".to_owned(), json!(step.cluster))]),
                state: BTreeMap::new(),
            }
        }
    };
    with_file(observed, step).await
}

/// Consent to an upload is to the file as it was then.
async fn with_file(mut observed: Observed, step: &Step) -> Result<Observed> {
    let Some(upload) = &step.file else {
        return Ok(observed);
    };
    let unreadable = |error: std::io::Error| {
        Error::invalid(format!("cannot read {}: {error}", upload.file.display()))
    };
    let about = tokio::fs::metadata(&upload.file)
        .await
        .map_err(unreadable)?;
    let changed_at = about
        .modified()
        .map_err(unreadable)
        .map(|at| Timestamp::try_from(at).ok())?;
    observed.state.extend([
        ("file".to_owned(), json!(upload.file)),
        ("file_size_bytes".to_owned(), json!(about.len())),
        ("file_changed_at".to_owned(), json!(changed_at)),
    ]);
    Ok(observed)
}

pub(super) async fn before(
    ctx: &Arc<Ctx>,
    step: &Step,
    observed: &Observed,
) -> Result<BeforeState> {
    let mut before = BeforeState::from(observed);
    let client = ctx.inventory.client(&step.cluster).await?;
    traces::remember(&client, &step.cluster, &step.api_path()?, &mut before).await?;
    Ok(before)
}

pub(super) async fn start(
    ctx: &Arc<Ctx>,
    method: Method,
    approved: &Approved<Step>,
) -> Result<Started<()>, StartError> {
    let step = approved.step();
    let client = ctx
        .inventory
        .client(&step.cluster)
        .await
        .map_err(StartError::NotSent)?;
    let made = send(ctx, &client, method, approved).await;
    // It is never sent a second time: what was lost on the way stays with `recover`.
    if !step.secret_params.is_empty() {
        sealed::forget_parameters(&ctx.secrets, &step.call).await;
    }
    let reply = made?;
    if let Some(upid) = reply
        .data
        .as_str()
        .and_then(|text| text.parse::<Upid>().ok())
    {
        return Ok(Started::Task(TaskRef {
            cluster: step.cluster.clone(),
            id: upid.as_str().to_owned(),
        }));
    }
    if step.keep_answer
        && let Err(error) = sealed::keep_answer(&ctx.secrets, &step.call, &reply.data).await
    {
        // It is done; an answer that cannot be shown must not turn it into a failure.
        tracing::warn!(%error, "the answer of {} {} is lost", method.as_str(), step.path);
    }
    Ok(Started::Done(()))
}

async fn send(
    ctx: &Arc<Ctx>,
    client: &Client,
    method: Method,
    approved: &Approved<Step>,
) -> Result<pve::Reply, StartError> {
    let step = approved.step();
    let path = step.api_path().map_err(StartError::NotSent)?;
    let mut params: Params = step
        .params
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !step.secret_params.is_empty() {
        let secret = sealed::parameters(&ctx.secrets, &step.call)
            .await
            .map_err(StartError::NotSent)?;
        for (name, value) in secret {
            params = params.with(name, value);
        }
    }
    let reply = match &step.file {
        None => client.call(method, &path, &params).await,
        Some(upload) => {
            let source = FileSource::open(&upload.field, &upload.file)
                .await
                .map_err(|error| {
                    let text = format!("cannot read {}: {error}", upload.file.display());
                    StartError::NotSent(Error::invalid(text))
                })?;
            let mut told = Told::new(ctx, approved.plan_id());
            let mut on_progress = |progress| told.tell(progress);
            client
                .upload_to(&path, &params, source, &mut on_progress)
                .await
        }
    };
    reply.map_err(|error| said(&step.cluster, &error))
}

/// How far an upload is, for whoever listens: a run has no event for it, because there is no task yet.
struct Told<'a> {
    ctx: &'a Ctx,
    plan_id: &'a str,
    percent: u64,
}

impl<'a> Told<'a> {
    fn new(ctx: &'a Ctx, plan_id: &'a str) -> Self {
        Self {
            ctx,
            plan_id,
            percent: 0,
        }
    }

    fn tell(&mut self, progress: Transferred) {
        let percent = progress
            .total_bytes
            .and_then(|total| (progress.bytes * 100).checked_div(total))
            .unwrap_or(0);
        if percent < self.percent + PERCENT_STEP {
            return;
        }
        self.percent = percent;
        self.ctx.bus.emit(BusEvent {
            plan_id: Some(self.plan_id.to_owned()),
            state: Some(json!(percent)),
            ..BusEvent::new(UPLOAD_PROGRESS)
        });
    }
}

/// The cluster's own text, each parameter on a line of its own.
fn said(cluster: &str, error: &pve::Error) -> StartError {
    let ErrorKind::Parameters { text, .. } = error.kind() else {
        return start_error(cluster, error);
    };
    let mut refused = call_error(cluster, error);
    refused.message = format!("cluster {cluster} refused: {text}");
    for (name, text) in &refused.fields {
        let text = text.trim_end().replace('\n', ", ");
        refused.message.push_str(&format!("\n  {name}: {text}"));
    }
    refused.hint = None;
    StartError::Refused(refused)
}

/// A task of ours on the node that was not there before is the call. Without one nothing is certain: most
/// calls start no task, so the call is neither repeated nor taken for done.
pub(super) async fn recover(
    ctx: &Arc<Ctx>,
    step: &Step,
    before: &BeforeState,
    sent_at: Timestamp,
) -> Result<Found> {
    if let Some(found) = traces::find(ctx, &step.cluster, &step.api_path()?, before).await? {
        return Ok(found);
    }
    let text = format!(
        "the answer to {} was lost and the cluster shows no task of it: look whether it took effect before \
         you call again",
        step.path
    );
    if ctx.clock.now() < sent_at + TRACE_PATIENCE {
        // The engine asks again after this answer; the error below ends its asking.
        return Ok(Found::Unknown(text));
    }
    Err(Error::new(Code::OutcomeUnknown, text))
}

/// A twin is given neither secrets nor files of this machine.
pub(super) fn not_rehearsable(step: &Step) -> Option<String> {
    if let Some(upload) = &step.file {
        return Some(format!(
            "it uploads {}, and the twin gets no files",
            upload.file.display()
        ));
    }
    let first = step.secret_params.first()?;
    Some(format!(
        "its parameter `{first}` is secret, and the twin gets no secrets"
    ))
}

pub(super) fn verdict(step: &Step) -> Verdict {
    Verdict::ok(format!(
        "{} accepted {}; what it changed was not looked at",
        step.cluster, step.path
    ))
}
