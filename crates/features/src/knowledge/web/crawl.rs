//! From an address to the pages below it, breadth first.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use ops::{Code, Error, Result};
use pve::PageMark;
use retrieval::{Format, MOST_PAGE_BYTES};
use url::Url;

use super::{
    address::Reach,
    client::{Fetched, WebClient},
    robots::{MOST_BYTES as MOST_ROBOTS_BYTES, Robots},
};
use crate::knowledge::sink::Sink;

const MOST_PAGES: usize = 2_000;
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// Links from one page to the next, counted from the start.
const MOST_DEPTH: usize = 8;
const MOST_REDIRECTS: usize = 5;
/// Pages that wait; a site that makes up links without end is read up to [`MOST_PAGES`].
const MOST_WAITING: usize = 20_000;
/// Between two requests: nobody waits for a crawl.
const PAUSE: Duration = Duration::from_millis(100);

/// The address of a source, or why it cannot be one.
pub(in crate::knowledge) fn check_start(address: &str) -> Result<Url> {
    let mistake = |why: &str| Error::invalid(format!("place: `{address}` {why}"));
    let mut url =
        Url::parse(address).map_err(|error| mistake(&format!("is no address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(mistake("is neither http nor https"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(mistake("names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(mistake(
            "holds a password; pages are read without signing in",
        ));
    }
    url.set_fragment(None);
    Ok(url)
}

/// A page to be read.
struct Waiting {
    url: Url,
    depth: usize,
    redirects: usize,
}

struct Crawl {
    start: Url,
    /// Everything that is read begins so.
    prefix: String,
    robots: Robots,
    client: WebClient,
    queue: VecDeque<Waiting>,
    met: HashSet<String>,
    bytes: u64,
    /// Pages that were read, changed or not.
    read: usize,
}

pub(in crate::knowledge) async fn read(
    sink: &mut Sink<'_>,
    address: &str,
    private: bool,
) -> Result<()> {
    let start = check_start(address)?;
    let reach = if private {
        Reach::Private
    } else {
        Reach::Public
    };
    let client = WebClient::new(reach, start.scheme() == "https")?;
    let robots = robots(&client, &start).await?;
    if !robots.allows(start.path()) {
        return Err(Error::new(
            Code::Forbidden,
            format!(
                "robots.txt of {} does not allow to read {start}",
                host(&start)
            ),
        )
        .hint("ask whoever runs that server, or add a copy of the pages as a folder"));
    }
    let mut crawl = Crawl {
        prefix: prefix_of(&start),
        robots,
        client,
        queue: VecDeque::new(),
        met: HashSet::new(),
        bytes: 0,
        read: 0,
        start: start.clone(),
    };
    crawl.meet(start, 0, 0);
    // A page that did not change is not sent, and its links neither: what it led to is known from before.
    for page in sink.pages() {
        if let Ok(url) = Url::parse(&page) {
            crawl.meet(url, 1, 0);
        }
    }
    while let Some(waiting) = crawl.queue.pop_front() {
        sink.check()?;
        if crawl.read >= MOST_PAGES || crawl.bytes > MOST_BYTES {
            let what = format!(
                "it is larger than {MOST_PAGES} pages or {} MiB; the rest was not read",
                MOST_BYTES / 1024 / 1024
            );
            sink.problem(crawl.start.as_str(), what);
            break;
        }
        if crawl.read > 0 {
            sink.ctx.clock.sleep(PAUSE).await;
        }
        crawl.page(sink, waiting).await?;
        sink.expect(crawl.read + crawl.queue.len());
    }
    Ok(())
}

async fn robots(client: &WebClient, start: &Url) -> Result<Robots> {
    let mut url = start.clone();
    url.set_path("/robots.txt");
    url.set_query(None);
    let unreadable = |what: &str| {
        Error::new(
            Code::NotFound,
            format!(
                "{url} cannot be read ({what}), so it is not known what {} allows; nothing was read",
                host(start)
            ),
        )
        .hint("it is tried again at the next refresh")
    };
    match client.get(&url, None, MOST_ROBOTS_BYTES).await? {
        Fetched::Page { bytes, .. } => Ok(Robots::parse(&String::from_utf8_lossy(&bytes))),
        // Nothing is asked of anybody there; a redirect leads away more often than to rules.
        Fetched::Status(400..=499) | Fetched::Redirect(_) | Fetched::Unchanged => {
            Ok(Robots::default())
        }
        Fetched::Status(status) => Err(unreadable(&format!("status {status}"))),
        Fetched::TooLarge => Err(unreadable("it is too large")),
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// `https://host/docs/` of `https://host/docs/index.html`.
fn prefix_of(start: &Url) -> String {
    let mut url = start.clone();
    url.set_query(None);
    let path = url.path().to_owned();
    let end = path.rfind('/').map_or(0, |at| at + 1);
    url.set_path(path.get(..end).unwrap_or("/"));
    url.to_string()
}

impl Crawl {
    /// Puts a page into the queue, unless it was met before or lies elsewhere.
    fn meet(&mut self, mut url: Url, depth: usize, redirects: usize) {
        url.set_fragment(None);
        let is_start = url == self.start;
        // Pages that are made for a query have no end: calendars, searches, sessions.
        let fits = is_start || (url.as_str().starts_with(&self.prefix) && url.query().is_none());
        if fits
            && depth <= MOST_DEPTH
            && self.queue.len() < MOST_WAITING
            && self.robots.allows(url.path())
            && self.met.insert(url.to_string())
        {
            self.queue.push_back(Waiting {
                url,
                depth,
                redirects,
            });
        }
    }

    async fn page(&mut self, sink: &mut Sink<'_>, waiting: Waiting) -> Result<()> {
        let Waiting {
            url,
            depth,
            redirects,
        } = waiting;
        let page = url.to_string();
        let is_start = url == self.start;
        let known = sink.known(&page);
        // What a page is shows in its name before it is sent.
        let limit = Format::of_name(url.path()).map_or(MOST_PAGE_BYTES, Format::most_bytes);
        let fetched = match self.client.get(&url, known.as_ref(), limit).await {
            Ok(fetched) => fetched,
            Err(error) if is_start => return Err(error),
            Err(error) => {
                self.read += 1;
                sink.problem(&page, error.sentence());
                return Ok(());
            }
        };
        match fetched {
            Fetched::Unchanged => {
                self.read += 1;
                sink.unchanged(&page);
            }
            Fetched::Page {
                bytes,
                content_type,
                mark,
            } => {
                self.read += 1;
                self.bytes += bytes.len() as u64;
                return self
                    .take(sink, &url, depth, bytes, content_type, mark)
                    .await;
            }
            Fetched::Redirect(target) => {
                let target = target.and_then(|target| url.join(&target).ok());
                let Some(target) = target else {
                    return self.lost(sink, &page, is_start, "it leads to no address");
                };
                if redirects >= MOST_REDIRECTS {
                    return self.lost(
                        sink,
                        &page,
                        is_start,
                        "it leads from page to page without end",
                    );
                }
                let inside = target.as_str().starts_with(&self.prefix);
                if !inside {
                    let what = format!("it leads to {target}, which is outside of {}", self.prefix);
                    return self.lost(sink, &page, is_start, &what);
                }
                let before = self.met.len();
                self.meet(target, depth, redirects + 1);
                if self.met.len() == before && is_start {
                    return self.lost(sink, &page, true, "it leads back to itself");
                }
            }
            // A page that is gone is no mistake of ours, except at the start.
            Fetched::Status(404 | 410) if !is_start => {}
            Fetched::Status(status) => {
                return self.lost(
                    sink,
                    &page,
                    is_start,
                    &format!("the server answers {status}"),
                );
            }
            Fetched::TooLarge => {
                let what = format!("pages of more than {limit} bytes are not read");
                return self.lost(sink, &page, is_start, &what);
            }
        }
        Ok(())
    }

    /// A page that cannot be read. Without the first page there is no source: nothing of it is removed.
    fn lost(&mut self, sink: &mut Sink<'_>, page: &str, is_start: bool, why: &str) -> Result<()> {
        if is_start {
            return Err(
                Error::new(Code::NotFound, format!("{page} cannot be read: {why}"))
                    .hint("what was read before is kept"),
            );
        }
        self.read += 1;
        sink.problem(page, why);
        Ok(())
    }

    async fn take(
        &mut self,
        sink: &mut Sink<'_>,
        url: &Url,
        depth: usize,
        bytes: Vec<u8>,
        content_type: Option<String>,
        mark: PageMark,
    ) -> Result<()> {
        let named = Format::of_name(url.path());
        let told = content_type.as_deref().and_then(Format::of_content_type);
        // Servers call Markdown plain text; what a page is called says more then.
        let is_any = content_type
            .as_deref()
            .is_some_and(|kind| kind.ends_with("/octet-stream"));
        let format = match (told, named) {
            (Some(Format::Plain), Some(named)) => Some(named),
            (Some(told), _) => Some(told),
            (None, Some(Format::Pdf)) if is_any => Some(Format::Pdf),
            (None, named) if content_type.is_none() => named.or(Some(Format::Html)),
            (None, _) => None,
        };
        let Some(format) = format else {
            // Pictures and archives that pages link to.
            if *url == self.start {
                let kind = content_type.unwrap_or_default();
                let what = format!("it is no page that can be read ({kind})");
                return self.lost(sink, url.as_str(), true, &what);
            }
            return Ok(());
        };
        if format == Format::Html {
            let text = bytes.clone();
            let links = tokio::task::spawn_blocking(move || {
                retrieval::links(&String::from_utf8_lossy(&text))
            })
            .await
            .unwrap_or_default();
            for link in links {
                if let Ok(target) = url.join(&link) {
                    self.meet(target, depth + 1, 0);
                }
            }
        }
        sink.page(url.as_str(), bytes, format, mark).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_before_anybody_is_asked() {
        for (address, why) in [
            ("docs", "is no address: relative URL without a base"),
            ("ftp://example.org/", "is neither http nor https"),
            (
                "https://anna:secret@example.org/",
                "holds a password; pages are read without signing in",
            ),
        ] {
            let error = check_start(address).unwrap_err();
            assert_eq!(error.message, format!("place: `{address}` {why}"));
        }
        let url = check_start("https://example.org/docs/index.html#top").unwrap();
        assert_eq!(url.as_str(), "https://example.org/docs/index.html");
        assert_eq!(prefix_of(&url), "https://example.org/docs/");
    }
}
