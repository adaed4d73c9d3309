//! The HTTP face: connections and TLS, requests into calls, answers and refusals into PVE's bytes. It
//! holds no state of the cluster.

pub(crate) mod admin;
mod batch;
mod body;
pub(crate) mod certificate;
mod console;
mod des;
mod described;
mod dispatch;
mod files;
mod frames;
pub(crate) mod identify;
pub(crate) mod incoming;
mod issuer;
pub(crate) mod multipart;
pub(crate) mod pages;
pub(crate) mod reply;
mod screen;
pub(crate) mod serve;
mod shell;
pub(crate) mod tls;
