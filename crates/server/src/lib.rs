//! HTTP, server-sent events, sessions, MCP transports and the embedded web console.
//!
//! The only crate that knows axum. It holds a [`ops::Registry`] and a few ports, never a slice: whatever it
//! can do, every other surface can do as well. Each request is judged in one order (see
//! [`http`]): who, from where, with which rights, then how large, of which type, with which body, and only
//! then whether the thing exists and may change.

mod chat;
mod error;
mod http;
mod mcp;
mod metrics;
mod origin;
mod serve;
mod server;
mod streams;

pub use crate::{
    chat::{AssistantChat, ChatEvent, ChatMessage, ChatPort, ChatRole, Completion, Thread},
    error::Error,
    http::{raw::endpoints as raw_endpoints, router},
    mcp::stdio::mcp_stdio,
    origin::TrustedProxies,
    serve::{bind, serve, tls_config},
    server::{ServerDeps, ServerOptions},
};
