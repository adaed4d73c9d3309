//! `pvesh` over SSH: a real `sshd`, with a stand-in for `pvesh` behind it.

use std::time::Duration;

use pve::{
    Budget, Client, ErrorClass, ErrorKind, HostKeyTrust, Method, Params, Phase, SshOptions,
    SshSignIn, fetch_host_key,
};
use serde_json::json;

use crate::pvesh_local::{UPID, player, recorded, replay};
use crate::sshd::{PASSPHRASE, Sshd};
use crate::stand_in::{Does, Row, StandIn, run};

const NEXT: &str = "get /cluster/nextid --output-format json";

fn stand_in() -> StandIn {
    StandIn::new(&[Row::prints(NEXT, "\"101\"\n", "", 0)])
}

fn client(options: SshOptions) -> Client {
    Client::over_ssh(options, Budget::default()).unwrap()
}

async fn next(client: &Client) -> pve::Result<serde_json::Value> {
    let path = "/cluster/nextid".parse().unwrap();
    let reply = client.call(Method::Get, &path, &Params::new()).await?;
    Ok(reply.data)
}

#[tokio::test]
async fn every_recorded_command_line_reads_the_same_over_ssh() {
    let Some(calls) = recorded() else { return };
    let stand_in = player(&calls);
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    replay(&client(server.usual()), &calls).await;
    assert_eq!(stand_in.calls().len(), calls.len());
    assert_eq!(server.connections(), 1, "one connection serves all calls");
}

#[tokio::test]
async fn keys_with_and_without_passphrase_of_both_kinds_are_let_in() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    for way in [
        server.key("key", None),
        server.key("locked", Some(PASSPHRASE)),
        server.key("rsa", None),
    ] {
        let trust = HostKeyTrust::Pin(server.pin());
        let client = client(server.options(vec![way.clone()], trust));
        assert_eq!(next(&client).await.unwrap(), json!("101"), "{way:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_unauthorized_and_names_no_secret() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    for (way, said) in [
        (server.key("stranger", None), "is not accepted"),
        (server.key("locked", Some("hunter2")), "cannot be used"),
        (server.key("nowhere", None), "cannot be used"),
        (
            SshSignIn::Password("hunter2".into()),
            "the password is not accepted",
        ),
    ] {
        let trust = HostKeyTrust::Pin(server.pin());
        let options = server.options(vec![way], trust);
        let printed = format!("{options:?}");
        let error = next(&client(options)).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unauthorized { text } if text.contains(said)),
            "{error}"
        );
        assert!(!format!("{printed} {error} {error:?}").contains("hunter2"));
    }
    assert_eq!(stand_in.calls().len(), 0);
}

#[tokio::test]
async fn the_ways_to_sign_in_are_tried_in_their_order_until_one_works() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let ways = vec![
        SshSignIn::Agent {
            socket: server.file("no-agent"),
        },
        server.key("stranger", None),
        server.key("key", None),
    ];
    let trust = HostKeyTrust::Pin(server.pin());
    let client = client(server.options(ways, trust));
    assert_eq!(next(&client).await.unwrap(), json!("101"));
    assert_eq!(server.connections(), 1);
}

/// An agent that ends with the test.
struct Agent(String);

impl Drop for Agent {
    fn drop(&mut self) {
        run("kill", &[&self.0]);
    }
}

#[tokio::test]
async fn an_agent_signs_with_the_keys_it_holds() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let socket = server.file("agent");
    let started = run("ssh-agent", &["-s", "-a", socket.to_str().unwrap()]);
    let text = String::from_utf8(started.stdout).unwrap();
    let id = text.split("SSH_AGENT_PID=").nth(1).unwrap();
    let _agent = Agent(id.split(';').next().unwrap().to_owned());
    for key in ["stranger", "rsa", "key"] {
        let script = format!(
            "SSH_AUTH_SOCK='{}' ssh-add -q '{}'",
            socket.display(),
            server.file(key).display()
        );
        assert!(run("sh", &["-c", &script]).status.success());
        let trust = HostKeyTrust::Pin(server.pin());
        let way = SshSignIn::Agent {
            socket: socket.clone(),
        };
        let result = next(&client(server.options(vec![way], trust))).await;
        if key == "stranger" {
            let error = result.unwrap_err();
            let said = "none of the 1 keys of the agent is accepted";
            assert!(error.to_string().contains(said), "{error}");
        } else {
            assert_eq!(result.unwrap(), json!("101"), "{key}");
        }
    }
}

#[tokio::test]
async fn hosts_are_known_by_plain_and_by_hashed_names() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    for hashed in [false, true] {
        let trust = server.known_hosts(&server.own_name(), hashed);
        let client = client(server.options(vec![server.key("key", None)], trust));
        assert_eq!(
            next(&client).await.unwrap(),
            json!("101"),
            "hashed: {hashed}"
        );
    }
}

#[tokio::test]
async fn an_unknown_or_changed_host_key_ends_the_connection_before_any_credential() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let pin = server.pin();
    let other = std::fs::read_to_string(server.file("stranger.pub")).unwrap();
    let changed = server.file("changed");
    std::fs::write(&changed, format!("{} {other}", server.own_name())).unwrap();
    let wrong = format!("SHA256:{}", "A".repeat(43)).parse().unwrap();
    for (trust, said) in [
        (
            server.known_hosts("another.lan", false),
            "not among the known",
        ),
        (
            HostKeyTrust::KnownHosts(vec![server.file("none")]),
            "not among the known",
        ),
        (HostKeyTrust::KnownHosts(vec![changed]), "has changed"),
        (HostKeyTrust::Pin(wrong), "not the pinned one"),
    ] {
        // This key would be let in.
        let client = client(server.options(vec![server.key("key", None)], trust));
        let path = "/nodes/pve1/qemu".parse().unwrap();
        let none = Params::new();
        let error = client.call(Method::Post, &path, &none).await.unwrap_err();
        let ErrorKind::HostKey { reason, found } = error.kind() else {
            panic!("{error}")
        };
        assert!(reason.contains(said), "{error}");
        assert_eq!(*found, pin.to_string());
        assert_eq!(error.class(), ErrorClass::NotSent);
        assert!(error.hint().contains(found), "{}", error.hint());
    }
    assert_eq!(stand_in.calls().len(), 0);
}

#[tokio::test]
async fn the_fingerprint_to_show_is_the_one_that_can_be_pinned() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let shown = fetch_host_key("127.0.0.2", server.port()).await.unwrap();
    assert_eq!(shown, server.pin());
}

#[tokio::test]
async fn values_that_a_shell_would_act_on_arrive_as_they_are() {
    let value = "it's $(id) `id` \"x\" ; & | > \\ * ~ ä";
    let words = ["set", "/nodes/pve1/qemu/105/config", "--description", value];
    let words = [&words[..], &["--output-format", "json"]].concat();
    let row = Row {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        does: Does::Prints {
            stdout: format!("update VM 105: -description {value}\n"),
            stderr: String::new(),
            status: 0,
        },
    };
    let stand_in = StandIn::new(&[row]);
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let path = "/nodes/pve1/qemu/105/config".parse().unwrap();
    let params = Params::new().with("description", value);
    let client = client(server.usual());
    let reply = client.call(Method::Put, &path, &params).await.unwrap();
    assert_eq!(reply.data, json!(null));
    assert_eq!(stand_in.calls(), [words]);
}

#[tokio::test]
async fn sudo_is_put_in_front_and_its_refusal_is_no_refusal_of_pve() {
    let stand_in = stand_in();
    let sudo = "#!/bin/sh\n[ \"$1 $2\" = '-n --' ] || exit 98\nshift 2\nexec \"$@\"\n";
    stand_in.add_program("sudo", sudo);
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let mut options = server.usual();
    options.pvesh.sudo = true;
    assert_eq!(next(&client(options.clone())).await.unwrap(), json!("101"));

    let refusing = "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n";
    stand_in.add_program("sudo", refusing);
    let error = next(&client(options)).await.unwrap_err();
    let said = "sudo does not allow it: a password is required";
    assert!(
        matches!(error.kind(), ErrorKind::Unauthorized { text } if text == said),
        "{error}"
    );
}

#[tokio::test]
async fn calls_share_one_connection_at_once_and_no_more_run_than_allowed() {
    // Each run waits until a second one has come, and notes how many are there.
    let script = "touch \"$folder/seen.$$\" \"$folder/here.$$\"; \
                  while [ \"$(ls \"$folder\" | grep -c seen)\" -lt 2 ]; do sleep 0.01; done; \
                  ls \"$folder\" | grep -c here >> \"$folder/counts\"; rm \"$folder/here.$$\"; \
                  echo '\"101\"'";
    let stand_in = StandIn::new(&[Row::new(NEXT, Does::Runs(script.to_owned()))]);
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let mut options = server.usual();
    options.pvesh.at_once = 2;
    let client = client(options);
    let (a, b, c, d) = tokio::join!(next(&client), next(&client), next(&client), next(&client));
    for result in [a, b, c, d] {
        assert_eq!(result.unwrap(), json!("101"));
    }
    let counts = std::fs::read_to_string(stand_in.folder().join("counts")).unwrap();
    let counts: Vec<u8> = counts.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(counts.len(), 4);
    assert!(counts.iter().all(|count| *count <= 2), "{counts:?}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_broke_while_nobody_used_it_is_made_again() {
    let stand_in = stand_in();
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let client = client(server.usual());
    assert_eq!(next(&client).await.unwrap(), json!("101"));
    server.end_connections();
    assert_eq!(next(&client).await.unwrap(), json!("101"));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_breaks_during_a_write_leaves_it_open_whether_it_was_done() {
    // Ends the process that serves this connection.
    let words = "create /x --output-format json";
    let row = Row::new(words, Does::Runs("kill -9 $PPID; sleep 600".to_owned()));
    let stand_in = StandIn::new(&[row]);
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let client = client(server.usual());
    let path = "/x".parse().unwrap();
    let none = Params::new();
    let error = client.call(Method::Post, &path, &none).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::ConnectionLost { .. }),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::MaybeSent);
    assert_eq!(stand_in.calls().len(), 1);
}

#[tokio::test]
async fn nobody_listening_and_silence_are_told_apart() {
    let listener = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let silent = listener.local_addr().unwrap().port();
    let pin: pve::HostKeyPin = format!("SHA256:{}", "A".repeat(43)).parse().unwrap();
    let trust = HostKeyTrust::Pin(pin);
    let way = SshSignIn::Password("hunter2".into());
    let mut options = SshOptions::new("127.0.0.2", vec![way], trust);
    options.port = silent;
    options.connect_limit = Duration::from_secs(1);
    let error = next(&client(options.clone())).await.unwrap_err();
    let connect = Phase::Connect;
    assert!(
        matches!(error.kind(), ErrorKind::Timeout { phase, .. } if *phase == connect),
        "{error}"
    );
    drop(listener);
    let error = next(&client(options)).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unreachable { .. }),
        "{error}"
    );
    let start = format!("cannot GET /cluster/nextid at ssh://root@127.0.0.2:{silent}: ");
    assert!(error.to_string().starts_with(&start), "{error}");
}

#[tokio::test]
async fn a_started_task_is_followed_by_its_upid() {
    let task = format!("/nodes/pve1/tasks/{UPID}");
    let (status, log) = (
        json!({"status": "stopped", "exitstatus": "no such guest"}),
        json!([{"n": 1, "t": "TASK ERROR: no such guest"}]),
    );
    let stand_in = StandIn::new(&[
        Row::prints(
            "create /nodes/pve1/qemu/999/status/start --output-format json",
            &format!("\"{UPID}\"\n"),
            "no such guest\n",
            0,
        ),
        Row::prints(
            &format!("get {task}/status --output-format json"),
            &format!("{status}\n"),
            "",
            0,
        ),
        Row::prints(
            &format!("get {task}/log --start 0 --limit 500 --output-format json"),
            &format!("{log}\n"),
            "",
            0,
        ),
    ]);
    let Some(server) = Sshd::start(&stand_in).await else {
        return;
    };
    let client = client(server.usual());
    let guest = pve::GuestAt {
        node: "pve1".parse().unwrap(),
        kind: pve::GuestKind::Qemu,
        vmid: "999".parse().unwrap(),
    };
    let upid = client.start(&guest).await.unwrap();
    let mut lines = Vec::new();
    let mut note = |event| lines.push(event);
    let cancel = tokio_util::sync::CancellationToken::new();
    let end = client.follow_task(&upid, &mut note, &cancel).await.unwrap();
    assert_eq!(
        end.outcome,
        pve::TaskOutcome::Failed("no such guest".to_owned())
    );
    assert_eq!(lines.len(), 1);
}
