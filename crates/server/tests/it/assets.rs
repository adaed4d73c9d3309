//! The embedded console: what is in the folder is served, what is not is not, wherever the path points.

use crate::world::{World, send};

#[tokio::test]
async fn the_front_page_and_its_deep_links_are_html() {
    let world = World::new().await;
    for path in ["/", "/guests/main/pve1/101", "/anything"] {
        let answer = send(
            world
                .request("GET", path)
                .header("accept", "text/html,*/*;q=0.8"),
        )
        .await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{path}"
        );
        assert!(!answer.header("content-security-policy").is_empty());
    }
    let program = send(
        world
            .request("GET", "/anything")
            .header("accept", "application/json"),
    )
    .await;
    assert_eq!(program.problem(), (404, "not_found".into()));
    let asset = send(
        world
            .request("GET", "/assets/none.js")
            .header("accept", "text/html"),
    )
    .await;
    assert_eq!(asset.problem(), (404, "not_found".into()));
    let post = send(world.request("POST", "/anything")).await;
    assert_eq!(post.problem(), (405, "method_not_allowed".into()));
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let world = World::new().await;
    for path in [
        "/../../../../etc/passwd",
        "/assets/../../../../etc/passwd",
        "/assets/..%2f..%2f..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/....//....//etc/passwd",
        "//etc/passwd",
        "/.env",
        "/.git/config",
        "/..\\..\\etc\\passwd",
        "/../../crates/server/Cargo.toml",
    ] {
        let answer = world
            .raw(&format!(
                "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                world.addr
            ))
            .await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer:.100}");
        assert!(
            !answer.contains("root:")
                && !answer.contains("[core]")
                && !answer.contains("[package]"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_built_console_comes_compressed_and_is_asked_for_once() {
    let world = World::new().await;
    let page = send(
        world
            .request("GET", "/")
            .header("accept-encoding", "identity"),
    )
    .await;
    let Some(script) = page
        .text
        .split('"')
        .find(|part| part.starts_with("/assets/"))
    else {
        println!("skipped: the console was not built");
        return;
    };
    let get = || world.request("GET", script).header("accept-encoding", "br");
    let answer = send(get()).await;
    assert_eq!(
        (answer.status, answer.header("content-encoding")),
        (200, "br")
    );
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let again = send(get().header("if-none-match", answer.header("etag"))).await;
    assert_eq!((again.status, again.text.len()), (304, 0));
    assert_eq!(page.header("cache-control"), "no-cache");
}
