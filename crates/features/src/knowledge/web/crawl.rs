//! From an address to the pages below it, breadth first.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
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
    /// The addresses that led on to this one, the first of them first.
    led_by: Vec<Url>,
}

impl Waiting {
    /// Whether without it there is no source: it is the first page, or the first page leads to it.
    fn is_start(&self, start: &Url) -> bool {
        self.led_by.first().unwrap_or(&self.url) == start
    }
}

/// What came of an address that a page leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    New,
    /// It is read, or will be.
    Before,
    /// It lies elsewhere, or its host does not allow to read it.
    NotOurs,
    TooDeep,
}

struct Crawl {
    start: Url,
    /// Everything that is read begins so.
    prefix: String,
    robots: Robots,
    client: WebClient,
    queue: VecDeque<Waiting>,
    met: HashSet<String>,
    /// Where addresses led on to.
    leads: HashMap<String, String>,
    /// Too many links away from the start, as far as was seen.
    too_deep: BTreeSet<String>,
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
        leads: HashMap::new(),
        too_deep: BTreeSet::new(),
        bytes: 0,
        read: 0,
        start: start.clone(),
    };
    crawl.meet(start, 0, Vec::new());
    let mut are_known_met = false;
    loop {
        let leads_from_start = crawl
            .queue
            .front()
            .is_some_and(|waiting| waiting.is_start(&crawl.start));
        if !are_known_met && !leads_from_start {
            are_known_met = true;
            // A page that did not change is not sent, and its links neither: what it led to is known from
            // before. Where the first page leads to is looked at before that.
            for page in sink.pages() {
                if let Ok(url) = Url::parse(&page) {
                    crawl.meet(url, 1, Vec::new());
                }
            }
        }
        let Some(waiting) = crawl.queue.pop_front() else {
            break;
        };
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
    crawl.tell_too_deep(sink);
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
    fn meet(&mut self, mut url: Url, depth: usize, led_by: Vec<Url>) -> Met {
        url.set_fragment(None);
        let is_start = url == self.start;
        // Pages that are made for a query have no end: calendars, searches, sessions.
        let fits = is_start || (url.as_str().starts_with(&self.prefix) && url.query().is_none());
        if !fits || !self.robots.allows(url.path()) {
            return Met::NotOurs;
        }
        if self.met.contains(url.as_str()) {
            return Met::Before;
        }
        if depth > MOST_DEPTH || self.queue.len() >= MOST_WAITING {
            if self.too_deep.len() < MOST_WAITING {
                self.too_deep.insert(url.to_string());
            }
            return Met::TooDeep;
        }
        self.met.insert(url.to_string());
        self.queue.push_back(Waiting { url, depth, led_by });
        Met::New
    }

    /// Whether an address leads on and on, and at last to itself.
    fn leads_back(&self, page: &str) -> bool {
        let mut at = page;
        for _ in 0..self.leads.len() {
            match self.leads.get(at) {
                Some(next) if next == page => return true,
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    /// A chain of links that was cut is said: what lies behind it is not known.
    fn tell_too_deep(&mut self, sink: &mut Sink<'_>) {
        self.too_deep.retain(|page| !self.met.contains(page));
        let Some(first) = self.too_deep.first() else {
            return;
        };
        let (others, them) = match self.too_deep.len() - 1 {
            0 => ("it is".to_owned(), "it"),
            1 => ("it and another page are".to_owned(), "them"),
            others => (format!("it and {others} other pages are"), "them"),
        };
        let what = format!(
            "{others} more than {MOST_DEPTH} links away from {}; add an address nearer to {them} as a source",
            self.start
        );
        sink.problem(first, what);
    }

    async fn page(&mut self, sink: &mut Sink<'_>, waiting: Waiting) -> Result<()> {
        let is_start = waiting.is_start(&self.start);
        let Waiting { url, depth, led_by } = waiting;
        let page = url.to_string();
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
                    .take(sink, &url, (depth, is_start), bytes, content_type, mark)
                    .await;
            }
            Fetched::Redirect(target) => {
                let target = target.and_then(|target| url.join(&target).ok());
                let Some(mut target) = target else {
                    return self.lost(sink, &page, is_start, "it leads to no address");
                };
                target.set_fragment(None);
                self.leads.insert(page.clone(), target.to_string());
                if self.leads_back(&page) {
                    let what = if target == url {
                        "it leads back to itself".to_owned()
                    } else {
                        format!("it leads in a circle, back to {target}")
                    };
                    return self.lost(sink, &page, is_start, &what);
                }
                if led_by.len() >= MOST_REDIRECTS {
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
                let led_by = led_by.into_iter().chain([url]).collect();
                match self.meet(target.clone(), depth, led_by) {
                    // What was kept under the old address is read under the new one.
                    Met::New | Met::Before => {}
                    Met::NotOurs | Met::TooDeep => {
                        let what = format!("it leads to {target}, which is not read from here");
                        return self.lost(sink, &page, is_start, &what);
                    }
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
                let what = format!("pages of more than {} MiB are not read", limit >> 20);
                return self.lost(sink, &page, is_start, &what);
            }
        }
        Ok(())
    }

    /// A page that cannot be read. Without the first page there is no source: nothing of it is removed.
    fn lost(&mut self, sink: &mut Sink<'_>, page: &str, is_start: bool, why: &str) -> Result<()> {
        if is_start {
            let error = Error::new(Code::NotFound, format!("{page} cannot be read: {why}"));
            return Err(match sink.what_is_kept() {
                Some(kept) => error.hint(kept),
                None => error,
            });
        }
        self.read += 1;
        sink.problem(page, why);
        Ok(())
    }

    async fn take(
        &mut self,
        sink: &mut Sink<'_>,
        url: &Url,
        (depth, is_start): (usize, bool),
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
            if is_start {
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
                    self.meet(target, depth + 1, Vec::new());
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
