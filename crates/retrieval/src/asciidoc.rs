//! Pages of AsciiDoc as chunks: the part of the language that documentations are written in.
//!
//! Read are titles (`== Title` and titles that are underlined), `[[anchors]]`, attributes and their values,
//! lists, option lists, blocks of code, tables, admonitions and comments. Nothing is included or executed:
//! `include::`, `ifdef::` and macros of pictures are left out.

use std::collections::HashMap;

use crate::{
    chunk::{Chunk, Kind},
    html::option_name,
    outline::{Outline, one_line},
};

/// Values of attributes are put in at most so often into a line: an attribute may name itself.
const MOST_REPLACEMENTS: usize = 8;
/// An attribute that grows beyond this is left as it is written.
const MOST_LINE: usize = 16 * 1024;
/// Levels of underlined titles by their character.
const UNDERLINES: [(char, usize); 5] = [('=', 1), ('-', 2), ('~', 3), ('^', 4), ('+', 5)];

/// The chunks of one page in the order of the page.
pub fn chunks(page: &str, asciidoc: &str) -> Vec<Chunk> {
    let mut reader = Reader {
        outline: Outline::new(page, page.to_owned()),
        attributes: HashMap::new(),
        anchor: None,
        titled: false,
        options: Vec::new(),
        paragraph: false,
    };
    let lines: Vec<&str> = asciidoc.lines().map(str::trim_end).collect();
    reader.page(&lines);
    reader.outline.finish()
}

struct Reader {
    outline: Outline,
    attributes: HashMap<String, String>,
    /// Of `[[…]]` or `[#…]`, for the title that follows.
    anchor: Option<String>,
    titled: bool,
    /// The marks (`::`, `:::`) of the option lists that are open.
    options: Vec<usize>,
    /// Is a paragraph being written? Its lines are joined by blanks.
    paragraph: bool,
}

impl Reader {
    fn page(&mut self, lines: &[&str]) {
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += self.element(line, lines.get(at + 1..).unwrap_or_default());
        }
    }

    /// Reads what begins with `line`; how many lines it took.
    fn element(&mut self, line: &str, rest: &[&str]) -> usize {
        if line.is_empty() {
            self.pause();
            return 1;
        }
        if line.starts_with("////") && is_fence(line) {
            return 1 + block(rest, line).1;
        }
        if line.starts_with("//") && !line.starts_with("///") {
            return 1;
        }
        if let Some(taken) = self.title(line, rest) {
            return taken;
        }
        if is_fence(line) {
            return 1 + self.fenced(line, rest);
        }
        if let Some((name, value)) = attribute(line) {
            let value = self.filled(value);
            self.attributes.insert(name.to_owned(), value);
            return 1;
        }
        if let Some(id) = anchor_line(line) {
            self.anchor = Some(id.to_owned());
            return 1;
        }
        let is_attributes = line.starts_with('[') && line.ends_with(']') && !line.contains("]:");
        if is_attributes || is_macro(line) || line == "+" || line == "toc::[]" {
            return 1;
        }
        self.text(line);
        1
    }

    fn pause(&mut self) {
        if self.paragraph {
            self.paragraph = false;
            self.outline.say("\n");
        }
        self.outline.say("\n");
    }

    fn title(&mut self, line: &str, rest: &[&str]) -> Option<usize> {
        if let Some((level, title)) = marked_title(line) {
            self.begin(level, title);
            return Some(1);
        }
        let (level, title) = underlined_title(line, rest.first()?)?;
        self.begin(level, title);
        Some(2)
    }

    /// Level 1 is the title of the page, as long as it has none.
    fn begin(&mut self, level: usize, title: &str) {
        self.paragraph = false;
        self.options.clear();
        let filled = self.filled(title);
        let title = one_line(&inline(&filled));
        let anchor = self.anchor.take();
        if title.is_empty() {
            return;
        }
        if level == 1 && !self.titled && self.outline.at_page() {
            self.titled = true;
            self.outline.set_page_title(title);
            return;
        }
        let anchor = anchor.or_else(|| anchor_of(&title));
        self.outline.begin(level, title, anchor, Kind::Section);
    }

    /// A block between two equal fences; one that has no end goes to the end of the page.
    fn fenced(&mut self, fence: &str, rest: &[&str]) -> usize {
        let (inside, taken) = block(rest, fence);
        self.pause();
        match fence.chars().next() {
            Some('-' | '.' | '`') if fence != "--" => {
                for line in inside {
                    let line = callouts_removed(line);
                    self.outline.say(line);
                    self.outline.say("\n");
                }
                self.outline.say("\n");
            }
            Some('|' | ',' | ':' | '!') => self.table(inside),
            // Pass-through: HTML for one output format.
            Some('+') => {}
            // Examples, sidebars, quotes and open blocks hold text.
            _ => self.page(inside),
        }
        self.paragraph = false;
        taken
    }

    fn table(&mut self, lines: &[&str]) {
        for line in lines {
            let filled = self.filled(line);
            let cells: Vec<String> = filled
                .split('|')
                .map(|cell| one_line(&inline(cell)))
                .filter(|cell| !cell.is_empty() && !is_cell_format(cell))
                .collect();
            if !cells.is_empty() {
                self.outline.say(&cells.join(" | "));
                self.outline.say("\n");
            }
        }
        self.outline.say("\n");
    }

    fn text(&mut self, line: &str) {
        let line = self.filled(line);
        let trimmed = line.trim_start();
        if let Some((term, mark, rest)) = term_of(trimmed) {
            self.term(term, mark, rest);
            return;
        }
        if let Some(item) = item_of(trimmed) {
            if self.paragraph {
                self.outline.say("\n");
            }
            self.outline.say("- ");
            self.outline.say(&inline(item));
            self.paragraph = true;
            return;
        }
        // An indented line outside of lists is shown as it is written.
        if line.starts_with(' ') && !self.paragraph && self.options.is_empty() {
            self.outline.say(&line);
            self.outline.say("\n");
            return;
        }
        // `.Title` of a block.
        let said = match trimmed.strip_prefix('.') {
            Some(title) if !self.paragraph && title.starts_with(char::is_alphanumeric) => title,
            _ => trimmed,
        };
        let joined = self.paragraph;
        let hard_break = said.ends_with(" +");
        let said = said.strip_suffix(" +").unwrap_or(said);
        if joined {
            self.outline.say(" ");
        }
        self.outline.say(&inline(said));
        self.paragraph = true;
        if hard_break {
            self.paragraph = false;
            self.outline.say("\n");
        }
    }

    /// `name`: `<type>` (`default = x`) ::  begins an option; other terms are text.
    fn term(&mut self, term: &str, mark: usize, rest: &str) {
        if self.paragraph {
            self.outline.say("\n");
            self.paragraph = false;
        }
        while self.options.last().is_some_and(|open| *open >= mark) {
            self.options.pop();
        }
        if self.options.is_empty() && self.outline.kind() == Kind::Option {
            let (level, _) = self.outline.place();
            self.outline.close_to(level);
        }
        let said = one_line(&inline(term));
        match option_name(&said) {
            Some(name) if self.outline.kind() != Kind::Option => {
                let (level, anchor) = self.outline.place();
                self.outline.begin(level + 10, name, anchor, Kind::Option);
                self.outline.say(&said);
                self.outline.say("\n\n");
            }
            _ => {
                self.outline.say(&said);
                self.outline.say("\n");
            }
        }
        self.options.push(mark);
        if !rest.is_empty() {
            self.outline.say(&inline(rest));
            self.paragraph = true;
        }
    }

    /// `{name}` with the value of the attribute, where there is one.
    fn filled(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for _ in 0..MOST_REPLACEMENTS {
            let mut changed = false;
            let mut out = String::with_capacity(line.len());
            let mut rest = line.as_str();
            while let Some((before, behind)) = rest.split_once('{') {
                out.push_str(before);
                match behind
                    .split_once('}')
                    .and_then(|(name, after)| Some((self.value(name)?, after)))
                {
                    Some((value, after)) => {
                        out.push_str(value);
                        rest = after;
                        changed = true;
                    }
                    None => {
                        out.push('{');
                        rest = behind;
                    }
                }
            }
            out.push_str(rest);
            if !changed || out.len() > MOST_LINE {
                return if out.len() > MOST_LINE { line } else { out };
            }
            line = out;
        }
        line
    }

    fn value(&self, name: &str) -> Option<&str> {
        match name {
            "nbsp" => Some(" "),
            "empty" => Some(""),
            _ => self.attributes.get(name).map(String::as_str),
        }
    }
}

/// `== Title`: as many `=` as its level, up to six.
fn marked_title(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches('=');
    let level = line.len() - rest.len();
    let title = rest.strip_prefix(' ')?.trim();
    let title = title.trim_end_matches('=').trim_end();
    ((1..=6).contains(&level) && !title.is_empty()).then_some((level, title))
}

/// A line with one of the five characters under it, within two characters of its length.
fn underlined_title<'a>(line: &'a str, under: &str) -> Option<(usize, &'a str)> {
    let mark = under.chars().next()?;
    let (_, level) = UNDERLINES.iter().find(|(known, _)| *known == mark)?;
    if !under.chars().all(|c| c == mark) {
        return None;
    }
    let (length, under) = (line.chars().count(), under.chars().count());
    let fits = length.abs_diff(under) <= 2 && under >= 3;
    let is_words = line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '`' | '{' | '_'))
        && line.contains(char::is_alphanumeric);
    (fits && is_words).then_some((*level, line.trim()))
}

/// A line of at least four equal marks (`--` and ``` also) that opens or ends a block.
fn is_fence(line: &str) -> bool {
    if line == "--" {
        return true;
    }
    let Some(mark) = line.chars().next() else {
        return false;
    };
    match mark {
        '-' | '.' | '=' | '*' | '_' | '+' | '/' => {
            line.len() >= 4 && line.chars().all(|c| c == mark)
        }
        '`' => line.starts_with("```"),
        '|' | ',' | ':' | '!' => {
            line.len() >= 4
                && line
                    .get(1..)
                    .is_some_and(|rest| rest.chars().all(|c| c == '='))
        }
        _ => false,
    }
}

/// What lies before the end of a block, and how many lines it took with its end. Authors do not count the
/// marks: a block that ends with another number of the same mark has ended.
fn block<'a, 'b>(rest: &'b [&'a str], fence: &str) -> (&'b [&'a str], usize) {
    let same = |line: &str| {
        line.chars().next() == fence.chars().next()
            && is_fence(line)
            && (line == "--") == (fence == "--")
            && line.get(1..2) == fence.get(1..2)
    };
    match rest.iter().position(|line| same(line)) {
        Some(end) => (rest.get(..end).unwrap_or_default(), end + 1),
        None => (rest, rest.len()),
    }
}

/// `:name: value`.
fn attribute(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix(':')?.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_value = value.is_empty() || value.starts_with(' ');
    (!name.is_empty() && name.chars().all(plain) && is_value).then_some((name, value.trim()))
}

/// `[[id]]`, `[[id,text]]` or `[#id]` alone on a line.
fn anchor_line(line: &str) -> Option<&str> {
    let inside = line
        .strip_prefix("[[")
        .and_then(|rest| rest.strip_suffix("]]"))
        .or_else(|| {
            line.strip_prefix("[#")
                .and_then(|rest| rest.strip_suffix(']'))
        })?;
    let id = inside.split(',').next()?.trim();
    (!id.is_empty() && !id.contains(char::is_whitespace)).then_some(id)
}

fn is_macro(line: &str) -> bool {
    let Some((name, rest)) = line.split_once("::") else {
        return false;
    };
    matches!(
        name,
        "include"
            | "ifdef"
            | "ifndef"
            | "ifeval"
            | "endif"
            | "image"
            | "thumbnail"
            | "video"
            | "toc"
    ) && rest.contains('[')
}

/// `term:: rest`, with two to four colons or two semicolons.
fn term_of(line: &str) -> Option<(&str, usize, &str)> {
    for (mark, text) in [(4, "::::"), (3, ":::"), (2, "::"), (5, ";;")] {
        if let Some((term, rest)) = line.split_once(text)
            && !term.trim().is_empty()
            && (rest.is_empty() || rest.starts_with(' '))
            && !term.ends_with(':')
        {
            return Some((term.trim(), mark, rest.trim()));
        }
    }
    None
}

/// `* item`, `- item`, `. item`, `1. item`.
fn item_of(line: &str) -> Option<&str> {
    let (mark, rest) = line.split_once(' ')?;
    let all = |c: char| !mark.is_empty() && mark.len() <= 5 && mark.chars().all(|m| m == c);
    let numbered = mark
        .strip_suffix('.')
        .is_some_and(|number| number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit()))
        && mark.len() > 1;
    let is_item = all('*') || mark == "-" || all('.') || numbered;
    (is_item && !rest.trim().is_empty()).then(|| rest.trim_start())
}

/// `2+^.^h`: how a cell looks.
fn is_cell_format(cell: &str) -> bool {
    cell.len() <= 6
        && cell
            .chars()
            .all(|c| c.is_ascii_digit() || "+*^<>.ashemdlv".contains(c))
        && cell.contains(['+', '*', '^', '<', '>'])
}

/// `<1>` at the end of a line of code points to an explanation.
fn callouts_removed(line: &str) -> &str {
    let mut line = line;
    while let Some((before, number)) = line
        .strip_suffix('>')
        .and_then(|rest| rest.rsplit_once(" <"))
    {
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        line = before.trim_end();
    }
    line
}

/// The fragment that AsciiDoc gives a title: `Two words` is `_two_words`.
fn anchor_of(title: &str) -> Option<String> {
    let mut anchor = String::from("_");
    for c in title.to_lowercase().chars() {
        if c.is_alphanumeric() {
            anchor.push(c);
        } else if !anchor.ends_with('_') {
            anchor.push('_');
        }
    }
    let anchor = anchor.trim_end_matches('_');
    (anchor.len() > 1).then(|| anchor.to_owned())
}

/// Text without marks: emphasis, code, links and references as their words.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((said, behind)) = reference(rest).or_else(|| link(rest)) {
            out.push_str(said);
            rest = behind;
            continue;
        }
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '`' | '\\' => {}
            // Around words only: `a * b` and `snake_case` stay.
            '*' | '_' | '\'' | '+'
                if is_mark(out.chars().next_back(), c, behind.chars().next()) => {}
            _ => out.push(c),
        }
        rest = behind;
    }
    out
}

fn is_mark(before: Option<char>, mark: char, behind: Option<char>) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    let word = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace() && c != mark);
    let opens = edge(before) && word(behind);
    let ends = word(before) && edge(behind);
    // An apostrophe in a word, or a quote of a command, is text more often than a mark.
    mark != '\'' && (opens || ends) && !(mark == '+' && before.is_some_and(|c| c.is_ascii_digit()))
}

/// `<<id,words>>` and `xref:id[words]`.
fn reference(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix("<<") {
        let (inside, behind) = rest.split_once(">>")?;
        let said = inside.split_once(',').map_or(inside, |(_, words)| words);
        return (!inside.contains('\n') && inside.len() < 200).then(|| (said.trim(), behind));
    }
    let rest = text.strip_prefix("xref:")?;
    bracketed(rest)
}

/// `https://…[words]` and `link:…[words]`; an address without words stays.
fn link(text: &str) -> Option<(&str, &str)> {
    let is_link = ["https://", "http://", "link:", "mailto:"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    if !is_link {
        return None;
    }
    let (said, behind) = bracketed(text)?;
    (!said.is_empty()).then_some((said, behind))
}

fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (place, rest) = text.split_once('[')?;
    let (said, behind) = rest.split_once(']')?;
    (!place.contains(char::is_whitespace)).then_some((said, behind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "Copies\n======\n:name: the product\n\nWhat {name} copies,\nin *two* lines.\n\n\
        [[ch_modes]]\nModes\n-----\n\n* first\n  goes on\n* second\n\n[source,bash]\n----\nrun --now <1>\n  all\n-----\n\n\
        // hidden\n////\nhidden too\n////\n\n=== Deep\n\nSee <<ch_modes,the modes>> and https://example.org[there].\n\n\
        [options=\"header\"]\n|===\n| Mode | Speed\n| a | fast\n|===\n\n\
        == Options\n\n`speed`: `<integer>` ('default =' `3`)::\n\nHow fast.\n\n`inner`=`<x>` ;;\n\nPart of it.\n\n\
        plain:: Only a term.\n\ninclude::other.adoc[]\n\nNOTE: Mind_the snake_case.\n";

    #[test]
    fn a_page_is_cut_at_both_kinds_of_titles_and_at_options() {
        let all: Vec<_> = chunks("copies.adoc", PAGE)
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
                    "copies.adoc",
                    "Copies",
                    "What the product copies, in two lines."
                ),
                row(
                    Kind::Section,
                    "copies.adoc#ch_modes",
                    "Copies > Modes",
                    "- first goes on\n- second\n\nrun --now\n  all"
                ),
                row(
                    Kind::Section,
                    "copies.adoc#_deep",
                    "Copies > Modes > Deep",
                    "See the modes and there.\n\nMode | Speed\na | fast"
                ),
                row(
                    Kind::Section,
                    "copies.adoc#_options",
                    "Copies > Options",
                    "plain\nOnly a term.\n\nNOTE: Mind_the snake_case."
                ),
                row(
                    Kind::Option,
                    "copies.adoc#_options",
                    "Copies > Options > speed",
                    "speed: <integer> ('default =' 3)\n\nHow fast.\n\ninner=<x>\n\nPart of it."
                ),
            ]
        );
    }

    #[test]
    fn a_block_ends_at_its_character_and_not_at_its_length() {
        let page = "= T\n\n-------\ncode\n----\n\nafter\n";
        let texts: Vec<_> = chunks("x", page)
            .into_iter()
            .map(|chunk| chunk.text)
            .collect();
        assert_eq!(texts, ["code\n\nafter"]);
    }

    #[test]
    fn a_block_without_an_end_goes_to_the_end_of_the_page_and_an_attribute_that_names_itself_ends()
    {
        let texts = |page: &str| -> Vec<String> {
            chunks("x", page)
                .into_iter()
                .map(|chunk| chunk.text)
                .collect()
        };
        assert_eq!(texts("----\nnever\nends"), ["never\nends"]);
        let loops = ":a: x\n:b: {b}{b}{b}{b}\n{b}{a}\n";
        assert_eq!(texts(loops).len(), 1);
        assert_eq!(texts(""), Vec::<String>::new());
    }

    #[test]
    fn examples_in_each_other_do_not_end_the_process() {
        let page: String = (0..5_000)
            .map(|depth| if depth % 2 == 0 { "====\n" } else { "****\n" })
            .collect();
        chunks("x", &page);
    }

    proptest! {
        #[test]
        fn whatever_a_page_holds_each_chunk_has_a_title(
            page in "(={1,4} |-{2,5}\n|\\[\\[[a-z]{0,4}\\]\\]\n|\\|===\n|[*.] |[a-z]{1,9}(::|;;) ?|\n|:[a-z]: |\\{[a-z]\\}|[ -~]{0,9}){0,60}"
        ) {
            for chunk in chunks("x", &page) {
                prop_assert!(!chunk.title().is_empty());
            }
        }

        #[test]
        fn no_word_of_a_paragraph_is_lost(words in proptest::collection::vec("[a-z]{2,9}", 1..40)) {
            let page = format!("= T\n\n{}\n", words.join(" "));
            let text: String = chunks("x", &page).iter().map(|chunk| chunk.text.clone()).collect();
            prop_assert_eq!(text, words.join(" "));
        }
    }
}
