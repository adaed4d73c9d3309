//! Models that turn texts into vectors: near in meaning is near in direction.
//!
//! What is here:
//! - [`Embedder`]: the contract.
//! - [`EmbedderSpec`] and [`open_embedder`]: from the text that a user writes to an embedder.
//! - [`Builtin`]: a small table inside the program, for search without any model server.
//! - Ollama's `/api/embed`, servers with OpenAI's `/v1/embeddings`, and `all-MiniLM-L6-v2` from a
//!   folder, computed in this process (cargo feature `minilm`).
//!
//! What must not be here: what the texts are, where vectors are kept, how they are compared.

pub(crate) mod batches;
mod builtin;
mod embedder;
mod instruction;
#[cfg(feature = "minilm")]
mod minilm;
mod open;
mod openai;
mod progress;
mod spec;
mod word_pieces;

pub use builtin::Builtin;
pub use embedder::{Embedder, MOST_CHARACTERS};
#[cfg(feature = "minilm")]
pub use minilm::MiniLm;
pub use open::{EmbedderSettings, open_embedder};
pub use openai::OpenAiEmbedder;
pub use spec::EmbedderSpec;

pub(crate) use instruction::Instruction;
pub use progress::Waits;
pub(crate) use progress::{Dimension, MOST_ANSWER_BYTES, shortened};
