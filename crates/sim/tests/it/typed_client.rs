//! The client of the product on the simulator: sign-in through OpenID and with two factors, replication,
//! disks and templates by its typed calls.

use hmac::{Hmac, KeyInit as _, Mac as _};
use pve::{
    Auth, Client, ConnectOptions, NewReplicationJob, NodeName, RecoveryKeys, RemoveReplication,
    SecondFactorAnswer, SignIn, SignInStep, Trust, UserId,
};
use serde_json::json;
use sha1::Sha1;

use crate::client::{Rig, client, noon, options, small_world};
use sim::{Sim, World};

const BACK: &str = "https://console.test/back";

async fn rig() -> Rig {
    let node = |name: &str| {
        json!({"name": name, "status": "online", "cores": 8, "memory_mb": 16384,
               "memory_used_mb": 2048, "cpu_load": 0.1})
    };
    let storage = |id: &str, kind: &str| {
        json!({"id": id, "type": kind, "shared": false, "nodes": null,
               "content": ["images", "rootdir", "vztmpl"], "total_gb": 500, "used_gb": 10,
               "enabled": true, "active": true})
    };
    let world = small_world(&json!({
        "cluster": {"name": "small", "quorate": true},
        "nodes": [node("pve1"), node("pve2")],
        "storages": [storage("thin", "zfspool"), storage("local", "dir")],
    }));
    Rig::start(options(World::from_json(&world).unwrap())).await
}

fn trust(sim: &Sim) -> Trust {
    Trust::Fingerprint(sim.fingerprint().parse().unwrap())
}

fn sign_in(sim: &Sim) -> SignIn {
    SignIn::new(sim.url().parse().unwrap(), trust(sim)).unwrap()
}

fn typed(sim: &Sim) -> Client {
    let auth = Auth::Token {
        id: sim.token_id().parse().unwrap(),
        secret: sim.token_secret().to_owned().into(),
    };
    let options = ConnectOptions::new(sim.url().parse().unwrap(), auth, trust(sim));
    Client::connect(options).unwrap()
}

fn name(text: &str) -> NodeName {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_browser_goes_to_the_issuer_and_its_user_works_with_the_ticket() {
    let rig = rig().await;
    let issuer = format!("{}/sim/openid", rig.sim.url());
    let realm = [
        ("realm", "sso"),
        ("type", "openid"),
        ("issuer-url", issuer.as_str()),
        ("client-id", "console"),
        ("client-key", "a-key-of-the-client"),
        ("username-claim", "username"),
        ("autocreate", "1"),
    ];
    assert_eq!(rig.post("/access/domains", &realm).await.status, 200);
    let rights = [("path", "/"), ("users", "ann@sso"), ("roles", "PVEAuditor")];
    let sign_in = sign_in(&rig.sim);
    let realms = sign_in.realms().await.unwrap();
    let kinds: Vec<_> = realms.iter().map(|realm| realm.kind.as_deref()).collect();
    assert_eq!(kinds, [Some("pam"), Some("pve"), Some("openid")]);
    let address = sign_in.openid_url("sso", BACK).await.unwrap();
    let answer = client()
        .get(format!("{address}&username=ann"))
        .send()
        .await
        .unwrap();
    let back = answer.headers()["location"].to_str().unwrap();
    let back = reqwest::Url::parse(back).unwrap();
    let field = |wanted: &str| {
        let mut pairs = back.query_pairs();
        let found = pairs.find(|(key, _)| key == wanted).unwrap();
        found.1.into_owned().into()
    };
    let signed_in = sign_in
        .openid_code(&field("state"), &field("code"), BACK)
        .await
        .unwrap();
    assert_eq!(signed_in.user.to_string(), "ann@sso");
    assert_eq!(rig.put("/access/acl", &rights).await.status, 200);
    let url = rig.sim.url().parse().unwrap();
    let options = ConnectOptions::new(url, Auth::Ticket(signed_in), trust(&rig.sim));
    let seen = Client::connect(options).unwrap();
    assert_eq!(seen.realm("sso").await.unwrap()["client-id"], "console");
    let again = sign_in
        .openid_code(&field("state"), &field("code"), BACK)
        .await;
    assert!(again.is_err(), "a state counts once");
}

#[tokio::test]
async fn the_second_step_is_taken_with_a_code_and_with_a_recovery_key() {
    let mut rig = rig().await;
    let answer = rig
        .post(
            "/access/ticket",
            &[("username", "root@pam"), ("password", "secret")],
        )
        .await;
    let text = |key: &str| answer.data()[key].as_str().unwrap().to_owned();
    rig.with_headers(vec![
        ("cookie", format!("PVEAuthCookie={}", text("ticket"))),
        ("CSRFPreventionToken", text("CSRFPreventionToken")),
    ]);
    let code = |at_s: i64| {
        let mut mac = Hmac::<Sha1>::new_from_slice(b"12345678901234567890").unwrap();
        mac.update(&(at_s / 30).to_be_bytes());
        let bytes = mac.finalize().into_bytes();
        let at = usize::from(bytes[19] & 15);
        let number = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) & 0x7FFF_FFFF;
        format!("{:06}", number % 1_000_000)
    };
    let now = code(noon().as_second());
    let totp = [
        ("type", "totp"),
        ("description", "telephone"),
        (
            "totp",
            "otpauth://totp/sim:root?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        ),
        ("value", now.as_str()),
    ];
    let path = "/access/tfa/root@pam";
    assert_eq!(rig.post(path, &totp).await.status, 200);
    let keys = rig.post(path, &[("type", "recovery")]).await;
    let key = keys.data()["recovery"][4].as_str().unwrap().to_owned();
    rig.wait_s(60);
    let sign_in = sign_in(&rig.sim);
    let root: UserId = "root@pam".parse().unwrap();
    for (answer, left) in [
        (
            SecondFactorAnswer::Totp(code(noon().as_second() + 60).into()),
            10,
        ),
        (SecondFactorAnswer::Recovery(key.clone().into()), 10),
        // Used up.
        (SecondFactorAnswer::Recovery(key.into()), 9),
    ] {
        let step = sign_in
            .password(&root, &"secret".to_owned().into())
            .await
            .unwrap();
        let SignInStep::SecondFactor(pending) = step else {
            panic!("{step:?}");
        };
        assert!(pending.challenge().totp);
        let RecoveryKeys::Numbers(numbers) = &pending.challenge().recovery else {
            panic!("{:?}", pending.challenge());
        };
        assert_eq!(numbers.len(), left);
        let signed_in = sign_in.second_factor(&pending, &answer).await;
        assert_eq!(signed_in.is_ok(), numbers.contains(&4), "{signed_in:?}");
    }
}

#[tokio::test]
async fn a_replication_job_is_made_followed_and_removed() {
    let rig = rig().await;
    let client = typed(&rig.sim);
    let job = NewReplicationJob {
        guest: "101".parse().unwrap(),
        number: 0,
        target: name("pve2"),
        schedule: Some("*/15".to_owned()),
        rate_mb_s: None,
        comment: None,
        disabled: false,
    };
    client.create_replication_job(&job).await.unwrap();
    rig.wait_s(150);
    let node = name("pve1");
    let status = client.replication_job_status(&node, "101-0").await.unwrap();
    let first_s = u64::try_from(noon().as_second()).unwrap() + 60;
    assert_eq!(
        (status.last_sync_s, status.fail_count, status.error),
        (Some(first_s), Some(0), None)
    );
    let (lines, total) = client
        .replication_log(&node, "101-0", 0, 500)
        .await
        .unwrap();
    assert_eq!(total, Some(lines.len() as u64));
    assert!(
        lines[0].text.ends_with("start replication job"),
        "{lines:?}"
    );
    client.run_replication_now(&node, "101-0").await.unwrap();
    rig.wait_s(60);
    let jobs = client.replication_status(&node, None).await.unwrap();
    assert!(jobs[0].last_sync_s > Some(first_s), "{jobs:?}");
    client
        .delete_replication_job("101-0", RemoveReplication::WithCopies)
        .await
        .unwrap();
    let marked = client.replication_job("101-0").await.unwrap();
    assert_eq!(marked.removing.as_deref(), Some("full"));
    rig.wait_s(70);
    assert!(client.replication_jobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_failing_disk_and_the_index_of_templates_are_read_by_their_types() {
    let rig = rig().await;
    let client = typed(&rig.sim);
    rig.sim.take_effect(&sim::Effect::DiskFailing {
        node: "pve1".to_owned(),
        disk: "/dev/sdb".to_owned(),
        days: 0.0,
    });
    let report = client.smart(&name("pve1"), "/dev/sdb").await.unwrap();
    assert_eq!(report.health.as_deref(), Some("FAILED"));
    let sectors = report
        .attributes
        .iter()
        .find(|attribute| attribute.id == Some(5))
        .unwrap();
    assert_eq!(
        (
            sectors.raw.as_deref(),
            sectors.normalized,
            sectors.threshold
        ),
        (Some("2048"), Some(10), Some(10))
    );
    let index = client.appliances(&name("pve1")).await.unwrap();
    let file = index[0].template.clone();
    assert!(index[0].checksum().is_some());
    let upid = client
        .download_appliance(&name("pve1"), "local", &file)
        .await
        .unwrap();
    rig.wait_s(30);
    let task = rig.sim.task(&upid.to_string()).unwrap();
    assert_eq!(task.exit.as_deref(), Some("OK"), "{task:?}");
    let pools = client.scan_zfs(&name("pve1")).await.unwrap();
    assert_eq!(pools, ["rpool", "rpool/thin"]);
}
