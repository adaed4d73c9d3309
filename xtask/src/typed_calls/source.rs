//! Functions of Rust sources, as far as the list of typed calls needs them: names, parameters and
//! the tokens of bodies.

/// A piece of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a number.
    Word(String),
    /// What is between the quotes of a string.
    Text(String),
    /// Anything else, one character at a time.
    Sign(char),
    /// What a comment `// calls: …` says.
    Note(String),
}

impl Token {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(known) if known == word)
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }
}

/// A function and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) file: String,
    /// The type it belongs to; empty for one that stands alone.
    pub(crate) owner: String,
    pub(crate) name: String,
    /// `pub`, not `pub(crate)`.
    pub(crate) public: bool,
    /// Names of the parameters without `self`, and the words of their types; `[` for slices.
    pub(crate) parameters: Vec<(String, Vec<String>)>,
    /// The words of what it returns.
    pub(crate) returns: Vec<String>,
    pub(crate) body: Vec<Token>,
}

/// The marker of a comment that names calls by hand.
const NOTE: &str = "calls:";

/// Cuts a source into tokens. Comments are left out.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            let (line, behind) = comment.split_once('\n').unwrap_or((comment, ""));
            if let Some(note) = line.trim().strip_prefix(NOTE) {
                all.push(Token::Note(note.trim().to_owned()));
            }
            rest = behind;
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, behind)| behind);
        } else if let Some((text, behind)) = string(rest) {
            all.push(Token::Text(text.to_owned()));
            rest = behind;
        } else if first == '\'' {
            rest = behind_quote(rest);
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            all.push(Token::Word(word.to_owned()));
            rest = behind;
        } else {
            if !first.is_whitespace() {
                all.push(Token::Sign(first));
            }
            rest = rest.split_at(first.len_utf8()).1;
        }
    }
    all
}

/// A string literal at the start, plain or raw, and what is behind it.
fn string(source: &str) -> Option<(&str, &str)> {
    let unprefixed = source.strip_prefix('b').unwrap_or(source);
    if let Some(raw) = unprefixed.strip_prefix('r') {
        let inner = raw.trim_start_matches('#');
        let hashes = raw.len() - inner.len();
        let inner = inner.strip_prefix('"')?;
        return inner.split_once(&format!("\"{}", "#".repeat(hashes)));
    }
    let inner = unprefixed.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' if !escaped => return Some((inner.get(..at)?, inner.get(at + 1..)?)),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// Behind a character literal or the quote of a lifetime.
fn behind_quote(source: &str) -> &str {
    let inner = source.get(1..).unwrap_or_default();
    let mut characters = inner.char_indices();
    let literal_end = match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            inner
                .get(2..)
                .and_then(|rest| rest.find('\''))
                .map(|at| at + 2)
        }
        Some(_) => characters
            .next()
            .filter(|(_, c)| *c == '\'')
            .map(|(at, _)| at),
        None => None,
    };
    match literal_end {
        Some(at) => inner.get(at + 1..).unwrap_or_default(),
        None => inner,
    }
}

/// The index of the sign that closes the one at `open`.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// Splits at commas outside of parentheses.
pub(crate) fn parts(tokens: &[Token]) -> Vec<&[Token]> {
    let mut all = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(',') if depth == 0 => {
                all.push(tokens.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(tokens.get(start..).unwrap_or_default());
    all.retain(|part| !part.is_empty());
    all
}

fn words(tokens: &[Token]) -> Vec<String> {
    tokens
        .iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.clone()),
            _ => None,
        })
        .collect()
}

/// All functions with a body, those of test modules left out.
pub(crate) fn functions(file: &str, source: &str) -> Vec<Function> {
    let tokens = tokens(source);
    let mut all = Vec::new();
    let mut at = 0;
    let (mut owner, mut owned_until) = (String::new(), 0);
    while let Some(token) = tokens.get(at) {
        if at >= owned_until {
            owner.clear();
        }
        if token.is_word("test") && is_test_module(&tokens, at) {
            let open = (at..tokens.len())
                .find(|&at| tokens.get(at).is_some_and(|token| token.is_sign('{')));
            at = open.map_or(tokens.len(), |open| closing(&tokens, open));
        } else if token.is_word("impl")
            && let Some((name, end)) = owner_at(&tokens, at)
        {
            (owner, owned_until) = (name, end);
        } else if token.is_word("fn")
            && let Some(function) = function(file, &owner, &tokens, at)
        {
            all.push(function);
        }
        at += 1;
    }
    all
}

/// `#[cfg(test)] mod name {`.
fn is_test_module(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(at.saturating_sub(2)..at).unwrap_or_default();
    let behind = tokens.get(at + 1..at + 4).unwrap_or_default();
    matches!(before, [Token::Word(word), Token::Sign('(')] if word == "cfg")
        && matches!(behind, [Token::Sign(')'), Token::Sign(']'), Token::Word(word)] if word == "mod")
}

/// The type of `impl Type {` or `impl Trait for Type {`, and where the block ends.
fn owner_at(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let starts = before.is_none_or(|token| matches!(token, Token::Sign('}' | ']' | ';')));
    let open = (at..tokens.len())
        .find(|&at| tokens.get(at).is_some_and(|token| token.is_sign('{')))
        .filter(|_| starts)?;
    let head = tokens.get(at + 1..open)?;
    let head = match head.iter().position(|token| token.is_word("for")) {
        Some(place) => head.get(place + 1..)?,
        None => head,
    };
    // Generic parameters stand in front of the name, its own behind it.
    let mut depth = 0_i32;
    let name = head.iter().find_map(|token| {
        match token {
            Token::Sign('<') => depth += 1,
            Token::Sign('>') => depth -= 1,
            Token::Word(word) if depth == 0 => return Some(word.clone()),
            _ => {}
        }
        None
    })?;
    Some((name, closing(tokens, open)))
}

fn function(file: &str, owner: &str, tokens: &[Token], at: usize) -> Option<Function> {
    let Some(Token::Word(name)) = tokens.get(at + 1) else {
        return None;
    };
    let open = (at + 2..tokens.len())
        .find(|&at| tokens.get(at).is_some_and(|token| token.is_sign('(')))?;
    let close = closing(tokens, open);
    let parameters = parts(tokens.get(open + 1..close)?)
        .into_iter()
        .filter(|part| !part.iter().take(4).any(|token| token.is_word("self")))
        .filter_map(|part| {
            let colon = part.iter().position(|token| token.is_sign(':'))?;
            let (name, kind) = part.split_at(colon);
            let mut name = words(name);
            name.retain(|word| word != "mut");
            let mut kinds = words(kind);
            if kind.iter().any(|token| token.is_sign('[')) {
                kinds.push("[".to_owned());
            }
            Some((name.pop()?, kinds))
        })
        .collect();
    let end =
        (close..tokens.len()).find(|&at| matches!(tokens.get(at), Some(Token::Sign('{' | ';'))))?;
    if tokens.get(end)?.is_sign(';') {
        return None;
    }
    let before = tokens.get(at.saturating_sub(5)..at).unwrap_or_default();
    let public = before
        .iter()
        .rposition(|token| token.is_word("pub"))
        .is_some_and(|at| {
            let behind = before.get(at + 1..).unwrap_or_default();
            behind.iter().all(
                |token| matches!(token, Token::Word(word) if word == "async" || word == "const"),
            )
        });
    Some(Function {
        file: file.to_owned(),
        owner: owner.to_owned(),
        name: name.clone(),
        public,
        parameters,
        returns: words(tokens.get(close + 1..end)?),
        body: tokens.get(end + 1..closing(tokens, end))?.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_with_their_parameters_and_bodies() {
        let source = r##"
            //! fn none() {}
            impl Client {
                /// fn neither() {}
                pub async fn read<'a>(&'a self, node: &NodeName, mut rest: &[&str]) -> Result<ApiPath> {
                    let quote = '"'; let life: &'static str = r#"fn "text" "#; // calls: GET /x
                    self.get(node, "a\"b")
                }
                pub(crate) fn helper(method: Method) { f() }
            }
            #[cfg(test)]
            mod tests { fn not_this() {} }
            fn last(x: u8) -> u8 { x }
        "##;
        let all = functions("a.rs", source);
        let names: Vec<(&str, bool)> = all.iter().map(|f| (f.name.as_str(), f.public)).collect();
        assert_eq!(names, [("read", true), ("helper", false), ("last", false)]);
        let read = &all[0];
        let parameters: Vec<&str> = read
            .parameters
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(parameters, ["node", "rest"]);
        assert_eq!((read.owner.as_str(), all[2].owner.as_str()), ("Client", ""));
        assert_eq!(read.parameters[1].1, ["str", "["]);
        assert_eq!(read.returns, ["Result", "ApiPath"]);
        assert!(read.body.contains(&Token::Text("fn \"text\" ".into())));
        assert!(read.body.contains(&Token::Text("a\\\"b".into())));
        assert!(read.body.contains(&Token::Note("GET /x".into())));
    }
}
