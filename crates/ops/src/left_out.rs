//! Targets that were wished for and get no step: told before consent, and in the receipt.
//!
//! A wish for many must not fail because of one of them; and nobody may learn afterwards that one was not
//! meant. So a draft sorts its targets: those that fit get steps, the others a reason. Where none is left
//! the wish is refused with the reasons.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    contract::Target,
    error::{Code, Error, Result},
};

/// Different reasons named in one refusal; [`Error::left_out`] has all.
const REASONS: usize = 5;

/// A target that was wished for and gets no step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// As of a step: `cluster/node/vmid` for a guest.
    pub target: String,
    pub name: String,
    pub because: Because,
    /// As it goes on behind the name: `is locked (backup)`.
    pub reason: String,
    /// What would make it fit.
    pub hint: Option<String>,
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It is as wished: there is nothing to do.
    Already,
    /// It cannot be done with it as it is.
    Unfit,
}

impl LeftOut {
    /// `web-02 is locked (backup)`.
    pub fn sentence(&self) -> String {
        format!("{} {}", self.name, self.reason)
    }
}

/// Sorts the targets of one draft.
#[derive(Debug, Default)]
pub struct Sorting {
    left_out: Vec<LeftOut>,
    /// For each of them how it is said in full, and what refused it, if it was refused.
    said: Vec<(String, Option<Error>)>,
}

impl Sorting {
    /// Nothing is to be done with this one. `subject` names it in full, `reason` goes on behind it.
    pub fn already(&mut self, target: &Target, subject: &str, reason: impl Into<String>) {
        self.note(target, subject, Because::Already, reason.into(), None);
    }

    /// This one cannot be worked on as it is.
    pub fn unfit(&mut self, target: &Target, subject: &str, reason: impl Into<String>) {
        self.note(target, subject, Because::Unfit, reason.into(), None);
    }

    /// Hands on what a check of one target gave. A refusal leaves the target out; what concerns the whole
    /// wish, or the product itself, stops the draft.
    pub fn pass<T>(
        &mut self,
        target: &Target,
        subject: &str,
        checked: Result<T>,
    ) -> Result<Option<T>> {
        let error = match checked {
            Ok(value) => return Ok(Some(value)),
            Err(error) if is_about_the_target(error.code) => error,
            Err(error) => return Err(error),
        };
        let reason = error
            .message
            .strip_prefix(subject)
            .and_then(|rest| rest.strip_prefix(' '))
            .unwrap_or(&error.message)
            .to_owned();
        self.note(target, subject, Because::Unfit, reason, Some(error));
        Ok(None)
    }

    fn note(
        &mut self,
        target: &Target,
        subject: &str,
        because: Because,
        reason: String,
        error: Option<Error>,
    ) {
        let is_spoken_of = error
            .as_ref()
            .is_none_or(|error| error.message.starts_with(subject));
        let sentence = if is_spoken_of {
            format!("{subject} {reason}")
        } else {
            format!("{subject}: {reason}")
        };
        self.left_out.push(LeftOut {
            target: target.reference.clone(),
            name: target.name.clone(),
            because,
            reason: if is_spoken_of {
                reason
            } else {
                format!("cannot be planned: {reason}")
            },
            hint: error.as_ref().and_then(|error| error.hint.clone()),
        });
        self.said.push((sentence, error));
    }

    pub fn is_empty(&self) -> bool {
        self.left_out.is_empty()
    }

    /// How many were left out.
    pub fn len(&self) -> usize {
        self.left_out.len()
    }

    /// Also those that another sorting left out.
    pub fn extend(&mut self, other: Self) {
        self.left_out.extend(other.left_out);
        self.said.extend(other.said);
    }

    /// Those that were left out, in their order, each once.
    pub fn left_out(self) -> Vec<LeftOut> {
        let mut each: Vec<LeftOut> = Vec::with_capacity(self.left_out.len());
        for one in self.left_out {
            if !each.contains(&one) {
                each.push(one);
            }
        }
        each
    }

    /// The refusal where no target is left: the words of the one refusal where there was but one, else the
    /// reasons, each with one target that it holds for.
    pub fn nothing_to_do(self) -> Error {
        if let Some(error) = self.only_refusal() {
            return error.left_out(self.left_out());
        }
        let mut reasons: Vec<(&str, &str, usize)> = Vec::new();
        for (left, (sentence, _)) in self.left_out.iter().zip(&self.said) {
            match reasons
                .iter_mut()
                .find(|(reason, ..)| *reason == left.reason)
            {
                Some((_, _, count)) => *count += 1,
                None => reasons.push((&left.reason, sentence, 1)),
            }
        }
        let mut parts: Vec<String> = reasons
            .iter()
            .take(REASONS)
            .map(|(_, sentence, count)| match count {
                1 => (*sentence).to_owned(),
                n => format!("{sentence} (and {} more like it)", n - 1),
            })
            .collect();
        if let Some(more) = reasons.len().checked_sub(REASONS).filter(|more| *more > 0) {
            parts.push(format!("{more} more reasons"));
        }
        let mut error = Error::new(
            Code::Conflict,
            format!("nothing to do: {}", parts.join("; ")),
        );
        error.hint = self.left_out.iter().find_map(|left| left.hint.clone());
        error.left_out(self.left_out())
    }

    /// One target was refused, or all were in the same words.
    fn only_refusal(&self) -> Option<Error> {
        let first = self.said.first()?.1.as_ref()?;
        let all = self.said.iter().all(|(_, error)| {
            error
                .as_ref()
                .is_some_and(|other| other.message == first.message)
        });
        all.then(|| first.clone())
    }
}

/// Whether an error says something of one target rather than of the wish or of us.
fn is_about_the_target(code: Code) -> bool {
    match code {
        Code::Conflict
        | Code::NoMatch
        | Code::NotFound
        | Code::Forbidden
        | Code::ClusterRefused
        | Code::ClusterUnreachable
        | Code::TimedOut => true,
        Code::InvalidInput
        | Code::Ambiguous
        | Code::ConfirmRequired
        | Code::ConfirmMismatch
        | Code::UnknownOperation
        | Code::Unauthenticated
        | Code::DigestMismatch
        | Code::PlanExpired
        | Code::PlanRejected
        | Code::PlanAlreadyApproved
        | Code::PreconditionChanged
        | Code::OutcomeUnknown
        | Code::StoreUnavailable
        | Code::NoCluster
        | Code::ModelUnavailable
        | Code::Cancelled
        | Code::Internal => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(name: &str) -> Target {
        Target {
            reference: format!("main/pve1/{name}"),
            name: name.to_owned(),
            node: None,
            storage: None,
        }
    }

    fn locked(subject: &str) -> Error {
        Error::new(Code::Conflict, format!("{subject} is locked (backup)")).hint("wait")
    }

    #[test]
    fn one_target_alone_is_refused_in_the_words_of_its_check() {
        let mut sorting = Sorting::default();
        let refused = sorting.pass::<()>(&target("a"), "a (1)", Err(locked("a (1)")));
        assert_eq!(refused, Ok(None));
        let error = sorting.nothing_to_do();
        assert_eq!(
            (error.message.as_str(), error.hint.as_deref()),
            ("a (1) is locked (backup)", Some("wait"))
        );
        assert_eq!(error.left_out.len(), 1);
    }

    #[test]
    fn of_several_each_reason_is_said_once() {
        let mut sorting = Sorting::default();
        sorting.already(&target("a"), "a (1)", "is already stopped");
        for name in ["b", "c", "d"] {
            let refused = sorting.pass::<()>(&target(name), name, Err(locked(name)));
            assert_eq!(refused, Ok(None));
        }
        let error = sorting.nothing_to_do();
        assert_eq!(
            error.message,
            "nothing to do: a (1) is already stopped; b is locked (backup) (and 2 more like it)"
        );
        let because: Vec<Because> = error.left_out.iter().map(|one| one.because).collect();
        assert_eq!(
            because,
            [
                Because::Already,
                Because::Unfit,
                Because::Unfit,
                Because::Unfit
            ]
        );
        assert_eq!(error.left_out[1].sentence(), "b is locked (backup)");
    }

    #[test]
    fn what_concerns_the_whole_wish_stops_the_draft() {
        let mut sorting = Sorting::default();
        let stopped = sorting.pass::<()>(&target("a"), "a", Err(Error::invalid("no such size")));
        assert_eq!(stopped.unwrap_err().code, Code::InvalidInput);
        assert!(sorting.is_empty());
        // All say the same of something else: it is said once, as it is.
        for name in ["a", "b"] {
            let error = Error::new(Code::NoMatch, "cluster main has no node `x`");
            assert_eq!(
                sorting.pass::<()>(&target(name), name, Err(error)),
                Ok(None)
            );
        }
        assert_eq!(
            sorting.nothing_to_do().message,
            "cluster main has no node `x`"
        );
    }

    proptest! {
        #[test]
        fn whoever_gets_no_step_is_named_with_a_reason(
            kinds in prop::collection::vec(0..3_u8, 1..40)
        ) {
            let mut sorting = Sorting::default();
            let mut fit = 0;
            for (at, kind) in kinds.iter().enumerate() {
                let (name, subject) = (format!("g{at}"), format!("g{at} (main/{at})"));
                let checked = match kind {
                    0 => Ok(()),
                    1 => Err(locked(&subject)),
                    _ => Err(Error::new(Code::ClusterRefused, "permission check failed")),
                };
                fit += usize::from(sorting.pass(&target(&name), &subject, checked).unwrap().is_some());
            }
            let left = sorting.left_out();
            prop_assert_eq!(left.len() + fit, kinds.len());
            prop_assert!(left.iter().all(|one| !one.reason.is_empty() && one.because == Because::Unfit));
        }
    }
}
