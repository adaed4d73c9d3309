//! The store from outside: through its ports, on real files, and with two handles on one directory.

mod accounts;
mod chat;
mod clusters;
mod events;
mod locks;
mod opening;
mod owners;
mod plans;
mod runs;
mod secrets;
mod support;
