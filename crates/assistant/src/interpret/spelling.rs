//! How alike two words are: the comparison form of a name, and the edit distance.

/// The comparison form of a name: lower case, without blanks, dashes, underscores and dots, numbers
/// without leading zeros. "Web 2", "web-02" and `WEB_2` are the same name in this form, while
/// `web-1-2` and `web-12` stay different.
pub(super) fn folded(name: &str) -> String {
    let mut form = String::with_capacity(name.len());
    let mut previous_digit = false;
    let mut separated = false;
    let mut signs = name.chars().peekable();
    while let Some(sign) = signs.next() {
        if matches!(sign, '-' | '_' | '.' | ' ') {
            separated = true;
            continue;
        }
        let digit = sign.is_ascii_digit();
        if digit && previous_digit && separated {
            form.push('#');
        }
        let starts_number = digit && (!previous_digit || separated);
        separated = false;
        if starts_number && sign == '0' && signs.peek().is_some_and(char::is_ascii_digit) {
            // A leading zero: the next sign starts the number instead.
            previous_digit = false;
            continue;
        }
        previous_digit = digit;
        form.extend(sign.to_lowercase());
    }
    form
}

/// How many edits are still a slip of the finger for a word of this length.
pub(super) fn tolerance(length: usize) -> usize {
    match length {
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    }
}

/// The edit distance (insert, delete, replace, swap of neighbours), or `None` above `limit`.
pub(super) fn distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let width = right.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut row: Vec<usize> = vec![0; width];
    let mut earlier_left = None;
    for (line, &sign) in left.iter().enumerate() {
        let mut best = line + 1;
        let mut diagonal = line;
        let mut beside = line + 1;
        let mut earlier_right = None;
        if let Some(first) = row.first_mut() {
            *first = beside;
        }
        for (column, &other) in right.iter().enumerate() {
            let above = last.get(column + 1).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (diagonal + usize::from(sign != other))
                .min(above + 1)
                .min(beside + 1);
            if earlier_left == Some(other) && earlier_right == Some(sign) && column > 0 {
                let swapped = before_last
                    .get(column - 1)
                    .copied()
                    .unwrap_or(usize::MAX / 2);
                cost = cost.min(swapped + 1);
            }
            if let Some(cell) = row.get_mut(column + 1) {
                *cell = cost;
            }
            best = best.min(cost);
            diagonal = above;
            beside = cost;
            earlier_right = Some(other);
        }
        if best > limit {
            return None;
        }
        earlier_left = Some(sign);
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last.last().copied().filter(|cost| *cost <= limit)
}

/// Which letters and digits occur, as bits: two words within `limit` edits differ in at most
/// `2 * limit` bits, which rules most of ten thousand names out before the distance is computed.
pub(super) fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, sign| match sign {
        b'a'..=b'z' => set | 1 << (sign - b'a'),
        b'0'..=b'9' => set | 1 << (26 + sign - b'0'),
        _ => set | 1 << 40,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_variants_of_a_name_fold_to_the_same_form() {
        for variant in ["web-02", "Web 2", "WEB_02", "web2", "web.002"] {
            assert_eq!(folded(variant), "web2", "{variant}");
        }
        assert_eq!(folded("node-0"), "node0");
        assert_eq!(folded("n-00"), "n0");
        assert_ne!(folded("web-1-2"), folded("web-12"));
        assert_ne!(folded("web-20"), folded("web-2"));
    }

    #[test]
    fn distance_counts_edits_and_swaps() {
        assert_eq!(distance("restart", "restart", 2), Some(0));
        assert_eq!(distance("restrat", "restart", 2), Some(1));
        assert_eq!(distance("stpo", "stop", 1), Some(1));
        assert_eq!(distance("web3", "web13", 1), Some(1));
        assert_eq!(distance("abcd", "wxyz", 2), None);
        assert_eq!(distance("", "ab", 2), Some(2));
        assert_eq!(distance("kitten", "sitting", 3), Some(3));
    }

    #[test]
    fn letter_sets_never_rule_out_a_near_word() {
        for (left, right, edits) in [
            ("restart", "restrat", 1),
            ("web3", "web13", 1),
            ("abc", "abd", 1),
        ] {
            let differing = (letters(left) ^ letters(right)).count_ones() as usize;
            assert!(differing <= 2 * edits);
        }
    }
}
