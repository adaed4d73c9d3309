//! The HTTP face: connections and TLS, requests into calls, answers and refusals into PVE's bytes. It
//! holds no state of the cluster.

pub(crate) mod admin;
mod body;
pub(crate) mod certificate;
mod dispatch;
pub(crate) mod identify;
pub(crate) mod incoming;
pub(crate) mod multipart;
pub(crate) mod pages;
pub(crate) mod reply;
pub(crate) mod serve;
pub(crate) mod tls;
