//! Passwords over SSH. A real `sshd` would need an account whose password the test knows, so the
//! server side of the SSH library stands here.

use std::path::Path;
use std::sync::{Arc, Mutex};

use pve::{Budget, Client, ErrorKind, HostKeyTrust, Method, Params, SshOptions, SshSignIn};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream};
use russh::{Channel, ChannelId};
use serde_json::json;
use tokio::net::TcpListener;

use crate::stand_in::run;

const PASSWORD: &str = "hunter2hunter2";

/// How the server asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Plainly,
    /// By one hidden question.
    Interactively,
    /// By two hidden questions.
    ForMore,
}

#[derive(Clone)]
struct Server {
    asks: Asks,
    commands: Arc<Mutex<Vec<String>>>,
}

fn verdict(right: bool) -> Auth {
    if right { Auth::Accept } else { Auth::reject() }
}

impl Handler for Server {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let right = user == "root" && password == PASSWORD;
        Ok(verdict(self.asks == Asks::Plainly && right))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let question = |text: &'static str| (text.into(), false);
        let prompts = match self.asks {
            Asks::Plainly => return Ok(Auth::reject()),
            Asks::Interactively => vec![question("Password: ")],
            Asks::ForMore => vec![question("Password: "), question("Code: ")],
        };
        match response.and_then(|mut answers| answers.next()) {
            Some(answer) => Ok(verdict(answer == PASSWORD.as_bytes())),
            None => Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: prompts.into(),
            }),
        }
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let command = String::from_utf8_lossy(data).into_owned();
        self.commands.lock().unwrap().push(command);
        session.channel_success(channel)?;
        session.data(channel, b"\"101\"\n".to_vec())?;
        session.exit_status_request(channel, 0)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

/// A server and a client of it with this password; nothing, with a printed reason, where no host
/// key can be made.
#[expect(clippy::disallowed_methods, reason = "a test server has no supervisor")]
async fn start(asks: Asks, password: &str) -> Option<(Server, Client)> {
    if !Path::new("/usr/bin/ssh-keygen").exists() {
        println!("skipped: ssh-keygen is not installed (scripts/need sshd)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("host");
    let arguments = [
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-f",
        file.to_str().unwrap(),
    ];
    assert!(run("ssh-keygen", &arguments).status.success());
    let config = Arc::new(Config {
        keys: vec![russh::keys::load_secret_key(&file, None).unwrap()],
        auth_rejection_time: std::time::Duration::ZERO,
        ..Config::default()
    });
    let server = Server {
        asks,
        commands: Arc::default(),
    };
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let handler = server.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let serving = run_stream(Arc::clone(&config), stream, handler.clone()).await;
            tokio::spawn(async move { serving?.await });
        }
    });
    let pin = pve::fetch_host_key("127.0.0.2", port).await.unwrap();
    let way = SshSignIn::Password(password.into());
    let mut options = SshOptions::new("127.0.0.2", vec![way], HostKeyTrust::Pin(pin));
    options.port = port;
    let client = Client::over_ssh(options, Budget::default()).unwrap();
    Some((server, client))
}

async fn next(client: &Client) -> pve::Result<serde_json::Value> {
    let path = "/cluster/nextid".parse().unwrap();
    let reply = client.call(Method::Get, &path, &Params::new()).await?;
    Ok(reply.data)
}

#[tokio::test]
async fn a_password_is_given_plainly_or_as_the_answer_to_one_hidden_question() {
    for asks in [Asks::Plainly, Asks::Interactively] {
        let Some((server, client)) = start(asks, PASSWORD).await else {
            return;
        };
        assert_eq!(next(&client).await.unwrap(), json!("101"), "{asks:?}");
        let commands = server.commands.lock().unwrap();
        assert_eq!(
            *commands,
            ["pvesh get /cluster/nextid --output-format json"]
        );
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_question_for_more_are_told_apart() {
    for (asks, password, said) in [
        (Asks::Plainly, "wrong-one", "the password is not accepted"),
        (
            Asks::Interactively,
            "wrong-one",
            "the password is not accepted",
        ),
        (Asks::ForMore, PASSWORD, "asks for more than a password"),
    ] {
        let Some((server, client)) = start(asks, password).await else {
            return;
        };
        let error = next(&client).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unauthorized { text } if text.contains(said)),
            "{error}"
        );
        assert!(!format!("{error:?}").contains(password));
        assert!(server.commands.lock().unwrap().is_empty());
    }
}
