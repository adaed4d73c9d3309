//! Splits a byte stream into lines, whatever the boundaries of its chunks.
//!
//! Works on bytes: a chunk may end inside a UTF-8 character, and decoding chunk by chunk would
//! lose it. Only whole lines are decoded.

/// A line grew beyond the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineTooLong;

/// Collects bytes and hands out whole lines without their end (`\n` or `\r\n`); empty lines are
/// left out.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    pending: Vec<u8>,
    /// Bytes of `pending` already known to hold no line end.
    searched: usize,
    limit_bytes: usize,
}

impl LineSplitter {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self {
            pending: Vec::new(),
            searched: 0,
            limit_bytes,
        }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.pending.extend_from_slice(chunk);
    }

    /// The next whole line, `None` when more bytes are needed.
    pub(crate) fn next_line(&mut self) -> Result<Option<Vec<u8>>, LineTooLong> {
        loop {
            let unsearched = self.pending.get(self.searched..).unwrap_or_default();
            let Some(offset) = unsearched.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.pending.len();
                return if self.pending.len() > self.limit_bytes {
                    Err(LineTooLong)
                } else {
                    Ok(None)
                };
            };
            let end = self.searched + offset;
            let rest = self.pending.split_off(end + 1);
            let line = std::mem::replace(&mut self.pending, rest);
            self.searched = 0;
            if end > self.limit_bytes {
                return Err(LineTooLong);
            }
            if let Some(line) = trimmed(line) {
                return Ok(Some(line));
            }
        }
    }

    /// What is left when the stream has ended: a last line without an end.
    pub(crate) fn finish(&mut self) -> Option<Vec<u8>> {
        self.searched = 0;
        trimmed(std::mem::take(&mut self.pending))
    }
}

fn trimmed(line: Vec<u8>) -> Option<Vec<u8>> {
    let text = line.trim_ascii();
    if text.is_empty() {
        None
    } else if text.len() == line.len() {
        Some(line)
    } else {
        Some(text.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(bytes: &[u8], cuts: &[usize]) -> Vec<String> {
        let mut splitter = LineSplitter::new(1 << 20);
        let mut lines = Vec::new();
        let mut from = 0;
        for cut in cuts.iter().copied().chain([bytes.len()]) {
            let to = cut.clamp(from, bytes.len());
            splitter.push(&bytes[from..to]);
            from = to;
            while let Some(line) = splitter.next_line().unwrap() {
                lines.push(String::from_utf8(line).unwrap());
            }
        }
        lines.extend(
            splitter
                .finish()
                .map(|line| String::from_utf8(line).unwrap()),
        );
        lines
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_where_chunks_end(
            lines in prop::collection::vec("[a-zä🦀{}\" ]{0,12}", 0..8),
            cuts in prop::collection::vec(0_usize..160, 0..24),
            windows_ends in any::<bool>(),
            last_end in any::<bool>(),
        ) {
            let end = if windows_ends { "\r\n" } else { "\n" };
            let mut text = lines.join(end);
            if last_end {
                text.push_str(end);
            }
            let mut cuts = cuts;
            cuts.sort_unstable();
            let expected: Vec<String> =
                lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(split(text.as_bytes(), &cuts), expected);
        }
    }

    #[test]
    fn a_line_over_the_limit_is_an_error_with_and_without_its_end() {
        let mut splitter = LineSplitter::new(4);
        splitter.push(b"1234\n");
        assert_eq!(splitter.next_line(), Ok(Some(b"1234".to_vec())));
        splitter.push(b"12345");
        assert_eq!(splitter.next_line(), Err(LineTooLong));
        let mut splitter = LineSplitter::new(4);
        splitter.push(b"12345\n");
        assert_eq!(splitter.next_line(), Err(LineTooLong));
    }
}
