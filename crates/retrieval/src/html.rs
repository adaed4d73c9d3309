//! Pages of HTML as chunks, above all those that a node serves under `/pve-docs/`.
//!
//! The pages are written by AsciiDoc: sections are nested `div.sectN` with a heading that carries the
//! fragment, option lists are `div.dlist`, and each command of a manual page begins with a paragraph whose
//! id starts with `cli_`. Other HTML is cut at its headings.

use scraper::{ElementRef, Html, Node, node::Element};

use crate::chunk::{Chunk, Kind};
use crate::outline::{Outline, clip, is_shown_whole, one_line};

/// What is nested deeper than this is read as text without shape: no manual needs it, and a page that tries
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
/// Whether more elements are open at once than `most`, as far as tags tell without parsing them. What HTML closes
/// by itself (`<p>`, `<li>`, cells of tables) is not counted.
pub(crate) fn is_nested_beyond(html: &str, most: usize) -> bool {
    const CLOSED_BY_ITSELF: [&str; 24] = [
        "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup",
        "br", "hr", "img", "input", "meta", "link", "col", "area", "base", "embed", "source",
        "wbr",
    ];
    let mut open = 0_usize;
    for tag in html.split('<').skip(1) {
        let (closes, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let end = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let name = tag.get(..end).unwrap_or_default().to_ascii_lowercase();
        let counts = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !CLOSED_BY_ITSELF.contains(&name.as_str());
        if counts && closes {
            open = open.saturating_sub(1);
        } else if counts {
            open += 1;
            if open > most {
                return true;
            }
        }
    }
    false
}

fn title_of(root: &ElementRef<'_>) -> Option<String> {
    let heading = find(*root, &|element| element.value().name() == "h1");
    let title = find(*root, &|element| element.value().name() == "title");
    [heading, title]
        .into_iter()
        .flatten()
        .map(|element| one_line(&title_and_rest(element).0))
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

/// What stands in an element.
#[derive(Clone, Copy)]
enum Part<'a> {
    Text(&'a str),
    Element(ElementRef<'a>),
}

fn parts(element: ElementRef<'_>) -> impl DoubleEndedIterator<Item = Part<'_>> {
    element.children().filter_map(|child| match child.value() {
        Node::Text(text) => Some(Part::Text(text)),
        _ => ElementRef::wrap(child).map(Part::Element),
    })
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
            let mut text = String::new();
            push_flat(element, &mut text);
            self.say(&text);
            self.say("\n");
            return;
        }
        for child in parts(element) {
            self.child(child, depth);
        }
    }

    fn child(&mut self, child: Part<'_>, depth: usize) {
        match child {
            Part::Element(child) => self.element(child, depth + 1),
            Part::Text(text) if !text.trim().is_empty() => {
                self.say(&one_line(text));
                self.say("\n");
            }
            Part::Text(_) => {}
        }
    }

    fn element(&mut self, element: ElementRef<'_>, depth: usize) {
        let name = element.value().name();
        let class = element.attr("class").unwrap_or_default();
        match name {
            "script" | "style" | "head" | "nav" | "input" | "label" | "img" | "svg"
            | "noscript" => {}
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(element, name, depth),
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

    fn heading(&mut self, element: ElementRef<'_>, name: &str, depth: usize) {
        let (title, rest) = title_and_rest(element);
        let title = unnumbered(&one_line(&title)).to_owned();
        let level = name
            .as_bytes()
            .get(1)
            .copied()
            .map_or(1, |digit| usize::from(digit.saturating_sub(b'0')));
        if !title.is_empty() {
            self.begin_section(element, level, &title);
        }
        for child in rest {
            self.child(child, depth);
        }
    }

    fn begin_section(&mut self, element: ElementRef<'_>, level: usize, title: &str) {
        let whole = is_shown_whole(title);
        if level == 1 && self.outline.at_page() && self.is_page_title(title) {
            self.outline.set_page_title(title.to_owned());
        } else {
            self.outline
                .begin(level, title.to_owned(), anchor_of(element), Kind::Section);
        }
        if !whole {
            self.say(title);
            self.say("\n\n");
        }
    }

    /// The title of the page is its first heading, with the number that it may have there.
    fn is_page_title(&self, title: &str) -> bool {
        self.outline.page_title() == clip(title.to_owned())
    }
}

/// Where a heading can be linked to.
fn anchor_of(heading: ElementRef<'_>) -> Option<String> {
    heading
        .attr("id")
        .or_else(|| {
            heading
                .children()
                .filter_map(ElementRef::wrap)
                .find_map(|child| child.attr("id").or_else(|| child.attr("name")))
        })
        .map(str::to_owned)
}

impl Walk {
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
        push_flat(element, text);
        return;
    }
    for part in parts(element) {
        push_part(part, text, depth);
    }
}

fn push_part(part: Part<'_>, text: &mut String, depth: usize) {
    match part {
        Part::Text(part) => text.push_str(part),
        Part::Element(inner) if is_unsaid(inner.value()) => {}
        Part::Element(inner) => {
            push_text(inner, text, depth + 1);
            if ends_line(inner.value()) {
                text.push(' ');
            }
        }
    }
}

/// All the text of an element, however deep it lies: without sections, each block on a line of its own.
fn push_flat(element: ElementRef<'_>, text: &mut String) {
    // What is still to be said, the next of it last; nothing is the end of a line.
    let mut open: Vec<Option<Part<'_>>> = parts(element).rev().map(Some).collect();
    while let Some(next) = open.pop() {
        match next {
            Some(Part::Text(part)) => text.push_str(part),
            Some(Part::Element(inner)) if !is_unsaid(inner.value()) => {
                if ends_line(inner.value()) {
                    open.push(None);
                }
                open.extend(parts(inner).rev().map(Some));
            }
            Some(Part::Element(_)) => {}
            None if text.ends_with('\n') => {}
            None => text.push('\n'),
        }
    }
}

fn ends_line(element: &Element) -> bool {
    is_block(element.name()) || element.name() == "br"
}

/// What stands in a page and is no text of it.
fn is_unsaid(element: &Element) -> bool {
    matches!(
        element.name(),
        "script" | "style" | "noscript" | "img" | "svg" | "sup"
    ) || element.attr("class") == Some("headerlink")
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "li"
            | "td"
            | "th"
            | "tr"
            | "ul"
            | "ol"
            | "dl"
            | "dt"
            | "dd"
            | "pre"
            | "table"
            | "blockquote"
            | "section"
            | "article"
            | "main"
            | "figure"
            | "details"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

/// The title that a heading says, and what else lies in it: one that nobody closed holds what follows it.
fn title_and_rest(heading: ElementRef<'_>) -> (String, Vec<Part<'_>>) {
    let mut title = String::new();
    let mut rest = Vec::new();
    for part in parts(heading) {
        let begins_block =
            matches!(part, Part::Element(element) if is_block(element.value().name()));
        if rest.is_empty() && (!begins_block || title.trim().is_empty()) {
            push_part(part, &mut title, 0);
        } else {
            rest.push(part);
        }
    }
    (title, rest)
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

    fn texts(html: &str) -> Vec<(String, String)> {
        chunks("x.html", html)
            .into_iter()
            .map(|chunk| (chunk.section(), chunk.text))
            .collect()
    }

    fn row(section: &str, text: &str) -> (String, String) {
        (section.to_owned(), text.to_owned())
    }

    #[test]
    fn what_is_nested_without_end_is_read_as_text_all_the_same() {
        let deep = "<div>".repeat(5_000)
            + "<h2>Far</h2><p>The zeta <b>vlim</b> is 91.</p><script>no()</script><p>End.";
        assert_eq!(
            texts(&format!("<h1>Deep</h1>{deep}")),
            [row("Deep", "Far\nThe zeta vlim is 91.\nEnd.")]
        );
        let inline = "<p>Up <b>here</b>".to_owned() + &"<i><u>".repeat(400) + "and down there.";
        assert_eq!(texts(&inline), [row("x.html", "Up hereand down there.")]);
    }

    #[test]
    fn a_heading_that_nobody_closed_ends_where_its_first_paragraph_begins() {
        assert_eq!(
            texts("<h1>Zeta<p>The zeta vlim is 91.<p>Its ceiling is 12."),
            [row("Zeta", "The zeta vlim is 91.\n\nIts ceiling is 12.")]
        );
        assert_eq!(
            texts("<h1>Zeta</h1><h2>Limits<ul><li>vlim is 91.</ul>"),
            [row("Zeta > Limits", "- vlim is 91.")]
        );
        assert_eq!(
            texts("<h1><div>Zeta</div></h1><p>Text."),
            [row("Zeta", "Text.")]
        );
        // One that goes on without a paragraph is text as well as a title.
        let long = "word ".repeat(60).trim().to_owned();
        let found = texts(&format!("<h1>{long}"));
        assert_eq!(found.first().map(|(_, text)| text), Some(&long));
    }

    #[test]
    fn a_page_that_is_nothing_but_its_heading_is_found_by_it() {
        assert_eq!(texts("<h1>Zebra door</h1>"), [row("Zebra door", "")]);
        assert_eq!(texts("<title>Zebra door</title><body></body>"), []);
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
