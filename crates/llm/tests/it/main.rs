//! The crate against real sockets: what a server may send, and what it may fail to send.

mod actions;
mod answers;
mod clock;
mod independent_server;
mod probing;
mod recordings;
mod refusals;
mod scripted;
mod server;
mod waiting;
