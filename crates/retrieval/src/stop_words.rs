//! Words that say nothing about what a question is about.

/// Words that say nothing about what a question is about. Stems, since terms are.
pub fn is_stop_word(term: &str) -> bool {
    STOP_WORDS.binary_search(&term).is_ok()
}

/// Sorted, for the binary search.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "anyth", "are", "as",
    "at", "be", "becaus", "been", "befor", "but", "by", "can", "could", "d", "did", "do", "doe",
    "doesn", "don", "each", "for", "from", "get", "give", "go", "had", "has", "have", "here",
    "how", "i", "if", "in", "instead", "into", "is", "isn", "it", "its", "just", "let", "like",
    "ll", "m", "make", "mani", "may", "me", "might", "more", "much", "must", "my", "need", "now",
    "of", "off", "on", "onc", "one", "onli", "or", "other", "our", "out", "pleas", "re", "s",
    "say", "see", "should", "so", "some", "someth", "such", "t", "tell", "than", "that", "the",
    "their", "them", "then", "there", "these", "they", "thing", "this", "those", "to", "too",
    "try", "up", "us", "use", "ve", "veri", "via", "want", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "why", "will", "with", "without", "work", "would", "you",
    "your",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Words;

    #[test]
    fn the_stop_words_are_sorted_and_are_terms() {
        let words = Words::default();
        assert!(STOP_WORDS.is_sorted());
        for word in STOP_WORDS {
            assert!(is_stop_word(word));
            // A stem of a stem can be shorter; what counts is that it is one of a word.
            assert!(words.stem(word).len() <= word.len());
        }
    }
}
