//! `guests.exec`: runs a program inside virtual machines, by their guest agent.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Code, Draft, Error, Found, Observed, Result, Risk,
    Started, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{AgentState, ExecStatus, Feature, GuestState, Need};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    choose::{Chosen, choose, pass, permitted, rest_of},
    options::shown,
    subject::{GuestRef, Looked, observe},
    words::{no_way_back, signals},
    work::{change, names_of, step_of, why_not},
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    inventory::GuestKind,
};

/// The setting that names the programs that may be run, separated by commas; `*` for all.
const ALLOWED: &str = "guests.exec_allow";
const WHY: &str = "nobody but the program knows what it did inside the guest";
const DEFAULT_TIMEOUT_S: u32 = 30;
const LONGEST_TIMEOUT_S: u32 = 600;
const FIRST_POLL: Duration = Duration::from_millis(100);
const LONGEST_POLL: Duration = Duration::from_secs(2);
/// More output is cut: a run is no place for files.
const OUTPUT_KEPT: usize = 16_384;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Virtual machines: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// The program and its arguments, word by word: no shell reads them.
    #[arg(last = true, required = true)]
    command: Vec<String>,
    /// What the program reads from its input. It is stored with the plan: no place for passwords.
    #[arg(long)]
    stdin: Option<String>,
    /// How long it may run, in seconds; 30 without, 600 at most.
    #[arg(long)]
    timeout_s: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    command: Vec<String>,
    stdin: Option<String>,
    timeout_s: u32,
}

/// What the program wrote; it comes from inside the guest and is not to be trusted.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ran {
    exit_code: Option<i64>,
    output: String,
    error_output: String,
    /// Whether more was written than is kept here.
    cut: bool,
}

pub(super) struct Exec;

impl Action for Exec {
    const NAME: &'static str = "guests.exec";
    const SUMMARY: &'static str = "Run a program inside virtual machines by their guest agent";
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None { why: WHY };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = Ran;

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let Some(program) = input.command.first().filter(|word| !word.is_empty()) else {
            return Err(Error::invalid("no program is named").hint("give its words in `command`"));
        };
        refuse_program(&ctx.config, program)?;
        let timeout_s = input.timeout_s.unwrap_or(DEFAULT_TIMEOUT_S);
        if timeout_s == 0 || timeout_s > LONGEST_TIMEOUT_S {
            return Err(Error::invalid(format!(
                "a program may run 1 to {LONGEST_TIMEOUT_S} seconds, not {timeout_s}"
            ))
            .hint("start what takes longer as a service inside the guest"));
        }
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, &[]).await?;
        let mut asked = Vec::new();
        for one in guests {
            let checked = match refuse_guest(&one) {
                Ok(()) => need(ctx, &one.guest).await,
                Err(refused) => Err(refused),
            };
            if let Some(need) = pass(&mut sorting, &one, checked)? {
                asked.push((one.guest.clone(), need, one));
            }
        }
        let (guests, unchecked) = permitted(ctx, asked, &mut sorting).await?;
        preflight.extend(unchecked);
        let mut steps = Vec::new();
        let mut looked = Vec::new();
        let line = shown(&input.command.join(" "));
        for one in guests {
            let checked = refuse_silent(ctx, &one).await;
            if pass(&mut sorting, &one, checked)?.is_none() {
                continue;
            }
            preflight.extend(signals(&one, true));
            let step = Step {
                guest: one.guest.clone(),
                command: input.command.clone(),
                stdin: input.stdin.clone(),
                timeout_s,
            };
            let title = format!(
                "Run {} in {} ({})",
                shown(program),
                one.guest.name,
                one.guest.vmid
            );
            steps.push(step_of(
                &one,
                title,
                vec![change("runs", Value::Null, line.as_str())],
                step,
            ));
            looked.push(one);
        }
        let left_out = rest_of(&steps, sorting)?;
        preflight.push(no_way_back(None, WHY));
        Ok(Draft {
            summary: format!("run `{line}` in {}", names_of(&looked)),
            steps,
            preflight,
            left_out,
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    /// Stays until the program has ended: nobody but this call ever hears of its end.
    async fn start(ctx: &Arc<Ctx>, approved: &Approved<Step>) -> Result<Started<Ran>, StartError> {
        let step = approved.step();
        let guest = &step.guest;
        // The list may have become shorter since the plan.
        let program = step.command.first().map_or("", String::as_str);
        refuse_program(&ctx.config, program).map_err(StartError::Refused)?;
        let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
        let at = guest.at().map_err(StartError::NotSent)?;
        let words: Vec<&str> = step.command.iter().map(String::as_str).collect();
        let pid = client
            .agent_exec(&at, &words, step.stdin.as_deref())
            .await
            .map_err(|error| start_error(&guest.cluster, &error))?;
        let until = tokio::time::Instant::now() + Duration::from_secs(step.timeout_s.into());
        let mut wait = FIRST_POLL;
        loop {
            // The program runs: whatever fails from here on, its end is not known.
            let status = client
                .agent_exec_status(&at, pid)
                .await
                .map_err(|error| StartError::MaybeSent(call_error(&guest.cluster, &error)))?;
            if status.exited {
                return ended(guest, program, status);
            }
            if tokio::time::Instant::now() >= until {
                return Err(StartError::MaybeSent(Error::new(
                    Code::TimedOut,
                    format!(
                        "`{}` still runs in {} after {} s (process {pid})",
                        shown(program),
                        guest.name,
                        step.timeout_s
                    ),
                )));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_POLL);
        }
    }

    async fn recover(
        _ctx: &Arc<Ctx>,
        step: &Step,
        _before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        // Asking again does not help: the agent keeps no list of what it ran.
        Err(Error::new(
            Code::OutcomeUnknown,
            format!(
                "whether `{}` ran in {}, and how it ended, cannot be found out: the guest agent keeps no list; \
                 look inside the guest (a program that does not exist there looks the same)",
                shown(step.command.first().map_or("", String::as_str)),
                step.guest.name
            ),
        ))
    }

    async fn verify(_ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        Ok(Verdict::ok(format!(
            "the program ended well in {}; what it changed was not looked at",
            step.guest.name
        )))
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

fn ended(guest: &GuestRef, program: &str, status: ExecStatus) -> Result<Started<Ran>, StartError> {
    let (output, cut) = kept(status.output.unwrap_or_default());
    let (error_output, error_cut) = kept(status.error_output.unwrap_or_default());
    let how = match (status.exit_code, status.signal) {
        (Some(0), _) => {
            return Ok(Started::Done(Ran {
                exit_code: Some(0),
                output,
                error_output,
                cut: cut || error_cut || status.output_truncated || status.error_output_truncated,
            }));
        }
        (Some(code), _) => format!("with exit code {code}"),
        (None, Some(signal)) => format!("by signal {signal}"),
        (None, None) => "without an exit code".to_owned(),
    };
    let said = if error_output.trim().is_empty() {
        &output
    } else {
        &error_output
    };
    let said = shown(said.trim());
    let colon = if said.is_empty() { "" } else { ": " };
    Err(StartError::Refused(Error::new(
        Code::Conflict,
        format!(
            "`{}` ended {how} in {}{colon}{said}",
            shown(program),
            guest.name
        ),
    )))
}

fn kept(text: String) -> (String, bool) {
    if text.chars().count() <= OUTPUT_KEPT {
        return (text, false);
    }
    (text.chars().take(OUTPUT_KEPT).collect(), true)
}

/// Only what a person wrote into the configuration may be run.
fn refuse_program(config: &Value, program: &str) -> Result<()> {
    let list = config
        .get(ALLOWED)
        .and_then(|setting| setting.get("value"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let allowed: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    if allowed.iter().any(|word| *word == program || *word == "*") {
        return Ok(());
    }
    let hint = if allowed.is_empty() {
        format!(
            "nothing may be run yet: write the program's name into `{ALLOWED}` of the configuration"
        )
    } else {
        format!(
            "`{ALLOWED}` of the configuration allows {}",
            allowed.join(", ")
        )
    };
    Err(Error::forbidden(format!("`{}` may not be run inside guests", shown(program))).hint(hint))
}

/// What PVE wants of us for running a program: it has privileges for the agent from 9 on.
async fn need(ctx: &Ctx, guest: &GuestRef) -> Result<Need> {
    let client = guest.client(ctx).await?;
    let differences = client
        .differences()
        .await
        .map_err(|error| call_error(&guest.cluster, &error))?;
    let privilege = if differences.has(Feature::AgentPrivileges) {
        "VM.GuestAgent.Unrestricted"
    } else {
        "VM.Monitor"
    };
    Ok(Need::on(&format!("/vms/{}", guest.vmid), privilege))
}

fn refuse_guest(looked: &Looked) -> Result<()> {
    if looked.guest.kind == GuestKind::Lxc {
        return Err(why_not(
            looked,
            "is a container: PVE has no call that runs programs in containers",
            &format!(
                "`pct exec {} -- …` on node {} does, or leave it out with `!NAME`",
                looked.guest.vmid, looked.guest.node
            ),
        ));
    }
    if looked.status.status != GuestState::Running {
        return Err(why_not(looked, "does not run", "start it first"));
    }
    Ok(())
}

/// Only an agent that answers runs anything.
async fn refuse_silent(ctx: &Ctx, looked: &Looked) -> Result<()> {
    let client = looked.guest.client(ctx).await?;
    let state = client
        .agent_state(&looked.guest.at()?)
        .await
        .map_err(|error| call_error(&looked.guest.cluster, &error))?;
    match state {
        AgentState::Answers => Ok(()),
        AgentState::NotConfigured => Err(why_not(
            looked,
            "has no guest agent switched on",
            "`guests.edit --agent true`, install qemu-guest-agent inside, and restart it",
        )),
        AgentState::Silent => Err(why_not(
            looked,
            "has a guest agent that does not answer",
            "see that qemu-guest-agent is installed and runs inside",
        )),
        AgentState::GuestStopped => Err(why_not(looked, "does not run", "start it first")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_listed_programs_may_be_run() {
        let config = |list: &str| json!({ "guests.exec_allow": { "value": list } });
        for (list, program, may) in [
            ("", "id", false),
            ("id, uptime", "uptime", true),
            ("id", "idx", false),
            ("id", "/usr/bin/id", false),
            ("*", "anything", true),
        ] {
            assert_eq!(
                refuse_program(&config(list), program).is_ok(),
                may,
                "{list} {program}"
            );
        }
        assert!(refuse_program(&Value::Null, "id").is_err());
    }
}
