//! The simulator as its callers meet it: over TLS, with a real HTTP client.

mod client;
mod errors;
mod login;
mod tasks;
