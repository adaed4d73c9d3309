//! Realms, and sign-in through OpenID against the simulator's own issuer.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::client::{Answer, Rig, client, options, small_world};
use sim::World;

const BACK: &str = "https://console.test/back";

async fn rig() -> Rig {
    Rig::start(options(World::from_json(&small_world(&json!({}))).unwrap())).await
}

async fn with_realm(more: &[(&str, &str)]) -> Rig {
    let rig = rig().await;
    let issuer = format!("{}/sim/openid", rig.sim.url());
    let mut form = vec![
        ("realm", "sso"),
        ("type", "openid"),
        ("issuer-url", issuer.as_str()),
        ("client-id", "console"),
        ("client-key", "a-key-of-the-client"),
        ("username-claim", "username"),
    ];
    form.extend(more);
    let made = rig.post("/access/domains", &form).await;
    assert_eq!(made.status, 200, "{made:?}");
    rig
}

async fn address(rig: &Rig, realm: &str) -> Answer {
    let form = [("realm", realm), ("redirect-url", BACK)];
    rig.post("/access/openid/auth-url", &form).await
}

/// The browser says who it is; it is sent back with these fields.
async fn sign_in_at(address: &str, person: &str) -> Vec<(String, String)> {
    let answer = client()
        .get(format!("{address}&{person}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 302);
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with(BACK), "{back}");
    let url = reqwest::Url::parse(&back).unwrap();
    url.query_pairs().into_owned().collect()
}

fn field(fields: &[(String, String)], name: &str) -> String {
    let found = fields.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// The whole way of a person through a browser.
async fn go_through(rig: &Rig, person: &str) -> Answer {
    let address = address(rig, "sso").await;
    let fields = sign_in_at(address.data().as_str().unwrap(), person).await;
    let (state, code) = (field(&fields, "state"), field(&fields, "code"));
    let form = [
        ("state", state.as_str()),
        ("code", code.as_str()),
        ("redirect-url", BACK),
    ];
    rig.post("/access/openid/login", &form).await
}

#[tokio::test]
async fn a_person_of_the_issuer_becomes_a_user_and_holds_a_ticket() {
    let mut rig = with_realm(&[("autocreate", "1")]).await;
    let person = "username=ann&email=ann%40example.com&given_name=Ann&family_name=Lee";
    let answer = go_through(&rig, person).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.data()["username"], "ann@sso");
    let user = rig.get("/access/users/ann@sso").await;
    assert_eq!(
        [
            &user.data()["email"],
            &user.data()["firstname"],
            &user.data()["lastname"]
        ],
        ["ann@example.com", "Ann", "Lee"]
    );
    let users = rig.get("/access/users").await;
    let row = users.data().as_array().unwrap().iter();
    let row = row.clone().find(|row| row["userid"] == "ann@sso").unwrap();
    assert_eq!(row["realm-type"], "openid");
    let ticket = answer.data()["ticket"].as_str().unwrap().to_owned();
    rig.with_headers(vec![("cookie", format!("PVEAuthCookie={ticket}"))]);
    assert_eq!(rig.get("/version").await.status, 200);
}

#[tokio::test]
async fn who_has_no_account_is_refused_without_a_reason() {
    let rig = with_realm(&[]).await;
    let answer = go_through(&rig, "username=ann").await;
    assert_eq!(
        (answer.status, answer.body),
        (
            401,
            json!({"data": null, "message": "authentication failure\n"})
        )
    );
    let journal = rig.get("/nodes/pve1/syslog?limit=500").await;
    assert!(
        journal.text.contains("no such user ('ann@sso')"),
        "{}",
        journal.text
    );
    rig.post("/access/users", &[("userid", "ann@sso")]).await;
    assert_eq!(go_through(&rig, "username=ann").await.status, 200);
    rig.put("/access/users/ann@sso", &[("enable", "0")]).await;
    assert_eq!(go_through(&rig, "username=ann").await.status, 401);
}

#[tokio::test]
async fn a_code_and_a_state_count_once_and_for_a_while() {
    let rig = with_realm(&[("autocreate", "1")]).await;
    let login = async |fields: &[(String, String)], back: &str| {
        let (state, code) = (field(fields, "state"), field(fields, "code"));
        let form = [
            ("state", state.as_str()),
            ("code", code.as_str()),
            ("redirect-url", back),
        ];
        rig.post("/access/openid/login", &form).await.status
    };
    let sent = async || {
        address(&rig, "sso")
            .await
            .data()
            .as_str()
            .unwrap()
            .to_owned()
    };
    let fields = sign_in_at(&sent().await, "username=ann").await;
    assert_eq!(login(&fields, BACK).await, 200);
    assert_eq!(login(&fields, BACK).await, 401);
    let elsewhere = sign_in_at(&sent().await, "username=ann").await;
    assert_eq!(login(&elsewhere, "https://other.test").await, 401);
    let late = sign_in_at(&sent().await, "username=ann").await;
    rig.wait_s(61);
    assert_eq!(login(&late, BACK).await, 401);
}

#[tokio::test]
async fn groups_of_the_issuer_are_joined_under_the_name_of_the_realm() {
    let rig = with_realm(&[
        ("autocreate", "1"),
        ("groups-claim", "groups"),
        ("groups-overwrite", "1"),
    ])
    .await;
    rig.post("/access/groups", &[("groupid", "ops-sso")]).await;
    let groups = async || rig.get("/access/users/ann@sso").await.data()["groups"].clone();
    assert_eq!(
        go_through(&rig, "username=ann&groups=ops,dev").await.status,
        200
    );
    assert_eq!(groups().await, json!(["ops-sso"]));
    rig.put("/access/domains/sso", &[("groups-autocreate", "1")])
        .await;
    go_through(&rig, "username=ann&groups=dev").await;
    assert_eq!(groups().await, json!(["dev-sso"]));
    let all = rig.get("/access/groups").await;
    assert!(all.text.contains("dev-sso"), "{}", all.text);
}

#[tokio::test]
async fn another_client_goes_through_the_whole_protocol_by_itself() {
    let rig = with_realm(&[]).await;
    let issuer = format!("{}/sim/openid", rig.sim.url());
    let http = client();
    let get = async |url: String| -> Value {
        let text = http.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let known = get(format!("{issuer}/.well-known/openid-configuration")).await;
    assert_eq!(known["issuer"], issuer);
    let authorize = known["authorization_endpoint"].as_str().unwrap();
    let asked = format!(
        "{authorize}?response_type=code&client_id=console&redirect_uri=https%3A%2F%2Fconsole.test%2Fback\
         &scope=openid+email&state=s1&nonce=n1"
    );
    // Without a name the page asks for one, and keeps what the client asked.
    let page = http.get(&asked).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("name=\"username\"") && page.contains("name=\"nonce\" value=\"n1\""));
    let fields = sign_in_at(&asked, "username=bo&email=bo%40example.com").await;
    assert_eq!(field(&fields, "state"), "s1");
    let code = field(&fields, "code");
    let redeem = async |key: &str| {
        let answer = http
            .post(known["token_endpoint"].as_str().unwrap())
            .header(
                "authorization",
                format!("Basic {}", STANDARD.encode(format!("console:{key}"))),
            )
            .form(&[
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", BACK),
            ])
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        (status, body)
    };
    let (status, refused) = redeem("wrong").await;
    assert_eq!((status, &refused["error"]), (401, &json!("invalid_client")));
    let (status, tokens) = redeem("a-key-of-the-client").await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("Bearer")));
    let identity = tokens["id_token"].as_str().unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(identity.split('.').nth(1).unwrap())
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        [
            &claims["iss"],
            &claims["aud"],
            &claims["nonce"],
            &claims["email"]
        ],
        [issuer.as_str(), "console", "n1", "bo@example.com"]
    );
    assert_eq!(claims["preferred_username"], Value::Null);
    let person = http
        .get(known["userinfo_endpoint"].as_str().unwrap())
        .header(
            "authorization",
            format!("Bearer {}", tokens["access_token"].as_str().unwrap()),
        )
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let person: Value = serde_json::from_str(&person).unwrap();
    assert_eq!(person["sub"], claims["sub"]);
    let (status, used) = redeem("a-key-of-the-client").await;
    assert_eq!((status, &used["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn realms_are_made_listed_changed_and_taken_away() {
    let rig = with_realm(&[("default", "1"), ("comment", "single sign-on")]).await;
    let listed = rig.get("/access/domains").await;
    assert_eq!(
        listed.data()[2],
        json!({"realm": "sso", "type": "openid", "comment": "single sign-on", "default": 1})
    );
    let shown = rig.get("/access/domains/sso").await;
    assert_eq!(shown.data()["client-id"], "console");
    let digest = shown.data()["digest"].as_str().unwrap().to_owned();
    let moved = [("default", "1"), ("comment", "here"), ("digest", &digest)];
    assert_eq!(rig.put("/access/domains/pve", &moved).await.status, 200);
    let stale = rig.put("/access/domains/pve", &moved).await;
    assert!(stale.reason.starts_with("detected modified"), "{stale:?}");
    let listed = rig.get("/access/domains").await;
    assert_eq!(listed.data()[1]["comment"], "here");
    assert_eq!(listed.data()[2]["default"], Value::Null);
    for (form, reason) in [
        (
            vec![("realm", "sso"), ("type", "openid")],
            "domain 'sso' already exists",
        ),
        (
            vec![("realm", "two"), ("type", "pve")],
            "unable to create builtin type 'pve'",
        ),
        (
            vec![("realm", "two"), ("type", "openid"), ("client-id", "x")],
            "missing value for required option 'issuer-url'",
        ),
        (
            vec![
                ("realm", "two"),
                ("type", "openid"),
                ("client-id", "x"),
                ("issuer-url", "https://x.test"),
                ("port", "1"),
            ],
            "unexpected property 'port'",
        ),
    ] {
        let refused = rig.post("/access/domains", &form).await;
        assert_eq!((refused.status, refused.reason.as_str()), (500, reason));
    }
    assert_eq!(rig.delete("/access/domains/sso").await.status, 200);
    let gone = address(&rig, "sso").await;
    assert_eq!(gone.reason, "authentication domain 'sso' does not exist");
    let wrong = address(&rig, "pve").await;
    assert_eq!(wrong.reason, "wrong realm type (pve != openid)");
}

#[tokio::test]
async fn an_issuer_elsewhere_is_not_reached_and_said_so() {
    let rig = rig().await;
    let realm = [
        ("realm", "far"),
        ("type", "openid"),
        ("issuer-url", "https://issuer.test"),
        ("client-id", "x"),
    ];
    assert_eq!(rig.post("/access/domains", &realm).await.status, 200);
    let refused = address(&rig, "far").await;
    assert_eq!(refused.status, 501);
    assert!(
        refused.reason.ends_with("'https://issuer.test' is another"),
        "{refused:?}"
    );
}
