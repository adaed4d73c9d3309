//! The assistant: from a sentence to an answer or to a plan that waits for a person.
//!
//! First the built-in interpreter ([`interpret`]), at once and without a model; when it is not sure, the
//! model, if there is one. Either way the assistant can do nothing that is not an operation of the
//! [`ops::Registry`], and nothing of what it does is consent: it speaks through [`ops::Surface::Chat`].

mod answer;
mod assistant;
mod call;
mod citations;
mod documentation;
mod events;
mod grounds;
pub mod interpret;
mod model_turn;
mod prompt;
mod questioning;
mod remembered;
mod transcript;
mod turn;
mod verdict;

pub use assistant::{Assistant, Conversation, Numbered, Parts};
pub use citations::Citation;
pub use turn::{AnsweredBy, ChoiceRow, Outcome, ToolUse, TurnResult};
