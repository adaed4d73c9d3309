//! A running server on a loopback port, its accounts, and ways to talk to it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream::BoxStream};
use ops::{
    Actor, Error, EventBus, Gate, Registry, Result, Role,
    engine::EngineOptions,
    gate::Policy,
    ports::{
        Accounts, Dependency, Health, Host, Readiness, SystemClock, TaskEnd, TaskFollower, TaskNews,
    },
    registry::Ports,
    run::Owner,
    tasks::Tasks,
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use server::{ChatEvent, ChatMessage, ChatPort, Completion, ServerDeps, ServerOptions, Thread};
use store::Store;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

use crate::toys;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) addr: SocketAddr,
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) toys: Arc<toys::Box>,
    pub(crate) registry: Registry,
    pub(crate) health: Arc<FakeHealth>,
    pub(crate) admin: String,
    pub(crate) operator: String,
    pub(crate) viewer: String,
    pub(crate) planner: String,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: Tasks,
}

/// A signed-in browser.
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a refusal, which must be problem+json.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{} {}",
            self.status,
            self.text
        );
        let document = self.json();
        assert!(
            document["title"].is_string() && document["detail"].is_string(),
            "{document}"
        );
        assert_eq!(document["status"], self.status, "{document}");
        (self.status, document["code"].as_str().unwrap().to_owned())
    }
}

pub(crate) async fn registry() -> (Registry, Arc<toys::Box>, Store) {
    let store = Store::in_memory(Arc::new(SystemClock)).await.unwrap();
    let toys = Arc::new(toys::Box::default());
    for (name, colour) in [("ball", "red"), ("car", "blue")] {
        toys.toys.lock().unwrap().insert(name.into(), colour.into());
    }
    let ports = Ports {
        anchor: None,
        ledger: Arc::new(store.clone()),
        clock: Arc::new(SystemClock),
        follower: Arc::new(NoTasks),
        host: Arc::new(Here),
        bus: EventBus::new(),
        tasks: Tasks::new(),
    };
    let options = EngineOptions {
        serves: true,
        ..EngineOptions::default()
    };
    let registry = toys::register(&toys)
        .build(Gate::new(Policy::default()), ports, options)
        .unwrap();
    (registry, toys, store)
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(ServerOptions::default()).await
    }

    pub(crate) async fn with(options: ServerOptions) -> Self {
        let (registry, toys, store) = registry().await;
        store
            .create_user("admin@demo", Role::Admin, PASSWORD)
            .await
            .unwrap();
        let token = |name: &'static str, role, may_approve| {
            let store = store.clone();
            async move {
                store
                    .create_token(name, role, may_approve, "test")
                    .await
                    .unwrap()
                    .token
            }
        };
        let health = Arc::new(FakeHealth::default());
        let deps = ServerDeps {
            registry: registry.clone(),
            accounts: Arc::new(store.clone()),
            health: health.clone(),
            chat: Arc::new(Parrot),
            options,
        };
        let listener = server::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, tasks) = (CancellationToken::new(), Tasks::new());
        let shutdown = stop.clone();
        tasks.spawn("server", move |_| async move {
            server::serve(listener, deps, shutdown).await.unwrap();
        });
        Self {
            addr,
            base: format!("http://{addr}"),
            client: client_trusting(None),
            toys,
            registry,
            health,
            admin: token("a", Role::Admin, true).await,
            operator: token("o", Role::Operator, true).await,
            viewer: token("v", Role::Viewer, true).await,
            planner: token("p", Role::Admin, false).await,
            stop,
            tasks,
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            format!("{}{path}", self.base),
        )
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        send(self.request("GET", path).bearer_auth(token)).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        send(self.request("POST", path).bearer_auth(token).json(body)).await
    }

    pub(crate) async fn login(&self) -> Browser {
        let body = json!({"username": "admin", "realm": "demo", "password": PASSWORD});
        let answer = send(self.request("POST", "/api/v1/auth/login").json(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Browser {
            cookie: answer
                .header("set-cookie")
                .split(';')
                .next()
                .unwrap()
                .to_owned(),
            csrf: answer.json()["csrf_token"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn plan(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, &self.operator, body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.json()
    }

    /// Sends bytes as they are, with no client in between that tidies them up; the whole answer.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        tokio::time::timeout(Duration::from_secs(20), read)
            .await
            .unwrap()
            .unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[expect(clippy::disallowed_methods, reason = "the client of these tests")]
pub(crate) fn client_trusting(pem: Option<&[u8]>) -> Client {
    // A second installation in the same process is refused, and that is fine.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20));
    let roots = pem.map(|pem| reqwest::Certificate::from_pem(pem).unwrap());
    builder.tls_certs_only(roots).build().unwrap()
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let is_stream = headers
        .get("content-type")
        .is_some_and(|kind| kind == "text/event-stream");
    // Streams are read by those who want to: their end may never come.
    let text = if is_stream && status == StatusCode::OK {
        String::new()
    } else {
        response.text().await.unwrap()
    };
    Answer {
        status: status.as_u16(),
        headers,
        text,
    }
}

#[derive(Default)]
pub(crate) struct FakeHealth(pub(crate) Mutex<Vec<Dependency>>);

impl FakeHealth {
    pub(crate) fn set(&self, name: &str, state: Readiness) {
        let reason = (state != Readiness::Ready).then(|| "it is away".to_owned());
        self.0.lock().unwrap().push(Dependency {
            name: name.into(),
            state,
            reason,
        });
    }
}

#[async_trait]
impl Health for FakeHealth {
    async fn dependencies(&self) -> Vec<Dependency> {
        self.0.lock().unwrap().clone()
    }
}

/// Says back what it was told, in thread `t1`.
struct Parrot;

impl Parrot {
    fn events() -> Vec<ChatEvent> {
        ["RUN_STARTED", "TEXT_MESSAGE_CONTENT", "RUN_FINISHED"]
            .into_iter()
            .zip(1..)
            .map(|(kind, id)| ChatEvent {
                id,
                event: json!({"type": kind}),
            })
            .collect()
    }

    fn check(thread: &str) -> Result<()> {
        (thread == "t1")
            .then_some(())
            .ok_or_else(|| Error::not_found("there is no such conversation"))
    }
}

#[async_trait]
impl ChatPort for Parrot {
    async fn create_thread(&self, _: &Actor) -> Result<Thread> {
        let at = "2026-01-02T03:04:05Z".to_owned();
        Ok(Thread {
            id: "t1".into(),
            title: "New".into(),
            created_at: at.clone(),
            updated_at: at,
        })
    }

    async fn threads(&self, actor: &Actor) -> Result<Vec<Thread>> {
        assert_eq!(actor.surface, ops::Surface::Chat);
        Ok(vec![self.create_thread(actor).await?])
    }

    async fn send(
        &self,
        actor: &Actor,
        thread: &str,
        _: String,
    ) -> Result<BoxStream<'static, ChatEvent>> {
        Self::check(thread)?;
        assert!(!actor.may_approve, "a chat must never carry consent");
        Ok(futures_util::stream::iter(Self::events()).boxed())
    }

    async fn events(
        &self,
        _: &Actor,
        thread: &str,
        after: u64,
        cancel: CancellationToken,
    ) -> Result<BoxStream<'static, ChatEvent>> {
        Self::check(thread)?;
        let rest = Self::events()
            .into_iter()
            .filter(move |event| event.id > after);
        let live = futures_util::stream::pending().take_until(cancel.cancelled_owned());
        Ok(futures_util::stream::iter(rest).chain(live).boxed())
    }

    async fn complete(&self, _: &Actor, messages: Vec<ChatMessage>) -> Result<Completion> {
        let text = messages
            .last()
            .map(|message| message.text.clone())
            .unwrap_or_default();
        if text == "fail" {
            return Err(Error::new(ops::Code::ModelUnavailable, "the model is away"));
        }
        Ok(Completion {
            text: format!("you said: {text}"),
            model: "none".into(),
        })
    }

    fn model_names(&self) -> Vec<String> {
        vec!["none".into()]
    }
}

struct Here;

impl Host for Here {
    fn owner(&self) -> Owner {
        Owner {
            host: "here".into(),
            boot_id: "b".into(),
            pid: 1,
            started: 1,
        }
    }

    fn is_alive(&self, _: &Owner) -> bool {
        true
    }
}

/// Toys are changed at once: there is never a task to follow.
struct NoTasks;

#[async_trait]
impl TaskFollower for NoTasks {
    async fn follow(
        &self,
        _: &ops::TaskRef,
        _: &mut (dyn FnMut(TaskNews) + Send),
        _: &CancellationToken,
    ) -> Result<TaskEnd> {
        Ok(TaskEnd::Unknown("toys have no tasks".into()))
    }
}
