//! Pages of Markdown as chunks, cut at their headings.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::{
    chunk::{Chunk, Kind},
    html::option_name,
    outline::{Outline, one_line},
};

/// The chunks of one page in the order of the page.
pub fn chunks(page: &str, markdown: &str) -> Vec<Chunk> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut reader = Reader {
        outline: Outline::new(page, page.to_owned()),
        inline: None,
        heading: None,
        in_code: false,
        in_metadata: false,
        titled: false,
        cells: Vec::new(),
        term: None,
    };
    for event in Parser::new_ext(markdown, options) {
        reader.event(event);
    }
    reader.outline.finish()
}

struct Reader {
    outline: Outline,
    /// Text of a heading, a cell or a term, which is needed whole.
    inline: Option<String>,
    /// Level and given id of the heading that is being read.
    heading: Option<(usize, Option<String>)>,
    in_code: bool,
    in_metadata: bool,
    /// Has the page its own title yet?
    titled: bool,
    cells: Vec<String>,
    /// A term of a definition list, until its definition comes.
    term: Option<String>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => self.text(&text),
            Event::InlineHtml(text) if text.starts_with("<br") => self.text(" "),
            // Comments, anchors and pictures; blocks of HTML are rare and hold no running text.
            Event::InlineHtml(_)
            | Event::Html(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text(if self.inline.is_some() { " " } else { "\n" }),
            Event::Rule => self.text("\n\n"),
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_metadata {
            return;
        }
        match &mut self.inline {
            Some(inline) => inline.push_str(text),
            None if self.in_code => self.outline.say(text),
            None => self.outline.say(&text.replace('\n', " ")),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, id, .. } => {
                self.heading = Some((level as usize, id.map(|id| id.to_string())));
                self.inline = Some(String::new());
            }
            Tag::CodeBlock(kind) => {
                self.in_code = true;
                self.outline.say("\n");
                // The language of a block says what it is for; the text of a diagram does not.
                if let CodeBlockKind::Fenced(language) = kind
                    && matches!(&*language, "mermaid" | "plantuml")
                {
                    self.in_metadata = true;
                }
            }
            Tag::Item => self.outline.say("- "),
            Tag::TableCell | Tag::DefinitionListTitle => self.inline = Some(String::new()),
            Tag::TableHead | Tag::TableRow => self.cells.clear(),
            Tag::MetadataBlock(_) => self.in_metadata = true,
            Tag::DefinitionListDefinition => self.definition(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.heading_ends(),
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.in_metadata = false;
                self.outline.say("\n\n");
            }
            TagEnd::Paragraph | TagEnd::List(_) | TagEnd::Table => self.outline.say("\n\n"),
            TagEnd::Item => self.outline.say("\n"),
            TagEnd::TableCell => {
                let cell = one_line(&self.inline.take().unwrap_or_default());
                if !cell.is_empty() {
                    self.cells.push(cell);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                let row = self.cells.join(" | ");
                if !row.is_empty() {
                    self.outline.say(&row);
                    self.outline.say("\n");
                }
                self.cells.clear();
            }
            TagEnd::MetadataBlock(_) => self.in_metadata = false,
            TagEnd::DefinitionListTitle => {
                self.term = self.inline.take().map(|term| one_line(&term));
            }
            TagEnd::DefinitionListDefinition => {
                self.outline.say("\n\n");
                if self.outline.kind() == Kind::Option {
                    let (level, _) = self.outline.place();
                    self.outline.close_to(level);
                }
            }
            _ => {}
        }
    }

    /// An entry that declares an option is a chunk of its own, as on the pages of HTML.
    fn definition(&mut self) {
        let Some(term) = self.term.take() else { return };
        if let Some(name) = option_name(&term)
            && self.outline.kind() != Kind::Option
        {
            let (level, anchor) = self.outline.place();
            self.outline.begin(level + 10, name, anchor, Kind::Option);
            self.outline.say(&term);
            self.outline.say("\n\n");
            return;
        }
        self.outline.say(&term);
        self.outline.say("\n");
    }

    fn heading_ends(&mut self) {
        let title = one_line(&self.inline.take().unwrap_or_default());
        let Some((level, id)) = self.heading.take() else {
            return;
        };
        if title.is_empty() {
            return;
        }
        if level == 1 && !self.titled && self.outline.at_page() {
            self.titled = true;
            self.outline.set_page_title(title);
            return;
        }
        let anchor = id.or_else(|| anchor_of(&title));
        self.outline.begin(level, title, anchor, Kind::Section);
    }
}

/// The fragment that viewers of Markdown give a heading: `Two words: here` is `two-words-here`.
fn anchor_of(title: &str) -> Option<String> {
    let anchor: String = title
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' | '-' => Some('-'),
            '_' => Some('_'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect();
    (!anchor.is_empty()).then_some(anchor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "---\ntitle: x\n---\n# Copies\n\nWhat *copies* are,\nin two lines.\n\n## Modes: all `of` them\n\n\
        - first\n- second\n\n```sh\nrun --now\n  all\n```\n\n| Mode | Speed |\n|---|---|\n| a | fast |\n\n### Deep {#own}\n\n\
        <!-- hidden -->\nText.\n\n## Options\n\nspeed: `<integer>` (default = 3)\n: How fast.\n\nplain\n: Only a term.\n";

    #[test]
    fn a_page_is_cut_at_its_headings_and_options() {
        let all: Vec<_> = chunks("copies.md", PAGE)
            .into_iter()
            .map(|chunk| (chunk.kind, chunk.at.link(), chunk.section(), chunk.text))
            .collect();
        let row = |kind, link: &str, section: &str, text: &str| {
            (kind, link.to_owned(), section.to_owned(), text.to_owned())
        };
        assert_eq!(
            all,
            [
                row(
                    Kind::Section,
                    "copies.md",
                    "Copies",
                    "What copies are, in two lines."
                ),
                row(
                    Kind::Section,
                    "copies.md#modes-all-of-them",
                    "Copies > Modes: all of them",
                    "- first\n- second\n\nrun --now\n  all\n\nMode | Speed\na | fast"
                ),
                row(
                    Kind::Section,
                    "copies.md#own",
                    "Copies > Modes: all of them > Deep",
                    "Text."
                ),
                row(
                    Kind::Section,
                    "copies.md#options",
                    "Copies > Options",
                    "plain\nOnly a term."
                ),
                row(
                    Kind::Option,
                    "copies.md#options",
                    "Copies > Options > speed",
                    "speed: <integer> (default = 3)\n\nHow fast."
                ),
            ]
        );
    }

    #[test]
    fn a_page_without_text_has_no_chunk_and_one_without_a_title_has_its_name() {
        assert_eq!(chunks("x.md", ""), []);
        assert_eq!(chunks("x.md", "<!-- nothing -->"), []);
        let only: Vec<_> = chunks("x.md", "Just text.")
            .into_iter()
            .map(|chunk| (chunk.section(), chunk.text))
            .collect();
        assert_eq!(only, [("x.md".to_owned(), "Just text.".to_owned())]);
    }

    #[test]
    fn a_page_that_is_nested_without_end_does_not_end_the_process() {
        chunks("x.md", &"> ".repeat(5_000));
        chunks("x.md", &"- ".repeat(5_000));
        chunks("x.md", &"[".repeat(20_000));
    }

    proptest! {
        #[test]
        fn whatever_a_page_holds_each_chunk_has_a_title(
            page in "(#{0,6} ?|[-*>] |`{1,3}|\\||\n|: |[ -~]{0,9}|<[a-z]{1,3}>){0,60}"
        ) {
            for chunk in chunks("x.md", &page) {
                prop_assert!(!chunk.title().is_empty());
            }
        }

        #[test]
        fn no_word_of_a_paragraph_is_lost(words in proptest::collection::vec("[a-z]{2,9}", 1..40)) {
            let page = format!("# T\n\n{}\n", words.join(" "));
            let text: String = chunks("x.md", &page).iter().map(|chunk| chunk.text.clone()).collect();
            prop_assert_eq!(text, words.join(" "));
        }
    }
}
