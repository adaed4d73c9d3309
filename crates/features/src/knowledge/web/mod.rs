//! Pages below an address: read politely, within bounds, and never where nobody wanted to.

mod address;
mod client;
mod crawl;
mod robots;

pub(super) use crawl::{check_start, read};
