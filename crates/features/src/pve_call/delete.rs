//! `pve.delete`: one DELETE of the PVE API.

use pve::Method;

use super::raw_call::RawCall;

pub(super) struct Delete;

impl RawCall for Delete {
    const NAME: &'static str = "pve.delete";
    const SUMMARY: &'static str = "Call the PVE API: delete something by its path (DELETE)";
    const METHOD: Method = Method::Delete;
}
