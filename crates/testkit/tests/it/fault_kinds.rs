//! Every fault of the simulator, and how each strikes a step.

use std::time::Duration;

use sim::{Effect, FaultRule, Phase};

/// Where a step acts: what a fault about a node, a storage or a token is about.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) node: String,
    pub(crate) storage: String,
    /// As whom the product acts.
    pub(crate) token: String,
}

/// One thing that goes wrong with a step.
#[derive(Clone, Debug)]
pub(crate) struct Strike {
    pub(crate) name: String,
    rules: Vec<(Aim, Phase, Effect, u32)>,
}

#[derive(Clone, Copy, Debug)]
enum Aim {
    /// The call that changes something.
    Change,
    /// Whatever is read from then on.
    Reads,
}

/// What a rule is about, for a call as `guest.stop guest/101` names it. What is named by the moment has another
/// name each time.
pub(crate) fn aim(call: &str) -> (&str, String) {
    let (op, target) = call.split_once(' ').expect("an operation and its target");
    let target = target.find("-202").map_or_else(
        || target.to_owned(),
        |at| format!("{}*", target.split_at(at).0),
    );
    (op, target)
}

impl Strike {
    fn of(name: String, rules: &[(Aim, Phase, Effect, u32)]) -> Self {
        Self {
            name,
            rules: rules.to_vec(),
        }
    }

    /// The rules for a call, as `guest.stop guest/101` names it.
    pub(crate) fn rules(&self, call: &str) -> Vec<FaultRule> {
        let (op, target) = aim(call);
        self.rules
            .iter()
            .map(|(aim, phase, effect, times)| {
                let (op, target) = match aim {
                    Aim::Change => (op, target.as_str()),
                    Aim::Reads => ("read", "*"),
                };
                FaultRule {
                    op: op.to_owned(),
                    target: target.to_owned(),
                    phase: *phase,
                    effect: effect.clone(),
                    times: Some(*times),
                }
            })
            .collect()
    }

    /// Without a task it is the same as an error, which comes anyway.
    pub(crate) fn needs_a_task(&self) -> bool {
        self.rules.iter().any(|(_, _, effect, _)| {
            matches!(effect, Effect::TaskFails { .. } | Effect::TaskKilled(_))
        })
    }

    /// Everything is done all the same.
    pub(crate) fn is_harmless(&self) -> bool {
        self.rules
            .iter()
            .all(|(_, _, effect, _)| does_no_harm(effect))
    }
}

/// The fault that comes after this one; a new one has to be given its place here.
fn next(effect: Option<&Effect>, at: &Place) -> Option<Effect> {
    let text = || "out of luck".to_owned();
    let (node, disk) = (at.node.clone(), "/dev/sda".to_owned());
    Some(match effect {
        None => Effect::TaskError(text()),
        Some(Effect::TaskError(_)) => Effect::TaskFails {
            percent: 50.0,
            text: text(),
        },
        Some(Effect::TaskFails { .. }) => Effect::TaskKilled(50.0),
        Some(Effect::TaskKilled(_)) => Effect::TaskSeconds(60.0),
        Some(Effect::TaskSeconds(_)) => Effect::NodeOffline(node),
        Some(Effect::NodeOffline(_)) => Effect::NodeOnline(node),
        Some(Effect::NodeOnline(_)) => Effect::StorageUnavailable(at.storage.clone()),
        Some(Effect::StorageUnavailable(_)) => Effect::StorageAvailable(at.storage.clone()),
        Some(Effect::StorageAvailable(_)) => Effect::QuorumLost(true),
        Some(Effect::QuorumLost(true)) => Effect::QuorumLost(false),
        Some(Effect::QuorumLost(false)) => Effect::TokenRevoked(at.token.clone()),
        Some(Effect::TokenRevoked(_)) => Effect::CertificateChanged,
        Some(Effect::CertificateChanged) => Effect::ClockSkew {
            node,
            seconds: -3600,
        },
        Some(Effect::ClockSkew { .. }) => Effect::DiskFailing {
            node,
            disk,
            days: 0.0,
        },
        Some(Effect::DiskFailing { .. }) => Effect::DiskReplaced { node, disk },
        Some(Effect::DiskReplaced { .. }) => Effect::Error {
            status: 500,
            text: text(),
        },
        Some(Effect::Error { .. }) => Effect::Drop,
        Some(Effect::Drop) => Effect::Latency(Duration::from_secs(5)),
        Some(Effect::Latency(_)) => Effect::SlowBody(Duration::from_secs(5)),
        Some(Effect::SlowBody(_)) => return None,
    })
}

/// When an effect can strike the call of a step.
fn phases(effect: &Effect) -> &'static [Phase] {
    match effect {
        // They are about the call or its task: after it there is nothing that they could change.
        Effect::TaskError(_)
        | Effect::TaskFails { .. }
        | Effect::TaskKilled(_)
        | Effect::TaskSeconds(_)
        | Effect::Error { .. }
        | Effect::Latency(_)
        | Effect::SlowBody(_)
        // They give back what nothing took, or hit what no step looks at: once is enough.
        | Effect::NodeOnline(_)
        | Effect::StorageAvailable(_)
        | Effect::QuorumLost(false)
        | Effect::ClockSkew { .. }
        | Effect::DiskFailing { .. }
        | Effect::DiskReplaced { .. } => &[Phase::Before],
        Effect::NodeOffline(_)
        | Effect::StorageUnavailable(_)
        | Effect::QuorumLost(true)
        | Effect::TokenRevoked(_)
        | Effect::CertificateChanged
        | Effect::Drop => &[Phase::Before, Phase::After],
    }
}

/// Everything that goes wrong with a step, one after the other; what does no harm comes all at once.
pub(crate) fn strikes(at: &Place) -> Vec<Strike> {
    let mut all = Vec::new();
    let mut harmless = Vec::new();
    let mut last: Option<Effect> = None;
    while let Some(effect) = next(last.as_ref(), at) {
        for phase in phases(&effect) {
            let when = match phase {
                Phase::Before => "instead of",
                Phase::After => "after",
            };
            let rule = (Aim::Change, *phase, effect.clone(), 1);
            if does_no_harm(&effect) {
                harmless.push(rule);
            } else {
                all.push(Strike::of(
                    format!("{} {when} the call", word(&effect)),
                    &[rule],
                ));
            }
        }
        last = Some(effect);
    }
    all.push(Strike::of("what does no harm".to_owned(), &harmless));
    all.extend(of_reads());
    all.extend(together(at));
    all
}

/// Whether the cluster does what it is asked all the same.
fn does_no_harm(effect: &Effect) -> bool {
    match effect {
        Effect::TaskSeconds(_)
        | Effect::NodeOnline(_)
        | Effect::StorageAvailable(_)
        | Effect::QuorumLost(false)
        | Effect::ClockSkew { .. }
        | Effect::DiskFailing { .. }
        | Effect::DiskReplaced { .. }
        | Effect::Latency(_)
        | Effect::SlowBody(_) => true,
        Effect::TaskError(_)
        | Effect::TaskFails { .. }
        | Effect::TaskKilled(_)
        | Effect::NodeOffline(_)
        | Effect::StorageUnavailable(_)
        | Effect::QuorumLost(true)
        | Effect::TokenRevoked(_)
        | Effect::CertificateChanged
        | Effect::Error { .. }
        | Effect::Drop => false,
    }
}

/// Faults of what is only read: to observe, to follow, to find out, to verify.
fn of_reads() -> Vec<Strike> {
    let error = |status, text: &str| Effect::Error {
        status,
        text: text.to_owned(),
    };
    [
        ("a lost answer to a read", Effect::Drop, 2),
        ("an error in a read", error(500, "out of luck"), 2),
        (
            "a node that does not answer reads",
            error(596, "Connection timed out"),
            3,
        ),
    ]
    .into_iter()
    .map(|(name, effect, times)| {
        Strike::of(
            name.to_owned(),
            &[(Aim::Reads, Phase::Before, effect, times)],
        )
    })
    .collect()
}

/// Two at once, where each hides the other.
fn together(at: &Place) -> Vec<Strike> {
    use Aim::{Change, Reads};
    use Phase::{After, Before};
    let skew = |seconds| Effect::ClockSkew {
        node: at.node.clone(),
        seconds,
    };
    vec![
        Strike::of(
            "a clock that is ahead, and a lost answer".to_owned(),
            &[
                (Change, Before, skew(7200), 1),
                (Change, After, Effect::Drop, 1),
            ],
        ),
        Strike::of(
            "a clock that is behind, and a lost answer".to_owned(),
            &[
                (Change, Before, skew(-7200), 1),
                (Change, After, Effect::Drop, 1),
            ],
        ),
        Strike::of(
            "a lost answer to a task that failed".to_owned(),
            &[
                (
                    Change,
                    Before,
                    Effect::TaskError("out of luck".to_owned()),
                    1,
                ),
                (Change, After, Effect::Drop, 1),
            ],
        ),
        Strike::of(
            "a lost answer, and reads that are lost".to_owned(),
            &[
                (Change, After, Effect::Drop, 1),
                (Reads, Before, Effect::Drop, 4),
            ],
        ),
        Strike::of(
            "a gateway that gives up".to_owned(),
            &[(
                Change,
                Before,
                Effect::Error {
                    status: 596,
                    text: "Broken pipe".to_owned(),
                },
                1,
            )],
        ),
    ]
}

fn word(effect: &Effect) -> &'static str {
    match effect {
        Effect::TaskError(_) => "a task that fails",
        Effect::TaskFails { .. } => "a task that fails half way",
        Effect::TaskKilled(_) => "a task that is killed",
        Effect::TaskSeconds(_) => "a task that takes a minute",
        Effect::NodeOffline(_) => "a node that goes away",
        Effect::NodeOnline(_) => "a node that comes back",
        Effect::StorageUnavailable(_) => "a storage that goes away",
        Effect::StorageAvailable(_) => "a storage that comes back",
        Effect::QuorumLost(true) => "a lost quorum",
        Effect::QuorumLost(false) => "a quorum that is there",
        Effect::TokenRevoked(_) => "a token that is taken",
        Effect::CertificateChanged => "another certificate",
        Effect::ClockSkew { .. } => "a clock that is wrong",
        Effect::DiskFailing { .. } => "a disk that fails",
        Effect::DiskReplaced { .. } => "a disk that is replaced",
        Effect::Error { .. } => "an error",
        Effect::Drop => "no answer",
        Effect::Latency(_) => "a slow answer",
        Effect::SlowBody(_) => "a slow body",
    }
}
