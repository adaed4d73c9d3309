//! `pve.set`: one PUT of the PVE API.

use pve::Method;

use super::raw_call::RawCall;

pub(super) struct Set;

impl RawCall for Set {
    const NAME: &'static str = "pve.set";
    const SUMMARY: &'static str = "Call the PVE API: change something by its path (PUT)";
    const METHOD: Method = Method::Put;
}
