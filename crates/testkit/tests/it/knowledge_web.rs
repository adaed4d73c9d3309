//! Pages of the web: read below their address, politely, and not from where nobody wanted to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use ops::Code;
use serde_json::{Value, json};
use testkit::World;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{knowledge::source, knowledge_pdf::made};

#[derive(Clone, Default)]
struct Page {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// A server of pages on this machine; it notes who asked for what.
#[derive(Clone)]
struct Site {
    pages: Arc<Mutex<BTreeMap<String, Page>>>,
    asked: Arc<Mutex<Vec<String>>>,
    url: String,
}

impl Site {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Self {
            pages: Arc::default(),
            asked: Arc::default(),
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let serving = site.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "a server of the test, which ends with it"
        )]
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") {
                    if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                        break;
                    }
                    head.extend_from_slice(&byte);
                }
                let answer = serving.answer(&String::from_utf8_lossy(&head));
                let _ = stream.write_all(&answer).await;
            }
        });
        site
    }

    fn answer(&self, head: &str) -> Vec<u8> {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let page = self.pages.lock().unwrap().get(&path).cloned();
        let page = page.unwrap_or(Page {
            status: 404,
            ..Page::default()
        });
        let etag = page.headers.iter().find(|(name, _)| *name == "ETag");
        let known = etag.is_some_and(|(_, etag)| {
            head.to_lowercase()
                .contains(&format!("if-none-match: {}", etag.to_lowercase()))
        });
        self.asked
            .lock()
            .unwrap()
            .push(if known { format!("{path} known") } else { path });
        if known {
            return b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec();
        }
        let mut out = format!(
            "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n",
            page.status,
            page.body.len()
        );
        for (name, value) in &page.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        let mut out = out.into_bytes();
        out.extend_from_slice(&page.body);
        out
    }

    fn put(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    fn html(&self, path: &str, body: &str) {
        let etag = format!("\"{}\"", body.len());
        let headers = vec![("Content-Type", "text/html".to_owned()), ("ETag", etag)];
        let body = body.as_bytes().to_vec();
        self.put(
            path,
            Page {
                status: 200,
                headers,
                body,
            },
        );
    }

    fn redirect(&self, path: &str, to: &str) {
        let headers = vec![("Location", to.to_owned())];
        self.put(
            path,
            Page {
                status: 302,
                headers,
                body: Vec::new(),
            },
        );
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }
}

async fn add(world: &World, site: &Site, start: &str) -> ops::Result<Value> {
    let place = format!("{}{start}", site.url);
    let input = json!({ "place": place, "id": "wiki", "private": true });
    world.done("knowledge.add_source", input).await
}

#[tokio::test]
async fn pages_below_the_address_are_read_once_and_only_what_changed_again() {
    let world = World::builder().without_background().build().await;
    let site = Site::start().await;
    site.html(
        "/docs/",
        r#"<h1>Wiki</h1><p>Start.</p><a href="a.html">a</a><a href="/docs/b.html#x">b</a><a href="/secret.html">no</a>
           <a href="https://example.org/docs/">no</a><a href="a.html?page=2">no</a><a href="private/c.html">no</a><a href="p.png">no</a>
           <a href="rules.pdf">rules</a>"#,
    );
    site.put(
        "/docs/rules.pdf",
        Page {
            status: 200,
            headers: vec![
                ("Content-Type", "application/pdf".to_owned()),
                ("ETag", "\"r1\"".to_owned()),
            ],
            body: made(
                &[&["Rules", "Text."], &["Doors", "The zebra door is locked."]],
                true,
            ),
        },
    );
    site.html(
        "/docs/a.html",
        r#"<h1>Lights</h1><h2 id="on">Turning them on</h2><p>Press the green button.</p><a href="./">back</a>"#,
    );
    site.html("/docs/b.html", "<h1>B</h1><p>Text.</p>");
    site.html("/secret.html", "<h1>S</h1>");
    let robots = b"User-agent: *\nDisallow: /docs/private/\n".to_vec();
    site.put(
        "/robots.txt",
        Page {
            status: 200,
            headers: vec![("Content-Type", "text/plain".to_owned())],
            body: robots,
        },
    );
    site.put(
        "/docs/p.png",
        Page {
            status: 200,
            headers: vec![("Content-Type", "image/png".to_owned())],
            body: b"\x89PNG\0".to_vec(),
        },
    );
    add(&world, &site, "/docs/").await.unwrap();
    assert_eq!(
        site.asked(),
        [
            "/docs/",
            "/docs/a.html",
            "/docs/b.html",
            "/docs/p.png",
            "/docs/rules.pdf",
            "/robots.txt"
        ]
    );
    let wiki = source(&world, "wiki").await;
    assert_eq!(
        (&wiki["state"], &wiki["error"], &wiki["pages"]),
        (&json!("ready"), &Value::Null, &json!(4))
    );
    let found = world
        .query("knowledge.search", json!({ "question": "zebra door" }))
        .await
        .unwrap();
    assert_eq!(
        found["results"][0]["url"],
        json!(format!("{}/docs/rules.pdf#page=2", site.url))
    );
    let found = world
        .query(
            "knowledge.search",
            json!({ "question": "turning lights on" }),
        )
        .await
        .unwrap();
    assert_eq!(
        found["results"][0]["url"],
        json!(format!("{}/docs/a.html#on", site.url))
    );

    site.html("/docs/b.html", "<h1>B</h1><p>Other text than before.</p>");
    site.pages.lock().unwrap().remove("/docs/a.html");
    world
        .done("knowledge.refresh", json!({ "sources": ["wiki"] }))
        .await
        .unwrap();
    assert_eq!(
        site.asked(),
        [
            "/docs/ known",
            "/docs/a.html",
            "/docs/b.html",
            "/docs/rules.pdf known",
            "/robots.txt"
        ]
    );
    let wiki = source(&world, "wiki").await;
    assert_eq!(
        (&wiki["state"], &wiki["pages"]),
        (&json!("ready"), &json!(3))
    );

    // The whole site is gone: what was read stays.
    site.pages.lock().unwrap().clear();
    let gone = world
        .done("knowledge.refresh", json!({ "sources": ["wiki"] }))
        .await;
    let error = gone.unwrap_err().message;
    assert_eq!(
        error,
        format!(
            "{}/docs/ cannot be read: the server answers 404; what was read before is kept",
            site.url
        )
    );
    let wiki = source(&world, "wiki").await;
    assert_eq!(
        (&wiki["state"], &wiki["pages"]),
        (&json!("failed"), &json!(3))
    );
}

#[tokio::test]
async fn a_host_in_a_private_network_is_asked_only_when_a_person_named_it() {
    let world = World::builder().without_background().build().await;
    let site = Site::start().await;
    site.html("/", "<h1>Inside</h1><p>Text.</p>");
    for (place, what) in [
        (
            format!("{}/", site.url),
            format!("{}/robots.txt is at 127.0.0.1", site.url),
        ),
        (
            site.url.replace("127.0.0.1", "localhost") + "/",
            "localhost is at a private address".to_owned(),
        ),
        (
            "http://169.254.169.254/latest/".to_owned(),
            "http://169.254.169.254/robots.txt is at 169.254.169.254".to_owned(),
        ),
    ] {
        let private = place.contains("169.254");
        let input = json!({ "place": place, "id": "wiki", "private": private });
        let error = world.done("knowledge.add_source", input).await.unwrap_err();
        assert_eq!(
            error.message,
            format!(
                "{what}, which is no address of the internet; nothing was sent; if that host is meant, add the source with --private"
            )
        );
        world
            .done("knowledge.remove_source", json!({ "source": "wiki" }))
            .await
            .unwrap();
    }
    assert_eq!(site.asked(), Vec::<String>::new());
    add(&world, &site, "/").await.unwrap();
}

#[tokio::test]
async fn redirects_that_loop_or_lead_away_and_pages_without_end_are_told() {
    let world = World::builder().without_background().build().await;
    let site = Site::start().await;
    site.html(
        "/docs/",
        r#"<h1>Wiki</h1><a href="moved.html">1</a><a href="round.html">2</a><a href="away.html">3</a><a href="huge.html">4</a><a href="png.html">5</a>"#,
    );
    site.redirect("/docs/moved.html", "there.html");
    site.html("/docs/there.html", "<h1>There</h1><p>Text.</p>");
    site.redirect("/docs/round.html", "round2.html");
    site.redirect("/docs/round2.html", "round.html");
    site.redirect("/docs/away.html", "http://169.254.169.254/latest/");
    site.put(
        "/docs/huge.html",
        Page {
            status: 200,
            headers: vec![("Content-Type", "text/html".to_owned())],
            body: vec![b' '; 17 * 1024 * 1024],
        },
    );
    site.put(
        "/docs/png.html",
        Page {
            status: 200,
            headers: vec![("Content-Type", "text/html".to_owned())],
            body: b"\x89PNG\r\n\x1a\n\0\0\0\0".to_vec(),
        },
    );
    add(&world, &site, "/docs/").await.unwrap();
    let wiki = source(&world, "wiki").await;
    assert_eq!(wiki["pages"], 2);
    let error = wiki["error"].as_str().unwrap();
    let want = format!(
        "3 pages were not read, the first is {0}/docs/away.html: it leads to http://169.254.169.254/latest/, which is outside of {0}/docs/",
        site.url
    );
    assert_eq!(error, want);
    assert!(site.asked().iter().all(|path| !path.contains("169.254")));
}

#[tokio::test]
async fn a_server_that_does_not_say_what_it_allows_or_allows_nothing_is_not_read() {
    let world = World::builder().without_background().build().await;
    let site = Site::start().await;
    site.html("/", "<h1>X</h1>");
    site.put(
        "/robots.txt",
        Page {
            status: 500,
            ..Page::default()
        },
    );
    let broken = add(&world, &site, "/").await.unwrap_err();
    assert!(
        broken
            .message
            .contains("robots.txt cannot be read (status 500)"),
        "{}",
        broken.message
    );
    site.put(
        "/robots.txt",
        Page {
            status: 200,
            headers: Vec::new(),
            body: b"User-agent: *\nDisallow: /".to_vec(),
        },
    );
    let refused = world
        .done("knowledge.refresh", json!({ "sources": ["wiki"] }))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(
        refused.message.contains("does not allow"),
        "{}",
        refused.message
    );
    assert!(!site.asked().contains(&"/".to_owned()));
}
