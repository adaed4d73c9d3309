//! What a composite passes over: targets that one of its parts cannot work on.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    contract::{Draft, WhenUnfit, WishOrder},
    error::{Code, Error, Result},
    left_out::{Because, LeftOut},
};

/// The parts of one wish, as they are drafted one after the other.
pub(super) struct PassedOver {
    may_skip_parts: bool,
    unfit: WhenUnfit,
    /// Whom an earlier part could not work on. What comes after rests on it: whoever got no new snapshot
    /// does not lose an old one.
    targets: BTreeSet<String>,
    left_out: Vec<LeftOut>,
    refused: Option<Error>,
}

impl PassedOver {
    /// `parts` is how many wishes a composite came to; nothing where the wish is an action itself.
    pub(super) fn new(parts: Option<usize>, order: WishOrder, unfit: WhenUnfit) -> Self {
        Self {
            may_skip_parts: parts.is_some_and(|parts| parts > 1)
                && order != WishOrder::OneAfterAnother
                && unfit == WhenUnfit::LeavesOut,
            unfit,
            targets: BTreeSet::new(),
            left_out: Vec::new(),
            refused: None,
        }
    }

    /// What of a part goes into the plan; nothing where it has nothing to do.
    pub(super) fn judge(&mut self, drafted: Result<Draft<Value>>) -> Result<Option<Draft<Value>>> {
        let mut draft = match drafted {
            Ok(draft) => draft,
            Err(error) if self.may_skip_parts && !error.left_out.is_empty() => {
                self.note(&error.left_out);
                self.refused.get_or_insert(error);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let left_out = std::mem::take(&mut draft.left_out);
        if self.unfit == WhenUnfit::Refuses
            && let Some(first) = left_out.iter().find(|one| one.because == Because::Unfit)
        {
            let mut error = Error::new(
                Code::Conflict,
                format!("{}, and the rest rests on it", first.sentence()),
            );
            error.hint.clone_from(&first.hint);
            return Err(error.left_out(left_out));
        }
        drop_steps(&mut draft, &self.targets);
        self.note(&left_out);
        if draft.steps.is_empty() && !self.targets.is_empty() {
            return Ok(None);
        }
        Ok(Some(draft))
    }

    fn note(&mut self, left_out: &[LeftOut]) {
        for one in left_out {
            if one.because == Because::Unfit {
                self.targets.insert(one.target.clone());
            }
            if !self.left_out.contains(one) {
                self.left_out.push(one.clone());
            }
        }
    }

    /// All that was left out; the refusal where no part had anything to do.
    pub(super) fn end(self, drafted: usize) -> Result<Vec<LeftOut>> {
        match self.refused {
            Some(refused) if drafted == 0 => Err(refused.left_out(self.left_out)),
            Some(_) | None => Ok(self.left_out),
        }
    }
}

/// Takes out the steps on these targets; whoever waited for one of them waits no more.
fn drop_steps(draft: &mut Draft<Value>, targets: &BTreeSet<String>) {
    if targets.is_empty() {
        return;
    }
    let mut moved: Vec<Option<usize>> = Vec::with_capacity(draft.steps.len());
    let mut kept = 0;
    for step in &draft.steps {
        let stays = !targets.contains(&step.target.reference);
        moved.push(stays.then_some(kept));
        kept += usize::from(stays);
    }
    draft
        .steps
        .retain(|step| !targets.contains(&step.target.reference));
    for step in &mut draft.steps {
        step.depends_on = step
            .depends_on
            .iter()
            .filter_map(|at| moved.get(*at).copied().flatten())
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{DraftStep, Observed, Target};

    fn step(target: &str, depends_on: &[usize]) -> DraftStep<Value> {
        DraftStep {
            step: Value::Null,
            target: Target {
                reference: target.to_owned(),
                name: target.to_owned(),
                node: None,
                storage: None,
            },
            title: target.to_owned(),
            depends_on: depends_on.to_vec(),
            change: Vec::new(),
            interruption: None,
            observed: Observed::default(),
        }
    }

    fn draft(steps: Vec<DraftStep<Value>>, left_out: Vec<LeftOut>) -> Draft<Value> {
        Draft {
            summary: "do it".to_owned(),
            steps,
            preflight: Vec::new(),
            left_out,
        }
    }

    fn left(target: &str, because: Because) -> LeftOut {
        LeftOut {
            target: target.to_owned(),
            name: target.to_owned(),
            because,
            reason: "is locked".to_owned(),
            hint: None,
        }
    }

    #[test]
    fn whoever_is_unfit_for_one_part_gets_no_step_of_a_later_one() {
        let mut over = PassedOver::new(Some(2), WishOrder::SideBySide, WhenUnfit::LeavesOut);
        let first = draft(
            vec![step("a", &[])],
            vec![left("b", Because::Unfit), left("c", Because::Already)],
        );
        assert_eq!(over.judge(Ok(first)).unwrap().unwrap().steps.len(), 1);
        let second = draft(
            vec![step("a", &[]), step("b", &[]), step("c", &[0, 1])],
            Vec::new(),
        );
        let kept: Vec<(String, Vec<usize>)> = over
            .judge(Ok(second))
            .unwrap()
            .unwrap()
            .steps
            .into_iter()
            .map(|step| (step.title, step.depends_on))
            .collect();
        assert_eq!(kept, [("a".to_owned(), vec![]), ("c".to_owned(), vec![0])]);
        assert_eq!(
            over.end(2).unwrap(),
            [left("b", Because::Unfit), left("c", Because::Already)]
        );
    }

    #[test]
    fn a_part_with_nothing_to_do_is_passed_over_where_parts_stand_side_by_side() {
        let refusal =
            || Error::new(Code::Conflict, "b is locked").left_out(vec![left("b", Because::Unfit)]);
        let mut over = PassedOver::new(Some(2), WishOrder::SideBySide, WhenUnfit::LeavesOut);
        assert!(over.judge(Err(refusal())).unwrap().is_none());
        assert_eq!(over.end(1).unwrap(), [left("b", Because::Unfit)]);

        let mut over = PassedOver::new(Some(2), WishOrder::SideBySide, WhenUnfit::LeavesOut);
        assert!(over.judge(Err(refusal())).unwrap().is_none());
        assert_eq!(over.end(0).unwrap_err(), refusal());

        for (parts, order, unfit) in [
            (Some(2), WishOrder::OneAfterAnother, WhenUnfit::LeavesOut),
            (Some(2), WishOrder::SideBySide, WhenUnfit::Refuses),
            (Some(1), WishOrder::SideBySide, WhenUnfit::LeavesOut),
            (None, WishOrder::SideBySide, WhenUnfit::LeavesOut),
        ] {
            let mut over = PassedOver::new(parts, order, unfit);
            assert_eq!(over.judge(Err(refusal())).unwrap_err(), refusal());
        }
    }

    #[test]
    fn in_an_ordered_list_a_part_with_nothing_to_do_is_passed_over_too() {
        let refusal =
            Error::new(Code::Conflict, "b runs").left_out(vec![left("b", Because::Already)]);
        let mut over = PassedOver::new(Some(2), WishOrder::InTurn, WhenUnfit::LeavesOut);
        assert!(over.judge(Err(refusal)).unwrap().is_none());
        assert_eq!(over.end(1).unwrap(), [left("b", Because::Already)]);
    }

    #[test]
    fn where_the_rest_rests_on_all_one_unfit_target_refuses_the_whole() {
        let mut over = PassedOver::new(Some(2), WishOrder::SideBySide, WhenUnfit::Refuses);
        let fine = draft(vec![step("a", &[])], vec![left("c", Because::Already)]);
        assert!(over.judge(Ok(fine)).unwrap().is_some());
        let unfit = draft(vec![step("a", &[])], vec![left("b", Because::Unfit)]);
        let error = over.judge(Ok(unfit)).unwrap_err();
        assert_eq!(error.message, "b is locked, and the rest rests on it");
    }
}
