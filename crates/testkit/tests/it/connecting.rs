//! Connecting clusters: nothing is stored that did not answer, and two clusters stay two.

use app::{Demo, DemoOptions, NewCluster};
use ops::{Code, ports::Clock as _};
use secrecy::ExposeSecret as _;
use serde_json::json;
use sim::{Sim, SimOptions};
use store::{AuthKind, Trust};
use testkit::{Cluster, World};

fn new_cluster(id: &str, sim: &Sim) -> NewCluster {
    NewCluster {
        id: Some(id.to_owned()),
        url: sim.url(),
        auth: AuthKind::Token,
        identity: sim.token_id(),
        secret: sim.token_secret().to_owned().into(),
        trust: Trust::Fingerprint(sim.fingerprint().to_owned()),
    }
}

async fn another() -> Sim {
    let options = SimOptions {
        time_scale: 0.0,
        ..SimOptions::new(Cluster::default().build())
    };
    Sim::start(options).await.unwrap()
}

async fn connect(world: &World, new: NewCluster) -> ops::Result<app::Rights> {
    app::add_cluster(&world.app.store, new, world.clock.now()).await
}

#[tokio::test]
async fn what_cannot_be_connected_is_not_stored_and_says_why() {
    let world = World::builder().without_background().build().await;
    let sim = another().await;
    let wrong_fingerprint = Trust::Fingerprint(world.sim().fingerprint().to_owned());
    let nobody_listens = "https://127.0.0.1:1".to_owned();
    let rows: [(&str, NewCluster, Code, &str); 6] = [
        (
            "another certificate",
            NewCluster {
                trust: wrong_fingerprint,
                ..new_cluster("two", &sim)
            },
            Code::ClusterRefused,
            "fingerprint",
        ),
        (
            "a certificate that no authority signed",
            NewCluster {
                trust: Trust::System,
                ..new_cluster("two", &sim)
            },
            Code::ClusterRefused,
            "certificate",
        ),
        (
            "a wrong secret",
            NewCluster {
                secret: "wrong".to_owned().into(),
                ..new_cluster("two", &sim)
            },
            Code::ClusterRefused,
            "does not accept our credentials",
        ),
        (
            "nobody listens",
            NewCluster {
                url: nobody_listens,
                ..new_cluster("two", &sim)
            },
            Code::ClusterUnreachable,
            "cannot be reached",
        ),
        (
            "an identity that is none",
            NewCluster {
                identity: "root".to_owned(),
                ..new_cluster("two", &sim)
            },
            Code::NoCluster,
            "cannot be used",
        ),
        (
            "a name that is taken by another cluster",
            new_cluster("main", &sim),
            Code::Conflict,
            "a cluster `main` is already connected",
        ),
    ];
    for (what, new, code, words) in rows {
        let error = connect(&world, new).await.unwrap_err();
        assert_eq!(error.code, code, "{what}: {error}");
        assert!(error.message.contains(words), "{what}: {error}");
        assert!(error.hint.is_some(), "{what}: {error}");
        assert!(!error.sentence().contains(sim.token_secret()), "{what}");
    }
    let known = world.app.store.clusters().list().await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].url, world.sim().url());
}

#[tokio::test]
async fn a_cluster_is_called_as_it_calls_itself_and_may_be_connected_again() {
    let world = World::builder().without_background().build().await;
    let sim = another().await;
    let unnamed = || NewCluster {
        id: None,
        ..new_cluster("", &sim)
    };
    let rights = connect(&world, unnamed()).await.unwrap();
    assert_eq!(
        (rights.id.as_str(), rights.renewed, rights.missing.len()),
        ("lab", false, 0)
    );
    let rights = connect(&world, unnamed()).await.unwrap();
    assert_eq!((rights.id.as_str(), rights.renewed), ("lab", true));
    assert_eq!(world.app.store.clusters().list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_number_on_two_clusters_is_two_guests() {
    let world = World::builder().without_background().build().await;
    let sim = another().await;
    connect(&world, new_cluster("two", &sim)).await.unwrap();
    let error = world
        .plan("guests.stop", json!({ "guests": ["101"] }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Ambiguous);
    let references: Vec<&str> = error
        .candidates
        .iter()
        .map(|it| it["reference"].as_str().unwrap())
        .collect();
    assert_eq!(references, ["main/pve1/101", "two/pve1/101"]);
    for selector in [
        "two/101",
        "two/pve1/101",
        "101 cluster=two",
        "web-01 cluster=two",
    ] {
        let plan = world
            .plan("guests.stop", json!({ "guests": [selector] }))
            .await
            .unwrap();
        assert_eq!(plan.steps[0].target, "two/pve1/101", "{selector}");
    }
    let plan = world
        .plan("guests.stop", json!({ "guests": ["two/101"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.state, ops::RunState::Succeeded);
    assert_eq!((world.sim().calls().len(), sim.calls().len()), (0, 1));
}

#[tokio::test]
async fn a_plan_over_two_clusters_is_not_made_while_one_of_them_is_away() {
    let world = World::builder().without_background().build().await;
    let sim = another().await;
    connect(&world, new_cluster("two", &sim)).await.unwrap();
    world.query("inventory.list", json!({})).await.unwrap();
    sim.stop().await;
    world.clock.advance(std::time::Duration::from_secs(30));
    let error = world
        .plan("guests.stop", json!({ "guests": ["tag=web"] }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::ClusterUnreachable, "{error}");
    assert!(error.message.contains("cluster two"), "{error}");
    // The other one is not in its way.
    let plan = world
        .plan("guests.stop", json!({ "guests": ["main/101"] }))
        .await
        .unwrap();
    assert_eq!(plan.steps.len(), 1);
}

#[tokio::test]
async fn a_demo_that_starts_again_keeps_its_user_password_and_token() {
    let world = World::builder().without_background().build().await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let options = DemoOptions {
            sim: SimOptions::new(sim::World::seeded(3, 20, 1)),
        };
        let demo = Demo::start(&world.app.store, options, world.clock.now())
            .await
            .unwrap();
        let user = &demo.user;
        seen.push((
            user.user.clone(),
            user.password.expose_secret().to_owned(),
            user.token.expose_secret().to_owned(),
        ));
        demo.sim.stop().await;
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].0, "admin@demo");
    assert!(seen[0].2.starts_with("pai_"));
    let ids: Vec<String> = world
        .app
        .store
        .clusters()
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(ids, ["main", "demo"]);
}
