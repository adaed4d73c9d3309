//! One run while something goes wrong, and whether what it says of itself is so: every step is compared with
//! the whole exported cluster, and with a run of the same plan when nothing goes wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ops::{
    OnFailure, Run, RunState, RunStep, StepState,
    engine::{Point, Probe},
};
use serde_json::{Value, json};
use sim::FaultRule;
use testkit::World;
use tokio::sync::{mpsc, oneshot};

use crate::{
    fault_kinds::{Place, Strike, aim},
    fault_rows::{FaultRow, Keeps},
    guest_table::state_of,
};

/// After so long without an end the clocks are turned: somebody waits for a minute or for patience to end.
const TURN_AFTER: Duration = Duration::from_millis(400);

/// A world as paths and their values.
type Flat = BTreeMap<String, Value>;

/// What a step changed, path by path: before and after.
type Delta = BTreeMap<String, (Value, Value)>;

/// A step that came to a point of its life, and the word to go on.
struct Held {
    step: String,
    point: Point,
    go: oneshot::Sender<()>,
}

/// Holds the engine before each step is sent, and at one point more.
fn gatekeeper(also: Option<Point>) -> (Probe, mpsc::Receiver<Held>) {
    let (tell, held) = mpsc::channel::<Held>(1);
    let probe = Probe::new(move |point, _, step| {
        let (tell, step) = (tell.clone(), step.to_owned());
        Box::pin(async move {
            if point != Point::BeforeSend && Some(point) != also {
                return;
            }
            let (go, wait) = oneshot::channel();
            // Nobody listens any more: the run goes on by itself.
            if tell.send(Held { step, point, go }).await.is_ok() {
                let _ = wait.await;
            }
        })
    });
    (probe, held)
}

/// The paths at which something may differ without anything having been done: moments, and what was made up
/// by the cluster.
fn tells_nothing(path: &str) -> bool {
    const WORDS: [&str; 13] = [
        "snaptime",
        "time",
        "time_s",
        "ctime",
        "meta",
        "vmgenid",
        "digest",
        "smbios1",
        "mtime_s",
        "lists_s",
        "since",
        "used_gb",
        "secrets_made",
    ];
    let leaf = path.rsplit('/').next().unwrap_or_default();
    // How busy a guest seems.
    WORDS.contains(&leaf)
        || ["/load/", "/ha_requests/"]
            .iter()
            .any(|part| path.contains(part))
}

/// The same text whenever it was made, with whatever address of a network card, by whichever process.
fn timeless(text: &str) -> String {
    const MADE_UP: [(&str, usize); 4] =
        [("BC:24:11:", 8), ("/pid ", 3), ("-202", 12), ("ctime=", 10)];
    let mut text = text.to_owned();
    for (start, length) in MADE_UP {
        let mut from = 0;
        while let Some(at) = text[from..].find(start) {
            let begin = from + at + start.len();
            let end = (begin + length).min(text.len());
            if !text.is_char_boundary(end) {
                break;
            }
            text.replace_range(begin..end, "…");
            from = begin;
        }
    }
    text
}

fn flat(world: &World) -> Flat {
    let mut into = Flat::new();
    flatten("", &state_of(world), &mut into);
    into.retain(|path, _| !tells_nothing(path));
    into
}

fn flatten(path: &str, value: &Value, into: &mut Flat) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                flatten(&format!("{path}/{key}"), value, into);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (at, value) in list.iter().enumerate() {
                // By its own name, so that what comes and goes does not shift the others.
                let name = ["vmid", "volid", "sid", "name", "key", "id", "upid"]
                    .iter()
                    .find_map(|key| value.get(key).filter(|name| !name.is_null()))
                    .map_or_else(|| at.to_string(), |name| name.to_string().replace('"', ""));
                flatten(&format!("{path}/{name}"), value, into);
            }
        }
        // Whether a list is empty or not there makes no difference.
        Value::Object(_) => {}
        Value::Array(list) if list.is_empty() => {}
        // When the lists were fetched.
        Value::String(_) if path.ends_with("/apt refreshed") => {
            into.insert(path.to_owned(), json!("…"));
        }
        Value::String(text) => {
            into.insert(timeless(path), json!(timeless(text)));
        }
        leaf => {
            into.insert(timeless(path), leaf.clone());
        }
    }
}

fn delta(before: &Flat, after: &Flat) -> Delta {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let at = |world: &Flat, path: &String| world.get(path).cloned().unwrap_or(Value::Null);
    paths
        .into_iter()
        .map(|path| (path.clone(), (at(before, path), at(after, path))))
        .filter(|(_, (before, after))| before != after)
        .collect()
}

/// How a row goes when nothing goes wrong: the measure of all that does.
pub(crate) struct Reference {
    /// In the order of the plan.
    pub(crate) steps: Vec<Known>,
}

pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) op: String,
    pub(crate) place: Place,
    delta: Delta,
    calls: Vec<String>,
    /// As the cluster heard it.
    first_call: String,
    /// Whether the cluster does it in a task.
    pub(crate) has_task: bool,
}

impl Reference {
    pub(crate) async fn of(row: &FaultRow) -> Self {
        let (probe, mut held) = gatekeeper(None);
        let driver = Box::pin(Driver::new(
            row,
            probe,
            &mut held,
            OnFailure::Continue,
            Keeps::InMemory,
        ))
        .await;
        let Driver { world, run, plan } = driver;
        let mut marks: Vec<(String, Flat, usize)> = Vec::new();
        let end = drive(&world, &run.id, &mut held, |step, _| {
            marks.push((step.to_owned(), flat(&world), world.changes().len()));
            Order::Go(Vec::new())
        })
        .await;
        let Ok(end) = end else {
            unreachable!("nobody is to die");
        };
        assert_eq!(end.state, RunState::Succeeded, "{}: {end:#?}", row.name);
        marks.push((String::new(), flat(&world), world.changes().len()));
        let changes = world.changes();
        let steps = plan
            .steps
            .iter()
            .map(|step| {
                let at = marks
                    .iter()
                    .position(|(id, _, _)| *id == step.id)
                    .expect("every step was sent");
                let ((_, before, from), (_, after, to)) = (&marks[at], &marks[at + 1]);
                Known {
                    id: step.id.clone(),
                    op: step.op.clone(),
                    place: Place {
                        node: step.node.clone().unwrap_or_else(|| "pve1".to_owned()),
                        storage: step.storage.clone().unwrap_or_else(|| "fast".to_owned()),
                        token: world.identity.clone(),
                    },
                    delta: delta(before, after),
                    calls: changes[*from..*to]
                        .iter()
                        .map(|call| timeless(call))
                        .collect(),
                    first_call: changes[*from].clone(),
                    has_task: end
                        .steps
                        .iter()
                        .any(|ended| ended.id == step.id && ended.upid.is_some()),
                }
            })
            .collect();
        Self { steps }
    }

    /// The steps that are struck: of each operation the second one, so that something was done and something
    /// is still to be done, or the only one.
    pub(crate) fn struck(&self) -> Vec<&Known> {
        let mut ops: Vec<&str> = self.steps.iter().map(|step| step.op.as_str()).collect();
        ops.dedup();
        ops.sort_unstable();
        ops.dedup();
        ops.into_iter()
            .filter_map(|op| {
                let mut of_op = self.steps.iter().filter(|step| step.op == op);
                let first = of_op.next();
                of_op.next().or(first)
            })
            .collect()
    }
}

/// A row that was approved and has not begun.
struct Driver {
    world: World,
    plan: ops::Plan,
    run: Run,
}

impl Driver {
    async fn new(
        row: &FaultRow,
        probe: Probe,
        held: &mut mpsc::Receiver<Held>,
        on_failure: OnFailure,
        keeps: Keeps,
    ) -> Self {
        // What the product does before is let through.
        let prepare = row.world(probe, keeps);
        tokio::pin!(prepare);
        let (world, mut input) = loop {
            tokio::select! {
                ready = &mut prepare => break ready,
                Some(held) = held.recv() => drop(held.go),
            }
        };
        if on_failure != OnFailure::Continue {
            input["on_failure"] = json!(on_failure.as_str());
        }
        let plan = world
            .plan(row.op, input.clone())
            .await
            .unwrap_or_else(|error| panic!("{} {input}: {error:?}", row.name));
        let run = world.approve(&plan).await.unwrap();
        Self { world, plan, run }
    }
}

/// What is to happen at a point of a step.
enum Order {
    /// Go on, with these faults from now on.
    Go(Vec<FaultRule>),
    Die,
}

/// Lets a run go step by step to its end, or to the point where the process is to die: then nothing comes back.
/// The clocks are turned when nothing happens.
async fn drive(
    world: &World,
    run: &str,
    held: &mut mpsc::Receiver<Held>,
    mut at: impl FnMut(&str, Point) -> Order,
) -> Result<Run, Held> {
    let ended = world.run_to_end(run);
    tokio::pin!(ended);
    let mut turn = tokio::time::interval(Duration::from_millis(25));
    let mut quiet_until = tokio::time::Instant::now() + TURN_AFTER;
    let mut by = Duration::from_secs(1);
    loop {
        tokio::select! {
            run = &mut ended => return Ok(run),
            Some(held) = held.recv() => {
                match at(&held.step, held.point) {
                    Order::Go(faults) => faults.into_iter().for_each(|fault| world.sim().add_fault(fault)),
                    Order::Die => return Err(held),
                }
                let _ = held.go.send(());
                quiet_until = tokio::time::Instant::now() + TURN_AFTER;
                by = Duration::from_secs(1);
            }
            now = turn.tick() => {
                if now >= quiet_until {
                    // Nobody waits for longer than an hour, and most for seconds.
                    world.clock.advance(by);
                    world.sim().clock().advance(by);
                    by = (by * 3 / 2).min(Duration::from_mins(2));
                }
            }
        }
    }
}

/// What goes wrong.
pub(crate) enum Trouble {
    Strike(Strike),
    /// The process dies there, and another one takes the run up.
    Death(Point),
}

impl Trouble {
    fn name(&self) -> String {
        match self {
            Self::Strike(strike) => strike.name.clone(),
            Self::Death(point) => format!("death {point:?}"),
        }
    }

    fn is_harmless(&self) -> bool {
        match self {
            Self::Strike(strike) => strike.is_harmless(),
            Self::Death(_) => false,
        }
    }

    /// Whether a path is what the trouble itself did to the cluster.
    fn did(&self, path: &str) -> bool {
        let is_of = |starts: &[&str]| starts.iter().any(|start| path.starts_with(start));
        match self {
            Self::Death(_) => false,
            Self::Strike(strike) => match strike.name.as_str() {
                name if name.starts_with("a node") => {
                    is_of(&["/nodes/", "/pve/node/", "/cluster/quorate"])
                }
                name if name.starts_with("a storage") => is_of(&["/storages/", "/pve/storage"]),
                name if name.starts_with("a lost quorum") => is_of(&["/cluster/quorate"]),
                name if name.starts_with("a token") => {
                    is_of(&["/pve/users", "/pve/tokens", "/pve/access"])
                }
                name if name.starts_with("a clock") => is_of(&["/pve/node/"]),
                name if name.starts_with("what does no harm") => {
                    is_of(&["/failing_disks", "/pve/settings/", "/pve/node/"])
                }
                _ => false,
            },
        }
    }
}

/// One trouble in one step of one row.
pub(crate) struct Cell<'a> {
    pub(crate) row: &'a FaultRow,
    pub(crate) reference: &'a Reference,
    pub(crate) struck: &'a Known,
    pub(crate) trouble: Trouble,
    pub(crate) on_failure: OnFailure,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Done,
    Undone,
    Told,
}

impl Cell<'_> {
    fn name(&self) -> String {
        format!(
            "{} ({}), {} at {}",
            self.row.name,
            self.on_failure.as_str(),
            self.trouble.name(),
            self.struck.id
        )
    }

    /// Another process finds the run and carries it to its end.
    async fn take_up(&self, world: &mut World, run: &str) -> Run {
        world.settings.engine.probe = None;
        // Whatever was on its way has arrived by now, and clients have given up waiting.
        world.clock.advance(Duration::from_secs(10));
        world.open_again().await;
        world.app.registry.supervise_once().await.unwrap();
        let (_, mut nobody) = mpsc::channel(1);
        let Ok(end) = drive(world, run, &mut nobody, |_, _| Order::Go(Vec::new())).await else {
            unreachable!("nobody holds it");
        };
        end
    }

    pub(crate) async fn play(&self) -> Result<End, String> {
        let died_at = match &self.trouble {
            Trouble::Strike(_) => None,
            Trouble::Death(point) => Some(*point),
        };
        // Only what is on a disk outlives a process.
        let keeps = match died_at {
            None => Keeps::InMemory,
            Some(_) => Keeps::OnDisk,
        };
        let (probe, mut held) = gatekeeper(died_at);
        let Driver { mut world, run, .. } = Box::pin(Driver::new(
            self.row,
            probe,
            &mut held,
            self.on_failure,
            keeps,
        ))
        .await;
        let before = flat(&world);
        let asked_before = world.changes().len();
        let mut is_first = true;
        let end = drive(&world, &run.id, &mut held, |step, point| {
            if step != self.struck.id {
                return Order::Go(Vec::new());
            }
            match &self.trouble {
                Trouble::Death(at) if *at == point => Order::Die,
                Trouble::Death(Point::AfterSend) => Order::Go(lost_answer(&self.struck.first_call)),
                Trouble::Strike(strike) if std::mem::take(&mut is_first) => {
                    Order::Go(strike.rules(&self.struck.first_call))
                }
                Trouble::Death(_) | Trouble::Strike(_) => Order::Go(Vec::new()),
            }
        })
        .await;
        let end = match end {
            Ok(_) if died_at.is_some() => {
                return Err(format!("{} never came there", self.name()));
            }
            Ok(end) => end,
            Err(last) => {
                world.kill().await;
                drop(last);
                self.take_up(&mut world, &run.id).await
            }
        };
        let after = flat(&world);
        let asked: Vec<String> = world.changes()[asked_before..]
            .iter()
            .map(|call| timeless(call))
            .collect();
        let last = world.events(&end.id).await.pop().expect("an event");
        let summary = last.data["summary"].as_str().unwrap_or_default();
        let said = Said {
            cell: self,
            run: &end,
            summary,
            before: &before,
            after: &after,
            asked: &asked,
        };
        let mut faults = said.faults();
        faults.extend(receipt(&world, &end).await);
        if faults.is_empty() {
            return Ok(said.end());
        }
        let mut text = format!(
            "{}\n  {}\n  asked: {asked:?}\n",
            self.name(),
            faults.join("\n  "),
        );
        for step in &end.steps {
            let row = (step.state, &step.error, &step.verify);
            text.push_str(&format!("    {} {row:?}\n", step.id));
        }
        Err(text)
    }
}

/// The call arrives, its answer does not.
fn lost_answer(call: &str) -> Vec<FaultRule> {
    let (op, target) = aim(call);
    vec![FaultRule {
        op: op.to_owned(),
        target,
        phase: sim::Phase::After,
        effect: sim::Effect::Drop,
        times: Some(1),
    }]
}

/// The receipt says of every step what its row says, and offers to take back only what was done.
async fn receipt(world: &World, run: &Run) -> Option<String> {
    let receipt = match world.query("runs.receipt", json!({ "run": run.id })).await {
        Ok(receipt) => receipt,
        Err(error) => return Some(format!("no receipt: {error}")),
    };
    let rows: Vec<Value> = run
        .steps
        .iter()
        .map(|step| json!([step.state, step.error, step.verify]))
        .collect();
    let told: Vec<Value> = receipt["steps"]
        .as_array()?
        .iter()
        .map(|step| json!([step["state"], step["error"], step["verify"]]))
        .collect();
    let offered = receipt["steps"]
        .as_array()?
        .iter()
        .any(|step| step["state"] != "done" && !step["undo"].is_null());
    (rows != told || offered).then(|| format!("the receipt tells something else: {receipt}"))
}

/// What a run says, beside the cluster as it is.
struct Said<'a> {
    cell: &'a Cell<'a>,
    run: &'a Run,
    /// Its last sentence.
    summary: &'a str,
    before: &'a Flat,
    after: &'a Flat,
    asked: &'a [String],
}

impl Said<'_> {
    fn step(&self, known: &Known) -> &RunStep {
        self.run
            .steps
            .iter()
            .find(|step| step.id == known.id)
            .expect("the run has the steps of its plan")
    }

    /// Whether the run says that everything that was done was taken back.
    fn has_rolled_back(&self) -> bool {
        let Some((_, rest)) = self.summary.split_once("; ").filter(|_| {
            self.cell.on_failure == OnFailure::RollBack
                && self.summary.contains(" taken back by run ")
        }) else {
            return false;
        };
        let done = self.count(StepState::Done);
        done > 0 && rest.contains(&format!("{done} of {done} done"))
    }

    fn count(&self, state: StepState) -> usize {
        self.run
            .steps
            .iter()
            .filter(|step| step.state == state)
            .count()
    }

    /// A plan that rolls back says which steps it could not know.
    fn unknown_and_unsaid(&self) -> Option<String> {
        let is_said = self.count(StepState::Unknown) == 0
            || self.count(StepState::Done) == 0
            || self.cell.on_failure != OnFailure::RollBack
            || self
                .summary
                .contains(" is not known, and was not taken back");
        (!is_said).then(|| format!("an unknown step is not named: {}", self.summary))
    }

    fn end(&self) -> End {
        if self.run.state == RunState::Succeeded {
            End::Done
        } else if self.has_rolled_back() && self.run.state == RunState::Failed {
            End::Undone
        } else {
            End::Told
        }
    }

    /// Everything in which the run does not tell the truth.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, known) in self.cell.reference.steps.iter().enumerate() {
            let step = self.step(known);
            if step.state != StepState::Done && step.error.as_deref().is_none_or(str::is_empty) {
                faults.push(format!("{} ended {:?} without a word", step.id, step.state));
            }
            faults.extend(self.asked_too_often(known, step));
            faults.extend(self.not_as_said(at, known, step));
        }
        faults.extend(self.wrong_sum());
        faults.extend(self.unknown_and_unsaid());
        faults.extend(self.left_in_silence());
        if self.cell.trouble.is_harmless() && self.run.state != RunState::Succeeded {
            faults.push(format!(
                "nothing stood in the way, and the run is {:?}",
                self.run.state
            ));
        }
        faults
    }

    fn asked_too_often(&self, known: &Known, step: &RunStep) -> Option<String> {
        let count =
            |calls: &[String], call: &String| calls.iter().filter(|one| *one == call).count();
        let twice = known.calls.iter().find(|call| {
            let usual: usize = self
                .cell
                .reference
                .steps
                .iter()
                .map(|step| count(&step.calls, call))
                .sum();
            // The way back may be the same call with the values from before.
            let ways = match self.cell.on_failure {
                OnFailure::RollBack => 2,
                OnFailure::Continue | OnFailure::Stop => 1,
            };
            count(self.asked, call) > usual * ways
        });
        if let Some(call) = twice {
            return Some(format!("`{call}` was asked for more than once"));
        }
        let own = known.calls.first()?;
        let asked = self.asked.contains(own);
        match step.state {
            StepState::NotExecuted
                if asked && count(&known.calls, own) == 1 && self.is_only_of(own, known) =>
            {
                Some(format!(
                    "{} says not executed, and `{own}` was asked",
                    step.id
                ))
            }
            StepState::Done if !asked => Some(format!(
                "{} says done, and `{own}` was never asked",
                step.id
            )),
            _ => None,
        }
    }

    /// Whether that call is made by no other step.
    fn is_only_of(&self, call: &String, known: &Known) -> bool {
        self.cell
            .reference
            .steps
            .iter()
            .all(|step| step.id == known.id || !step.calls.contains(call))
    }

    /// A path that another step, which was not left out, may have changed after or instead of this one.
    fn is_touched_by_others(&self, at: usize, path: &str) -> bool {
        let others = self.cell.reference.steps.iter().enumerate();
        others
            .filter(|(other, _)| *other != at)
            .filter(|(_, known)| self.step(known).state != StepState::NotExecuted)
            .any(|(_, known)| known.delta.contains_key(path))
    }

    fn not_as_said(&self, at: usize, known: &Known, step: &RunStep) -> Vec<String> {
        let now = |path: &String| self.after.get(path).cloned().unwrap_or(Value::Null);
        let is_back = self.has_rolled_back();
        if self.cell.on_failure == OnFailure::RollBack && step.state == StepState::Done && !is_back
        {
            // How much of it was taken back the run of the way back says.
            return Vec::new();
        }
        known
            .delta
            .iter()
            .filter(|(path, _)| !self.is_touched_by_others(at, path))
            .filter(|(path, _)| step.state == StepState::Done || !self.cell.trouble.did(path))
            .filter_map(|(path, (before, after))| match step.state {
                StepState::Done if is_back && now(path) != *before => Some(format!(
                    "{} was done and taken back, and {path} is {}, was {before}",
                    step.id,
                    now(path)
                )),
                StepState::Done if !is_back && now(path) != *after => Some(format!(
                    "{} says done, and {path} is {}, not {after}",
                    step.id,
                    now(path)
                )),
                StepState::Failed if now(path) != *before && Self::is_told(step, path) => None,
                StepState::Failed | StepState::NotExecuted if now(path) != *before => {
                    Some(format!(
                        "{} says {:?}, and {path} is {}, was {before}",
                        step.id,
                        step.state,
                        now(path)
                    ))
                }
                _ => None,
            })
            .take(4)
            .collect()
    }

    /// Whether a step that was not done says that it left this behind.
    fn is_told(step: &RunStep, path: &str) -> bool {
        let error = step.error.as_deref().unwrap_or_default();
        // Its own guest, or the one that it was to make.
        let vmid = step.target.rsplit('/').next().unwrap_or_default();
        let is_of_its_guest = path.split('/').any(|part| {
            part == vmid
                || (part.parse::<u32>().is_ok() && error.contains(&format!("guest {part} is left")))
        });
        let said = if path.ends_with("/lock") {
            error.contains("is left locked")
        } else {
            error.contains("is unfinished") || error.contains("left behind")
        };
        said && is_of_its_guest
    }

    fn wrong_sum(&self) -> Option<String> {
        let (done, unknown) = (self.count(StepState::Done), self.count(StepState::Unknown));
        let want = match done {
            all if all == self.run.steps.len() => RunState::Succeeded,
            0 if self.count(StepState::NotExecuted) == self.run.steps.len() => return None,
            0 => RunState::Failed,
            _ if self.has_rolled_back() && unknown == 0 => RunState::Failed,
            _ => RunState::Partial,
        };
        (self.run.state != want)
            .then(|| format!("{done} steps are done, and the run is {:?}", self.run.state))
    }

    /// What is different in the cluster and belongs to no step that says so.
    fn left_in_silence(&self) -> Vec<String> {
        let is_unknown = |path: &String| {
            self.run.steps.iter().any(|step| {
                let vmid = step.target.rsplit('/').next().unwrap_or_default();
                step.state == StepState::Unknown
                    && (path.contains(&format!("/{vmid}/")) || path.contains(&format!(" {vmid}/")))
            })
        };
        let is_back = self.has_rolled_back();
        let explained = |path: &String| {
            self.cell.reference.steps.iter().any(|known| {
                let is_so = match self.step(known).state {
                    StepState::Done => !is_back,
                    StepState::Unknown => true,
                    StepState::Pending
                    | StepState::Running
                    | StepState::Failed
                    | StepState::NotExecuted => false,
                };
                is_so && known.delta.contains_key(path)
            })
        };
        delta(self.before, self.after)
            .into_iter()
            .filter(|(path, _)| {
                !explained(path) && !is_unknown(path) && !self.cell.trouble.did(path)
            })
            // A step that was not done is looked at above, path by path.
            .filter(|(path, _)| {
                !self
                    .cell
                    .reference
                    .steps
                    .iter()
                    .any(|known| known.delta.contains_key(path))
            })
            .filter(|(path, _)| !self.run.steps.iter().any(|step| Self::is_told(step, path)))
            .map(|(path, (before, after))| {
                format!("{path} went from {before} to {after}, and nobody says so")
            })
            .take(6)
            .collect()
    }
}
