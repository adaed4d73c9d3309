//! Second factors: how they are made, the two steps of a login, and what wrong ones lock.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::client::{Answer, Rig, noon, options, small_world};
use sim::World;

/// The key of RFC 6238, in the spelling of addresses and as bytes.
const ADDRESS: &str = "otpauth://totp/sim:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=sim";
const KEY: &[u8] = b"12345678901234567890";

/// The one-time password of an instant, as a telephone computes it.
fn code(at_s: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(KEY).unwrap();
    mac.update(&(at_s / 30).to_be_bytes());
    let bytes = mac.finalize().into_bytes();
    let at = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

/// A simulator where ann@pve has a password, root is signed in with a ticket.
async fn rig() -> Rig {
    let mut rig = Rig::start(options(World::from_json(&small_world(&json!({}))).unwrap())).await;
    let ann = [("userid", "ann@pve"), ("password", "ann-secret")];
    assert_eq!(rig.post("/access/users", &ann).await.status, 200);
    sign_in_as(&mut rig, "root@pam", "secret").await;
    rig
}

async fn sign_in_as(rig: &mut Rig, user: &str, password: &str) {
    rig.with_headers(Vec::new());
    let answer = log_in(rig, user, password).await;
    let text = |key: &str| answer.data()[key].as_str().unwrap().to_owned();
    rig.with_headers(vec![
        ("cookie", format!("PVEAuthCookie={}", text("ticket"))),
        ("CSRFPreventionToken", text("CSRFPreventionToken")),
    ]);
}

async fn log_in(rig: &Rig, user: &str, password: &str) -> Answer {
    rig.post(
        "/access/ticket",
        &[("username", user), ("password", password)],
    )
    .await
}

/// The second step with that answer to the challenge of the first.
async fn second_step(rig: &Rig, given: &str) -> Answer {
    let first = log_in(rig, "ann@pve", "ann-secret").await;
    assert_eq!(first.data()["NeedTFA"], 1, "{first:?}");
    let form = [
        ("username", "ann@pve"),
        ("tfa-challenge", first.data()["ticket"].as_str().unwrap()),
        ("password", given),
    ];
    rig.post("/access/ticket", &form).await
}

async fn challenge(rig: &Rig) -> Value {
    let first = log_in(rig, "ann@pve", "ann-secret").await;
    let ticket = first.data()["ticket"].as_str().unwrap();
    let escaped = ticket.strip_prefix("PVE:!tfa!").unwrap();
    let escaped = escaped.split(':').next().unwrap();
    let text = percent_encoding::percent_decode_str(escaped)
        .decode_utf8()
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn add_totp(rig: &Rig) {
    let now = code(noon().as_second());
    let form = [
        ("type", "totp"),
        ("description", "telephone"),
        ("totp", ADDRESS),
        ("value", now.as_str()),
    ];
    let added = rig.post("/access/tfa/ann@pve", &form).await;
    assert_eq!(added.status, 200, "{added:?}");
}

async fn add_keys(rig: &Rig) -> Vec<String> {
    let added = rig
        .post("/access/tfa/ann@pve", &[("type", "recovery")])
        .await;
    let keys = added.data()["recovery"].as_array().unwrap().iter();
    keys.map(|key| key.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_login_with_two_factors_takes_two_steps_and_a_code_counts_once() {
    let rig = rig().await;
    assert_eq!(
        log_in(&rig, "ann@pve", "ann-secret").await.data()["NeedTFA"],
        Value::Null
    );
    add_totp(&rig).await;
    rig.wait_s(60);
    let now = code(noon().as_second() + 60);
    assert_eq!(challenge(&rig).await, json!({"totp": true}));
    let good = second_step(&rig, &format!("totp:{now}")).await;
    assert_eq!(good.status, 200, "{good:?}");
    assert_eq!(good.data()["username"], "ann@pve");
    assert_eq!(good.data()["NeedTFA"], Value::Null);
    assert!(good.data()["cap"].is_object(), "{good:?}");
    let again = second_step(&rig, &format!("totp:{now}")).await;
    assert_eq!(
        (again.status, again.reason.as_str()),
        (401, "authentication failure")
    );
    // In one step, with the next code.
    rig.wait_s(30);
    let next = format!("totp:{}", code(noon().as_second() + 90));
    let form = [
        ("username", "ann@pve"),
        ("password", "ann-secret"),
        ("otp", next.as_str()),
    ];
    let one_step = rig.post("/access/ticket", &form).await;
    assert!(one_step.data()["cap"].is_object(), "{one_step:?}");
}

#[tokio::test]
async fn half_a_ticket_opens_nothing_and_is_the_users_alone() {
    let mut rig = rig().await;
    add_totp(&rig).await;
    rig.wait_s(60);
    let first = log_in(&rig, "ann@pve", "ann-secret").await;
    let half = first.data()["ticket"].as_str().unwrap().to_owned();
    let now = format!("totp:{}", code(noon().as_second() + 60));
    let as_other = [
        ("username", "root@pam"),
        ("tfa-challenge", half.as_str()),
        ("password", now.as_str()),
    ];
    assert_eq!(rig.post("/access/ticket", &as_other).await.status, 401);
    rig.with_headers(vec![("cookie", format!("PVEAuthCookie={half}"))]);
    let refused = rig.get("/version").await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (401, "No ticket")
    );
}

#[tokio::test]
async fn a_recovery_key_counts_once_and_the_others_keep_their_places() {
    let rig = rig().await;
    let keys = add_keys(&rig).await;
    assert_eq!(keys.len(), 10);
    let twice = rig
        .post("/access/tfa/ann@pve", &[("type", "recovery")])
        .await;
    assert_eq!(twice.reason, "user already has recovery keys");
    assert_eq!(
        challenge(&rig).await,
        json!({"recovery": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]})
    );
    let key = format!("recovery:{}", keys[3]);
    assert_eq!(second_step(&rig, &key).await.status, 200);
    assert_eq!(second_step(&rig, &key).await.status, 401);
    assert_eq!(
        challenge(&rig).await,
        json!({"recovery": [0, 1, 2, 4, 5, 6, 7, 8, 9]})
    );
    // An empty answer is no used key.
    assert_eq!(second_step(&rig, "recovery:").await.status, 401);
    let kinds = rig.get("/access/users/ann@pve/tfa?multiple=1").await;
    assert_eq!(kinds.data(), &json!({"types": ["recovery"]}));
}

#[tokio::test]
async fn eight_wrong_codes_lock_one_time_passwords_until_a_recovery_key_is_used() {
    let rig = rig().await;
    add_totp(&rig).await;
    let keys = add_keys(&rig).await;
    for _ in 0..8 {
        assert_eq!(second_step(&rig, "totp:000000").await.status, 401);
    }
    rig.wait_s(60);
    let locked = rig.get("/access/tfa").await;
    assert_eq!(locked.data()[0]["totp-locked"], 1);
    let right = format!("totp:{}", code(noon().as_second() + 60));
    assert_eq!(second_step(&rig, &right).await.status, 401);
    let key = format!("recovery:{}", keys[0]);
    assert_eq!(second_step(&rig, &key).await.status, 200);
    assert_eq!(second_step(&rig, &right).await.status, 200);
    assert_eq!(
        rig.get("/access/tfa").await.data()[0]["totp-locked"],
        Value::Null
    );
}

#[tokio::test]
async fn a_hundred_wrong_answers_lock_all_factors_for_an_hour_or_until_unlocked() {
    let rig = rig().await;
    let keys = add_keys(&rig).await;
    let lock = async || {
        for _ in 0..100 {
            assert_eq!(second_step(&rig, "recovery:wrong").await.status, 401);
        }
    };
    lock().await;
    let key = |number: usize| format!("recovery:{}", keys[number]);
    assert_eq!(second_step(&rig, &key(0)).await.status, 401);
    let until = rig.get("/access/tfa").await;
    assert_eq!(
        until.data()[0]["tfa-locked-until"],
        noon().as_second() + 3600
    );
    rig.wait_s(3600);
    assert_eq!(second_step(&rig, &key(0)).await.status, 200);
    lock().await;
    let unlock = "/access/users/ann@pve/unlock-tfa";
    assert_eq!(rig.put(unlock, &[]).await.data(), &json!(1));
    assert_eq!(rig.put(unlock, &[]).await.data(), &json!(0));
    assert_eq!(second_step(&rig, &key(1)).await.status, 200);
}

#[tokio::test]
async fn who_changes_factors_proves_it_with_the_own_password() {
    let mut rig = rig().await;
    add_totp(&rig).await;
    rig.wait_s(60);
    let now = format!("totp:{}", code(noon().as_second() + 60));
    let answer = second_step(&rig, &now).await;
    let text = |key: &str| answer.data()[key].as_str().unwrap().to_owned();
    rig.with_headers(vec![
        ("cookie", format!("PVEAuthCookie={}", text("ticket"))),
        ("CSRFPreventionToken", text("CSRFPreventionToken")),
    ]);
    let path = "/access/tfa/ann@pve";
    let recovery = |password: Option<&'static str>| {
        let mut form = vec![("type", "recovery")];
        form.extend(password.map(|password| ("password", password)));
        form
    };
    let bare = rig.post(path, &recovery(None)).await;
    assert_eq!(
        bare.error("password"),
        "password is required to modify user"
    );
    assert_eq!(
        rig.post(path, &recovery(Some("wrong-secret"))).await.status,
        401
    );
    assert_eq!(
        rig.post(path, &recovery(Some("ann-secret"))).await.status,
        200
    );
    let of_root = rig
        .post("/access/tfa/root@pam", &recovery(Some("ann-secret")))
        .await;
    assert_eq!(of_root.status, 403);
    let missing = rig.get(&format!("{path}/nosuch")).await;
    assert_eq!(
        (missing.status, missing.reason.as_str()),
        (404, "No such tfa entry 'nosuch'")
    );
}

#[tokio::test]
async fn what_cannot_be_a_factor_is_refused_in_the_words_of_pve() {
    let rig = rig().await;
    let now = code(noon().as_second());
    for (form, status, reason) in [
        (
            vec![("type", "totp"), ("description", "x")],
            500,
            "'totp' type requires both 'totp' and 'value' parameters",
        ),
        (
            vec![("type", "totp"), ("totp", ADDRESS), ("value", &now)],
            500,
            "'description' is required for new entries",
        ),
        (
            vec![
                ("type", "totp"),
                ("description", "x"),
                ("totp", ADDRESS),
                ("value", "000000"),
            ],
            500,
            "failed to verify TOTP challenge",
        ),
        (
            vec![("type", "recovery"), ("value", "x")],
            500,
            "generating recovery tokens does not allow additional parameters",
        ),
        (
            vec![("type", "webauthn"), ("description", "key")],
            501,
            "second factors of type 'webauthn' are not simulated",
        ),
    ] {
        let refused = rig.post("/access/tfa/ann@pve", &form).await;
        assert_eq!((refused.status, refused.reason.as_str()), (status, reason));
    }
    assert_eq!(rig.get("/access/tfa").await.data(), &json!([]));
}
