//! Connected clusters and their secrets.

use secrecy::{ExposeSecret as _, SecretString};
use store::{AuthKind, ClusterRow, Error, Store, Trust};

use crate::{
    engines::{Home, on_both},
    support::start,
};

fn cluster(id: &str, trust: Trust) -> ClusterRow {
    ClusterRow {
        id: id.to_owned(),
        url: "https://192.0.2.1:8006".to_owned(),
        auth: AuthKind::Token,
        identity: "root@pam!ai".to_owned(),
        trust,
        created_at: start(),
    }
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

async fn secret_of(store: &Store, id: &str) -> Option<String> {
    store
        .clusters()
        .secret(id)
        .await
        .unwrap()
        .map(|secret| secret.expose_secret().to_owned())
}

async fn clusters_come_back_with_each_kind_of_trust(home: Home) {
    let store = home.open().await;
    let rows = [
        cluster("a", Trust::Fingerprint("AA:BB".to_owned())),
        cluster("b", Trust::CaPem("-----BEGIN CERTIFICATE-----".to_owned())),
        ClusterRow {
            auth: AuthKind::Password,
            ..cluster("C.1_x-y", Trust::System)
        },
    ];
    for row in &rows {
        store.clusters().add(row, &secret(&row.id)).await.unwrap();
    }
    let listed = store.clusters().list().await.unwrap();
    assert_eq!(listed, [rows[2].clone(), rows[0].clone(), rows[1].clone()]);
    assert_eq!(
        store.clusters().get("b").await.unwrap(),
        Some(rows[1].clone())
    );
    assert_eq!(store.clusters().get("x").await.unwrap(), None);
    assert_eq!(secret_of(&store, "a").await.as_deref(), Some("a"));
}

async fn a_taken_id_changes_neither_cluster_nor_secret(home: Home) {
    let store = home.open().await;
    store
        .clusters()
        .add(&cluster("a", Trust::System), &secret("one"))
        .await
        .unwrap();
    let error = store
        .clusters()
        .add(&cluster("a", Trust::System), &secret("two"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "there is already a cluster `a`");
    assert_eq!(secret_of(&store, "a").await.as_deref(), Some("one"));
}

async fn a_cluster_is_given_another_url_and_token_but_keeps_its_birthday(home: Home) {
    let store = home.open().await;
    store
        .clusters()
        .add(&cluster("a", Trust::System), &secret("one"))
        .await
        .unwrap();
    let changed = ClusterRow {
        url: "https://192.0.2.2:8006".to_owned(),
        created_at: start() + std::time::Duration::from_secs(9),
        ..cluster("a", Trust::Fingerprint("CC".to_owned()))
    };
    store
        .clusters()
        .update(&changed, &secret("two"))
        .await
        .unwrap();
    let expected = ClusterRow {
        created_at: start(),
        ..changed
    };
    assert_eq!(store.clusters().get("a").await.unwrap(), Some(expected));
    assert_eq!(secret_of(&store, "a").await.as_deref(), Some("two"));
    let unknown = store
        .clusters()
        .update(&cluster("b", Trust::System), &secret("x"))
        .await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    assert_eq!(secret_of(&store, "b").await, None);
}

async fn a_removed_cluster_takes_its_secret_along(home: Home) {
    let store = home.open().await;
    store
        .clusters()
        .add(&cluster("a", Trust::System), &secret("one"))
        .await
        .unwrap();
    assert!(store.clusters().remove("a").await.unwrap());
    assert!(!store.clusters().remove("a").await.unwrap());
    assert_eq!(store.clusters().list().await.unwrap(), []);
    assert_eq!(
        store.secrets().list_names().await.unwrap(),
        Vec::<String>::new()
    );
}

async fn an_id_that_does_not_fit_into_a_selector_is_refused(home: Home) {
    let store = home.open().await;
    for id in ["", "a/b", "a b", "-a", "é", &"x".repeat(65)] {
        let added = store
            .clusters()
            .add(&cluster(id, Trust::System), &secret("s"))
            .await;
        assert!(matches!(added, Err(Error::Invalid { .. })), "{id}");
    }
    assert_eq!(
        store.secrets().list_names().await.unwrap(),
        Vec::<String>::new()
    );
}

on_both!(
    one: [
        clusters_come_back_with_each_kind_of_trust,
        a_taken_id_changes_neither_cluster_nor_secret,
        a_cluster_is_given_another_url_and_token_but_keeps_its_birthday,
        an_id_that_does_not_fit_into_a_selector_is_refused,
    ],
    several: [
        a_removed_cluster_takes_its_secret_along,
    ]
);
