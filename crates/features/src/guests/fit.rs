//! Whether a power action makes sense for a guest as it is. Pure.

use pve::{GuestState, GuestStatus};

/// What is to happen to the power of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    Start,
    /// Pulls the plug.
    Stop,
    /// Asks the guest to shut down.
    Shutdown,
    Reboot,
}

/// The answer of [`Power::fit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Fits,
    /// The guest is as it should be already.
    Already(&'static str),
    /// It cannot be done, with what to do instead.
    No(&'static str),
}

impl Power {
    pub(super) fn fit(self, status: &GuestStatus) -> Fit {
        // QEMU's own state knows more than running and stopped.
        let state = status.qemu_state.as_ref().unwrap_or(&status.status);
        match (self, state) {
            _ if status.template => Fit::No("is a template and cannot run: clone it"),
            (Self::Start, GuestState::Stopped)
            | (Self::Stop | Self::Shutdown | Self::Reboot, GuestState::Running) => Fit::Fits,
            (Self::Start, GuestState::Running) => Fit::Already("is already running"),
            (Self::Start, GuestState::Paused | GuestState::Suspended) => {
                Fit::No("is paused: resume it instead of starting it")
            }
            (Self::Start, _) => Fit::No("is not stopped"),
            (Self::Stop | Self::Shutdown, GuestState::Stopped) => {
                Fit::Already("is already stopped")
            }
            // The plug can be pulled in any state.
            (Self::Stop, _) => Fit::Fits,
            (Self::Shutdown, GuestState::Paused | GuestState::Suspended) => {
                Fit::No("is paused and cannot shut down: resume or stop it")
            }
            (Self::Shutdown, _) => Fit::No("does not run normally: stop it instead"),
            (Self::Reboot, _) => Fit::No("is not running: start it instead"),
        }
    }

    /// The verb in the imperative.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Shutdown => "shut down",
            Self::Reboot => "reboot",
        }
    }

    /// The state that follows, in PVE's word.
    pub(super) fn after(self) -> &'static str {
        match self {
            Self::Start | Self::Reboot => "running",
            Self::Stop | Self::Shutdown => "stopped",
        }
    }

    pub(super) fn interrupts(self) -> bool {
        self != Self::Start
    }

    /// Whether PVE hands the call for a guest that HA manages to the HA manager. It reboots by itself.
    pub(super) fn goes_through_ha(self) -> bool {
        self != Self::Reboot
    }

    /// Kinds of tasks that this makes: of virtual machines, of containers, of the HA manager.
    pub(super) const fn task_kinds(self) -> &'static [&'static str] {
        match self {
            Self::Start => &["qmstart", "vzstart", "hastart"],
            Self::Stop => &["qmstop", "vzstop", "hastop"],
            Self::Shutdown => &["qmshutdown", "vzshutdown", "hastop"],
            Self::Reboot => &["qmreboot", "vzreboot"],
        }
    }
}
