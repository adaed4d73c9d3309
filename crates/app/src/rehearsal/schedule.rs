//! How long a plan takes: the engine's rules on steps whose times are known. Pure.

use std::collections::HashMap;

/// One step for the calendar.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    pub(super) id: String,
    pub(super) depends_on: Vec<String>,
    /// It waits for all steps of earlier turns.
    pub(super) turn: u32,
    /// Node and storage it takes a place on.
    pub(super) lanes: Vec<Lane>,
    pub(super) seconds: u64,
}

/// Something that only so many steps may use at once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    Node(String),
    Storage(String),
}

/// Seconds from the first start to the last end, when each step starts as soon as what it waits for has ended
/// and there is a place. Steps that wait for each other for ever take no time.
pub(super) fn makespan(steps: &[Timed], per_node: usize, per_storage: usize) -> u64 {
    let width = |lane: &Lane| match lane {
        Lane::Node(_) => per_node.max(1),
        Lane::Storage(_) => per_storage.max(1),
    };
    let mut ends: HashMap<&str, u64> = HashMap::new();
    // Ends of the steps that occupy a lane.
    let mut lanes: HashMap<&Lane, Vec<u64>> = HashMap::new();
    let mut open: Vec<&Timed> = steps.iter().collect();
    while let Some(turn) = open.iter().map(|step| step.turn).min() {
        let turn_begins = steps
            .iter()
            .filter(|step| step.turn < turn)
            .filter_map(|step| ends.get(step.id.as_str()).copied())
            .max()
            .unwrap_or(0);
        // The step that may start first; in their order where several may.
        let ready = open
            .iter()
            .enumerate()
            .filter(|(_, step)| step.turn == turn)
            .filter_map(|(at, step)| {
                let after = step
                    .depends_on
                    .iter()
                    .map(|id| ends.get(id.as_str()).copied())
                    .collect::<Option<Vec<u64>>>()?
                    .into_iter()
                    .max()
                    .unwrap_or(0);
                let place = step
                    .lanes
                    .iter()
                    .map(|lane| free_at(lanes.get(lane), width(lane)))
                    .max()
                    .unwrap_or(0);
                Some((after.max(place).max(turn_begins), at))
            })
            .min();
        let Some((begin, at)) = ready else {
            break;
        };
        let step = open.remove(at);
        let end = begin + step.seconds;
        ends.insert(&step.id, end);
        for lane in &step.lanes {
            lanes.entry(lane).or_default().push(end);
        }
    }
    ends.values().copied().max().unwrap_or(0)
}

/// When a lane has a place: when all but `width - 1` of its steps have ended.
fn free_at(ends: Option<&Vec<u64>>, width: usize) -> u64 {
    let Some(ends) = ends else {
        return 0;
    };
    let mut ends = ends.clone();
    ends.sort_unstable();
    ends.len()
        .checked_sub(width)
        .and_then(|at| ends.get(at).copied())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, after: &[&str], node: &str, seconds: u64) -> Timed {
        Timed {
            id: id.to_owned(),
            depends_on: after.iter().map(|id| (*id).to_owned()).collect(),
            turn: 0,
            lanes: vec![Lane::Node(node.to_owned())],
            seconds,
        }
    }

    #[test]
    fn steps_on_other_nodes_run_side_by_side_and_those_on_one_as_many_as_it_has_places() {
        let four: Vec<Timed> = (0..4).map(|n| step(&n.to_string(), &[], "a", 10)).collect();
        assert_eq!(makespan(&four, 4, 8), 10);
        assert_eq!(makespan(&four, 2, 8), 20);
        assert_eq!(makespan(&four, 1, 8), 40);
        let apart = [step("1", &[], "a", 10), step("2", &[], "b", 7)];
        assert_eq!(makespan(&apart, 1, 8), 10);
        let after = [step("1", &[], "a", 10), step("2", &["1"], "b", 7)];
        assert_eq!(makespan(&after, 4, 8), 17);
    }

    #[test]
    fn a_turn_begins_when_all_steps_of_the_one_before_have_ended() {
        let later = Timed {
            turn: 1,
            ..step("3", &["1"], "a", 5)
        };
        let all = [step("1", &[], "a", 10), step("2", &[], "b", 30), later];
        assert_eq!(makespan(&all, 4, 8), 35);
    }

    #[test]
    fn steps_that_wait_for_each_other_end_the_count() {
        let ring = [step("1", &["2"], "a", 10), step("2", &["1"], "a", 10)];
        assert_eq!(makespan(&ring, 1, 1), 0);
        assert_eq!(makespan(&[], 1, 1), 0);
    }
}
