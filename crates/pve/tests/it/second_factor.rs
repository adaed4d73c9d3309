//! Second factors, OpenID, tickets from elsewhere, and the other products.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use pve::{
    Auth, Client, ConnectOptions, ErrorKind, Method, Params, SecondFactor, SecondFactorAnswer,
    SecondFactorChallenge, SecondFactorSource, Service, SignIn, SignInStep, Timeouts, Trust,
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::server::{Answer, SECRET, Seen, Server};

const CHALLENGE: &str = "PVE:!tfa!%7B%22totp%22%3Atrue%2C%22recovery%22%3A%22low%22%2C\
                         %22webauthn%22%3A%7B%22publicKey%22%3A%7B%7D%7D%7D:6B038830::c2ln";

fn full(prefix: &str) -> Answer {
    Answer::data(&json!({
        "username": "root@pam", "ticket": format!("{prefix}:root@pam:6B038830::c2ln+/="),
        "CSRFPreventionToken": "6B038830:csrf", "cap": {},
    }))
}

fn field(request: &Seen, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.body.as_bytes());
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// An account with a second factor. As the real one does, it takes each answer once, only with
/// its kind in front, in the password of a second request or in `otp` of the first.
fn account() -> impl FnMut(&Seen) -> Answer + Send + 'static {
    let mut used = Vec::new();
    move |request| {
        if request.line() != "POST /api2/json/access/ticket" {
            return match request.header("cookie") {
                Some(cookie) if cookie.contains("tfa") => {
                    Answer::with(401, "No ticket", "text/plain", b"")
                }
                _ => Answer::data(&json!(null)),
            };
        }
        let password = field(request, "password").unwrap_or_default();
        let answer = match (field(request, "tfa-challenge"), field(request, "otp")) {
            (Some(challenge), None) if challenge == CHALLENGE => Some(password.clone()),
            (None, Some(otp)) if password == SECRET => Some(otp),
            (None, None) if password == SECRET => None,
            (None, None) if password.starts_with("PVE:root@pam:") => return full("PVE"),
            _ => Some("wrong".to_owned()),
        };
        let Some(answer) = answer else {
            return Answer::data(&json!({
                "username": "root@pam", "NeedTFA": 1, "ticket": CHALLENGE,
                "CSRFPreventionToken": "6B038830:csrf",
            }));
        };
        let right = [
            "totp:123456",
            "recovery:aaaa-bbbb",
            "webauthn:{\"id\":\"x\"}",
        ];
        if right.contains(&answer.as_str()) && !used.contains(&answer) {
            used.push(answer);
            return full("PVE");
        }
        let body = json!({"data": null, "message": "authentication failure\n"});
        Answer::json(401, "authentication failure", &body)
    }
}

/// Answers, and notes what was asked.
struct Person {
    answer: Option<SecondFactorAnswer>,
    asked: Mutex<Vec<SecondFactorChallenge>>,
}

impl Person {
    fn with(answer: Option<SecondFactorAnswer>) -> Arc<Self> {
        Arc::new(Self {
            answer,
            asked: Mutex::default(),
        })
    }
}

#[async_trait]
impl SecondFactor for Person {
    async fn answer(&self, challenge: &SecondFactorChallenge) -> Option<SecondFactorAnswer> {
        self.asked.lock().unwrap().push(challenge.clone());
        self.answer.clone()
    }
}

fn options(server: &Server, source: SecondFactorSource) -> ConnectOptions {
    let mut options = server.options();
    options.auth = Auth::Password {
        user: "root@pam".parse().unwrap(),
        password: SECRET.into(),
    };
    options.second_factor = source;
    options
}

fn client(server: &Server, source: SecondFactorSource) -> Client {
    Client::connect(options(server, source)).unwrap()
}

async fn call(client: &Client) -> pve::Result<pve::Reply> {
    let path = "/version".parse().unwrap();
    client.call(Method::Get, &path, &Params::new()).await
}

#[tokio::test]
async fn d2_a_totp_code_goes_with_its_kind_as_the_password_of_a_second_request() {
    let server = Server::start(account()).await;
    let person = Person::with(Some(SecondFactorAnswer::Totp("123456".into())));
    let client = client(&server, SecondFactorSource::Ask(person.clone()));
    call(&client).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(field(&seen[0], "password").as_deref(), Some(SECRET));
    assert_eq!(field(&seen[0], "otp"), None);
    assert_eq!(field(&seen[1], "username").as_deref(), Some("root@pam"));
    assert_eq!(field(&seen[1], "password").as_deref(), Some("totp:123456"));
    assert_eq!(field(&seen[1], "tfa-challenge").as_deref(), Some(CHALLENGE));
    let asked = person.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].totp && asked[0].webauthn == Some(json!({"publicKey": {}})));
    assert_eq!(asked[0].recovery, pve::RecoveryKeys::Low);
}

#[tokio::test]
async fn d2_a_code_that_is_known_before_goes_with_its_kind_in_one_request() {
    let server = Server::start(account()).await;
    let answer = SecondFactorAnswer::Totp("123456".into());
    let client = client(&server, SecondFactorSource::AtOnce(answer));
    call(&client).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(field(&seen[0], "otp").as_deref(), Some("totp:123456"));
}

#[tokio::test]
async fn d3_one_code_serves_many_calls_and_clients_of_several_addresses_and_is_never_sent_twice() {
    let server = Server::start(account()).await;
    let answer = SecondFactorAnswer::Totp("123456".into());
    let mut options = options(&server, SecondFactorSource::AtOnce(answer));
    options.further = vec![pve::FurtherEndpoint {
        url: server.url(),
        trust: options.trust.clone(),
    }];
    let client = Client::connect(options).unwrap();
    let (second, third) = (client.in_background(), client.clone());
    let (a, b, c) = tokio::join!(call(&client), call(&second), call(&third));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(client.requests().logins, 1);
}

#[tokio::test]
async fn d3_a_sign_in_after_the_code_was_used_asks_for_another_instead_of_sending_it_again() {
    // The server forgets its tickets at once.
    let mut account = account();
    let server = Server::start(move |request| {
        if request.header("cookie").is_some() {
            return Answer::with(401, "Authentication failed!", "text/plain", b"");
        }
        account(request)
    })
    .await;
    let answer = SecondFactorAnswer::Totp("123456".into());
    let client = client(&server, SecondFactorSource::AtOnce(answer));
    let error = call(&client).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::SecondFactorNeeded);
    let sent = server.seen();
    let with_code = sent.iter().filter(|request| request.body.contains("totp"));
    assert_eq!(with_code.count(), 1);
}

#[tokio::test]
async fn recovery_keys_and_answers_of_browsers_are_taken_too() {
    for answer in [
        SecondFactorAnswer::Recovery("aaaa-bbbb".into()),
        SecondFactorAnswer::WebAuthn("{\"id\":\"x\"}".into()),
    ] {
        let server = Server::start(account()).await;
        let person = Person::with(Some(answer));
        let client = client(&server, SecondFactorSource::Ask(person));
        assert!(call(&client).await.is_ok());
    }
}

#[tokio::test]
async fn no_answer_and_a_wrong_one_are_told_apart_and_no_half_ticket_is_used() {
    for (answer, kind) in [
        (None, ErrorKind::SecondFactorNeeded),
        (
            Some(SecondFactorAnswer::Totp("000000".into())),
            ErrorKind::Unauthorized {
                text: "authentication failure".into(),
            },
        ),
    ] {
        let server = Server::start(account()).await;
        let client = client(&server, SecondFactorSource::Ask(Person::with(answer)));
        for _ in 0..2 {
            let error = call(&client).await.unwrap_err();
            assert_eq!(error.kind(), &kind);
            let printed = format!("{error} {error:?} {}", error.hint());
            assert!(
                !printed.contains("tfa!") && !printed.contains("000000"),
                "{printed}"
            );
        }
        assert!(server.seen().iter().all(|request| request.method == "POST"));
        assert!(server.seen().len() <= 2, "not tried again at once");
    }
}

fn sign_in(server: &Server) -> SignIn {
    SignIn::new(server.url(), Trust::Fingerprint(server.fingerprint)).unwrap()
}

#[tokio::test]
async fn a_page_can_ask_for_the_code_between_two_requests_and_use_the_ticket() {
    let server = Server::start(account()).await;
    let sign_in = sign_in(&server);
    let user = "root@pam".parse().unwrap();
    let step = sign_in.password(&user, &SECRET.into()).await.unwrap();
    let SignInStep::SecondFactor(pending) = step else {
        panic!("{step:?}")
    };
    assert!(pending.challenge().totp);
    assert!(!format!("{pending:?}").contains("tfa!"));
    let answer = SecondFactorAnswer::Totp("123456".into());
    let signed_in = sign_in.second_factor(&pending, &answer).await.unwrap();
    let again = sign_in.second_factor(&pending, &answer).await.unwrap_err();
    assert!(
        matches!(again.kind(), ErrorKind::Unauthorized { .. }),
        "{again}"
    );

    let mut options = server.options();
    options.auth = Auth::Ticket(signed_in);
    assert!(!format!("{options:?}").contains("c2ln"));
    let client = Client::connect(options).unwrap();
    call(&client).await.unwrap();
    let last = server.seen().pop().unwrap();
    let cookie = last.header("cookie").unwrap();
    assert!(cookie.starts_with("PVEAuthCookie=PVE"), "{cookie}");
    assert_eq!(client.requests().logins, 0);
}

#[tokio::test]
async fn a_ticket_that_has_ended_is_not_replaced() {
    let server =
        Server::answering(|| Answer::with(401, "Authentication failed!", "text/plain", b"")).await;
    let mut options = server.options();
    options.auth = Auth::Ticket(pve::SignedIn {
        user: "root@pam".parse().unwrap(),
        ticket: "PVE:root@pam:6B038830::c2ln".into(),
        csrf: "6B038830:csrf".into(),
    });
    let client = Client::connect(options).unwrap();
    let error = call(&client).await.unwrap_err();
    let said = "the ticket has ended";
    assert!(
        matches!(error.kind(), ErrorKind::Unauthorized { text } if text.starts_with(said)),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_openid_code_is_exchanged_for_a_ticket() {
    let server = Server::start(|request| match request.line().as_str() {
        "GET /api2/json/access/domains" => Answer::data(&json!([
            {"realm": "pam", "type": "pam", "comment": "Linux PAM"},
            {"realm": "company", "type": "openid", "default": 1},
        ])),
        "POST /api2/json/access/openid/auth-url" => {
            Answer::data(&json!("https://id.example.org/?state=abc"))
        }
        "POST /api2/json/access/openid/login" => Answer::data(&json!({
            "username": "anna@company", "ticket": "PVE:anna@company:6B038830::c2ln",
            "CSRFPreventionToken": "6B038830:csrf", "cap": {},
        })),
        other => panic!("{other}"),
    })
    .await;
    let sign_in = sign_in(&server);
    let realms = sign_in.realms().await.unwrap();
    assert_eq!(
        (realms.len(), realms[1].realm.as_str(), realms[1].default),
        (2, "company", true)
    );
    let back = "https://pve1.example.org:8006";
    let url = sign_in.openid_url("company", back).await.unwrap();
    assert_eq!(url, "https://id.example.org/?state=abc");
    let (state, code) = ("abc".into(), "c0de".into());
    let signed_in = sign_in.openid_code(&state, &code, back).await.unwrap();
    assert_eq!(signed_in.user.as_str(), "anna@company");
    assert_eq!(signed_in.csrf.expose_secret(), "6B038830:csrf");
    let seen = server.seen();
    assert_eq!(field(&seen[1], "redirect-url").as_deref(), Some(back));
    let sent = ["state", "code", "redirect-url"].map(|name| field(&seen[2], name).unwrap());
    assert_eq!(sent, ["abc", "c0de", back]);
    for request in &seen {
        assert_eq!(
            (request.header("cookie"), request.header("authorization")),
            (None, None)
        );
    }
}

#[tokio::test]
async fn a_backup_server_is_asked_with_its_separator_and_its_cookie() {
    let server = Server::start(|request| {
        if request.method == "POST" {
            full("PBS")
        } else {
            Answer::data(&json!(null))
        }
    })
    .await;
    let mut options = server.options();
    options.service = Service::Pbs;
    call(&Client::connect(options.clone()).unwrap())
        .await
        .unwrap();
    options.auth = Auth::Password {
        user: "root@pam".parse().unwrap(),
        password: SECRET.into(),
    };
    call(&Client::connect(options).unwrap()).await.unwrap();
    let seen = server.seen();
    let token = format!("PBSAPIToken=root@pam!demo:{SECRET}");
    assert_eq!(seen[0].header("authorization"), Some(token.as_str()));
    let cookie = seen[2].header("cookie").unwrap();
    assert!(cookie.starts_with("PBSAuthCookie=PBS"), "{cookie}");
}

#[tokio::test]
async fn a_mail_gateway_takes_passwords_and_no_tokens() {
    let server = Server::start(|request| {
        if request.method == "POST" {
            full("PMG")
        } else {
            Answer::data(&json!(null))
        }
    })
    .await;
    let mut options = server.options();
    options.service = Service::Pmg;
    let error = Client::connect(options.clone()).unwrap_err();
    assert!(
        error.to_string().contains("PMG has no API tokens"),
        "{error}"
    );
    options.auth = Auth::Password {
        user: "root@pam".parse().unwrap(),
        password: SECRET.into(),
    };
    call(&Client::connect(options.clone()).unwrap())
        .await
        .unwrap();
    let cookie = server.seen()[1].header("cookie").unwrap().to_owned();
    assert!(cookie.starts_with("PMGAuthCookie=PMG"), "{cookie}");
    let at = SignIn::at(
        Service::Pmg,
        options.url,
        options.trust,
        Timeouts::default(),
    )
    .unwrap();
    let step = at
        .password(&"root@pam".parse().unwrap(), &SECRET.into())
        .await
        .unwrap();
    assert!(matches!(step, SignInStep::Done(_)), "{step:?}");
}

#[tokio::test]
async fn asking_a_person_happens_once_for_all_callers() {
    struct Counting(AtomicUsize);
    #[async_trait]
    impl SecondFactor for Counting {
        async fn answer(&self, _: &SecondFactorChallenge) -> Option<SecondFactorAnswer> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Some(SecondFactorAnswer::Totp("123456".into()))
        }
    }
    let server = Server::start(account()).await;
    let person = Arc::new(Counting(AtomicUsize::new(0)));
    let client = client(&server, SecondFactorSource::Ask(person.clone()));
    let (a, b, c) = tokio::join!(call(&client), call(&client), call(&client));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(person.0.load(Ordering::SeqCst), 1);
}
