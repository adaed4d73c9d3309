//! Secrets at rest: readable with the right key under the right name, and in no other way.

use secrecy::{ExposeSecret as _, SecretString};
use store::{Error, SecretKey, Store};
use zeroize::Zeroizing;

use crate::engines::{Home, on_both};

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

async fn read(store: &Store, name: &str) -> Option<String> {
    store
        .secrets()
        .get(name)
        .await
        .unwrap()
        .map(|secret| secret.expose_secret().to_owned())
}

fn bytes(byte: u8) -> SecretKey {
    SecretKey::Bytes(Zeroizing::new([byte; 32]))
}

async fn a_secret_comes_back_is_replaced_listed_and_deleted(home: Home) {
    let store = home.open().await;
    let secrets = store.secrets();
    secrets.put("b", &secret("one")).await.unwrap();
    secrets.put("a", &secret("")).await.unwrap();
    secrets.put("b", &secret("two")).await.unwrap();
    assert_eq!(read(&store, "b").await.as_deref(), Some("two"));
    assert_eq!(read(&store, "a").await.as_deref(), Some(""));
    assert_eq!(read(&store, "c").await, None);
    assert_eq!(secrets.list_names().await.unwrap(), ["a", "b"]);
    assert!(secrets.delete("b").await.unwrap());
    assert!(!secrets.delete("b").await.unwrap());
    assert_eq!(read(&store, "b").await, None);
}

async fn the_key_is_made_once_and_opens_the_secrets_again(home: Home) {
    let store = home.open().await;
    let path = home.path().join("secret.key");
    assert!(!path.exists());
    store
        .secrets()
        .put("a", &secret("hidden words"))
        .await
        .unwrap();
    let key = std::fs::read(&path).unwrap();
    assert_eq!(key.len(), 32);
    store.close().await;
    let store = home.open().await;
    assert_eq!(read(&store, "a").await.as_deref(), Some("hidden words"));
    assert_eq!(std::fs::read(&path).unwrap(), key);
    for entry in std::fs::read_dir(home.path()).unwrap() {
        let file = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!file.windows(12).any(|window| window == b"hidden words"));
    }
}

async fn a_wrong_key_says_so_and_stores_nothing(home: Home) {
    let store = home.open_with(bytes(1)).await;
    store.secrets().put("a", &secret("x")).await.unwrap();
    let other = home.open_with(bytes(2)).await;
    assert!(matches!(
        other.secrets().get("a").await,
        Err(Error::WrongKey)
    ));
    assert!(matches!(
        other.secrets().check_key().await,
        Err(Error::WrongKey)
    ));
    let error = other.secrets().put("b", &secret("y")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the secret key does not fit the stored secrets; set `secrets.key_file` to the key they \
         were stored with, or restore `secret.key`"
    );
    assert_eq!(store.secrets().list_names().await.unwrap(), ["a"]);
}

async fn a_lost_key_is_not_replaced_by_a_new_one(home: Home) {
    home.open()
        .await
        .secrets()
        .put("a", &secret("x"))
        .await
        .unwrap();
    std::fs::remove_file(home.path().join("secret.key")).unwrap();
    let store = home.open().await;
    assert!(matches!(
        store.secrets().get("a").await,
        Err(Error::KeyMissing { .. })
    ));
    assert!(!home.path().join("secret.key").exists());
}

async fn a_key_file_of_ones_own_is_used_and_must_exist_and_fit(home: Home) {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("my.key");
    let store = home.open_with(SecretKey::File(path.clone())).await;
    assert!(matches!(
        store.secrets().check_key().await,
        Err(Error::KeyFile { .. })
    ));
    std::fs::write(&path, "too short").unwrap();
    assert!(matches!(
        store.secrets().check_key().await,
        Err(Error::KeyLength { .. })
    ));
    std::fs::write(&path, "0f".repeat(32)).unwrap();
    store.secrets().put("a", &secret("x")).await.unwrap();
    assert!(!home.path().join("secret.key").exists());
    let same = home.open_with(bytes(0x0f)).await;
    assert_eq!(read(&same, "a").await.as_deref(), Some("x"));
}

async fn a_secret_moved_to_another_name_or_altered_is_not_opened(home: Home) {
    let store = home.open().await;
    store.secrets().put("viewer", &secret("x")).await.unwrap();
    store.secrets().put("admin", &secret("y")).await.unwrap();
    home.execute(
        "UPDATE secrets SET (nonce, ciphertext) = \
         (SELECT nonce, ciphertext FROM secrets WHERE name = 'admin') WHERE name = 'viewer'",
    )
    .await;
    let error = store.secrets().get("viewer").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the stored secret `viewer` is damaged; store it again"
    );
    home.execute("UPDATE secrets SET nonce = ciphertext").await;
    assert!(matches!(
        store.secrets().get("admin").await,
        Err(Error::DamagedSecret { .. })
    ));
}

on_both!(
    one: [
        a_secret_comes_back_is_replaced_listed_and_deleted,
    ],
    several: [
        the_key_is_made_once_and_opens_the_secrets_again,
        a_wrong_key_says_so_and_stores_nothing,
        a_lost_key_is_not_replaced_by_a_new_one,
        a_key_file_of_ones_own_is_used_and_must_exist_and_fit,
        a_secret_moved_to_another_name_or_altered_is_not_opened,
    ]
);
