//! What can go wrong while a simulator is set up. Errors of the simulated API are not here: they are
//! `Refusal`s, because their texts belong to PVE.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a simulator could not be built or started.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The port is taken.
    #[error(
        "cannot listen on {address}: another program uses that port; stop it or choose another with --listen"
    )]
    PortInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address is not ours, or may not be used.
    #[error("cannot listen on {address}: {cause}; check the address and the rights to use it")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        cause: String,
    },
    /// The certificate could not be made, read, or used.
    #[error("cannot set up TLS from {what}: {cause}")]
    Tls {
        /// Which certificate or key.
        what: String,
        /// What the TLS library or the operating system said.
        cause: String,
    },
    /// A world file that is not a world.
    #[error("cannot read the world at `{at}`: {cause}")]
    World {
        /// JSON path of the offending value.
        at: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A world file that is no JSON, or not of the shape of a world; the error knows the line.
    #[error("cannot read the world")]
    WorldText(#[source] serde_json::Error),
    /// A fault rule that cannot be understood.
    #[error("cannot read fault rule {index}: {cause}")]
    Fault {
        /// Position in the list, from 0.
        index: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// The calls log cannot be opened.
    #[error(
        "cannot open the calls log {path} ({cause}); choose a file in a directory you may write"
    )]
    CallsLog {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: String,
    },
    /// A version that is not simulated.
    #[error("cannot simulate Proxmox VE `{0}`; choose 8.4, 9.1 or 9.2")]
    Version(String),
}

/// Short form used in this crate.
pub type Result<T> = std::result::Result<T, SimError>;
