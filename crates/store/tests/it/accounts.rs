//! Sign-in, sessions and tokens, on a clock that is turned by hand.

use std::{sync::Arc, time::Duration};

use ops::{
    Actor, Code, Role, Surface,
    ports::{Accounts as _, Clock as _, LoginError, ManualClock},
};
use store::{OpenOptions, Store};

use crate::{
    engines::{Home, on_both},
    support::{clock, raw, start},
};

const RIGHT: &str = "correct horse";
const WRONG: &str = "correct house";

async fn with_ann(home: &Home) -> (Arc<ManualClock>, Store) {
    let clock = clock();
    let store = home.open_at(&clock).await;
    store
        .create_user("ann", Role::Operator, RIGHT)
        .await
        .unwrap();
    (clock, store)
}

async fn wrong(store: &Store, user: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(
            store.login(user, WRONG).await.unwrap_err(),
            LoginError::Wrong
        );
    }
}

async fn a_right_password_opens_a_session_and_a_wrong_one_does_not(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    let login = store.login("ann", RIGHT).await.unwrap();
    assert_eq!(
        (login.session.user.as_str(), login.session.role),
        ("ann", Role::Operator)
    );
    let session = store.session(&login.id).await.unwrap().unwrap();
    assert_eq!(session.user, "ann");
    assert_eq!(session.role, Role::Operator);
    assert_eq!(session.csrf_token, login.session.csrf_token);
    wrong(&store, "ann", 1).await;
    wrong(&store, "nobody", 1).await;
    assert!(store.session("made up").await.unwrap().is_none());
}

async fn each_login_has_its_own_id_and_csrf_token_of_256_bits(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    let one = store.login("ann", RIGHT).await.unwrap();
    let two = store.login("ann", RIGHT).await.unwrap();
    assert_ne!(one.id, two.id);
    assert_ne!(one.session.csrf_token, two.session.csrf_token);
    assert_eq!((one.id.len(), one.session.csrf_token.len()), (43, 43));
}

async fn a_logout_ends_its_session_alone_and_at_once(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    let one = store.login("ann", RIGHT).await.unwrap();
    let two = store.login("ann", RIGHT).await.unwrap();
    store.logout(&one.id).await.unwrap();
    store.logout(&one.id).await.unwrap();
    assert!(store.session(&one.id).await.unwrap().is_none());
    assert!(store.session(&two.id).await.unwrap().is_some());
}

async fn an_unused_session_ends_after_twelve_hours(home: Home) {
    let (clock, store) = with_ann(&home).await;
    let login = store.login("ann", RIGHT).await.unwrap();
    clock.advance(Duration::from_hours(12) - Duration::from_secs(1));
    assert!(store.session(&login.id).await.unwrap().is_some());
    clock.advance(Duration::from_hours(12) - Duration::from_secs(1));
    assert!(store.session(&login.id).await.unwrap().is_some());
    clock.advance(Duration::from_hours(12));
    assert!(store.session(&login.id).await.unwrap().is_none());
}

async fn a_used_session_ends_after_seven_days(home: Home) {
    let (clock, store) = with_ann(&home).await;
    let login = store.login("ann", RIGHT).await.unwrap();
    for _ in 0..27 {
        clock.advance(Duration::from_hours(6));
        assert!(
            store.session(&login.id).await.unwrap().is_some(),
            "{}",
            clock.now()
        );
    }
    clock.advance(Duration::from_hours(6));
    assert!(store.session(&login.id).await.unwrap().is_none());
}

async fn ten_wrong_passwords_lock_a_name_for_a_minute_even_for_the_right_one(home: Home) {
    let (clock, store) = with_ann(&home).await;
    store.create_user("ben", Role::Viewer, RIGHT).await.unwrap();
    wrong(&store, "ann", 10).await;
    clock.advance(Duration::from_secs(15));
    let refused = store.login("ann", RIGHT).await.unwrap_err();
    assert_eq!(refused, LoginError::TooMany { retry_after_s: 45 });
    store.login("ben", RIGHT).await.unwrap();
    clock.advance(Duration::from_secs(45));
    store.login("ann", RIGHT).await.unwrap();
}

async fn a_right_password_starts_the_count_again(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    wrong(&store, "ann", 9).await;
    store.login("ann", RIGHT).await.unwrap();
    wrong(&store, "ann", 9).await;
    store.login("ann", RIGHT).await.unwrap();
}

async fn thirty_wrong_passwords_for_any_names_lock_the_sign_in_but_not_tokens(home: Home) {
    let (clock, store) = with_ann(&home).await;
    let token = store
        .create_token("ci", Role::Viewer, true, "ann")
        .await
        .unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        wrong(&store, name, 6).await;
    }
    let refused = store.login("ann", RIGHT).await.unwrap_err();
    assert_eq!(refused, LoginError::TooMany { retry_after_s: 60 });
    assert!(store.token(&token.token).await.unwrap().is_some());
    clock.advance(Duration::from_mins(1));
    store.login("ann", RIGHT).await.unwrap();
}

async fn a_flood_of_guesses_at_once_is_counted_one_by_one(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let store = store.clone();
        guesses.spawn(async move { store.login("ann", WRONG).await.unwrap_err() });
    }
    let outcomes = guesses.join_all().await;
    let wrong = outcomes
        .iter()
        .filter(|outcome| **outcome == LoginError::Wrong)
        .count();
    assert_eq!((wrong, outcomes.len()), (10, 40));
}

async fn a_password_has_at_least_eight_characters(home: Home) {
    let store = home.open().await;
    let error = store
        .create_user("ann", Role::Admin, "seven77")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::InvalidInput,
            "the password is too short: it needs at least 8 characters"
        )
    );
    store
        .create_user("ann", Role::Admin, "eight888")
        .await
        .unwrap();
    store
        .create_user("ben", Role::Viewer, "пароль88")
        .await
        .unwrap();
    let error = store
        .create_user("eve", Role::Viewer, &"x".repeat(1025))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::InvalidInput);
    assert_eq!(
        store.users().await.unwrap(),
        [
            ("ann".to_owned(), Role::Admin),
            ("ben".to_owned(), Role::Viewer)
        ]
    );
}

async fn a_user_name_is_given_once_and_is_plain(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    let error = store
        .create_user("ann", Role::Admin, RIGHT)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Conflict, "there is already a user `ann`")
    );
    store
        .create_user("admin@demo", Role::Admin, RIGHT)
        .await
        .unwrap();
    for name in ["", " ann", "a\nb", "a\u{202e}b", "../x", &"x".repeat(65)] {
        let error = store
            .create_user(name, Role::Admin, RIGHT)
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::InvalidInput, "{name:?}");
    }
}

async fn a_new_password_ends_the_sessions_and_the_old_password(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    let login = store.login("ann", RIGHT).await.unwrap();
    store.set_password("ann", "battery staple").await.unwrap();
    assert!(store.session(&login.id).await.unwrap().is_none());
    wrong(&store, "ann", 1).await;
    assert_eq!(
        store.login("ann", RIGHT).await.unwrap_err(),
        LoginError::Wrong
    );
    store.login("ann", "battery staple").await.unwrap();
    assert!(
        store
            .set_password("nobody", "battery staple")
            .await
            .is_err()
    );
}

async fn a_deleted_user_is_signed_out(home: Home) {
    let (_clock, store) = with_ann(&home).await;
    let login = store.login("ann", RIGHT).await.unwrap();
    assert!(store.delete_user("ann").await.unwrap());
    assert!(!store.delete_user("ann").await.unwrap());
    assert!(store.session(&login.id).await.unwrap().is_none());
    assert_eq!(
        store.login("ann", RIGHT).await.unwrap_err(),
        LoginError::Wrong
    );
}

async fn a_token_stands_for_an_actor_and_an_altered_one_for_nobody(home: Home) {
    let store = home.open().await;
    let ci = store
        .create_token("ci", Role::Operator, false, "ann")
        .await
        .unwrap();
    assert!(ci.token.starts_with("pai_"), "{}", ci.token);
    assert_eq!(ci.token.len(), 47);
    let expected = Actor {
        may_approve: false,
        owner: Some("ann".to_owned()),
        ..Actor::new("ci", Role::Operator, Surface::Api)
    };
    assert_eq!(store.token(&ci.token).await.unwrap(), Some(expected));
    let admin = store
        .create_token("ops", Role::Admin, true, "ann")
        .await
        .unwrap();
    assert_eq!(
        store.token(&admin.token).await.unwrap(),
        Some(Actor {
            owner: Some("ann".to_owned()),
            ..Actor::new("ops", Role::Admin, Surface::Api)
        })
    );
    for altered in [
        format!("{}A", ci.token),
        ci.token[1..].to_owned(),
        ci.token.to_uppercase(),
    ] {
        assert_eq!(store.token(&altered).await.unwrap(), None, "{altered}");
    }
    // The last of 43 characters holds two bits that decode to nothing.
    let (head, last) = ci.token.split_at(46);
    for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
        if last != other.to_string() {
            assert_eq!(store.token(&format!("{head}{other}")).await.unwrap(), None);
        }
    }
}

async fn the_use_of_a_token_is_noted_at_most_once_a_minute(home: Home) {
    let clock = clock();
    let store = home.open_at(&clock).await;
    let token = store
        .create_token("ci", Role::Viewer, true, "ann")
        .await
        .unwrap();
    let mut noted = Vec::new();
    for wait_s in [0, 30, 40] {
        clock.advance(Duration::from_secs(wait_s));
        store.token(&token.token).await.unwrap().unwrap();
        noted.push(store.list_tokens().await.unwrap()[0].last_used_at.unwrap());
    }
    let after_s = |seconds: u64| start() + Duration::from_secs(seconds);
    assert_eq!(noted, [after_s(0), after_s(0), after_s(70)]);
}

async fn a_deleted_token_is_useless_at_once(home: Home) {
    let store = home.open().await;
    let token = store
        .create_token("ci", Role::Viewer, true, "ann")
        .await
        .unwrap();
    assert!(store.delete_token(&token.id).await.unwrap());
    assert!(!store.delete_token(&token.id).await.unwrap());
    assert_eq!(store.token(&token.token).await.unwrap(), None);
    assert_eq!(store.list_tokens().await.unwrap(), []);
}

#[tokio::test]
async fn neither_passwords_nor_session_ids_nor_tokens_lie_in_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), OpenOptions::new(clock()))
        .await
        .unwrap();
    store.create_user("ann", Role::Admin, RIGHT).await.unwrap();
    let login = store.login("ann", RIGHT).await.unwrap();
    let token = store
        .create_token("ci", Role::Viewer, true, "ann")
        .await
        .unwrap();
    for name in ["proxmox-ai.db", "proxmox-ai.db-wal"] {
        let bytes = std::fs::read(dir.path().join(name)).unwrap();
        for secret in [RIGHT, &login.id, &token.token, &token.token[4..]] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{name} holds {secret}");
        }
    }
    let raw = raw(dir.path()).await;
    let hash: String = sqlx::query_scalar("SELECT password_hash FROM users")
        .fetch_one(&raw)
        .await
        .unwrap();
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
}

on_both!(
    one: [
        a_right_password_opens_a_session_and_a_wrong_one_does_not,
        each_login_has_its_own_id_and_csrf_token_of_256_bits,
        a_logout_ends_its_session_alone_and_at_once,
        an_unused_session_ends_after_twelve_hours,
        a_used_session_ends_after_seven_days,
        ten_wrong_passwords_lock_a_name_for_a_minute_even_for_the_right_one,
        a_right_password_starts_the_count_again,
        thirty_wrong_passwords_for_any_names_lock_the_sign_in_but_not_tokens,
        a_flood_of_guesses_at_once_is_counted_one_by_one,
        a_password_has_at_least_eight_characters,
        a_user_name_is_given_once_and_is_plain,
        a_new_password_ends_the_sessions_and_the_old_password,
        a_deleted_user_is_signed_out,
        a_token_stands_for_an_actor_and_an_altered_one_for_nobody,
        the_use_of_a_token_is_noted_at_most_once_a_minute,
        a_deleted_token_is_useless_at_once,
    ],
    several: [
    ]
);
