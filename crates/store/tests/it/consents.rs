//! Freezes, approvals, standing approvals and schedules across processes on one data directory.

use std::time::Duration;

use ops::{
    Actor, Freeze, Role, Surface,
    consent::{Added, Consents as _},
    ports::Ledger as _,
    run::Approval,
};
use serde_json::json;
use store::{Firing, ScheduleRow};

use crate::{
    engines::{Home, on_both},
    support::{approval, plan, start},
};

fn freeze(id: &str) -> Freeze {
    Freeze {
        id: id.to_owned(),
        reason: "smoke".to_owned(),
        by: "ann".to_owned(),
        owner: None,
        at: start(),
        until: Some(start() + Duration::from_mins(5)),
    }
}

async fn a_freeze_is_seen_by_every_process_and_there_is_one_at_a_time(home: Home) {
    let (one, other) = (home.open().await, home.open().await);
    let (first, second) = (freeze("f_1"), freeze("f_2"));
    let (a, b) = tokio::join!(one.freeze(&first), other.freeze(&second));
    assert_ne!(a.unwrap(), b.unwrap(), "one of the two froze");
    let seen = one.frozen(start()).await.unwrap().unwrap();
    assert_eq!(other.frozen(start()).await.unwrap(), Some(seen.clone()));
    let end = start() + Duration::from_mins(5);
    assert_eq!(other.frozen(end).await.unwrap(), None, "its end has come");
    assert!(other.thaw(&seen.id, "ben", start()).await.unwrap());
    assert!(!one.thaw(&seen.id, "ben", start()).await.unwrap());
    assert_eq!(one.frozen(start()).await.unwrap(), None);
}

async fn one_person_counts_once_whichever_process_keeps_the_approval(home: Home) {
    let (one, other) = (home.open().await, home.open().await);
    let plan = plan("p1");
    one.insert_plan(&plan).await.unwrap();
    let ben = approval(&plan);
    let (a, b) = tokio::join!(one.add_approval(&ben), other.add_approval(&ben));
    let kept = [a.unwrap(), b.unwrap()];
    assert!(kept.contains(&Added::Twice), "{kept:?}");
    assert!(kept.contains(&Added::Yes(vec![ben.clone()])), "{kept:?}");
    let cleo = Approval {
        by: Actor::new("cleo", Role::Operator, Surface::Web),
        ..ben.clone()
    };
    let all = other.add_approval(&cleo).await.unwrap();
    assert_eq!(all, Added::Yes(vec![ben.clone(), cleo.clone()]));
    let read = one.plan("p1").await.unwrap().unwrap();
    assert_eq!(read.approvals, [ben, cleo]);
    let elsewhere = Approval {
        plan_id: "p2".to_owned(),
        ..approval(&plan)
    };
    assert_eq!(
        one.add_approval(&elsewhere).await.unwrap(),
        Added::NoSuchPlan
    );
}

async fn of_many_processes_that_see_a_schedules_time_one_takes_it(home: Home) {
    let store = home.open().await;
    let row = ScheduleRow {
        id: "sch_1".to_owned(),
        name: "night".to_owned(),
        body: json!({ "what": "x" }),
        enabled: true,
        due_at: Some(start()),
        version: 1,
        created_at: start(),
        changed_at: start(),
    };
    store.schedules().insert(&row).await.unwrap();
    assert!(
        store.schedules().insert(&row).await.is_err(),
        "the name is taken"
    );
    let firing = Firing {
        schedule_id: row.id.clone(),
        due_at: start(),
        fired_at: start(),
        outcome: "firing".to_owned(),
        plan_id: None,
        run_id: None,
        text: String::new(),
    };
    let next = Some(start() + Duration::from_hours(1));
    let mut taken = 0;
    for _ in 0..4 {
        let process = home.open().await;
        let due = process.schedules().list_due(start(), 10).await.unwrap();
        assert_eq!(due.len(), usize::from(taken == 0));
        taken += usize::from(process.schedules().take(&row, next, &firing).await.unwrap());
    }
    assert_eq!(taken, 1);
    let ended = Firing {
        outcome: "waits".to_owned(),
        plan_id: Some("p1".to_owned()),
        ..firing
    };
    store.schedules().finish(&ended).await.unwrap();
    assert_eq!(
        store.schedules().firings("sch_1", 10).await.unwrap(),
        [ended]
    );
    let changed = ScheduleRow {
        version: 2,
        due_at: next,
        enabled: false,
        ..row.clone()
    };
    assert!(store.schedules().update(&changed, 1).await.unwrap());
    assert!(!store.schedules().update(&changed, 1).await.unwrap());
    assert_eq!(
        store.schedules().find("night").await.unwrap(),
        Some(changed)
    );
    assert!(!store.schedules().delete("sch_1", 1).await.unwrap());
    assert!(store.schedules().delete("sch_1", 2).await.unwrap());
}

on_both!(
    one: [
    ],
    several: [
        a_freeze_is_seen_by_every_process_and_there_is_one_at_a_time,
        one_person_counts_once_whichever_process_keeps_the_approval,
        of_many_processes_that_see_a_schedules_time_one_takes_it,
    ]
);
