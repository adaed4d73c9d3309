//! Login: tickets, CSRF tokens, API tokens, and how each is refused.

use std::time::Duration;

use serde_json::Value;

use crate::client::{Rig, options};
use sim::{Sim, SimOptions, World};

async fn log_in(rig: &Rig, password: &str) -> (String, String) {
    let answer = rig
        .post(
            "/access/ticket",
            &[("username", "root@pam"), ("password", password)],
        )
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = |key: &str| answer.data()[key].as_str().unwrap().to_owned();
    (text("ticket"), text("CSRFPreventionToken"))
}

#[tokio::test]
async fn a_ticket_reads_alone_and_writes_with_its_csrf_token() {
    let mut rig = Rig::demo().await;
    let (ticket, csrf) = log_in(&rig, "secret").await;
    assert_eq!(ticket.len(), "PVE:root@pam:00000000::".len() + 344);
    assert_eq!(csrf.len(), 52);
    let path = rig.guest_path("web-02");
    let cookie = ("cookie", format!("PVEAuthCookie={ticket}"));
    rig.with_headers(vec![cookie.clone()]);
    assert_eq!(rig.get("/version").await.data()["version"], "9.1.7");
    let refused = rig.post(&format!("{path}/status/stop"), &[]).await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (401, "Permission denied - invalid csrf token")
    );
    assert_eq!(refused.text, "");
    rig.with_headers(vec![cookie, ("CSRFPreventionToken", csrf)]);
    assert_eq!(
        rig.post(&format!("{path}/status/stop"), &[]).await.status,
        200
    );
    let encoded = ticket
        .replace(':', "%3A")
        .replace('+', "%2B")
        .replace('=', "%3D")
        .replace('/', "%2F");
    rig.with_headers(vec![("cookie", format!("PVEAuthCookie={encoded}"))]);
    assert_eq!(rig.get("/version").await.status, 200);
}

#[tokio::test]
async fn a_ticket_lives_two_hours_and_renews_itself() {
    let mut rig = Rig::demo().await;
    let (first, _) = log_in(&rig, "secret").await;
    rig.wait_s(7100);
    let (second, _) = log_in(&rig, &first).await;
    rig.wait_s(200);
    rig.with_headers(vec![("cookie", format!("PVEAuthCookie={first}"))]);
    let old = rig.get("/version").await;
    assert_eq!(
        (old.status, old.reason.as_str(), old.text.as_str()),
        (401, "Authentication failed!", "")
    );
    rig.with_headers(vec![("cookie", format!("PVEAuthCookie={second}"))]);
    assert_eq!(rig.get("/version").await.status, 200);
}

#[tokio::test]
async fn wrong_credentials_are_refused_in_the_words_of_pve() {
    let mut rig = Rig::demo().await;
    let wrong = rig
        .post(
            "/access/ticket",
            &[("username", "root@pam"), ("password", "x")],
        )
        .await;
    assert_eq!(
        (wrong.status, wrong.reason.as_str()),
        (401, "authentication failure")
    );
    assert_eq!(
        wrong.body,
        serde_json::json!({"data": null, "message": "authentication failure\n"})
    );
    let extjs = rig
        .post(
            "/api2/extjs/access/ticket",
            &[("username", "root@pam"), ("password", "x")],
        )
        .await;
    assert_eq!(extjs.status, 200);
    assert_eq!(extjs.body["success"], 0);
    assert_eq!(extjs.body["status"], "401");
    for (header, reason) in [
        (None, "No ticket"),
        (Some("Bearer x"), "No ticket"),
        (
            Some("PVEAPIToken=root@pam!nosuch=x"),
            "Authentication failed!",
        ),
        (Some("PVEAPIToken=garbage"), "Authentication failed!"),
        (
            Some("PVEAPIToken root@pam!demo=x"),
            "Authentication failed!",
        ),
    ] {
        rig.with_headers(
            header
                .map(|value| ("authorization", value.to_owned()))
                .into_iter()
                .collect(),
        );
        let answer = rig.get("/nosuch").await;
        assert_eq!(
            (answer.status, answer.reason.as_str(), answer.text.as_str()),
            (401, reason, "")
        );
    }
    assert_eq!(rig.get("/access/domains").await.status, 200);
}

#[tokio::test]
async fn the_ready_line_is_the_same_at_every_start_but_for_address_and_certificate() {
    let world = || World::seeded(1, 5, 3);
    let one = Sim::start(options(world())).await.unwrap();
    let two = Sim::start(options(world())).await.unwrap();
    assert_eq!(one.token_secret(), two.token_secret());
    let line = one.ready_line();
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(words[0], "ready");
    assert_eq!(words[1], one.url());
    assert_eq!(words[2], "user=root@pam");
    assert_eq!(words[3], "password=secret");
    assert_eq!(
        words[4],
        format!("token=root@pam!demo={}", one.token_secret())
    );
    assert_eq!(words[5].strip_prefix("fingerprint=").unwrap().len(), 95);
    assert_eq!(words.len(), 6);
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_sentence() {
    let first = Sim::start(options(World::seeded(1, 2, 1))).await.unwrap();
    let again = SimOptions {
        listen: first.address(),
        ..options(World::seeded(1, 2, 1))
    };
    let error = Sim::start(again).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "cannot listen on {}: another program uses that port; stop it or choose another with --listen",
            first.address()
        )
    );
}

#[tokio::test]
async fn a_user_with_few_rights_sees_and_does_only_what_the_access_list_says() {
    let world = World::from_json(&crate::client::small_world(&serde_json::json!({
        "identity": {"user": "ann@pve", "grants": [{"path": "/vms/101", "role": "PVEVMUser"}]}
    })))
    .unwrap();
    let mut rig = Rig::start(options(world)).await;
    let token = rig.sim.identity_token().unwrap().to_owned();
    assert!(
        rig.sim
            .ready_line()
            .ends_with(&format!(" identity_token={token}"))
    );
    rig.with_headers(vec![("authorization", format!("PVEAPIToken={token}"))]);
    let rows = rig.get("/cluster/resources?type=vm").await;
    let seen: Vec<&Value> = rows
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["vmid"])
        .collect();
    assert_eq!(seen, [101]);
    assert_eq!(
        rig.post("/nodes/pve1/qemu/101/status/stop", &[])
            .await
            .status,
        200
    );
    let refused = rig.post("/nodes/pve1/lxc/102/status/stop", &[]).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.reason,
        "Permission check failed (/vms/102, VM.PowerMgmt)"
    );
    let status = rig.get("/nodes/pve1/status").await;
    assert_eq!(
        status.reason,
        "Permission check failed (/nodes/pve1, Sys.Audit)"
    );
    let rights = rig.get("/access/permissions").await;
    assert_eq!(rights.data()["/vms/101"]["VM.PowerMgmt"], 1);
    assert_eq!(rights.data()["/vms/102"], Value::Null);
}

#[tokio::test]
async fn a_refused_login_takes_three_seconds_times_the_scale() {
    let slow = SimOptions {
        clock: sim::ClockMode::Running,
        refused_login_delay: Duration::from_millis(400),
        time_scale: 0.5,
        ..options(World::seeded(1, 2, 1))
    };
    let mut rig = Rig::start(slow).await;
    rig.with_headers(Vec::new());
    let before = std::time::Instant::now();
    assert_eq!(rig.get("/version").await.status, 401);
    assert!(before.elapsed() >= Duration::from_millis(200));
}
