//! Where a page points to.

use scraper::{ElementRef, Html};

/// Links of a page that are looked at; a page with more is a trap.
const MOST_LINKS: usize = 5_000;

/// The targets of a page's links as they are written, each once, in the order of the page.
pub fn links(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let mut seen = std::collections::HashSet::new();
    document
        .root_element()
        .descendants()
        .filter_map(ElementRef::wrap)
        .filter(|element| element.value().name() == "a")
        .filter_map(|element| element.attr("href"))
        .map(|target| target.split('#').next().unwrap_or_default().trim())
        .filter(|target| !target.is_empty() && target.len() <= 2_000)
        .filter(|target| seen.insert((*target).to_owned()))
        .take(MOST_LINKS)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_told_once_and_without_its_fragment() {
        let page = r##"<a href="a.html#x">1</a><p><a href=" b.html ">2<a href="a.html">3</a><a href="#y">4</a><a>5</a>"##;
        assert_eq!(links(page), ["a.html", "b.html"]);
    }
}
