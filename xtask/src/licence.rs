//! Reads SPDX licence expressions, as far as crates use them, and asks whether a list allows them.

/// Whether the expression can be met with licences of the list.
///
/// `A/B` is the old way to write `A OR B`. An expression that cannot be read is not allowed.
pub(crate) fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        words: &words,
        allowed,
    };
    let verdict = reader.alternatives();
    verdict == Some(true) && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl Reader<'_> {
    fn next_is(&mut self, wanted: &str) -> bool {
        match self.words.split_first() {
            Some((word, rest)) if *word == wanted => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn alternatives(&mut self) -> Option<bool> {
        let mut verdict = self.conjunction()?;
        while self.next_is("OR") {
            // Both sides are always read: the rest of the expression follows them.
            let other = self.conjunction()?;
            verdict = verdict || other;
        }
        Some(verdict)
    }

    fn conjunction(&mut self) -> Option<bool> {
        let mut verdict = self.licence()?;
        while self.next_is("AND") {
            let other = self.licence()?;
            verdict = verdict && other;
        }
        Some(verdict)
    }

    fn licence(&mut self) -> Option<bool> {
        if self.next_is("(") {
            let verdict = self.alternatives()?;
            return self.next_is(")").then_some(verdict);
        }
        let (word, rest) = self.words.split_first()?;
        if matches!(*word, "OR" | "AND" | "WITH" | ")") {
            return None;
        }
        self.words = rest;
        let mut name = (*word).to_owned();
        if self.next_is("WITH") {
            let (exception, rest) = self.words.split_first()?;
            self.words = rest;
            name = format!("{name} WITH {exception}");
        }
        Some(self.allowed.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(expression: &str) -> bool {
        let list = [
            "MIT",
            "Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "Unicode-3.0",
        ];
        is_allowed(expression, &list.map(str::to_owned))
    }

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert!(allowed("MIT OR GPL-3.0-only"));
        assert!(allowed("GPL-3.0-only/MIT"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR MIT"));
    }

    #[test]
    fn every_part_of_a_conjunction_must_be_allowed() {
        assert!(!allowed("MIT AND GPL-3.0-only"));
        assert!(!allowed("(MIT OR Apache-2.0) AND LGPL-2.1-or-later"));
        assert!(!allowed("GPL-3.0-only WITH Classpath-exception-2.0"));
    }

    #[test]
    fn an_expression_that_cannot_be_read_is_not_allowed() {
        for broken in [
            "",
            "MIT OR",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
            "AND MIT",
            "MIT WITH",
        ] {
            assert!(!allowed(broken), "{broken}");
        }
    }
}
