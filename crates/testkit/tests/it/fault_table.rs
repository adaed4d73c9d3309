//! Every fault of the simulator x every operation of several steps: the end is done and verified, or undone,
//! or stopped with the truth told; and the same for a process that dies at any point of any of them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use ops::{Kind, OnFailure, Scope, engine::Point};
use testkit::World;

use crate::{
    fault_kinds::strikes,
    fault_rows::{self, FaultRow, SINGLE},
    fault_story::{Cell, End, Reference, Trouble},
};

/// Worlds side by side: they mostly wait.
const AT_ONCE: usize = 8;

/// Plays cells and says how they ended; one in which a run does not tell the truth fails the test.
async fn play(cells: Vec<Cell<'_>>, rows: usize) {
    let mut ends: BTreeMap<End, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let count = cells.len();
    let plays: Vec<_> = cells
        .into_iter()
        .map(|cell| async move { Box::pin(cell.play()).await })
        .collect();
    let mut told = stream::iter(plays).buffer_unordered(AT_ONCE);
    while let Some(end) = told.next().await {
        match end {
            Ok(end) => *ends.entry(end).or_default() += 1,
            Err(text) => wrong.push(text),
        }
    }
    println!(
        "{count} cells of {rows} rows: {ends:?}, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn references(rows: &[FaultRow]) -> Vec<Reference> {
    let all: Vec<_> = rows.iter().map(Reference::of).collect();
    stream::iter(all).buffered(AT_ONCE).collect().await
}

/// Every fault on every kind of step of these rows.
async fn table(rows: Vec<FaultRow>, on_failure: OnFailure) {
    let references = references(&rows).await;
    let mut cells = Vec::new();
    for (row, reference) in rows.iter().zip(&references) {
        if on_failure == OnFailure::RollBack && !row.has_way_back {
            continue;
        }
        for struck in reference.struck() {
            let strikes = strikes(&struck.place)
                .into_iter()
                .filter(|strike| struck.has_task || !strike.needs_a_task());
            cells.extend(strikes.map(|strike| Cell {
                row,
                reference,
                struck,
                trouble: Trouble::Strike(strike),
                on_failure,
            }));
        }
    }
    play(cells, rows.len()).await;
}

/// The process dies at every point of every kind of step of these rows.
async fn deaths(rows: Vec<FaultRow>) {
    let references = references(&rows).await;
    let mut cells = Vec::new();
    for (row, reference) in rows.iter().zip(&references) {
        for struck in reference.struck() {
            cells.extend(Point::ALL.map(|point| Cell {
                row,
                reference,
                struck,
                trouble: Trouble::Death(point),
                on_failure: OnFailure::Continue,
            }));
        }
    }
    play(cells, rows.len()).await;
}

#[tokio::test]
async fn no_fault_leaves_the_power_of_guests_in_a_silent_half() {
    table(fault_rows::power(), OnFailure::Continue).await;
}

#[tokio::test]
async fn no_fault_leaves_options_of_guests_in_a_silent_half() {
    table(fault_rows::options(), OnFailure::Continue).await;
}

#[tokio::test]
async fn no_fault_leaves_guests_that_come_go_and_move_in_a_silent_half() {
    table(fault_rows::life(), OnFailure::Continue).await;
}

#[tokio::test]
async fn no_fault_leaves_snapshots_in_a_silent_half() {
    table(fault_rows::snapshots(), OnFailure::Continue).await;
}

#[tokio::test]
async fn no_fault_leaves_storages_and_nodes_in_a_silent_half() {
    table(fault_rows::places(), OnFailure::Continue).await;
}

#[tokio::test]
async fn no_fault_leaves_what_is_made_of_other_operations_in_a_silent_half() {
    table(fault_rows::composed(), OnFailure::Continue).await;
}

#[tokio::test]
async fn what_a_plan_takes_back_after_a_fault_is_as_it_was() {
    // One for each way in which steps are carried out and taken back.
    const ROWS: [&str; 9] = [
        "guests.stop",
        "guests.suspend to the disk",
        "guests.config",
        "guests.pool",
        "guests.clone, linked",
        "guests.migrate",
        "snapshots.create",
        "nodes.evacuate",
        "runbooks.run",
    ];
    let rows: Vec<FaultRow> = fault_rows::all_rows()
        .into_iter()
        .filter(|row| ROWS.contains(&row.name) && row.has_way_back)
        .collect();
    assert_eq!(rows.len(), ROWS.len());
    table(rows, OnFailure::RollBack).await;
}

#[tokio::test]
async fn a_process_that_dies_while_guests_are_worked_on_leaves_the_truth() {
    let rows = fault_rows::power()
        .into_iter()
        .chain(fault_rows::options())
        .chain(fault_rows::life());
    deaths(rows.collect()).await;
}

#[tokio::test]
async fn a_process_that_dies_while_anything_else_is_worked_on_leaves_the_truth() {
    let rows = fault_rows::snapshots()
        .into_iter()
        .chain(fault_rows::places())
        .chain(fault_rows::composed());
    deaths(rows.collect()).await;
}

#[tokio::test]
async fn every_operation_of_several_steps_is_in_the_table_of_faults() {
    let world = World::builder().without_background().build().await;
    let rows: BTreeSet<&str> = fault_rows::all_rows().iter().map(|row| row.op).collect();
    let single: BTreeSet<&str> = SINGLE.iter().map(|(op, _)| *op).collect();
    let known: BTreeSet<&str> = rows.union(&single).copied().collect();
    let registered: BTreeSet<&str> = world
        .app
        .registry
        .entries()
        .filter(|entry| entry.kind() == Kind::Action && entry.scope == Scope::Cluster)
        .map(|entry| entry.name)
        .collect();
    assert_eq!(known, registered);
    assert_eq!(rows.intersection(&single).count(), 0);
}
