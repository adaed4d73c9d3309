//! Projections: what surfaces show of the registry. Pure functions of the declarations.

pub mod chat;
pub mod cli;
pub mod mcp;
pub mod openapi;
mod schema;

pub(crate) use schema::inline as inline_schema;
