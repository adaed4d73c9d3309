//! Sign-in, cookies, CSRF, sign-out, and guessing passwords.

use serde_json::json;

use crate::world::{PASSWORD, World, send};
use server::{ServerOptions, TrustedProxies};

#[tokio::test]
async fn signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let world = World::new().await;
    let body = json!({"username": "admin@demo", "password": PASSWORD});
    let planted = "pai_session=0123456789abcdef0123456789abcdef";
    let answer = send(
        world
            .request("POST", "/api/v1/auth/login")
            .header("cookie", planted)
            .json(&body),
    )
    .await;
    let cookie = answer.header("set-cookie");
    let (pair, flags) = cookie.split_once(';').unwrap();
    assert_eq!(flags.trim(), "HttpOnly; SameSite=Lax; Path=/");
    let id = pair.strip_prefix("pai_session=").unwrap();
    assert!(id.len() >= 22 && !planted.contains(id), "{id}");
    let signed_in = answer.json();
    assert_eq!(
        (&signed_in["user"], &signed_in["role"]),
        (&json!("admin@demo"), &json!("admin"))
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn behind_a_trusted_proxy_with_tls_the_cookie_is_secure_and_its_origin_ours() {
    let options = ServerOptions {
        trusted_proxies: TrustedProxies::parse(&["127.0.0.0/8"]).unwrap(),
        ..ServerOptions::default()
    };
    let world = World::with(options).await;
    let request = world
        .request("POST", "/api/v1/auth/login")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "console.example")
        .header("origin", "https://console.example")
        .json(&json!({"username": "admin", "realm": "demo", "password": PASSWORD}));
    let answer = send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.header("set-cookie").ends_with("; Path=/; Secure"));
}

#[tokio::test]
async fn a_session_needs_its_own_csrf_token_to_change_and_none_to_look() {
    let world = World::new().await;
    let (mine, other) = (world.login().await, world.login().await);
    assert_ne!((&mine.cookie, &mine.csrf), (&other.cookie, &other.csrf));
    let post = |csrf: Option<&str>| {
        let mut request = world
            .request("POST", "/api/v1/toys/list")
            .header("cookie", &mine.cookie)
            .json(&json!({}));
        if let Some(csrf) = csrf {
            request = request.header("x-csrf-token", csrf);
        }
        send(request)
    };
    for wrong in [
        None,
        Some(""),
        Some("x"),
        Some(other.csrf.as_str()),
        Some(&mine.csrf[1..]),
    ] {
        assert_eq!(
            post(wrong).await.problem(),
            (403, "csrf".into()),
            "{wrong:?}"
        );
    }
    assert_eq!(post(Some(&mine.csrf)).await.status, 200);
    let who = send(
        world
            .request("GET", "/api/v1/auth/session")
            .header("cookie", &mine.cookie),
    )
    .await;
    assert_eq!(
        who.json(),
        json!({"user": "admin@demo", "role": "admin", "csrf_token": mine.csrf})
    );
}

#[tokio::test]
async fn a_bad_bearer_is_not_helped_by_a_good_cookie() {
    let world = World::new().await;
    let browser = world.login().await;
    let request = world
        .request("GET", "/api/v1/auth/session")
        .header("cookie", &browser.cookie);
    assert_eq!(send(request.bearer_auth("garbage")).await.problem().0, 401);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let world = World::new().await;
    let browser = world.login().await;
    let session = || {
        world
            .request("GET", "/api/v1/auth/session")
            .header("cookie", &browser.cookie)
    };
    assert_eq!(send(session()).await.status, 200);
    let out = world
        .request("POST", "/api/v1/auth/logout")
        .header("cookie", &browser.cookie)
        .header("x-csrf-token", &browser.csrf)
        .json(&json!({}));
    assert_eq!(send(out).await.status, 204);
    assert_eq!(send(session()).await.problem().0, 401);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_and_bearers_do_not_notice() {
    let world = World::new().await;
    let mut seen = Vec::new();
    for n in 0..30 {
        let body = json!({"username": "admin", "realm": "demo", "password": format!("wrong-{n}")});
        let answer = send(world.request("POST", "/api/v1/auth/login").json(&body)).await;
        seen.push(answer.problem().0);
        if answer.status == 429 {
            assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            break;
        }
    }
    assert_eq!(seen.pop(), Some(429));
    assert!(seen.iter().all(|status| *status == 401), "{seen:?}");
    assert_eq!(
        world
            .get("/api/v1/auth/session", &world.viewer)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_page_of_another_site_cannot_sign_anybody_in() {
    let world = World::new().await;
    let request = world
        .request("POST", "/api/v1/auth/login")
        .header("origin", "https://evil.example")
        .json(&json!({"username": "admin@demo", "password": PASSWORD}));
    assert_eq!(
        send(request).await.problem(),
        (403, "foreign_origin".into())
    );
}
