//! What can go wrong before or around serving; requests have [`crate::http::problem`] instead.

/// Why the server cannot listen or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "cannot listen on {addr}: another program uses that port; stop it or choose another with --listen"
    )]
    PortInUse { addr: String },
    #[error("cannot listen on {addr}: {cause}; check the address and the rights to use it")]
    Listen { addr: String, cause: std::io::Error },
    #[error("`{text}` is not an address such as 127.0.0.1:8800")]
    NotAnAddress { text: String },
    #[error("`{text}` is not an address or a network such as 10.0.0.0/8")]
    NotANetwork { text: String },
    #[error("cannot use the TLS {what}: {reason}")]
    Tls { what: &'static str, reason: String },
    #[error("the MCP session ended early: {reason}")]
    Mcp { reason: String },
}
