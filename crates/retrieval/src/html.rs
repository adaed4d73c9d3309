//! Pages of HTML as chunks, above all those that a node serves under `/pve-docs/`.
//!
//! The pages are written by AsciiDoc: sections are nested `div.sectN` with a heading that carries the
//! fragment, option lists are `div.dlist`, and each command of a manual page begins with a paragraph whose
//! id starts with `cli_`. Other HTML is cut at its headings.

use scraper::{ElementRef, Html, Node};

use crate::chunk::{Chunk, Kind};
use crate::outline::{Outline, one_line};

/// Elements that are nested deeper than this are not looked into: no manual needs it, and a page that tries
/// must not overflow the stack.
const MOST_DEPTH: usize = 200;

/// The chunks of one page in the order of the page. Broken HTML is read as browsers do; a page without any
/// text gives none.
pub fn chunks(page: &str, html: &str) -> Vec<Chunk> {
    let document = Html::parse_document(html);
    let root = document.root_element();
    let title = title_of(&root).unwrap_or_else(|| page.to_owned());
    let mut walk = Walk {
        outline: Outline::new(page, title),
    };
    let body = find(root, &|element| element.attr("id") == Some("content"))
        .or_else(|| find(root, &|element| element.value().name() == "body"))
        .unwrap_or(root);
    walk.children(body, 0);
    walk.outline.finish()
}

/// The heading of the page, else its title.
fn title_of(root: &ElementRef<'_>) -> Option<String> {
    let heading = find(*root, &|element| element.value().name() == "h1");
    let title = find(*root, &|element| element.value().name() == "title");
    [heading, title]
        .into_iter()
        .flatten()
        .map(|element| one_line(&inline_text(element)))
        .find(|text| !text.is_empty())
}

fn find<'a>(
    root: ElementRef<'a>,
    fits: &dyn Fn(&ElementRef<'a>) -> bool,
) -> Option<ElementRef<'a>> {
    root.descendants()
        .filter_map(ElementRef::wrap)
        .find(|element| fits(element))
}

struct Walk {
    outline: Outline,
}

impl Walk {
    fn say(&mut self, text: &str) {
        self.outline.say(text);
    }

    fn children(&mut self, element: ElementRef<'_>, depth: usize) {
        if depth > MOST_DEPTH {
            return;
        }
        for child in element.children() {
            if let Some(child) = ElementRef::wrap(child) {
                self.element(child, depth + 1);
            } else if let Node::Text(text) = child.value()
                && !text.trim().is_empty()
            {
                self.say(&one_line(text));
                self.say("\n");
            }
        }
    }

    fn element(&mut self, element: ElementRef<'_>, depth: usize) {
        let name = element.value().name();
        let class = element.attr("class").unwrap_or_default();
        match name {
            "script" | "style" | "head" | "nav" | "input" | "label" | "img" | "svg"
            | "noscript" => {}
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(element, name),
            "pre" => {
                let code: String = element.text().collect();
                self.say("\n");
                self.say(code.trim_end());
                self.say("\n\n");
            }
            "dl" => self.definitions(element, depth),
            "table" if is_admonition(element) => self.admonition(element, depth),
            "tr" => {
                let cells: Vec<String> = element
                    .children()
                    .filter_map(ElementRef::wrap)
                    .map(|cell| one_line(&inline_text(cell)))
                    .filter(|cell| !cell.is_empty())
                    .collect();
                if !cells.is_empty() {
                    self.say(&cells.join(" | "));
                    self.say("\n");
                }
            }
            "li" => {
                self.say("- ");
                self.children(element, depth);
            }
            "p" => {
                self.say(&one_line(&inline_text(element)));
                self.say("\n\n");
            }
            "div" if class == "paragraph" && is_command(element) => self.command(element),
            "div" | "section" | "article" | "main" | "body" | "html" | "ul" | "ol" | "table"
            | "tbody" | "thead" | "tfoot" | "blockquote" | "dd" | "td" | "th" | "details"
            | "figure" | "header" | "footer" | "form" | "fieldset" => {
                // What ends the sections of a page is no part of the last one.
                if matches!(
                    element.attr("id"),
                    Some("footer" | "toc" | "header" | "footnotes")
                ) {
                    return;
                }
                self.children(element, depth);
            }
            _ => {
                self.say(&one_line(&inline_text(element)));
                self.say("\n");
            }
        }
    }

    fn heading(&mut self, element: ElementRef<'_>, name: &str) {
        let title = unnumbered(&one_line(&inline_text(element))).to_owned();
        let level = name
            .as_bytes()
            .get(1)
            .copied()
            .map_or(1, |digit| usize::from(digit.saturating_sub(b'0')));
        if title.is_empty()
            || level == 1 && self.outline.at_page() && self.outline.page_title() == title
        {
            return;
        }
        let anchor = element
            .attr("id")
            .or_else(|| {
                element
                    .children()
                    .filter_map(ElementRef::wrap)
                    .find_map(|child| child.attr("id").or_else(|| child.attr("name")))
            })
            .map(str::to_owned);
        self.outline.begin(level, title, anchor, Kind::Section);
    }

    /// `<div class="paragraph" id="cli_qm_clone">`: the synopsis of one command, up to the next one.
    fn command(&mut self, element: ElementRef<'_>) {
        let synopsis = one_line(&inline_text(element));
        let title = element
            .descendants()
            .filter_map(ElementRef::wrap)
            .find(|inner| inner.value().name() == "strong")
            .map(|strong| one_line(&inline_text(strong)))
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| synopsis.clone());
        if title.is_empty() {
            return;
        }
        // Below whatever heading it stands under, and never inside the command before it.
        let level = self.outline.section_level() + 1;
        self.outline.begin(
            level,
            title,
            element.attr("id").map(str::to_owned),
            Kind::Command,
        );
        self.say(&synopsis);
        self.say("\n\n");
    }

    /// Entries that read `name: <type>` are options and chunks of their own; others are text with a term.
    fn definitions(&mut self, list: ElementRef<'_>, depth: usize) {
        let mut terms: Vec<String> = Vec::new();
        for child in list.children().filter_map(ElementRef::wrap) {
            match child.value().name() {
                "dt" => terms.push(one_line(&inline_text(child))),
                "dd" => {
                    let term = terms.join(", ");
                    terms.clear();
                    self.definition(&term, child, depth);
                }
                _ => self.children(child, depth + 1),
            }
        }
        for term in terms {
            self.say(&term);
            self.say("\n");
        }
    }

    fn definition(&mut self, term: &str, text: ElementRef<'_>, depth: usize) {
        let inside_option = self.outline.kind() == Kind::Option;
        match option_name(term) {
            Some(name) if !inside_option => {
                let (level, anchor) = self.outline.place();
                let level = level + 10;
                self.outline.begin(level, name, anchor, Kind::Option);
                self.say(term);
                self.say("\n\n");
                self.children(text, depth + 1);
                self.outline.close_to(level);
            }
            _ => {
                self.say(term);
                self.say("\n");
                self.children(text, depth + 1);
            }
        }
    }
}

/// `3.9.13. ZFS Pool Features` and `Appendix H: …` without what only the one page counts by.
fn unnumbered(title: &str) -> &str {
    let rest = title.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let numbered = rest.len() < title.len()
        && rest.starts_with(' ')
        && title.starts_with(|c: char| c.is_ascii_digit());
    let title = if numbered
        && title
            .strip_suffix(rest)
            .is_some_and(|number| number.ends_with('.'))
    {
        rest.trim_start()
    } else {
        title
    };
    match title
        .strip_prefix("Appendix ")
        .and_then(|rest| rest.split_once(": "))
    {
        Some((_, rest)) => rest,
        None => title,
    }
}

fn is_command(element: ElementRef<'_>) -> bool {
    element.attr("id").is_some_and(|id| id.starts_with("cli_"))
}

fn is_admonition(element: ElementRef<'_>) -> bool {
    element
        .parent()
        .and_then(ElementRef::wrap)
        .and_then(|parent| parent.attr("class"))
        .is_some_and(|class| class == "admonitionblock")
}

impl Walk {
    /// Note, tip, warning: the word stands in the picture's text.
    fn admonition(&mut self, table: ElementRef<'_>, depth: usize) {
        let word = find(table, &|element| element.value().name() == "img")
            .and_then(|image| image.attr("alt").map(str::to_owned));
        if let Some(word) = word {
            self.say(&format!("{word}: "));
        }
        if let Some(content) = find(table, &|element| element.attr("class") == Some("content")) {
            let text = one_line(&inline_text(content));
            let holds_blocks = find(content, &|element| {
                matches!(element.value().name(), "pre" | "p" | "ul" | "dl")
            })
            .is_some();
            if holds_blocks {
                self.children(content, depth + 1);
            } else {
                self.say(&text);
                self.say("\n\n");
            }
        }
    }
}

/// `onboot: <boolean> (default = 0)`, `--bwlimit <integer> (0 - N)`, `net[n]: …`, `<vmid>: <integer>`.
pub(crate) fn option_name(term: &str) -> Option<String> {
    let first = term.split_whitespace().next()?;
    let bare = first.trim_end_matches(':');
    let name = bare.trim_matches(['<', '>']);
    let plain = name.trim_start_matches('-');
    let well_formed = !plain.is_empty()
        && plain.len() <= 60
        && plain
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '[' | ']' | '*'))
        && plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = term.get(first.len()..).unwrap_or_default().trim_start();
    let typed = rest.starts_with('<') || rest.starts_with('[') || rest.starts_with("(default");
    (well_formed
        && typed
        && (first.ends_with(':') || name.starts_with("--") || bare.starts_with('<')))
    .then(|| name.to_owned())
}

/// The text of an element with its inner elements, without the marks that pages put beside headings.
fn inline_text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    push_text(element, &mut text, 0);
    text
}

fn push_text(element: ElementRef<'_>, text: &mut String, depth: usize) {
    if depth > MOST_DEPTH {
        return;
    }
    for child in element.children() {
        match child.value() {
            Node::Text(part) => text.push_str(part),
            Node::Element(inner) => {
                if matches!(inner.name(), "script" | "style" | "img" | "sup")
                    || inner.attr("class") == Some("headerlink")
                {
                    continue;
                }
                if let Some(child) = ElementRef::wrap(child) {
                    push_text(child, text, depth + 1);
                    if matches!(inner.name(), "br" | "p" | "div" | "li" | "td" | "th") {
                        text.push(' ');
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = r##"<html><head><title>t</title><style>p {}</style></head><body>
        <div id="header"><h1>Copies</h1><div id="toc">Table of Contents</div></div>
        <div id="content">
        <div id="preamble"><div class="sectionbody"><div class="paragraph"><p>What copies are.</p></div></div></div>
        <div class="sect1"><h2 id="_modes">Modes <a class="headerlink" href="#_modes">x</a></h2>
          <div class="sectionbody"><p>There are <em>two</em>.</p><pre>run --now
  all</pre>
          <div class="sect2"><h3 id="_fast">3.1. Fast</h3><p>Quick.</p></div></div></div>
        <div class="sect1"><h2 id="_options">Options</h2><div class="dlist"><dl>
          <dt class="hdlist1"><span>speed</span>: <span>&lt;integer&gt; (0 - N)</span> (<em>default =</em> 3)</dt>
          <dd><p>How fast.</p><div class="dlist"><dl><dt>inner=&lt;integer&gt;</dt><dd><p>Part of it.</p></dd></dl></div></dd>
          <dt class="hdlist1">plain words</dt><dd><p>Only a term.</p></dd></dl></div></div>
        <div class="sect1"><h2 id="_cli">Commands</h2>
          <div class="paragraph" id="cli_copy_now"><p><strong>copy now</strong> &lt;id&gt;</p></div>
          <div class="paragraph"><p>Copies it.</p></div>
          <div class="dlist"><dl><dt>--force &lt;boolean&gt; (default = 0)</dt><dd><p>Do it.</p></dd></dl></div>
          <div class="paragraph" id="cli_copy_stop"><p><strong>copy stop</strong></p></div></div>
        </div><div id="footer">Last updated</div></body></html>"##;

    #[test]
    fn a_page_is_cut_into_sections_options_and_commands_with_their_places() {
        let all: Vec<_> = chunks("copies.html", PAGE)
            .into_iter()
            .map(|chunk| (chunk.kind, chunk.at.link(), chunk.section(), chunk.text))
            .collect();
        let row = |kind, link: &str, section: &str, text: &str| {
            (kind, link.to_owned(), section.to_owned(), text.to_owned())
        };
        assert_eq!(
            all,
            [
                row(Kind::Section, "copies.html", "Copies", "What copies are."),
                row(
                    Kind::Section,
                    "copies.html#_modes",
                    "Copies > Modes",
                    "There are two.\n\nrun --now\n  all"
                ),
                row(
                    Kind::Section,
                    "copies.html#_fast",
                    "Copies > Modes > Fast",
                    "Quick."
                ),
                row(
                    Kind::Section,
                    "copies.html#_options",
                    "Copies > Options",
                    "plain words\nOnly a term."
                ),
                row(
                    Kind::Option,
                    "copies.html#_options",
                    "Copies > Options > speed",
                    "speed: <integer> (0 - N) (default = 3)\n\nHow fast.\n\ninner=<integer>\nPart of it."
                ),
                row(Kind::Section, "copies.html#_cli", "Copies > Commands", ""),
                row(
                    Kind::Command,
                    "copies.html#cli_copy_now",
                    "Copies > Commands > copy now",
                    "copy now <id>\n\nCopies it."
                ),
                row(
                    Kind::Option,
                    "copies.html#cli_copy_now",
                    "Copies > Commands > copy now > --force",
                    "--force <boolean> (default = 0)\n\nDo it."
                ),
                row(
                    Kind::Command,
                    "copies.html#cli_copy_stop",
                    "Copies > Commands > copy stop",
                    "copy stop"
                ),
            ]
        );
    }

    #[test]
    fn a_command_whose_name_is_not_marked_is_called_by_its_synopsis() {
        let page = r#"<h1>Copies</h1><div class="paragraph" id="cli_a"><p>copy now &lt;id&gt;</p></div>
            <div class="paragraph" id="cli_b"><p><strong> </strong></p></div>"#;
        let titles: Vec<_> = chunks("copies.html", page)
            .iter()
            .map(Chunk::section)
            .collect();
        assert_eq!(titles, ["Copies > copy now <id>"]);
    }

    #[test]
    fn a_page_without_text_has_no_chunk() {
        assert_eq!(chunks("x.html", ""), []);
        assert_eq!(chunks("x.html", "<script>alert(1)</script>"), []);
    }

    #[test]
    fn a_page_that_is_nested_without_end_does_not_end_the_process() {
        let page = "<div>".repeat(20_000) + "deep";
        chunks("x.html", &page);
    }

    proptest! {
        #[test]
        fn whatever_a_page_holds_each_chunk_has_a_title(page in "(<[a-z]{1,4}[^>]{0,9}>|[ -~]{0,9}|&[a-z]{1,4};){0,60}") {
            for chunk in chunks("x.html", &page) {
                prop_assert!(!chunk.title().is_empty());
            }
        }
    }
}
