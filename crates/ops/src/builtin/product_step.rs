//! What the contract's own actions on the product's data have in common: one step, no cluster, no task.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::{Draft, DraftStep, Observed, Target};

/// A draft of one step on one object of the product.
pub(super) fn draft<S>(reference: &str, title: String, step: S, observed: Observed) -> Draft<S> {
    Draft {
        summary: title.clone(),
        steps: vec![DraftStep {
            step,
            target: Target {
                reference: reference.to_owned(),
                name: reference.to_owned(),
                node: None,
                storage: None,
            },
            title,
            depends_on: Vec::new(),
            change: Vec::new(),
            interruption: None,
            observed,
        }],
        preflight: Vec::new(),
        left_out: Vec::new(),
    }
}

/// One fact that the consent rests on.
pub(super) fn observed(subject: &str, field: &str, value: Value) -> Observed {
    Observed {
        subject: subject.to_owned(),
        identity: BTreeMap::new(),
        state: BTreeMap::from([(field.to_owned(), value)]),
    }
}
