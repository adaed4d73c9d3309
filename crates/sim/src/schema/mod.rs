//! What parameters methods take: declared in tables beside this file, checked with PVE's own texts.

pub(crate) mod check;
mod cpu;
pub(crate) mod describe;
pub(crate) mod formats;
pub(crate) mod property;
pub(crate) mod table;
