//! Methods that a release has and that are not simulated: with the API description of a node at hand, their
//! parameters are checked as the node would, before the answer says that they are not simulated.

use pve::{ApiPath, CallProblem, Method, Params, Schema};

use crate::api::route::{Given, Parameters, Verb};
use crate::cluster::refusal::Refusal;

/// The answer to a call that no route takes.
pub(super) fn refuse(
    description: Option<&Schema>,
    (method, verb): (&str, Verb),
    shown_path: &str,
    parameters: &Parameters,
) -> Refusal {
    let unknown = || Refusal::not_implemented(method, shown_path);
    let (Some(description), Ok(path)) = (description, shown_path.parse::<ApiPath>()) else {
        return unknown();
    };
    let verb = match verb {
        Verb::Get => Method::Get,
        Verb::Post => Method::Post,
        Verb::Put => Method::Put,
        Verb::Delete => Method::Delete,
    };
    let given = parameters
        .iter()
        .flat_map(|(name, given)| match given {
            Given::One(value) => vec![(name, value)],
            Given::Many(values) => values.iter().map(|value| (name, value)).collect(),
        })
        .fold(Params::new(), |params, (name, value)| {
            params.with(name.as_str(), value.as_str())
        });
    match description.check(verb, &path, &given) {
        Err(CallProblem::NotOffered { .. }) => unknown(),
        Err(CallProblem::Parameters(errors)) => Refusal::parameters(errors),
        Ok(()) => Refusal::not_simulated(format!("'{method} {shown_path}' is not simulated")),
    }
}
