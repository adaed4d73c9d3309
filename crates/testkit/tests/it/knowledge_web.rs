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
        "4 pages were not read, the first is {0}/docs/away.html: it leads to http://169.254.169.254/latest/, which is outside of {0}/docs/",
        site.url
    );
    assert_eq!(error, want);
    assert!(site.asked().iter().all(|path| !path.contains("169.254")));
    let unread: Vec<(&str, &str)> = wiki["unread"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| Some((one["page"].as_str()?, one["reason"].as_str()?)))
        .map(|(page, reason)| (page.rsplit('/').next().unwrap_or(page), reason))
        .collect();
    let (_, away) = unread[0];
    assert_eq!(
        unread,
        [
            ("away.html", away),
            ("huge.html", "pages of more than 16 MiB are not read"),
            ("png.html", "it is no text, whatever its name says"),
            (
                "round2.html",
                format!("it leads in a circle, back to {}/docs/round.html", site.url).as_str()
            ),
        ]
    );
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

#[tokio::test]
async fn a_first_page_that_leads_nowhere_is_no_source_and_is_added_again_without_more_ado() {
    let world = World::builder().without_background().build().await;
    let site = Site::start().await;
    let url = site.url.clone();
    site.redirect("/x/", "/x/b");
    site.redirect("/x/b", "/x/");
    let circle = add(&world, &site, "/x/").await.unwrap_err().message;
    assert_eq!(
        circle,
        format!("{url}/x/b cannot be read: it leads in a circle, back to {url}/x/")
    );
    let wiki = source(&world, "wiki").await;
    assert_eq!(
        (&wiki["state"], &wiki["error"], &wiki["pages"]),
        (&json!("failed"), &json!(circle), &json!(0))
    );
    // Nothing was ever read of it, so the next one of its name takes its place.
    site.redirect("/x/", "/x/gone");
    let gone = add(&world, &site, "/x/").await.unwrap_err().message;
    assert_eq!(
        gone,
        format!("{url}/x/gone cannot be read: the server answers 404")
    );
    let place = format!("{url}/x/");
    let input = json!({ "place": place, "id": "wiki" });
    let public = world.done("knowledge.add_source", input).await.unwrap_err();
    assert_eq!(public.code, Code::Conflict);
    site.html("/x/gone", "<h1>Back</h1><p>Text.</p>");
    add(&world, &site, "/x/").await.unwrap();
    assert_eq!(source(&world, "wiki").await["state"], "ready");
    let twice = add(&world, &site, "/x/").await.unwrap_err().message;
    assert_eq!(twice, "there is already a source `wiki`");
    // What was read is kept when the same address goes round in circles one day, and that is said.
    site.redirect("/x/gone", "/x/");
    let input = json!({ "sources": ["wiki"] });
    let circle = world.done("knowledge.refresh", input).await.unwrap_err();
    assert_eq!(
        circle.message,
        format!(
            "{url}/x/gone cannot be read: it leads in a circle, back to {url}/x/; what was read before is kept"
        )
    );
    assert_eq!(source(&world, "wiki").await["pages"], 1);
}

#[tokio::test]
async fn a_page_without_text_and_a_chain_of_links_that_was_cut_are_told() {
    let world = World::builder().without_background().build().await;
    let site = Site::start().await;
    site.html("/e/", "");
    let empty = add(&world, &site, "/e/").await.unwrap_err().message;
    assert!(empty.ends_with("/e/: it holds no text"), "{empty}");
    for n in 0..12 {
        let text = format!(
            r#"<h1>Page {n}</h1><p>Text {n}.</p><a href="{}.html">on</a>"#,
            n + 1
        );
        site.html(&format!("/d/{n}.html"), &text);
    }
    let place = format!("{}/d/0.html", site.url);
    let input = json!({ "place": place, "id": "deep", "private": true });
    world.done("knowledge.add_source", input).await.unwrap();
    let deep = source(&world, "deep").await;
    assert_eq!(
        (&deep["state"], &deep["pages"], &deep["error"]),
        (
            &json!("ready"),
            &json!(9),
            &json!(format!(
                "{0}/d/9.html was not read: it is more than 8 links away from {0}/d/0.html; add an address nearer to it as a source",
                site.url
            ))
        )
    );
}

#[tokio::test]
async fn a_certificate_that_nobody_here_trusts_is_called_so() {
    let world = World::builder().without_background().build().await;
    let place = format!("{}/pve-docs/", world.sim().url());
    let input = json!({ "place": place, "id": "wiki", "private": true });
    let error = world.done("knowledge.add_source", input).await.unwrap_err();
    assert_eq!(
        error.message,
        format!(
            "{}/robots.txt cannot be read: the certificate of 127.0.0.1 is signed by nobody that this machine trusts; add the certificate of its authority to those that the operating system of this machine trusts",
            world.sim().url()
        )
    );
}
