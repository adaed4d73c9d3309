//! The agent inside a virtual machine: is it there, what does it tell.
//!
//! Every answer of it is wrapped once more (`result`), and everything in it comes from the guest:
//! not to be trusted.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::{Loose, One, Row, answers};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{GuestAt, GuestKind};
use crate::params::Params;
use crate::path::ApiPath;
use crate::transport::{Method, Request};

/// Whether the agent of a guest can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentState {
    /// It answers.
    Answers,
    /// The guest runs and its agent does not answer. PVE takes 3 s to find out; it gives the same
    /// text, at once, when the agent is switched off in the configuration.
    Silent,
    /// The guest is off.
    GuestStopped,
    /// No agent is configured.
    NotConfigured,
}

answers! {
    /// What an agent can do.
    AgentInfo {
        /// Its version.
        version: Option<String> = "version",
        /// Its commands.
        commands: Vec<AgentFunction> = "supported_commands",
    }

    /// A command of an agent.
    AgentFunction {
        /// As `guest-exec`.
        name: String = "name",
        /// Is it switched on in the guest?
        enabled: bool = "enabled",
    }

    /// The system inside a guest, as it tells.
    GuestOs {
        /// As `debian` or `mswindows`.
        id: Option<String> = "id",
        /// As `Debian GNU/Linux`.
        name: Option<String> = "name",
        /// As `Debian GNU/Linux 13 (trixie)`.
        pretty_name: Option<String> = "pretty-name",
        /// As `13 (trixie)`.
        version: Option<String> = "version",
        /// As `13`.
        version_id: Option<String> = "version-id",
        /// As `x86_64`.
        machine: Option<String> = "machine",
        /// As `6.12.117+deb13-cloud-amd64`.
        kernel_release: Option<String> = "kernel-release",
        /// The build of the kernel.
        kernel_version: Option<String> = "kernel-version",
    }

    /// A mounted file system inside a guest.
    GuestFileSystem {
        /// Where it is mounted, as `/` or `C:\`.
        mount_point: String = "mountpoint",
        /// The device, as `sda1`.
        name: Option<String> = "name",
        /// As `ext4`.
        kind: Option<String> = "type",
        /// Its size.
        total_bytes: Option<u64> = "total-bytes",
        /// What is in use.
        used_bytes: Option<u64> = "used-bytes",
    }
}

/// `{"result": …}`.
pub(crate) struct AgentResult<T>(pub(crate) T);

impl<T: Loose> Row for AgentResult<T> {
    fn of_map(map: &serde_json::Map<String, Value>) -> Option<Self> {
        T::loose(map.get("result")).map(Self)
    }
}

/// Whether file systems of a guest stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FreezeState {
    /// They can be written to.
    Thawed,
    /// They stand still, for a copy of the disks. Writing programs in the guest hang.
    Frozen,
}

impl Loose for FreezeState {
    fn loose(value: Option<&Value>) -> Option<Self> {
        match value?.as_str()? {
            "frozen" => Some(Self::Frozen),
            "thawed" => Some(Self::Thawed),
            _ => None,
        }
    }
}

impl Error {
    /// What a refused call of the agent says about it; nothing when it was refused for another
    /// reason.
    pub fn agent_state(&self) -> Option<AgentState> {
        let ErrorKind::Refused { text, .. } = self.kind() else {
            return None;
        };
        if text == "QEMU guest agent is not running" {
            Some(AgentState::Silent)
        } else if text == "No QEMU guest agent configured" {
            Some(AgentState::NotConfigured)
        } else if text.starts_with("VM ") && text.ends_with(" not running") {
            Some(AgentState::GuestStopped)
        } else {
            None
        }
    }
}

impl Client {
    /// Whether the agent of a virtual machine can be asked (PVE: `agent/ping`).
    pub async fn agent_state(&self, guest: &GuestAt) -> Result<AgentState> {
        match self.agent_do::<Value>(guest, "ping").await {
            Ok(_) => Ok(AgentState::Answers),
            Err(error) => error.agent_state().ok_or(error),
        }
    }

    /// What the agent can do (PVE: `agent/info`).
    pub async fn agent_info(&self, guest: &GuestAt) -> Result<AgentInfo> {
        self.agent_ask(guest, "info").await
    }

    /// The system inside (PVE: `agent/get-osinfo`).
    pub async fn agent_os(&self, guest: &GuestAt) -> Result<GuestOs> {
        self.agent_ask(guest, "get-osinfo").await
    }

    /// The name the guest gives itself (PVE: `agent/get-host-name`).
    pub async fn agent_host_name(&self, guest: &GuestAt) -> Result<String> {
        let mut answer: BTreeMap<String, String> = self.agent_ask(guest, "get-host-name").await?;
        Ok(answer.remove("host-name").unwrap_or_default())
    }

    /// The mounted file systems (PVE: `agent/get-fsinfo`).
    pub async fn agent_file_systems(&self, guest: &GuestAt) -> Result<Vec<GuestFileSystem>> {
        self.agent_ask(guest, "get-fsinfo").await
    }

    /// Whether file systems stand still (PVE: `agent/fsfreeze-status`).
    pub async fn agent_freeze_state(&self, guest: &GuestAt) -> Result<FreezeState> {
        self.agent_do(guest, "fsfreeze-status").await
    }

    /// Lets all file systems stand still and answers how many. Programs that write hang until
    /// [`Client::agent_thaw`].
    pub async fn agent_freeze(&self, guest: &GuestAt) -> Result<u64> {
        self.agent_do(guest, "fsfreeze-freeze").await
    }

    /// Lets all file systems go on and answers how many.
    pub async fn agent_thaw(&self, guest: &GuestAt) -> Result<u64> {
        self.agent_do(guest, "fsfreeze-thaw").await
    }

    /// Gives unused blocks of all file systems back to the storage (PVE: `agent/fstrim`).
    pub async fn agent_trim(&self, guest: &GuestAt) -> Result<()> {
        self.agent_do::<Value>(guest, "fstrim").await.map(|_| ())
    }

    pub(crate) async fn agent_ask<T>(&self, guest: &GuestAt, command: &'static str) -> Result<T>
    where
        T: Loose + Send + 'static,
    {
        self.agent_send(guest, Method::Get, command).await
    }

    async fn agent_do<T>(&self, guest: &GuestAt, command: &'static str) -> Result<T>
    where
        T: Loose + Send + 'static,
    {
        self.agent_send(guest, Method::Post, command).await
    }

    async fn agent_send<T>(
        &self,
        guest: &GuestAt,
        method: Method,
        command: &'static str,
    ) -> Result<T>
    where
        T: Loose + Send + 'static,
    {
        let path = self.agent_path(guest, method, command)?;
        let request = Request {
            method,
            path,
            params: Params::new(),
        };
        let One(AgentResult(result)) = self.fetch(request).await?.data;
        Ok(result)
    }

    pub(crate) fn agent_path(
        &self,
        guest: &GuestAt,
        method: Method,
        command: &'static str,
    ) -> Result<ApiPath> {
        if guest.kind == GuestKind::Lxc {
            let text = "containers have no guest agent";
            return Err(self.invalid_for(guest, method, &[], text));
        }
        Ok(ApiPath::guest(guest, &["agent", command]))
    }
}
