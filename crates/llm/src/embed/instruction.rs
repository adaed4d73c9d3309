//! What some models want to read before a text, as their authors say: without it a question and the
//! passage that answers it are further apart than they need be.

/// What is put before questions and documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) question: &'static str,
    pub(crate) document: &'static str,
}

const NONE: Instruction = Instruction {
    question: "",
    document: "",
};

const PASSAGES: Instruction = Instruction {
    question: "Represent this sentence for searching relevant passages: ",
    document: "",
};

/// By the beginning of the model's own name.
const KNOWN: &[(&str, Instruction)] = &[
    (
        "nomic-embed-text",
        Instruction {
            question: "search_query: ",
            document: "search_document: ",
        },
    ),
    ("mxbai-embed", PASSAGES),
    ("snowflake-arctic-embed", PASSAGES),
    ("bge-small-en", PASSAGES),
    ("bge-base-en", PASSAGES),
    ("bge-large-en", PASSAGES),
    (
        "multilingual-e5",
        Instruction {
            question: "query: ",
            document: "passage: ",
        },
    ),
    (
        "embeddinggemma",
        Instruction {
            question: "task: search result | query: ",
            document: "title: none | text: ",
        },
    ),
    (
        "qwen3-embedding",
        Instruction {
            question: "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ",
            document: "",
        },
    ),
];

impl Instruction {
    /// Of `nomic-embed-text:v1.5` as of `registry.example/library/nomic-embed-text`.
    pub(crate) fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model).to_lowercase();
        // It wants other words than its elders.
        if name.starts_with("snowflake-arctic-embed2") {
            return Self {
                question: "query: ",
                document: "",
            };
        }
        KNOWN
            .iter()
            .find(|(beginning, _)| name.starts_with(beginning))
            .map_or(NONE, |(_, instruction)| *instruction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_by_its_own_name() {
        let question = |model: &str| Instruction::of(model).question;
        assert_eq!(question("nomic-embed-text:v1.5"), "search_query: ");
        assert_eq!(
            question("models.example/a/Nomic-Embed-Text"),
            "search_query: "
        );
        assert_eq!(question("snowflake-arctic-embed2:568m"), "query: ");
        assert_eq!(question("snowflake-arctic-embed:22m"), PASSAGES.question);
        assert_eq!(Instruction::of("all-minilm:latest"), NONE);
    }
}
