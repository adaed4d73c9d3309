//! Paths and methods in the bodies of functions, with what their callers put in.

use super::source::{Function, Token, closing, parts};

/// A segment of a path as a source has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Word(String),
    /// A value, or something that cannot be read.
    Any,
    /// `qemu` or `lxc`.
    Kind,
    /// One of some words.
    OneOf(Vec<String>),
    /// What the caller gives as this parameter: one segment.
    Parameter(usize),
    /// The same, a list of segments.
    List(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verb {
    Known(String),
    Parameter(usize),
}

/// A call with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    verb: Verb,
    path: Vec<Segment>,
}

/// Helpers call helpers, but not for ever.
const DEPTH: usize = 6;

pub(super) struct Sources {
    functions: Vec<Function>,
}

impl Sources {
    pub(super) fn new(functions: Vec<Function>) -> Self {
        Self { functions }
    }

    pub(super) fn public(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(|function| function.public)
    }

    /// The calls of a function, those of its private helpers among them.
    pub(super) fn calls(&self, function: &Function) -> Vec<Call> {
        let notes: Vec<Call> = function.body.iter().filter_map(noted).collect();
        if !notes.is_empty() {
            return notes;
        }
        let patterns = self.patterns(function, DEPTH);
        patterns
            .into_iter()
            .filter_map(|Pattern { verb, path }| match verb {
                Verb::Known(method) => Some(Call { method, path }),
                Verb::Parameter(_) => None,
            })
            .collect()
    }

    fn patterns(&self, function: &Function, depth: usize) -> Vec<Pattern> {
        // What makes an error makes no call.
        let makes_error = function.returns.first().is_some_and(|word| word == "Error");
        let Some(depth) = depth.checked_sub(1).filter(|_| !makes_error) else {
            return Vec::new();
        };
        let paths = self.paths(function, depth);
        let verbs = self.verbs(function, depth);
        let mut all = Vec::new();
        for (number, (at, path)) in paths.iter().enumerate() {
            let start = statement_start(&function.body, *at);
            let next = paths.get(number + 1).map_or(usize::MAX, |(next, _)| {
                statement_start(&function.body, *next).max(at + 1)
            });
            let within = |from: usize, to: usize| {
                verbs
                    .iter()
                    .filter(move |(place, _)| (from..to).contains(place))
                    .map(|(_, verb)| verb)
            };
            // `tell(Method::Put, ApiPath::…)` has the method in front, most have it behind.
            let here: Vec<&Verb> = match within(start, *at).next_back() {
                Some(before) => vec![before],
                None => within(*at, next).collect(),
            };
            for verb in here {
                all.push(Pattern {
                    verb: verb.clone(),
                    path: path.clone(),
                });
            }
        }
        for (callee, arguments) in self.helpers_called(function) {
            if callee.public || returns_path(callee) {
                continue;
            }
            for pattern in self.patterns(callee, depth) {
                all.extend(self.filled(&pattern, &arguments, function));
            }
        }
        all.dedup();
        all
    }

    fn filled(
        &self,
        pattern: &Pattern,
        arguments: &[&[Token]],
        caller: &Function,
    ) -> Option<Pattern> {
        let verb = match pattern.verb {
            Verb::Known(_) => pattern.verb.clone(),
            Verb::Parameter(number) => verb_of(arguments.get(number)?, caller)?,
        };
        let path = self.put_in(&pattern.path, arguments, caller);
        Some(Pattern { verb, path })
    }

    fn put_in(&self, path: &[Segment], arguments: &[&[Token]], caller: &Function) -> Vec<Segment> {
        let given = |number: &usize| arguments.get(*number).copied().unwrap_or_default();
        path.iter()
            .flat_map(|segment| match segment {
                Segment::Parameter(number) => vec![self.segment(given(number), caller)],
                Segment::List(number) => self.list(given(number), caller),
                other => vec![other.clone()],
            })
            .collect()
    }

    /// Places of paths in a body: made here, or by a helper that returns one.
    fn paths(&self, function: &Function, depth: usize) -> Vec<(usize, Vec<Segment>)> {
        let body = &function.body;
        let mut all: Vec<(usize, Vec<Segment>)> = Vec::new();
        let mut joined_until = 0;
        for at in 0..body.len() {
            if let Some((mut path, end)) = self.made_here(function, at) {
                joined_until = self.join_on(&mut path, end, function);
                all.push((at, path));
            } else if let Some((callee, arguments, end)) = self.call_at(function, at)
                && returns_path(callee)
                && depth > 0
            {
                joined_until = end;
                for (_, path) in self.paths(callee, depth - 1) {
                    let mut path = self.put_in(&path, &arguments, function);
                    joined_until = self.join_on(&mut path, end, function);
                    all.push((at, path));
                }
            } else if at >= joined_until
                && is_join(body, at)
                && mentions_path(body, at)
                && let Some((_, path)) = all.last_mut()
            {
                path.push(self.joined(at, function));
            }
        }
        all
    }

    /// What `.join(…)` at this place adds.
    fn joined(&self, at: usize, function: &Function) -> Segment {
        let end = closing(&function.body, at + 2);
        let argument = function.body.get(at + 3..end).unwrap_or_default();
        let added = self.segment(argument, function);
        // An item of a parameter: `rest.iter().fold(path, |path, part| path.join(part))`.
        let list = function
            .parameters
            .iter()
            .position(|(_, kind)| kind.iter().any(|word| word == "["));
        match (&added, argument, list) {
            (Segment::Any, [Token::Word(_)], Some(list)) => Segment::List(list),
            _ => added,
        }
    }

    /// `ApiPath::guest(guest, &[…])` and its end.
    fn made_here(&self, function: &Function, at: usize) -> Option<(Vec<Segment>, usize)> {
        let body = &function.body;
        let [
            Token::Word(kind),
            Token::Sign(':'),
            Token::Sign(':'),
            Token::Word(maker),
            Token::Sign('('),
        ] = body.get(at..at + 5)?
        else {
            return None;
        };
        if kind != "ApiPath" {
            return None;
        }
        let end = closing(body, at + 4);
        let arguments = parts(body.get(at + 5..end)?);
        let word = |word: &str| Segment::Word(word.to_owned());
        let (mut path, rest) = match maker.as_str() {
            "fixed" | "new" => (Vec::new(), arguments.first()),
            "node" => (vec![word("nodes"), Segment::Any], arguments.get(1)),
            "guest" => (
                vec![word("nodes"), Segment::Any, Segment::Kind, Segment::Any],
                arguments.get(1),
            ),
            "task" => (
                vec![word("nodes"), Segment::Any, word("tasks"), Segment::Any],
                arguments.get(1),
            ),
            _ => return None,
        };
        path.extend(self.list(rest.copied().unwrap_or_default(), function));
        Some((path, end))
    }

    /// `.join(name)` behind a path, up to the end of its statement or argument.
    fn join_on(&self, path: &mut Vec<Segment>, from: usize, function: &Function) -> usize {
        let body = &function.body;
        let mut depth = 0_i32;
        for at in from + 1..body.len() {
            match body.get(at) {
                Some(Token::Sign('(' | '[' | '{')) => depth += 1,
                Some(Token::Sign(')' | ']' | '}')) => depth -= 1,
                Some(Token::Sign(';' | ',')) if depth == 0 => return at,
                _ => {}
            }
            if depth < 0 {
                return at;
            }
            if is_join(body, at) {
                path.push(self.joined(at, function));
            }
        }
        body.len()
    }

    /// Places of methods in a body: written here, given as a parameter, or of a helper that sends
    /// to a path.
    fn verbs(&self, function: &Function, depth: usize) -> Vec<(usize, Verb)> {
        let body = &function.body;
        let mut all = Vec::new();
        for at in 0..body.len() {
            if let Some(verb) = verb_at(function, at) {
                all.push((at, verb));
            } else if let Some((callee, arguments, _)) = self.call_at(function, at)
                && depth > 0
                && takes_path(callee)
                && !returns_path(callee)
            {
                for (_, verb) in self.verbs(callee, depth - 1) {
                    let verb = match verb {
                        Verb::Known(_) => Some(verb),
                        Verb::Parameter(number) => arguments
                            .get(number)
                            .and_then(|tokens| verb_of(tokens, function)),
                    };
                    all.extend(verb.map(|verb| (at, verb)));
                }
            }
        }
        all
    }

    fn helpers_called<'a>(
        &'a self,
        function: &'a Function,
    ) -> Vec<(&'a Function, Vec<&'a [Token]>)> {
        (0..function.body.len())
            .filter_map(|at| self.call_at(function, at))
            .map(|(callee, arguments, _)| (callee, arguments))
            .collect()
    }

    /// A call of a function of these sources: of this client, or of anything in the same file.
    fn call_at<'a>(
        &'a self,
        function: &'a Function,
        at: usize,
    ) -> Option<(&'a Function, Vec<&'a [Token]>, usize)> {
        let body = &function.body;
        let Token::Word(name) = body.get(at)? else {
            return None;
        };
        let open = behind_turbofish(body, at + 1)?;
        let before = body.get(..at).unwrap_or_default();
        let owner = match before {
            [.., Token::Word(client), Token::Sign('.')] if client == "client" => Some("Client"),
            [.., Token::Word(this), Token::Sign('.')] if this == "self" => {
                Some(function.owner.as_str())
            }
            [.., Token::Word(this), Token::Sign(':'), Token::Sign(':')] if this == "Self" => {
                Some(function.owner.as_str())
            }
            _ => None,
        };
        let callee = self.functions.iter().find(|known| {
            known.name == *name
                && match owner {
                    Some(owner) => known.owner == owner,
                    // Of anything else, only what is in the same file.
                    None => known.file == function.file,
                }
        })?;
        let end = closing(body, open);
        Some((callee, parts(body.get(open + 1..end)?), end))
    }

    fn list(&self, tokens: &[Token], function: &Function) -> Vec<Segment> {
        let tokens = without_reference(tokens);
        match tokens {
            [Token::Sign('['), .., Token::Sign(']')] => {
                let inner = tokens.get(1..tokens.len() - 1).unwrap_or_default();
                parts(inner)
                    .into_iter()
                    .map(|part| self.segment(part, function))
                    .collect()
            }
            // `[…].iter().chain(rest)`, `[front, rest].concat()`
            [Token::Sign('['), ..] => {
                let end = closing(tokens, 0);
                let behind = tokens.get(end + 1..).unwrap_or_default();
                if behind.get(1).is_some_and(|token| token.is_word("concat")) {
                    let lists = parts(tokens.get(1..end).unwrap_or_default());
                    return lists
                        .iter()
                        .flat_map(|list| self.list(list, function))
                        .collect();
                }
                let mut all = self.list(tokens.get(..=end).unwrap_or_default(), function);
                let chain = tokens.iter().position(|token| token.is_word("chain"));
                if let Some(open) = chain.map(|at| at + 1) {
                    let inner = tokens.get(open + 1..closing(tokens, open));
                    all.extend(self.list(inner.unwrap_or_default(), function));
                }
                all
            }
            [Token::Word(name)] => match number_of(function, name) {
                Some(number) => vec![Segment::List(number)],
                None => match set_here(function, name) {
                    Some(value) => self.list(value, function),
                    None => vec![Segment::Any],
                },
            },
            _ => vec![Segment::Any],
        }
    }

    fn segment(&self, tokens: &[Token], function: &Function) -> Segment {
        match without_reference(tokens) {
            [Token::Text(word)] => Segment::Word(word.clone()),
            [Token::Word(name)] => match (number_of(function, name), set_here(function, name)) {
                (Some(number), _) => Segment::Parameter(number),
                (None, Some([Token::Text(word)])) => Segment::Word(word.clone()),
                (None, _) => Segment::Any,
            },
            [
                Token::Word(value),
                Token::Sign('.'),
                Token::Word(name),
                Token::Sign('('),
                Token::Sign(')'),
            ] => {
                let kind = number_of(function, value)
                    .and_then(|number| function.parameters.get(number)?.1.last());
                match kind.map(String::as_str) {
                    Some("GuestKind") => Segment::Kind,
                    Some(kind) => self.words_of(kind, name),
                    None => Segment::Any,
                }
            }
            [
                ..,
                Token::Sign('.'),
                Token::Word(kind),
                Token::Sign('.'),
                Token::Word(how),
                Token::Sign('('),
                Token::Sign(')'),
            ] if kind == "kind" && how == "as_str" => Segment::Kind,
            _ => Segment::Any,
        }
    }

    /// The words that `fn verb(&self) -> &'static str` can give.
    fn words_of(&self, owner: &str, name: &str) -> Segment {
        let giver = self.functions.iter().find(|function| {
            function.name == name
                && function.owner == owner
                && function.parameters.is_empty()
                && function.returns.last().is_some_and(|word| word == "str")
        });
        let words: Vec<String> = giver
            .iter()
            .flat_map(|function| &function.body)
            .filter_map(|token| match token {
                Token::Text(word) => Some(word.clone()),
                _ => None,
            })
            .collect();
        if words.is_empty() {
            Segment::Any
        } else {
            Segment::OneOf(words)
        }
    }
}

/// `POST /nodes/*/vzdump` of a comment.
fn noted(token: &Token) -> Option<Call> {
    let Token::Note(note) = token else {
        return None;
    };
    let (method, path) = note.split_once(' ')?;
    let segment = |segment: &str| match segment {
        "*" => Segment::Any,
        "{kind}" => Segment::Kind,
        word => Segment::Word(word.to_owned()),
    };
    Some(Call {
        method: method.to_owned(),
        path: path
            .trim()
            .split('/')
            .filter(|part| !part.is_empty())
            .map(segment)
            .collect(),
    })
}

fn returns_path(function: &Function) -> bool {
    function.returns.iter().any(|word| word == "ApiPath")
}

fn takes_path(function: &Function) -> bool {
    function
        .parameters
        .iter()
        .any(|(_, kind)| kind.iter().any(|word| word == "ApiPath"))
}

fn number_of(function: &Function, name: &str) -> Option<usize> {
    function
        .parameters
        .iter()
        .position(|(known, _)| known == name)
}

/// Where the statement or struct around a place starts.
fn statement_start(body: &[Token], at: usize) -> usize {
    let before = body.get(..at).unwrap_or_default();
    before
        .iter()
        .rposition(|token| matches!(token, Token::Sign(';' | '{' | '}')))
        .map_or(0, |place| place + 1)
}

/// The value of `let name = …;` in a body.
fn set_here<'a>(function: &'a Function, name: &str) -> Option<&'a [Token]> {
    let body = &function.body;
    let start = (0..body.len()).find(|&at| {
        matches!(body.get(at..at + 2), Some([Token::Word(set), Token::Word(known)]) if set == "let" && known == name)
    })?;
    let is = |at: usize, sign| {
        body.get(at)
            .is_some_and(|token: &Token| token.is_sign(sign))
    };
    let end = (start..body.len()).find(|&at| is(at, ';'))?;
    let equals = (start..end).find(|&at| is(at, '='))?;
    body.get(equals + 1..end)
}

fn without_reference(tokens: &[Token]) -> &[Token] {
    match tokens {
        [Token::Sign('&'), rest @ ..] => rest,
        all => all,
    }
}

fn is_join(body: &[Token], at: usize) -> bool {
    matches!(body.get(at..at + 3), Some([Token::Sign('.'), Token::Word(join), Token::Sign('(')]) if join == "join")
}

/// Does what is joined to look like a path: `path.join(`, `request.path.clone().join(`?
fn mentions_path(body: &[Token], at: usize) -> bool {
    let before = body.get(at.saturating_sub(5)..at).unwrap_or_default();
    matches!(before, [.., Token::Word(path)] if path == "path")
        || matches!(before, [.., Token::Word(path), Token::Sign('.'), Token::Word(clone), Token::Sign('('), Token::Sign(')')] if path == "path" && clone == "clone")
}

/// The index of the `(` of a call, behind `::<…>` where there is that.
fn behind_turbofish(body: &[Token], at: usize) -> Option<usize> {
    if body.get(at)?.is_sign('(') {
        return Some(at);
    }
    let [Token::Sign(':'), Token::Sign(':'), Token::Sign('<')] = body.get(at..at + 3)? else {
        return None;
    };
    let mut depth = 0_i32;
    for place in at + 2..body.len() {
        match body.get(place)? {
            Token::Sign('<') => depth += 1,
            Token::Sign('>') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return body.get(place + 1)?.is_sign('(').then_some(place + 1);
        }
    }
    None
}

/// `Method::Post`, or a parameter that holds a method.
fn verb_at(function: &Function, at: usize) -> Option<Verb> {
    let body = &function.body;
    if let Some(
        [
            Token::Word(kind),
            Token::Sign(':'),
            Token::Sign(':'),
            Token::Word(verb),
        ],
    ) = body.get(at..at + 4)
        && kind == "Method"
    {
        return Some(Verb::Known(verb.to_uppercase()));
    }
    let Token::Word(name) = body.get(at)? else {
        return None;
    };
    // `method: Method::Post` names a field, not the parameter.
    let is_field = body.get(at + 1).is_some_and(|next| next.is_sign(':'));
    let after_dot = at
        .checked_sub(1)
        .and_then(|at| body.get(at))
        .is_some_and(|before| before.is_sign('.'));
    let (number, kind) = function
        .parameters
        .iter()
        .enumerate()
        .find(|(_, (known, _))| known == name)
        .map(|(number, (_, kind))| (number, kind))?;
    (kind.iter().any(|word| word == "Method") && !is_field && !after_dot)
        .then_some(Verb::Parameter(number))
}

fn verb_of(tokens: &[Token], caller: &Function) -> Option<Verb> {
    match tokens {
        [
            Token::Word(kind),
            Token::Sign(':'),
            Token::Sign(':'),
            Token::Word(verb),
        ] if kind == "Method" => Some(Verb::Known(verb.to_uppercase())),
        [Token::Word(name)] => number_of(caller, name).map(Verb::Parameter),
        _ => None,
    }
}

/// The paths as the list has them; one for each word where there are several.
pub(super) fn written(path: &[Segment]) -> Vec<String> {
    let mut all = vec![String::new()];
    for segment in path {
        let words: Vec<&str> = match segment {
            Segment::Word(word) => vec![word],
            Segment::Kind => vec!["{kind}"],
            Segment::OneOf(words) => words.iter().map(String::as_str).collect(),
            Segment::Any | Segment::Parameter(_) | Segment::List(_) => vec!["*"],
        };
        all = all
            .iter()
            .flat_map(|path| words.iter().map(move |word| format!("{path}/{word}")))
            .collect();
    }
    all
}
