//! What parameters methods take: declared in tables beside this file, checked with PVE's own texts.

pub(crate) mod check;
pub(crate) mod cpu;
pub(crate) mod formats;
mod formats_access;
mod formats_net;
pub(crate) mod property;
pub(crate) mod table;
