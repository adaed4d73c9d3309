//! `pve.create`: one POST of the PVE API.

use pve::Method;

use super::raw_call::RawCall;

pub(super) struct Create;

impl RawCall for Create {
    const NAME: &'static str = "pve.create";
    const SUMMARY: &'static str = "Call the PVE API: create or start something by its path (POST)";
    const METHOD: Method = Method::Post;
}
