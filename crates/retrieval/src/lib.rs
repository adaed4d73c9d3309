//! Finding the section of a documentation that answers a question.
//!
//! Pure: no input or output, no database, no model server. What is stored where, and who may ask, is the
//! business of those who call.

pub mod asciidoc;
mod chunk;
mod conflict;
mod doubt;
mod elsewhere;
mod everyday;
mod extract;
mod fold;
mod fold_letters;
mod fuse;
mod glossary;
pub mod html;
mod index;
mod latin1;
mod links;
mod manuals;
pub mod markdown;
mod neighbours;
mod ordinary;
mod outline;
mod page;
mod pasted;
mod pdf;
mod pieces;
pub mod plain;
mod query;
mod quotable;
mod rank;
mod search;
mod spelling;
mod stop_words;
mod told;
mod vectors;
mod words;

pub use chunk::{Chunk, Kind, Location};
pub use doubt::Signs;
pub use extract::{Cited, MOST_CHARACTERS, MOST_CITATIONS, Reply};
pub use fold::fold;
pub use index::{Index, Weights};
pub use links::links;
pub use page::{Format, MOST_PAGE_BYTES, PageError, read};
pub use pieces::{pieces, titles_of_pieces};
pub use query::{Asked, Guests, Language, Query};
pub use search::{Answer, Found, Library};
pub use stop_words::is_stop_word;
pub use told::Told;
pub use vectors::{VectorError, Vectors, middle};
pub use words::Words;
