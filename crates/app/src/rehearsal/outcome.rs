//! From a run on the twin to what a person reads: errors, differences, times.

use jiff::Timestamp;
use ops::{
    Plan, Rehearsed, RunState, StepState,
    rehearsal::{Foretold, NotRehearsed, RehearsedStep, RehearsedTarget},
};

use super::{
    news::changes,
    schedule::{Lane, Timed, makespan},
    stage::{Look, Played, Seen, Stage, guest_of},
};

/// What the simulator says of what it cannot do; a real server would have done it.
const LIMITS: [&str; 2] = ["not simulated", "not implemented"];

/// A plan of which nothing can be rehearsed.
pub(super) fn nothing(plan: &Plan) -> Rehearsed {
    Rehearsed {
        digest: plan.digest.clone(),
        at: Timestamp::UNIX_EPOCH,
        facts_at: Timestamp::UNIX_EPOCH,
        took_ms: 0,
        requests: 0,
        outcome: Foretold::Unknown,
        refused: None,
        errors: Vec::new(),
        steps: plan
            .steps
            .iter()
            .map(|step| RehearsedStep {
                id: step.id.clone(),
                title: step.title.clone(),
                target: step.target.clone(),
                state: None,
                error: None,
                duration_s: None,
            })
            .collect(),
        changes: Vec::new(),
        targets: Vec::new(),
        duration_s: None,
        not_rehearsed: Vec::new(),
    }
}

/// What the twin showed.
pub(super) fn tell(
    plan: &Plan,
    played: &Played,
    before: &Look,
    stage: &Stage,
    (per_node, per_storage): (usize, usize),
) -> Rehearsed {
    let mut told = nothing(plan);
    let run = match played {
        Played::Ran(run) => run,
        Played::Refused(error) => {
            told.outcome = Foretold::Refused;
            told.refused = Some(error.sentence());
            return told;
        }
    };
    for step in &mut told.steps {
        let Some(ran) = run.steps.iter().find(|ran| ran.id == step.id) else {
            continue;
        };
        step.state = Some(ran.state);
        step.error.clone_from(&ran.error);
        step.duration_s = ran
            .started_at
            .zip(ran.finished_at)
            .map(|(from, to)| seconds(from, to));
    }
    told.outcome = outcome(run.state, &told.steps);
    told.changes = changes(stage, before, plan);
    told.targets = targets(plan, stage, before, &told.steps);
    told.duration_s = Some(makespan(&timed(plan, &told.steps), per_node, per_storage));
    told
}

fn outcome(state: RunState, steps: &[RehearsedStep]) -> Foretold {
    let done = steps
        .iter()
        .filter(|step| step.state == Some(StepState::Done))
        .count();
    match state {
        RunState::Succeeded => Foretold::Succeeds,
        RunState::Refused => Foretold::Refused,
        _ if done > 0 => Foretold::Partial,
        _ => Foretold::Fails,
    }
}

/// A step that ended because the simulator cannot do it says nothing about the cluster.
pub(super) fn move_limits(told: &mut Rehearsed, not_rehearsed: &mut Vec<NotRehearsed>) {
    let is_limit = |error: &Option<String>| {
        error
            .as_deref()
            .is_some_and(|error| LIMITS.iter().any(|limit| error.contains(limit)))
    };
    if !told.steps.iter().any(|step| is_limit(&step.error)) {
        return;
    }
    let after = "a step that comes first was not done";
    for step in &mut told.steps {
        let follows = step
            .error
            .as_deref()
            .is_some_and(|error| error.starts_with("not started:"));
        if !is_limit(&step.error) && !follows {
            continue;
        }
        not_rehearsed.push(NotRehearsed {
            what: format!("step {}: {}", step.id, step.title),
            why: if follows {
                after.to_owned()
            } else {
                step.error.take().unwrap_or_default()
            },
        });
        step.state = None;
        step.error = None;
        step.duration_s = None;
    }
    let judged: Vec<_> = told.steps.iter().filter_map(|step| step.state).collect();
    told.outcome = match judged.as_slice() {
        [] => Foretold::Unknown,
        all if all.iter().all(|state| *state == StepState::Done) => Foretold::Succeeds,
        some if some.contains(&StepState::Done) => Foretold::Partial,
        _ => Foretold::Fails,
    };
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    // Half a second is a second: nothing that happens takes no time.
    let ms = u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0);
    ms.div_ceil(1000)
}

fn timed(plan: &Plan, steps: &[RehearsedStep]) -> Vec<Timed> {
    plan.steps
        .iter()
        .zip(steps)
        .filter(|(_, ran)| ran.duration_s.is_some())
        .map(|(step, ran)| {
            let cluster = step.target.split('/').next().unwrap_or_default();
            let node = step
                .node
                .as_ref()
                .map(|node| Lane::Node(format!("{cluster}/{node}")));
            let storage = step
                .storage
                .as_ref()
                .map(|storage| Lane::Storage(format!("{cluster}/{storage}")));
            Timed {
                id: step.id.clone(),
                depends_on: step
                    .depends_on
                    .iter()
                    .filter(|id| {
                        steps
                            .iter()
                            .any(|known| known.id == **id && known.duration_s.is_some())
                    })
                    .cloned()
                    .collect(),
                turn: step.turn,
                lanes: node.into_iter().chain(storage).collect(),
                seconds: ran.duration_s.unwrap_or(0),
            }
        })
        .collect()
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0) + other.unwrap_or(0)),
    }
}

/// Each target once, in the order of the plan.
fn targets(
    plan: &Plan,
    stage: &Stage,
    before: &Look,
    steps: &[RehearsedStep],
) -> Vec<RehearsedTarget> {
    let mut all: Vec<RehearsedTarget> = Vec::new();
    for (step, ran) in plan.steps.iter().zip(steps) {
        let Some(duration_s) = ran.duration_s else {
            continue;
        };
        // The simulator restarts a guest in one moment, at the end of the task that does it.
        let restarts_s = step.interruption_s.map(|_| duration_s);
        if let Some(known) = all.iter_mut().find(|known| known.target == step.target) {
            known.duration_s += duration_s;
            if !known.stays_away {
                known.interruption_s = sum(known.interruption_s, restarts_s);
            }
            continue;
        }
        let mut target = RehearsedTarget {
            target: step.target.clone(),
            name: step.target_name.clone(),
            duration_s,
            interruption_s: None,
            stays_away: false,
        };
        if let Some((cluster, vmid)) = guest_of(&step.target) {
            let ran_before = before
                .get(&(cluster.to_owned(), vmid))
                .and_then(Seen::in_the_plan)
                .is_some_and(|guest| guest.status == "running");
            let runs = stage
                .twins
                .sim(cluster)
                .and_then(|sim| sim.guest(vmid))
                .is_some_and(|guest| guest.status == "running");
            let away = stage.twins.away(cluster, vmid);
            target.stays_away = ran_before && !runs;
            if ran_before && runs {
                let seen_s = u64::try_from(away.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
                target.interruption_s = sum(restarts_s, Some(seen_s).filter(|s| *s > 0));
            }
        }
        all.push(target);
    }
    all
}
